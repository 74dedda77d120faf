"""The sandbox bank: everything it writes is valid by the official schemas, adds up, and is what the life of a payment was."""

from __future__ import annotations

import collections
import datetime as dt
import pathlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from fakturabro.domain import findings, payments, statements
from fakturabro.formats import iso20022, nets
from sandboxes.bank import service as bank

pytestmark = pytest.mark.contract

OURS, CLOSED, STRICT, OTHER = "86011117947", "15030000002", "60111100009", "15942287248"
MONDAY = dt.date(2026, 11, 23)
Make = Callable[..., bank.Bank]


def day(after: int) -> dt.date:
    return MONDAY + dt.timedelta(days=after)


@pytest.fixture
def make(shared: pathlib.Path, tmp_path: pathlib.Path) -> Make:
    def made(balance: str = "10000.00", **settings: Any) -> bank.Bank:
        accounts = [bank.Account(number=OURS, owner="Nidelven & Sønn AS", balance=Decimal(balance), ocr_agreement="001008555")]
        creditors = {CLOSED: bank.Creditor(closed=True), OTHER: bank.Creditor(kid="required")}
        return bank.Bank(tmp_path, MONDAY, accounts, creditors, bank.Settings(**settings), shared / "samples" / "xsd")

    return made


def order(name: str, amount: str, creditor: str = OTHER, text: tuple[str, ...] = (), **more: Any) -> payments.PaymentOrder:
    return payments.PaymentOrder(
        end_to_end_id=name,
        amount=Decimal(amount),
        currency="NOK",
        creditor=payments.Creditor(name="Leverandør Én & To AS", account=payments.account(creditor)),
        kid="" if text else "1234567897",
        text=text,
        **more,
    )


def written(*orders: payments.PaymentOrder, message: str = "FB1", on: dt.date = MONDAY, version: Any = None) -> bytes:
    party = payments.Party(name="Nidelven AS", identifier="918315446", identifier_scheme="CUST")
    batch = payments.Batch(
        batch_id=f"{message}-1", debtor=party, account=payments.account(OURS, "NOK"), execution_date=on, payments=orders
    )
    created = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
    remittance = payments.Remittance(message_id=message, created_at=created, initiator=party, batches=(batch,))
    return iso20022.write(remittance, version or "pain.001.001.09").data


def hand_over(to: bank.Bank, *orders: payments.PaymentOrder, **more: Any) -> None:
    (to.drop / "P001.xml").write_bytes(written(*orders, **more))
    assert to.take() == ["P001.xml"]


def read(of: bank.Bank, shared: pathlib.Path, *kinds: str) -> list[bytes]:
    """What lies in the pickup folder, in order, taken away; all XML valid by its schema."""
    found = []
    for path in sorted(of.pickup.iterdir(), key=lambda one: (one.name.split(".")[-2], one.name)):
        content = path.read_bytes()
        if path.suffix == ".XML":
            name = iso20022.recognise(content)
            etree.XMLSchema(file=str(shared / "samples" / "xsd" / f"{name}.xsd")).assertValid(etree.fromstring(content))
        if not kinds or any(kind in path.name for kind in kinds):
            found.append(content)
            path.unlink()
    return found


def statuses(reports: Sequence[bytes]) -> list[tuple[str, dict[str, tuple[str, str]]]]:
    """Of each report the group's status, and each payment's with its reason."""
    told = []
    for one in reports:
        found = findings.Findings()
        report = iso20022.pain002.read(one, found)
        assert not found.counts["block"]
        codes = {
            said.end_to_end_id: (said.code, said.reasons[0].code if said.reasons else "")
            for said in report.statuses
            if said.level == "payment"
        }
        told.append((next(said.code for said in report.statuses if said.level == "group"), codes))
    return told


def rows(messages: Sequence[bytes]) -> list[tuple[str, Decimal, str]]:
    found = findings.Findings()
    told = [row for one in messages for row in iso20022.camt.rows(one, found)]
    assert not found.counts["block"]
    return [(row.part.end_to_end_id, row.part.amount, row.part.return_reason) for row in told if row.part]


@pytest.mark.parametrize(
    ("settings", "version"),
    [({}, "pain.001.001.09"), ({"pain002": "03", "camt": "02"}, "pain.001.001.03"), ({"statement_parts": True}, None)],
)
def test_the_life_of_a_file_from_receipt_to_return(make: Make, shared: pathlib.Path, settings: Any, version: Any) -> None:
    one = make(**settings)
    hand_over(
        one,
        order("E1", "1000.00"),
        order("E2", "250.50", CLOSED),
        order("E3", "10.00", text=("uten KID",)),
        order("E4", "20.00", CLOSED),
        on=day(1),
        version=version,
    )
    received, waits = statuses(read(one, shared))
    assert received == ("PART", {"E3": ("RJCT", "RR12")})
    assert waits == ("PDNG", dict.fromkeys(("E1", "E2", "E4"), ("PDNG", "APPROVAL")))
    assert one.refuse("FB1", "E4") == 1
    assert one.approve("FB1") == 2
    assert one.paid() == {}
    assert statuses(read(one, shared)) == [("PART", {"E4": ("RJCT", "DS02")}), ("PART", {"E1": ("ACSP", ""), "E2": ("ACSP", "")})]
    one.advance(day(1))
    assert rows(read(one, shared, "C54D")) == [("E1", Decimal("-1000.00"), ""), ("E2", Decimal("-250.50"), "")]
    one.advance(day(4))
    assert rows(read(one, shared, "C54D")) == [("E2", Decimal("250.50"), "AC04")]
    found = findings.Findings()
    told = [statement for content in read(one, shared, "C053") for statement in iso20022.camt.read(content, found)]
    assert not found.counts["block"]
    assert [(one.sequence, one.opening and one.opening.amount, one.closing and one.closing.amount) for one in told] == [
        (1, Decimal("10000.00"), Decimal("10000.00")),
        (2, Decimal("10000.00"), Decimal("8749.50")),
        (3, Decimal("8749.50"), Decimal("8749.50")),
        (4, Decimal("8749.50"), Decimal("9000.00")),
    ]
    assert [order.state for order in one.orders] == ["executed", "returned", "rejected", "rejected"]
    assert one.paid() == {"E1": 1, "E2": 1}


def test_without_money_a_payment_waits_a_day_and_then_goes_or_fails(make: Make, shared: pathlib.Path) -> None:
    one = make(balance="100.00", approval=False)
    hand_over(one, order("E1", "80.00"), order("E2", "30.00"), order("E3", "500.00"))
    *_, short = statuses(read(one, shared, "P002"))
    assert short == ("PART", {"E2": ("PDNG", "AM04"), "E3": ("PDNG", "AM04")})
    one.credit(OURS, Decimal("15.00"), kid="1234567897")
    one.advance(day(1))
    assert statuses(read(one, shared, "P002")) == [("PART", {"E3": ("RJCT", "AM04")})]
    assert [order.state for order in one.orders] == ["executed", "executed", "rejected"]
    assert one.books.accounts[OURS].balance == Decimal("5.00")


def test_nothing_moves_on_a_day_off(make: Make, shared: pathlib.Path) -> None:
    one = make()
    one.advance(day(5))
    hand_over(one, order("E1", "10.00"), on=day(4))
    one.approve("FB1")
    one.credit(OURS, Decimal("5.00"), kid="1234567897")
    assert one.paid() == {}
    one.advance(day(8))
    assert one.orders[0].executed_on == day(7)
    found = findings.Findings()
    last = [statement for content in read(one, shared, "C053") for statement in iso20022.camt.read(content, found)][-1]
    assert not found.counts["block"]
    assert [entry.amount for entry in last.entries] == [Decimal("5.00"), Decimal("-10.00")]


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (lambda data: data, "RJCT DUPL"),
        (lambda data: data.replace(b"FB1", b"FB2"), "ACTC"),
        (lambda data: data.replace(b"FB1", b"FB2").replace(b"<NbOfTxs>2", b"<NbOfTxs>3"), "RJCT AM18"),
        (lambda data: data.replace(b"FB1", b"FB2").replace(b"<CtrlSum>30", b"<CtrlSum>31"), "RJCT AM10"),
        (lambda data: data.replace(b"FB1", b"FB2").replace(b"E2<", b"E1<"), "PART"),
        (lambda data: data.replace(b"FB1", b"FB2").replace(b"15942287248", b"15942287249"), "RJCT"),
        (lambda data: data.replace(b"FB1", b"FB2").replace(b"86011117947", b"12345678903"), "RJCT"),
        (lambda data: data.replace(b"FB1", b"FB2").replace(b"<PmtMtd>TRF</PmtMtd>", b""), "RJCT FF01"),
        (lambda data: data[:-30], "RJCT FF01"),
        (lambda data: b"NY000010" + data, "RJCT FF01"),
    ],
)
def test_what_a_bank_refuses(make: Make, shared: pathlib.Path, content: Callable[[bytes], bytes], verdict: str) -> None:
    """The same payments under a new MsgId are accepted, as banks do: only our guards stop them."""
    one, both = make(), (order("E1", "10.00"), order("E2", "20.00"))
    hand_over(one, *both)
    (one.drop / "again.xml").write_bytes(content(written(*both)))
    for name in (".hidden.xml", "half.xml.part"):
        (one.drop / name).write_bytes(b"")
    assert one.take() == ["again.xml"]
    assert one.files[-1].verdict == verdict
    read(one, shared)


def test_money_in_comes_as_ocr_giro_or_camt_and_a_weekend_twice(make: Make, shared: pathlib.Path) -> None:
    one = make()
    for kid, amount in (("1234567897", "100.25"), ("6-", "250.00")):
        one.credit(OURS, Decimal(amount), kid=kid, kind="15", other_account=OTHER)
    one.credit(OURS, Decimal("75.00"), text="Faktura 1001 & 1002", other_name="Ola Ørsted", other_account=OTHER)
    one.advance(day(1))
    (plain,) = incoming(iso20022.camt.incoming, read(one, shared, "C54C"))
    assert (plain.amount, plain.text, plain.payer_name) == (Decimal("75.00"), "Faktura 1001 & 1002", "Ola Ørsted")
    first = incoming(nets.incoming, read(one, shared, "OCR"))
    assert [(paid.kid, str(paid.amount), paid.kind) for paid in first] == [("1234567897", "100.25", "15"), ("6-", "250.00", "15")]
    for sign in (1, -1):
        assert one.repeat(day(1), sign) == 3
        one.advance(one.today + dt.timedelta(days=1))
        again = incoming(nets.incoming, read(one, shared, "OCR"))
        assert [(paid.kid, paid.amount) for paid in again] == [(paid.kid, sign * paid.amount) for paid in first]
        assert not {paid.reference for paid in again} & {paid.reference for paid in first}
        (plain,) = incoming(iso20022.camt.incoming, read(one, shared, "C54C"))
        assert (plain.amount, plain.reversal) == (sign * Decimal(75), sign < 0)
    assert one.books.accounts[OURS].balance == Decimal("10425.25")


def incoming(reader: Any, messages: Sequence[bytes]) -> list[statements.IncomingPayment]:
    found = findings.Findings()
    told = [paid for one in messages for paid in reader(one, found)]
    assert not found.counts["block"]
    return told


def test_how_a_bank_fails(make: Make, shared: pathlib.Path) -> None:
    one = make(approval=False)
    one.faults.silent = 1
    hand_over(one, order("E1", "10.00"))
    assert sum(".P002." in path.name for path in one.pickup.iterdir()) == 1  # ACSP came, ACTC never
    read(one, shared)
    one.faults.twice = 1
    hand_over(one, order("E2", "10.00"), message="FB2")
    names = collections.Counter(path.read_bytes() for path in one.pickup.iterdir())
    assert sorted(names.values()) == [1, 1, 2]
    read(one, shared)
    one.faults.backwards = True
    hand_over(one, order("E3", "10.00"), message="FB3")
    assert not list(one.pickup.iterdir())
    one.release()
    assert len(read(one, shared)) == 3
    one.faults.half = True
    hand_over(one, order("E4", "10.00"), message="FB4")
    for path in one.pickup.iterdir():
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(path.read_bytes())
    one.release()
    assert len(read(one, shared)) == 3
    one.credit(OURS, Decimal(5), kid="1234567897")
    one.faults.wrong_totals = 2
    one.advance(day(1))
    for kind, reader in (("OCR", nets.incoming), ("C053", iso20022.camt.rows)):
        found = findings.Findings()
        for message in read(one, shared, kind):
            list(reader(message, found))
        assert found.counts["block"], kind
