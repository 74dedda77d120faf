"""What Severa and Fortnox lack is named before anything is carried, and only the parts that need it are left alone."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from deployments import problems, synchronising
from fakturabro.ledger.synchronising import pairs
from tasks import connect, retrying, runs
from tasks.severa_fortnox import access, demands
from tasks.severa_fortnox.options import SyncOptions
from tests.runs import in_step

Site = in_step.Site
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def boxes() -> Iterator[in_step.Boxes]:
    made = in_step.Boxes()
    yield made
    made.stop()


@pytest.fixture
def site(tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Site]:
    return lambda tenant: Site(tmp_path, boxes, monkeypatch, tenant)


def _status(one: Site, name: str, **flags: object) -> None:
    one.severa.by("invoicestatuses", "name", name).update(flags)


def _rename(one: Site) -> None:
    one.fortnox.organisation_number = "556036-0793"


_I, _C, _ALL = (demands.INVOICES,), (demands.COSTS,), (runs.EVERYTHING,)
Spoil = Callable[[Site], object]
TOGETHER: dict[str, tuple[str, list[tuple[Spoil, str, tuple[str, ...]]]]] = {
    "nothing": ("vanern", []),
    "what Severa lacks": (
        "hardanger",
        [
            (lambda one: one.severa.scopes.discard("fees:write"), "rettigheten fees:write", _C),
            (lambda one: one.severa.addons.remove("Fortnox"), "Tillegget Fortnox er ikke slått på", _ALL),
            (lambda one: _status(one, "Betalt", isPaid=False), "ikke merket som betalt", _I),
            (lambda one: _status(one, "Overført til Fortnox", isActive=False), "«Overført til Fortnox» finnes ikke", _I),
            (lambda one: _status(one, "Klar for Fortnox", isReadOnly=True), "er låst i Severa", _I),
            (lambda one: one.severa.by("products", "code", "900").update(code="901"), "900 finnes ikke", _C),
        ],
    ),
    "a scope without which the rest cannot be asked": (
        "hardanger",
        [(lambda one: one.severa.scopes.discard("settings:read"), "rettigheten settings:read", _I + _C)],
    ),
    "what Fortnox lacks": (
        "vanern",
        [
            (lambda one: one.fortnox.licences.discard("project"), "Prosjektregnskap må være slått på", _C),
            (lambda one: one.fortnox.scopes.discard("invoice"), "invoice", _I),
            (_rename, "koblet til Vänern Teknik AB (556036-0793)", _ALL),
        ],
    ),
    "both give numbers": ("vanern", [(lambda one: _status(one, "Klar for Fortnox", hasInvoiceNumber=True), "Fortnox skal gi", _I)]),
    "numbers that Fortnox has": (
        "hardanger",
        [(lambda one: one.fortnox.balances.update({"1003": Decimal(1)}), "numre som Fortnox har", _I)],
    ),
    "numbers that Severa has": ("vanern", [(lambda one: setattr(one.severa, "next_invoice", 3010), "numre som Severa har", _I)]),
    "a gap": ("hardanger", [(lambda one: one.fortnox.balances.pop("1000"), "siste nummer i Fortnox er 999", _I)]),
}


@pytest.mark.parametrize("case", TOGETHER)
async def test_what_is_missing_is_named_and_closes_its_part(case: str, site: Callable[[str], Site]) -> None:
    tenant, spoilt = TOGETHER[case]
    one = site(tenant)
    for spoil, _, _ in spoilt:
        spoil(one)
    async with connect.opened_for(tenant):
        lacks = await access.find_lacks(one.options, is_first=True)
    assert len(lacks) == len(spoilt)
    for _, said, parts in spoilt:
        (lack,) = (lack for lack in lacks if said in lack.sentence)
        assert lack.parts == parts


async def test_a_gap_that_is_meant_is_none_and_a_closed_part_is_passed_over(site: Callable[[str], Site]) -> None:
    one, ran = site("vanern"), list[str]()
    one.options = one.options.model_copy(update={"invoices": one.options.invoices.model_copy(update={"first_number": 4000})})
    _rename(one)

    @retrying.station("Overfor", part=demands.INVOICES)
    async def carry(batch: runs.Batch, _: SyncOptions) -> runs.Batch:
        ran.append("carry")
        return batch

    @retrying.station("Fortell", ends=True)
    async def tell(batch: runs.Batch, _: SyncOptions) -> runs.Batch:
        ran.append("tell")
        return batch

    batch, state = await one.run(access.probe, carry, tell)
    assert (ran, len(batch.failures), state.is_failed()) == (["tell"], 1, True)


async def test_a_used_up_consent_closes_everything_and_says_to_connect_again(
    site: Callable[[str], Site], tmp_path: pathlib.Path
) -> None:
    one, secret, ran = site("vanern"), tmp_path / "secrets/vanern.fortnox_refresh_token", list[str]()
    secret.write_text("used_up")
    secret.chmod(0o600)

    @retrying.station("Overfor")
    async def carry(batch: runs.Batch, _: SyncOptions) -> runs.Batch:
        ran.append("carry")
        return batch

    batch, state = await one.run(access.probe, carry, fortnox_tenant="")
    assert (ran, len(batch.failures), state.is_failed()) == ([], 1, True)
    assert "gjelder ikke lenger" in batch.failures[0] and "Koble til Fortnox på nytt" in batch.failures[0]


async def test_it_is_asked_once_a_day_from_the_first_invoice_on(site: Callable[[str], Site]) -> None:
    one = site("hardanger")
    less = {name: getattr(one.options, name).model_copy(update={"carried": False}) for name in ("purchases", "projects")}

    async def asked() -> int:
        before = sum(one.boxes.severa.book.calls.values())
        await one.run(access.probe, **less)
        return sum(one.boxes.severa.book.calls.values()) - before

    assert await asked() and await asked()  # no invoice yet: a number may have been taken in the meantime
    async with connect.opened_for(one.tenant) as connections:
        made = pairs.New(register="invoice", severa_key="1", fortnox_key="1001", linked_by="created")
        pairs.record(connections.ledger, one.tenant, "r", one.now, [made])
    assert await asked() == 0
    one.at(one.now + dt.timedelta(days=1))
    assert await asked()


async def test_a_file_that_asks_for_what_is_not_there_is_not_applied(site: Callable[[str], Site], tmp_path: pathlib.Path) -> None:
    one, file = site("hardanger"), tmp_path / "hardanger.yaml"
    content = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    begins, ends = content.index("  - name: hardanger-likhetsrapport"), content.index("  - name: vanern-likhetsrapport")
    shared = content[content.index("definitions:") : content.index("clients:")]
    file.write_text(f"{shared}deployments:\n{content[begins:ends]}", encoding="utf-8")
    await synchronising.check(synchronising.find(file))
    _status(one, "Betalt", isPaid=False)
    one.fortnox.licences.discard("project")
    with pytest.raises(problems.TenantFileError) as caught:
        await synchronising.check(synchronising.find(file))
    lines = file.read_text(encoding="utf-8").splitlines()
    said = {lines[fault.line - 1].split()[0]: fault.message for fault in caught.value.problems}
    assert set(said) == {"organisation_number:", "paid_status:"} and "ikke merket som betalt" in said["paid_status:"]
    (tmp_path / "secrets" / "fortnox.client_secret").unlink()
    with pytest.raises(problems.TenantFileError, match=r"kan ikke slås på nå.*fortnox.client_secret mangler"):
        await synchronising.check(synchronising.find(file))
