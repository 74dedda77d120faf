"""Real `kill -9` in real deployment runs on PostgreSQL; `make crash` does more of them (tests/crash/kills.py)."""

from __future__ import annotations

import pytest

from tests.crash import kills


@pytest.mark.long  # four minutes; .ci/run does the same by `make crash KILLS=8`
def test_killed_for_good_nothing_is_lost_and_nothing_twice() -> None:
    figures, verdict = kills.play(8)
    assert verdict.is_good, verdict
    assert figures["kills"] == 8
    assert figures["died_while_sending"] >= 2, "hardly any kill hit between sending and the answer"
