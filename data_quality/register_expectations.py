"""Expectations of our own about texts that Fortnox shall take. See expectations for the manner.

Source: https://docs.greatexpectations.io/docs/core/customize_expectations/ (1.24.1)
"""

# Great Expectations' metric classes are untyped: their decorators and class attributes say nothing to a type checker.
# pyright: reportUntypedFunctionDecorator=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportIncompatibleVariableOverride=false, reportPrivateImportUsage=false, reportUnusedClass=false

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations import expectation
from great_expectations.expectations.metrics import map_metric_provider as metrics
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import multicolumn_condition_partial

from fakturabro.mapping import fortnox_texts

_DOMAIN = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")


class _NoLonger(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.no_longer"
    condition_domain_keys = _DOMAIN
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        *_of, texts, longest = (column_list[name].tolist() for name in column_list.columns)
        fits = [text is None or most is None or len(text) <= most for text, most in zip(texts, longest, strict=True)]
        return pd.Series(fits, index=column_list.index, dtype=bool)


class ExpectNoLonger(expectation.MulticolumnMapExpectation):
    """column_list = [what it is, if that is shown, a text, how many characters there is room for]."""

    map_metric: ClassVar[str] = "multicolumn_values.no_longer"


class _SignsOfFortnox(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.signs_of_fortnox"
    condition_domain_keys = _DOMAIN
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        texts = column_list[column_list.columns[-1]].tolist()
        return pd.Series([not fortnox_texts.refused(text or "") for text in texts], index=column_list.index, dtype=bool)


class ExpectSignsOfFortnox(expectation.MulticolumnMapExpectation):
    """column_list = [what it is, a text]: Fortnox takes all signs of the text."""

    map_metric: ClassVar[str] = "multicolumn_values.signs_of_fortnox"
