"""The OData subset of API v1 is really parsed: names, operators, literals, nesting and precedence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.poweroffice import odata

TYPES: dict[str, type] = {"Number": int, "Amount": Decimal, "Open": bool, "Email": str, "Created": dt.datetime}
ROW: dict[str, Any] = {
    "Number": 5, "Amount": Decimal("10.50"), "Open": True, "Email": "o'hara@x.no",
    "Created": dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(Number eq 5)", True),
        ("(Number ne 5)", False),
        ("(Amount gt 10.5)", False),
        ("(Amount ge 10.5m)", True),
        ("(Amount lt -1)", False),
        ("(Open eq true)", True),
        ("(Email eq 'o''hara@x.no')", True),
        ("(Email eq null)", False),
        ("(Email ne null)", True),
        ("(Created gt DateTimeOffset'2026-01-02')", True),
        ("(Created lt DateTimeOffset'2026-01-02T13:30:00+02:00')", False),
        ("(Created ge DateTime'2026-01-03')", False),
        ("(Number eq 1 or Number eq 5 and Open eq false)", False),
        ("((Number eq 1 or Number eq 5) and Open eq true)", True),
        ("(Number gt 1) and (Number lt 9)", True),
        ("(not (Open eq true) or Number eq 5)", True),
        ("(not Open eq true)", False),
    ],
)
def test_filters(text: str, found: bool) -> None:
    assert odata.predicate(text, TYPES)(ROW) is found


@pytest.mark.parametrize(
    "text",
    [
        "", "Number eq 5", "(number eq 5)", "(Number == 5)", "(Number EQ 5)", "(Number eq)", "(Number eq 5", "(Number eq 5))",
        "(Number eq '5')", "(Open eq 1)", "(Number eq true)", "(Created gt DateTimeOffset'yesterday')", "(Created gt 5)",
        "(Number eq 5 and)", "(5 eq Number)", "()", "(tolower(Email) eq 'x')", "(Number eq 5) Number", "(Email eq 'x",
        "(Number eq 5;)",
    ],
)  # fmt: skip
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(odata.ODataError):
        odata.predicate(text, TYPES)


def test_a_missing_value_is_equal_to_null_only() -> None:
    row = ROW | {"Number": None}
    assert odata.predicate("(Number eq null)", TYPES)(row)
    assert odata.predicate("(Number ne 5)", TYPES)(row)
    assert not odata.predicate("(Number lt 5)", TYPES)(row)


@given(st.text(alphabet="()' Numberqgtadon5.-eOpTiffsDatimes", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        odata.predicate("(" + text, TYPES)(ROW)
    except odata.ODataError as error:
        assert str(error)


def test_order() -> None:
    assert odata.sort_key("Number asc, Created desc,Email", TYPES) == [("Number", False), ("Created", True), ("Email", False)]
    for text in ("number", "Number up", ""):
        with pytest.raises(odata.ODataError):
            odata.sort_key(text, TYPES)
