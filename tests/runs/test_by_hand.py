"""Money that came in and that Fortnox takes from people only: named, asked about, netted, and said to be posted by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import operations, tables
from fakturabro.ledger.payments import tables as bank_tables
from tests.runs import payer, test_payables
from tests.runs.test_payables import go, swedish

__all__ = ["go", "swedish"]


@pytest.fixture(autouse=True)
def portal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where people are asked."""
    for name, value in {
        "GATEWAY_URL": "https://portal.example.no",
        "MAIL_SENDER": "b@example.no",
        "MAIL_DOMAIN": "example.no",
    }.items():
        monkeypatch.setenv(f"FAKTURABRO_{name}", value)


def paid(site: test_payables.Site, amount: int, kid: str) -> None:
    site.sandbox.credit(payer.OWN, Decimal(amount), kid=kid, other_name="Kari", other_account=payer.OTHER_OWN)


async def days_later(site: test_payables.Site, days: int) -> Any:
    await site.next_day(payer.MONDAY.date() + dt.timedelta(days=days))
    return await site.receive()


def asked(site: test_payables.Site, answer: str = "") -> list[str]:
    """The subjects of what people are asked of suspense; somebody gives this answer to them."""
    table, open_ = operations.decision, (operations.decision.c.kind == "suspense", operations.OPEN)
    with site.engine.begin() as connection:
        found = [subject for (subject,) in connection.execute(sa.select(table.c.subject).where(*open_))]
        said = {"decided_at": site.now, "decided_by": "kari@nidelven.example", "answer": answer}
        if answer:
            connection.execute(sa.update(table).where(*open_).values(**said))
    return found


def standings(site: test_payables.Site) -> list[tuple[int, str, str]]:
    """(øre, standing, state of posting) of what came in."""
    incoming, delivery, document = bank_tables.incoming, tables.delivery, tables.document
    query = sa.select(document.c.amount, incoming.c.standing, delivery.c.state)
    query = query.join(incoming, incoming.c.document_id == document.c.id).join(delivery, delivery.c.document_id == document.c.id)
    with site.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(document.c.id))]


@pytest.mark.parametrize("system", ["fortnox", "poweroffice"])
async def test_what_waits_is_named_and_a_person_says_that_it_is_done(request: pytest.FixtureRequest, system: str) -> None:
    site: test_payables.Site = request.getfixturevalue("swedish" if system == "fortnox" else "go")
    paid(site, 70, "999")
    said = await days_later(site, 1)
    assert "1 innbetaling uten kjent faktura" in said.message
    assert "24.11.2026 kr 70,00 fra konto 1234…03, KID 999" in said.message
    assert "KID 999" not in (await site.receive()).message, "once a day"
    assert asked(site, "by_hand") == ["1|unknown_kid"]
    said = await site.receive()
    assert (said.name, "1 ført for hånd" in said.message) == ("Completed", True)
    assert (standings(site), asked(site)) == ([(7_000, "suspense", "cancelled")], [])
    with site.engine.connect() as connection:
        (line,) = connection.execute(sa.select(tables.transfer_log.c.outcome, tables.transfer_log.c.detail)).all()
    assert line.outcome == "cancelled" and "Ført for hånd i regnskapet, sier kari@nidelven.example" in line.detail
    paid(site, -70, "999")
    await days_later(site, 2)
    assert [one[1:] for one in standings(site)] == [("netted", "cancelled"), ("reversal", "waiting")]
    assert asked(site) == ["2|reversal"], "what takes back what was posted by hand is posted by hand"
    assert (site.books.vouchers, site.company.payments["InvoicePayment"], site.faults()) == ([], [], [])


async def test_what_a_machine_can_post_is_asked_of_nobody_and_what_is_asked_is_posted_by_no_machine(go: test_payables.Site) -> None:
    paid(go, 70, "999")
    await days_later(go, 1)
    assert asked(go) == ["1|unknown_kid"], "there is no account of suspense"
    suspense = {**go.accounting["api"], "suspense_account": "2990"}
    go.chosen = go.having(bank={"credits": "credits"}, accounting={**go.accounting, "api": suspense})
    said = await go.receive()
    assert "Kan føres herfra likevel, og føres i neste kjøring: 24.11.2026 kr 70,00" in said.message
    assert (asked(go), go.lines()) == ([], []), "whoever was asked has not answered"
    assert ("1 postert" in (await go.receive()).message, len(go.lines())) == (True, 1)
    go.books.locked_until = payer.MONDAY.date() + dt.timedelta(days=2)
    paid(go, 80, "998")
    said = await days_later(go, 2)
    assert ("føres herfra når perioden er åpen" in said.message, asked(go)) == (True, []), "it only waits"
    go.books.locked_until = payer.MONDAY.date()
    await go.receive()
    assert [state for *_, state in standings(go)] == ["accepted", "accepted"]


async def test_what_a_person_posted_is_never_posted_whatever_it_waited_for(go: test_payables.Site) -> None:
    paid(go, 70, "999")
    await days_later(go, 1)
    assert asked(go, "by_hand") == ["1|unknown_kid"]
    proposal = bank_tables.proposal
    with go.engine.begin() as connection:
        connection.execute(sa.delete(proposal))  # it is known by now what it is for
    suspense = {**go.accounting["api"], "suspense_account": "2990"}
    go.chosen = go.having(bank={"credits": "credits"}, accounting={**go.accounting, "api": suspense})
    await go.receive()
    assert (standings(go), go.lines()) == ([(7_000, "suspense", "cancelled")], [])


@pytest.mark.parametrize("amounts", [(50, -50), (-50, 50)])
async def test_what_is_taken_back_in_the_same_file_goes_nowhere(swedish: test_payables.Site, amounts: tuple[int, int]) -> None:
    for amount in amounts:
        paid(swedish, amount, "999")
    await days_later(swedish, 1)
    assert ({state for *_, state in standings(swedish)}, asked(swedish)) == ({"cancelled"}, [])


async def test_what_is_taken_back_is_asked_about_no_more_and_its_invoice_is_not_paid(swedish: test_payables.Site) -> None:
    paid(swedish, 50, "999")
    await days_later(swedish, 1)
    assert asked(swedish) == ["1|unknown_kid"]
    swedish.company.balances, swedish.company.currency = (
        {"999": Decimal(50)},
        "NOK",
    )  # the invoice is known on the day of its reversal
    paid(swedish, -50, "999")
    await days_later(swedish, 2)
    assert ({state for *_, state in standings(swedish)}, asked(swedish)) == ({"cancelled"}, [])
    assert (swedish.company.payments["InvoicePayment"], swedish.faults()) == ([], [])
