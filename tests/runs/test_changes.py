"""What the client changes after it was sent is told of, and sent where the tenant wants that: each version at most once."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import audits, certificates, stops, tables
from sandboxes import faults
from sandboxes.seed import control as seed_control
from tasks import clock, connect, runs, selections
from tests.runs.conftest import make_options
from tests.runs.restoring import alarmed, back_up, recover

AGAIN = make_options(distribution={"send_changed": True})
TOLD = "1 endret i PowerOffice etter utsending"
ANEW = f"{TOLD} og tatt med på nytt"


def change(site: Any, number: int, old: bytes = b"", new: bytes = b"") -> None:
    """Put other words into the document that the client sees; without words it is as it first was."""
    invoice = site.invoice(number)
    first, email = site.__dict__.setdefault("firsts", {}).setdefault(number, (invoice.document(), invoice.customer_email))
    invoice.ehf = first.replace(old, new, 1) if old else first
    assert not old or invoice.ehf != first
    invoice.customer_email = f"{zlib.crc32(new)}@kunde.example" if old else email  # so the list shows that something is new


def refer(site: Any, number: int, text: str) -> None:
    """Another buyer's reference: nothing that was booked."""
    change(site, number, b"<cbc:BuyerReference>", b"<cbc:BuyerReference>" + text.encode())


def sent(site: Any) -> list[str]:
    """What the access point took, in order: the keys."""
    return [str(key) for key in site.boxes.access_point.state.messages]


def adds_up(site: Any) -> bool:
    with contextlib.closing(connect.open_ledger()) as ledger:
        whole = audits.find_faults(ledger, "nidelven") == []
        with ledger.reading() as connection:
            rows = connection.execute(sa.select(tables.certificate.c.figures)).scalars().all()
    for figures in rows:
        for one in figures.values():
            said = certificates.Figures(**one)
            whole &= said.difference == 0
    return whole and bool(rows)


@pytest.fixture(autouse=True)
def _certified(site: Any) -> None:
    """After each run the ledger is what its certificates say."""
    site.intake, site.writeback = _looked_at(site.intake), _looked_at(site.writeback)


def _looked_at(run: Any) -> Any:
    async def looked_at(**how: Any) -> Any:
        said = await run(**how)
        with contextlib.closing(connect.open_ledger()) as ledger:
            assert audits.find_faults(ledger, "nidelven") == []
        return said

    return looked_at


def accepted(site: Any) -> int:
    """How many distributions the certificates count as accepted, over all runs."""
    query = sa.select(tables.certificate.c.figures).where(tables.certificate.c.purpose == "distribute")
    with site.engine.connect() as connection:
        return sum(figures["count"]["accepted"] for figures in connection.execute(query).scalars())


async def test_a_change_after_sending_is_told_once_and_not_sent(site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    refer(site, 5002, "X")
    assert TOLD in (await site.intake()).message
    assert (await site.intake()).message == "0 hentet"
    assert len(sent(site)) == 1
    assert site.states(5002) == {"book": "accepted", "distribute": "accepted", "write_back": "waiting"}


async def test_a_dry_run_tells_nothing_away(site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    refer(site, 5002, "X")
    await site.intake(dry_run=True)
    assert TOLD in (await site.intake()).message


async def test_a_run_that_dies_before_it_concludes_tells_nothing_away(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002)
    await site.intake()
    refer(site, 5002, "X")

    async def die(_batch: runs.Batch) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "conclude", die)
        with pytest.raises(KeyboardInterrupt):
            await site.intake()
    await site.writeback(dry_run=True)
    assert TOLD in (await site.intake()).message


async def test_a_change_that_goes_back_to_what_was_sent_is_no_news_and_the_next_one_is(site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    refer(site, 5002, "X")
    assert TOLD in (await site.intake()).message
    change(site, 5002)
    assert (await site.intake()).message == "0 hentet"
    refer(site, 5002, "Y")
    assert TOLD in (await site.intake()).message


async def test_a_change_of_what_was_only_booked_is_told_when_nothing_else_will(site: Any) -> None:
    site.keep_only(5024)
    buyer = site.invoice(5024).customer_number
    await site.intake()
    order = seed_control.Order(client_key=site.client["client_key"], customer_number=buyer, credits=5024)
    seed_control.add_invoice(site.boxes.seeded, order)
    await site.intake()
    assert (site.states(5024)["book"], site.states(5024)["distribute"]) == ("accepted", "cancelled")
    refer(site, 5024, "X")
    assert TOLD in (await site.intake()).message


async def test_what_is_in_doubt_is_told_and_looked_at_again_when_it_has_arrived(site: Any) -> None:
    site.keep_only(5002)
    site.boxes.access_point.book.add(faults.Fault(kind="cut_after_change", method="PUT", path="/messages", times=1))
    await site.intake(options=AGAIN)
    site.boxes.access_point.book.add(faults.Fault(kind="error", method="GET", path="/messages", times=99))
    refer(site, 5002, "X")
    assert (await site.intake(options=AGAIN)).is_failed()
    assert site.states(5002)["distribute"] == "in_doubt"
    site.boxes.access_point.book.clear()
    assert (await site.intake(options=AGAIN)).is_completed()
    assert (site.states(5002)["distribute"], len(sent(site))) == ("accepted", 2)


async def test_what_changed_while_the_old_version_was_in_doubt_goes_once_more(site: Any) -> None:
    """The old version did not arrive, so it goes again under its key; the new one follows in the next slot."""
    site.keep_only(5002)
    access_point = site.boxes.access_point
    access_point.book.add(faults.Fault(kind="cut", method="PUT", path="/messages", times=1))
    await site.intake(options=AGAIN)
    access_point.book.add(faults.Fault(kind="error", method="GET", path="/messages", times=99))
    refer(site, 5002, "X")
    await site.intake(options=AGAIN)
    access_point.book.clear()
    for references in ([b""], [b"", b"X"], [b"", b"X"]):
        await site.intake(options=AGAIN)
        bodies = [one.body for one in access_point.state.messages.values()]
        assert [b"X" if b"<cbc:BuyerReference>X" in body else b"" for body in bodies] == references
    assert adds_up(site)


async def test_a_new_version_is_not_taken_back_because_we_delivered_the_old_one(site: Any) -> None:
    """PowerOffice took the writeback of the old version, so it lists the document no longer, while the new one waits."""
    site.keep_only(5002)
    await site.intake(options=AGAIN)
    refer(site, 5002, "X")
    with contextlib.closing(connect.open_ledger()) as ledger:
        stops.record(ledger, "nidelven", "distribute", why="test", owner="K", at=clock.now())
        await site.intake(options=AGAIN)
        assert site.states(5002)["distribute"] == "planned"
        site.invoice(5002).is_delivered = True
        await site.intake(options=AGAIN)
        stops.record_release(ledger, "nidelven", "distribute", why="test", by="K", at=clock.now())
    await site.intake(options=AGAIN)
    assert (site.states(5002)["distribute"], len(sent(site))) == ("accepted", 2)


async def test_the_new_version_is_sent_once_under_a_key_of_its_own_where_the_tenant_wants_that(site: Any) -> None:
    site.keep_only(5002)
    await site.intake(options=AGAIN)
    refer(site, 5002, "X")
    said = (await site.intake(options=AGAIN)).message
    assert said == f"0 hentet, 1 sendt (EHF 1), {ANEW}"
    assert (await site.intake(options=AGAIN)).message == "0 hentet"
    assert len(set(sent(site))) == 2
    assert b"<cbc:BuyerReference>X" in list(site.boxes.access_point.state.messages.values())[1].body
    assert len(site.boxes.factoring.state.entries) == 1
    assert adds_up(site)
    assert accepted(site) == 2
    await site.writeback()
    assert site.states(5002) == {"book": "accepted", "distribute": "accepted", "write_back": "accepted"}


async def test_a_version_that_was_sent_is_never_sent_again(site: Any) -> None:
    site.keep_only(5002)
    await site.intake(options=AGAIN)
    for _ in range(2):
        refer(site, 5002, "X")
        await site.intake(options=AGAIN)
        change(site, 5002)
        await site.intake(options=AGAIN)
    assert len(sent(site)) == 2
    assert adds_up(site)


@pytest.mark.parametrize("waits", [False, True])
async def test_what_was_booked_and_never_sent_does_not_follow_a_newer_version(site: Any, waits: bool) -> None:
    """The client takes back what has gone, also when yet another version waits."""
    site.keep_only(5002)
    with contextlib.closing(connect.open_ledger()) as ledger:
        stops.record(ledger, "nidelven", "distribute", why="test", owner="K", at=clock.now())
        await site.intake(options=AGAIN)
        stops.record_release(ledger, "nidelven", "distribute", why="test", by="K", at=clock.now())
        refer(site, 5002, "X")
        await site.intake(options=AGAIN)
        if waits:
            stops.record(ledger, "nidelven", "distribute", why="test", owner="K", at=clock.now())
            refer(site, 5002, "Y")
            await site.intake(options=AGAIN)
            stops.record_release(ledger, "nidelven", "distribute", why="test", by="K", at=clock.now())
    change(site, 5002)
    assert ANEW not in (await site.intake(options=AGAIN)).message
    assert (await site.intake(options=AGAIN)).message == "0 hentet"
    assert (site.states(5002)["distribute"], len(sent(site))) == ("accepted", 1)
    assert adds_up(site)


@pytest.mark.parametrize(("number", "channel"), [(5003, "email"), (5019, "letter")])
async def test_a_change_that_is_taken_back_before_it_left_leaves_all_as_it_was_sent(site: Any, number: int, channel: str) -> None:
    site.keep_only(number)
    await site.intake(options=AGAIN)
    refer(site, number, "X")
    with contextlib.closing(connect.open_ledger()) as ledger:
        stops.record(ledger, "nidelven", "", why="test", owner="K", at=clock.now())
        assert ANEW in (await site.intake(options=AGAIN)).message
        assert site.states(number)["distribute"] == "planned"
        stops.record_release(ledger, "nidelven", "", why="test", by="K", at=clock.now())
    change(site, number)
    assert (await site.intake(options=AGAIN)).message == "0 hentet"
    assert site.states(number)["distribute"] == "accepted"
    assert len(site.boxes.mail.state.messages) + len(site.letters()) == 1
    assert adds_up(site)
    await site.writeback()
    assert site.states(number)["write_back"] == "accepted"


async def test_what_waits_anew_stands_as_it_was_sent_when_the_tenant_wants_it_no_more(site: Any) -> None:
    site.keep_only(5002)
    await site.intake(options=AGAIN)
    refer(site, 5002, "X")
    site.forget_receivers()
    site.boxes.peppol.book.add(faults.Fault(kind="error", times=99))
    await site.intake(options=AGAIN)
    assert site.states(5002)["distribute"] == "waiting"
    site.boxes.peppol.book.clear()
    await site.intake()
    assert (site.states(5002)["distribute"], len(sent(site))) == ("accepted", 1)
    assert adds_up(site)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"<cbc:DueDate>2026", b"<cbc:DueDate>2027"), (b"</cbc:PayableAmount>", b"1</cbc:PayableAmount>"), (b">NOK<", b">SEK<")],
)
@pytest.mark.parametrize("rules", [{}, {"overrides": [{"code": "changed_after_booking", "severity": "off", "reason": "Prøve"}]}])
async def test_what_factoring_has_booked_is_never_sent_changed(site: Any, old: bytes, new: bytes, rules: Any) -> None:
    chosen = make_options(distribution={"send_changed": True}, rules=rules)
    site.keep_only(5002)
    await site.intake(options=chosen)
    change(site, 5002, old, new)
    assert TOLD in (said := (await site.intake(options=chosen)).message)
    assert ANEW not in said
    assert (site.states(5002)["distribute"], len(sent(site))) == ("accepted", 1)
    await site.writeback()
    assert site.states(5002)["write_back"] == "accepted"


async def test_a_new_version_that_is_held_is_released_and_its_credit_note_is_sent(site: Any) -> None:
    """The debtor has the invoice: it is not "credited before it was sent", though its new version waits."""
    site.keep_only(5002)
    await site.intake(options=AGAIN)
    refer(site, 5002, "X")
    site.forget_receivers()
    site.boxes.peppol.book.add(faults.Fault(kind="error", method="NAPTR"))
    await site.intake(options=AGAIN)
    assert site.states(5002)["distribute"] == "waiting"
    buyer = site.invoice(5002).customer_number
    order = seed_control.Order(client_key=site.client["client_key"], customer_number=buyer, credits=5002)
    note = seed_control.add_invoice(site.boxes.seeded, order)
    await site.intake(options=AGAIN)
    assert (site.states(5002)["distribute"], site.states(note.number)["distribute"]) == ("accepted", "accepted")
    assert len(sent(site)) == 3


async def test_a_dry_run_says_what_would_be_sent_anew_and_moves_nothing(site: Any) -> None:
    site.keep_only(5002)
    await site.intake(options=AGAIN)
    refer(site, 5002, "X")
    assert "1 endrede ville blitt sendt på nytt" in (await site.intake(options=AGAIN, dry_run=True)).message
    assert site.states(5002)["distribute"] == "accepted"


# What is no longer active at the source


@pytest.mark.parametrize("status", [2, 3])
async def test_what_the_source_calls_inactive_while_it_waits_is_held_until_it_is_active_again(site: Any, status: int) -> None:
    site.keep_only(5002)
    with contextlib.closing(connect.open_ledger()) as ledger:
        stops.record(ledger, "nidelven", "", why="test", owner="K", at=clock.now())
        await site.intake()
        stops.record_release(ledger, "nidelven", "", why="test", by="K", at=clock.now())
    site.invoice(5002).status = status
    for _ in range(2):
        assert "1 venter på klienten" in (await site.intake()).message
        assert site.states(5002) == {"book": "held", "distribute": "held", "write_back": "waiting"}
    assert site.codes(5002) == {"not_active_at_source"}
    assert (site.boxes.factoring.state.entries, sent(site)) == ({}, [])
    site.invoice(5002).status = 1
    assert "1 sendt" in (await site.intake()).message
    assert site.codes(5002) == set()


async def test_a_dry_run_takes_nothing_back(site: Any) -> None:
    site.keep_only(5002)
    with contextlib.closing(connect.open_ledger()) as ledger:
        stops.record(ledger, "nidelven", "", why="test", owner="K", at=clock.now())
    await site.intake()
    site.invoice(5002).is_delivered = True
    assert "1 trukket tilbake" in (await site.intake(dry_run=True)).message
    assert site.states(5002)["book"] == "planned"
    await site.intake()
    assert set(site.states(5002).values()) == {"cancelled"}


async def test_what_could_not_be_read_is_fetched_again_while_it_is_listed(site: Any) -> None:
    """The list says nothing new of it: the answer was torn on its way. It had been sent, so nothing holds it either."""
    site.keep_only(5002)
    await site.intake()
    change(site, 5002, b"<cbc:BuyerReference>", b"<cbc:BuyerReference><torn")
    await site.intake()
    torn = current(site)
    site.invoice(5002).ehf = site.firsts[5002][0]
    await site.intake()
    assert current(site) != torn
    assert len(sent(site)) == 1


@pytest.mark.parametrize("reference", ["", "ny"], ids=["as it was sent", "changed since"])
async def test_what_a_restored_ledger_gets_torn_goes_back_as_it_is_read_next(
    site: Any, later: Callable[[], None], reference: str
) -> None:
    site.keep_only(5002)
    put_back = back_up(site)
    await site.intake()
    put_back()
    later()
    refer(site, 5002, "<torn")
    assert await recover() == 0
    await site.intake()
    await site.intake()
    assert not (await site.writeback()).is_completed()
    if reference:
        refer(site, 5002, reference)
    else:
        change(site, 5002)
    await site.intake()
    assert (await site.writeback()).is_completed()
    assert set(site.states(5002).values()) == {"accepted"}
    assert site.invoice(5002).pdf.startswith(b"%PDF")
    assert len(sent(site)) == 1


async def test_what_was_in_doubt_goes_again_as_it_was_and_the_change_after_it(site: Any) -> None:
    """Whoever stood still may send it yet: under the same key that is the same copy, and never older than one that is there."""
    site.keep_only(5002)
    messages = site.boxes.access_point.state.messages
    site.boxes.access_point.book.add(faults.Fault(kind="cut_after_change", method="PUT", path="/messages"))
    await site.intake(options=AGAIN)
    late = dict(messages)
    messages.clear()
    refer(site, 5002, "X")
    await site.intake(options=AGAIN)
    assert [one.body for one in messages.values()] == [one.body for one in late.values()]
    assert list(messages) == list(late)
    await site.intake(options=AGAIN)
    assert len(messages) == 2
    assert (await site.writeback()).is_completed()
    assert (set(site.states(5002).values()), len(messages), adds_up(site)) == ({"accepted"}, 2, True)


async def test_a_version_that_a_restored_ledger_lost_is_no_stranger_under_our_key(site: Any, later: Callable[[], None]) -> None:
    """The backup knows the first version, made and planned; the second one went. Neither is compared with the other's bytes."""
    site.keep_only(5002)
    site.boxes.access_point.book.add(faults.Fault(kind="throttled", method="PUT", path="/messages", times=100))
    await site.intake(options=AGAIN)
    site.boxes.access_point.book.clear()
    put_back = back_up(site)
    refer(site, 5002, "X")
    await site.intake(options=AGAIN)
    put_back()
    later()
    assert await recover() == 0
    assert site.states(5002)["distribute"] == "accepted"
    await site.intake(options=AGAIN)
    await site.writeback()
    assert (set(site.states(5002).values()), len(sent(site))) == ({"accepted"}, 1)
    query = sa.select(tables.delivery.c.revision_id).where(tables.delivery.c.purpose == "write_back")
    with site.engine.connect() as connection:
        given_back = connection.execute(query).scalar_one()
    assert given_back == current(site)


def current(site: Any) -> int:
    """The revision that the ledger has of 5002."""
    with site.engine.connect() as connection:
        return int(
            connection.execute(sa.select(tables.document.c.revision_id).where(tables.document.c.number == "5002")).scalar_one()
        )


async def test_a_version_taken_back_after_a_restore_is_claimed_no_longer(site: Any, later: Callable[[], None]) -> None:
    """The journal knows that it went; the source shows the first one again, which stands, and the watchman has nothing to say."""
    site.keep_only(5002)
    await site.intake(options=AGAIN)
    put_back = back_up(site)
    refer(site, 5002, "X")
    await site.intake(options=AGAIN)
    change(site, 5002)
    put_back()
    later()
    assert await recover() == 0
    assert alarmed() == [("claims.standing", "nidelven")]
    await site.intake(options=AGAIN, selection=selections.Selection(first_number=1))
    assert alarmed() == [("claims.standing", "nidelven")]
    assert (await site.intake(options=AGAIN)).is_completed()
    assert (alarmed(), site.states(5002)["distribute"], len(sent(site))) == ([], "accepted", 2)
    refer(site, 5002, "X")
    await site.intake(options=AGAIN)
    assert len(sent(site)) == 2
