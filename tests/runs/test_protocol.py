"""What must not leave does not: stops within one document, locks, a journal that cannot be written; and what runs show of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from typing import Any

import pytest
import sqlalchemy as sa

from console import recovering
from fakturabro.ledger import journal, operations, recovery, stops, tables
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
    """One at a time: the stop comes while the third is on its way, and no fourth follows, though all were reserved."""
    monkeypatch.setattr(sending, "WIDTH", 1)
    real, sent = access_points.AccessPoint.send, list[object]()

    async def send(self: Any, message_id: Any, **what: Any) -> Any:
        sent.append(message_id)
        if len(sent) == 3:
            await asyncio.to_thread(stop, "ehf")
        return await real(self, message_id, **what)

    monkeypatch.setattr(access_points.AccessPoint, "send", send)
    await site.intake()
    assert len(site.boxes.access_point.state.messages) == 3
    with site.engine.connect() as connection:
        states = connection.execute(sa.select(tables.delivery.c.state).where(tables.delivery.c.target == "ehf")).scalars().all()
    assert (states.count("accepted"), states.count("planned"), len(states) > 6) == (3, len(states) - 3, True)


@pytest.fixture
async def restored(site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A site whose documents all left, then its ledger was restored from before that; a quarter of an hour has passed."""
    site.keep_only(5002, 5003, 5005, 5019)
    copy = site.folder / "yesterday.db"
    site.engine.dispose()
    shutil.copy(site.folder / "ledger.db", copy)
    await site.intake()
    for suffix in ("-wal", "-shm"):
        (site.folder / f"ledger.db{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, site.folder / "ledger.db")
    with pytest.raises(recovery.LockedError, match="fakturabro recover nidelven"):
        await site.intake()
    later, real = recovery.ON_ITS_WAY + dt.timedelta(minutes=1), clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + later)
    return site


def standing(site: Any) -> tuple[int, ...]:
    held_there = (site.boxes.factoring.state.entries, site.boxes.access_point.state.messages, site.boxes.mail.state.messages)
    return (*map(len, held_there), len(site.letters()))


async def test_a_restored_ledger_sends_nothing_twice_and_writes_back_what_it_sent(restored: Any) -> None:
    before = standing(restored)
    assert await asyncio.to_thread(recovering.recover, ["nidelven"]) == 0
    await restored.intake()
    await restored.intake()
    assert standing(restored) == before == (4, 2, 1, 1)
    assert [restored.states(number)["book"] for number in (5002, 5003, 5005, 5019)] == ["accepted"] * 4
    states = [restored.states(number)["distribute"] for number in (5002, 5003, 5005, 5019)]
    assert states == ["accepted", "in_doubt", "accepted", "accepted"]
    assert (await restored.writeback()).is_completed()
    assert [restored.invoice(number).is_delivered for number in (5002, 5003, 5005, 5019)] == [True, False, True, True]
    assert restored.invoice(5019).pdf.startswith(b"%PDF")


async def test_what_a_restored_ledger_finds_absent_is_made_and_sent_again(restored: Any) -> None:
    """The partner never got one of them; of the other not even its booking arrived. KID, recipient and PDF are gone."""
    messages, entries = restored.boxes.access_point.state.messages, restored.boxes.factoring.state.entries
    by_number = {f"<cbc:ID>{number}</cbc:ID>".encode(): number for number in (5002, 5005)}
    sent = {number: key for key, one in messages.items() for text, number in by_number.items() if text in one.body}
    messages.clear()
    del entries[next(key for key, one in entries.items() if one.entry.number == "5005")]
    assert await asyncio.to_thread(recovering.recover, ["nidelven"]) == 0
    for _ in range(3):
        await restored.intake()
    assert {key for key in messages} == set(sent.values())
    assert standing(restored) == (4, 2, 1, 1)
    assert (await restored.writeback()).is_completed()
    assert restored.states(5005) == dict.fromkeys(("book", "distribute", "write_back"), "accepted") == restored.states(5002)


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
    site.keep_only(5002, 5003)
    tables_left: list[Any] = []

    async def keep(key: str, _slot: Any, rows: Any, _description: str) -> None:
        tables_left.append((key, rows))

    monkeypatch.setattr(runs, "table", keep)
    ended = await site.intake(dry_run=True)
    assert "2 ville blitt bokført" in ended.message
    ((key, rows),) = tables_left
    assert (key, [row["Ville skjedd"] for row in rows]) == ("dry-run", ["bokføres, sendes", "bokføres, sendes"])
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
    assert [row["Status"] for row in held.find_rows(ledger, "nidelven")] == ["Uavklart"]
    ledger.close()
