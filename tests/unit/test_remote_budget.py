"""The rate budget in one process: who is served, what cancelling, dying and a broken store do to it."""

from __future__ import annotations

import asyncio
import pathlib
import time

import pytest

from fakturabro.remote import errors, rate_store, rates


@pytest.fixture
def store(tmp_path: pathlib.Path) -> rate_store.RateStore:
    return rate_store.RateStore(f"sqlite:///{tmp_path}/deep/er/rates")


async def use(budget: rates.RateBudget, seconds: float = 0.0) -> float:
    async with budget.slot():
        began = time.monotonic()
        await asyncio.sleep(seconds)
    return began


async def test_a_slot_rests_for_a_second_after_its_answer(store: rate_store.RateStore) -> None:
    async with rates.RateBudget(store, "x", 1) as budget:
        first = await use(budget, 0.3)
        assert await use(budget) - first >= 1.3


async def test_calls_one_after_the_other_do_not_wait_for_the_store(store: rate_store.RateStore) -> None:
    async with rates.RateBudget(store, "x", 40) as budget:
        began = time.monotonic()
        for _ in range(30):
            await use(budget, 0.005)
        assert time.monotonic() - began < 0.9


async def test_budgets_of_one_name_share_and_of_two_names_do_not(store: rate_store.RateStore) -> None:
    async with (
        rates.RateBudget(store, "x", 3) as one,
        rates.RateBudget(store, "x", 3) as two,
        rates.RateBudget(store, "y", 3) as other,
    ):
        began = time.monotonic()
        starts = sorted(await asyncio.gather(*(use(budget) for budget in (one, two) for _ in range(2))))
        assert starts[2] - began < 0.5
        assert starts[3] - began >= 1.0
        assert await use(other) - time.monotonic() < 0.5


async def test_callers_who_gave_up_cost_no_slot(store: rate_store.RateStore) -> None:
    async with rates.RateBudget(store, "x", 2) as budget:
        first = await asyncio.gather(use(budget), use(budget))
        impatient = [asyncio.create_task(use(budget)) for _ in range(20)]
        await asyncio.sleep(0.3)
        for task in impatient:
            task.cancel()
        await asyncio.gather(*impatient, return_exceptions=True)
        assert await use(budget) - first[0] < 1.6


async def test_a_slot_is_given_back_when_the_call_fails(store: rate_store.RateStore) -> None:
    async with rates.RateBudget(store, "x", 1) as budget:
        with pytest.raises(ValueError, match="no"):
            async with budget.slot():
                raise ValueError("no")
        async with asyncio.timeout(2):
            await use(budget)


async def test_closing_gives_everything_back(store: rate_store.RateStore) -> None:
    async with rates.RateBudget(store, "x", 2) as budget:
        await use(budget)
    await asyncio.sleep(1.1)
    assert len(store.exchange("x", 2, give=[], take=5, horizon=0.0)) == 2


def test_a_process_that_died_gives_its_slots_back_after_the_lease(tmp_path: pathlib.Path) -> None:
    clock = [50.0]
    store = rate_store.RateStore(f"sqlite:///{tmp_path}/rates", clock=lambda: clock[0])
    lost = store.exchange("x", 2, give=[], take=2, horizon=0.0)
    assert len(lost) == 2
    clock[0] += rate_store.LEASE - 0.1
    assert store.exchange("x", 2, give=[], take=2, horizon=0.0) == []
    clock[0] += 0.2
    again = store.exchange("x", 2, give=[], take=2, horizon=0.0)
    assert len(again) == 2
    # The dead one was only slow: what it gives back late must not free the slots of those who have them now.
    store.exchange("x", 2, give=[(taken, 0.0) for taken, _ in lost], take=0, horizon=0.0)
    assert store.exchange("x", 2, give=[], take=2, horizon=0.0) == []


def test_a_machine_that_was_started_anew_waits_for_nothing(tmp_path: pathlib.Path) -> None:
    clock = [900_000.0]
    store = rate_store.RateStore(f"sqlite:///{tmp_path}/rates", clock=lambda: clock[0])
    store.exchange("x", 2, give=[], take=2, horizon=0.0)
    clock[0] = 12.0
    assert [wait for _, wait in store.exchange("x", 2, give=[], take=2, horizon=0.0)] == [0.0, 0.0]


async def test_a_long_call_keeps_its_slot(store: rate_store.RateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_store, "LEASE", 0.6)
    async with rates.RateBudget(store, "x", 1) as slow, rates.RateBudget(store, "x", 1) as other:
        holder = asyncio.create_task(use(slow, 1.5))
        await asyncio.sleep(0.1)
        assert await use(other) - await holder >= 2.5


async def test_a_store_that_fails_says_so_to_every_caller(tmp_path: pathlib.Path) -> None:
    (tmp_path / "rates").write_bytes(b"this is no database at all" * 100)
    async with rates.RateBudget(rate_store.RateStore(f"sqlite:///{tmp_path}/rates"), "x", 5) as budget:
        found = await asyncio.gather(*(use(budget) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [rate_store.RateStoreError] * 3
    assert isinstance(found[0], errors.Unavailable)
    assert "kan den slettes" in str(found[0])


async def test_a_store_without_a_place_says_so(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    async with rates.RateBudget(rate_store.RateStore(f"sqlite:///{tmp_path}/file/rates"), "x", 5) as budget:
        with pytest.raises(rate_store.RateStoreError):
            await use(budget)
