"""Ledgers that are migrated already: copies of one that was, for a migration takes as long as many a test."""

from __future__ import annotations

import contextlib
import functools
import pathlib
import secrets
import tempfile
from collections.abc import Iterator

import sqlalchemy as sa

from console import databases
from fakturabro.ledger import engine as engines


def connect(url: str) -> sa.Engine:
    """An engine for a ledger that stands nowhere yet, and holds nothing."""
    path = sa.make_url(url).database
    if url.startswith("sqlite") and path:
        pathlib.Path(path).write_bytes(_template())
        return engines.connect(url)
    engine = engines.connect(url)
    engines.migrate(engine)
    return engine


@functools.cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "ledger.db"
        engine = engines.connect(f"sqlite:///{path}")
        engines.migrate(engine)
        engine.dispose()
        return path.read_bytes()


class Server:
    """A PostgreSQL whose databases are gone when they are no more needed: hundreds of them would be gigabytes."""

    def __init__(self, url: str) -> None:
        self.url, self._engine = url, sa.create_engine(url, isolation_level="AUTOCOMMIT")

    @contextlib.contextmanager
    def database(self, like: str = "template1") -> Iterator[str]:
        """The URL of a database of its own, a copy of another one."""
        name = f"ledger_{secrets.token_hex(6)}"
        self._say(f"create database {name} template {like} strategy file_copy")
        try:
            yield sa.make_url(self.url).set(database=name).render_as_string(hide_password=False)
        finally:
            self._say(f"drop database {name} with (force)")

    @functools.cached_property
    def ledger(self) -> str:
        """The name of a database that holds a migrated, empty ledger."""
        engine = connect(databases.create(self.url, "migrated"))
        engine.dispose()
        return "migrated"

    def close(self) -> None:
        self._engine.dispose()

    def _say(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)
