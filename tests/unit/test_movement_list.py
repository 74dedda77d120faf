"""Movement lists: what is read and what is refused, down to the cell; the guide shows the tables of the code."""

from __future__ import annotations

import io
import pathlib
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from console import read as console
from fakturabro.domain import payments, return_data
from fakturabro.domain.findings import Findings
from fakturabro.formats.movement_list import layout, messages, read, records, write

GUIDE = pathlib.Path(__file__).parents[2] / "docs/integrations/return_data.md"
HEADINGS = "Bevegelse;Klientnummer;Type;Dato;Beløp;Mva;Mva-sats;Tekst;Fakturanummer"
PAYMENT = "1;4711;Innbetaling;24.11.2026;1 000,50;;;Betalt;2001"
FEE = "2;4711;administrative_fee;2026-11-24;125.00;25;25 %;'-10 % i november;"
PAYOUT = "3;4711;Utbetaling;2026-11-24;-200,00;;;;"
TOTALS = "Sum;;3;;925,50"
ROWS = (PAYMENT, FEE, PAYOUT)


def list_of(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\r\n".join([headings, *rows]).encode()


GOOD = list_of(*ROWS, TOTALS)


def read_all(data: bytes, client: str = "") -> tuple[list[return_data.Movement], Findings]:
    found = Findings()
    return list(read.movements(data, found, client)), found


def told(found: Findings) -> list[tuple[str, int | None, str]]:
    return [(one.code, one.line, one.field) for one in found if one.severity == "block"]


def test_norwegian_and_english_say_the_same() -> None:
    movements, found = read_all(GOOD, "4711")
    assert (told(found), [one.code for one in found]) == ([], [])
    assert [(one.kind, one.amount, one.vat, one.vat_rate, one.text) for one in movements] == [
        ("payment", Decimal("1000.50"), None, None, "Betalt"),
        ("administrative_fee", Decimal("125.00"), Decimal("25.00"), Decimal("0.25"), "-10 % i november"),
        ("payout", Decimal("-200.00"), None, None, ""),
    ]
    english = "Movement;Client;Kind;Date;Amount;VAT;VAT rate;Text;Invoice number"
    assert read_all(list_of(*ROWS, TOTALS, headings=english))[0] == movements
    assert read_all(b"\xef\xbb\xbf" + GOOD)[0] == movements
    windows, found = read_all(GOOD.decode().encode("cp1252"))
    assert (windows, [(one.code, one.severity) for one in found]) == (movements, [("windows_1252", "info")])


BAD_CELLS: list[tuple[int, str, str, str]] = [
    (0, "", "empty_cell", "A Bevegelse"),
    (0, "2", "repeated_id", "A Bevegelse"),
    (0, "x" * 36, "text_too_long", "A Bevegelse"),
    (1, "", "empty_cell", "B Klientnummer"),
    (1, "4712", "other_client", "B Klientnummer"),
    (2, "gebyr", "bad_kind", "C Type"),
    (2, "settled", "bad_kind", "C Type"),
    (3, "11/12/2026", "bad_date", "D Dato"),
    (3, "31.02.2026", "bad_date", "D Dato"),
    (4, "", "empty_cell", "E Beløp"),
    (4, "1.234", "bad_amount", "E Beløp"),
    (4, "1.234,50", "bad_amount", "E Beløp"),
    (4, "(5,00)", "bad_amount", "E Beløp"),
    (4, "٣", "bad_amount", "E Beløp"),
    (4, "1e3", "bad_amount", "E Beløp"),
    (4, "=E1*2", "bad_amount", "E Beløp"),
    (5, "1,234", "bad_amount", "F Mva"),
    (6, "250", "bad_rate", "G Mva-sats"),
    (7, "=CMD()", "bad_text", "H Tekst"),
    (7, "a\0b", "bad_text", "H Tekst"),
    (8, "1,23457E+15", "bad_text", "I Fakturanummer"),
    (9, "for bred", "too_many_cells", "J"),
]


@pytest.mark.parametrize(("at", "cell", "code", "place"), BAD_CELLS)
def test_a_bad_cell_blocks_and_is_named(at: int, cell: str, code: str, place: str) -> None:
    row = [*PAYMENT.split(";"), ""]
    row[at] = cell
    movements, found = read_all(list_of(FEE, ";".join(row), PAYOUT, TOTALS))
    assert told(found) == [(code, 3, place)] and [one.id for one in movements] == ["2", "3"]
    said = messages.norwegian(code, found[0].value, 3, place)
    assert said.startswith(f"Rad 3, kolonne {place}: ") and "avvik" not in said and "{" not in said


@pytest.mark.parametrize(
    ("amount", "currency", "code", "place"),
    [
        ("1,5", "JPY", "too_many_decimals", "E Beløp"),
        ("1", "KRO", "bad_currency", "F Valuta"),
        ("1", "nok", "", ""),
        ("1", "", "", ""),
    ],
)
def test_a_currency_decides_the_decimals(amount: str, currency: str, code: str, place: str) -> None:
    headings = "Bevegelse;Klientnummer;Type;Dato;Beløp;Valuta"
    movements, found = read_all(list_of(f"1;4711;payout;2026-11-24;{amount};{currency}", f"Sum;;1;;{amount}", headings=headings))
    assert told(found) == ([(code, 2, place)] if code else [])
    assert [one.currency for one in movements] == ([] if code else ["NOK"])


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        (ROWS, "no_total_row", None),
        (ROWS[:2], "no_total_row", None),
        ((*ROWS[:2], TOTALS), "count_differs", 4),
        ((*ROWS[:2], PAYOUT.replace("-200", "-20"), TOTALS), "total_differs", 5),
        ((*ROWS, "Sum;;tre;;925,50"), "bad_count", 5),
        ((*ROWS, "Sum;;3;;"), "empty_cell", 5),
        ((*ROWS, TOTALS, PAYMENT.replace("1;", "4;", 1)), "rows_after_total", 6),
        ((*ROWS, TOTALS, TOTALS), "rows_after_total", 6),
    ],
)
def test_what_only_the_whole_list_shows(rows: tuple[str, ...], code: str, line: int | None) -> None:
    assert (code, line) in [one[:2] for one in told(read_all(list_of(*rows))[1])]


def test_a_day_without_movements_is_stated_and_not_believed_from_silence() -> None:
    assert told(read_all(list_of("Sum;;0;;0"), "4711")[1]) == []
    assert told(read_all(list_of())[1]) == [("no_total_row", None, "")]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b" \r\n", "empty_file", 1),
        (list_of(PAYMENT, headings="Bevegelse;Klientnummer;Type;Dato"), "no_headings", 1),
        (list_of(PAYMENT, headings=HEADINGS + ";Amount"), "repeated_heading", 1),
        (list_of(FEE, PAYMENT.replace("Betalt", '"Betalt"x')), "bad_csv", 3),
        (list_of(FEE, PAYMENT.replace("Betalt", '"Betalt')), "bad_csv", 3),
        (list_of(FEE).replace("Beløp".encode(), b"Bel\xf8p") + "\r\n4;Åse".encode(), "bad_encoding", 1),
        (list_of(FEE) + b"\r\n4;\x81", "bad_encoding", 3),
        (b"PK\x03\x04" + bytes(50), "no_headings", 1),
        (GOOD + b"\n" * records.LARGEST, "too_large", None),
        (GOOD + b"\n" * records.MOST_ROWS, "too_many_rows", records.MOST_ROWS + 1),
    ],
)
def test_what_is_no_movement_list_is_refused(data: bytes, code: str, line: int | None) -> None:
    with pytest.raises(payments.ReadError) as caught:
        read_all(data)
    assert (caught.value.code, caught.value.line) == (code, line)
    assert "avvik" not in messages.norwegian(code, caught.value.value)


def movement(**changes: object) -> return_data.Movement:
    values = {"id": "1", "kind": "payment", "date": payments.dt.date(2026, 11, 24), "amount": Decimal(1)} | changes
    return return_data.Movement(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "Sum"},
        {"id": ""},
        {"kind": "settled"},
        {"text": "to  blanke"},
        {"text": "x" * 141},
        {"text": "1,23457E+15"},
        {"kid": "'" * 25 + "="},
    ],
)
def test_what_would_not_be_read_as_it_was_meant_is_not_written(changes: dict[str, object]) -> None:
    with pytest.raises(write.WriteError):
        write.write([movement(**changes)], "4711")


def test_fakturabro_read_sums_up_a_list_and_says_what_would_be_held() -> None:
    rows = (*ROWS, "4;4711;Purregebyr;2026-11-24;70;;;;2001", "5;4711;Innbetaling;2026-11-24;1;;;;", "Sum;;5;;996,50")
    said = console.read(io.BytesIO(list_of(*rows)), None)
    assert (said.format, said.documents, said.totals) == ("movement list", 5, {"NOK": Decimal("996.50")})
    assert [(one.code, one.severity) for one in said.findings] == [
        ("kind_without_posting", "warning"),
        ("names_no_buyer", "warning"),
        ("balance_moves", "information"),
    ]
    assert "Purregebyr har ingen" in said.findings[0].message
    assert "kr 75,00" in said.findings[2].message and all("avvik" not in one.message for one in said.findings)
    assert not records.recognise(b"Mottaker;Kontonummer;Bel\xc3\xb8p\r\n")


def tables() -> Iterator[list[str]]:
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| "):
            yield [re.sub(r"^`(.*)`$", r"\1", cell.strip()) for cell in line.strip("|").split("|")]


def test_the_guide_shows_the_columns_and_kinds_of_the_code() -> None:
    shown = list(tables())
    for one in layout.COLUMNS:
        required = "required" if one.is_required else ""
        assert [one.heading, required, one.meaning, str(one.longest), ", ".join(one.aliases)] in shown
    for kind, norwegian in layout.KINDS.items():
        row = return_data.DEFAULTS.get(kind)
        assert [norwegian, kind, row.debit if row else "-", row.credit if row else "-"] in shown
