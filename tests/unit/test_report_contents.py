"""What goes into a client's report, from a ledger brought about by hand: said once, of its time, in words of our own."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import msgspec
import openpyxl
import pytest

from data_quality import blocking
from data_quality.report import content, html, page, texts_en, texts_nb, wording, xlsx
from fakturabro.domain import calendar, parties
from fakturabro.domain import findings as values
from fakturabro.ledger import certificates, deliveries, details, documents, findings, opened, purging, raws, recording, retention
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import views as client_views
from tasks import held
from tasks.checks import register
from tasks.reports import contents as report_contents
from tasks.reports import mails as report_mails

TENANT, RUN = "nordlys", "run-1"
MONDAY = dt.date(2026, 11, 23)
PURPOSES = ("book", "distribute", "write_back")
SECRET = "https://factoring.example/v1/invoices?client=4711: 422 kari@kunde.no er sperret"
NO_ADDRESS = values.Finding(code="missing_postal_address", severity="block", field="MailAddress", holds=("distribute",))
NO_DUE_DATE = values.Finding(code="missing_due_date", severity="warn", field="due_date")
NO_KID = values.Finding(code="kid_not_possible", severity="block", value="for langt", holds=("book", "distribute"))
NO_EHF = values.Finding(code="ehf_rule_broken", severity="block", value="BR-01", holds=("channel:ehf",))
WAITS = values.Finding(code="credit_note_waits_for_invoice", severity="info", value="1", holds=("distribute",))


class Books:
    """A tenant's ledger through some days: documents come, move, and are certified and reported."""

    def __init__(self, ledger: opened.Ledger) -> None:
        self.ledger, self.now = ledger, dt.datetime.combine(MONDAY, dt.time(8), calendar.OSLO)
        self.report: content.Report | None = None
        self.certified = 0

    def add(
        self,
        number: str,
        kind: str = "invoice",
        amount: int = 10_000,
        currency: str = "NOK",
        *found: values.Finding,
        customer: str | None = None,
    ) -> int:
        """A document of a customer of its own (or a card), with findings."""
        seal = documents.seal_kind(kind)
        key = self.ledger.seals.key(TENANT, seal, "2026-11")
        canonical = msgspec.json.encode(parties.Card(number=number, name=f"Kunde {number}")) if kind == "customer" else b"{}"
        one = documents.Fetched(
            source_key=number,
            kind=kind,
            number=number,
            customer_number=number if customer is None else customer,
            amount=amount,
            currency=currency,
            listing_hash="",
            hash=f"{kind}{number}".encode().ljust(32, b"0"),
            raw=raws.seal(key, seal, f"{kind}{number}".encode()),
            canonical=key.seal(canonical),
        )
        purposes = () if kind == "customer" else PURPOSES
        recording.record_fetched(self.ledger, TENANT, "poweroffice", RUN, purposes, [one])
        i = documents.find_known(self.ledger, TENANT, "poweroffice", [number])[number].id
        if kind == "customer":
            self.find(i, *found, station=register.STATION)
            return i
        key = self.ledger.seals.key(TENANT, "recipient", "2026-11")
        recipient = parties.Recipient(name=f"Kunde {number}", customer_number=number)
        details.record_recipients(self.ledger, TENANT, key, {i: recipient})
        self.find(i, *found)
        return i

    def find(self, i: int, *found: values.Finding, station: str = "check") -> None:
        """What a station says of it from now on."""
        purposes = () if station == register.STATION else PURPOSES
        findings.record(self.ledger, TENANT, station, {i: list(found)}, purposes, RUN)

    def move(self, i: int, purpose: str = "distribute", outcome: str = "accepted") -> None:
        """Send it; a counterpart answers with words of its own."""
        (row,) = [one for one in deliveries.find_open(self.ledger, TENANT, purpose, ["waiting"]) if one.document_id == i]
        planned = deliveries.Planned(id=row.id, target="email", natural_key=f"{i}/{purpose}")
        deliveries.plan(self.ledger, TENANT, [planned], RUN)
        deliveries.move(self.ledger, TENANT, [row.id], "planned", "sending", RUN)
        answer = deliveries.Answer(
            delivery_id=row.id, target="email", natural_key=planned.natural_key, outcome=outcome, detail=SECRET
        )
        deliveries.record_answers(self.ledger, TENANT, [answer], RUN, self.now, self.now.date())

    def certify(self) -> None:
        certificates.record(self.ledger, TENANT, PURPOSES, RUN, self.now)

    def wait(self, **time: int) -> None:
        self.now += dt.timedelta(**time)

    def slot(self, language: content.Language = "nb", *, keep: bool = False) -> content.Report:
        """The report of a slot now, after the one before."""
        self.certify()
        today = self.now.date()
        scope = self._scope((today, today), language, slot=self.now, previous=self.report, certified=self.certified)
        self.report, self.certified = report_contents.build(self.ledger, scope)
        if keep:
            client_reports.record(self.ledger, TENANT, _kept(self.report, self.now))
        return self.report

    def period(self, first: dt.date, last: dt.date) -> content.Report:
        """The report of a period, made now."""
        return report_contents.build(self.ledger, self._scope((first, last), "nb"))[0]

    def _scope(self, period: tuple[dt.date, dt.date], language: content.Language, **of_slot: Any) -> report_contents.Scope:
        rules = blocking.Rules()
        return report_contents.Scope(tenant=TENANT, now=self.now, language=language, rules=rules, period=period, **of_slot)


def _kept(report: content.Report, now: dt.datetime) -> client_reports.Made:
    return client_reports.Made(
        flow="invoice_intake",
        slot=now,
        period=report.period,
        made_at=now,
        language="nb",
        headline="",
        counts={},
        html=b"",
        pdf=b"",
        xlsx=b"",
        content=msgspec.json.encode(report),
    )


@pytest.fixture
def books(ledger: opened.Ledger) -> Books:
    return Books(ledger)


def numbers(items: tuple[content.Item, ...]) -> list[str]:
    return [item.number for item in items]


# With us


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("outcome", ["rejected", "in_doubt"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_waits_on_us_is_said_in_words_of_our_own(books: Books, purpose: str, outcome: str, language: content.Language) -> None:
    i = books.add("1")
    books.move(i, purpose, outcome)
    (item,) = books.slot(language).waits_on_us
    (problem,) = item.problems
    texts = {"nb": texts_nb.TEXTS, "en": texts_en.TEXTS}[language]
    assert (problem.what, problem.remedy) == (texts[f"ours_{outcome}_{purpose}"], texts[f"ours_{outcome}"])
    assert "kari@" not in repr(item) and "http" not in repr(item)


def test_a_document_that_two_counterparts_refused_says_both(books: Books) -> None:
    i = books.add("1")
    books.move(i, "book", "rejected")
    books.move(i, "distribute", "in_doubt")
    (item,) = books.slot().waits_on_us
    assert [problem.code for problem in item.problems] == ["rejected", "in_doubt"]


def test_a_refusal_is_told_once_and_a_doubt_until_it_is_settled(books: Books) -> None:
    books.move(books.add("1"), outcome="rejected")
    books.move(books.add("2"), outcome="in_doubt")
    assert numbers(books.slot().waits_on_us) == ["1", "2"]
    books.wait(hours=2)
    assert numbers(books.slot().waits_on_us) == ["2"]
    books.move(books.add("3"), outcome="rejected")
    books.wait(days=1)
    assert numbers(books.slot().waits_on_us) == ["2", "3"]


def test_a_period_tells_its_own_refusals_of_the_last_thirty_days(books: Books) -> None:
    for number, days in (("1", 0), ("2", 40), ("3", 10)):
        books.wait(days=days)
        books.move(books.add(number), outcome="rejected")
        books.certify()
    today = books.now.date()
    assert numbers(books.period(MONDAY, today).waits_on_us) == ["2", "3"]
    assert numbers(books.period(MONDAY, MONDAY).waits_on_us) == ["1"]


def test_what_only_we_can_mend_waits_on_us_and_is_no_errand_of_the_clients(books: Books) -> None:
    books.add("1", "invoice", 100, "NOK", NO_KID)
    both = books.add("2", "invoice", 50, "NOK", NO_ADDRESS, NO_KID)
    said = books.slot()
    (ours,) = said.waits_on_us
    assert (ours.number, ours.holds, ours.since) == ("1", ("book", "distribute"), MONDAY)
    assert ours.problems[0].remedy == texts_nb.TEXTS["ours_held"]
    assert numbers(said.held) == ["2"] and "1 venter på deg (kr\N{NO-BREAK SPACE}0,50)" in wording.first_line(said)
    assert [problem.remedy for problem in said.held[0].problems if problem.code == NO_KID.code] == [texts_nb.TEXTS["ours_held"]]
    theirs = tuple(problem for problem in said.held[0].problems if problem.code == NO_ADDRESS.code)
    only = msgspec.structs.replace(said, held=(msgspec.structs.replace(said.held[0], problems=theirs),))
    assert report_mails.find_causes(said) == report_mails.find_causes(only), "nobody is mailed of what is ours"
    assert [one.count for one in client_views.count_waiting(books.ledger, TENANT)] == [1]
    assert held.count_by_actor(books.ledger, TENANT) == {"client": 1, "operators": 1}
    books.find(both, NO_KID)
    books.wait(days=1)
    later = books.slot()
    assert [(one.number, one.became) for one in later.released] == [("2", "with_us")]
    assert [(item.number, item.since) for item in later.waits_on_us] == [("1", MONDAY), ("2", MONDAY)]
    assert wording.deadline(later) == "" and client_views.count_waiting(books.ledger, TENANT) == []


def test_what_we_hold_and_a_counterpart_has_not_answered_is_one_item(books: Books) -> None:
    i = books.add("1")
    books.move(i, "book", "in_doubt")
    books.find(i, msgspec.structs.replace(NO_KID, code="cannot_be_produced", holds=("distribute",)))
    (item,) = books.slot().waits_on_us
    assert [problem.code for problem in item.problems] == ["cannot_be_produced", "in_doubt"]


# Customer cards


def test_only_a_card_that_holds_is_under_cards_and_a_warning_is_told_once(books: Books) -> None:
    typo = values.Finding(code="email_domain_typo", severity="warn", field="InvoiceEmailAddress", value="kari@gmial.com")
    warned = books.add("10001", "customer", 0, "NOK", typo)
    both = books.add("10002", "customer", 0, "NOK", typo, NO_ADDRESS)
    books.add("10003", "customer", 0, "NOK", values.Finding(code="invalid_email", severity="info", field="InvoiceEmailAddress"))
    first = books.slot()
    assert [(item.number, item.holds) for item in first.cards] == [("10002", ("distribute",))]
    assert [problem.code for problem in first.cards[0].problems] == ["missing_postal_address", "email_domain_typo"]
    assert [(item.kind, item.number, item.amount) for item in first.warnings] == [("customer", "10001", None)]
    books.find(both, NO_ADDRESS, station=register.STATION)
    books.wait(hours=2)
    second = books.slot()
    assert numbers(second.cards) == ["10002"] and second.warnings == ()
    books.add("10004", "customer", 0, "NOK", typo)
    books.find(both, typo, station=register.STATION)
    books.wait(days=1)
    third = books.slot()
    assert third.cards == () and numbers(third.warnings) == ["10002", "10004"]
    other = msgspec.structs.replace(typo, code="invalid_email", value="kari@")
    books.find(warned, typo, other, station=register.STATION)
    (item,) = books.slot().warnings
    assert (item.number, [problem.code for problem in item.problems]) == ("10001", ["invalid_email"])


def test_what_a_card_would_stop_stands_on_the_page_and_in_the_spreadsheet(books: Books) -> None:
    books.add("10002", "customer", 0, "NOK", NO_ADDRESS)
    said = books.slot()
    assert "Stanser utsendingen av neste faktura." in html.render(said).decode()
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.render(said)))["Kundekort"]
    assert sheet["C2"].value == "Stanser utsendingen av neste faktura."


def test_a_channel_that_a_card_closes_stops_no_invoice(books: Books) -> None:
    closed = values.Finding(code="element_not_carried", severity="warn", holds=("channel:ehf",))
    books.add("10001", "customer", 0, "NOK", closed)
    said = books.slot()
    assert said.cards == () and numbers(said.warnings) == ["10001"]


def test_a_card_whose_faults_stand_under_a_held_document_is_not_listed_twice(books: Books) -> None:
    no_name = values.Finding(code="missing_buyer_name", severity="block", holds=("book", "distribute"))
    for number, card in (("1", [NO_ADDRESS]), ("2", [NO_ADDRESS, no_name]), ("3", [NO_ADDRESS])):
        books.add(f"1{number}", "invoice", 100, "NOK", NO_ADDRESS, customer=number)
        books.add(number, "customer", 0, "NOK", *card)
    books.add("4", "customer", 0, "NOK", NO_ADDRESS)
    books.add("14", "invoice", 100, "NOK", no_name, customer="4")
    said = books.slot()
    assert numbers(said.held) == ["11", "12", "13", "14"]
    assert numbers(said.cards) == ["2", "4"], "what no held document says is still told"


# Warnings


def test_a_channel_that_was_closed_is_told_of_a_document_that_was_sent(books: Books) -> None:
    info = msgspec.structs.replace(NO_EHF, severity="info")
    for number, finding in (("1", NO_EHF), ("2", info), ("3", msgspec.structs.replace(info, holds=()))):
        books.move(books.add(number, "invoice", 100, "NOK", finding))
    said = books.slot()
    assert [(item.number, item.problems[0].holds) for item in said.warnings] == [("1", False), ("2", False)]
    assert "følger ikke reglene for EHF" in html.render(said).decode()


def test_a_warning_is_told_once_in_however_many_slots(books: Books) -> None:
    books.move(books.add("1", "invoice", 100, "NOK", NO_DUE_DATE))
    told = [numbers(books.slot().warnings)]
    for _ in range(3):
        books.wait(hours=2)
        told.append(numbers(books.slot().warnings))
    assert told == [["1"], [], [], []]


def test_what_was_settled_after_the_last_slot_of_a_day_is_in_the_next_report(books: Books) -> None:
    books.slot()
    books.wait(hours=12)
    books.move(books.add("1", "invoice", 100, "NOK", NO_DUE_DATE))
    books.certify()
    books.wait(hours=12)
    assert numbers(books.slot().warnings) == ["1"]


def test_the_first_report_tells_what_runs_did_that_died_in_the_week_before(books: Books) -> None:
    books.wait(days=-7)
    books.move(books.add("1", "invoice", 100, "NOK", NO_DUE_DATE))
    books.certify()
    books.wait(days=7)
    said = books.slot()
    assert (numbers(said.warnings), said.fetched, said.sent) == (["1"], 1, 1)


def test_a_period_tells_the_warnings_of_its_own_days(books: Books) -> None:
    for number in ("1", "2"):
        books.move(books.add(number, "invoice", 100, "NOK", NO_DUE_DATE))
        books.certify()
        books.wait(days=1)
    assert numbers(books.period(MONDAY, MONDAY).warnings) == ["1"]
    assert numbers(books.period(MONDAY, MONDAY + dt.timedelta(days=1)).warnings) == ["1", "2"]


# Held and released


def test_since_when_a_document_is_held_is_what_the_reports_of_then_said(books: Books) -> None:
    books.add("1", "invoice", 100, "NOK", NO_ADDRESS)
    assert books.slot(keep=True).held[0].since == MONDAY
    books.wait(days=1)
    books.add("2", "invoice", 50, "NOK", NO_ADDRESS)
    assert [item.since for item in books.slot().held] == [MONDAY, MONDAY + dt.timedelta(days=1)]
    of_period = books.period(dt.date(2025, 1, 1), dt.date(2025, 1, 31))
    assert [(item.number, item.since) for item in of_period.held] == [("1", MONDAY), ("2", None)]
    assert "holdt tilbake siden 31" not in html.render(of_period).decode()


def test_where_the_last_report_was_purged_nobody_claims_since_when(books: Books) -> None:
    books.add("1", "invoice", 100, "NOK", NO_ADDRESS)
    books.slot()
    books.report = None
    books.wait(days=1)
    assert [item.since for item in books.slot().held] == [None]


@pytest.mark.parametrize(
    ("outcome", "expected"), [("accepted", "sent"), ("rejected", "with_us"), ("in_doubt", "with_us"), ("", "on_its_way")]
)
def test_what_became_of_what_was_held(books: Books, outcome: str, expected: str) -> None:
    i = books.add("1", "invoice", 100, "NOK", NO_ADDRESS)
    books.slot()
    books.find(i)
    if outcome:
        books.move(i, outcome=outcome)
    said = books.slot()
    assert [(one.number, one.became) for one in said.released] == [("1", expected)]
    assert all(word not in html.render(said).decode() for word in {"with_us": ["på vei ut"]}.get(expected, []))


def test_a_booking_that_was_refused_is_with_us_too(books: Books) -> None:
    i = books.add("1", "invoice", 100, "NOK", msgspec.structs.replace(NO_ADDRESS, holds=("book", "distribute")))
    books.slot()
    books.find(i)
    books.move(i, "book", "rejected")
    assert [one.became for one in books.slot().released] == ["with_us"]


def test_a_credit_note_that_still_waits_for_its_invoice_is_not_released(books: Books) -> None:
    i = books.add("1", "credit_note", 100, "NOK", NO_ADDRESS, WAITS)
    assert books.slot().held[0].amount == content.Amount(-100)
    books.find(i, WAITS)
    said = books.slot()
    assert (said.held, said.released, said.waiting_credit_notes) == ((), (), 1)


def test_a_closed_channel_is_no_reason_to_call_for_a_credit_note_that_waits_for_its_invoice(books: Books) -> None:
    books.add("1", "credit_note", 100, "NOK", WAITS, NO_EHF)
    said = books.slot()
    assert (said.held, said.waits_on_us, said.waiting_credit_notes) == ((), (), 1)
    assert client_views.count_waiting(books.ledger, TENANT) == []
    assert held.count_by_actor(books.ledger, TENANT) == {"nobody": 1}


def test_a_cause_of_a_document_without_a_customer_number_is_its_own(books: Books) -> None:
    for number in ("1", "2"):
        books.add(number, "invoice", 100, "NOK", NO_ADDRESS, customer="")
    said = books.slot()
    together = msgspec.structs.replace(said, held=tuple(msgspec.structs.replace(one, customer_number="7") for one in said.held))
    assert [len(report_mails.find_causes(one)) for one in (said, together)] == [2, 1]


def test_a_period_of_which_things_were_purged_is_reported_all_the_same(books: Books) -> None:
    i = books.add("1", "invoice", 100, "NOK", NO_DUE_DATE)
    for purpose in PURPOSES:
        books.move(i, purpose)
    books.certify()
    assert books.period(MONDAY, MONDAY).warnings[0].buyer == "Kunde 1"
    gone = retention.Candidate(kind="recipient", month="2026-11", due=MONDAY, documents=1, open=0)
    assert purging.purge(books.ledger, TENANT, gone)
    (item,) = books.period(MONDAY, MONDAY).warnings
    assert (item.buyer, item.number) == ("(slettet etter oppbevaringstiden)", "1")
    assert "slettet" not in item.problems[0].remedy


def test_a_report_that_an_older_version_of_us_made_stops_no_period(books: Books) -> None:
    books.add("1", "invoice", 100, "NOK", NO_ADDRESS)
    kept = msgspec.structs.replace(_kept(books.slot(), books.now), content=b'{"tenant": 1}')
    client_reports.record(books.ledger, TENANT, kept)
    assert [item.since for item in books.period(MONDAY, MONDAY).held] == [None]


def test_held_is_by_kroner_first_and_the_page_says_so_where_there_are_others(books: Books) -> None:
    for number, amount, currency in (("1", 900, "JPY"), ("2", 100, "NOK"), ("3", 500, "EUR"), ("4", 300, "NOK"), ("5", 700, "EUR")):
        books.add(number, "invoice", amount, currency, NO_ADDRESS)
    said = books.slot()
    assert numbers(said.held) == ["4", "2", "5", "3", "1"]
    section = page.compose(said).sections[0]
    assert [case.documents[0].name[-1] for case in section.cases] == ["4", "2", "5", "3", "1"]
    assert "Beløp i kroner står først" in section.intro
    only = msgspec.structs.replace(said, held=said.held[:2])
    assert "Det største beløpet står først." in page.compose(only).sections[0].intro


# The trend


def test_the_trend_is_thirty_days_in_a_row_that_end_with_the_slots(books: Books) -> None:
    books.move(books.add("1"))
    books.add("2", "invoice", 100, "NOK", NO_ADDRESS)
    trend = books.slot().trend
    assert [day.date for day in trend] == [MONDAY - dt.timedelta(29 - at) for at in range(30)]
    assert (trend[-1].fetched, trend[-1].sent, trend[-1].held) == (2, 1, 1)
    assert {(day.fetched, day.sent, day.held) for day in trend[:-1]} == {(0, 0, 0)}


def test_the_trend_of_a_period_ends_with_it_and_begins_with_what_stood_then(books: Books) -> None:
    books.add("1", "invoice", 100, "NOK", NO_ADDRESS)
    books.add("2", "invoice", 100, "EUR", NO_ADDRESS)
    books.certify()
    books.wait(days=45)
    books.move(books.add("3"))
    books.certify()
    today = books.now.date()
    trend = books.period(today - dt.timedelta(days=5), today - dt.timedelta(days=2)).trend
    assert (len(trend), trend[-1].date) == (30, today - dt.timedelta(days=2))
    assert {(day.fetched, day.held) for day in trend} == {(0, 2)}
    of_now = books.period(today, today + dt.timedelta(days=3)).trend
    assert (len(of_now), of_now[-1].date, of_now[-1].fetched) == (30, today, 1)
    assert books.period(dt.date(2020, 1, 1), dt.date(2020, 1, 31)).trend == ()


def test_values_are_written_in_the_language_and_what_is_for_operators_is_not_shown(books: Books) -> None:
    early = values.Finding(
        code="due_date_before_invoice_date", severity="block", field="DueDate", value="2026-11-07", holds=("book",)
    )
    unread = values.Finding(code="unreadable_document", severity="block", value="mismatched tag: line 3", holds=("book",))
    books.add("1", "invoice", 100, "NOK", early, unread)
    nb, en = (books.slot(language).held[0].problems for language in ("nb", "en"))
    assert nb[0].value != en[0].value and "2026-11-07" not in nb[0].value
    assert "mismatched" not in repr(nb[1])
