"""Every bank file in ../shared by an independent count, our own files by the official schemas, and a bank that is not ours."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import io
import json
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree

from console import read_bank, summaries
from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022

pytestmark = pytest.mark.contract

SHARED = pathlib.Path(__file__).parent.parent.parent.parent / "shared" / "samples"
SAMPLES = sorted(SHARED.glob("bank/*/*.xml"))
NAMES = [path.name for path in SAMPLES]


@functools.cache
def schema(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(SHARED / "xsd" / f"{message}.xsd"))


def counted(path: pathlib.Path) -> tuple[int, dict[str, Decimal]]:
    """How many payments and which sums, by whoever knows nothing of us: elements by their local names."""
    root = ElementTree.parse(path).getroot()
    message = root.tag[1:].partition("}")[0].rpartition(":")[2]

    def all_of(element: Any, *names: str) -> list[Any]:
        return [one for one in element.iter() if one.tag.rpartition("}")[2] in names]

    if message.startswith("pain.002"):
        named = len(all_of(root, "TxInfAndSts"))
        return named or int(all_of(root, "OrgnlNbOfTxs")[0].text), {}
    if message.startswith("pain.001"):
        amounts = [(one.get("Ccy"), Decimal(one.text)) for one in all_of(root, "InstdAmt")]
        return len(amounts), payments.totals(amounts)
    entries = all_of(root, "Ntry")
    amounts = []
    for entry in entries:
        (own, *_), (direction, *_) = all_of(entry, "Amt"), all_of(entry, "CdtDbtInd")
        amounts.append((own.get("Ccy"), Decimal(own.text) * (1 if direction.text == "CRDT" else -1)))
    return sum(len(all_of(entry, "TxDtls")) or 1 for entry in entries), payments.totals(amounts)


def test_there_are_as_many_samples_as_are_known() -> None:
    assert len(SAMPLES) == 26


@pytest.mark.parametrize("path", SAMPLES, ids=NAMES)
def test_every_sample_is_known_by_its_content_with_exact_counts_and_totals(path: pathlib.Path) -> None:
    data = path.read_bytes()
    (known,) = [one for one in read_bank.FORMATS if one.recognise(data)]
    summary = known.sum_up(io.BytesIO(data), None)
    assert (summary.documents, summary.totals) == counted(path)
    assert summary.format == path.name[:15]
    assert not {one.severity for one in summary.findings} & {"fatal"}
    assert [one.code for one in summary.findings if one.severity == "warning"] == ["no_transactions"] * (not summary.documents)


def test_each_kid_of_the_mix_has_its_own_amount_in_both_versions(shared: pathlib.Path) -> None:
    told = []
    for version in ("02", "08"):
        data = (shared / "samples" / "bank" / "own" / f"camt.054.001.{version}_kid_mix.xml").read_bytes()
        told.append(list(iso20022.camt.incoming(data, findings.Findings())))
    assert told[0] == told[1]
    assert [(one.kid, str(one.amount), one.reference) for one in told[0]] == [
        ("123456782", "100.25", "B1/1"),
        ("123456785", "250.00", "B1/2"),
        ("6-", "250.25", "B1/3"),
        ("", "75.00", "B2/1"),
        ("123456782", "99.00", "B3/1"),
        ("123456782", "-40.00", "B4/1"),
        ("", "10.00", "B5/0"),
    ]


@pytest.mark.parametrize("path", [path for path in SAMPLES if "pain.001" in path.name], ids=lambda path: path.name)
def test_somebody_elses_remittance_is_written_again_without_loss(path: pathlib.Path) -> None:
    given = iso20022.pain001.read(path.read_bytes(), findings.Findings())
    for version in ("pain.001.001.03", "pain.001.001.09"):
        written = iso20022.write(given, version)
        schema(version).assertValid(etree.fromstring(written.data))
        assert iso20022.pain001.read(written.data, findings.Findings()) == given
        assert not written.replaced


# A bank that is not ours: PyPI mock-bank over HTTP


@contextlib.contextmanager
def bank() -> Iterator[Callable[..., Any]]:
    """mock-bank on a free port of loopback; gives what asks it."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    program = pathlib.Path(sys.executable).with_name("mock-bank")
    options = ["--port", str(port), "--clock", "2026-11-23T09:00", "--timezone", "Europe/Oslo", "-q"]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(method: str, path: str, body: bytes | dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = "application/json" if isinstance(body, dict) else "application/xml"
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own port
                return answer.read()
        except urllib.error.HTTPError as error:  # a file that is refused is answered by pain.002 all the same
            assert error.code == 422
            return error.read()

    try:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                ask("GET", "/_mock/health")
                break
            time.sleep(0.05)
        yield ask
    finally:
        process.terminate()
        process.wait(10)


def remittance(count: int, message_id: str = "FB1") -> payments.Remittance:
    debtor = payments.Party(name="Fakturabro AS", identifier="918315446", identifier_scheme="CUST")
    account = payments.Account(scheme="iban", value="NO9386011117947", currency="NOK", bic="SPSONO22")
    creditor = payments.Creditor(name="Leverandør Én AS", account=payments.account("NO95 1594 2287 248"))
    orders = tuple(
        payments.PaymentOrder(
            end_to_end_id=f"E{number}",
            amount=Decimal(100 + number),
            currency="NOK",
            creditor=creditor,
            kid="1234567897" if number % 2 else "",
            text=() if number % 2 else (f"Faktura {number}",),
            requested=dt.date(2026, 11, 24),
        )
        for number in range(count)
    )
    batch = payments.Batch(batch_id="FB1-1", debtor=debtor, account=account, execution_date=dt.date(2026, 11, 24), payments=orders)
    created = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
    return payments.Remittance(message_id=message_id, created_at=created, initiator=debtor, batches=(batch,))


def documents(raw: bytes) -> list[bytes]:
    """The messages of a mailbox, one XML document each."""
    return [b"<?xml" + one for one in re.split(rb"<\?xml", raw) if one.strip()]


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.001.001.09"])
def test_a_bank_that_is_not_ours_takes_our_file_and_we_read_all_its_answers(version: Any) -> None:
    sent = remittance(10)
    data = iso20022.write(sent, version).data
    with bank() as ask:
        account = {"id": "SOR", "name": "Fakturabro AS", "iban": "NO9386011117947", "currency": "NOK", "balance": 100_000_00}
        ask("POST", "/_mock/accounts", account)
        ask("POST", "/payments", data)
        (answer,) = documents(ask("GET", "/_mock/mailbox?raw&type=pain.002"))
        ask("POST", "/payments", data)
        (again,) = documents(ask("GET", "/_mock/mailbox?raw&type=pain.002"))
        ask("POST", "/_mock/advance?days=2")
        moved = documents(ask("GET", "/_mock/mailbox?raw&type=camt."))
    for one in (answer, again, *moved):
        schema(iso20022.recognise(one) or "").assertValid(etree.fromstring(one))
    report = iso20022.pain002.read(answer, findings.Findings())
    assert (report.original_message_id, report.original_count, report.original_sum) == ("FB1", 10, sent.control_sum)
    assert {name: one.code for name, one in iso20022.pain002.settle(report).items()} == {f"E{n}": "ACCP" for n in range(10)}
    refused = iso20022.pain002.read(again, findings.Findings()).statuses[0]
    assert (refused.level, refused.code, refused.reasons[0].code) == ("group", "RJCT", "DUPL")
    for kind in ("camt.054", "camt.053"):
        found = findings.Findings()
        rows = [row for one in moved if (iso20022.recognise(one) or "").startswith(kind) for row in iso20022.camt.rows(one, found)]
        paid = {row.part.end_to_end_id: -row.part.amount for row in rows if row.part}
        assert paid == {one.end_to_end_id: one.amount for one in sent.payments}, kind
        assert not found.counts["block"]


def test_a_summary_of_what_cannot_be_read_is_one_sentence() -> None:
    known = next(one for one in read_bank.FORMATS if one.recognise(SAMPLES[0].read_bytes()))
    broken = SAMPLES[0].read_bytes()[:-20]
    summary = known.sum_up(io.BytesIO(broken), None)
    assert isinstance(summary, summaries.Summary)
    assert [(one.code, one.severity) for one in summary.findings] == [("truncated", "fatal")]
