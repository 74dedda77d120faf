"""Expectations of our own about amounts, VAT categories and dates. See expectations for the manner.

Source: https://docs.greatexpectations.io/docs/core/customize_expectations/ (1.24.1)
"""

# Great Expectations' metric classes are untyped: their decorators and class attributes say nothing to a type checker.
# pyright: reportUntypedFunctionDecorator=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportIncompatibleVariableOverride=false, reportPrivateImportUsage=false, reportUnusedClass=false

from __future__ import annotations

import datetime as dt
import decimal
from decimal import Decimal
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations import expectation
from great_expectations.expectations.metrics import map_metric_provider as metrics
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import column_pair_condition_partial

_PAIR_DOMAIN = ("batch_id", "table", "column_A", "column_B", "row_condition", "condition_parser")
_QUIET = decimal.Context(prec=60, traps=[])
ZERO_RATED = frozenset({"E", "Z", "O", "AE", "K", "G"})
"""VAT categories of EN 16931 that have no rate but 0 (BR-E-05, BR-Z-05, BR-O-05, BR-AE-05, BR-IC-05, BR-G-05)."""
WITH_REASON = ZERO_RATED - {"Z"}
"""Those that need a reason in words or as a code (BR-E-10, BR-O-10, BR-AE-10, BR-IC-10, BR-G-10)."""


class _RateOfCategory(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.rate_of_category"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        with decimal.localcontext(_QUIET):
            right = [_is_rate_of(percent, code) for percent, code in zip(column_A.tolist(), column_B.tolist(), strict=True)]
        return pd.Series(right, index=column_A.index, dtype=bool)


def _is_rate_of(percent: Decimal, code: str) -> bool:
    if code in ZERO_RATED:
        return percent == 0
    return percent > 0 if code == "S" else True


class ExpectRateOfVatCategory(expectation.ColumnPairMapExpectation):
    """column_A (percent) is 0 where column_B (category) is E, Z, O, AE, K or G, and above 0 where it is S."""

    map_metric: ClassVar[str] = "column_pair_values.rate_of_category"


class _ExemptionReason(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.exemption_reason"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        return column_A.notna() | ~column_B.isin(WITH_REASON)


class ExpectExemptionReason(expectation.ColumnPairMapExpectation):
    """column_A (reason or its code) has a value where column_B (category) is E, O, AE, K or G."""

    map_metric: ClassVar[str] = "column_pair_values.exemption_reason"


class _AmountsWithin(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.amounts_within"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ("tolerance",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], tolerance: str, **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        most, pairs = Decimal(tolerance), zip(column_A.tolist(), column_B.tolist(), strict=True)
        with decimal.localcontext(_QUIET):
            right = [one is None or other is None or one == other or abs(one - other) <= most for one, other in pairs]
        return pd.Series(right, index=column_A.index, dtype=bool)


class ExpectAmountsWithin(expectation.ColumnPairMapExpectation):
    """The amounts in column_A and column_B differ by no more than `tolerance` (a decimal number as text). Missing values pass."""

    tolerance: str
    map_metric: ClassVar[str] = "column_pair_values.amounts_within"
    success_keys: ClassVar[tuple[str, ...]] = ("tolerance", "mostly")


class _DaysAfter(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.days_after"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ("fewest", "most")

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        column_A: pd.Series[Any],  # noqa: N803
        column_B: pd.Series[Any],  # noqa: N803
        fewest: int | None,
        most: int | None,
        **_: Any,
    ) -> pd.Series[bool]:
        pairs = zip(column_A.tolist(), column_B.tolist(), strict=True)
        return pd.Series([_is_days_after(one, other, fewest, most) for one, other in pairs], index=column_A.index, dtype=bool)


def _is_days_after(date: dt.date | None, other: dt.date | None, fewest: int | None, most: int | None) -> bool:
    if date is None or other is None:
        return True
    days = (date - other).days
    return (fewest is None or days >= fewest) and (most is None or days <= most)


class ExpectDaysAfter(expectation.ColumnPairMapExpectation):
    """The date in column_A is `fewest` to `most` days after the one in column_B (negative: before). Missing dates pass."""

    fewest: int | None = None
    most: int | None = None
    map_metric: ClassVar[str] = "column_pair_values.days_after"
    success_keys: ClassVar[tuple[str, ...]] = ("fewest", "most", "mostly")
