"""A bank day with the ledger on PostgreSQL, and what happens there when runs and people come at the same moment."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import datetime as dt
import pathlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakturabro.systems.bank import outbox
from flows import bank as flows
from tasks import clock, run_context, runs
from tests.runs import banked, creditor
from tests.runs.conftest import plain
from tests.runs.payer import DUE, order, remittance

_run: contextvars.ContextVar[str] = contextvars.ContextVar("run")
PAID = {"F1": "accepted", "F2": "accepted"}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that begin at one moment have names of their own, as Prefect's have."""
    real = run_context.run_id
    monkeypatch.setattr(run_context, "run_id", lambda: _run.get("") or real())


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, migrated_postgres: str) -> Iterator[banked.Banked]:
    monkeypatch.setenv("FAKTURABRO_LEDGER_URL", migrated_postgres)
    made = banked.Banked(tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


@pytest.fixture
def paid(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, migrated_postgres: str) -> Iterator[creditor.Creditor]:
    monkeypatch.setenv("FAKTURABRO_LEDGER_URL", migrated_postgres)
    made = creditor.Creditor(tmp_path, monkeypatch)
    yield made
    made.close()


def leave(site: banked.Banked) -> None:
    site.leave("lev.xml", remittance("M1", [order(), order("F2", "99.50")]))


def at_bank(site: banked.Banked) -> Counter[str]:
    """How often the bank was asked for each payment."""
    site.sandbox.take()
    return Counter(one.end_to_end_id for one in site.sandbox.orders)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """What each gave; they begin at the same moment, in threads with connections of their own."""
    barrier = threading.Barrier(len(calls))

    def call(one: Callable[[], Any]) -> Any:
        barrier.wait(30)
        return one()

    with plain(), concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def running(flow: Any, site: Any) -> Callable[[], Any]:
    """A run of its own name."""

    async def run() -> Any:
        _run.set(f"run-{threading.get_ident()}-{clock.now()}")
        return await flow.fn("nidelven", site.chosen)

    return lambda: asyncio.run(run())


async def test_a_day(site: banked.Banked) -> None:
    """More than is copied in bulk, with some that are refused and one that comes back."""
    many = [order(f"F{at}", f"{at}.00") for at in range(1, 206)]
    site.leave("lev.xml", remittance("M1", many))
    assert (await site.pay()).is_completed() and set(site.states().values()) == {"accepted"}
    site.sandbox.take()
    site.sandbox.refuse("M1", "F7")
    site.sandbox.approve("M1")
    said = await site.hear()
    assert said.is_failed() and "Banken avviste én betaling" in said.message
    await site.next_day(DUE + dt.timedelta(days=1))
    said = await site.hear()
    assert said.is_completed() and Counter(site.stages().values()) == {"executed": 204, "rejected": 1}, said.message
    assert set(site.told().values()) == {"accepted"} and site.faults() == []
    assert (await site.hear()).message == "Ingenting å gjøre"


async def test_runs_at_the_same_moment_pay_once(site: banked.Banked) -> None:
    leave(site)
    ended = await asyncio.to_thread(together, *[running(flows.remittance, site)] * 4)
    assert sorted(one.name for one in ended) == ["AlreadyRun"] * 3 + ["Completed"], ended
    assert site.states() == PAID and at_bank(site) == Counter(["F1", "F2"]) and site.faults() == []


async def test_a_run_that_lost_its_lease_in_mid_hand_over_pays_nothing_twice(
    site: banked.Banked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands still between the journal and the folder, for so long that another one does all of it; then it goes on."""
    real, late = outbox.Outbox.deliver, list[str]()

    def deliver(self: Any, name: str, content: Any) -> Any:
        late.append(name)
        if len(late) == 1:
            site.at(clock.now() + runs.LEASE + dt.timedelta(minutes=20))
            other = together(running(flows.remittance, site))[0]
            late.append(other.name)
        return real(self, name, content)

    monkeypatch.setattr(outbox.Outbox, "deliver", deliver)
    leave(site)
    try:
        ended = await site.pay()
        assert ended.is_failed(), ended.message
    except Exception as error:  # its answer finds nothing that is still on its way
        assert "were no longer sending" in str(error)
    assert late == ["P001.M1.xml", "P001.M1.xml", "Completed"]
    await site.pay()
    assert site.states() == PAID and at_bank(site) == Counter(["F1", "F2"]) and site.faults() == []


async def test_an_answer_while_a_run_reads_it_counts_once(site: banked.Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    with banked.approver(monkeypatch) as answer:
        site.drop("lev.xml", remittance("M1", [order(), order("F2", "99.50")]))
        await site.pay()
        await asyncio.to_thread(together, running(flows.remittance, site), lambda: asyncio.run(_answer(answer)))
        site.at(site.now + dt.timedelta(minutes=20))
        await site.pay()
    assert site.states() == PAID and at_bank(site) == Counter(["F1", "F2"]) and site.faults() == []


async def _answer(answer: Any) -> None:
    await answer("approved")


async def test_what_comes_in_is_posted_once_whoever_runs(paid: creditor.Creditor) -> None:
    rows = [(number, 10_000 + number) for number in range(1, 206)]
    paid.owe(*rows)
    content = creditor.ocr(creditor.payment(number, creditor.kid_of(number), amount) for number, amount in rows)
    for name in ("OCR1", "OCR2"):
        paid.leave(name, content)
    ended = await asyncio.to_thread(together, *[running(flow, paid) for flow in (flows.incoming_payments, flows.statements)] * 2)
    assert Counter(one.name for one in ended) == {"Completed": 2, "AlreadyRun": 2}, ended
    await paid.take()
    assert len(paid.posted()) == 205 and paid.open_at_company() == {} and paid.standings() == {"matched": 205}
    assert paid.worth_at_company() * 100 == paid.owed() == sum(amount for _, amount in rows)
