"""The rules for sales invoices on their way from Severa to Fortnox: what Fortnox would refuse, or would make otherwise.

Source: fortnox-v3.openapi.json (fortnox_InvoicePayload; 500 rows; error 2004167); fakturabro.mapping.carried_invoices.
Assumed: a credit note's amounts have a minus in Severa; a quantity has room for 14 digits, a price for 12; a locked period takes
no invoice.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from great_expectations import expectations as gxe

from data_quality import rule_kinds, sales_invoice_rows, suite

MOST_ROWS = 500
_column = suite.column


def _between(code: str, field: str, column: str, least: int | None, most: int | None) -> suite.Rule:
    expectation = gxe.ExpectColumnValuesToBeBetween(column=column, min_value=least, max_value=most)
    return suite.Rule(code=code, field=field, expectation=expectation, value=_column(column))


INVOICES = suite.Table(
    name="sales invoices",
    columns=sales_invoice_rows.COLUMNS,
    rows=sales_invoice_rows.invoice_rows,
    rules=(
        rule_kinds.filled("invoice_without_date", "date", "date"),
        rule_kinds.filled("invoice_without_due_date", "dueDate", "due_date"),
        suite.Rule(
            code="invoice_in_locked_period",
            field="date",
            expectation=gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="date", column_B="locked_until", ignore_row_if="either_value_is_missing"
            ),
            value=_column("date"),
            suggestion=_column("locked_until"),
        ),
        rule_kinds.filled_where("invoice_without_number", "number", "number", "number_master", "severa"),
        rule_kinds.empty("invoice_before_first", "number", "early_number"),
        rule_kinds.known("invoice_customer_missing", "billingCustomer", "customer", "known_customer"),
        rule_kinds.filled("invoice_without_customer", "billingCustomer", "customer"),
        rule_kinds.filled("invoice_without_currency", "currency", "currency"),
        rule_kinds.empty("invoice_without_rate", "currencyRate", "unrated_currency"),
        _between("invoice_without_rows", "invoiceRows", "row_count", 1, None),
        _between("invoice_too_many_rows", "invoiceRows", "row_count", None, MOST_ROWS),
        rule_kinds.equal("invoice_sum_differs", "totalExcludingTax", "net", "rows_net"),
        rule_kinds.equal("invoice_vat_differs", "totalTax", "vat", "rows_vat", explained_by=("invoice_sum_differs",)),
        _between("invoice_credit_sign", "totalIncludingTax", "credit_total", None, 0),
        rule_kinds.empty("invoice_waits_for_original", "reimburseInvoice", "waits_for"),
        rule_kinds.empty("invoice_original_unknown", "reimburseInvoice", "unknown_original"),
    ),
)
ROWS = suite.Table(
    name="rows of sales invoices",
    columns=sales_invoice_rows.ROW_COLUMNS,
    rows=sales_invoice_rows.row_rows,
    may_be_empty=True,
    rules=(
        rule_kinds.filled("invoice_row_without_amount", "unitPrice", "amount"),
        rule_kinds.empty("invoice_row_too_long_amount", "quantity", "long_amount"),
        rule_kinds.filled("invoice_row_without_vat", "vatRate", "vat_rate"),
        rule_kinds.empty("invoice_row_odd_vat", "vatRate", "odd_rate"),
        rule_kinds.empty("invoice_row_vat_needs_account", "vatRate", "rate_without_account"),
        suite.Rule(
            code="invoice_row_unit_missing",
            field="measurementUnit",
            expectation=gxe.ExpectColumnPairValuesToBeEqual(
                column_A="unit", column_B="known_unit", ignore_row_if="both_values_are_missing"
            ),
            value=_column("unit"),
            suggestion=_column("known_unit"),
        ),
        rule_kinds.empty("invoice_row_article_missing", "code", "unknown_article"),
        rule_kinds.empty("invoice_row_project_missing", "project", "unknown_project"),
        rule_kinds.empty("invoice_row_several_projects", "project", "several_projects"),
    ),
)
TEXTS = suite.Table(
    name="texts of sales invoices",
    columns=sales_invoice_rows.TEXT_COLUMNS,
    rows=sales_invoice_rows.text_rows,
    may_be_empty=True,
    rules=(
        rule_kinds.empty("invoice_text_too_long", "notes", "too_long"),
        rule_kinds.empty("invoice_signs_refused", "notes", "refused"),
    ),
)
