"""Shared fixtures: where ../shared lies, and the count of contract tests that could not run without it."""

from __future__ import annotations

import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from fakturabro.ledger import engine as engines
from fakturabro.ledger import opened

ROOT = pathlib.Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder of specifications and samples beside the repository."""
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("contract"):
            item.add_marker(pytest.mark.skip(reason="../shared absent"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what could not run; `make test` ends with this line."""
    absent = [report for report in terminalreporter.stats.get("skipped", []) if "../shared absent" in str(report.longrepr)]
    note = ROOT / ".cache" / "contract-tests-not-run"
    note.parent.mkdir(exist_ok=True)
    note.write_text(f"{len(absent)} contract tests not run: ../shared absent\n", encoding="utf-8")


def postgres_programs(installed: pathlib.Path) -> pathlib.Path:
    """The folder of initdb and pg_ctl, of the newest version; fails the test with what to do where there is none."""
    found = sorted(installed.glob("*/bin"))
    if not found:
        pytest.fail(
            f"PostgreSQL is not installed in {installed}: this test needs the Debian package postgresql. "
            "As root: apt-get install --no-install-recommends postgresql",
            pytrace=False,
        )
    return found[-1]


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL on a socket of its own, ended at the end of the session."""
    programs = postgres_programs(pathlib.Path("/usr/lib/postgresql"))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fakturabro-pg-"))
    account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if account:
        shutil.chown(folder, "postgres", "postgres")
    data, socket = folder / "data", folder
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    subprocess.check_call([*account, programs / "initdb", "-D", data, "-A", "trust", "-U", "fakturabro", "-E", "UTF8"], **quiet)
    options = f"-c listen_addresses='' -c unix_socket_directories={socket} -c fsync=off"
    subprocess.check_call([*account, programs / "pg_ctl", "-D", data, "-w", "-o", options, "start"], **quiet)
    yield f"postgresql+psycopg://fakturabro@/postgres?host={socket}"
    subprocess.check_call([*account, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
    shutil.rmtree(folder)


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """The URL of a database that holds nothing."""
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    name = f"ledger_{secrets.token_hex(6)}"
    with engine.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    engine.dispose()
    return postgres_url.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[opened.Ledger]:
    """A migrated, empty ledger on each of the two databases."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}" if request.param == "sqlite" else request.getfixturevalue("empty_postgres")
    engine = engines.connect(url)
    engines.migrate(engine)
    engine.dispose()
    made = opened.open_ledger(url, b"0" * 32)
    yield made
    made.close()
