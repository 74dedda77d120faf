"""Before go-live: registers compared, doubtful pairs decided, one plan approved and carried out, against both real sandboxes."""

from __future__ import annotations

import contextlib
import io
import pathlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
import openpyxl
import pytest

from fakturabro.domain import first_plans
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.payments import answers
from fakturabro.ledger.synchronising import pairs, plans, verdicts
from tasks import connect
from tasks.severa_fortnox import first_plan, lists, pairing, register_checks, registers, similarity
from tests.runs import banked, in_step

Answer = Callable[[str], Awaitable[str]]
CARRY = (lists.fetch, pairing.pair, register_checks.check, registers.transfer, first_plan.finish)


@pytest.fixture(scope="module")
def boxes() -> Iterator[in_step.Boxes]:
    made = in_step.Boxes()
    yield made
    made.stop()


@pytest.fixture
def vanern(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> in_step.Site:
    return in_step.Site(tmp_path, boxes, monkeypatch, "vanern")


@pytest.fixture
def answer(vanern: in_step.Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answer]:
    with banked.approver(monkeypatch, vanern.tenant) as given:
        yield given


def stood(site: in_step.Site) -> tuple[set[str], set[int]]:
    """Customer numbers in Fortnox and in Severa."""
    return set(site.fortnox.registers["Customers"]), {row["number"] for row in site.severa.tables["customers"].values()}


def deeds(plan: first_plans.Plan, register: str = "customer") -> dict[str, tuple[str, str]]:
    """What the plan says of each number."""
    rows = [row for row in plan.rows if row.register == register]
    return {(row.severa or row.fortnox).number: (row.action, row.why) for row in rows}  # type: ignore[union-attr]


async def test_registers_are_compared_and_a_pair_that_is_decided_is_never_asked_about_again(
    vanern: in_step.Site, answer: Answer
) -> None:
    batch, state = await vanern.run(similarity.report, flow="similarity_report")
    assert not batch.failures and "1 par må avgjøres" in state.message
    with contextlib.closing(connect.open_ledger()) as ledger:
        kept = client_reports.find_newest(ledger, vanern.tenant, 1)[0]
        said = {form: client_reports.read(ledger, vanern.tenant, kept.id, form) or b"" for form in client_reports.FORMS}
    plan = msgspec.json.decode(said["content"], type=first_plans.Plan)
    assert deeds(plan) == {
        "2001": ("link", "number"),
        "2002": ("link", "number"),
        "2003": ("to_fortnox", "only_in_severa"),
        "2004": ("to_severa", "only_in_fortnox"),
        "2005": ("link", "number"),
        "2011": ("decide", "alike"),
        "2012": ("leave", "prospect"),
        "K-77": ("leave", "not_numeric"),
    }
    assert deeds(plan, "article") == {
        **dict.fromkeys(("K1", "P1", "P2", "P3", "900"), ("link", "two_properties")),
        "F1": ("leave", "existed_before"),
    }
    assert {number: why[0] for number, why in deeds(plan, "project").items()} == {
        **dict.fromkeys(("601", "602", "603", "604", "605", "606"), "to_fortnox"),
        "600": "leave",
    }
    page, book = said["html"].decode(), openpyxl.load_workbook(io.BytesIO(said["xlsx"]))
    assert (
        "Töreboda Plåt AB" in page and "556704-4200" in page and "kobles, 2 opprettes, 1 må avgjøres" in page.replace("\xa0", " ")
    )
    assert sum(sheet.max_row - 1 for sheet in book.worksheets[1:6]) == len(plan.rows)
    shown = await answer(answers.SAME)
    assert "AB Töreboda Plåt" in shown and "Industrigatan 4, 545 30 TÖREBODA" in shown
    guid = vanern.severa.by("customers", "number", 2011)["guid"]
    with contextlib.closing(connect.open_ledger()) as ledger:
        assert verdicts.find(ledger, vanern.tenant, "customer") == {(guid, "2010"): True}
    batch, _ = await vanern.run(similarity.report, flow="similarity_report")
    assert batch.counts["pairs_to_decide"] == 0


async def test_the_plan_is_approved_and_carried_out_as_approved_and_what_came_meanwhile_is_said(
    vanern: in_step.Site, answer: Answer
) -> None:
    before = stood(vanern)
    await vanern.run(first_plan.propose, *CARRY)
    with contextlib.closing(connect.open_ledger()) as ledger:
        assert plans.find_newest(ledger, vanern.tenant) is None, "nothing is proposed while customers are doubtful"
    await answer(answers.SAME)
    batch, state = await vanern.run(first_plan.propose, *CARRY)
    assert "plan venter på godkjenning" in state.message and stood(vanern) == before
    shown = await answer(answers.APPROVED)
    assert "Kunder: 4" in shown and "Prosjekter: 6" in shown and "2003 Åmål Verkstad AB" in shown and "2004 Arvika Glas AB" in shown
    vanern.severa.add_customer("Kom Etterpå AB", 2020)
    vanern.severa.add_project("Nytt", 620, vanern.severa.by("customers", "number", 2020))
    batch, _ = await vanern.run(first_plan.propose, lists.fetch, pairing.pair)  # and is interrupted there
    assert any("2 er kommet til" in one for one in batch.failures)
    with contextlib.closing(connect.open_ledger()) as ledger:
        made = pairs.find_all(ledger, vanern.tenant, "customer")
        assert {(one.fortnox_key, one.linked_by) for one in made} == {
            *((number, "number") for number in ("2001", "2002", "2005")),
            ("2010", "decision"),
        }
        approved = first_plan.find_approved(ledger, vanern.tenant)
        assert approved and ("customer", "fortnox", "customer/2004") in approved
    _, state = await vanern.run(first_plan.propose, *CARRY)
    assert "plan gjennomført" in state.message, state.message
    assert stood(vanern) == (before[0] | {"2003"}, before[1] | {2004, 2020})
    assert [row["number"] for row in vanern.severa.tables["customers"].values()].count(2004) == 1
    assert {"601", "602", "603", "604", "605", "606"} <= set(vanern.fortnox.registers["Projects"]) and "620" not in (
        vanern.fortnox.registers["Projects"]
    )
    assert "F1" not in {row.get("code") for row in vanern.severa.tables["products"].values()}
    with contextlib.closing(connect.open_ledger()) as ledger:
        assert plans.find_done(ledger, vanern.tenant) and first_plan.find_approved(ledger, vanern.tenant) is None


async def test_a_plan_that_was_refused_does_nothing_and_is_proposed_anew_when_asked_for(
    vanern: in_step.Site, answer: Answer
) -> None:
    before = stood(vanern)
    await vanern.run(similarity.report, flow="similarity_report")
    await answer(answers.DIFFERENT)
    await vanern.run(first_plan.propose, *CARRY)
    await answer(answers.REFUSED)
    _, state = await vanern.run(first_plan.propose, *CARRY)
    assert "plan venter på godkjenning" in state.message and stood(vanern) == before
    with contextlib.closing(connect.open_ledger()) as ledger:
        newest = plans.find_newest(ledger, vanern.tenant)
        assert newest and newest.state == "proposed" and newest.content
        plan = msgspec.json.decode(newest.content, type=first_plans.Plan)
    assert deeds(plan)["2011"] == ("to_fortnox", "only_in_severa") and deeds(plan)["2010"] == ("to_severa", "only_in_fortnox")


async def test_where_nobody_can_be_asked_nothing_is_carried(vanern: in_step.Site) -> None:
    before = stood(vanern)
    _, state = await vanern.run(first_plan.propose, *CARRY)
    assert state.is_failed() and "FAKTURABRO_GATEWAY_URL" in state.message and stood(vanern) == before


async def test_nothing_is_synchronised_before_the_plan_is_done(vanern: in_step.Site) -> None:
    async def require(batch: Any, _: Any) -> Any:
        return await first_plan.require(batch)

    batch, state = await vanern.run(require, lists.fetch, flow="severa_fortnox")
    assert state.is_failed() and "Kjør flyten" in state.message and not batch.counts
