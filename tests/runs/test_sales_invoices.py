"""Sales invoices from Severa to Fortnox against both real sandboxes: made once, to the øre, and told back, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email.parser
import email.policy
import pathlib
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from console import recovering
from fakturabro.ledger import tables
from fakturabro.ledger.synchronising import pairs
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.severa import session as severa_session
from sandboxes import clock as sandbox_clock
from sandboxes import faults, fortnox_invoices, fortnox_registers, fortnox_tables, mail
from tasks import connect, installation
from tasks.severa_fortnox import (
    attachments,
    digests,
    doubts,
    following,
    invoice_checks,
    invoice_intake,
    invoices,
    severa_lists,
)
from tasks.severa_fortnox.options import MailOptions
from tests import migrated
from tests.runs import in_step, restoring

STATIONS = (
    *(doubts.settle, severa_lists.read_invoices, invoice_intake.fetch, invoice_checks.check, invoices.transfer),
    *(attachments.attach, invoices.mark_transferred, following.report),
)


@pytest.fixture(scope="module")
def boxes() -> Iterator[in_step.Boxes]:
    made = in_step.Boxes()
    yield made
    made.stop()


class Invoiced(in_step.Site):
    """A tenant whose registers are linked already; what its invoices came to."""

    folder: pathlib.Path

    def link(self) -> None:
        """Customers and projects that only Severa has are made, and everything that has the same number is linked."""
        registers, new = self.fortnox.registers, list[pairs.New]()
        both: tuple[tuple[pairs.Register, Any, str], ...] = (
            ("customer", fortnox_tables.CUSTOMERS, "Name"),
            ("project", fortnox_tables.PROJECTS, "Description"),
        )
        for register, table, field in both:
            for one in self.severa.rows(table.many.lower()).values():
                number = str(one.get("number", ""))
                if not number or f"{table.many} {number}" in self.fortnox.deleted:
                    continue
                if number not in registers.get(table.many, {}):
                    fortnox_registers.add(self.fortnox, table, number, **{field: one["name"][:40] + number})
                new.append(pairs.New(register=register, severa_key=one["guid"], fortnox_key=number, linked_by="number"))
        for number in registers["Articles"]:
            new.append(
                pairs.New(register="article", severa_key=f"product/{number}", fortnox_key=number, linked_by="two_properties")
            )
        with contextlib.closing(connect.open_ledger()) as ledger:
            assert pairs.record(ledger, self.tenant, "seed", self.now, new) == []

    async def night(self, **changes: Any) -> Any:
        """A run of all stations of sales invoices; its batch."""
        batch, state = await self.run(*STATIONS, flow="severa_fortnox", **changes)
        assert state.name != "CertificateDoesNotAddUp", state.message
        return batch

    def made(self) -> list[dict[str, Any]]:
        """Fortnox' invoices that are not cancelled, by number."""
        return [one for _, one in sorted(self.fortnox.invoices.items()) if not one["Cancelled"]]

    def ours(self) -> list[dict[str, Any]]:
        """Severa's invoices, in the order in which they were made."""
        return list(self.severa.rows("invoices").values())

    def statuses(self) -> list[str]:
        return [one["status"]["name"] for one in self.ours()]

    def states(self) -> Counter[tuple[str, str]]:
        joined = tables.delivery.join(tables.document, tables.document.c.id == tables.delivery.c.document_id)
        query = sa.select(tables.delivery.c.purpose, tables.delivery.c.state).select_from(joined)
        with self.engine.connect() as connection:
            return Counter((purpose, state) for purpose, state in connection.execute(query))

    def codes(self) -> dict[str, set[str]]:
        """The codes that stand, by the invoice's key."""
        document, finding = tables.document, tables.finding
        query = sa.select(document.c.source_key, finding.c.code).join(finding, finding.c.document_id == document.c.id)
        found: dict[str, set[str]] = {}
        with self.engine.connect() as connection:
            for key, code in connection.execute(query):
                found.setdefault(key, set()).add(code)
        return found

    def fail(self, box: Any, kind: faults.Kind, path: str, method: str, **more: Any) -> None:
        box.book.add(faults.Fault(kind=kind, path=path, method=method, **more))


def with_invoices(site: Invoiced, **fields: Any) -> Any:
    """Options with these of invoices changed."""
    return site.options.invoices.model_copy(update=fields)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a ceiling here: that they are kept is tested elsewhere."""
    monkeypatch.setattr(severa_session, "PER_SECOND", 1_000)
    monkeypatch.setattr(fortnox_session, "BURST", 1_000)


@pytest.fixture
def vanern(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoiced]:
    boxes.severa.book.clear()
    boxes.fortnox.book.clear()
    site = Invoiced(tmp_path, boxes, monkeypatch, "vanern")
    site.link()
    wanted = with_invoices(site, attachments=True, sent_status="Sendt fra Fortnox")
    site.options = site.options.model_copy(update={"invoices": wanted})
    yield site
    site.engine.dispose()


@pytest.fixture
def hardanger(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoiced]:
    site = Invoiced(tmp_path, boxes, monkeypatch, "hardanger")
    site.link()
    rates = site.options.invoices.model_validate(
        {**site.options.invoices.model_dump(), "rates": [{"currency": "NOK", "rate": "0.98"}]}
    )
    site.options = site.options.model_copy(update={"invoices": rates})
    yield site
    site.engine.dispose()


def totals(some: Sequence[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one[name]["amount"] if isinstance(one[name], dict) else one[name] for name in names) for one in some]


def is_right(site: Invoiced) -> bool:
    """Whether each of Severa's invoices stands in Fortnox once, with the same number and sums, and has moved on."""
    by_key = {one["ExternalInvoiceReference1"]: one for one in site.made()}
    return (
        len(by_key) == len(site.made()) == len(site.ours())
        and set(site.statuses()) == {"Overført til Fortnox"}
        and all(
            (str(one["number"]), one["totalExcludingTax"]["amount"], one["totalTax"]["amount"])
            == (by_key[one["guid"]]["DocumentNumber"], by_key[one["guid"]]["Net"], by_key[one["guid"]]["TotalVAT"])
            for one in site.ours()
        )
    )


async def test_where_fortnox_numbers_all_is_carried_in_order_and_told_back_until_it_is_paid(vanern: Invoiced) -> None:
    vanern.fortnox.fee = Decimal(50)
    batch = await vanern.night()
    assert all(one["Total"] == one["Net"] + one["TotalVAT"] for one in vanern.made())
    assert batch.failures == ()
    assert is_right(vanern)
    assert [one["DocumentNumber"] for one in vanern.made()] == ["3001", "3002", "3003", "3004"]
    by_key = {one["ExternalInvoiceReference1"]: one for one in vanern.made()}
    first, visit, credit, euro = (by_key[one["guid"]] for one in vanern.ours())
    assert credit["CreditInvoiceReference"] == first["DocumentNumber"] < credit["DocumentNumber"]
    assert (euro["Currency"], euro["CurrencyRate"], euro["Total"]) == ("EUR", Decimal("11.2"), Decimal(400))
    assert [row["VAT"] for row in first["InvoiceRows"]] == [25, 25, 6]
    assert {row["Project"] for row in first["InvoiceRows"]} == {"601"}
    assert [one["entityId"] for one in vanern.fortnox.attachments] == [int(first["DocumentNumber"])]
    vanern.boxes.severa.book.reset_counters()
    vanern.boxes.fortnox.book.reset_counters()
    await vanern.night()
    assert is_right(vanern)
    calls = vanern.boxes.severa.book.calls + vanern.boxes.fortnox.book.calls
    assert sum(calls.values()) - calls["POST /v1/token"] - calls["POST /oauth-v1/token"] == 2, calls
    first["Sent"] = visit["Sent"] = True
    vanern.fortnox.modified[f"Invoices {first['DocumentNumber']}"] = sandbox_clock.now()
    fortnox_invoices.pay(vanern.fortnox, visit["DocumentNumber"], visit["Balance"], vanern.now.date())
    await vanern.night()
    assert vanern.statuses() == ["Sendt fra Fortnox", "Betalt", *["Overført til Fortnox"] * 2]
    assert {state for _, state in vanern.states()} == {"accepted"}


async def test_where_severa_numbers_what_fortnox_cannot_take_is_held_and_the_rest_goes(hardanger: Invoiced) -> None:
    await hardanger.night()
    first, credit, swedish, euro, last, postage, draft = hardanger.ours()
    codes = hardanger.codes()
    assert codes[first["guid"]] == {"invoice_row_article_missing"}
    assert codes[postage["guid"]] == {"invoice_vat_differs"}
    assert codes[credit["guid"]] == {"invoice_waits_for_original"}
    assert codes[euro["guid"]] == {"invoice_without_rate"}
    assert draft["guid"] not in codes
    gone = {one["ExternalInvoiceReference1"]: one for one in hardanger.made()}
    assert gone.keys() == {swedish["guid"], last["guid"]}
    assert gone[last["guid"]]["CurrencyRate"] == Decimal("0.98")
    wanted = with_invoices(hardanger, account=3010, vat_rounding="accept")
    await hardanger.night(invoices=wanted)
    gone = {one["ExternalInvoiceReference1"]: one for one in hardanger.made()}
    assert gone[credit["guid"]]["CreditInvoiceReference"] == gone[first["guid"]]["DocumentNumber"] == "1001"
    texts = [(row["Description"], row.get("Project"), row.get("AccountNumber")) for row in gone[first["guid"]]["InvoiceRows"]]
    assert texts[0] == ("Uke 46", None, None)
    assert texts[-2:] == [("Diverse", "501", 3010), ("Til slutt", None, None)]
    assert gone[first["guid"]]["InvoiceRows"][3]["VAT"] == 0
    assert gone[postage["guid"]]["TotalVAT"] - postage["totalTax"]["amount"] == Decimal("0.01")
    assert hardanger.statuses() == [*["Overført til Fortnox"] * 3, "Klar for Fortnox", *["Overført til Fortnox"] * 2, "Kladd"]


LOST = (
    ("fortnox", "/3/invoices", "POST", 0),
    ("fortnox", "/3/invoices", "POST", 1),
    ("severa", "/v1/invoices/", "PATCH", 0),
    ("severa", "/v1/invoices/", "PATCH", 2),
    ("fortnox", "/3/inbox", "POST", 0),
    ("fortnox", "/api/fileattachments", "POST", 0),
)
"""Where an answer is lost: two invoices that are made, a number, a status, a file, its place on the invoice."""


@pytest.mark.parametrize("kind", ["cut_after_change", "error"])
async def test_nothing_is_carried_twice_or_lost_when_answers_are_lost(vanern: Invoiced, kind: faults.Kind) -> None:
    for box, path, method, skip in LOST:
        vanern.fail(getattr(vanern.boxes, box), kind, path, method, skip=skip)
    for _ in range(4):
        await vanern.night()
    assert not vanern.boxes.severa.book.faults + vanern.boxes.fortnox.book.faults
    assert is_right(vanern)
    assert len(vanern.fortnox.attachments) == 1
    assert {state for _, state in vanern.states()} == {"accepted"}


async def test_what_is_not_there_yet_may_still_arrive_for_a_quarter_of_an_hour(vanern: Invoiced) -> None:
    vanern.fail(vanern.boxes.fortnox, "error", "/3/invoices", "POST")
    await vanern.night()
    assert len(vanern.made()) == 2  # the credit note waits for its invoice
    vanern.at(vanern.now - dt.timedelta(minutes=10))
    await vanern.night()
    assert (len(vanern.made()), vanern.states()["transfer", "in_doubt"]) == (2, 1)
    await vanern.night()
    assert is_right(vanern)


class Raced(dict[str, Any]):
    """What a sandbox notes of changes; beside the first invoice stands an older one, by a run that had stood still."""

    def __init__(self, company: Any) -> None:
        super().__init__(company.modified)
        self._company = company

    def __setitem__(self, key: str, at: Any) -> None:
        super().__setitem__(key, at)
        if key == "Invoices 3001" and "3000" not in self._company.invoices:
            self._company.invoices["3000"] = {**self._company.invoices["3001"], "DocumentNumber": "3000"}


async def test_of_two_that_were_made_at_the_same_time_the_older_counts(vanern: Invoiced) -> None:
    vanern.fortnox.modified = Raced(vanern.fortnox)
    await vanern.night()
    assert vanern.fortnox.invoices["3001"]["Cancelled"]
    assert is_right(vanern)
    assert vanern.made()[0]["DocumentNumber"] == "3000"


async def test_what_a_person_takes_back_or_changes_meanwhile_does_not_go(vanern: Invoiced) -> None:
    first, visit, _, euro = vanern.ours()

    async def meddle(batch: Any, _: Any) -> Any:
        vanern.severa.change(first, status=vanern.severa.status(vanern.severa.by("invoicestatuses", "name", "Kladd")["guid"]))
        vanern.severa.change(visit, yourReference="En annen")
        vanern.severa.change(euro, customer=euro["customer"])
        return batch

    await vanern.run(*STATIONS[:4], meddle, *STATIONS[4:], flow="severa_fortnox")
    assert [one["ExternalInvoiceReference1"] for one in vanern.made()] == [euro["guid"]]
    assert vanern.codes()[first["guid"]] == {"invoice_withdrawn"}
    await vanern.night()
    assert {one["YourReference"] for one in vanern.made() if one["ExternalInvoiceReference1"] == visit["guid"]} == {"En annen"}
    back = vanern.severa.by("invoicestatuses", "name", "Klar for Fortnox")
    vanern.severa.change(first, status=vanern.severa.status(back["guid"]))
    await vanern.night()
    assert is_right(vanern)


async def test_what_fortnox_refuses_is_held_in_its_words_and_goes_when_it_is_mended(vanern: Invoiced) -> None:
    vanern.fortnox.registers["Customers"]["2003"]["Active"] = False
    await vanern.night()
    _, visit, _, euro = vanern.ours()
    assert vanern.codes() == {one["guid"]: {"invoice_refused"} for one in (visit, euro)}
    assert vanern.states()["transfer", "held"] == 2
    vanern.fortnox.registers["Customers"]["2003"]["Active"] = True
    await vanern.night()
    assert is_right(vanern)


async def test_an_invoice_that_fortnox_makes_otherwise_is_told_and_made_once_it_is_cancelled(vanern: Invoiced) -> None:
    vanern.fortnox.rates["EUR"] = Decimal(1)
    euro = vanern.ours()[3]
    del euro["currencyRate"]
    wanted = with_invoices(
        vanern,
        rates=vanern.options.invoices.model_validate(
            {**vanern.options.invoices.model_dump(), "rates": [{"currency": "EUR", "rate": "1"}]}
        ).rates,
    )
    await vanern.night(invoices=wanted)
    assert vanern.states()["transfer", "rejected"] == 1
    await vanern.night(invoices=wanted)
    assert (len(vanern.made()), vanern.statuses()[3]) == (4, "Klar for Fortnox")
    wrong = next(one for one in vanern.made() if one["ExternalInvoiceReference1"] == euro["guid"])
    wrong["Cancelled"], vanern.fortnox.rates["EUR"] = True, Decimal("11.2")
    vanern.severa.change(euro, currencyRate=Decimal("11.2"))
    await vanern.night()
    assert is_right(vanern)


async def test_what_cannot_be_moved_on_is_held_with_the_reason_and_goes_when_it_is_mended(vanern: Invoiced) -> None:
    first, visit, credit, _ = vanern.ours()
    status = {one["name"]: vanern.severa.status(one["guid"]) for one in vanern.severa.rows("invoicestatuses").values()}
    credit["number"] = 3001  # taken by another, and told only when ours is to have it

    async def meddle(batch: Any, _: Any) -> Any:
        vanern.severa.change(visit, status=status["Kladd"])
        return batch

    await vanern.run(*STATIONS[:6], meddle, *STATIONS[6:], flow="severa_fortnox")
    by_key = {one["ExternalInvoiceReference1"]: one for one in vanern.made()}
    assert vanern.codes() == {one["guid"]: {"invoice_not_moved"} for one in (first, visit, credit)}
    assert vanern.states()["mark_transferred", "held"] == 3
    fortnox_invoices.pay(
        vanern.fortnox, by_key[visit["guid"]]["DocumentNumber"], by_key[visit["guid"]]["Balance"], vanern.now.date()
    )
    del credit["number"]
    vanern.severa.change(visit, status=status["Klar for Fortnox"])
    await vanern.night()
    assert [one["number"] for one in vanern.ours()] == [int(by_key[one["guid"]]["DocumentNumber"]) for one in vanern.ours()]
    assert vanern.statuses() == ["Overført til Fortnox", "Betalt", *["Overført til Fortnox"] * 2]
    assert vanern.codes() == {}


async def test_a_number_before_the_first_that_is_carried_is_held(hardanger: Invoiced) -> None:
    await hardanger.night(invoices=with_invoices(hardanger, first_number=1004))
    early = {one["guid"] for one in hardanger.ours() if (one.get("number") or 1004) < 1004}
    assert early and {guid for guid, codes in hardanger.codes().items() if "invoice_before_first" in codes} <= early
    numbers = [int(one["DocumentNumber"]) for one in hardanger.made() if one["ExternalInvoiceReference1"]]
    assert numbers and min(numbers) >= 1004, numbers


async def test_what_changes_after_the_transfer_and_what_is_cancelled_is_told(
    vanern: Invoiced, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vanern.night()
    first, visit, credit, _ = vanern.ours()
    vanern.severa.change(first, yourReference="For sent")
    back = vanern.severa.by("invoicestatuses", "name", "Klar for Fortnox")
    vanern.severa.change(credit, status=vanern.severa.status(back["guid"]))
    cancelled = next(one for one in vanern.made() if one["ExternalInvoiceReference1"] == visit["guid"])
    cancelled["Cancelled"] = True
    vanern.fortnox.invoices["3009"] = {**vanern.fortnox.invoices["3001"], "DocumentNumber": "3009"}
    for number in (cancelled["DocumentNumber"], "3009"):
        vanern.fortnox.modified[f"Invoices {number}"] = sandbox_clock.now()
    batch = await vanern.night()
    changed = {one["guid"]: {"invoice_changed_after_transfer"} for one in (first, credit)}
    assert vanern.codes() == {**changed, visit["guid"]: {"invoice_cancelled_in_fortnox"}}
    assert batch.failures == ("Fakturaen står flere ganger i Fortnox: 3001, 3009. Makuler alle unntatt én der.",)
    del vanern.fortnox.invoices["3009"]
    assert len(vanern.made()) == 3
    by_key = {one["ExternalInvoiceReference1"]: one["DocumentNumber"] for one in vanern.fortnox.invoices.values()}
    (told,) = await mailed(vanern, monkeypatch)  # it holds nothing, and somebody must look at it
    assert all(f"Salgsfaktura {by_key[one['guid']]}" in told for one in (first, credit, visit)), told
    assert await mailed(vanern, monkeypatch) == []
    vanern.severa.change(first, yourReference="Nils")
    await vanern.night()
    assert first["guid"] not in vanern.codes()


async def mailed(site: Invoiced, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a run's end mails."""
    box = mail.Mail()
    box.start()
    for name, value in {"SMTP_PORT": box.port, "MAIL_SENDER": "drift@example.com", "MAIL_DOMAIN": "example.com"}.items():
        monkeypatch.setenv(f"FAKTURABRO_{name}", str(value))
    installation.current.cache_clear()
    try:
        await site.run(digests.tell, flow="severa_fortnox", mail=MailOptions(receivers=("a@example.com",)))
    finally:
        box.stop()
    read = email.parser.BytesParser(policy=email.policy.default)
    return [" ".join(read.parsebytes(one.content).get_content().split()) for one in box.state.messages]


def lose_ledger(site: Invoiced, folder: pathlib.Path) -> None:
    """Begin again with an empty ledger and an empty journal: all that is known is what the two systems know."""
    site.engine.dispose()
    for file in (*folder.glob("ledger.db*"), *(folder / "journal").iterdir()):
        file.unlink()
    site.engine = migrated.connect(f"sqlite:///{folder / 'ledger.db'}")


async def test_a_ledger_that_lost_everything_knows_again_what_stands(vanern: Invoiced, tmp_path: pathlib.Path) -> None:
    vanern.fail(vanern.boxes.severa, "error", "/v1/invoices/", "PATCH", times=99)
    await vanern.night()
    assert set(vanern.statuses()) == {"Klar for Fortnox"}
    vanern.boxes.severa.book.clear()
    lose_ledger(vanern, tmp_path)
    vanern.link()
    await vanern.night()
    assert is_right(vanern)


@pytest.mark.parametrize("known", [4, 1])
async def test_a_ledger_from_before_the_transfer_knows_what_left_by_the_journal(
    vanern: Invoiced, tmp_path: pathlib.Path, known: int
) -> None:
    await vanern.run(*STATIONS[:known], flow="severa_fortnox")
    vanern.folder = tmp_path
    put_back = restoring.back_up(vanern)
    await vanern.night()
    put_back()
    assert await asyncio.to_thread(recovering.recover, ["vanern"]) == 0
    for _ in range(3):
        await vanern.night()
    assert is_right(vanern)
    assert {state for _, state in vanern.states()} == {"accepted"}
