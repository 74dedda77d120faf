"""The suite for invoices and credit notes.

Fields are named in the words of the source: the customer card's (MailAddress.ZipCode) where the card must be mended, the EHF's
elsewhere. Assumed: the list total of the source is the payable amount.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import re
from typing import Literal

from great_expectations import expectations as gxe

from data_quality import checking, expectations, sales_rows, suite

_PLACEHOLDER = (
    r"(?i)^(?:[\W_]+|0+|x+|(?:adresse|gateadresse|postadresse|poststed|sted)?\s*(?:er\s+)?(?:ukjent|mangler)|ukjent\s+(?:adresse|poststed|sted)"
    r"|unknown(?:\s+address)?|ikke\s+(?:oppgitt|registrert|kjent)|ingen(?:\s+adresse)?|n/a|none|null|tbd)\.?$"
)
_NORWEGIAN_POST_CODE = r"\d{4}"
_NO_PLACEHOLDER_CODE = r"(?!(?:[\W_]+|0+|9999|x+)$).*"
"""Outside Norway "0000" and "-" are how a card without post codes is filled in, so only Norwegian codes are looked at."""
_EMAIL = r"[^\s@;,<>()\[\]\\\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}"
_EMAILS = rf"^{_EMAIL}(?:;{_EMAIL})*$"
_AMOUNT = r"^-?\d+(?:\.\d{1,2})?$"

_column = suite.column


def _filled(code: str, field: str, column: str, silenced_by: tuple[str, ...] = ()) -> suite.Rule:
    return suite.Rule(code=code, field=field, expectation=gxe.ExpectColumnValuesToNotBeNull(column=column), silenced_by=silenced_by)


def _empty(code: str, field: str, column: str) -> suite.Rule:
    return suite.Rule(code=code, field=field, expectation=gxe.ExpectColumnValuesToBeNull(column=column), value=_column(column))


def _filled_on_invoices(code: str, field: str, column: str) -> suite.Rule:
    return suite.Rule(
        code=code,
        field=field,
        expectation=expectations.ExpectColumnToBeFilledWhere(column_A=column, column_B="kind", where="invoice"),
    )


def _norwegian_post_code(code: str, regex: str, silenced_by: tuple[str, ...] = ()) -> suite.Rule:
    return suite.Rule(
        code=code,
        field="MailAddress.ZipCode",
        expectation=expectations.ExpectColumnToMatchRegexWhere(column_A="postal_zone", column_B="country", regex=regex, where="NO"),
        value=_column("postal_zone"),
        silenced_by=silenced_by,
    )


def _no_placeholder(field: str, column: str) -> suite.Rule:
    return suite.Rule(
        code="placeholder_postal_address",
        field=field,
        expectation=gxe.ExpectColumnValuesToNotMatchRegex(column=column, regex=_PLACEHOLDER),
        value=_column(column),
    )


def _organisation_numbers(code: str, field: str, column: str) -> suite.Rule:
    return suite.Rule(
        code=code,
        field=field,
        expectation=expectations.ExpectOrganisationNumberCheckDigits(column=column),
        value=lambda row: expectations.wrong_organisation_numbers(row[column]),
    )


def _equal(
    code: str, field: str, stated: str, calculated: str, ignore_row_if: Literal["neither", "either_value_is_missing"] = "neither"
) -> suite.Rule:
    return suite.Rule(
        code=code,
        field=field,
        expectation=gxe.ExpectColumnPairValuesToBeEqual(column_A=stated, column_B=calculated, ignore_row_if=ignore_row_if),
        value=_column(stated),
        suggestion=_column(calculated),
    )


def _wrong_emails(row: suite.Row) -> str:
    return ";".join(email for email in row["emails"].split(";") if not re.fullmatch(_EMAIL, email))


_ADDRESS = ("missing_postal_address", "placeholder_postal_address")

_DOCUMENT_RULES = (
    _filled("missing_number", "ID", "number"),
    _empty("duplicate_number", "ID", "same_number"),
    _filled("missing_buyer_name", "Name", "buyer_name"),
    suite.Rule(
        code="missing_postal_address",
        field="MailAddress",
        expectation=expectations.ExpectAnyColumnToHaveValue(
            column_list=["address_line", "postal_zone", "city"], ignore_row_if="never"
        ),
    ),
    _no_placeholder("MailAddress.AddressLine1", "address_line"),
    _no_placeholder("MailAddress.City", "city"),
    _norwegian_post_code("placeholder_postal_address", _NO_PLACEHOLDER_CODE),
    _filled("incomplete_postal_address", "MailAddress.AddressLine1", "address_line", _ADDRESS),
    _norwegian_post_code("incomplete_postal_address", _NORWEGIAN_POST_CODE, _ADDRESS),
    _filled("incomplete_postal_address", "MailAddress.City", "city", _ADDRESS),
    _empty("address_differs_from_card", "MailAddress", "differing_card_address"),
    _organisation_numbers("wrong_organisation_number", "OrganizationNumber", "buyer_organisation_numbers"),
    _organisation_numbers("wrong_seller_organisation_number", "AccountingSupplierParty.CompanyID", "seller_organisation_numbers"),
    suite.Rule(
        code="no_lines", field="InvoiceLine", expectation=gxe.ExpectColumnValuesToBeBetween(column="line_count", min_value=1)
    ),
    suite.Rule(
        code="too_many_decimals",
        field="Amount",
        expectation=gxe.ExpectColumnValuesToMatchRegex(column="finest_amount", regex=_AMOUNT),
        value=_column("finest_amount"),
    ),
    _equal("sum_of_lines_differs", "LegalMonetaryTotal.LineExtensionAmount", "line_extension", "sum_of_lines"),
    _equal("totals_do_not_add_up", "LegalMonetaryTotal.TaxExclusiveAmount", "tax_exclusive", "calculated_tax_exclusive"),
    _equal("totals_do_not_add_up", "LegalMonetaryTotal.TaxInclusiveAmount", "tax_inclusive", "calculated_tax_inclusive"),
    _equal("totals_do_not_add_up", "LegalMonetaryTotal.PayableAmount", "payable", "calculated_payable"),
    _equal("vat_does_not_add_up", "TaxTotal.TaxAmount", "tax_total", "sum_of_category_tax"),
    _equal("vat_does_not_add_up", "TaxTotal.TaxSubtotal.TaxableAmount", "sum_of_taxable_amounts", "tax_exclusive"),
    _equal("source_total_differs", "TotalAmount", "source_total", "payable", "either_value_is_missing"),
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
    _filled_on_invoices("missing_due_date", "DueDate", "due_date"),
    _filled_on_invoices("missing_account", "PayeeFinancialAccount.ID", "account"),
    suite.Rule(
        code="wrong_account",
        field="PayeeFinancialAccount.ID",
        expectation=expectations.ExpectAccountCheckDigits(column="account"),
        value=_column("account"),
    ),
    suite.Rule(
        code="invalid_email",
        field="InvoiceEmailAddress",
        expectation=gxe.ExpectColumnValuesToMatchRegex(column="emails", regex=_EMAILS),
        value=_wrong_emails,
    ),
    _empty("element_not_carried", "Element", "not_carried"),
)

_VAT_RULES = (
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

SUITE = suite.Suite[checking.Subject](
    tables=(
        suite.Table(
            name="sales documents", columns=sales_rows.DOCUMENT_COLUMNS, rows=sales_rows.document_rows, rules=_DOCUMENT_RULES
        ),
        suite.Table(
            name="VAT categories", columns=sales_rows.VAT_COLUMNS, rows=sales_rows.vat_rows, rules=_VAT_RULES, may_be_empty=True
        ),
    )
)
