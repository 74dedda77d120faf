"""What a file tells of payments that came in: each recorded once, as a document that waits to be posted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.domain import money, statements
from fakturabro.ledger import documents, opened, recording, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.incoming import names as incoming_names
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.journal import claims
from fakturabro.ledger.payments import guard_keys
from fakturabro.ledger.payments import tables as bank_tables

Placed = tuple[int, statements.IncomingPayment]
"""A payment with its place in the file, from 1."""
_document, _file, _incoming = tables.document, bank_tables.bank_file, bank_tables.incoming
_ENCODER = msgspec.json.Encoder()


class Differing(msgspec.Struct, frozen=True):
    """A reference that was known with another amount (minor units), currency, KID, booking day or payer.

    The payment is recorded as stopped: a person decides whether it is another one.
    """

    document_id: int
    reference: str
    before: int
    now: int
    currency: str


class Recorded(msgspec.Struct):
    """What became of some payments; amounts in minor units by currency.

    `inserted` are those of the new that were not there before a run that died; `nameless` those of the known that have no
    reference of the bank's: they may be others that are like them.
    """

    new: int = 0
    inserted: int = 0
    known: int = 0
    nameless: int = 0
    new_amounts: dict[str, int] = {}
    known_amounts: dict[str, int] = {}
    differing: list[Differing] = []


def record(
    ledger: opened.Ledger, tenant: str, file_id: int, run: str, at: dt.datetime, rows: Iterable[Placed]
) -> Iterator[Recorded]:
    """Record payments, each with its place in the file, 5,000 in a transaction, as what is given back is read. New ones wait.

    Repeatable after a crash: what this file brought at the same place counts as new again. What is known is left alone.
    """
    recorder = _Recorder(ledger, tenant, file_id, run, at)
    return (recorder.record(chunk) for chunk in bulk.chunks(rows, incoming.PAGE))


class _Recorder:
    def __init__(self, ledger: opened.Ledger, tenant: str, file_id: int, run: str, at: dt.datetime) -> None:
        self._ledger, self._tenant, self._file_id, self._run = ledger, tenant, file_id, run
        self._keys = guard_keys.Keys(ledger, tenant)
        self._seal = ledger.seals.key(tenant, incoming.KIND, f"{at:%Y-%m}")
        self._names = incoming_names.Names(file_id, self._keys)

    def record(self, rows: Sequence[Placed]) -> Recorded:
        said, new, doubtful = Recorded(), list[Placed](), list[Placed]()
        with self._ledger.writing() as connection:
            bulk.wait_in_line(connection, f"record/{self._tenant}")
            known = self._find_known(connection, [incoming_names.to_key(one) for _, one in rows])
            named = [(at, one, self._names.name(at, one, known)) for at, one in rows]
            known |= self._find_known(connection, [key for _, one, key in named if key != incoming_names.to_key(one)])
            for at, one, key in named:
                there = self._names.find(at, one, key, known)
                named_so = at, msgspec.structs.replace(one, reference=key.partition("/")[2])
                if there is None:
                    said.differing.append(_differing(one, known[incoming_names.to_key(one)]))
                    doubtful.append(named_so)
                    continue
                is_ours = there.place == (self._file_id, at)
                if is_ours and not there.document_id:
                    new.append(named_so)
                _count(said, one, is_ours=is_ours)
            self._insert(connection, new, "recorded")
            self._insert(connection, doubtful, "stopped")
            claims.take(connection, self._tenant, self._run)
        said.inserted = len(new) + len(doubtful)
        return said

    def _find_known(self, connection: sa.Connection, keys: Sequence[str]) -> dict[str, incoming_names.Known]:
        columns = [_document.c.id, _incoming.c.file_id, _incoming.c.position, _document.c.amount, _document.c.currency]
        columns += [_incoming.c.kid, _incoming.c.booked_on, _incoming.c.payer]
        mine = (_document.c.tenant == self._tenant, _document.c.source == incoming.SOURCE, _document.c.kind == incoming.KIND)
        query = sa.select(_document.c.source_key, *columns).join(_incoming, incoming.OF_DOCUMENT)
        rows = connection.execute(query.where(*mine, bulk.among(connection, _document.c.source_key, keys))) if keys else ()
        return {key: incoming_names.Known(i, (file_id, at), tuple(said), payer) for key, i, file_id, at, *said, payer in rows}

    def _insert(self, connection: sa.Connection, rows: Sequence[Placed], standing: str) -> None:
        if not rows:
            return
        mine = (_file.c.tenant == self._tenant, _file.c.id == self._file_id)
        raw_id = connection.execute(sa.select(_file.c.raw_id).where(*mine)).scalar_one()
        news = [self._to_new(one) for _, one in rows]
        ids = recording.insert_new(
            connection, self._tenant, incoming.SOURCE, self._run, values.INCOMING_PURPOSES, news, [raw_id] * len(news)
        )
        columns = ("tenant", "document_id", "file_id", "position", "account", "settlement", "kid", "twin", "payer", "booked_on")
        bulk.insert(
            connection,
            _incoming,
            (*columns, "reversal", "standing", "rest"),
            [self._to_row(i, at, one, new.amount, standing) for i, (at, one), new in zip(ids, rows, news, strict=True)],
        )

    def _to_new(self, one: statements.IncomingPayment) -> documents.New:
        said = _ENCODER.encode(one)
        return documents.New(
            source_key=incoming_names.to_key(one),
            kind=incoming.KIND,
            number=one.reference,
            customer_number="",
            amount=money.to_minor(one.amount),
            currency=one.currency,
            listing_hash="",
            hash=self._keys.of_bytes(said),
            canonical=self._seal.seal(said),
        )

    def _to_row(self, document_id: int, at: int, one: statements.IncomingPayment, amount: int, standing: str) -> tuple[Any, ...]:
        payer = self._keys.payer(one.payer_account) if one.payer_account else None
        booked_on = one.booked_on and one.booked_on.isoformat()
        identity = (self._tenant, document_id, self._file_id, at, one.payee_account.number, one.settlement, one.kid)
        return (*identity, self._keys.twin(one), payer, booked_on, one.reversal, standing, amount)


def _differing(one: statements.IncomingPayment, there: incoming_names.Known) -> Differing:
    return Differing(there.document_id, one.reference, there.content[0], money.to_minor(one.amount), one.currency)


def _count(said: Recorded, one: statements.IncomingPayment, *, is_ours: bool) -> None:
    said.new, said.known = said.new + is_ours, said.known + (not is_ours)
    said.nameless += not is_ours and not one.settlement
    sums = said.new_amounts if is_ours else said.known_amounts
    sums[one.currency] = sums.get(one.currency, 0) + money.to_minor(one.amount)
