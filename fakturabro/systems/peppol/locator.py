"""The SML: which publisher a participant is registered with, asked of DNS.

How long an answer may be remembered is the caller's decision, whatever its TTL.

Source: Peppol SML specification; RFC 4848.
Assumed: the zones in names.py; the settings' canary is registered in both of them.
"""

from __future__ import annotations

import asyncio
import urllib.parse

import dns.asyncresolver
import dns.exception
import dns.resolver

from fakturabro.remote import errors
from fakturabro.systems.peppol import messages, names, wire

_ATTEMPT, _TOTAL = 2.0, 5.0
"""Seconds."""


class Locator:
    """Asks the name server at `resolver` ("127.0.0.1:5353"), "" for the system's."""

    def __init__(self, network: str, *, resolver: str = "", canary: str = "") -> None:
        """`canary` is a participant who certainly is registered: while it is not found, nobody counts as absent. "" for none."""
        self._network, self._canary = network, canary
        self._address = resolver
        self._opened: dns.asyncresolver.Resolver | None = None
        self._canary_stands: bool | None = None
        self._lock = asyncio.Lock()

    async def fetch_publisher(self, participant: str) -> str | None:
        """The base address of its publisher; None when it certainly is not registered. Raises Unavailable."""
        found = await self._fetch(participant)
        if found is None and self._canary and not await self._sees_canary():
            raise errors.Unavailable(messages.canary_lost(self._network))
        return found

    async def _sees_canary(self) -> bool:
        """Asked once."""
        async with self._lock:
            if self._canary_stands is None:
                try:
                    self._canary_stands = await self._fetch(self._canary) is not None
                except errors.Unavailable:
                    self._canary_stands = False
            return self._canary_stands

    async def _fetch(self, participant: str) -> str | None:
        name = names.to_domain(participant, self._network)
        try:
            async with asyncio.timeout(_TOTAL):
                answer = await self._resolver().resolve(name, "NAPTR", lifetime=_TOTAL, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except (dns.exception.DNSException, OSError, TimeoutError) as error:
            raise errors.Unavailable(messages.names_unanswered(type(error).__name__)) from None
        try:
            return wire.read_publisher(answer)  # an answer to a question for NAPTR has no others
        except wire.UnreadableError as error:
            raise errors.Unavailable(messages.names_unreadable(str(error))) from None

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """Opened when it is first needed: without an address it reads the system's settings."""
        if self._opened is None:
            self._opened = dns.asyncresolver.Resolver(configure=not self._address)
            if self._address:
                place = urllib.parse.urlsplit(f"//{self._address}")
                self._opened.nameservers, self._opened.port = [place.hostname or ""], place.port or 53
            self._opened.timeout = _ATTEMPT
        return self._opened
