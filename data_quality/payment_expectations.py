"""Expectations of our own about payments. See expectations for the manner.

Source: https://docs.greatexpectations.io/docs/core/customize_expectations/ (1.24.1)
"""

# Great Expectations' metric classes are untyped: their decorators and class attributes say nothing to a type checker.
# pyright: reportUntypedFunctionDecorator=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportIncompatibleVariableOverride=false, reportPrivateImportUsage=false, reportUnusedClass=false

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations import expectation
from great_expectations.expectations.metrics import map_metric_provider as metrics
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import column_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import column_pair_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import multicolumn_condition_partial

from data_quality import expectations
from fakturabro.domain import calendar, kid, payments

_PAIR_DOMAIN = ("batch_id", "table", "column_A", "column_B", "row_condition", "condition_parser")


class _KidCheckDigit(metrics.ColumnMapMetricProvider):
    condition_metric_name = "column_values.kid_check_digit"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N805, the decorator makes it a class method
        return expectations.per_distinct_value(column, kid.has_check_digit)


class ExpectKidCheckDigit(expectation.ColumnMapExpectation):
    """Every value is 2 to 25 digits of which the last fits the others by mod10 or mod11 ("-" included). Missing values pass."""

    map_metric = "column_values.kid_check_digit"


class _PayableAmount(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.payable_amount"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        pairs = zip(column_A.tolist(), column_B.tolist(), strict=True)
        right = [amount.is_finite() and payments.is_payable(amount, currency) and _is_whole(amount) for amount, currency in pairs]
        return pd.Series(right, index=column_A.index, dtype=bool)


def _is_whole(amount: Decimal) -> bool:
    """The ledger counts in hundredths, also where a currency has thousandths."""
    return amount == round(amount, 2)


class ExpectPayableAmount(expectation.ColumnPairMapExpectation):
    """column_A (amount) is above zero and has two decimals at most, and no more than column_B (currency) allows."""

    map_metric: ClassVar[str] = "column_pair_values.payable_amount"


class _OneOrNeither(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.one_or_neither"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        return column_A.isna() | column_B.isna()


class ExpectOneOrNeither(expectation.ColumnPairMapExpectation):
    """column_A and column_B do not both have a value; to be used with ignore_row_if="never"."""

    map_metric: ClassVar[str] = "column_pair_values.one_or_neither"


class _BankingDay(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.banking_day"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        days: list[dt.date] = column_A.tolist()
        working = {day: calendar.why_not_working(day) is None for day in set(days)}
        return pd.Series([working[day] for day in days], index=column_A.index, dtype=bool)


class ExpectBankingDay(expectation.ColumnPairMapExpectation):
    """column_A is a Norwegian banking day; column_B, the day on which it is paid, is there to be shown."""

    map_metric: ClassVar[str] = "column_pair_values.banking_day"


class _FurtherApart(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.further_apart"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        rows = zip(*(column_list[name].tolist() for name in column_list.columns), strict=True)
        return pd.Series([days is None or days > most for _what, days, most in rows], index=column_list.index, dtype=bool)


class ExpectFurtherApart(expectation.MulticolumnMapExpectation):
    """column_list = [another one, days between, limit]: there is no other one, or more days lie between than the limit."""

    map_metric: ClassVar[str] = "multicolumn_values.further_apart"
