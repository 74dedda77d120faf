"""Days settled: once each, in order, with balances that follow each other and are the factoring company's own."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from fakturabro.ledger.returns import settlements
from sandboxes.seed import movements as seed
from tests.runs import creditor, returning
from tests.runs.creditor import kid_of, payment
from tests.runs.returning import day, movement


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[returning.Returning]:
    made = returning.Returning(tmp_path, monkeypatch)
    yield made
    made.close()


@pytest.mark.long
async def test_a_month_is_settled_to_the_ore_of_what_the_company_says(site: returning.Returning) -> None:
    for one in seed.month("4711", day(23)):
        site.happen(one.pop("amount"), int(one.pop("date")[-2:]), one.pop("kind"), **one)
    site.owe((1, 10_000), (2, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000), payment(2, kid_of(2), 3_000)])
    site.wanted = site.returning(starts_on=day(4), accounts=returning.CONTRA, table=[returning.BALANCE_CHANGE])
    site.sleep()
    said = await site.night(dry_run=True)
    assert (said.counts["would_take"], said.counts["would_settle"], site.settlements()) == (16, 0, [])
    batch = await site.night()
    made, owed = site.settlements(), site.company.books.owed
    assert (batch.failures, len(made), batch.counts["settlements"]) == ((), len(made), len(made))
    assert made[0][2] == int(owed(creditor.CLIENT, day(3))["NOK"] * 100)
    assert [(number, closing) for number, _, _, closing, _ in made] == [
        (number, int(owed(creditor.CLIENT, day(on))["NOK"] * 100)) for number, (_, on, *_) in enumerate(made, 1)
    ]
    assert [one[2] for one in made[1:]] == [one[3] for one in made[:-1]]
    assert batch.counts["movements_unsettled"] == 3, "two of the debtor's and a loss have no row"
    await site.night()
    assert site.settlements() == made
    more = {**returning.CONTRA, "bad_debts": {"number": "7830"}}
    row = {"kind": "bad_debt", "debit": "bad_debts", "credit": "buyer"}
    site.wanted = site.returning(starts_on=day(4), accounts=more, table=[returning.BALANCE_CHANGE, row])
    site.sleep(25)
    assert (await site.night()).counts["settlements"] == 1
    assert site.settlements()[-1] == (len(made) + 1, 24, made[-1][3], made[-1][3], 0)


async def test_what_comes_late_goes_with_yesterday_or_waits_a_night(site: returning.Returning) -> None:
    site.wanted = site.by_folder(openings=[{"amount": "10.00"}, {"currency": "EUR", "amount": "-1.00"}])
    site.export("1.csv", [movement("1", "1", 19), movement("2", "2", 21), movement("3", "3", 24)])
    site.sleep(24)
    await site.night()
    assert site.settlements() == [(1, 19, 1_000, 900, 0), (2, 21, 900, 700, 0)]
    site.export("2.csv", [movement("4", "4", 18), movement("5", "5", 22), movement("6", "6", 20, currency="EUR")])
    await site.night()
    assert site.settlements()[2:] == [(3, 22, 700, 200, 0), (4, 23, 200, -200, 0)], "22 is after the last one, 18 is late"
    assert site.settlements("EUR") == [(1, 20, -100, -700, 0)]
    site.export("3.csv", [movement("7", "7", 23, "payout")])
    assert (await site.night()).counts["movements_unsettled"] == 1
    assert len(site.settlements()) == 4
    site.sleep(25)
    await site.night()
    assert site.settlements()[4:] == [(5, 24, -200, -1_200, 0)]


async def test_without_a_stated_opening_nothing_is_settled(site: returning.Returning) -> None:
    site.wanted = site.by_folder(openings=[{"currency": "EUR", "amount": "0"}])
    site.export("1.csv", [movement("1", "1"), movement("2", "2", currency="EUR")])
    site.sleep()
    (sentence,) = (await site.night()).failures
    assert "i NOK ved utgangen av 31.10.2026" in sentence
    assert (site.settlements(), site.settlements("EUR")) == ([], [(1, 20, 0, -200, 0)])


async def test_what_does_not_add_up_stops_its_currency_and_says_so(
    site: returning.Returning, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.wanted = site.by_folder(openings=[{"amount": "0"}, {"currency": "SEK", "amount": "0"}])
    rows = [movement("1", "1", 19), movement("2", "2"), movement("3", "3", 21), movement("4", "4", currency="SEK")]
    site.export("1.csv", rows)
    find = settlements.find_unsettled

    def damaged(*args: Any) -> Any:
        found = find(*args)
        found[1].of_kind["financial_fee"].amount += 1
        return found

    monkeypatch.setattr(settlements, "find_unsettled", damaged)
    site.sleep()
    (sentence,) = (await site.night()).failures
    assert "20.11.2026 i NOK kan ikke gjøres opp: inngående og bevegelser gir ikke utgående" in sentence
    assert (site.settlements(), site.settlements("SEK")) == ([(1, 19, 0, -100, 0)], [(1, 20, 0, -400, 0)])
    monkeypatch.setattr(settlements, "find_unsettled", find)
    assert not (await site.night()).failures
    assert site.settlements() == [(1, 19, 0, -100, 0), (2, 20, -100, -300, 0), (3, 21, -300, -600, 0)]


async def test_a_day_far_ahead_is_said_until_it_is_taken_back(site: returning.Returning) -> None:
    site.happen("10.00", 20)
    site.happen("50.00", 20)
    far = day(20).replace(year=2062)
    site.company.movements.made[1].made.date = far
    site.sleep()
    for _ in range(2):
        (said,) = (await site.night()).failures
        assert "Bevegelse 2 " in said and "20.11.2062" in said
    site.happen("-50.00", 20)
    site.company.movements.made[2].made.date = far
    assert (await site.night()).failures == ()
