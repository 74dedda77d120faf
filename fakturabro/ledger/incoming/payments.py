"""Payments that came in: documents of kind "incoming_payment". A payment is known by account and the bank's reference for ever.

    recorded -> matched | part | over | suspense | reversal | netted | stopped | cancelled

`part` settles a part of its invoice, `over` leaves a rest, `suspense` settles nothing. `allocations` has what each invoice got.
"""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.domain import money, statements
from fakturabro.ledger import documents, opened, recording, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.incoming import names as incoming_names
from fakturabro.ledger.journal import claims
from fakturabro.ledger.payments import guard_keys
from fakturabro.ledger.payments import tables as bank_tables

Placed = tuple[int, statements.IncomingPayment]
"""A payment with its place in the file, from 1."""
KIND, SOURCE = "incoming_payment", "bank"
PAGE = 5_000
_document, _delivery, _file, _incoming = tables.document, tables.delivery, bank_tables.bank_file, bank_tables.incoming
_OF_DOCUMENT = sa.and_(_document.c.tenant == _incoming.c.tenant, _document.c.id == _incoming.c.document_id)
_PAYMENT = msgspec.json.Decoder(statements.IncomingPayment)
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


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a payment without opening it. `state` is that of posting it; amounts are minor units with a sign."""

    document_id: int
    delivery_id: int
    state: str
    file_id: int
    position: int
    account: str
    reference: str
    settlement: str
    kid: str
    amount: int
    currency: str
    booked_on: dt.date | None
    reversal: bool
    standing: str
    rest: int


def record(
    ledger: opened.Ledger, tenant: str, file_id: int, run: str, at: dt.datetime, rows: Iterable[Placed]
) -> Iterator[Recorded]:
    """Record payments, each with its place in the file, 5,000 in a transaction, as what is given back is read. New ones wait.

    Repeatable after a crash: what this file brought at the same place counts as new again. What is known is left alone.
    """
    recorder = _Recorder(ledger, tenant, file_id, run, at)
    return (recorder.record(chunk) for chunk in bulk.chunks(rows, PAGE))


class _Recorder:
    def __init__(self, ledger: opened.Ledger, tenant: str, file_id: int, run: str, at: dt.datetime) -> None:
        self._ledger, self._tenant, self._file_id, self._run = ledger, tenant, file_id, run
        self._keys = guard_keys.Keys(ledger, tenant)
        self._seal = ledger.seals.key(tenant, KIND, f"{at:%Y-%m}")
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
        mine = (_document.c.tenant == self._tenant, _document.c.source == SOURCE, _document.c.kind == KIND)
        query = sa.select(_document.c.source_key, *columns).join(_incoming, _OF_DOCUMENT)
        rows = connection.execute(query.where(*mine, bulk.among(connection, _document.c.source_key, keys))) if keys else ()
        return {key: incoming_names.Known(i, (file_id, at), tuple(said), payer) for key, i, file_id, at, *said, payer in rows}

    def _insert(self, connection: sa.Connection, rows: Sequence[Placed], standing: str) -> None:
        if not rows:
            return
        mine = (_file.c.tenant == self._tenant, _file.c.id == self._file_id)
        raw_id = connection.execute(sa.select(_file.c.raw_id).where(*mine)).scalar_one()
        news = [self._to_new(one) for _, one in rows]
        ids = recording.insert_new(
            connection, self._tenant, SOURCE, self._run, values.INCOMING_PURPOSES, news, [raw_id] * len(news)
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
            kind=KIND,
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


def find(ledger: opened.Ledger, tenant: str, document_ids: Iterable[int]) -> list[Incoming]:
    """These payments, by document."""
    with ledger.reading() as connection:
        return select(connection, tenant, bulk.among(connection, _incoming.c.document_id, document_ids))


def read(ledger: opened.Ledger, tenant: str, document_ids: Iterable[int]) -> Iterator[tuple[Incoming, statements.IncomingPayment]]:
    """The same, opened. Memory stays flat."""
    for chosen in bulk.chunks(document_ids, 1_000):
        said = {row.id: row.canonical for row in documents.read(ledger, tenant, chosen)}
        for one in find(ledger, tenant, chosen):
            yield one, _PAYMENT.decode(said[one.document_id])


def find_of_file(
    ledger: opened.Ledger, tenant: str, file_id: int, standings: Sequence[str] | None = None
) -> Iterator[list[Incoming]]:
    """The payments of a file by their place in it, 5,000 at a time; between two pages the caller may write."""
    chosen = [] if standings is None else [_incoming.c.standing.in_(standings)]
    place = (_incoming.c.position, _incoming.c.document_id)
    with ledger.reading() as connection:
        mine = (_incoming.c.tenant == tenant, _incoming.c.file_id == file_id)
        ids = array.array("q", connection.execute(sa.select(place[1]).where(*mine, *chosen).order_by(*place)).scalars())
    for some in bulk.chunks(ids, PAGE):
        yield sorted(find(ledger, tenant, some), key=lambda row: (row.position, row.document_id))


def find_suspense(ledger: opened.Ledger, tenant: str) -> list[Incoming]:
    """What no invoice got, or not all of."""
    with ledger.reading() as connection:
        return select(connection, tenant, bank_tables.SUSPENSE, _incoming.c.rest != 0)


def find_doubtful(ledger: opened.Ledger, tenant: str) -> list[Incoming]:
    """What stands as stopped and may still be posted."""
    with ledger.reading() as connection:
        return select(connection, tenant, _incoming.c.standing == "stopped", _delivery.c.state == "waiting")


def find_by_settlement(ledger: opened.Ledger, tenant: str, account: str, settlements: Sequence[str]) -> list[Incoming]:
    """The payments of these sums on one account."""
    with ledger.reading() as connection:
        chosen = (_incoming.c.account == account, _incoming.c.settlement != sa.literal_column("''"))
        return select(connection, tenant, *chosen, bulk.among(connection, _incoming.c.settlement, settlements))


def find_settlements(
    ledger: opened.Ledger, tenant: str, account: str, since: dt.date, until: dt.date
) -> list[tuple[str, dt.date, int, int]]:
    """(settlement, booking day, how many, amount in minor units): the sums in which payments came to an account in these days."""
    days = _incoming.c.booked_on.between(since, until)
    mine = (_incoming.c.account == account, _incoming.c.settlement != sa.literal_column("''"), days)
    return _sum(ledger, tenant, (_incoming.c.settlement, _incoming.c.booked_on), *mine)


def find_by_references(ledger: opened.Ledger, tenant: str, account: str, references: Sequence[str]) -> list[Incoming]:
    """The payments that one account knows by these references."""
    with ledger.reading() as connection:
        keys = bulk.among(connection, _document.c.source_key, [f"{account}/{one}" for one in references])
        return select(connection, tenant, _document.c.source == SOURCE, _document.c.kind == KIND, keys)


def select(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[Incoming]:
    """The payments that these conditions leave, by document, in a transaction of the caller's."""
    posts = (_delivery.c.tenant == _incoming.c.tenant, _delivery.c.document_id == _incoming.c.document_id)
    of_incoming = [_incoming.c[name] for name in Incoming.__struct_fields__ if name in _incoming.c]
    more = (_delivery.c.id.label("delivery_id"), _delivery.c.state, _document.c.amount, _document.c.currency)
    query = sa.select(*of_incoming, *more, _document.c.source_key).join(_document, _OF_DOCUMENT)
    query = query.join(_delivery, sa.and_(*posts, _delivery.c.purpose == "post"))
    rows = connection.execute(query.where(_incoming.c.tenant == tenant, *where).order_by(_incoming.c.document_id)).mappings()
    names = [name for name in Incoming.__struct_fields__ if name != "reference"]
    return [Incoming(reference=row["source_key"].partition("/")[2], **{name: row[name] for name in names}) for row in rows]


def _sum(
    ledger: opened.Ledger, tenant: str, by: Sequence[sa.ColumnElement[Any]], *where: sa.ColumnElement[bool]
) -> list[tuple[Any, Any, int, int]]:
    query = sa.select(*by, sa.func.count(), sa.func.sum(_document.c.amount)).join(_document, _OF_DOCUMENT)
    with ledger.reading() as connection:
        rows = connection.execute(query.where(_incoming.c.tenant == tenant, *where).group_by(*by).order_by(*by))
        return [(one, other, count, int(amount)) for one, other, count, amount in rows]


def set_standing(ledger: opened.Ledger, tenant: str, standings: Mapping[int, str]) -> None:
    """Say how payments stand, by document."""
    with ledger.writing() as connection:
        write_standings(connection, tenant, standings)


def write_standings(connection: sa.Connection, tenant: str, standings: Mapping[int, str]) -> None:
    """The same, in a transaction of the caller's."""
    by_standing: dict[str, list[int]] = {}
    for document_id, standing in standings.items():
        by_standing.setdefault(standing, []).append(document_id)
    for standing, ids in by_standing.items():
        mine = (_incoming.c.tenant == tenant, bulk.among(connection, _incoming.c.document_id, ids))
        connection.execute(sa.update(_incoming).where(*mine).values(standing=standing))
