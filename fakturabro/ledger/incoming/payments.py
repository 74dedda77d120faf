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

from fakturabro.domain import statements
from fakturabro.ledger import documents, opened, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.payments import stages
from fakturabro.ledger.payments import tables as bank_tables

KIND, SOURCE = "incoming_payment", "bank"
PAGE = 5_000
_document, _delivery, _file, _incoming = tables.document, tables.delivery, bank_tables.bank_file, bank_tables.incoming
_proposal = bank_tables.proposal
OF_DOCUMENT = sa.and_(_document.c.tenant == _incoming.c.tenant, _document.c.id == _incoming.c.document_id)
_PAYMENT = msgspec.json.Decoder(statements.IncomingPayment)


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


def find_proposed(ledger: opened.Ledger, tenant: str) -> list[Incoming]:
    """What waits to be posted and stands proposed to a person."""
    proposed = sa.select(_proposal.c.document_id).where(_proposal.c.tenant == tenant)
    with ledger.reading() as connection:
        waits = (_delivery.c.state == "waiting", _incoming.c.standing.in_(stages.DECIDED))
        return select(connection, tenant, _incoming.c.document_id.in_(proposed), *waits)


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
    query = sa.select(*of_incoming, *more, _document.c.source_key).join(_document, OF_DOCUMENT)
    query = query.join(_delivery, sa.and_(*posts, _delivery.c.purpose == "post"))
    rows = connection.execute(query.where(_incoming.c.tenant == tenant, *where).order_by(_incoming.c.document_id)).mappings()
    names = [name for name in Incoming.__struct_fields__ if name != "reference"]
    return [Incoming(reference=row["source_key"].partition("/")[2], **{name: row[name] for name in names}) for row in rows]


def _sum(
    ledger: opened.Ledger, tenant: str, by: Sequence[sa.ColumnElement[Any]], *where: sa.ColumnElement[bool]
) -> list[tuple[Any, Any, int, int]]:
    query = sa.select(*by, sa.func.count(), sa.func.sum(_document.c.amount)).join(_document, OF_DOCUMENT)
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
