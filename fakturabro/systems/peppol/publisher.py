"""A publisher's pages (SMP): which documents a participant takes, and whether the way in is open now.

Their address comes from DNS, which anybody may be written into: on a real network it must be HTTPS on port 443 at a public
address, and a certificate has to vouch for the name. No redirect of HTTP is followed, and of a publisher's own kind one.

Source: Peppol SMP specification 1.3 (3.4 REST binding, 3.5 redirect); HTTPS only since 1 February 2026.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import socket
from urllib import parse

from fakturabro.remote import errors, http
from fakturabro.systems.peppol import messages, names, wire

LIMITS = http.Limits(
    connect=3.0, read=5.0, write=5.0, total=10.0, body=1_000_000, connections=32, attempts=2, first_pause=0.3, longest_pause=5.0
)
_REASONS: dict[type[errors.RemoteError], str] = {errors.Throttled: "ber oss vente", errors.CredentialError: "gir oss ikke adgang"}


class Publishers:
    """All publishers. `local` allows plain HTTP and this machine, for a sandbox."""

    def __init__(self, remote: http.Remote, target: http.Target, *, local: bool = False) -> None:
        self._remote, self._target, self._local = remote, target, local
        self._public: dict[str, bool] = {}

    async def takes(self, base: str, participant: str, kind: str, now: dt.datetime) -> bool:
        """Whether the participant takes our `kind` of document by our process and transport now. Raises Unavailable."""
        page = await self._fetch(base.rstrip("/") + names.to_path(participant))
        try:
            if page is None or names.DOCUMENT_TYPES[kind] not in _of(participant, *wire.read_group(page)):
                return False
            metadata = await self._fetch_metadata(base.rstrip("/") + names.to_path(participant, kind))
            if metadata is None:
                return False
            _of(participant, metadata.participant, frozenset())
        except wire.UnreadableError as error:
            raise errors.Unavailable(messages.publisher_unanswered(to_host(base), str(error))) from None
        if metadata.document_type != names.DOCUMENT_TYPES[kind]:
            raise errors.Unavailable(messages.publisher_unanswered(to_host(base), "en annen dokumenttype enn den vi spurte om"))
        ours = (names.PROCESS, names.TRANSPORT)
        return any((one.process, one.transport) == ours and one.is_open(now) for one in metadata.endpoints)

    async def _fetch_metadata(self, url: str) -> wire.Metadata | None:
        """From this publisher, or the one that it names instead; that one's word is the last."""
        page = await self._fetch(url)
        found = wire.read_metadata(page) if page is not None else None
        if found is None or not found.elsewhere:
            return found
        page = await self._fetch(found.elsewhere)
        found = wire.read_metadata(page) if page is not None else None
        if found is not None and found.elsewhere:
            raise wire.UnreadableError("henviser videre to ganger")
        return found

    async def _fetch(self, url: str) -> bytes | None:
        """A page, None when the publisher has none there. Whatever else it says is Unavailable: it decides nothing."""
        await self._check_place(url)
        try:
            answer = await self._remote.send(self._target, "GET", url, changes=False, expected=(404,))
        except errors.Rejected as error:
            reason = str(error.status) if error.status else "for stort eller uleselig"
            raise errors.Unavailable(messages.publisher_unanswered(to_host(url), reason)) from None
        except errors.RemoteError as error:
            reason = _REASONS.get(type(error), "ikke svar, eller en feil hos dem")
            raise errors.Unavailable(messages.publisher_unanswered(to_host(url), reason)) from None
        return None if answer.status == 404 else answer.body

    async def _check_place(self, url: str) -> None:
        """Raise Unavailable where a publisher must not be."""
        try:
            place = parse.urlsplit(url)
            host, port = place.hostname or "", place.port
        except ValueError:
            raise errors.Unavailable(messages.publisher_refused("?", "adressen er ikke gyldig")) from None
        if not host or place.username is not None or place.query or place.fragment:
            raise errors.Unavailable(messages.publisher_refused(host or "?", "adressen er ikke gyldig"))
        if self._local and place.scheme in ("http", "https"):
            return
        if place.scheme != "https" or port not in (None, 443):
            raise errors.Unavailable(messages.publisher_refused(host, "bare HTTPS på port 443 er tillatt"))
        if host not in self._public:
            self._public[host] = await _is_public(host)
        if not self._public[host]:
            raise errors.Unavailable(messages.publisher_refused(host, "adressen er ikke offentlig"))


async def _is_public(host: str) -> bool:
    """Whether every address of this name is one of the open internet.

    That a name has other addresses a moment later helps nobody: what is there needs a certificate for the name.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise errors.Unavailable(messages.publisher_unanswered(host, "navnet kan ikke slås opp")) from None
    addresses = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    return bool(addresses) and all(one.is_global and not one.is_multicast for one in addresses)


def _of(participant: str, said: str, types: frozenset[str]) -> frozenset[str]:
    if said != f"{names.SCHEME}::{participant}":
        raise wire.UnreadableError("svaret gjelder en annen deltaker")
    return types


def to_host(url: str) -> str:
    """The name of the machine in an address, "?" where there is none."""
    try:
        return parse.urlsplit(url).hostname or "?"
    except ValueError:
        return "?"
