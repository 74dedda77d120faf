"""What of the bank's files is still to be posted, file by file; in memory are a page and the ids."""

from __future__ import annotations

import array
from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.payments import tables as bank_tables

_delivery, _file, _incoming = tables.delivery, bank_tables.bank_file, bank_tables.incoming
_PAGE = 5_000
_POSTS = (_delivery.c.tenant == _incoming.c.tenant, _delivery.c.document_id == _incoming.c.document_id)
_OPEN = (_delivery.c.purpose == "post", _incoming.c.standing.not_in(("netted", "cancelled")))


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that is not posted yet, and its place in the file."""

    delivery_id: int
    document_id: int
    position: int


def find_files(ledger: opened.Ledger, tenant: str, states: Sequence[str]) -> list[int]:
    """The files of the bank's in one of these states with payments that wait to be posted, or are planned to be."""
    of_file = sa.and_(_file.c.tenant == _incoming.c.tenant, _file.c.id == _incoming.c.file_id, _file.c.state.in_(states))
    query = sa.select(_incoming.c.file_id).distinct().join(_delivery, sa.and_(*_POSTS)).join(_file, of_file)
    mine = (_delivery.c.tenant == tenant, _delivery.c.state.in_(("waiting", "planned")), *_OPEN)
    with ledger.reading() as connection:
        return list(connection.execute(query.where(*mine).order_by(_incoming.c.file_id)).scalars())


def find(ledger: opened.Ledger, tenant: str, file_id: int, states: Sequence[str]) -> Iterator[list[Post]]:
    """The payments of a file that stand in one of these states to be posted; between two pages the caller may write."""
    mine = (_incoming.c.tenant == tenant, _incoming.c.file_id == file_id, _delivery.c.state.in_(states), *_OPEN)
    columns = (_delivery.c.id, _incoming.c.document_id, _incoming.c.position)
    query = sa.select(*columns).join(_delivery, sa.and_(*_POSTS))
    with ledger.reading() as connection:
        found = connection.execute(query.with_only_columns(_incoming.c.document_id).where(*mine).order_by(_incoming.c.document_id))
        ids = array.array("q", found.scalars())
    for at in range(0, len(ids), _PAGE):
        with ledger.reading() as connection:
            chosen = bulk.among(connection, _incoming.c.document_id, ids[at : at + _PAGE])
            rows = connection.execute(query.where(*mine, chosen).order_by(_incoming.c.document_id)).all()
        yield [Post(delivery_id=i, document_id=document_id, position=position) for i, document_id, position in rows]
