"""The versions that the client makes of its documents, and which of them each copy at a debtor is of."""

from __future__ import annotations

import collections
import json
import random
import re
from collections.abc import Iterator, Sequence

import msgspec

from fakturabro.mapping import poweroffice_to_documents as mapping
from fakturabro.systems.poweroffice import wire
from sandboxes import control
from sandboxes.poweroffice import state as state_
from sandboxes.poweroffice import v1
from tasks.debtors import channels

_BACK = 0.25
"""How often a client that has changed a document takes back what it wrote."""
_REFERENCE = re.compile(rb"<cbc:BuyerReference>([^<]*)<")


def write(shown: list[state_.Invoice], invoice: state_.Invoice, chance: random.Random) -> None:
    """Another buyer's reference, which nobody books, or an earlier version again; `shown` are the versions until now, in order.

    Blanks after the e-mail address say in the source's list that something is new, and leave the channel as it is.
    """
    known = {one.document(): one for one in shown}
    others = [one for data, one in known.items() if data != invoice.document()]
    if others and chance.random() < _BACK:
        back = chance.choice(others)
        invoice.ehf, invoice.customer_email = back.ehf, back.customer_email
    else:
        words, first = b"<cbc:BuyerReference>V%d " % len(known), shown[0]
        invoice.ehf = first.document().replace(b"<cbc:BuyerReference>", words, 1)
        invoice.customer_email = (first.customer_email or "") + " " * len(known)
    shown.append(msgspec.structs.replace(invoice))


class Versions:
    """Content hash by content hash what the source has shown of one document, in order; one may come back."""

    def __init__(self, tenant: str, source_key: str, shown: Sequence[state_.Invoice]) -> None:
        self._digests = [_digest(one) for one in shown]
        known = dict(zip(self._digests, shown, strict=True))
        self._references = {digest: _reference(one.document()) for digest, one in known.items()}
        ways = [(digest, channel) for digest in known for channel in (channels.EHF, channels.LINK, channels.EMAIL, channels.LETTER)]
        self._by_key = {channels.natural_key(tenant, source_key, digest, channel): digest for digest, channel in ways}

    @property
    def newest(self) -> bytes:
        """What the source shows now."""
        return self._digests[-1]

    def has(self, digest: bytes) -> bool:
        """Whether the source ever showed this content."""
        return digest in self._references

    def find_strangers(self, copies: Sequence[tuple[str, bytes | None]]) -> list[str]:
        """Copies, each a natural key and where it can be read the content, that are of no version, or of another than they say."""
        found = [f"a copy of no version: {key}" for key, _ in copies if key not in self._by_key]
        read = [(key, _reference(body)) for key, body in copies if key in self._by_key and body is not None]
        return found + [f"{key} has the reference {said!r}" for key, said in read if said != self._references[self._by_key[key]]]

    def find_doubles(self, keys: Sequence[str]) -> list[str]:
        """Versions that were sent twice."""
        counts = collections.Counter(self._find(keys))
        return [f"{copies} copies of version {self._digests.index(digest)}" for digest, copies in counts.items() if copies > 1]

    def is_in_order(self, keys: Sequence[str]) -> bool:
        """Whether each copy is of a version that the source showed after the ones before."""
        shown = iter(self._digests)
        return all(digest in shown for digest in self._find(keys))

    def is_new_enough(self, keys: Sequence[str], wanted: bytes) -> bool:
        """Whether the last copy is of the wanted version, or of one that was made after it: an older one never follows."""
        found = self._find(keys)
        return bool(found) and wanted in self._digests and self._digests.index(wanted) <= self._digests.index(found[-1])

    def knows_any(self, keys: Sequence[str], revisions: Sequence[bytes]) -> bool:
        """Whether any of the revisions was sent."""
        return not set(revisions).isdisjoint(self._find(keys))

    def _find(self, keys: Sequence[str]) -> list[bytes]:
        return [self._by_key[key] for key in keys if key in self._by_key]


def judge(
    known: Versions, copies: Sequence[tuple[str, bytes | None]], revisions: Sequence[bytes], is_listed: bool, sends_changed: bool
) -> Iterator[tuple[str, str]]:
    """What is wrong with the copies of one document, in order, by kind: each version is sent at most once, an older one never
    after a newer one, and where changes are sent the newest that the ledger knows arrives.

    `revisions` are the ledger's, the current one last. A ledger restored from before the document came in may know none that was
    sent: then nobody can say what was booked, and no other is sent.
    """
    keys = [key for key, _ in copies]
    yield from (("wrong", text) for text in known.find_strangers(copies))
    yield from (("duplicated", text) for text in known.find_doubles(keys))
    if is_listed and revisions[-1] != known.newest:
        yield "lost", "the newest version is not in the ledger"
    if not known.find_doubles(keys) and not known.is_in_order(keys):
        yield "wrong", "an older version was sent after a newer one"
    readable = [one for one in revisions if is_listed or known.has(one)]  # a torn one is fetched again only while it is listed
    if sends_changed and known.knows_any(keys, revisions) and not known.is_new_enough(keys, readable[-1]):
        yield "lost", "the newest version was never sent"


def _reference(data: bytes) -> bytes | None:
    found = _REFERENCE.search(data)
    return found and found[1]


def _digest(invoice: state_.Invoice) -> bytes:
    """The content hash that an intake gives what the source shows, its numbers as wire.Wire._tamper writes them."""
    shown = json.loads(control.json_response(v1._details(invoice)).body)
    row = msgspec.json.decode(json.dumps(shown), type=wire.FactoringInvoiceDetails)
    received = mapping.to_received(row, invoice.document())
    return mapping._content_hash(received, msgspec.json.encode(received), invoice.document())
