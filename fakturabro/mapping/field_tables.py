"""The five field tables of the source document, row by row, as data: which fields belong together, and which are kept in step.

A row with the mark goes over with every change in the master; one without goes over when the thing is made. Invoices and costs have
no marks. `to_fortnox` and `to_severa` name the field that the row ends in there; where there is none, `why` says so.

Source: ../shared/source_documents/003_0143db2a19b18167.txt, "Teknisk beskrivelse (feltmatch)"; a contract test compares.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class FieldRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the document has it, in its own words, with where it goes in the two interfaces."""

    severa: str
    fortnox: str
    continuous: bool = False
    to_fortnox: str = ""
    to_severa: str = ""
    why: str = ""


CUSTOMERS = (
    FieldRow(severa="Navn", fortnox="Navn", continuous=True, to_fortnox="Name", to_severa="name"),
    FieldRow(severa="Nummer", fortnox="Kundenummer", to_fortnox="CustomerNumber", to_severa="number"),
    FieldRow(severa="Notater", fortnox="Notater", continuous=True, to_fortnox="Comments", to_severa="notes"),
    FieldRow(severa="E-post", fortnox="E-post", continuous=True, to_fortnox="Email", to_severa="email"),
    FieldRow(severa="Telefon", fortnox="Telefon", continuous=True, to_fortnox="Phone1", to_severa="phone of the billing address"),
    FieldRow(severa="Webside", fortnox="Webside", continuous=True, to_fortnox="WWW", to_severa="website"),
    FieldRow(severa="Mva-nummer", fortnox="Mva-nummer", continuous=True, to_fortnox="VATNumber", to_severa="vatNumber"),
    FieldRow(severa="Kvk-nummer", fortnox="Kvk-nummer", why="Fortnox has no such field"),
    FieldRow(severa="Valuta", fortnox="Valuta", continuous=True, to_fortnox="Currency", to_severa="currency"),
    FieldRow(
        severa="Betalingsbetingelser",
        fortnox="Betalingsbetingelser",
        continuous=True,
        to_fortnox="TermsOfPayment, a code that must exist",
        to_severa="paymentTerm, in days",
    ),
    FieldRow(
        severa="Efaktura adresse",
        fortnox="Efaktura adresse",
        continuous=True,
        to_fortnox="GLN, where it is one",
        to_severa="eInvoiceAddress",
        why="Fortnox has no field for other addresses",
    ),
    FieldRow(severa="Efaktura operatør", fortnox="Efaktura operatør", continuous=True, why="Fortnox has no such field"),
    FieldRow(
        severa="Faktureringsadresse",
        fortnox="Faktureringsadresse",
        continuous=True,
        to_fortnox="Address1, Address2, ZipCode, City, CountryCode",
        to_severa="the first billing address",
    ),
    FieldRow(
        severa="Postadresse",
        fortnox="Postadresse",
        continuous=True,
        to_fortnox="DeliveryAddress1, DeliveryAddress2, DeliveryZipCode, DeliveryCity, DeliveryCountryCode",
        to_severa="the first postal address",
    ),
    FieldRow(
        severa="Besøksadresse",
        fortnox="Besøksadresse",
        continuous=True,
        to_fortnox="VisitingAddress, VisitingZipCode, VisitingCity, VisitingCountryCode",
        to_severa="the first visiting address",
    ),
)
PROJECTS = (
    FieldRow(severa="Navn", fortnox="Beskrivelse", to_fortnox="Description, 50 characters"),
    FieldRow(severa="Nummer", fortnox="Prosjektnummer", to_fortnox="ProjectNumber"),
    FieldRow(severa="isClosed / false", fortnox="Status", continuous=True, to_fortnox="Status ONGOING"),
    FieldRow(severa="isClosed / true", fortnox="Status", continuous=True, to_fortnox="Status COMPLETED, where the setting says so"),
    FieldRow(severa="Beskrivelse", fortnox="Kommentarer", to_fortnox="Comments, 512 characters"),
    FieldRow(severa="Prosjekt startdato", fortnox="Prosjekt startdato", to_fortnox="StartDate"),
)
INVOICES = (
    FieldRow(severa="date", fortnox="Fakturadato", to_fortnox="InvoiceDate"),
    FieldRow(severa="dueDate", fortnox="Forfallsdato", to_fortnox="DueDate"),
    FieldRow(severa="paymentDate", fortnox="Betalingsdato", to_severa="paymentDate, where the status before is not read-only"),
    FieldRow(severa="entryDate", fortnox="Dato for registrering", why="Fortnox sets it itself"),
    FieldRow(severa="paymentTerm", fortnox="Betalingsbetingelser", to_fortnox="TermsOfPayment, a code that must exist"),
    FieldRow(severa="ourReference", fortnox="Eget referanse", to_fortnox="OurReference, 50 characters"),
    FieldRow(severa="yourReference", fortnox="Din referanse", to_fortnox="YourReference, 50 characters"),
    FieldRow(severa="currency_code", fortnox="Valuta", to_fortnox="Currency, with CurrencyRate"),
    FieldRow(severa="billingCustomer_name", fortnox="Kunde", to_fortnox="CustomerName"),
    FieldRow(severa="billingCustomer_number", fortnox="Kunde", to_fortnox="CustomerNumber"),
    FieldRow(severa="notes", fortnox="Fakturatekst", to_fortnox="Remarks, 1024 characters"),
    FieldRow(severa="freeText1 (above rows)", fortnox="Fakturatekst (over rader)", to_fortnox="rows of text above, or Remarks"),
    FieldRow(severa="freeText2 (below rows)", fortnox="Fakturatekst (under rader)", to_fortnox="rows of text below, or Remarks"),
    FieldRow(severa="language", fortnox="Språk", to_fortnox="Language, SV or EN"),
    FieldRow(severa="receiverAddress", fortnox="Faktureringsadresse", to_fortnox="Address1, Address2, ZipCode, City, Country"),
    FieldRow(severa="number", fortnox="Dokumentnummer", to_fortnox="DocumentNumber", to_severa="number, where Fortnox numbers"),
)
INVOICE_ROWS = (
    FieldRow(severa="description", fortnox="Navn", to_fortnox="Description"),
    FieldRow(severa="quantity", fortnox="Bestilt antall", to_fortnox="DeliveredQuantity"),
    FieldRow(severa="unitPrice_amount", fortnox="Pris per enhet", to_fortnox="Price"),
    FieldRow(severa="measurementUnit", fortnox="Enhet", to_fortnox="Unit, a code that must exist"),
    FieldRow(severa="vatRate", fortnox="MVA", to_fortnox="VAT, whole percents"),
    FieldRow(severa="code", fortnox="Artikkelnr", to_fortnox="ArticleNumber, where there is one"),
    FieldRow(severa="project", fortnox="PR", to_fortnox="Project, where there is one"),
)
ARTICLES = (
    FieldRow(severa="Navn", fortnox="Beskrivelse", to_fortnox="Description", to_severa="name"),
    FieldRow(severa="Nummer", fortnox="Artikkelnr", to_fortnox="ArticleNumber", to_severa="code"),
    FieldRow(severa="isActive", fortnox="Aktiv", to_fortnox="Active", to_severa="isActive"),
    FieldRow(
        severa="Enhet",
        fortnox="Enhet",
        continuous=True,
        to_fortnox="Unit, a code that must exist",
        to_severa="measurementUnit",
        why="work types have none",
    ),
    FieldRow(severa="MVA", fortnox="MVA", continuous=True, to_fortnox="VAT", to_severa="vatRate", why="work types have none"),
)
COSTS = (
    FieldRow(severa="description", fortnox="Fakturadato", to_severa="description, its first part"),
    FieldRow(severa="description", fortnox="Kjøpsfakturanummer", to_severa="description, its second part"),
    FieldRow(severa="description", fortnox="Leverandørnavn", to_severa="description, its third part"),
    FieldRow(severa="eventDate", fortnox="Fakturadato", to_severa="eventDate"),
    FieldRow(
        severa="productType", fortnox="-", to_severa="product, that of the row's article or the default one; its type follows"
    ),
    FieldRow(severa="unitCost/amount", fortnox="Debit", to_severa="unitCost, in kronor, less what is credit"),
    FieldRow(severa="unitPrice/amount", fortnox="Debit", to_severa="unitPrice, in kronor, less what is credit"),
)
TABLES: Mapping[str, tuple[FieldRow, ...]] = {
    "customers": CUSTOMERS,
    "projects": PROJECTS,
    "invoices": INVOICES,
    "invoice_rows": INVOICE_ROWS,
    "articles": ARTICLES,
    "costs": COSTS,
}
"""By what they are about; the document has the header and the rows of invoices in one table."""
NAME = "Navn"
"""The row of a name: without one nothing can be made."""
_CONTINUOUS = {table: frozenset(row.severa for row in rows if row.continuous) for table, rows in TABLES.items()}
_NAMES = {table: frozenset(row.severa for row in rows) for table, rows in TABLES.items()}


def is_continuous(table: str, severa: str) -> bool:
    """Whether the row with this name on Severa's side has the mark. Raises KeyError for a name that no row has.

    >>> is_continuous("customers", "Notater"), is_continuous("customers", "Nummer")
    (True, False)
    """
    if severa not in _NAMES[table]:
        raise KeyError(f"{table}: no row {severa!r}")
    return severa in _CONTINUOUS[table]
