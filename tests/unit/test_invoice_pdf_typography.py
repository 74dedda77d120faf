"""Figures and numbers as people in Norway write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from fakturabro.domain import documents
from fakturabro.formats.invoice_pdf import figures, messages, typography


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "0,00"),
        ("-0.00", "0,00"),
        ("1234.5", "1 234,50"),
        ("-1234567.89", "\u22121 234 567,89"),
        ("0.005", "0,005"),
        ("1E+3", "1 000,00"),
    ],
)
def test_money_keeps_what_the_document_says(value: str, shown: str) -> None:
    assert typography.amount(Decimal(value)) == shown.replace(" ", "\u00a0")


def test_prices_and_quantities_drop_needless_noughts() -> None:
    assert typography.price(Decimal("12.3400")) == "12,34"
    assert typography.price(Decimal("0.12345")) == "0,12345"
    assert typography.price(Decimal("100")) == "100,00"
    assert typography.number(Decimal("100.00")) == "100"
    assert typography.percent(Decimal("11.11")) == "11,11\u00a0%"


@pytest.mark.parametrize(
    ("account", "domestic", "iban"),
    [
        ("86011117947", "8601.11.17947", "NO93 8601 1117 947"),
        ("8601 11 17947", "8601.11.17947", "NO93 8601 1117 947"),
        ("NO93 8601 1117 947", "8601.11.17947", "NO93 8601 1117 947"),
        ("SE4550000000058398257466", "", "SE45 5000 0000 0583 9825 7466"),
        ("123", "123", ""),
    ],
)
def test_accounts(account: str, domestic: str, iban: str) -> None:
    assert typography.account(account) == domestic
    assert typography.international_account(account) == iban.replace(" ", "\u00a0")


def test_only_words_longer_than_their_room_are_cut_up() -> None:
    room = {"wide": 25.0}
    for whole in ("1234567890123456789012345", "faktura@nordlyselektro.no"):
        assert typography.printable({"wide": whole}, room, 11.0) == {"wide": whole}
    assert typography.printable({"a": ("W" * 40,)}, room, 11.0) == {"a": ["\u200b".join("W" * 40)]}


def test_a_line_is_folded_and_ends_somewhere() -> None:
    assert typography.line(" a\n\tb ") == "a b"
    assert typography.line(None) == ""
    assert len(typography.line("x" * 1000)) == 300


def test_periods_with_one_end() -> None:
    day = dt.date(2026, 10, 1)
    assert figures.period(documents.Period(start=day)) == "01.10.2026–"
    assert figures.period(documents.Period(start=day, end=day)) == "01.10.2026–01.10.2026"
    assert figures.period(documents.Period(description_code="3")) == ""


def test_every_word_has_both_languages() -> None:
    norwegian, english = messages.words("nb"), messages.words("en")
    assert norwegian.keys() == english.keys()
    assert all(norwegian.values())
    assert all(english.values())
