"""The ledger and the send journal as the judge reads them, document by document."""

from __future__ import annotations

import collections
import pathlib
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from tasks.debtors import channels
from tests.crash import counterparts

_KINDS = ("invoice", "credit_note")
_CHANNELS = (channels.EHF, channels.LINK, channels.EMAIL, channels.LETTER)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the ledger with its state, target, key and amount for each purpose; contents as hashes."""

    id: int
    key: str
    number: str
    kind: str
    states: dict[str, str]
    targets: dict[str, str | None]
    amount: int
    currency: str
    kid: str
    content: bytes
    older: list[bytes]
    booked: bytes | None
    made: dict[bytes, dict[str, bytes]]
    """By revision, the sha256 of what was made of it to be sent: "pdf" and "ehf"."""

    @property
    def name(self) -> str:
        """Which document, for people."""
        return f"{self.kind} {self.number}"

    def find_made(self, format_: str, natural_key: str = "") -> set[bytes]:
        """The sums of what was made in this format: of the revision that leaves by this key; without one, of any."""
        sums = {revision: said[format_] for revision, said in self.made.items() if format_ in said}
        return {digest for revision, digest in sums.items() if not natural_key or _local(natural_key) in self._keys(revision)}

    def knows(self, natural_key: str) -> bool:
        """Whether the ledger has the revision that left by this key."""
        return any(_local(natural_key) in self._keys(revision) for revision in (self.content, *self.older))

    def keys(self, channel: str) -> list[str]:
        """What a channel may know the document by, revision by revision."""
        return [channels.natural_key(counterparts.TENANT, self.key, one, channel) for one in (*self.older, self.content)]

    def _keys(self, revision: bytes) -> set[str]:
        return {_local(channels.natural_key(counterparts.TENANT, self.key, revision, channel)) for channel in _CHANNELS}


def _local(natural_key: str) -> str:
    """A key without the mail domain, which is the installation's and not the judge's."""
    return natural_key.partition("@")[0]


def read(engine: sa.Engine) -> dict[str, Row]:
    """Every document that was fetched, by the source's key."""
    document, delivery, booking, revision = tables.document, tables.delivery, tables.booking, tables.revision
    with engine.connect().execution_options(reading=True) as connection:
        heads = connection.execute(sa.select(document).where(document.c.state == "fetched", document.c.kind.in_(_KINDS))).all()
        moves = connection.execute(sa.select(delivery)).all()
        revisions = connection.execute(sa.select(revision.c.id, revision.c.document_id, revision.c.hash)).all()
        booked = connection.execute(sa.select(booking.c.document_id, booking.c.kid)).all()
        kids = {document_id: kid for document_id, kid in booked}
        made = _read_made(connection)
    contents = {one.id: one.hash for one in revisions}
    of: dict[int, dict[str, Any]] = collections.defaultdict(dict)
    for move in moves:
        of[move.document_id][move.purpose] = move
    return {
        head.source_key: Row(
            id=head.id,
            key=head.source_key,
            number=head.number,
            kind=head.kind,
            states={purpose: move.state for purpose, move in of[head.id].items()},
            targets={purpose: move.target for purpose, move in of[head.id].items()},
            amount=head.amount,
            currency=head.currency,
            kid=kids.get(head.id, ""),
            content=contents[head.revision_id],
            older=[one.hash for one in revisions if one.document_id == head.id and one.id != head.revision_id],
            booked=contents[of[head.id]["book"].revision_id] if "book" in of[head.id] else None,
            made={one.hash: made[one.id] for one in revisions if one.document_id == head.id and one.id in made},
        )
        for head in heads
    }


def _read_made(connection: sa.Connection) -> dict[int, dict[str, bytes]]:
    rendition, raw = tables.rendition, tables.raw
    query = sa.select(rendition.c.revision_id, rendition.c.format, raw.c.sha256).join(raw, raw.c.id == rendition.c.raw_id)
    found: dict[int, dict[str, bytes]] = collections.defaultdict(dict)
    for revision_id, format_, digest in connection.execute(query):
        found[revision_id][format_] = bytes(digest)
    return found


def read_journal(folder: pathlib.Path) -> dict[tuple[str, str], str]:
    """By purpose and natural key, the source's key of every document that was ever announced."""
    lines = journal.Journal(folder).scan(counterparts.TENANT, (journal_lines.Reserve,))
    return {(line.purpose, one.natural_key): one.source_key for line in lines for one in line.sendings}


def was_recovered(folder: pathlib.Path) -> bool:
    """Whether a backup of the ledger was put back once: it may not know what was made before."""
    return any(True for _ in journal.Journal(folder).scan(counterparts.TENANT, (journal_lines.Epoch,)))


def read_openings(folder: pathlib.Path) -> set[str]:
    """The keys of the links whose opening stands in the journal."""
    lines = journal.Journal(folder).scan(counterparts.TENANT, (journal_lines.Opened,))
    return {line.natural_key for line in lines}


def has_waiting_letters(engine: sa.Engine) -> bool:
    """Whether the days of some link that was accepted are not over."""
    waits = (tables.delivery.c.purpose == "letter", tables.delivery.c.state.in_(("waiting", "planned", "in_doubt")))
    with engine.connect().execution_options(reading=True) as connection:
        return connection.execute(sa.select(tables.delivery.c.id).where(*waits).limit(1)).first() is not None


def find_states(engine: sa.Engine) -> list[Any]:
    """The state of everything, to see whether anything still moves."""
    columns = (tables.delivery.c.id, tables.delivery.c.state)
    with engine.connect().execution_options(reading=True) as connection:
        return list(connection.execute(sa.select(*columns).order_by(columns[0])).all())
