"""Telepay return files: three physical forms, what the bank says, and everything that can be wrong with such a file."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from console import read as console
from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.telepay import layout, messages, read, records, statuses

FORMS = {"lines": 80, "records": 320, "unbroken": 0}


def made(kind: str, code: str = "02", sequence: int = 1, routine: str = "TBRI", **fields: Any) -> str:
    """One record, put together by the table; numbers are filled with zeros, texts with blanks."""
    text = [" "] * layout.LENGTH
    header = {"mark": "AH", "version": "2", "return_code": code, "routine": routine, "day": "0708", "size": "04"}
    for name, value in {**header, "sequence": sequence, "kind": f"BETFOR{kind}", **fields}.items():
        field = layout.RECORDS[kind].get(name) or layout.HEADER[name]
        width = field.end - field.start
        text[field.start : field.end] = str(value).zfill(width) if isinstance(value, int) else str(value).ljust(width)
    return "".join(text)


def batch(*between: tuple[str, dict[str, Any]], start: int = 1, code: str = "02", routine: str = "TBRI", **last: Any) -> list[str]:
    rows = [("00", {"own_reference": "KJØRING7"}), *between]
    found = [
        made(kind, **{"code": code, "routine": routine, "sequence": start + n, **fields}) for n, (kind, fields) in enumerate(rows)
    ]
    amounts = [
        (-1 if row.get("direction") == "K" else 1) * row.get("amount", 0) for kind, row in between if kind in ("22", "23", "04")
    ]
    counted = {"orders": sum(kind in ("21", "01") for kind, _ in between), "total": sum(amounts), "records": len(rows) + 1}
    return [*found, made("99", code, start + len(rows), routine, **{**counted, **last})]


ORDER: tuple[str, dict[str, Any]] = (
    "21",
    {
        "account": "15942287248",
        "own_reference": "OPPDRAG1",
        "bank_reference": "123456",
        "pay_date": "240910",
        "value_date": "240911",
        "payee_account": "86011117947",
        "payee_name": "Blåbær & Sønn AS",
        "amount": 90_000,
    },
)
PAID: tuple[str, dict[str, Any]] = ("23", {"own_reference": "F-1", "kid": "1234567897", "amount": 100_000, "direction": "D"})
CREDITED: tuple[str, dict[str, Any]] = ("23", {"own_reference": "K-1", "text": "Kreditnota", "amount": 10_000, "direction": "K"})
BATCH = batch(ORDER, PAID, CREDITED)
FOREVER = "".join(BATCH).encode("iso-8859-1")


def written(rows: list[str], width: int = 80, end: str = "\r\n", encoding: str = "iso-8859-1") -> bytes:
    text = "".join(rows)
    return ("".join(text[i : i + width] + end for i in range(0, len(text), width)) if width else text).encode(encoding)


def opened(data: bytes) -> tuple[list[read.Batch], Findings]:
    found = Findings()
    return list(read.batches(data, found)), found


def codes(found: Findings) -> list[str]:
    return [one.code for one in found]


@pytest.mark.parametrize("width", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("after", [b"", b"\x1a", b"\r\n\r\n"])
def test_every_physical_form_says_the_same(width: int, after: bytes) -> None:
    data = written(BATCH, width) + after
    assert records.recognise(data)
    [found], odd = opened(data)
    assert (len(found.orders), found.stated_total, found.own_reference) == (1, Decimal("900.00"), "KJØRING7")
    paid, credited = found.invoices
    assert (paid.amount, paid.kid, paid.payee_name) == (Decimal("1000.00"), "1234567897", "Blåbær & Sønn AS")
    assert paid.payee_account == payments.Account(scheme="bban", value="86011117947")
    assert (credited.amount, credited.text) == (Decimal("-100.00"), ("Kreditnota",))
    assert found.orders[0].value_date == dt.date(2024, 9, 11)
    assert not odd.counts["block"] and not odd.counts["warn"]


def trimmed(data: bytes) -> bytes:
    return b"\n".join(line.rstrip() for line in data.splitlines())


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "utf-8": (lambda data: data.decode("iso-8859-1").encode(), "utf8"),
    "byte order mark": (lambda data: b"\xef\xbb\xbf" + data.decode("iso-8859-1").encode(), "utf8"),
    "blanks cut off": (trimmed, "short_line"),
    "blanks added": (lambda data: data.replace(b"\r\n", b"   \r\n"), "long_line"),
    "hard spaces": (lambda data: data.replace(b"  ", b"\xa0 "), "no_break_spaces"),
    "end mark": (lambda data: data + b"\x1a\r\n", "blank_line"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_odd_but_readable_is_read_and_told(name: str) -> None:
    damage, code = DAMAGES[name]
    whole, _ = opened(written(BATCH))
    found, odd = opened(damage(written(BATCH)))
    assert records.recognise(damage(written(BATCH)))
    assert found == whole and codes(odd) == [code] and odd.counts["info"] == 1


def test_a_foreign_order_and_a_mass_payment() -> None:
    foreign = [
        ("01", {"own_reference": "UTLAND", "invoice_currency": "EUR", "debited": 115_000, "value_date": "240911"}),
        ("02", {"bic": "DEUTDEFF", "bank_name": "Deutsche Bank"}),
        ("03", {"payee_account": "DE89370400440532013000", "payee_name": "Müller GmbH"}),
        ("04", {"own_reference": "R-9", "text": "Rechnung 9", "amount": 10_000, "direction": "D"}),
    ]
    mass = [
        ("21", {"own_reference": "LØNN", "payee_account": "00000000019", "amount": 300}),
        ("22", {"own_reference": "ANSATT1", "payee_account": "12345678903", "payee_name": "Kari", "amount": 100}),
        ("22", {"own_reference": "ANSATT2", "payee_account": "61050659274", "payee_name": "Ola", "amount": 200}),
    ]
    [found], odd = opened(written(batch(*foreign, *mass)))
    abroad, salary = found.orders
    assert (abroad.kind, abroad.amount, salary.kind) == ("foreign", Decimal("1150.00"), "mass")
    [invoice] = abroad.invoices
    assert (invoice.currency, invoice.amount, invoice.payee_name) == ("EUR", Decimal("100.00"), "Müller GmbH")
    assert invoice.payee_account and invoice.payee_account.scheme == "iban"
    assert [(one.payee_name, one.amount) for one in salary.invoices] == [("Kari", Decimal("1.00")), ("Ola", Decimal("2.00"))]
    assert not odd


@pytest.mark.parametrize(
    ("order", "invoice", "code", "reasons"),
    [
        ("01", "01", "ACTC", []),
        ("02", "02", "ACSC", []),
        ("00", "17", "RJCT", ["17"]),
        ("19", "00", "RJCT", ["19"]),
        ("00", "00", "RJCT", ["00"]),
        ("02", "77", "PDNG", ["77"]),
    ],
)
def test_what_the_bank_says_of_a_payment(order: str, invoice: str, code: str, reasons: list[str]) -> None:
    rows = batch((ORDER[0], {**ORDER[1], "code": order, "amount": 100_000}), (PAID[0], {**PAID[1], "code": invoice}), code=order)
    [report] = statuses.reports(written(rows), Findings())
    group, payment = report.statuses
    assert (report.original_message_id, report.original_count, report.original_sum) == ("KJØRING7", 1, Decimal("1000.00"))
    assert (group.level, group.code, payment.code) == ("group", code if order != "19" else "RJCT", code)
    assert (payment.batch_id, payment.end_to_end_id, payment.bank_reference) == ("OPPDRAG1", "F-1", "123456")
    assert [one.code for one in payment.reasons] == reasons and all(one.text for one in payment.reasons)


def test_cancelled_and_partly_refused() -> None:
    taken_back = ("23", {**PAID[1], "own_reference": "F-2", "cancel_cause": "S"})
    refused = ("23", {**PAID[1], "own_reference": "F-3", "code": "17"})
    order = (ORDER[0], {**ORDER[1], "amount": 300_000})
    [report] = statuses.reports(written(batch(order, PAID, taken_back, refused)), Findings())
    assert [one.code for one in report.statuses] == ["PART", "ACSC", "CANC", "RJCT"]


def test_several_batches_and_a_file_to_the_bank() -> None:
    two = batch(ORDER, PAID, CREDITED) + batch(ORDER, PAID, CREDITED, start=6)
    found, odd = opened(written(two))
    assert len(found) == 2 and not odd
    sent = written(batch(ORDER, PAID, CREDITED, code="00", routine="TBII"))
    found, odd = opened(sent)
    assert codes(odd) == ["not_a_return"] and sum(one.amount for one in found[0].invoices) == 900
    assert not list(statuses.reports(sent, Findings()))


def test_an_order_that_does_not_add_up_is_held_and_the_others_of_its_batch_count() -> None:
    odd = (ORDER[0], {**ORDER[1], "amount": 1})
    two = written(batch(odd, PAID, ORDER, PAID, CREDITED))
    found = Findings()
    (report,) = statuses.reports(two, found)
    assert [one.level for one in report.statuses] == ["payment"] * 2, "nothing is said of the whole either"
    assert [(one.code, one.severity) for one in found] == [("order_total", "warn")] and len(found.held) == 1


BLOCKED = {
    "orders_differ": batch(ORDER, PAID, CREDITED, orders=2),
    "records_differ": batch(ORDER, PAID, CREDITED, records=4),
    "total_differs": batch(ORDER, PAID, CREDITED, total=110_000),
    "no_end_record": BATCH[:-1],
    "no_start_record": BATCH[1:],
    "orphan_record": batch(PAID, total=0),
    "sequence_gap": [BATCH[0], BATCH[2], BATCH[1], *BATCH[3:]],
    "truncated": [*BATCH[:3], BATCH[3][:200]],
}


@pytest.mark.parametrize("code", BLOCKED)
@pytest.mark.parametrize("width", [80, 0])
def test_what_does_not_add_up_is_read_and_blocks(code: str, width: int) -> None:
    found, odd = opened(written(BLOCKED[code], width))
    assert found and code in {one.code for one in odd if one.severity == "block"}
    told = next(one for one in odd if one.code == code)
    assert told.line and "{" not in messages.norwegian(code, told.value, told.line)


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"", "empty_file", 1, 1),
        (b" \r\n\x1a", "empty_file", 1, 1),
        (written(BATCH).replace(b"BETFOR21", b"BETTER21"), "no_record", 5, 41),
        (written(BATCH, 0).replace(b"BETFOR21", b"BETTER21"), "no_record", 2, 41),
        (written(BATCH[:1] + ["X" * 320]), "no_record", 5, 1),
        (written(BATCH)[:338] + b"out of step" + written(BATCH)[338:], "line_too_long", 5, 81),
        (written(BATCH).replace(b"000000000100000D", b"00000000010000OD"), "no_number", 12, 18),
        (written(BATCH, 0).replace(b"000000000100000D", b"00000000010000OD"), "no_number", 3, 258),
        (written(BATCH).decode("iso-8859-1").encode("utf-16"), "bad_encoding", 1, 1),
        (written(BATCH) + b"A" * 2_000, "line_too_long", 21, 81),
    ],
)
def test_what_cannot_be_read_says_where(data: bytes, code: str, line: int, column: int) -> None:
    with pytest.raises(payments.ReadError) as caught:
        opened(data)
    assert (caught.value.code, caught.value.line, caught.value.column) == (code, line, column)
    assert "avvik" not in messages.norwegian(caught.value.code, caught.value.value)


def test_an_empty_batch_is_a_finding_and_other_files_are_not_recognised() -> None:
    _, odd = opened(written(batch()))
    assert codes(odd) == ["no_transactions"]
    assert not any(map(records.recognise, (b"", b"NY000010", b"AH", b"<?xml", b"AH200TBII" * 99)))


def test_memory_does_not_grow_with_the_file() -> None:
    class Endless(io.RawIOBase):
        """Batches for ever."""

        at = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            data = FOREVER[self.at :][: len(buffer)]
            buffer[: len(data)] = data
            self.at = (self.at + len(data)) % len(FOREVER)
            return len(data)

    tracemalloc.start()
    try:
        first = itertools.islice(read.batches(io.BufferedReader(Endless()), Findings()), 3_000)
        total = sum(one.stated_total or 0 for one in first)
        assert total == 3_000 * 900 and tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("width", FORMS.values(), ids=FORMS)
def test_fakturabro_read_knows_telepay_by_its_content(width: int) -> None:
    refused = (CREDITED[0], {**CREDITED[1], "code": "17"})
    said = console.read(io.BytesIO(written(batch(ORDER, PAID, refused), width)), None)
    assert (said.format, said.documents, said.totals) == ("telepay", 2, {"NOK": Decimal("900.00")})
    assert [one.code for one in said.findings] == ["bank_says"] * 2
    assert said.findings[1].message.endswith("Banken har avvist betalingen. Ugyldig KID. Rett KID og betal på nytt.")
