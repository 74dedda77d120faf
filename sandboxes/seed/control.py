"""Control routes that add to the seed while the sandboxes run, under /sandbox/ on PowerOffice's ports.

GET /sandbox/expected: the list of what is wrong. POST /sandbox/later: the documents that arrive later in the day. POST
/sandbox/invoices: a new invoice or credit note, {"client_key", "customer_number", "lines": [{"text", "quantity", "price",
"vat"}], ...}; see `Order`. POST /sandbox/customers: {"client_key", "card": {...}}: a copy of the client's first card with other
fields.
"""

from __future__ import annotations

import copy
import datetime as dt
import random
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandboxes import control, ehf, ehf_writing
from sandboxes.poweroffice import state as state_
from sandboxes.seed import cards as seed_cards
from sandboxes.seed import clients as seed
from sandboxes.seed import register as seed_register


class OrderError(ValueError):
    """An order names a client or a customer that the seed does not have."""


class OrderLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    text: str = "Etterbestilling"
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal("1000.00")
    vat: Decimal = Decimal(25)


class Order(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An invoice to be made; with `credits`, the number of an invoice, a credit note for all of it."""

    client_key: str
    customer_number: int
    number: int | None = None
    lines: list[OrderLine] = msgspec.field(default_factory=lambda: [OrderLine()])
    issued: dt.date | None = None
    credits: int | None = None


class _NewCard(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    client_key: str
    card: dict[str, Any]


def add_invoice(seeded: seed.Seeded, order: Order) -> state_.Invoice:
    """Write the document that is ordered and put it into the client's accounts. Raises OrderError."""
    company = next((one for one in seed_register.COMPANIES if one.client_key == order.client_key), None)
    buyer = next((one for one in company.buyers if one.number == order.customer_number), None) if company else None
    if company is None or buyer is None:
        raise OrderError(f"the seed has no customer {order.customer_number} of client {order.client_key}")
    client, now = seeded.clients[order.client_key], dt.datetime.now(dt.UTC)
    number = order.number or max((one.number for one in [*client.invoices.values(), *seeded.later]), default=0) + 1
    lines = tuple(_line(one) for one in order.lines)
    document = seed.draft(company, buyer, number, order.issued or now.date(), lines, random.Random(number))  # noqa: S311
    if order.credits is not None:
        document = _credit(document, client, order.credits)
    invoice = seed_cards.invoice(document, buyer, client.key, str(uuid.uuid4()), now, ehf_writing.write(document))
    client.add(invoice)
    return invoice


def add_customer(seeded: seed.Seeded, client_key: str, changes: dict[str, Any]) -> dict[str, Any]:
    """A new card; fields that are not given are those of the client's first card."""
    client, now = seeded.clients[client_key], dt.datetime.now(dt.UTC)
    card = copy.deepcopy(next(iter(client.customers.values()))) | changes
    card["Id"] = max(client.customers) + 1
    card["LastChangedDateTimeOffset"] = card["CustomerCreatedDateTimeOffset"] = now
    client.customers[card["Id"]] = card
    return card


def routes(seeded: seed.Seeded) -> list[BaseRoute]:
    """The routes over one seed."""

    async def expected(_: Request) -> Response:
        return control.json_response(seeded.expected)

    async def later(_: Request) -> Response:
        return control.json_response([invoice.id for invoice in seeded.release_later()], 201)

    async def invoices(request: Request) -> Response:
        return _added(
            await request.body(), Order, lambda order: {"id": (one := add_invoice(seeded, order)).id, "number": one.number}
        )

    async def customers(request: Request) -> Response:
        return _added(await request.body(), _NewCard, lambda new: add_customer(seeded, new.client_key, new.card))

    return [
        Route("/sandbox/expected", expected),
        Route("/sandbox/later", later, methods=["POST"]),
        Route("/sandbox/invoices", invoices, methods=["POST"]),
        Route("/sandbox/customers", customers, methods=["POST"]),
    ]


def _added(body: bytes, kind: type[Any], add: Callable[[Any], object]) -> Response:
    try:
        return control.json_response(add(msgspec.json.decode(body, type=kind)), 201)
    except (msgspec.DecodeError, OrderError, KeyError) as error:
        return control.problem(422, "cannot be added", str(error))


def _line(order: OrderLine) -> ehf.Line:
    vat = ehf.Vat("S" if order.vat else "Z", order.vat)
    return ehf.Line(text=order.text, quantity=order.quantity, unit="EA", price=order.price, vat=vat)


def _credit(document: ehf.Document, client: state_.Client, number: int) -> ehf.Document:
    original = next((one for one in client.invoices.values() if one.number == number and one.kind == "invoice"), None)
    if original is None:
        raise OrderError(f"client {client.key} has no invoice {number}")
    lines = tuple(_again(line) for line in original.lines)
    return msgspec.structs.replace(document, kind="credit_note", original=(number, original.invoice_date), lines=lines)


def _again(line: state_.Line) -> ehf.Line:
    percent = (line.vat_rate * 100).normalize()
    vat = ehf.Vat("S" if percent else "Z", percent)
    allowance = ehf.rounded(line.quantity * line.price) - line.net
    return ehf.Line(text=line.description, quantity=line.quantity, unit=line.unit, price=line.price, vat=vat, allowance=allowance)
