"""What a restored ledger has lost of vouchers: the journal's claims give the movements back, and the books the voucher itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.returns import making, movements, vouchers
from fakturabro.ledger.returns import tables as return_tables

_delivery, _movement, _voucher = tables.delivery, return_tables.movement, return_tables.return_voucher
_LEFT = ("planned", "sending", "in_doubt", "accepted")


class Orphan(msgspec.Struct):
    """Movements that left by a voucher that no row knows. They may be in several settlements now, or in none (None)."""

    reference: str
    settlement_ids: set[int | None]
    document_ids: list[int]
    states: set[str]


def find_orphans(ledger: opened.Ledger, tenant: str) -> list[Orphan]:
    """What left before the ledger was restored, by the reference that it left under."""
    columns = (_movement.c.document_id, _movement.c.settlement_id, _delivery.c.state, _delivery.c.natural_key)
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == movements.PURPOSE, _delivery.c.state.in_(_LEFT))
    query = sa.select(*columns).select_from(_delivery).join(_movement, movements.OF_DELIVERY)
    found: dict[str, Orphan] = {}
    with ledger.reading() as connection:
        for i, settlement_id, state, key in connection.execute(
            query.where(*mine, _movement.c.voucher_id.is_(None)).order_by(_movement.c.document_id)
        ):
            reference, _ = vouchers.from_natural_key(key)
            one = found.setdefault(reference, Orphan(reference, set(), [], set()))
            one.settlement_ids.add(settlement_id)
            one.document_ids.append(i)
            one.states.add(state)
    return list(found.values())


def adopt(
    ledger: opened.Ledger,
    tenant: str,
    settlement_id: int,
    reference: str,
    voucher_no: int | None,
    voucher_uuid: str | None,
    day: dt.date,
    document_ids: Sequence[int],
    run: str,
    at: dt.datetime,
    undoes: int | None = None,
) -> vouchers.Voucher:
    """Record a voucher that stands in the books and was lost here, as posted, with the movements that it carries.

    `undoes` is the one that it takes back, which is known as reversed from then on: a death finds both, or neither.

    Nothing where it is known. Raises AssignError when one of the movements is not accepted, or goes by another voucher.
    """
    part = vouchers.next_part(ledger, tenant, settlement_id)
    kind = "post" if undoes is None else "reverse"
    new = making.New(settlement_id=settlement_id, part=part, kind=kind, reference=reference, day=day, content=b"", undoes=undoes)
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        there = vouchers.select(connection, tenant, _voucher.c.reference == reference, _voucher.c.state != "discarded")
        made = there[0] if there else making.insert(connection, tenant, new, None, run, at)
        chosen = bulk.among(connection, _movement.c.document_id, document_ids)
        rows = movements.select(connection, tenant, chosen, _movement.c.settlement_id.is_not(None))
        ready = [row for row in rows if row.state == "accepted" and row.voucher_id in (None, made.id)]
        lacking = len(document_ids) - len(ready)
        vouchers.require(not lacking, f"{lacking} of {len(document_ids)} movements of {tenant} were not posted by {reference}")
        connection.execute(sa.update(_movement).where(_movement.c.tenant == tenant, chosen).values(voucher_id=made.id))
        said: dict[str, str | int | None] = {"state": "posted", "voucher_no": voucher_no, "voucher_uuid": voucher_uuid}
        vouchers.change(connection, tenant, made.id, "made", said)
        if undoes is not None:
            vouchers.change(connection, tenant, undoes, "posted", {"state": "reversed"})
        return vouchers.select(connection, tenant, _voucher.c.id == made.id)[0]


def release_unsent(ledger: opened.Ledger, tenant: str, run: str) -> None:
    """What left before the ledger was restored, and certainly never arrived, waits again: its voucher is not known any more."""
    lost = sa.select(_movement.c.document_id).where(_movement.c.tenant == tenant, _movement.c.voucher_id.is_(None))
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == movements.PURPOSE, _delivery.c.state == "planned")
    change = sa.update(_delivery).where(*mine, _delivery.c.document_id.in_(lost))
    with ledger.writing() as connection:
        connection.execute(change.values(state="waiting", target=None, natural_key=None, run=run))
