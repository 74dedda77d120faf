"""PostgreSQL for one installation: one of its own from Debian's package, on a socket that only its owner reaches, or one by URL."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

PROGRAMS = pathlib.Path("/usr/lib/postgresql")
_OF_ROOT = pathlib.Path("/var/lib/postgresql")
"""PostgreSQL refuses to run as root: there its own account does, and keeps the data."""
_USER = "fakturabro"


class PostgresError(Exception):
    """PostgreSQL is not there or did not start; the message says what to do."""


def programs(installed: pathlib.Path = PROGRAMS) -> pathlib.Path:
    """The folder of initdb and pg_ctl, of the newest version. Raises PostgresError when there is none."""
    found = sorted(installed.glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise PostgresError(
            f"PostgreSQL is not installed in {installed}: it needs the Debian package postgresql. "
            "As root: apt-get install --no-install-recommends postgresql"
        )
    return found[-1]


@contextlib.contextmanager
def running(folder: pathlib.Path, *, keep: bool, settings: Sequence[str] = ()) -> Iterator[str]:
    """A PostgreSQL with its data in `folder` (of root: in PostgreSQL's own place); the URL of its database "postgres".

    `keep` leaves the data for the next time.
    """
    data, sockets = _place(folder), pathlib.Path(tempfile.mkdtemp(prefix="fakturabro-pg-"))
    if os.geteuid() == 0:
        shutil.chown(sockets, "postgres", "postgres")
    try:
        if not _call(["test", "-e", data / "PG_VERSION"]):
            _run([programs() / "initdb", "-D", data, "-A", "trust", "-U", _USER, "-E", "UTF8", "--locale=C.UTF-8"])
        options = ["listen_addresses=''", f"unix_socket_directories={sockets}", *settings]
        said = " ".join(f"-c {option}" for option in options)
        _run([programs() / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", said, "start"])
        try:
            yield f"postgresql+psycopg://{_USER}@/postgres?host={sockets}"
        finally:
            _run([programs() / "pg_ctl", "-D", data, "-m", "fast" if keep else "immediate", "stop"])
    finally:
        shutil.rmtree(sockets, ignore_errors=True)
        if not keep:
            shutil.rmtree(data, ignore_errors=True)


def create(server: str, name: str) -> str:
    """The URL of the database of this name beside the one at `server`; made when there is none."""
    engine = sa.create_engine(sa.make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.execute(sa.text("select 1 from pg_database where datname = :name"), {"name": name}).first()
        if known is None:
            quoted = engine.dialect.identifier_preparer.quote(name)
            connection.execute(sa.text(f"create database {quoted}"))
    engine.dispose()
    return _text(sa.make_url(server).set(database=name))


def to_asynchronous(url: str) -> str:
    """The same database as Prefect's server wants its URL."""
    return _text(sa.make_url(url).set(drivername="postgresql+asyncpg"))


def dump(url: str, file: pathlib.Path) -> None:
    """Everything in a database as SQL text."""
    plain = _text(sa.make_url(url).set(drivername="postgresql"))
    with file.open("wb") as out:
        subprocess.run([programs() / "pg_dump", "--dbname", plain], stdout=out, check=True)  # noqa: S603 our own arguments


def _text(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def _place(folder: pathlib.Path) -> pathlib.Path:
    if os.geteuid() != 0:
        return folder.resolve()
    return _OF_ROOT / f"fakturabro-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"


def _call(command: Sequence[object]) -> bool:
    account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    words = [str(word) for word in (*account, *command)]
    done = subprocess.run(words, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # noqa: S603 as above
    return done.returncode == 0


def _run(command: Sequence[object]) -> None:
    if not _call(command):
        raise PostgresError(f"{pathlib.Path(str(command[0])).name} failed; look into the log beside PostgreSQL's data")
