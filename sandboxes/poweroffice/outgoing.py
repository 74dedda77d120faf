"""Outgoing invoices of v2, the same documents as v1's Factoring service shows.

Assumed: VoucherNo is the invoice number plus 200000; the voucher is sent when it is created; Balance is in the client's
currency and nothing is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandboxes.poweroffice import listing
from sandboxes.poweroffice import state as state_

_VOUCHERS_FROM = 200000
_OERE = Decimal("0.01")


def filtered(client: state_.Client, query: Mapping[str, str]) -> list[state_.Invoice]:
    """The invoices that all filters let through, by voucher number. Raises listing.FilterError."""
    rows = sorted(client.invoices.values(), key=lambda one: (one.number, one.created))
    for name, make in _FILTERS.items():
        if text := query.get(name, "").strip():
            wanted = make(text)
            rows = [one for one in rows if wanted(one)]
    return rows


def shown(invoice: state_.Invoice, client: state_.Client) -> dict[str, Any]:
    """OutgoingInvoiceDto."""
    card = client.card(invoice.customer_number) or {}
    net, total = (_posted(amount, invoice.exchange_rate) for amount in (invoice.net, invoice.total))
    return {
        "Id": invoice.id,
        "VoucherType": "OutgoingInvoice" if invoice.kind == "invoice" else "OutgoingCreditNote",
        "InvoiceNo": invoice.number,
        "VoucherNo": _VOUCHERS_FROM + invoice.number,
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
        "NetPostedAmount": net,
        "TotalPostedAmount": total,
        "Balance": total,
        "BalanceLastChangedDateTimeOffset": invoice.created,
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
            "NetPostedAmount": _posted(line.net, invoice.exchange_rate),
            "TotalPostedAmount": _posted(line.net + line.vat, invoice.exchange_rate),
            "VatCode": line.vat_code,
            "VatRate": line.vat_rate,
            "AccountNo": 3000,
        }
        for number, line in enumerate(invoice.lines)
    ]


def _posted(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate).quantize(_OERE, ROUND_HALF_UP)


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


def _only_when(answer: bool) -> Callable[[str], _Wanted]:
    return lambda text: lambda one: text.lower() != "true" or answer


_FILTERS: dict[str, Callable[[str], _Wanted]] = {
    "invoiceNos": _number(lambda one: one.number),
    "voucherNos": _number(lambda one: _VOUCHERS_FROM + one.number),
    "customerNos": _number(lambda one: one.customer_number),
    "invoiceIds": _ids,
    "sentDateTimeOffsetGreaterThan": _after,
    "balanceLastChangedDateTimeOffsetGreaterThan": _after,
    "fromDate": _from,
    "toDate": _to,
    "onlyUnpaidInvoices": _only_when(answer=True),
    "onlyCreatedByCurrentIntegration": _only_when(answer=False),
}
