"""Vouchers in a client's books, as the ledger knows them. `making` makes them, `undoing` takes back what was posted.

made -> posted -> reversed; made -> discarded

A movement's natural key in the books is "<voucher reference>|<movement key>".
"""

from __future__ import annotations

import array
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, raws, tables
from fakturabro.ledger.returns import movements
from fakturabro.ledger.returns import tables as return_tables

KIND = "voucher"
"""How the content of vouchers is sealed."""
TARGET, REVERSALS = "poweroffice_books", "poweroffice_reversals"
_NAMES = uuid.UUID("6f3c1c1e-7d0a-5b7e-9d0b-2f8a1f4f6c55")
_delivery, _movement, _voucher = tables.delivery, return_tables.movement, return_tables.return_voucher


class AssignError(Exception):
    """A movement or a voucher was not as this needs it, so nothing was changed: look again at what waits."""


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher as it stands, one part of a settlement. `kind` is "post", or "reverse" with the voucher that it `undoes`.

    `reference` is our name for it in the books, `voucher_no` and `voucher_uuid` are theirs.
    """

    id: int
    settlement_id: int
    part: int
    kind: str
    reference: str
    raw_id: int | None
    state: str
    day: dt.date
    voucher_no: int | None
    voucher_uuid: str | None
    undoes: int | None
    why: str
    made_at: dt.datetime
    run: str


class Carried(msgspec.Struct):
    """The movements of a voucher, by document, and how their deliveries stand all together."""

    delivery_ids: array.array[int] = msgspec.field(default_factory=lambda: array.array("q"))
    document_ids: array.array[int] = msgspec.field(default_factory=lambda: array.array("q"))
    states: set[str] = msgspec.field(default_factory=set[str])


def to_natural_key(reference: str, key: str) -> str:
    """What a movement is known by in the books."""
    return f"{reference}|{key}"


def from_natural_key(natural_key: str) -> tuple[str, str]:
    """(reference, movement key)."""
    reference, _, key = natural_key.partition("|")
    return reference, key


def to_reference(tenant: str, client: str, currency: str, number: int, part: int, keys: Iterable[str]) -> str:
    """A name that no other voucher ever has: a restored ledger that gathers otherwise makes another one."""
    return str(uuid.uuid5(_NAMES, "\n".join([tenant, client, currency, str(number), str(part), *sorted(keys)])))


def next_part(ledger: opened.Ledger, tenant: str, settlement_id: int) -> int:
    """The number of a settlement's next voucher, from 1."""
    mine = (_voucher.c.tenant == tenant, _voucher.c.settlement_id == settlement_id)
    with ledger.reading() as connection:
        return (connection.execute(sa.select(sa.func.max(_voucher.c.part)).where(*mine)).scalar_one() or 0) + 1


def find(ledger: opened.Ledger, tenant: str, ids: Iterable[int]) -> list[Voucher]:
    """These vouchers, oldest first."""
    with ledger.reading() as connection:
        return select(connection, tenant, bulk.among(connection, _voucher.c.id, ids))


def find_standing(ledger: opened.Ledger, tenant: str, states: Sequence[str], kind: str | None = None) -> list[Voucher]:
    """The vouchers in one of these states, oldest first."""
    with ledger.reading() as connection:
        return select(connection, tenant, _voucher.c.state.in_(states), *([] if kind is None else [_voucher.c.kind == kind]))


def find_by_reference(ledger: opened.Ledger, tenant: str, references: Iterable[str]) -> dict[str, Voucher]:
    """The vouchers that go by these references, the newest of each: what was given up leaves its name."""
    with ledger.reading() as connection:
        rows = select(connection, tenant, bulk.among(connection, _voucher.c.reference, references))
    return {one.reference: one for one in rows}


def find_by_number(ledger: opened.Ledger, tenant: str, voucher_no: int) -> list[Voucher]:
    """What was posted under a number of the books' own, oldest first."""
    with ledger.reading() as connection:
        return select(connection, tenant, _voucher.c.voucher_no == voucher_no, _voucher.c.kind == "post")


def find_carried(ledger: opened.Ledger, tenant: str, voucher_id: int) -> Carried:
    """What a voucher carries; in memory are ids."""
    with ledger.reading() as connection:
        return select_carried(connection, tenant, voucher_id)


def read_content(ledger: opened.Ledger, tenant: str, voucher_id: int) -> bytes:
    """What it said when it was made. Raises LookupError where that was lost, SealError where it is purged."""
    for one in find(ledger, tenant, [voucher_id]):
        if one.raw_id is not None:
            return raws.read(ledger, tenant, [one.raw_id])[one.raw_id]
    raise LookupError(f"nothing is kept of voucher {voucher_id} of {tenant}")


def mark_posted(ledger: opened.Ledger, tenant: str, voucher_id: int, voucher_no: int | None, voucher_uuid: str | None) -> None:
    """made -> posted, under the books' own number; a reversal is told none. Nothing where it stands so.

    Raises AssignError otherwise.
    """
    said = {"state": "posted", "voucher_no": voucher_no, "voucher_uuid": voucher_uuid}
    with ledger.writing() as connection:
        if change(connection, tenant, voucher_id, "made", said):
            return
        stands = select(connection, tenant, _voucher.c.id == voucher_id, _voucher.c.state == "posted")
        same = [(one.voucher_no, one.voucher_uuid) for one in stands] == [(voucher_no, voucher_uuid)]
        require(same, f"voucher {voucher_id} of {tenant} is not made, nor posted as number {voucher_no}")


def mark_reversed(ledger: opened.Ledger, tenant: str, voucher_id: int) -> None:
    """posted -> reversed. Nothing where it stands so already. Raises AssignError otherwise."""
    with ledger.writing() as connection:
        if not change(connection, tenant, voucher_id, "posted", {"state": "reversed"}):
            stands = select(connection, tenant, _voucher.c.id == voucher_id, _voucher.c.state == "reversed")
            require(bool(stands), f"voucher {voucher_id} of {tenant} was not posted")


def change(connection: sa.Connection, tenant: str, voucher_id: int, start: str, said: Mapping[str, str | int | None]) -> bool:
    """Whether it stood in `start`, and says so now."""
    mine = (_voucher.c.tenant == tenant, _voucher.c.id == voucher_id, _voucher.c.state == start)
    return connection.execute(sa.update(_voucher).where(*mine).values(said)).rowcount == 1


def select(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[Voucher]:
    """The vouchers that these conditions leave, oldest first, in a transaction of the caller's."""
    columns = [_voucher.c[name] for name in Voucher.__struct_fields__]
    rows = connection.execute(sa.select(*columns).where(_voucher.c.tenant == tenant, *where).order_by(_voucher.c.id))
    return [Voucher(**row) for row in rows.mappings()]


def select_carried(connection: sa.Connection, tenant: str, voucher_id: int) -> Carried:
    """What a voucher carries, in a transaction of the caller's."""
    columns = (_delivery.c.id, _movement.c.document_id, _delivery.c.state)
    query = sa.select(*columns).select_from(_movement).join(_delivery, movements.OF_DELIVERY)
    mine = (_movement.c.tenant == tenant, _movement.c.voucher_id == voucher_id)
    found = Carried()
    for delivery_id, document_id, state in connection.execute(query.where(*mine).order_by(_movement.c.document_id)):
        found.delivery_ids.append(delivery_id)
        found.document_ids.append(document_id)
        found.states.add(state)
    return found


def require(holds: bool, why: str) -> None:
    """Raise AssignError unless it holds."""
    if not holds:
        raise AssignError(why)
