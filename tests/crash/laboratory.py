"""The laboratory: `python -m tests.crash.laboratory --seeds 100`, or `--seed 4711 --log` to see one history again.

With `--database postgresql`, or the URL of a server, the ledgers of the same histories lie there. With `--payments` they are
histories of payments, with `--returns` of return data, with `--sync` of Severa and Fortnox.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gc
import itertools
import json
import multiprocessing
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tests.crash import history, ledgers, payment_history, postgres, return_history, sync_history, verdicts

_FOUND = ("lost", "duplicated", "unsettled", "wrong")
_COUNTS = ("seeds", "documents", "deaths", "died_while_sending", *_FOUND)
_KINDS: dict[str, type[history.History | payment_history.PaymentHistory]] = {
    "": history.History,
    "payments": payment_history.PaymentHistory,
    "returns": return_history.ReturnHistory,
    "sync": sync_history.SyncHistory,
}
"""What histories are about."""
_MEMORY = pathlib.Path("/dev/shm")  # noqa: S108 a disk that never waits, where there is one


class Laboratory:
    """Plays histories, one after the other."""

    def __init__(self, folder: pathlib.Path, server: postgres.Server | None = None, *, about: str = "") -> None:
        self.folder, self._kind = folder, _KINDS[about]
        self.ledgers = ledgers.Ledgers(postgres.Database(server) if server else ledgers.File(folder))

    def play(
        self, seed: int, also: Sequence[str] = ()
    ) -> tuple[history.History | payment_history.PaymentHistory, verdicts.Verdict]:
        """One history, from its seed. `also`: events that happen in it whatever the seed says."""
        one = self._kind(seed, self.folder, self.ledgers, also)
        return one, one.play()


@contextlib.contextmanager
def opened(database: str = "", *, about: str = "") -> Iterator[Laboratory]:
    """A laboratory in a folder of its own; on PostgreSQL with `database`."""
    with _places(database) as (folder, server):
        yield Laboratory(folder, server, about=about)


@contextlib.contextmanager
def _places(database: str) -> Iterator[tuple[pathlib.Path, postgres.Server | None]]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder())
        yield folder, stack.enter_context(postgres.opened(database, folder)) if database else None


@contextlib.contextmanager
def _folder() -> Iterator[pathlib.Path]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fakturabro-crash-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def again(seed: int, database: str = "", *, about: str = "") -> str:
    """The command that plays a seed again."""
    on = (f" --{about}" if about else "") + (f" --database {postgres.OURS}" if database else "")
    return f".venv/bin/python -m tests.crash.laboratory --seed {seed} --log{on}"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one seed."""

    seed: int
    verdict: verdicts.Verdict
    deaths: int
    died_while_sending: int
    faults: dict[str, int]
    events: dict[str, int]


_laboratory: Laboratory


def _enter(folder: pathlib.Path, server: postgres.Server | None, about: str) -> None:
    """The laboratory of this process."""
    global _laboratory  # noqa: PLW0603 one laboratory per process: its seams are the process's
    _laboratory = Laboratory(pathlib.Path(tempfile.mkdtemp(dir=folder)), server, about=about)
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
        events=dict(one.happened),
    )


class _Seeds:
    """Seed after seed, a few ahead of what was played, until so many were played and so many minutes have gone."""

    def __init__(self, first: int, count: int, minutes: float, ahead: int) -> None:
        self._seeds, self._left, self._until = itertools.count(first), count, time.monotonic() + minutes * 60
        self._ahead = threading.Semaphore(ahead)

    def __iter__(self) -> Iterator[int]:
        while self._left > 0 or time.monotonic() < self._until:
            self._left -= 1
            yield next(self._seeds)
            self._ahead.acquire()  # asked for in a thread of the pool

    def played(self) -> None:
        """One more may be begun."""
        self._ahead.release()

    def end(self) -> None:
        """None is begun any more; whoever waits for one goes home."""
        self._left, self._until = 0, 0.0
        self._ahead.release()


def play_many(first: int, count: int, minutes: float, workers: int, database: str = "", *, about: str = "") -> dict[str, Any]:
    """Play `count` seeds, side by side, and as many more as fit into the minutes; what was found, also when it is interrupted."""
    seeds = _Seeds(first, count, minutes, 2 * workers)
    said: dict[str, Any] = dict.fromkeys(_COUNTS, 0)
    happened, events = collections.Counter[str](), collections.Counter[str]()
    bad: list[int] = []
    spawn = multiprocessing.get_context("spawn").Pool
    with _places(database) as places, spawn(workers, _enter, (*places, about)) as pool:
        try:
            for result in pool.imap_unordered(_play, seeds):
                seeds.played()
                said["seeds"] += 1
                said["documents"] += result.verdict.documents
                said["deaths"] += result.deaths
                said["died_while_sending"] += result.died_while_sending
                for name in _FOUND:
                    said[name] += len(getattr(result.verdict, name))
                happened.update(result.faults)
                events.update(result.events)
                if not result.verdict.is_good:
                    bad.append(result.seed)
                    _say(result.seed, result.verdict, again(result.seed, database, about=about))
        except KeyboardInterrupt:
            sys.stdout.write("interrupted\n")
        else:
            pool.close()
            pool.join()
        finally:
            seeds.end()
    simulated = {name: said.pop(name) for name in ("deaths", "died_while_sending")}
    met = {"faults": dict(sorted(happened.items())), "events": dict(sorted(events.items()))}
    return {**said, "failing_seeds": sorted(bad), "simulated": simulated, **met}


def to_whole(known: dict[str, Any], found: dict[str, Any], name: str = postgres.OURS) -> dict[str, Any]:
    """What was found first, with what was found after it, on PostgreSQL or of something else: counted together, and by itself."""
    sums = {name: known.get(name, 0) + count for name, count in found.items() if isinstance(count, int)}
    return {**known, **sums, name: found}


def _say(seed: int, verdict: verdicts.Verdict, command: str) -> None:
    sys.stdout.write(f"seed {seed}: {command}\n")
    for kind in _FOUND:
        for text in getattr(verdict, kind):
            sys.stdout.write(f"    {kind}: {text}\n")
    sys.stdout.flush()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, help="play this one only")
    arguments.add_argument("--log", action="store_true", help="write down everything that happened in it")
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--seeds", type=int, default=2000, help="play at least so many")
    arguments.add_argument("--minutes", type=float, default=0, help="and go on until so many minutes have passed")
    arguments.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--database", default="", help="the URL of a PostgreSQL, or postgresql for one of our own")
    for about in filter(None, _KINDS):
        arguments.add_argument(f"--{about}", dest="about", action="store_const", const=about, help=f"histories of {about}")
    arguments.set_defaults(about="")
    arguments.add_argument("--out", type=pathlib.Path, help="write what was found as JSON; add it, of something or on PostgreSQL")
    chosen = arguments.parse_args()
    if chosen.seed is not None:
        with opened(chosen.database, about=chosen.about) as laboratory:
            one, verdict = laboratory.play(chosen.seed)
        sys.stdout.write("\n".join(one.scene.log.lines) + "\n" if chosen.log else "")
        _say(chosen.seed, verdict, again(chosen.seed, chosen.database, about=chosen.about))
        return 0 if verdict.is_good else 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us ends what we started
    found = play_many(chosen.first, chosen.seeds, chosen.minutes, chosen.workers, chosen.database, about=chosen.about)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    if chosen.out:
        of = list(filter(None, (chosen.about, postgres.OURS if chosen.database else "")))
        _write(chosen.out, found, " on ".join(of))
    return 1 if found["failing_seeds"] or found["seeds"] < chosen.seeds else 0


def _write(out: pathlib.Path, found: dict[str, Any], added_as: str) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(out.read_text(encoding="utf-8")) if added_as and out.exists() else {}
    whole = to_whole(known, found, added_as) if added_as else found
    out.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
