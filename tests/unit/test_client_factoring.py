"""The factoring ledger and the access point against small servers written from their contracts: refusals, doubles, read-back."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import socket
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fakturabro.remote import errors, http
from fakturabro.systems.access_point import client as access_point
from fakturabro.systems.factoring import client as factoring
from fakturabro.systems.factoring import wire

MESSAGE = uuid.UUID(int=7)


def entry(**changed: Any) -> wire.Entry:
    values: dict[str, Any] = {
        "number": "A/1 ø?", "type": "invoice", "kid": "12345674", "amount": Decimal("1250.5"), "currency": "NOK",
        "invoice_date": dt.date(2026, 11, 23), "buyer_number": "10001", "buyer_name": "Kari", "distributed": False,
    }  # fmt: skip
    return wire.Entry(**values | changed)


class Counterpart:
    """Both systems in one: what was put in stands there; `answer` comes instead when a test sets it."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.answer: Response | None = None
        self.bodies: list[bytes] = []

    async def meet(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        if self.answer:
            return self.answer
        if request.headers["authorization"] != "Bearer nokkel":
            return JSONResponse({"title": "unknown key", "status": 401}, 401)
        kind = request.path_params["kind"]
        return await {"ledger": self.ledger, "messages": self.message}[kind](request)

    async def ledger(self, request: Request) -> Response:
        if request.method == "POST":
            sent = json.loads(self.bodies[-1])
            key = f"{request.scope['path']}/{sent['type']}/{sent['number']}"
            status = 409 if key in self.entries else 201
            booked = {"id": len(self.entries) + 1, "client": "c/1", "booked_at": "2026-11-23T08:00:00Z", "channel": "none"}
            kept = {name: sent[name] for name in ("number", "type", "kid", "amount", "currency")}
            return JSONResponse(self.entries.setdefault(key, booked | kept), status)
        if request.scope["path"].endswith("/entries"):
            found = [e for e in self.entries.values() if e["id"] > int(request.query_params["after"])][:2]
            return JSONResponse({"entries": found, "total": len(self.entries)})
        found = self.entries.get(request.scope["path"].removesuffix("/distribution"))
        if found is None:
            return JSONResponse({"title": "no such entry", "status": 404}, 404, media_type="application/problem+json")
        if request.method == "PUT":
            found["channel"] = json.loads(self.bodies[-1])["channel"]
        return JSONResponse(found)

    async def message(self, request: Request) -> Response:
        key = request.scope["path"]
        if request.method == "GET":
            return JSONResponse(self.messages[key]) if key in self.messages else JSONResponse({"title": "none", "status": 404}, 404)
        status = 409 if key in self.messages else 201
        taken = {
            "message_id": str(MESSAGE), "sender": request.headers["x-sender"], "receiver": request.headers["x-receiver"],
            "sha256": hashlib.sha256(self.bodies[-1]).hexdigest(), "state": "received", "received_at": "2026-11-23T08:00:00Z",
        }  # fmt: skip
        return JSONResponse(self.messages.setdefault(key, taken), status)


class Bench:
    def __init__(self, counterpart: Counterpart, url: str, remote: http.Remote) -> None:
        self.counterpart = counterpart
        self.ledger = factoring.FactoringLedger(remote, base=f"{url}/", key="nokkel", client="c/1", tenant="solberg")
        self.stranger = factoring.FactoringLedger(remote, base=url, key="feil-nokkel", client="c/1", tenant="solberg")
        self.point = access_point.AccessPoint(remote, base=url, key="nokkel", tenant="solberg")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    counterpart = Counterpart()
    paths = ("/{kind}", "/{kind}/{rest:path}")
    app = Starlette(routes=[Route(path, counterpart.meet, methods=["GET", "POST", "PUT"]) for path in paths])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        async with http.Remote(http.Limits(attempts=2, first_pause=0.01)) as remote:
            yield Bench(counterpart, f"http://127.0.0.1:{listener.getsockname()[1]}", remote)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_book_read_back_and_mark(bench: Bench) -> None:
    assert await bench.ledger.find_entry("invoice", "A/1 ø?") is None
    booked = await bench.ledger.book(entry())
    assert (booked.amount, booked.channel) == (Decimal("1250.50"), "none")
    assert json.loads(bench.counterpart.bodies[-1])["amount"] == "1250.50"
    assert await bench.ledger.find_entry("invoice", "A/1 ø?") == booked
    assert await bench.ledger.find_entry("credit_note", "A/1 ø?") is None
    assert (await bench.ledger.mark_distribution("invoice", "A/1 ø?", "ehf")).channel == "ehf"
    assert (await bench.ledger.mark_distribution("invoice", "A/1 ø?", "ehf")).channel == "ehf"


async def test_the_same_entry_again_counts_and_another_is_for_a_person(bench: Bench) -> None:
    booked = await bench.ledger.book(entry())
    with pytest.raises(errors.AlreadyDelivered) as caught:
        await bench.ledger.book(entry(buyer_name="Kari N."))
    assert caught.value.standing == booked
    for other in ({"kid": "99999994"}, {"amount": Decimal("1250.51")}, {"currency": "SEK"}):
        with pytest.raises(errors.Rejected, match="annen post"):
            await bench.ledger.book(entry(**other))


@pytest.mark.parametrize("amount", ["1.005", "NaN", "Infinity", "1e30"])
def test_an_amount_is_never_rounded(amount: str) -> None:
    with pytest.raises(wire.AmountError, match="A/1"):
        entry(amount=Decimal(amount))


@pytest.mark.parametrize(("amount", "text"), [("1e3", "1000.00"), ("-0.1", "-0.10"), ("12345678901234567890.12", None)])
def test_an_amount_is_written_with_two_digits(amount: str, text: str | None) -> None:
    assert str(entry(amount=Decimal(amount)).amount) == (text or amount)


async def test_entries_are_listed_to_the_end(bench: Bench) -> None:
    for n in range(5):
        await bench.ledger.book(entry(number=str(n)))
    assert [e.number async for page in bench.ledger.list_entries() for e in page.entries] == ["0", "1", "2", "3", "4"]
    assert [e.number async for page in bench.ledger.list_entries(after=3) for e in page.entries] == ["3", "4"]


MOVED = {"kind": "payout", "date": "2026-11-23", "amount": "7.50", "currency": "NOK"}


@pytest.mark.parametrize("ids", [[2, 1], [1, 1], [0]])
async def test_movements_out_of_order_are_not_read(bench: Bench, ids: list[int]) -> None:
    bench.counterpart.answer = JSONResponse({"movements": [MOVED | {"id": one} for one in ids]})
    with pytest.raises(errors.Rejected, match="feil rekkefølge"):
        await anext(bench.ledger.list_movements())


async def test_a_ledger_that_is_not_there_has_no_movements_and_no_balance(bench: Bench) -> None:
    bench.counterpart.answer = JSONResponse({"title": "no such client", "status": 404}, 404)
    for call in (anext(bench.ledger.list_movements()), bench.ledger.fetch_balance(dt.date(2026, 11, 23))):
        with pytest.raises(errors.CredentialError, match="klientnummer c/1"):
            await call


async def test_a_wrong_key_is_for_operators(bench: Bench) -> None:
    with pytest.raises(errors.CredentialError) as caught:
        await bench.stranger.find_entry("invoice", "1")
    assert (caught.value.tenant, caught.value.system) == ("solberg", "Factoringsystemet")
    assert "feil-nokkel" not in str(caught.value)


@pytest.mark.parametrize("answer", [Response("Not Found", 404), Response("<html/>", 404), Response("{}", 404)])
async def test_a_404_that_is_not_the_services_own_word_is_no_absence(answer: Response, bench: Bench) -> None:
    bench.counterpart.answer = answer
    for call in (bench.ledger.find_entry("invoice", "1"), bench.point.find_message(MESSAGE)):
        with pytest.raises(errors.Unavailable, match="adressen er trolig feil"):
            await call


@pytest.mark.parametrize("answer", [Response("<html/>", 404), JSONResponse({"title": "no such client", "status": 404}, 404)])
async def test_a_ledger_that_is_not_there_refuses_no_entry_but_our_settings(answer: Response, bench: Bench) -> None:
    bench.counterpart.answer = answer
    with pytest.raises(errors.CredentialError, match="klientnummer c/1") as caught:
        await bench.ledger.book(entry())
    assert caught.value.tenant == "solberg"


@pytest.mark.parametrize("body", ["", "{}", '{"id": 1'])
async def test_a_change_with_an_answer_that_cannot_be_read_is_uncertain(body: str, bench: Bench) -> None:
    bench.counterpart.answer = Response(body, 201)
    for call in (bench.ledger.book(entry()), bench.point.send(MESSAGE, sender="0192:1", receiver="0192:2", document=b"<x/>")):
        with pytest.raises(errors.Uncertain):
            await call


async def test_a_422_says_why(bench: Bench) -> None:
    bench.counterpart.answer = JSONResponse({"title": "Ugyldig", "status": 422, "detail": "kid mangler"}, 422)
    with pytest.raises(errors.Rejected) as caught:
        await bench.ledger.book(entry())
    assert (caught.value.detail, caught.value.status) == ("Ugyldig. kid mangler", 422)


async def test_a_document_is_handed_over_once(bench: Bench) -> None:
    parties = {"sender": "0192:991825827", "receiver": "0192:923609016"}
    assert await bench.point.find_message(MESSAGE) is None
    taken = await bench.point.send(MESSAGE, document=b"<Invoice/>", **parties)
    assert await bench.point.find_message(MESSAGE) == taken
    with pytest.raises(errors.AlreadyDelivered) as caught:
        await bench.point.send(MESSAGE, document=b"<Invoice/>", **parties)
    assert caught.value.standing == taken
    with pytest.raises(errors.Rejected, match="annen melding"):
        await bench.point.send(MESSAGE, document=b"<Invoice>other</Invoice>", **parties)
    with pytest.raises(errors.Rejected, match="annen melding"):
        await bench.point.send(MESSAGE, document=b"<Invoice/>", **parties | {"receiver": "0192:1"})
