"""PowerOffice Go v2's JSON about money: supplier invoices, bank accounts, the books; amounts as Decimal from the literal text.

Source: the vendor's v2 OpenAPI file (IncomingInvoiceListItemDto, SupplierDto, ContactBankAccountDto, ClientBankAccountDto,
GeneralLedgerAccountDto, VatCodeDto, LockDateSettingsDto, DepartmentDto, ProjectDto, BankVoucherPostDto, BankVoucherDto,
AccountTransactionDto, TrialBalanceLineDto, CustomerLedgerEntryDto).
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import msgspec

from fakturabro.systems.poweroffice import wire


class IncomingInvoice(wire.V2, frozen=True, kw_only=True):
    """A posted supplier invoice or credit note. `balance` is what is left to pay, in the client's currency; `cid` the KID."""

    id: uuid.UUID
    voucher_type: str | None = None
    invoice_no: str | None = None
    voucher_no: int | None = None
    supplier_id: int | None = None
    supplier_no: int | None = None
    voucher_date: dt.date | None = None
    due_date: dt.date | None = None
    currency_code: str | None = None
    total_amount: Decimal | None = None
    total_posted_amount: Decimal | None = None
    balance: Decimal | None = None
    cid: str | None = None
    related_invoice_no: str | None = None
    is_reversed: bool | None = None


class Supplier(wire.V2, frozen=True, kw_only=True):
    """A supplier. `payout`: PowerOffice itself makes a remittance draft when an invoice of theirs is posted."""

    id: int
    number: int | None = None
    subledger_account_id: int | None = None
    name: str | None = None
    legal_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    organization_number: str | None = None
    is_active: bool | None = None
    is_archived: bool | None = None
    payout: bool | None = None
    mail_address: wire.ContactAddress | None = None


class ContactBankAccount(wire.V2, frozen=True, kw_only=True):
    """One of a contact's bank accounts."""

    id: int
    contact_id: int
    bank_account_number: str | None = None
    bic_swift: str | None = None
    bank_code: str | None = None
    country_code: str | None = None
    is_active: bool | None = None


class ClientBankAccount(wire.V2, frozen=True, kw_only=True):
    """One of the client's own accounts. `active_incoming_payment_service`: Go itself fetches what comes in there."""

    bank_account_number: str
    active_incoming_payment_service: bool | None = None


class GeneralLedgerAccount(wire.V2, frozen=True, kw_only=True):
    """An account of the chart. What is posted names its `id`, never its number; `currency_code`: the only one that it takes."""

    id: int
    account_no: int
    name: str | None = None
    is_active: bool | None = None
    vat_code: str | None = None
    vat_code_id: int | None = None
    is_vat_code_locked: bool | None = None
    is_department_required: bool | None = None
    is_project_required: bool | None = None
    currency_code: str | None = None


class VatCode(wire.V2, frozen=True, kw_only=True):
    """A VAT code; "0" is none, "1" the deductible one at the full rate. `rate` is 0.25 for 25 %; both dates are inclusive."""

    id: int
    code: str | None = None
    name: str | None = None
    rate: Decimal | None = None
    is_active: bool | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class Dimension(wire.V2, frozen=True, kw_only=True):
    """A department or a project: what is posted names its `id`, people its `code`."""

    id: int
    code: str | None = None
    is_active: bool | None = None


class LockDate(wire.V2, frozen=True, kw_only=True):
    """Nothing can be posted on this day or before it."""

    lock_date: dt.date | None = None


class VoucherLine(wire.V2, frozen=True, kw_only=True, omit_defaults=True):
    """One line: plus is debit. The amount includes VAT, which Go splits off by `vat_id`.

    `invoice_no` and `cid` match the line with an open item of the sub-ledger account that it is posted on.
    """

    account_id: int
    posting_date: dt.date
    vat_id: int
    currency_amount: Decimal
    invoice_no: str | None = None
    cid: str | None = None
    description: str | None = None
    department_id: int | None = None
    project_id: int | None = None


class BankVoucher(wire.V2, frozen=True, kw_only=True):
    """A bank voucher to be posted; Go refuses a second one with the same `external_import_reference`."""

    voucher_date: dt.date
    currency_code: str
    description: str
    external_import_reference: str
    voucher_lines: list[VoucherLine]


class PostedLine(wire.V2, frozen=True, kw_only=True):
    account_id: int | None = None
    posting_date: dt.date | None = None
    vat_id: int | None = None
    currency_amount: Decimal | None = None
    invoice_no: str | None = None


class PostedVoucher(wire.V2, frozen=True, kw_only=True):
    """A bank voucher as it stands."""

    id: uuid.UUID
    voucher_no: int | None = None
    currency_code: str | None = None
    external_import_reference: str | None = None
    is_reversed: bool | None = None
    voucher_lines: list[PostedLine] | None = None


class Transaction(wire.V2, frozen=True, kw_only=True):
    """One posted amount on an account of the chart; VAT and what is on sub-ledger accounts stand on their accounts of the chart.

    `amount` is in the client's currency. `reversed_voucher_id`: what it takes back.
    """

    voucher_id: uuid.UUID
    voucher_no: int | None = None
    voucher_type: str | None = None
    account_no: int | None = None
    customer_account_no: int | None = None
    posting_date: dt.date | None = None
    amount: Decimal | None = None
    currency_amount: Decimal | None = None
    currency_code: str | None = None
    external_import_reference: str | None = None
    is_reversed: bool | None = None
    reversed_voucher_id: uuid.UUID | None = None


class TrialBalanceLine(wire.V2, frozen=True, kw_only=True):
    """What stands on an account of the chart at the end of a day, in the client's currency."""

    account_no: int
    balance: Decimal


class OpenItem(wire.V2, frozen=True, kw_only=True):
    """An entry on a customer that is not settled: `balance` is what is left of `amount`, in the client's currency.

    Plus is what the customer owes. Only invoices and credit notes have an `invoice_no`.
    """

    id: int
    voucher_no: int | None = None
    voucher_type: str | None = None
    customer_account_no: int | None = None
    invoice_no: str | None = None
    cid: str | None = None
    posting_date: dt.date | None = None
    due_date: dt.date | None = None
    amount: Decimal | None = None
    balance: Decimal
    currency_amount: Decimal | None = None
    currency_code: str | None = None
    external_import_reference: str | None = None


def encode(voucher: BankVoucher) -> bytes:
    """A voucher as it is posted; amounts are numbers with all their digits."""
    return _ENCODER.encode(voucher)


_ENCODER = msgspec.json.Encoder(decimal_format="number")
