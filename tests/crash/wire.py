"""The remote ports in-process: HTTP to the sandboxes' applications, SMTP to a mailbox, with faults on the way there and back."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import contextvars
import datetime as dt
import hashlib
import json
import smtplib
from collections.abc import Callable, Iterator
from email import utils
from typing import Any

import dns.exception
import dns.message
import dns.rcode
import httpx

from fakturabro.remote import http
from tasks import sending
from tests.crash import approver, counterparts, faults, virtual

_PATIENCE = http.Limits().read
_LISTING = "/Factoring/AvailableInvoices/"
_TRANSACTIONS = "/v2/AccountTransactions"
_OLDEST = 2.0
"""Seconds: how old what is listed there may be."""


_CHANGES = (
    *(("POST", "/ledger/"), ("PUT", "/messages/"), ("POST", "/Factoring/delivered/")),
    *(("POST", "/v2/Vouchers/BankJournals"), ("POST", "/v2/Vouchers/Reverse/")),
    *(("POST", f"/3/{what}") for what in ("customers", "articles", "projects", "invoices")),
    *(("POST", f"/v1/{what}") for what in ("customers", "products", "projectfees")),
)


_HARMLESS = ("/OAuth/Token", "/v1/token", "/oauth-v1/token")
"""Nothing is another after it, whatever the verb."""


def _address(request: httpx.Request) -> tuple[str, str]:
    """For which purpose to which target this changes something; ("", "") where it delivers nothing."""
    if not _change(request):
        return "", ""
    return {
        "factoring.example": ("book", f"factoring:{counterparts.CLIENT_NUMBER}"),
        "access-point.example": ("distribute", "ehf"),
        "v1.poweroffice.example": ("write_back", "poweroffice"),
        "v2.poweroffice.example": ("return_data", "poweroffice_books"),
        "severa.example": ("transfer", "severa"),
        "fortnox.example": ("transfer", "fortnox"),
    }[request.url.host]


def _change(request: httpx.Request) -> str:
    """What a request changes, "" for one that may be repeated."""
    changes = any(request.method == method and request.url.path.startswith(path) for method, path in _CHANGES)
    return f"{request.url}{hashlib.sha256(request.content).hexdigest()}" if changes else ""


class Wire(httpx.AsyncBaseTransport):
    """Carries requests to the applications, by host name."""

    def __init__(self, world: counterparts.World, chances: faults.Faults, log: faults.Log) -> None:
        self._world, self._faults, self._log = world, chances, log
        self._done: set[str] = set()
        self._late: set[str] = set()
        self._held: collections.Counter[str] = collections.Counter()
        self._ways = {host: httpx.ASGITransport(app=app) for host, app in world.applications.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        where = f"{request.method} {request.url.host}{request.url.path}"
        self._log.note(where)
        if request.method != "GET" and request.url.path not in _HARMLESS:
            self._world.depart(*_address(request), _change(request) or where)
        await asyncio.sleep(self._faults.chance.uniform(0.002, 0.04))
        fault = self._faults.draw(where, faults.REQUEST)
        if fault in ("refused", "time-out", "carried out late"):
            await self._lose(fault, request)
        if fault.startswith("throttled"):
            return httpx.Response(429, headers=self._wait_for(fault), content=b"{}")
        if fault == "stalled":
            await asyncio.sleep(0)
        if fault == "error":
            return httpx.Response(500, content=b"{}")
        if fault == "slow":
            await asyncio.sleep(self._faults.chance.uniform(1, _PATIENCE))
        if fault == "token rotated":
            self._world.rotate_tokens()
        return await self._answer(where, request)

    def _wait_for(self, fault: str) -> dict[str, str]:
        """For how long, in seconds or as a time by a clock that is some minutes wrong; or it is not said."""
        if fault == "throttled, until":
            now = self._log.now - dt.timedelta(minutes=3)
            until = now + dt.timedelta(seconds=9)
            return {"Retry-After": utils.format_datetime(until, usegmt=True), "Date": utils.format_datetime(now, usegmt=True)}
        return {"Retry-After": "7"} if fault == "throttled, wait" else {}

    async def _lose(self, fault: str, request: httpx.Request) -> None:
        if fault == "refused":
            raise httpx.ConnectError("refused", request=request)
        if fault == "carried out late":
            later = self._faults.chance.uniform(_PATIENCE, 1200)
            self._late.add(_change(request))
            world = contextvars.Context()  # it goes on when the process that asked is dead
            world.run(asyncio.get_running_loop().create_task, self._carry_out_late(request, later))
        await asyncio.sleep(_PATIENCE)
        raise httpx.ReadTimeout("too late", request=request)

    async def _carry_out_late(self, request: httpx.Request, seconds: float) -> None:
        await asyncio.sleep(seconds)
        answer = await self._carry_out(request)
        self._log.note(f"late: {request.method} {request.url.host}{request.url.path} {answer.status_code}")

    async def _answer(self, where: str, request: httpx.Request) -> httpx.Response:
        answer = await self._carry_out(request)
        fault = self._faults.draw(f"the answer to {where}", faults.ANSWER)
        if fault == "cut":
            raise httpx.ReadError("cut", request=request)
        if fault == "time-out after the change":
            await asyncio.sleep(_PATIENCE)
            raise httpx.ReadTimeout("too late", request=request)
        if fault == "error after the change":
            return httpx.Response(500, content=b"{}")
        if fault == "garbled":
            return httpx.Response(answer.status_code, content=answer.content[: len(answer.content) // 2])
        return answer

    async def _carry_out(self, request: httpx.Request) -> httpx.Response:
        """What the application answers, read whole."""
        listing = request.url.path == _LISTING
        if listing:
            request.url = request.url.copy_set_param("$top", str(self._world.page_size))
        self._watch(request)
        with self._as_it_was() if request.url.path == _TRANSACTIONS else contextlib.nullcontext():
            answer = await self._ways[request.url.host].handle_async_request(request)
            content = await answer.aread()
        if answer.status_code in (200, 201, 202) and b'"success":false' not in content:
            self._done.add(_change(request))
        if listing and answer.status_code == 200:
            content = self._tamper(content)
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return httpx.Response(answer.status_code, headers=headers, content=content)

    def _watch(self, request: httpx.Request) -> None:
        """Whoever sends a change again that was carried out has not read back before. Late ones could not be seen by reading.

        Who stood still could be relieved with as many requests in its hands as leave side by side; the next it has to ask for.
        """
        change, process = _change(request), virtual.current()
        if not change or change not in self._done or change in self._late:
            if change and process is not None and process.stalled:
                self._late.add(change)
            return
        if process is not None and process.stalled:
            self._held[process.name] += 1
            if self._held[process.name] <= sending.WIDTH:
                return
        self._world.repeated.append(f"{request.method} {request.url.host}{request.url.path} was sent again")

    @contextlib.contextmanager
    def _as_it_was(self) -> Iterator[None]:
        """The client's journal as a copy has it that lags behind."""
        journal, then = self._world.client.books.journal, self._log.now
        then -= dt.timedelta(seconds=self._faults.chance.uniform(0, _OLDEST))
        late = [one for one in journal if one.created > then]
        journal[:] = [one for one in journal if one.created <= then]
        try:
            yield
        finally:
            journal += late

    def _tamper(self, content: bytes) -> bytes:
        """The list as a server under load may give it: rows twice, in another order, without timestamps, already out of date."""
        fault = self._faults.draw("a page of the list", faults.PAGE)
        page = json.loads(content)
        rows: list[dict[str, Any]] = page.get("data") or []
        if fault == "duplicate rows" and len(rows) > 1:
            rows[-1] = rows[0]
        if fault == "swapped order":
            rows.reverse()
        if fault == "no timestamps":
            page["data"] = [{name: value for name, value in row.items() if not name.endswith("Date")} for row in rows]
        if fault == "arrival":
            self._world.arrive()
        return json.dumps(page).encode()


def name_server(world: counterparts.World, chances: faults.Faults, log: faults.Log) -> Callable[..., Any]:
    """A stand-in for dns.asyncquery.udp: Peppol's names without sockets."""

    async def udp(question: dns.message.Message, *_: object, timeout: float, **__: object) -> dns.message.Message:  # noqa: ASYNC109 dnspython's
        log.note("NAPTR")
        await asyncio.sleep(chances.chance.uniform(0.002, 0.04))
        fault = chances.draw("NAPTR", faults.NAME)
        if fault == "time-out":
            await asyncio.sleep(timeout)
            raise dns.exception.Timeout
        if fault == "slow":
            await asyncio.sleep(chances.chance.uniform(0, timeout))
        if fault == "error":
            return _refusal(question)
        answer = world.peppol.answer(question.to_wire())
        assert answer is not None
        return dns.message.from_wire(answer)

    return udp


def _refusal(question: dns.message.Message) -> dns.message.Message:
    refusal = dns.message.make_response(question)
    refusal.set_rcode(dns.rcode.SERVFAIL)
    return refusal


def smtp_server(world: counterparts.World, chances: faults.Faults, log: faults.Log) -> Callable[..., Any]:
    """A stand-in for smtplib.SMTP: the same verbs over a mailbox instead of a socket."""

    class Server:
        sock = None

        def __init__(self, *_: object, **__: object) -> None:
            if chances.draw("connecting to the mail server", faults.SMTP) in ("cut", "busy"):
                raise ConnectionRefusedError
            self._sender, self._recipients, self._content = "", list[str](), b""

        def ehlo_or_helo_if_needed(self) -> None: ...

        def has_extn(self, _name: str) -> bool:
            return False

        def close(self) -> None: ...

        def quit(self) -> None: ...

        def mail(self, sender: str, _options: object = ()) -> tuple[int, bytes]:
            self._sender, self._recipients = sender, []
            return self._reply("MAIL FROM", 250)

        def rcpt(self, recipient: str, _options: object = ()) -> tuple[int, bytes]:
            self._recipients.append(recipient)
            return self._reply("RCPT TO", 250)

        def docmd(self, command: str) -> tuple[int, bytes]:
            return self._reply(command, 354)

        def send(self, content: bytes) -> None:
            if content != b".\r\n":
                self._content = content
                channel = "email" if b"application/pdf" in content else "link"
                address = ("", "") if self._recipients == [approver.ADDRESS] else ("distribute", channel)
                world.depart(*address, hashlib.sha256(content).hexdigest())

        def getreply(self) -> tuple[int, bytes]:
            """What comes after the final dot."""
            fault = chances.draw("the final dot", faults.DOT)
            if fault == "busy":
                return 451, b"4.3.0 Try again later"
            if fault != "cut":
                world.mail.messages.append(counterparts.stored(self._sender, self._recipients, self._content))
                log.note(f"e-mail taken for {', '.join(self._recipients)}")
            if fault == "death after storing":
                chances.die()
            if fault.startswith("cut"):
                raise smtplib.SMTPServerDisconnected("cut")
            chances.draw("the mail server's reply", ("death",))
            return 250, b"OK: queued"

        def _reply(self, command: str, code: int) -> tuple[int, bytes]:
            fault = chances.draw(command, faults.SMTP)
            if fault == "cut":
                raise smtplib.SMTPServerDisconnected("cut")
            return (451, b"4.3.0 busy") if fault == "busy" else (code, b"OK")

    return Server
