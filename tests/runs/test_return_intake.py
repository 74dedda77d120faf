"""Movements taken in: from payments of the bank's, from the factoring system's interface, and from lists in a folder."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from fakturabro.domain import calendar
from fakturabro.formats.movement_list import write
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.returns import arrivals
from sandboxes.factoring import movements as sandbox_movements
from tests.runs import creditor, returning
from tests.runs.creditor import kid_of, payment
from tests.runs.returning import day, movement


class KilledError(BaseException):
    """The process is gone."""


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[returning.Returning]:
    made = returning.Returning(tmp_path, monkeypatch)
    yield made
    made.close()


def told(site: returning.Returning) -> list[str]:
    """The numbers of what the factoring system told, in the order of recording."""
    return [key.rpartition("/")[2] for key in site.movements() if key.startswith("told/")]


async def pay(site: returning.Returning) -> None:
    """Invoices are paid whole, in part, too much, and with a wrong KID; one payment goes back."""
    site.owe(*((number, 10_000) for number in range(1, 6)))
    wrong = kid_of(5)[:-1] + str((int(kid_of(5)[-1]) + 1) % 10)
    paid = [
        payment(1, kid_of(1), 10_000),
        payment(2, kid_of(2), 4_000),
        payment(3, kid_of(3), 12_000),
        payment(4, kid_of(4), 10_000),
    ]
    await site.take_file("OCR1.DAT", [*paid, payment(5, wrong, 9_000)])
    await site.take_file("OCR2.DAT", [payment(6, kid_of(4), 10_000, kind="20", text="tilbake")])


async def test_payments_are_taken_when_the_company_knows_and_are_the_same_in_a_restored_ledger(site: returning.Returning) -> None:
    await pay(site)
    site.sleep(24)
    batch = await site.night()
    amounts = [(str(on), amount) for _, on, amount, _, _ in site.movements().values()]
    monday = "2026-11-23"
    assert sorted(amounts) == sorted([(monday, 10_000), (monday, 4_000), (monday, 10_000), (monday, 10_000), (monday, -10_000)])
    assert (batch.counts["movements"], batch.failures) == (5, ())
    assert site.settlements() == [(1, 23, 0, 24_000, 24_000)]
    site.at(dt.datetime(2026, 11, 24, 9, 0, tzinfo=calendar.OSLO))
    site.decide("suspense", "candidate_1")
    await site.take()
    site.sleep(25)
    await site.night()
    *_, (key, placed) = site.movements().items()
    assert placed[1:3] == (day(24), 9_000), "it counts from the day on which the company was told"
    assert key.endswith("/5/1") and site.settlements()[1:] == [(2, 24, 24_000, 33_000, 9_000)]
    assert int(site.company.books.owed(creditor.CLIENT, day(24))["NOK"] * 100) == 33_000
    before = set(site.movements())
    assert (await site.night()).counts.get("movements") is None and set(site.movements()) == before
    site.lose_ledger()
    site.at(dt.datetime(2026, 11, 25, 9, 0, tzinfo=calendar.OSLO))
    await pay(site)
    await site.night()
    assert set(site.movements()) == before


async def test_what_was_before_our_time_and_another_clients_payments_are_not_taken(site: returning.Returning) -> None:
    site.owe((1, 10_000), (2, 10_000))
    early = payment(1, kid_of(1), 10_000, date=day(20), bank_date=day(20))
    await site.take_file("OCR1.DAT", [early, payment(2, kid_of(2), 10_000)])
    site.wanted = site.returning(client_number="4712", source="none", starts_on=day(23))
    site.sleep()
    batch = await site.night()
    assert "4711" in " ".join(batch.failures) and not site.movements()
    site.wanted = site.returning(source="none", starts_on=day(23), openings=[{"amount": "0"}])
    batch = await site.night()
    assert (batch.counts["movements"], batch.counts["movements_skipped"], batch.failures) == (1, 1, ())
    assert {key.split("/")[-2]: row[-1] for key, row in site.movements().items()} == {"1": "skipped", "2": "fetched"}
    assert (await site.night()).counts.get("movements_skipped", 0) == 0


@pytest.mark.parametrize("after", [False, True])
async def test_the_pull_goes_on_where_it_was_killed(
    site: returning.Returning, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    monkeypatch.setattr(sandbox_movements, "PAGE", 2)
    for on in range(1, 8):
        site.happen(f"{on}.00", on)
    record, pages = arrivals.record, list[Any]()

    def dying(*args: Any) -> Any:
        pages.append(args)
        if len(pages) == 2 and not after:
            raise KilledError
        said = record(*args)
        if len(pages) == 2:
            raise KilledError
        return said

    monkeypatch.setattr(arrivals, "record", dying)
    site.sleep()
    with pytest.raises(KilledError):
        await site.night()
    assert told(site) == ["1", "2", "3", "4"] if after else ["1", "2"]
    site.sleep(25)
    batch = await site.night()
    assert (told(site), batch.failures) == ([*"1234567"], ())
    assert site.settlements()[-1][:4] == (7, 7, -2_100, -2_800)


async def test_ids_out_of_order_stop_the_pull_after_what_was_right(
    site: returning.Returning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_movements, "PAGE", 2)
    for on in range(1, 5):
        site.happen(f"{on}.00", on)
    made = site.company.movements.made
    made[2], made[3] = made[3], made[2]
    site.sleep()
    batch = await site.night()
    assert "etter nummer 2 i feil rekkefølge" in batch.failures[0] and told(site) == ["1", "2"]
    made[2], made[3] = made[3], made[2]
    assert ((await site.night()).failures, told(site)) == ((), [*"1234"])


@pytest.mark.parametrize(("number", "after"), [(3, True), (4, False)])
async def test_what_cannot_be_read_is_said_every_night_and_read_when_it_is_mended(
    site: returning.Returning, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    """A run is killed at the page that holds it: after the page's other movement was recorded, and before."""
    monkeypatch.setattr(sandbox_movements, "PAGE", 2)
    for on in range(1, 6):
        site.happen(f"{on}.00", on)
    wrong = site.company.movements.made[number - 1].made
    wrong.amount = f"{number}.005"
    record, pages = arrivals.record, list[Any]()

    def dying(*args: Any) -> Any:
        pages.append(args)
        said = record(*args) if len(pages) < 2 or after else None
        if len(pages) == 2:
            raise KilledError
        return said

    site.sleep()
    with monkeypatch.context() as mid_page, pytest.raises(KilledError):
        mid_page.setattr(arrivals, "record", dying)
        await site.night()
    others = [one for one in "12345" if one != str(number)]
    for _ in range(2):
        batch = await site.night()
        (sentence,) = batch.failures
        assert f"Bevegelse {number} fra factoringsystemet kan ikke leses: beløp {number}.005" in sentence
        assert told(site) == others
    wrong.amount = f"{number}.00"
    batch = await site.night()
    assert (batch.failures, batch.counts["movements"], told(site)) == ((), 1, [*others, str(number)])
    assert site.settlements()[-1][:4] == (5, 23, -1_500 + 100 * number, -1_500), "it came late, and goes with yesterday"
    asked = site.company.book.calls.total()
    assert not (await site.night()).failures and site.company.book.calls.total() == asked + 1
    site.happen("6.00", 6)
    site.company.movements.made[-1].made.amount = "6.005"
    assert (await site.night()).failures
    del site.company.movements.made[-1]
    (sentence,) = (await site.night()).failures
    assert sentence.startswith("Bevegelse 6 kunne ikke leses før") and not (await site.night()).failures


async def test_lists_are_used_whole_once_and_what_is_wrong_with_one_costs_that_one(site: returning.Returning) -> None:
    site.wanted = site.by_folder()
    first = [movement("A-1", "100", 20), movement("A-2", "50.10", 21, "payout", text="Utbetaling på lørdag")]
    content = site.export("mandag.csv", first)
    assert content.startswith(b"\xef\xbb\xbf")
    site.lay("samme.csv", content)
    site.export("andres.csv", [movement("B-1", "7")], client="4712")
    site.lay("avkortet.csv", write.write([movement("C-1", "7"), movement("C-2", "8")], creditor.CLIENT)[:-12])
    early = [movement("A-3", "5", 2, "administrative_fee"), movement("A-4", "5", 1)]
    old = write.write([*early, movement("A-5", "9", kind="payout", text="Ønsket", currency="EUR")], creditor.CLIENT)
    site.lay("gammel.csv", old.decode("utf-8-sig").encode("cp1252"))
    site.wanted = site.by_folder(starts_on=day(2))
    site.sleep()
    batch = await site.night()
    assert sorted(told(site)) == [f"A-{n}" for n in range(1, 6)]
    assert [key for key, row in site.movements().items() if row[-1] == "skipped"] == ["told/4711/A-4"]
    said = " ".join(batch.failures)
    assert "Filen andres.csv er satt til side" in said and "Rad 2, kolonne B Klientnummer: Klientnummeret 4712" in said
    assert "Filen avkortet.csv er satt til side" in said
    counts = {name: batch.counts[name] for name in ("lists_taken", "lists_known", "lists_set_aside", "movements")}
    assert counts == {"lists_taken": 2, "lists_known": 1, "lists_set_aside": 2, "movements": 4}
    assert "Inngående mellomværende for EUR" in said and not site.settlements("EUR")
    assert len(list((site.lists / "til_side").glob("*.hvorfor.txt"))) == 2
    assert not [one for one in site.lists.iterdir() if one.is_file()]


async def test_a_list_with_a_changed_movement_is_said_and_the_rest_of_it_taken(
    site: returning.Returning, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.wanted = site.by_folder()
    site.export("1.csv", [movement("A-1", "100"), movement("A-2", "50")])
    site.sleep()
    move = bank_files.move

    def dying(*args: Any) -> bool:
        if args[-1] == "booked":
            raise KilledError
        return move(*args)

    with monkeypatch.context() as while_taking:
        while_taking.setattr(bank_files, "move", dying)
        with pytest.raises(KilledError):
            await site.night()
    site.sleep(25)
    assert {"lists_taken": 1, "movements_known": 2}.items() <= (await site.night()).counts.items()
    site.export("2.csv", [movement("A-1", "100"), movement("A-2", "60"), movement("A-3", "1")])
    batch = await site.night()
    assert len(batch.failures) == 1 and "Bevegelse A-2 er meldt på nytt med et annet innhold (beløp)" in batch.failures[0]
    assert site.movements()["told/4711/A-2"][2] == 5_000 and told(site) == ["A-1", "A-2", "A-3"]
    assert (batch.counts["movements"], batch.counts["movements_known"]) == (1, 1)
    assert not (await site.night()).failures


async def test_silence_is_no_success_and_a_dry_run_takes_nothing(site: returning.Returning) -> None:
    site.happen("5.00")
    site.owe((1, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000)])
    site.sleep()
    batch = await site.night(dry_run=True)
    assert (batch.counts["would_take"], site.movements()) == (2, {})
    site.wanted = site.by_folder()
    (sentence,) = (await site.night()).failures
    assert "ikke kommet noen bevegelsesliste" in sentence and "01.11.2026" in sentence
    site.export("tom.csv", [])
    assert not (await site.night()).failures
    assert Decimal(site.settlements()[0][3]) == 10_000


async def test_a_movement_of_a_kind_that_nobody_knows_stops_no_other(site: returning.Returning) -> None:
    for on in (18, 19, 20):
        site.happen("10.00", on, kid="1" * 26 if on == 20 else "")
    odd = site.company.movements.made[1].made
    odd.kind = "chargeback"  # type: ignore[assignment]
    site.sleep()
    for expected in (["1", "3"], ["1", "3"]):
        batch = await site.night()
        (said,) = batch.failures
        assert "Bevegelse 2 " in said and "feltet kind " in said and told(site) == expected
    odd.kind = "payout"
    site.sleep(25)
    assert (await site.night()).failures == () and told(site) == ["1", "3", "2"]


async def test_what_a_change_of_settings_leaves_behind_is_said(site: returning.Returning) -> None:
    site.wanted = site.returning(starts_on=day(15))
    site.happen("1.00", 12)
    site.happen("2.00", 24)
    site.sleep(24)
    assert (await site.night()).failures == ()
    site.wanted = site.returning()
    (said,) = (await site.night()).failures
    assert "01.11.2026" in said and "Én bevegelse" in said
    site.wanted = site.returning(client_number="4712", source="none", openings=[{"amount": "0"}])
    site.sleep(25)
    (said,) = (await site.night()).failures
    assert "klientnummer 4711" in said and "gjelder nå 4712" in said


async def test_nothing_is_skipped_because_return_data_is_said_to_begin_later(site: returning.Returning) -> None:
    site.happen("1.00", 19)
    site.sleep(21)
    await site.night()
    site.happen("2.00", 21)
    site.sleep(24)
    for wrong in (day(20), day(20).replace(year=2027)):
        site.wanted = site.returning(starts_on=wrong)
        batch = await site.night()
        assert len(batch.failures) == 1 and f"{wrong:%d.%m.%Y}" in batch.failures[0] and told(site) == ["1"]
    site.wanted = site.returning()
    assert (await site.night()).failures == () and told(site) == ["1", "2"] and len(site.settlements()) == 2
