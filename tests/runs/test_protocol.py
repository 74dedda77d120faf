"""What must not leave does not: stops within one document, a journal that cannot be written; and what runs show of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import operations, stops, tables
from fakturabro.ledger.journal import sendings as journal
from fakturabro.systems.access_point import client as access_points
from sandboxes import faults
from tasks import clock, connect, held, runs, selections, sending


def stop(scope: str) -> None:
    ledger = connect.open_ledger()
    stops.record(ledger, "nidelven", scope, why="feil i malen", owner="Kari", at=clock.now())
    ledger.close()


def release(scope: str) -> None:
    ledger = connect.open_ledger()
    stops.record_release(ledger, "nidelven", scope, why="rettet", by="Kari", at=clock.now())
    ledger.close()


@pytest.mark.parametrize("scope", ["", "distribute", "ehf"])
async def test_what_is_stopped_stays_planned_and_goes_when_it_is_released(scope: str, site: Any) -> None:
    site.keep_only(5002)
    stop(scope)
    await site.intake()
    assert site.boxes.access_point.state.messages == {}
    assert site.states(5002)["book"] == ("accepted" if scope else "planned")
    release(scope)
    await site.intake()
    assert len(site.boxes.access_point.state.messages) == 1


async def test_a_stop_counts_within_one_document(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time: the stop comes when the third is about to leave. It does not, though all were reserved."""
    monkeypatch.setattr(sending, "WIDTH", 1)
    real, sent = access_points.AccessPoint.send, list[object]()

    async def send(self: Any, message_id: Any, **what: Any) -> Any:
        sent.append(message_id)
        if len(sent) == 3:
            await asyncio.to_thread(stop, "ehf")
        return await real(self, message_id, **what)

    monkeypatch.setattr(access_points.AccessPoint, "send", send)
    await site.intake()
    assert len(site.boxes.access_point.state.messages) == 2
    with site.engine.connect() as connection:
        states = connection.execute(sa.select(tables.delivery.c.state).where(tables.delivery.c.target == "ehf")).scalars().all()
    assert (states.count("accepted"), states.count("planned"), len(states) > 6) == (2, len(states) - 2, True)


async def test_a_journal_that_cannot_be_written_lets_nothing_leave(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002)

    def full(*_: Any, **__: Any) -> None:
        raise journal.JournalError("Disken er full.")

    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "reserve", full)
        assert "Disken er full." in (await site.intake()).message
    assert site.boxes.factoring.state.entries == {}
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "left", full)
        assert (await site.intake()).is_failed()
    assert (site.boxes.factoring.state.entries, site.states(5002)["book"]) == ({}, "planned")
    assert (await site.intake()).is_completed()
    assert len(site.boxes.factoring.state.entries) == 1


async def test_every_block_stands_in_the_journal_before_it_leaves(site: Any) -> None:
    site.keep_only(5002, 5003)
    await site.intake()
    assert connect.open_journal().verify() == []
    with site.engine.connect() as connection:
        known = connection.execute(sa.select(sa.func.count()).select_from(operations.journal_line)).scalar_one()
    assert known == 3  # one block of two bookings, one EHF, one e-mail


async def test_a_dry_run_shows_what_would_happen_to_each_document(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002, 5003, 5024)
    tables_left: list[Any] = []

    async def keep(key: str, _slot: Any, rows: Any, _description: str) -> None:
        tables_left.append((key, rows))

    monkeypatch.setattr(runs, "table", keep)
    ended = await site.intake(dry_run=True)
    assert "1 venter på klienten" in ended.message and "3 ville blitt bokført" in ended.message
    ((key, rows),) = tables_left
    assert (key, [row["Ville skjedd"] for row in rows]) == (
        "dry-run",
        ["bokføres, sendes"] * 2 + ["bokføres, holdes tilbake (utsending)"],
    )
    assert [bool(row["Hvorfor"]) for row in rows] == [False, False, True]
    assert site.boxes.factoring.state.entries == {}


async def test_single_documents_can_be_taken_in_and_written_back(site: Any) -> None:
    site.keep_only(5002, 5003, 5019)
    await site.intake(selection=selections.Selection(numbers=(5003,)))
    assert len(site.boxes.factoring.state.entries) == 1
    await site.intake()
    assert "1 skrevet tilbake" in (await site.writeback(selection=selections.Selection(numbers=(5002,)))).message
    late = selections.Selection(first_date=dt.date(2030, 1, 1))
    assert "skrevet tilbake" not in (await site.writeback(selection=late)).message
    assert "2 skrevet tilbake" in (await site.writeback(selection=selections.Selection(first_number=5003))).message


async def test_a_document_that_changed_after_it_was_sent_is_reported_and_not_sent_again(site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    site.invoice(5002).customer_email = "ny@kunde.example"
    assert "1 endret i PowerOffice etter utsending" in (await site.intake()).message
    assert len(site.boxes.access_point.state.messages) == 1
    assert "endret" not in (await site.intake()).message


async def test_a_booking_in_doubt_holds_up_no_other_and_stands_in_the_table(site: Any) -> None:
    site.keep_only(5002)
    site.boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST", path="/ledger", times=1))
    await site.intake()
    ledger = connect.open_ledger()
    assert [row["Status"] for row in held.find_rows(ledger, "nidelven")[0]] == ["Uavklart"]
    ledger.close()
