"""What goes wrong, where, and when: drawn from the seed at every I/O boundary, each history with faults of its own taste."""

from __future__ import annotations

import collections
import datetime as dt
import random
from collections.abc import Callable, Sequence

from tests.crash import virtual

REQUEST = (
    "death",
    "refused",
    "throttled",
    "throttled, wait",
    "throttled, until",
    "error",
    "slow",
    "time-out",
    "carried out late",
    "token rotated",
    "stalled",
)
"""Before a request reaches its counterpart."""
NAME = ("death", "error", "slow", "time-out")
"""Before a name server answers."""
ANSWER = ("death", "cut", "error after the change", "time-out after the change", "garbled")
"""When the counterpart has done it and the answer is on its way."""
BEGIN = ("death", "locked", "away")
COMMIT = ("death", "disk full")
COMMITTED = ("death", "connection lost", "stalled")
WRITE = ("death", "disk full")
WRITTEN = ("death",)
LINE = ("death", "disk full", "torn line")
"""Of the send journal."""
SMTP = ("death", "cut", "busy")
DOT = ("death", "cut", "death after storing", "cut after storing", "busy")
PAGE = ("duplicate rows", "swapped order", "arrival", "no timestamps")
ALL = sorted({*REQUEST, *ANSWER, *BEGIN, *COMMIT, *COMMITTED, *WRITE, *LINE, *SMTP, *DOT, *PAGE})
_RATES = (0.005, 0.015, 0.03, 0.06)
_SELDOM = 0.1
"""How many of the faults of the ledger happen: a run has hundreds of transactions, and would get nowhere."""
_STALL = (400, 1500)
"""Seconds that a process stands still: longer than the lease of its slot."""
_OFTEN = 4
"""Of e-mails and letters there are few, and nobody can ask a mail server what it took."""


class Log:
    """Everything that happened, in order: the same for the same seed."""

    def __init__(self, loop: virtual.Loop) -> None:
        self._loop = loop
        self.lines: list[str] = []

    @property
    def now(self) -> dt.datetime:
        """What time it is."""
        return self._loop.now()

    def note(self, what: str) -> None:
        """One line: when, in which process, what."""
        process = virtual.current()
        self.lines.append(f"{self._loop.now():%m-%d %H:%M:%S.%f} {process.name if process else '-'}: {what}")

    def warning(self, text: str, *args: object) -> None:
        self.note(f"warning: {text % args}")

    error = info = exception = warning


class Faults:
    """Meets every I/O boundary. Without a seed nothing happens but what a test orders."""

    def __init__(self, log: Log, seed: int | None = None) -> None:
        self.chance = random.Random(f"{seed}/faults")  # noqa: S311 repeatable, not secret
        self.log = log
        self._rate = self.chance.choice(_RATES) if seed is not None else 0.0
        self._kinds = set(self.chance.sample(ALL, self.chance.randint(2, len(ALL))))
        self._orders: list[tuple[str, str]] = []
        self.quiet = False
        self.boundaries, self.die_at = 0, 0
        """How many boundaries were met, and at which of them (1 is the first) to die; 0 for none."""
        self.deaths = self.deaths_while_sending = 0
        self.happened: collections.Counter[str] = collections.Counter()
        self.on_stall: Callable[[virtual.Process], None] = lambda _: None

    def order(self, kind: str, where: str, times: int = 1) -> None:
        """Let a fault happen the next times that a boundary whose name begins with `where` is met."""
        self._orders += [(kind, where)] * times

    def draw(self, where: str, kinds: Sequence[str]) -> str:
        """The fault that happens at this boundary, "" for none; dies by itself where that is what happens."""
        virtual.require_alive()
        if self.quiet or virtual.current() is None:
            return ""
        self.boundaries += 1
        kind = self._drawn(where, kinds)
        if not kind:
            return ""
        self.log.note(f"FAULT {kind} at {where}")
        self.happened[kind] += 1
        if kind == "death":
            self.die()
        if kind == "stalled":
            self._stall()
        return kind

    def _stall(self) -> None:
        process = virtual.current()
        assert process is not None
        process.stall(self.chance.uniform(*_STALL))
        self.on_stall(process)

    def die(self) -> None:
        """The process that runs now dies here."""
        self.deaths += 1
        process = virtual.current()
        if process is not None:
            process.kill()

    def _drawn(self, where: str, kinds: Sequence[str]) -> str:
        if self.boundaries == self.die_at:
            return "death"
        for order in self._orders:
            if order[0] in kinds and where.startswith(order[1]):
                self._orders.remove(order)
                return order[0]
        if self.chance.random() >= self._rate * (_OFTEN if kinds in (SMTP, DOT, WRITE, WRITTEN) else 1):
            return ""
        process = virtual.current()
        possible = [kind for kind in kinds if kind in self._kinds and not (kind == "stalled" and process and process.stalled)]
        if not possible or (kinds in (BEGIN, COMMIT, COMMITTED) and self.chance.random() > _SELDOM):
            return ""
        return self.chance.choice(possible)
