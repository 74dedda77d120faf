"""The laboratory of Severa and Fortnox: the same seed is the same history, they come out well, and the judge sees what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from tests.crash import laboratory, sync_companies, sync_history, sync_verdicts, verdicts

SEED = 11


@pytest.fixture(scope="module")
def lab() -> Iterator[laboratory.Laboratory]:
    with laboratory.opened(about="sync") as made:
        yield made


@pytest.fixture(scope="module")
def played(lab: laboratory.Laboratory) -> sync_history.SyncHistory:
    """A history in which a backup is put back, and in which there is something of everything."""
    one, verdict = lab.play(SEED, also=("backup", "restore"))
    assert verdict.is_good, f"{laboratory.again(SEED, about='sync')}\n{verdict}"
    assert isinstance(one, sync_history.SyncHistory) and one.happened["restore"]
    of = one.companies
    assert of.fortnox.invoices and of.severa.rows("projectfees") and of.severa.rows("projectfiles") and of.fortnox.attachments
    return one


@pytest.mark.long
def test_the_same_seed_is_the_same_history(lab: laboratory.Laboratory, played: sync_history.SyncHistory) -> None:
    again, _ = lab.play(SEED, also=("backup", "restore"))
    assert again.scene.log.lines == played.scene.log.lines and len(played.scene.log.lines) > 100


def _invoice_twice(of: sync_companies.Companies) -> None:
    first = next(iter(of.fortnox.invoices.values()))
    of.fortnox.invoices["9999"] = {**first, "DocumentNumber": "9999"}


def _double(table: str) -> Callable[[sync_companies.Companies], None]:
    """The last row of a table in Severa stands twice."""

    def spoil(of: sync_companies.Companies) -> None:
        rows = of.severa.rows(table)
        rows["again"] = {**[*rows.values()][-1], "guid": "again"}

    return spoil


def _attach_again(of: sync_companies.Companies) -> None:
    of.fortnox.attachments.append(of.fortnox.attachments[0])


def _lose_an_invoice(of: sync_companies.Companies) -> None:
    next(iter(of.fortnox.invoices.values()))["Cancelled"] = True


def _lose(table: str) -> Callable[[sync_companies.Companies], None]:
    return lambda of: of.severa.rows(table).popitem() and None


def _forget(register: str) -> Callable[[sync_companies.Companies], None]:
    return lambda of: of.fortnox.registers[register].popitem() and None


def _cost_more(of: sync_companies.Companies) -> None:
    (*_, fee) = of.severa.rows("projectfees").values()
    fee["unitPrice"] = {**fee["unitPrice"], "amount": fee["unitPrice"]["amount"] - Decimal("0.01")}


def _move_an_oere(of: sync_companies.Companies) -> None:
    next(iter(of.fortnox.invoices.values()))["Net"] += Decimal("0.01")


def _rename(register: str, field: str) -> Callable[[sync_companies.Companies], None]:
    return lambda of: [*of.fortnox.registers[register].values()][-1].update({field: "En annen"})


def _unpay(of: sync_companies.Companies) -> None:
    (*_, row) = of.severa.rows("invoices").values()
    row["status"] = of.severa.status(of.severa.by("invoicestatuses", "name", "Kladd")["guid"])


def _invent(of: sync_companies.Companies) -> None:
    next(iter(of.fortnox.invoices.values()))["ExternalInvoiceReference1"] = "nobody's"


SPOILT: dict[str, tuple[Callable[[sync_companies.Companies], None], ...]] = {
    "duplicated": (_invoice_twice, _double("customers"), _double("projectfees"), _double("projectfiles"), _attach_again),
    "lost": (_lose_an_invoice, _lose("customers"), _lose("projectfees"), _lose("projectfiles"), _forget("Customers"))
    + (_forget("Projects"), _forget("Articles"), _cost_more),
    "wrong": (_move_an_oere, _rename("Customers", "Name"), _rename("Projects", "Description"), _unpay, _invent),
}


@pytest.mark.parametrize(("kind", "spoil"), [(kind, one) for kind, some in SPOILT.items() for one in some])
def test_the_judge_sees_it(
    lab: laboratory.Laboratory,
    played: sync_history.SyncHistory,
    kind: str,
    spoil: Callable[[sync_companies.Companies], None],
) -> None:
    verdict, of = verdicts.Verdict(lost=[], duplicated=[], unsettled=[], wrong=[]), played.companies
    kept = of.severa.tables, of.fortnox.registers, of.fortnox.invoices, of.fortnox.attachments
    of.severa.tables, of.fortnox.registers, of.fortnox.invoices, of.fortnox.attachments = copy.deepcopy(kept)
    try:
        spoil(of)
        sync_verdicts.judge(of, lab.ledgers.open(), verdict)
    finally:
        of.severa.tables, of.fortnox.registers, of.fortnox.invoices, of.fortnox.attachments = kept
    assert getattr(verdict, kind)
