"""Outgoing invoices of v2, the same documents as v1's Factoring service shows.

Assumed: VoucherNo is the invoice number plus 200000; the voucher is sent when it is created; Balance is in the client's currency.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sandboxes.poweroffice import ledgers, listing
from sandboxes.poweroffice import state as state_

_Paid = Mapping[ledgers.Invoiced, ledgers.Paid]


def filtered(client: state_.Client, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """The invoices that all filters let through, by voucher number. Raises listing.FilterError."""
    paid, rows = ledgers.paid(client), sorted(client.invoices.values(), key=lambda one: (one.number, one.created))
    for name, make in _FILTERS.items():
        if text := query.get(name, "").strip():
            wanted = make(text)
            rows = [one for one in rows if wanted(one)]
    if text := query.get("balanceLastChangedDateTimeOffsetGreaterThan", "").strip():
        since = listing.moment(text)
        rows = [one for one in rows if _changed(one, paid) > since]
    unpaid = query.get("onlyUnpaidInvoices", "").lower() == "true"
    return [_shown(one, client, paid) for one in rows if not unpaid or ledgers.balance(one, paid)]


def one(invoice: state_.Invoice, client: state_.Client) -> dict[str, Any]:
    """OutgoingInvoiceDto."""
    return _shown(invoice, client, ledgers.paid(client))


def _shown(invoice: state_.Invoice, client: state_.Client, paid: _Paid) -> dict[str, Any]:
    card = client.card(invoice.customer_number) or {}
    return {
        "Id": invoice.id,
        "VoucherType": "OutgoingInvoice" if invoice.kind == "invoice" else "OutgoingCreditNote",
        "InvoiceNo": invoice.number,
        "VoucherNo": ledgers.VOUCHERS_FROM + invoice.number,
        "VoucherDate": invoice.invoice_date,
        "DueDate": invoice.due_date,
        "SentDateTimeOffset": invoice.created,
        "CreatedDateTimeOffset": invoice.created,
        "LastChangedDateTimeOffset": invoice.changed or invoice.created,
        "CustomerId": card.get("Id"),
        "CustomerNo": invoice.customer_number,
        "CurrencyCode": invoice.currency,
        "CurrencyExchangeRate": invoice.exchange_rate,
        "NetAmount": invoice.net,
        "TotalAmount": invoice.total,
        "NetPostedAmount": ledgers.rounded(invoice.net * invoice.exchange_rate),
        "TotalPostedAmount": ledgers.total(invoice),
        "Balance": ledgers.balance(invoice, paid),
        "BalanceLastChangedDateTimeOffset": _changed(invoice, paid),
        "Cid": invoice.kid,
        "RelatedInvoiceNo": invoice.original_number,
        "InvoiceDeliveryType": invoice.delivery_type,
        "IsReversed": False,
        "IsCreatedByCurrentIntegration": False,
        "ProjectCode": invoice.project_code,
    }


def lines(invoice: state_.Invoice) -> list[dict[str, Any]]:
    """OutgoingInvoiceLineDto in the order of the document."""
    return [
        {
            "Id": number + 1,
            "SortOrder": number,
            "LineType": "Normal",
            "Description": line.description,
            "ProductCode": line.product,
            "Quantity": line.quantity,
            "ProductUnitPrice": line.price,
            "UnitOfMeasureCode": line.unit,
            "Allowance": line.allowance,
            "NetAmount": line.net,
            "VatAmount": line.vat,
            "TotalAmount": line.net + line.vat,
            "NetPostedAmount": ledgers.rounded(line.net * invoice.exchange_rate),
            "TotalPostedAmount": ledgers.rounded((line.net + line.vat) * invoice.exchange_rate),
            "VatCode": line.vat_code,
            "VatRate": line.vat_rate,
            "AccountNo": 3000,
        }
        for number, line in enumerate(invoice.lines)
    ]


def _changed(invoice: state_.Invoice, paid: _Paid) -> dt.datetime:
    found = paid.get((invoice.customer_number, str(invoice.number)))
    return (found and found.changed) or invoice.created


_Wanted = Callable[[state_.Invoice], bool]


def _number(read: Callable[[state_.Invoice], int]) -> Callable[[str], _Wanted]:
    def make(text: str) -> _Wanted:
        wanted = listing.numbers(text)
        return lambda one: wanted(read(one))

    return make


def _after(text: str) -> _Wanted:
    since = listing.moment(text)
    return lambda one: one.created > since


def _from(text: str) -> _Wanted:
    first = listing.date(text)
    return lambda one: one.invoice_date >= first


def _to(text: str) -> _Wanted:
    last = listing.date(text)
    return lambda one: one.invoice_date <= last


def _ids(text: str) -> _Wanted:
    wanted = {part.strip().lower() for part in text.split(",")}
    return lambda one: one.id in wanted


_FILTERS: dict[str, Callable[[str], _Wanted]] = {
    "invoiceNos": _number(lambda one: one.number),
    "voucherNos": _number(lambda one: ledgers.VOUCHERS_FROM + one.number),
    "customerNos": _number(lambda one: one.customer_number),
    "invoiceIds": _ids,
    "sentDateTimeOffsetGreaterThan": _after,
    "fromDate": _from,
    "toDate": _to,
    "onlyCreatedByCurrentIntegration": lambda text: lambda _: text.lower() != "true",
}
