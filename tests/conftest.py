"""Shared fixtures: where ../shared lies, and the count of contract tests that could not run without it."""

from __future__ import annotations

import gc
import pathlib
import secrets
from collections.abc import Iterator

import pytest

from console import databases
from fakturabro.ledger import opened
from tests import migrated
from tests.unit import openssh

ROOT = pathlib.Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder of specifications and samples beside the repository."""
    return SHARED


def pytest_collectstart() -> None:
    """Nobody looks for garbage while tests are collected: a third of that time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Nor among five thousand tests later."""
    gc.freeze()
    gc.enable()


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


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL on a socket of its own, ended at the end of the session."""
    with databases.running(tmp_path_factory.mktemp("postgresql") / "data", keep=False, settings=["fsync=off"]) as url:
        yield url


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[migrated.Server]:
    """The same, for one database after the other."""
    server = migrated.Server(postgres_url)
    yield server
    server.close()


@pytest.fixture
def empty_postgres(postgres: migrated.Server) -> Iterator[str]:
    """The URL of a database that holds nothing."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def migrated_postgres(postgres: migrated.Server) -> Iterator[str]:
    """The URL of a database that holds a migrated, empty ledger."""
    with postgres.database(postgres.ledger) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[opened.Ledger]:
    """A migrated, empty ledger on each of the two databases."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        migrated.connect(url).dispose()
    else:
        url = request.getfixturevalue("migrated_postgres")
    made = opened.open_ledger(url, b"0" * 32)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openssh.Server]:
    """A real OpenSSH server with SFTP, ended with the module."""
    with openssh.running(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def drop(server: openssh.Server) -> pathlib.Path:
    """An empty folder, here and on the SFTP server."""
    at = server.folder / secrets.token_hex(4)
    at.mkdir()
    return at
