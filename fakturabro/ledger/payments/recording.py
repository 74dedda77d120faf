"""Recording payment orders: documents of kind "payment", with all that makes the same payment known when it comes again.

A payment's key at its source is what it says (who pays whom, how much, for what, when) and how often the ledger has met that: a
restored ledger finds what the journal claims, also when the accounting system has made the file anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.domain import money, payments
from fakturabro.ledger import documents, opened, recording, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.journal import claims
from fakturabro.ledger.payments import end_to_end_ids, guard_keys
from fakturabro.ledger.payments import files as payment_files
from fakturabro.ledger.payments import orders as payment_orders
from fakturabro.ledger.payments import tables as bank_tables

_document, _delivery, _payment, _file = tables.document, tables.delivery, bank_tables.payment, bank_tables.bank_file
_CHUNK = 2_000


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as it comes in, by its place in the file from 1.

    `instruction.source_end_to_end_id` is the source's own name for it; which one it goes by is settled here. `due` is the source's
    own date, whatever day it was moved to.
    """

    position: int
    instruction: payments.Instruction
    due: dt.date


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row. `double_of`: the very same payment is there already, so this one is cancelled."""

    document_id: int
    position: int
    end_to_end_id: str
    is_new: bool
    double_of: int | None


class _New(NamedTuple):
    """A row that is to be recorded. `is_claimed`: the journal says that it left, before the ledger was put back."""

    row: Row
    content: str
    receiver: str
    ordinal: int
    is_claimed: bool
    name: str


class _Known(msgspec.Struct):
    """What stands already of what a chunk says."""

    receivers: set[str]
    owners: dict[str, int]
    names: set[str]
    ordinals: dict[str, set[int]]
    """By content, the numbers that were given to it, those that are claimed too."""
    claimed: dict[str, list[int]]

    def number(self, content: str) -> tuple[int, bool]:
        """The number of the next payment with this content, and whether it is claimed: what left is met first."""
        if claimed := self.claimed.get(content):
            return claimed.pop(0), True
        given = self.ordinals.setdefault(content, set())
        ordinal = len(given) + 1
        while ordinal in given:
            ordinal += 1
        given.add(ordinal)
        return ordinal, False


def record(
    ledger: opened.Ledger,
    tenant: str,
    source: str,
    run: str,
    at: dt.datetime,
    today: dt.date,
    rows: Iterable[Row],
    file_id: int,
) -> Iterator[list[Recorded]]:
    """Record payments, 2,000 in a transaction, as what is given back is read; new ones wait to be paid, exact doubles do not.

    Repeatable: what was recorded of this file, by position, is there and not new. What the journal claims is in doubt.
    """
    recorder = _Recorder(ledger, tenant, source, run, at, today, file_id)
    return (recorder.record(chunk) for chunk in bulk.chunks(rows, _CHUNK))


class _Recorder:
    def __init__(
        self, ledger: opened.Ledger, tenant: str, source: str, run: str, at: dt.datetime, today: dt.date, file_id: int
    ) -> None:
        self._ledger, self._tenant, self._source, self._run = ledger, tenant, source, run
        self._at, self._today, self._file_id = at, today, file_id
        self._keys = guard_keys.Keys(ledger, tenant)
        self._seal = ledger.seals.key(tenant, payment_orders.KIND, f"{at:%Y-%m}")

    def record(self, rows: Sequence[Row]) -> list[Recorded]:
        with self._ledger.writing() as connection:
            bulk.wait_in_line(connection, f"record/{self._tenant}")
            there = self._find_there(connection, rows)
            new = [row for row in rows if row.position not in there]
            made = self._insert(connection, new) if new else {}
            if claims.count(connection, self._tenant):
                claims.take(connection, self._tenant, self._run)
                payment_files.adopt_claimed(connection, self._tenant)
        return [there.get(row.position) or made[row.position] for row in rows]

    def _find_there(self, connection: sa.Connection, rows: Sequence[Row]) -> dict[int, Recorded]:
        columns = (_payment.c.document_id, _payment.c.position, _payment.c.end_to_end_id, _payment.c.double_of)
        chosen = bulk.among(connection, _payment.c.position, [row.position for row in rows])
        mine = (_payment.c.tenant == self._tenant, _payment.c.in_file == self._file_id, chosen)
        return {
            position: Recorded(document_id=i, position=position, end_to_end_id=name, is_new=False, double_of=double)
            for i, position, name, double in connection.execute(sa.select(*columns).where(*mine))
        }

    def _insert(self, connection: sa.Connection, rows: Sequence[Row]) -> dict[int, Recorded]:
        contents = [self._keys.content(row.instruction, row.due) for row in rows]
        receivers = [self._keys.receiver(row.instruction.order.creditor.account) for row in rows]
        known = self._find_known(connection, rows, contents, receivers)
        news: list[_New] = []
        for row, content, receiver in zip(rows, contents, receivers, strict=True):
            ordinal, is_claimed = known.number(content)
            name = end_to_end_ids.name_it(row.instruction.source_end_to_end_id, content, ordinal, known.names)
            news.append(_New(row, content, receiver, ordinal, is_claimed, name))
        raw_id = connection.execute(sa.select(_file.c.raw_id).where(_file.c.tenant == self._tenant, _file.c.id == self._file_id))
        of_file = [raw_id.scalar_one()] * len(rows)
        made = [self._to_document(one) for one in news]
        ids = recording.insert_new(connection, self._tenant, self._source, self._run, values.PAYMENT_PURPOSES, made, of_file)
        numbered = list(zip(ids, news, strict=True))
        self._dethrone(connection, known, {one.content: i for i, one in reversed(numbered) if one.is_claimed})
        for i, one in numbered:
            if guard_keys.reference(one.row.instruction.order):
                known.owners.setdefault(one.content, i)
        return self._insert_payments(connection, numbered, known)

    def _dethrone(self, connection: sa.Connection, known: _Known, claimed: Mapping[str, int]) -> None:
        """What has not left makes room for the same payment that has: it becomes the double."""
        for content, document_id in claimed.items():
            owner = known.owners.get(content)
            pay = (_delivery.c.tenant == self._tenant, _delivery.c.document_id == owner, _delivery.c.purpose == "pay")
            change = sa.update(_delivery).where(*pay, _delivery.c.state.in_(("waiting", "held")))
            gone = {"state": "cancelled", "settled_on": self._today}
            if owner is not None and connection.execute(change.values(gone)).rowcount:
                mine = (_payment.c.tenant == self._tenant, _payment.c.document_id == owner)
                left = {"stage": "cancelled", "stage_at": self._at, "exact": None, "double_of": document_id}
                connection.execute(sa.update(_payment).where(*mine).values(left))
                known.owners[content] = document_id

    def _find_known(
        self, connection: sa.Connection, rows: Sequence[Row], contents: Sequence[str], receivers: Sequence[str]
    ) -> _Known:
        mine = _payment.c.tenant == self._tenant
        elsewhere = (_payment.c.in_file != self._file_id, _payment.c.stage != "cancelled")
        paid = (mine, bulk.among(connection, _payment.c.receiver, set(receivers)), *elsewhere)
        met = (mine, bulk.among(connection, _payment.c.content, set(contents)))
        names = {row.instruction.source_end_to_end_id for row in rows}
        used = (mine, bulk.among(connection, _payment.c.end_to_end_id, names))
        owned = sa.select(_payment.c.exact, _payment.c.document_id).where(*met, _payment.c.exact.is_not(None))
        same = sa.and_(_document.c.tenant == _payment.c.tenant, _document.c.id == _payment.c.document_id)
        keys = connection.execute(sa.select(_document.c.source_key).join(_payment, same).where(*met)).scalars()
        claimed = _to_ordinals(claims.find_source_keys(connection, self._tenant, "pay", self._source))
        there = _to_ordinals(keys)
        return _Known(
            receivers=set(connection.execute(sa.select(_payment.c.receiver).distinct().where(*paid)).scalars()),
            owners={exact: i for exact, i in connection.execute(owned)},
            names=set(connection.execute(sa.select(_payment.c.end_to_end_id).where(*used)).scalars()),
            ordinals={one: there.get(one, set()) | claimed.get(one, set()) for one in {*there, *claimed}},
            claimed={one: sorted(numbers - there.get(one, set())) for one, numbers in claimed.items()},
        )

    def _to_document(self, one: _New) -> documents.New:
        order = msgspec.structs.replace(one.row.instruction.order, end_to_end_id=one.name)
        said = msgspec.json.encode(msgspec.structs.replace(one.row.instruction, order=order))
        return documents.New(
            source_key=f"{one.content}/{one.ordinal}",
            kind=payment_orders.KIND,
            number=one.name,
            customer_number="",
            amount=money.to_minor(order.amount),
            currency=order.currency,
            listing_hash="",
            hash=bytes.fromhex(one.content),
            canonical=self._seal.seal(said),
        )

    def _insert_payments(
        self, connection: sa.Connection, numbered: Sequence[tuple[int, _New]], known: _Known
    ) -> dict[int, Recorded]:
        made: dict[int, Recorded] = {}
        rows: list[tuple[Any, ...]] = []
        stamp = bulk.stored(connection, self._at)
        for document_id, new in numbered:
            one, owner = new.row.instruction, known.owners.get(new.content)
            double = owner if owner != document_id and not new.is_claimed else None
            identity = (self._tenant, document_id, self._file_id, new.row.position, new.name, one.account.number, new.content)
            keys = (new.content if owner == document_id else None, self._keys.loose(one), self._keys.blank(one))
            receiver = (self._keys.creditors(one.order.creditor)[0], new.receiver)
            marks = (one.is_salary, new.receiver not in known.receivers, self._today.isoformat(), new.row.due.isoformat())
            said = (guard_keys.reference_kind(one.order), self._keys.plain(one))
            rows.append((*identity, *keys, *receiver, *marks, "entered" if double is None else "cancelled", stamp, double, *said))
            made[new.row.position] = Recorded(
                document_id=document_id,
                position=new.row.position,
                end_to_end_id=new.name,
                is_new=True,
                double_of=double,
            )
        bulk.insert(connection, _payment, _COLUMNS, rows)
        if doubles := [one.document_id for one in made.values() if one.double_of is not None]:
            mine = (_delivery.c.tenant == self._tenant, _delivery.c.purpose == "pay")
            change = sa.update(_delivery).where(*mine, bulk.among(connection, _delivery.c.document_id, doubles))
            connection.execute(change.values(state="cancelled", settled_on=self._today))
        return made


_COLUMNS = (
    *("tenant", "document_id", "in_file", "position", "end_to_end_id", "account", "content", "exact", "loose", "blank"),
    *("creditor", "receiver", "is_salary", "is_new_receiver", "entered_on", "due", "stage", "stage_at", "double_of"),
    *("reference_kind", "plain"),
)


def _to_ordinals(source_keys: Iterable[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for content, _, ordinal in (key.partition("/") for key in source_keys):
        found.setdefault(content, set()).add(int(ordinal))
    return found
