"""The Peppol network on loopback: the SML as a name server over UDP and TCP, and one publisher (SMP) over HTTP.

Both speak of the same `receivers`, which are the access point's. Faults: method "NAPTR" means the name server (error: SERVFAIL,
throttled: REFUSED, cut: no answer, latency), others mean the publisher.

Assumed: a publisher answers 404 without a body for what it does not have.
"""

from __future__ import annotations

import base64
import hashlib
import socketserver
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from urllib import parse
from xml.sax import saxutils

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fakturabro.systems.peppol import names
from sandboxes import control, faults

CANARY = "0192:991825827"
"""Registered in every sandbox."""
_ZONE = f".{names.SCHEME}.{names.ZONES['sandbox']}."
_TTL = 2**31 - 1
_KINDS = names.DOCUMENT_TYPES
_SPACES = (
    'xmlns="http://busdox.org/serviceMetadata/publishing/1.0/" xmlns:ids="http://busdox.org/transport/identifiers/1.0/"'
    ' xmlns:wsa="http://www.w3.org/2005/08/addressing"'
)


class Peppol:
    """The sandbox: `book` its faults, `app` the publisher. `base` is where the publisher is served."""

    def __init__(self, receivers: Mapping[str, Sequence[str]], base: str = "") -> None:
        self.receivers, self.base = receivers, base
        self.records: dict[str, list[str]] = {}
        """By participant, NAPTR records other than its own."""
        self.closed: dict[str, tuple[str, str]] = {}
        """By participant, activation and expiration of its end points."""
        self.book = control.own_contract_book()
        routes = [
            *control.routes(self.book, lambda: {"receivers": self.receivers}),
            Route("/{group}", self._group),
            Route("/{group}/services/{type:path}", self._metadata),
        ]
        self.app = faults.Faulty(Starlette(routes=routes), self.book)

    def answer(self, query: bytes, over_tcp: bool = False) -> bytes | None:
        """The name server's answer to a question, None for silence. Blocks while a latency lasts."""
        asked = dns.message.from_wire(query)
        name = asked.question[0].name.to_text().lower()
        self.book.calls["NAPTR"] += 1
        fault = self.book.take("NAPTR", f"/{name}")
        if fault is not None and fault.kind == "cut":
            return None
        reply = dns.message.make_response(asked)
        if fault is not None and fault.kind in ("error", "throttled"):
            reply.set_rcode(dns.rcode.SERVFAIL if fault.kind == "error" else dns.rcode.REFUSED)
            return reply.to_wire()
        time.sleep(fault.seconds if fault is not None else 0.0)
        if records := self._records(name):
            reply.answer.append(dns.rrset.from_text(name, _TTL, "IN", "NAPTR", *records))
        else:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire(max_size=65_535 if over_tcp else 0)

    def _records(self, name: str) -> list[str]:
        known = {_label(one): one for one in (*self.receivers, *self.records, CANARY)}
        participant = known.get(name.removesuffix(_ZONE))
        own = [f'100 10 "U" "Meta:SMP" "!.*!{self.base}!" .']
        return self.records.get(participant, own) if participant else []

    async def _group(self, request: Request) -> Response:
        scheme, _, participant = request.path_params["group"].partition("::")
        if scheme != names.SCHEME or participant not in self.receivers:
            return Response(status_code=404)
        links = [
            f'<ServiceMetadataReference href="{self.base}{names.to_path(participant)}/services/{parse.quote(_KINDS[kind], "")}"/>'
            for kind in self.receivers[participant]
        ]
        text = "".join(
            [_participant(participant), "<ServiceMetadataReferenceCollection>", *links, "</ServiceMetadataReferenceCollection>"]
        )
        return _xml(f"<ServiceGroup {_SPACES}>{text}</ServiceGroup>")

    async def _metadata(self, request: Request) -> Response:
        participant = request.path_params["group"].partition("::")[2]
        kind = next((kind for kind, name in _KINDS.items() if name == request.path_params["type"]), "")
        if kind not in self.receivers.get(participant, ()):
            return Response(status_code=404)
        opens, closes = self.closed.get(participant, ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"))
        process_scheme, _, process = names.PROCESS.partition("::")
        type_scheme, _, document_type = _KINDS[kind].partition("::")
        return _xml(
            f"<SignedServiceMetadata {_SPACES}><ServiceMetadata><ServiceInformation>{_participant(participant)}"
            f'<ids:DocumentIdentifier scheme="{type_scheme}">{saxutils.escape(document_type)}</ids:DocumentIdentifier>'
            f'<ProcessList><Process><ids:ProcessIdentifier scheme="{process_scheme}">{process}</ids:ProcessIdentifier>'
            f'<ServiceEndpointList><Endpoint transportProfile="{names.TRANSPORT}">'
            "<wsa:EndpointReference><wsa:Address>https://ap.example/as4</wsa:Address></wsa:EndpointReference>"
            f"<ServiceActivationDate>{opens}</ServiceActivationDate><ServiceExpirationDate>{closes}</ServiceExpirationDate>"
            "</Endpoint></ServiceEndpointList></Process></ProcessList></ServiceInformation></ServiceMetadata>"
            "</SignedServiceMetadata>"
        )


class NameServer:
    """Serves `answer(question, over_tcp)` on one port of 127.0.0.1 over UDP and TCP, each question in a thread of its own."""

    def __init__(self, answer: Callable[[bytes, bool], bytes | None]) -> None:
        self._answer = answer
        self._servers: list[_Server] = []
        self.port = 0

    def start(self) -> None:
        """Serve; returns when both answer."""
        answer = self._answer

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                query, line = self.request
                said = answer(query, False)
                if said is not None:
                    line.sendto(said, self.client_address)

        class Stream(socketserver.StreamRequestHandler):
            timeout = 5

            def handle(self) -> None:
                said = answer(self.rfile.read(int.from_bytes(self.rfile.read(2), "big")), True)
                if said is not None:
                    self.wfile.write(len(said).to_bytes(2, "big") + said)

        self._servers = _listen(Datagram, Stream)
        self.port = int(self._servers[0].server_address[1])
        for one in self._servers:
            threading.Thread(target=one.serve_forever, args=(0.05,), name="sandbox-names", daemon=True).start()

    def stop(self) -> None:
        for one in self._servers:
            one.shutdown()
            one.server_close()


def _listen(datagram: type[socketserver.BaseRequestHandler], stream: type[socketserver.BaseRequestHandler]) -> list[_Server]:
    """UDP and TCP on one port; another one where somebody has the number in TCP already."""
    while True:
        datagrams = _Datagrams(("127.0.0.1", 0), datagram)
        try:
            return [datagrams, _Streams(datagrams.server_address, stream)]
        except OSError:
            datagrams.server_close()


class _Datagrams(socketserver.ThreadingUDPServer):
    daemon_threads, block_on_close = True, False


class _Streams(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close, allow_reuse_address = True, False, True


_Server = _Datagrams | _Streams


def _label(participant: str) -> str:
    return base64.b32encode(hashlib.sha256(participant.lower().encode()).digest()).decode().strip("=").lower()


def _participant(participant: str) -> str:
    said = saxutils.escape(participant)
    return f'<ids:ParticipantIdentifier scheme="{names.SCHEME}">{said}</ids:ParticipantIdentifier>'


def _xml(text: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', media_type="text/xml")
