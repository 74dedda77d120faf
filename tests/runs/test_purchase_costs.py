"""Purchase costs and pictures against both sandboxes: each row once, whatever broke; what changed after it was carried."""

from __future__ import annotations

import io
import pathlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from fakturabro.ledger import tables
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.severa import session as severa_session
from sandboxes import faults, fortnox_purchases
from sandboxes.seed import hardanger as seed
from sandboxes.severa import company as companies
from tasks import retrying, runs, settling
from tasks.severa_fortnox import cost_checks, cost_intake, costs, options, pictures
from tests.runs import in_step

COST = Decimal("1250.50")
STATIONS = (cost_intake.fetch, cost_checks.check, costs.transfer, pictures.attach)


@retrying.station("Avklar tvil")
async def settle(batch: runs.Batch, _: options.SyncOptions) -> runs.Batch:
    return await settling.settle_by(batch, {**costs.READERS, **pictures.READERS})


@pytest.fixture(scope="module")
def boxes() -> Iterator[in_step.Boxes]:
    made = in_step.Boxes()
    yield made
    made.stop()


class Bought:
    """Hardanger's purchases, and what became of them in Severa."""

    def __init__(self, site: in_step.Site) -> None:
        self.site, self.fortnox, self.severa = site, site.fortnox, site.severa
        purchases = site.options.purchases.model_copy(update={"images": True})
        self._changes = {"purchases": purchases}
        for box in (site.boxes.severa, site.boxes.fortnox):
            box.book.reset_counters()
            box.book.clear()

    async def run(self, *stations: Any) -> runs.Batch:
        batch, _ = await self.site.run(*(stations or (settle, *STATIONS)), flow="severa_fortnox", **self._changes)
        return batch

    def only(self, *numbers: str) -> None:
        """Of the seed keep these invoices, as if the others had never been."""
        for number in [*self.fortnox.supplier_invoices]:
            if number not in numbers:
                del self.fortnox.supplier_invoices[number]

    def rows(self, number: str, *rows: dict[str, Any], voucher: int | None = None) -> None:
        """What the invoice says from now on."""
        fortnox_purchases.add_costs(self.fortnox, number, list(rows), voucher)

    def fees(self) -> list[tuple[int, str, Decimal, Decimal]]:
        """Project, description, cost and price of all that we put there."""
        numbers = {row["guid"]: row["number"] for row in self.severa.rows("projects").values()}
        return [
            (
                numbers[row["project"]["guid"]],
                row["description"],
                *(row[name]["amount"] * row["quantity"] for name in ("unitCost", "unitPrice")),
            )
            for row in self.severa.rows("projectfees").values()
            if row.get("description")
        ]

    def costs(self) -> list[tuple[int, Decimal]]:
        return sorted((number, cost) for number, _, cost, _ in self.fees())

    def fee(self, project: int) -> companies.Row:
        guid = self.severa.by("projects", "number", project)["guid"]
        return next(row for row in self.severa.rows("projectfees").values() if row["project"]["guid"] == guid and "unitCost" in row)

    def states(self, kind: str) -> list[str]:
        document, delivery = tables.document, tables.delivery
        query = sa.select(delivery.c.state).join(document, delivery.c.document_id == document.c.id).order_by(document.c.id)
        with self.site.engine.connect() as connection:
            return list(connection.execute(query.where(document.c.kind == kind)).scalars())

    def findings(self) -> list[tuple[str, str]]:
        with self.site.engine.connect() as connection:
            query = sa.select(tables.finding.c.code, tables.finding.c.value).order_by(tables.finding.c.id)
            return [(code, value) for code, value in connection.execute(query)]


@pytest.fixture
def bought(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> Bought:
    monkeypatch.setattr(fortnox_session, "BURST", 1_000)  # nothing here is about rates
    monkeypatch.setattr(severa_session, "PER_SECOND", 1_000)
    return Bought(in_step.Site(tmp_path, boxes, monkeypatch, "hardanger"))


async def test_every_row_becomes_one_cost_and_what_cannot_says_why(bought: Bought) -> None:
    day = in_step.NOW.date()
    seed.add_purchase(bought.fortnox, "78", "30", day, [seed.cost("10", "506"), seed.cost("10", "506")])  # two like ones
    seed.add_purchase(bought.fortnox, "79", "30", day, [seed.cost("11", "506")], Booked=False)
    seed.add_purchase(bought.fortnox, "70", "30", day, [seed.cost("12", "506")], Currency="EUR", CurrencyRate="1")
    for _ in range(2):  # and once only
        assert not (await bought.run()).failures
        assert bought.costs() == [
            *((501, Decimal(amount)) for amount in ("-100.00", "1250.50", "2000.00")),
            *((502, Decimal(amount)) for amount in ("60.40", "300.00", "840.00")),
            *((506, Decimal(amount)) for amount in ("10", "10")),
        ]
        assert {code: value for code, value in bought.findings()} == {
            "cost_project_closed": "504",
            "cost_project_missing": "999",
            "purchase_not_booked": "",
            "purchase_rate_of_one": "1",
            "picture_unreadable": "1",
        }
    (first,) = [row for row in bought.severa.rows("projectfees").values() if row.get("unitCost", {}).get("amount") == COST]
    assert (first["description"], first["eventDate"]) == (f"{day} F71 Skruv & Mutter AB", str(day))
    assert (first["unitPrice"], first["vatRate"], first["product"]["code"]) == (first["unitCost"], 25, "900")
    assert first["unitCost"]["currencyCode"] == "SEK"
    bought.severa.by("projects", "number", 504)["isClosed"] = False
    bought.fortnox.supplier_invoices["79"]["Booked"] = True
    await bought.run()
    assert {(504, Decimal("410.00")), (506, Decimal(11))} < set(bought.costs())


async def test_a_cost_in_doubt_is_found_again_and_not_made_twice(bought: Bought) -> None:
    bought.only("71")
    bought.rows("71", seed.cost("10", "501"), seed.cost("10", "501"), seed.cost("7", "502"))
    box = bought.site.boxes.severa.book
    box.add(faults.Fault(kind="cut_after_change", path="/v1/projectfees", method="POST", times=2))
    box.add(faults.Fault(kind="cut_after_change", path="/v1/projects/", method="POST", times=1))
    await bought.run()
    assert sorted(bought.states("purchase_cost")) == ["accepted", "in_doubt", "in_doubt"]
    await bought.run()
    await bought.run()
    assert bought.states("purchase_cost") == ["accepted"] * 3
    assert bought.costs() == [(501, Decimal(10)), (501, Decimal(10)), (502, Decimal(7))]
    assert [row["name"] for row in bought.severa.rows("projectfiles").values()] == ["Leverandørfaktura 71.pdf"] * 2
    assert bought.states("purchase_file") == ["accepted"] * 2


async def test_a_cost_that_changed_while_it_was_in_doubt_is_changed_and_not_made_twice(bought: Bought) -> None:
    """As after a restored ledger: what stands there was said before the change in Fortnox."""
    bought.only("71")
    bought.rows("71", seed.cost("10", "501"), seed.cost("7", "502"), seed.cost("8", "502"))
    bought.site.boxes.severa.book.add(faults.Fault(kind="cut_after_change", path="/v1/projectfees", method="POST", times=3))
    await bought.run()
    fees = [row for row in bought.severa.rows("projectfees").values() if row.get("description")]
    for fee in fees:
        fee["unitCost"] = fee["unitPrice"] = {"amount": fee["unitCost"]["amount"] + 3, "currencyCode": "SEK"}
    for _ in range(2):
        await bought.run()
        assert bought.costs() == [(501, Decimal(10)), (502, Decimal(10)), (502, Decimal(11))]
        assert sorted(bought.states("purchase_cost")) == ["accepted", "rejected", "rejected"]  # of two alike a person decides


async def test_what_changed_is_changed_and_what_is_invoiced_is_put_right_by_another_cost(bought: Bought) -> None:
    bought.only("71")
    bought.rows("71", seed.cost("100", "501"), seed.cost("200", "502"), seed.cost("300", "506"), seed.cost("400", "507"))
    await bought.run()
    bought.fee(502)["unitPrice"] = {"amount": Decimal(250), "currencyCode": "SEK"}  # a project manager has set the price
    bought.severa.put_on_invoice(bought.fee(506), next(iter(bought.severa.rows("invoices").values())))
    del bought.severa.rows("projectfees")[bought.fee(507)["guid"]]
    bought.rows("71", seed.cost("420", "507"), seed.cost("310", "506"), seed.cost("210", "502"))
    for _ in range(2):
        assert not (await bought.run()).failures
        day = in_step.NOW.date()
        assert sorted(bought.fees()) == [
            (501, f"{day} F71 Skruv & Mutter AB", Decimal(0), Decimal(0)),
            (502, f"{day} F71 Skruv & Mutter AB", Decimal(210), Decimal(250)),
            (506, f"{day} F71 Skruv & Mutter AB", Decimal(300), Decimal(300)),
            (506, f"{day} F71 Skruv & Mutter AB (korreksjon)", Decimal(10), Decimal(10)),
        ]
        assert sorted(bought.findings()) == [("cost_on_invoice", "SEK 10,00"), ("cost_removed_in_severa", "")]
    bought.fortnox.supplier_invoices["71"]["Cancelled"] = True
    await bought.run()
    assert bought.costs() == [(501, Decimal(0)), (502, Decimal(0)), (506, Decimal(-300)), (506, Decimal(300))]
    assert bought.states("purchase_cost") == ["accepted"] * 4


class SpoiltOnce(dict[str, bytes]):
    """An archive whose first answer is spoilt on its way."""

    asked = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.asked += 1
        return b"spoilt" if self.asked == 1 else super().get(key, default)


async def test_pictures_are_one_pdf_and_later_ones_another(bought: Bought) -> None:
    bought.fortnox.files = SpoiltOnce(bought.fortnox.files)
    bought.only("71")
    bought.rows("71", seed.cost("100", "501"), seed.cost("100", "504"))
    fortnox_purchases.add_file(bought.fortnox, "71", "brev.docx", b"PK not for a PDF")
    for _ in range(2):
        await bought.run()
        (file,) = bought.severa.rows("projectfiles").values()  # none on the closed project, which bears no cost
        assert file["name"] == "Leverandørfaktura 71.pdf"
        assert len(pypdf.PdfReader(io.BytesIO(bought.severa.contents[file["fileGuid"]])).pages) == 3
    assert ("picture_left_out", "3") in bought.findings()
    fortnox_purchases.add_file(bought.fortnox, "71", "kvittering.pdf", seed.picture())
    bought.fortnox.file_connections = [one for one in bought.fortnox.file_connections if one["Name"] != "brev.docx"]
    await bought.run()
    files = list(bought.severa.rows("projectfiles").values())
    assert len(files) == 2 and files[1]["name"].startswith("Leverandørfaktura 71 (")
    assert len(pypdf.PdfReader(io.BytesIO(bought.severa.contents[files[1]["fileGuid"]])).pages) == 4
