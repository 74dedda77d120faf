"""Factoring statuses on the client's invoices: told once each, when what paid them stands in the books."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import opened
from fakturabro.ledger.portal import objections
from sandboxes import faults
from sandboxes.poweroffice import state
from tasks import clock, connect
from tests.runs import reconciled
from tests.runs.conftest import Site
from tests.runs.reconciled import TENANT, Nights

PAID, OBJECTED, LOST = 5002, 5003, 5006


@pytest.fixture
async def nights(site: Site, monkeypatch: pytest.MonkeyPatch) -> Nights:
    return await reconciled.begin(site, monkeypatch, PAID, OBJECTED, LOST)


def stand(nights: Nights) -> list[int]:
    return [nights.site.invoice(number).status for number in (PAID, OBJECTED, LOST)]


def on_ledger(act: Callable[[opened.Ledger], Any]) -> Any:
    with contextlib.closing(connect.open_ledger()) as ledger:
        return act(ledger)


async def test_a_status_follows_what_happens_and_is_told_once(nights: Nights) -> None:
    nights.tell("payment", f"{nights.total(PAID)}", invoice_number=str(PAID))
    nights.tell("bad_debt", f"{nights.total(LOST)}", invoice_number=str(LOST))
    with nights.site.engine.connect() as connection:
        document = sa.table("document", sa.column("id"), sa.column("number"))
        i = connection.execute(sa.select(document.c.id).where(document.c.number == str(OBJECTED))).scalar_one()
    said = ("wrong_amount", "Feil pris", clock.now())
    on_ledger(lambda ledger: objections.record(ledger, connect.open_journal(), TENANT, i, *said))
    assert "2 statuser meldt" in (await nights.night(24)).message
    assert stand(nights) == [state.COMPLETED, state.COMPLAINED, state.DELIVERED], "a loss that is held is none yet"
    nights.own(bad_debt=("bad_debts", "buyer"))
    (one,) = on_ledger(lambda ledger: objections.find_open(ledger, TENANT))
    on_ledger(lambda ledger: objections.close(ledger, TENANT, one.id, "Berit", "Avtalt", clock.now()))
    nights.tell("payment", "-1.00", 24, invoice_number=str(PAID))
    assert "2 statuser meldt" in (await nights.night(25)).message
    assert stand(nights) == [state.DELIVERED, state.DELIVERED, state.DELIVERED], "nor is one that was posted this night"
    assert "1 status meldt" in (await nights.night(26)).message
    assert stand(nights)[2] == state.FORFEIT
    assert "meldt" not in (await nights.night(27)).message


async def test_what_is_not_posted_is_not_completed_and_a_refusal_is_said_once(nights: Nights) -> None:
    nights.site.card(nights.customer(PAID)).update(IsArchived=True)
    for number in (PAID, LOST):
        nights.tell("payment", f"{nights.total(number)}", invoice_number=str(number))
    nights.site.invoice(LOST).status = state.FORFEIT
    first = await nights.night(24)
    assert first.is_failed() and f"Faktura {LOST}" in first.message
    assert stand(nights) == [state.DELIVERED, state.DELIVERED, state.FORFEIT]
    assert (await nights.night(25)).name == "Completed"
    nights.site.card(nights.customer(PAID)).update(IsArchived=False)
    lost = faults.Fault(kind="cut_after_change", method="POST", path="/Factoring/updatefactoringinvoicestatus", times=1)
    nights.site.boxes.poweroffice.v1_book.add(lost)
    for day, counted in ((26, False), (27, True), (28, False)):  # an answer that is lost is looked up the next night
        assert ("1 status meldt" in (await nights.night(day)).message) == counted
        assert stand(nights)[0] == state.COMPLETED
