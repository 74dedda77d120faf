"""OCR giro as it comes: every type, both signs, odd files that are read and say so, and broken ones that name line and column.

The file is written here by hand, not by our own table.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from console import read as console
from fakturabro.domain import findings, payments, statements
from fakturabro.formats import nets
from fakturabro.formats.nets import lines, messages, reader, values

ACCOUNT, PAYER = "86011117947", "12345678903"
SERVICE = ["NY040020" + "1" * 27 + "0" * 45, "NY041630" + "x" * 72, "NY040088" + "00000002" + "00000003" + f"{700:017}" + "0" * 39]
"""An assignment of a service that is dead."""


def item_1(kind: str, number: int, ore: int, kid: str, sign: str = "0", date: str = "201126") -> str:
    return f"NY09{kind}30{number:07}{date}1320101464{sign}{ore:017}{kid:>25}000000"


def item_2(kind: str, number: int, bank_date: str = "191126", payer: str = PAYER) -> str:
    return f"NY09{kind}31{number:07}{'9636827194'}{'099038562'}0000000{bank_date}{payer}" + "0" * 22


def item_3(kind: str, number: int, text: str) -> str:
    return f"NY09{kind}32{number:07}{text:40}" + "0" * 25


def payment(kind: str, number: int, ore: int, kid: str = "0000531", sign: str = "0") -> list[str]:
    return [item_1(kind, number, ore, kid, sign), item_2(kind, number), *([item_3(kind, number, "Kjøp på kår")] * (kind >= "20"))]


def assignment(items: list[str], count: int, total: int, number: str = "0000002") -> list[str]:
    begin = f"NY090020001008566{number}{ACCOUNT}" + "0" * 45
    return [begin, *items, f"NY090088{count:08}{len(items) + 2:08}{total:017}201126201126201126" + "0" * 21]


def file(*assignments: list[str], count: int, total: int) -> list[str]:
    inside = [line for one in assignments for line in one]
    begin = "NY000010000080800170031000102000" + "0" * 48
    return [begin, *inside, f"NY000089{count:08}{len(inside) + 2:08}{total:017}201126" + "0" * 33]


def encoded(given: list[str], end: str = "\n") -> bytes:
    return "".join(line + end for line in given).encode("latin-1")


FILE = file(
    assignment([*payment("10", 1, 102_000), *payment("15", 2, 56_000, "123-"), *payment("21", 3, 10_050, "")], 3, 168_050),
    count=3,
    total=168_050,
)
"""Lines 1 start, 2 assignment, 3-4, 5-6 and 7-9 payments, 10 and 11 the ends."""


def read(data: bytes) -> tuple[list[statements.IncomingPayment], findings.Findings]:
    found = findings.Findings()
    return list(nets.incoming(data, found)), found


def test_every_type_of_transaction_is_read_and_reversals_take_back() -> None:
    items = [line for kind in range(10, 22) for line in payment(str(kind), kind, 100)]
    got, found = read(encoded(file(assignment(items, 12, 1_200), count=12, total=1_200)))
    assert not found
    assert {one.kind: one.amount for one in got} == {
        str(kind): Decimal("-1.00") if kind in (18, 20) else Decimal("1.00") for kind in range(10, 22)
    }
    assert [one.kind for one in got if one.reversal] == ["18", "20"]
    assert {one.kind for one in got if one.text == "Kjøp på kår"} == {"20", "21"}


def test_a_payment_says_all_that_the_file_says_of_it() -> None:
    got, found = read(encoded(FILE))
    assert not found
    assert got[0] == statements.IncomingPayment(
        payee_account=payments.Account(scheme="bban", value=ACCOUNT),
        amount=Decimal("1020.00"),
        currency="NOK",
        reference="2026-11-20.1320101464.1.9636827194.099038562",
        kid="0000531",
        payer_account=payments.Account(scheme="bban", value=PAYER),
        booked_on=dt.date(2026, 11, 20),
        kind="10",
        settlement="1320101464",
    )
    assert [one.kid for one in got] == ["0000531", "123-", ""]


def test_a_credit_note_is_deducted_from_the_totals_as_from_the_account() -> None:
    items = [*payment("13", 1, 1_993_000), *payment("13", 2, 430_000, sign="-")]
    got, found = read(encoded(file(assignment(items, 2, 1_563_000), count=2, total=1_563_000)))
    assert not found
    assert [one.amount for one in got] == [Decimal("19930.00"), Decimal("-4300.00")]


def test_assignments_with_one_number_are_kept_apart() -> None:
    one = assignment(payment("10", 1, 100), 1, 100)
    got, found = read(encoded(file(one, one, count=2, total=200)))
    assert [finding.code for finding in found] == ["repeated_assignment"]
    assert len({payment.reference for payment in got}) == len(got) == 2


def test_a_file_sent_again_under_another_number_gives_the_same_references() -> None:
    again = [FILE[0].replace("0031000", "0031001"), *FILE[1:]]
    assert [one.reference for one in read(encoded(FILE))[0]] == [one.reference for one in read(encoded(again))[0]]


@pytest.mark.parametrize("total", [800, 801])
def test_a_service_that_we_do_not_know_is_carried_past_and_counted(total: int) -> None:
    given = file(SERVICE, assignment(payment("10", 1, 100), 1, 100), count=3, total=total)
    got, found = read(encoded(given))
    assert len(got) == 1
    assert [(one.code, one.value) for one in found][:1] == [("service_carried", "04/00 1")]
    assert [one.code for one in found][1:] == (["wrong_total"] if total == 801 else [])
    carried = [one for one in nets.records(encoded(given), findings.Findings()) if isinstance(one, values.Sums) and one.carried]
    assert (carried[0].count, carried[0].records) == (2, 3)


def test_payments_of_a_type_that_we_do_not_know_are_never_passed_by() -> None:
    given = file(["NY0901" + line[6:] if line[6:8] in {"20", "88"} else line for line in FILE[1:10]], count=3, total=168_050)
    got, found = read(encoded(given))
    assert (got, [(one.code, one.severity) for one in found]) == ([], [("service_carried", "block"), ("no_transactions", "warn")])


def change(line: int, old: str, new: str, end: str = "\n") -> Callable[[], bytes]:
    assert old in FILE[line - 1]
    return lambda: encoded([*FILE[: line - 1], FILE[line - 1].replace(old, new, 1), *FILE[line:]], end)


ODD: dict[str, tuple[Callable[[], bytes], set[str], int | None]] = {
    "crlf": (lambda: encoded(FILE, "\r\n"), set(), None),
    "no newline at the end": (lambda: encoded(FILE)[:-1], set(), None),
    "^Z": (lambda: encoded(FILE) + b"\x1a", {"end_of_file_mark"}, 12),
    "^Z after the last record": (lambda: encoded(FILE, "\r\n")[:-2] + b"\x1a\r\n", {"end_of_file_mark"}, 11),
    "trailing blanks": (lambda: encoded(FILE, "  \r\n"), {"trailing_blanks"}, 1),
    "blank lines": (lambda: encoded(FILE) + b"\r\n \n", {"blank_line"}, 12),
    "many blank lines": (lambda: encoded(FILE[:4]) + b"\n \r\n" * 200_000 + encoded(FILE[4:]), {"blank_line"}, 5),
    "byte order mark": (lambda: b"\xef\xbb\xbf" + encoded(FILE), {"byte_order_mark"}, 1),
    "saved as UTF-8": (lambda: "".join(line + "\n" for line in FILE).encode(), {"utf_8"}, 9),
    "payer unknown": (change(4, PAYER, "0" * 11), set(), None),
    "bank date zero": (change(4, "191126", "000000"), set(), None),
    "date zero": (change(3, "201126", "000000"), {"zero_date"}, 3),
    "date that never was": (change(3, "201126", "310226"), {"bad_date"}, 3),
    "date outside": (change(3, "201126", "191126"), {"dates_outside"}, 10),
    "KID to the left": (change(3, f"{'0000531':>25}", f"{'0000531':25}"), {"odd_kid"}, 3),
    "KID with letters": (change(3, "0000531", "000O531"), {"odd_kid"}, 3),
    "KID that is no more": (change(3, "0000531", " " * 7), {"missing_kid"}, 3),
    "number that repeats": (lambda: encoded(FILE).replace(b"0000002201126", b"0000001201126").replace(b"310000002", b"310000001"),
                            {"number_not_ascending"}, 5),
    "filler with contents": (change(4, "0" * 22, "0" * 20 + "17"), {"odd_filler"}, 4),
    "account mistyped": (change(2, ACCOUNT, "86011117948"), {"account_check_digit"}, 2),
    "type nobody knows": (lambda: re.sub(rb"NY0910", b"NY0922", encoded(FILE)), {"unknown_type", "text_and_type"}, 3),
    "text that is missing": (lambda: encoded(FILE[:8] + [line.replace("09000000", "08000000") for line in FILE[9:]]),
                             {"text_and_type", "wrong_record_count"}, 7),
    "wrong total": (change(10, "168050", "168051"), {"wrong_total"}, 10),
    "wrong total of the whole": (change(11, "168050", "186050"), {"wrong_total"}, 11),
    "wrong count": (change(10, "8800000003", "8800000004"), {"wrong_count"}, 10),
    "wrong count of the whole": (change(11, "8900000003", "8900000002"), {"wrong_count"}, 11),
    "wrong count of records": (change(10, "00000009", "00000010"), {"wrong_record_count"}, 10),
}  # fmt: skip
BLOCKING = {"bad_date", "unknown_type", "wrong_total", "wrong_count", "wrong_record_count"}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_read_and_said(name: str) -> None:
    made, codes, line = ODD[name]
    got, found = read(made())
    assert [one.amount for one in got] == [Decimal("1020.00"), Decimal("560.00"), Decimal("100.50")]
    assert got[2].text == ("" if name == "text that is missing" else "Kjøp på kår")
    assert {one.code for one in found} == codes
    assert {one.severity for one in found} <= {"block" if codes & BLOCKING else "warn", "warn"}
    assert bool(codes & BLOCKING) == any(one.severity == "block" for one in found)
    assert not found or found[0].line == line
    assert all(messages.norwegian(one.code, one.value, one.line) for one in found)


def without(line: int) -> Callable[[], bytes]:
    return lambda: encoded(FILE[: line - 1] + FILE[line:])


def swapped(first: int) -> Callable[[], bytes]:
    return lambda: encoded([*FILE[: first - 1], FILE[first], FILE[first - 1], *FILE[first + 1 :]])


BROKEN: dict[str, tuple[Callable[[], bytes], tuple[str, int, int | None]]] = {
    "empty": (lambda: b"", ("empty_file", 1, 1)),
    "nothing but an end": (lambda: b"\r\n\x1a", ("empty_file", 1, 1)),
    "UTF-16": (lambda: "".join(line + "\n" for line in FILE).encode("utf-16"), ("wrong_encoding", 1, 1)),
    "cut within a record": (lambda: encoded(FILE)[:200], ("truncated", 3, 39)),
    "cut after a record": (lambda: encoded(FILE[:6]), ("truncated", 7, None)),
    "items swapped": (swapped(3), ("missing_item_1", 3, 7)),
    "item 2 lost": (without(4), ("missing_item_2", 4, 7)),
    "only item 2 lost": (without(8), ("missing_item_2", 8, 7)),
    "item 2 twice": (lambda: encoded([*FILE[:4], FILE[3], *FILE[4:]]), ("missing_item_1", 5, 7)),
    "item 3 twice": (lambda: encoded([*FILE[:9], FILE[8], *FILE[9:]]), ("out_of_order", 10, 7)),
    "last item 2 lost": (lambda: encoded([*FILE[:5], FILE[9]]), ("missing_item_2", 6, 7)),
    "item 2 of another": (change(4, "310000001", "310000009"), ("other_transaction", 4, 9)),
    "short line": (change(5, "000000", "00000", "\n"), ("line_length", 5, 80)),
    "a line without end": (lambda: encoded(FILE, ""), ("line_length", 1, 81)),
    "long line": (change(5, "123-", "  123-"), ("line_length", 5, 81)),
    "letter in the amount": (change(3, "102000", "1O2000"), ("no_number", 3, 33)),
    "letter in the settlement": (change(3, "1320101464", "13201O1464"), ("no_digits", 3, 22)),
    "letter in the date": (change(3, "201126", "20NOV6"), ("no_date", 3, 16)),
    "sign +": (change(3, "14640", "1464+"), ("no_sign", 3, 32)),
    "something else": (change(3, "NY", "XX"), ("not_nets", 3, 1)),
    "the first lost": (without(1), ("out_of_order", 1, 7)),
    "the assignment's first lost": (without(2), ("out_of_order", 2, 7)),
    "the assignment's last lost": (without(10), ("out_of_order", 10, 3)),
    "another type at the end": (change(10, "NY0900", "NY0924"), ("out_of_order", 10, 5)),
    "two files in one": (lambda: encoded(FILE + FILE), ("after_end", 12, 7)),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_on_names_line_and_column(name: str) -> None:
    made, place = BROKEN[name]
    with pytest.raises(payments.ReadError) as raised:
        read(made())
    assert (raised.value.code, raised.value.line, raised.value.column) == place
    assert messages.norwegian(raised.value.code, raised.value.value, raised.value.line)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(payments.ReadError, match="too_large"):
        list(nets.records(encoded(FILE), findings.Findings(), limit=800))


@pytest.mark.parametrize("given", [file(count=0, total=0), file(assignment([], 0, 0), count=0, total=0)])
def test_no_transactions_is_a_finding(given: list[str]) -> None:
    got, found = read(encoded(given))
    assert (got, [one.code for one in found]) == ([], ["no_transactions"])


def test_every_message_has_a_case() -> None:
    seen = {place[0] for _, place in BROKEN.values()}.union(*(codes for _, codes, _ in ODD.values()))
    elsewhere = {"too_large", "no_transactions", "service_carried", "repeated_assignment", "no_registration", "no_notice"}
    assert seen | elsewhere == messages.CODES


class Drops(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(min(size, 97))


def test_where_blocks_end_and_which_way_it_is_read_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [line for number in range(1, 100) for line in payment(str(10 + number % 12), number, number)]
    data = encoded(file(assignment(items, 99, 4_950), count=99, total=4_950), "\r\n")
    whole = list(nets.records(data, findings.Findings()))
    monkeypatch.setattr(lines, "_BLOCK", 611)
    found = findings.Findings()
    assert list(nets.records(Drops(data), found)) == whole
    assert list(nets.records(data.replace(b"\r\n", b"  \r\n"), found)) == whole
    assert [(one.code, one.line) for one in found] == [("trailing_blanks", 1)]
    monkeypatch.setattr(reader, "_TRANSACTION", re.compile("(?!)"))
    assert list(nets.records(data, findings.Findings())) == whole
    wrong = data.replace(b"NY091531000000500", b"NY09153100000O500", 1)
    with pytest.raises(payments.ReadError) as raised:
        list(nets.records(data.replace(b"310000098", b"31000009X"), findings.Findings()))
    assert wrong == data
    assert raised.value.line == data[: data.index(b"310000098")].count(b"\n") + 1


def test_fakturabro_read_shows_the_payments_of_a_file_that_does_not_add_up() -> None:
    summary = console.read(io.BytesIO(ODD["wrong total"][0]()), None)
    assert (summary.format, summary.documents, summary.totals) == ("ocr giro", 3, {"NOK": Decimal("1680.50")})
    assert [(one.code, one.severity, one.line) for one in summary.findings] == [("wrong_total", "fatal", 10)]
    assert "oppgitt 1680,51 kr, talt opp 1680,50 kr" in summary.findings[0].message
