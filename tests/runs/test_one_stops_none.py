"""One record that cannot be read, or that stands twice, stops none of the others, and comes when it is mended."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.remote import http
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.severa import session as severa_session
from sandboxes import faults, fortnox_registers, fortnox_tables
from sandboxes.seed import hardanger as seed
from tasks import runs
from tasks.severa_fortnox import (
    cost_checks,
    cost_intake,
    costs,
    doubts,
    invoice_checks,
    invoice_intake,
    invoices,
    lists,
    pairing,
    register_checks,
    registers,
)
from tests.runs import in_step

STATIONS = (doubts.settle, lists.fetch, pairing.pair, register_checks.check, registers.transfer) + (
    *(cost_intake.fetch, cost_checks.check, costs.transfer),
)
DAY = in_step.NOW.date()


@pytest.fixture
def vanern(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[in_step.Site]:
    monkeypatch.setattr(fortnox_session, "BURST", 10_000)
    monkeypatch.setattr(severa_session, "PER_SECOND", 10_000)
    monkeypatch.setitem(http.Limits.__init__.__kwdefaults__ or {}, "attempts", 1)  # how often is tried again is tested elsewhere
    boxes = in_step.Boxes()
    yield in_step.Site(tmp_path, boxes, monkeypatch, "vanern")
    boxes.stop()


async def run(site: in_step.Site) -> runs.Batch:
    batch, _ = await site.run(*STATIONS, flow="severa_fortnox")
    return batch


def states(site: in_step.Site, number: str) -> set[tuple[str, str]]:
    """(kind, state) of what is carried under a number."""
    document, delivery = tables.document, tables.delivery
    query = sa.select(document.c.kind, delivery.c.state).join(delivery, delivery.c.document_id == document.c.id)
    with site.engine.connect() as connection:
        return set(connection.execute(query.where(document.c.number == number)).tuples())


def codes(site: in_step.Site, number: str) -> set[str]:
    document, finding = tables.document, tables.finding
    query = sa.select(finding.c.code).join(document, finding.c.document_id == document.c.id).where(document.c.number == number)
    with site.engine.connect() as connection:
        return set(connection.execute(query).scalars())


def buy(site: in_step.Site, number: str, **fields: Any) -> None:
    supplier = next(iter(site.fortnox.suppliers))
    seed.add_purchase(site.fortnox, number, supplier, DAY, [seed.cost("7.00", "601", **fields)], InvoiceNumber=f"F{number}")


def add_in_fortnox(site: in_step.Site, number: str, name: str) -> None:
    fortnox_registers.add(site.fortnox, fortnox_tables.CUSTOMERS, number, Name=name)


async def test_what_fortnox_cannot_give_stops_no_other_and_comes_later(vanern: in_step.Site) -> None:
    buy(vanern, "991")
    add_in_fortnox(vanern, "2030", "Lest av ingen AB")
    add_in_fortnox(vanern, "2031", "God AB")
    broken = vanern.boxes.fortnox.book
    for path in ("/3/customers/2030", "/3/supplierinvoices/81"):
        broken.add(faults.Fault(kind="error", path=path, times=100))
    first = await run(vanern)
    assert [sentence.split(" kunne")[0] for sentence in first.failures] == ["Kunde 2030", "Leverandørfaktura 81"]
    assert states(vanern, "F991") == {("purchase_cost", "accepted")}
    assert states(vanern, "2031") == {("customer", "accepted")}
    broken.clear()
    vanern.fortnox.modified = {name: when.replace(year=2025) for name, when in vanern.fortnox.modified.items()}
    assert not (await run(vanern)).failures  # no list shows it any more
    assert states(vanern, "2030") == {("customer", "accepted")}
    assert {row["given"] for row in _given(vanern)} >= {"81", "991"}


def _given(site: in_step.Site) -> list[dict[str, str]]:
    query = sa.select(tables.document.c.original_number.label("given")).where(tables.document.c.kind == "purchase_cost")
    with site.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


async def test_what_stands_twice_in_severa_or_has_no_place_in_fortnox_stops_no_other(vanern: in_step.Site) -> None:
    await run(vanern)
    severa = vanern.severa
    severa.unique_codes = False
    again = severa.add_product("To", "900")
    severa.add_project("Første", 666, severa.by("customers", "number", 2002))
    twice = severa.add_project("Andre", 666, severa.by("customers", "number", 2002))
    buy(vanern, "991")
    buy(vanern, "992", ArticleNumber="P1")
    buy(vanern, "993", ArticleNumber="P1", Project="666")
    for name in ("Dobbel en", "Dobbel to"):
        severa.add_customer(name, 40001)
    add_in_fortnox(vanern, "40001", "Dobbel en")
    add_in_fortnox(vanern, "40002", "God AB")
    for code in (".", "..", "777"):
        severa.add_product(f"Ny {code}", code, measurementUnit="st")
    assert not (await run(vanern)).failures
    assert states(vanern, "F992") == {("purchase_cost", "accepted")}
    assert states(vanern, "F991") == states(vanern, "F993") == {("purchase_cost", "held")}
    assert codes(vanern, "F991") == codes(vanern, "F993") == {"cost_unclear_in_severa"}
    assert (states(vanern, "40002"), states(vanern, "40001")) == ({("customer", "accepted")}, {("customer", "held")})
    assert codes(vanern, "40001") == codes(vanern, ".") == codes(vanern, "..") == {"refused_by_register"}
    assert (states(vanern, "777"), states(vanern, ".")) == ({("article", "accepted")}, {("article", "held")})
    severa.change(again, code="901")
    severa.change(twice, number=667)
    await run(vanern)
    assert states(vanern, "F991") == states(vanern, "F993") == {("purchase_cost", "accepted")}


async def test_an_invoice_that_severa_cannot_give_stops_no_other_and_comes_later(vanern: in_step.Site) -> None:
    stations = (*STATIONS[:5], invoice_intake.fetch, invoice_checks.check, invoices.transfer)
    guid = next(iter(vanern.severa.tables["invoices"]))
    vanern.boxes.severa.book.add(faults.Fault(kind="error", path=f"/v1/invoices/{guid}/", times=9999))
    batch, _ = [await vanern.run(*stations, flow="severa_fortnox") for _ in range(2)][-1]
    made = {str(one["ExternalInvoiceReference1"]) for one in vanern.fortnox.invoices.values()}
    assert made, batch.failures
    assert guid not in made
    assert any("Faktura" in failure for failure in batch.failures)
    vanern.boxes.severa.book.faults.clear()
    await vanern.run(*stations, flow="severa_fortnox")
    assert guid in {str(one["ExternalInvoiceReference1"]) for one in vanern.fortnox.invoices.values()}
