"""Invoices to Fortnox's customers: made once, held against what was meant, marked as sent, and followed until they are paid.

Fortnox has no key of ours but a reference that it does not hold unique: before an invoice is made, those with the
reference are read. Reading a print or an e-mail of an invoice sends it, so nothing here does.

Source: fortnox-v3.openapi.json (fortnox_Invoices).
Assumed: a cancelled invoice does not keep its reference; the filter on the reference may find more than it names; the total is net,
VAT, the fees and the rounding together; of two numbers that Fortnox gave the lower is the older.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Iterator
from decimal import Decimal

import msgspec

from fakturabro.remote import errors
from fakturabro.systems.fortnox import client, invoice_wire, messages, session

MOST_ROWS = 500
"""More rows than this Fortnox does not take."""
_ANOTHER, _OURS = "en annen", "den som ble sendt"
"""Of texts: they may name people."""
_JSON = msgspec.json.Encoder(decimal_format="number")


class Invoicing:
    """One tenant's invoices to customers. All methods raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    def fetch_invoices(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[invoice_wire.ListedInvoice]]:
        """Pages of invoices as the list has them: sent, paid, cancelled; changed in the minute of `changed_since` or later."""
        return self._calls.pages("/invoices", "Invoices", invoice_wire.ListedInvoice, session.since(changed_since))

    async def fetch_invoice(self, number: str) -> invoice_wire.Invoice:
        """One invoice with its rows."""
        answer = await self._calls.send("GET", f"/invoices/{session.quoted(number)}", changes=False)
        return session.unwrap(answer, "Invoice", invoice_wire.Invoice)

    async def find_invoices(self, reference: str) -> list[invoice_wire.ListedInvoice]:
        """The invoices that have exactly this reference and are not cancelled."""
        asked = {"externalinvoicereference1": reference}
        pages = self._calls.pages("/invoices", "Invoices", invoice_wire.ListedInvoice, asked)
        found = [row async for page in pages for row in page]
        return [row for row in found if row.external_invoice_reference1 == reference and not row.cancelled]

    async def add_invoice(
        self, new: invoice_wire.NewInvoice, net: Decimal, vat: Decimal, vat_margin: Decimal = Decimal(0)
    ) -> invoice_wire.Invoice:
        """Make an invoice that comes to `net` and `vat` in its currency; `vat_margin`: how much less or more VAT may be.

        A change: settled by find_invoices.

        Raises AlreadyDelivered with the one that has the reference, Rejected where what was made is another than was meant:
        it then stands in Fortnox, and a person must cancel it.
        """
        if standing := await self.find_invoices(new.external_invoice_reference1):
            number = oldest(standing)
            raise errors.AlreadyDelivered(messages.stands_already("Faktura", number), await self.fetch_invoice(number))
        answer = await self._calls.send("POST", "/invoices", changes=True, content=_JSON.encode({"Invoice": new}))
        made = session.unwrap(answer, "Invoice", invoice_wire.Invoice)
        if unlike := [*differences(new, made, net, vat, vat_margin)]:
            raise errors.Rejected(messages.another_invoice(made.document_number, unlike), detail=made.document_number)
        return made

    async def mark_sent(self, number: str) -> invoice_wire.Invoice:
        """Say that an invoice was sent otherwise. Nothing leaves Fortnox by it. It may be said again."""
        answer = await self._calls.send("PUT", f"/invoices/{session.quoted(number)}/externalprint", changes=True)
        return session.unwrap(answer, "Invoice", invoice_wire.Invoice)

    async def cancel(self, number: str) -> invoice_wire.Invoice:
        """Strike an invoice out that must not count; its number stays used. It may be said again. Raises Rejected."""
        answer = await self._calls.send("PUT", f"/invoices/{session.quoted(number)}/cancel", changes=True)
        found = session.unwrap(answer, "Invoice", invoice_wire.Invoice)
        if not found.cancelled:
            raise errors.Rejected(messages.not_cancelled(number), detail=number)
        return found


def oldest(some: Iterable[invoice_wire.ListedInvoice | invoice_wire.Invoice]) -> str:
    """The number of the one that was made first: Fortnox numbers upwards."""
    return min((one.document_number for one in some), key=lambda number: (len(number), number))


def unrounded(made: invoice_wire.Invoice) -> Decimal | None:
    """What an invoice comes to with VAT and all that Fortnox adds to it, before it is made whole kronor."""
    return None if made.total is None else made.total - (made.round_off or 0)


def differences(
    new: invoice_wire.NewInvoice,
    made: invoice_wire.Invoice,
    net: Decimal,
    vat: Decimal,
    vat_margin: Decimal = Decimal(0),
) -> Iterator[tuple[str, object, object]]:
    """What of an invoice stands otherwise than it was meant: what, how it stands, how it was meant."""
    is_near = made.total_vat is not None and abs(made.total_vat - vat) <= vat_margin
    pairs: list[tuple[str, object, object]] = [
        ("kunde", made.customer_number, new.customer_number),
        ("fakturadato", made.invoice_date, new.invoice_date),
        ("forfall", made.due_date, new.due_date),
        ("valuta", made.currency, new.currency),
        ("kurs", made.currency_rate, new.currency_rate),
        ("fakturanummer", made.document_number, new.document_number),
        ("referanse", made.external_invoice_reference1, new.external_invoice_reference1),
        ("sum uten mva", made.net, net),
        ("mva", vat if is_near else made.total_vat, vat),
        (
            "sum med mva før øreavrunding",
            unrounded(made),
            net + (made.total_vat if is_near and made.total_vat is not None else vat),
        ),
        ("antall rader", len(made.invoice_rows), len(new.invoice_rows)),
    ]
    for place, (stands, ours) in enumerate(zip(made.invoice_rows, new.invoice_rows, strict=False), start=1):
        quantity = None if ours.delivered_quantity is None else Decimal(ours.delivered_quantity)
        pairs += [
            (f"rad {place}, tekst", *_texts(stands, ours)),
            (f"rad {place}, artikkel", stands.article_number, ours.article_number),
            (f"rad {place}, antall", stands.delivered_quantity, quantity),
            (f"rad {place}, pris", stands.price, ours.price),
            (f"rad {place}, mva", stands.vat, ours.vat),
            (f"rad {place}, prosjekt", stands.project, ours.project),
        ]
    yield from (pair for pair in pairs if pair[2] is not None and pair[1] != pair[2])
    if new.currency != client.KRONOR and made.currency_rate == 1:
        yield "kurs", 1, "kursen på fakturadatoen"


def _texts(stands: invoice_wire.Row, ours: invoice_wire.NewRow) -> tuple[object, object]:
    is_same = ours.description is None or (stands.description or "").strip() == ours.description.strip()
    return (None, None) if is_same else (_ANOTHER, _OURS)
