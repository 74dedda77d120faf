"""The states of deliveries, moved by sets of ids. `states` says which moves are legal, the database enforces it."""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import messages, opened, renewing, states, tables
from fakturabro.ledger.distribution import fallbacks
from fakturabro.ledger.journal import claims

_delivery, _slot = tables.delivery, tables.slot
PAGE = 5_000


class MoveError(Exception):
    """Deliveries were not in the state that the move starts from; nothing was moved."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """Where a delivery goes, and the key that the target will know it by."""

    id: int
    target: str
    natural_key: str


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is not settled."""

    id: int
    document_id: int
    revision_id: int
    state: str
    target: str | None
    natural_key: str | None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a counterpart said of one delivery. `outcome` is the state it leads to."""

    delivery_id: int
    target: str
    natural_key: str
    outcome: str
    detail: str = ""
    sent_raw_id: int | None = None
    answer: bytes | None = None
    """What the counterpart said, sealed with the key of kind "answer"."""


def find_open(ledger: opened.Ledger, tenant: str, purpose: str, among: Sequence[str]) -> list[Open]:
    """The deliveries for a purpose that stand in one of the states in `among`, by document. For few; see find_open_in_pages."""
    return [row for page in find_open_in_pages(ledger, tenant, purpose, among) for row in page]


def find_open_in_pages(
    ledger: opened.Ledger, tenant: str, purpose: str, among: Sequence[str], target: str | None = None, size: int = PAGE
) -> Iterator[list[Open]]:
    """The same, at most `size` at a time: of the others only their ids are in memory.

    Between two pages the caller may write. What stands in one of the states when the first page is asked for is given once, unless
    it has left them before its page comes.
    """
    mine = (_delivery.c.purpose == purpose, _delivery.c.state.in_(among))
    mine += () if target is None else (_delivery.c.target == target,)
    with ledger.reading() as connection:
        query = sa.select(_delivery.c.id).where(_delivery.c.tenant == tenant, *mine).order_by(_delivery.c.document_id)
        ids = array.array("q", connection.execute(query).scalars())
    for start in range(0, len(ids), size):
        yield find(ledger, tenant, ids[start : start + size], *mine)


def find(ledger: opened.Ledger, tenant: str, ids: Iterable[int], *mine: sa.ColumnElement[bool]) -> list[Open]:
    """These deliveries as they stand, by document; only those that meet the conditions."""
    columns = (_delivery.c.id, _delivery.c.document_id, _delivery.c.revision_id, _delivery.c.state)
    with ledger.reading() as connection:
        chosen = (_delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.id, ids), *mine)
        query = sa.select(*columns, _delivery.c.target, _delivery.c.natural_key).where(*chosen)
        rows = connection.execute(query.order_by(_delivery.c.document_id)).all()
    return [
        Open(id=i, document_id=d, revision_id=v, state=state, target=where, natural_key=key) for i, d, v, state, where, key in rows
    ]


def find_open_documents(ledger: opened.Ledger, tenant: str, purposes: Sequence[str], among: Sequence[str]) -> array.array[int]:
    """The documents that stand in one of the states in `among` for one of these purposes, in their order, each once."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose.in_(purposes), _delivery.c.state.in_(among))
    query = sa.select(_delivery.c.document_id).distinct().where(*mine).order_by(_delivery.c.document_id)
    with ledger.reading() as connection:
        return array.array("q", connection.execute(query).scalars())


def is_planned(ledger: opened.Ledger, tenant: str, purpose: str, target: str) -> bool:
    """Whether anything is planned for this target."""
    mine = (
        _delivery.c.tenant == tenant,
        _delivery.c.purpose == purpose,
        _delivery.c.state == "planned",
        _delivery.c.target == target,
    )
    with ledger.reading() as connection:
        return connection.execute(sa.select(_delivery.c.id).where(*mine).limit(1)).first() is not None


def find_states(ledger: opened.Ledger, tenant: str, purpose: str, document_ids: Iterable[int]) -> dict[int, str]:
    """The state for a purpose of each of these documents."""
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _delivery.c.document_id, document_ids)
        query = sa.select(_delivery.c.document_id, _delivery.c.state).where(
            _delivery.c.tenant == tenant, _delivery.c.purpose == purpose, chosen
        )
        return {document_id: state for document_id, state in connection.execute(query).all()}


def move(ledger: opened.Ledger, tenant: str, ids: Sequence[int], start: str, end: str, run: str) -> None:
    """Move deliveries from one state to another, all or none. Raises MoveError when one was not in `start`."""
    with ledger.writing() as connection:
        _move(connection, tenant, ids, start, end, run)


def _move(
    connection: sa.Connection, tenant: str, ids: Sequence[int], start: str, end: str, run: str, settled_on: dt.date | None = None
) -> None:
    if not ids:
        return
    mine = (_delivery.c.tenant == tenant, _delivery.c.state == start, *([_delivery.c.run == run] if start == "sending" else []))
    change = sa.update(_delivery).where(*mine, bulk.among(connection, _delivery.c.id, ids))
    moved = connection.execute(change.values(state=end, run=run, settled_on=settled_on)).rowcount
    if moved != len(ids):
        raise MoveError(f"{len(ids) - moved} of {len(ids)} deliveries of {tenant} were no longer {start}, so none became {end}")


def plan(ledger: opened.Ledger, tenant: str, rows: Sequence[Planned], run: str) -> None:
    """waiting -> planned, with target and natural key. Planning twice is a no-op: what is planned or further stays.

    What the journal claims (it left before the ledger was restored) is in doubt instead.
    """
    _update_plan(ledger, tenant, "state = 'planned', ", "waiting", rows, run)


def plan_anew(ledger: opened.Ledger, tenant: str, rows: Sequence[Planned], run: str) -> None:
    """Give planned deliveries another target, because the one before certainly took nothing."""
    _update_plan(ledger, tenant, "", "planned", rows, run)


def _update_plan(ledger: opened.Ledger, tenant: str, change: str, state: str, rows: Sequence[Planned], run: str) -> None:
    if rows:
        columns, values = ("target", "natural_key", "run"), [(row.id, row.target, row.natural_key, run) for row in rows]
        with ledger.writing() as connection:
            bulk.update_by_id(connection, _delivery, columns, values, tenant, change=change, where=f" and state = '{state}'")
            claims.take(connection, tenant, run)


def cancel(
    ledger: opened.Ledger, tenant: str, document_ids: Sequence[int], purposes: Sequence[str], run: str, business_date: dt.date
) -> None:
    """waiting, held or planned -> cancelled, for these documents and purposes."""
    with ledger.writing() as connection:
        connection.execute(
            sa.update(_delivery)
            .where(
                _delivery.c.tenant == tenant,
                _delivery.c.purpose.in_(purposes),
                _delivery.c.state.in_(("waiting", "held", "planned")),
                bulk.among(connection, _delivery.c.document_id, document_ids),
            )
            .values(state="cancelled", run=run, settled_on=business_date)
        )


def reserve(connection: sa.Connection, tenant: str, ids: Sequence[int], run: str) -> None:
    """planned -> sending, to be committed before the first byte leaves. Raises MoveError when another run was faster."""
    _move(connection, tenant, ids, "planned", "sending", run)


def record_answers(
    ledger: opened.Ledger,
    tenant: str,
    answers: Sequence[Answer],
    run: str,
    at: dt.datetime,
    business_date: dt.date,
    start: str = "sending",
) -> None:
    """Record what counterparts said, in one transaction: `start` -> outcome, and a line each in the transfer log.

    The letter after a link that was accepted begins to wait.
    """
    by_outcome: dict[str, list[int]] = {}
    for answer in answers:
        by_outcome.setdefault(answer.outcome, []).append(answer.delivery_id)
    with ledger.writing() as connection:
        for outcome, ids in by_outcome.items():
            settled_on = business_date if outcome in states.FINAL else None
            _move(connection, tenant, ids, start, outcome, run, settled_on)
        _log(connection, tenant, answers, run, at)
        if links := [one.delivery_id for one in answers if (one.target, one.outcome) == ("link", "accepted")]:
            fallbacks.begin(connection, tenant, run, links)


def _log(connection: sa.Connection, tenant: str, answers: Sequence[Answer], run: str, at: dt.datetime) -> None:
    """A line each in the transfer log."""
    columns = ("id", "tenant", "delivery_id", "at", "run", "target", "natural_key", "outcome", "detail")
    stored = bulk.stored(connection, at)
    bulk.insert(
        connection,
        tables.transfer_log,
        (*columns, "sent_raw_id", "answer"),
        [
            (i, tenant, a.delivery_id, stored, run, a.target, a.natural_key, a.outcome, a.detail) + (a.sent_raw_id, a.answer)
            for i, a in zip(bulk.reserve_ids(connection, tables.transfer_log, len(answers)), answers, strict=True)
        ],
    )


def record_doubts(ledger: opened.Ledger, tenant: str, rows: Sequence[Open], run: str, why: str, at: dt.datetime) -> None:
    """rejected -> in_doubt, because a person wants it sent again: the target is read back first. A line each in the transfer log.

    What a certificate counted as rejected enters anew. Raises MoveError when one was no longer rejected.
    """
    with ledger.writing() as connection:
        chosen = (_delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.id, [row.id for row in rows]))
        connection.execute(sa.update(_delivery).where(*chosen, _delivery.c.state == "rejected").values(**renewing.ENTERED_ANEW))
        _move(connection, tenant, [row.id for row in rows], "rejected", "in_doubt", run)
        _log(connection, tenant, [_in_doubt(row.id, row.target, row.natural_key, why) for row in rows], run, at)


def _in_doubt(delivery_id: int, target: str | None, natural_key: str | None, why: str) -> Answer:
    return Answer(delivery_id=delivery_id, target=target or "", natural_key=natural_key or "", outcome="in_doubt", detail=why)


def release_abandoned(ledger: opened.Ledger, tenant: str, purposes: Sequence[str], run: str, now: dt.datetime) -> int:
    """sending -> in_doubt for what a run that died left behind; returns how many. A run with a lease of its own lives.

    `run` is the one that found it: it stands on the line that each gets in the transfer log.
    """
    alive = sa.select(_slot.c.run).where(_slot.c.tenant == tenant, _slot.c.concluded_at.is_(None), _slot.c.until > now)
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose.in_(purposes), _delivery.c.state == "sending")
    change = sa.update(_delivery).where(*mine, _delivery.c.run.not_in(alive)).values(state="in_doubt")
    with ledger.writing() as connection:
        left = connection.execute(change.returning(_delivery.c.id, _delivery.c.target, _delivery.c.natural_key, _delivery.c.run))
        found = [_in_doubt(i, target, key, messages.run_died(of)) for i, target, key, of in left]
        _log(connection, tenant, found, run, now)
    return len(found)
