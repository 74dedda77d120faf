"""What the client's report says after real runs: warnings, what waits on us, and customer cards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from data_quality.report import content, html, pdf
from fakturabro.domain import calendar
from fakturabro.ledger import deliveries, opened, outcomes
from fakturabro.ledger.clients import reports as client_reports
from flows import data_quality
from sandboxes import faults
from tasks import clock, connect

from .conftest import make_options, plain

EHF, HELD = 5002, 5024


@pytest.fixture
def ledger(site: Any) -> Iterator[opened.Ledger]:
    one = connect.open_ledger()
    yield one
    one.close()


@pytest.fixture
def next_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let a day pass."""
    real = clock.now
    return lambda: monkeypatch.setattr(clock, "now", lambda: real() + dt.timedelta(days=1))


def newest(ledger: opened.Ledger) -> content.Report:
    kept = client_reports.find_newest(ledger, "nidelven", 1)[0]
    data = client_reports.read(ledger, "nidelven", kept.id, "content")
    assert data is not None
    return msgspec.json.decode(data, type=content.Report)


def spoil(site: Any) -> None:
    """A post code of another place: worth mending, and no hold."""
    site.card(site.invoice(EHF).customer_number)["MailAddress"]["ZipCode"] = "0010"


async def test_a_warning_stands_in_one_report_of_the_day(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(EHF)
    spoil(site)
    told: list[set[str]] = []
    for _ in range(3):
        await site.intake()
        told.append({problem.code for item in newest(ledger).warnings for problem in item.problems if problem.severity == "warn"})
    assert told == [{"post_code_of_another_place", "address_differs_from_card"}, set(), set()]


async def test_what_a_slot_sent_whose_report_failed_is_in_the_next_days(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch, next_day: Callable[[], None]
) -> None:
    site.keep_only(EHF)
    spoil(site)
    with monkeypatch.context() as broken:
        broken.setattr(pdf, "render", lambda _: 1 / 0)
        assert (await site.intake()).is_failed()
    next_day()
    await site.intake()
    said = newest(ledger)
    assert ([item.number for item in said.warnings], said.fetched, said.sent) == ([str(EHF)], 1, 1)


async def test_an_english_report_of_a_doubt_is_english_and_names_no_machine(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(EHF)
    site.boxes.access_point.book.add(faults.Fault(kind="error", method="PUT", path="/messages", times=1))
    await site.intake(options=make_options(report={"language": "en"}))
    said = newest(ledger)
    (problem,) = said.waits_on_us[0].problems
    assert problem.what == "We do not know yet whether the document reached the customer."
    shown = html.render(said).decode()
    (delivery,) = deliveries.find_open(ledger, "nidelven", "distribute", ["in_doubt"])
    detail = outcomes.find_details(ledger, "nidelven", [delivery.id])[delivery.id]
    assert detail and detail not in shown and "127.0.0.1" not in shown and "(drift)" not in shown


async def test_a_document_that_was_mended_and_then_refused_is_with_us(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keep_only(HELD)
    await site.intake()
    address = {"AddressLine1": "Storgata 14", "ZipCode": "0155", "City": "OSLO", "CountryCode": "NO"}
    site.card(site.invoice(HELD).customer_number)["MailAddress"] = address
    real = deliveries.record_answers

    def refuse(ledger: opened.Ledger, tenant: str, answers: Any, *rest: Any, **named: Any) -> None:
        said = [one if "factoring" in one.target else msgspec.structs.replace(one, outcome="rejected") for one in answers]
        real(ledger, tenant, said, *rest, **named)

    monkeypatch.setattr(deliveries, "record_answers", refuse)
    await site.intake()
    said = newest(ledger)
    assert site.states(HELD)["distribute"] == "rejected"
    assert [(one.number, one.became) for one in said.released] == [(str(HELD), "with_us")]
    assert [item.number for item in said.waits_on_us] == [str(HELD)]


async def test_cards_that_hold_say_what_and_cards_with_a_warning_are_told_once(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only()
    spoiled = next(iter(site.boxes.poweroffice.state.clients[site.client["client_key"]].customers.values()))
    good = {"AddressLine1": "Storgata 14", "ZipCode": "0155", "City": "OSLO", "CountryCode": "NO"}
    spoiled.update(InvoiceEmailAddress="kari@gmial.com", MailAddress=good)
    with plain():
        await data_quality.register_check("nidelven")
        await site.intake()
        first = newest(ledger)
        await data_quality.register_check("nidelven")
        await site.intake()
    second = newest(ledger)
    assert first.cards and all(item.holds and item.problems[0].holds for item in first.cards)
    assert second.cards == first.cards
    assert [(item.kind, item.number) for item in first.warnings] == [("customer", str(spoiled["Number"]))]
    assert second.warnings == ()


async def test_a_period_of_last_year_says_what_is_of_now_and_draws_its_own_days(site: Any, ledger: opened.Ledger) -> None:
    site.keep_only(HELD)
    await site.intake()
    today = clock.now().astimezone(calendar.OSLO).date()
    with plain():
        first, last = today - dt.timedelta(days=400), today - dt.timedelta(days=370)
        await data_quality.client_report("nidelven", make_options(), first, last)
    said = newest(ledger)
    assert [item.since for item in said.held] == [today]
    assert said.trend == ()
    assert "1 venter på deg nå (kr" in client_reports.find_newest(ledger, "nidelven", 1)[0].headline
