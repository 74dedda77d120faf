"""What the client's report says: its first line, deadline, certificate, and which documents are one thing to mend."""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Mapping
from typing import Any, get_args

import msgspec
import pytest

from data_quality.report import (
    cases,
    cleaning,
    content,
    page,
    picture,
    returned_texts_en,
    returned_texts_nb,
    sections,
    texts_en,
    texts_nb,
    wording,
)
from fakturabro.domain import reconciliation
from fakturabro.gateway import texts_nb as gateway_texts
from tests.unit import report_samples as samples


def client_texts() -> Mapping[str, str]:
    """What the client's own pages say."""
    return {key: text for key, text in gateway_texts.TEXTS.items() if key.startswith("client_")}


def plain(text: str) -> str:
    return text.replace(wording.NO_BREAK, " ")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_names() -> None:
    for ours, theirs in ((texts_nb.TEXTS, texts_en.TEXTS), (returned_texts_nb.TEXTS, returned_texts_en.TEXTS)):
        assert list(ours) == list(theirs)
        for key, text in ours.items():
            assert names(text) == names(theirs[key]), key
            assert ("|" in text) == ("|" in theirs[key]), key


def test_every_cause_of_a_difference_has_its_words() -> None:
    said = {key.removeprefix("difference_") for key in returned_texts_nb.TEXTS if key.startswith("difference_")}
    assert said == {*get_args(reconciliation.Code), "line"}


def test_return_data_says_what_waits_and_each_cause_once() -> None:
    (section,) = page.compose(samples.report(returns=samples.returns())).sections
    assert [case.buyer for case in section.cases] == ["Innbetaling", "Administrativt gebyr"]
    assert [len(case.documents) for case in section.cases] == [1, 2]
    assert plain(section.intro).startswith("3 bevegelser er holdt tilbake (kr 13 458,33)")
    assert section.table and plain(section.table.rows[0][3]) == "kr \u221211 541,67"
    assert plain(section.lines[0]) == (
        "Innbetaling 5081 er holdt tilbake og ikke ført. Mellomværende kr \u221212 500,00, Kundereskontro kr 12 500,00."
    )
    composed = page.compose(samples.report(returns=samples.returns()))
    assert composed.first_line.endswith("40 sendt, 3 bevegelser er ikke ført") and not composed.is_calm
    over = samples.item("5053", 125_000, buyer="Betalt og kreditert for mye", holds=(), since=None)
    (paid,) = page.compose(samples.report(returns=content.Returns(overpaid=(over,)))).sections
    assert plain(paid.intro) == "Ingen bevegelser er holdt tilbake. 1 faktura er betalt og kreditert for mye (kr 1 250)."
    assert [(plain(case.total), case.documents[0].name) for case in paid.cases] == [("kr 1 250,00", "Faktura 5053")]
    agreeing = content.Returns(until=samples.DAY, compared=(content.Compared(role="balance", currency="NOK", ours=1, theirs=1),))
    (calm,) = page.compose(samples.report(returns=agreeing)).sections
    assert calm.table_intro.endswith("alt stemmer på øret.") and calm.lines == ()


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], "08:00: 42 hentet, 40 sendt, ingenting venter på deg"),
        ([("NOK", 1_845_000)], "08:00: 42 hentet, 40 sendt, 1 venter på deg (kr 18 450)"),
        ([("NOK", 1_845_000), ("NOK", 50)], "08:00: 42 hentet, 40 sendt, 2 venter på deg (kr 18 450,50)"),
        ([("EUR", 5), ("NOK", -100)], "08:00: 42 hentet, 40 sendt, 2 venter på deg (kr −1 og EUR 0,05)"),
        (
            [("SEK", 100), ("EUR", 200), ("NOK", 300)],
            "08:00: 42 hentet, 40 sendt, 3 venter på deg (kr 3, EUR 2 og SEK 1)",
        ),
    ],
)
def test_the_first_line(amounts: list[tuple[str, int]], expected: str) -> None:
    held = [samples.item(amount=content.Amount(minor, currency)) for currency, minor in amounts]
    assert plain(wording.first_line(samples.report(*held))) == expected


def test_the_first_line_without_amounts_in_english_and_of_a_period() -> None:
    held = samples.item(amount=None)
    assert wording.first_line(samples.report(held)) == "08:00: 42 hentet, 40 sendt, 1 venter på deg"
    english = samples.report(samples.item(minor=1_845_000), language="en", fetched=1042)
    assert plain(wording.first_line(english)) == "08:00: 1,042 fetched, 40 sent, 1 waiting for you (NOK 18,450)"
    period = (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    of_period = samples.report(slot=None, period=period)
    assert wording.first_line(of_period) == "1. november – 30. november 2026: 42 hentet, 40 sendt, ingenting venter på deg nå"
    one_day = samples.report(slot=None)
    assert wording.first_line(one_day).startswith("Mandag 23. november 2026: ")
    assert plain(wording.first_line(samples.report(fetched=10**6))).startswith("08:00: 1 000 000 hentet")


@pytest.mark.parametrize(
    ("next_slot", "expected"),
    [
        (dt.datetime(2026, 11, 23, 10, 30, tzinfo=samples.OSLO), "Rettes det før 10:30 i dag, går det ut da."),
        (dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC), "Rettes det før 10:30 i dag, går det ut da."),
        (dt.datetime(2026, 11, 24, 8, 0, tzinfo=samples.OSLO), "Rettes det før tirsdag 24. november kl. 08:00, går det ut da."),
        (dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC), "Rettes det før tirsdag 24. november kl. 00:30, går det ut da."),
        (dt.datetime(2027, 1, 4, 8, 0, tzinfo=samples.OSLO), "Rettes det før mandag 4. januar 2027 kl. 08:00, går det ut da."),
        (None, "Ingen ny kjøring er satt opp. Ta kontakt med oss når feilene er rettet."),
    ],
)
def test_the_deadline_is_on_the_clients_clock(next_slot: dt.datetime | None, expected: str) -> None:
    assert wording.deadline(samples.report(samples.item(), next_slot=next_slot)) == expected


def test_nothing_held_has_no_deadline() -> None:
    assert wording.deadline(samples.report()) == ""
    assert page.compose(samples.report()).deadline == "Du trenger ikke gjøre noe."


def test_a_certificate_in_words() -> None:
    count, amount, verdict = map(plain, wording.certificate(samples.certificate(), "nb"))
    assert count == "Antall: Inngående 3 + hentet 42 = sendt 40 + kansellert 1 + holdt tilbake 4."
    assert amount == (
        "Beløp: Inngående kr 12 000,00 + hentet kr 420 550,50 = "
        "sendt kr 410 000,50 + kansellert kr 974,50 + holdt tilbake kr 21 575,50."
    )
    assert verdict == "Regnestykket går opp. Kontrollsum 9f2c4b7d1e0a556."
    empty = samples.certificate("post", count={}, amount={}, adds_up=False)
    count, _, verdict = wording.certificate(empty, "nb")
    assert count == "Antall: Inngående 0 + hentet 0 = ingenting."
    assert verdict.startswith("Regnestykket går ikke opp.")


def test_every_term_of_a_certificate_is_said() -> None:
    terms = ("opening", "fetched", "corrected", "accepted", "rejected", "skipped", "cancelled", "waiting", "held", "in_doubt")
    figures = {name: 101 + at for at, name in enumerate(terms)}
    for language in ("nb", "en"):
        count = wording.certificate(samples.certificate(count=figures), language)[0]
        assert re.findall(r"\d+", count) == [str(number) for number in figures.values()]


def told(*items: content.Item) -> list[cases.Case]:
    return [cases.tell(group, "nb") for group in cases.gather(items, by_amount=True)]


def test_documents_of_one_card_with_the_same_fault_are_one_case_and_cases_stand_by_amount() -> None:
    other: dict[str, Any] = {"buyer": "Berg AS", "customer_number": "2"}
    first, second = told(samples.item("1", 100), samples.item("2", 900, **other), samples.item("3", 1000))
    assert [document.name for document in first.documents] == ["Faktura 1", "Faktura 3"]
    assert (plain(first.total), plain(second.total)) == ("kr 11", "kr 9,00")
    assert [plain(document.amount) for document in first.documents] == ["kr 1,00", "kr 10,00"]
    assert second.documents[0].amount == ""


@pytest.mark.parametrize(
    "change",
    [
        {"problems": (samples.problem(value="702"),)},
        {"holds": ("book", "distribute")},
        {"customer_number": "10043"},
        {"buyer": "Fjordbygg AS"},
        {"kind": "customer"},
    ],
)
def test_what_differs_is_a_case_of_its_own(change: dict[str, Any]) -> None:
    assert len(told(samples.item("1"), samples.item("2", **change))) == 2


def test_documents_of_nobody_are_not_put_together() -> None:
    nobody: dict[str, Any] = {"buyer": "", "customer_number": ""}
    assert len(told(samples.item("1", **nobody), samples.item("2", **nobody))) == 2


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        (("distribute",), "Utsendingen venter. Bokføringen er ikke berørt."),
        (("book",), "Bokføringen venter."),
        (("distribute", "book"), "Både bokføringen og utsendingen venter."),
        ((), ""),
    ],
)
def test_what_waits(holds: tuple[str, ...], expected: str) -> None:
    assert told(samples.item(holds=holds))[0].waits == expected


def test_a_credit_note_is_called_so_and_counts_as_it_stands() -> None:
    note = samples.item("31", -5_000, kind="credit_note", problems=(samples.problem(value="x"),))
    assert told(note)[0].documents[0].name == "Kreditnota 31"
    assert "kr −50)" in plain(wording.first_line(samples.report(note)))


def test_of_very_many_the_rest_is_named_in_number_and_sum() -> None:
    many = [samples.item(str(at), 1000 - at, customer_number=str(at)) for at in range(sections.MOST_CASES + 3)]
    section = page.compose(samples.report(*many)).sections[0]
    assert len(section.cases) == sections.MOST_CASES
    rest = sum(item.amount.minor for item in many[sections.MOST_CASES :] if item.amount)
    assert plain(section.more) == f"3 til (kr {rest // 100},{rest % 100:02d}) står i regnearket, som har alt."
    of_one = told(*(samples.item(str(at), 100) for at in range(cases.MOST_DOCUMENTS + 2)))[0]
    assert plain(of_one.more) == "og 2 dokumenter til på samme kundekort (kr 2)"
    assert len(of_one.documents) == cases.MOST_DOCUMENTS
    faults = tuple(samples.problem(value=str(at)) for at in range(cases.MOST_FAULTS + 1))
    assert told(samples.item(problems=faults))[0].more_faults == "1 feil til står i regnearket."


def test_every_part_has_its_section_in_order() -> None:
    composed = page.compose(samples.everything())
    keys = [section.key for section in composed.sections]
    assert keys == ["held", "released", "warnings", "cards", "returns", "waits_on_us", "trend", "certificate"]
    assert not page.compose(samples.report()).sections
    only_notes = page.compose(samples.report(waiting_credit_notes=2)).sections
    assert only_notes[0].lines == (
        "2 kreditnotaer venter bare på at fakturaene de gjelder, blir sendt. Du trenger ikke gjøre noe.",
    )


def test_the_picture_says_its_figures_in_words() -> None:
    days = [
        content.Day(date=samples.DAY - dt.timedelta(2 - at), fetched=10, sent=9, held=held) for at, held in enumerate((4, 7, 2))
    ]
    said = picture.alternative(days, "nb")
    assert "4 den første dagen, 2 den siste, høyest 7 (22. november)" in said
    assert "hentet (i alt 30) og sendt (i alt 27)" in said


@pytest.mark.parametrize("number", [0, 1, 7, 10**6, 10**18, -3])
def test_no_bar_leaves_its_field(number: int) -> None:
    days = [content.Day(date=samples.DAY - dt.timedelta(at), fetched=number, sent=5, held=number) for at in (40, 1, 0)]
    for y, height in re.findall(r'y="([\d.-]+)" width="[\d.]+" height="([\d.-]+)"', picture.draw(days, "nb")):
        assert 0 <= float(y) <= float(y) + float(height) <= picture.HEIGHT


@pytest.mark.parametrize("text", samples.HOSTILE)
def test_a_cleaned_text_is_one_line_without_controls_and_stays_so(text: str) -> None:
    clean = cleaning.line(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff\ufffe\uffff]", clean)
    assert cleaning.line(clean) == clean == clean.strip()
    assert len(cleaning.line(text, 20)) <= 20


def test_cleaning_leaves_ordinary_texts_alone() -> None:
    for text in ("Åse Ødegård & Sønn's «AS» – 50 % à 3,5 €", "Łódź Čapek", "+47 900 00 000", "مؤسسة النور", "Привет"):
        assert cleaning.line(text) == text


def test_a_report_survives_being_stored() -> None:
    report = samples.everything()
    assert msgspec.json.decode(msgspec.json.encode(report), type=content.Report).held == report.held


def test_of_a_period_that_is_over_what_waits_is_said_to_wait_now() -> None:
    made_at = dt.datetime(2027, 1, 4, 8, 0, tzinfo=samples.OSLO)
    over = samples.report(samples.item(minor=1_845_000), slot=None, period=(dt.date(2026, 11, 1), samples.DAY), made_at=made_at)
    over = msgspec.structs.replace(over, trend=tuple(samples.trend()))
    said = page.compose(over)
    assert plain(said.first_line).endswith("2026: 42 hentet, 40 sendt, 1 venter på deg nå (kr 18 450)")
    assert [section.title for section in said.sections] == ["Venter på deg nå", "30 dager til og med 23. november 2026"]
    today = page.compose(msgspec.structs.replace(over, made_at=made_at.replace(year=2026, month=11, day=23)))
    assert "nå" not in today.first_line
    assert [section.title for section in today.sections] == ["Venter på deg", "Siste 30 dager"]


def test_the_picture_says_what_held_counts() -> None:
    (trend,) = page.compose(samples.report(trend=tuple(samples.trend()))).sections
    assert "kreditnotaer" in trend.intro
    assert trend.trend is not None and trend.trend.heads[-1] == "Holdt tilbake"


def test_documents_and_customer_cards_are_counted_apart() -> None:
    card = samples.item("", kind="customer", amount=None)
    (section,) = page.compose(samples.report(warnings=(samples.item(minor=100), card, card))).sections
    assert plain(section.intro).startswith("1 dokument og 2 kundekort, kr 1.")


@pytest.mark.parametrize("texts", [texts_nb.TEXTS, client_texts()])
def test_the_client_is_one_person_and_a_document_one_word(texts: Mapping[str, str]) -> None:
    for key, text in texts.items():
        assert not re.search(r"\b(dere|deres|klientens)\b", text, re.IGNORECASE), key
        assert not re.search(r"\b(bilag|luke|slupp)", text, re.IGNORECASE), key
