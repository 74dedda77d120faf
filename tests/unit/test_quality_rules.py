"""One table: per finding code documents that have it and look-alikes that have not. All go through one check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality import blocking, checking, weights
from fakturabro.domain import documents, findings, parties

Change = Callable[[checking.Subject], checking.Subject]
Seen = dict[str, tuple[findings.Finding, ...]]

ADDRESS = documents.Address(street="Storgata 1", city="Bergen", postal_zone="5003", country="NO")
VAT_25 = documents.TaxCategory(code="S", percent=Decimal(25))
VAT_0 = documents.TaxCategory(code="O", exemption_reason="Utenfor merverdiavgiftsloven")


def line(amount: str, category: documents.TaxCategory = VAT_25) -> documents.Line:
    return documents.Line(
        id="1",
        quantity=documents.Quantity(value=Decimal(1), unit="EA"),
        net_amount=Decimal(amount),
        item=documents.Item(name="Vare", tax_category=category),
        price=documents.Price(amount=Decimal(amount)),
    )


def vat(taxable: str, tax: str, category: documents.TaxCategory = VAT_25) -> documents.TaxSubtotal:
    return documents.TaxSubtotal(taxable_amount=Decimal(taxable), tax_amount=Decimal(tax), category=category)


def tax_total(amount: str, *subtotals: documents.TaxSubtotal, currency: str = "NOK") -> documents.TaxTotal:
    return documents.TaxTotal(amount=Decimal(amount), currency=currency, subtotals=subtotals)


def totals(**amounts: str) -> documents.Totals:
    stated = {"line_extension": "1000.00", "tax_exclusive": "1000.00", "tax_inclusive": "1250.00", "payable": "1250.00", **amounts}
    return documents.Totals(**{name: Decimal(amount) for name, amount in stated.items()})


def party(name: str, number: str) -> documents.Party:
    return documents.Party(
        name=name,
        registration_name=name,
        endpoint=documents.Identifier(value=number, scheme="0192"),
        company_id=documents.Identifier(value=number, scheme="0192"),
        tax_registrations=(documents.TaxRegistration(company_id=f"NO{number}MVA", scheme="VAT"),),
        address=ADDRESS,
    )


GOOD = checking.Subject(
    id=1,
    invoice=documents.Invoice(
        kind="invoice",
        number="10001",
        issue_date=dt.date(2026, 11, 2),
        due_date=dt.date(2026, 11, 16),
        type_code="380",
        currency="NOK",
        seller=party("Selger AS", "991825827"),
        buyer=party("Kjøper AS", "974760673"),
        payment_means=(documents.PaymentMeans(code="30", account="86011117947"),),
        tax_totals=(tax_total("250.00", vat("1000.00", "250.00")),),
        totals=totals(),
        lines=(line("400.00"), line("600.00")),
    ),
    recipient=parties.Recipient(name="Kjøper AS", customer_number="10", address=ADDRESS, emails=("post@firma.no",)),
    card=parties.Card(number="10", name="Kjøper AS", organisation_number="974 760 673", address=ADDRESS),
    source_total=Decimal("1250.0"),
)


def subject(**fields: Any) -> Change:
    return lambda good: msgspec.structs.replace(good, **fields)


def invoice(**fields: Any) -> Change:
    return lambda good: msgspec.structs.replace(good, invoice=msgspec.structs.replace(good.invoice, **fields))


def recipient(**fields: Any) -> Change:
    return lambda good: msgspec.structs.replace(good, recipient=msgspec.structs.replace(good.recipient, **fields))


def address(**fields: Any) -> Change:
    return recipient(address=msgspec.structs.replace(ADDRESS, **fields))


def card(**fields: Any) -> Change:
    return lambda good: msgspec.structs.replace(good, card=msgspec.structs.replace(good.card, **fields))


def buyer(**fields: Any) -> Change:
    return lambda good: invoice(buyer=msgspec.structs.replace(good.invoice.buyer, **fields))(good)


def seller(**fields: Any) -> Change:
    return lambda good: invoice(seller=msgspec.structs.replace(good.invoice.seller, **fields))(good)


def amounts(lines: tuple[documents.Line, ...], tax: documents.TaxTotal, **stated: str) -> Change:
    return lambda good: invoice(lines=lines, tax_totals=(tax,), totals=totals(**stated))(subject(source_total=None)(good))


def credit_note(**fields: Any) -> Change:
    return invoice(kind="credit_note", type_code="381", **fields)


def means(**fields: Any) -> Change:
    return invoice(payment_means=(documents.PaymentMeans(code="30", **fields),))


def identifier(value: str, scheme: str | None = "0192") -> documents.Identifier:
    return documents.Identifier(value=value, scheme=scheme)


def vat_id(value: str) -> tuple[documents.TaxRegistration, ...]:
    return (documents.TaxRegistration(company_id=value, scheme="VAT"),)


def thirty_lines(tax: str) -> Change:
    """30 lines of 1.01: VAT is 7.58 on the sum, 7.50 when each line's 0.2525 is cut to 0.25."""
    inclusive = str(Decimal("30.30") + Decimal(tax))
    stated = {"line_extension": "30.30", "tax_exclusive": "30.30", "tax_inclusive": inclusive, "payable": inclusive}
    return amounts((line("1.01"),) * 30, tax_total(tax, vat("30.30", tax)), **stated)


def bought(net: str, quantity: str, price: str, *allowances: documents.AllowanceCharge, base: str | None = None) -> documents.Line:
    per = documents.Quantity(value=Decimal(base)) if base else None
    return msgspec.structs.replace(
        line(net),
        quantity=documents.Quantity(value=Decimal(quantity)),
        price=documents.Price(amount=Decimal(price), base_quantity=per),
        allowances=allowances,
    )


def allowance(charge: bool, amount: str) -> documents.AllowanceCharge:
    return documents.AllowanceCharge(charge=charge, amount=Decimal(amount))


def exempt(code: str, percent: Decimal | None) -> documents.TaxCategory:
    return documents.TaxCategory(code=code, percent=percent, exemption_code="VATEX-EU-O")


def free_of_vat(category: documents.TaxCategory) -> Change:
    return amounts(
        (line("1000.00", category),),
        tax_total("0.00", vat("1000.00", "0.00", category)),
        tax_inclusive="1000.00",
        payable="1000.00",
    )


BAD: dict[str, tuple[Change, tuple[tuple[str, str, str, str], ...]]] = {
    # case: change, then (code, field, value, suggestion) of every finding
    "no number": (invoice(number=" \t"), (("missing_number", "ID", "", ""),)),
    "number used": (subject(same_number="3f2c"), (("duplicate_number", "ID", "3f2c", ""),)),
    "twin": (subject(twin="10000"), (("possible_twin", "ID", "10000", ""),)),
    "invisible number": (invoice(number="\u200b\u3164"), (("missing_number", "ID", "", ""),)),
    "invisible buyer": (recipient(name="\u2060\u0301"), (("missing_buyer_name", "Name", "", ""),)),
    "no buyer": (recipient(name="\u00a0"), (("missing_buyer_name", "Name", "", ""),)),
    "no address": (recipient(address=None), (("missing_postal_address", "MailAddress", "", ""),)),
    "blank address": (address(street=" ", city="", postal_zone="\t"), (("missing_postal_address", "MailAddress", "", ""),)),
    "no street": (address(street=None), (("incomplete_postal_address", "MailAddress.AddressLine1", "", ""),)),
    "no city": (address(city=" "), (("incomplete_postal_address", "MailAddress.City", "", ""),)),
    "no post code": (address(postal_zone=None), (("incomplete_postal_address", "MailAddress.ZipCode", "", ""),)),
    "three digits": (address(postal_zone="503"), (("incomplete_postal_address", "MailAddress.ZipCode", "503", ""),)),
    "no country is Norway": (
        address(postal_zone="503", country=None),
        (("incomplete_postal_address", "MailAddress.ZipCode", "503", ""),),
    ),
    "two parts": (
        address(street=None, city=None),
        (
            ("incomplete_postal_address", "MailAddress.AddressLine1", "", ""),
            ("incomplete_postal_address", "MailAddress.City", "", ""),
        ),
    ),
    "street unknown": (address(street="UKJENT"), (("placeholder_postal_address", "MailAddress.AddressLine1", "UKJENT", ""),)),
    "address unknown": (
        address(street="Adresse ukjent."),
        (("placeholder_postal_address", "MailAddress.AddressLine1", "Adresse ukjent.", ""),),
    ),
    "city dash": (address(city=" - "), (("placeholder_postal_address", "MailAddress.City", "-", ""),)),
    "city xxx": (address(city="Xxx"), (("placeholder_postal_address", "MailAddress.City", "Xxx", ""),)),
    "code 0000": (address(postal_zone="0000"), (("placeholder_postal_address", "MailAddress.ZipCode", "0000", ""),)),
    "code dash": (address(postal_zone="-"), (("placeholder_postal_address", "MailAddress.ZipCode", "-", ""),)),
    "invisible street": (
        address(street="\u200b"),
        (("incomplete_postal_address", "MailAddress.AddressLine1", "", ""),),
    ),
    "filler for a street": (
        address(street="\u3164"),
        (("incomplete_postal_address", "MailAddress.AddressLine1", "", ""),),
    ),
    "invisible sign in the code": (
        address(postal_zone="50\u200b03"),
        (("incomplete_postal_address", "MailAddress.ZipCode", "50[U+200B]03", ""),),
    ),
    "no such country": (address(country="XX"), (("unknown_country", "MailAddress.CountryCode", "XX", ""),)),
    "country by name": (
        address(country="Sverige", postal_zone="111 22"),
        (("unknown_country", "MailAddress.CountryCode", "SVERIGE", "SE"),),
    ),
    "no such code": (address(postal_zone="5030"), (("unknown_post_code", "MailAddress.ZipCode", "5030", ""),)),
    **{
        f"no address: {text}": (
            address(street=text),
            (("placeholder_postal_address", "MailAddress.AddressLine1", text, ""),),
        )
        for text in (
            *("Mangler adresse", "Ingen postadresse", "Ukjend", "Uoppgitt", "uten adresse", "Hemmelig adresse", "SPERRET ADRESSE"),
            *("N.A.", "n/a", "Adresse", "Poststed", "0000 Ukjent", "9999 ukjent", "Adresse er ukjent"),
            *("ukjent poststed", "Ikkje oppgjeve", "Uten fast bopel", "Fortrolig", "Ukjent adresse."),
        )
    },
    "number with NO and MVA on the card": (
        card(organisation_number="NO 974 760 673 MVA"),
        (("decorated_organisation_number", "OrganizationNumber", "NO 974 760 673 MVA", "974760673"),),
    ),
    "wrong number with NO and MVA on the card": (
        card(organisation_number="NO 974 760 674 MVA"),
        (("wrong_organisation_number", "OrganizationNumber", "NO974760674MVA", ""),),
    ),
    "line with a base quantity of 0": (
        invoice(lines=(bought("400.00", "3", "133.335"), bought("600.00", "1", "600", base="0"))),
        (("line_amount_differs", "InvoiceLine.LineExtensionAmount", "600.00", "NaN"),),
    ),
    "digits of another script": (
        address(postal_zone="\u0665\u0660\u0660\u0663"),
        (("incomplete_postal_address", "MailAddress.ZipCode", "\u0665\u0660\u0660\u0663", ""),),
    ),
    "misspelt place": (
        address(city="Bregen"),
        (("post_code_of_another_place", "MailAddress.City", "5003 Bregen", "5003 BERGEN"),),
    ),
    "code of another place": (
        address(city="Voss"),
        (("post_code_of_another_place", "MailAddress.City", "5003 Voss", "5703 VOSS, 5003 BERGEN"),),
    ),
    "EHF to nobody": (
        lambda good: card(organisation_number="", delivery_type="EHF")(
            buyer(company_id=None, endpoint=None, tax_registrations=())(good)
        ),
        (("ehf_without_organisation_number", "OrganizationNumber", "", ""),),
    ),
    "EHF to a person": (
        lambda good: card(organisation_number="", is_person=True, delivery_type="EHF")(
            buyer(company_id=None, endpoint=None, tax_registrations=())(good)
        ),
        (("ehf_without_organisation_number", "OrganizationNumber", "", ""),),
    ),
    "endpoint without number": (
        lambda good: card(organisation_number="")(buyer(company_id=None, endpoint=identifier(" "), tax_registrations=())(good)),
        (("ehf_without_organisation_number", "OrganizationNumber", "", ""),),
    ),
    "old scheme": (
        buyer(endpoint=identifier("974760674", "9908")),
        (("wrong_organisation_number", "OrganizationNumber", "974760674", ""),),
    ),
    "address differs": (
        subject(card_address_differs=True),
        (("address_differs_from_card", "MailAddress", "Storgata 1 5003 Bergen", ""),),
    ),
    "card number": (card(organisation_number="974760674"), (("wrong_organisation_number", "OrganizationNumber", "974760674", ""),)),
    "company id": (buyer(company_id=identifier("12")), (("wrong_organisation_number", "OrganizationNumber", "12", ""),)),
    "bare company id": (buyer(company_id=identifier("12", None)), (("wrong_organisation_number", "OrganizationNumber", "12", ""),)),
    "endpoint": (buyer(endpoint=identifier("974760674")), (("wrong_organisation_number", "OrganizationNumber", "974760674", ""),)),
    "VAT id": (
        buyer(tax_registrations=vat_id("NO 974 760 674 MVA")),
        (("wrong_organisation_number", "OrganizationNumber", "974760674", ""),),
    ),
    "person's number": (
        card(organisation_number="01010750160"),
        (("wrong_organisation_number", "OrganizationNumber", "010107*****", ""),),
    ),
    "seller": (
        seller(company_id=identifier("991825828"), endpoint=None, tax_registrations=()),
        (("wrong_seller_organisation_number", "AccountingSupplierParty.CompanyID", "991825828", ""),),
    ),
    "no lines": (
        amounts((), tax_total("0", vat("0", "0")), line_extension="0", tax_exclusive="0", tax_inclusive="0", payable="0"),
        (("no_lines", "InvoiceLine", "", ""), ("zero_payable", "LegalMonetaryTotal.PayableAmount", "", "")),
    ),
    "three decimals": (
        invoice(totals=totals(payable="1250.000")),
        (("too_many_decimals", "Amount", "1250.000", ""),),
    ),
    "three decimals in a line": (
        invoice(lines=(line("400.004"), line("599.996"))),
        (("too_many_decimals", "Amount", "400.004", ""),),
    ),
    "quantity times price": (
        invoice(lines=(line("400.00"), msgspec.structs.replace(line("600.00"), price=documents.Price(amount=Decimal("599.98"))))),
        (("line_amount_differs", "InvoiceLine.LineExtensionAmount", "600.00", "599.98"),),
    ),
    "the line that is farthest off": (
        invoice(lines=(bought("400.00", "1", "405"), bought("600.00", "2", "250"))),
        (("line_amount_differs", "InvoiceLine.LineExtensionAmount", "600.00", "500.00"),),
    ),
    "allowance of a line forgotten": (
        invoice(lines=(line("400.00"), bought("600.00", "1", "600", allowance(False, "50")))),
        (("line_amount_differs", "InvoiceLine.LineExtensionAmount", "600.00", "550.00"),),
    ),
    "lines": (
        invoice(lines=(line("400.00"), line("600.01"))),
        (("sum_of_lines_differs", "LegalMonetaryTotal.LineExtensionAmount", "1000.00", "1000.01"),),
    ),
    "charge forgotten": (
        invoice(totals=totals(charge_total="10.00")),
        (("totals_do_not_add_up", "LegalMonetaryTotal.TaxExclusiveAmount", "1000.00", "1010.00"),),
    ),
    "VAT forgotten": (
        amounts(GOOD.invoice.lines, GOOD.invoice.tax_totals[0], tax_inclusive="1000.00", payable="1000.00"),
        (("totals_do_not_add_up", "LegalMonetaryTotal.TaxInclusiveAmount", "1000.00", "1250.00"),),
    ),
    "prepaid forgotten": (
        invoice(totals=totals(prepaid="100.00")),
        (("totals_do_not_add_up", "LegalMonetaryTotal.PayableAmount", "1250.00", "1150.00"),),
    ),
    "VAT off by 0.50": (
        amounts(GOOD.invoice.lines, tax_total("250.50", vat("1000.00", "250.50")), tax_inclusive="1250.50", payable="1250.50"),
        (("vat_does_not_add_up", "TaxTotal.TaxSubtotal.TaxAmount", "250.50", "250.00"),),
    ),
    "VAT off by more than the lines explain": (
        thirty_lines("7.27"),
        (("vat_does_not_add_up", "TaxTotal.TaxSubtotal.TaxAmount", "7.27", "7.58"),),
    ),
    "VAT where there is none": (
        amounts((line("1000.00", VAT_0),), tax_total("250.00", vat("1000.00", "250.00", VAT_0))),
        (("vat_does_not_add_up", "TaxTotal.TaxSubtotal.TaxAmount", "250.00", "0.00"),),
    ),
    "standard rate of nothing": (
        free_of_vat(documents.TaxCategory(code="S", percent=Decimal(0))),
        (("vat_rate_unlike_category", "TaxTotal.TaxSubtotal.TaxCategory", "S 0 %", ""),),
    ),
    "exempt at a rate": (
        amounts(GOOD.invoice.lines, tax_total("250.00", vat("1000.00", "250.00", exempt("E", Decimal(25)))), payable="1250.00"),
        (("vat_rate_unlike_category", "TaxTotal.TaxSubtotal.TaxCategory", "E 25 %", ""),),
    ),
    **{
        f"{code} without a reason": (
            free_of_vat(documents.TaxCategory(code=code, percent=Decimal(0), exemption_reason=" ")),
            (("missing_exemption_reason", "TaxTotal.TaxSubtotal.TaxCategory", code, ""),),
        )
        for code in ("E", "AE", "K", "G", "O")
    },
    "VAT total": (
        amounts(GOOD.invoice.lines, tax_total("249.00", vat("1000.00", "250.00")), tax_inclusive="1249.00", payable="1249.00"),
        (("vat_does_not_add_up", "TaxTotal.TaxAmount", "249.00", "250.00"),),
    ),
    "VAT base": (
        amounts(GOOD.invoice.lines, tax_total("25.00", vat("100.00", "25.00")), tax_inclusive="1025.00", payable="1025.00"),
        (("vat_does_not_add_up", "TaxTotal.TaxSubtotal.TaxableAmount", "100.00", "1000.00"),),
    ),
    "list total": (
        subject(source_total=Decimal("1000.00")),
        (("source_total_differs", "TotalAmount", "1000.00", "1250.00"),),
    ),
    "rounded by a krone": (
        lambda good: invoice(totals=totals(rounding="-1.00", payable="1249.00"))(subject(source_total=None)(good)),
        (("rounding_too_large", "LegalMonetaryTotal.PayableRoundingAmount", "-1.00", ""),),
    ),
    "negative": (
        amounts(
            (line("-1000.00"),),
            tax_total("-250.00", vat("-1000.00", "-250.00")),
            line_extension="-1000.00",
            tax_exclusive="-1000.00",
            tax_inclusive="-1250.00",
            payable="-1250.00",
        ),
        (("negative_payable", "LegalMonetaryTotal.PayableAmount", "-1250.00", ""),),
    ),
    "zero": (
        lambda good: invoice(totals=totals(prepaid="1250.00", payable="0.00"))(subject(source_total=Decimal(0))(good)),
        (("zero_payable", "LegalMonetaryTotal.PayableAmount", "", ""),),
    ),
    "currency NKR": (
        invoice(currency="NKR", tax_totals=(tax_total("250.00", vat("1000.00", "250.00"), currency="NKR"),)),
        (("unknown_currency", "DocumentCurrencyCode", "NKR", ""),),
    ),
    "currency XXX": (invoice(currency="XXX"), (("unknown_currency", "DocumentCurrencyCode", "XXX", ""),)),
    "currency blank": (invoice(currency=" "), (("unknown_currency", "DocumentCurrencyCode", "", ""),)),
    "due yesterday": (
        invoice(due_date=dt.date(2026, 11, 1)),
        (("due_date_before_invoice_date", "DueDate", "2026-11-01", ""),),
    ),
    "due in 181 days": (
        invoice(due_date=dt.date(2027, 5, 2)),
        (("due_date_far_ahead", "DueDate", "2027-05-02", ""),),
    ),
    "dated in eight days": (
        subject(business_date=dt.date(2026, 10, 25)),
        (("invoice_date_in_the_future", "IssueDate", "2026-11-02", ""),),
    ),
    "dated 366 days ago": (
        subject(business_date=dt.date(2027, 11, 3)),
        (("invoice_date_long_ago", "IssueDate", "2026-11-02", ""),),
    ),
    "no due date": (invoice(due_date=None), (("missing_due_date", "DueDate", "", ""),)),
    "no account": (means(account=" "), (("missing_account", "PayeeFinancialAccount.ID", "", ""),)),
    "no payment means": (invoice(payment_means=()), (("missing_account", "PayeeFinancialAccount.ID", "", ""),)),
    "account": (means(account="86011117948"), (("wrong_account", "PayeeFinancialAccount.ID", "86011117948", ""),)),
    "account of ten": (means(account="8601111794"), (("wrong_account", "PayeeFinancialAccount.ID", "8601111794", ""),)),
    "IBAN": (means(account="NO9386011117948"), (("wrong_account", "PayeeFinancialAccount.ID", "NO9386011117948", ""),)),
    "e-mail": (recipient(emails=("post@firma",)), (("invalid_email", "InvoiceEmailAddress", "post@firma", ""),)),
    "second e-mail": (
        recipient(emails=("post@firma.no", "kari@@firma.no")),
        (("invalid_email", "InvoiceEmailAddress", "kari@@firma.no", ""),),
    ),
    "e-mail with blank": (
        recipient(emails=("kari nordmann@firma.no",)),
        (("invalid_email", "InvoiceEmailAddress", "kari nordmann@firma.no", ""),),
    ),
    "e-mail of nothing": (recipient(emails=("\u200b",)), (("invalid_email", "InvoiceEmailAddress", "[U+200B]", ""),)),
    "misspelt service": (
        recipient(emails=("a@firma.no", "kari@gmial.com")),
        (("email_domain_typo", "InvoiceEmailAddress", "kari@gmial.com", "kari@gmail.com"),),
    ),
    "wrong syntax with a guess": (
        recipient(emails=("kari@hotmail.no1",)),
        (("invalid_email", "InvoiceEmailAddress", "kari@hotmail.no1", "kari@hotmail.no"),),
    ),
    "two kinds of wrong": (
        recipient(emails=("kari@firma", "ola@outlok.com")),
        (
            ("invalid_email", "InvoiceEmailAddress", "kari@firma", ""),
            ("email_domain_typo", "InvoiceEmailAddress", "ola@outlok.com", "ola@outlook.com"),
        ),
    ),
    "elements": (
        invoice(not_carried=("Invoice/cac:Signature", "Invoice/ext:UBLExtensions")),
        (("element_not_carried", "Element", "Invoice/cac:Signature, Invoice/ext:UBLExtensions", ""),),
    ),
}

CLEAN: dict[str, Change] = {
    "good": subject(),
    "Swedish address": address(postal_zone="111 22", country="SE", city="Stockholm"),
    "abroad without post code": address(postal_zone=None, country="AE", city="Dubai"),
    "abroad with a code for none": address(postal_zone="0000", country="AE", city="Dubai"),
    "no country": address(country=None),
    "country in small letters": address(country="no"),
    "post office box": address(street=None, line="Postboks 1"),
    "place named Å": address(city="Å", postal_zone="7165", country="DK"),
    "Bø": address(city="Bø", postal_zone="3800"),
    "abbreviated place": address(city="Kr.sand", postal_zone="4610"),
    "old spelling of a place": address(city="Aalesund", postal_zone="6002"),
    "code before the place": address(city="N-5003 Bergen"),
    "Swedish place with a Norwegian code": address(postal_zone="5003", country="SE", city="Stockholm"),
    "Svalbard": address(postal_zone="9170", country="SJ", city="Longyearbyen"),
    "EHF with a number": card(delivery_type="EHF"),
    "EHF abroad": lambda good: card(
        organisation_number="", delivery_type="EHF", address=msgspec.structs.replace(ADDRESS, country="SE")
    )(buyer(company_id=None, endpoint=identifier("5560360793", "0007"), tax_registrations=())(good)),
    "person by letter": lambda good: card(organisation_number="", is_person=True, delivery_type="Print")(
        buyer(company_id=None, endpoint=None, tax_registrations=())(good)
    ),
    "a line one øre off": invoice(lines=(line("400.00"), bought("600.00", "3", "200.003"))),
    "price per hundred": invoice(lines=(line("400.00"), bought("600.00", "250", "240", base="100"))),
    "charge and allowance of a line": invoice(
        lines=(line("400.00"), bought("600.00", "1", "600", allowance(False, "50"), allowance(True, "50")))
    ),
    "rounded by 99 øre": lambda good: invoice(totals=totals(rounding="0.99", payable="1250.99"))(subject(source_total=None)(good)),
    **{
        f"{code} with a reason": free_of_vat(exempt(code, None if code == "O" else Decimal(0)))
        for code in ("E", "AE", "K", "G", "O")
    },
    "Z needs no reason": free_of_vat(documents.TaxCategory(code="Z", percent=Decimal(0))),
    "Canary Islands": free_of_vat(documents.TaxCategory(code="L", percent=Decimal(0))),
    "due in 180 days": invoice(due_date=dt.date(2027, 5, 1)),
    "dated in a week": subject(business_date=dt.date(2026, 10, 26)),
    "dated a year ago": subject(business_date=dt.date(2027, 11, 2)),
    "real services": recipient(emails=("a@mail.com", "b@live.no", "c@ymail.com", "d@me.com", "e@online.no")),
    "street named after a placeholder": address(street="Ukjentveien 3"),
    **{
        f"street: {text}": address(street=text)
        for text in ("Adressegata 2", "Ingeniør Ryens vei 1", "Utenfor 3", "0000 Ukjentgata 1")
    },
    "Kosovo": address(country="XK", postal_zone="10000", city="Pristina"),
    "Sámi name of a place": address(postal_zone="9730", city="Kárášjohka"),
    "company id with NO and MVA": buyer(company_id=identifier("NO974760673MVA")),
    "card without number": card(organisation_number=" "),
    "person": card(is_person=True, organisation_number="123"),
    "no card": subject(card=None),
    "foreign card": card(organisation_number="556036-0793", address=msgspec.structs.replace(ADDRESS, country="SE")),
    "foreign company id": buyer(company_id=identifier("5560360793", "0007")),
    "foreign VAT id": buyer(tax_registrations=vat_id("SE556036079301")),
    "tax register": buyer(tax_registrations=(documents.TaxRegistration(company_id="Foretaksregisteret", scheme="TAX"),)),
    "sole trader without MVA": seller(tax_registrations=vat_id("NO991825827")),
    "rounded per line": thirty_lines("7.50"),
    "rounded on the sum": thirty_lines("7.58"),
    "whole kroner": lambda good: invoice(totals=totals(rounding="0.50", payable="1250.50"))(subject(source_total=None)(good)),
    "allowance and charge": amounts(
        GOOD.invoice.lines,
        tax_total("225.00", vat("900.00", "225.00")),
        allowance_total="150.00",
        charge_total="50.00",
        tax_exclusive="900.00",
        tax_inclusive="1125.00",
        payable="1125.00",
    ),
    "two rates": amounts(
        (line("400.00"), line("600.00", VAT_0)),
        tax_total("100.00", vat("400.00", "100.00"), vat("600.00", "0.00", VAT_0)),
        tax_inclusive="1100.00",
        payable="1100.00",
    ),
    "VAT in two currencies": invoice(
        currency="EUR", tax_totals=(tax_total("2900.00"), tax_total("250.00", vat("1000.00", "250.00"), currency="EUR"))
    ),
    "no list total": subject(source_total=None),
    "credit note, list total negative": lambda good: credit_note()(subject(source_total=Decimal("-1250.00"))(good)),
    "credit note without due date and account": credit_note(due_date=None, payment_means=()),
    "credit note with due date in payment means": credit_note(
        due_date=None, payment_means=(documents.PaymentMeans(code="30", account="86011117947", due_date=dt.date(2026, 12, 1)),)
    ),
    "due the same day": invoice(due_date=dt.date(2026, 11, 2)),
    "IBAN": means(account="NO93 8601 1117 947"),
    "dots in the account": means(account="8601.11.17947"),
    "no e-mail": recipient(emails=()),
    "e-mails": recipient(emails=("kari.nordmann+faktura@regnskap.firma.no", "post@blåbær.no", "PRINTONLY@factoringfinans.no")),
}


@pytest.fixture(scope="module")
def seen() -> Seen:
    changes = {f"bad: {name}": change for name, (change, _) in BAD.items()} | {f"clean: {name}": c for name, c in CLEAN.items()}
    subjects = (msgspec.structs.replace(change(GOOD), id=id_) for id_, change in enumerate(changes.values()))
    found = checking.check(subjects, blocking.Rules())
    return dict(zip(changes, (found[id_] for id_ in range(len(changes))), strict=True))


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_found_and_nothing_else(seen: Seen, name: str) -> None:
    found = [(finding.code, finding.field, finding.value, finding.suggestion) for finding in seen[f"bad: {name}"]]
    assert found == list(BAD[name][1])


@pytest.mark.parametrize("name", CLEAN)
def test_a_look_alike_is_clean(seen: Seen, name: str) -> None:
    assert seen[f"clean: {name}"] == ()


def test_every_code_of_a_suite_is_in_the_table() -> None:
    in_table = {code for _, found in BAD.values() for code, *_ in found}
    assert in_table == weights.DEFAULTS.keys() - weights.FOUND_BY_TASKS


def test_a_finding_holds_what_its_code_holds(seen: Seen) -> None:
    (missing,) = seen["bad: no address"]
    assert (missing.severity, missing.holds) == ("block", ("distribute",))
    (differs,) = seen["bad: lines"]
    assert (differs.severity, differs.holds) == ("block", ("book", "distribute"))
    (element,) = seen["bad: elements"]
    assert (element.severity, element.holds) == ("warn", ("channel:ehf",))
