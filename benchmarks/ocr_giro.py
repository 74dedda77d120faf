"""OCR giro beside netsgiro and beside a bare loop, on the same file; and the memory that reading takes over the imports.

`python -m benchmarks ocr_giro` measures 100,000 payments; FAKTURABRO_BENCH_PAYMENTS=1000000 the whole. netsgiro reads the first
20,000 of them at most: its rate does not depend on the number, its memory does.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import pathlib
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

from benchmarks import rows
from fakturabro.domain.findings import Findings
from fakturabro.formats import nets
from fakturabro.formats.nets import values

_COUNT, _PEERS, _ROUNDS = 100_000, 20_000, 3
_ACCOUNT, _DAY = "86011117947", dt.date(2026, 11, 23)


def measure() -> list[rows.Row]:
    """The rows: three rates, and the peak of memory in a process that does nothing else."""
    count = int(os.environ.get("FAKTURABRO_BENCH_PAYMENTS", _COUNT))
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        whole, part = pathlib.Path(folder, "whole"), pathlib.Path(folder, "part")
        write(whole, count)
        write(part, min(count, _PEERS))
        found = rows.child("ocr_giro", "rates", whole, count)
        peer = rows.child("ocr_giro", "netsgiro", part, min(count, _PEERS))
        memory = rows.child("ocr_giro", "memory", whole, count)
    unit, note = "payments/s", f"{count:,} payments"
    return [
        rows.row("ocr_giro_objects", peer["objects"], unit, "ratio >= 8", peer=peer["netsgiro"], note="peer netsgiro.parse"),
        rows.row("ocr_giro_record_level", found["records"], unit, "ratio >= 0.5", peer=found["bare"], note=note),
        rows.row("ocr_giro_object_level", found["objects"], unit, "ratio >= 0.3", peer=found["bare"], note=note),
        rows.row("ocr_giro_memory", memory["mb"], "MB", "value <= 60", note=f"{note}, over the imports"),
    ]


def write(file: pathlib.Path, count: int) -> None:
    """An OCR giro file of `count` payments, types 10 to 15, each with its own KID and payer."""
    assignment = values.Assignment(
        service="09", kind="00", agreement="001008566", number="0000001", account=_ACCOUNT, date=_DAY, entries=_payments(count)
    )
    whole = values.Transmission(
        transmitter="00008080", number="0000001", recipient="00010200", assignments=(assignment,), date=_DAY
    )
    with file.open("wb") as out:
        out.writelines(nets.write_records(whole))


def _payments(count: int) -> Iterator[values.Payment]:
    chance = random.Random(count)  # noqa: S311 - material, no secret
    for number in range(1, count + 1):
        yield values.Payment(
            kind=chance.choice(("10", "11", "12", "13", "15")),
            number=number,
            date=_DAY - dt.timedelta(days=number % 3),
            settlement=f"13231{number // 500 % 100_000:05}",
            amount=chance.randrange(100, 5_000_000),
            kid=str(chance.randrange(10**14, 10**15)),
            form=f"{chance.randrange(10**10):010}",
            archive=f"{chance.randrange(10**9):09}",
            bank_date=_DAY,
            payer=f"{chance.randrange(10**10, 10**11)}",
        )


def _bare(file: pathlib.Path) -> int:
    """What anybody would write: slices and int() of items 1 and 2 into a tuple. Nothing is kept, nothing is checked."""
    count = 0
    first: tuple[object, ...] = ()
    with file.open(encoding="latin-1", newline="\n") as lines:
        for line in lines:
            record = line[6:8]
            if record == "30":
                first = (line[4:6], int(line[8:15]), line[15:21], line[21:31], line[31:32], int(line[32:49]), line[49:74])
            elif record == "31":
                _ = (*first, line[15:25], line[25:34], line[34:41], line[41:47], line[47:58])
                count += 1
    return count


def _records(file: pathlib.Path) -> int:
    found = Findings()
    with file.open("rb") as source:
        count = sum(type(one) is values.Payment for one in nets.records(source, found))
    return count if not found else 0


def _objects(file: pathlib.Path) -> int:
    found = Findings()
    count = 0
    with file.open("rb") as source:
        for _ in nets.incoming(source, found):
            count += 1
    return count if not found else 0


def _netsgiro(file: pathlib.Path) -> int:
    import netsgiro  # noqa: PLC0415 - the peer; it is no part of what our memory is measured by

    return len(netsgiro.parse(file.read_text(encoding="latin-1")).assignments[0].transactions)


def _rates(file: pathlib.Path, count: int, **works: Callable[[pathlib.Path], int]) -> dict[str, float]:
    """Payments per second of processor time: the fastest of some rounds, the works in turns."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(_ROUNDS):
        for name, work in works.items():
            started = time.process_time()
            read = work(file)
            taken[name].append(time.process_time() - started)
            if read != count:
                raise rows.MeasuringError(f"{name} read {read} of {count}, or found something odd")
    return {name: count / min(seconds) for name, seconds in taken.items()}


def _memory(file: pathlib.Path, count: int) -> dict[str, float]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if _objects(file) != count:
        raise rows.MeasuringError("not every payment was read")
    return {"mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}


def main() -> None:
    """Measure one thing in this process: rates, netsgiro or memory, of the file and count named on the command line."""
    what, file, count = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    if what == "memory":
        found = _memory(file, count)
    elif what == "netsgiro":
        found = _rates(file, count, objects=_objects, netsgiro=_netsgiro)
    else:
        found = _rates(file, count, bare=_bare, records=_records, objects=_objects)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
