"""Kinds of rules that several suites are made of: a column is filled, is empty, matches a pattern, equals another."""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from typing import Literal

from great_expectations import expectations as gxe

from data_quality import expectations, suite


def filled(code: str, field: str, column: str, silenced_by: tuple[str, ...] = ()) -> suite.Rule:
    """The column has a value."""
    return suite.Rule(code=code, field=field, expectation=gxe.ExpectColumnValuesToNotBeNull(column=column), silenced_by=silenced_by)


def empty(code: str, field: str, column: str) -> suite.Rule:
    """The column has no value; the one that it has is shown."""
    return suite.Rule(code=code, field=field, expectation=gxe.ExpectColumnValuesToBeNull(column=column), value=suite.column(column))


def filled_where(code: str, field: str, column: str, other: str, where: str) -> suite.Rule:
    """The column has a value where the other column equals `where`."""
    expectation = expectations.ExpectColumnToBeFilledWhere(column_A=column, column_B=other, where=where)
    return suite.Rule(code=code, field=field, expectation=expectation)


def known(code: str, field: str, chosen: str, listed: str) -> suite.Rule:
    """What is chosen stands in a list; the column `listed` has it again where it does."""
    return suite.Rule(
        code=code,
        field=field,
        expectation=gxe.ExpectColumnPairValuesToBeEqual(column_A=chosen, column_B=listed, ignore_row_if="both_values_are_missing"),
        value=suite.column(chosen),
    )


def organisation_numbers(code: str, field: str, column: str) -> suite.Rule:
    """Numbers joined by ";" have right check digits; the wrong ones are shown."""
    return suite.Rule(
        code=code,
        field=field,
        expectation=expectations.ExpectOrganisationNumberCheckDigits(column=column),
        value=lambda row: expectations.wrong_organisation_numbers(row[column]),
    )


def equal(
    code: str,
    field: str,
    stated: str,
    calculated: str,
    ignore_row_if: Literal["neither", "either_value_is_missing"] = "neither",
    explained_by: tuple[str, ...] = (),
) -> suite.Rule:
    """The stated amount is the calculated one. Both are named; that neither is a suggestion is for messages to know."""
    return suite.Rule(
        code=code,
        field=field,
        expectation=gxe.ExpectColumnPairValuesToBeEqual(column_A=stated, column_B=calculated, ignore_row_if=ignore_row_if),
        value=suite.column(stated),
        suggestion=suite.column(calculated),
        explained_by=explained_by,
    )
