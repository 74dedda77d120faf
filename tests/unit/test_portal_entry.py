"""Links, codes and sessions of the debtor portal, on both databases: what opens, what locks, and that nothing of it can be read."""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import pathlib
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import opened, purging, retention, tables
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import losses
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import closing as portal_closing
from fakturabro.ledger.portal import entry as portal_entry
from fakturabro.ledger.portal import issues as portal_issues
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import tables as portal_tables
from fakturabro.ledger.portal import wishes as portal_wishes
from tests.unit import portal_scene as scene

NOW, TENANT, KEY = scene.NOW, scene.TENANT, scene.KEY
MINUTE = dt.timedelta(minutes=1)
WRONG = "00000000"
ON_SQLITE = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
"""For what does not ask the database to keep two apart."""


@pytest.fixture
def secrets(ledger: opened.Ledger) -> portal_keys.Secrets:
    """Of document 1, which went by link."""
    made = scene.link(ledger, scene.take_in(ledger, 1))
    scene.send(ledger, 1)
    return made


def enter(ledger: opened.Ledger, token: str, code: str, now: dt.datetime = NOW, said_to: journal.Journal | None = None) -> str:
    return portal_entry.enter(ledger, said_to, KEY, token, code, now).outcome


def find(ledger: opened.Ledger, token: str) -> portal.Link:
    found = portal.find(ledger, token)
    assert found is not None
    return found


def test_secrets_are_the_same_for_the_same_issue_of_the_same_link_only() -> None:
    made = {
        portal_keys.derive(*said)
        for said in (
            (KEY, "a", "<a.1@x>", 1),
            (KEY, "a", "<a.1@x>", 2),
            (KEY, "a", "<a.2@x>", 1),
            (KEY, "b", "<a.1@x>", 1),
            (b"q" * 32, "a", "<a.1@x>", 1),
        )
    }
    assert len({one.token for one in made}) == len({one.code for one in made}) == 5
    assert portal_keys.derive(KEY, "a", "<a.1@x>", 1) in made
    assert all(len(one.token) == 43 and portal_keys.normalise(portal_keys.grouped(one.code)) == one.code for one in made)
    assert not any(one.code in repr(one) or one.token in repr(one) for one in made)


@pytest.mark.parametrize(
    "said", ["", "\x00" * 8, "K7M2XW9\x00", "😀" * 8, "0" * 10_000, "-" * 10_000, "K7M2XW9P1", "ＫＫＫＫＫＫＫＫ"]
)
@ON_SQLITE
def test_what_can_be_no_code_is_looked_up_nowhere(ledger: opened.Ledger, secrets: portal_keys.Secrets, said: str) -> None:
    assert enter(ledger, secrets.token, said) == "malformed"
    assert find(ledger, secrets.token).wrong == 0


def test_the_ledger_holds_neither_token_nor_code_and_the_right_code_opens(
    ledger: opened.Ledger, secrets: portal_keys.Secrets
) -> None:
    assert scene.link(ledger, 1, NOW + MINUTE) == secrets, "recorded twice, mailed twice the same"
    entry = portal_entry.enter(ledger, None, KEY, secrets.token, portal_keys.grouped(secrets.code).lower(), NOW)
    link = portal.find(ledger, secrets.token)
    assert entry.outcome == "right" and link is not None
    assert portal.read_face(ledger, link) == scene.FACE
    with ledger.reading() as connection:
        held = repr([connection.execute(sa.select(table)).all() for table in tables.metadata.tables.values()])
    assert not any(secret in held for secret in (secrets.token, secrets.code, entry.session))


@ON_SQLITE
def test_five_wrong_codes_lock_for_fifteen_minutes_and_twenty_close(ledger: opened.Ledger, secrets: portal_keys.Secrets) -> None:
    now = NOW
    for _ in range(3):
        assert [enter(ledger, secrets.token, WRONG, now) for _ in range(6)] == ["wrong"] * 5 + ["locked"]
        assert enter(ledger, secrets.token, secrets.code, now + 14 * MINUTE) == "locked"
        assert enter(ledger, secrets.token, WRONG, now - dt.timedelta(days=1)) == "wrong", "a clock that went back locks nobody out"
        assert enter(ledger, secrets.token, secrets.code, now + 15 * MINUTE) == "right", "which sets the row back"
        now += 15 * MINUTE
    assert enter(ledger, secrets.token, WRONG, now) == "wrong" and not portal_closing.find_guessed(ledger, TENANT)
    assert enter(ledger, secrets.token, WRONG, now) == "wrong"
    assert enter(ledger, secrets.token, secrets.code, now) == "dead"
    (guessed,) = portal_closing.find_guessed(ledger, TENANT)
    assert (guessed.number, guessed.at) == ("1", now)
    again = portal.reissue(ledger, KEY, find(ledger, secrets.token), now)
    assert enter(ledger, again.token, again.code, now) == "right" and not portal_closing.find_guessed(ledger, TENANT)


def test_two_gateways_that_are_hammered_count_as_one(ledger: opened.Ledger, secrets: portal_keys.Secrets) -> None:
    gateways = [opened.open_ledger(ledger.engine.url.render_as_string(hide_password=False), b"0" * 32) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        told = list(crowd.map(lambda n: enter(gateways[n % 2], secrets.token, WRONG), range(40)))
        misses = list(crowd.map(lambda n: enter(gateways[n % 2], "x" * 43, WRONG), range(40)))
    for one in gateways:
        one.close()
    assert (told.count("wrong"), told.count("locked"), misses) == (5, 35, ["unknown"] * 40)
    assert find(ledger, secrets.token).wrong == 5
    with ledger.reading() as connection:
        assert connection.execute(sa.select(portal_tables.portal_miss.c.count)).scalars().all() == [40]


@ON_SQLITE
def test_a_session_is_short_and_of_its_own_link(ledger: opened.Ledger, secrets: portal_keys.Secrets) -> None:
    other = scene.link(ledger, scene.take_in(ledger, 2))
    session = portal_entry.enter(ledger, None, KEY, secrets.token, secrets.code, NOW).session
    found = portal_entry.find_session(ledger, secrets.token, session, NOW + 29 * MINUTE)
    assert found == find(ledger, secrets.token)
    assert portal_entry.find_session(ledger, secrets.token, session, NOW + 30 * MINUTE) is None
    assert portal_entry.find_session(ledger, other.token, session, NOW) is None
    assert portal_entry.find_session(ledger, secrets.token, "", NOW) is None
    portal_entry.leave(ledger, session)
    assert portal_entry.find_session(ledger, secrets.token, session, NOW) is None


def test_a_new_issue_closes_the_old_one_and_its_sessions(ledger: opened.Ledger, secrets: portal_keys.Secrets) -> None:
    old = find(ledger, secrets.token)
    session = portal_entry.enter(ledger, None, KEY, secrets.token, secrets.code, NOW).session
    assert portal_wishes.wish(ledger, old, NOW) and not portal_wishes.wish(ledger, old, NOW + 59 * MINUTE)
    later = NOW + dt.timedelta(days=29)
    new = portal.reissue(ledger, KEY, old, later)
    assert portal.reissue(ledger, KEY, old, later + MINUTE) == new, "a mail whose answer never came goes again as it was"
    scene.address(ledger, 1, "kari@firma.no")
    assert portal_wishes.find(ledger, TENANT, later) == [find(ledger, secrets.token)], "until it was mailed"
    assert portal_wishes.take(ledger, old, later) and not portal_wishes.take(ledger, old, later), "two runs mail it once"
    assert portal_wishes.find(ledger, TENANT, later) == []
    assert portal_wishes.find(ledger, TENANT, later + 60 * MINUTE) != [], "a run that died leaves it to a later one"
    portal_wishes.grant(ledger, old, "<new@mail.example>", "run-2", later)
    assert portal_wishes.find(ledger, TENANT, later + 60 * MINUTE) == [] and not portal_wishes.wish(ledger, old, later)
    assert enter(ledger, secrets.token, secrets.code, later) == enter(ledger, secrets.token, WRONG, later) == "dead"
    assert portal_entry.find_session(ledger, secrets.token, session, NOW) is None
    assert enter(ledger, new.token, secrets.code, later) == "wrong"
    assert enter(ledger, new.token, new.code, later + dt.timedelta(days=29)) == "right", "thirty days anew"
    assert enter(ledger, new.token, new.code, later + dt.timedelta(days=31)) == "expired"
    assert scene.link(ledger, 1) == new


@ON_SQLITE
@pytest.mark.parametrize("gone", [tables.recipient.c.sealed, tables.revision.c.canonical])
def test_of_what_was_purged_no_link_is_made_again(
    ledger: opened.Ledger, secrets: portal_keys.Secrets, gone: sa.Column[bytes]
) -> None:
    scene.address(ledger, 1, "kari@firma.no")
    assert portal_wishes.wish(ledger, find(ledger, secrets.token), NOW)
    assert len(portal_wishes.find(ledger, TENANT, NOW)) == 1
    with ledger.writing() as connection:
        connection.execute(sa.update(gone.table).values({gone.name: b"2026-11"}))
    assert portal_wishes.find(ledger, TENANT, NOW) == []
    with ledger.writing() as connection:
        connection.execute(sa.delete(portal_tables.portal_link))
    assert portal.find_lacking(ledger, TENANT) == []


@ON_SQLITE
def test_where_the_portals_key_was_replaced_the_next_issue_follows(ledger: opened.Ledger, secrets: portal_keys.Secrets) -> None:
    made = scene.link(ledger, 1, key=b"q" * 32)
    assert made == portal_keys.derive(b"q" * 32, TENANT, scene.email_key(1), 2)
    assert portal_entry.enter(ledger, None, b"q" * 32, made.token, made.code, NOW).outcome == "right"
    assert enter(ledger, secrets.token, secrets.code) == "dead"


@ON_SQLITE
def test_the_first_right_code_stands_in_the_journal_whatever_epoch_the_gateway_began_in(
    ledger: opened.Ledger, secrets: portal_keys.Secrets, tmp_path: pathlib.Path
) -> None:
    kept = journal.Journal(tmp_path / "journal")
    journal.Journal(tmp_path / "journal").begin_epoch(TENANT, "recover", NOW, after=7)
    for _ in range(2):
        assert enter(ledger, secrets.token, secrets.code, said_to=kept) == "right"
    lines: list[Any] = list(kept.scan(TENANT, journal_lines.NEWS))
    assert [(line.natural_key, line.at, line.epoch) for line in lines] == [(scene.email_key(1), NOW, 8)]
    assert kept.verify() == []
    with pytest.raises(journal.EpochError):
        kept.stopped(TENANT, "", why="w", owner="o", at=NOW, review_at=NOW)


def test_a_restored_ledger_opens_the_issue_that_the_journal_names_and_none_before_it(
    ledger: opened.Ledger, secrets: portal_keys.Secrets, tmp_path: pathlib.Path
) -> None:
    kept = journal.Journal(tmp_path / "journal")
    scene.address(ledger, 1, "kari@kunde.example")
    portal_issues.announce(kept, TENANT, scene.email_key(1), 2, NOW)
    assert portal.find_lacking(ledger, TENANT) == []
    for _ in range(2):
        losses.restore_news(ledger, kept, TENANT, "")
    (lacking,) = portal.find_lacking(ledger, TENANT)
    assert lacking.natural_key == scene.email_key(1)
    new = scene.link(ledger, 1)
    assert new == portal_keys.derive(KEY, TENANT, scene.email_key(1), 2)
    assert (enter(ledger, secrets.token, secrets.code), enter(ledger, new.token, new.code)) == ("dead", "right")
    assert portal.find_lacking(ledger, TENANT) == []


@ON_SQLITE
def test_a_journal_that_is_away_keeps_no_debtor_out(
    ledger: opened.Ledger, secrets: portal_keys.Secrets, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = journal.Journal(tmp_path / "journal")
    (tmp_path / "journal").write_text("no folder")
    assert enter(ledger, secrets.token, secrets.code, said_to=kept) == "right"
    assert "kom ikke i sendejournalen" in caplog.text


def test_links_go_with_their_document(ledger: opened.Ledger, secrets: portal_keys.Secrets) -> None:
    old = find(ledger, secrets.token)
    with ledger.writing() as connection:
        mine = tables.delivery.c.tenant == TENANT
        connection.execute(sa.update(tables.delivery).where(mine, tables.delivery.c.state == "waiting").values(state="cancelled"))
    candidate = retention.Candidate(kind="document", month="2026-11", due=NOW.date(), documents=1, open=0)
    assert purging.purge(ledger, TENANT, candidate)
    assert portal.find(ledger, secrets.token) is None and portal.read_face(ledger, old) is None
    assert enter(ledger, secrets.token, secrets.code) == "unknown"
