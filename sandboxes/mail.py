"""A real SMTP server on loopback that keeps what it is given, and can refuse a recipient or drop the connection at the final dot.

Faults are counted down like those of the HTTP sandboxes. `app` is a small HTTP control interface, because SMTP has none:
GET, DELETE /sandbox/messages; GET, PUT /sandbox/replies; GET, POST, DELETE /sandbox/faults.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import email
import email.message
import email.policy
import threading
from typing import Literal

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandboxes import clock, control

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
        return email.message_from_bytes(self.content, policy=email.policy.default)  # type: ignore[return-value]

    def as_answer(self) -> dict[str, object]:
        parsed = self.parsed()
        seen = {
            "message_id": str(parsed["Message-ID"]),
            "subject": str(parsed["Subject"]),
            "content": base64.b64encode(self.content).decode(),
        }
        return {"sender": self.sender, "recipients": self.recipients, "received_at": self.received_at, **seen}


class State:
    """`messages`: what was stored; `replies`: recipient (lower case) -> the reply to RCPT, such as "550 5.1.1 User unknown"."""

    def __init__(self) -> None:
        self.messages: list[Stored] = []
        self.replies: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.cuts = 0
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Nothing received, nothing refused, no faults."""
        self.messages.clear()
        self.replies.clear()
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

    def __init__(self, state: State) -> None:
        self._state = state

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
            self._state.messages.append(_stored(envelope))
        if fault is not None and isinstance(server.transport, asyncio.WriteTransport):
            self._state.cuts += 1
            server.transport.abort()
            raise ConnectionResetError("cut by a fault")
        return "250 OK: queued"


class _OnFreePort(Controller):
    """aiosmtpd's controller, told which port it got before it calls itself to see that the server answers."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


class Mail:
    """The sandbox: `state` is what was stored and what is refused."""

    def __init__(self) -> None:
        self.state = State()
        self._controller = _OnFreePort(
            _Handler(self.state), hostname="127.0.0.1", port=0, data_size_limit=LARGEST, enable_SMTPUTF8=True
        )
        self.app = Starlette(
            routes=[
                Route("/sandbox/messages", self._messages, methods=["GET", "DELETE"]),
                Route("/sandbox/replies", self._replies, methods=["GET", "PUT"]),
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
        if request.method == "PUT":
            try:
                replies = msgspec.json.decode(await request.body(), type=dict[str, str])
            except msgspec.DecodeError as error:
                return control.problem(422, "not replies by recipient", str(error))
            self.state.replies = {address.lower(): reply for address, reply in replies.items()}
        return control.json_response(self.state.replies)

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.state.faults.clear()
        if request.method == "POST":
            try:
                self.state.faults.append(msgspec.json.decode(await request.body(), type=Fault))
            except msgspec.DecodeError as error:
                return control.problem(422, "not a fault", str(error))
        return control.json_response(self.state.faults, 201 if request.method == "POST" else 200)


def _stored(envelope: Envelope) -> Stored:
    content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
    return Stored(sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), content=content, received_at=clock.now())
