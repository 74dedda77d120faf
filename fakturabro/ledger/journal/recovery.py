"""Comparing the ledger with the send journal: a ledger that was restored from a backup is found, locked and made to know again.

A `left` in the journal is written after the ledger has committed its reservation. If the ledger does not know that reservation, the
ledger is older than the journal, and sending from it could send twice. Whatever such a ledger does know was committed before it
was copied, and what it lost left after that: so only what stands in the journal behind the newest line that it knows is read.

Documents are found by source and source key: ids of a restored ledger may have been given to others.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, operations, tables
from fakturabro.ledger.journal import claims, losses, messages
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal

ON_ITS_WAY = dt.timedelta(minutes=15)
"""So long after it left, what nobody answered may still be travelling, and reading back proves nothing."""
_FAR = 1_000_000
"""Bytes of journal that a check may read again the next time."""
_delivery, _document = tables.delivery, tables.document
_line, _lock = operations.journal_line, operations.ledger_lock
_log = tables.transfer_log


class LockedError(Exception):
    """Nothing of this tenant may be sent until `fakturabro recover` has run."""


class RecoveryError(Exception):
    """Recovering is not possible now; the message says when it is."""


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a recover found, and what became of it. Numbers of journal lines, and of deliveries."""

    lines: int
    """Sendings of the journal that the ledger had lost."""
    put_in_doubt: int
    claimed: int
    """Of documents that the ledger does not know: they begin in doubt when they come in again."""
    settled: Mapping[str, int]
    """What was in doubt and read back, or answered in the journal, by its state now."""
    waiting: int
    """What is in doubt still: a person must decide."""
    cancelled: Sequence[str] = ()
    """Numbers of documents that left, and stand as cancelled in the ledger: a person must look."""


def find_sendings(ledger: opened.Ledger, tenant: str, delivery_ids: Sequence[int]) -> list[journal_lines.Sending]:
    """What journal.reserve is told of these deliveries, which are planned."""
    columns = (_delivery.c.id, _document.c.id, _document.c.source, _document.c.source_key, _delivery.c.natural_key)
    with ledger.reading() as connection:
        chosen = (_delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.id, delivery_ids))
        rows = connection.execute(sa.select(*columns).join(_document, claims.OF_DOCUMENT).where(*chosen)).all()
    return [
        journal_lines.Sending(delivery=i, document=d, source=source, source_key=key, natural_key=natural)
        for i, d, source, key, natural in rows
    ]


def record_line(connection: sa.Connection, tenant: str, line: str) -> None:
    """Note a reservation of the journal, in the transaction that writes `sending`.

    Raises LockedError when the tenant is locked, EpochError when a recover has begun since the line was written.
    """
    if lock := find_lock(connection, tenant):
        raise LockedError(lock)
    newest = _newest(connection, tenant)
    if _epoch(line) < _epoch(newest):
        raise journal.EpochError(messages.old_epoch(_epoch(line), _epoch(newest)))
    _record_reserved(connection, tenant, [line])


def find_lock(connection: sa.Connection, tenant: str) -> str | None:
    """The sentence on why nothing of this tenant may be sent; None when it may."""
    why = connection.execute(sa.select(_lock.c.why).where(_lock.c.tenant == tenant)).scalar_one_or_none()
    return why and messages.locked(tenant, why)


def check(ledger: opened.Ledger, send_journal: journal.Journal, tenant: str, now: dt.datetime) -> bool:
    """Whether the tenant may send: False when it is locked, or has to be locked now because the journal knows more.

    Stops that the ledger had lost stand again. Raises JournalError when the journal cannot be read, or lacks what the ledger knows
    of it.
    """
    with ledger.reading() as connection:
        if find_lock(connection, tenant):
            return False
        newest = _newest(connection, tenant)
        known = newest or connection.execute(sa.select(_line.c.line).limit(1)).scalar_one_or_none()
    end = send_journal.end()
    if known and (not end or (newest and send_journal.find(newest) is None)):
        raise journal.JournalError(messages.missing(send_journal.folder, known))
    losses.restore_stops(ledger, send_journal, tenant, newest)
    losses.restore_news(ledger, send_journal, tenant, newest)
    lost = losses.find(ledger, send_journal, tenant, newest)
    if lost or _bytes_between(newest, end) > _FAR:
        with ledger.writing() as connection:
            if lost:
                _insert(connection, _lock, {"tenant": tenant, "why": messages.older_ledger(len(lost), lost[0].left_at), "at": now})
            else:
                _insert(connection, _line, {"tenant": tenant, "line": end, "reserved": False})
    return not lost


def refuse_locked(ledger: opened.Ledger, send_journal: journal.Journal, tenant: str, now: dt.datetime) -> None:
    """Raise LockedError unless the tenant may send; asked when a run begins. Raises JournalError as `check` does."""
    if not check(ledger, send_journal, tenant, now):
        with ledger.reading() as connection:
            raise LockedError(find_lock(connection, tenant))


async def recover(
    ledger: opened.Ledger,
    send_journal: journal.Journal,
    tenant: str,
    run: str,
    now: dt.datetime,
    read_back: Callable[[], Awaitable[object]],
    *,
    journal_lost: bool = False,
    can_be_read: losses.CanBeRead = lambda _target: True,
) -> Recovered:
    """Replay the journal, read everything in doubt back from its target, and lift the lock. Can be begun again at any point.

    `read_back` settles what is in doubt for this tenant; when it raises, the lock stands. Of what cannot be read, the journal's
    answers count.
    """
    mine = (_delivery.c.tenant == tenant,)
    lines, put_in_doubt = replay(ledger, send_journal, tenant, run, now, journal_lost=journal_lost, can_be_read=can_be_read)
    with ledger.reading() as connection:
        doubts = set(connection.execute(sa.select(_delivery.c.id).where(*mine, _delivery.c.state == "in_doubt")).scalars())
    await read_back()
    with ledger.writing() as connection:
        claims.take(connection, tenant, run)
        cancelled = claims.give_up_cancelled(connection, tenant, run)
        connection.execute(sa.delete(_lock).where(_lock.c.tenant == tenant))
        claimed = claims.count(connection, tenant)
        settled_now = sa.exists().where(_log.c.tenant == tenant, _log.c.delivery_id == _delivery.c.id, _log.c.run == run)
        chosen = sa.or_(bulk.among(connection, _delivery.c.id, doubts), settled_now)
        found = connection.execute(sa.select(_delivery.c.state).where(*mine, _delivery.c.state != "cancelled", chosen)).scalars()
        states = collections.Counter(found)
    return Recovered(
        lines=lines,
        put_in_doubt=put_in_doubt,
        claimed=claimed,
        waiting=states.pop("in_doubt", 0),
        settled=states,
        cancelled=cancelled,
    )


def replay(
    ledger: opened.Ledger,
    send_journal: journal.Journal,
    tenant: str,
    run: str,
    now: dt.datetime,
    *,
    journal_lost: bool = False,
    can_be_read: losses.CanBeRead = lambda _target: True,
) -> tuple[int, int]:
    """Lock, shut older processes out, and put in doubt what the ledger had lost; (lines, deliveries put in doubt).

    What the ledger does not know yet becomes a claim. Raises RecoveryError while something may be on its way, JournalError when
    the journal lacks what the ledger knows of it, unless it is said to be lost.
    """
    with ledger.writing() as connection:
        _insert(connection, _lock, {"tenant": tenant, "why": messages.RECOVERING, "at": now})
        newest = _newest(connection, tenant)
    is_there = not newest or send_journal.find(newest) is not None
    if not is_there and not journal_lost:
        raise journal.JournalError(messages.missing(send_journal.folder, newest))
    begun = send_journal.begin_epoch(tenant, run, now, after=_epoch(newest))
    start = newest if is_there else ""
    losses.restore_stops(ledger, send_journal, tenant, start)
    losses.restore_news(ledger, send_journal, tenant, start)
    lost = losses.find(ledger, send_journal, tenant, start)
    travelling = [one.left_at for one in lost if one.outcomes is None and one.left_at > now - ON_ITS_WAY]
    if travelling:
        raise RecoveryError(messages.on_its_way(tenant, max(travelling) + ON_ITS_WAY))
    answered = losses.find_answers(send_journal, tenant, start, can_be_read)
    with ledger.writing() as connection:
        claims.record(connection, tenant, [*(claim for one in lost for claim in one.to_claims()), *answered])
        put_in_doubt = claims.take(connection, tenant, run)
        _record_reserved(connection, tenant, [*(one.name for one in lost), begun])
    return len(lost), put_in_doubt


def find_missing(ledger: opened.Ledger, send_journal: journal.Journal) -> list[str]:
    """The newest line that the ledger knows, of each tenant whose line the journal does not hold."""
    newest = sa.select(sa.func.max(_line.c.line)).group_by(_line.c.tenant)
    with ledger.reading() as connection:
        names = connection.execute(newest).scalars().all()
    return [name for name in names if send_journal.find(name) is None]


def find_tenants(ledger: opened.Ledger) -> list[str]:
    """Every tenant whose settings, sendings or lock this ledger knows."""
    tenants = (table.c.tenant for table in (tables.settings, _line, _lock))
    with ledger.reading() as connection:
        return sorted(connection.execute(sa.union(*map(sa.select, tenants))).scalars())


def _newest(connection: sa.Connection, tenant: str) -> str:
    return connection.execute(sa.select(sa.func.max(_line.c.line)).where(_line.c.tenant == tenant)).scalar_one() or ""


def _epoch(line: str) -> int:
    return int(line.partition(".")[0] or 0)


def _bytes_between(line: str, later: str) -> int:
    """At least so many; from one file to another counts as far."""
    (_, file, at, _), (_, later_file, later_at, _) = ((name or "0.1.0.").split(".") for name in (line, later))
    return int(later_at) - int(at) if int(file) == int(later_file) else _FAR + 1


def _record_reserved(connection: sa.Connection, tenant: str, names: Sequence[str]) -> None:
    """Also where a mark stands already."""
    insert = "insert into journal_line (tenant, line, reserved) values ({}, {}, true)"
    bulk.update(connection, f"{insert} on conflict (tenant, line) do update set reserved = true", [(tenant, n) for n in names])


def _insert(connection: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> None:
    """Unless it is there."""
    connection.execute(bulk.dialect_insert(connection, table).values(**values).on_conflict_do_nothing())
