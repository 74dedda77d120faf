"""How much of PowerOffice's 50 requests a second is used while EHFs are fetched, by the real client, budget and sandbox."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import pathlib
import sys
import tempfile
import time
import uuid

import httpx

from benchmarks import homes, material, rows, sites
from fakturabro.systems.poweroffice import factoring_v1
from tasks import connect, poweroffice, runs, selections

_COUNT = 1_000
_LIMIT = 50


def measure() -> list[rows.Row]:
    """The row."""
    with sites.sandboxes(_COUNT) as addresses:
        found = rows.child("api_ceiling", json.dumps(addresses))
        counters = httpx.get(f"{addresses['poweroffice']['v1_control_url']}/counters").json()
    fetched = sum(n for call, n in counters["calls"].items() if "InvoiceEhf" in call)
    if counters["throttled"] or fetched != _COUNT:
        raise rows.MeasuringError(f"{counters['throttled']} requests were throttled, {fetched} of {_COUNT} documents were fetched")
    note = f"{fetched} EHFs, {counters['throttled']} throttled"
    return [rows.row("api_ceiling", fetched / found["seconds"], "requests/s", "ratio >= 0.9", peer=_LIMIT, note=note)]


async def _fetch() -> float:
    """Seconds from the first EHF request to the last answer."""
    moments: list[float] = []
    plain = factoring_v1.FactoringV1.fetch_ehf

    async def timed(self: factoring_v1.FactoringV1, invoice_id: uuid.UUID) -> bytes:
        moments.append(time.perf_counter())
        try:
            return await plain(self, invoice_id)
        finally:
            moments.append(time.perf_counter())

    factoring_v1.FactoringV1.fetch_ehf = timed
    now = dt.datetime.now(dt.UTC)
    slot = runs.Slot(material.TENANT, "invoice_intake", now, "bench", material.DAY, ("book", "distribute"), dry_run=False)
    async with connect.opened_for(material.TENANT):
        await poweroffice.fetch_available_invoices.fn(runs.Batch(slot), selections.NEW)
    return max(moments) - min(moments)


def main() -> None:
    """Fetch everything once; the addresses of the sandboxes are the first argument."""
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        homes.move_in(pathlib.Path(folder), json.loads(sys.argv[1]))
        print(json.dumps({"seconds": asyncio.run(_fetch())}))


if __name__ == "__main__":
    main()
