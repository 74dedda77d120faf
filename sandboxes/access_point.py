"""The distribution partner's access point over HTTP, as fakturabro/systems/access_point/contract.openapi.yaml agrees.

It takes well-formed UBL invoices and credit notes for receivers that it knows, keeps the bytes as they came, and checks that
sender and receiver are the document's own end points (`state.checks_endpoints`).

Assumed: everything; partners publish no common interface. A message counts as delivered at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence

import msgspec
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandboxes import clock, control, faults

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_ROOTS = {f"{{{_UBL}Invoice-2}}Invoice": "invoice", f"{{{_UBL}CreditNote-2}}CreditNote": "credit_note"}
_NAMESPACES = {"cac": f"{_UBL}CommonAggregateComponents-2", "cbc": f"{_UBL}CommonBasicComponents-2"}


class RefusedDocumentError(ValueError):
    """The access point does not take this document; the message says why."""


class Message(msgspec.Struct, kw_only=True):
    """A document that was handed over, byte for byte."""

    message_id: str
    sender: str
    receiver: str
    kind: str
    body: bytes
    received_at: dt.datetime
    state: str = "delivered"

    def as_answer(self) -> dict[str, object]:
        seen = {name: getattr(self, name) for name in ("message_id", "sender", "receiver", "state", "received_at")}
        return {**seen, "sha256": hashlib.sha256(self.body).hexdigest()}


class State:
    """`receivers`: participant -> document types it can take; `messages`: what was handed over, by message id."""

    def __init__(self, receivers: Mapping[str, Sequence[str]]) -> None:
        self.receivers = {participant: list(kinds) for participant, kinds in receivers.items()}
        self.messages: dict[str, Message] = {}
        self.checks_endpoints = True

    def as_answer(self) -> dict[str, object]:
        shown = [message.as_answer() | {"kind": message.kind, "body": message.body.decode()} for message in self.messages.values()]
        return {"receivers": self.receivers, "messages": shown}


class AccessPoint:
    """The sandbox: `state` is what the partner knows, `book` its faults, `app` what is served."""

    def __init__(self, key: str, receivers: Mapping[str, Sequence[str]]) -> None:
        self.key = key
        self.state = State(receivers)
        self.book = control.own_contract_book()
        routes = [
            Route("/messages/{message_id}", self._put, methods=["PUT"]),
            Route("/messages/{message_id}", self._get, methods=["GET"]),
            *control.routes(self.book, self.state.as_answer),
        ]
        self.app = faults.Faulty(Starlette(routes=routes), self.book)

    async def _put(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        try:
            message_id = str(uuid.UUID(request.path_params["message_id"]))
        except ValueError:
            return control.problem(422, "the message id is no UUID")
        if standing := self.state.messages.get(message_id):
            return control.json_response(standing.as_answer(), 409)
        body, sender, receiver = await request.body(), request.headers.get("x-sender", ""), request.headers.get("x-receiver", "")
        try:
            kind = self._kind(body, sender, receiver)
        except RefusedDocumentError as error:
            return control.problem(422, "document refused", str(error))
        message = Message(message_id=message_id, sender=sender, receiver=receiver, kind=kind, body=body, received_at=clock.now())
        self.state.messages[message_id] = message
        return control.json_response(message.as_answer(), 201)

    async def _get(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        message = self.state.messages.get(request.path_params["message_id"].lower())
        return control.json_response(message.as_answer()) if message else control.problem(404, "no such message")

    def _refused(self, request: Request) -> Response | None:
        return (
            None if request.headers.get("authorization") == f"Bearer {self.key}" else control.problem(401, "wrong or missing key")
        )

    def _kind(self, body: bytes, sender: str, receiver: str) -> str:
        """The document type of a body that can be taken; raises RefusedDocumentError."""
        root = _parsed(body)
        kind = _ROOTS.get(str(root.tag))
        if kind is None:
            raise RefusedDocumentError(f"the root is {root.tag}, not a UBL 2 Invoice or CreditNote")
        if kind not in self.state.receivers.get(receiver, ()):
            raise RefusedDocumentError(f"{receiver or 'a receiver that is not named'} cannot take a {kind}")
        if self.state.checks_endpoints:
            for role, said in (("Supplier", sender), ("Customer", receiver)):
                if (stands := _endpoint(root, role)) != said:
                    raise RefusedDocumentError(f"the header says {said}, the document's {role.lower()} is {stands}")
        return kind


def _parsed(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise RefusedDocumentError(f"not well-formed: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise RefusedDocumentError("a document type declaration is not taken")
    return root


def _endpoint(root: etree._Element, role: str) -> str:
    found = root.find(f"cac:Accounting{role}Party/cac:Party/cbc:EndpointID", _NAMESPACES)
    return "" if found is None else f"{found.get('schemeID')}:{(found.text or '').strip()}"
