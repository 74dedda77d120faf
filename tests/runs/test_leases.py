"""Leases: a heart that misses a beat, a run that stood still, the second attempt of a dead one, dry runs."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import types
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.ledger import slots, tables
from fakturabro.systems.access_point import client as access_points
from tasks import clock, run_context, runs, sending
from tasks.debtors import distribution
from tests.runs import conftest, test_protocol


async def test_a_ledger_that_is_away_for_one_beat_costs_no_lease(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_BEAT", dt.timedelta(seconds=0.02))
    real, beats = slots.renew, list[object]()

    def renew(*args: Any) -> bool:
        beats.append(args)
        if len(beats) == 1:
            raise exc.OperationalError("update", None, Exception("the ledger is away"))
        return real(*args)

    monkeypatch.setattr(slots, "renew", renew)
    async with runs.slot("nidelven", "invoice_intake", moves=("book",), dry_run=False):
        await asyncio.sleep(0.3)
        assert len(beats) > 3


async def test_a_run_that_lost_its_slot_sends_no_more_and_nothing_twice(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first of many EHFs is on its way, the run stands still for so long that another one does all the work."""
    monkeypatch.setattr(sending, "WIDTH", 1)
    site.keep_only(5002, 5005, 5006, 5009, 5010)
    real_send, real_now, sent = access_points.AccessPoint.send, clock.now, list[str]()

    async def send(self: Any, message_id: Any, **what: Any) -> Any:
        sent.append(str(message_id))
        if len(sent) == 1:
            monkeypatch.setattr(clock, "now", lambda: real_now() + runs.LEASE + dt.timedelta(minutes=1))
            assert (await site.intake()).is_completed()
        return await real_send(self, message_id, **what)

    monkeypatch.setattr(access_points.AccessPoint, "send", send)
    try:
        late = await site.intake()
        assert late.is_failed()
        assert "har mistet luken" in late.message
    except Exception as error:  # or its answers find nothing that is still on its way
        assert "were no longer sending" in str(error)
    assert len(site.boxes.access_point.state.messages) == len(set(sent)) == len(sent) - 1, "only the first went out by both"


async def test_the_second_attempt_of_a_dead_run_settles_what_the_first_left(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefect's Retry keeps the run's id: what the first attempt left in `sending` must not count as ours."""
    site.keep_only(5002)
    attempt = 1

    def context() -> Any:
        run = types.SimpleNamespace(expected_start_time=None, auto_scheduled=False, id="the-same", run_count=attempt)
        return types.SimpleNamespace(flow_run=run)

    async def nothing(*_: Any, **__: Any) -> None:
        """No Prefect server, no artifacts."""

    monkeypatch.setattr(runs.prefect.context.FlowRunContext, "get", staticmethod(context))
    monkeypatch.setattr(runs, "_leave", nothing)
    monkeypatch.setattr(run_context, "logger", lambda: logging.getLogger("fakturabro"))
    test_protocol.stop("ehf")
    await site.intake()
    dead = sa.update(tables.delivery).where(tables.delivery.c.purpose == "distribute", tables.delivery.c.state == "planned")
    with site.engine.begin() as connection:
        assert connection.execute(dead.values(state="sending", run="the-same")).rowcount == 1
        connection.execute(sa.update(tables.slot).values(run="the-same", until=clock.now() - dt.timedelta(seconds=1)))
    test_protocol.release("ehf")
    attempt = 2
    assert (await site.intake()).is_completed()
    assert site.states(5002)["distribute"] == "accepted"
    assert len(site.boxes.access_point.state.messages) == 1


async def test_a_dry_run_with_other_rules_changes_nothing_while_a_real_one_goes_on(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keep_only(5024)
    await site.intake()
    assert site.states(5024)["distribute"] == "held"
    loose = conftest.make_options(
        rules={"overrides": [{"code": "missing_postal_address", "severity": "info", "holds": [], "reason": "Prøve"}]}
    )
    real, said = distribution.choose_channels.fn, list[str]()

    async def meanwhile(batch: Any, options: Any) -> Any:
        if not batch.slot.dry_run:
            ended = await site.intake(options=loose, dry_run=True)
            assert ended.is_failed()
            said.append(ended.message)
        return await real(batch, options)

    monkeypatch.setattr(distribution.choose_channels, "fn", meanwhile)
    await site.intake()
    assert "En vanlig kjøring for nidelven pågår, og prøvekjøringen er avbrutt." in said[0]
    assert site.states(5024)["distribute"] == "held"
    assert site.letters() == []


async def test_a_stop_holds_back_the_report_of_channels_too(site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    (entry,) = site.boxes.factoring.state.entries.values()
    assert entry.channel == "ehf"
    entry.channel = "none"
    with site.engine.begin() as connection:
        connection.execute(sa.update(tables.booking).values(channel=None))
    test_protocol.stop("")
    await site.intake()
    assert entry.channel == "none"
    test_protocol.release("")
    await site.intake()
    assert entry.channel == "ehf"
