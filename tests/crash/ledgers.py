"""The laboratory's ledger: the real one, whose transactions can be met by faults at both ends; on a file in memory by default."""

from __future__ import annotations

import datetime as dt
import pathlib
import shutil
import sqlite3
from typing import Any, NoReturn, Protocol

import sqlalchemy as sa
from sqlalchemy import event, exc

from fakturabro.ledger import engine as engines
from fakturabro.ledger import opened, seals
from tests.crash import faults, virtual

KEY = b"1" * 32
_AWAY = (1, 90)
"""Seconds that a ledger is away."""


class Place(Protocol):
    """Where a ledger stands, and what its driver says when something is wrong there."""

    engine: sa.Engine

    def empty(self) -> None:
        """A migrated ledger that holds nothing."""
        ...

    def back_up(self) -> None:
        """Copy the ledger as it stands now, whoever runs."""
        ...

    def put_back(self) -> None:
        """The ledger is the backup again; nobody may be running."""
        ...

    def refuse(self, connection: sa.Connection, fault: str) -> None:
        """Make a transaction that begins fail, at once or at its first statement: "locked" or "away"."""
        ...

    def fail_commit(self, connection: Any) -> NoReturn:
        """Roll back, and raise what the driver does when the disk is full."""
        ...

    def lose(self, connection: Any) -> NoReturn:
        """Raise what the driver does when the connection is lost."""
        ...


class Ledgers:
    """One database after the other, each migrated and empty, at the same place: what SQL was compiled once stays compiled."""

    def __init__(self, place: Place) -> None:
        self.place, self.engine = place, place.engine
        self._chances: faults.Faults | None = None
        self._away_until: dt.datetime | None = None
        event.listen(self.engine, "begin", self._begin)
        self._wrap_commit()

    def begin_anew(self, chances: faults.Faults) -> None:
        """An empty ledger."""
        self.place.empty()
        self._chances, self._away_until = chances, None

    def open(self) -> opened.Ledger:
        """The ledger as a process of its own opens it: no data key is known to it."""
        return _Shared(self.engine, seals.Seals(self.engine, KEY))

    def _begin(self, connection: sa.Connection) -> None:
        if self._is_away():
            self.place.refuse(connection, "away")
        fault = self._draw("beginning a transaction", faults.BEGIN)
        if fault == "away" and self._chances:
            self._away_until = self._chances.log.now + dt.timedelta(seconds=self._chances.chance.uniform(*_AWAY))
        if fault:
            self.place.refuse(connection, fault)

    def _is_away(self) -> bool:
        """For processes; who looks from outside sees the ledger always."""
        chances, until = self._chances, self._away_until
        return bool(chances and until and virtual.current() and not chances.quiet and chances.log.now < until)

    def _wrap_commit(self) -> None:
        """SQLAlchemy has no event after a commit; the engine's own dialect is asked to commit."""
        dialect: Any = self.engine.dialect
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            if self._draw("committing", faults.COMMIT) == "disk full":
                self.place.fail_commit(connection)
            commit(connection)
            if self._draw("a committed transaction", faults.COMMITTED) == "connection lost":
                self.place.lose(connection)

        dialect.do_commit = do_commit

    def _draw(self, where: str, kinds: tuple[str, ...]) -> str:
        return self._chances.draw(where, kinds) if self._chances else ""


class File:
    """SQLite on a file that never waits for a disk."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._template, self._path, self._backup = (folder / f"{name}.db" for name in ("template", "ledger", "backup"))
        template = engines.connect(f"sqlite:///{self._template}")
        engines.migrate(template)
        template.dispose()
        self.engine = engines.connect(f"sqlite:///{self._path}")
        event.listen(self.engine, "connect", _without_fsync)

    def empty(self) -> None:
        self._backup.unlink(missing_ok=True)
        self._put(self._template)

    def back_up(self) -> None:
        self._backup.unlink(missing_ok=True)
        with sqlite3.connect(self._path) as source, sqlite3.connect(self._backup) as target:
            source.backup(target)
        source.close()
        target.close()

    def put_back(self) -> None:
        self._put(self._backup)

    def _put(self, copy: pathlib.Path) -> None:
        self.engine.dispose()
        for leftover in self._path.parent.glob(f"{self._path.name}-*"):
            leftover.unlink()
        shutil.copyfile(copy, self._path)

    def refuse(self, connection: sa.Connection, fault: str) -> None:
        connection.exec_driver_sql("rollback")
        said = "database is locked" if fault == "locked" else "unable to open database file"
        raise exc.OperationalError("begin", None, sqlite3.OperationalError(said))

    def fail_commit(self, connection: Any) -> NoReturn:
        raise sqlite3.OperationalError("database or disk is full")

    def lose(self, connection: Any) -> NoReturn:
        raise sqlite3.OperationalError("disk I/O error")


class _Shared(opened.Ledger):
    def close(self) -> None:
        """The engine is the laboratory's; what a process left open was rolled back."""


def _without_fsync(connection: sqlite3.Connection, _record: object) -> None:
    """Power cuts are not what dies here, so nothing waits for the disk."""
    connection.execute("pragma synchronous=OFF")
