"""Where the slots of all rate budgets stand: one small table, on SQLite (one machine) or PostgreSQL (several).

Times in the table are seconds on the store's own clock: the machine's monotonic clock on SQLite, the server's on PostgreSQL.
Only durations pass between a process and the store, so no two clocks are ever compared.
"""

from __future__ import annotations

import pathlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event, exc

from fakturabro.remote import errors, messages

DEFAULT_URL = "sqlite:///var/rates.sqlite3"
LEASE = 30.0
"""Seconds after which a slot that was taken and never given back is free again."""
_IMPOSSIBLE = 2 * LEASE
"""A slot further ahead than this was written before the clock began anew (a restarted machine): it is free."""


class RateStoreError(errors.Unavailable):
    """The store cannot be used; nothing was sent. The message names the file and what to do."""


class Taken(NamedTuple):
    """A slot and which taking of it this is: what is given back late, after the lease, must not free another's slot."""

    slot: int
    turn: int


_TABLE = """CREATE TABLE IF NOT EXISTS rate_slot (
    budget VARCHAR(200) NOT NULL, slot INTEGER NOT NULL, turn INTEGER NOT NULL, free_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (budget, slot))"""
_ADD = sa.text("INSERT INTO rate_slot (budget, slot, turn, free_at) VALUES (:budget, :slot, 0, 0) ON CONFLICT DO NOTHING")
_GIVE = sa.text("UPDATE rate_slot SET free_at = :now + :free_in WHERE budget = :budget AND slot = :slot AND turn = :turn")
_FIND = """SELECT slot, turn, free_at FROM rate_slot
    WHERE budget = :budget AND slot < :size AND (free_at <= :now + :horizon OR free_at > :now + :impossible)
    ORDER BY free_at LIMIT :take"""
_TAKE = sa.text(
    "UPDATE rate_slot SET free_at = :now + :lease, turn = turn + 1 WHERE budget = :budget AND slot = :slot AND turn = :turn"
)


class RateStore:
    """The table behind a SQLAlchemy URL; may be used from any thread. `clock` is for tests, and for SQLite only."""

    def __init__(self, url: str = DEFAULT_URL, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._address = sa.make_url(url)
        self._on_sqlite = self._address.get_backend_name() == "sqlite"
        self._engine = sa.create_engine(self._address, hide_parameters=True)
        self._find = sa.text(_FIND if self._on_sqlite else f"{_FIND} FOR UPDATE SKIP LOCKED")
        self._known: set[tuple[str, int]] = set()
        if self._on_sqlite:
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_immediate)

    def close(self) -> None:
        self._engine.dispose()

    def exchange(
        self, budget: str, size: int, *, give: Sequence[tuple[Taken, float]], take: int, horizon: float
    ) -> list[tuple[Taken, float]]:
        """In one transaction: `give` slots, each free in so many seconds from now, and take up to `take` of `size` others.

        Returns the slots taken, each with the seconds (at most `horizon`) until it may be used. Raises RateStoreError.
        """
        try:
            self._prepare(budget, size)
            with self._engine.begin() as connection:
                now = {"budget": budget, "now": self._now(connection)}
                if give:
                    rows = [{**now, "slot": taken.slot, "turn": taken.turn, "free_in": free_in} for taken, free_in in give]
                    connection.execute(_GIVE, rows)
                return self._take(connection, {**now, "size": size, "take": take, "horizon": horizon}) if take else []
        except (exc.SQLAlchemyError, OSError) as error:
            reason = str(error.orig) if isinstance(error, exc.DBAPIError) else type(error).__name__
            raise RateStoreError(messages.rate_store(self._address.render_as_string(hide_password=True), reason)) from None

    def _take(self, connection: sa.Connection, wanted: dict[str, Any]) -> list[tuple[Taken, float]]:
        rows = connection.execute(self._find, {**wanted, "impossible": _IMPOSSIBLE}).all()
        found = [(int(row[0]), int(row[1]), float(row[2]) - wanted["now"]) for row in rows]
        if found:
            key = {"budget": wanted["budget"], "now": wanted["now"], "lease": LEASE}
            connection.execute(_TAKE, [{**key, "slot": slot, "turn": turn} for slot, turn, _ in found])
        return [(Taken(slot, turn + 1), _wait(free_in, wanted["horizon"])) for slot, turn, free_in in found]

    def _now(self, connection: sa.Connection) -> float:
        if self._on_sqlite:
            return self._clock()
        return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def _prepare(self, budget: str, size: int) -> None:
        """Make the table and the budget's rows, once per process; two processes may do it at the same time."""
        if (budget, size) in self._known:
            return
        if self._on_sqlite and self._address.database:
            pathlib.Path(self._address.database).parent.mkdir(parents=True, exist_ok=True)
        with self._engine.begin() as connection:
            if not self._on_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('fakturabro rate_slot'))"))
            connection.execute(sa.text(_TABLE))
            connection.execute(_ADD, [{"budget": budget, "slot": slot} for slot in range(size)])
        self._known.add((budget, size))


def _wait(seconds: float, horizon: float) -> float:
    """Seconds until a slot is free; one from before the clock began anew is free at once."""
    return max(0.0, seconds) if seconds <= horizon else 0.0


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """WAL without fsync: the table is counters, and a power cut ends every request anyway."""
    connection.isolation_level = None
    for setting in ("journal_mode=WAL", "synchronous=OFF", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {setting}")


def _begin_immediate(connection: sa.Connection) -> None:
    """Take the write lock at once: a lock upgraded in mid-transaction fails instead of waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
