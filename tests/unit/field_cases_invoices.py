"""The rows of the field tables of sales invoices: each carries a value of its own through the mapping that the station uses.

By table and both names of the row: what came out, and what should. What goes the other way is sent by tasks (tests/runs).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from fakturabro.mapping import carried_invoices
from fakturabro.mapping import severa_to_fortnox_invoices as mapping
from fakturabro.systems.severa import invoice_wire, wire

DAY = dt.date(2026, 11, 20)
KNOWN = carried_invoices.Known(
    customers={"c": "10001"},
    projects={"p": "501", "q": "502"},
    articles={"200"},
    units={"st"},
    terms={"30"},
    invoices={"old": "900"},
)
SETTINGS = carried_invoices.Settings(severa_numbers=True)
Case = Callable[[], tuple[object, object]]


def row(**fields: Any) -> invoice_wire.InvoiceRow:
    price = wire.Money(amount=fields.pop("price", Decimal("100.10")), currency_code="SEK")
    stated = {"guid": "r", "description": "Rapport", "quantity": Decimal("2.5"), "vat_rate": Decimal(25), "code": ["200"]}
    return invoice_wire.InvoiceRow(**{**stated, "measurement_unit": "st", "unit_price": price, **fields})


def source(*rows: invoice_wire.InvoiceRow, projects: tuple[str, ...] = ("p",), home: str = "SEK", **fields: Any) -> Any:
    """An invoice of these rows, all of the same projects, with sums that are right; fields as in Severa."""
    items = rows or (row(),)
    sums = carried_invoices.sums(items)
    net, vat = sums.net, min(sums.vats)
    stated: dict[str, Any] = {
        "guid": "f1e2",
        "number": 1001,
        "date": DAY,
        "due_date": DAY + dt.timedelta(days=30),
        "currency": wire.Named(code="SEK"),
        "billing_customer": wire.Named(guid="c", name="Fjord AS", number=10001),
        "total_excluding_tax": wire.Money(amount=net),
        "total_tax": wire.Money(amount=vat),
        "total_including_tax": wire.Money(amount=net + vat),
    }
    one = invoice_wire.Invoice(**stated | fields)
    by_row = {item.guid: projects for item in items}
    return carried_invoices.Source(invoice=one, rows=items, row_projects=by_row, home_currency=home)


def header(name: str, expected: object, settings: carried_invoices.Settings = SETTINGS, **fields: Any) -> Case:
    return lambda: (getattr(mapping.to_invoice(source(**fields), KNOWN, settings).new, name), expected)


def item(name: str, expected: object, projects: tuple[str, ...] = ("p",), **fields: Any) -> Case:
    def run() -> tuple[object, object]:
        made = mapping.to_invoice(source(row(**fields), projects=projects), KNOWN, SETTINGS)
        return getattr(made.new.invoice_rows[0], name), expected

    return run


def left(name: str, value: str, **fields: Any) -> Case:
    """The value is said in the transfer log instead."""

    def run() -> tuple[object, object]:
        made = mapping.to_invoice(source(**fields), KNOWN, SETTINGS)
        return [(one.name, one.value) for one in made.not_carried], [(name, value)]

    return run


def texts(place: int, **fields: Any) -> Case:
    def run() -> tuple[object, object]:
        made = mapping.to_invoice(source(**fields), KNOWN, SETTINGS).new.invoice_rows
        text = made[place]
        return (len(made), text.description, text.delivered_quantity, text.price), (2, "Uke 46", None, None)

    return run


def address() -> tuple[object, object]:
    one = invoice_wire.Receiver(
        addressline="Storgatan 5\nPort B\n", postal_code="211 42", city="MALMÖ", state="Skåne", country="Sverige"
    )
    made = mapping.to_invoice(source(receiver_address=one), KNOWN, SETTINGS).new
    found = (made.address1, made.address2, made.zip_code, made.city, made.country)
    return found, ("Storgatan 5", "Port B", "211 42", "MALMÖ, Skåne", "Sverige")


def tells_payment() -> tuple[object, object]:
    """It goes to Severa when Fortnox has it, see test_sales_invoices; nothing of it goes to Fortnox, and it counts as no change."""
    content = carried_invoices.content
    return content(source(payment_date=DAY), severa_numbers=True), content(source(), severa_numbers=True)


def text(value: str) -> invoice_wire.Text:
    return invoice_wire.Text(value=f"<b>{value}</b>", plain_text=value)


CASES: Mapping[tuple[str, str, str], Case] = {
    ("invoices", "date", "Fakturadato"): header("invoice_date", DAY),
    ("invoices", "dueDate", "Forfallsdato"): header("due_date", DAY, due_date=DAY),
    ("invoices", "paymentDate", "Betalingsdato"): tells_payment,
    ("invoices", "entryDate", "Dato for registrering"): left("entryDate", "2026-11-20", entry_date=DAY),
    ("invoices", "paymentTerm", "Betalingsbetingelser"): header("terms_of_payment", "30", payment_term=30),
    ("invoices", "ourReference", "Eget referanse"): header("our_reference", "Kari", our_reference="Kari "),
    ("invoices", "yourReference", "Din referanse"): header("your_reference", "Ola", your_reference="Ola"),
    ("invoices", "currency_code", "Valuta"): header("currency", "EUR", currency=wire.Named(code="EUR"), currency_rate=Decimal(11)),
    ("invoices", "billingCustomer_name", "Kunde"): header("customer_name", "Fjord AS"),
    ("invoices", "billingCustomer_number", "Kunde"): header("customer_number", "10001"),
    ("invoices", "notes", "Fakturatekst"): header("remarks", "Takk", notes="Takk"),
    ("invoices", "freeText1 (above rows)", "Fakturatekst (over rader)"): texts(0, free_text1=text("Uke 46")),
    ("invoices", "freeText2 (below rows)", "Fakturatekst (under rader)"): texts(1, free_text2=text("Uke 46")),
    ("invoices", "language", "Språk"): header("language", "EN", language=wire.Named(code="en-GB")),
    ("invoices", "receiverAddress", "Faktureringsadresse"): address,
    ("invoices", "number", "Dokumentnummer"): header("document_number", "1001"),
    ("invoice_rows", "description", "Navn"): item("description", "Rådgivning", description="Rådgivning"),
    ("invoice_rows", "quantity", "Bestilt antall"): item("delivered_quantity", "0.3333", quantity=Decimal("0.33330")),
    ("invoice_rows", "unitPrice_amount", "Pris per enhet"): item("price", Decimal("0.0125"), price=Decimal("0.0125")),
    ("invoice_rows", "measurementUnit", "Enhet"): item("unit", "st"),
    ("invoice_rows", "vatRate", "MVA"): item("vat", 0, vat_rate=Decimal(0)),
    ("invoice_rows", "code", "Artikkelnr"): item("article_number", "200"),
    ("invoice_rows", "project", "PR"): item("project", "502", projects=("q",)),
}
