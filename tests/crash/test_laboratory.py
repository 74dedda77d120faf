"""The laboratory itself: the same seed is the same history, the dead stay dead, the judge sees, and seeds come out well."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.crash import laboratory, scene, test_copies, unchecked, verdicts, virtual

ROOT = pathlib.Path(__file__).parents[2]
EHF, EMAIL, LETTER, HELD = 5002, 5003, 5019, 5024
Stage = Callable[..., scene.Scene]
EVERY = int(os.environ.get("EVERY", "121"))
"""At which of the boundaries of a run it is killed: 1 is all of them, `make test-long` takes 11."""


@pytest.mark.long
def test_the_same_seed_is_the_same_history(lab: laboratory.Laboratory) -> None:
    first, verdict = lab.play(7)
    again, same = lab.play(7)
    assert first.scene.log.lines == again.scene.log.lines
    assert verdict == same and verdict.is_good, f"{laboratory.again(7)}\n{verdict}"
    assert len(first.scene.log.lines) > 100


@pytest.mark.long
def test_another_process_with_other_hashes_plays_the_same_history(lab: laboratory.Laboratory) -> None:
    here = unchecked.play(lab, 12)
    assert _said_elsewhere("tests.crash.unchecked", "12") == "\n".join(here)
    assert len(here) > 100


@pytest.mark.long
def test_another_process_with_other_hashes_finds_the_same(lab: laboratory.Laboratory) -> None:
    """With what the suites say, too."""
    here = lab.play(12)[0].scene.log.lines
    assert _said_elsewhere("tests.crash.laboratory", "--seed", "12", "--log").startswith("\n".join(here) + "\n")


def _said_elsewhere(*command: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    line = [sys.executable, "-m", *command]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.long  # .ci/run plays these and 95 more by `make crash-histories SEEDS=100`
@pytest.mark.parametrize("seed", range(1, 6))
def test_nothing_is_lost_and_nothing_twice(lab: laboratory.Laboratory, seed: int) -> None:
    _, verdict = lab.play(seed)
    assert verdict.is_good, f"{laboratory.again(seed)}\n{verdict}"


def _scene_of_one_run(on: scene.Scene) -> Callable[[], Any]:
    async def script() -> None:
        await on.start("intake", on.loop.now())
        await on.start("writeback", scene.at(dt.date(2026, 11, 16), dt.time(15, 30)))
        await on.settle_down()

    return script


def test_killed_at_any_boundary_all_comes_right(stage: Stage) -> None:
    """The same day, again and again, killed one boundary later each time."""
    on = stage(EHF, EMAIL, LETTER, HELD)
    assert on.play(_scene_of_one_run(on)).is_good
    boundaries, sending = on.faults.boundaries, 0
    assert boundaries > 200
    for boundary in range(1, boundaries + 1, EVERY):
        on = stage(EHF, EMAIL, LETTER, HELD)
        on.faults.die_at = boundary
        verdict = on.play(_scene_of_one_run(on))
        assert verdict.is_good, f"killed at boundary {boundary}: {verdict}\n" + "\n".join(on.log.lines[-60:])
        assert on.faults.deaths == 1
        sending += on.faults.deaths_while_sending
    assert sending > boundaries / EVERY / 20, "hardly any kill hit between sending and the answer"


@pytest.mark.parametrize(
    ("spoil", "found_as"),
    [
        (lambda world: world.factoring.state.entries.popitem(), "lost"),
        (lambda world: world.mail.messages.append(world.mail.messages[0]), "duplicated"),
        (lambda world: world.access_point.state.messages.clear(), "lost"),
        (lambda world: world.letters.append(world.letters[0]), "duplicated"),
        (lambda world: next(iter(world.factoring.state.entries.values())).entry.__setattr__("amount", "1.00"), "wrong"),
        (lambda world: next(iter(world.factoring.state.entries.values())).entry.__setattr__("kid", "1"), "wrong"),
        (lambda world: next(iter(world.client.invoices.values())).__setattr__("is_delivered", False), "lost"),
    ],
)
def test_the_judge_sees_what_is_wrong(stage: Stage, spoil: Callable[[Any], Any], found_as: str) -> None:
    assert getattr(test_copies.spoilt(stage(EHF, EMAIL, LETTER), spoil), found_as)


def test_the_judge_sees_what_the_ledger_never_got(stage: Stage) -> None:
    on = stage(EHF, EMAIL)

    async def script() -> None:
        gone = on.world.client.invoices.popitem()
        await on.settle_down()
        on.world.client.invoices.update([gone])

    assert len(on.play(script).lost) == 1


def test_a_dead_process_does_nothing_more(stage: Stage) -> None:
    """Whatever it tries after its death, in whichever of its tasks, raises the same again."""
    on = stage(EHF)

    async def script() -> None:
        on.faults.order("death", "POST factoring.example/ledger/")
        assert await on.start("intake", on.loop.now()) is None
        seen = len(on.log.lines)
        await on.until(on.loop.now() + dt.timedelta(hours=2))
        assert len(on.log.lines) == seen
        assert on.states()[str(EHF), "book"] == "sending", "a dead process wrote to the ledger"
        await on.settle_down()

    assert on.play(script).is_good


def test_who_waits_for_himself_is_found() -> None:
    loop = virtual.Loop(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    with pytest.raises(virtual.StandstillError):
        loop.run_until_complete(loop.create_future())
    loop.close()


def test_verdicts_are_good_only_when_nothing_is_wrong() -> None:
    assert verdicts.Verdict().is_good
    assert not any(verdicts.Verdict(**{name: ["x"]}).is_good for name in ("lost", "duplicated", "unsettled", "wrong"))
