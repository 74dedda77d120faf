"""The number-series guard against PowerOffice's sandbox: what explains a gap, what is reported, and when. And purging as a run."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from prefect import Task

from fakturabro.ledger import operations
from fakturabro.ledger import series as series_
from fakturabro.systems.poweroffice import wire
from flows import purge
from sandboxes import faults
from tasks import connect, poweroffice, runs, selections, upkeep_messages
from tasks.checks import series

MONDAY, THURSDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 26)


async def guard(day: dt.date, dry_run: bool = False, fetch: bool = True) -> runs.Batch:
    """Intake and guard on a day, as the flow calls them."""
    async with runs.slot("nidelven", "invoice_intake", moves=("book", "distribute"), dry_run=dry_run) as slot:
        batch = runs.Batch(dataclasses.replace(slot, business_date=day))
        if fetch:
            batch = await poweroffice.fetch_available_invoices.fn(batch, selections.NEW)
        return await series.follow_series.fn(batch)


async def missing() -> list[int]:
    async with connect.opened_for("nidelven") as connections:
        return [gap.number for gap in series_.find_missing(connections.ledger, "nidelven")]


def gaps(site: Any) -> dict[int, tuple[str, str]]:
    gap = operations.series_gap
    with site.engine.connect() as connection:
        return {
            number: (state, detail)
            for number, state, detail in connection.execute(sa.select(gap.c.number, gap.c.state, gap.c.detail))
        }


async def test_another_delivery_type_explains_a_gap_and_an_unknown_number_is_reported_after_three_days(site: Any) -> None:
    site.keep_only(5002, 5003, 5005)
    site.invoice(5003).delivery_type = "PdfByEmail"
    batch = await guard(MONDAY)
    assert (batch.counts["missing_numbers"], batch.failures) == (0, ())
    assert gaps(site) == {5003: ("explained", upkeep_messages.series_other_delivery("PdfByEmail")), 5004: ("open", "")}
    assert (await guard(dt.date(2026, 11, 25))).counts["missing_numbers"] == 0
    assert (await guard(THURSDAY)).counts["missing_numbers"] == 1
    assert await missing() == [5004]


async def test_a_number_that_comes_late_fills_its_gap(site: Any) -> None:
    invoices = site.boxes.poweroffice.state.clients[site.client["client_key"]].invoices
    site.keep_only(5002, 5003, 5004)
    late = site.invoice(5003)
    del invoices[late.id]
    await guard(MONDAY)
    await guard(THURSDAY)
    assert await missing() == [5003]
    invoices[late.id] = late
    batch = await guard(dt.date(2026, 11, 27))
    assert (batch.counts["late_numbers"], batch.counts["missing_numbers"]) == (1, 0)
    assert gaps(site)[5003][0] == "arrived"


async def test_what_factoring_had_before_us_is_explained_and_what_is_offered_is_awaited(site: Any) -> None:
    site.keep_only(5002, 5003, 5004, 5005, 5006)
    site.invoice(5003).is_delivered = True
    ehf = f"/Factoring/InvoiceEhf/{site.invoice(5004).id}"
    site.boxes.poweroffice.v1_book.add(faults.Fault(kind="error", path=ehf, times=100))
    await guard(MONDAY)
    await guard(THURSDAY)
    assert gaps(site) == {5003: ("explained", upkeep_messages.SERIES_DELIVERED_BEFORE), 5004: ("open", "")}
    assert await missing() == []


async def test_what_is_for_factoring_and_never_offered_is_reported_too(site: Any, monkeypatch: Any) -> None:
    invoices = site.boxes.poweroffice.state.clients[site.client["client_key"]].invoices
    site.keep_only(5002, 5003, 5004)
    hidden = site.invoice(5003)
    del invoices[hidden.id]
    await guard(MONDAY)
    invoices[hidden.id] = hidden
    offered = series._find_offered

    async def offers_nothing(numbers: Any) -> tuple[set[int], set[int]]:
        found, delivered = await offered(numbers)
        return found - {5003}, delivered

    monkeypatch.setattr(series, "_find_offered", offers_nothing)
    await guard(THURSDAY, fetch=False)
    assert gaps(site)[5003] == ("missing", upkeep_messages.SERIES_NOT_OFFERED)


async def test_when_poweroffice_does_not_answer_nothing_is_called_missing(site: Any) -> None:
    site.keep_only(5002, 5004)
    await guard(MONDAY)
    site.boxes.poweroffice.v2_book.add(faults.Fault(kind="error", path="/v2/OutgoingInvoices", times=100))
    batch = await guard(THURSDAY)
    assert batch.failures
    assert await missing() == []


async def test_a_dry_run_notes_nothing(site: Any) -> None:
    site.keep_only(5002, 5004)
    await guard(MONDAY)
    with site.engine.begin() as connection:
        connection.execute(sa.delete(operations.series_gap))
    await guard(MONDAY, dry_run=True, fetch=False)
    assert gaps(site) == {}


def test_the_sentence_names_ranges_and_stays_short() -> None:
    assert "5004, 5007–5009." in upkeep_messages.series_missing([5004, 5007, 5008, 5009])
    assert "og 490 hull til" in upkeep_messages.series_missing(list(range(0, 1000, 2)))


async def test_purging_is_a_run_that_says_what_went(site: Any, monkeypatch: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    monkeypatch.setattr(Task, "__call__", lambda self, *args, **kwargs: self.fn(*args, **kwargs))
    ended = await purge.purge.fn("nidelven", dry_run=True)
    assert ended.message == "Prøvekjøring, ingenting er sendt eller bokført: Ingenting å gjøre."
    with site.engine.begin() as connection:
        connection.exec_driver_sql("drop trigger delivery_move")
        connection.exec_driver_sql("update delivery set state = 'cancelled' where state in ('waiting', 'held', 'planned')")
    monkeypatch.setattr(runs.clock, "now", lambda: dt.datetime(2099, 1, 7, 8, tzinfo=dt.UTC))
    dry = await purge.purge.fn("nidelven", dry_run=True)
    assert dry.message == "Prøvekjøring, ingenting er sendt eller bokført: 8 månedsnøkler ville blitt slettet."
    ended = await purge.purge.fn("nidelven")
    assert ended.message == "8 månedsnøkler slettet etter oppbevaringstiden"
    monkeypatch.setattr(runs.clock, "now", lambda: dt.datetime(2099, 1, 8, 8, tzinfo=dt.UTC))
    assert (await purge.purge.fn("nidelven")).message == "Ingenting å gjøre"


async def test_a_row_that_cannot_be_read_is_no_missing_number(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002, 5003, 5004)
    odd, real = str(site.invoice(5003).id), wire.read_row

    def read_row(raw: Any) -> Any:
        row = real(raw)
        return wire.UnreadableRow(id=odd, reason="x") if getattr(row, "id", None) and str(row.id) == odd else row

    monkeypatch.setattr(wire, "read_row", read_row)
    await guard(MONDAY)
    await guard(THURSDAY)
    assert (await missing(), gaps(site)[5003][0]) == ([], "open")
