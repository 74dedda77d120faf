"""The peer of the suite: the same 15 rules in pandas, by hand, each naming its rows. Written before the suite was measured.

As somebody would write it who knows pandas and has no rule engine: masks over whole columns where there is a vectorised way, one
look per distinct value where there is none. It fails open (an empty frame or a rule that is not run is no error), knows
no tenant's weights, and has no sentences: that is what the suite's price buys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import iso4217
import pandas as pd

from data_quality import postcodes
from data_quality.email_addresses import ADDRESS
from data_quality.recipient_rules import PLACEHOLDER

Found = tuple[str, str, pd.DataFrame]
"""Code, field, and the rows that are wrong with their ids and the columns that tell why."""
_CURRENCIES = {currency.code for currency in iso4217.Currency if currency.exponent is not None}
_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_EMAILS = re.compile(rf"{ADDRESS}(?:;{ADDRESS})*")


def check(frame: pd.DataFrame) -> Iterator[Found]:
    """Every rule's broken rows, also when there are none."""
    norwegian = frame["country"] == "NO"
    code, city, line = frame["postal_zone"], frame["city"], frame["address_line"]
    wrong: Mapping[tuple[str, str], tuple[pd.Series[bool], list[str]]] = {
        ("missing_number", "ID"): (frame["number"].isna(), []),
        ("duplicate_number", "ID"): (frame["same_number"].notna(), ["same_number"]),
        ("missing_buyer_name", "Name"): (frame["buyer_name"].isna(), []),
        ("missing_postal_address", "MailAddress"): (line.isna() & code.isna() & city.isna(), []),
        ("placeholder_postal_address", "MailAddress.AddressLine1"): (_matches(line, PLACEHOLDER), ["address_line"]),
        ("placeholder_postal_address", "MailAddress.City"): (_matches(city, PLACEHOLDER), ["city"]),
        ("incomplete_postal_address", "MailAddress.AddressLine1"): (line.isna(), []),
        ("incomplete_postal_address", "MailAddress.ZipCode"): (norwegian & ~_matches(code, r"\d{4}"), ["postal_zone"]),
        ("post_code_of_another_place", "MailAddress.City"): (norwegian & _elsewhere(frame), ["postal_zone", "city"]),
        ("wrong_organisation_number", "OrganizationNumber"): (
            _wrong(frame["buyer_organisation_numbers"], _are_organisation_numbers),
            ["buyer_organisation_numbers"],
        ),
        ("sum_of_lines_differs", "LegalMonetaryTotal.LineExtensionAmount"): (
            frame["line_extension"] != frame["sum_of_lines"],
            ["line_extension", "sum_of_lines"],
        ),
        ("totals_do_not_add_up", "LegalMonetaryTotal.PayableAmount"): (
            frame["payable"] != frame["calculated_payable"],
            ["payable", "calculated_payable"],
        ),
        ("unknown_currency", "DocumentCurrencyCode"): (~frame["currency"].isin(_CURRENCIES), ["currency"]),
        ("due_date_before_invoice_date", "DueDate"): (
            frame["due_date"].notna() & (pd.to_datetime(frame["due_date"]) < pd.to_datetime(frame["issue_date"])),
            ["due_date"],
        ),
        ("invalid_email", "InvoiceEmailAddress"): (
            _wrong(frame["emails"], lambda joined: _EMAILS.fullmatch(joined) is not None),
            ["emails"],
        ),
    }
    for (name, field), (mask, columns) in wrong.items():
        yield name, field, frame.loc[mask, ["id", *columns]]


def _matches(column: pd.Series[Any], pattern: str) -> pd.Series[bool]:
    """One look per distinct value: faster than `column.str.fullmatch` where values repeat, no slower where they do not."""
    compiled = re.compile(pattern)
    return _wrong(column, lambda value: compiled.fullmatch(value) is None)


def _wrong(column: pd.Series[Any], is_right: Callable[[str], bool]) -> pd.Series[bool]:
    known = {value: not is_right(value) for value in column.dropna().unique()}
    return column.map(known).eq(True)


def _are_organisation_numbers(joined: str) -> bool:
    return all(map(_is_organisation_number, joined.split(";")))


def _is_organisation_number(number: str) -> bool:
    if len(number) != 9 or not number.isascii() or not number.isdigit():
        return False
    rest = -sum(int(digit) * weight for digit, weight in zip(number[:8], _WEIGHTS, strict=True)) % 11
    return rest == int(number[8])


def _elsewhere(frame: pd.DataFrame) -> pd.Series[bool]:
    """One look per pair of code and place."""
    register = postcodes.read()
    pairs = list(zip(frame["postal_zone"], frame["city"], strict=True))
    elsewhere = {pair: None not in pair and not register.fits(*pair) for pair in set(pairs)}
    return pd.Series([elsewhere[pair] for pair in pairs], index=frame.index, dtype=bool)
