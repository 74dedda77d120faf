"""Expectations of our own about movements and the accounts that they are posted on. See expectations for the manner.

Source: https://docs.greatexpectations.io/docs/core/customize_expectations/ (1.24.1)
"""

# Great Expectations' metric classes are untyped: their decorators and class attributes say nothing to a type checker.
# pyright: reportUntypedFunctionDecorator=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportIncompatibleVariableOverride=false, reportPrivateImportUsage=false, reportUnusedClass=false

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations import expectation
from great_expectations.expectations.metrics import map_metric_provider as metrics
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import column_pair_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import multicolumn_condition_partial

_PAIR_DOMAIN = ("batch_id", "table", "column_A", "column_B", "row_condition", "condition_parser")
_LIST_DOMAIN = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
_OERE = Decimal("0.01")


class _StateOf(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.state_of"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ("state",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], state: str, **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        return column_A.isna() | column_B.isna() | (column_B == state)


class ExpectStateOf(expectation.ColumnPairMapExpectation):
    """Where column_A names something, its state in column_B, if it is known, is `state`."""

    state: str
    map_metric: ClassVar[str] = "column_pair_values.state_of"
    success_keys: ClassVar[tuple[str, ...]] = ("state", "mostly")


class _Bound(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.bound"
    condition_domain_keys = _LIST_DOMAIN
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        _of, chosen, only = (column_list[name] for name in column_list.columns)
        return only.isna() | (chosen == only)


class ExpectBound(expectation.MulticolumnMapExpectation):
    """column_list = [account, what is chosen, the only one that it takes]: the two are equal where it takes one only."""

    map_metric: ClassVar[str] = "multicolumn_values.bound"


class _GivenWhereNeeded(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.given_where_needed"
    condition_domain_keys = _LIST_DOMAIN
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        _of, given, is_needed = (column_list[name] for name in column_list.columns)
        return given.notna() | ~is_needed.astype(bool)


class ExpectGivenWhereNeeded(expectation.MulticolumnMapExpectation):
    """column_list = [account, department or project, whether the account needs one]: it is given where it is needed."""

    map_metric: ClassVar[str] = "multicolumn_values.given_where_needed"


class _ToTheOere(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.to_the_oere"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        pairs = zip(column_A.tolist(), column_B.tolist(), strict=True)
        right = [one is None or other is None or abs(one - other) <= _OERE for one, other in pairs]
        return pd.Series(right, index=column_A.index, dtype=bool)


class ExpectToTheOere(expectation.ColumnPairMapExpectation):
    """column_A and column_B are at most one øre apart, where both are stated: one øre may have been rounded elsewhere."""

    map_metric: ClassVar[str] = "column_pair_values.to_the_oere"
