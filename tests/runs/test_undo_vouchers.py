"""A voucher is undone: an approver says yes, PowerOffice reverses it once, its movements are posted anew on today's accounts."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import NamedTuple

import pytest

from console import recovering
from fakturabro.ledger.journal import recovery
from sandboxes.poweroffice import chart, journal
from tests.runs import banked, returning, vouched

REVERSALS = "POST /v2/Vouchers/Reverse/{id}"


class Scene(NamedTuple):
    """A fee and a payment that are posted, the fee on the wrong account; `say` answers the newest mail's question."""

    site: vouched.Vouched
    say: Callable[[str], Awaitable[str]]
    number: int
    backup: pathlib.Path = pathlib.Path()

    async def approve(self) -> str:
        """Somebody wants it undone, and an approver says yes; the page that was shown."""
        state = await self.site.post(f"{self.number}")
        assert "1 spørsmål til godkjennere" in state.message and self.site.failures == (), state.message
        return await self.say("approved")

    def mend(self) -> None:
        self.site.account.books.chart[6976] = chart.account(6976, "Renter, factoring")
        fees = {"financial_fees": {"number": "6976", "vat_code": "0"}}
        self.site.wanted = self.site.returning(accounts={**returning.ACCOUNTS, **fees})

    @property
    def reversals(self) -> int:
        return self.site.box.v2_book.calls[REVERSALS]


AS_POSTED = {1500: Decimal(-20), 2990: Decimal(-10), 6975: Decimal(30)}
MENDED = {1500: Decimal(-20), 2990: Decimal(-10), 6976: Decimal(30)}


@pytest.fixture
async def scene(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    site = vouched.Vouched(tmp_path, monkeypatch)
    backup = site.copy_ledger()
    site.happen("30.00")
    site.happen("20.00", kind="payment", buyer_number="10")
    site.sleep()
    with banked.approver(monkeypatch) as say:
        await site.post()
        assert site.balances() == AS_POSTED
        yield Scene(site, say, site.number(), backup)
    site.close()


async def test_what_was_wrong_is_reversed_and_posted_anew_once(scene: Scene) -> None:
    site = scene.site
    site.checked = True
    scene.mend()
    page = await scene.approve()
    assert f"Skal bilag {scene.number} tilbakeføres?" in page and "6976 mot 2990" in page and "1510 mot kundens reskontro" in page
    assert "kr 30,00" in page and site.balances() == AS_POSTED and scene.reversals == 0, "a question does nothing"
    state = await site.post()
    assert "1 bilag tilbakeført i PowerOffice, 1 bilag ført i PowerOffice" in state.message, state.message
    assert site.balances() == MENDED and site.failures == () and site.faults() == []
    assert [one[:3] for one in site.vouchers()] == [("post", 1, "reversed"), ("reverse", 2, "posted"), ("post", 3, "posted")]
    references = [one["ExternalImportReference"] for one in site.account.books.vouchers]
    assert len({*references}) == 2, "another reference"
    await site.post(str(scene.number))
    assert site.failures == (f"Bilag {scene.number} er tilbakeført før.",) and scene.reversals == 1
    again = Scene(site, scene.say, site.number())  # what was posted anew can be undone too
    await again.approve()
    await site.post()
    assert site.balances() == MENDED and scene.reversals == 2 and site.failures == () and site.faults() == []


async def test_numbers_that_cannot_be_undone_are_said_one_by_one(scene: Scene) -> None:
    site = scene.site
    by_hand = journal.post_by_hand(site.account, returning.day(20), (8_001_920, Decimal(1), None), (8_002_990, Decimal(-1), None))
    site.account.books.locked_until = returning.day(20)
    await site.post(f"tolv, {by_hand.number} {scene.number}")
    assert site.failures == (
        "«tolv» er ikke et bilagsnummer. Skriv numrene i PowerOffice med komma mellom.",
        f"Bilag {by_hand.number} er ikke ført av Fakturabro hos denne klienten og kan ikke tilbakeføres herfra. "
        "Gjør det i PowerOffice.",
        f"Bilag {scene.number} har føringer i en periode som er låst til og med 20.11.2026 i PowerOffice og kan ikke tilbakeføres. "
        "Klienten må åpne perioden først.",
    )
    assert [one[0] for one in site.vouchers()] == ["post"]


async def test_a_no_leaves_it_and_another_question_may_be_asked(scene: Scene) -> None:
    await scene.site.post(str(scene.number))
    await scene.say("refused")
    await scene.site.post()
    assert (scene.site.balances(), scene.reversals) == (AS_POSTED, 0)
    await scene.site.post(str(scene.number))
    assert "Skal bilag" in await scene.say("approved")


async def test_a_reversal_without_an_answer_is_looked_for_and_nothing_is_posted_before(scene: Scene) -> None:
    site = scene.site
    await scene.approve()
    site.fail("cut_after_change", vouched.REVERSE)
    await site.post()
    assert len(site.failures) == 1 and [one[:3] for one in site.vouchers()] == [("post", 1, "posted"), ("reverse", 2, "made")]
    assert site.standing() == []
    await site.post()
    assert site.balances() == AS_POSTED and len(site.standing()) == 1 and site.failures == () and site.faults() == []
    assert [one[2] for one in site.vouchers()] == ["reversed", "posted", "posted"]


@pytest.mark.long
async def test_a_refused_reversal_is_said_every_night_until_poweroffice_does_it(scene: Scene) -> None:
    site = scene.site
    await scene.approve()
    site.account.books.locked_until = returning.day(20)
    for _ in range(2):
        await site.post()
        (said,) = site.failures
        assert said.startswith(f"Bilag {scene.number} skal tilbakeføres, men ble det ikke: PowerOffice tilbakeførte ikke bilag")
        assert "locked" in said and site.balances() == AS_POSTED and len(site.account.books.vouchers) == 1
    site.account.books.locked_until = returning.day(1)
    await site.post()
    assert site.balances() == AS_POSTED and site.failures == () and len(site.account.books.vouchers) == 2 and site.faults() == []


async def test_what_the_client_reversed_by_hand_is_only_posted_anew(scene: Scene) -> None:
    site = scene.site
    journal.turn(site.account, site.account.books.vouchers[0])
    assert site.balances() == {}
    page = await scene.approve()
    assert "allerede tilbakeført i PowerOffice, ikke av oss" in page
    await site.post()
    assert site.balances() == AS_POSTED and site.failures == () and scene.reversals == 0 and len(site.standing()) == 1


@pytest.mark.long
async def test_a_ledger_from_before_finds_all_of_it_in_poweroffice_and_posts_nothing(scene: Scene) -> None:
    site = scene.site
    await scene.approve()
    await site.post()
    told = site.vouchers()
    site.restore_ledger(scene.backup)
    with pytest.raises(recovery.LockedError):
        await site.post()
    site.at(site.now + recovery.ON_ITS_WAY)
    assert await asyncio.to_thread(recovering.recover, []) == 0
    await site.post()
    assert "bilagene er funnet igjen" in site.failures[0], "its movements came in again, in doubt"
    await site.post()
    assert site.failures == () and site.vouchers() == told and site.faults() == []
    assert site.balances() == AS_POSTED and len(site.account.books.vouchers) == 2 and scene.reversals == 1
