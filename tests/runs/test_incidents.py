"""Incident mode: a day that comes twice is stopped, until the bank has taken it back or a person decides."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fakturabro.formats.nets import values
from tests.runs import creditor
from tests.runs.creditor import kid_of, payment

FRIDAY, TUESDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 24)


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[creditor.Creditor]:
    made = creditor.Creditor(tmp_path, monkeypatch)
    yield made
    made.close()


def day(numbers: Sequence[int], on: dt.date, archive: int = 0, **changes: Any) -> list[values.Payment]:
    """AvtaleGiro of one day: 100 kroner for each invoice; `archive` makes the bank's references others."""
    return [payment(i, kid_of(i), 10_000, date=on, archive=archive + i, **changes) for i in numbers]


def taken_back(numbers: Sequence[int], on: dt.date) -> list[values.Payment]:
    return day(numbers, on, 700_000, kind="20", text="feilregistrert")


async def friday(site: creditor.Creditor, count: int) -> None:
    """A long weekend: invoices, what was paid on Friday, and the same on Tuesday, with ten that are new."""
    site.owe(*((i, 10_000) for i in range(1, count + 11)))
    await site.take_file("OCR1.DAT", day(range(1, count + 1), FRIDAY))


async def test_a_day_that_comes_twice_is_stopped_until_the_bank_took_it_back(site: creditor.Creditor) -> None:
    await friday(site, 30)
    said = await site.take_file("OCR2.DAT", day(range(1, 41), TUESDAY, 500_000))
    assert (said.name, site.file_states()["OCR2.DAT"]) == ("Failed", "stopped")
    assert "OCR2.DAT gjentar 30 av 40 innbetalinger på kr 3 000,00 som er meldt før (30 fra 20.11.2026)" in said.message
    said = await site.take_file("OCR3.DAT", taken_back(range(1, 21), TUESDAY))
    assert "Banken har tatt tilbake 20 av dem" in said.message
    assert (len(site.posted()), site.worth_at_company()) == (30, 3000)
    said = await site.take_file("OCR4.DAT", taken_back(range(21, 31), TUESDAY))
    assert said.name == "Completed"
    assert set(site.file_states().values()) == {"booked", "released"}
    assert (site.open_at_company(), site.worth_at_company()) == ({}, 4000)
    assert site.standings() == {"matched": 40, "netted": 60}
    assert site.decide("incident", "both_right") == 0  # nobody is asked any more


@pytest.mark.parametrize(
    ("answer", "worth", "states"), [("both_right", 7000, {"accepted"}), ("set_aside", 4000, {"accepted", "cancelled"})]
)
async def test_a_person_decides(site: creditor.Creditor, answer: str, worth: int, states: set[str]) -> None:
    await friday(site, 30)
    await site.take_file("OCR2.DAT", day(range(1, 41), TUESDAY, 500_000))
    assert site.decide("incident", answer) == 1
    await site.take()
    assert (site.worth_at_company(), {row.state for row in site.rows()}) == (worth, states)
    said = await site.take_file("OCR3.DAT", taken_back(range(1, 31), TUESDAY))
    assert said.name == "Completed"
    assert site.worth_at_company() == 4000  # what was wrong takes nothing good with it
    assert site.open_at_company() == {}


async def test_few_or_a_month_apart_is_no_incident(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="none")
    later = [(range(1, 10), TUESDAY), (range(21, 51), TUESDAY), (range(1, 31), dt.date(2026, 12, 21))]
    for i, (numbers, on) in enumerate([(range(1, 31), FRIDAY), *later]):
        await site.take_file(f"OCR{i}.DAT", day(numbers, on, i * 100_000))
    assert set(site.file_states().values()) == {"booked"}


@pytest.mark.parametrize(("answer", "handed_over"), [("both_right", ["OCR1.DAT", "OCR3.DAT"]), ("set_aside", ["OCR1.DAT"])])
async def test_by_file_the_accounting_system_gets_what_a_person_says(
    site: creditor.Creditor, answer: str, handed_over: list[str]
) -> None:
    site.chosen = site.having(incoming_at="file")
    for name, made in {"OCR1": day(range(1, 31), FRIDAY), "OCR2": day(range(1, 31), TUESDAY, 500_000)}.items():
        await site.take_file(f"{name}.DAT", made)
    assert [one.name for one in site.folder.glob("*.DAT")] == ["OCR1.DAT"]
    site.decide("incident", "set_aside")
    said = await site.take_file("OCR3.DAT", taken_back(range(1, 31), TUESDAY))
    site.at(site.now + dt.timedelta(days=61))
    assert ("OCR3.DAT tar tilbake innbetalinger" in said.message, (await site.take()).name) == (True, "Failed")
    assert [one.name for one in site.folder.glob("*.DAT")] == ["OCR1.DAT"]
    site.decide("incident", answer)
    assert (await site.take()).name == "Completed"
    assert sorted(one.name for one in site.folder.glob("*.DAT")) == handed_over


async def test_by_file_the_accounting_system_nets_itself(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="file")
    others = [payment(900 + i, kid_of(900 + i), 100, kind="10", date=TUESDAY) for i in range(60)]  # of another kind
    double = [*day(range(1, 31), TUESDAY, 500_000), *others]
    for name, made in {"OCR1": day(range(1, 31), FRIDAY), "OCR2": double}.items():
        await site.take_file(f"{name}.DAT", made)
    assert [one.name for one in site.folder.glob("*.DAT")] == ["OCR1.DAT"]
    await site.take_file("OCR3.DAT", taken_back(range(1, 31), TUESDAY))
    assert sorted(one.name for one in site.folder.glob("*.DAT")) == ["OCR1.DAT", "OCR2.DAT", "OCR3.DAT"]


@pytest.mark.long
async def test_an_avtalegiro_weekend_of_five_thousand(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="none")
    numbers, said = range(1, 5_001), []
    for name, made in {"1": day(numbers, FRIDAY), "2": day(numbers, TUESDAY, 500_000), "3": taken_back(numbers, TUESDAY)}.items():
        said.append(await site.take_file(f"OCR{name}.DAT", made))
    assert [one.name for one in said] == ["Completed", "Failed", "Completed"]
    assert "10000 motregnet" in said[-1].message
    assert site.standings() == {"recorded": 5_000, "netted": 10_000}


async def test_a_day_that_stands_twice_in_one_file_is_stopped(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="none")
    shared = [payment(100 + i, kid_of(99), 10_000, payer="") for i in range(30)]  # a KID of many payers, who are unknown
    await site.take_file("OCR1.DAT", [*day(range(1, 21), FRIDAY), *shared])
    again = day(range(21, 41), TUESDAY, 500_000, settlement="0124013001")
    await site.take_file("OCR2.DAT", [*day(range(21, 41), TUESDAY), *again])
    assert site.file_states() == {"OCR1.DAT": "booked", "OCR2.DAT": "stopped"}
    site.decide("incident", "told_again")
    await site.take()
    assert [row.standing for row in site.rows()[50:]] == ["recorded"] * 20 + ["stopped"] * 20
