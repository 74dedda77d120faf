"""The laboratory's ledger: the real one, on a file in memory, whose transactions can be met by faults at both ends."""

from __future__ import annotations

import pathlib
import shutil
import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from fakturabro.ledger import engine as engines
from fakturabro.ledger import opened, seals
from tests.crash import faults

KEY = b"1" * 32


class Ledgers:
    """One database after the other, each migrated and empty, at the same place: what SQL was compiled once stays compiled."""

    def __init__(self, folder: pathlib.Path, url: str = "") -> None:
        self._template, self.path = folder / "template.db", folder / "ledger.db"
        self._chances: faults.Faults | None = None
        template = engines.connect(f"sqlite:///{self._template}")
        engines.migrate(template)
        template.dispose()
        self.engine = engines.connect(f"sqlite:///{self.path}")
        event.listen(self.engine, "connect", _without_fsync)
        event.listen(self.engine, "begin", self._begin)
        self._wrap_commit()

    def begin_anew(self, chances: faults.Faults) -> None:
        """An empty ledger."""
        self.engine.dispose()
        for leftover in self.path.parent.glob(f"{self.path.name}-*"):
            leftover.unlink()
        shutil.copyfile(self._template, self.path)
        self._chances = chances

    def open(self) -> opened.Ledger:
        """The ledger as a process of its own opens it: no data key is known to it."""
        return _Shared(self.engine, seals.Seals(self.engine, KEY))

    def _begin(self, connection: sa.Connection) -> None:
        if self._draw("beginning a transaction", faults.BEGIN) == "locked":
            connection.exec_driver_sql("rollback")
            raise exc.OperationalError("begin", None, sqlite3.OperationalError("database is locked"))

    def _wrap_commit(self) -> None:
        """SQLAlchemy has no event after a commit; the engine's own dialect is asked to commit."""
        dialect: Any = self.engine.dialect
        commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            if self._draw("committing", faults.COMMIT) == "disk full":
                raise exc.OperationalError("commit", None, sqlite3.OperationalError("database or disk is full"))
            commit(connection)
            if self._draw("a committed transaction", faults.COMMITTED) == "connection lost":
                raise exc.OperationalError("commit", None, sqlite3.OperationalError("the connection was lost"))

        dialect.do_commit = do_commit

    def _draw(self, where: str, kinds: tuple[str, ...]) -> str:
        return self._chances.draw(where, kinds) if self._chances else ""


class _Shared(opened.Ledger):
    def close(self) -> None:
        """The engine is the laboratory's; what a process left open was rolled back."""


def _without_fsync(connection: sqlite3.Connection, _record: object) -> None:
    """Power cuts are not what dies here, so nothing waits for the disk."""
    connection.execute("pragma synchronous=OFF")
