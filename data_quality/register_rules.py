"""The rules for customers, articles and projects that Severa and Fortnox share: what the other system would refuse or misread.

A value that can be left out is left out and warned of; number, name, unit, VAT and currency hold the entry.

Source: ../shared/source_documents/003_0143db2a19b18167.txt (units must exist, identifiers may not be empty, Severa's customer
numbers are numeric, an entry that is inactive on one side is an error).
Assumed: units are told apart by case; Severa would lose a nought in front of a number.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from data_quality import register_expectations, register_rows, rule_kinds, suite
from fakturabro.mapping import fortnox_texts

_column = suite.column
_TEXT = "RegisterField"
"""A text that can be left out: which one, is shown."""


def _no_longer(code: str, field: str, shown: str, text: str, longest: str) -> suite.Rule:
    """There is room for the text; how long it is, is shown, or what it is."""
    return suite.Rule(
        code=code,
        field=field,
        expectation=register_expectations.ExpectNoLonger(column_list=[shown, text, longest], ignore_row_if="never"),
        value=_column(shown) if field == _TEXT else lambda row: str(len(row[text])),
        suggestion=_column(longest),
    )


def _without(code: str, field: str, shown: str, text: str) -> suite.Rule:
    """The text has no signs that are refused; they are shown, or what it is."""
    return suite.Rule(
        code=code,
        field=field,
        expectation=register_expectations.ExpectSignsOfFortnox(column_list=[shown, text], ignore_row_if="never"),
        value=_column(shown) if field == _TEXT else lambda row: fortnox_texts.refused(row[text]),
        suggestion=lambda row: fortnox_texts.refused(row[text]) if field == _TEXT else "",
    )


ENTRIES = suite.Table(
    name="register entries",
    columns=register_rows.COLUMNS,
    rows=register_rows.entry_rows,
    rules=(
        rule_kinds.filled("entry_without_number", "RegisterNumber", "number"),
        rule_kinds.filled("entry_without_name", "RegisterName", "name"),
        _no_longer("number_too_long", "RegisterNumber", "kind", "number_for_fortnox", "longest_number"),
        _without("number_with_refused_signs", "RegisterNumber", "kind", "number_for_fortnox"),
        rule_kinds.known("number_not_for_severa", "RegisterNumber", "number_for_severa", "severas_number"),
        rule_kinds.empty("number_twice", "RegisterNumber", "same_number"),
        rule_kinds.equal("number_changed", "RegisterNumber", "compared_number", "paired_number", "either_value_is_missing"),
        rule_kinds.equal("inactive_on_one_side", "RegisterState", "severa_state", "fortnox_state", "either_value_is_missing"),
        rule_kinds.equal("article_name_differs", "RegisterName", "article_name", "other_name", "either_value_is_missing"),
    ),
)
VALUES = suite.Table(
    name="values of register entries",
    columns=register_rows.VALUE_COLUMNS,
    rows=register_rows.value_rows,
    may_be_empty=True,
    rules=(
        _no_longer("name_too_long", "RegisterName", "field", "name", "longest"),
        _without("name_with_refused_signs", "RegisterName", "field", "name"),
        rule_kinds.known("unit_not_in_fortnox", "RegisterUnit", "unit", "listed_unit"),
        rule_kinds.equal("unit_in_another_case", "RegisterUnit", "unit", "spelled_unit", "either_value_is_missing"),
        rule_kinds.known("vat_rate_not_in_fortnox", "RegisterVat", "vat", "known_vat"),
        rule_kinds.known("currency_not_in_severa", "RegisterCurrency", "currency", "known_currency"),
        rule_kinds.known("terms_not_carried", "RegisterTerms", "terms", "known_terms"),
        rule_kinds.known("country_not_carried", "RegisterCountry", "country", "known_country"),
        _no_longer("text_too_long", _TEXT, "field", "text", "longest"),
        _without("text_with_refused_signs", _TEXT, "field", "text"),
    ),
)
