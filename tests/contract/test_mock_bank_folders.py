"""mock-bank, a bank that is not ours, by folders: what we hand over, what comes back, and what only our guards can stop."""

from __future__ import annotations

import collections
import datetime as dt
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal

import httpx
import msgspec
import pytest

from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022
from fakturabro.remote import errors, folders
from fakturabro.systems.bank import inbox, outbox, patterns
from sandboxes.bank import mock_bank

pytestmark = pytest.mark.contract

MONDAY = dt.date(2026, 11, 23)
LATER = dt.datetime(2037, 1, 1, tzinfo=dt.UTC)
GLOBS: dict[patterns.Kind, str] = {
    "status": "pain.002*",
    "debits": "camt.054*-DRIFT-*",
    "credits": "camt.054*-KID-*",
    "statement": "camt.053*",
}
NAMES = tuple(patterns.Pattern(kind, glob) for kind, glob in GLOBS.items())


@pytest.fixture
def bank(tmp_path: pathlib.Path) -> Iterator[mock_bank.MockBank]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, *mock_bank.arguments(tmp_path, port, MONDAY.isoformat())]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asked = mock_bank.MockBank(port)
    try:
        _await(asked)
        asked.close_examples()
        asked.open_account("DRIFT", "Nidelven AS", "86011117947", Decimal("100000"))
        asked.open_account("KID", "Factoring Finans AS", "15030000002", Decimal(0))
        yield asked
    finally:
        asked.close()
        process.terminate()
        process.wait(10)


def _await(asked: mock_bank.MockBank) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            if asked.is_ready():
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("mock-bank did not start")


def remittance(message: str = "FB1") -> payments.Remittance:
    party = payments.Party(name="Nidelven AS", identifier="918315446", identifier_scheme="CUST")
    creditor = payments.Creditor(name="Leverandør Én AS", account=payments.account("15942287248"))
    orders = tuple(
        payments.PaymentOrder(end_to_end_id=f"E{n}", amount=Decimal(100 + n), currency="NOK", creditor=creditor, kid="1234567897")
        for n in range(5)
    )
    account = payments.account("86011117947", "NOK")
    batch = payments.Batch(batch_id=f"{message}-1", debtor=party, account=account, execution_date=MONDAY, payments=orders)
    created = dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC)
    return payments.Remittance(message_id=message, created_at=created, initiator=party, batches=(batch,))


def take(folder: pathlib.Path) -> dict[str, list[bytes]]:
    """What the bank left, by kind."""
    box = inbox.Inbox(folders.DiskFolder(folder / "pickup"), inbox.Settings(patterns=NAMES))
    found: dict[str, list[bytes]] = collections.defaultdict(list)
    for taken in box.take(LATER):
        found[taken.kind].append(taken.content.read())
        box.conclude(taken)
    assert not box.look(LATER).unknown
    return found


def moved(messages: list[bytes]) -> collections.Counter[tuple[str, Decimal]]:
    found = findings.Findings()
    rows = [row for one in messages for row in iso20022.camt.rows(one, found)]
    assert not found.counts["block"]
    return collections.Counter((row.part.end_to_end_id or row.part.kid, row.part.amount) for row in rows if row.part)


def test_every_payment_is_accounted_for_and_a_second_sending_is_known(bank: mock_bank.MockBank, tmp_path: pathlib.Path) -> None:
    sent, drop = remittance(), outbox.Outbox(folders.DiskFolder(tmp_path / "drop"))
    data, paid = iso20022.write(sent).data, {(f"E{n}", -Decimal(100 + n)): 1 for n in range(5)}
    drop.deliver("P001.FB1.xml", data)
    assert [one["status"] for one in bank.scan()] == ["ACCP"]
    bank.credit("KID", Decimal("125.50"), MONDAY, reference="1000050018")
    bank.advance(MONDAY + dt.timedelta(days=1))
    came = take(tmp_path)
    report = iso20022.pain002.read(came["status"][0], findings.Findings())
    assert (report.original_message_id, report.original_count, report.original_sum) == ("FB1", 5, sent.control_sum)
    assert {name: one.code for name, one in iso20022.pain002.settle(report).items()} == {f"E{n}": "ACCP" for n in range(5)}
    assert moved(came["debits"]) == paid
    (money,) = iso20022.camt.incoming(came["credits"][0], findings.Findings())
    assert (money.kid, money.amount) == ("1000050018", Decimal("125.50"))
    assert {one: n for one, n in moved(came["statement"]).items() if one[1] < 0} == paid

    with pytest.raises(errors.AlreadyDelivered):
        drop.deliver("P001.FB1-again.xml", data)
    (tmp_path / "drop" / "by-hand.xml").write_bytes(data)
    assert [(one["status"], one["reason"]) for one in bank.scan()] == [("RJCT", "DUPL")]
    assert [one.reasons[0].code for one in iso20022.pain002.read(take(tmp_path)["status"][0], findings.Findings()).statuses] == [
        "DUPL"
    ]
    assert len(bank.payments()) == 5

    again = msgspec.structs.replace(sent, message_id="FB2", batches=remittance("FB2").batches)
    (tmp_path / "drop" / "by-hand.xml").write_bytes(iso20022.write(again).data)
    assert [one["status"] for one in bank.scan()] == ["ACCP"]  # a bank pays twice under a new MsgId: only our guards stop it
    assert len(bank.payments()) == 10
