"""Supplier invoices of Fortnox -> payments to be made, or the reason why a person must look.

Assumed: total and balance of an invoice are in its own currency. A bank in Norway pays neither bankgiro nor plusgiro: a supplier
abroad needs an IBAN, one at home eleven digits with the country NO.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from decimal import Decimal

from fakturabro.domain import bank_accounts, payments
from fakturabro.mapping import payable
from fakturabro.systems.fortnox import client, wire

SOURCE = "fortnox"


def to_payable(
    invoice: wire.SupplierInvoice,
    supplier: wire.Supplier,
    terms: payable.Terms,
    *,
    unapproved: Container[str],
    credited: Container[str],
    currencies: Container[str] = (),
) -> payments.Instruction | str:
    """The payment of an unpaid invoice from `terms.account`, or the code (payable.REASONS) of why it cannot be paid.

    `unapproved` and `credited` are given numbers: those that wait for approval, and those that an open credit note refers to.
    `currencies`: those beside kronor of which somebody has seen that balances stand in them.
    """
    if reason := _why_not(invoice, supplier, unapproved, credited):
        return reason
    if invoice.currency not in (None, client.KRONOR) and invoice.currency not in currencies:
        return "closed_currency"
    account = _to_account(supplier)
    if account is None:
        return "no_account"
    bill = payable.Bill(
        source=SOURCE,
        key=invoice.given_number,
        creditor=_to_creditor(supplier, account),
        amount=invoice.balance or Decimal(0),
        currency=invoice.currency or client.KRONOR,
        due=invoice.due_date or dt.date.min,
        invoice_number=invoice.invoice_number or "",
        kid=invoice.ocr or "",
    )
    return payable.to_instruction(bill, terms)


def _why_not(invoice: wire.SupplierInvoice, supplier: wire.Supplier, unapproved: Container[str], credited: Container[str]) -> str:
    checks = (
        ("nothing_to_pay", bool(invoice.cancelled) or not invoice.balance or invoice.due_date is None),
        ("credit_note", bool(invoice.credit)),
        ("overpaid", (invoice.balance or 0) < 0 or (invoice.balance or 0) > (invoice.total or 0)),
        ("not_booked", not invoice.booked),
        ("not_approved", invoice.given_number in unapproved),
        ("under_way_there", bool(invoice.payment_pending)),
        ("not_by_file", bool(invoice.disable_payment_file or supplier.disable_payment_file)),
        ("supplier_inactive", supplier.active is False or not supplier.name.strip()),
        ("credited", invoice.given_number in credited),
    )
    return next((code for code, holds in checks if holds), "")


def _to_account(supplier: wire.Supplier) -> payments.Account | None:
    if supplier.iban:
        return payments.account(supplier.iban, bic=supplier.bic or "")
    at_home = (supplier.country_code or "").upper() == "NO" and bank_accounts.is_bban(supplier.bank_account_number or "")
    return payments.account(supplier.bank_account_number or "") if at_home else None


def _to_creditor(supplier: wire.Supplier, account: payments.Account) -> payments.Creditor:
    address = payments.Address(
        street=supplier.address1 or "",
        post_code=supplier.zip_code or "",
        city=supplier.city or "",
        country=supplier.country_code or "",
    )
    return payments.Creditor(
        name=supplier.name.strip(),
        identifier=supplier.organisation_number or f"{SOURCE}:{supplier.supplier_number}",
        account=account,
        address=address if supplier.city else None,
    )
