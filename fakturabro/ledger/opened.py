"""The opened ledger: what every query and write takes as its first argument."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Generator

import sqlalchemy as sa

from fakturabro.ledger import engine as engines
from fakturabro.ledger import seals as sealing


@dataclasses.dataclass(frozen=True)
class Ledger:
    engine: sa.Engine
    seals: sealing.Seals
    guard: Callable[[sa.Connection], None] | None = None
    """Called at the beginning of each transaction that writes; what it raises keeps it from writing."""

    def reading(self) -> sa.Connection:
        """A connection for reading: a context manager that takes no write lock."""
        return self.engine.connect().execution_options(reading=True)

    @contextlib.contextmanager
    def writing(self) -> Generator[sa.Connection]:
        """One transaction: committed at the end of the `with`, rolled back by an exception."""
        with self.engine.begin() as connection:
            if self.guard is not None:
                self.guard(connection)
            yield connection

    @contextlib.contextmanager
    def writing_at_one_moment(self, tenant: str) -> Generator[sa.Connection]:
        """One transaction that sees one moment of the ledger, one at a time per tenant. SQLite writes are that already."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.begin() as connection:
                yield connection
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as gate:
            key = {"tenant": f"certificate/{tenant}"}
            gate.execute(sa.text("select pg_advisory_lock(hashtext(:tenant))"), key)
            try:
                with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
                    yield connection
            finally:
                gate.execute(sa.text("select pg_advisory_unlock(hashtext(:tenant))"), key)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def open_ledger(url: str, installation_key: bytes) -> Ledger:
    """Open the ledger at `url`; its schema must be the newest (engine.migrate).

    Raises engine.LedgerError when it is not.
    """
    engine = engines.connect(url)
    engines.check_schema(engine)
    return Ledger(engine, sealing.Seals(engine, installation_key))
