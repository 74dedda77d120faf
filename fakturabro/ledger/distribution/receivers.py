"""What Peppol has said of receivers, remembered for the whole installation: it is the same for every tenant.

A receiver is known by its label in Peppol's DNS, which tells nobody who it is. A yes counts for six hours and a no for a day. Who
has taken EHF before is gone only when the network has said so for a day: registers move and forget for an hour, letters do not
come back. Unknown is asked again each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Literal

import sqlalchemy as sa

from fakturabro.ledger import engine, opened, operations

Key = tuple[str, str]
"""(label, kind of document)"""
Answer = Literal["yes", "no", "unknown"]
_receiver = operations.receiver
_COUNTS = {"yes": dt.timedelta(hours=6), "no": dt.timedelta(hours=24), "unknown": dt.timedelta(0)}
_DOUBT = dt.timedelta(hours=24)
_FORGOTTEN = dt.timedelta(days=180)
_ASKED_LATELY = dt.timedelta(days=5)
"""Longer than Easter: what nobody has asked for since waits no more."""


def find(ledger: opened.Ledger, network: str, keys: Iterable[Key], now: dt.datetime) -> dict[Key, Answer]:
    """What need not be asked now."""
    with ledger.reading() as connection:
        standing = _read(connection, network, set(keys))
    return {key: _believed(row, now) for key, row in standing.items() if now - row.asked_at < _COUNTS[_believed(row, now)]}


def record(ledger: opened.Ledger, network: str, said: Mapping[Key, Answer], now: dt.datetime) -> dict[Key, Answer]:
    """Remember what was said now, and return what to believe. Rows that nobody has asked for in half a year are forgotten."""
    with ledger.writing() as connection:
        standing = _read(connection, network, set(said))
        rows = [_next(network, key, answer, standing.get(key), now) for key, answer in sorted(said.items())]
        for some in engine.chunks(rows, 500):
            new = engine.dialect_insert(connection, _receiver).values(some)
            changed = {name: new.excluded[name] for name in ("answer", "since", "asked_at", "took_at")}
            connection.execute(new.on_conflict_do_update(index_elements=["network", "label", "kind"], set_=changed))
        connection.execute(sa.delete(_receiver).where(_receiver.c.asked_at < now - _FORGOTTEN))
        return {key: _believed(row, now) for key, row in _read(connection, network, set(said)).items()}


def count_unknown(ledger: opened.Ledger, since: dt.datetime, now: dt.datetime) -> int:
    """Of how many receivers nobody has known since then whether they take EHF, though they are asked for still."""
    waits = (_receiver.c.answer == "unknown", _receiver.c.since < since, _receiver.c.asked_at > now - _ASKED_LATELY)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.count(sa.distinct(_receiver.c.label))).where(*waits)).scalar_one()


def _read(connection: sa.Connection, network: str, keys: set[Key]) -> dict[Key, sa.Row[tuple[object, ...]]]:
    mine = (_receiver.c.network == network, engine.among(connection, _receiver.c.label, sorted({label for label, _ in keys})))
    rows = connection.execute(sa.select(_receiver).where(*mine))
    return {key: row for row in rows if (key := (row.label, row.kind)) in keys}


def _next(
    network: str, key: Key, answer: Answer, standing: sa.Row[tuple[object, ...]] | None, now: dt.datetime
) -> dict[str, object]:
    """The row after this answer: `since` is when it was first given without another between."""
    took_at = now if answer == "yes" else standing.took_at if standing else None
    since = standing.since if standing and standing.answer == answer else now
    return {
        "network": network, "label": key[0], "kind": key[1], "answer": answer,
        "since": since, "asked_at": now, "took_at": took_at,
    }  # fmt: skip


def _believed(row: sa.Row[tuple[object, ...]], now: dt.datetime) -> Answer:
    doubtful = row.answer == "no" and row.took_at is not None and now - row.since < _DOUBT
    return "unknown" if doubtful else row.answer
