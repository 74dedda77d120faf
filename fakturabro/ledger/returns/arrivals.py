"""Movements as they arrive: each recorded once, as a document that waits to be posted, or is skipped with a reason.

A restored ledger gives each the same key again, so what the journal claims is found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.domain import money, return_data
from fakturabro.ledger import documents, opened, raws, recording, seals
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.journal import claims
from fakturabro.ledger.payments import guard_keys
from fakturabro.ledger.returns import movements
from fakturabro.ledger.returns import tables as return_tables

_movement = return_tables.movement
_ENCODER = msgspec.json.Encoder()
_COLUMNS = ("tenant", "document_id", "origin", "client", "kind", "day", "told_no", "allocation_id", "invoice_id")


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A movement to be recorded under its `key`, read from the bytes behind `raw_id`.

    `told_no` is its number where the factoring system's interface told of it, which is asked for what follows. `skip` is why it is
    not ours to carry, where it is not. `undoes` and `settlement_id` are set where a voucher is undone.
    """

    movement: return_data.Movement
    origin: str
    key: str
    client: str
    raw_id: int
    told_no: int | None = None
    allocation_id: int | None = None
    invoice_id: int | None = None
    skip: str = ""
    undoes: int | None = None
    settlement_id: int | None = None


class Differing(msgspec.Struct, frozen=True):
    """A movement that was told once more with other content, and left as it was. `was` is None where nothing is kept of that."""

    key: str
    document_id: int
    was: return_data.Movement | None
    now: return_data.Movement


class Recorded(msgspec.Struct):
    """What became of some movements."""

    new: int = 0
    known: int = 0
    skipped: int = 0
    differing: list[Differing] = []


def told_key(client: str, number: str) -> str:
    """What a movement is known by that the factoring system told."""
    return f"told/{client}/{number}"


def keep(ledger: opened.Ledger, tenant: str, content: bytes, at: dt.datetime) -> int:
    """Keep bytes that movements are read from and that are no file; the id, the same for the same bytes."""
    sealed = raws.seal(ledger.seals.key(tenant, movements.KIND, f"{at:%Y-%m}"), movements.KIND, content)
    with ledger.writing() as connection:
        return raws.record(connection, tenant, [sealed])[sealed.sha256]


def record(ledger: opened.Ledger, tenant: str, run: str, at: dt.datetime, rows: Iterable[New]) -> Recorded:
    """Record movements, 5,000 in a transaction: new ones wait, what is known is left alone. Repeatable after a crash.

    What the journal claims of a new one (it left before the ledger was restored) begins in doubt.
    """
    recorder, said, differing = Recorder(ledger, tenant, run, at), Recorded(), list[tuple[int, New]]()
    for chunk in bulk.chunks(rows, movements.PAGE):
        with ledger.writing() as connection:
            bulk.wait_in_line(connection, f"record/{tenant}")
            differing += recorder.insert(connection, chunk, said)
            claims.take(connection, tenant, run)
    before = _read_known(ledger, tenant, [document_id for document_id, _ in differing])
    said.differing = [Differing(new.key, i, before.get(i), new.movement) for i, new in differing]
    return said


class Recorder:
    """Writes movements in transactions of the caller's, who waits in line there."""

    def __init__(self, ledger: opened.Ledger, tenant: str, run: str, at: dt.datetime) -> None:
        self._tenant, self._run = tenant, run
        self._keys = guard_keys.Keys(ledger, tenant)
        self._seal = ledger.seals.key(tenant, movements.KIND, f"{at:%Y-%m}")

    def insert(self, connection: sa.Connection, rows: Sequence[New], said: Recorded) -> list[tuple[int, New]]:
        """Insert what is not there, and count; (document, row) of what is there with other content."""
        known = documents.known(connection, self._tenant, movements.SOURCE, [row.key for row in rows])
        hashes = {key: (one.id, one.listing_hash) for key, one in known.items()}
        new: dict[str, tuple[New, bytes]] = {}
        differing: list[tuple[int, New]] = []
        for row in rows:
            content = _ENCODER.encode(row.movement)
            digest = self._keys.of_bytes(content).hex()
            document_id, stands = hashes.setdefault(row.key, (0, digest))
            if stands != digest:
                differing.append((document_id, row))
            elif document_id or row.key in new:
                said.known += 1
            else:
                new[row.key] = row, content
        self._complete(connection, {row.key: row for row in reversed(rows)}, known)
        self._insert(connection, [one for one in new.values() if not one[0].skip])
        self._insert_skipped(connection, [one for one in new.values() if one[0].skip])
        skipped = sum(bool(row.skip) for row, _ in new.values())
        said.new, said.skipped = said.new + len(new) - skipped, said.skipped + skipped
        return differing

    def _complete(self, connection: sa.Connection, rows: Mapping[str, New], known: Mapping[str, documents.Known]) -> None:
        """Give documents their movements again that a ledger lost which was taken back to an older schema."""
        mine = (_movement.c.tenant == self._tenant, bulk.among(connection, _movement.c.document_id, [o.id for o in known.values()]))
        whole = set(connection.execute(sa.select(_movement.c.document_id).where(*mine)).scalars()) if known else set[int]()
        lost = {one.id: rows[key] for key, one in known.items() if one.id not in whole}
        self._insert_movements(connection, list(lost), list(lost.values()))

    def _insert(self, connection: sa.Connection, rows: Sequence[tuple[New, bytes]]) -> None:
        made = [
            documents.New(
                source_key=row.key,
                kind=movements.KIND,
                number=row.movement.id,
                customer_number=row.movement.buyer_number,
                amount=money.to_minor(row.movement.amount),
                currency=row.movement.currency,
                listing_hash=self._keys.of_bytes(content).hex(),
                hash=self._keys.of_bytes(content),
                canonical=self._seal.seal(content),
            )
            for row, content in rows
        ]
        raw_ids = [row.raw_id for row, _ in rows]
        of = (self._tenant, movements.SOURCE, self._run)
        ids = recording.insert_new(connection, *of, values.RETURN_PURPOSES, made, raw_ids)
        self._insert_movements(connection, ids, [row for row, _ in rows])

    def _insert_skipped(self, connection: sa.Connection, rows: Sequence[tuple[New, bytes]]) -> None:
        made = [
            documents.Skipped(
                source_key=row.key,
                kind=movements.KIND,
                number=row.movement.id,
                customer_number=row.movement.buyer_number,
                amount=money.to_minor(row.movement.amount),
                currency=row.movement.currency,
                reason=row.skip,
                listing_hash=self._keys.of_bytes(content).hex(),
            )
            for row, content in rows
        ]
        ids = recording.insert_skipped(connection, self._tenant, movements.SOURCE, self._run, made)
        self._insert_movements(connection, ids, [row for row, _ in rows])

    def _insert_movements(self, connection: sa.Connection, ids: Sequence[int], rows: Sequence[New]) -> None:
        bulk.insert(
            connection,
            _movement,
            (*_COLUMNS, "invoice_number", "kid", "undoes", "settlement_id"),
            [
                (self._tenant, i, row.origin, row.client, row.movement.kind, row.movement.date.isoformat())
                + (row.told_no, row.allocation_id, row.invoice_id, row.movement.invoice_number, row.movement.kid)
                + (row.undoes, row.settlement_id)
                for i, row in zip(ids, rows, strict=True)
            ],
        )


def _read_known(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, return_data.Movement]:
    """What these movements say, where it can be opened."""
    found: dict[int, return_data.Movement] = {}
    for document_id in sorted({*document_ids} - {0}):
        try:
            found |= {row.id: movements.decode(row.canonical) for row in documents.read(ledger, tenant, [document_id])}
        except seals.SealError:
            continue
    return found
