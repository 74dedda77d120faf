"""The Severa client against its sandbox: tokens and scopes, lists to their end, things made and changed once, refusals."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import hypothesis
import pytest
from hypothesis import strategies as st

from fakturabro.remote import errors, http
from fakturabro.systems.severa import changes, costs, invoice_wire, invoicing, registers, session, tokens, wire
from sandboxes import control, faults
from sandboxes.seed import severa as seed
from sandboxes.severa import sandbox
from tests.unit import lying
from tests.unit import test_client_fortnox as benches

DAY = dt.date(2026, 11, 23)
NEW = wire.NewCustomer(name="Ny Kunde AS", number=20001, email="ny@kunde.example")


class Bench:
    """A client in the sandbox, and what reads and writes it."""

    def __init__(self, box: sandbox.Severa, url: str, remote: http.Remote) -> None:
        self.box, self.company, self.store = box, seed.fill(box, DAY), benches.Store()
        self.now = dt.datetime.now(dt.UTC)
        keys = tokens.Keys(client_id=self.company.client_id, client_secret=self.company.client_secret)
        known: dict[str, Any] = {"tenant": "hardanger", "budget": None}
        kept: dict[str, Any] = {"store": self.store, "store_key": "severa", "clock": lambda: self.now}
        self.source = tokens.TokenSource(remote, url=f"{url}/v1", keys=keys, **kept, **known)
        self.calls = session.Session(remote, base=f"{url}/v1", source=self.source, client_id=keys.client_id, **known)
        self.registers, self.invoicing = registers.Registers(self.calls), invoicing.Invoicing(self.calls)
        self.costs = costs.Costs(self.calls)

    def guid(self, table: str, name: str, value: object) -> str:
        return str(self.company.by(table, name, value)["guid"])

    def fee(self, number: int, **fields: Any) -> invoice_wire.NewProjectFee:
        cost = wire.Money(amount=Decimal("1250.50"), currency_code="NOK")
        stated = {"description": "2026-11-20, F-71, Skruer AS", "event_date": DAY, "quantity": Decimal(1)}
        project, product = self.guid("projects", "number", number), self.guid("products", "code", "900")
        made = {"project": wire.Ref(guid=project), "product": wire.Ref(guid=product), "unit_cost": cost, "unit_price": cost}
        return invoice_wire.NewProjectFee(**{**stated, **made, **fields})


class Served(NamedTuple):
    box: sandbox.Severa
    app: lying.Lying
    url: str


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for all tests: starting and ending it takes longer than any of them."""
    box = sandbox.Severa()
    app = lying.Lying(box.app)
    with lying.served(app) as url:
        yield Served(box, app, url)


@contextlib.asynccontextmanager
async def benched(box: sandbox.Severa, url: str, attempts: int = 2) -> AsyncIterator[Bench]:
    async with http.Remote(http.Limits(attempts=attempts, first_pause=0.01)) as remote:
        yield Bench(box, url, remote)


@pytest.fixture
async def bench(served: Served) -> AsyncIterator[Bench]:
    served.box.window.limit = 1_000
    served.box.book.reset_counters()
    served.app.said.clear()
    served.app.lost.clear()
    async with benched(served.box, served.url) as one:
        yield one


async def test_a_token_says_what_was_granted_and_is_renewed_once(bench: Bench) -> None:
    bench.company.scopes -= {"fees:write", "files:write"}
    assert await bench.calls.fetch_missing_scopes() == ["fees:write", "files:write"]
    with pytest.raises(errors.CredentialError, match=r"mangler en rettighet.*fees:write"):
        await bench.costs.add_fee(bench.fee(501))
    bench.box.book.add(faults.Fault(kind="expired_token", path="/v1/organizationdetails"))
    assert (await bench.registers.fetch_organization()).name == seed.NAME
    assert bench.box.book.calls["POST /v1/token"] == 2
    bench.now += dt.timedelta(hours=2)
    bench.company.active = False
    with pytest.raises(errors.CredentialError, match=r"AuthenticationRequired\)\. En administrator"):
        await bench.registers.fetch_organization()
    assert bench.company.client_secret not in repr(bench.store.tokens) + repr(bench.source)


async def test_lists_are_read_to_their_end_and_by_what_changed(bench: Bench) -> None:
    for number in range(300, 641):
        bench.company.add_customer(f"Kunde {number}", number)
        bench.company.add("worktypes", name=f"Type {number}", isActive=True, isProductive=True)
    found = [row.number async for page in bench.registers.fetch_customers() for row in page]
    assert len(found) == len(set(found)) == 341 + 9
    assert len([row async for page in bench.registers.fetch_work_types() for row in page]) == 341 + 3
    since = dt.datetime.now(dt.timezone(dt.timedelta(hours=2)))
    changed = bench.company.change(bench.company.by("customers", "number", 350), name="Nytt Navn AS")
    (page,) = [page async for page in bench.registers.fetch_customers(since)]
    assert [(row.number, row.name) for row in page] == [(350, "Nytt Navn AS")]
    assert str(page[0].changed_at) == str(dt.datetime.fromisoformat(changed["lastUpdatedDateTime"]))
    assert [page async for page in bench.registers.fetch_products(since)] == [[]]


@pytest.mark.parametrize("count", [99, 100, 200])
async def test_a_list_whose_next_page_was_lost_on_the_way_is_not_taken_for_whole(bench: Bench, served: Served, count: int) -> None:
    bench.company.tables["products"].clear()
    for number in range(count):
        bench.company.add_product(f"Vare {number}", str(number))
    assert len([row async for page in bench.registers.fetch_products() for row in page]) == count
    served.app.lost.add(b"nextpagetoken")
    if count < 100:
        assert len([row async for page in bench.registers.fetch_products() for row in page]) == count
        return
    with pytest.raises(session.IncompleteListError, match="kan være avkortet"):
        _ = [page async for page in bench.registers.fetch_products()]


async def test_a_list_that_goes_in_circles_ends() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        token = {"access_token": "t", "access_token_expires_in": 3600}
        content: Any = token if scope["path"] == "/v1/token" else [{"guid": f"a{n}", "name": "A"} for n in range(20)]
        await control.json_response(content, headers={"NextPageToken": "again"})(scope, receive, send)

    with lying.served(app) as url:
        async with benched(sandbox.Severa(), url) as bench:
            for pages in (bench.registers.fetch_customers(), bench.registers.fetch_work_types()):
                with pytest.raises(session.IncompleteListError, match="samme side om igjen"):
                    _ = [page async for page in pages]
            assert await bench.calls.fetch_missing_scopes() == []


async def test_a_customer_is_made_once_wherever_it_broke(bench: Bench) -> None:
    bench.box.book.add(faults.Fault(kind="cut_after_change", path="/v1/customers", method="POST"))
    with pytest.raises(errors.Uncertain):
        await bench.registers.add_customer(NEW)
    with pytest.raises(errors.AlreadyDelivered, match="20001 står allerede") as standing:
        await bench.registers.add_customer(NEW)
    assert standing.value.standing == await bench.registers.find_customer(20001)
    assert await bench.registers.find_customer(20002) is None
    for name in ("A", "B"):
        bench.company.add_product(name, "500")
    with pytest.raises(errors.Rejected, match="flere ganger"):
        await bench.registers.find_product("500")
    with pytest.raises(errors.Rejected, match=r"products/\.\. finnes ikke"):  # not the list of all
        await bench.registers.fetch_product("..")
    with pytest.raises(errors.Rejected, match=r"verdi som Severa ikke tar\. «code 100 is already in use\.»"):
        await bench.registers.add_product(wire.NewProduct(name="Opptatt av en jobbtype", code="100"))


async def test_a_change_that_is_passed_over_in_silence_is_seen(bench: Bench) -> None:
    guid = bench.guid("customers", "number", 10001)
    fields: dict[str, changes.Value] = {"/name": "Fjord AS", "/paymentTerm": 30, "/isActive": False, "/notes": None}
    euro = (await bench.registers.fetch_currencies())["EUR"].guid
    changed = await bench.registers.change_customer(guid, {**fields, "/currency/guid": euro})
    assert (changed.name, changed.payment_term, changed.is_active, changed.currency) == (
        "Fjord AS",
        30,
        False,
        wire.Named(guid=euro, name="Euro", code="EUR"),
    )
    with pytest.raises(errors.Rejected, match="'/guid' cannot be changed"):
        await bench.registers.change_customer(guid, {"/guid": "x"})
    with pytest.raises(errors.Rejected, match=r"finnes ikke i Severa\. Den kan være slettet"):
        await bench.registers.change_product("absent", {"/name": "x"})


@hypothesis.settings(max_examples=50)
@hypothesis.given(
    st.one_of(st.booleans(), st.dates(), st.none(), st.decimals(-(10**9), 10**9, places=4), st.integers(), st.text()),
    st.one_of(st.booleans(), st.dates(), st.none(), st.decimals(-(10**9), 10**9, places=4), st.integers(), st.text()),
)
def test_what_was_taken_is_told_from_what_was_not(asked: changes.Value, other: changes.Value) -> None:
    def answered(value: changes.Value) -> dict[str, object]:
        shown = str(value) if isinstance(value, dt.date) else float(value) if isinstance(value, Decimal) else value
        return {"a": {"b": shown}}

    assert changes.not_taken(answered(asked), {"/a/b": asked}) == []
    empty = (None, "")
    blank = isinstance(asked, str) and isinstance(other, str) and asked.strip() == other.strip()
    if not (asked == other or blank or (asked in empty and other in empty)) and type(asked) is type(other):
        assert changes.not_taken(answered(other), {"/a/b": asked}) == ["/a/b"]
    assert changes.not_taken({}, {"/a/b": True}) == ["/a/b"]


async def test_an_invoice_is_moved_on_unless_somebody_moved_it(bench: Bench) -> None:
    status = {one.name: one.guid for one in await bench.invoicing.fetch_statuses()}
    ready, sent, paid = status["Klar for Fortnox"], status["Overført til Fortnox"], status["Betalt"]
    first, *others = [row async for page in bench.invoicing.fetch_invoices([ready]) for row in page]
    assert [one.is_credit_note for one in (first, *others)] == [False, True, False, False, False, False]
    moved = await bench.invoicing.move(first.guid, ready, sent)
    assert (moved.status and moved.status.name, moved.number) == ("Overført til Fortnox", 1001)
    with pytest.raises(errors.AlreadyDelivered):
        await bench.invoicing.move(first.guid, ready, sent)
    with pytest.raises(errors.Rejected, match=r"Faktura 1002 har fått status «Klar for Fortnox»"):
        await bench.invoicing.move(others[0].guid, sent, paid)
    with pytest.raises(errors.Rejected, match="tillater ikke dette"):
        await bench.invoicing.change(first.guid, {"/number": 9})
    with pytest.raises(errors.Rejected, match="1001 is already in use"):
        await bench.invoicing.change(others[0].guid, {"/number": 1001})
    assert (await bench.invoicing.change(others[0].guid, {"/paymentDate": DAY})).payment_date == DAY


async def test_an_invoice_is_read_with_rows_projects_texts_and_files(bench: Bench) -> None:
    ready = bench.guid("invoicestatuses", "name", "Klar for Fortnox")
    first, _, kronor, *_ = [row async for page in bench.invoicing.fetch_invoices([ready]) for row in page]
    rows = await bench.invoicing.fetch_rows(first.guid)
    assert [row.description for row in rows][:2] == ["Rådgivning uke 46", "Rapport"]
    amounts = [row.quantity * row.unit_price.amount for row in rows if row.quantity and row.unit_price and row.unit_price.amount]
    assert sum(amounts) == Decimal("54508.60")
    assert first.total_excluding_tax == wire.Money(amount=sum(amounts, Decimal(0)), currency_code="NOK")
    assert (first.free_text1 and first.free_text1.plain, first.free_text2 and first.free_text2.plain) == ("Uke 46", "Til slutt")
    numbers = {one.guid: one.number for one in first.projects or []}
    projects = await bench.invoicing.fetch_row_projects(first, rows)
    assert [{numbers[one] for one in projects[row.guid]} for row in rows] == [{501}, {502}, {501}, {502}, {502}, {501}]
    before = bench.box.book.calls.total()
    (tool,) = await bench.invoicing.fetch_rows(kronor.guid)
    assert await bench.invoicing.fetch_row_projects(kronor, [tool]) == {tool.guid: {bench.guid("projects", "number", 506)}}
    assert bench.box.book.calls.total() == before + 1
    (file,) = await bench.invoicing.fetch_files(first.guid)
    assert await bench.invoicing.fetch_content(file.file_guid or "") == b"%PDF-1.7\ntimer\n%%EOF\n"
    assert (await bench.invoicing.fetch_pdf(first.guid)).startswith(b"%PDF-")


@pytest.mark.parametrize("day", [DAY, dt.date(2099, 1, 1)])
async def test_a_cost_is_put_on_a_project_once_though_it_is_billed_later(bench: Bench, day: dt.date) -> None:
    fee = bench.fee(501, event_date=day)
    bench.box.book.add(faults.Fault(kind="cut_after_change", path="/v1/projectfees"))
    with pytest.raises(errors.Uncertain):
        await bench.costs.add_fee(fee)
    (made,) = await bench.costs.find_fees(fee)
    assert (made.unit_cost, made.vat_rate) == (fee.unit_cost, Decimal(25))
    with pytest.raises(errors.AlreadyDelivered):
        await bench.costs.add_fee(fee)
    second = await bench.costs.add_fee(fee, taken={made.guid})
    assert len(await bench.costs.find_fees(fee)) == 2
    changed = await bench.costs.change_fee(second.guid, {"/unitCost/amount": Decimal("-1250.50")})
    assert changed.unit_cost == wire.Money(amount=Decimal("-1250.50"), currency_code="NOK")
    with pytest.raises(errors.Rejected, match="project is closed"):
        await bench.costs.add_fee(bench.fee(504))
    bench.company.add("deletedprojectfees", deletedDateTime=bench.company.now())
    assert len([row async for page in bench.costs.fetch_deleted_fees(bench.now) for row in page]) == 1


@hypothesis.given(st.binary(max_size=300))
def test_a_file_arrives_byte_for_byte(content: bytes) -> None:
    boundary, body = costs.related({"Name": "faktura æøå.pdf", "Description": "Faktura 71"}, content)
    assert body.count(f"--{boundary}".encode()) == 3
    assert body.split(f"\r\n--{boundary}".encode())[1].split(b"\r\n\r\n", 1)[1] == content


async def test_a_file_is_put_among_the_projects_once(bench: Bench) -> None:
    project, content = bench.guid("projects", "number", 501), b"%PDF-1.7\r\n--fakturabro\r\n\x00\xff%%EOF"
    made = await bench.costs.add_file(project, "Faktura 71 – Skruer.pdf", content, "Leverandørfaktura 71")
    assert bench.company.contents[made.file_guid or ""] == content
    assert await bench.costs.fetch_files(project) == [made]
    with pytest.raises(errors.AlreadyDelivered):
        await bench.costs.add_file(project, made.name, content, "")


async def test_an_eleventh_call_in_a_second_is_refused_and_told_from_a_refusal(served: Served) -> None:
    served.box.window.limit = 10
    served.app.said.clear()
    async with benched(served.box, served.url, attempts=1) as bench:
        for _ in range(9):
            assert (await bench.registers.fetch_countries())["NO"].name == "Norge"
        with pytest.raises(errors.Throttled, match="vente 1 sekunder"):
            await bench.registers.fetch_countries()


async def test_what_severa_says_is_held_against_what_was_asked(bench: Bench, served: Served) -> None:
    said = served.app.said
    guid = bench.guid("customers", "number", 10001)
    said['"Fjord AS"'] = '"Fjordkraft Bygg AS"'
    with pytest.raises(errors.Rejected, match="lot disse feltene stå som før: /name"):
        await bench.registers.change_customer(guid, {"/name": "Fjord AS", "/paymentTerm": 30})
    said[guid] = "another"
    with pytest.raises(errors.Rejected, match="lot disse feltene stå som før: /paymentTerm"):
        await bench.registers.change_customer(guid, {"/paymentTerm": 30})
    said |= {'"number":10002': '"number":10003', '"number":20001': '"number":20009'}
    assert await bench.registers.find_customer(10002) is None
    with pytest.raises(errors.Rejected, match="Kunde 20009"):
        await bench.registers.add_customer(NEW)
    said["1250.5"] = "1250.05"
    with pytest.raises(costs.DifferingFeeError, match=r"ble ført i Severa med 1250\.05\d?, men skal være 1250\.50") as differing:
        await bench.costs.add_fee(bench.fee(501))
    assert [row["guid"] for row in bench.company.tables["projectfees"].values()][-1:] == [one.guid for one in differing.value.made]
    said["%PDF-1.7"] = "<html>"
    with pytest.raises(errors.Unavailable, match="ingen PDF"):
        await bench.invoicing.fetch_pdf(next(iter(bench.company.tables["invoices"])))
    said["+00:00"] = ""
    assert all([row.changed_at and row.changed_at.tzinfo async for page in bench.registers.fetch_projects() for row in page])
    said["InvalidParameter"] = "AddonMissing"
    with pytest.raises(errors.CredentialError, match="Tilleggsmodulen er ikke slått på"):
        await bench.registers.change_customer(guid, {"/guid": "x"})


async def test_an_error_of_theirs_is_tried_again_when_reading(bench: Bench) -> None:
    bench.box.book.add(faults.Fault(kind="error", path="/v1/organizationsettings"))
    assert (await bench.registers.fetch_settings()).next_invoice_number == 1007
    bench.box.book.add(faults.Fault(kind="error_after_change", path="/v1/customers", method="PATCH"))
    with pytest.raises(errors.Uncertain):
        await bench.registers.change_customer(bench.guid("customers", "number", 10001), {"/name": "X"})
