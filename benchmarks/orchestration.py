"""What Prefect costs: time inside the task bodies over wall time of the flow, under a real server.

5,000: the product's own intake flow against the sandboxes, fetch and delivery included. 50,000: the ledger's stages as tasks of one
flow (a fetch of 50,000 at 50 a second would take 17 minutes and hide the overhead).
"""

from __future__ import annotations

import asyncio
import functools
import json
import pathlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from benchmarks import homes, ledger_path, material, rows, sites
from fakturabro.domain import documents as values
from fakturabro.ledger import certificates
from flows import poweroffice_factoring
from tasks import connect, distribution, factoring, poweroffice, quality, runs

_WITHIN = 900
_STATIONS: tuple[Any, ...] = (
    poweroffice.fetch_available_invoices,
    poweroffice.fetch_customer_cards,
    quality.check,
    factoring.book,
    distribution.choose_channels,
    distribution.deliver,
    factoring.report_channels,
    runs._conclude,  # pyright: ignore[reportPrivateUsage] the last station has no other name
)


def measure() -> list[rows.Row]:
    """The rows."""
    found: dict[int, Any] = {}
    with sites.prefect_server() as server:
        found[50_000] = rows.child("orchestration", 50_000, environment=server, within=_WITHIN)
        with sites.sandboxes(5_000) as addresses:
            found[5_000] = rows.child("orchestration", 5_000, json.dumps(addresses), environment=server, within=_WITHIN)
    return [
        rows.row(
            "orchestration_50000",
            found[50_000]["inside"],
            "s inside",
            "ratio >= 0.95",
            peer=found[50_000]["wall"],
            note="ledger stages as tasks",
        ),
        rows.row(
            "orchestration_5000",
            found[5_000]["inside"],
            "s inside",
            "ratio >= 0.9",
            peer=found[5_000]["wall"],
            note=found[5_000]["said"],
        ),
    ]


class _Clock:
    """Seconds spent inside task bodies."""

    def __init__(self) -> None:
        self.inside = 0.0

    def timing(self, body: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same body, with its time added."""

        @functools.wraps(body)
        async def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return await body(*args, **kwargs)
            finally:
                self.inside += time.perf_counter() - started

        return timed


async def _whole_flow() -> dict[str, Any]:
    clock = _Clock()
    for station in _STATIONS:
        station.fn = clock.timing(station.fn)
    started = time.perf_counter()
    intake: Any = poweroffice_factoring.invoice_intake
    state = await intake(material.TENANT, material.OPTIONS, return_state=True)
    return {"wall": time.perf_counter() - started, "inside": clock.inside, "said": state.message}


async def _ledger_stages(folder: pathlib.Path, count: int) -> dict[str, Any]:
    clock = _Clock()
    source = ledger_path.store(folder / "source", count)

    def station(name: str, body: Callable[[], Any]) -> Any:
        async def run() -> None:
            result = body()
            if isinstance(result, Awaitable):
                await result

        return task(name=name, cache_policy=NO_CACHE)(clock.timing(run))

    @flow(name="ledger stages")
    async def stages() -> None:
        async with connect.opened_for(material.TENANT) as connections:
            ledger = connections.ledger
            for name, body in {
                "record": lambda: ledger_path.record(ledger, source, 0),
                "check": lambda: quality.check.fn(runs.Batch(ledger_path.SLOT), material.OPTIONS),
                "plan": lambda: ledger_path.plan(ledger),
                "send": lambda: ledger_path.send(ledger),
                "certify": lambda: certificates.record(ledger, material.TENANT, values.PURPOSES, "bench", ledger_path.NOW),
            }.items():
                await station(name, body)()

    started = time.perf_counter()
    await stages()
    return {"wall": time.perf_counter() - started, "inside": clock.inside, "said": ""}


def main() -> None:
    """COUNT [ADDRESSES]: with addresses the product's own flow, else the ledger's stages."""
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        home = pathlib.Path(folder)
        if len(sys.argv) > 2:
            homes.move_in(home, json.loads(sys.argv[2]))
            found = asyncio.run(_whole_flow())
        else:
            homes.move_in(home)
            found = asyncio.run(_ledger_stages(home, int(sys.argv[1])))
        print(json.dumps(found))


if __name__ == "__main__":
    main()
