"""The laboratory: `python -m tests.crash.laboratory --seeds 100`, or `--seed 4711 --log` to see one history again."""

from __future__ import annotations

import argparse
import collections
import contextlib
import gc
import json
import multiprocessing
import os
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tests.crash import history, ledgers, verdicts

_COUNTS = ("seeds", "documents", "deaths", "died_while_sending", "lost", "duplicated", "unsettled")
_MEMORY = pathlib.Path("/dev/shm")  # noqa: S108 a disk that never waits, where there is one


class Laboratory:
    """Plays histories, one after the other."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.ledgers = ledgers.Ledgers(folder)

    def play(self, seed: int) -> tuple[history.History, verdicts.Verdict]:
        """One history, from its seed."""
        one = history.History(seed, self.folder, self.ledgers)
        return one, one.play()


@contextlib.contextmanager
def opened() -> Iterator[Laboratory]:
    """A laboratory in a folder of its own."""
    with _folder() as folder:
        yield Laboratory(folder)


@contextlib.contextmanager
def _folder() -> Iterator[pathlib.Path]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fakturabro-crash-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def again(seed: int) -> str:
    """The command that plays a seed again."""
    return f".venv/bin/python -m tests.crash.laboratory --seed {seed} --log"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one seed."""

    seed: int
    verdict: verdicts.Verdict
    deaths: int
    died_while_sending: int
    faults: dict[str, int]


_laboratory: Laboratory


def _enter(folder: pathlib.Path) -> None:
    """The laboratory of this process."""
    global _laboratory  # noqa: PLW0603 one laboratory per process: its seams are the process's
    _laboratory = Laboratory(pathlib.Path(tempfile.mkdtemp(dir=folder)))
    gc.freeze()


def _play(seed: int) -> Result:
    one, verdict = _laboratory.play(seed)
    met = one.scene.faults
    return Result(
        seed=seed,
        verdict=verdict,
        deaths=met.deaths,
        died_while_sending=met.deaths_while_sending,
        faults=dict(met.happened),
    )


def play_many(seeds: Iterable[int], minutes: float, workers: int) -> dict[str, Any]:
    """Play seed after seed, side by side, until they or the minutes end; what was found."""
    until = time.monotonic() + minutes * 60
    said: dict[str, Any] = dict.fromkeys(_COUNTS, 0)
    happened: collections.Counter[str] = collections.Counter()
    bad: list[int] = []
    with _folder() as folder, multiprocessing.get_context("spawn").Pool(workers, _enter, (folder,)) as pool:
        for result in pool.imap_unordered(_play, seeds):
            said["seeds"] += 1
            said["documents"] += result.verdict.documents
            said["deaths"] += result.deaths
            said["died_while_sending"] += result.died_while_sending
            for name in ("lost", "duplicated", "unsettled"):
                said[name] += len(getattr(result.verdict, name))
            happened.update(result.faults)
            if not result.verdict.is_good:
                bad.append(result.seed)
                _say(result.seed, result.verdict)
            if time.monotonic() > until:
                break
    simulated = {name: said.pop(name) for name in ("deaths", "died_while_sending")}
    return {**said, "failing_seeds": sorted(bad), "simulated": simulated, "faults": dict(sorted(happened.items()))}


def _say(seed: int, verdict: verdicts.Verdict) -> None:
    sys.stdout.write(f"seed {seed}: {again(seed)}\n")
    for kind in ("lost", "duplicated", "unsettled", "wrong"):
        for text in getattr(verdict, kind):
            sys.stdout.write(f"    {kind}: {text}\n")
    sys.stdout.flush()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, help="play this one only")
    arguments.add_argument("--log", action="store_true", help="write down everything that happened in it")
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--seeds", type=int, default=2000)
    arguments.add_argument("--minutes", type=float, default=60)
    arguments.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--out", type=pathlib.Path, help="write what was found as JSON")
    chosen = arguments.parse_args()
    if chosen.seed is not None:
        with opened() as laboratory:
            one, verdict = laboratory.play(chosen.seed)
        sys.stdout.write("\n".join(one.scene.log.lines) + "\n" if chosen.log else "")
        _say(chosen.seed, verdict)
        return 0 if verdict.is_good else 1
    found = play_many(range(chosen.first, chosen.first + chosen.seeds), chosen.minutes, chosen.workers)
    text = json.dumps(found, indent=2)
    sys.stdout.write(text + "\n")
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(text + "\n", encoding="utf-8")
    return 1 if found["failing_seeds"] else 0


if __name__ == "__main__":
    sys.exit(main())
