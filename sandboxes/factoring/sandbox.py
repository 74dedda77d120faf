"""The factoring company's ledger over HTTP, as fakturabro/systems/factoring/contract.openapi.yaml agrees.

Entries are keyed by client, type and number; a second entry with the same key is refused with 409 and the entry that stands.

Assumed: everything; no factoring company publishes such an interface. Amounts and KID are kept as they came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandboxes import clock, control, faults
from sandboxes.factoring import books, movements, payments

Type = Literal["invoice", "credit_note"]
Channel = Literal["ehf", "email", "letter", "none"]
PAGE = 500


class Address(msgspec.Struct, kw_only=True):
    lines: list[str] = []
    post_code: str | None = None
    place: str | None = None
    country: str | None = None


class Entry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a client's document looks like in the ledger, as it is posted."""

    number: str
    type: Type
    kid: str
    amount: Annotated[str, msgspec.Meta(pattern=r"^-?\d+\.\d{2}$")]
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
    invoice_date: dt.date
    buyer_number: str
    buyer_name: str
    due_date: dt.date | None = None
    original_number: str | None = None
    buyer_organisation_number: str | None = None
    buyer_address: Address | None = None
    distributed: bool = False


class Booked(msgspec.Struct, kw_only=True):
    """An entry that stands."""

    id: int
    client: str
    booked_at: dt.datetime
    entry: Entry
    channel: Channel = "none"
    reason: str = ""

    def as_answer(self) -> dict[str, object]:
        entry = self.entry
        seen = {name: getattr(entry, name) for name in ("number", "type", "kid", "amount", "currency")}
        return {"id": self.id, "client": self.client, **seen, "booked_at": self.booked_at, "channel": self.channel}


class _Distribution(msgspec.Struct):
    channel: Channel
    reason: str = ""


class State:
    """The ledgers of the registered clients, in the order of booking."""

    def __init__(self, clients: Mapping[str, str]) -> None:
        self.clients = dict(clients)
        """Client number at the factoring company -> name."""
        self.entries: dict[tuple[str, str, str], Booked] = {}

    def of_client(self, client: str) -> list[Booked]:
        return [booked for booked in self.entries.values() if booked.client == client]


class Factoring:
    """The sandbox: `state` is what the factoring company knows, `book` its faults, `app` what is served."""

    def __init__(self, key: str, clients: Mapping[str, str]) -> None:
        self.key = key
        self.state = State(clients)
        self.books = books.Books()
        self.payments = payments.Payments(self.state.entries, self.books, self._refused)
        self.movements = movements.Movements(self.payments, self.state.clients, self._refused)
        self.book = control.own_contract_book()
        one = "/ledger/{client}/entries/{type}/{number}"
        routes = [
            Route("/ledger/{client}/entries", self._post, methods=["POST"]),
            Route("/ledger/{client}/entries", self._list, methods=["GET"]),
            Route(one, self._find, methods=["GET"]),
            Route(one + "/distribution", self._distribution, methods=["PUT"]),
            *self.payments.routes(),
            *self.movements.routes(),
            *control.routes(self.book, self._shown),
        ]
        self.app = faults.Faulty(Starlette(routes=routes), self.book)

    def _shown(self) -> dict[str, object]:
        lists = {"entries": list(self.state.entries.values()), "payments": list(self.payments.posted.values())}
        told = {"movements": self.movements.made, "trial_balance": self.books.trial_balance()}
        return {"clients": self.state.clients, **lists, **told}

    def clear(self) -> None:
        """As it was at the start."""
        self.state.entries.clear()
        self.payments.clear()
        self.movements.clear()
        self.books.vouchers.clear()

    async def _post(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        try:
            entry = msgspec.json.decode(await request.body(), type=Entry)
        except msgspec.DecodeError as error:
            return control.problem(422, "not an entry", str(error))
        client = request.path_params["client"]
        key = (client, entry.type, entry.number)
        if standing := self.state.entries.get(key):
            return control.json_response(standing.as_answer(), 409)
        booked = Booked(id=len(self.state.entries) + 1, client=client, booked_at=clock.now(), entry=entry)
        self.state.entries[key] = booked
        amount = Decimal(entry.amount) if entry.type == "invoice" else -Decimal(entry.amount)
        self.books.post(client, entry.invoice_date, entry.currency, f"{entry.type} {entry.number}", books.of_entry(amount))
        return control.json_response(booked.as_answer(), 201)

    async def _list(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            return control.problem(422, "after must be an entry id", after)
        entries = self.state.of_client(request.path_params["client"])
        page = [booked.as_answer() for booked in entries if booked.id > int(after)][:PAGE]
        return control.json_response({"entries": page, "total": len(entries)})

    async def _find(self, request: Request) -> Response:
        booked = self._standing(request)
        return booked if isinstance(booked, Response) else control.json_response(booked.as_answer())

    async def _distribution(self, request: Request) -> Response:
        booked = self._standing(request)
        if isinstance(booked, Response):
            return booked
        try:
            said = msgspec.json.decode(await request.body(), type=_Distribution)
        except msgspec.DecodeError as error:
            return control.problem(422, "not a distribution", str(error))
        booked.channel, booked.reason = said.channel, said.reason
        return control.json_response(booked.as_answer())

    def _standing(self, request: Request) -> Booked | Response:
        if refused := self._refused(request):
            return refused
        path = request.path_params
        booked = self.state.entries.get((path["client"], path["type"], path["number"]))
        return booked or control.problem(404, "no such entry", f"{path['type']} {path['number']}")

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return control.problem(401, "wrong or missing key")
        client = request.path_params["client"]
        return None if client in self.state.clients else control.problem(404, "no such client", client)
