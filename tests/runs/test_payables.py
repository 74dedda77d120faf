"""Supplier invoices paid through PowerOffice's and Fortnox's own APIs, and what moved posted there: each once, whatever breaks."""

from __future__ import annotations

import contextlib
import datetime as dt
import pathlib
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from fakturabro.ledger import deliveries
from fakturabro.ledger.payments import recording as payment_recording
from fakturabro.ledger.payments import tables as bank_tables
from flows import bank as flows
from sandboxes import faults, fortnox, serving
from sandboxes.poweroffice import sandbox, state
from tasks import connect, installation
from tasks.payments import doubles as payment_doubles
from tests.runs import banked
from tests.runs.payer import DUE, FJORD, MONDAY, OTHER_OWN, OWN, TIND

KID = "1234567897"
VOUCHERS = "/v2/Vouchers/BankJournals"


class Site(banked.Banked):
    """The tenant, whose accounting system is PowerOffice or Fortnox."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
        super().__init__(folder, monkeypatch)
        self.go, self.fortnox = sandbox.PowerOffice("app", "sub"), fortnox.Fortnox()
        client = state.Client(key="client", id="1", name="Nidelven AS", organisation_number="991825827")
        self.go.reset({"client": client})
        self.go.v2_window.limit = self.fortnox.window.limit = 10_000
        self.books, self.customers, self.company = client.books, client.customers, self.fortnox.add("1601")
        self.invoices = client.invoices
        self.servers = serving.Servers({"go": self.go.v2, "fortnox": self.fortnox.app})
        self.servers.start()
        monkeypatch.setenv("FAKTURABRO_POWEROFFICE_V2", self.servers.url("go"))
        monkeypatch.setenv("FAKTURABRO_FORTNOX", f"{self.servers.url('fortnox')}/3")
        monkeypatch.setenv("FAKTURABRO_FORTNOX_TOKENS", f"{self.servers.url('fortnox')}/oauth-v1/token")
        installation.current.cache_clear()
        keys = {
            "poweroffice.application_key": "app",
            "poweroffice.subscription_key": "sub",
            "nidelven.poweroffice_client_key": "client",
        }
        keys |= {"fortnox.client_id": self.fortnox.client_id, "fortnox.client_secret": self.fortnox.client_secret}
        for name, value in keys.items():
            (folder / "secrets" / name).write_text(value)
            (folder / "secrets" / name).chmod(0o600)
        posts_to = {"poweroffice": "1920", "fortnox": "BG"}[system]
        api = {"pays_from": OWN, "ledger_accounts": [{"number": OWN, "posts_to": posts_to}], "fortnox_tenant": "1601"}
        api["fortnox_currencies"] = ["NOK"]
        self.accounting = {"system": system, "return_form": "api", "incoming": system, "forward": False, "api": api}
        self.chosen = self.having(bank={"credits": "credits"}, accounting=self.accounting)

    async def receive(self) -> Any:
        """A run of `incoming_payments`."""
        return await self._run(flows.incoming_payments)

    async def send_and_execute(self, *refused: str) -> Any:
        """Pay what is due; the bank takes it, a person there refuses these and lets the others go, and money moves."""
        said = await self.pay()
        self.sandbox.take()
        for message_id in {one.message_id for one in self.sandbox.orders if one.state == "waiting"}:
            if refused:
                self.sandbox.refuse(message_id, *refused)
            self.sandbox.approve(message_id)
        await self.next_day(self.now.date() + dt.timedelta(days=3))
        return said

    def payments(self) -> list[tuple[Decimal, bool]]:
        """What stands in Fortnox's supplier ledger: amount, and whether it is bookkept."""
        return [(one.amount, one.booked) for one in self.company.payments["SupplierInvoicePayment"]]

    def lines(self) -> list[list[tuple[int, Decimal, str | None]]]:
        """(account, amount, invoice) of each voucher that was posted in PowerOffice."""
        return [
            [(line["AccountId"], line["CurrencyAmount"], line["InvoiceNo"]) for line in one["VoucherLines"]]
            for one in self.books.vouchers
        ]


@pytest.fixture
def go(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield from _made(tmp_path, monkeypatch, "poweroffice")


@pytest.fixture
def swedish(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield from _made(tmp_path, monkeypatch, "fortnox")


def _made(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, system: str) -> Iterator[Site]:
    made = Site(folder, monkeypatch, system)
    yield made
    made.servers.stop()
    made.engine.dispose()
    installation.current.cache_clear()


async def test_what_is_due_is_paid_and_posted_once_and_the_rest_is_said(go: Site) -> None:
    go.books.add_supplier(20010, "Fjord AS", FJORD)
    go.books.add_supplier(20011, "Remittert AS", TIND, Payout=True)
    go.books.add_supplier(20012, "Uten Konto AS")
    go.books.add_supplier(20013, "To Kontoer AS", FJORD)
    go.books.add_account(20013, TIND)
    paid = go.books.add_invoice(20010, "F-1", Decimal("1250.50"), DUE, Cid=KID).replace("-", "")
    for supplier, number in ((20011, "R-1"), (20012, "U-1"), (20013, "T-1")):
        go.books.add_invoice(supplier, number, Decimal(100), DUE)
    go.books.add_invoice(20010, "F-2", Decimal(100), DUE + dt.timedelta(days=30))
    said = await go.send_and_execute()
    assert "1 forfalt faktura hentet til betaling" in said.message
    assert "3 forfalte fakturaer som ikke kan betales herfra" in said.message
    go.go.v2_book.add(faults.Fault(kind="cut_after_change", path=VOUCHERS))
    await go.hear()
    assert (go.stages(), go.told()) == ({paid: "executed"}, {paid: "in_doubt"})
    await go.hear()
    assert go.told() == {paid: "accepted"}
    assert go.lines() == [[(8_001_920, Decimal("-1250.50"), None), (6_020_010, Decimal("1250.50"), "F-1")]]
    assert {one["PostingDate"] for one in go.books.vouchers[0]["VoucherLines"]} == {DUE}
    await go.pay()
    await go.hear()
    assert len(go.books.vouchers) == 1
    assert go.sandbox.paid() == {paid: 1}
    assert go.faults() == []


async def test_what_waits_and_is_paid_otherwise_or_changed_goes_nowhere(go: Site) -> None:
    go.books.add_supplier(20010, "Fjord AS", FJORD)
    go.books.add_supplier(20011, "Tind AS", TIND)
    by_hand, changed, blocked = (
        go.books.add_invoice(20010, number, Decimal(n), DUE).replace("-", "") for n, number in ((10, "A"), (20, "B"), (30, "C"))
    )
    go.chosen = go.having(accounting=go.accounting, fewest_files=5)
    await go.pay()
    assert set(go.states().values()) == {"waiting"}
    first, second, third = go.books.invoices
    first["Balance"] = Decimal(0)
    second["DueDate"] = DUE + dt.timedelta(days=1)
    third["RelatedInvoiceNo"], go.books.invoices[2] = None, third
    go.books.add_invoice(20010, "K", Decimal(5), DUE, VoucherType="IncomingCreditNote", RelatedInvoiceNo="C")
    await go.pay()
    assert go.states() == {by_hand: "cancelled", changed: "cancelled", f"{changed}-2": "waiting", blocked: "held"}
    assert go.findings()[blocked][0][:1] == ("not_payable_at_source",)
    del go.books.invoices[3]
    await go.pay()
    assert go.states()[blocked] == "waiting"
    go.chosen = go.having(accounting=go.accounting)
    go.go.deactivate("client")
    await go.pay()
    assert (go.states()[blocked], go.states()[f"{changed}-2"]) == ("held", "held")
    assert not list(go.sandbox.drop.iterdir())
    assert go.faults() == []


async def test_a_run_that_died_between_file_and_payments_pays_once(go: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    go.books.add_supplier(20010, "Fjord AS", FJORD)
    name = go.books.add_invoice(20010, "F-1", Decimal(500), DUE).replace("-", "")
    short = go.books.add_invoice(20010, "F-3", Decimal(30), DUE).replace("-", "")
    monkeypatch.setattr(payment_recording, "_CHUNK", 1)
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(payment_doubles, "record", _die)  # after the first of two was recorded
        await go.pay()
    other = go.books.add_invoice(20010, "F-2", Decimal(70), DUE).replace("-", "")
    await go.send_and_execute()
    assert go.sandbox.paid() == {name: 1, short: 1, other: 1}
    assert go.faults() == []


def _die(*_: Any) -> None:
    raise KeyboardInterrupt


async def test_what_the_bank_refused_is_tried_again_only_when_it_is_another(go: Site) -> None:
    go.books.add_supplier(20010, "Fjord AS", FJORD)
    name = go.books.add_invoice(20010, "F-1", Decimal(500), DUE).replace("-", "")
    await go.send_and_execute(name)
    await go.hear()
    assert (go.stages(), go.told(), go.books.vouchers) == ({name: "rejected"}, {name: "accepted"}, [])
    said = await go.pay()
    assert "1 faktura uendret siden betalingen ble avvist" in said.message
    go.books.invoices[0]["DueDate"] = go.now.date() + dt.timedelta(days=2)
    await go.pay()
    assert go.stages() == {name: "rejected", f"{name}-2": "handed_over"}


async def test_what_lacked_money_only_is_tried_again_the_day_after(go: Site) -> None:
    go.books.add_supplier(20010, "Fjord AS", FJORD)
    name = go.books.add_invoice(20010, "F-1", Decimal(500), DUE).replace("-", "")
    await go.send_and_execute(name)
    await go.hear()
    with go.engine.begin() as connection:
        connection.execute(sa.update(bank_tables.payment).values(reason="AM04"))
    await go.pay()
    assert go.stages() == {name: "rejected"}, "not the same day"
    go.at(go.now + dt.timedelta(days=1))
    await go.pay()
    assert go.stages() == {name: "rejected", f"{name}-2": "handed_over"}


@pytest.mark.parametrize("opens_first", [True, False])
async def test_a_closed_period_waits_and_money_that_came_back_is_posted_back(go: Site, opens_first: bool) -> None:
    go.books.add_supplier(20010, "Tind AS", TIND)
    name = go.books.add_invoice(20010, "F-1", Decimal(500), DUE).replace("-", "")
    await go.send_and_execute()
    go.books.locked_until = DUE
    said = await go.hear()
    assert "Regnskapet er låst til og med 25.11.2026" in said.message
    assert (go.told(), go.books.vouchers) == ({name: "waiting"}, [])
    go.books.locked_until = DUE - dt.timedelta(days=1) if opens_first else DUE
    await go.hear()
    assert (go.told(), len(go.books.vouchers)) == (({name: "accepted"}, 1) if opens_first else ({name: "waiting"}, 0))
    await go.next_day(go.now.date() + dt.timedelta(days=4))
    await go.hear()
    assert (go.stages(), len(go.books.vouchers)) == ({name: "returned"}, 2 if opens_first else 0)
    go.books.locked_until = DUE - dt.timedelta(days=1)
    await go.hear()
    assert [lines[0][1] for lines in go.lines()] == [-500, 500]
    assert go.books.vouchers[0]["VoucherDate"] == DUE
    assert go.faults() == []


async def test_what_comes_in_is_posted_on_the_customer_by_kid(go: Site) -> None:
    invoice = state.Invoice(
        id="046b6c7f-0b8a-43b9-b35d-6489e6daee91", client_key="client", kind="invoice", number=1001, customer_number=10001,
        currency="NOK", net=Decimal(800), total=Decimal(1000), invoice_date=DUE, due_date=DUE, created=MONDAY, ehf=b"", kid=KID,
    )  # fmt: skip
    other = msgspec.structs.replace(invoice, id=str(uuid.uuid4()), number=1002, currency="EUR", kid="98765432106")
    go.invoices |= {invoice.id: invoice, other.id: other}
    go.customers[9_010_001] = {"Id": 9_010_001, "Number": 10001, "SubledgerAccountId": 9_110_001, "ExternalNumber": None}
    for amount, kid in ((400, KID), (400, KID), (70, "98765432106")):
        go.sandbox.credit(OWN, Decimal(amount), kid=kid, other_name="Kari", other_account=OTHER_OWN)
    await go.next_day(MONDAY.date() + dt.timedelta(days=1))
    go.books.add_own_account(OWN, fetches_incoming=True)
    said = await go.receive()
    assert ("De ville blitt ført to ganger" in said.message, go.lines()) == (True, [])
    go.books.own_accounts.clear()
    go.go.v2_book.add(faults.Fault(kind="cut_after_change", path=VOUCHERS))
    said = await go.receive()
    assert "uten kjent faktura eller kunde" in said.message
    await go.receive()
    assert go.lines() == [[(8_001_920, Decimal(400), None), (9_110_001, Decimal(-400), "1001")]] * 2
    suspense = {**go.accounting["api"], "suspense_account": "2990"}
    go.chosen = go.having(bank={"credits": "credits"}, accounting={**go.accounting, "api": suspense})
    go.sandbox.credit(OWN, Decimal(-70), kid="98765432106", other_name="Kari", other_account=OTHER_OWN)
    await go.next_day(MONDAY.date() + dt.timedelta(days=2))
    await go.receive()
    assert go.lines()[2:] == [[(8_001_920, Decimal(n), None), (8_002_990, Decimal(-n), None)] for n in (70, -70)]
    with go.engine.connect() as connection:
        standings = sorted(connection.execute(sa.select(bank_tables.incoming.c.standing)).scalars())
    assert standings == ["matched", "matched", "netted", "reversal"]
    assert go.faults() == []


async def test_fortnox_is_paid_from_and_booked_in_wherever_it_breaks(swedish: Site) -> None:
    company = swedish.company
    company.add_supplier("20", "Fjord AS", CountryCode="NO", BankAccountNumber=FJORD)
    company.add_supplier("21", "Bankgiro AB", BG="5050-1055", CountryCode="SE")
    company.add_supplier_invoice("71", "20", Decimal("1250.50"), DUE, Currency="NOK", OCR=KID)
    company.add_supplier_invoice("72", "21", Decimal(10), DUE)
    company.add_supplier_invoice("73", "20", Decimal(10), DUE, Currency="NOK")
    company.add_supplier_invoice("74", "20", Decimal(10), DUE, Currency="NOK", PaymentPending=True)
    company.unapproved.add("73")
    company.add_supplier_invoice("75", "20", Decimal(500), DUE, Currency="NOK")
    await swedish.send_and_execute()
    assert swedish.sandbox.paid() == {"FN71": 1, "FN75": 1}
    company.supplier_invoices["75"]["Balance"] = "0"  # somebody booked the payment by hand
    for method in ("POST", "PUT"):
        swedish.fortnox.book.add(faults.Fault(kind="cut_after_change", path="/3/supplierinvoicepayments", method=method))
    said = [(await swedish.hear()).message for _ in range(4)]
    assert [one for one in said if "1 betaling meldt til regnskapet" in one]
    assert swedish.told() == {"FN71": "accepted", "FN75": "rejected"}
    assert swedish.payments() == [(Decimal("1250.50"), True)]
    await swedish.pay()
    assert swedish.stages() == {"FN71": "executed", "FN75": "executed"}
    assert swedish.faults() == []


@pytest.mark.parametrize(("kind", "gives_up"), [("cut", False), ("cut_after_change", False), ("cut", True)])
async def test_like_payments_of_a_customer_in_fortnox_are_all_booked(swedish: Site, kind: faults.Kind, gives_up: bool) -> None:
    swedish.company.balances, swedish.company.currency = {"1001": Decimal(900)}, "NOK"
    for kid in ("10018", "1001"):
        swedish.sandbox.credit(OWN, Decimal(400), kid=kid, other_name="Kari", other_account=OTHER_OWN)
    swedish.fortnox.book.add(faults.Fault(kind=kind, path="/3/invoicepayments", method="POST"))
    await swedish.next_day(MONDAY.date() + dt.timedelta(days=1))
    await swedish.receive()
    with contextlib.closing(connect.open_ledger()) as ledger:
        (doubt,) = deliveries.find_open(ledger, "nidelven", "post", ["in_doubt"])
        refused = deliveries.Answer(
            delivery_id=doubt.id, target="fortnox", natural_key=doubt.natural_key or "", outcome="rejected", detail="Nei"
        )
        chosen = [refused] if gives_up else []
        deliveries.record_answers(ledger, "nidelven", chosen, "test", swedish.now, swedish.now.date(), start="in_doubt")
    said = await swedish.receive()
    assert ("som en annen som ble avvist" in said.message) == gives_up
    assert [one.booked for one in swedish.company.payments["InvoicePayment"]] == ([] if gives_up else [True, True])
    assert swedish.company.balances == {"1001": Decimal(900 if gives_up else 100)}
