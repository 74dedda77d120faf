"""Severa and Fortnox kept in step: how close to each vendor's limit of requests we come, and what an idle run asks for.

The product's own stations against sandboxes that enforce the limits as strict sliding windows. A share is what was let in of what
could have been, over the time of the station; Fortnox takes 5 a second, Severa 10. What was refused (429) must be nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from benchmarks import homes, rows
from fakturabro.domain import documents
from sandboxes import fortnox, fortnox_registers, fortnox_tables, serving
from sandboxes.severa import company as companies
from sandboxes.severa import sandbox as severa
from tasks import installation, runs
from tasks.severa_fortnox import cost_intake, doubts, following, lists, pairing, register_checks, registers
from tasks.severa_fortnox.options import SyncOptions

_CUSTOMERS, _ARTICLES, _BACK = 500, 250, 350
_TENANT, _TENANT_ID = "nidelven", "1601"
_FORTNOX_RATE, _SEVERA_RATE = 5, 10
_SCOPES = ("customers", "settings", "projects", "organization", "invoices", "fees", "files")
_OPTIONS = SyncOptions.model_validate(
    {
        "organisation_number": "556036-0793",
        "fortnox_tenant": _TENANT_ID,
        "customers": {"master": "severa", "transfer_all": True},
        "articles": {"master": "severa"},
        "invoices": {"from_status": "Klar", "transferred_status": "Overført", "number_master": "severa"},
        "purchases": {"default_product": "A1", "since": "2026-01-01"},
    }
)
_STATIONS: dict[str, Any] = {
    "doubts": doubts.settle,
    "lists": lists.fetch,
    "pairing": pairing.pair,
    "checks": register_checks.check,
    "transfer": registers.transfer,
    "following": following.report,
    "costs": cost_intake.fetch,
}


def measure() -> list[rows.Row]:
    """A row per vendor, one for the time that 10,000 customers and 5,000 articles take, one for an idle run."""
    found = rows.child("synchronising", within=900)
    refused = f"{found['refused']} refused"
    if found["refused"]:
        raise rows.MeasuringError(refused)
    into, back = found["fortnox"], found["severa"]
    whole = (10_000 * into["per_customer"] + 5_000 * into["per_article"]) / 60
    note = f"{_CUSTOMERS} customers and {_ARTICLES} articles in {into['seconds']:.0f} s; {refused}"
    return [
        rows.row("into_fortnox", into["rate"], "requests/s", "ratio >= 0.9", peer=_FORTNOX_RATE, note=note),
        rows.row(
            "into_severa", back["rate"], "requests/s", "ratio >= 0.9", peer=_SEVERA_RATE, note=f"{_BACK} customers; {refused}"
        ),
        rows.row(
            "first_synchronisation",
            whole,
            "minutes",
            "ratio <= 1.5",
            peer=(10_000 + 5_000) / _FORTNOX_RATE / 60,
            note="computed: 10,000 customers and 5,000 articles; beside one request for each",
        ),
        rows.row("idle_synchronisation", found["idle"], "requests", "value <= 10"),
    ]


class _Bench:
    """Both sandboxes with one client, and how many calls each let in."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.fortnox, self.severa = fortnox.Fortnox(), severa.Severa()
        self.books = self.fortnox.add(_TENANT_ID)
        scopes = tuple(f"{name}:{right}" for name in _SCOPES for right in ("read", "write"))
        self.client = self.severa.add(companies.Company("Benk AS", scopes))
        self._servers = serving.Servers({"fortnox": self.fortnox.app, "severa": self.severa.app})
        self._servers.start()
        homes.move_in(folder)
        self._move_in(folder)

    def _move_in(self, folder: pathlib.Path) -> None:
        keys = {
            f"{_TENANT}.severa_client_id": self.client.client_id,
            f"{_TENANT}.severa_client_secret": self.client.client_secret,
            "fortnox.client_id": self.fortnox.client_id,
            "fortnox.client_secret": self.fortnox.client_secret,
        }
        for name, value in keys.items():
            path = folder / "secrets" / name
            path.touch(mode=0o600)
            path.write_text(value, encoding="utf-8")
        url = self._servers.url("fortnox")
        os.environ["FAKTURABRO_SEVERA"] = f"{self._servers.url('severa')}/v1"
        os.environ.update({"FAKTURABRO_FORTNOX": f"{url}/3", "FAKTURABRO_FORTNOX_TOKENS": f"{url}/oauth-v1/token"})
        installation.current.cache_clear()

    def stop(self) -> None:
        self._servers.stop()

    def let_in(self) -> tuple[int, int]:
        """How many calls Fortnox and Severa have answered, those refused aside."""
        counts = [sum(box.book.statuses.values()) - box.book.statuses[429] for box in (self.fortnox, self.severa)]
        return counts[0], counts[1]

    @property
    def refused(self) -> int:
        return self.fortnox.book.statuses[429] + self.severa.book.statuses[429]

    async def run(self) -> dict[str, tuple[float, int, int]]:
        """One run: per station its seconds, and what Fortnox and Severa were asked."""
        taken: dict[str, tuple[float, int, int]] = {}
        async with runs.slot(_TENANT, "severa_fortnox", moves=documents.SYNC_PURPOSES, dry_run=False) as slot:
            batch = runs.Batch(slot)
            for name, station in _STATIONS.items():
                started, before = time.monotonic(), self.let_in()
                batch = await station.fn(batch, _OPTIONS)
                after = self.let_in()
                taken[name] = (time.monotonic() - started, after[0] - before[0], after[1] - before[1])
        if batch.failures:
            raise rows.MeasuringError("; ".join(batch.failures))
        return taken


def _fill_severa(bench: _Bench) -> None:
    for number in range(10_001, 10_001 + _CUSTOMERS):
        customer = bench.client.add_customer(f"Kunde {number} AS", number)
        bench.client.add_address(customer, f"Gata {number}", "5700", "VOSS", "Billing")


def _add_articles(bench: _Bench) -> None:
    for number in range(_ARTICLES):
        bench.client.add_product(f"Vare {number}", f"A{number}", measurementUnit="st")


def _fill_fortnox(bench: _Bench) -> None:
    for number in range(20_001, 20_001 + _BACK):
        place = {"Address1": f"Gatan {number}", "ZipCode": "652 24", "City": "KARLSTAD"}
        fortnox_registers.add(bench.books, fortnox_tables.CUSTOMERS, str(number), Name=f"Kund {number} AB", **place)


async def _measure(bench: _Bench) -> dict[str, Any]:
    taken: list[dict[str, tuple[float, int, int]]] = []
    fillings: tuple[Callable[[_Bench], None], ...] = (_fill_severa, _add_articles, _fill_fortnox)
    for fill in fillings:
        fill(bench)
        taken.append(await bench.run())
    _require(bench)
    customers, articles = [taken[0]["transfer"]], [taken[1]["pairing"], taken[1]["transfer"]]
    seconds, asked = (sum(one[n] for one in customers + articles) for n in (0, 1))
    back = taken[2]["transfer"]
    _age(bench)
    await bench.run()  # what the marks' overlap shows once more
    before = sum(bench.let_in())
    await bench.run()
    return {
        "fortnox": {
            "rate": asked / seconds,
            "seconds": seconds,
            "per_customer": sum(one[0] for one in customers) / _CUSTOMERS,
            "per_article": sum(one[0] for one in articles) / _ARTICLES,
        },
        "severa": {"rate": back[2] / back[0], "seconds": back[0]},
        "refused": bench.refused,
        "idle": sum(bench.let_in()) - before,
    }


def _age(bench: _Bench) -> None:
    """All of it was changed long ago."""
    bench.books.modified = {name: when.replace(year=when.year - 1) for name, when in bench.books.modified.items()}
    for table in bench.client.tables.values():
        for one in table.values():
            one["lastUpdatedDateTime"] = "2025-11-01T08:00:00+00:00"


def _require(bench: _Bench) -> None:
    """Everything stands on both sides, once."""
    wanted = (_CUSTOMERS + _BACK, _CUSTOMERS + _BACK, _ARTICLES)
    registers_ = bench.books.registers
    found = (len(registers_["Customers"]), len(bench.client.rows("customers")), len(registers_["Articles"]))
    if found != wanted:
        raise rows.MeasuringError(f"{found} stand there instead of {wanted}")


def main() -> None:
    """Measure in this process."""
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        bench = _Bench(pathlib.Path(folder))
        try:
            found = asyncio.run(_measure(bench))
        finally:
            bench.stop()
    sys.stdout.write(json.dumps(found) + "\n")
