"""A ledger restored from a backup, with the real counterparts: nothing is sent twice, and every document is known again."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from console import recovering, showing
from fakturabro.ledger import audits, lives, opened, settings, stops, tables
from fakturabro.ledger.journal import recovery
from sandboxes import faults
from tasks import clock, connect, stopping
from tests.runs.restoring import alarmed, back_up, recover
from tests.unit import test_lives

ROOT = pathlib.Path(__file__).parent.parent.parent
DONE = dict.fromkeys(("book", "distribute", "write_back"), "accepted")


@pytest.fixture
async def restored(site: Any, later: Callable[[], None]) -> Any:
    """A site whose documents all left, then its ledger was restored from before that; a quarter of an hour has passed."""
    site.keep_only(5002, 5003, 5005, 5019)
    put_back = back_up(site)
    await site.intake()
    put_back()
    with pytest.raises(recovery.LockedError, match="fakturabro recover nidelven"):
        await site.intake()
    later()
    return site


def standing(site: Any) -> tuple[int, ...]:
    held_there = (site.boxes.factoring.state.entries, site.boxes.access_point.state.messages, site.boxes.mail.state.messages)
    return (*map(len, held_there), len(site.letters()))


async def test_a_restored_ledger_sends_nothing_twice_and_writes_back_what_it_sent(restored: Any) -> None:
    before = standing(restored)
    assert await recover() == 0
    await restored.intake()
    await restored.intake()
    assert standing(restored) == before == (4, 2, 1, 1)
    for number in (5002, 5003, 5005, 5019):
        assert restored.states(number) == {**DONE, "write_back": "waiting"}
    assert (await restored.writeback()).is_completed()
    assert all(restored.invoice(number).is_delivered for number in (5002, 5003, 5005, 5019))
    assert restored.invoice(5019).pdf.startswith(b"%PDF")


async def test_what_a_restored_ledger_finds_absent_is_made_and_sent_again(restored: Any) -> None:
    """The partner never got one of them; of the other not even its booking arrived. KID, recipient and PDF are gone."""
    messages, entries = restored.boxes.access_point.state.messages, restored.boxes.factoring.state.entries
    by_number = {f"<cbc:ID>{number}</cbc:ID>".encode(): number for number in (5002, 5005)}
    sent = {number: key for key, one in messages.items() for text, number in by_number.items() if text in one.body}
    messages.clear()
    del entries[next(key for key, one in entries.items() if one.entry.number == "5005")]
    assert await recover() == 0
    for _ in range(3):
        await restored.intake()
    assert {key for key in messages} == set(sent.values())
    assert standing(restored) == (4, 2, 1, 1)
    assert (await restored.writeback()).is_completed()
    assert restored.states(5005) == DONE == restored.states(5002)


@pytest.fixture
async def delivered(site: Any, later: Callable[[], None]) -> Any:
    """A site whose documents (an EHF, an e-mail) were delivered for good, and the ledger is from before they came."""
    site.keep_only(5002, 5003)
    put_back = back_up(site)
    await site.intake()
    assert "2 skrevet tilbake" in (await site.writeback()).message
    put_back()
    later()
    return site


async def test_what_was_delivered_for_good_is_known_again(delivered: Any) -> None:
    """Also what only the list of delivered invoices shows any more."""
    before = standing(delivered)
    delivered.invoice(5003).delivery_type = "Print"
    assert await recover() == 0
    assert delivered.states(5002) == DONE == delivered.states(5003)
    assert alarmed() == []
    assert (await delivered.intake()).is_completed()
    assert (await delivered.writeback()).is_completed()
    assert (standing(delivered), delivered.states(5002), delivered.states(5003)) == (before, DONE, DONE)
    ledger = connect.open_ledger()
    assert showing.show(ledger, "nidelven", "5002", "kari").document["number"] == "5002"
    assert audits.find_faults(ledger, "nidelven") == []
    ledger.close()


async def test_what_a_certificate_could_not_know_yet_is_no_forgery(restored: Any, tmp_path: pathlib.Path) -> None:
    """The writeback certifies what left before the ledger was restored; recipients and PDFs are made again after that."""
    assert await recover() == 0
    assert "lages i neste inntak" in (await restored.writeback()).message
    assert (await restored.intake()).is_completed()
    ledger = connect.open_ledger()
    assert len(proven_recipients(ledger, 5003)) == 0
    for number in (5002, 5003, 5005, 5019):
        showing.show(ledger, "nidelven", str(number), "kari", tmp_path / f"{number}.zip")
        test_lives.unpack(tmp_path / f"{number}.zip", tmp_path / str(number))
        assert [one.stdout for one in test_lives.check_as_told(tmp_path / str(number)) if one.returncode] == []
    assert audits.find_faults(ledger, "nidelven") == []
    with ledger.writing() as connection:
        connection.exec_driver_sql("update delivery set run = 'forged' where purpose = 'distribute' and id % 2 = 0")
    assert {one.code for one in audits.find_faults(ledger, "nidelven")} == {"counted"}
    ledger.close()


async def test_what_this_ledger_sent_is_certified_with_its_recipient(site: Any) -> None:
    site.keep_only(5002, 5003, 5019)
    await site.intake()
    ledger = connect.open_ledger()
    for number in (5002, 5003, 5019):  # an EHF, an e-mail, a letter
        assert proven_recipients(ledger, number) == ["recipient/2026-11"]
    ledger.close()


def proven_recipients(ledger: opened.Ledger, number: int) -> list[str]:
    """The parts of the proofs of a document that say who got it."""
    (document_id,) = lives.find(ledger, "nidelven", str(number))
    return [part for one in lives.read(ledger, "nidelven", document_id).chain for part in one.get("row", ()) if "recip" in part]


async def test_an_answer_of_the_journal_counts_where_nobody_can_look_and_says_where_it_is_from(delivered: Any) -> None:
    assert await recover() == 0
    log, document, delivery = tables.transfer_log, tables.document, tables.delivery
    query = (
        sa.select(log.c.outcome, log.c.detail)
        .join(delivery, delivery.c.id == log.c.delivery_id)
        .join(document, document.c.id == delivery.c.document_id)
        .where(document.c.number == "5003", delivery.c.purpose == "distribute")
    )
    with delivered.engine.connect() as connection:
        ((outcome, detail),) = connection.execute(query).all()
        days = set(connection.execute(sa.select(delivery.c.settled_on)).scalars())
    assert outcome == "accepted"
    assert detail.startswith("Fra sendejournalen, linje 000001.000001.")
    assert None not in days


async def test_a_source_that_is_away_keeps_no_lock_but_fails_the_runs_and_is_an_alarm(
    delivered: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    book = delivered.boxes.poweroffice.v1_book
    book.add(faults.Fault(kind="error", method="GET", path="/Factoring", times=1_000))
    assert await recover() == 0
    assert "6 levering(er) for nidelven gikk ut" in capsys.readouterr().out
    assert (await delivered.intake()).is_failed()
    assert alarmed() == [("claims.standing", "nidelven")]
    book.clear()
    assert (await delivered.intake()).is_completed()
    assert alarmed() == []
    assert (await delivered.intake()).is_completed()
    assert (await delivered.writeback()).is_completed()
    assert delivered.states(5002) == DONE == delivered.states(5003)


async def test_what_is_gone_at_the_source_fails_every_run_until_it_is_there_again(delivered: Any) -> None:
    invoices = delivered.boxes.poweroffice.state.clients[delivered.client["client_key"]].invoices
    (key,) = [key for key, one in invoices.items() if one.number == 5003]
    gone = invoices.pop(key)
    assert await recover() == 0
    assert delivered.states(5002) == DONE
    for _ in range(2):
        ended = await delivered.intake()
        assert ended.is_failed()
        assert "3 levering(er) for nidelven gikk ut før hovedboken ble lagt tilbake" in ended.message
    assert alarmed() == [("claims.standing", "nidelven")]
    invoices[key] = gone
    assert (await delivered.intake()).is_completed()
    assert alarmed() == []


async def test_what_never_comes_again_is_given_up_by_somebody_with_a_reason(delivered: Any) -> None:
    invoices = delivered.boxes.poweroffice.state.clients[delivered.client["client_key"]].invoices
    del invoices[next(key for key, one in invoices.items() if one.number == 5003)]
    assert await recover() == 0
    assert recovering.give_up(["nidelven"], "slettet hos kunden", "kari") == 0
    assert alarmed() == []
    assert (await delivered.intake()).is_completed()
    with delivered.engine.connect() as connection:
        ((name, value, by),) = connection.execute(sa.text("select name, value, by from choice")).all()
    assert (name, value.splitlines()[0], by, len(value.splitlines())) == ("claims_given_up", "slettet hos kunden", "kari", 4)


async def test_a_kid_that_is_not_known_again_yet_is_no_other_kid(delivered: Any) -> None:
    """The factoring company is away: what PowerOffice has cannot be compared, and stays in doubt."""
    delivered.boxes.factoring.book.add(faults.Fault(kind="error", method="GET", path="/", times=1_000))
    assert await recover() == 1
    assert delivered.states(5002) == {"book": "in_doubt", "distribute": "accepted", "write_back": "in_doubt"}
    delivered.boxes.factoring.book.clear()
    assert await recover() == 0
    assert delivered.states(5002) == DONE == delivered.states(5003)


async def test_a_document_that_was_skipped_in_the_backup_and_left_later_is_known_again(
    site: Any, later: Callable[[], None]
) -> None:
    site.keep_only(5002)
    site.invoice(5002).status = 2
    await site.intake()
    put_back = back_up(site)
    site.invoice(5002).status = 1
    await site.intake()
    await site.writeback()
    assert site.states(5002) == DONE
    put_back()
    later()
    assert site.states(5002) == {}
    assert await recover() == 0
    assert (site.states(5002), alarmed()) == (DONE, [])


async def test_a_stop_that_the_ledger_lost_stands_again(site: Any) -> None:
    site.keep_only(5002)
    ledger = connect.open_ledger()
    settings.record(ledger, "nidelven", "prefect.yaml", (ROOT / "prefect.yaml").read_text(encoding="utf-8"), clock.now())
    stopping.stop(ledger, "nidelven", stopping.StopOrder(scope="ehf", why="prøve", owner="Ola"))
    ledger.close()
    put_back = back_up(site)
    ledger = connect.open_ledger()
    stopping.resume(ledger, "nidelven", stopping.ReleaseOrder(scope="ehf", why="prøvd", by="Ola"))
    stopping.stop(ledger, "nidelven", stopping.StopOrder(why="feil  konto", owner="Kari"))
    before = stops.find_all_standing(ledger, "nidelven")
    ledger.close()
    put_back()
    assert "feil konto" in (await site.intake()).message
    assert not site.boxes.factoring.state.entries
    ledger = connect.open_ledger()
    assert stops.find_all_standing(ledger, "nidelven") == before
    ledger.close()
