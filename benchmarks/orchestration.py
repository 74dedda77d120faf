"""What Prefect costs: the real flow on a real server, the time inside the tasks' bodies over the whole time of the run.

At 5,000 documents everything is real: the fetch at 50 requests a second, producing, every counterpart. At 50,000 the
counterparts and producing are instant stand-ins in this process (fetching alone would take 17 minutes), while ledger, mapping,
check and the delivery protocol are real.
"""

from __future__ import annotations

import asyncio
import functools
import json
import pathlib
import sys
import tempfile
import time
from typing import Any

from prefect import Task

from benchmarks import homes, material, rows, sites, stand_ins
from flows import poweroffice_factoring
from tasks import factoring, poweroffice, runs
from tasks.checks import quality
from tasks.debtors import distribution

_SMALL, _LARGE = 5_000, 50_000
_WITHIN = 900


def measure() -> list[rows.Row]:
    """The rows."""
    with sites.prefect_server() as environment:
        with sites.sandboxes(_SMALL) as addresses:
            small = rows.child("orchestration", _SMALL, json.dumps(addresses), environment=environment, within=_WITHIN)
        large = rows.child("orchestration", _LARGE, environment=environment, within=_WITHIN)
    return [_row(f"orchestration_{_SMALL}", small, 0.9), _row(f"orchestration_{_LARGE}_stand_ins", large, 0.95)]


def _row(name: str, found: dict[str, Any], least: float) -> rows.Row:
    """`value` is the time inside, `peer` the whole time."""
    note = ", ".join(f"{step} {seconds} s" for step, seconds in found["steps"].items())
    return rows.row(
        name, found["inside"], "s inside tasks", f"ratio >= {least}", peer=found["wall"], note=f"{found['said']}: {note}"
    )


def _time_tasks(spent: dict[str, float]) -> None:
    """Have every task of the flow note how long its body took."""
    modules = (poweroffice, quality, factoring, distribution, runs)
    for task in (one for module in modules for one in vars(module).values() if isinstance(one, Task)):
        task.fn = _timed(task.fn, task.name, spent)


def _timed(body: Any, name: str, spent: dict[str, float]) -> Any:
    @functools.wraps(body)
    async def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return await body(*args, **kwargs)
        finally:
            spent[name] = spent.get(name, 0) + time.perf_counter() - started

    return timed


async def _run(spent: dict[str, float]) -> tuple[float, str]:
    """Seconds of one run, and what it said. A run that does not complete is a MeasuringError."""
    started = time.perf_counter()
    intake: Any = poweroffice_factoring.invoice_intake
    state = await intake(material.TENANT, material.OPTIONS, return_state=True)
    wall = time.perf_counter() - started
    if not state.is_completed():
        raise rows.MeasuringError(f"{state.name}: {state.message}")
    return wall, state.message or ""


def main() -> None:
    """Run the flow once for as many documents as the first argument says; the second has the sandboxes, without it stand-ins."""
    addresses = json.loads(sys.argv[2]) if sys.argv[2:] else None
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        homes.move_in(pathlib.Path(folder), addresses)
        if addresses is None:
            stand_ins.move_in(int(sys.argv[1]))
        _time_tasks(spent)
        wall, said = asyncio.run(_run(spent))
    steps = {name: round(seconds, 2) for name, seconds in spent.items()}
    print(json.dumps({"inside": sum(spent.values()), "wall": wall, "steps": steps, "said": said}))


if __name__ == "__main__":
    main()
