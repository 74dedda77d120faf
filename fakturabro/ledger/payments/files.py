"""Files of payments that go to the bank: the file and what it carries are settled in one transaction, before anything leaves.

A payment's natural key at the bank is "<message id>|<end-to-end id>". The same bytes are sent again after a crash; what was made
and certainly not delivered can be given up.
"""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import tables as bank_tables

_delivery, _payment = tables.delivery, bank_tables.payment
_PAGE = 5_000
_PAY = _delivery.c.purpose == "pay"
_WAITING: dict[str, Any] = {"state": "waiting", "target": None, "natural_key": None}
_ROUTE = "update payment set out_file = {}, message_id = {}, batch_id = {} where document_id = {} and tenant = {}"
_NAMES = "update payment set message_id = {}, end_to_end_id = {}, batch_id = '' where document_id = {} and tenant = {}"
_OF_PAYMENT = sa.and_(_delivery.c.tenant == _payment.c.tenant, _delivery.c.document_id == _payment.c.document_id, _PAY)


class AssignError(Exception):
    """A payment was not as the file needs it, so nothing was changed: look again which payments wait."""


class Carried(msgspec.Struct):
    """The payments of a file, by document: how they stand all together, from which accounts and on which due dates."""

    delivery_ids: array.array[int] = msgspec.field(default_factory=lambda: array.array("q"))
    document_ids: array.array[int] = msgspec.field(default_factory=lambda: array.array("q"))
    states: set[str] = msgspec.field(default_factory=set[str])
    stages: set[str] = msgspec.field(default_factory=set[str])
    accounts: set[str] = msgspec.field(default_factory=set[str])
    days: set[dt.date] = msgspec.field(default_factory=set[dt.date])


def to_natural_key(message_id: str, end_to_end_id: str) -> str:
    """What the bank knows a payment by."""
    return f"{message_id}|{end_to_end_id}"


def from_natural_key(natural_key: str) -> tuple[str, str]:
    """(message id, end-to-end id)."""
    message_id, _, end_to_end_id = natural_key.partition("|")
    return message_id, end_to_end_id


def make(
    ledger: opened.Ledger,
    tenant: str,
    one: bank_files.New,
    target: str,
    batches: Mapping[int, str],
    run: str,
    at: dt.datetime,
) -> int:
    """Keep a file that was made, and plan its payments to go in it; its id. The same bytes again are the same file.

    `batches` are the payments' documents, and the batch that each goes in.

    Raises AssignError when one of the payments does not wait any more, or the same bytes carried others.
    """
    sealed = bank_files.seal(ledger, tenant, one, at)
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        file_id, is_new = bank_files.write(connection, tenant, one, sealed, run, at)
        if not is_new and not bank_files.change(connection, tenant, file_id, ["discarded"], "made"):
            _require(_carried(connection, tenant, file_id) == batches, f"file {file_id} of {tenant} carries other payments")
            return file_id
        for some in bulk.chunks(batches, _PAGE):
            _plan(connection, tenant, (file_id, one.message_id), target, {i: batches[i] for i in some}, run)
    return file_id


def _plan(
    connection: sa.Connection, tenant: str, route: tuple[int, str], target: str, batches: Mapping[int, str], run: str
) -> None:
    """Let these payments go by a file and its message id."""
    orders = payment_orders.select(connection, tenant, bulk.among(connection, _payment.c.document_id, batches))
    ready = [row for row in orders if (row.state, row.stage, row.out_file) == ("waiting", "entered", None)]
    _require(len(ready) == len(batches), f"{len(batches) - len(ready)} of {len(batches)} payments of {tenant} do not wait any more")
    bulk.update(connection, _ROUTE, [(*route, batches[row.document_id], row.document_id, tenant) for row in ready])
    keys = [(row.delivery_id, target, to_natural_key(route[1], row.end_to_end_id), run) for row in ready]
    columns = ("target", "natural_key", "run")
    bulk.update_by_id(connection, _delivery, columns, keys, tenant, change="state = 'planned', ", where=" and state = 'waiting'")


def discard(ledger: opened.Ledger, tenant: str, file_id: int, why: str, run: str) -> None:
    """Give up a file that was made and certainly not delivered: its payments wait again. Raises AssignError when any of it left."""
    with ledger.writing() as connection:
        _require(bank_files.change(connection, tenant, file_id, ["made"], "discarded", why), f"file {file_id} is not made, or left")
        carried = payment_orders.select(connection, tenant, _payment.c.out_file == file_id)
        left = [row for row in carried if row.stage != "entered" or row.state not in ("waiting", "held", "planned", "cancelled")]
        _require(not left, f"{len(left)} payments of file {file_id} of {tenant} have left")
        mine = (
            _delivery.c.tenant == tenant,
            _PAY,
            bulk.among(connection, _delivery.c.document_id, [r.document_id for r in carried]),
        )
        connection.execute(sa.update(_delivery).where(*mine, _delivery.c.state == "planned").values(_WAITING | {"run": run}))
        of_file = (_payment.c.tenant == tenant, _payment.c.out_file == file_id)
        connection.execute(sa.update(_payment).where(*of_file).values(out_file=None, message_id=None, batch_id=None))


def find_carried(ledger: opened.Ledger, tenant: str, file_id: int) -> Carried:
    """What a file of ours carries; in memory are ids."""
    columns = (_delivery.c.id, _payment.c.document_id, _delivery.c.state, _payment.c.stage, _payment.c.account, _payment.c.due)
    query = sa.select(*columns).select_from(_payment).join(_delivery, _OF_PAYMENT).order_by(_payment.c.document_id)
    found = Carried()
    with ledger.reading() as connection:
        mine = (_payment.c.tenant == tenant, _payment.c.out_file == file_id)
        for delivery_id, document_id, state, stage, account, due in connection.execute(query.where(*mine)):
            found.delivery_ids.append(delivery_id)
            found.document_ids.append(document_id)
            found.states.add(state)
            found.stages.add(stage)
            found.accounts.add(account)
            found.days.add(due)
    return found


def adopt_claimed(connection: sa.Connection, tenant: str) -> int:
    """Let payments that left before the ledger was restored go by the names that they left under; how many.

    The journal's claim put their deliveries in doubt under these names.
    """
    lacking = (_payment.c.tenant == tenant, _payment.c.stage == "entered", _payment.c.message_id.is_(None))
    query = sa.select(_payment.c.document_id, _delivery.c.natural_key).join(_delivery, _OF_PAYMENT)
    rows = connection.execute(query.where(*lacking, _delivery.c.state.in_(("sending", "in_doubt", "accepted")))).all()
    names = [(*from_natural_key(key), i, tenant) for i, key in rows]
    bulk.update(connection, _NAMES, names)
    return len(rows)


def release_unsent(connection: sa.Connection, tenant: str, run: str) -> None:
    """What left before the ledger was restored, and the bank certainly never got, waits again: its file is not known any more."""
    lost = (_payment.c.tenant == tenant, _payment.c.stage == "entered", _payment.c.out_file.is_(None))
    query = sa.select(_payment.c.document_id).join(_delivery, _OF_PAYMENT).where(*lost, _delivery.c.state == "planned")
    if ids := connection.execute(query).scalars().all():
        chosen = bulk.among(connection, _payment.c.document_id, ids)
        connection.execute(sa.update(_payment).where(_payment.c.tenant == tenant, chosen).values(message_id=None, batch_id=None))
        mine = (_delivery.c.tenant == tenant, _PAY, bulk.among(connection, _delivery.c.document_id, ids))
        connection.execute(sa.update(_delivery).where(*mine).values(_WAITING | {"run": run}))


def _carried(connection: sa.Connection, tenant: str, file_id: int) -> dict[int, str]:
    mine = (_payment.c.tenant == tenant, _payment.c.out_file == file_id)
    return {i: batch for i, batch in connection.execute(sa.select(_payment.c.document_id, _payment.c.batch_id).where(*mine))}


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise AssignError(why)
