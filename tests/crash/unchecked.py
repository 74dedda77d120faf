"""A history without what the suites say, which costs most of the time: `PYTHONHASHSEED=4711 python -m tests.crash.unchecked 12`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any
from unittest import mock

from data_quality import blocking
from tests.crash import known, laboratory


def play(lab: laboratory.Laboratory, seed: int) -> list[str]:
    """What happened in the history of a seed, line by line, when no suite finds anything."""
    with mock.patch.object(known, "check", _find_nothing):
        return lab.play(seed)[0].scene.log.lines


def _find_nothing(subjects: Iterable[Any], _rules: blocking.Rules, _suite: str = "") -> dict[int, Any]:
    return {one.id: () for one in subjects}


if __name__ == "__main__":
    with laboratory.opened() as made:
        sys.stdout.write("\n".join(play(made, int(sys.argv[1]))))
