"""The rules for movements at the factoring company: what PowerOffice would refuse, or would post otherwise than it was told.

What is wrong with a movement by itself, whatever PowerOffice says, fakturabro.domain.return_data.check knows.

Source: the vendor's v2 OpenAPI file (GeneralLedgerAccountDto, VatCodeDto); SAF-T's standard VAT codes.
Assumed: an account that is not active takes no voucher, one with a currency takes only that one; a VAT code outside its dates is
refused; of a fee that states no VAT the client deducts what the account's VAT code splits off.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from great_expectations import expectations as gxe

from data_quality import movement_expectations, movement_rows, rule_kinds, suite

_column = suite.column
OUTGOING = ["3", "31", "32", "33"]
"""SAF-T's standard codes for VAT that the client owes."""


def _in_state(code: str, field: str, chosen: str, state_of: str, state: str, explained_by: tuple[str, ...]) -> suite.Rule:
    return suite.Rule(
        code=code,
        field=field,
        expectation=movement_expectations.ExpectStateOf(column_A=chosen, column_B=state_of, state=state),
        value=_column(chosen),
        explained_by=explained_by,
    )


def _no_earlier(code: str, field: str, later: str, earlier: str, *, or_equal: bool) -> suite.Rule:
    return suite.Rule(
        code=code,
        field=field,
        expectation=gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=later, column_B=earlier, or_equal=or_equal, ignore_row_if="either_value_is_missing"
        ),
        value=_column("day"),
        suggestion=_column(earlier if later == "day" else later),
    )


def _bound(code: str, chosen: str, only: str) -> suite.Rule:
    return suite.Rule(
        code=code,
        field="Account",
        expectation=movement_expectations.ExpectBound(column_list=["account", chosen, only], ignore_row_if="never"),
        value=_column("account"),
        suggestion=_column(only),
    )


def _needed(code: str, given: str, is_needed: str) -> suite.Rule:
    columns = ["account", given, is_needed]
    return suite.Rule(
        code=code,
        field="Account",
        expectation=movement_expectations.ExpectGivenWhereNeeded(column_list=columns, ignore_row_if="never"),
        value=_column("account"),
    )


MOVEMENTS = suite.Table(
    name="movements",
    columns=movement_rows.COLUMNS,
    rows=movement_rows.movement_rows,
    rules=(
        _no_earlier("locked_period", "MovementDate", "day", "locked_until", or_equal=False),
        _no_earlier("dated_ahead", "MovementDate", "today", "day", or_equal=True),
        rule_kinds.empty("unknown_invoice", "Invoice", "unknown_invoice"),
        rule_kinds.equal("another_invoice", "Invoice", "invoice", "kids_invoice", "either_value_is_missing"),
        rule_kinds.equal("another_buyer", "Buyer", "told_buyer", "invoiced_buyer", "either_value_is_missing"),
        rule_kinds.equal("another_currency", "Currency", "currency", "invoice_currency", "either_value_is_missing"),
        rule_kinds.known("unknown_buyer", "Buyer", "buyer", "card"),
        _in_state("archived_buyer", "Buyer", "buyer", "card_state", "active", ("unknown_buyer",)),
        rule_kinds.empty("payment_told_by_both", "MovementDate", "lookalike"),
        suite.Rule(
            code="credited_meanwhile",
            field="MovementAmount",
            expectation=gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="left", column_B="amount", or_equal=True, ignore_row_if="either_value_is_missing"
            ),
            value=_column("amount"),
            suggestion=_column("left"),
        ),
    ),
)
PLACES = suite.Table(
    name="accounts of movements",
    columns=movement_rows.PLACE_COLUMNS,
    rows=movement_rows.place_rows,
    may_be_empty=True,
    rules=(
        rule_kinds.known("account_missing", "Account", "account", "chart_account"),
        _in_state("account_closed", "Account", "account", "account_state", "active", ()),
        _bound("account_currency", "currency", "only_currency"),
        rule_kinds.known("vat_code_missing", "VatCode", "vat_code", "known_vat_code"),
        _in_state("vat_code_closed", "VatCode", "vat_code", "vat_state", "in use", ()),
        suite.Rule(
            code="vat_code_of_sales",
            field="VatCode",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(column="vat_code", value_set=OUTGOING),
            value=_column("vat_code"),
        ),
        _bound("vat_code_locked", "vat_code", "locked_vat_code"),
        rule_kinds.known("department_missing", "Department", "department", "known_department"),
        _needed("needs_department", "department", "needs_department"),
        rule_kinds.known("project_missing", "Project", "project", "known_project"),
        _needed("needs_project", "project", "needs_project"),
        suite.Rule(
            code="vat_code_differs",
            field="VatAmount",
            expectation=movement_expectations.ExpectToTheOere(column_A="vat", column_B="split_off"),
            value=_column("vat"),
            suggestion=_column("split_off"),
        ),
    ),
)
