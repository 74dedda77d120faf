"""A row of the table, and children: whatever is measured is measured in a process of its own."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

ROOT = pathlib.Path(__file__).resolve().parent.parent


class MeasuringError(Exception):
    """A row could not be measured; the message has the end of what the child said."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `target` names what it is about: "value >= 2500" or "ratio >= 0.93".

    `peer` is the plainest program that does the same, measured beside us in the same run, None where the target is a limit of its
    own; `ratio` is value / peer. `load` is the machine's load average (1 minute) at the end: above 1 others were at work too.
    """

    name: str
    value: float
    unit: str
    target: str
    holds: bool
    peer: float | None = None
    ratio: float | None = None
    note: str = ""
    load: float = 0.0


def row(name: str, value: float, unit: str, target: str, *, peer: float | None = None, note: str = "") -> Row:
    """A row that holds when its target does; the target is one comparison of value or ratio with a number."""
    ratio = value / peer if peer else None
    what, comparison, limit = target.split()
    measured = value if what == "value" else ratio or 0.0
    holds = measured >= float(limit) if comparison == ">=" else measured <= float(limit)
    return Row(
        name=name,
        value=_rounded(value),
        unit=unit,
        peer=None if peer is None else _rounded(peer),
        ratio=None if ratio is None else round(ratio, 3),
        target=target,
        holds=holds,
        note=note,
        load=os.getloadavg()[0],
    )


def _rounded(value: float) -> float:
    return round(value, 1 if abs(value) >= 10 else 3)


def in_turns(
    blocks: int, rounds: int, *works: Callable[[int], object], clock: Callable[[], float] = time.process_time
) -> list[float]:
    """Seconds for all blocks: of each block the fastest of some rounds, the works in turns, so that noise hits all.

    Processor time, because the process is bound to one core that others may use too; `clock` is another where others work for us.
    """
    times: list[list[list[float]]] = [[[] for _ in range(blocks)] for _ in works]
    for _ in range(rounds):
        for at in range(blocks):
            for work, taken in zip(works, times, strict=True):
                started = clock()
                work(at)
                taken[at].append(clock() - started)
    return [sum(min(of_block) for of_block in taken) for taken in times]


def child(module: str, *arguments: object, environment: Mapping[str, str] | None = None, within: float = 400) -> Any:
    """Run the module's `main` with these arguments and return the JSON in its last line. Raises MeasuringError.

    Not as `-m`: what is the main module is imported again by each process that the child starts.
    """
    program = f"from benchmarks import {module}; {module}.main()"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    known = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, timeout=within, check=False)  # noqa: S603 - our own arguments
    except subprocess.TimeoutExpired as error:
        raise MeasuringError(f"{module} was not done within {within:.0f} s") from error
    if done.returncode:
        raise MeasuringError(f"{module} ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
