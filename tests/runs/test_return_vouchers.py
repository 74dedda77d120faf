"""Movements as vouchers in the client's PowerOffice: each posted once, whatever happens on the way, and none stops another."""

from __future__ import annotations

import asyncio
import pathlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from console import resending
from fakturabro.ledger.journal import recovery
from sandboxes.poweroffice import chart
from tasks.returns import vouchers
from tests.runs import creditor, returning, vouched
from tests.runs.creditor import kid_of, payment

VAT: dict[str, Any] = {"kind": "administrative_fee", "vat": "25.00", "vat_rate": "0.25"}


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[vouched.Vouched]:
    made = vouched.Vouched(tmp_path, monkeypatch)
    yield made
    made.close()


async def test_a_night_is_one_voucher_that_says_all_of_it_and_the_next_one_posts_nothing(site: vouched.Vouched) -> None:
    site.checked = True
    site.owe((1, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000)])
    site.happen("125.00", **VAT)
    site.happen("70.00", kind="payout")
    site.happen("9.99", currency="EUR")
    site.sleep()
    site.box.v2_book.bodies = []
    state = await site.post()
    assert (state.is_completed(), site.failures, set(site.states().values())) == (True, (), {"accepted"}), state.message
    assert "3 bilag ført i PowerOffice, 4 bevegelser ført i PowerOffice" in state.message
    euros = Decimal("114.12")  # 9.99 euros at PowerOffice's rate
    stands = {1500: "-100.00", 1920: "70.00", 2710: "25.00", 6970: "100.00"}
    assert site.balances() == {n: Decimal(amount) for n, amount in stands.items()} | {2990: -95 - euros, 6975: euros}
    (paid,) = [line for one in site.standing() for line in one["VoucherLines"] if line["InvoiceNo"]]
    assert (paid["InvoiceNo"], paid["Cid"], paid["CurrencyAmount"]) == ("1", kid_of(1), -100)
    assert paid["Description"] == f"Innbetaling, faktura 1, KID {kid_of(1)}"
    named = [(one["Description"], one["CurrencyCode"], len(one["VoucherLines"])) for one in site.standing()]
    first, second = "Returdata, oppgjør 1, 20.11.2026", "Returdata, oppgjør 2, 23.11.2026"
    assert sorted(named) == [(first, "EUR", 2), (first, "NOK", 4), (second, "NOK", 4)]
    assert len(kept := site.kept()) == 3 and {*kept} <= {*site.box.v2_book.bodies}, "what is kept is byte for byte what was sent"
    again = await site.post()
    assert again.is_completed() and len(site.standing()) == 3 and site.faults() == []


async def test_an_answer_that_never_came_is_looked_for_and_nothing_is_posted_twice(site: vouched.Vouched) -> None:
    for amount in ("30.00", "40.00"):
        site.happen(amount)
    site.sleep()
    site.fail("error_after_change")
    await site.post()
    assert set(site.states().values()) == {"in_doubt"} and len(site.failures) == 1
    await site.post()
    assert set(site.states().values()) == {"accepted"} and len(site.standing()) == 1 and site.failures == ()
    assert [one[:3] for one in site.vouchers()] == [("post", 1, "posted")] and site.faults() == []


async def test_a_voucher_in_doubt_that_was_moved_to_another_day_is_known_again(site: vouched.Vouched) -> None:
    site.happen("30.00")
    site.sleep()
    site.fail("cut_after_change")
    await site.post()
    (moved,) = site.account.books.journal
    moved.date = returning.day(23)
    for entry in moved.entries:
        entry.day = moved.date
    for line in site.standing()[0]["VoucherLines"]:
        line["PostingDate"] = moved.date
    await site.post()
    assert (site.states(), site.failures) == ({"1": "accepted"}, ())
    assert [one[1:] for one in site.vouchers()] == [(1, "posted", moved.number)] and len(site.standing()) == 1


async def test_a_reference_that_is_taken_is_never_answered_by_a_second_voucher_and_said_every_working_day(
    site: vouched.Vouched,
) -> None:
    for amount in ("30.00", "40.00"):
        site.happen(amount)
    site.sleep()
    site.fail("cut_after_change")
    await site.post()
    journal, hidden = site.account.books.journal, site.account.books.journal[:]
    journal.clear()  # what is read does not show what is refused
    await site.post()
    for is_resent in (False, False, True):
        if is_resent:  # nothing proves that it is gone: it goes whole, under its reference
            assert await asyncio.to_thread(resending.resend, creditor.TENANT, "2", "funnet", "kari") == 0
            site.at(site.now + 2 * recovery.ON_ITS_WAY)
        state = await site.post()
        assert state.is_failed() and site.states() == {"1": "rejected", "2": "rejected"}
        said = "2 bevegelser (oppgjør 1, del 1) står som avvist og føres ikke: PowerOffice sier at referansen vår er brukt"
        assert (said in state.message) is not is_resent, state.message
    assert await asyncio.to_thread(resending.resend, creditor.TENANT, "2", "funnet", "kari") == 0
    journal.extend(hidden)
    state = await site.post()
    assert state.is_completed() and site.states() == {"1": "accepted", "2": "accepted"} and site.faults() == []
    assert [one[1:] for one in site.vouchers()] == [(1, "posted", hidden[0].number)] and len(site.standing()) == 1


@pytest.mark.long
async def test_what_poweroffice_stumbles_over_every_night_is_divided(site: vouched.Vouched) -> None:
    for amount in ("30.00", "40.00"):
        site.happen(amount)
    site.sleep()
    site.fail("error", times=2)
    for _ in range(3):
        await site.post()
    assert [one[:3] for one in site.vouchers()] == [("post", 1, "discarded"), ("post", 2, "posted"), ("post", 3, "posted")]
    assert site.balances() == {2990: Decimal(-70), 6975: Decimal(70)} and site.faults() == []


async def test_what_poweroffice_refuses_is_found_by_halves_and_held_alone(site: vouched.Vouched) -> None:
    site.checked = True
    for number in range(1, 9):
        site.happen(f"{number}.00", kind="payment", buyer_number="11" if number == 6 else "10")
    site.sleep()
    card = site.card("11")
    await site.post(before_post=lambda: card.update(IsArchived=True))
    states = site.states()
    assert states.pop("6") == "held" and set(states.values()) == {"accepted"}
    assert site.refused() == {"6": f"Voucher validation error(s). Account with id = {card['SubledgerAccountId']} not found"}
    assert site.balances() == {1500: Decimal(-30), 2990: Decimal(30)}, "what is held holds its own take-over"
    assert (await site.post()).is_completed() and site.states()["6"] == "held", "the check says now what is wrong"
    card["IsArchived"] = False
    await site.post()
    assert (site.states()["6"], site.refused()) == ("accepted", {})
    assert site.balances() == {1500: Decimal(-36), 2990: Decimal(36)} and site.faults() == []
    parts = [one[1] for one in site.vouchers()]
    assert parts == list(range(1, len(parts) + 1)), "no part is used twice"


@pytest.mark.long
async def test_many_refusals_end_the_dividing_and_the_rest_comes_in_its_turn(
    site: vouched.Vouched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vouchers, "_MOST_REFUSALS", 3)
    for number in range(1, 6):
        site.happen(f"{number}.00", kind="payment", buyer_number="11" if number % 2 else "10")
    site.sleep()
    card, nights = site.card("11"), 0
    while "waiting" in {*site.states().values()} or not nights:
        card["IsArchived"] = False
        await site.post(before_post=lambda: card.update(IsArchived=True))
        nights += 1
        assert nights < 9, site.states()
    assert Counter(site.states().values()) == {"accepted": 2, "held": 3} and site.faults() == []


@pytest.mark.parametrize("change", ["account", "held"])
async def test_what_was_made_and_never_left_is_made_anew_when_it_is_no_longer_right(site: vouched.Vouched, change: str) -> None:
    site.checked = change == "held"
    site.happen("10.00")
    site.sleep(21)
    await site.post()
    site.happen("30.00", on=19)  # told late: it is settled with the next day, and posted on its own
    site.happen("40.00", on=18)
    site.stop("poweroffice_books")
    await site.post()
    assert site.states() == {"1": "accepted", "2": "planned", "3": "planned"}
    assert "2 ville blitt postert" in (await site.dry_run()).message and len(site.standing()) == 1
    if change == "account":
        site.account.books.chart[6976] = chart.account(6976, "Renter, factoring")
        site.wanted = site.returning(accounts={**returning.ACCOUNTS, "financial_fees": {"number": "6976", "vat_code": "0"}})
    else:
        site.account.books.locked_until = returning.day(18)
    site.release("poweroffice_books")
    await site.post()
    if change == "account":
        assert site.balances() == {2990: Decimal(-80), 6975: Decimal(10), 6976: Decimal(70)}
    else:
        assert (site.states()["3"], site.balances()) == ("held", {2990: Decimal(-40), 6975: Decimal(40)})
    assert [one[:3] for one in site.vouchers()][1:] == [("post", 1, "discarded"), ("post", 2, "posted")] and site.faults() == []


async def test_another_voucher_under_our_reference_is_never_answered_by_a_second_one(site: vouched.Vouched) -> None:
    site.happen("30.00")
    site.sleep()
    site.fail("cut_after_change")
    await site.post()
    site.standing()[0]["VoucherLines"][0]["AccountId"] = 8_000_000 + 6970  # the client's bookkeeper moved it
    await site.post()
    assert site.states() == {"1": "rejected"} and len(site.standing()) == 1
    await site.post()
    assert site.states() == {"1": "rejected"} and len(site.standing()) == 1, "a person looks"
