"""Runs a suite with Great Expectations and reads the answer without trusting it: whatever is odd is a CheckError, never a pass.

Source: https://docs.greatexpectations.io/docs/core/ (1.24.1) and what was seen of it: an empty frame succeeds, a missing column
gives an empty result, and an expectation that raised gives success=False without a single row.
"""

# Great Expectations is half typed: its members are often unknown to a type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import decimal
import functools
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when great_expectations is imported

import great_expectations as gx
import pandas as pd
from great_expectations.core import expectation_validation_result
from great_expectations.data_context.data_context import ephemeral_data_context
from great_expectations.execution_engine import pandas_execution_engine
from great_expectations.validator import validator

from data_quality import blocking, checking
from data_quality import suite as suites
from fakturabro.domain import blanks, findings, identity

_RESULT_FORMAT: dict[str, Any] = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": ["id"],
    "return_unexpected_index_query": False,
}
_QUIET = decimal.Context(prec=60, traps=[])
"""Great Expectations sorts what it did not expect, and an amount that is no number must not stop the batch there."""
_LONGEST_VALUE = 200

Result = expectation_validation_result.ExpectationValidationResult
Found = tuple[int, suites.Rule, str, str]
"""Subject id, rule, value and suggestion."""


def validate(
    suite: suites.Suite[checking.Identified], subjects: Iterable[checking.Identified], rules: blocking.Rules
) -> dict[int, tuple[findings.Finding, ...]]:
    """See `checking.check`."""
    ids, tables = _read(suite, subjects)
    frames = (to_frame(table, columns) for table, columns in zip(suite.tables, tables, strict=True))
    return judge(zip(suite.tables, frames, strict=True), ids, rules)


def judge(
    tables: Iterable[tuple[suites.Table[Any], pd.DataFrame]], ids: Sequence[int], rules: blocking.Rules
) -> dict[int, tuple[findings.Finding, ...]]:
    """The findings of every id, from tables and their frames. Raises CheckError."""
    by_subject: dict[int, tuple[findings.Finding, ...]] = dict.fromkeys(ids, ())
    if not ids or len(by_subject) != len(ids):
        raise checking.CheckError(
            f"{len(ids)} documents with {len(by_subject)} different ids; hand over each once, and at least one"
        )
    for table, frame in tables:
        for id_, rule, value, suggestion in _broken(table, frame):
            if id_ not in by_subject:
                raise checking.CheckError(f"{table.name}: the rule {rule.code} names the unknown document {id_}")
            finding = rules.finding(rule.code, field=rule.field, value=value, suggestion=suggestion)
            if finding and not _is_told(finding, rule, by_subject[id_]):
                by_subject[id_] += (finding,)
    return by_subject


def _read(
    suite: suites.Suite[checking.Identified], subjects: Iterable[checking.Identified]
) -> tuple[list[int], list[list[list[Any]]]]:
    """The ids, and the columns of every table as lists: rows as tuples would wake the garbage collector for the whole process."""
    ids: list[int] = []
    columns: list[list[list[Any]]] = [[[] for _ in table.columns] for table in suite.tables]
    fillers = [(table.rows, table_columns) for table, table_columns in zip(suite.tables, columns, strict=True)]
    for subject in subjects:
        ids.append(subject.id)
        for rows, into in fillers:
            for row in rows(subject):
                for column, value in zip(into, row, strict=True):
                    column.append(value)
    return ids, columns


def to_frame(table: suites.Table[checking.Identified], columns: list[list[Any]]) -> pd.DataFrame:
    """Columns of Python objects: no type is guessed, a post code stays text and an amount a Decimal."""
    return pd.DataFrame(dict(zip(table.columns, columns, strict=True)), dtype=object)


def _broken(table: suites.Table[checking.Identified], frame: pd.DataFrame) -> Iterable[Found]:
    """Every row that breaks a rule, rule by rule as the table lists them."""
    if frame.empty and table.may_be_empty:
        return
    if frame.empty:
        raise checking.CheckError(
            f"{table.name} is empty, and an empty table passes every rule; each document must have a row there"
        )
    results = _results(table, frame)
    for position, rule in enumerate(table.rules):
        for row in _unexpected_rows(table.name, rule, results.get(position), len(frame)):
            yield int(row["id"]), rule, _shown(rule.value(row)), _shown(rule.suggestion(row))


def _results(table: suites.Table[checking.Identified], frame: pd.DataFrame) -> Mapping[int, Result]:
    """Great Expectations' answer to each rule, by the rule's position.

    The validator is asked on an engine of its own: nothing is shared between threads (GX issue 12209), nothing is kept
    afterwards, and the frame is not fingerprinted twice as `batch.validate` would, which costs as much as the rules.
    """
    copies: list[Any] = [rule.expectation.copy(update={"meta": {"rule": position}}) for position, rule in enumerate(table.rules)]
    engine = pandas_execution_engine.PandasExecutionEngine()
    engine.load_batch_data(table.name, frame)
    asked = validator.Validator(execution_engine=engine, data_context=_context())
    with decimal.localcontext(_QUIET):
        results = asked.graph_validate([copy.configuration for copy in copies], {"result_format": _RESULT_FORMAT})
    engine.batch_manager.batch_data_cache.clear()  # engine and data hold each other: without this the frame outlives the check
    return {cast("Any", result.expectation_config).meta["rule"]: result for result in results}


@functools.cache
def _context() -> ephemeral_data_context.EphemeralDataContext:
    """One per process; all that is used of it is that it draws no progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = cast("Any", {"globally": False})
    return context


def _unexpected_rows(table: str, rule: suites.Rule, result: Result | None, row_count: int) -> list[dict[str, Any]]:
    """The rows that break `rule`. Anything but a full answer over all rows is a CheckError."""
    name = f"{table}: the rule {rule.code} ({rule.expectation.expectation_type})"
    if result is None:
        raise checking.CheckError(f"{name} was not answered")
    answer = cast("dict[str, Any]", result.result or {})
    if "element_count" not in answer or "unexpected_index_list" not in answer:
        raise checking.CheckError(f"{name} could not be judged: {_reason(cast('dict[str, Any]', result.exception_info or {}))}")
    if answer["element_count"] != row_count:
        raise checking.CheckError(f"{name} looked at {answer['element_count']} of {row_count} rows")
    unexpected = cast("list[dict[str, Any]]", answer["unexpected_index_list"] or [])
    if bool(result.success) == bool(unexpected) or len(unexpected) != answer.get("unexpected_count"):
        raise checking.CheckError(f"{name} says success={result.success} and names {len(unexpected)} rows")
    return unexpected


def _reason(exception_info: Mapping[str, Any]) -> str:
    """The first message in an exception_info, which is flat or nested per metric."""
    nested = [cast("dict[str, Any]", info) for info in exception_info.values() if isinstance(info, dict)]
    messages = [info.get("exception_message") for info in (exception_info, *nested)]
    return next((str(message) for message in messages if message), "no reason given")


def _shown(text: str) -> str:
    """Masked where it may name a person, cut, and with what cannot be seen by its code point."""
    return blanks.shown(identity.mask_identity_numbers(text)[:_LONGEST_VALUE])[:_LONGEST_VALUE]


def _is_told(finding: findings.Finding, rule: suites.Rule, before: Iterable[findings.Finding]) -> bool:
    """Whether a finding that silences `rule` was about the same field, the whole that the field is a part of, or the same value;
    or one that explains it, and holds all that it would hold."""
    return any(
        (other.code in rule.silenced_by and _is_about_the_same(finding, other))
        or (other.code in rule.explained_by and set(finding.holds) <= set(other.holds))
        for other in before
    )


def _is_about_the_same(finding: findings.Finding, other: findings.Finding) -> bool:
    same_value = finding.value != "" and finding.value == other.value
    return same_value or finding.field == other.field or finding.field.startswith(other.field + ".")
