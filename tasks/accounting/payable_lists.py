"""What PowerOffice and Fortnox say is owed to suppliers: each unpaid invoice as a payment, or as the reason why it is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from typing import NamedTuple

from fakturabro.domain import payments
from fakturabro.mapping import fortnox_to_payments, payable, poweroffice_to_payments
from fakturabro.remote import errors
from fakturabro.systems.fortnox import client as fortnox
from tasks import connect
from tasks.bank import options as bank_options


class Row(NamedTuple):
    """An unpaid invoice; `key` is the accounting system's own id. `result`: the payment, or a code of payable.REASONS."""

    key: str
    number: str
    supplier: str
    due: dt.date | None
    result: payments.Instruction | str


def to_terms(chosen: bank_options.BankOptions) -> payable.Terms:
    """Who pays, and from which account. Raises SettingError where nobody has said."""
    api = chosen.accounting.api
    own = chosen.find_account(payments.account(api.pays_from).number) if api.pays_from else None
    if own is None or not own.pays:
        raise connect.SettingError(
            "Innstillingen «Betales fra» (accounting.api.pays_from) mangler, eller er ingen konto som det kan betales fra."
        )
    return payable.Terms(
        debtor=chosen.bank.initiator.party,
        account=own.account,
        regulatory_code=api.regulatory_code,
        regulatory_text=api.regulatory_text,
    )


async def fetch(chosen: bank_options.BankOptions, last_due: dt.date, watched: Container[str]) -> list[Row]:
    """The unpaid invoices that are due by `last_due`, and those in `watched` (their keys). Raises the ladder."""
    fetch_all = _fetch_poweroffice if chosen.accounting.system == "poweroffice" else _fetch_fortnox
    rows = await fetch_all(chosen, last_due, watched)
    return [row for row in rows if row.key in watched or (row.due is not None and row.due <= last_due)]


async def is_settled(chosen: bank_options.BankOptions, key: str) -> bool:
    """Whether the accounting system says itself that nothing is owed on an invoice that its list no longer has."""
    if chosen.accounting.system == "poweroffice":
        found = await (await connect.current().poweroffice_bank()).fetch_invoice(key)
        return found is None or bool(found.is_reversed) or found.balance == 0
    try:
        invoice = await (await _fortnox(chosen)).fetch_supplier_invoice(key)
    except errors.Rejected as error:
        if error.status == 404:
            return True
        raise
    return bool(invoice.cancelled) or invoice.balance == 0


async def _fetch_poweroffice(chosen: bank_options.BankOptions, _last_due: dt.date, _watched: Container[str]) -> list[Row]:
    client, terms = await connect.current().poweroffice_bank(), to_terms(chosen)
    invoices = await client.fetch_unpaid_invoices()
    suppliers = await client.fetch_suppliers(one.supplier_no for one in invoices if one.supplier_no is not None)
    accounts = await client.fetch_bank_accounts(one.id for one in suppliers.values())
    credited = poweroffice_to_payments.find_credited(invoices)
    rows: list[Row] = []
    for one in invoices:
        supplier = suppliers.get(one.supplier_no or 0)
        result = poweroffice_to_payments.to_payable(
            one,
            supplier,
            accounts.get(supplier.id, []) if supplier else [],
            terms,
            is_credited=(one.supplier_no, one.invoice_no or "") in credited,
            pays_remitted=chosen.accounting.api.pays_remitted,
        )
        rows.append(Row(str(one.id), one.invoice_no or "", (supplier and supplier.name) or "", one.due_date, result))
    return rows


async def _fetch_fortnox(chosen: bank_options.BankOptions, last_due: dt.date, watched: Container[str]) -> list[Row]:
    client, terms = await _fortnox(chosen), to_terms(chosen)
    unapproved = {one.given_number for one in await client.fetch_supplier_invoices("authorizepending")}
    listed = await client.fetch_supplier_invoices("unpaid")
    due = {one.given_number for one in listed if one.credit or (one.due_date is not None and one.due_date <= last_due)}
    wanted = [one for one in listed if one.given_number in due or one.given_number in watched]
    invoices = [await client.fetch_supplier_invoice(one.given_number) for one in wanted]
    suppliers = {number: await client.fetch_supplier(number) for number in dict.fromkeys(one.supplier_number for one in invoices)}
    credited = {str(one.credit_reference) for one in invoices if one.credit and one.credit_reference}
    rows: list[Row] = []
    for one in invoices:
        supplier = suppliers[one.supplier_number]
        currencies = chosen.accounting.api.fortnox_currencies
        result = fortnox_to_payments.to_payable(
            one, supplier, terms, unapproved=unapproved, credited=credited, currencies=currencies
        )
        rows.append(Row(one.given_number, one.invoice_number or "", supplier.name, one.due_date, result))
    return rows


async def _fortnox(chosen: bank_options.BankOptions) -> fortnox.Fortnox:
    return await connect.current().fortnox(chosen.accounting.api.fortnox_tenant)
