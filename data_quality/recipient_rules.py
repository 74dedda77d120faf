"""The rules for whoever is written to, the same for the buyer of a document and for a customer card: name, postal address,
organisation number, e-mail. Their columns are recipient_rows.COLUMNS; fields are named as on the customer card.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from great_expectations import expectations as gxe

from data_quality import (
    address_expectations,
    countries,
    email_addresses,
    expectations,
    postcodes,
    recipient_rows,
    rule_kinds,
    suite,
)
from fakturabro.domain import identity, placeholders

PLACEHOLDER = placeholders.TEXT
_NORWEGIAN_POST_CODE = r"[0-9]{4}"
_EMAILS = rf"^{email_addresses.ADDRESS}(?:;{email_addresses.ADDRESS})*$"
_ADDRESS = ("missing_postal_address", "placeholder_postal_address", "incomplete_postal_address")

NAME = (rule_kinds.filled("missing_buyer_name", "Name", "buyer_name"),)


def address(register: str) -> tuple[suite.Rule, ...]:
    """The rules for the postal address, with the register of post codes in the file `register` (empty: the shipped one)."""
    return (
        suite.Rule(
            code="missing_postal_address",
            field="MailAddress",
            expectation=expectations.ExpectAnyColumnToHaveValue(
                column_list=["address_line", "postal_zone", "city"], ignore_row_if="never"
            ),
        ),
        _no_placeholder("MailAddress.AddressLine1", "address_line"),
        _no_placeholder("MailAddress.City", "city"),
        _norwegian_post_code("placeholder_postal_address", placeholders.NO_CODE),
        rule_kinds.filled("incomplete_postal_address", "MailAddress.AddressLine1", "address_line", _ADDRESS[:2]),
        _norwegian_post_code("incomplete_postal_address", _NORWEGIAN_POST_CODE, _ADDRESS[:2]),
        rule_kinds.filled("incomplete_postal_address", "MailAddress.City", "city", _ADDRESS[:2]),
        suite.Rule(
            code="unknown_country",
            field="MailAddress.CountryCode",
            expectation=address_expectations.ExpectCountryCode(column="country"),
            value=suite.column("country"),
            suggestion=lambda row: countries.meant(row["country"]),
        ),
        *_post_codes(register),
    )


def _post_codes(register: str) -> tuple[suite.Rule, ...]:
    return (
        suite.Rule(
            code="unknown_post_code",
            field="MailAddress.ZipCode",
            expectation=address_expectations.ExpectPostCodeInRegister(
                column_A="postal_zone", column_B="country", post_codes=register
            ),
            value=suite.column("postal_zone"),
            silenced_by=_ADDRESS,
        ),
        suite.Rule(
            code="post_code_of_another_place",
            field="MailAddress.City",
            expectation=address_expectations.ExpectPostCodeOfPlace(
                column_list=["postal_zone", "city", "country"], ignore_row_if="never", post_codes=register
            ),
            value=lambda row: f"{row['postal_zone']} {row['city']}",
            suggestion=lambda row: postcodes.read(register).suggestion(row["postal_zone"], row["city"]),
            silenced_by=_ADDRESS,
        ),
    )


ORGANISATION_NUMBER = (
    suite.Rule(
        code="decorated_organisation_number",
        field="OrganizationNumber",
        expectation=gxe.ExpectColumnValuesToBeNull(column="decorated_organisation_number"),
        value=suite.column("decorated_organisation_number"),
        suggestion=lambda row: identity.plain_organisation_number(row["decorated_organisation_number"]),
    ),
    rule_kinds.organisation_numbers("wrong_organisation_number", "OrganizationNumber", "buyer_organisation_numbers"),
    rule_kinds.filled_where(
        "ehf_without_organisation_number", "OrganizationNumber", "buyer_organisation_numbers", "asks_for", recipient_rows.EHF
    ),
)


EMAILS = (
    suite.Rule(
        code="invalid_email",
        field="InvoiceEmailAddress",
        expectation=gxe.ExpectColumnValuesToMatchRegex(column="emails", regex=_EMAILS),
        value=lambda row: email_addresses.wrong(row["emails"]),
        suggestion=lambda row: email_addresses.suggestions(email_addresses.wrong(row["emails"])),
    ),
    suite.Rule(
        code="email_domain_typo",
        field="InvoiceEmailAddress",
        expectation=address_expectations.ExpectMailDomainWithoutSlip(column="emails"),
        value=lambda row: email_addresses.slips(row["emails"]),
        suggestion=lambda row: email_addresses.suggestions(email_addresses.slips(row["emails"])),
    ),
)


def _norwegian_post_code(code: str, regex: str, silenced_by: tuple[str, ...] = ()) -> suite.Rule:
    return suite.Rule(
        code=code,
        field="MailAddress.ZipCode",
        expectation=expectations.ExpectColumnToMatchRegexWhere(column_A="postal_zone", column_B="country", regex=regex, where="NO"),
        value=suite.column("postal_zone"),
        silenced_by=silenced_by,
    )


def _no_placeholder(field: str, column: str) -> suite.Rule:
    return suite.Rule(
        code="placeholder_postal_address",
        field=field,
        expectation=gxe.ExpectColumnValuesToNotMatchRegex(column=column, regex=PLACEHOLDER),
        value=suite.column(column),
    )
