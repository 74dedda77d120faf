"""What of v2 shows the books: chart, VAT codes, lock date, departments, projects, transactions, trial balance, open items.

Source: poweroffice-go-v2.openapi.yaml.
Assumed: expired VAT codes are left out; a transaction's amount is without its VAT, which stands on an
account of its own; ids of entries.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandboxes import clock, control
from sandboxes.poweroffice import books, ledgers, listing
from sandboxes.poweroffice import state as state_


async def chart(request: Request, client: state_.Client) -> Response:
    return listing.among(request, "accountNos", [client.books.chart[number] for number in sorted(client.books.chart)], "AccountNo")


async def vat_codes(request: Request, client: state_.Client) -> Response:
    today = clock.now().date().isoformat()
    return listing.answer(request, [one for one in client.books.vat_codes.values() if (one["ValidTo"] or today) >= today])


async def lock_date(_: Request, client: state_.Client) -> Response:
    return control.json_response({"LockDate": client.books.locked_until})


async def departments(request: Request, client: state_.Client) -> Response:
    return _dimensions(request, "codes", client.books.departments)


async def projects(request: Request, client: state_.Client) -> Response:
    return _dimensions(request, "projectCodes", client.books.projects)


async def transactions(request: Request, client: state_.Client) -> Response:
    first, last = (listing.date(request.query_params.get(name, "")) for name in ("fromDate", "toDate"))
    rows = [_transaction(*one, client) for one in ledgers.entries(client, first, last)]
    return listing.among(request, "accountNos", rows, "AccountNo")


async def trial_balance(request: Request, client: state_.Client) -> Response:
    stands = ledgers.trial_balance(client, listing.date(request.query_params.get("date", "")))
    rows = [
        {"AccountId": one["Id"], "AccountNo": number, "AccountName": one["Name"], "Balance": stands[number]}
        for number, one in sorted(client.books.chart.items())
    ]
    return listing.among(request, "accountNos", rows, "AccountNo")


async def open_items(request: Request, client: state_.Client) -> Response:
    day = listing.date(request.query_params.get("date", ""))
    rows = [_open_item(one, client) for one in ledgers.open_items(client, day)]
    return listing.among(request, "customerNos", rows, "CustomerAccountNo")


def _dimensions(request: Request, name: str, known: dict[str, int]) -> Response:
    wanted = {part.strip() for part in request.query_params.get(name, "").split(",") if part.strip()}
    rows = [{"Id": id_, "Code": code, "Name": f"Kode {code}", "IsActive": True} for code, id_ in known.items()]
    return listing.answer(request, [row for row in rows if row["Code"] in (wanted or known)])


def _head(voucher: books.Voucher, entry: books.Entry) -> dict[str, Any]:
    """What both ledgers show of an entry."""
    at = next(at for at, one in enumerate(voucher.entries) if one is entry)
    stated = {"Id": voucher.number * 1000 + at, "VoucherId": voucher.id, "VoucherNo": voucher.number}
    days: dict[str, dt.date | dt.datetime] = {"VoucherDate": voucher.date, "PostingDate": entry.day}
    days |= dict.fromkeys(("CreatedDateTimeOffset", "LastChangedDateTimeOffset"), voucher.created)
    amounts = {"Amount": entry.amount, "CurrencyAmount": entry.currency_amount, "CurrencyCode": entry.currency}
    kept = {"ExternalImportReference": voucher.reference, "DepartmentId": entry.department, "ProjectId": entry.project}
    return {**stated, **days, **amounts, **kept, "VoucherType": voucher.kind, "CustomerAccountNo": entry.customer}


def _transaction(voucher: books.Voucher, entry: books.Entry, client: state_.Client) -> dict[str, Any]:
    vat, reverses = client.books.vat_codes[entry.vat], voucher.reverses or (None, None)
    return {
        **_head(voucher, entry),
        "AccountId": client.books.chart[entry.account]["Id"],
        "AccountNo": entry.account,
        "SupplierAccountNo": entry.supplier,
        "Description": entry.description,
        "IsReversed": voucher.is_reversed,
        "ReversedVoucherId": reverses[0],
        "ReversedVoucherNo": reverses[1],
        **{"VatId": entry.vat, "VatCode": vat["Code"], "VatRate": vat["Rate"], "VatAmount": entry.vat_amount},
    }


def _open_item(item: ledgers.Item, client: state_.Client) -> dict[str, Any]:
    entry, card = item.entry, client.card(item.entry.customer or 0) or {}
    is_invoice = item.voucher.kind in ("OutgoingInvoice", "OutgoingCreditNote")
    return {
        **_head(item.voucher, entry),
        "Balance": item.balance,
        "CustomerId": card.get("Id"),
        "CustomerName": card.get("Name"),
        "InvoiceNo": entry.invoice if is_invoice else None,
        "Cid": entry.cid,
        "DueDate": entry.due,
        "MatchId": item.match,
        "IsCreatedByCurrentIntegration": item.voucher.reference is not None,
    }
