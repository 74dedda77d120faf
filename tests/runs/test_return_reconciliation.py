"""The daily reconciliation after real nights: what differs is named, to the øre, and nothing is adjusted."""

from __future__ import annotations

import pytest

from data_quality.report import content, html
from tests.runs import reconciled
from tests.runs.conftest import Site
from tests.runs.reconciled import CHART, Nights

PAID, HELD, IN_EUROS = 5002, 5003, 5039


@pytest.fixture
async def nights(site: Site, monkeypatch: pytest.MonkeyPatch) -> Nights:
    return await reconciled.begin(site, monkeypatch, PAID, HELD, IN_EUROS)


async def test_what_is_held_and_what_others_post_is_named(nights: Nights) -> None:
    total = nights.total(PAID)
    nights.tell("payment", f"{total}", invoice_number=str(PAID))
    nights.tell("payment", "100.00", invoice_number=str(HELD))
    nights.tell("financial_fee", "12.35")
    nights.tell("balance_change", "-40.00")
    said = await nights.night(24)
    assert said.name == "Completed", said.message
    agree = (0, {})
    assert nights.looks() == {
        "customers": agree,
        "customers EUR": agree,
        "customer_contra": agree,
        "balance": agree,
        "company": (-4_000, {"held": -4_000}),
    }
    nights.site.card(nights.customer(HELD)).update(IsArchived=True)
    nights.tell("payment", "50.00", 24, invoice_number=str(HELD))
    own = nights.by_hand((nights.account_of(PAID), "-30.00", None), (CHART + 1920, "30.00", None))
    other = nights.by_hand((CHART + 2990, "7.00", None), (CHART + 1510, "-7.00", None))
    nights.by_hand((nights.account_of(HELD), "-20.00", str(HELD)), (CHART + 1920, "20.00", None))
    nights.appoint("berit@klient.example")
    said = await nights.night(25)
    assert said.name == "Completed", said.message
    assert [subject.split(": ")[1] for subject in nights.mails("berit@klient.example")] == ["2 bevegelser er ikke ført"]
    looks = nights.looks()
    assert looks["customers"] == (5_000 - 3_000 - 2_000, {"held": 5_000, "another_voucher": -3_000, "paid_by_hand": -2_000})
    assert looks["customer_contra"] == (-700, {"another_voucher": -700})
    assert looks["balance"] == (-5_000 + 700, {"held": -5_000, "another_voucher": 700})
    assert list(nights.said()) == ["paid_by_hand"]
    shown = html.render(nights.report()).decode()
    assert own in shown and other in shown and "Returdata" in shown
    returns = nights.report().returns
    assert returns and returns.held[0].amount == content.Amount(5_000)


async def test_a_voucher_that_was_reversed_by_hand_is_said_and_what_nobody_knows_fails_once(
    nights: Nights,
) -> None:
    nights.tell("payment", "100.00", invoice_number=str(PAID))
    nights.tell("financial_fee", "12.35")
    assert (await nights.night(24)).name == "Completed"
    (voucher,) = nights.client.books.vouchers
    number = nights.reverse_by_hand(voucher)
    said = await nights.night(25)
    assert said.is_failed() and said.message.count(f"Bilag {number} er tilbakeført for hånd") == 1
    looks = nights.looks()
    assert looks["balance"] == (-10_000 + 1_235, {"reversed_by_hand": -10_000 + 1_235})
    assert looks["customers"] == (10_000, {"reversed_by_hand": 10_000})
    assert [value for _, value in nights.said()["reversed_by_hand"]] == [number] * 2
    nights.client.invoices = {key: one for key, one in nights.client.invoices.items() if one.number != HELD}
    said = await nights.night(26)
    assert said.is_failed() and f"faktura {HELD}" in said.message
    assert len(nights.said()["open_differs"]) == 1


async def test_euros_over_payments_and_a_credit_note_that_nobody_has_seen(nights: Nights) -> None:
    nights.tell("payment", f"{nights.total(IN_EUROS) - 10:.2f}", currency="EUR", invoice_number=str(IN_EUROS))
    nights.tell("payout", "3.00", currency="EUR")
    nights.tell("payment", f"{nights.total(PAID) - 5:.2f}", invoice_number=str(PAID))
    nights.tell("payment", "5.00", invoice_number=str(PAID))
    nights.tell("payment", "25.00", buyer_number=str(nights.customer(PAID)))
    nights.credit(HELD)
    said = await nights.night(24)
    assert said.name == "Completed", said.message
    looks = nights.looks()
    assert {role: one for role, one in looks.items() if one[0]} == {"customers EUR": (1_181, {"rate_difference": 1_181})}
    assert (len(looks), nights.report().returns is not None) == (8, True)
    nights.tell("payment", "-5.00", 24, invoice_number=str(PAID))
    await nights.night(25)
    assert nights.looks() == looks


async def test_what_is_credited_after_it_was_paid_is_said_and_is_no_difference(nights: Nights) -> None:
    total = nights.total(PAID)
    nights.tell("payment", f"{total}", invoice_number=str(PAID))
    nights.tell("payment", "100.00", invoice_number=str(HELD))
    await nights.night(24)
    assert nights.said() == {}
    nights.credit(PAID)
    nights.at(24, 8)
    await nights.site.intake()
    said = await nights.night(25)
    assert said.name == "Completed", said.message
    assert {one[0] for one in nights.looks().values()} == {0}
    assert [value for _, value in nights.said()["overpaid"]] == [f"{total}"]
    returns = nights.report().returns
    assert returns and len(returns.overpaid) == 1
    item = returns.overpaid[0]
    assert (item.number, item.amount, item.problems[0].holds) == (str(PAID), content.Amount(int(total * 100)), False)
    shown = html.render(nights.report()).decode().replace("\u00a0", "")
    assert f"Fakturaen er betalt og kreditert med til sammen {total:.2f} for mye.".replace(".", ",", 1) in shown
    nights.tell("payment", f"-{total}", 25, invoice_number=str(PAID))
    await nights.night(26)
    assert nights.said() == {} and {one[0] for one in nights.looks().values()} == {0}
