"""What the SML's DNS and a publisher's pages say, exactly as it is: NAPTR records, ServiceGroup, SignedServiceMetadata.

Source: RFC 4848 (U-NAPTR); Peppol SMP specification 1.3 and its schema peppol-smp-types-v1.
Assumed: the publisher's certificate for HTTPS vouches for its pages; the XML signature is not checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol
from urllib import parse

import msgspec
from lxml import etree

_Element = etree._Element  # pyright: ignore[reportPrivateUsage] lxml has no other name for it
_SMP = "{http://busdox.org/serviceMetadata/publishing/1.0/}"
_IDS = "{http://busdox.org/transport/identifiers/1.0/}"
_SERVICE = b"meta:smp"
_ANYTHING = (".*", "^.*$")


class UnreadableError(ValueError):
    """This is not what the specification says; the message says what is wrong, never whom it is about."""


class Naptr(Protocol):
    """A NAPTR record."""

    order: int
    preference: int
    flags: bytes
    service: bytes
    regexp: bytes


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One way in; `process` is "scheme::value". None: without beginning, without end."""

    process: str
    transport: str
    opens: dt.datetime | None
    closes: dt.datetime | None

    def is_open(self, now: dt.datetime) -> bool:
        """Whether it takes anything now."""
        return (self.opens is None or self.opens <= now) and (self.closes is None or now < self.closes)


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """How a participant takes a document type; or `elsewhere`, where another publisher says so."""

    participant: str = ""
    document_type: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    elsewhere: str = ""


def read_publisher(records: Iterable[Naptr]) -> str:
    """The address of the publisher that these records name first, as it stands there. Raises UnreadableError."""
    ours = [one for one in records if one.flags.upper() == b"U" and one.service.lower() == _SERVICE]
    if not ours:
        raise UnreadableError("ingen NAPTR for Meta:SMP")
    first = min(ours, key=lambda one: (one.order, one.preference, one.regexp))
    try:
        said = first.regexp.decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableError("NAPTR er ikke ASCII") from None
    parts = said[1:].split(said[:1]) if said else []
    if len(parts) != 3 or parts[0] not in _ANYTHING or not parts[1]:
        raise UnreadableError("NAPTR har en annen regel enn .*")
    return parts[1]


def read_group(data: bytes) -> tuple[str, frozenset[str]]:
    """(participant, the document types that it takes) of a ServiceGroup. Raises UnreadableError."""
    root = _root(data, "ServiceGroup")
    links = (one.get("href", "") for one in root.iter(f"{_SMP}ServiceMetadataReference"))
    types = (parse.unquote(link.rpartition("/services/")[2]) for link in links if "/services/" in link)
    return _participant(root), frozenset(types)


def read_metadata(data: bytes) -> Metadata:
    """What a SignedServiceMetadata says. Raises UnreadableError."""
    root = _root(data, "SignedServiceMetadata").find(f"{_SMP}ServiceMetadata")
    if root is None:
        raise UnreadableError("ServiceMetadata mangler")
    redirect = root.find(f"{_SMP}Redirect")
    if redirect is not None:
        return Metadata(elsewhere=redirect.get("href", ""))
    information = root.find(f"{_SMP}ServiceInformation")
    if information is None:
        raise UnreadableError("ServiceInformation mangler")
    return Metadata(
        participant=_participant(information),
        document_type=_identifier(information.find(f"{_IDS}DocumentIdentifier")),
        endpoints=tuple(
            Endpoint(
                process=_identifier(process.find(f"{_IDS}ProcessIdentifier")),
                transport=one.get("transportProfile", ""),
                opens=_time(one.findtext(f"{_SMP}ServiceActivationDate")),
                closes=_time(one.findtext(f"{_SMP}ServiceExpirationDate")),
            )
            for process in information.iter(f"{_SMP}Process")
            for one in process.iter(f"{_SMP}Endpoint")
        ),
    )


def _root(data: bytes, name: str) -> _Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise UnreadableError("ikke XML") from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableError("en DTD står i svaret")
    if root.tag != f"{_SMP}{name}":
        raise UnreadableError(f"svaret er ikke {name}")
    return root


def _participant(parent: _Element) -> str:
    return _identifier(parent.find(f"{_IDS}ParticipantIdentifier")).lower()


def _identifier(one: _Element | None) -> str:
    if one is None:
        raise UnreadableError("en identifikator mangler")
    return f"{one.get('scheme', '')}::{(one.text or '').strip()}"


def _time(text: str | None) -> dt.datetime | None:
    """An xs:dateTime; one without a zone is UTC."""
    if not text or not text.strip():
        return None
    try:
        time = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnreadableError("en dato kan ikke leses") from None
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
