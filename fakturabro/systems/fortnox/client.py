"""Fortnox: supplier invoices to pay, and payments of suppliers' and customers' invoices, registered and bookkept once.

Fortnox has no key of ours on a payment. What tells a payment is the invoice, the day and the amount: before one is registered the
payments of its invoice are read, and one that stands there is bookkept, not made again. `nth` is which of several like payments of
an invoice on one day is meant. Fortnox has no place to say that an invoice was sent for payment, or that a payment was refused.

Source: fortnox-v3.openapi.json (fortnox_SupplierInvoices, fortnox_SupplierInvoicePayments, fortnox_InvoicePayments).
Assumed: the list of supplier payments takes `lastmodified` as all lists do (where not, more is read and nothing lost); the
balance of an invoice is in its own currency; a payment in kronor needs `Amount` only, in another currency `AmountCurrency` only.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal, NamedTuple

from fakturabro.remote import errors
from fakturabro.systems.fortnox import messages, registers, session, wire

Ledger = Literal["supplier", "customer"]
KRONOR = "SEK"
_BACK = dt.timedelta(days=31)


class _Kind(NamedTuple):
    path: str
    one: str
    many: str


_KINDS: dict[Ledger, _Kind] = {
    "supplier": _Kind("/supplierinvoicepayments", "SupplierInvoicePayment", "SupplierInvoicePayments"),
    "customer": _Kind("/invoicepayments", "InvoicePayment", "InvoicePayments"),
}


class Fortnox:
    """Version 3 for one tenant. All methods raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    async def fetch_supplier_invoices(self, listing: Literal["unpaid", "authorizepending"]) -> list[wire.Listed]:
        """One of Fortnox's lists of supplier invoices; those in `authorizepending` are not approved yet."""
        pages = self._calls.pages("/supplierinvoices", "SupplierInvoices", wire.Listed, {"filter": listing})
        return list({row.given_number: row async for page in pages for row in page}.values())

    async def fetch_supplier_invoice(self, given_number: str) -> wire.SupplierInvoice:
        """One supplier invoice: only it, not the list, has OCR, and whether a payment is under way."""
        answer = await self._calls.send("GET", f"/supplierinvoices/{session.quoted(given_number)}", changes=False)
        return session.unwrap(answer, "SupplierInvoice", wire.SupplierInvoice)

    async def fetch_supplier(self, number: str) -> wire.Supplier:
        """One supplier, with its accounts."""
        answer = await self._calls.send("GET", f"/suppliers/{session.quoted(number)}", changes=False)
        return session.unwrap(answer, "Supplier", wire.Supplier)

    async def fetch_open_customer_invoices(self) -> list[wire.CustomerInvoice]:
        """Every invoice to customers that is not paid."""
        pages = self._calls.pages("/invoices", "Invoices", wire.CustomerInvoice, {"filter": "unpaid"})
        return [row async for page in pages for row in page]

    async def fetch_locked_until(self) -> dt.date | None:
        """The last day of the locked period; None where nothing is locked."""
        return await registers.Registers(self._calls).fetch_locked_until()

    async def find_payments(self, ledger: Ledger, payment: wire.NewPayment) -> list[wire.Payment]:
        """Payments of the same invoice on the same day and of the same amount that stand there, the bookkept first."""
        kind = _KINDS[ledger]
        since = f"{payment.payment_date - _BACK:%Y-%m-%d} 00:00"
        params: dict[str, str | int] = {"lastmodified": since}
        if ledger == "customer":
            params = {"invoicenumber": payment.invoice_number}
        pages = self._calls.pages(kind.path, kind.many, wire.Payment, params)
        found = [row async for page in pages for row in page]
        same = [row for row in found if str(row.invoice_number) == str(payment.invoice_number) and _is_same(payment, row)]
        return sorted(same, key=lambda row: (not row.booked, int(row.number)))

    async def book(self, ledger: Ledger, payment: wire.NewPayment, nth: int = 1) -> wire.Payment:
        """Register and bookkeep one payment, from wherever it stopped before. A change: settled by find_payments.

        Raises AlreadyDelivered with what stands there bookkept, Rejected where Fortnox registered another amount or
        did not bookkeep.
        """
        kind, standing = _KINDS[ledger], await self.find_payments(ledger, payment)
        if len(standing) >= nth and standing[nth - 1].booked:
            raise errors.AlreadyDelivered(messages.registered_already(standing[nth - 1].number), standing[nth - 1])
        if len(standing) < nth and ledger == "supplier":
            await self._require_owed(payment)
        made = standing[nth - 1] if len(standing) >= nth else await self._register(kind, payment)
        address = f"{kind.path}/{session.quoted(str(made.number))}/bookkeep"
        try:
            booked = session.unwrap(await self._calls.send("PUT", address, changes=True), kind.one, wire.Payment)
        except errors.Rejected as error:
            raise errors.Rejected(
                messages.not_bookkept(made.number, error.detail), detail=error.detail, status=error.status
            ) from None
        if not booked.booked:
            raise errors.Rejected(messages.not_bookkept(made.number, ""), detail=str(made.number))
        return booked

    async def _require_owed(self, payment: wire.NewPayment) -> None:
        """Somebody may have registered the payment by hand, or by another connection to the bank."""
        invoice = await self.fetch_supplier_invoice(str(payment.invoice_number))
        ours, owed = payment.amount or payment.amount_currency or Decimal(0), invoice.balance or Decimal(0)
        if invoice.cancelled or owed < ours:
            message = messages.less_owed(payment.invoice_number, owed, ours)
            raise errors.Rejected(message, detail=message)

    async def _register(self, kind: _Kind, payment: wire.NewPayment) -> wire.Payment:
        answer = await self._calls.send("POST", kind.path, changes=True, content=wire.encode(kind.one, payment))
        made = session.unwrap(answer, kind.one, wire.Payment)
        if not _is_same(payment, made):
            amount = payment.amount if payment.amount is not None else payment.amount_currency or Decimal(0)
            raise errors.Rejected(messages.another_amount(made.number, made.amount, amount), detail=str(made.number))
        return made


def _is_same(payment: wire.NewPayment, standing: wire.Payment) -> bool:
    """Whether day, currency and amount agree; in another currency than kronor the amount is the invoice's."""
    if standing.payment_date != payment.payment_date or (standing.currency or KRONOR) != (payment.currency or KRONOR):
        return False
    if payment.amount is not None:
        return standing.amount == payment.amount
    return payment.amount_currency in (standing.amount_currency, standing.amount)
