"""The number-series guard in the ledger: holes, late arrivals, jumps, and that a long series costs no memory."""

from __future__ import annotations

import datetime as dt
import tracemalloc

import pytest
import sqlalchemy as sa

from fakturabro.ledger import documents, opened, operations, recording, series, tables

TENANT = "nordlys"
MONDAY = dt.date(2026, 11, 23)
INVOICES = series.Series(source="poweroffice", name="invoice", kinds=("invoice", "credit_note"))


def know(ledger: opened.Ledger, *numbers: object, kind: str = "invoice", tenant: str = TENANT) -> None:
    """Documents with these numbers; skipped ones, which count as known and need no bytes."""
    rows = [
        documents.Skipped(
            source_key=f"{kind}-{number}", kind=kind, number=str(number), customer_number="", amount=1, currency="NOK", reason="x"
        )
        for number in numbers
    ]
    recording.record_skipped(ledger, tenant, "poweroffice", "run-1", rows)


def look(ledger: opened.Ledger, today: dt.date = MONDAY, jump: int = series.JUMP) -> series.Found:
    return series.record_gaps(ledger, TENANT, INVOICES, today, jump)


def states(ledger: opened.Ledger) -> dict[int, str]:
    gap = operations.series_gap
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(gap.c.number, gap.c.state).where(gap.c.tenant == TENANT).order_by(gap.c.number))
        return {number: state for number, state in rows}


def ask(ledger: opened.Ledger, today: dt.date, explained: dict[int, str] | None = None, expected: tuple[int, ...] = ()) -> int:
    asked = [number for some in series.find_unexplained(ledger, TENANT, INVOICES) for number in some]
    return series.record_answers(ledger, TENANT, INVOICES, asked, explained or {}, expected, {}, today)


def test_a_first_run_in_the_middle_of_a_series_is_no_gap(ledger: opened.Ledger) -> None:
    know(ledger, 5000, 5001, 5002)
    assert look(ledger) == series.Found(gaps=0, jumps=(), arrived=0, ignored=0)
    assert series.record_gaps(ledger, "fjord", INVOICES, MONDAY) == series.Found(gaps=0, jumps=(), arrived=0, ignored=0)


def test_gaps_are_noted_once_and_arrive_late(ledger: opened.Ledger) -> None:
    know(ledger, 8, 9, 12, kind="invoice")
    know(ledger, 15, kind="credit_note")
    know(ledger, 100, kind="customer")
    know(ledger, 9_999, tenant="fjord")
    assert look(ledger).gaps == 4
    assert look(ledger, MONDAY + dt.timedelta(days=1)).gaps == 0
    assert states(ledger) == dict.fromkeys((10, 11, 13, 14), "open")
    know(ledger, 11)
    assert look(ledger) == series.Found(gaps=0, jumps=(), arrived=1, ignored=0)
    assert states(ledger)[11] == "arrived"
    assert look(ledger).arrived == 0


def test_numbers_are_compared_as_numbers_and_what_is_none_is_counted(ledger: opened.Ledger) -> None:
    know(ledger, "9", "10", "11", "?", "", "12a", "-3", "1.5", "٣", "9" * 30)
    assert look(ledger) == series.Found(gaps=0, jumps=(), arrived=0, ignored=7)


def test_unknown_numbers_are_missing_after_three_working_days(ledger: opened.Ledger) -> None:
    know(ledger, 1, 3)
    thursday = dt.date(2026, 11, 19)
    look(ledger, thursday)
    for day in (19, 20, 21, 22, 23):
        assert ask(ledger, dt.date(2026, 11, day)) == 0, day
    assert ask(ledger, dt.date(2026, 11, 24)) == 1  # Friday, Monday, Tuesday
    assert ask(ledger, dt.date(2026, 11, 25)) == 0
    gap = series.Gap(source="poweroffice", series="invoice", number=2, seen_on=thursday, detail="")
    assert series.find_missing(ledger, TENANT) == [gap]
    assert series.find_missing(ledger, "fjord") == []
    know(ledger, 2)
    assert look(ledger).arrived == 1
    assert series.find_missing(ledger, TENANT) == []


def test_holidays_are_no_working_days(ledger: opened.Ledger) -> None:
    know(ledger, 1, 3)
    wednesday_before_easter = dt.date(2026, 4, 1)
    look(ledger, wednesday_before_easter)
    assert ask(ledger, dt.date(2026, 4, 8)) == 0  # Tuesday and Wednesday only
    assert ask(ledger, dt.date(2026, 4, 9)) == 1


def test_what_is_explained_or_on_its_way_is_never_missing(ledger: opened.Ledger) -> None:
    know(ledger, 1, 5)
    look(ledger)
    later = MONDAY + dt.timedelta(days=30)
    assert ask(ledger, later, explained={2: "e-post"}, expected=(3,)) == 1
    assert states(ledger) == {2: "explained", 3: "open", 4: "missing"}
    assert ask(ledger, later, explained={4: "e-post"}, expected=(3,)) == 0
    assert states(ledger) == {2: "explained", 3: "open", 4: "explained"}
    assert list(series.find_unexplained(ledger, TENANT, INVOICES)) == [[3]]


def test_a_jump_is_one_row_reported_once_while_both_series_grow(ledger: opened.Ledger) -> None:
    know(ledger, 5028, 5030, 1_005_031)
    assert look(ledger) == series.Found(gaps=1, jumps=((5031, 1_005_030),), arrived=0, ignored=0)
    assert list(series.find_unexplained(ledger, TENANT, INVOICES)) == [[5029]]
    know(ledger, 5031, 5033, 1_005_033)
    assert look(ledger) == series.Found(gaps=2, jumps=(), arrived=0, ignored=0)
    assert [number for number, state in states(ledger).items() if state == "open"] == [5029, 5032, 1_005_032]
    know(ledger, 1_004_900)  # a third series begins in between
    found = look(ledger)
    assert (found.gaps, found.jumps) == (0, ((5034, 1_004_899),))
    know(ledger, 1_005_030)
    assert look(ledger).arrived == 1


def test_the_limit_of_a_jump_is_a_setting(ledger: opened.Ledger) -> None:
    know(ledger, 1, 12)
    assert look(ledger, jump=9) == series.Found(gaps=0, jumps=((2, 11),), arrived=0, ignored=0)
    know(ledger, 23)
    assert look(ledger, jump=10) == series.Found(gaps=10, jumps=(), arrived=0, ignored=0)


@pytest.mark.parametrize("count", [300_000])
def test_a_long_series_is_never_read_number_by_number(ledger: opened.Ledger, count: int) -> None:
    document = tables.document
    names = "id, tenant, source, kind, source_key, number, customer_number, amount, currency, listing_hash, state, skip_reason, run"
    numbers = (
        f"(with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) select i from n)"  # noqa: S608 our own words
        if ledger.engine.dialect.name == "sqlite"
        else f"generate_series(1, {count}) as g(i)"
    )
    values = f"i, '{TENANT}', 'poweroffice', 'invoice', cast(i as text), cast(i as text), '', 1, 'NOK', '', 'skipped', 'x', 'r'"
    with ledger.writing() as connection:
        connection.exec_driver_sql(f"insert into document ({names}) select {values} from {numbers}")  # noqa: S608 our own words
        connection.execute(sa.delete(document).where(document.c.number.in_(("7", "150000", "299999"))))
    tracemalloc.start()
    found = look(ledger)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.gaps == 3
    assert list(states(ledger)) == [7, 150_000, 299_999]
    assert peak < 3_000_000
