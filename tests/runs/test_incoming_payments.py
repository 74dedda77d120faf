"""Payments that come in: each posted once with what it settles, the rest in suspense, and every file's total kept."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
from collections.abc import Iterator
from decimal import Decimal

import pytest

from fakturabro.formats.nets import values
from fakturabro.remote import errors
from fakturabro.systems.bank import outbox
from sandboxes import faults
from sandboxes.factoring import payments as factoring_payments
from tests.runs import creditor, payer
from tests.runs.creditor import kid_of, ocr, payment


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[creditor.Creditor]:
    made = creditor.Creditor(tmp_path, monkeypatch)
    yield made
    made.close()


def slipped(kid: str) -> str:
    """The KID with a wrong check digit."""
    return kid[:-1] + str((int(kid[-1]) + 1) % 10)


async def test_each_is_posted_once_with_what_it_settles(site: creditor.Creditor) -> None:
    site.owe(*((number, 10_000) for number in range(1, 7)))
    site.owe((101, 4_000), credit_of=6)
    paid = [(kid_of(1), 10_000), (kid_of(2), 4_000), (kid_of(3), 12_000), (kid_of(1), 10_000), (kid_of(6), 6_000)]
    content = ocr(payment(i, *one) for i, one in enumerate(paid, 1))
    site.leave("OCR1.DAT", content)
    said = await site.take(dry_run=True)
    assert (said.name, site.rows(), (site.bank / "OCR1.DAT").exists()) == ("Completed", [], True)
    said = await site.take()
    assert (said.name, "5 postert" in said.message) == ("Completed", True)
    assert site.posted() == {"1": 0, "2": 0, "3": 20, "4": 100, "5": 0}
    assert site.open_at_company() == {"2": 60, "4": 100, "5": 100}
    assert site.why() == ["over_payment", "paid_already"]
    site.leave("OCR2.DAT", content)
    site.leave("OCR3.DAT", content.replace(b"\n", b"\r\n"))  # other bytes, the same payments
    said = await site.take()
    assert "5 innbetalinger kjent fra før" in said.message
    assert (len(site.posted()), site.worth_at_company()) == (5, Decimal(420))


async def test_a_person_places_what_has_a_wrong_kid(site: creditor.Creditor) -> None:
    site.owe((7, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, slipped(kid_of(7)), 9_000), payment(2, "99", 500)])
    assert (site.why(), site.posted()) == (["unknown_kid", "unknown_kid"], {"1": 90, "2": 5})
    assert site.decide("suspense", "candidate_1") == 1  # nothing is like the other, so nobody is asked
    for _ in range(2):
        await site.take()
        assert (site.posted(), site.open_at_company()) == ({"1": 0, "2": 5}, {"7": 10})
    assert site.standings() == {"matched": 1, "suspense": 1}


async def test_an_invoice_that_is_booked_later_gets_what_stands_in_suspense(site: creditor.Creditor) -> None:
    await site.take_file("OCR1.DAT", [payment(1, kid_of(7), 9_000)])
    assert site.posted() == {"1": 90}
    site.owe((7, 10_000))
    await site.take()
    assert (site.posted(), site.open_at_company(), site.standings()) == ({"1": 0}, {"7": 10}, {"part": 1})


async def test_a_choice_that_is_no_longer_open_is_not_followed(site: creditor.Creditor) -> None:
    site.owe((7, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, slipped(kid_of(7)), 10_000)])
    await site.take_file("OCR2.DAT", [payment(2, kid_of(7), 10_000)])
    site.decide("suspense", "candidate_1")
    assert "ble plassert av en person" in (await site.take()).message
    assert ((await site.take()).name, site.why()) == ("Completed", ["chosen_too_late"])  # told once, and listed
    assert (site.posted(), site.open_at_company(), site.standings()["suspense"]) == ({"1": 100, "2": 0}, {}, 1)


async def test_what_is_taken_back_opens_its_invoice_again(site: creditor.Creditor) -> None:
    site.owe((1, 10_000), (2, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000), payment(2, kid_of(2), 10_000), payment(3, kid_of(2), 10_000)])
    back = [payment(4, kid_of(1), 10_000, kind="20", text="tilbake"), payment(5, kid_of(2), 10_000, kind="20", text="tilbake")]
    await site.take_file("OCR2.DAT", [*back, payment(6, kid_of(9), 700, kind="20", text="ukjent")])
    assert site.open_at_company() == {"1": 100}  # of two payments of invoice 2, the one that was too much went back
    assert site.posted() == {"1": 0, "2": 0, "3": 100, "4": 0, "5": -100, "6": -7}
    assert site.standings() == {"matched": 1, "netted": 2, "reversal": 2, "suspense": 1}


async def test_every_file_keeps_its_total(site: creditor.Creditor) -> None:
    chance = random.Random(1)  # noqa: S311 material, no secret
    site.owe(*((number, chance.randint(1, 90) * 100) for number in range(1, 60)))
    kids = [*map(kid_of, range(1, 70)), "", "123", slipped(kid_of(3))]
    made = [
        payment(i, chance.choice(kids), chance.randint(0, 90) * 100, kind=chance.choice(["10", "15", "15", "18", "20"]), text="")
        for i in range(1, 150)
    ]
    made = [one if one.kind < "18" else values.Payment(**{**asdict(one), "text": "sletting"}) for one in made]
    foreign = values.Assignment(
        service="09", kind="00", agreement="008688889", number="0000002", account=payer.FJORD, entries=tuple(made[:20]),
        date=creditor.TODAY,
    )  # fmt: skip
    site.leave("OCR1.DAT", ocr(made, others=[foreign]))
    await site.take()
    total = sum(one.moved for one in made)
    assert site.worth_at_company() * 100 == total
    assert len(site.posted()) == len(made)
    rows = site.rows()
    assert sum(row.amount for row in rows) == total
    assert {row.state for row in rows} == {"accepted"}
    allocated = sum(row.amount - row.rest for row in rows)
    assert site.owed() - sum(site.open_at_company().values()) * 100 == allocated


def asdict(one: values.Payment) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


async def test_a_file_that_does_not_add_up_is_set_aside_and_the_others_are_taken(site: creditor.Creditor) -> None:
    site.owe((1, 10_000), (2, 10_000))
    good = ocr([payment(1, kid_of(1), 10_000)])
    before, _, after = good.rpartition(b"10000")
    site.leave("OCR1.DAT", before + b"10001" + after)
    site.leave("OCR2.DAT", b"hva som helst")
    site.leave("OCR3.DAT", ocr([payment(2, kid_of(2), 10_000)]))
    said = await site.take()
    assert (said.name, site.file_states()) == ("Failed", {"OCR1.DAT": "set_aside", "OCR2.DAT": "set_aside", "OCR3.DAT": "booked"})
    assert "OCR1.DAT er lagt til side" in said.message
    assert site.posted() == {"2": 0}
    assert len(list((site.bank / "til_side").glob("*.hvorfor.txt"))) == 2


async def test_a_payment_that_is_told_with_another_amount_is_said(site: creditor.Creditor) -> None:
    site.owe((1, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000)])
    said = await site.take_file("OCR2.DAT", [payment(1, kid_of(1), 9_000), payment(2, kid_of(1), 100)])
    assert "er meldt før med kr 100,00, nå med kr 90,00" in said.message
    said = await site.take_file("OCR3.DAT", [payment(1, kid_of(2), 10_000)])
    assert "og en annen KID, dag eller betaler" in said.message
    assert site.posted() == {"1": 0, "2": 1}
    assert "på kr 90,00 er kanskje meldt før" in (await site.take()).message
    site.owe((2, 10_000))
    assert site.decide("incident", "both_right") == 2
    assert ((await site.take()).name, site.worth_at_company(), site.open_at_company()) == ("Completed", 291, {})


@pytest.mark.parametrize("kind", ["cut_after_change", "cut"])
async def test_doubt_is_read_back_and_nothing_is_posted_twice(site: creditor.Creditor, kind: faults.Kind) -> None:
    site.owe((1, 10_000), (2, 10_000))
    site.company.book.add(faults.Fault(path="/payments", method="POST", kind=kind, times=2))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000), payment(2, kid_of(2), 5_000)])
    said = await site.take()
    assert (said.name, site.open_at_company(), {row.state for row in site.rows()}) == ("Completed", {"2": 50}, {"accepted"})
    assert site.worth_at_company() == 150


async def test_money_hangs_on_no_allocation(site: creditor.Creditor) -> None:
    site.owe((1, 10_000), (2, 10_000))
    posted, there = site.company.payments.posted, {"kind": "payment", "date": creditor.TODAY, "currency": "NOK"}
    site.owe((4, 9_000), (5, 10_000))
    before = (("77", "1", ""), ("2", "2", kid_of(2)), ("4", "4", kid_of(4)))  # there, and unknown to us: a ledger that was put back
    for archive, number, kid in before:
        reference = f"86011117947:2026-11-23.0118013000.{archive}.0000000000.{int(archive):09d}"
        given = [factoring_payments.Allocation(type="invoice", number=number, amount="60.00")]
        paid = factoring_payments.Payment(reference=reference, kid=kid, amount="100.00", allocations=given, **there)
        one = factoring_payments.Posted(id=len(posted) + 1, client=creditor.CLIENT, booked_at=site.now, payment=paid)
        posted[creditor.CLIENT, reference] = one
        site.company.payments._give(creditor.CLIENT, given)
    for _ in range(2):
        paid = [payment(1, kid_of(1), 10_000), payment(2, kid_of(2), 10_000), payment(3, "", 500, date=None)]
        await site.take_file("OCR1.DAT", [*paid, payment(4, kid_of(4), 9_000)])
        assert site.posted() == {"77": 40, "2": 40, "4": 40, "1": 100, "3": 5}
        assert [row.state for row in site.rows()] == [
            "accepted",
            "accepted",
            "accepted",
            "rejected",
        ]  # the last is another one there
        assert [(row.standing, row.rest) for row in site.rows()][:2] == [("suspense", 10_000), ("over", 4_000)]


async def test_a_choice_that_the_company_refuses_stands_in_suspense_again(site: creditor.Creditor) -> None:
    site.owe((7, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, slipped(kid_of(7)), 10_000)])
    site.decide("suspense", "candidate_1")
    site.company.payments._give(creditor.CLIENT, [factoring_payments.Allocation(type="invoice", number="7", amount="100.00")])
    assert "ble avvist av factoringsystemet" in (await site.take()).message
    assert ((await site.take()).name, site.standings(), site.why()) == ("Completed", {"suspense": 1}, ["refused"])


async def test_by_file_the_banks_own_file_is_what_posts(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="file")
    content = ocr([payment(1, kid_of(1), 10_000), payment(2, "123", 500)])
    site.stop("post")
    site.leave("OCR 1.DAT", content)
    await site.take()
    assert not [one for one in site.folder.iterdir() if one.is_file()]
    site.release("post")
    await site.take()
    assert (site.folder / "OCR_1.DAT").read_bytes() == content
    (site.folder / "OCR_1.DAT").unlink()
    site.leave("OCR9.DAT", content)  # the same under another name
    said = await site.take()
    assert said.name == "Completed"
    assert not [one for one in site.folder.iterdir() if one.is_file()]
    assert {row.state for row in site.rows()} == {"accepted"}
    other = ocr([payment(3, "123", 600)])
    site.leave("OCR 1.DAT", other)  # a bank that calls each day's file the same
    await site.take()
    assert [one.read_bytes() for one in site.folder.iterdir() if one.is_file()] == [other]


async def test_a_file_that_was_handed_over_before_a_crash_is_not_handed_over_again(
    site: creditor.Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.chosen = site.having(incoming_at="file")
    deliver = outbox.Outbox.deliver

    def die_after(self: outbox.Outbox, name: str, content: bytes) -> None:
        deliver(self, name, content)
        raise errors.Uncertain("brutt")

    monkeypatch.setattr(outbox.Outbox, "deliver", die_after)
    await site.take_file("OCR1.DAT", [payment(1, "123", 500), payment(2, "124", 500)])
    assert {row.state for row in site.rows()} == {"in_doubt"}
    monkeypatch.setattr(outbox.Outbox, "deliver", deliver)
    (site.folder / "OCR1.DAT").unlink()
    said = await site.take()
    assert (said.name, {row.state for row in site.rows()}) == ("Completed", {"accepted"})
    assert not list(site.folder.glob("*.DAT"))


async def test_an_over_payment_that_was_taken_back_is_nobodys_to_pay_back(site: creditor.Creditor) -> None:
    site.owe((1, 10_000), (2, 10_000))
    site.owe((3, 5_000), (4, 5_000))
    late = [payment(i, kid_of(i), 5_000, kind="20", text="tilbake") for i in (2, 3, 4)]
    later = payment(8, kid_of(4), 5_000, date=creditor.TODAY + dt.timedelta(days=1))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 12_000), *late, later])
    anew = payment(5, kid_of(3), 5_000, date=creditor.TODAY + dt.timedelta(days=9))  # of before our time; paid once more
    back = payment(2, kid_of(1), 12_000, kind="20", text="tilbake", archive=12)
    await site.take_file("OCR2.DAT", [back, payment(3, kid_of(2), 5_000, archive=13), anew])
    assert site.standings() == {"netted": 3, "reversal": 1, "matched": 2, "suspense": 2}  # what takes back may come first
    assert (site.open_at_company(), site.worth_at_company()) == ({"1": 100, "2": 100}, 0)


async def test_one_kid_of_a_customer_is_taken_back_from_the_right_invoice(
    site: creditor.Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    kid = kid_of(1)
    monkeypatch.setattr(creditor, "kid_of", lambda *_: kid)
    site.owe((1, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, kid, 10_000), payment(2, kid, 10_000, kind="20", text="tilbake")])
    site.owe((2, 10_000))
    site.owe((101, 10_000), credit_of=1)
    await site.take_file("OCR2.DAT", [payment(3, kid, 4_000)])  # one of the two is open
    await site.take_file("OCR3.DAT", [payment(4, kid, 4_000, kind="20", text="tilbake")])
    standings = [row.standing for row in site.rows()]
    assert (site.open_at_company(), standings) == ({"2": 100}, ["netted", "reversal", "netted", "reversal"])


async def test_what_a_person_placed_is_taken_back_by_the_same_wrong_kid(site: creditor.Creditor) -> None:
    site.owe((7, 10_000))
    await site.take_file("OCR1.DAT", [payment(1, slipped(kid_of(7)), 10_000)])
    site.decide("suspense", "candidate_1")
    await site.take()
    await site.take_file("OCR2.DAT", [payment(2, slipped(kid_of(7)), 10_000, kind="20", text="tilbake")])
    assert (site.open_at_company(), site.standings()) == ({"7": 100}, {"netted": 1, "reversal": 1})


async def test_a_forgotten_account_fails_and_its_payments_come_when_it_is_added(site: creditor.Creditor) -> None:
    site.owe((1, 10_000))
    content = ocr([payment(1, kid_of(1), 10_000)], account=payer.FJORD)
    site.leave("OCR1.DAT", content)
    assert "Er kontoen klientens" in (await site.take()).message
    made = site.chosen.model_dump()
    made["accounts"] = [*made["accounts"], {"number": payer.FJORD, "kids": []}]
    site.chosen = type(site.chosen).model_validate(made)
    for count in ("1 innbetaling", "1 fil kjent fra før"):
        site.leave("OCR1.DAT", content)
        said = await site.take()
        assert (said.name, site.open_at_company(), site.worth_at_company()) == ("Completed", {}, 100)
        assert count in said.message


async def test_by_file_nothing_is_handed_over_that_holds_what_was_handed_over(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="file")
    await site.take_file("OCR1.DAT", [payment(1, "123", 500)])
    said = await site.take_file("OCR2.DAT", [payment(1, "123", 500), payment(2, "124", 500)])
    assert ("STANSET: OCR2.DAT har 1 innbetaling som" in said.message, site.file_states()["OCR2.DAT"]) == (True, "stopped")
    assert (await site.take()).name == "Failed"  # said until somebody answers
    assert [one.name for one in site.folder.glob("*.DAT")] == ["OCR1.DAT"]
    site.decide("incident", "set_aside")
    assert ((await site.take()).name, [row.state for row in site.rows()]) == ("Completed", ["accepted", "cancelled"])
    assert [one.name for one in site.folder.glob("*.DAT")] == ["OCR1.DAT"]
