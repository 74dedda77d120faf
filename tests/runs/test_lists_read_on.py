"""How far lists were read, in both real sandboxes: nothing is lost that changed meanwhile, or that a setting lets in later."""

from __future__ import annotations

import datetime as dt
import pathlib
import types
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.remote import http
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.severa import registers as severa_registers
from fakturabro.systems.severa import session as severa_session
from sandboxes import clock as sandbox_clock
from sandboxes import faults, fortnox_invoices
from tasks.severa_fortnox import doubts, lists, pairing, register_checks, registers
from tests.runs import in_step
from tests.runs import test_sales_invoices as invoiced

CARRY = (doubts.settle, lists.fetch, pairing.pair, register_checks.check, registers.transfer)
Forward = Callable[[int], None]


@pytest.fixture(scope="module")
def boxes() -> Iterator[in_step.Boxes]:
    made = in_step.Boxes()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(severa_session, "PER_SECOND", 10_000)
    monkeypatch.setattr(fortnox_session, "BURST", 10_000)
    monkeypatch.setattr(http, "_JITTER", types.SimpleNamespace(uniform=lambda *_: 0.0))


@pytest.fixture
def forward(monkeypatch: pytest.MonkeyPatch) -> Forward:
    """The sandboxes' clock, moved on by minutes."""
    at, real = [dt.timedelta()], sandbox_clock.now
    monkeypatch.setattr(sandbox_clock, "now", lambda: real() + at[0])

    def move(minutes: int) -> None:
        at[0] += dt.timedelta(minutes=minutes)

    return move


@pytest.fixture
def hardanger(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> in_step.Site:
    return in_step.Site(tmp_path, boxes, monkeypatch, "hardanger")


async def carry(site: in_step.Site, **changes: Any) -> Any:
    batch, _ = await site.run(*CARRY, flow="severa_fortnox", **changes)
    return batch


def chosen(site: in_step.Site, part: str, **fields: Any) -> dict[str, Any]:
    """Options with these of one part changed."""
    return {part: getattr(site.options, part).model_copy(update=fields)}


def recorded(site: in_step.Site, kind: str) -> set[str]:
    """The source keys of what is carried of a kind."""
    query = sa.select(tables.document.c.source_key).where(tables.document.c.kind == kind, tables.document.c.state == "fetched")
    with site.engine.connect() as connection:
        return set(connection.execute(query).scalars())


def name_in_fortnox(site: in_step.Site, number: str) -> str:
    return site.fortnox.registers["Customers"][number]["Name"]


async def test_what_a_setting_lets_in_later_is_read_whole_once(hardanger: in_step.Site, forward: Forward) -> None:
    one, invoices = hardanger.severa, hardanger.severa.rows("invoices")
    off = chosen(hardanger, "projects", carried=False)
    forward(10)
    for table in ("customers", "projects", "invoices"):  # the newest: all lists are read to now
        one.change(list(one.rows(table).values())[-1])
    await carry(hardanger, **off, **chosen(hardanger, "invoices", from_status="Kladd"))
    ready = {key for key, row in invoices.items() if row["status"]["name"] == "Klar for Fortnox"}
    assert not recorded(hardanger, "project") and not recorded(hardanger, "sales_invoice") & ready
    forward(10)
    await carry(hardanger, **chosen(hardanger, "customers", transfer_all=True))
    assert ready <= recorded(hardanger, "sales_invoice")
    assert {"501", "504"} <= hardanger.fortnox.registers["Projects"].keys()
    assert "10005" in hardanger.fortnox.registers["Customers"]  # a prospect
    forward(10)
    again = await carry(hardanger, **chosen(hardanger, "customers", transfer_all=True))
    assert again.counts.get("entries_read", 0) == 0


async def test_paid_before_anybody_wanted_to_know(
    tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch, forward: Forward
) -> None:
    site = invoiced.Invoiced(tmp_path, boxes, monkeypatch, "vanern")
    site.link()
    untold = chosen(site, "invoices", paid_status="")
    await site.night(**untold)
    forward(20)
    paid = site.made()[0]
    fortnox_invoices.pay(site.fortnox, paid["DocumentNumber"], paid["Balance"], dt.date(2026, 11, 24))
    for _ in range(2):
        forward(20)
        await site.night(**untold)
    assert "Betalt" not in site.statuses()
    await site.night()
    assert site.statuses().count("Betalt") == 1
    site.engine.dispose()


async def test_changed_while_the_list_was_read_and_a_first_reading_that_broke_off(
    hardanger: in_step.Site, forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(severa_session, "_PAGE_SIZE", 4)
    monkeypatch.setattr(severa_session, "_UNASKED", 4)
    one = hardanger.severa
    early, late = one.by("customers", "number", 10002), one.add_customer("Sist i listen AS", 10021)
    one.add_project("Hos den siste", 560, late)
    for line in ("Gata 1", "Gata 2"):  # which is the first is asked of the customer
        one.add_address(late, line, "5700", "VOSS", "Billing")
    fail = hardanger.boxes.severa.book.add
    fail(faults.Fault(kind="error", path="/v1/customers", method="GET", skip=2, times=4))
    assert (await carry(hardanger)).failures
    assert name_in_fortnox(hardanger, "10002") == early["name"]
    assert "10021" not in hardanger.fortnox.registers["Customers"]
    hardanger.boxes.severa.book.clear()
    forward(10)
    one.change(early, name="Endret etterpå AS")
    fail(faults.Fault(kind="error", path=f"/v1/customers/{late['guid']}", method="GET", times=4))
    failed = await carry(hardanger)
    assert name_in_fortnox(hardanger, "10002") == "Endret etterpå AS"
    assert [sentence.partition(" kunne")[0] for sentence in failed.failures] == ["Kunde 10021"]  # it stops no other
    forward(10)
    await carry(hardanger)
    assert name_in_fortnox(hardanger, "10021") == late["name"]

    forward(10)
    for row in one.rows("customers").values():
        one.change(row)
    read = severa_registers.Registers.fetch_customers

    async def slowly(self: severa_registers.Registers, since: dt.datetime | None = None) -> AsyncIterator[Any]:
        forward(5)
        async for page in read(self, since):
            yield page
            if any(row.number == 10002 for row in page):
                one.change(early, name="Endret underveis AS")
                forward(5)
                one.change(late, name="Sist endret AS")

    with monkeypatch.context() as patched:
        patched.setattr(severa_registers.Registers, "fetch_customers", slowly)
        await carry(hardanger)
    assert (name_in_fortnox(hardanger, "10002"), name_in_fortnox(hardanger, "10021")) == ("Endret etterpå AS", "Sist endret AS")
    forward(20)
    await carry(hardanger)
    assert name_in_fortnox(hardanger, "10002") == "Endret underveis AS"


async def test_a_list_that_was_empty_when_it_was_first_read(hardanger: in_step.Site, forward: Forward) -> None:
    one, articles = hardanger.severa, hardanger.fortnox.registers["Articles"]
    one.tables["travelexpensetypes"] = {}
    await carry(hardanger)
    for code in ("777", "778"):
        forward(10)
        one.add("travelexpensetypes", name=f"Ny reise {code}", code=code, isActive=True, measurementUnit="st", vatRate=25)
        await carry(hardanger)
        await carry(hardanger)  # of the two short lists one is read in each run
    assert {"777", "778"} <= articles.keys()
