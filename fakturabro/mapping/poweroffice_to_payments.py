"""Supplier invoices of PowerOffice Go -> payments to be made, or the reason why a person must look.

Assumed: amounts of a supplier invoice have the ledger's sign, or all are turned: an invoice whose balance has another sign than its
total is overpaid; the balance of an invoice in another currency is in kroner, so only what is wholly unpaid can be paid in its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from fakturabro.domain import payments
from fakturabro.mapping import payable
from fakturabro.systems.poweroffice import bank_wire, wire

SOURCE = "poweroffice"
_NOK = "NOK"


def to_payable(
    invoice: bank_wire.IncomingInvoice,
    supplier: bank_wire.Supplier | None,
    accounts: Sequence[bank_wire.ContactBankAccount],
    terms: payable.Terms,
    *,
    is_credited: bool = False,
    pays_remitted: bool = False,
) -> payments.Instruction | str:
    """The payment of an unpaid invoice from `terms.account`, or the code (payable.REASONS) of why it cannot be paid."""
    name, amount = _name(supplier), _to_pay(invoice)
    if isinstance(amount, str):
        return amount
    if supplier is None or supplier.is_archived or supplier.is_active is False or not name:
        return "supplier_inactive"
    if supplier.payout is not False and not pays_remitted:
        return "remitted_there"
    if is_credited:
        return "credited"
    if len(accounts) != 1:
        return "several_accounts" if accounts else "no_account"
    paid_on = payments.account(accounts[0].bank_account_number or "", bic=accounts[0].bic_swift or "")
    creditor = payments.Creditor(
        name=name,
        identifier=supplier.organization_number or f"{SOURCE}:{supplier.number}",
        account=paid_on,
        address=_to_address(supplier.mail_address),
        agent=accounts[0].bank_code or "",
    )
    bill = payable.Bill(
        source=SOURCE,
        key=str(invoice.id),
        creditor=creditor,
        amount=amount,
        currency=invoice.currency_code or _NOK,
        due=invoice.due_date or dt.date.min,
        invoice_number=invoice.invoice_no or "",
        kid=invoice.cid or "",
    )
    return payable.to_instruction(bill, terms)


def find_credited(invoices: Iterable[bank_wire.IncomingInvoice]) -> set[tuple[int | None, str]]:
    """(supplier number, invoice number) of the invoices that an open credit note names."""
    credits_ = (one for one in invoices if one.voucher_type == "IncomingCreditNote")
    return {(one.supplier_no, one.related_invoice_no) for one in credits_ if one.related_invoice_no}


def _to_pay(invoice: bank_wire.IncomingInvoice) -> Decimal | str:
    total, posted, balance = invoice.total_amount, invoice.total_posted_amount, invoice.balance
    if invoice.voucher_type == "IncomingCreditNote":
        return "credit_note"
    if invoice.is_reversed or not balance or not total or not posted or not invoice.due_date:
        return "nothing_to_pay"
    if (balance > 0) != (posted > 0) or abs(balance) > abs(posted):
        return "overpaid"
    if (invoice.currency_code or _NOK) == _NOK:
        return abs(balance)
    return abs(total) if balance == posted else "part_paid_abroad"


def _name(supplier: bank_wire.Supplier | None) -> str:
    if supplier is None:
        return ""
    person = " ".join(part for part in (supplier.first_name, supplier.last_name) if part)
    return (supplier.name or supplier.legal_name or person or "").strip()


def _to_address(address: wire.ContactAddress | None) -> payments.Address | None:
    if address is None or not address.city:
        return None
    return payments.Address(
        street=address.address_line1 or "",
        post_code=address.zip_code or "",
        city=address.city,
        country=address.country_code or "NO",
    )
