"""What keeps strangers out: headers, forms of a bounded size, tokens against forged posts, and attempts counted by address.

Attempts by address stand in this process's memory; those by link and by approver stand in the ledger.
"""

from __future__ import annotations

import asyncio
import collections
import hashlib
import hmac
import ipaddress
import logging
import re
import traceback
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fakturabro.ledger.portal import keys as portal_keys

_LOGGER = logging.getLogger("fakturabro.gateway")
LARGEST_BODY = 16_384
_BODY_SECONDS = 10.0
_FIELDS = 20
_FORM = "application/x-www-form-urlencoded"
_POLICY = "Content-Security-Policy"
OF_REPORT = {
    _POLICY: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox"
}
"""For a stored report: a page that holds its own style and pictures, in an origin of its own, with no script, form or frame."""
_HEADERS = {
    _POLICY: "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
}
_HSTS = "max-age=31536000"
DEBTORS = "f"
"""What the addresses of debtors' links begin with."""
_TOLD = 12
"""Characters of a link's hash that the log tells."""


class FormError(Exception):
    """A form that is not read; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, blanks cut off. Raises FormError: too large 413, too slow 408, foreign 403, no form 415."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise FormError(403)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise FormError(415)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await _read_body(request)
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_FIELDS)
    except TimeoutError:
        raise FormError(408) from None
    except (ValueError, ClientDisconnect):
        raise FormError(400) from None
    return {name: value.replace("\x00", "").strip() for name, value in fields}


async def _read_body(request: Request) -> bytes:
    stated = request.headers.get("content-length", "0")
    if not stated.isdigit() or int(stated) > LARGEST_BODY:
        raise FormError(413)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise FormError(413)
    return bytes(body)


def form_token(key: bytes, link_hash: str) -> str:
    """What a form must bring back: only a page that was opened by the link itself can hold it."""
    return hmac.new(key, f"form/{link_hash}".encode(), hashlib.sha256).hexdigest()


def is_form_token(key: bytes, link_hash: str, said: str) -> bool:
    """Whether a form came from our page for this link; takes the same time either way."""
    return hmac.compare_digest(form_token(key, link_hash).encode(), said.encode())


def attached(name: str) -> dict[str, str]:
    """The header that makes a browser save a file; of the name only what is safe on every disk and in a header is kept.

    >>> attached('Faktura-Åse/../"x\\r\\ny-2026.pdf')
    {'Content-Disposition': 'attachment; filename="Faktura-se-x-y-2026.pdf"'}
    """
    stem, _, ending = name.rpartition(".")
    safe = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9-]+", "-", stem))
    return {"Content-Disposition": f'attachment; filename="{safe[:100].strip("-")}.{ending}"'}


class AttemptLimit:
    """At most `count` failures per address within `seconds`; the oldest addresses are forgotten when there are very many."""

    def __init__(self, clock: Callable[[], float], count: int = 20, seconds: float = 60.0, addresses: int = 10_000) -> None:
        self._clock, self._count, self._seconds, self._addresses = clock, count, seconds, addresses
        self._failures: collections.OrderedDict[str, collections.deque[float]] = collections.OrderedDict()

    def record(self, address: str) -> None:
        """Note a failure."""
        name = network(address)
        times = self._failures.setdefault(name, collections.deque(maxlen=self._count))
        times.append(self._clock())
        self._failures.move_to_end(name)
        if len(self._failures) > self._addresses:
            self._failures.popitem(last=False)

    def is_reached(self, address: str) -> bool:
        """Whether an address has to wait."""
        times = self._failures.get(network(address), collections.deque[float]())
        return len(times) == self._count and self._clock() - times[0] < self._seconds


def network(address: str) -> str:
    """Whose address it is: IPv4 itself, IPv6 by its /64, since a household has that many.

    >>> network("2001:db8:1:2:3:4:5:6"), network("192.0.2.7"), network("testclient")
    ('2001:db8:1:2::/64', '192.0.2.7', 'testclient')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


class Shell:
    """Around the whole application: headers on every answer, a log line without token, and errors without the values in them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _secure(message, scope)
                _LOGGER.info("%s %s %s", scope["method"], _page(scope), message["status"])
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # its text may hold what a person typed
            where = traceback.extract_tb(error.__traceback__)[-1]
            _LOGGER.error("%s: %s at %s:%s", _page(scope), type(error).__name__, where.filename, where.lineno)


def _secure(message: Message, scope: Scope) -> None:
    headers = MutableHeaders(raw=message["headers"])
    policy = headers.get(_POLICY, _HEADERS[_POLICY])
    headers.update({**_HEADERS, _POLICY: policy})
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = _HSTS
    if message["status"] in (408, 413):
        headers["Connection"] = "close"


def _page(scope: Scope) -> str:
    """The page's name without the token that follows it; of a debtor's link, the beginning of the hash that is kept of it."""
    name, *rest = str(scope["path"]).removeprefix("/").split("/", 2)
    if name == DEBTORS and rest:
        return f"{name}/{portal_keys.token_hash(rest[0])[:_TOLD]}"
    return name[:20] or "/"
