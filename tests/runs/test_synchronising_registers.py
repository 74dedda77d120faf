"""Customers, articles and projects between both real sandboxes: each once, the master's changes only, no request for nothing."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.severa import session as severa_session
from sandboxes import clock as sandbox_clock
from sandboxes import faults, fortnox_registers, fortnox_tables
from tasks import connect
from tasks.severa_fortnox import carried, doubts, lists, pairing, register_checks, registers
from tests.runs import in_step

CARRY = (doubts.settle, lists.fetch, pairing.pair, register_checks.check, registers.transfer)


@pytest.fixture(scope="module")
def boxes() -> Iterator[in_step.Boxes]:
    made = in_step.Boxes()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """How fast both may be asked is measured elsewhere."""
    monkeypatch.setattr(severa_session, "PER_SECOND", 10_000)
    monkeypatch.setattr(fortnox_session, "BURST", 10_000)


@pytest.fixture
def hardanger(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> in_step.Site:
    """Severa is the master of all."""
    return in_step.Site(tmp_path, boxes, monkeypatch, "hardanger")


@pytest.fixture
def vanern(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> in_step.Site:
    """Fortnox is the master of customers."""
    return in_step.Site(tmp_path, boxes, monkeypatch, "vanern")


async def carry(site: in_step.Site) -> Counter[str]:
    """One run; what was asked of both systems in it, by method."""
    for box in (site.boxes.severa, site.boxes.fortnox):
        box.book.reset_counters()
    batch, _ = await site.run(*CARRY, flow="severa_fortnox")
    assert not batch.failures, batch.failures
    asked = Counter[str]()
    for box in (site.boxes.severa, site.boxes.fortnox):
        asked.update({name: count for name, count in box.book.calls.items() if "token" not in name})
    return asked


def written(asked: Counter[str]) -> Counter[str]:
    return Counter({name.replace(" /{id}/", " /3/"): count for name, count in asked.items() if not name.startswith("GET")})


def severa(site: in_step.Site, number: int) -> dict[str, Any]:
    return site.severa.by("customers", "number", number)


def fortnox(site: in_step.Site, number: str) -> dict[str, Any]:
    return site.fortnox.registers["Customers"][number]


def change_in_fortnox(site: in_step.Site, many: str, number: str, **fields: Any) -> None:
    site.fortnox.registers[many][number].update(fields)
    site.fortnox.modified[f"{many} {number}"] = sandbox_clock.now()


def findings(site: in_step.Site) -> set[tuple[str, str]]:
    """(number, code) of what stands against entries of registers."""
    kinds = tables.document.c.kind.in_(("customer", "article", "project"))
    query = sa.select(tables.document.c.number, tables.finding.c.code).join(
        tables.document, tables.document.c.id == tables.finding.c.document_id
    )
    with site.engine.connect() as connection:
        return {(number, code) for number, code in connection.execute(query.where(kinds))}


async def last_said(site: in_step.Site, number: str) -> carried.Carried:
    """What the transfer log says last of a customer."""
    log, delivery, document = tables.transfer_log, tables.delivery, tables.document
    of = sa.and_(log.c.delivery_id == delivery.c.id, delivery.c.document_id == document.c.id)
    query = sa.select(log.c.answer).where(of, document.c.number == number, log.c.outcome == "accepted").order_by(log.c.id.desc())
    async with connect.opened_for(site.tenant) as connections:
        with connections.ledger.reading() as connection:
            sealed = connection.execute(query).scalars().first()
            found = carried.read(connections.ledger.seals.open(connection, site.tenant, "answer", sealed or b""))
    assert found
    return found


def add_in_fortnox(site: in_step.Site, number: str, name: str) -> None:
    place = {"Address1": "Storgatan 1", "ZipCode": "652 24", "City": "KARLSTAD", "VisitingAddress": "Torget 2"}
    fortnox_registers.add(site.fortnox, fortnox_tables.CUSTOMERS, number, Name=name, **place)


def lose_the_answer(box: Any, path: str) -> None:
    box.book.add(faults.Fault(kind="cut_after_change", path=path, method="POST"))


def assert_made_once(site: in_step.Site, number: int) -> None:
    made = [row for row in site.severa.tables["customers"].values() if row.get("number") == number]
    addresses = [row for row in site.severa.tables["addresses"].values() if row["customer"]["guid"] == made[0]["guid"]]
    assert len(made) == 1
    assert sorted(row["addressline"] for row in addresses) == ["Storgatan 1", "Torget 2"]


async def test_where_severa_is_the_master(hardanger: in_step.Site) -> None:
    await carry(hardanger)
    _assert_first(hardanger)
    one = hardanger.severa
    one.change(severa(hardanger, 10001), name="Fjordkraft Bygg og Anlegg AS")
    change_in_fortnox(hardanger, "Customers", "10001", Name="Fjordkraft AB", Phone1="1")
    project = one.add_project("Det første", 550, severa(hardanger, 10005))
    one.add_project("Nytt", 560, one.add_customer("Ny kunde AS", 10021))
    lose_the_answer(hardanger.boxes.fortnox, "/3/customers")
    add_in_fortnox(hardanger, "10020", "Ny AB")
    lose_the_answer(hardanger.boxes.severa, "/v1/customers")
    products = len(one.tables["products"])
    one.add_product("Ny rapport", "210", vatRate=Decimal(12), measurementUnit="stk")
    one.add_product("Feil enhet", "211", measurementUnit="Stk")
    fortnox_registers.add(hardanger.fortnox, fortnox_tables.ARTICLES, "410", Description="Ny i Fortnox", Unit="st", VAT=Decimal(6))
    one.change(one.by("products", "code", "200"), measurementUnit="stk")
    one.add_project("Tilfeldig nummer", 570, one.add_customer("Alfa Bygg AS", 10030))
    add_in_fortnox(hardanger, "10030", "Zeta Handel AB")
    await carry(hardanger)

    said = await last_said(hardanger, "10001")
    assert fortnox(hardanger, "10001")["Name"] == "Fjordkraft Bygg og Anlegg AS"
    assert ("Fjordkraft AB", "Fjordkraft Bygg og Anlegg AS") in {(change.before, change.after) for change in said.fields}
    assert "10005" in hardanger.fortnox.registers["Customers"]  # a prospect no more
    made = hardanger.fortnox.registers["Articles"]["210"]
    assert (made["Description"], made["VAT"], made["Unit"]) == ("Ny rapport", 12, "stk")
    assert "211" not in hardanger.fortnox.registers["Articles"]
    assert [code for number, code in findings(hardanger) if number == "211"] == ["unit_in_another_case"]
    assert one.by("products", "code", "410")["vatRate"] == 6

    one.change(project, isClosed=True)
    one.change(severa(hardanger, 10005), notes="Fortsatt kunde")
    change_in_fortnox(hardanger, "Customers", "10001", Name="Endret bare i Fortnox")  # not the master: nothing happens
    one.change(one.by("products", "code", "200"), measurementUnit="st")
    asked = written(await carry(hardanger))
    assert asked["POST /3/customers"] == asked["POST /v1/customers"] == 0
    assert_made_once(hardanger, 10020)
    assert fortnox(hardanger, "10021")["Name"] == "Ny kunde AS"
    assert (await last_said(hardanger, "10021")).what == (await last_said(hardanger, "10020")).what == "created"
    assert fortnox(hardanger, "10005")["Comments"] == "Fortsatt kunde"  # remembered
    assert hardanger.fortnox.registers["Articles"]["200"]["Unit"] == "st"  # stood before: linked when it was touched
    assert len(one.tables["products"]) == products + 3
    assert not written(await carry(hardanger))
    assert ("10030", "refused_by_register") in findings(hardanger)  # one number, two companies: nobody is overwritten
    assert (severa(hardanger, 10030)["name"], fortnox(hardanger, "10030")["Name"]) == ("Alfa Bygg AS", "Zeta Handel AB")
    assert severa(hardanger, 10001)["name"] == "Fjordkraft Bygg og Anlegg AS"


def _assert_first(site: in_step.Site) -> None:
    assert {"10002", "10006"} < set(site.fortnox.registers["Customers"])
    assert {"10004", "10005"}.isdisjoint(site.fortnox.registers["Customers"])  # internal, prospect
    assert severa(site, 10009)["name"] == "Bara i Fortnox AB"
    projects = site.fortnox.registers["Projects"]
    assert projects["502"]["Description"] != projects["503"]["Description"]
    assert {len(projects[number]["Description"]) for number in ("502", "503")} == {50}
    assert {"203", "Uten kode"}.isdisjoint(site.fortnox.registers["Articles"])  # stood there before
    assert {
        ("10003", "inactive_on_one_side"),
        ("10007", "name_with_refused_signs"),
        ("10008", "number_was_deleted"),
        ("AB12", "number_not_for_severa"),
    } <= findings(site)


async def test_where_fortnox_is_the_master_and_nothing_is_asked_for_in_vain(vanern: in_step.Site) -> None:
    del vanern.fortnox.registers["Customers"]["K-77"]
    change_in_fortnox(vanern, "Customers", "2005", Active=True)
    await carry(vanern)
    change_in_fortnox(vanern, "Customers", "2002", Name="Nytt Navn AB", City="KARLSTAD", Address1="Gata 1", ZipCode="651 00")
    add_in_fortnox(vanern, "2020", "Ny AB")
    lose_the_answer(vanern.boxes.severa, "/v1/customers/")  # the first address
    await carry(vanern)
    assert severa(vanern, 2002)["name"] == "Nytt Navn AB"
    vanern.severa.change(severa(vanern, 2002), name="Bare i Severa")
    asked = written(await carry(vanern))
    assert_made_once(vanern, 2020)
    assert severa(vanern, 2002)["name"] == "Bare i Severa"  # until the master changes it
    assert set(asked) == {"POST /v1/customers/{id}/addresses"}
    change_in_fortnox(vanern, "Customers", "2002", Comments="Ring først")
    await carry(vanern)
    assert (severa(vanern, 2002)["name"], severa(vanern, 2002)["notes"]) == ("Nytt Navn AB", "Ring først")
    vanern.fortnox.modified = {name: when.replace(year=2025) for name, when in vanern.fortnox.modified.items()}
    assert findings(vanern) == set()
    asked = await carry(vanern)
    assert asked.total() <= 8, asked  # Fortnox' invoices of both kinds make ten
    assert not written(asked)


async def test_a_change_that_may_yet_arrive_is_not_sent_again_before_it_would_have(hardanger: in_step.Site) -> None:
    """One that comes late would put back what was before the next one."""
    await carry(hardanger)
    hardanger.severa.change(severa(hardanger, 10001), name="Fjordkraft Bygg og Anlegg AS")
    hardanger.boxes.fortnox.book.add(faults.Fault(kind="cut", path="/3/customers/10001", method="PUT"))
    await carry(hardanger)
    hardanger.at(hardanger.now - dt.timedelta(minutes=15))
    assert not written(await carry(hardanger))
    assert written(await carry(hardanger)) == {"PUT /3/customers/{id}": 1}
    assert fortnox(hardanger, "10001")["Name"] == "Fjordkraft Bygg og Anlegg AS"
