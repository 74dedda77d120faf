"""The client's report as a run makes it: what it says, what is kept of it, who is told, and that it stops nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from data_quality import blocking
from data_quality.report import content, pdf
from fakturabro.domain import calendar
from fakturabro.ledger import links, opened, settings
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.clients import reports as client_reports
from flows import data_quality
from sandboxes import mail
from tasks import clock, connect, run_context
from tasks.reports import mails as report_mails

from .conftest import make_options, plain

EHF, EMAIL, HELD = 5002, 5003, 5024
PERSON = "berit@klient.example"
FILE = f"""
clients:
  - {{name: Berit Moe, email: {PERSON}}}
deployments:
  - name: nidelven-inntak
    entrypoint: flows.poweroffice_factoring.invoice_intake
    parameters: {{tenant: nidelven}}
    schedules: [{{cron: "0 8 * * 1-5", timezone: Europe/Oslo}}, {{cron: "30 10 * * 1-5", timezone: Europe/Oslo}}]
"""

OTHER = "ola@klient.example"
BOTH = FILE.replace("deployments:", f"  - {{name: Ola Lie, email: {OTHER}}}\ndeployments:")


@pytest.fixture
def ledger(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[opened.Ledger]:
    """The site has a gateway, and the client one person."""
    monkeypatch.setenv("FAKTURABRO_GATEWAY_URL", "https://portal.example")
    one = connect.open_ledger()
    settings.record(one, "nidelven", "nidelven.yaml", FILE, clock.now())
    site.keep_only(EHF, EMAIL, HELD)
    yield one
    one.close()


def newest(ledger: opened.Ledger) -> tuple[client_reports.Kept, content.Report]:
    kept = client_reports.find_newest(ledger, "nidelven", 1)[0]
    data = client_reports.read(ledger, "nidelven", kept.id, "content")
    assert data is not None
    return kept, msgspec.json.decode(data, type=content.Report)


def mails(site: Any) -> list[str]:
    """The texts of what the client's person was mailed."""
    told = [one for one in site.boxes.mail.state.messages if PERSON in one.recipients]
    return [one.parsed().get_content() for one in told]


def mend(site: Any) -> None:
    number = site.invoice(HELD).customer_number
    site.card(number)["MailAddress"] = {"AddressLine1": "Storgata 14", "ZipCode": "0155", "City": "OSLO", "CountryCode": "NO"}


async def test_the_report_says_what_the_ledger_says(site: Any, ledger: opened.Ledger) -> None:
    assert (await site.intake()).is_completed()
    kept, said = newest(ledger)
    assert (said.fetched, said.sent, [item.number for item in said.held]) == (3, 2, [str(HELD)])
    (item,) = said.held
    assert item.holds == ("distribute",)
    assert [problem.code for problem in item.problems if problem.severity == "block"] == ["missing_postal_address"]
    assert item.amount is not None and item.amount.minor > 0
    assert item.customer_number in item.problems[0].remedy
    assert said.next_slot is not None and said.next_slot > said.made_at
    assert {line.purpose: line.adds_up for line in said.certificates} == {"book": True, "distribute": True, "write_back": True}
    assert said.trend[-1].fetched == 3
    assert said.client == site.client["name"]
    assert re.match(r"\d\d:\d\d: 3 hentet, 2 sendt, 1 venter på deg \(kr", kept.headline)
    page = client_reports.read(ledger, "nidelven", kept.id, "html") or b""
    assert kept.headline.encode() in page and item.buyer.encode() in page
    for form, start in (("pdf", b"%PDF-"), ("xlsx", b"PK")):
        assert (client_reports.read(ledger, "nidelven", kept.id, form) or b"").startswith(start)


async def test_each_report_counts_what_the_last_one_has_not_and_names_what_was_released(site: Any, ledger: opened.Ledger) -> None:
    await site.intake()
    mend(site)
    await site.intake()
    _, said = newest(ledger)
    assert (said.fetched, said.sent, said.held) == (0, 1, ())
    assert [(one.number, one.became) for one in said.released] == [(str(HELD), "sent")]
    await site.intake()
    _, third = newest(ledger)
    assert (third.fetched, third.sent, third.released) == (0, 0, ())


async def test_a_person_is_told_once_a_day_with_a_link_of_their_own(site: Any, ledger: opened.Ledger) -> None:
    await site.intake()
    (first,) = mails(site)
    assert "1 venter på deg" in first and "Én feil er ny." in first
    found = re.search(r"https://portal\.example/client/(\S+)", first)
    assert found
    link = links.find(ledger, client_access.PAGE, found[1], clock.now())
    assert link is not None and (link.tenant, link.person) == ("nidelven", PERSON)
    await site.intake()
    assert len(mails(site)) == 1, "the same cause twice on one day"
    await site.intake(options=make_options(report={"mail": "always", "attach": ["pdf"]}))
    told = [one for one in site.boxes.mail.state.messages if PERSON in one.recipients][-1]
    (attached,) = told.parsed().iter_attachments()
    assert attached.get_content().startswith(b"%PDF-")


async def test_who_was_not_told_is_told_in_the_next_slot(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(HELD)
    site.boxes.mail.state.faults.append(mail.Fault(kind="busy", times=9))
    ended = await site.intake()
    assert ended.is_failed() and "kom ikke av gårde" in ended.message and PERSON not in ended.message
    assert mails(site) == []
    site.boxes.mail.state.faults.clear()
    assert (await site.intake()).is_completed()
    assert len(mails(site)) == 1


async def test_of_two_persons_each_is_told_what_they_were_not(site: Any, ledger: opened.Ledger, monkeypatch: Any) -> None:
    settings.record(ledger, "nidelven", "nidelven.yaml", BOTH, clock.now())
    site.keep_only(HELD)
    site.boxes.mail.state.replies[PERSON] = "451 4.3.0 Try again"
    assert (await site.intake()).is_failed()
    assert told(site) == [OTHER]
    site.boxes.mail.state.replies.clear()
    assert (await site.intake()).is_completed()
    assert told(site) == [OTHER, PERSON]
    tomorrow = clock.now() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    await site.intake()
    assert told(site) == [OTHER, PERSON, PERSON, OTHER]
    assert "er ny" in mails(site)[0] and "er ny" not in mails(site)[1]


def told(site: Any) -> list[str]:
    """Who of the client's persons was mailed, in order."""
    return [one.recipients[0] for one in site.boxes.mail.state.messages if one.recipients[0] in (PERSON, OTHER)]


async def test_what_is_held_by_a_warning_is_told_too(site: Any, ledger: opened.Ledger) -> None:
    override = {"code": "missing_postal_address", "severity": "warn", "holds": ["distribute"], "reason": "Bare en advarsel"}
    await site.intake(options=make_options(rules={"overrides": [override]}))
    assert newest(ledger)[1].held[0].problems[0].severity == "warn"
    assert len(mails(site)) == 1


async def test_a_client_file_that_cannot_be_read_fails_the_run_and_stops_nothing(site: Any, ledger: opened.Ledger) -> None:
    settings.record(ledger, "nidelven", "nidelven.yaml", FILE.replace("email", "epost"), clock.now())
    ended = await site.intake()
    assert ended.is_failed() and "3 hentet" in ended.message
    assert "Klientfilen til nidelven: clients må være en liste" in ended.message and "epost" in ended.message
    assert "kunne ikke lages" not in ended.message and newest(ledger)[1].fetched == 3
    assert site.states(EHF)["distribute"] == "accepted"
    settings.record(ledger, "nidelven", "nidelven.yaml", FILE.replace(f"email: {PERSON}", f"{PERSON}: x"), clock.now())
    ended = await site.intake()
    assert "Klientfilen til nidelven" in ended.message and PERSON not in ended.message and "***" in ended.message


async def test_a_gateway_without_an_address_is_named(site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.record(ledger, "nidelven", "nidelven.yaml", BOTH, clock.now())
    site.keep_only(HELD)
    monkeypatch.delenv("FAKTURABRO_GATEWAY_URL")
    ended = await site.intake()
    assert ended.is_failed() and ended.message.count("Innstillingen FAKTURABRO_GATEWAY_URL mangler") == 1
    assert "e-posttjeneren" not in ended.message and newest(ledger)[0].counts["held"] == 1
    monkeypatch.setenv("FAKTURABRO_GATEWAY_URL", "https://portal.example")
    await site.intake()
    assert sorted(told(site)) == sorted([PERSON, OTHER]), "who was told nothing is told in the next slot"


async def test_what_only_we_can_mend_is_no_errand_of_the_clients(site: Any, ledger: opened.Ledger) -> None:
    options = make_options(agreement={"assignment_notice": " "}, report={"mail": "when_needed"})
    site.keep_only(EHF, EMAIL)
    ended = await site.intake(options=options)
    assert "2 venter på oss (drift)" in ended.message and "klienten" not in ended.message
    kept, said = newest(ledger)
    assert "ingenting venter på deg" in kept.headline and {item.number for item in said.waits_on_us} == {str(EHF), str(EMAIL)}
    assert mails(site) == []


async def test_what_is_too_large_is_not_attached_and_the_mail_says_so(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keep_only(HELD)
    always = make_options(report={"mail": "always", "attach": ["pdf", "xlsx"]})
    await site.intake(options=always)
    whole = site.boxes.mail.state.messages[-1].parsed()
    sent = [one.get_content() for one in whole.iter_attachments()]
    kept, _ = newest(ledger)
    forms: tuple[client_reports.Form, ...] = ("pdf", "xlsx")
    assert sent == [client_reports.read(ledger, "nidelven", kept.id, form) for form in forms]
    assert "for stor" not in whole.get_body().get_content()
    monkeypatch.setattr(report_mails, "MOST_ATTACHED", 1_000)
    await site.intake(options=always)
    bounded = site.boxes.mail.state.messages[-1].parsed()
    assert list(bounded.iter_attachments()) == []
    text = bounded.get_body().get_content()
    assert "Rapporten er for stor til å legges ved" in text and "https://portal.example/client/" in text


async def test_a_slot_that_runs_again_mails_nobody_twice_and_what_is_new_waits_for_the_next(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.record(ledger, "nidelven", "nidelven.yaml", BOTH, clock.now())
    site.keep_only(EHF, HELD)
    slot = clock.now().astimezone(calendar.OSLO).replace(hour=12)
    monkeypatch.setattr(run_context, "scheduled", lambda: slot)
    site.boxes.mail.state.replies[PERSON] = "451 4.3.0 Try again"
    assert (await site.intake()).is_failed()
    assert told(site) == [OTHER]
    document = site.invoice(HELD).document()
    site.invoice(HELD).ehf = re.sub(rb"<cbc:DueDate>[^<]*", b"<cbc:DueDate>2020-01-01", document)
    site.boxes.mail.state.replies.clear()
    assert (await site.intake()).is_completed()
    assert "due_date_before_invoice_date" in site.codes(HELD), "a new cause"
    assert told(site) == [OTHER, PERSON]
    monkeypatch.setattr(run_context, "scheduled", lambda: slot + dt.timedelta(hours=2))
    assert (await site.intake()).is_completed()
    assert told(site) == [OTHER, PERSON, OTHER]
    assert len(mails(site)) == 1


async def test_a_card_that_was_mended_by_day_is_foretold_no_more(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(HELD)
    number = site.invoice(HELD).customer_number
    with plain():
        await data_quality.register_check("nidelven")
    await site.intake()
    first = newest(ledger)[1]
    assert [item.customer_number for item in first.held] == [str(number)]
    assert str(number) not in {item.number for item in first.cards}, "it stands under the document"
    mend(site)
    await site.intake()
    second = newest(ledger)[1]
    assert [(one.number, one.became) for one in second.released] == [(str(HELD), "sent")]
    assert str(number) not in {item.number for item in second.cards}
    assert second.cards, "others are still foretold"


async def test_a_slot_that_runs_twice_says_all_and_mails_each_once(site: Any, ledger: opened.Ledger, monkeypatch: Any) -> None:
    settings.record(ledger, "nidelven", "nidelven.yaml", BOTH, clock.now())
    site.keep_only(EHF, HELD)
    slot = clock.now().astimezone(calendar.OSLO)
    monkeypatch.setattr(run_context, "scheduled", lambda: slot)
    always = make_options(report={"mail": "always"})
    site.boxes.mail.state.replies[PERSON] = "451 4.3.0 Try again"
    assert (await site.intake(options=always)).is_failed()
    site.boxes.mail.state.replies.clear()
    assert (await site.intake(options=always)).is_completed()
    first, second = (
        msgspec.json.decode(client_reports.read(ledger, "nidelven", i, "content") or b"", type=content.Report) for i in (1, 2)
    )
    assert (first.slot, first.fetched, first.sent) == (second.slot, second.fetched, second.sent) == (slot, 2, 1)
    assert told(site) == [OTHER, PERSON]


async def test_a_slot_made_good_on_a_later_day_draws_the_days_until_now(site: Any, ledger: opened.Ledger, monkeypatch: Any) -> None:
    slot = clock.now().astimezone(calendar.OSLO) - dt.timedelta(days=3)
    monkeypatch.setattr(run_context, "scheduled", lambda: slot)
    await site.intake()
    (_, said) = newest(ledger)
    assert (said.slot, len(said.trend), said.trend[-1].fetched) == (slot, 30, 3)


async def test_nothing_new_means_no_mail_and_never_means_never(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(EHF)
    await site.intake()
    site.invoice(EHF)
    assert mails(site) == []
    await site.intake(options=make_options(report={"mail": "never"}))
    assert mails(site) == []


async def test_a_report_that_cannot_be_made_stops_no_document(site: Any, ledger: opened.Ledger, monkeypatch: Any) -> None:
    monkeypatch.setattr(pdf, "render", lambda _: 1 / 0)
    ended = await site.intake()
    assert ended.is_failed() and "Klientrapporten kunne ikke lages" in ended.message
    assert site.states(EHF)["distribute"] == "accepted"
    assert client_reports.find_newest(ledger, "nidelven", 1) == []
    monkeypatch.undo()


async def test_a_dry_run_makes_no_report(site: Any, ledger: opened.Ledger) -> None:
    await site.intake(dry_run=True)
    assert client_reports.find_newest(ledger, "nidelven", 1) == []
    assert mails(site) == []


async def test_a_period_is_reported_whenever_a_person_wants_it(site: Any, ledger: opened.Ledger) -> None:
    await site.intake()
    mend(site)
    await site.intake()
    today = clock.now().astimezone(calendar.OSLO).date()
    with plain():
        ended = await data_quality.client_report("nidelven", make_options(), today, today, send=True)
    kept, said = newest(ledger)
    assert f"Rapport {kept.id}" in ended.message
    assert (said.slot, said.period, said.fetched, said.sent) == (None, (today, today), 3, 3)
    assert len(mails(site)) == 2
    for last in (today - dt.timedelta(days=1), today + dt.timedelta(days=1)):
        with plain(), pytest.raises(ValueError, match="Rett datoene"):
            await data_quality.client_report("nidelven", make_options(), today, last)


async def test_the_register_is_checked_before_an_invoice_meets_it(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(EHF)
    number = site.invoice(EHF).customer_number
    good = dict(site.card(number)["MailAddress"])
    site.card(number)["MailAddress"] = {"AddressLine1": "Ukjent", "ZipCode": "0000", "City": "-", "CountryCode": "NO"}
    with plain():
        first = await data_quality.register_check("nidelven")
        await site.intake()
        _, said = newest(ledger)
        assert str(number) in {item.number for item in said.cards}
        site.card(number)["MailAddress"] = good
        second = await data_quality.register_check("nidelven")
        await site.intake()
    assert "kundekort å rette" in first.message
    assert str(number) not in {item.number for item in newest(ledger)[1].cards}
    assert first.message != second.message


async def test_rules_are_tried_without_a_trace(site: Any, ledger: opened.Ledger) -> None:
    await site.intake()
    before = site.states(HELD), site.codes(HELD)
    override = {"code": "missing_postal_address", "severity": "warn", "reason": "Kunden henter selv"}
    rules = blocking.Rules.model_validate({"overrides": [override]})
    with plain():
        ended = await data_quality.try_rules("nidelven", make_options(), rules)
    assert "3 nyeste" in ended.message and "1 ville" in ended.message
    assert (site.states(HELD), site.codes(HELD)) == before


async def test_the_same_again_under_another_number_is_a_twin_until_the_first_is_credited(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(EHF, EMAIL)
    first, second = site.invoice(EHF), site.invoice(EMAIL)
    second.ehf = first.document().replace(b"<cbc:ID>5002</cbc:ID>", b"<cbc:ID>5003</cbc:ID>", 1)
    second.customer_number, second.total = first.customer_number, first.total
    await site.intake()
    assert "possible_twin" in site.codes(EMAIL)
    assert "possible_twin" not in site.codes(EHF)
