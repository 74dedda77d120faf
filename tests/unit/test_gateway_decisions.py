"""Decisions in the ledger: codes and links that work once, and one transaction for answer, delivery and transfer log."""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from fakturabro.domain import parties
from fakturabro.gateway import asking, questions
from fakturabro.ledger import (
    approvers,
    decisions,
    deliveries,
    details,
    documents,
    links,
    opened,
    operations,
    raws,
    recording,
    retention,
    settings,
    tables,
)
from fakturabro.remote import errors

NOW = dt.datetime(2026, 11, 23, 22, 30, tzinfo=dt.UTC)
"""Half past eleven in Oslo: still the 23rd there."""
KARI, OLA = "kari@solberg.no", "ola@solberg.no"
FILE = (
    "approvers:\n- {name: Kari Nordmann, email: Kari@Solberg.no}\n- {name: Ola Nordmann, email: ola@solberg.no}\ndeployments: []\n"
)
SECRETS = {KARI: b"k" * 20, OLA: b"o" * 20}
NIN = "01010750160"


def in_doubt(ledger: opened.Ledger, tenant: str = "solberg", number: int = 10023, buyer: str = "Blåbær AS") -> int:
    """A delivery in doubt, sent by e-mail; its id."""
    key = ledger.seals.key(tenant, "document", "2026-11")
    row = documents.Fetched(
        source_key=f"id-{number}",
        kind="invoice",
        number=str(number),
        customer_number="10001",
        amount=12_500,
        currency="NOK",
        listing_hash="",
        hash=b"0" * 32,
        raw=raws.seal(key, "document", b"<Invoice/>"),
        canonical=key.seal(b"{}"),
    )
    recording.record_fetched(ledger, tenant, "poweroffice", "run-1", ("distribute",), [row])
    waiting = deliveries.find_open(ledger, tenant, "distribute", ["waiting"])[-1]
    recipient = parties.Recipient(name=buyer, customer_number="10001", emails=("post@example.no",))
    details.record_recipients(ledger, tenant, ledger.seals.key(tenant, "recipient", "2026-11"), {waiting.document_id: recipient})
    deliveries.plan(ledger, tenant, [deliveries.Planned(id=waiting.id, target="email", natural_key=f"<{number}@x>")], "run-1")
    deliveries.move(ledger, tenant, [waiting.id], "planned", "sending", "run-1")
    answer = deliveries.Answer(delivery_id=waiting.id, target="email", natural_key=f"<{number}@x>", outcome="in_doubt")
    deliveries.record_answers(ledger, tenant, [answer], "run-1", NOW, NOW.date())
    return waiting.id


def prepare(ledger: opened.Ledger, tenant: str = "solberg") -> None:
    """A tenant with two enrolled approvers."""
    settings.record(ledger, tenant, "solberg.yaml", FILE, NOW)
    for email, secret in SECRETS.items():
        sealed = approvers.seal(ledger, tenant, secret, NOW)
        with ledger.writing() as connection:
            approvers.record(connection, sealed, tenant, email, 0, NOW)


def ask(ledger: opened.Ledger, delivery_id: int, caused_by: str = "run-1", tenant: str = "solberg") -> int:
    question = questions.about_delivery(ledger, "solberg", delivery_id) or {}
    return decisions.ask(ledger, tenant, decisions.IN_DOUBT, str(delivery_id), question, caused_by, NOW)


def link(ledger: opened.Ledger, decision_id: int, person: str = KARI, tenant: str = "solberg") -> links.Link:
    token, until = links.make_token(), NOW + dt.timedelta(hours=1)
    links.record(ledger, token, tenant=tenant, page="approvals", subject=str(decision_id), person=person, expires_at=until)
    found = links.find(ledger, "approvals", token, NOW)
    assert found
    return found


def verdict(person: str = KARI, answer: str = "accepted", at: dt.datetime = NOW, why: str = "sett i loggen") -> decisions.Verdict:
    return decisions.Verdict(answer=answer, why=why, code=approvers.code(SECRETS[person], int(at.timestamp()) // 30))


def state(ledger: opened.Ledger, delivery_id: int) -> tuple[str, dt.date | None]:
    query = sa.select(tables.delivery.c.state, tables.delivery.c.settled_on).where(tables.delivery.c.id == delivery_id)
    with ledger.reading() as connection:
        return tuple(connection.execute(query).one())


def lines(ledger: opened.Ledger, delivery_id: int) -> list[tuple[str, str, str, str]]:
    log = tables.transfer_log
    query = sa.select(log.c.run, log.c.natural_key, log.c.outcome, log.c.detail).where(log.c.delivery_id == delivery_id)
    with ledger.reading() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(log.c.id)).all()]


@pytest.mark.parametrize(
    ("moment", "right"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"), (2000000000, "69279037")],
)
def test_codes_are_those_of_the_rfc(moment: int, right: str) -> None:
    assert approvers.code(b"12345678901234567890", moment // 30) == right[-6:]


def test_one_step_of_drift_and_no_more() -> None:
    step = int(NOW.timestamp()) // 30
    codes = {drift: approvers.code(SECRETS[KARI], step + drift) for drift in range(-3, 4)}
    taken = {drift for drift, code in codes.items() if approvers.matching_step(SECRETS[KARI], code, NOW) is not None}
    assert taken == {-1, 0, 1}
    assert approvers.matching_step(SECRETS[KARI], "", NOW) is None
    assert approvers.matching_step(SECRETS[KARI], "١٢٣٤٥٦", NOW) is None


@pytest.mark.parametrize(("answer", "settled_on"), [("accepted", dt.date(2026, 11, 23)), ("planned", None)])
def test_a_decision_moves_its_delivery_and_says_so(ledger: opened.Ledger, answer: str, settled_on: dt.date | None) -> None:
    prepare(ledger)
    delivery_id = in_doubt(ledger)
    decision_id = ask(ledger, delivery_id)
    said = verdict(answer=answer, why=f"Sett hos kunden, født {NIN}")
    assert decisions.decide(ledger, link(ledger, decision_id), said, NOW) == "decided"
    assert state(ledger, delivery_id) == (answer, settled_on)
    assert lines(ledger, delivery_id)[-1] == (
        f"decision:{decision_id}",
        "<10023@x>",
        answer,
        f"{KARI}: Sett hos kunden, født {NIN[:6]}*****",
    )
    found = decisions.find(ledger, "solberg", decision_id)
    assert found and (found.answer, found.decided_by, found.decided_at) == (answer, KARI, NOW)


def test_asking_twice_is_one_decision_until_it_is_decided(ledger: opened.Ledger) -> None:
    prepare(ledger)
    delivery_id = in_doubt(ledger)
    first = ask(ledger, delivery_id)
    assert ask(ledger, delivery_id) == first
    deliveries.move(ledger, "solberg", [delivery_id], "in_doubt", "planned", "run-2")
    assert [decisions.withdraw_settled(ledger, tenant, "run-2", NOW) for tenant in ("fjord", "solberg")] == [0, 1]
    deliveries.move(ledger, "solberg", [delivery_id], "planned", "sending", "run-2")
    deliveries.move(ledger, "solberg", [delivery_id], "sending", "in_doubt", "run-2")
    assert ask(ledger, delivery_id) != first


def test_a_code_works_once_even_for_another_decision(ledger: opened.Ledger) -> None:
    prepare(ledger)
    first, second = in_doubt(ledger), in_doubt(ledger, number=10024)
    one, other = link(ledger, ask(ledger, first)), link(ledger, ask(ledger, second))
    assert decisions.decide(ledger, one, verdict(), NOW) == "decided"
    assert decisions.decide(ledger, other, verdict(), NOW) == "wrong"
    earlier = verdict(at=NOW - dt.timedelta(seconds=30))
    assert decisions.decide(ledger, other, earlier, NOW) == "wrong"
    later = NOW + dt.timedelta(seconds=30)
    assert decisions.decide(ledger, other, verdict(at=later), later) == "decided"


def test_a_link_works_once_and_dies_of_wrong_codes(ledger: opened.Ledger) -> None:
    prepare(ledger)
    delivery_id = in_doubt(ledger)
    one = link(ledger, ask(ledger, delivery_id))
    wrong = decisions.Verdict(answer="accepted", why="gjettet", code="000000")
    assert [decisions.decide(ledger, one, wrong, NOW) for _ in range(6)] == ["wrong"] * 5 + ["dead_link"]
    assert decisions.decide(ledger, one, verdict(), NOW) == "dead_link"
    assert state(ledger, delivery_id)[0] == "in_doubt"


def test_guessing_over_many_links_locks_the_person_for_a_quarter(ledger: opened.Ledger) -> None:
    prepare(ledger)
    delivery_id = in_doubt(ledger)
    decision_id = ask(ledger, delivery_id)
    wrong = decisions.Verdict(answer="accepted", why="gjettet", code="000000")
    for _ in range(2):
        one = link(ledger, decision_id)
        assert [decisions.decide(ledger, one, wrong, NOW) for _ in range(5)] == ["wrong"] * 5
    last = link(ledger, decision_id)
    assert decisions.decide(ledger, last, verdict(), NOW) == "locked"
    assert decisions.decide(ledger, link(ledger, decision_id, OLA), verdict(OLA, answer="planned"), NOW) == "decided"
    later = NOW + dt.timedelta(minutes=16)
    token = links.make_token()
    until = later + dt.timedelta(hours=1)
    links.record(ledger, token, tenant="solberg", page="approvals", subject=str(decision_id), person=KARI, expires_at=until)
    fresh = links.find(ledger, "approvals", token, later)
    assert fresh and decisions.decide(ledger, fresh, verdict(at=later), later) == "already_decided"


def test_who_caused_it_never_decides_it(ledger: opened.Ledger) -> None:
    prepare(ledger)
    for caused_by, number in (("KARI@solberg.no", 10023), (" kari nordmann", 10024)):
        decision_id = ask(ledger, in_doubt(ledger, number=number), caused_by)
        assert decisions.decide(ledger, link(ledger, decision_id), verdict(), NOW) == "caused_it"


def test_nobody_agrees_to_a_code_generator_of_their_own(ledger: opened.Ledger) -> None:
    prepare(ledger)
    decision_id = decisions.ask(
        ledger, "solberg", decisions.APPROVER, KARI, questions.about_approver("solberg", KARI), "drift", NOW
    )
    assert decisions.decide(ledger, link(ledger, decision_id), verdict(answer="granted"), NOW) == "caused_it"
    assert decisions.decide(ledger, link(ledger, decision_id, OLA), verdict(OLA, answer="granted"), NOW) == "decided"


def test_who_left_the_file_decides_nothing(ledger: opened.Ledger) -> None:
    prepare(ledger)
    one = link(ledger, ask(ledger, in_doubt(ledger)))
    settings.record(ledger, "solberg", "solberg.yaml", FILE.replace("Kari@Solberg.no", "ny@solberg.no"), NOW)
    assert decisions.decide(ledger, one, verdict(), NOW) == "not_approver"


def test_a_delivery_that_was_settled_meanwhile_is_left_alone(ledger: opened.Ledger) -> None:
    prepare(ledger)
    delivery_id = in_doubt(ledger)
    decision_id = ask(ledger, delivery_id)
    deliveries.move(ledger, "solberg", [delivery_id], "in_doubt", "planned", "run-2")
    before = lines(ledger, delivery_id)
    assert decisions.decide(ledger, link(ledger, decision_id), verdict(), NOW) == "settled_elsewhere"
    assert state(ledger, delivery_id)[0] == "planned"
    assert lines(ledger, delivery_id) == before
    found = decisions.find(ledger, "solberg", decision_id)
    assert found and found.answer == "settled_elsewhere"


def test_one_tenants_link_moves_nothing_of_anothers(ledger: opened.Ledger) -> None:
    prepare(ledger)
    prepare(ledger, "fjord")
    delivery_id = in_doubt(ledger, "solberg")
    foreign = ask(ledger, delivery_id, tenant="fjord")
    assert decisions.decide(ledger, link(ledger, foreign, tenant="fjord"), verdict(), NOW) == "settled_elsewhere"
    ours = ask(ledger, delivery_id)
    later = NOW + dt.timedelta(seconds=30)
    assert decisions.decide(ledger, link(ledger, ours, tenant="fjord"), verdict(at=later), later) == "dead_link"
    assert state(ledger, delivery_id)[0] == "in_doubt"


def test_nothing_is_half_done_when_the_ledger_refuses(ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(ledger)
    delivery_id = in_doubt(ledger)
    one = link(ledger, ask(ledger, delivery_id))

    def break_down(connection: sa.Connection, decision: decisions.Decision) -> bool:
        assert decisions.EFFECTS["in_doubt"] and original(connection, decision)
        raise OSError("disk full")

    original = decisions.EFFECTS["in_doubt"]["accepted"]
    monkeypatch.setitem(decisions.EFFECTS, "in_doubt", {"accepted": break_down})
    with pytest.raises(OSError, match="disk full"):
        decisions.decide(ledger, one, verdict(), NOW)
    monkeypatch.undo()
    assert state(ledger, delivery_id)[0] == "in_doubt"
    assert decisions.decide(ledger, one, verdict(), NOW) == "decided"


def test_of_two_who_decide_at_once_one_wins(ledger: opened.Ledger) -> None:
    prepare(ledger)
    both = {KARI: "accepted", OLA: "planned"}
    for number in range(6):
        delivery_id = in_doubt(ledger, number=20000 + number)
        decision_id = ask(ledger, delivery_id)
        now = NOW + dt.timedelta(seconds=30 * number)
        outcomes = race(ledger, {link(ledger, decision_id, person): verdict(person, both[person], now) for person in both}, now)
        assert sorted(outcomes.values()) == ["already_decided", "decided"]
        winner = next(person for person, outcome in outcomes.items() if outcome == "decided")
        assert state(ledger, delivery_id)[0] == both[winner]
        assert [line[2] for line in lines(ledger, delivery_id)] == ["in_doubt", both[winner]]


def race(ledger: opened.Ledger, verdicts: dict[links.Link, decisions.Verdict], now: dt.datetime) -> dict[str, str]:
    """The outcomes, by person, of verdicts that start at the same moment."""
    gate = threading.Barrier(len(verdicts))

    def go(one: links.Link) -> str:
        gate.wait()
        return decisions.decide(ledger, one, verdicts[one], now)

    with concurrent.futures.ThreadPoolExecutor(len(verdicts)) as pool:
        return {one.person: outcome for one, outcome in zip(verdicts, pool.map(go, verdicts), strict=True)}


def test_one_link_used_by_many_at_once_counts_every_guess(ledger: opened.Ledger) -> None:
    prepare(ledger)
    one = link(ledger, ask(ledger, in_doubt(ledger)))
    wrong = decisions.Verdict(answer="accepted", why="gjettet", code="000000")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: decisions.decide(ledger, one, wrong, NOW), range(16)))
    assert (outcomes.count("wrong"), outcomes.count("dead_link")) == (5, 11)


def test_a_question_shows_no_identity_number(ledger: opened.Ledger) -> None:
    delivery_id = in_doubt(ledger, buyer=f"Kari Nordmann {NIN}")
    question = questions.about_delivery(ledger, "solberg", delivery_id)
    assert question and NIN not in str(question) and question["buyer"] == f"Kari Nordmann {NIN[:6]}*****"
    assert question["sent_to"] == "post@example.no"
    assert questions.about_delivery(ledger, "fjord", delivery_id) is None


@pytest.mark.parametrize(
    "text",
    ["approvers: kari@x.no", "approvers: [kari@x.no]", "approvers:\n- {name: Kari}", "approvers: [{name: a, email: 7}]"],
)
def test_approvers_that_cannot_be_read_are_an_error(ledger: opened.Ledger, text: str) -> None:
    settings.record(ledger, "solberg", "solberg.yaml", text, NOW)
    with pytest.raises(approvers.ApproverError, match="solberg"):
        approvers.find(ledger, "solberg")


class Post:
    """Mails that were handed over; refuses for those in `away`."""

    def __init__(self) -> None:
        self.sent: list[asking.Mail] = []
        self.away: set[str] = set()

    def send(self, mail: asking.Mail) -> None:
        if mail.recipient in self.away:
            raise errors.Unavailable("borte")
        self.sent.append(mail)


def asker(ledger: opened.Ledger, post: Post) -> asking.Asker:
    return asking.Asker(ledger=ledger, base="https://portal.example.no", send=post.send)


def test_approvers_get_a_mail_with_a_link_per_decision_and_are_reminded_once_a_working_day(ledger: opened.Ledger) -> None:
    prepare(ledger)
    post, ids = Post(), [in_doubt(ledger, number=10023), in_doubt(ledger, number=10024)]
    asked = asking.ask_about_deliveries(asker(ledger, post), "solberg", ids, "run-1", NOW)
    assert (asked.mailed, asked.failed, asked.nobody) == ((KARI, OLA), (), False)
    assert [mail.text.count("https://portal.example.no/approvals/") for mail in post.sent] == [2, 2]
    assert "Blåbær" not in post.sent[0].text and "Faktura 10024" in post.sent[0].text
    again = asking.ask_about_deliveries(asker(ledger, post), "solberg", ids, "run-2", NOW)
    assert (again.decisions, again.mailed, len(post.sent)) == (asked.decisions, (), 2)
    for hours, mails in ((23.9, 2), (24.1, 4), (24.2, 4), (47, 4)):
        asking.ask_about_deliveries(asker(ledger, post), "solberg", ids, "later", NOW + dt.timedelta(hours=hours))
        assert len(post.sent) == mails, hours


def test_nobody_is_reminded_over_a_weekend_and_a_fridays_link_is_good_on_monday(ledger: opened.Ledger) -> None:
    prepare(ledger)
    post, ids, friday = Post(), [in_doubt(ledger)], NOW + dt.timedelta(days=4)
    asking.ask_about_deliveries(asker(ledger, post), "solberg", ids, "run-1", friday)
    token = post.sent[0].text.partition("/approvals/")[2].split()[0]
    asking.ask_about_deliveries(asker(ledger, post), "solberg", ids, "run-2", friday + dt.timedelta(days=2.9))
    assert len(post.sent) == 2
    assert links.find(ledger, "approvals", token, friday + dt.timedelta(days=3.9)) is not None
    assert links.find(ledger, "approvals", token, friday + dt.timedelta(days=4.1)) is None


def test_who_could_not_be_mailed_is_mailed_at_the_next_call(ledger: opened.Ledger) -> None:
    prepare(ledger)
    post, delivery_id = Post(), in_doubt(ledger)
    post.away = {KARI}
    asked = asking.ask_about_deliveries(asker(ledger, post), "solberg", [delivery_id], OLA, NOW)
    assert (asked.mailed, asked.failed) == ((), ((KARI, "borte"),))
    post.away = set()
    assert asking.ask_about_deliveries(asker(ledger, post), "solberg", [delivery_id], OLA, NOW).mailed == (KARI,)


def test_without_enrolled_approvers_it_is_said(ledger: opened.Ledger) -> None:
    settings.record(ledger, "solberg", "solberg.yaml", FILE, NOW)
    asked = asking.ask_about_deliveries(asker(ledger, Post()), "solberg", [in_doubt(ledger)], "run-1", NOW)
    assert asked.nobody and len(asked.decisions) == 1


def test_the_first_approver_is_invited_and_the_next_one_needs_the_first(ledger: opened.Ledger) -> None:
    settings.record(ledger, "solberg", "solberg.yaml", FILE, NOW)
    post = Post()
    one = asker(ledger, post)
    assert asking.invite_approver(one, "solberg", "stranger@solberg.no", "drift", NOW) == "not_listed"
    assert asking.invite_approver(one, "solberg", " Kari@solberg.no", "drift", NOW) == "invited"
    sealed = approvers.seal(ledger, "solberg", SECRETS[KARI], NOW)
    with ledger.writing() as connection:
        approvers.record(connection, sealed, "solberg", KARI, 0, NOW)
    assert asking.invite_approver(one, "solberg", OLA, "kari@solberg.no", NOW) == "nobody"
    settings.record(ledger, "solberg", "solberg.yaml", "approvers:\n- {name: Kari Nordmann, email: kari@solberg.no}\n", NOW)
    assert asking.invite_approver(one, "solberg", OLA, "drift", NOW) == "not_listed"
    settings.record(ledger, "solberg", "solberg.yaml", FILE, NOW)
    assert asking.invite_approver(one, "solberg", OLA, "drift", NOW) == "asked"
    assert [mail.recipient for mail in post.sent] == [KARI, KARI]
    withdrawn, decision = decisions.find_about(ledger, "solberg", "approver", OLA)
    assert (withdrawn.answer, withdrawn.decided_by, decision.answer) == ("settled_elsewhere", "drift", None)
    assert decisions.decide(ledger, link(ledger, decision.id), verdict(answer="granted"), NOW) == "decided"
    assert asking.invite_approver(one, "solberg", OLA, "drift", NOW) == "invited"
    assert post.sent[-1].recipient == OLA and "/enrol/" in post.sent[-1].text
    sealed = approvers.seal(ledger, "solberg", SECRETS[OLA], NOW)
    with ledger.writing() as connection:
        approvers.record(connection, sealed, "solberg", OLA, 0, NOW + dt.timedelta(minutes=1))
    later = NOW + dt.timedelta(minutes=2)
    assert asking.invite_approver(one, "solberg", OLA, "drift", later) == "asked", "one agreement is good for one enrolment"


def test_who_replaces_all_approvers_at_once_still_needs_one_of_them(ledger: opened.Ledger) -> None:
    prepare(ledger)
    settings.record(ledger, "solberg", "solberg.yaml", "approvers:\n- {name: Ny, email: ny@solberg.no}\n", NOW)
    post, doubt = Post(), in_doubt(ledger)
    one = asker(ledger, post)
    assert asking.ask_about_deliveries(one, "solberg", [doubt], "run-1", NOW).nobody == 1
    assert asking.invite_approver(one, "solberg", "ny@solberg.no", OLA, NOW) == "asked"
    assert [mail.recipient for mail in post.sent] == [KARI], "not Ola, who wants it, and nobody about the doubt"
    (about_doubt,) = decisions.find_about(ledger, "solberg", "in_doubt", str(doubt))
    assert decisions.decide(ledger, link(ledger, about_doubt.id), verdict(), NOW) == "not_approver"
    (asked,) = decisions.find_about(ledger, "solberg", "approver", "ny@solberg.no")
    assert decisions.decide(ledger, link(ledger, asked.id, OLA), verdict(OLA, answer="granted"), NOW) == "caused_it"
    assert decisions.decide(ledger, link(ledger, asked.id), verdict(answer="granted"), NOW) == "decided"
    assert asking.invite_approver(one, "solberg", "ny@solberg.no", OLA, NOW) == "invited"


def test_who_left_has_no_say_on_an_approver_while_another_one_is_left(ledger: opened.Ledger) -> None:
    prepare(ledger)
    post = Post()
    asked = decisions.ask(ledger, "solberg", "approver", "ny@solberg.no", {"candidate": "ny@solberg.no"}, "drift", NOW)
    people = "approvers:\n- {name: Ola Nordmann, email: ola@solberg.no}\n- {name: Ny, email: ny@solberg.no}\n"
    settings.record(ledger, "solberg", "solberg.yaml", people, NOW)
    assert asking.invite_approver(asker(ledger, post), "solberg", "ny@solberg.no", "drift", NOW) == "asked"
    assert [mail.recipient for mail in post.sent] == [OLA]
    assert decisions.decide(ledger, link(ledger, asked), verdict(answer="granted"), NOW) == "not_approver"
    assert decisions.decide(ledger, link(ledger, asked, OLA), verdict(OLA, answer="granted"), NOW) == "decided"


def test_a_lone_approver_who_lost_the_telephone_is_let_in_by_an_operator_and_it_is_on_record(ledger: opened.Ledger) -> None:
    prepare(ledger)
    settings.record(ledger, "solberg", "solberg.yaml", "approvers:\n- {name: Kari Nordmann, email: kari@solberg.no}\n", NOW)
    with ledger.writing() as connection:
        approvers.forget_former(connection, "solberg", approvers.find(ledger, "solberg"))
        approvers.forget_former(connection, "fjord", [])
    assert approvers.find_enrolled(ledger, "solberg") == [KARI]
    post = Post()
    one = asker(ledger, post)
    assert (asking.invite_approver(one, "solberg", KARI, "drift", NOW), post.sent) == ("nobody", [])
    why = f"mistet telefonen, født {NIN}"
    assert asking.invite_without_consent(one, "solberg", "x@y.no", why, "Per", NOW) == "not_listed"
    assert asking.invite_without_consent(one, "solberg", "KARI@solberg.no", why, "Per", NOW) == "invited"
    assert [("/enrol/" in mail.text, mail.recipient) for mail in post.sent] == [(True, KARI)]
    asked, done = decisions.find_about(ledger, "solberg", "approver", KARI)
    assert (asked.answer, done.answer) == ("settled_elsewhere", "without_consent")
    assert (done.decided_by, done.decided_at, done.why) == ("Per", NOW, f"mistet telefonen, født {NIN[:6]}*****")
    assert decisions.find_without_consent(ledger, "solberg", NOW) == [done]
    assert decisions.find_without_consent(ledger, "solberg", NOW + dt.timedelta(seconds=1)) == []
    assert decisions.find_without_consent(ledger, "fjord", NOW) == []
    assert asking.invite_approver(one, "solberg", KARI, "drift", NOW) == "nobody", "it was good for one invitation"


def test_what_an_operator_did_without_consent_stands_even_when_the_mail_does_not_leave(ledger: opened.Ledger) -> None:
    prepare(ledger)
    post = Post()
    post.away = {KARI}
    with pytest.raises(errors.Unavailable):
        asking.invite_without_consent(asker(ledger, post), "solberg", KARI, "alle har sluttet", "Per", NOW)
    assert len(decisions.find_without_consent(ledger, "solberg", NOW)) == 1


def test_who_wanted_it_sent_again_is_not_asked_and_cannot_decide(ledger: opened.Ledger) -> None:
    prepare(ledger)
    first, second = in_doubt(ledger), in_doubt(ledger, number=10024)
    with ledger.writing() as connection:
        connection.execute(sa.insert(tables.transfer_log).values(**resent(first, "Kari Nordmann"), target="email", natural_key="k"))
    post = Post()
    asked = asking.ask_about_deliveries(asker(ledger, post), "solberg", [first, second], "run-2", NOW)
    assert (asked.nobody, {mail.recipient: mail.text.count("/approvals/") for mail in post.sent}) == (0, {KARI: 1, OLA: 2})
    assert decisions.decide(ledger, link(ledger, asked.decisions[0]), verdict(), NOW) == "caused_it"
    settings.record(ledger, "solberg", "solberg.yaml", FILE.replace("ola@solberg.no", "ny@solberg.no"), NOW)
    assert asking.ask_about_deliveries(asker(ledger, post), "solberg", [first, second], "run-3", NOW).nobody == 1


def resent(delivery_id: int, person: str) -> dict[str, object]:
    """A line of the transfer log: a person wanted it sent again."""
    run = f"{decisions.RESENT}{person}"
    return {"tenant": "solberg", "delivery_id": delivery_id, "at": NOW, "run": run, "outcome": "in_doubt", "detail": ""}


def test_an_unanswered_question_that_was_withdrawn_keeps_no_key(ledger: opened.Ledger) -> None:
    prepare(ledger)
    delivery_id = in_doubt(ledger)
    ask(ledger, delivery_id)
    decisions.ask(ledger, "solberg", decisions.APPROVER, "borte@solberg.no", {"candidate": "borte@solberg.no"}, "drift", NOW)
    decisions.ask(ledger, "solberg", decisions.APPROVER, OLA, {"candidate": OLA}, "drift", NOW)

    def still_open() -> list[str]:
        query = sa.select(operations.decision.c.subject).where(operations.OPEN).order_by(operations.decision.c.id)
        with ledger.reading() as connection:
            return list(connection.execute(query).scalars())

    assert decisions.withdraw_settled(ledger, "solberg", "run-2", NOW) == 0
    assert decisions.withdraw_unlisted(ledger, "solberg", "run-2", NOW) == 1
    assert still_open() == [str(delivery_id), OLA]
    deliveries.move(ledger, "solberg", [delivery_id], "in_doubt", "accepted", "run-2")
    assert decisions.withdraw_settled(ledger, "solberg", "run-2", NOW) == 1
    assert still_open() == [OLA]
    settings.record(ledger, "solberg", "solberg.yaml", "approvers: []\n", NOW)
    assert decisions.withdraw_unlisted(ledger, "solberg", "run-2", NOW) == 1
    with ledger.reading() as connection:
        assert retention.count_open(connection, "solberg", "decision", "2026-11") == 0


def test_an_invitation_kills_the_link_before_it(ledger: opened.Ledger) -> None:
    post = Post()
    for _ in range(2):
        asking.invite_client(asker(ledger, post), "solberg", "post@solberg.no", NOW)
    first, second = (mail.text.split("/connect/")[1].split()[0] for mail in post.sent)
    assert links.find(ledger, "connect", first, NOW) is None
    assert links.find(ledger, "connect", second, NOW) is not None
    assert links.find(ledger, "approvals", second, NOW) is None
    assert links.find(ledger, "connect", second, NOW + dt.timedelta(days=15)) is None


def test_only_the_hash_of_a_link_is_kept(ledger: opened.Ledger) -> None:
    token = links.make_token()
    links.record(ledger, token, tenant="solberg", page="connect", subject="solberg", person=KARI, expires_at=NOW)
    assert len(token) == 43
    with ledger.reading() as connection:
        assert token not in str(connection.execute(sa.select(operations.link)).all())
