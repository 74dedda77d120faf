"""Money that is told of once more under other references waits for a person: never booked twice, never lost."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from fakturabro.ledger.payments import bank_files
from tests.runs import creditor
from tests.runs.creditor import kid_of, ocr, payment
from tests.runs.test_bank_statements import entry, notification, part


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[creditor.Creditor]:
    made = creditor.Creditor(tmp_path, monkeypatch)
    yield made
    made.close()


@pytest.mark.parametrize(("answer", "worth", "standings"), [("told_again", 600, "stopped"), ("both_right", 700, "over")])
async def test_a_day_that_is_delivered_anew_under_other_numbers_waits_for_a_person(
    site: creditor.Creditor, answer: str, worth: int, standings: str
) -> None:
    site.owe(*((number, 10_000) for number in range(1, 7)))
    first = [
        payment(1, kid_of(1), 10_000),
        payment(2, kid_of(2), 10_000),
        payment(3, kid_of(2), 10_000),
    ]  # 2 pays twice, in one file
    await site.take_file("OCR1.DAT", first)
    anew = [payment(11, kid_of(1), 10_000, settlement="0118013001"), *(payment(i, kid_of(i), 10_000) for i in (4, 5, 6))]
    said = await site.take_file("OCR2.DAT", anew)
    assert "1 innbetaling på kr 100,00 er kanskje meldt før" in said.message
    assert (site.worth_at_company(), site.file_states()["OCR2.DAT"]) == (600, "booked")
    assert site.decide("incident", answer) == 1
    assert ((await site.take()).name, site.worth_at_company()) == ("Completed", worth)
    assert site.rows()[3].standing == standings


async def test_as_many_wait_as_stand_there_already(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="none")
    twice = [payment(i, kid_of(1), 10_000) for i in (1, 2)]
    await site.take_file("OCR1.DAT", twice)
    thrice = [payment(i, kid_of(1), 10_000, archive=10 + i) for i in (1, 2, 3)]
    other = payment(9, kid_of(1), 10_000, payer="86011117947")
    back = payment(8, kid_of(1), 10_000, kind="20", text="tilbake")
    next_day = payment(7, kid_of(1), 10_000, date=creditor.TODAY + dt.timedelta(days=1))
    await site.take_file("OCR2.DAT", [*thrice, other, back, next_day])
    assert [row.standing for row in site.rows()[2:]] == ["stopped", "stopped", *["recorded"] * 4]
    await site.take_file("OCR3.DAT", [payment(18, kid_of(1), 10_000, kind="20", text="tilbake")])
    assert site.standings() == {"stopped": 3, "recorded": 6}  # what takes back is told again, too


async def test_another_kind_of_file_tells_of_the_same_money(site: creditor.Creditor) -> None:
    site.owe(*((number, 10_000) for number in range(1, 6)))
    await site.take_file("OCR1.DAT", [payment(i, kid_of(i), 10_000) for i in (1, 2, 3)])
    site.chosen = site.having("credits")
    single, anew = (
        entry("100.00", "B1", part("100.00", kid_of(1)), day=24),
        entry("100.00", "B2", part("100.00", kid_of(4)), day=24),
    )
    site.leave("P.C54C.1.XML", notification(single, anew, entry("300.00", "B3", day=24)))  # one payment, a new one, and the sum
    said = await site.take()
    assert ("2 innbetalinger på kr 400,00 er kanskje meldt før" in said.message, site.worth_at_company()) == (True, 400)
    site.leave("P.C54C.2.XML", notification(entry("200.00", "B4", day=25)))
    await site.take()
    site.chosen = site.having()
    await site.take_file("OCR2.DAT", [payment(i, kid_of(5), 10_000, settlement="0126013000") for i in (4, 5)])  # and the reverse
    assert [row.standing for row in site.rows()[-3:]] == ["suspense", "stopped", "stopped"]
    assert (site.decide("incident", "told_again"), (await site.take()).name) == (4, "Completed")
    assert site.worth_at_company() == 600


async def test_by_file_nothing_is_handed_over_that_was_told_of_before(site: creditor.Creditor) -> None:
    site.chosen = site.having(incoming_at="file")
    await site.take_file("OCR1.DAT", [payment(1, "123", 500)])
    said = await site.take_file("OCR2.DAT", [payment(2, "123", 500), payment(3, "124", 500)])
    assert "STANSET: OCR2.DAT har 1 innbetaling som er kjent fra en annen fil, og 1 ny" in said.message
    assert [one.name for one in site.folder.glob("*.DAT")] == ["OCR1.DAT"]


async def test_by_file_nothing_is_handed_over_of_which_something_is_held(site: creditor.Creditor) -> None:
    site.chosen = site.having("credits", "file")
    site.leave("P.C54C.1.XML", notification(entry("100.00", "B1"), entry("5O.00", "B2")))
    said = await site.take()
    assert ("ingenting av den er postert" in said.message, site.file_states()) == (True, {"P.C54C.1.XML": "set_aside"})
    assert not any(one.is_file() for one in site.folder.iterdir())


def bare(name: str, reference: str, direction: str = "CRDT") -> str:
    """100 kroner of somebody, with neither KID nor account."""
    who = f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>"
    text = f'<TxDtls><Amt Ccy="NOK">100.00</Amt>{who}<RmtInf><Ustrd>Vipps</Ustrd></RmtInf></TxDtls>'
    back = "<RvslInd>true</RvslInd><Sts>" if direction == "DBIT" else "<Sts>"
    return entry("100.00", reference, text, direction).replace("<Sts>", back)


async def test_bare_payments_of_different_people_are_different_money(site: creditor.Creditor) -> None:
    site.chosen = site.having("credits")
    for number, made in enumerate([bare("Kari", "A1"), bare("Ola", "A2"), bare("Kari", "A3"), bare("Per", "A4", "DBIT")]):
        site.leave(f"P.C54C.{number}.XML", notification(made))
        await site.take()
    assert [row.standing for row in site.rows()] == ["suspense", "suspense", "stopped", "suspense"]


async def test_what_names_an_invoice_of_somebody_else_too_waits_for_a_person(site: creditor.Creditor) -> None:
    site.chosen = site.having("credits")
    site.owe((1, 10_000))
    site.owe((2, 5_000), customer=11)
    site.leave("P.C54C.1.XML", notification(entry("150.00", "B1", part("150.00", kid_of(1), kid_of(2, 11)))))
    await site.take()
    assert (site.standings(), site.decide("suspense", "candidate_1")) == ({"suspense": 1}, 1)
    await site.take()
    assert (site.standings(), site.open_at_company()) == ({"matched": 1}, {})


def dying(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """A run dies before a file becomes this, once."""
    real = bank_files.move

    def move(*said: Any, **more: Any) -> bool:
        if said[4] == end:
            monkeypatch.setattr(bank_files, "move", real)
            raise RuntimeError("died")
        return real(*said, **more)

    monkeypatch.setattr(bank_files, "move", move)


async def test_what_is_told_again_pairs_one_for_one_whenever_a_run_dies(
    site: creditor.Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.owe(*((number, 20_000) for number in range(1, 32)))
    await site.take_file("OCR1.DAT", [payment(i, kid_of(i), 10_000) for i in range(1, 32)])
    again = [payment(100 + i, kid_of(i), 10_000, settlement="0118013009") for i in range(1, 31)]
    once_more, differing = payment(200, kid_of(1), 10_000, settlement="0118013009"), payment(31, kid_of(31), 5_500)
    await site.take_file("OCR2.DAT", [*again, once_more, differing])
    assert (site.file_states()["OCR2.DAT"], site.decide("incident", "told_again")) == ("stopped", 1)
    dying(monkeypatch, "released")
    with pytest.raises(RuntimeError):
        await site.take()
    assert "1 innbetaling på kr 55,00 er kanskje meldt før" in (await site.take()).message
    assert (site.worth_at_company(), [row.state for row in site.rows()[31:]]) == (
        3_200,
        ["cancelled"] * 30 + ["accepted", "waiting"],
    )


async def test_a_file_that_is_read_again_is_posted_when_all_of_it_is_checked(
    site: creditor.Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.owe((1, 20_000))
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000)])
    twice = ocr([payment(i, kid_of(1), 10_000, settlement="0118013009") for i in (11, 12)])
    mine, site.chosen = site.chosen, site.chosen.model_copy(update={"accounts": ()})
    site.leave("OCR2.DAT", twice)
    await site.take()
    assert (site.file_states()["OCR2.DAT"], len(site.rows())) == ("booked", 1)
    site.chosen = mine
    site.leave("OCR2.DAT", twice)
    dying(monkeypatch, "booked")
    with pytest.raises(RuntimeError):
        await site.take()
    assert (site.file_states()["OCR2.DAT"], [row.standing for row in site.rows()[1:]]) == ("read", ["stopped", "recorded"])
    await site.take()
    assert (site.file_states()["OCR2.DAT"], [row.standing for row in site.rows()[1:]]) == ("booked", ["stopped", "matched"])


@pytest.mark.parametrize(("comes_first", "waiting"), [(True, 3), (False, 1)])
async def test_an_entry_with_another_payment_in_it_posts_nothing_more(
    site: creditor.Creditor, comes_first: bool, waiting: int
) -> None:
    site.chosen = site.having("credits")
    site.owe((1, 10_000), (2, 5_000), (3, 2_000))
    two, more = part("100.00", kid_of(1)) + part("50.00", kid_of(2)), part("20.00", kid_of(3))
    site.leave("P.C54C.1.XML", notification(entry("150.00", "R1", two)))
    await site.take()
    site.leave("P.C54C.2.XML", notification(entry("170.00", "R1", more + two if comes_first else two + more)))
    await site.take()
    assert (site.worth_at_company(), site.standings()) == (150, {"matched": 2, "stopped": waiting})


@pytest.mark.parametrize("first", ["paid", "taken back"])
async def test_what_the_bank_takes_back_without_kid_is_asked_about_no_more(site: creditor.Creditor, first: str) -> None:
    site.chosen = site.having("credits")
    site.owe((1, 10_000))
    text = '<TxDtls><Amt Ccy="NOK">100.00</Amt><RmtInf><Ustrd>Feil konto</Ustrd></RmtInf></TxDtls>'
    back = entry("100.00", "B2", text, direction="DBIT").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    if first == "paid":
        site.leave("P.C54C.1.XML", notification(entry("100.00", "B1", text)))
        await site.take()
        assert [row.standing for row in site.rows()] == ["suspense"]
        site.leave("P.C54C.2.XML", notification(back))
    else:
        site.leave("P.C54C.1.XML", notification(back, entry("100.00", "B1", text)))
    await site.take()
    assert (site.standings(), site.decide("suspense", "candidate_1")) == ({"netted": 1, "reversal": 1}, 0)
    assert (site.worth_at_company(), site.open_at_company()) == (0, {"1": 100})
