"""Payments in the factoring company's ledger, as contract.openapi.yaml agrees: posted once by reference, allocated to entries.

What no allocation took stands in suspense. An entry is never allocated more than is open of it, credit notes deducted.

Assumed: everything; no factoring company publishes such an interface.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandboxes import clock, control
from sandboxes.factoring import books as books_

Amount = Annotated[str, msgspec.Meta(pattern=r"^-?\d+\.\d{2}$")]
Key = tuple[str, str, str]
PAGE = 500


class Allocation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    type: Literal["invoice", "credit_note"]
    number: str
    amount: Amount


class Payment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A payment as it is posted."""

    reference: Annotated[str, msgspec.Meta(min_length=1)]
    kind: Literal["payment", "reversal"]
    date: dt.date
    amount: Amount
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
    kid: str = ""
    payer_name: str = ""
    allocations: list[Allocation] = []


class Settlement(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1)]
    allocations: list[Allocation]


class Posted(msgspec.Struct, kw_only=True):
    """A payment that stands; `settled` are the ids of what left suspense."""

    id: int
    client: str
    booked_at: dt.datetime
    payment: Payment
    settled: list[str] = []

    @property
    def suspense(self) -> Decimal:
        return Decimal(self.payment.amount) - sum_of(self.payment.allocations)

    def as_answer(self) -> dict[str, Any]:
        said = msgspec.to_builtins(self.payment)
        return {**said, "id": self.id, "client": self.client, "booked_at": self.booked_at, "suspense": f"{self.suspense:.2f}"}


def sum_of(allocations: Iterable[Allocation]) -> Decimal:
    return sum((Decimal(one.amount) for one in allocations), Decimal("0.00"))


class Payments:
    """The payments of all clients over the entries that `entries` gives (sandbox.State.entries); `refused` answers strangers."""

    def __init__(self, entries: dict[Key, Any], books: books_.Books, refused: Callable[[Request], Response | None]) -> None:
        self._entries, self.books, self._refused = entries, books, refused
        self.posted: dict[tuple[str, str], Posted] = {}
        self.clear()

    def clear(self) -> None:
        """As it was at the start."""
        self.posted.clear()
        self._given, self._taken, self._counted = defaultdict[Key, Decimal](Decimal), defaultdict[Key, Decimal](Decimal), 0

    def routes(self) -> list[BaseRoute]:
        one = "/ledger/{client}/payments/{reference:path}"
        return [
            Route("/ledger/{client}/payments", self._post, methods=["POST"]),
            Route(f"{one}/allocations", self._settle, methods=["POST"]),
            Route(one, self._find, methods=["GET"]),
            Route("/ledger/{client}/open-items", self._list, methods=["GET"]),
        ]

    def open_of(self, key: Key) -> Decimal:
        """What is open of an entry: credit notes on it and allocations deducted; a credit note on an invoice has nothing open."""
        entry = self._entries[key].entry
        left = Decimal(entry.amount) - self._given[key]
        if key[1] == "credit_note":
            return Decimal("0.00") if entry.original_number else -left
        return left - self._credited()[key]

    def fault_of(self, client: str, number: str, currency: str, amount: Decimal) -> str:
        """Why so much cannot be taken off an invoice that stands; "" when it can, or where none stands."""
        if (client, "invoice", number) not in self._entries:
            return ""
        return self._fault(client, currency, [Allocation(type="invoice", number=number, amount=f"{amount:.2f}")], amount)

    def take(self, client: str, number: str, amount: Decimal) -> None:
        """Take so much off an invoice."""
        self._given[client, "invoice", number] += amount

    def _credited(self) -> defaultdict[Key, Decimal]:
        """What credit notes take from invoices; counted anew when entries came."""
        if self._counted != len(self._entries):
            self._counted, self._taken = len(self._entries), defaultdict(Decimal)
            for (client, kind, _), booked in self._entries.items():
                if kind == "credit_note" and booked.entry.original_number:
                    self._taken[client, "invoice", booked.entry.original_number] += Decimal(booked.entry.amount)
        return self._taken

    def _give(self, client: str, allocations: list[Allocation]) -> None:
        for one in allocations:
            self._given[client, one.type, one.number] += Decimal(one.amount)

    async def _post(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        try:
            payment = msgspec.json.decode(await request.body(), type=Payment)
        except msgspec.DecodeError as error:
            return control.problem(422, "not a payment", str(error))
        client = request.path_params["client"]
        if standing := self.posted.get((client, payment.reference)):
            return control.json_response(standing.as_answer(), 409)
        if fault := self._fault(client, payment.currency, payment.allocations, Decimal(payment.amount)):
            return control.problem(422, "not to be allocated so", fault)
        posted = Posted(id=len(self.posted) + 1, client=client, booked_at=clock.now(), payment=payment)
        self.posted[client, payment.reference] = posted
        self._give(client, payment.allocations)
        given = sum_of(payment.allocations)
        lines = [*books_.of_allocation(given, "bank"), ("bank", posted.suspense), ("suspense", -posted.suspense)]
        self.books.post(client, payment.date, payment.currency, f"payment {payment.reference}", lines)
        return control.json_response(posted.as_answer(), 201)

    async def _settle(self, request: Request) -> Response:
        posted = self._standing(request)
        if isinstance(posted, Response):
            return posted
        try:
            said = msgspec.json.decode(await request.body(), type=Settlement)
        except msgspec.DecodeError as error:
            return control.problem(422, "not a settlement", str(error))
        if said.id not in posted.settled:
            if fault := self._fault(posted.client, posted.payment.currency, said.allocations, posted.suspense):
                return control.problem(422, "not to be allocated so", fault)
            posted.settled.append(said.id)
            posted.payment.allocations.extend(said.allocations)
            self._give(posted.client, said.allocations)
            lines, text = books_.of_allocation(sum_of(said.allocations), "suspense"), f"payment {posted.payment.reference}"
            self.books.post(posted.client, clock.now().date(), posted.payment.currency, text, lines)
        return control.json_response(posted.as_answer())

    async def _find(self, request: Request) -> Response:
        posted = self._standing(request)
        return posted if isinstance(posted, Response) else control.json_response(posted.as_answer())

    async def _list(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        after, client = request.query_params.get("after", "0"), request.path_params["client"]
        if not after.isdecimal():
            return control.problem(422, "after must be an entry id", after)
        found = [(key, booked) for key, booked in self._entries.items() if key[0] == client and booked.id > int(after)]
        items = [self._item(key, booked) for key, booked in found if self.open_of(key)][:PAGE]
        return control.json_response({"items": items})

    def _item(self, key: Key, booked: Any) -> dict[str, Any]:
        seen = {name: getattr(booked.entry, name) for name in ("number", "type", "kid", "amount", "currency")}
        return {"id": booked.id, **seen, "open": f"{self.open_of(key):.2f}"}

    def _fault(self, client: str, currency: str, allocations: list[Allocation], worth: Decimal) -> str:
        """Why a payment that is worth so much cannot be allocated so; "" when it can."""
        total = sum_of(allocations)
        if abs(total) > abs(worth) or total * worth < 0:
            return f"allocations of {total} out of {worth}"
        for one in allocations:
            key = (client, one.type, one.number)
            if key not in self._entries or self._entries[key].entry.currency != currency:
                return f"no {one.type} {one.number} in {currency}"
            if Decimal(one.amount) > max(self.open_of(key), Decimal(0)):
                return f"{one.type} {one.number} has {self.open_of(key)} open"
        return ""

    def _standing(self, request: Request) -> Posted | Response:
        if refused := self._refused(request):
            return refused
        key = (request.path_params["client"], request.path_params["reference"])
        return self.posted.get(key) or control.problem(404, "no such payment", key[1])
