"""Opening the ledger: SQLite (WAL, synchronous=FULL) by default, PostgreSQL by a URL; migrations; bulk statements."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
import pathlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command, config, script
from alembic.runtime import migration
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

_MIGRATIONS = pathlib.Path(__file__).parent / "migrations"
_COPY_FROM = 200
"""Rows from which COPY beats executemany on PostgreSQL."""
_GROWN = 10
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON", "cache_size=-64000") + (
    "wal_autocheckpoint=8000",
)
"""64 MB of cache; the log of changes is folded in at 32 MB, where a bulk of documents writes each page once and not ten times."""


class LedgerError(Exception):
    """The ledger cannot be used; the message says what to do."""


def connect(url: str) -> sa.Engine:
    """An engine for `url`, e.g. "sqlite:///var/ledger.db" or "postgresql+psycopg://user@host/ledger".

    Its errors name the statement and never the parameters: those may name people, and errors are logged.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)
    if parsed.get_backend_name() != "sqlite":
        raise LedgerError(f"the ledger runs on SQLite or PostgreSQL, not on {parsed.get_backend_name()}")
    if parsed.database and parsed.database != ":memory:":
        pathlib.Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # our own BEGIN IMMEDIATE: no lock is upgraded in mid-transaction
    for pragma in _PRAGMAS:
        connection.execute(f"pragma {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")


def migrate(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the ledger up to a schema, by default the newest. Does nothing when it stands there already."""
    _migrate(engine, command.upgrade, revision)


def migrate_back(engine: sa.Engine, revision: str) -> None:
    """Bring the ledger back to an older schema ("base": none at all). What only the newer one holds is gone; answers are kept."""
    _migrate(engine, command.downgrade, revision)


def _migrate(engine: sa.Engine, way: Callable[[config.Config, str], None], revision: str) -> None:
    settings = config.Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        way(settings, revision)


def check_schema(engine: sa.Engine) -> None:
    """Raise LedgerError unless the ledger has the schema that this version of Fakturabro writes."""
    with engine.begin() as connection:
        current = migration.MigrationContext.configure(connection).get_current_revision()
    if current != _head():
        raise LedgerError(f"the ledger has schema {current}, this version needs {_head()}: run `fakturabro migrate`")


@functools.cache
def _head() -> str | None:
    """The newest schema: to find it every migration is loaded, and each task asks."""
    return script.ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def wait_in_line(connection: sa.Connection, name: str) -> None:
    """Until the end of the transaction nobody else is in line for this name. On SQLite whoever writes is alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("select pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def insert(connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows as tuples in the order of `columns`, handed to the driver as they are (COPY on PostgreSQL)."""
    if not rows:
        return
    if connection.dialect.name == "postgresql" and len(rows) >= _COPY_FROM:
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f"copy {table.name} ({', '.join(columns)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        _analyze(connection, table, len(rows))
        return
    statement = _insert_sql(table, tuple(columns), marks(connection, len(columns)))
    connection.exec_driver_sql(statement, [tuple(row) for row in rows])


def stored(connection: sa.Connection, at: dt.datetime) -> object:
    """A time as `insert` and `update` take it, which hand values to the driver as they are."""
    stamp = at.astimezone(dt.UTC)
    return stamp.strftime("%Y-%m-%d %H:%M:%S.%f") if connection.dialect.name == "sqlite" else stamp


def dialect_insert(bind: sa.Connection | sa.Engine, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert in the database's own dialect, which can say what happens where the row stands already."""
    return (sqlite if bind.dialect.name == "sqlite" else postgresql).insert(table)


def _analyze(connection: sa.Connection, table: sa.Table, added: int) -> None:
    """Let PostgreSQL count what a bulk has just made much larger: plans made for an empty table read all of it for each row."""
    known = connection.exec_driver_sql(f"select reltuples from pg_class where oid = '{table.name}'::regclass").scalar_one()
    if known < _GROWN * added:
        connection.exec_driver_sql(f"analyze (skip_locked) {table.name}")


@functools.cache
def _insert_sql(table: sa.Table, columns: tuple[str, ...], marks: str) -> str:
    return f"insert into {table.name} ({', '.join(columns)}) values ({marks})"


def marks(connection: sa.Connection, count: int) -> str:
    """Where `count` values go in a statement for the driver."""
    return ", ".join(["?" if connection.dialect.name == "sqlite" else "%s"] * count)


def update(connection: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run `statement` once for each row, handed to the driver as they are; {} stands where a row's values go, in order."""
    if rows:
        connection.exec_driver_sql(statement.replace("{}", marks(connection, 1)), list(rows))


def update_by_id(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[int, *tuple[str, ...]]],
    tenant: str,
    *,
    change: str = "",
    where: str = "",
) -> None:
    """Set these text columns of many rows, each row as (id, values); `change` and `where` are the same SQL for all of them.

    One by one on SQLite, which has nothing faster; in one statement on PostgreSQL, where each costs a round trip.
    """
    if connection.dialect.name == "sqlite":
        said = ", ".join(f"{column} = {{}}" for column in columns)
        statement = f"update {table.name} set {change}{said} where id = {{}} and tenant = {{}}{where}"
        update(connection, statement, [(*values, i, tenant) for i, *values in rows])
        return
    said = ", ".join(f"{column} = v.{column}" for column in columns)
    arrays = ", ".join(["%s::bigint[]", *["%s::text[]"] * len(columns)])
    found = f"unnest({arrays}) as v(id, {', '.join(columns)}) where {table.name}.id = v.id and {table.name}.tenant = %s{where}"
    values = tuple(list(column) for column in zip(*rows, strict=True))
    connection.exec_driver_sql(f"update {table.name} set {change}{said} from {found}", (*values, tenant))


def reserve_ids(connection: sa.Connection, table: sa.Table, count: int) -> range | list[int]:
    """`count` new ids of `table`, in sequence. On SQLite the transaction holds the write lock, so the maximum is safe."""
    if connection.dialect.name == "sqlite":
        newest = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one()
        return range(newest + 1, newest + 1 + count)
    sequence = f"{table.name}_id_seq"
    query = sa.text("select nextval(:name) from generate_series(1, :count)")
    numbers = connection.execute(query, {"name": sequence, "count": count})
    return [number for (number,) in numbers]


def among(
    connection: sa.Connection, column: sa.ColumnElement[Any], values: Iterable[int] | Iterable[str]
) -> sa.ColumnElement[bool]:
    """`column in values` as one parameter, however many values there are."""
    chosen = list(values)
    if connection.dialect.name == "sqlite":
        return column.in_(sa.select(sa.func.json_each(json.dumps(chosen)).table_valued("value").c.value))
    return column == sa.any_(sa.cast(chosen, sa.ARRAY(column.type)))


def chunks(rows: Iterable[T], size: int) -> Iterable[list[T]]:
    """`rows` in lists of at most `size`."""
    iterator = iter(rows)
    return iter(lambda: list(itertools.islice(iterator, size)), [])
