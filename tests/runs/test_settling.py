"""Doubt is settled by reading back: what stands there counts, what does not goes again, and what nobody can read waits."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from console import resending
from fakturabro.ledger import audits, tables
from fakturabro.remote import errors
from fakturabro.systems.factoring import client as factoring
from fakturabro.systems.print_partner import client as print_partners
from sandboxes import faults, mail
from tasks import connect


async def test_a_booking_that_arrived_counts(site: Any) -> None:
    site.keep_only(5002)
    site.boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST", path="/ledger", times=1))
    assert "1 uavklart" in (await site.intake()).message
    ended = await site.intake()
    assert ended.is_completed()
    assert site.states(5002) == {"book": "accepted", "distribute": "accepted", "write_back": "waiting"}
    assert len(site.boxes.factoring.state.entries) == 1


async def test_a_booking_that_never_arrived_goes_again(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002)
    site.boxes.factoring.book.add(faults.Fault(kind="error", method="POST", path="/ledger", times=1))
    assert "1 uavklart" in (await site.intake()).message
    assert site.boxes.factoring.state.entries == {}
    assert (await site.intake()).is_completed()
    assert (site.states(5002)["book"], len(site.boxes.factoring.state.entries)) == ("accepted", 1)


async def test_another_entry_under_our_key_is_for_a_person(site: Any) -> None:
    site.keep_only(5002)
    site.boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST", path="/ledger", times=1))
    await site.intake()
    (entry,) = site.boxes.factoring.state.entries.values()
    entry.entry = msgspec.structs.replace(entry.entry, kid="99999994")
    await site.intake()
    assert (site.states(5002)["book"], len(site.boxes.factoring.state.entries)) == ("rejected", 1)


@pytest.mark.parametrize("kind", ["cut_after_change", "error"])
async def test_an_ehf_is_sent_once_whether_it_arrived_or_not(kind: Any, site: Any) -> None:
    site.keep_only(5002)
    site.boxes.access_point.book.add(faults.Fault(kind=kind, method="PUT", path="/messages", times=1))
    assert "1 uavklart" in (await site.intake()).message
    await site.intake()
    assert (site.states(5002)["distribute"], len(site.boxes.access_point.state.messages)) == ("accepted", 1)


@pytest.mark.parametrize("kind", ["cut_after_change", "error"])
async def test_a_writeback_happens_once_whether_it_arrived_or_not(kind: Any, site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    site.boxes.poweroffice.v1_book.add(faults.Fault(kind=kind, method="POST", path="/Factoring", times=1))
    assert "1 uavklart" in (await site.writeback()).message
    await site.writeback()
    assert site.states(5002)["write_back"] == "accepted"
    assert site.invoice(5002).kid


async def test_a_letter_is_handed_over_once_whether_it_was_seen_or_not(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5019, 5022)
    real, seen = print_partners.DropFolder.submit, list[str]()

    def submit(self: print_partners.DropFolder, job: print_partners.Job) -> Any:
        seen.append(job.job_id)
        if len(seen) == 1:
            real(self, job)
        if len(seen) <= 2:
            raise OSError("the disk went away")
        return real(self, job)

    monkeypatch.setattr(print_partners.DropFolder, "submit", submit)
    assert "2 uavklart" in (await site.intake()).message
    assert len(site.letters()) == 1
    await site.intake()
    assert len(site.letters()) == 2
    assert {site.states(5019)["distribute"], site.states(5022)["distribute"]} == {"accepted"}


async def test_an_email_after_the_dot_is_never_sent_again_by_itself(site: Any) -> None:
    site.keep_only(5003)
    site.boxes.mail.state.faults.append(mail.Fault(kind="cut_after_storing", times=1))
    for _ in range(3):
        assert "1 uavklart" in (await site.intake()).message
    assert (site.states(5003)["distribute"], len(site.boxes.mail.state.messages)) == ("in_doubt", 1)


async def test_a_target_that_is_down_keeps_its_doubts_and_stops_no_other(site: Any) -> None:
    site.keep_only(5002, 5003)
    site.boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST", path="/ledger", times=2))
    await site.intake()
    assert {site.states(5002)["book"], site.states(5003)["book"]} == {"in_doubt"}
    site.boxes.factoring.book.add(faults.Fault(kind="error", method="GET", path="/ledger", times=99))
    assert (await site.intake()).is_failed()
    assert {site.states(5002)["book"], site.states(5003)["book"]} == {"in_doubt"}
    site.boxes.factoring.book.clear()
    assert (await site.intake()).is_completed()
    assert len(site.boxes.factoring.state.entries) == 2


async def test_a_restored_ledger_knows_its_documents_by_the_same_keys(site: Any) -> None:
    """The ids of a ledger mean nothing outside: made anew, it must ask under the keys that the counterparts know."""
    site.keep_only(5002, 5019, 5022)
    await site.intake()
    jobs = {path.name for path in site.letters()}
    messages = set(site.boxes.access_point.state.messages)
    site.lose_ledger()
    await site.intake()
    assert {path.name for path in site.letters()} == jobs
    assert set(site.boxes.access_point.state.messages) == messages
    assert len(site.boxes.factoring.state.entries) == 3


async def test_two_documents_with_one_number_are_told_apart_by_the_kid(site: Any) -> None:
    site.keep_only(5002, 5003)
    await site.intake()
    site.boxes.poweroffice.v1_book.add(faults.Fault(kind="cut_after_change", method="POST", path="/Factoring", times=2))
    await site.writeback()
    assert site.states(5003)["write_back"] == "in_doubt"
    site.invoice(5002).number = 5003  # it stands before the other in PowerOffice's list, with a KID of its own
    await site.writeback()
    assert site.states(5003)["write_back"] == "accepted"


async def test_what_was_refused_goes_again_when_a_person_says_so_and_never_twice(
    site: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.keep_only(5002, 5003)

    async def refuse(*_: Any) -> Any:
        raise errors.Rejected("Kunden er sperret.", detail="sperret")

    with monkeypatch.context() as patch:
        patch.setattr(factoring.FactoringLedger, "book", refuse)
        assert "2 avvist" in (await site.intake()).message
    assert (await site.intake()).message == "0 hentet"
    assert await asyncio.to_thread(resending.resend, "nidelven", "5002", "sperren er opphevet", "Kari") == 0
    assert (await site.intake()).is_completed()
    assert (site.states(5002)["distribute"], site.states(5003)["book"]) == ("accepted", "rejected")
    assert await asyncio.to_thread(resending.resend, "nidelven", "5002", "igjen", "Kari") == 1
    assert "Ingenting av 5002 er avvist" in capsys.readouterr().out
    with site.engine.connect() as connection:
        said = sa.select(tables.transfer_log.c.detail).where(tables.transfer_log.c.outcome == "in_doubt")
        assert connection.execute(said).scalars().all() == ["Kari: sperren er opphevet"]
    ledger = connect.open_ledger()
    assert audits.find_faults(ledger, "nidelven") == []
    ledger.close()
