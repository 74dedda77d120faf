"""What CI runs: the laboratory's hundred histories within four minutes, those of money, and what CONTRIBUTING says of it."""

from __future__ import annotations

import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent.parent
_STEP = re.compile(r"^step (\d+) make (\S+) ?(.*)$", re.MULTILINE)


def steps() -> dict[str, tuple[int, set[str]]]:
    """By target, how many seconds it may take, and with which variables it is made."""
    found = _STEP.findall((ROOT / ".ci/run").read_text(encoding="utf-8"))
    return {target: (int(seconds), set(variables.split())) for seconds, target, variables in found}


def test_a_hundred_histories_take_four_minutes_at_most() -> None:
    seconds, variables = steps()["crash-histories"]
    assert seconds <= 240
    assert {"SEEDS=100", "MINUTES=0"} <= variables


def test_the_histories_of_payments_take_two_minutes_at_most() -> None:
    seconds, variables = steps()["crash-payments"]
    assert seconds <= 120
    assert "PAYMENT_SEEDS=16" in variables


def test_the_histories_of_return_data_take_two_minutes_at_most() -> None:
    seconds, variables = steps()["crash-returns"]
    assert seconds <= 120
    assert "RETURN_SEEDS=8" in variables


def test_the_histories_of_severa_and_fortnox_take_two_minutes_at_most() -> None:
    seconds, variables = steps()["crash-sync"]
    assert seconds <= 120
    assert "SYNC_SEEDS=10" in variables


def test_the_limits_are_those_that_contributing_lists() -> None:
    listed = re.findall(
        r"^\| `make ([\w-]+)`[^|]*\| (\d+) minutes \|$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {target: int(minutes) * 60 for target, minutes in listed} == {name: seconds for name, (seconds, _) in steps().items()}


def test_half_an_hour_is_the_limit_of_all_of_it() -> None:
    assert "((SECONDS <= 1800)) ||" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_make_crash_is_all_of_its_parts() -> None:
    recipe = re.search(r"^crash:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    parts = ["crash-histories", "crash-payments", "crash-returns", "crash-sync", "crash-kills"]
    assert recipe[1].replace("$(MAKE)", "").split() == parts
