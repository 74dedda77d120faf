"""All sandboxes in one process: `python -m sandboxes.main --folder DIR [--state FILE]`, or `Sandboxes` in a test.

As a process it writes the addresses and keys as JSON to FILE (default DIR/sandboxes.json, readable by its owner only) when all
of them answer, and stops on SIGTERM or SIGINT. The print partner's folder is DIR/print; DIR/bank is served over SFTP.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import pathlib
import secrets
import signal
import threading
from types import TracebackType
from typing import Any

import msgspec

from sandboxes import access_point, clock, fortnox, mail, peppol, print_partner, serving, sftp
from sandboxes.factoring import sandbox as factoring
from sandboxes.poweroffice import sandbox as poweroffice
from sandboxes.seed import clients as seed
from sandboxes.seed import control as seed_control
from sandboxes.seed import hardanger, payables, vanern
from sandboxes.seed import severa as seed_severa
from sandboxes.severa import sandbox as severa

_RECEIPTS_EVERY = 0.2
_CONNECTED = {"hardanger": hardanger, "vanern": vanern}


class Sandboxes:
    """Every sandbox on free loopback ports, with the seed in it. `start` and `stop` once each, or use it in a `with`."""

    def __init__(self, folder: pathlib.Path, random_seed: int = 1, base_date: dt.date | None = None) -> None:
        self._random_seed, self._base_date = random_seed, base_date
        self.seeded = seed.companies(random_seed, base_date)
        self.poweroffice = poweroffice.PowerOffice(_key(), _key(), seed_control.routes(self.seeded))
        self.poweroffice.reset(self.seeded.clients)
        self.factoring = factoring.Factoring(_key(), self.seeded.factoring_clients)
        self.fortnox = fortnox.Fortnox()
        self.severa = severa.Severa()
        self._fill_fortnox_and_severa()
        self.access_point = access_point.AccessPoint(_key(), self.seeded.receivers)
        self.peppol = peppol.Peppol(self.access_point.state.receivers)
        self._names = peppol.NameServer(self.peppol.answer)
        self.mail = mail.Mail()
        self.print_partner = print_partner.PrintPartner(folder / "print")
        self._servers = serving.Servers(
            {
                "poweroffice_v1": self.poweroffice.v1,
                "poweroffice_v2": self.poweroffice.v2,
                "factoring": self.factoring.app,
                "fortnox": self.fortnox.app,
                "severa": self.severa.app,
                "access_point": self.access_point.app,
                "peppol": self.peppol.app,
                "mail": self.mail.app,
            }
        )

    def start(self) -> None:
        """Serve; returns when everything answers. Raises serving.ServingError."""
        self.mail.start()
        self._names.start()
        self.peppol.base = self.url("peppol")
        self._servers.start()

    def stop(self) -> None:
        self._servers.stop()
        self._names.stop()
        self.mail.stop()

    def __enter__(self) -> Sandboxes:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def reset(self) -> None:
        """As it was at the start, except the print partner's folder: seed, budgets, no faults, no tokens, nothing received."""
        fresh = seed.companies(self._random_seed, self._base_date)
        for name in fresh.__struct_fields__:
            setattr(self.seeded, name, getattr(fresh, name))
        self.poweroffice.reset(fresh.clients)
        self.factoring.clear()
        self._fill_fortnox_and_severa()
        self.access_point.state.messages.clear()
        self.mail.state.clear()
        self.peppol.records.clear()
        self.peppol.closed.clear()
        others = (self.factoring.book, self.fortnox.book, self.severa.book, self.access_point.book, self.peppol.book)
        for book in (self.poweroffice.v1_book, self.poweroffice.v2_book, *others):
            book.clear()
            book.reset_counters()

    def url(self, name: str) -> str:
        """Base address of poweroffice_v1, poweroffice_v2 (without /v2), factoring, fortnox, severa, access_point, peppol, mail."""
        return self._servers.url(name)

    def addresses(self) -> dict[str, Any]:
        """Addresses and keys, as the state file has them."""
        v1, v2 = self.url("poweroffice_v1"), self.url("poweroffice_v2")
        return {
            "poweroffice": {
                "v1_url": v1,
                "v1_token_url": f"{v1}/OAuth/Token",
                "v2_url": f"{v2}/v2",
                "v2_token_url": f"{v2}/OAuth/Token",
                "v1_control_url": f"{v1}/sandbox",
                "v2_control_url": f"{v2}/sandbox",
                "application_key": self.poweroffice.application_key,
                "subscription_key": self.poweroffice.subscription_key,
            },
            "clients": [self._client(key) for key in self.seeded.clients],
            "factoring": {"url": self.url("factoring"), "key": self.factoring.key},
            "fortnox": self._fortnox(),
            "severa": self._severa(),
            "access_point": {"url": self.url("access_point"), "key": self.access_point.key},
            "peppol": {"resolver": f"127.0.0.1:{self._names.port}", "url": self.url("peppol")},
            "mail": {"host": "127.0.0.1", "port": self.mail.port, "control_url": f"{self.url('mail')}/sandbox"},
            "print": {"folder": str(self.print_partner.folder)},
            "identity_numbers": self.seeded.identity_numbers,
            "pid": os.getpid(),
        }

    def _fill_fortnox_and_severa(self) -> None:
        for fill in (payables.fill, hardanger.fill, vanern.fill_fortnox):
            fill(self.fortnox, self._day())
        seed_severa.fill(self.severa, self._day())

    def _fortnox(self) -> dict[str, Any]:
        """With TenantId and organisation number of those that Severa is connected to, by tenant."""
        url = self.url("fortnox")
        keys = {"client_id": self.fortnox.client_id, "client_secret": self.fortnox.client_secret}
        companies = {
            tenant: {"tenant_id": one.TENANT_ID, "organisation_number": one.ORGANISATION_NUMBER}
            for tenant, one in _CONNECTED.items()
        }
        addresses = {"url": f"{url}/3", "token_url": f"{url}/oauth-v1/token", "control_url": f"{url}/sandbox"}
        return {**addresses, **keys, "companies": companies}

    def _severa(self) -> dict[str, Any]:
        url = self.url("severa")
        by_name = {one.name: [one.client_id, one.client_secret] for one in self.severa.companies.values()}
        names = {"hardanger": seed_severa.NAME, "vanern": vanern.NAME}
        clients = {tenant: by_name[name] for tenant, name in names.items()}
        return {"url": f"{url}/v1", "control_url": f"{url}/sandbox", "clients": clients, "names": names}

    def _day(self) -> dt.date:
        return self._base_date or clock.now().date()

    def _client(self, key: str) -> dict[str, str]:
        client = self.seeded.clients[key]
        return {
            "client_key": key,
            "name": client.name,
            "organisation_number": client.organisation_number,
            "factoring_number": self.seeded.factoring_numbers[key],
        }


def main() -> None:
    """Serve until a signal comes."""
    arguments = _arguments()
    boxes = Sandboxes(arguments.folder, arguments.seed, arguments.base_date)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with boxes, sftp.serving(arguments.folder / "bank") as bank:
        addresses = boxes.addresses() | {"bank_sftp": msgspec.to_builtins(bank.address)}
        _write(arguments.state or arguments.folder / "sandboxes.json", addresses)
        while not ended.wait(_RECEIPTS_EVERY):
            boxes.print_partner.receive()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve all sandboxes on free loopback ports until SIGTERM.")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for the state file and the print partner's folder")
    parser.add_argument("--state", type=pathlib.Path, help="where addresses and keys are written (default: FOLDER/sandboxes.json)")
    parser.add_argument("--seed", type=int, default=1, help="another number gives other invoices to the same customers")
    parser.add_argument("--base-date", type=dt.date.fromisoformat, help="the day of the first run, default today")
    return parser.parse_args()


def _write(path: pathlib.Path, content: dict[str, Any]) -> None:
    """All or nothing, and for the owner's eyes only: the file holds keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=2))
    temporary.replace(path)


def _key() -> str:
    return secrets.token_hex(16)


if __name__ == "__main__":
    main()
