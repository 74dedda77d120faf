"""The rules for invoices and credit notes.

Fields are named in the words of the source: the customer card's (MailAddress.ZipCode) where the card must be mended, the EHF's
elsewhere. Assumed: the list total of the source is the payable amount.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import functools

from great_expectations import expectations as gxe

from data_quality import checking, expectations, invoice_expectations, recipient_rules, rule_kinds, sales_rows, suite

_AMOUNT = r"^-?[0-9]+(?:\.[0-9]{1,2})?$"
_LINE_TOLERANCE = "0.01"
_DAYS_AHEAD, _DAYS_BACK, _DAYS_OF_CREDIT = 7, 365, 180
"""How far an invoice's date may be from the business date, and its due date from its own, before somebody should look."""

_column = suite.column
_NO_AMOUNT = ("too_many_decimals",)
_SUMS = (*_NO_AMOUNT, "sum_of_lines_differs", "totals_do_not_add_up", "vat_does_not_add_up")
"""What explains that the document's total is not the list's."""


def _sum(code: str, field: str, stated: str, calculated: str) -> suite.Rule:
    return rule_kinds.equal(code, field, stated, calculated, explained_by=_NO_AMOUNT)


def _days_after(code: str, field: str, date: str, other: str, *, fewest: int | None = None, most: int | None = None) -> suite.Rule:
    return suite.Rule(
        code=code,
        field=field,
        expectation=invoice_expectations.ExpectDaysAfter(column_A=date, column_B=other, fewest=fewest, most=most),
        value=_column(date),
    )


_IDENTITY_RULES = (
    rule_kinds.filled("missing_number", "ID", "number"),
    rule_kinds.empty("duplicate_number", "ID", "same_number"),
    rule_kinds.empty("possible_twin", "ID", "twin"),
    *recipient_rules.NAME,
)
_CONTENT_RULES = (
    rule_kinds.empty("address_differs_from_card", "MailAddress", "differing_card_address"),
    *recipient_rules.ORGANISATION_NUMBER,
    rule_kinds.organisation_numbers(
        "wrong_seller_organisation_number", "AccountingSupplierParty.CompanyID", "seller_organisation_numbers"
    ),
    suite.Rule(
        code="no_lines", field="InvoiceLine", expectation=gxe.ExpectColumnValuesToBeBetween(column="line_count", min_value=1)
    ),
    suite.Rule(
        code="too_many_decimals",
        field="Amount",
        expectation=gxe.ExpectColumnValuesToMatchRegex(column="finest_amount", regex=_AMOUNT),
        value=_column("finest_amount"),
    ),
    suite.Rule(
        code="line_amount_differs",
        field="InvoiceLine.LineExtensionAmount",
        expectation=invoice_expectations.ExpectAmountsWithin(
            column_A="line_amount", column_B="calculated_line_amount", tolerance=_LINE_TOLERANCE
        ),
        value=_column("line_amount"),
        suggestion=_column("calculated_line_amount"),
    ),
    _sum("sum_of_lines_differs", "LegalMonetaryTotal.LineExtensionAmount", "line_extension", "sum_of_lines"),
    _sum("totals_do_not_add_up", "LegalMonetaryTotal.TaxExclusiveAmount", "tax_exclusive", "calculated_tax_exclusive"),
    _sum("totals_do_not_add_up", "LegalMonetaryTotal.TaxInclusiveAmount", "tax_inclusive", "calculated_tax_inclusive"),
    _sum("totals_do_not_add_up", "LegalMonetaryTotal.PayableAmount", "payable", "calculated_payable"),
    _sum("vat_does_not_add_up", "TaxTotal.TaxAmount", "tax_total", "sum_of_category_tax"),
    _sum("vat_does_not_add_up", "TaxTotal.TaxSubtotal.TaxableAmount", "sum_of_taxable_amounts", "calculated_taxable_amounts"),
    rule_kinds.equal("source_total_differs", "TotalAmount", "source_total", "payable", "either_value_is_missing", _SUMS),
    suite.Rule(
        code="rounding_too_large",
        field="LegalMonetaryTotal.PayableRoundingAmount",
        expectation=gxe.ExpectColumnValuesToBeBetween(
            column="rounding", min_value=-1, max_value=1, strict_min=True, strict_max=True
        ),
        value=_column("rounding"),
    ),
    suite.Rule(
        code="negative_payable",
        field="LegalMonetaryTotal.PayableAmount",
        expectation=gxe.ExpectColumnValuesToBeBetween(column="payable", min_value=0),
        value=_column("payable"),
    ),
    suite.Rule(
        code="zero_payable",
        field="LegalMonetaryTotal.PayableAmount",
        expectation=gxe.ExpectColumnValuesToNotBeInSet(column="payable", value_set=[0]),
    ),
    suite.Rule(
        code="unknown_currency",
        field="DocumentCurrencyCode",
        expectation=expectations.ExpectCurrencyCode(column="currency"),
        value=_column("currency"),
    ),
    suite.Rule(
        code="due_date_before_invoice_date",
        field="DueDate",
        expectation=gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="due_date", column_B="issue_date", or_equal=True, ignore_row_if="either_value_is_missing"
        ),
        value=_column("due_date"),
    ),
    rule_kinds.filled_where("missing_due_date", "DueDate", "due_date", "kind", "invoice"),
    _days_after("due_date_far_ahead", "DueDate", "due_date", "issue_date", most=_DAYS_OF_CREDIT),
    _days_after("invoice_date_in_the_future", "IssueDate", "issue_date", "business_date", most=_DAYS_AHEAD),
    _days_after("invoice_date_long_ago", "IssueDate", "issue_date", "business_date", fewest=-_DAYS_BACK),
    rule_kinds.filled_where("missing_account", "PayeeFinancialAccount.ID", "account", "kind", "invoice"),
    suite.Rule(
        code="wrong_account",
        field="PayeeFinancialAccount.ID",
        expectation=expectations.ExpectAccountCheckDigits(column="account"),
        value=_column("account"),
    ),
    *recipient_rules.EMAILS,
    rule_kinds.empty("element_not_carried", "Element", "not_carried"),
)

_VAT_RULES = (
    suite.Rule(
        code="vat_rate_unlike_category",
        field="TaxTotal.TaxSubtotal.TaxCategory",
        expectation=invoice_expectations.ExpectRateOfVatCategory(column_A="percent", column_B="category"),
        value=lambda row: f"{row['category']} {row['percent']} %",
    ),
    suite.Rule(
        code="missing_exemption_reason",
        field="TaxTotal.TaxSubtotal.TaxCategory",
        expectation=invoice_expectations.ExpectExemptionReason(column_A="exemption_reason", column_B="category"),
        value=_column("category"),
    ),
    suite.Rule(
        code="vat_does_not_add_up",
        field="TaxTotal.TaxSubtotal.TaxAmount",
        expectation=expectations.ExpectVatToFollowRate(
            column_list=["taxable_amount", "percent", "tax_amount", "line_count"], ignore_row_if="never"
        ),
        value=_column("tax_amount"),
        suggestion=lambda row: str(expectations.vat(row["taxable_amount"], row["percent"])),
    ),
)


@functools.cache
def make(register: str = "") -> suite.Suite[checking.Subject]:
    """The suite with the register of post codes in the file `register`; empty: the shipped one."""
    documents = suite.Table(
        name="sales documents",
        columns=sales_rows.DOCUMENT_COLUMNS,
        rows=sales_rows.document_rows,
        rules=(*_IDENTITY_RULES, *recipient_rules.address(register), *_CONTENT_RULES),
    )
    vat = suite.Table(
        name="VAT categories", columns=sales_rows.VAT_COLUMNS, rows=sales_rows.vat_rows, rules=_VAT_RULES, may_be_empty=True
    )
    return suite.Suite(tables=(documents, vat))
