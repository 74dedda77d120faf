"""Measure, print a table, write out/bench.json. Ends with 1 when a row could not be measured; a missed target is said."""

from __future__ import annotations

import importlib
import os
import sys
import time
from typing import Any

import msgspec

from benchmarks import rows

_GROUPS = (
    "ehf",
    "producing",
    "pdf",
    "api_ceiling",
    "ledger_path",
    "protocol",
    "orchestration",
    "quality",
    "client_reports",
    "portal",
    "mail",
    "iso20022",
    "ocr_giro",
    "bank_flows",
    "similarity",
    "synchronising",
)
"""Each has `measure() -> list[rows.Row]`."""


def main() -> int:
    """Measure the groups named on the command line, or all."""
    chosen = [name for name in _GROUPS if not sys.argv[1:] or name in sys.argv[1:]]
    measured: list[rows.Row] = []
    failed: list[str] = []
    started = time.monotonic()
    for name in chosen:
        group: Any = importlib.import_module(f"benchmarks.{name}")
        try:
            measured += group.measure()
        except rows.MeasuringError as error:
            failed.append(f"{name}: {error}")
        _print(measured[-4:])
    out = rows.ROOT / "out"
    out.mkdir(exist_ok=True)
    result = {
        "rows": msgspec.to_builtins(measured),
        "not_measured": failed,
        "load": os.getloadavg(),
        "seconds": round(time.monotonic() - started),
    }
    (out / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    print("\nAll:")
    _print(measured)
    for line in failed:
        print(f"NOT MEASURED {line}")
    return 1 if failed else 0


def _print(measured: list[rows.Row]) -> None:
    for one in measured:
        ratio = "" if one.ratio is None else f" = {one.ratio:.3f} of {one.peer:g}"
        holds = "holds" if one.holds else "MISSED"
        print(f"{one.name:<26}{one.value:>10g} {one.unit:<14}{ratio:<22} {one.target:<16} {holds}  {one.note}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
