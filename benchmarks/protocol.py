"""What the delivery protocol costs: the product's own sending against the same sends without it, on both databases.

A send is a sleep of 5 ms, 20 at a time. Measured is tasks/sending.py whole: journal, reservations a block ahead, the question for
stops before each send, sealed answers.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import pathlib
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from benchmarks import homes, material, rows
from benchmarks.ledger_path import SLOT
from console import databases
from fakturabro.ledger import deliveries, documents, engine, raws, recording, seals, slots
from fakturabro.mapping import poweroffice_to_documents
from tasks import clock, connect, sending

_COUNT, _SECONDS, _WIDTH = 4_000, 0.005, 20
_TARGET = "ehf"


def measure() -> list[rows.Row]:
    """A row for SQLite (synchronous=FULL) and one for PostgreSQL (synchronous_commit=on)."""
    found = {"sqlite": rows.child("protocol")}
    with (
        tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder,
        databases.running(pathlib.Path(folder) / "data", keep=False) as server,
    ):
        environment = {"FAKTURABRO_LEDGER_URL": databases.create(server, "ledger")}
        found["postgresql"] = rows.child("protocol", environment=environment)
    return [
        rows.row(f"protocol_{name}", one["with"], "sends/s", "ratio >= 0.75", peer=one["without"]) for name, one in found.items()
    ]


def main() -> None:
    """Measure in this process, with the ledger that the environment names."""
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        homes.move_in(pathlib.Path(folder))
        found = asyncio.run(_measure())
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


async def _measure() -> dict[str, float]:
    sending.WIDTH = _WIDTH
    async with connect.opened_for(material.TENANT) as connections:
        ledger = connections.ledger
        key = ledger.seals.key(material.TENANT, "document", SLOT.month)
        for some in engine.chunks(range(_COUNT), 2_000):
            made = [_document(key, number) for number in some]
            recording.record_fetched(ledger, material.TENANT, poweroffice_to_documents.SOURCE, SLOT.run, ("distribute",), made)
        waiting = deliveries.find_open(ledger, material.TENANT, "distribute", ["waiting"])
        plans = [deliveries.Planned(id=row.id, target=_TARGET, natural_key=f"key-{row.id}") for row in waiting]
        deliveries.plan(ledger, material.TENANT, plans, SLOT.run)
        slots.take(ledger, material.TENANT, SLOT.flow, slots.WHOLE_FLOW, SLOT.run, clock.now(), dt.timedelta(hours=1))
        order = sending.Order(slot=SLOT, purpose="distribute", target=_TARGET, prepare=_prepare, send=_send)
        started = time.perf_counter()
        counts = await sending.send_planned(order)
        taken = time.perf_counter() - started
    if counts["accepted"] != _COUNT:
        raise rows.MeasuringError(f"{counts['accepted']} of {_COUNT} were accepted")
    started = time.perf_counter()
    gate = asyncio.Semaphore(_WIDTH)
    await asyncio.gather(*(_bare(gate) for _ in range(_COUNT)))
    return {"with": _COUNT / taken, "without": _COUNT / (time.perf_counter() - started)}


def _document(key: seals.Key, number: int) -> documents.Fetched:
    data = f"<Invoice>{number}</Invoice>".encode()
    return documents.Fetched(
        source_key=str(number),
        kind="invoice",
        number=str(number),
        customer_number="1",
        amount=12_500,
        currency="NOK",
        listing_hash="",
        hash=data,
        raw=raws.seal(key, "document", data),
        canonical=key.seal(data),
    )


class _Payload(NamedTuple):
    """Nothing: what is kept of what leaves is not the protocol's cost."""

    raw_id: int | None = None


def _prepare(some: Sequence[deliveries.Open]) -> dict[int, _Payload]:
    return {row.id: _Payload() for row in some}


async def _send(row: deliveries.Open, _payload: _Payload) -> sending.Sent:
    await asyncio.sleep(_SECONDS)
    return sending.Sent(answer=f'{{"id": {row.id}, "status": "received"}}'.encode())


async def _bare(gate: asyncio.Semaphore) -> None:
    async with gate:
        await asyncio.sleep(_SECONDS)
