"""Every kind of fault and every event can happen and is survived, on both databases; and the judge sees when one is not."""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

from fakturabro.domain import calendar
from fakturabro.ledger import sendings, stops
from fakturabro.ledger.journal import recovery
from tasks import run_context
from tests.crash import backups, events, faults, history, laboratory, nights, scene

EHF, EMAIL, LETTER, HELD = 5002, 5003, 5019, 5024
MONDAY = dt.date(2026, 11, 16)
Stage = Callable[..., scene.Scene]
SEEDS = range(1, 13)


@pytest.fixture(scope="module")
def on_postgresql(postgres_url: str) -> Iterator[laboratory.Laboratory]:
    """A laboratory whose ledgers lie on a real PostgreSQL."""
    with laboratory.opened(postgres_url) as made:
        yield made


def _days(on: scene.Scene) -> Callable[[], Any]:
    async def script() -> None:
        await on.start("intake", on.loop.now())
        await on.await_reliefs()
        await on.start("writeback", scene.at(MONDAY, dt.time(15, 30)))
        await on.settle_down()

    return script


@pytest.mark.parametrize("kind", faults.ALL)
def test_every_fault_happens_and_is_survived(stage: Stage, kind: str) -> None:
    on = stage(EHF, EMAIL, LETTER, HELD)
    on.faults.order(kind, "")
    verdict = on.play(_days(on))
    assert verdict.is_good, f"{verdict}\n" + "\n".join(on.log.lines)
    assert on.faults.happened[kind] == 1


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_every_event_happens_and_all_comes_right(lab: laboratory.Laboratory, seed: int) -> None:
    one, verdict = lab.play(seed, events.NAMES)
    assert verdict.is_good, verdict
    assert {*events.NAMES} <= {*one.events.happened}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 4))
def test_on_postgresql_nothing_is_lost_and_nothing_twice(on_postgresql: laboratory.Laboratory, seed: int) -> None:
    also = ["stop", "rewind", "dry run", "backup", "backup in mid-run", "restore"]
    one, verdict = on_postgresql.play(seed, also)
    assert verdict.is_good, f"{laboratory.again(seed, 'postgresql')}\n{verdict}"
    assert {*also} <= {*one.events.happened}


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        *(("beginning a transaction", kind) for kind in faults.BEGIN),
        *(("committing", kind) for kind in faults.COMMIT),
        *(("a committed transaction", kind) for kind in faults.COMMITTED),
    ],
)
def test_on_postgresql_every_fault_of_the_ledger_is_survived(on_postgresql: laboratory.Laboratory, where: str, kind: str) -> None:
    lab = on_postgresql
    on = scene.Scene(lab.folder, lab.ledgers, MONDAY, choice=lambda known: [one for one in known if one.number in (EHF, EMAIL)])
    on.faults.order(kind, where)
    verdict = on.play(_days(on))
    assert verdict.is_good, f"{verdict}\n" + "\n".join(on.log.lines)
    assert on.faults.happened[kind] == 1


def _is_seen(lab: laboratory.Laboratory, what: str, *also: str) -> bool:
    """Whether the judge says so of one of a few histories."""
    return any(what in text for seed in SEEDS for text in lab.play(seed, also)[1].wrong)


@pytest.mark.long
def test_the_judge_sees_a_stop_that_nobody_heeds(lab: laboratory.Laboratory) -> None:
    """Neither before each send nor when a block is reserved."""
    with mock.patch.object(sendings, "refuse_stopped"), mock.patch.object(stops, "find_standing", return_value=None):
        assert _is_seen(lab, "was stopped", "stop")


def test_the_judge_sees_who_sends_from_a_restored_ledger(lab: laboratory.Laboratory) -> None:
    with mock.patch.object(recovery, "refuse_locked"), mock.patch.object(recovery, "find_lock", return_value=None):
        assert _is_seen(lab, "a ledger that was restored", "backup", "restore")


def test_the_judge_sees_a_dry_run_that_sends(lab: laboratory.Laboratory) -> None:
    with mock.patch.object(events, "_intake", lambda chosen, **_: lambda: scene._FLOWS["intake"](chosen)):  # a dry run that is none
        assert _is_seen(lab, "a dry run sent", "dry run")


@pytest.mark.parametrize("where", ["lab", "on_postgresql"])
def test_a_backup_is_the_ledger_of_that_moment(request: pytest.FixtureRequest, where: str) -> None:
    lab: laboratory.Laboratory = request.getfixturevalue(where)
    on = scene.Scene(lab.folder, lab.ledgers, MONDAY, choice=lambda known: [one for one in known if one.number == EHF])
    place = lab.ledgers.place
    seen: list[dict[tuple[str, str], str]] = []

    async def in_mid_run() -> None:
        on.world.departed.clear()
        await on.world.departed.wait()
        place.back_up()
        seen.append(on.states())

    async def script() -> None:
        place.back_up()
        await asyncio.gather(on.start("intake", on.loop.now()), in_mid_run())
        assert on.states() != seen[0]
        place.put_back()
        assert on.states() == seen[0] != {}

    on.play(script)
    assert on.log.lines, "nothing ran"


@pytest.mark.parametrize("where", ["lab", "on_postgresql"])
def test_what_was_put_back_is_recovered_and_nothing_goes_twice(request: pytest.FixtureRequest, where: str) -> None:
    """Put back in mid-run and from before all, on both databases."""
    lab: laboratory.Laboratory = request.getfixturevalue(where)
    on = scene.Scene(lab.folder, lab.ledgers, MONDAY, choice=lambda known: [one for one in known if one.number in (EHF, EMAIL)])
    happened = collections.Counter[str]()
    kept = backups.Backups(on, lab.ledgers, random.Random(1), happened)  # noqa: S311 repeatable, not secret

    async def script() -> None:
        await asyncio.gather(on.start("intake", on.loop.now()), kept.back_up_in_mid_run())
        await on.until(on.loop.now() + dt.timedelta(hours=1))
        await kept.put_back()
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, f"{verdict}\n" + "\n".join(on.log.lines)
    assert happened["run on a locked ledger"] == 2


@pytest.mark.parametrize(("day", "name"), nights.NAMES.items())
def test_the_night_in_which_the_clocks_turn_happens(lab: laboratory.Laboratory, day: dt.date, name: str) -> None:
    seed = next(seed for seed in itertools.count(1) if history.base_of(seed) == day - dt.timedelta(days=2))
    one, verdict = lab.play(seed, [name])
    assert verdict.is_good, f"{laboratory.again(seed)}\n{verdict}"
    assert one.events.happened[name] == 1
    starts = [line for line in one.scene.log.lines if f"starts for {day:%m-%d} 0" in line]
    assert len({line[-5:] for line in starts}) == 2, "two slots, an hour apart"


def test_the_judge_sees_one_slot_for_both_half_past_twos(stage: Stage) -> None:
    """As it would be if slots were kept in local time, which does not say which 02:30."""
    on, scheduled = stage(EHF, base=dt.date(2026, 10, 23)), run_context.scheduled

    async def script() -> None:
        with mock.patch.object(run_context, "scheduled", lambda: scheduled().astimezone(calendar.OSLO).replace(fold=0)):
            await nights.play(on, dt.date(2026, 10, 25))

    assert any("was taken for another one" in text for text in on.play(script).wrong)


def test_who_stands_still_does_nothing_until_it_wakes(stage: Stage) -> None:
    """Its timers have run out meanwhile, and another process has taken its slot over."""
    on = stage(EHF, EMAIL, LETTER)

    async def script() -> None:
        on.faults.order("stalled", "POST factoring.example/ledger/")
        await on.start("intake", on.loop.now())
        await on.await_reliefs()
        await on.settle_down()

    assert on.play(script).is_good
    stalled = next(at for at, line in enumerate(on.log.lines) if "FAULT stalled" in line)
    woken = next(at for at, line in enumerate(on.log.lines[stalled + 1 :], stalled + 1) if " intake-1" in line)
    between = on.log.lines[stalled + 1 : woken]
    assert any("intake-2: Completed" in line for line in between), on.log.lines


def test_what_postgresql_adds_is_counted_and_shown_by_itself() -> None:
    known = {"seeds": 10, "lost": 0, "faults": {"cut": 1}, "kills": 3}
    whole = laboratory.to_whole(known, {"seeds": 2, "lost": 1, "faults": {"cut": 5}})
    assert (whole["seeds"], whole["lost"], whole["kills"]) == (12, 1, 3)
    assert whole["faults"] == {"cut": 1}
    assert whole["postgresql"]["faults"] == {"cut": 5}
