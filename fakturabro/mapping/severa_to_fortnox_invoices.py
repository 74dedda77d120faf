"""A sales invoice in Severa -> the invoice that Fortnox makes of it. What cannot be said in Fortnox the suite has found before.

Source: ../shared/source_documents/003_0143db2a19b18167.txt, "Fakturaer og fakturarader" (field_tables has the rows);
fortnox-v3.openapi.json (fortnox_InvoicePayload).
Assumed: "Bestilt antall" is DeliveredQuantity; a negative quantity credits; a text is a row without article, quantity and price.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, TypedDict

import msgspec

from fakturabro.mapping import carried_invoices as carried
from fakturabro.mapping import invoice_messages as messages
from fakturabro.mapping import mapped
from fakturabro.systems.fortnox import invoice_wire
from fakturabro.systems.severa import invoice_wire as severa_wire


class _Receiver(TypedDict):
    customer_name: str | None
    address1: str | None
    address2: str | None
    zip_code: str | None
    city: str | None
    country: str | None


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """The invoice to be made, what it must come to (VAT within the margin), and what the transfer log says of it."""

    new: invoice_wire.NewInvoice
    net: Decimal
    vat: Decimal
    vat_margin: Decimal = Decimal(0)
    not_carried: tuple[mapped.NotCarried, ...] = ()
    notes: tuple[str, ...] = ()


def to_invoice(source: carried.Source, known: carried.Known, settings: carried.Settings) -> Mapped:
    """The invoice that Fortnox is to make. Raises KeyError for a customer that it does not have: the suite has found it before."""
    return _Draft(source, known, settings).mapped()


class _Draft:
    """One invoice as it is put together, and what is said of it."""

    def __init__(self, source: carried.Source, known: carried.Known, settings: carried.Settings) -> None:
        self._source, self._one, self._known, self._settings = source, source.invoice, known, settings
        self._not_carried: list[mapped.NotCarried] = []
        self._notes: list[str] = []

    def mapped(self) -> Mapped:
        one, (above, remarks, below) = self._one, carried.texts(self._source, self._settings)
        rows = [made for row in self._source.rows for made in self._rows(row)]
        self._leave("entryDate", one.entry_date, messages.NO_ENTRY_DATE)
        new = invoice_wire.NewInvoice(
            customer_number=self._known.customers[carried.customer(one)],
            external_invoice_reference1=one.guid,
            invoice_date=_day(one.date),
            due_date=_day(one.due_date),
            document_number=str(one.number) if self._settings.severa_numbers else None,
            currency=carried.currency(one),
            currency_rate=self._rate(),
            terms_of_payment=self._terms(),
            our_reference=mapped.plain(one.our_reference) or None,
            your_reference=mapped.plain(one.your_reference) or None,
            your_order_number=mapped.plain(one.order_number) or None,
            remarks=remarks or None,
            language=self._language(),
            credit_invoice_reference=self._credited(),
            vat_included=False,
            administration_fee=Decimal(0),  # the customer's or the company's own settings add one otherwise
            freight=Decimal(0),
            invoice_rows=[*_text(above), *rows, *_text(below)],
            **self._receiver(),
        )
        net, vat = (money.amount if money and money.amount else Decimal(0) for money in (one.total_excluding_tax, one.total_tax))
        margin = carried.vat_margin(self._source, self._settings)
        return Mapped(new=new, net=net, vat=vat, vat_margin=margin, not_carried=tuple(self._not_carried), notes=tuple(self._notes))

    def _rows(self, row: severa_wire.InvoiceRow) -> list[invoice_wire.NewRow]:
        first, *others = carried.text_rows(row.description or "") or [""]
        number = carried.article(row, self._known)
        account = self._settings.account if number is None or row.vat_rate not in carried.SWEDISH else None
        if number is None and row.code:
            self._leave("code", ", ".join(row.code), messages.NO_ARTICLE.format(account=account))
        made = invoice_wire.NewRow(
            article_number=number,
            description=first or None,
            delivered_quantity=carried.plain(row.quantity or Decimal(0)),
            price=carried.amount(row),
            unit=mapped.plain(row.measurement_unit) or None,
            vat=int(row.vat_rate or 0),
            account_number=account,
            project=self._project(row),
        )
        return [made, *_text(others)]

    def _project(self, row: severa_wire.InvoiceRow) -> str | None:
        guids = self._source.row_projects.get(row.guid, ())
        names = {one.guid: one for one in self._one.projects or []}
        said = ", ".join(str(names[guid].number or names[guid].name) if guid in names else guid for guid in guids)
        if guids and not self._settings.carries_projects:
            self._leave("project", said, messages.PROJECTS_NOT_CARRIED)
        elif len(guids) > 1:
            self._leave("project", said, messages.SEVERAL_PROJECTS)
        elif guids:
            return self._known.projects.get(guids[0])
        return None

    def _rate(self) -> Decimal | None:
        found = carried.rate(self._source, self._settings)
        if found is not None and found != self._one.currency_rate:
            self._notes.append(messages.RATE_GIVEN.format(rate=f"{found:f}", currency=carried.currency(self._one)))
        return found

    def _terms(self) -> str | None:
        days = "" if self._one.payment_term is None else str(self._one.payment_term)
        if days and days not in self._known.terms:
            self._leave("paymentTerm", days, messages.NO_TERMS)
        return days if days in self._known.terms else None

    def _language(self) -> Literal["SV", "EN"] | None:
        code = ((self._one.language.code if self._one.language else None) or "").lower()
        if not code:
            return None
        if code[:2] in ("sv", "en"):
            return "SV" if code[:2] == "sv" else "EN"
        self._leave("language", code, messages.OTHER_LANGUAGE.format(language=self._settings.other_languages))
        return self._settings.other_languages

    def _credited(self) -> str | None:
        original = carried.credited(self._one)
        number = self._known.invoices.get(original)
        if original and number is None:
            shown = self._one.reimburse_invoice
            self._leave("reimburseInvoice", str(shown.number or original) if shown else original, messages.ORIGINAL_UNKNOWN)
        return number

    def _receiver(self) -> _Receiver:
        one, pays = self._one.receiver_address or severa_wire.Receiver(), self._one.billing_customer or self._one.customer
        first, *others = mapped.plain(one.addressline).split("\n")
        return {
            "customer_name": mapped.plain(self._one.receiver_customer_name or (pays.name if pays else "")) or None,
            "address1": first or None,
            "address2": ", ".join(line.strip() for line in others if line.strip()) or None,
            "zip_code": mapped.plain(one.postal_code) or None,
            "city": ", ".join(filter(None, (mapped.plain(one.city), mapped.plain(one.state)))) or None,
            "country": mapped.plain(one.country) or None,
        }

    def _leave(self, name: str, value: object, why: str) -> None:
        if value:
            self._not_carried.append(mapped.NotCarried(name=name, value=str(value), why=why))


def _text(pieces: Iterable[str]) -> list[invoice_wire.NewRow]:
    return [invoice_wire.NewRow(description=piece) for piece in pieces]


def _day(day: dt.date | None) -> dt.date:
    if day is None:
        raise ValueError("the suite lets no invoice through without a date and a due date")
    return day
