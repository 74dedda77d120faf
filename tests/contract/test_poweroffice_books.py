"""A client's books in PowerOffice Go: our client against the sandbox, and both against the vendor's document."""

from __future__ import annotations

import datetime as dt
import pathlib
import uuid
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

from fakturabro.remote import errors, http
from fakturabro.systems.poweroffice import bank_wire, books_v2, go_v2, postable, session, tokens
from sandboxes import faults, serving
from sandboxes.poweroffice import chart, journal, sandbox, state
from sandboxes.seed import clients as seed
from tests.contract import checked
from tests.unit import test_client_fortnox as benches

pytestmark = pytest.mark.contract
DAY = dt.date(2026, 11, 23)
ROLES = (1510, 6970, 6975, 1920, 2990)
KID = "12345674"
BUYER = 9_110_001
PATH = "/Vouchers/BankJournals"


class Site(NamedTuple):
    """The sandbox, its one client, and our clients for it."""

    box: sandbox.PowerOffice
    account: state.Client
    books: books_v2.BooksV2
    heads: go_v2.GoV2

    async def balance(self, number: int) -> Decimal | None:
        """What Go says is left of an invoice."""
        (page,) = [page async for page in self.heads.fetch_outgoing_invoices(invoice_numbers=[number])]
        return page[0].balance

    async def trial_balance(self) -> dict[int, Decimal]:
        """What stands on the accounts that are not at zero; the whole of it adds up to zero."""
        found = await self.books.fetch_trial_balance(DAY)
        assert sum(found.values()) == 0
        return {number: amount for number, amount in found.items() if amount}


class Served(NamedTuple):
    box: sandbox.PowerOffice
    app: checked.Checked
    url: str


@pytest.fixture(scope="module")
def served(shared: pathlib.Path) -> Iterator[Served]:
    box = sandbox.PowerOffice("app", "sub")
    app = checked.Checked(box.v2, checked.load(shared / "specs" / "poweroffice-go-v2.openapi.yaml"), "/v2")
    servers = serving.Servers({"v2": app})
    servers.start()
    yield Served(box, app, servers.url("v2"))
    servers.stop()


@pytest.fixture
async def site(served: Served) -> AsyncIterator[Site]:
    account = _client()
    served.box.reset({"client": account})
    served.box.v2_window.limit = 1_000
    async with http.Remote(http.Limits(attempts=1)) as remote:
        keys = tokens.Keys(application_key="app", client_key="client", subscription_key="sub")
        known: dict[str, Any] = {"tenant": "solberg", "budget": None}
        kept: dict[str, Any] = {"store": benches.Store(), "store_key": "k"}
        source = tokens.TokenSource(remote, url=f"{served.url}/OAuth/Token", keys=keys, **kept, **known)
        calls = session.Session(remote, base=f"{served.url}/v2", source=source, subscription_key="sub", **known)
        yield Site(served.box, account, books_v2.BooksV2(calls, lag=0), go_v2.GoV2(calls))
    assert served.app.faults == []


def _client() -> state.Client:
    """Invoice 1001 on 1250.00 with VAT, 1002 on 100 euros without, credit note 1003; one customer that is archived."""
    account = state.Client(key="client", id="1", name="Solberg AS", organisation_number="991825827")
    for number in (10001, 10002, 10003):
        card = {"Id": 9_000_000 + number, "Number": number, "SubledgerAccountId": 9_100_000 + number, "Name": f"Kunde {number}"}
        account.customers[card["Id"]] = {**card, "IsActive": True, "IsArchived": number == 10003, "ExternalNumber": None}
    line = state.Line(
        description="Vakt", quantity=Decimal(1), unit="EA", price=Decimal(1000), net=Decimal(1000), vat=Decimal(250),
        vat_rate=Decimal("0.25"),
    )  # fmt: skip
    first = state.Invoice(
        id="046b6c7f-0b8a-43b9-b35d-6489e6daee91", client_key="client", kind="invoice", number=1001, customer_number=10001,
        currency="NOK", net=Decimal(1000), total=Decimal(1250), invoice_date=DAY, due_date=DAY, ehf=b"", kid=KID, lines=[line],
        created=dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
    )  # fmt: skip
    euros: dict[str, Any] = {"currency": "EUR", "exchange_rate": Decimal("11.4237"), "net": Decimal(100), "total": Decimal(100)}
    credit: dict[str, Any] = {"kind": "credit_note", "net": Decimal(-100), "total": Decimal(-100), "original_number": 1001}
    changes = [euros | {"number": 1002, "customer_number": 10002}, credit | {"number": 1003}]
    others = [
        msgspec.structs.replace(first, id=f"{n}{first.id[1:]}", kid=None, lines=[], **one) for n, one in enumerate(changes, 1)
    ]
    for one in (first, *others):
        account.add(one)
    return account


def line(account: int, amount: str, **fields: Any) -> bank_wire.VoucherLine:
    stated: dict[str, Any] = {
        "account_id": account if account > 1_000_000 else 8_000_000 + account,
        "posting_date": DAY,
        "vat_id": chart.NO_VAT,
    }
    return bank_wire.VoucherLine(**{**stated, "currency_amount": Decimal(amount), **fields})


def voucher(*lines: bank_wire.VoucherLine, **fields: Any) -> bank_wire.BankVoucher:
    stated: dict[str, Any] = {
        "voucher_date": DAY,
        "currency_code": "NOK",
        "description": "Oppgjør 1",
        "external_import_reference": "settlement-1",
    }
    return bank_wire.BankVoucher(**{**stated, "voucher_lines": list(lines), **fields})


SETTLEMENT = voucher(
    line(1510, "800"),
    line(BUYER, "-800", invoice_no="1001", cid=KID),
    line(6970, "100.01", vat_id=chart.FULL_VAT),
    line(2990, "-100.01"),
    line(chart.NEEDS_DEPARTMENT, "50", department_id=401),
    line(2990, "-50"),
)


async def test_a_settlement_is_posted_once_settles_and_is_reversed(site: Site) -> None:
    before = await site.trial_balance()
    assert before == {1500: Decimal("2292.37"), 2700: -250, 3000: Decimal("-2042.37")}
    assert await site.books.find_customer_accounts([10001, 77]) == {10001: BUYER}
    assert (await site.heads.find_integration(books_v2.NEEDED_PRIVILEGES)).missing == ()
    assert postable.vat_of(Decimal("100.01"), (await site.books.fetch_vat_codes())["1"]) == Decimal("20.00")
    for _ in range(2):
        posted = await site.books.post(SETTLEMENT, 2990)
        assert await site.trial_balance() == {
            **before, 1500: Decimal("1492.37"), 1510: 800, 6970: Decimal("80.01"), 2710: 20, 2990: Decimal("-150.01"), 6990: 50,
        }  # fmt: skip
        opened = books_v2.by_invoice(await site.books.fetch_open_items(DAY, [10001]))
        assert opened == {(10001, "1001"): 450, (10001, "1003"): -100}
        assert await site.balance(1001) == 450
        with pytest.raises(errors.AlreadyDelivered) as again:
            await site.books.post(SETTLEMENT, 2990)
        assert again.value.standing == await site.books.find_voucher("settlement-1", 1510, DAY, DAY)
        for other in (
            voucher(*SETTLEMENT.voucher_lines[:2]),
            voucher(line(1510, "800"), line(BUYER, "-800", invoice_no="1003"), *SETTLEMENT.voucher_lines[2:]),
        ):
            with pytest.raises(errors.Rejected, match="har vår referanse, men andre beløp eller kontoer"):
                await site.books.post(other, 1510)
        await site.books.reverse(posted.id)
        with pytest.raises(errors.AlreadyDelivered, match="allerede tilbakeført"):
            await site.books.reverse(posted.id)
        assert await site.books.find_voucher("settlement-1", 1510, DAY, DAY) is None
        assert (await site.trial_balance(), await site.balance(1001)) == (before, 1250)


async def test_a_change_in_doubt_is_settled_by_reading(site: Site) -> None:
    site.box.v2_book.add(faults.Fault(kind="cut_after_change", path=f"/v2{PATH}", method="POST"))
    with pytest.raises(errors.Uncertain):
        await site.books.post(SETTLEMENT, 2990)
    posted = await site.books.find_voucher("settlement-1", 2990, DAY, DAY)
    assert posted is not None
    assert books_v2.is_same(SETTLEMENT, posted)
    site.box.v2_book.add(faults.Fault(kind="error_after_change", path="/v2/Vouchers/Reverse", method="POST"))
    with pytest.raises(errors.Uncertain):
        await site.books.reverse(posted.id)
    standing = await site.books.fetch_voucher(posted.id)
    assert standing is not None
    assert standing.is_reversed


@pytest.mark.parametrize(
    ("lines", "fields", "reason"),
    [
        ((line(1510, "1"), line(2990, "-2")), {}, "does not balance"),
        ((line(1510, "1"), line(2990, "-1")), {"currency_code": "XXX"}, "Currency XXX"),
        ((), {}, "no lines"),
        ((line(1510, "0"), line(2990, "0")), {}, "must not be 0"),
        ((line(1510, "0.005"), line(2990, "-0.005")), {}, "two decimals"),
        ((line(1234, "1"), line(2990, "-1")), {}, "Account with id = 8001234 not found"),
        ((line(9_110_003, "1"), line(2990, "-1")), {}, "Account with id = 9110003 not found"),
        ((line(chart.CLOSED, "1"), line(2990, "-1")), {}, "6971 is not active"),
        ((line(chart.IN_EUROS, "1"), line(2990, "-1")), {}, "1921 can only be posted on in EUR"),
        ((line(chart.LOCKED_TO_VAT, "1"), line(2990, "-1")), {}, "locked to VAT code 1"),
        ((line(chart.NEEDS_DEPARTMENT, "1"), line(2990, "-1")), {}, "Department is required"),
        ((line(chart.NEEDS_PROJECT, "1", department_id=401), line(2990, "-1")), {}, "Project is required"),
        ((line(6975, "1", project_id=9), line(2990, "-1")), {}, "Department or project not found"),
        ((line(6970, "1", vat_id=99), line(2990, "-1")), {}, "VAT code with id = 99"),
        ((line(6970, "1", vat_id=chart.UNUSED_VAT), line(2990, "-1")), {}, "VAT code with id = 19"),
        ((line(BUYER, "1", vat_id=chart.FULL_VAT), line(2990, "-1")), {}, "with VAT"),
        ((line(BUYER, "1", cid="1" * 26), line(2990, "-1")), {}, "Cid"),
        ((line(1510, "1", posting_date=dt.date(2020, 12, 31)), line(2990, "-1")), {}, "period is locked"),
    ],
)
async def test_what_go_refuses_is_said_and_nothing_is_posted(
    site: Site, lines: tuple[bank_wire.VoucherLine, ...], fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(errors.Rejected, match=r"tok ikke imot bilaget \(400\): .*Ingenting av det er ført\.") as refused:
        await site.books.post(voucher(*lines, **fields), 2990)
    assert reason in refused.value.detail
    assert site.account.books.journal == []


async def test_what_others_posted_is_seen_and_left_alone(site: Site) -> None:
    theirs = journal.post_by_hand(site.account, DAY, (8_001_920, Decimal(90), None), (9_110_002, Decimal(-90), None))
    assert await site.books.fetch_voucher(uuid.UUID(theirs.id)) is None
    with pytest.raises(errors.Rejected, match="ikke ført av Fakturabro"):
        await site.books.reverse(uuid.UUID(theirs.id))
    (seen,) = await site.books.fetch_transactions(DAY, DAY, [1920])
    assert (str(seen.voucher_id), seen.amount) == (theirs.id, 90)
    opened = books_v2.by_invoice(await site.books.fetch_open_items(DAY, [10002]))
    assert opened == {(10002, "1002"): Decimal("1142.37"), (10002, ""): -90}
    ours = await site.books.post(SETTLEMENT, 2990)
    site.account.books.locked_until = DAY
    with pytest.raises(errors.Rejected, match="Bilaget står"):
        await site.books.reverse(ours.id)
    site.account.invalid_privileges.append("BankVoucher_Full")
    with pytest.raises(errors.CredentialError, match=r"nektet solberg tilgang til .*\(403\)"):
        await site.books.post(SETTLEMENT, 2990)


async def test_what_names_an_invoice_settles_it_and_what_is_over_stands_on_the_customer(site: Site) -> None:
    paid = [
        (1, "1300", {"invoice_no": "1001"}),
        (2, "70", {}),
        (3, "100", {"invoice_no": "4711"}),
        (4, "-60", {"invoice_no": "1001"}),
    ]
    for number, amount, fields in paid:
        lines = (line(1510, amount), line(BUYER, str(-Decimal(amount)), **fields))
        await site.books.post(voucher(*lines, external_import_reference=f"p-{number}"), 1510)
    opened = books_v2.by_invoice(await site.books.fetch_open_items(DAY, [10001]))
    assert opened == {(10001, "1001"): 10, (10001, "1003"): -100, (10001, ""): -170}
    assert await site.balance(1001) == 10
    assert await site.balance(1003) == -100
    since = dt.datetime(2020, 1, 3, tzinfo=dt.UTC)
    changed = [one.invoice_no async for page in site.heads.fetch_outgoing_invoices(balance_changed_after=since) for one in page]
    assert changed == [1001]
    euros = (line(chart.IN_EUROS, "100"), line(9_110_002, "-100", invoice_no="1002"))
    await site.books.post(voucher(*euros, currency_code="EUR", external_import_reference="e"), chart.IN_EUROS)
    assert await site.balance(1002) == 0
    await site.trial_balance()


async def test_a_kid_alone_settles_what_is_paid_exactly(site: Site) -> None:
    for number, amount in enumerate(("1249.99", "1250")):
        lines = (line(1510, amount), line(BUYER, f"-{amount}", cid=KID))
        await site.books.post(voucher(*lines, external_import_reference=f"k-{number}"), 1510)
    assert await site.balance(1001) == 0
    assert books_v2.by_invoice(await site.books.fetch_open_items(DAY))[10001, ""] == Decimal("-1249.99")


async def test_what_an_account_takes_is_told_by_the_chart(site: Site) -> None:
    vat = await site.books.fetch_vat_codes()
    assert (vat["1"].rate, vat["C1"].is_active, await site.books.find_vat_free()) == (Decimal("0.25"), False, vat["0"].id)
    accounts = await site.books.find_accounts([1234, *ROLES, *range(6976, 7000), chart.CLOSED, chart.IN_EUROS])
    assert accounts.keys() == {*ROLES, *range(6980, 7000, 5), chart.CLOSED, chart.IN_EUROS} - {6985}
    locked = accounts[chart.LOCKED_TO_VAT]
    assert (locked.is_vat_code_locked, locked.vat_code_id, accounts[6970].is_vat_code_locked) == (True, vat["1"].id, False)
    assert (accounts[chart.CLOSED].is_active, accounts[chart.IN_EUROS].currency_code) == (False, "EUR")
    assert [number for number, one in accounts.items() if one.is_department_required] == [chart.NEEDS_DEPARTMENT]
    assert [number for number, one in accounts.items() if one.is_project_required] == [chart.NEEDS_PROJECT]
    assert await site.books.find_departments(["10", "99"]) == {"10": 401}
    assert await site.books.find_projects(["P1"]) == {"P1": 501}


async def test_the_seeds_invoices_are_booked_from_the_start(site: Site) -> None:
    seeded = next(iter(seed.companies(base_date=DAY).clients.values()))
    site.account.customers, site.account.invoices = seeded.customers, seeded.invoices
    stands, items = await site.trial_balance(), await site.books.fetch_open_items(DAY)
    assert stands[1500] == sum(one.balance for one in items) > 0
    opened, heads = books_v2.by_invoice(items), [one async for page in site.heads.fetch_outgoing_invoices() for one in page]
    assert opened == {(one.customer_no, str(one.invoice_no)): one.balance for one in heads if one.balance}
    assert len(opened) > 40
