"""The laboratory's ledger on PostgreSQL: what goes wrong there the server and the driver say themselves, where they can."""

from __future__ import annotations

import contextlib
import pathlib
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import psycopg
import sqlalchemy as sa
from sqlalchemy import exc

from console import databases
from fakturabro.ledger import engine as engines

OURS = "postgresql"
_WITHOUT_DISK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""Power cuts are not what dies here."""


class Server(NamedTuple):
    """A server, and how the names of our databases on it begin."""

    url: str
    prefix: str

    def connect(self) -> sa.Engine:
        """The server, outside of transactions."""
        url = sa.make_url(self.url).set(drivername="postgresql+psycopg")
        return sa.create_engine(url, isolation_level="AUTOCOMMIT")


@contextlib.contextmanager
def opened(chosen: str, folder: pathlib.Path) -> Iterator[Server]:
    """The server at a URL, or for "postgresql" one of our own. Our databases are gone afterwards."""
    prefix = f"fakturabro_crash_{secrets.token_hex(4)}_"
    if chosen == OURS:
        with databases.running(folder / "postgresql", keep=False, settings=_WITHOUT_DISK) as url:
            yield Server(url, prefix)
        return
    server = Server(chosen, prefix)
    try:
        yield server
    finally:
        _drop_all(server)


def _drop_all(server: Server) -> None:
    engine = server.connect()
    with engine.connect() as connection:
        query = sa.text("select datname from pg_database where starts_with(datname, :prefix)")
        for name in connection.execute(query, {"prefix": server.prefix}).scalars().all():
            connection.exec_driver_sql(f"drop database {name} with (force)")
    engine.dispose()


class Database:
    """One database, made anew from a migrated template for each history."""

    def __init__(self, server: Server) -> None:
        self._name = f"{server.prefix}{secrets.token_hex(4)}"
        self._template, self._backup = f"{self._name}_template", f"{self._name}_backup"
        template = engines.connect(databases.create(server.url, self._template))
        engines.migrate(template)
        template.dispose()
        self.engine = engines.connect(databases.create(server.url, self._name))
        self._server = server.connect()

    def empty(self) -> None:
        self._copy(self._template, self._name)

    def back_up(self) -> None:
        self._copy(self._name, self._backup)

    def put_back(self) -> None:
        self._copy(self._backup, self._name)

    def _copy(self, source: str, target: str) -> None:
        """Nobody may be connected to the source: between its steps a process has no connection in its hands."""
        self.engine.dispose()
        with self._server.connect() as connection:
            connection.exec_driver_sql(f"drop database if exists {target} with (force)")
            connection.exec_driver_sql(f"create database {target} template {source}")

    def refuse(self, connection: sa.Connection, fault: str) -> None:
        """Locked: the server gave up waiting. Away: its end of the connection is gone, as the next statement finds."""
        if fault == "locked":
            raise exc.OperationalError("begin", None, psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"))
        self._end(connection.connection.driver_connection)

    def fail_commit(self, connection: Any) -> NoReturn:
        connection.rollback()
        raise psycopg.errors.DiskFull("could not extend file: No space left on device")

    def lose(self, connection: Any) -> NoReturn:
        driver = connection.driver_connection
        self._end(driver)
        driver.execute("select 1")
        raise AssertionError("the server ended this connection")

    def _end(self, connection: Any) -> None:
        """Let the server end its side, and wait until it has."""
        with self._server.connect() as administrator:
            pid = {"pid": connection.info.backend_pid}
            administrator.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), pid)
