"""Real `kill -9` while payments are handed over and what came in is posted: `python -m tests.crash.payment_kills --kills 30`.

With `--returns` while return data are posted and undone, with `--sync` while Severa and Fortnox are kept in step. Each run is a
process of its own; ledger, SFTP server, folders, the factoring company, PowerOffice, Severa and Fortnox are real and go on. A run
is killed at one of the places that the first, which nobody disturbed, came past (see `killed`): in turn where something has left
and no answer is known, where it may leave and has not, and anywhere else. The bank mostly acts then; twenty minutes later another
one runs in peace.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime as dt
import functools
import itertools
import json
import multiprocessing
import os
import pathlib
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from console import databases
from tasks import installation
from tests.crash import killed, kills, payment_ways, return_ways, sync_ways, verdicts
from tests.unit import openssh

_SPAWN = multiprocessing.get_context("forkserver")
_IMPORTED = ["tests.crash.killed", "tests.runs.banked", "tests.runs.creditor", "tests.unit.openssh"] + [
    "data_quality.payment_rules",
    "data_quality.validation",
]
"""What takes its time, once for all runs."""
_LIMIT = 120
_Way = payment_ways.Way | return_ways.Returning | sync_ways.Syncing
_Begin = Callable[[pathlib.Path, pytest.MonkeyPatch], _Way]
"""Begins a way in a folder, with the ledger of the environment."""
_ENOUGH = {"payment": (50, 30), "return": (50, 30), "sync": (25, 15)}
"""Of 100 kills at least so many leave something in `sending`, and something that has left and has no answer. Between Severa and
Fortnox a run sends eight times, a little each time."""
_ACTS = 0.75
"""How likely the bank takes and answers before the next run; every second time its answer is read before that."""


class Killing:
    """One way that money goes, the `first` or a later one, in a folder with a ledger of its own; it dies in each span in turn."""

    def __init__(
        self, way: _Way, patch: pytest.MonkeyPatch, environment: dict[str, str], chance: random.Random, first: int
    ) -> None:
        self._way, self._patch, self._environment, self._chance, self._first = way, patch, environment, chance, first
        self._number, self._spans = 0, list[list[int]]()
        self.killed_at: collections.Counter[str] = collections.Counter()
        self.while_sending = self.after_it_left = 0
        for _ in range(2):  # the first makes folders that all later ones find
            self._order()
            reached, ended = self._run(way.flow)
            assert ended and ended[0] == "Completed", ended
            self._spans = _spans(reached, way)
        self._turns = itertools.cycle(range(len(self._spans)))
        self._left: list[list[int]] = [[] for _ in self._spans]

    def kill(self) -> None:
        """A run that dies, and one that does not; no place of a span twice before all were. Mostly the world goes on between."""
        self._order()
        turn = next(self._turns)
        self._left[turn] = self._left[turn] or self._chance.sample(self._spans[turn], len(self._spans[turn]))
        reached, ended = self._run(self._way.flow, self._left[turn].pop())
        if ended:  # it came past fewer places than the others
            return
        is_sending = "sending" in payment_ways.states(self._way.site, self._way.purpose)
        self.while_sending += is_sending
        self.after_it_left += turn == 0 and is_sending
        self.killed_at[reached[-1]] += 1
        went_on = self._go_on()
        at = f"{reached[-1]}, place {len(reached)}, {'it has left' if turn == 0 else 'it has not left, or is known'}"
        sys.stdout.write(f"kill -9 of {self._way.site.folder.parent.name} ({at}), sending: {is_sending}; then {went_on}\n")

    def _go_on(self) -> str:
        """The bank acts, its answer is read, a run that lives, and a person's word where one is asked; what of it came to pass.

        That a bank which answers nothing is complained of makes no difference.
        """
        came, acts, hears = list[str](), self._chance.random() < _ACTS, (self._first + self.killed_at.total()) % 2
        if acts:
            self._way.happen()
            came.append("the bank acts")
        if acts and hears and self._way.hears:
            self._run(self._way.hears)
            came.append("its answer is read")
        self._run(self._way.flow)
        if self._way.decide():
            self._run(self._way.flow)
            came.append("a person decides")
        return ", ".join(came) or "nothing"

    def _order(self) -> None:
        self._enter()
        self._way.order(self._number)
        self._number += 1

    def judge(self, verdict: verdicts.Verdict) -> None:
        """What stands where in the end."""
        verdict.documents += self._number * payment_ways.PAYMENTS_A_FILE
        self._enter()
        self._way.judge(verdict)

    def _enter(self) -> None:
        """This process is where this way goes, too."""
        for name, value in self._environment.items():
            self._patch.setenv(name, value)
        installation.current.cache_clear()

    def _run(self, flow: str, die_at: int = 0) -> tuple[list[str], tuple[str, str] | None]:
        """The places that it reached, and how it ended if it lived. Then twenty minutes pass."""
        site, (mine, theirs) = self._way.site, _SPAWN.Pipe(duplex=False)
        what = killed.Run(
            environment=self._environment,
            flow=flow,
            options=self._way.options.model_dump(mode="json"),
            now=site.now,
            die_at=die_at,
        )
        child = _SPAWN.Process(target=killed.run, args=(theirs, what))
        child.start()
        theirs.close()
        said: list[Any] = []
        with contextlib.suppress(EOFError):
            while mine.poll(_LIMIT):
                said.append(mine.recv())
        child.join(_LIMIT)
        site.at(site.now + dt.timedelta(minutes=20))
        if child.exitcode == -signal.SIGKILL:
            return said, None
        assert child.exitcode == 0, (child.exitcode, said)
        return said[:-1], said[-1]


def _spans(reached: Sequence[str], way: _Way) -> list[list[int]]:
    """The places at which something has left and no answer is recorded; at which it may leave and has not; and all others."""
    spans: list[list[int]] = [[], [], []]
    ends = [place for place, name in enumerate(reached, 1) if name == "after all"]
    for begin, end in itertools.pairwise((0, *ends)):
        at: dict[str, list[int]] = collections.defaultdict(list)
        for place, name in enumerate(reached[begin:end], begin + 1):
            at[name].append(place)
        if "journal" not in at:  # nothing was to be sent
            spans[2].extend(range(begin + 1, end + 1))
            continue
        first = way.find_left(at)
        left, leaving = range(first, at["commit"][-1]), range(at["journal"][-1], first)
        for span, some in zip(spans, (left, leaving, set(range(begin + 1, end + 1)).difference(left, leaving)), strict=True):
            span.extend(sorted(some))
    return spans


@contextlib.contextmanager
def _ways(folder: pathlib.Path, chance: random.Random, about: str) -> Iterator[list[Killing]]:
    _SPAWN.set_forkserver_preload(_IMPORTED)
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        postgres = stack.enter_context(databases.running(folder / "postgresql", keep=False))
        made: list[Killing] = []
        for name, begin in _KINDS[about](folder, stack).items():
            (folder / name).mkdir()
            patch.setenv("FAKTURABRO_LEDGER_URL", databases.create(postgres, name))
            way = begin(folder / name, patch)
            stack.callback(way.close)
            here = {name: value for name, value in os.environ.items() if name.startswith("FAKTURABRO_")}
            made.append(Killing(way, patch, here, chance, len(made)))
        yield made


def _payments(folder: pathlib.Path, stack: contextlib.ExitStack) -> dict[str, _Begin]:
    """The bank's folder, an SFTP server on which we may make no folders, one on which we may, and what comes in."""
    (folder / "sshd").mkdir()
    server = stack.enter_context(openssh.running(folder / "sshd"))
    return {
        "folder": payment_ways.Paying,
        "forgetful": functools.partial(payment_ways.Paying, server=server, remembers=False),
        "sftp": functools.partial(payment_ways.Paying, server=server),
        "incoming": payment_ways.Paid,
    }


def _returns(_folder: pathlib.Path, _stack: contextlib.ExitStack) -> dict[str, _Begin]:
    """Vouchers into the client's books, and out of them again."""
    return {"posted": return_ways.Returning, "undone": functools.partial(return_ways.Returning, undoes=True)}


def _syncs(_folder: pathlib.Path, _stack: contextlib.ExitStack) -> dict[str, _Begin]:
    """Registers, invoices and costs between Severa and Fortnox, by who numbers and who decides there."""
    return {"vanern": sync_ways.Syncing}


_KINDS = {"payment": _payments, "return": _returns, "sync": _syncs}


def play(count: int, seed: int = 1, about: str = "payment") -> tuple[dict[str, Any], verdicts.Verdict]:
    """So many kills, of each way in turn; the figures, and what the judge says."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us ends what we started
    verdict, chance = verdicts.Verdict(lost=[], duplicated=[], unsettled=[], wrong=[]), random.Random(seed)  # noqa: S311 repeatable
    with tempfile.TemporaryDirectory(prefix="fakturabro-kills-") as folder, _ways(pathlib.Path(folder), chance, about) as ways:
        for one in itertools.islice(itertools.cycle(ways), 2 * count):
            one.kill()
            if sum(way.killed_at.total() for way in ways) == count:
                break
        for one in ways:
            one.judge(verdict)
    places = sum((one.killed_at for one in ways), collections.Counter[str]())
    counts = {"": places.total(), "_while_sending": sum(one.while_sending for one in ways)}
    counts["_after_it_left"] = sum(one.after_it_left for one in ways)
    figures: dict[str, Any] = {f"{about}_kills{name}": number for name, number in counts.items()}
    return {**figures, "documents": verdict.documents, **kills.counted(verdict), f"{about}_kills_by_place": dict(places)}, verdict


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--returns", dest="about", action="store_const", const="return", default="payment")
    arguments.add_argument("--sync", dest="about", action="store_const", const="sync")
    arguments.add_argument("--out", type=pathlib.Path, help="add what was found to this JSON file")
    chosen = arguments.parse_args()
    figures, verdict = play(chosen.kills, chosen.seed, chosen.about)
    sys.stdout.write(f"{json.dumps(figures)}\n{verdict}\n")
    if chosen.out:
        kills.add(chosen.out, figures)
    shares = zip(("while_sending", "after_it_left"), _ENOUGH[chosen.about], strict=True)
    is_enough = all(figures[f"{chosen.about}_kills_{name}"] >= chosen.kills * share // 100 for name, share in shares)
    return 0 if verdict.is_good and figures[f"{chosen.about}_kills"] == chosen.kills and is_enough else 1


if __name__ == "__main__":
    sys.exit(main())
