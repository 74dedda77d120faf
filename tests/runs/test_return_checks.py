"""Movements against PowerOffice: what it would refuse is held with a sentence, the rest waits to be posted; each night anew."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from data_quality import messages
from fakturabro.domain import findings as values
from fakturabro.ledger import deliveries, tables
from sandboxes import serving
from sandboxes.poweroffice import chart, sandbox, state
from tasks import connect, installation, runs
from tasks.returns import books, checks
from tests.runs import creditor, returning
from tests.runs.conftest import plain
from tests.runs.creditor import kid_of, payment
from tests.runs.returning import day, movement

FEE: dict[str, Any] = {"kind": "administrative_fee"}


def _vat(amount: str, rate: str) -> dict[str, Any]:
    return {"vat": Decimal(amount), "vat_rate": Decimal(rate)}


class Checked(returning.Returning):
    """With a PowerOffice whose client has the customers 10 and 11."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, monkeypatch)
        self.box = sandbox.PowerOffice("app", "sub")
        self.account = state.Client(key="client", id="1", name="Nidelven AS", organisation_number="991825827")
        for number in (10, 11):
            card = {"Id": 9_000_000 + number, "Number": number, "SubledgerAccountId": 9_100_000 + number, "Name": f"Kunde {number}"}
            self.account.customers[card["Id"]] = {**card, "IsActive": True, "IsArchived": False, "ExternalNumber": None}
        self.box.reset({"client": self.account})
        self.office = serving.Servers({"v2": self.box.v2})
        self.office.start()
        for name, value in {"application_key": "app", "subscription_key": "sub"}.items():
            self.keep_secret(f"poweroffice.{name}", value)
        self.keep_secret("nidelven.poweroffice_client_key", "client")
        monkeypatch.setenv("FAKTURABRO_POWEROFFICE_V2", self.office.url("v2"))
        installation.current.cache_clear()
        self.pages: list[str] = []
        monkeypatch.setattr(runs, "markdown", self._leave)
        self.wanted = self.by_folder()

    async def _leave(self, _key: str, _tenant: str, text: str) -> None:
        self.pages.append(text)

    def keep_secret(self, name: str, value: str) -> None:
        path = self.folder.parent / "secrets" / name
        path.write_text(value)
        path.chmod(0o600)

    async def check(self, *, dry_run: bool = False) -> runs.Batch:
        """The station alone; `known` is what it leaves for those who post."""
        with plain():
            async with runs.slot(creditor.TENANT, "return_data", ("return_data",), dry_run=dry_run) as slot:
                assert not slot.declined, slot.declined
                batch: Any = await checks.check(runs.Batch(slot), self.wanted)
                self.known = books.current()
        self.at(self.now + dt.timedelta(minutes=20))
        return batch

    def states(self) -> dict[str, str]:
        """By the movement's own number, or by invoice and ordinal where the bank told of it."""
        document, delivery = tables.document, tables.delivery
        joined = sa.and_(delivery.c.document_id == document.c.id, delivery.c.purpose == "return_data")
        query = sa.select(document.c.number, delivery.c.state).join(delivery, joined).order_by(document.c.id)
        with self.engine.connect() as connection:
            return {number.partition("/")[2] or number: str(state) for number, state in connection.execute(query)}

    def plan(self, *names: str) -> None:
        """They are on their way out."""
        ledger = connect.open_ledger()
        rows = {row.document_id: row.id for row in deliveries.find_open(ledger, creditor.TENANT, "return_data", ["waiting"])}
        with self.engine.connect() as connection:
            ids = connection.execute(sa.select(tables.document.c.id).where(tables.document.c.number.in_(names))).scalars().all()
        plans = [deliveries.Planned(id=rows[i], target="poweroffice_books", natural_key=str(i)) for i in ids]
        deliveries.plan(ledger, creditor.TENANT, plans, "r")
        ledger.close()

    def said(self) -> dict[str, list[tuple[str, str]]]:
        """What holds each, or warns: code and sentence."""
        document, finding = tables.document, tables.finding
        query = sa.select(document.c.number, *(finding.c[name] for name in ("code", "severity", "field", "value", "suggestion")))
        query = query.join(finding, finding.c.document_id == document.c.id).where(finding.c.station == checks.STATION)
        found: dict[str, list[tuple[str, str]]] = {}
        with self.engine.connect() as connection:
            for number, *said in connection.execute(query.order_by(finding.c.id)):
                one = values.Finding(**dict(zip(("code", "severity", "field", "value", "suggestion"), said, strict=True)))
                name = number.partition("/")[2] or number
                found.setdefault(name, []).append((one.code, messages.sentence(one, kind="movement")))
        return found

    def close(self) -> None:
        self.office.stop()
        super().close()


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checked]:
    made = Checked(tmp_path, monkeypatch)
    yield made
    made.close()


async def test_one_faulty_account_holds_what_needs_it_and_lets_go_by_itself(site: Checked) -> None:
    site.account.books.chart[6970]["IsActive"] = False
    site.owe((1, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000)])
    told = [movement("1", "125", **FEE), movement("2", "30"), movement("3", "70", kind="reminder_fee"), movement("4", "5", 23)]
    site.export("1.csv", [*told, movement("5", "1", 30, "payout")])
    site.sleep()
    await site.night()
    batch = await site.check()
    waiting = dict.fromkeys(["2", "4", "5", "1/1"], "waiting")
    assert (batch.failures, site.states()) == ((), {"1": "held", "3": "held", **waiting})
    assert site.said() == {
        "1": [("account_closed", "Konto 6970 er ikke aktiv i kontoplanen i PowerOffice.")],
        "3": [("kind_without_posting", "Det er ikke avtalt hvilke kontoer bevegelser av typen purregebyr føres på.")],
        "5": [("dated_ahead", "Bevegelsen er datert 30.11.2026, og i dag er det 24.11.2026.")],
    }
    assert site.known is not None and site.known.subledger_of("10") == 9_100_010
    assert site.known.place(site.wanted, "administrative_fees").vat_id == chart.FULL_VAT
    site.account.books.chart[6970]["IsActive"] = True
    await site.check()
    assert site.states() == {"1": "waiting", "3": "held", **waiting}


async def test_each_payment_is_held_for_what_is_wrong_with_its_buyer(site: Checked) -> None:
    site.owe((1, 10_000), (2, 10_000))
    site.owe((3, 4_000), credit_of=2)
    site.owe((7, 10_000), customer=11)
    rows = {
        "nobody": {"invoice_number": "5053"},
        "wrong": {"buyer_number": "99"},
        "letters": {"buyer_number": "A-1"},
        "right": {"buyer_number": "10"},
        "by KID": {"kid": kid_of(1)},
        "another's": {"invoice_number": "1", "buyer_number": "11"},
        "two": {"invoice_number": "1", "kid": kid_of(2)},
        "archived": {"invoice_number": "7"},
        "euros": {"invoice_number": "1", "currency": "EUR"},
        "credited": {"invoice_number": "2"},
        "not too much": {"invoice_number": "2"},
        "none": {},
    }
    amounts = {"credited": "60.01", "not too much": "60"}
    site.export("1.csv", [movement(name, amounts.get(name, "1"), kind="payment", **row) for name, row in rows.items()])
    site.account.customers[9_000_011]["IsArchived"] = True
    site.sleep()
    await site.night()
    await site.check()
    codes = {name: [code for code, _ in said] for name, said in site.said().items()}
    assert codes == {
        "nobody": ["unknown_invoice"], "wrong": ["unknown_buyer"], "letters": ["unknown_buyer"], "another's": ["another_buyer",
        "archived_buyer"], "two": ["another_invoice"], "archived": ["archived_buyer"], "credited": ["credited_meanwhile"],
        "none": ["names_no_buyer"], "euros": ["another_currency"],
    }  # fmt: skip
    assert {name for name, state in site.states().items() if state == "waiting"} == rows.keys() - codes.keys() | {"credited"}
    site.owe((5053, 10_000))
    site.account.customers[9_000_011]["IsArchived"] = False
    await site.check()
    assert site.states()["nobody"] == site.states()["archived"] == "waiting", "booked meanwhile; taken out of the archive"


async def test_a_locked_period_and_vat_that_differs_hold_even_what_was_planned(site: Checked) -> None:
    site.export(
        "1.csv",
        [
            movement("old", "125", 19, **FEE),
            movement("new", "125", 20, **FEE),
            movement("12 %", "112", 20, "administrative_fee", **_vat("12", "0.12")),
            movement("25 %", "125.01", 20, "administrative_fee", **_vat("25", "0.25")),
            movement("interest", "125", 20, **_vat("25", "0.25")),
            movement("loss", "125", 20, "bad_debt"),
        ],
    )
    site.wanted = site.by_folder(table=[{"kind": "bad_debt", "debit": "administrative_fees", "credit": "balance"}])
    site.sleep()
    await site.night()
    await site.check()
    codes = {name: [code for code, _ in said] for name, said in site.said().items()}
    assert codes == {name: ["vat_code_differs"] for name in ("12 %", "interest", "loss")}
    site.plan("old", "new")
    site.account.books.locked_until = day(19)
    await site.check()
    assert (site.states()["old"], site.states()["new"]) == ("held", "planned")
    ((_, sentence),) = site.said()["old"]
    assert sentence == "Bevegelsen er datert 19.11.2026, og regnskapet i PowerOffice er låst til og med 19.11.2026."


@pytest.mark.long
async def test_a_told_payment_that_looks_like_one_of_ours_is_held_one_for_one(site: Checked) -> None:
    site.owe((1, 30_000), (2, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000), payment(2, kid_of(2), 5_000)])
    rows = {
        "same": ("100", 13, "1"), "once more": ("100", 20, "1"), "taken back": ("-100", 21, "1"), "more": ("100.01", 20, "1"),
        "too early": ("50", 12, "2"), "another": ("100", 20, "2"), "minus": ("-50", 20, "2"),
    }  # fmt: skip
    told = [movement(name, amount, on, "payment", invoice_number=number) for name, (amount, on, number) in rows.items()]
    site.export("1.csv", [*told, movement("euros", "100", kind="payment", kid=kid_of(1), currency="EUR")])
    site.sleep()
    await site.night()
    await site.check()
    codes = {name: [code for code, _ in said] for name, said in site.said().items()}
    both = ["payment_told_by_both"]
    assert codes == {"same": both, "taken back": both, "euros": ["another_currency"]}
    assert "er lik en innbetaling datert 23.11.2026 som vi har fra før, eller tar den tilbake" in site.said()["same"][0][1]
    site.plan("once more")
    await site.check()
    assert (site.states()["same"], site.states()["once more"]) == ("held", "planned"), "the same one every night"
    site.wanted = site.by_folder(posts_lookalikes=True)
    await site.check()
    assert site.states()["same"] == site.states()["taken back"] == "waiting"


async def test_what_the_bank_tells_of_after_the_factoring_system_is_held_and_settled_once(site: Checked) -> None:
    site.owe((1, 30_000), (2, 10_000))
    site.export("1.csv", [movement("told", "100", 22, "payment", invoice_number="1")])
    site.sleep()
    await site.night()
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000), payment(2, kid_of(2), 5_000)])
    site.sleep(25)
    await site.night()
    await site.check()
    assert [one[-1] for one in site.settlements()] == [10_000, 5_000]
    assert site.states() == {"told": "waiting", "1/1": "held", "2/1": "waiting"}
    assert "er lik en innbetaling datert 22.11.2026 som vi har fra før" in site.said()["1/1"][0][1]
    site.wanted = site.by_folder(posts_lookalikes=True)
    await site.night()
    await site.check()
    assert (site.states()["1/1"], [one[-1] for one in site.settlements()]) == ("waiting", [10_000, 5_000, 10_000])


async def test_where_poweroffice_does_not_answer_nothing_is_judged(site: Checked) -> None:
    site.export("1.csv", [movement("1", "5")])
    site.sleep()
    await site.night()
    site.box.deactivate("client")
    batch = await site.check()
    assert (len(batch.failures), site.known, site.states(), site.said()) == (1, None, {"1": "waiting"}, {})


async def test_a_dry_run_shows_the_table_and_what_is_wrong_with_it(site: Checked) -> None:
    site.account.books.chart[1920]["IsActive"] = False
    site.export("1.csv", [movement("1", "5")])
    site.sleep()
    await site.night()
    await site.check(dry_run=True)
    (page,) = site.pages
    assert "> Konto 1920 er ikke aktiv i kontoplanen i PowerOffice.\n" in page
    assert (
        "|Administrativt gebyr|6970 Administrative gebyrer, factoring (mva-kode 1, også når mva ikke er oppgitt)|2990 Mellomværende"
        in page
    )
    assert (site.states(), site.said(), site.known) == ({"1": "waiting"}, {}, None)
