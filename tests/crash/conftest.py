"""One laboratory for all tests of a session: what the suites said once is known, and SQL compiled once stays compiled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.crash import laboratory, scene

MONDAY = dt.date(2026, 11, 16)


@pytest.fixture(scope="session")
def lab() -> Iterator[laboratory.Laboratory]:
    """A laboratory in memory."""
    with laboratory.opened() as made:
        yield made


@pytest.fixture
def stage(lab: laboratory.Laboratory) -> Callable[..., scene.Scene]:
    """A scene on which nothing happens but what is ordered, with the documents of these numbers."""

    def make(*numbers: int, base: dt.date = MONDAY) -> scene.Scene:
        def choose(known: Sequence[Any]) -> list[Any]:
            return [one for one in known if one.number in numbers]

        return scene.Scene(lab.folder, lab.ledgers, base, choice=choose)

    return make
