"""Expectations of our own about where somebody is reached: post codes, countries, e-mail domains. See expectations for the manner.

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
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import column_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import column_pair_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import multicolumn_condition_partial

from data_quality import countries, email_addresses, expectations, postcodes

_PAIR_DOMAIN = ("batch_id", "table", "column_A", "column_B", "row_condition", "condition_parser")
_MANY_DOMAIN = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")


class _CountryCode(metrics.ColumnMapMetricProvider):
    condition_metric_name = "column_values.country_code"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N805, the decorator makes it a class method
        return expectations.per_distinct_value(column, countries.CODES.__contains__)


class ExpectCountryCode(expectation.ColumnMapExpectation):
    """Every value is an ISO 3166-1 code of two capitals. Missing values pass."""

    map_metric = "column_values.country_code"


class _MailDomain(metrics.ColumnMapMetricProvider):
    condition_metric_name = "column_values.mail_domain_without_slip"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], **_: Any) -> pd.Series[bool]:  # noqa: N805, see above
        return expectations.per_distinct_value(column, lambda joined: not email_addresses.slips(joined))


class ExpectMailDomainWithoutSlip(expectation.ColumnMapExpectation):
    """No address in the value (several are joined by ";") is right but for a slip in a well-known domain. Missing values pass."""

    map_metric = "column_values.mail_domain_without_slip"


class _PostCodeInRegister(metrics.ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.post_code_in_register"
    condition_domain_keys = _PAIR_DOMAIN
    condition_value_keys = ("post_codes",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series[Any], column_B: pd.Series[Any], post_codes: str, **_: Any) -> pd.Series[bool]:  # noqa: N803, N805
        register = postcodes.read(post_codes)
        known = expectations.per_distinct_value(column_A, lambda code: register.place(code) is not None)
        return known | column_A.isna() | (column_B != "NO")


class ExpectPostCodeInRegister(expectation.ColumnPairMapExpectation):
    """column_A (post code) is in the register in the file `post_codes` where column_B (country) is NO. A missing code passes."""

    post_codes: str = ""
    map_metric: ClassVar[str] = "column_pair_values.post_code_in_register"
    success_keys: ClassVar[tuple[str, ...]] = ("post_codes", "mostly")


class _PostCodeOfPlace(metrics.MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.post_code_of_place"
    condition_domain_keys = _MANY_DOMAIN
    condition_value_keys = ("post_codes",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, post_codes: str, **_: Any) -> pd.Series[bool]:  # noqa: N805
        register = postcodes.read(post_codes)
        rows = list(zip(*(column_list[name].tolist() for name in column_list.columns), strict=True))
        right = {row: None in row or row[2] != "NO" or register.fits(row[0], row[1]) for row in set(rows)}
        return pd.Series([right[row] for row in rows], index=column_list.index, dtype=bool)


class ExpectPostCodeOfPlace(expectation.MulticolumnMapExpectation):
    """column_list = [post code, place, country]: where the country is NO, the code is none of another place's; to be used with
    ignore_row_if="never". Passes where one is missing and for codes that the register in the file `post_codes` lacks."""

    post_codes: str = ""
    map_metric: ClassVar[str] = "multicolumn_values.post_code_of_place"
    success_keys: ClassVar[tuple[str, ...]] = ("post_codes", "mostly")
