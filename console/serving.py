"""Starting and ending what a whole installation needs on one machine: sandboxes, Prefect's server and a worker, on free ports.

Every process is our child, is ended by its id, and writes a log of its own into the folder.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import sqlalchemy as sa
from cryptography.fernet import Fernet

from console import databases, quiet, serving_bank, serving_severa
from deployments import applying
from sandboxes.bank import mock_bank

ROOT = pathlib.Path(__file__).resolve().parent.parent
SANDBOX_TENANTS = ROOT / "prefect.yaml"
_TENANTS = ("nidelven", "skagerrak")
"""In the order of the sandboxes' clients."""
_PATIENCE = 120.0


class ServingError(Exception):
    """A process did not come up; the message names its log."""


class Installation:
    """What runs: addresses, secrets and the environment that every process of the installation gets."""

    tenants = SANDBOX_TENANTS
    """The file that is applied."""

    def __init__(self, folder: pathlib.Path, port: int | None = None, database: str = "", keep: bool = True) -> None:
        """`database` is "" (SQLite), "postgresql" (one of its own), or the URL of one; `keep` leaves the data of its own one."""
        self.folder = folder.resolve()
        self._database, self._keep = database, keep
        self._stack = contextlib.ExitStack()
        self.databases: dict[str, str] = {}
        self.port, self._gateway_port = port or _free_port(), _free_port()
        self.bank_ports = {tenant: _free_port() for tenant in _TENANTS}
        self.environment = {**os.environ, **quiet.QUIET, **self._own_environment()}
        self.sandboxes: dict[str, Any] = {}
        self._children: list[tuple[str, subprocess.Popen[bytes]]] = []

    @property
    def api(self) -> str:
        """Prefect's API."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def gateway(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self._gateway_port}"

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret of this installation, by name."""
        return {path.name: path.read_text(encoding="utf-8") for path in (self.folder / "secrets").iterdir()}

    def secret(self, name: str, value: str | None = None) -> str:
        """The secret of this name, kept in a file that only its owner may read; made when there is none."""
        path = self.folder / "secrets" / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if value is not None or not path.exists():
            path.touch(mode=0o600)
            path.write_text(value if value is not None else secrets.token_hex(24), encoding="utf-8")
        return path.read_text(encoding="utf-8")

    def start(self, base_date: str) -> None:
        """Start all processes and apply the sandbox tenants' file. Raises ServingError, PostgresError."""
        self._start_databases()
        self._start_sandboxes(base_date)
        self.tenants = serving_bank.place(self.tenants, self.folder, self.sandboxes["bank_sftp"], _TENANTS)
        for tenant in _TENANTS:
            arguments = mock_bank.arguments(self.folder / "bank" / tenant, self.bank_ports[tenant], base_date, looks_every=2)
            self._spawn(f"bank-{tenant}", *arguments)
        self._run("migrate", "-m", "console.main", "migrate")
        self._spawn("gateway", "-m", "console.main", "gateway")
        self._spawn("prefect-server", "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port))
        self._await("prefect-server", lambda: httpx.get(f"{self.api}/health", timeout=2).status_code == 200)
        self._run("apply", "-m", "console.main", "apply", str(self.tenants))
        self._await("gateway", self._is_gateway_ready)
        for worker in ("prefect-worker", "prefect-worker-2")[: 2 if self.databases else 1]:
            arguments = ("worker", "start", "--pool", applying.POOL, "--type", "process", "--limit", "2", "--name", worker)
            self._spawn(worker, "-m", "prefect", *arguments)

    def stop(self) -> None:
        """End every process, youngest first."""
        for _, child in reversed(self._children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=20)
            if child.poll() is None:
                child.kill()
                child.wait()
        self._children.clear()
        self._stack.close()

    def invite(self, tenant: str, approver: str) -> None:
        """Mail an approver the link on which they get a code generator. Raises ServingError."""
        self._run("enrol", "-m", "console.main", "enrol", tenant, approver)

    def fallen(self) -> str:
        """The name of a process that ended by itself, "" when all live."""
        return next((name for name, child in self._children if child.poll() is not None), "")

    def _is_gateway_ready(self) -> bool:
        return httpx.get(f"{self.gateway}/ready", timeout=6, trust_env=False).status_code == 200

    def _start_databases(self) -> None:
        """PostgreSQL for ledger and Prefect, where it is asked for: two databases, because both keep a table of migrations."""
        if not self._database:
            return
        server = self._database
        if server == "postgresql":
            server = self._stack.enter_context(databases.running(self.folder / "postgresql", keep=self._keep))
        name = sa.make_url(server).database or "postgres"
        ledger = "fakturabro" if name == "postgres" else name
        self.databases = {"ledger": databases.create(server, ledger), "prefect": databases.create(server, f"{ledger}_prefect")}
        self.environment |= {
            "FAKTURABRO_LEDGER_URL": self.databases["ledger"],
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": databases.to_asynchronous(self.databases["prefect"]),
        }

    @property
    def ledger(self) -> str:
        """The ledger's URL."""
        return self.databases.get("ledger", f"sqlite:///{self.folder / 'ledger.db'}")

    def _own_environment(self) -> Mapping[str, str]:
        auth = f"operator:{self.secret('prefect.password')}"
        made = {name: base64.b64encode(os.urandom(32)).decode() for name in ("ledger.key", "portal.key")}
        for name, value in {**made, (fernet := "prefect.encryption_key"): Fernet.generate_key().decode()}.items():
            self.secret(name, None if (self.folder / "secrets" / name).exists() else value)
        return {
            "FAKTURABRO_HOME": str(self.folder),
            "FAKTURABRO_SECRETS": str(self.folder / "secrets"),
            "FAKTURABRO_GATEWAY_URL": self.gateway,
            "FAKTURABRO_GATEWAY_PORT": str(self._gateway_port),
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_UI_API_URL": self.api,
            "PREFECT_SERVER_API_AUTH_STRING": auth,
            "PREFECT_API_AUTH_STRING": auth,
            "PREFECT_SERVER_ENCRYPTION_KEY": self.secret(fernet),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    def _start_sandboxes(self, base_date: str) -> None:
        state = self.folder / "sandboxes.json"
        state.unlink(missing_ok=True)
        arguments = ("--folder", str(self.folder), "--state", str(state), "--base-date", base_date)
        self._spawn("sandboxes", "-m", "sandboxes.main", *arguments)
        self._await("sandboxes", state.exists)
        known = self.sandboxes = json.loads(state.read_text(encoding="utf-8"))
        for name, value in {
            "poweroffice.application_key": known["poweroffice"]["application_key"],
            "poweroffice.subscription_key": known["poweroffice"]["subscription_key"],
            "factoring.key": known["factoring"]["key"],
            "fortnox.client_id": known["fortnox"]["client_id"],
            "fortnox.client_secret": known["fortnox"]["client_secret"],
            "access_point.key": known["access_point"]["key"],
            f"{serving_bank.SFTP_TENANT}.bank_sftp.key": known["bank_sftp"]["private_key"],
            **serving_severa.secrets(known["severa"]),
            **{f"{tenant}.poweroffice_client_key": client["client_key"] for tenant, client in self.clients().items()},
        }.items():
            self.secret(name, value)
        self.environment |= {
            "FAKTURABRO_POWEROFFICE_V1": known["poweroffice"]["v1_url"],
            "FAKTURABRO_POWEROFFICE_V2": known["poweroffice"]["v2_url"].removesuffix("/v2"),
            "FAKTURABRO_FACTORING": known["factoring"]["url"],
            "FAKTURABRO_FORTNOX": known["fortnox"]["url"],
            "FAKTURABRO_FORTNOX_TOKENS": known["fortnox"]["token_url"],
            "FAKTURABRO_SEVERA": known["severa"]["url"],
            "FAKTURABRO_ACCESS_POINT": known["access_point"]["url"],
            "FAKTURABRO_PEPPOL": "sandbox",
            "FAKTURABRO_PEPPOL_RESOLVER": known["peppol"]["resolver"],
            "FAKTURABRO_SMTP_PORT": str(known["mail"]["port"]),
            "FAKTURABRO_MAIL_SENDER": "faktura@factoringfinans.example",
            "FAKTURABRO_MAIL_DOMAIN": "factoringfinans.example",
            "FAKTURABRO_PRINT_FOLDER": known["print"]["folder"],
            "FAKTURABRO_PRINT_RECEIPTS": "true",
        }

    def clients(self) -> dict[str, Any]:
        """By tenant, its client company in the sandboxes."""
        return dict(zip(_TENANTS, self.sandboxes["clients"], strict=True))

    def _log(self, name: str) -> pathlib.Path:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        return self.folder / "logs" / f"{name}.log"

    def _spawn(self, name: str, *arguments: str) -> None:
        with self._log(name).open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 our own arguments
                [sys.executable, *arguments], env=self.environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        self._children.append((name, child))

    def _run(self, name: str, *arguments: str) -> None:
        with self._log(name).open("ab") as log:
            command = [sys.executable, *arguments]
            code = subprocess.call(command, env=self.environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603 as above
        if code:
            raise ServingError(f"{name} endte med kode {code}. Se {self._log(name)}:\n{self._tail(name)}")

    def _await(self, name: str, is_ready: Any) -> None:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if self.fallen():
                raise ServingError(f"{self.fallen()} stoppet. Se {self._log(self.fallen())}:\n{self._tail(self.fallen())}")
            with contextlib.suppress(httpx.HTTPError):
                if is_ready():
                    return
            time.sleep(0.2)
        raise ServingError(f"{name} svarte ikke innen {_PATIENCE:.0f} s. Se {self._log(name)}")

    def _tail(self, name: str) -> str:
        return self._log(name).read_text(encoding="utf-8", errors="replace")[-2000:]


@contextlib.contextmanager
def running(folder: pathlib.Path, base_date: str, database: str = "", *, keep: bool = False) -> Iterator[Installation]:
    """An installation that runs until the end of the `with`, whatever happens in it."""
    installation = Installation(folder, database=database, keep=keep)
    try:
        installation.start(base_date)
        yield installation
    finally:
        installation.stop()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
