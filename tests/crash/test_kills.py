"""Real `kill -9` in real deployment runs on PostgreSQL; `make crash` does more of them (tests/crash/kills.py). And the judge of the
gateway's kills must see what they could have broken."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from fakturabro.gateway import connecting
from fakturabro.ledger import choices, decisions, links, opened, operations, stored_secrets, tables
from tests.crash import counterparts, kills, laboratory, person, verdicts

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
BASE, KEY = "http://gateway.example", "a1b2c3d4-0000-4000-8000-000000000001"
APPROVAL, CONNECTION = f"{BASE}/approvals/approval", f"{BASE}/connect/connection"
_decision, _link, _log = operations.decision, operations.link, tables.transfer_log
_MOVE = {"tenant": counterparts.TENANT, "delivery_id": 7, "at": NOW, "run": "decision:1", "target": "email"} | {
    "natural_key": "<7@x>",
    "outcome": "accepted",
    "detail": "",
}


@pytest.mark.long  # four minutes; .ci/run does the same by `make crash-kills KILLS=8`
def test_killed_for_good_nothing_is_lost_and_nothing_twice() -> None:
    figures, verdict = kills.play(8)
    assert verdict.is_good, verdict
    assert figures["kills"] == 8 and figures["kills_by_kind"] == dict.fromkeys(kills.KINDS, 2)
    assert figures["died_while_sending"] >= 2, "hardly any kill hit between sending and the answer"
    assert figures["server_alone"] == 1


_ENOUGH = {"kills": 100, "died_while_sending": 30, "server_alone": 12, "kills_by_kind": dict.fromkeys(kills.KINDS, 25)}


def test_a_command_that_killed_too_few_in_the_middle_fails() -> None:
    good = verdicts.Verdict()
    assert kills.is_enough(_ENOUGH, good)
    assert not kills.is_enough({**_ENOUGH, "died_while_sending": 29}, good)
    assert not kills.is_enough({**_ENOUGH, "server_alone": 11}, good)
    uneven = {**dict.fromkeys(kills.KINDS, 25), "gateway": 24, "flow": 26}
    assert not kills.is_enough({**_ENOUGH, "kills_by_kind": uneven}, good)
    assert not kills.is_enough(_ENOUGH, verdicts.Verdict(wrong=["x"]))


def test_the_figures_tell_of_everything_that_makes_a_verdict_bad() -> None:
    known = set(verdicts.Verdict.__struct_fields__) - {"documents"}
    assert set(kills.counted(verdicts.Verdict())) == known
    assert known <= set(laboratory._COUNTS)
    assert kills.counted(verdicts.Verdict(wrong=["x", "y"]))["wrong"] == 2


@pytest.fixture
def witness(ledger: opened.Ledger) -> person.Person:
    """Somebody who decided a document and gave a key, both recorded as they should be."""
    decided = {"decided_at": NOW, "decided_by": person.ADDRESS, "answer": "accepted", "why": "sett"}
    asked = {"id": 1, "tenant": counterparts.TENANT, "kind": decisions.IN_DOUBT, "subject": "7", "caused_by": "run:1"}
    sealing = stored_secrets.key(ledger, counterparts.TENANT, NOW)
    with ledger.writing() as connection:
        connection.execute(sa.insert(_decision).values(**asked, question=b"", asked_at=NOW, **decided))
        connection.execute(sa.insert(_log).values(**_MOVE))
        for page, token, subject in (("approvals", "approval", "1"), ("connect", "connection", counterparts.TENANT)):
            kept = {"hash": links.digest(token), "tenant": counterparts.TENANT, "page": page, "subject": subject, "person": "x@y"}
            connection.execute(sa.insert(_link).values(**kept, expires_at=NOW, used_at=NOW))
        name = stored_secrets.POWEROFFICE_CLIENT_KEY
        stored_secrets.record(connection, sealing, counterparts.TENANT, name, KEY, NOW, "x@y")
        for name in (choices.EMAIL_ALTERNATIVE, choices.POWEROFFICE_COMPANY):
            choices.record(connection, counterparts.TENANT, name, "x", NOW, "x@y")
    made = person.Person(BASE, None, KEY)
    made.told = {APPROVAL: ["nothing", "decided_in_doubt_accepted"], CONNECTION: ["nothing", "dead_link"]}
    made.meant = {APPROVAL: "accepted"}
    return made


def _judged(witness: person.Person, ledger: opened.Ledger) -> verdicts.Verdict:
    verdict = verdicts.Verdict()
    witness.judge(ledger, verdict)
    return verdict


def test_the_judge_finds_nothing_where_all_is_as_it_was_said(witness: person.Person, ledger: opened.Ledger) -> None:
    assert _judged(witness, ledger) == verdicts.Verdict()


_OPEN = {"decided_at": None, "decided_by": None, "answer": None}
_CHOICES = operations.choice.c.name == choices.POWEROFFICE_COMPANY


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (sa.update(_decision).values(**_OPEN), "lost", "stands as None"),
        (sa.update(_decision).values(**_OPEN), "unsettled", "is still asked"),
        (sa.update(_decision).values(answer="planned"), "lost", "stands as planned"),
        (sa.update(_decision).values(decided_by="ola@klient.example"), "wrong", "by ola"),
        (sa.delete(_log), "lost", "moved nothing"),
        (sa.insert(_log).values(**_MOVE), "duplicated", "moved its delivery 2 times"),
        (sa.insert(_log).values(**{**_MOVE, "run": "decision:2"}), "wrong", "which nobody decided"),
        (sa.update(_link).where(_link.c.page == "approvals").values(used_at=None), "unsettled", "never used up"),
        (sa.update(_link).where(_link.c.page == "connect").values(used_at=None), "unsettled", "never used up"),
        (sa.delete(operations.choice).where(_CHOICES), "lost", "0 times there is"),
        (
            sa.insert(operations.choice).from_select(
                ["tenant", "name", "value", "at", "by"],
                sa.select(*[operations.choice.c[name] for name in ("tenant", "name", "value", "at", "by")]).where(_CHOICES),
            ),
            "duplicated",
            "2 times there is",
        ),
        (sa.delete(operations.secret), "lost", "not the one that was given"),
        (sa.update(operations.secret).values(name=connecting.TESTED), "wrong", "only tested"),
    ],
)
def test_the_judge_sees_what_does_not_stand_as_it_was_said(
    witness: person.Person, ledger: opened.Ledger, change: sa.Executable, kind: str, words: str
) -> None:
    with ledger.writing() as connection:
        connection.execute(change)
    found = getattr(_judged(witness, ledger), kind)
    assert any(words in text for text in found), found


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (["decided_in_doubt_accepted", "decided_in_doubt_accepted"], "duplicated"),
        (["decided_in_doubt_planned"], "lost"),
        (["failed", "decided_in_doubt_accepted"], "wrong"),
    ],
)
def test_the_judge_believes_what_the_pages_said(witness: person.Person, ledger: opened.Ledger, told: list[str], kind: str) -> None:
    witness.told[APPROVAL] = told
    assert getattr(_judged(witness, ledger), kind)
