"""Movements of the clients' accounts with the factoring company: told by the contract, made by its staff under /sandbox/.

POST /sandbox/ledger/{client}/movements: one movement as `Made` has it, with lines of its own where the standard does not fit.
POST /sandbox/ledger/{client}/month: the seed's month that ends on {"day"}. GET /sandbox/ledger/{client}/movements.csv: the export.

Assumed: everything; no factoring company publishes such an interface.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fakturabro.domain import return_data
from fakturabro.formats.movement_list import write
from sandboxes import control
from sandboxes.factoring import books as books_
from sandboxes.factoring import payments as payments_
from sandboxes.seed import movements as seed

PAGE = 500
Rate = Annotated[str, msgspec.Meta(pattern=r"^0(\.\d{1,4})?$")]
Kind = Literal[
    "payment",
    "administrative_fee",
    "return_data_fee",
    "financial_fee",
    "payout",
    "reminder_fee",
    "interest",
    "bad_debt",
    "balance_change",
]


class Line(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    account: books_.Account
    amount: payments_.Amount


class Made(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A movement as the staff makes it; `lines` None is what the books' standard says."""

    kind: Kind
    date: dt.date
    amount: payments_.Amount
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)] = "NOK"
    vat: payments_.Amount | None = None
    vat_rate: Rate | None = None
    text: str = ""
    invoice_number: str = ""
    kid: str = ""
    buyer_number: str = ""
    settlement: str = ""
    lines: list[Line] | None = None


class _Month(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    day: dt.date


class Movement(msgspec.Struct, kw_only=True):
    """A movement that stands."""

    id: int
    client: str
    made: Made

    def as_answer(self) -> dict[str, Any]:
        said = msgspec.to_builtins(self.made)
        return {"id": self.id, **{name: said[name] for name in said if name != "lines" and said[name] not in (None, "")}}

    def as_value(self) -> return_data.Movement:
        """As the export has it."""
        return msgspec.convert({**self.as_answer(), "id": str(self.id)}, return_data.Movement)


class RefusedError(ValueError):
    """A movement that the company's system does not take."""


class Movements:
    """The movements of all `clients`; `refused` answers strangers."""

    def __init__(
        self, payments: payments_.Payments, clients: dict[str, str], refused: Callable[[Request], Response | None]
    ) -> None:
        self._payments, self._clients, self._refused = payments, clients, refused
        self.made: list[Movement] = []

    def clear(self) -> None:
        """As it was at the start."""
        self.made.clear()

    def routes(self) -> list[BaseRoute]:
        ours = "/sandbox/ledger/{client}"
        return [
            Route("/ledger/{client}/movements", self._list, methods=["GET"]),
            Route("/ledger/{client}/balance", self._balance, methods=["GET"]),
            Route(f"{ours}/movements", self._make, methods=["POST"]),
            Route(f"{ours}/month", self._make_month, methods=["POST"]),
            Route(f"{ours}/movements.csv", self._export, methods=["GET"]),
        ]

    def add(self, client: str, made: Made) -> Movement:
        """Post a movement. Raises RefusedError, or UnbalancedError where its own lines do not add up."""
        amount, vat = Decimal(made.amount), Decimal(made.vat or 0)
        standard = books_.of_movement(made.kind, amount, vat)
        lines = standard if made.lines is None else [(one.account, Decimal(one.amount)) for one in made.lines]
        number = len(self.made) + 1
        fault = self._payments.fault_of(client, made.invoice_number, made.currency, amount) if self._settles(made) else ""
        if fault:
            raise RefusedError(fault)
        self._payments.books.post(client, made.date, made.currency, f"movement {number}", lines)
        if self._settles(made):
            self._payments.take(client, made.invoice_number, amount)
        self.made.append(Movement(id=number, client=client, made=made))
        return self.made[-1]

    @staticmethod
    def _settles(made: Made) -> bool:
        """Whether it takes something off a claim."""
        return made.kind in ("payment", "bad_debt") and bool(made.invoice_number)

    async def _list(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        after, client = request.query_params.get("after", "0"), request.path_params["client"]
        if not after.isdecimal():
            return control.problem(422, "after must be the id of a movement", after)
        page = [one.as_answer() for one in self.made if one.client == client and one.id > int(after)][:PAGE]
        return control.json_response({"movements": page})

    async def _balance(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        client, written = request.path_params["client"], request.query_params.get("date", "")
        try:
            day = dt.date.fromisoformat(written)
        except ValueError:
            return control.problem(422, "date must be a day", written)
        owed = self._payments.books.owed(client, day)
        balances = [{"currency": currency, "amount": f"{amount:.2f}"} for currency, amount in sorted(owed.items())]
        return control.json_response({"client": client, "date": day, "balances": balances})

    async def _make(self, request: Request) -> Response:
        if stranger := self._unknown(request):
            return stranger
        try:
            made = msgspec.json.decode(await request.body(), type=Made)
            return control.json_response(self.add(request.path_params["client"], made).as_answer(), 201)
        except (msgspec.DecodeError, RefusedError, books_.UnbalancedError) as error:
            return control.problem(422, "not a movement", str(error))

    async def _make_month(self, request: Request) -> Response:
        if stranger := self._unknown(request):
            return stranger
        client = request.path_params["client"]
        try:
            month = seed.month(client, msgspec.json.decode(await request.body(), type=_Month).day)
            made = [self.add(client, msgspec.convert(one, Made)) for one in month]
        except (msgspec.DecodeError, RefusedError) as error:
            return control.problem(422, "not a month", str(error))
        return control.json_response([one.as_answer() for one in made], 201)

    async def _export(self, request: Request) -> Response:
        if stranger := self._unknown(request):
            return stranger
        client = request.path_params["client"]
        content = write.write([one.as_value() for one in self.made if one.client == client], client)
        return Response(content, media_type="text/csv")

    def _unknown(self, request: Request) -> Response | None:
        client = request.path_params["client"]
        return None if client in self._clients else control.problem(404, "no such client", client)
