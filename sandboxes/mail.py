"""A real SMTP server on loopback that keeps what it is given, and can refuse a recipient or drop the connection at the final dot.

Faults are counted down like those of the HTTP sandboxes. `app` is a small HTTP control interface, because SMTP has none:
GET, DELETE /sandbox/messages; GET, PUT /sandbox/replies; GET, PUT /sandbox/bouncing; GET, DELETE /sandbox/bounces;
GET, POST, DELETE /sandbox/faults.

A recipient that is `bouncing` is accepted, and then a report of failed delivery (RFC 3464) comes back: kept, and where a maildir is
given laid there, so that an IMAP server can serve it.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import email
import email.message
import email.policy
import itertools
import pathlib
import threading
from typing import Literal

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandboxes import clock, control, mail_reports

Kind = Literal["cut_before_storing", "cut_after_storing", "busy"]
LARGEST = 50 * 1024 * 1024


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What happens at the final dot of the next `times` messages (after `skip`).

    cut_before_storing and cut_after_storing: the connection closes without a reply, and the message is lost or kept. busy: 451.
    """

    kind: Kind
    times: int = 1
    skip: int = 0


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it was taken: envelope and bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    received_at: dt.datetime

    def parsed(self) -> email.message.EmailMessage:
        """The message with its headers and parts."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    def as_answer(self) -> dict[str, object]:
        parsed = self.parsed()
        seen = {
            "message_id": str(parsed["Message-ID"]),
            "subject": str(parsed["Subject"]),
            "content": base64.b64encode(self.content).decode(),
        }
        return {"sender": self.sender, "recipients": self.recipients, "received_at": self.received_at, **seen}


class State:
    """`messages`: what was stored; `replies`: recipient (lower case) -> the reply to RCPT, such as "550 5.1.1 User unknown".

    `bouncing`: recipient (lower case) -> why it comes back, such as "5.1.1 User unknown"; `bounces`: the reports that came.
    `largest` is what EHLO says in SIZE, in bytes.
    """

    def __init__(self) -> None:
        self.messages: list[Stored] = []
        self.replies: dict[str, str] = {}
        self.bouncing: dict[str, str] = {}
        self.bounces: list[bytes] = []
        self.largest = LARGEST
        self.faults: list[Fault] = []
        self.cuts = 0
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Nothing received, nothing refused, nothing that comes back, no faults."""
        for kept in (self.messages, self.replies, self.bouncing, self.bounces):
            kept.clear()
        self.largest = LARGEST
        self.faults.clear()
        self.cuts = 0

    def take(self) -> Kind | None:
        """The fault that this message meets, if any."""
        with self._lock:
            for fault in self.faults:
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault.kind
            return None


class _Handler:
    """What aiosmtpd calls; the method names are aiosmtpd's."""

    def __init__(self, state: State, maildir: pathlib.Path | None) -> None:
        self._state, self._maildir = state, maildir
        self._numbers = itertools.count(1)

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        reply = self._state.replies.get(address.lower(), "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._state.take()
        if fault == "busy":
            return "451 4.3.0 Try again later"
        if fault != "cut_before_storing":
            stored = _stored(envelope)
            self._state.messages.append(stored)
            self._bounce(stored)
        if fault is not None and isinstance(server.transport, asyncio.WriteTransport):
            self._state.cuts += 1
            server.transport.abort()
            raise ConnectionResetError("cut by a fault")
        return "250 OK: queued"

    def _bounce(self, stored: Stored) -> None:
        failed = {one: self._state.bouncing[one.lower()] for one in stored.recipients if one.lower() in self._state.bouncing}
        if not failed:
            return
        report = mail_reports.failed(stored.content, failed, stored.received_at)
        self._state.bounces.append(report)
        if self._maildir:
            name = f"{next(self._numbers)}.bounce"
            for folder in ("cur", "new", "tmp"):
                (self._maildir / folder).mkdir(parents=True, exist_ok=True)
            (self._maildir / "tmp" / name).write_bytes(report)
            (self._maildir / "tmp" / name).rename(self._maildir / "new" / name)


class OnFreePort(Controller):
    """aiosmtpd's controller, told which port it got before it calls itself to see that the server answers."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


class _Server(OnFreePort):
    state: State

    def factory(self) -> SMTP:
        self.SMTP_kwargs["data_size_limit"] = self.state.largest
        return super().factory()


class Mail:
    """The sandbox: `state` is what was stored and what is refused; `maildir` is where bounces are laid too."""

    def __init__(self, maildir: pathlib.Path | None = None) -> None:
        self.state = State()
        self._controller = _Server(_Handler(self.state, maildir), hostname="127.0.0.1", port=0, enable_SMTPUTF8=True)
        self._controller.state = self.state
        self.app = Starlette(
            routes=[
                Route("/sandbox/messages", self._messages, methods=["GET", "DELETE"]),
                Route("/sandbox/replies", self._replies, methods=["GET", "PUT"]),
                Route("/sandbox/bouncing", self._bouncing, methods=["GET", "PUT"]),
                Route("/sandbox/bounces", self._bounces, methods=["GET", "DELETE"]),
                Route("/sandbox/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            ]
        )

    @property
    def port(self) -> int:
        return self._controller.port

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def _messages(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.state.messages.clear()
        return control.json_response([message.as_answer() for message in self.state.messages])

    async def _replies(self, request: Request) -> Response:
        return await _put(request, self.state.replies)

    async def _bouncing(self, request: Request) -> Response:
        return await _put(request, self.state.bouncing)

    async def _bounces(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.state.bounces.clear()
        return control.json_response([base64.b64encode(report).decode() for report in self.state.bounces])

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.state.faults.clear()
        if request.method == "POST":
            try:
                self.state.faults.append(msgspec.json.decode(await request.body(), type=Fault))
            except msgspec.DecodeError as error:
                return control.problem(422, "not a fault", str(error))
        return control.json_response(self.state.faults, 201 if request.method == "POST" else 200)


async def _put(request: Request, by_recipient: dict[str, str]) -> Response:
    """Show what is said by recipient, or put other words in its place."""
    if request.method == "PUT":
        try:
            given = msgspec.json.decode(await request.body(), type=dict[str, str])
        except msgspec.DecodeError as error:
            return control.problem(422, "not texts by recipient", str(error))
        by_recipient.clear()
        by_recipient.update({address.lower(): text for address, text in given.items()})
    return control.json_response(by_recipient)


def _stored(envelope: Envelope) -> Stored:
    content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
    return Stored(sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), content=content, received_at=clock.now())
