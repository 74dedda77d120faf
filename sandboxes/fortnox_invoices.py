"""Invoices to Fortnox's customers: made, listed, shown, marked as sent, cancelled.

Rows are rounded to the öre each. A rate of VAT that is none of Sweden's needs an account. A bookkept payment lowers the balance.

Source: fortnox-v3.openapi.json (fortnox_InvoicePayload, fortnox_Invoice, fortnox_InvoiceListItem; error 2004167).
Assumed: that an inactive customer or article is refused, that a number is taken once, every other code and all words; how totals
are rounded; without a rate the currency's own is taken; the reference is filtered without regard to case and for parts of it; a
bookkept invoice is not cancelled; a cancelled one has no balance.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import clock, control, fortnox_books, fortnox_registers

Row = dict[str, Any]
_MOST_ROWS = 500
_SWEDISH = (0, 6, 12, 25)
_ORE = Decimal("0.01")
_LISTED = ("DocumentNumber", "CustomerNumber", "CustomerName", "InvoiceDate", "DueDate", "Currency", "Total", "Balance")
_FLAGS = ("Sent", "Booked", "Cancelled", "FinalPayDate", "OCR", "Project", "ExternalInvoiceReference1", "ExternalInvoiceReference2")
_FILTERS = ("filter", "externalinvoicereference1", "customernumber", "documentnumber", "sent", "project", "ocr")
_PAID = {"fullypaid": lambda row: not row["Balance"], "unpaid": lambda row: bool(row["Balance"])}


class NewRow(msgspec.Struct, kw_only=True, rename="pascal", forbid_unknown_fields=True, omit_defaults=True):
    article_number: str | None = None
    description: str | None = None
    delivered_quantity: str | None = None
    price: Decimal | None = None
    unit: str | None = None
    vat: int | None = msgspec.field(name="VAT", default=None)
    account_number: int | None = None
    project: str | None = None


class New(msgspec.Struct, kw_only=True, rename="pascal", forbid_unknown_fields=True, omit_defaults=True):
    customer_number: str
    invoice_date: dt.date
    due_date: dt.date | None = None
    document_number: str | None = None
    currency: str = "SEK"
    currency_rate: Decimal | None = None
    external_invoice_reference1: str | None = None
    external_invoice_reference2: str | None = None
    terms_of_payment: str | None = None
    our_reference: str | None = None
    your_reference: str | None = None
    your_order_number: str | None = None
    remarks: str | None = None
    language: str | None = None
    project: str | None = None
    credit_invoice_reference: str | None = None
    customer_name: str | None = None
    address1: str | None = None
    address2: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country: str | None = None
    vat_included: bool | None = msgspec.field(name="VATIncluded", default=None)
    administration_fee: Decimal | None = None
    freight: Decimal | None = None
    not_completed: bool | None = None
    invoice_rows: list[NewRow] = []


LENGTHS = {
    "OurReference": 50,
    "YourReference": 50,
    "YourOrderNumber": 75,
    "Remarks": 1024,
    "ExternalInvoiceReference1": 80,
}


async def _list(request: Request, company: fortnox_books.Company) -> Response:
    name, wanted = fortnox_registers.one_filter(request, _FILTERS)
    field = {one.lower(): one for one in (*_LISTED, *_FLAGS)}.get(name, "")
    rows = [
        {key: row[key] for key in (*_LISTED, *_FLAGS) if row.get(key) is not None}
        for row in (*_balances(company), *company.invoices.values())
        if fortnox_registers.changed_since(request, company, "Invoices", row["DocumentNumber"])
        and (name != "filter" or _PAID.get(wanted, bool)(row))
        and (not field or wanted.lower() in str(row.get(field, "")).lower())
    ]
    return fortnox_registers.page(request, "Invoices", rows)


def _balances(company: fortnox_books.Company) -> list[Row]:
    """The invoices of which only what is left to pay is known."""
    return [
        {"DocumentNumber": number, "OCR": f"{number}8", "Balance": balance, "Currency": company.currency, "Booked": True}
        for number, balance in company.balances.items()
        if balance
    ]


async def _show(request: Request, company: fortnox_books.Company) -> Response:
    return control.json_response({"Invoice": _found(request, company)})


async def _send(request: Request, company: fortnox_books.Company) -> Response:
    row = _found(request, company)
    row["Sent"] = True
    company.modified[f"Invoices {row['DocumentNumber']}"] = clock.now()
    return control.json_response({"Invoice": row})


async def _cancel(request: Request, company: fortnox_books.Company) -> Response:
    row = _found(request, company)
    if row["Booked"]:
        raise fortnox_registers.RefusalError(2000588, "Fakturan är bokförd och kan inte makuleras.")
    row.update(Cancelled=True, Balance=Decimal(0))
    company.modified[f"Invoices {row['DocumentNumber']}"] = clock.now()
    return control.json_response({"Invoice": row})


def _found(request: Request, company: fortnox_books.Company) -> Row:
    row = company.invoices.get(request.path_params["number"])
    if row is None:
        raise fortnox_registers.RefusalError(2000434, "Kan inte hitta fakturan.", 404)
    return row


async def _make(request: Request, company: fortnox_books.Company) -> Response:
    given = fortnox_registers.read(await request.body(), "Invoice")
    try:
        new = msgspec.convert(given, New, strict=True)
    except msgspec.ValidationError as error:
        code = 2001399 if "unknown field" in str(error) else 2000106
        raise fortnox_registers.RefusalError(code, f"Felaktigt fält: {error}") from None
    customer = _require_valid(company, new, given)
    number = new.document_number or str(max((int(one) for one in (*company.invoices, *company.balances)), default=1000) + 1)
    if number in company.invoices or number in company.balances:
        raise fortnox_registers.RefusalError(2000588, f"Fakturanummer {number} används redan.")
    rows = [_row(one) for one in new.invoice_rows]
    net = sum((row["TotalExcludingVAT"] for row in rows), Decimal(0))
    vat = sum((_ore(row["TotalExcludingVAT"] * row.get("VAT", 0) / 100) for row in rows), Decimal(0))
    fee = company.fee if new.administration_fee is None else new.administration_fee
    unrounded = net + vat + fee + (new.freight or 0)
    total = unrounded.quantize(Decimal(1), ROUND_HALF_UP) if company.rounds else unrounded
    rate = Decimal(1) if new.currency == "SEK" else new.currency_rate or company.rates[new.currency]
    sums = {"Net": net, "TotalVAT": vat, "RoundOff": total - unrounded, "Total": total, "TotalToPay": total, "Balance": total}
    flags = {"Sent": False, "Booked": False, "Cancelled": False, "OCR": f"{number}8", "CurrencyRate": rate, "CurrencyUnit": 1}
    said = {name: value for name, value in given.items() if name != "InvoiceRows"}
    stated = {"CustomerName": customer["Name"], **said, "DocumentNumber": number, "Currency": new.currency}
    company.invoices[number] = {**stated, **sums, **flags, "AdministrationFee": fee, "InvoiceRows": rows}
    company.modified[f"Invoices {number}"] = clock.now()
    return control.json_response({"Invoice": company.invoices[number]}, 201)


def _row(one: NewRow) -> Row:
    total = _ore(Decimal(one.delivered_quantity or 0) * (one.price or 0))
    return {**msgspec.to_builtins(one, builtin_types=(Decimal,)), "Total": total, "TotalExcludingVAT": total}


def _ore(amount: Decimal) -> Decimal:
    return amount.quantize(_ORE, ROUND_HALF_UP)


def pay(company: fortnox_books.Company, number: str, amount: Decimal, day: dt.date) -> None:
    """A bookkept payment of an invoice that was made here."""
    row = company.invoices[number]
    row["Balance"] -= amount
    row.update({} if row["Balance"] else {"FinalPayDate": str(day)})
    company.modified[f"Invoices {number}"] = clock.now()


def _require_valid(company: fortnox_books.Company, new: New, given: Row) -> Row:
    """The invoice's customer. Raises RefusalError."""
    customer = company.registers.get("Customers", {}).get(new.customer_number)
    if customer is None or not customer["Active"]:
        raise fortnox_registers.RefusalError(2000433, "Kan inte hitta kunden.")
    if new.currency != "SEK" and new.currency not in company.rates:
        raise fortnox_registers.RefusalError(2000588, f"Kan inte hitta valutan {new.currency}.")
    if len(new.invoice_rows) > _MOST_ROWS:
        raise fortnox_registers.RefusalError(2000588, "Fakturan har för många rader.")
    for name, length in LENGTHS.items():
        fortnox_registers.require_text(name, given.get(name), length)
    for one in new.invoice_rows:
        _require_row(company, one)
    return customer


def _require_row(company: fortnox_books.Company, one: NewRow) -> None:
    fortnox_registers.require_text("Description", one.description, 255)
    known = {"Articles": one.article_number, "Projects": one.project}
    for many, number in known.items():
        row = company.registers.get(many, {}).get(number or "")
        if number and (row is None or row.get("Active") is False):
            raise fortnox_registers.RefusalError(2000588, f"Kan inte hitta {number}.")
    if one.unit and one.unit not in company.units:
        raise fortnox_registers.RefusalError(2000588, f"Kan inte hitta enheten {one.unit}.")
    if one.vat is not None and one.vat not in _SWEDISH and one.account_number is None:
        raise fortnox_registers.RefusalError(2004167, "Konto måste anges för en egen momssats.")


def routes() -> list[tuple[str, str, fortnox_registers.Endpoint]]:
    """Method, path under /3, and who answers."""
    table: list[tuple[str, str, fortnox_registers.Endpoint]] = [
        ("GET", "/invoices", _list),
        ("POST", "/invoices", _make),
        ("GET", "/invoices/{number}", _show),
        ("PUT", "/invoices/{number}/externalprint", _send),
        ("PUT", "/invoices/{number}/cancel", _cancel),
    ]
    return [(method, path, fortnox_registers.guarded(call)) for method, path, call in table]
