"""The clients of the accounting systems that we pay from, and their sandboxes, against the vendors' own documents."""

from __future__ import annotations

import asyncio
import datetime as dt
import pathlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from fakturabro.remote import errors, http
from fakturabro.systems.fortnox import client, session, tokens, wire
from fakturabro.systems.poweroffice import bank_v2, bank_wire
from fakturabro.systems.poweroffice import session as go_session
from fakturabro.systems.poweroffice import tokens as go_tokens
from sandboxes import fortnox, serving
from sandboxes.poweroffice import chart, sandbox, state
from tests.contract import checked
from tests.unit import test_client_fortnox as benches

pytestmark = pytest.mark.contract
DAY = dt.date(2026, 11, 23)
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
async def remote() -> AsyncIterator[http.Remote]:
    async with http.Remote(http.Limits(attempts=1)) as one:
        yield one


async def test_fortnox(shared: pathlib.Path, remote: http.Remote) -> None:
    document = checked.load(shared / "specs" / "fortnox-v3.openapi.json")
    box = fortnox.Fortnox()
    company = box.add("1601")
    company.add_supplier("20", "Skruvar AB", BG="5050-1055", IBAN="SE4550000000058398257466", BIC="ESSESESS", CountryCode="SE")
    company.add_supplier_invoice("71", "20", Decimal("1250.50"), DAY)
    company.balances, company.locked_until = {"1001": Decimal(900)}, dt.date(2026, 9, 30)
    app = checked.Checked(box.app, document, "/3/")
    servers = serving.Servers({"fortnox": app})
    servers.start()
    keys = tokens.Keys(client_id=box.client_id, client_secret=box.client_secret, tenant_id="1601")
    url = servers.url("fortnox")
    known: dict[str, Any] = {"tenant": "solberg", "budget": None}
    kept: dict[str, Any] = {"store": benches.Store(), "store_key": "k", "clock": lambda: NOW}
    source = tokens.TokenSource(remote, url=f"{url}/oauth-v1/token", keys=keys, **known, **kept)
    found = client.Fortnox(session.Session(remote, base=f"{url}/3", source=source, **known))
    assert [one.due_date for one in await found.fetch_supplier_invoices("unpaid")] == [DAY]
    assert (await found.fetch_supplier((await found.fetch_supplier_invoice("71")).supplier_number)).bic == "ESSESESS"
    assert [one.ocr for one in await found.fetch_open_customer_invoices()] == ["10018"]
    assert await found.fetch_locked_until() == dt.date(2026, 9, 30)
    paid = wire.NewPayment(invoice_number="71", payment_date=DAY, amount=Decimal("1250.50"), currency="SEK", mode_of_payment="BG")
    await found.book("supplier", paid)
    await found.book("customer", wire.NewPayment(invoice_number=1001, payment_date=DAY, amount=Decimal(900), currency="SEK"))
    with pytest.raises(errors.Rejected):
        await found.fetch_supplier("21")
    servers.stop()
    assert app.faults == []
    assert len(app.seen) == 11


async def test_poweroffice(shared: pathlib.Path, remote: http.Remote) -> None:
    document = checked.load(shared / "specs" / "poweroffice-go-v2.openapi.yaml")
    box = sandbox.PowerOffice("app", "sub")
    one = state.Client(key="client", id="1", name="Solberg AS", organisation_number="991825827")
    box.reset({"client": one})
    box.v2_window.limit = 1_000
    one.books.add_supplier(20010, "Skruer AS", "86011117947")
    one.books.add_invoice(20010, "F-1", Decimal("1250.50"), DAY, Cid="12345674")
    app = checked.Checked(box.v2, document, "/v2")
    servers = serving.Servers({"v2": app})
    servers.start()
    url = servers.url("v2")
    keys = go_tokens.Keys(application_key="app", client_key="client", subscription_key="sub")
    known: dict[str, Any] = {"tenant": "solberg", "budget": None}
    kept: dict[str, Any] = {"store": benches.Store(), "store_key": "k"}
    source = go_tokens.TokenSource(remote, url=f"{url}/OAuth/Token", keys=keys, **kept, **known)
    found = bank_v2.BankV2(go_session.Session(remote, base=f"{url}/v2", source=source, subscription_key="sub", **known))
    (invoice,) = await found.fetch_unpaid_invoices()
    supplier = (await found.fetch_suppliers([20010]))[20010]
    assert (await found.fetch_bank_accounts([supplier.id]))[supplier.id][0].bank_account_number == "86011117947"
    one.books.add_own_account("86011117947", fetches_incoming=True)
    assert (await found.fetch_client_accounts())[0].active_incoming_payment_service
    assert await found.fetch_lock_date() == dt.date(2020, 12, 31)
    account, vat = (await found.find_accounts([chart.BANK]))[chart.BANK].id, await found.find_vat_free()
    lines = [(account, Decimal("-1250.50")), (supplier.subledger_account_id or 0, Decimal("1250.50"))]
    voucher = bank_wire.BankVoucher(
        voucher_date=DAY,
        currency_code="NOK",
        description="Betaling",
        external_import_reference="e2e-1",
        voucher_lines=[
            bank_wire.VoucherLine(account_id=i, posting_date=DAY, vat_id=vat, currency_amount=a, invoice_no=invoice.invoice_no)
            for i, a in lines
        ],
    )
    posted = await found.post(voucher, chart.BANK)
    await asyncio.gather(*(_already(found, voucher) for _ in range(2)))
    assert (await found.find_vouchers(chart.BANK, DAY, DAY))["e2e-1"].currency_amount == Decimal("-1250.50")
    assert await found.fetch_unpaid_invoices() == []
    settled = await found.fetch_invoice(str(invoice.id))
    assert settled is not None
    assert settled.balance == 0
    assert await found.fetch_invoice("046b6c7f-0b8a-43b9-b35d-6489e6daee91") is None
    assert (stands := await found.fetch_trial_balance(DAY))[chart.BANK] == Decimal("-1250.50")
    assert (sum(stands.values()), stands[chart.SUPPLIERS]) == (0, 0)
    await found.reverse(posted.id)
    (opened,) = await found.fetch_unpaid_invoices()
    assert opened.balance == Decimal("-1250.50")
    servers.stop()
    assert app.faults == []
    assert len(app.seen) == 13


async def _already(found: bank_v2.BankV2, voucher: bank_wire.BankVoucher) -> None:
    with pytest.raises(errors.AlreadyDelivered):
        await found.post(voucher, chart.BANK)
