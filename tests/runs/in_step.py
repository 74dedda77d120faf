"""A tenant that has Severa and Fortnox: both sandboxes with its seed, a ledger of its own, and stations run one after the other."""

from __future__ import annotations

import base64
import datetime as dt
import pathlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fakturabro.domain import documents
from sandboxes import fortnox, serving
from sandboxes.seed import hardanger, vanern
from sandboxes.seed import severa as seed_severa
from sandboxes.severa import sandbox as severa
from tasks import clock, installation, runs
from tasks.severa_fortnox import options
from tests import migrated
from tests.runs.conftest import plain

NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
_TENANTS = {"hardanger": hardanger, "vanern": vanern}


class Boxes:
    """Both sandboxes, on loopback; `fill` begins anew."""

    def __init__(self) -> None:
        self.fortnox, self.severa = fortnox.Fortnox(), severa.Severa()
        self._servers = serving.Servers({"fortnox": self.fortnox.app, "severa": self.severa.app})
        self._servers.start()

    def url(self, name: str) -> str:
        return self._servers.url(name)

    def stop(self) -> None:
        self._servers.stop()


class Site:
    """One installation with this one tenant. `fortnox` and `severa` are its companies in the sandboxes."""

    def __init__(self, folder: pathlib.Path, boxes: Boxes, monkeypatch: pytest.MonkeyPatch, tenant: str) -> None:
        self.tenant, self.boxes, self._folder, self._monkeypatch = tenant, boxes, folder, monkeypatch
        boxes.severa.window.limit = boxes.fortnox.window.limit = 10_000
        seed_severa.fill(boxes.severa, NOW.date())
        filling = {"hardanger": hardanger.fill, "vanern": vanern.fill_fortnox}[tenant]
        self.fortnox = filling(boxes.fortnox, NOW.date())
        name = seed_severa.NAME if tenant == "hardanger" else vanern.NAME
        self.severa = next(one for one in boxes.severa.companies.values() if one.name == name)
        self.options = make_options(tenant)
        self._install()
        self.at(NOW)

    def _install(self) -> None:
        known = {
            "ledger.key": base64.b64encode(b"1" * 32).decode(),
            f"{self.tenant}.severa_client_id": self.severa.client_id,
            f"{self.tenant}.severa_client_secret": self.severa.client_secret,
            "fortnox.client_id": self.boxes.fortnox.client_id,
            "fortnox.client_secret": self.boxes.fortnox.client_secret,
        }
        for name, value in known.items():
            path = self._folder / "secrets" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(value)
            path.chmod(0o600)
        fortnox_url, severa_url = self.boxes.url("fortnox"), self.boxes.url("severa")
        places = {"HOME": self._folder, "SECRETS": self._folder / "secrets", "SEVERA": f"{severa_url}/v1"}
        places |= {"FORTNOX": f"{fortnox_url}/3", "FORTNOX_TOKENS": f"{fortnox_url}/oauth-v1/token"}
        for name, value in places.items():
            self._monkeypatch.setenv(f"FAKTURABRO_{name}", str(value))
        installation.current.cache_clear()
        self.engine = migrated.connect(f"sqlite:///{self._folder / 'ledger.db'}")

    def at(self, now: dt.datetime) -> None:
        """Set the clock of the runs."""
        self.now = now
        self._monkeypatch.setattr(clock, "now", lambda: now)

    async def run(self, *stations: Callable[..., Awaitable[Any]], flow: str = "first_synchronisation", **changes: Any) -> Any:
        """One run of these stations; (the batch that the last one gave, the state that the run ended in)."""
        chosen = self.options.model_copy(update=changes)
        with plain():
            async with runs.slot(self.tenant, flow, moves=documents.SYNC_PURPOSES, dry_run=False) as slot:
                assert not slot.declined, slot.declined
                batch = runs.Batch(slot)
                for station in stations:
                    batch = await station(batch, chosen)
                state = await runs.conclude(batch)
        self.at(self.now + dt.timedelta(minutes=20))
        return batch, state


def make_options(tenant: str) -> options.SyncOptions:
    """The tenant's options: each system is the master of one of them."""
    master = "severa" if tenant == "hardanger" else "fortnox"
    invoices = {"from_status": "Klar for Fortnox", "transferred_status": "Overført til Fortnox", "paid_status": "Betalt"}
    return options.SyncOptions.model_validate(
        {
            "organisation_number": _TENANTS[tenant].ORGANISATION_NUMBER,
            "fortnox_tenant": _TENANTS[tenant].TENANT_ID,
            "customers": {"master": master},
            "articles": {"master": "severa"},
            "invoices": invoices | {"number_master": master},
            "purchases": {"default_product": "900", "since": "2026-01-01"},
        }
    )
