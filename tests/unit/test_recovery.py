"""A ledger restored from a backup: found, locked, and made to know what it had lost; on SQLite and on PostgreSQL."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import itertools
import pathlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from console import recovering
from fakturabro.ledger import certificates, changes, deliveries, documents, opened, operations, raws, recording, stops, tables
from fakturabro.ledger.journal import claims, recovery
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from tasks import clock, installation
from tests import migrated

NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=2)
TODAY = dt.date(2026, 11, 23)
PURPOSES = ("book", "distribute")
TENANT = "nordlys"


class House:
    """One installation: a ledger that can be copied and put back, its journal, and one who sends by the protocol."""

    def __init__(self, ledger: opened.Ledger, folder: pathlib.Path) -> None:
        self.ledger, self.folder = ledger, folder
        self.journal = journal.Journal(folder / "journal", file_size=5_000)
        self._copies = 0

    def fetch(self, *numbers: int, tenant: str = TENANT, text: str = "") -> None:
        """Documents come in, as waiting for each purpose."""
        key = self.ledger.seals.key(tenant, "document", "2026-11")
        rows = [
            documents.Fetched(
                source_key=f"id-{number}",
                kind="invoice",
                number=str(number),
                customer_number="10001",
                amount=12_500,
                currency="NOK",
                listing_hash=text,
                hash=text.encode().ljust(32, b"0"),
                raw=raws.seal(key, "document", f"{number}{text}".encode()),
                canonical=key.seal(b"x"),
            )
            for number in numbers
        ]
        recording.record_fetched(self.ledger, tenant, "poweroffice", "run-1", PURPOSES, rows)

    def rows(self, purpose: str = "book", tenant: str = TENANT) -> dict[int, Any]:
        """By document number, what the ledger says of its delivery."""
        join = sa.and_(tables.document.c.tenant == tables.delivery.c.tenant, tables.document.c.id == tables.delivery.c.document_id)
        query = sa.select(tables.document.c.number, tables.delivery).join(tables.document, join)
        with self.ledger.reading() as connection:
            mine = (tables.delivery.c.tenant == tenant, tables.delivery.c.purpose == purpose)
            return {int(row.number): row for row in connection.execute(query.where(*mine))}

    def states(self, purpose: str = "book", tenant: str = TENANT) -> dict[int, str]:
        return {number: row.state for number, row in self.rows(purpose, tenant).items()}

    def plan(self, *numbers: int, purpose: str = "book", target: str = "factoring:4711", tenant: str = TENANT) -> None:
        rows = self.rows(purpose, tenant)
        plans = [deliveries.Planned(id=rows[n].id, target=target, natural_key=f"{target}/{n}") for n in numbers]
        deliveries.plan(self.ledger, tenant, plans, "run-1")
        deliveries.plan_anew(self.ledger, tenant, plans, "run-1")

    def reserve(self, *numbers: int, purpose: str = "book", target: str = "factoring:4711", tenant: str = TENANT) -> str:
        """The journal's line, and `sending` with its name."""
        ids = [self.rows(purpose, tenant)[n].id for n in numbers]
        sendings = recovery.find_sendings(self.ledger, tenant, ids)
        assert [sent.source_key for sent in sendings] == [f"id-{n}" for n in numbers]
        line = self.journal.reserve(tenant, "run-1", purpose, target, sendings, NOW)
        with self.ledger.writing() as connection:
            deliveries.reserve(connection, tenant, ids, "run-1")
            recovery.record_line(connection, tenant, line)
        return line

    def send(self, *numbers: int, outcome: str | None = "accepted", purpose: str = "book", **where: str) -> str:
        """Everything, until the answer; without an outcome the sender dies after the first byte."""
        self.plan(*numbers, purpose=purpose, **where)
        line = self.reserve(*numbers, purpose=purpose, **where)
        tenant = where.get("tenant", TENANT)
        self.journal.left(tenant, line, NOW)
        if outcome:
            rows = self.rows(purpose, tenant)
            answers = [
                deliveries.Answer(delivery_id=rows[n].id, target=rows[n].target, natural_key=rows[n].natural_key, outcome=outcome)
                for n in numbers
            ]
            deliveries.record_answers(self.ledger, tenant, answers, "run-1", NOW, TODAY)
            self.journal.answered(tenant, line, {answer.natural_key: outcome for answer in answers}, NOW)
        return line

    def back_up(self) -> Callable[[], House]:
        """Copy the ledger now; what is returned puts the copy back in its place, as often as it is called."""
        backup = self._copy(self.ledger.engine.url)
        return lambda: House(opened.open_ledger(self._copy(backup).render_as_string(hide_password=False), b"0" * 32), self.folder)

    def _copy(self, url: sa.URL) -> sa.URL:
        self.ledger.close()
        self._copies += 1
        copy = url.set(database=f"{url.database}_{self._copies}")
        if url.get_backend_name() == "sqlite":
            with contextlib.closing(sqlite3.connect(str(url.database))) as source, sqlite3.connect(str(copy.database)) as target:
                source.backup(target)
            target.close()
            return copy
        admin = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text(f"create database {copy.database} template {url.database}"))
        admin.dispose()
        return copy

    def check(self, tenant: str = TENANT) -> bool:
        return recovery.check(self.ledger, self.journal, tenant, LATER)

    def replay(self, tenant: str = TENANT, **how: Any) -> tuple[int, int]:
        return recovery.replay(self.ledger, self.journal, tenant, "recover-1", LATER, **how)

    async def recover(self, tenant: str = TENANT, found: Mapping[int, str] | None = None, **how: Any) -> recovery.Recovered:
        """With a target that says of these numbers what stands there; of the others nothing is known."""

        async def read_back() -> None:
            rows = [row for n, row in self.rows(tenant=tenant).items() if row.state == "in_doubt" and n in (found or {})]
            numbers = {row.id: n for n, row in self.rows(tenant=tenant).items()}
            answers = [
                deliveries.Answer(delivery_id=r.id, target=r.target, natural_key=r.natural_key, outcome=found[numbers[r.id]])
                for r in rows
                if found
            ]
            deliveries.record_answers(self.ledger, tenant, answers, "recover-1", LATER, TODAY, start="in_doubt")

        return await recovery.recover(self.ledger, self.journal, tenant, "recover-1", LATER, read_back, **how)

    def log(self) -> dict[int, list[tuple[str, str]]]:
        """By delivery, what the transfer log says of what was claimed: (outcome, detail)."""
        found: dict[int, list[tuple[str, str]]] = {}
        with self.ledger.reading() as connection:
            for row in connection.execute(sa.select(tables.transfer_log).order_by(tables.transfer_log.c.id)):
                if row.run == "recover-1":
                    found.setdefault(row.delivery_id, []).append((row.outcome, row.detail))
        return found

    def claims(self) -> set[tuple[str, str, str, str]]:
        columns = (operations.claim.c.purpose, operations.claim.c.source_key, operations.claim.c.target)
        with self.ledger.reading() as connection:
            return {tuple(row) for row in connection.execute(sa.select(*columns, operations.claim.c.natural_key))}

    def lock(self, tenant: str = TENANT) -> str | None:
        with self.ledger.reading() as connection:
            return recovery.find_lock(connection, tenant)


@pytest.fixture
def house(ledger: opened.Ledger, tmp_path: pathlib.Path) -> House:
    return House(ledger, tmp_path)


@pytest.fixture
def small(tmp_path: pathlib.Path) -> House:
    """On SQLite only, where the database makes no difference."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    migrated.connect(url).dispose()
    return House(opened.open_ledger(url, b"0" * 32), tmp_path)


def hold(house: House, number: int) -> None:
    deliveries.move(house.ledger, TENANT, [house.rows()[number].id], "waiting", "held", "run-1")


def test_a_ledger_that_is_not_older_may_send_whatever_was_interrupted(house: House) -> None:
    assert house.check()
    house.fetch(1, 2, 3, 4)
    house.send(1)
    house.send(2, outcome=None)
    house.plan(3, 4)
    house.reserve(3)
    house.journal.reserve(TENANT, "run-1", "book", "factoring:4711", [], NOW)
    assert house.check()
    assert house.check("fjord")
    assert house.lock() is None
    assert house.states() == {1: "accepted", 2: "sending", 3: "sending", 4: "planned"}


async def test_a_restored_ledger_is_locked_and_replay_puts_exactly_what_left_in_doubt(house: House) -> None:
    house.fetch(1, 2, 3, 4, 5, 6)
    house.send(6)
    hold(house, 2)
    house.plan(3, 5)
    put_back = house.back_up()
    deliveries.move(house.ledger, TENANT, [house.rows()[2].id], "held", "waiting", "run-1")
    house.fetch(7, 8)
    house.send(1, 2)
    house.send(3, 7, outcome=None)
    house.plan(8)
    house.reserve(8)

    house = put_back()
    assert house.states() == {1: "waiting", 2: "held", 3: "planned", 4: "waiting", 5: "planned", 6: "accepted"}
    assert not house.check()
    assert "2 sending(er)" in (house.lock() or "")
    with pytest.raises(recovery.LockedError, match="fakturabro recover nordlys"):
        house.reserve(5)
    assert house.states()[5] == "planned"
    assert not house.check()

    recovered = await house.recover(found={1: "accepted", 2: "planned"})
    assert (recovered.lines, recovered.put_in_doubt, recovered.claimed) == (2, 3, 1)
    assert (recovered.settled, recovered.waiting) == ({"accepted": 1, "planned": 1}, 1)
    assert house.states() == {1: "accepted", 2: "planned", 3: "in_doubt", 4: "waiting", 5: "planned", 6: "accepted"}
    assert house.rows()[3].natural_key == "factoring:4711/3"
    assert house.claims() == {("book", "id-7", "factoring:4711", "factoring:4711/7")}
    assert house.check()
    house.send(5)
    assert house.check()
    made = certificates.record(house.ledger, TENANT, PURPOSES, "run-2", LATER)
    assert all(one.adds_up for one in made)
    assert house.journal.verify() == []


async def test_what_the_ledger_did_not_know_begins_in_doubt_when_it_comes_in_again(house: House) -> None:
    put_back = house.back_up()
    house.fetch(1)
    lost = house.rows()[1]
    house.send(1)
    house = put_back()
    assert not house.check()
    await house.recover()
    house.fetch(2, 1)
    assert house.rows()[2].id == lost.id, "the restored ledger gave the lost delivery's id to another document"
    assert house.states() == {2: "waiting", 1: "in_doubt"}
    assert house.states("distribute") == {2: "waiting", 1: "waiting"}
    assert (house.rows()[1].target, house.rows()[1].natural_key) == ("factoring:4711", "factoring:4711/1")
    assert house.claims() == set()
    assert all(one.adds_up for one in certificates.record(house.ledger, TENANT, PURPOSES, "run-2", LATER))


@pytest.mark.parametrize("outcome", ["planned", "rejected"])
def test_what_the_target_certainly_did_not_take_is_in_no_doubt(small: House, outcome: str) -> None:
    house = small
    house.fetch(1)
    put_back = house.back_up()
    house.fetch(2)
    house.send(1, 2, outcome=outcome)
    house = put_back()
    assert not house.check()
    assert house.replay() == (1, 0)
    assert (house.states(), house.claims()) == ({1: "waiting"}, set())


@pytest.mark.parametrize("before", ["planned", "in_doubt"])
def test_what_left_last_counts_also_for_another_channel(small: House, before: str) -> None:
    """An e-mail that was refused (or not there when read back) went as a letter: it is the letter that may have arrived."""
    house = small
    house.fetch(1)
    put_back = house.back_up()
    house.fetch(2)
    house.send(1, 2, outcome=before, purpose="distribute", target="email")
    if before == "in_doubt":
        ids = [row.id for row in house.rows("distribute").values()]
        deliveries.move(house.ledger, TENANT, ids, "in_doubt", "planned", "run-1")
    house.send(1, 2, purpose="distribute", target="letter")
    house = put_back()
    assert not house.check()
    assert house.replay() == (2, 1)
    row = house.rows("distribute")[1]
    assert (row.state, row.target, row.natural_key) == ("in_doubt", "letter", "letter/1")
    assert house.states() == {1: "waiting"}
    assert house.claims() == {("distribute", "id-2", "letter", "letter/2")}


@pytest.mark.parametrize("state", [None, "in_doubt"])
def test_a_doubt_of_the_backup_is_of_what_left_later(house: House, state: str | None) -> None:
    house.fetch(1, 2)
    house.send(1, 2, outcome=state, purpose="distribute", target="ehf")
    put_back = house.back_up()
    rows = house.rows("distribute")
    start = "sending" if state is None else "in_doubt"
    deliveries.move(house.ledger, TENANT, [rows[1].id, rows[2].id], start, "planned", "run-1")
    house.send(1, purpose="distribute", target="letter")
    house.send(2, purpose="distribute", target="ehf")
    house = put_back()
    assert not house.check()
    assert house.replay() == (2, 1)
    rows = house.rows("distribute")
    assert (rows[1].state, rows[1].target, rows[1].natural_key) == ("in_doubt", "letter", "letter/1")
    assert (rows[2].state, rows[2].target, rows[2].natural_key) == (start, "ehf", "ehf/2")


@pytest.mark.parametrize("certified", [True, False])
def test_a_document_rejected_in_the_backup_and_mended_since_is_in_doubt(house: House, certified: bool) -> None:
    house.fetch(1)
    house.send(1, outcome="rejected")
    if certified:
        certificates.record(house.ledger, TENANT, PURPOSES, "run-1", NOW)
    put_back = house.back_up()
    house.fetch(1, text="mended")
    house.send(1)
    house = put_back()
    assert not house.check()
    assert house.replay() == (1, 1)
    assert house.states() == {1: "in_doubt"}
    assert house.rows()[1].settled_on is None
    made = {one.purpose: one for one in certificates.record(house.ledger, TENANT, PURPOSES, "run-2", LATER)}
    assert made["book"].adds_up
    assert made["book"].count.in_doubt == 1


def reads(target: str) -> bool:
    """What can be read back: everything but e-mail."""
    return target != "email"


@pytest.mark.parametrize("is_known", [True, False])
async def test_an_answer_of_the_journal_counts_where_the_target_cannot_be_read(house: House, is_known: bool) -> None:
    """1 and 2 were accepted, 3 may have been; `is_known`: the backup is from when 1 was on its way already."""
    house.fetch(1, 2, 3)
    put_back = house.back_up()
    if is_known:
        house.plan(1, purpose="distribute", target="email")
        line = house.reserve(1, purpose="distribute", target="email")
        house.journal.left(TENANT, line, NOW)
        put_back = house.back_up()
        house.journal.answered(TENANT, line, {"email/1": "accepted"}, NOW)
    else:
        house.send(1, purpose="distribute", target="email")
    house.send(2, purpose="distribute", target="ehf")
    house.send(3, outcome="in_doubt", purpose="distribute", target="email")
    house.fetch(4)
    house.send(4, purpose="distribute", target="email")
    house = put_back()
    assert not house.check()
    recovered = await house.recover(can_be_read=reads)
    assert house.states("distribute") == {1: "accepted", 2: "in_doubt", 3: "in_doubt"}
    assert (recovered.put_in_doubt, recovered.settled, recovered.waiting) == (2, {"accepted": 1}, 2)
    rows, log = house.rows("distribute"), house.log()
    assert rows[1].settled_on == TODAY
    assert {n: [outcome for outcome, _ in log[rows[n].id]] for n in rows} == {1: ["accepted"], 2: ["in_doubt"], 3: ["in_doubt"]}
    assert "mottatt av motparten 23.11.2026 kl. 08:00:00" in log[rows[1].id][0][1]
    assert "gikk ut 23.11.2026 kl. 08:00:00; ingen vet om det kom frem" in log[rows[2].id][0][1]
    assert log[rows[1].id][0][1].startswith("Fra sendejournalen, linje 000001.000001.")
    house.fetch(4)
    assert house.states("distribute")[4] == "accepted"
    made = {one.purpose: one for one in certificates.record(house.ledger, TENANT, PURPOSES, "run-2", LATER)}
    assert (made["distribute"].adds_up, made["distribute"].count.accepted) == (True, 2)


async def test_what_left_and_was_cancelled_here_since_is_told_to_a_person_once(house: House) -> None:
    house.fetch(1, 2)
    put_back = house.back_up()
    house.send(1, 2)
    house = put_back()
    ids = [house.rows()[1].document_id]
    deliveries.cancel(house.ledger, TENANT, ids, PURPOSES, "run-2", TODAY)
    house.replay()
    assert claims.find_standing(house.ledger) == {TENANT: 1}
    recovered = await house.recover()
    assert (recovered.cancelled, recovered.claimed) == (["1"], 0)
    assert "Gikk ut, men er annullert i hovedboken: 1." in " ".join(recovering.to_sentences(TENANT, recovered))
    ((outcome, detail),) = house.log()[house.rows()[1].id]
    assert outcome == "in_doubt"
    assert "leveringen er annullert her" in detail
    assert house.states() == {1: "cancelled", 2: "in_doubt"}
    assert (await house.recover()).cancelled == []


def test_a_claim_on_what_was_skipped_is_looked_for_at_the_source_and_taken(house: House) -> None:
    put_back = house.back_up()
    house.fetch(1, 2)
    house.send(1, 2)
    house = put_back()
    one = documents.Skipped(
        source_key="id-1", kind="invoice", number="1", customer_number="10001", amount=12_500, currency="NOK", reason="status 2"
    )
    recording.record_skipped(house.ledger, TENANT, "poweroffice", "run-2", [one])
    house.replay()
    assert claims.find_lacking(house.ledger, TENANT, "poweroffice") == ["id-1", "id-2"]
    assert claims.find_lacking(house.ledger, "fjord", "poweroffice") == []
    house.fetch(1)
    assert claims.find_lacking(house.ledger, TENANT, "poweroffice") == ["id-2"]
    assert house.states() == {1: "in_doubt"}


async def test_a_claim_on_a_version_that_nothing_leads_back_to_ends_with_a_line_in_the_transfer_log(house: House) -> None:
    house.fetch(1, 2)
    house.send(1, 2, purpose="distribute", target="ehf")
    put_back = house.back_up()
    for n in (1, 2):
        sent = [journal_lines.Sending(delivery=n, document=n, source="poweroffice", source_key=f"id-{n}", natural_key=f"ehf/B{n}")]
        house.journal.left(TENANT, house.journal.reserve(TENANT, "run-2", "distribute", "ehf", sent, NOW), NOW)
    house = put_back()
    await house.recover()
    claims.give_up_superseded(house.ledger, TENANT, "recover-1", {house.rows("distribute")[2].id})
    assert house.claims() == {("distribute", "id-2", "ehf", "ehf/B2")}
    assert house.states("distribute") == {1: "accepted", 2: "accepted"}
    ((outcome, detail),) = house.log()[house.rows("distribute")[1].id]
    assert (outcome, "viser den ikke lenger" in detail) == ("in_doubt", True)


async def test_a_claim_on_a_later_revision_waits_until_that_is_planned_under_its_key(house: House) -> None:
    """What was accepted stays accepted; what was sent anew after it, under another key, is in doubt as soon as it is planned."""
    house.fetch(1)
    house.send(1, purpose="distribute", target="ehf")
    put_back = house.back_up()
    sent = [journal_lines.Sending(delivery=9, document=9, source="poweroffice", source_key="id-1", natural_key="ehf/B")]
    house.journal.left(TENANT, house.journal.reserve(TENANT, "run-2", "distribute", "ehf", sent, NOW), NOW)
    house = put_back()
    recovered = await house.recover()
    assert (recovered.put_in_doubt, recovered.claimed) == (0, 1)
    assert house.states("distribute") == {1: "accepted"}
    house.fetch(1, text="B")
    assert house.states("distribute") == {1: "accepted"}
    changes.send_again(house.ledger, TENANT, changes.find_changed(house.ledger, TENANT), "run-3")
    house.fetch(2)
    house.fetch(1, text="C")
    claim = {("distribute", "id-1", "ehf", "ehf/B")}
    for key, state in (("ehf/C", "planned"), ("ehf/B", "in_doubt")):
        assert (house.states("distribute")[1], house.claims()) == ("waiting", claim)
        plan = deliveries.Planned(id=house.rows("distribute")[1].id, target="ehf", natural_key=key)
        deliveries.plan(house.ledger, TENANT, [plan], "run-3")
        assert (house.states("distribute")[1], house.claims()) == (state, claim if state == "planned" else set())
        house.fetch(1, text="B")
    assert house.rows("distribute")[1].natural_key == "ehf/B"
    assert not [row for row in deliveries.find_open(house.ledger, TENANT, "distribute", ["planned"]) if row.document_id == 1]


def stop(house: House, scope: str, at: dt.datetime, *, journal_fails: bool = False) -> stops.Stop:
    """As tasks/stopping does."""
    made, _ = stops.record(house.ledger, TENANT, scope, why=f"because of {scope}", owner="Kari", at=at)
    if not journal_fails:
        house.journal.stopped(TENANT, scope, why=made.why, owner=made.owner, at=made.at, review_at=made.review_at)
    return made


def release(house: House, scope: str, at: dt.datetime, *, journal_fails: bool = False) -> None:
    stops.record_release(house.ledger, TENANT, scope, why="mended", by="Ola", at=at)
    if not journal_fails:
        house.journal.released(TENANT, scope, why="mended", by="Ola", at=at)


def every_stop(house: House) -> list[Any]:
    """All that the ledger knows of stops but their ids."""
    with house.ledger.reading() as connection:
        rows = connection.execute(sa.select(operations.stop).order_by(operations.stop.c.at))
        return [tuple(row)[1:] for row in rows]


@pytest.mark.parametrize("by", ["check", "recover"])
async def test_stops_and_releases_since_the_backup_are_known_again(house: House, by: str) -> None:
    times = [NOW + dt.timedelta(minutes=n) for n in range(8)]
    house.fetch(1)
    stop(house, "ehf", times[0])
    stop(house, "email", times[1])
    put_back = house.back_up()
    release(house, "ehf", times[2])
    stop(house, "ehf", times[3])
    stop(house, "", times[4])
    stop(house, "letter", times[5])
    release(house, "letter", times[6])
    house.journal.stopped("fjord", "book", why="x", owner="x", at=times[7], review_at=LATER)
    before = every_stop(house)
    assert house.check()
    assert every_stop(house) == before
    if by == "recover":
        house.send(1)
    house = put_back()
    if by == "recover":
        await house.recover()
    else:
        assert house.check()
    assert every_stop(house) == before
    assert [one.scope for one in stops.find_all_standing(house.ledger, TENANT)] == ["", "ehf", "email"]
    assert house.check()
    assert every_stop(house) == before
    assert house.journal.verify() == []


def test_what_the_ledger_knows_of_a_stop_is_not_undone_by_a_journal_that_lacks_it(small: House) -> None:
    stop(small, "ehf", NOW)
    release(small, "ehf", NOW + dt.timedelta(minutes=1), journal_fails=True)
    stop(small, "email", NOW, journal_fails=True)
    before = every_stop(small)
    assert small.check()
    assert every_stop(small) == before


async def test_another_tenants_lost_lines_lock_and_move_nothing_here(small: House) -> None:
    house = small
    house.fetch(1)
    house.fetch(1, 2, tenant="fjord")
    put_back = house.back_up()
    house.send(1, tenant="fjord")
    house = put_back()
    assert house.check()
    assert not house.check("fjord")
    await house.recover()
    assert house.lock("fjord")
    assert house.states(tenant="fjord") == {1: "waiting", 2: "waiting"}
    await house.recover("fjord")
    assert house.states(tenant="fjord") == {1: "in_doubt", 2: "waiting"}
    assert house.states() == {1: "waiting"}


async def test_the_same_backup_put_back_twice_is_found_twice(small: House) -> None:
    house = small
    house.fetch(1, 2)
    put_back = house.back_up()
    house.send(1)
    for _ in range(2):
        house = put_back()
        assert not house.check()
        await house.recover()
        assert house.states() == {1: "in_doubt", 2: "waiting"}
        assert house.check()


async def test_the_lock_stands_until_everything_was_read_back(small: House) -> None:
    house = small
    house.fetch(1)
    put_back = house.back_up()
    house.send(1)
    house = put_back()

    async def unreachable() -> None:
        raise ConnectionError("the factoring company is away")

    with pytest.raises(ConnectionError):
        await recovery.recover(house.ledger, house.journal, TENANT, "recover-1", LATER, unreachable)
    assert house.lock()
    assert not house.check()
    recovered = await house.recover(found={1: "accepted"})
    assert (recovered.lines, recovered.settled) == (0, {"accepted": 1})
    assert house.check()


async def test_a_recover_interrupted_at_any_statement_and_begun_again_ends_the_same(small: House) -> None:
    small.fetch(1, 2, 3)
    put_back = small.back_up()
    small.fetch(4)
    small.send(1, 4)
    small.send(2, outcome=None)
    for at in itertools.count(1):
        house = put_back()
        left_to_go = itertools.count(at - 1, -1)

        def die(*_about: object, left_to_go: itertools.count[int] = left_to_go) -> None:
            if next(left_to_go) == 0:
                raise InterruptedError

        sa.event.listen(house.ledger.engine, "before_cursor_execute", die)
        try:
            await house.recover(found={1: "accepted"})
            interrupted = False
        except InterruptedError:
            interrupted = True
        sa.event.remove(house.ledger.engine, "before_cursor_execute", die)
        if interrupted:
            assert not house.check()
            await house.recover(found={1: "accepted"})
        assert house.states() == {1: "accepted", 2: "in_doubt", 3: "waiting"}
        assert house.claims() == {("book", "id-4", "factoring:4711", "factoring:4711/4")}
        assert house.check()
        house.ledger.close()
        if not interrupted:
            break
    assert at > 20


def test_what_may_be_travelling_is_waited_for(small: House) -> None:
    small.fetch(1)
    put_back = small.back_up()
    small.send(1, outcome=None)
    house = put_back()
    assert not house.check()
    soon = NOW + dt.timedelta(minutes=14)
    with pytest.raises(recovery.RecoveryError, match=r"kan fortsatt være underveis.* etter 23\.11\.2026 kl\. 08:15:00"):
        recovery.replay(house.ledger, house.journal, TENANT, "recover-1", soon)
    assert house.lock()
    assert house.states() == {1: "waiting"}
    assert recovery.replay(house.ledger, house.journal, TENANT, "recover-1", soon + dt.timedelta(minutes=1)) == (1, 1)


async def test_whoever_reserved_before_a_recover_cannot_send_after_it(house: House) -> None:
    house.fetch(1, 2)
    house.plan(1, 2)
    stale = House(house.ledger, house.folder)
    begun = stale.reserve(1)
    ids = [house.rows()[2].id]
    line = stale.journal.reserve(TENANT, "run-1", "book", "factoring:4711", recovery.find_sendings(house.ledger, TENANT, ids), NOW)
    await house.recover()
    with pytest.raises(journal.EpochError), stale.ledger.writing() as connection:
        deliveries.reserve(connection, TENANT, ids, "run-1")
        recovery.record_line(connection, TENANT, line)
    with pytest.raises(journal.EpochError):
        stale.journal.left(TENANT, begun, NOW)
    assert house.states() == {1: "sending", 2: "planned"}
    house.reserve(2)


@pytest.mark.parametrize("left", ["nothing", "an empty folder", "an older copy", "another journal"])
async def test_a_lost_journal_is_said_and_given_up_only_by_an_explicit_word(small: House, left: str) -> None:
    house = small
    for _ in range(2):
        await house.recover()
    house.fetch(1, 2, 3)
    house.send(1)
    folder = house.folder / "journal"
    shutil.copytree(folder, house.folder / "older")
    house.send(2)
    shutil.rmtree(folder)
    if left == "an empty folder":
        folder.mkdir()
    elif left == "an older copy":
        (house.folder / "older").rename(folder)
    elif left == "another journal":
        other = journal.Journal(folder)
        for _ in range(30):
            other.left("fjord", "000001.000001.000000000000.0123456789abcdef", NOW)
    house = House(house.ledger, house.folder)
    with pytest.raises(journal.JournalError, match=r"mangler linjen 000003.*--journal-lost"):
        house.check()
    if left in ("nothing", "an empty folder"):
        with pytest.raises(journal.JournalError):
            house.check("a-new-tenant")
    with pytest.raises(journal.JournalError, match="mangler linjen"):
        await house.recover()
    assert recovery.find_missing(house.ledger, house.journal) != []
    recovered = await house.recover(journal_lost=True)
    assert (recovered.lines, recovered.put_in_doubt) == (0, 0)
    assert house.check()
    assert recovery.find_missing(house.ledger, house.journal) == []
    house.send(3)
    assert House(house.ledger, house.folder).check()
    assert house.states() == {1: "accepted", 2: "accepted", 3: "accepted"}


def test_a_check_does_not_read_what_it_has_compared_before(small: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_FAR", 1_000)
    small.fetch(1, 2)
    small.send(1)
    for number in range(200):
        small.journal.left("fjord", f"{number}", NOW)
    assert small.check()
    assert small.check("new-here")
    compared: list[str] = []
    scan = journal.Journal.scan

    def watched(self: journal.Journal, tenant: str, wanted: Sequence[Any], start: str = "") -> Any:
        compared.append(start)
        return scan(self, tenant, wanted, start)

    monkeypatch.setattr(journal.Journal, "scan", watched)
    end = small.journal.end()
    assert small.check()
    assert small.check("new-here")
    assert set(compared) == {end}
    put_back = small.back_up()
    small.send(2)
    assert not put_back().check()


def test_a_mark_at_an_uncommitted_reservation_is_no_reservation(small: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_FAR", -1)
    small.fetch(1, 2)
    small.plan(1)
    ids = [small.rows()[1].id]
    line = small.journal.reserve(TENANT, "run-1", "book", "factoring:4711", recovery.find_sendings(small.ledger, TENANT, ids), NOW)
    assert small.check()
    put_back = small.back_up()
    with small.ledger.writing() as connection:
        deliveries.reserve(connection, TENANT, ids, "run-1")
        recovery.record_line(connection, TENANT, line)
    small.journal.left(TENANT, line, NOW)
    assert small.check()
    house = put_back()
    assert not house.check()
    assert house.replay() == (1, 1)


def test_checks_beside_live_runs_never_lock(house: House) -> None:
    house.fetch(*range(1, 41))
    house.plan(*range(1, 41))
    done = threading.Event()
    checked: list[bool] = []

    def watch() -> None:
        beside = House(house.ledger, house.folder)
        while not done.is_set():
            checked.append(beside.check())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for number in range(1, 41):
            house.journal.left(TENANT, house.reserve(number), NOW)
    finally:
        done.set()
        watching.join()
    assert len(checked) > 3
    assert all(checked)


def test_a_backup_taken_between_any_two_steps_is_found_when_something_left_since(small: House) -> None:
    """Two runs of one tenant, their steps interleaved; a backup after each step; whatever left after it and is not in it locks."""
    small.fetch(1, 2)
    small.plan(1, 2)
    ids = {number: [small.rows()[number].id] for number in (1, 2)}
    lines: dict[int, str] = {}

    def reserve(number: int) -> None:
        sendings = recovery.find_sendings(small.ledger, TENANT, ids[number])
        lines[number] = small.journal.reserve(TENANT, f"run-{number}", "book", "factoring:4711", sendings, NOW)

    def commit(number: int) -> None:
        with small.ledger.writing() as connection:
            deliveries.reserve(connection, TENANT, ids[number], f"run-{number}")
            recovery.record_line(connection, TENANT, lines[number])

    def leave(number: int) -> None:
        small.journal.left(TENANT, lines[number], NOW)

    steps = [(reserve, 1), (reserve, 2), (commit, 2), (leave, 2), (commit, 1), (leave, 1)]
    backups: list[tuple[set[int], Callable[[], House]]] = [(set(), small.back_up())]
    committed: set[int] = set()
    for step, number in steps:
        step(number)
        committed |= {number} if step is commit else set()
        backups.append((set(committed), small.back_up()))
    for known, put_back in backups:
        house = put_back()
        assert house.check() == (known == {1, 2})
        if known != {1, 2}:
            assert house.replay() == (2 - len(known), 2 - len(known))
        house.ledger.close()


@pytest.fixture
def console(small: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The house as the command line finds it."""
    key = small.folder / "secrets" / "ledger.key"
    key.parent.mkdir()
    key.write_text(base64.b64encode(b"0" * 32).decode())
    key.chmod(0o600)
    monkeypatch.setenv("FAKTURABRO_HOME", str(small.folder))
    monkeypatch.setenv("FAKTURABRO_SECRETS", str(key.parent))
    monkeypatch.setenv("FAKTURABRO_LEDGER_URL", f"sqlite:///{small.folder / 'ledger.db_1_2'}")
    monkeypatch.setattr(clock, "now", lambda: LATER)
    installation.current.cache_clear()
    yield small
    installation.current.cache_clear()


def test_the_command_says_what_it_found_and_what_waits(console: House, capsys: pytest.CaptureFixture[str]) -> None:
    console.fetch(1)
    put_back = console.back_up()
    console.fetch(2)
    console.send(1, 2, outcome="in_doubt", purpose="distribute", target="email")
    house = put_back()
    assert recovering.recover([]) == 0
    said = capsys.readouterr().out
    assert "nordlys" not in said, "a tenant without settings, sendings or lock is found by its next run"
    assert not house.check()
    assert recovering.recover([]) == 0
    said = capsys.readouterr().out
    assert "nordlys: 1 sending(er) sto bare i sendejournalen; 1 levering(er) ble satt som uavklart." in said
    assert "nordlys: 1 levering(er) for nordlys gikk ut før hovedboken ble lagt tilbake, og dokumentene er ikke hentet" in said
    assert "nordlys: Hemmeligheten poweroffice.application_key mangler" in said
    assert "nordlys: 1 kan ikke leses tilbake og venter på en person" in said
    assert "nordlys: Låsen er opphevet." in said
    assert house.states("distribute") == {1: "in_doubt"}
    assert house.check()
    assert recovering.recover([]) == 0
    assert "Ingenting å gjøre" in capsys.readouterr().out


def test_the_command_leaves_the_lock_when_a_target_cannot_be_read(console: House, capsys: pytest.CaptureFixture[str]) -> None:
    console.fetch(1)
    put_back = console.back_up()
    console.send(1)
    house = put_back()
    assert not house.check()
    assert recovering.recover([TENANT]) == 1
    said = capsys.readouterr().out
    assert "FAKTURABRO_FACTORING mangler" in said
    assert "Låsen står." in said
    assert house.lock()
    assert house.states() == {1: "in_doubt"}


def test_the_command_verifies_the_journal_and_what_the_ledger_knows_of_it(
    console: House, capsys: pytest.CaptureFixture[str]
) -> None:
    console.fetch(1, 2)
    console.send(1)
    console.back_up()()
    assert recovering.verify() == 0
    assert "er hel" in capsys.readouterr().out
    file = console.folder / "journal" / "000001.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"run-1", b"run-2", 1))
    assert recovering.verify() == 1
    assert f"{file}:1: linjen er endret" in capsys.readouterr().out
    file.write_bytes(b"")
    assert recovering.verify() == 1
    assert "står i hovedboken, men ikke i" in capsys.readouterr().out
