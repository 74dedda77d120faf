"""Failures that others have published, played in the laboratory: each lost or doubled documents or payments somewhere once."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import pytest

from fakturabro.domain import calendar
from fakturabro.ledger import stops, watching
from sandboxes import faults as sandbox_faults
from tasks import connect, runs, sending
from tests.crash import counterparts, faults, scene

MONDAY, TUESDAY = dt.date(2026, 11, 16), dt.date(2026, 11, 17)
EHF, EMAIL, LETTER, OTHERS = 5002, 5003, 5019, (5005, 5006, 5009, 5010, 5013, 5014, 5016, 5017, 5018)
_DEFAULTS = sending.Order.__init__.__kwdefaults__ or {}
Stage = Callable[..., scene.Scene]


def hold_back(on: scene.Scene, *numbers: int) -> None:
    """Take these documents out of the client's accounts; `arrive` puts them there."""
    for one in [one for one in on.world.documents.values() if one.number in numbers]:
        del on.world.client.invoices[one.id]
        on.world.waiting.append(one)


def states(on: scene.Scene, purpose: str) -> set[str]:
    return {state for (_, of), state in on.states().items() if of == purpose}


def test_what_arrives_between_the_last_run_and_midnight_is_not_lost(stage: Stage) -> None:
    """A watermark of dates skips what came after the day's last run; so does a run that passes midnight."""
    on = stage(EHF, EMAIL, LETTER)
    hold_back(on, EMAIL, LETTER)

    async def script() -> None:
        await on.start("intake", on.loop.now())
        await on.until(scene.at(MONDAY, dt.time(23, 59, 58)))
        on.world.arrive()
        on.faults.order("slow", "GET v1.poweroffice.example/Factoring/AvailableInvoices/", times=2)
        running = asyncio.create_task(on.start("intake", on.loop.now(), auto_scheduled=False))
        await on.until(scene.at(MONDAY, dt.time(23, 59, 59, 900_000)))
        on.world.arrive()
        await running
        assert on.loop.now().astimezone(calendar.OSLO).date() == TUESDAY, "the run did not pass midnight"
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert (verdict.documents, states(on, "distribute")) == (3, {"accepted"})


def test_documents_that_share_a_timestamp_are_all_taken(stage: Stage) -> None:
    """A watermark of moments skips what has the very time of the last one read, most of all on the edge of a page."""
    on = stage(EHF, EMAIL, LETTER, *OTHERS)
    on.world.page_size = 3
    for one in on.world.documents.values():
        one.created = dt.datetime(2026, 11, 15, 12, tzinfo=dt.UTC)
    hold_back(on, EHF, EMAIL, LETTER)

    async def script() -> None:
        await on.start("intake", on.loop.now())
        on.faults.order("arrival", "a page of the list", times=3)
        await on.start("intake", scene.at(MONDAY, dt.time(10, 30)))
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert len(on.world.factoring.state.entries) == 12


@pytest.mark.parametrize("tampering", sorted({*faults.PAGE} - {"arrival"}))
def test_a_list_in_disorder_loses_and_doubles_nothing(stage: Stage, tampering: str) -> None:
    """Null cursors, rows twice while others are missing, and pages in another order."""
    on = stage(EHF, EMAIL, LETTER, *OTHERS)
    on.world.page_size = 4

    async def script() -> None:
        on.faults.order(tampering, "a page of the list", times=30)
        await on.start("intake", on.loop.now())
        await on.start("intake", scene.at(MONDAY, dt.time(10, 30)))
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert on.faults.happened[tampering], "nothing was tampered with"
    assert len(on.world.factoring.state.entries) == 12


def test_a_cached_429_holds_nothing_but_its_own_key(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idempotency layer kept the first answer for a key, a 429, and replayed it to every later attempt for a while."""
    monkeypatch.setattr(sending.Order.__init__, "__kwdefaults__", {**_DEFAULTS, "block": 3})
    on = stage(EHF, EMAIL, LETTER, *OTHERS)
    sent, book = on.world.access_point.state.messages, on.world.access_point.book

    async def script() -> None:
        hold_back(on, *OTHERS[6:])
        cached = sandbox_faults.Fault(kind="throttled_key", method="PUT", path="/messages/", times=10_000)
        book.add(cached)
        assert await on.start("intake", on.loop.now()) == "Completed"
        assert "1 planlagt og ikke sendt ennå" in on.log.lines[-1], "the run says what it left"
        assert book.statuses[429] >= 4, "each attempt with the key met the answer that was kept"
        of_key = [number for (number, purpose), state in on.states().items() if (purpose, state) == ("distribute", "planned")]
        assert (len(of_key), len(sent)) == (1, 6), "the other EHFs of this block and all later ones left"
        for _ in OTHERS[6:]:
            on.world.arrive()
        await on.until(scene.at(MONDAY, dt.time(10, 30)))
        assert await on.start("intake", scene.at(MONDAY, dt.time(10, 30))) == "Completed"
        assert (on.states()[of_key[0], "distribute"], len(sent)) == ("planned", 9)
        assert cached.key not in {f"/messages/{key}" for key in sent}
        book.clear()
        await on.settle_down()
        assert cached.key in {f"/messages/{key}" for key in sent}

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert len(sent) == 10


def test_a_counterpart_that_wants_us_to_slow_down_is_left_in_peace(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 429 to everybody is about us: what is begun respects Retry-After, and the rest is not tried in this attempt."""
    monkeypatch.setattr(sending.Order.__init__, "__kwdefaults__", {**_DEFAULTS, "block": 3})
    on = stage(EHF, EMAIL, LETTER, *OTHERS)

    async def script() -> None:
        on.faults.order("throttled", "PUT access-point.example/messages/", times=400)
        assert await on.start("intake", on.loop.now()) == "Failed"
        asked = {one.what for one in on.world.departures if one.target == "ehf"}
        assert 1 < len(asked) <= 6, "two blocks had begun when the first one's answers were known"
        assert on.states()[str(EHF), "distribute"] == "planned"
        assert not on.world.access_point.state.messages
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert len(on.world.access_point.state.messages) == 10


def test_nothing_read_is_not_taken_as_deleted(stage: Stage) -> None:
    """An empty list with status 200 made others remove everything that they held."""
    on = stage(EHF, EMAIL, LETTER)

    async def script() -> None:
        on.faults.order("throttled", "POST factoring.example/ledger/", times=60)
        await on.start("intake", on.loop.now())
        assert states(on, "book") == {"planned"}
        kept = dict(on.world.client.invoices)
        on.world.client.invoices.clear()
        await on.start("intake", scene.at(MONDAY, dt.time(10, 30)))
        assert states(on, "book") <= {"planned", "accepted"}
        on.world.client.invoices.update(kept)
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert states(on, "write_back") == {"accepted"}


def test_a_long_weekend_of_missed_slots_made_good_at_once_delivers_once(stage: Stage) -> None:
    """After Easter a scheduler ran all the slots that it had missed at the same time, and every payment was registered twice."""
    before_easter = dt.date(2026, 3, 31)
    on = stage(EHF, EMAIL, LETTER, *OTHERS, base=before_easter)

    async def script() -> None:
        missed = [(scene.at(day, time), flow) for day in scene.days(before_easter, 3) for time, flow in scene.SLOTS]
        await on.until(missed[-1][0] + dt.timedelta(hours=1))
        ended = await asyncio.gather(*(on.start(flow, when) for when, flow in missed * 2))
        assert ended.count("NotAWorkingDay") == 2 * 3 * len(scene.SLOTS)
        assert ended.count("AlreadyRun") >= 9
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert len(on.world.factoring.state.entries) == 12
    assert len(on.world.mail.messages) == 1


def test_no_guard_locks_for_ever(stage: Stage) -> None:
    """A lock file of a dead process kept an export from running for weeks, and nobody was told whose it was."""
    on = stage(EHF, EMAIL, LETTER)

    async def script() -> None:
        on.faults.order("death", "POST factoring.example/ledger/")
        assert await on.start("intake", on.loop.now()) is None
        assert await on.start("intake", on.loop.now(), auto_scheduled=False) == "AlreadyRun"
        await on.until(on.loop.now() + runs.LEASE + dt.timedelta(seconds=1))
        assert await on.start("intake", on.loop.now(), auto_scheduled=False) == "Completed", "a dead run's lease ends by itself"
        ledger = connect.open_ledger()
        stops.record(ledger, counterparts.TENANT, "write_back", why="feil KID", owner="Kari", at=on.loop.now())
        for day in scene.days(TUESDAY, 4):
            await on.until(scene.at(day, dt.time(15, 30)))
            assert await on.start("writeback", on.loop.now()) == "Completed"
            assert "Kari stanset" in on.log.lines[-1], "every run says who stopped it, and why"
        assert states(on, "write_back") == {"planned"}
        (late,) = watching.find_past_review(ledger, counterparts.TENANT, on.loop.now())
        assert (late.owner, late.why) == ("Kari", "feil KID")
        stops.record_release(ledger, counterparts.TENANT, "write_back", why="rettet", by="Kari", at=on.loop.now())
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    assert states(on, "write_back") == {"accepted"}
