"""Expectations of our own, named in domain terms, where Great Expectations has none that fits.

Each is two classes, as Great Expectations wants it: a metric (which rows are right) and the expectation that asks for it.

Source: https://docs.greatexpectations.io/docs/core/customize_expectations/ (1.24.1)
"""

# Great Expectations' metric classes are untyped: their decorators and class attributes say nothing to a type checker.
# pyright: reportUntypedFunctionDecorator=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportIncompatibleVariableOverride=false, reportPrivateImportUsage=false, reportUnusedClass=false

from __future__ import annotations

import decimal
import itertools
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, cast

import iso4217
import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations import expectation
from great_expectations.expectations.metrics import map_metric_provider as metrics
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import column_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import column_pair_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import multicolumn_condition_partial

from fakturabro.domain import bank_accounts, identity

_CENT = Decimal("0.01")
_CURRENCIES = frozenset(currency.code for currency in iso4217.Currency if currency.exponent is not None)
"""Without the codes that count no money (XXX, XTS, gold ...): those have no minor unit."""
_PAIR_DOMAIN = ("batch_id", "table", "column_A", "column_B", "row_condition", "condition_parser")
_QUIET = decimal.Context(prec=60, traps=[])
"""An amount that is no number is a wrong row, not an error of all rows."""


def per_distinct_value(column: pd.Series[Any], is_right: Callable[[str], bool]) -> pd.Series[bool]:
    """`is_right` of each value, asked once per distinct value: a batch has few sellers and many repeats."""
    return column.map({value: is_right(value) for value in cast("list[str]", column.unique().tolist())}).astype(bool)


def wrong_organisation_numbers(joined: str) -> str:
    """Those of the numbers joined by ";" that are not nine digits with a right mod11 check digit."""
    return ";".join(number for number in joined.split(";") if not identity.is_organisation_number(number))


class _OrganisationNumberCheckDigits(metrics.ColumnMapMetricProvider):
    condition_metric_name = "column_values.organisation_number_check_digits"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N805, the decorator makes it a class method
        return per_distinct_value(column, lambda joined: not wrong_organisation_numbers(joined))


class ExpectOrganisationNumberCheckDigits(expectation.ColumnMapExpectation):
    """Every value is one or more organisation numbers, joined by ";", each with a right check digit. Missing values pass."""

    map_metric = "column_values.organisation_number_check_digits"


class _AccountCheckDigits(metrics.ColumnMapMetricProvider):
    condition_metric_name = "column_values.account_check_digits"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N805, see above
        return per_distinct_value(column, bank_accounts.is_account)


class ExpectAccountCheckDigits(expectation.ColumnMapExpectation):
    """Every value is a Norwegian account of 11 digits (mod11) or an IBAN (mod97). Missing values are passed over."""

    map_metric = "column_values.account_check_digits"


class _CurrencyCode(metrics.ColumnMapMetricProvider):
    condition_metric_name = "column_values.currency_code"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N805, see above
        return per_distinct_value(column, _CURRENCIES.__contains__)


class ExpectCurrencyCode(expectation.ColumnMapExpectation):
    """Every value is an ISO 4217 code in capitals that money is counted in. Missing values pass."""

    map_metric = "column_values.currency_code"


class _MatchRegexWhere(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.match_regex_where"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ("regex", "where")

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], regex: str, where: str, **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        matches = per_distinct_value(column_A.fillna(""), lambda text: re.fullmatch(regex, text) is not None)
        return matches | (column_B != where)


class ExpectColumnToMatchRegexWhere(expectation.ColumnPairMapExpectation):
    """Where column_B equals `where`, all of column_A matches `regex`; a missing value is matched as empty text.

    A row condition would say the same at twice the cost, and would hide how many rows were looked at.
    """

    regex: str
    where: str
    map_metric: ClassVar[str] = "column_pair_values.match_regex_where"
    success_keys: ClassVar[tuple[str, ...]] = ("regex", "where", "mostly")


class _FilledWhere(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.filled_where"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ("where",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], where: str, **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        return column_A.notna() | (column_B != where)


class ExpectColumnToBeFilledWhere(expectation.ColumnPairMapExpectation):
    """column_A has a value where column_B equals `where`."""

    where: str
    map_metric: ClassVar[str] = "column_pair_values.filled_where"
    success_keys: ClassVar[tuple[str, ...]] = ("where", "mostly")


class _AnyColumnHasValue(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.any_has_value"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        return column_list.notna().any(axis="columns")


class ExpectAnyColumnToHaveValue(expectation.MulticolumnMapExpectation):
    """At least one of the columns has a value; to be used with ignore_row_if="never"."""

    map_metric: ClassVar[str] = "multicolumn_values.any_has_value"


def vat(taxable_amount: Decimal, percent: Decimal) -> Decimal:
    """VAT of a base, rounded half up to two decimals, as the Norwegian guide's calculation page has it."""
    return _QUIET.multiply(taxable_amount, _QUIET.divide(percent, 100)).quantize(_CENT, ROUND_HALF_UP, _QUIET)


def vat_tolerance(line_count: int) -> Decimal:
    """How far VAT may be off: 0.01 per line of the category, less than 1.00 in all.

    A system that rounds per line errs by at most 0.005 a line, and the rounding of the sum adds 0.005: 0.01 per line covers both
    from the first line on. From 1.00 on the official rule BR-CO-17 fails whatever the reason.
    """
    return min(_CENT * max(line_count, 1), Decimal("0.99"))


def is_vat(taxable_amount: Decimal, percent: Decimal, tax_amount: Decimal, line_count: int) -> bool:
    """Whether the VAT is the rate of the base within `vat_tolerance`."""
    return abs(vat(taxable_amount, percent) - tax_amount) <= vat_tolerance(line_count)


class _VatFollowsRate(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.vat_follows_rate"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        rows = zip(*(column_list[name].tolist() for name in column_list.columns), strict=True)
        with decimal.localcontext(_QUIET):
            right = list(itertools.starmap(is_vat, rows))
        return pd.Series(right, index=column_list.index)


class ExpectVatToFollowRate(expectation.MulticolumnMapExpectation):
    """column_list = [taxable amount, percent, VAT amount, line count]: the VAT is the rate of the base within `vat_tolerance`."""

    map_metric: ClassVar[str] = "multicolumn_values.vat_follows_rate"
