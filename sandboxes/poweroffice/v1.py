"""API v1: the Factoring service. JSON is camelCase, enumerations are numbers, errors are HTTP 200 with success:false.

Source: https://github.com/PowerOffice/go-api-documentation docs/api/reference/rest/service_factoring.md and docs/api/rest/.
Assumed: dates are written "2026-01-31" and timestamps "2026-01-31T07:58:57+00:00"; values that are null are left out (the
vendor says so); totalAmount is negative on credit notes, as in v2; AvailableInvoices goes on showing what is delivered, so
IsDelivered is worth filtering on; without $top everything comes; summaries of refusals other than OData's; nothing follows the
status Forfeit; 401 as ASP.NET words it; 429 as in v2.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandboxes import clock, control
from sandboxes.poweroffice import odata, tokens
from sandboxes.poweroffice import state as state_

_FIELDS: dict[str, tuple[type, Callable[[state_.Invoice], Any]]] = {
    "Id": (str, lambda one: one.id),
    "CustomerCode": (int, lambda one: one.customer_number),
    "CustomerEmail": (str, lambda one: one.customer_email),
    "TotalAmount": (Decimal, lambda one: one.total),
    "InvoiceNo": (int, lambda one: one.number),
    "InvoiceDeliveryDate": (dt.datetime, lambda one: None),
    "InvoiceDate": (dt.datetime, lambda one: _midnight(one.invoice_date)),
    "DueDate": (dt.datetime, lambda one: _midnight(one.due_date)),
    "CreatedDate": (dt.datetime, lambda one: one.created),
    "IsDelivered": (bool, lambda one: one.is_delivered),
    "OriginalInvoiceNo": (int, lambda one: one.original_number),
    "FactoringInvoiceStatus": (int, lambda one: one.status),
    "FactoringInvoiceStatusDescription": (str, lambda one: one.status_description),
    "DebtorEmailAddress": (str, lambda one: one.debtor_email),
    "DebtorPhoneNumber": (str, lambda one: one.debtor_phone),
    "ProjectCode": (str, lambda one: one.project_code),
}
_TYPES = {name: kind for name, (kind, _) in _FIELDS.items()}
_DATES = ("InvoiceDate", "DueDate")
_SETTABLE = (state_.FORFEIT, state_.COMPLAINED, state_.COMPLETED, state_.DELIVERED)


class _File(msgspec.Struct, rename="camel"):
    base64_encoded_data: str = msgspec.field(name="base64EncodedData")
    file_name: str


class _Delivered(msgspec.Struct, rename="camel"):
    factoring_invoice_id: str
    invoice_cid: str | None = None
    file: _File | None = None
    comment: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    factoring_invoice_id: str
    factoring_invoice_status: int
    factoring_invoice_status_description: str | None = None


Endpoint = Callable[[Request, state_.Client], Awaitable[Response]]


class Api:
    """The Factoring service over the shared state."""

    def __init__(self, issuer: tokens.Issuer) -> None:
        self._issuer = issuer

    def routes(self) -> list[Route]:
        """All routes, with and without the slash at the end, as the vendor accepts both."""
        table: list[tuple[str, Endpoint, str]] = [
            ("/Factoring/AvailableInvoices", self._available, "GET"),
            ("/Factoring/InvoicesDelivered", self._delivered_invoices, "GET"),
            ("/Factoring/InvoiceEhf/{id}", self._ehf, "GET"),
            ("/Factoring/delivered", self._deliver, "POST"),
            ("/Factoring/updatefactoringinvoicestatus", self._set_status, "POST"),
        ]
        called = [Route(path + end, self._authorised(call), methods=[method]) for path, call, method in table for end in ("/", "")]
        return [Route("/OAuth/Token", self._issuer.answer, methods=["POST"]), *called]

    def _authorised(self, call: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            client = self._issuer.client(request)
            if client is None:
                return control.json_response({"message": "Authorization has been denied for this request."}, 401)
            return await call(request, client)

        return answer

    async def _available(self, request: Request, client: state_.Client) -> Response:
        return _page(request, (one for one in client.invoices.values() if one.delivery_type == "Factoring"))

    async def _delivered_invoices(self, request: Request, client: state_.Client) -> Response:
        return _page(request, (one for one in client.invoices.values() if one.is_delivered))

    async def _ehf(self, request: Request, client: state_.Client) -> Response:
        invoice = client.invoices.get(request.path_params["id"].lower())
        if invoice is None:
            return _refused("Invoice not found", "NotFound")
        return Response(invoice.document(), media_type="application/xml")

    async def _deliver(self, request: Request, client: state_.Client) -> Response:
        try:
            said = msgspec.json.decode(await request.body(), type=_Delivered)
            pdf = base64.b64decode(said.file.base64_encoded_data, validate=True) if said.file else None
        except (msgspec.DecodeError, binascii.Error) as error:
            return _refused(str(error), "Validation")
        with self._issuer.state.lock:
            invoice = client.invoices.get(said.factoring_invoice_id.lower())
            if invoice is None:
                return _refused("Invoice not found", "NotFound")
            if invoice.status != state_.ACTIVE:
                return _refused("Invoice can only be delivered when its factoring status is Active", "Validation")
            invoice.kid, invoice.comment = said.invoice_cid, said.comment
            invoice.pdf, invoice.pdf_name = pdf, said.file.file_name if said.file else None
            invoice.status, invoice.is_delivered = state_.DELIVERED, True
            invoice.delivered_at = invoice.changed = clock.now()
        return control.json_response({"data": _details(invoice), "success": True})

    async def _set_status(self, request: Request, client: state_.Client) -> Response:
        try:
            said = msgspec.json.decode(await request.body(), type=_Status)
        except msgspec.DecodeError as error:
            return _refused(str(error), "Validation")
        invoice = client.invoices.get(said.factoring_invoice_id.lower())
        if invoice is None:
            return _refused("Invoice not found", "NotFound")
        if not invoice.is_delivered:
            return _refused("Status cannot be updated before the invoice is delivered", "Validation")
        wanted = said.factoring_invoice_status
        if wanted not in _SETTABLE or (invoice.status == state_.FORFEIT and wanted != state_.FORFEIT):
            return _refused("Invalid factoring invoice status", "Validation")
        invoice.status, invoice.status_description = wanted, said.factoring_invoice_status_description
        return control.json_response({"data": _details(invoice), "success": True})


def _page(request: Request, invoices: Iterable[state_.Invoice]) -> Response:
    """The rows that $filter lets through, in $orderby, from $skip, at most $top; `count` is before $skip and $top."""
    query = request.query_params
    try:
        rows = _filtered(list(invoices), query.get("$filter"))
        first, last = _window(query.get("$skip"), query.get("$top"), ordered="$orderby" in query)
        for name, descending in reversed(odata.sort_key(query["$orderby"], _TYPES) if "$orderby" in query else []):
            rows.sort(key=lambda one: ((value := _FIELDS[name][1](one)) is not None, value), reverse=descending)
    except odata.ODataError as error:
        return _refused(str(error), "OData")
    return control.json_response({"data": [_details(one) for one in rows[first:last]], "count": len(rows), "success": True})


def _filtered(invoices: list[state_.Invoice], text: str | None) -> list[state_.Invoice]:
    if text is None:
        return invoices
    wanted = odata.predicate(text, _TYPES)
    return [one for one in invoices if wanted(_Row(one))]


class _Row(dict[str, Any]):
    """An invoice by PascalCase names; a value is read when the filter asks for it."""

    def __init__(self, invoice: state_.Invoice) -> None:
        self._invoice = invoice

    def __missing__(self, name: str) -> Any:
        return _FIELDS[name][1](self._invoice)


def _window(skip: str | None, top: str | None, *, ordered: bool) -> tuple[int, int | None]:
    for name, value in (("$skip", skip), ("$top", top)):
        if value is not None and not value.isdecimal():
            raise odata.ODataError(f"Invalid value for {name}")
    if (skip or top) and not ordered:
        raise odata.ODataError("$orderby must be specified when using $skip or $top")
    if skip and top is None:
        raise odata.ODataError("$skip requires $top and $orderby")
    first = int(skip or 0)
    return first, None if top is None else first + int(top)


def _details(invoice: state_.Invoice) -> dict[str, Any]:
    """FactoringInvoiceDetails; null values are left out."""
    found = {name: value for name, (_, read) in _FIELDS.items() if (value := read(invoice)) is not None}
    found |= {name: found[name].date() for name in _DATES if name in found}
    return {
        name[0].lower() + name[1:]: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in found.items()
    }


def _refused(summary: str, exception: str) -> Response:
    reference = f"{secrets.token_hex(6)}-{clock.now():%m%d%H%M%S}"
    validation = {"errorLogReference": reference, "summary": summary, "exception": exception}
    return control.json_response({"success": False, "validation": validation})


def _midnight(date: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(date, dt.time(), dt.UTC) if date else None
