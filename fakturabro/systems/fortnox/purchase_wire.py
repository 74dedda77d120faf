"""Supplier invoices with their rows, vouchers, and the files behind them; see wire.py.

A row has no key: its place is what tells it. What was corrected after the bookkeeping stands on the voucher only.

Source: fortnox-v3.openapi.json (fortnox_SupplierInvoice, fortnox_SupplierInvoice_SupplierInvoiceRow, fortnox_Voucher,
fortnox_SupplierInvoiceFileConnection).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from fakturabro.systems.fortnox import wire


class CostRow(wire.V3, frozen=True, kw_only=True):
    """A row. `code` tells totals (TOT), VAT and rounding (ROV) from costs; `debit` and `credit` in the currency of the books."""

    account: int | None = None
    code: str | None = None
    article_number: str | None = None
    item_description: str | None = None
    debit: Decimal | None = None
    credit: Decimal | None = None
    project: str | None = None
    transaction_information: str | None = None


class VoucherKey(wire.V3, frozen=True, kw_only=True):
    number: int
    series: str
    year: int
    reference_type: str | None = None


class Purchase(wire.V3, frozen=True, kw_only=True):
    """A supplier invoice with what it costs. `invoice_number` is the supplier's own; `project` counts for rows without one."""

    given_number: str
    supplier_number: str
    supplier_name: str | None = None
    invoice_number: str | None = None
    invoice_date: dt.date | None = None
    currency: str | None = None
    currency_rate: Decimal | None = None
    booked: bool | None = None
    cancelled: bool | None = None
    credit: bool | None = None
    project: str | None = None
    supplier_invoice_rows: list[CostRow] = msgspec.field(default_factory=list[CostRow])
    vouchers: list[VoucherKey] = msgspec.field(default_factory=list[VoucherKey])


class VoucherRow(wire.V3, frozen=True, kw_only=True):
    """A line of a voucher; `removed`: somebody has struck it out."""

    account: int
    debit: Decimal | None = None
    credit: Decimal | None = None
    project: str | None = None
    transaction_information: str | None = None
    removed: bool | None = None


class Voucher(wire.V3, frozen=True, kw_only=True):
    voucher_number: int
    voucher_series: str
    transaction_date: dt.date | None = None
    voucher_rows: list[VoucherRow] = msgspec.field(default_factory=list[VoucherRow])


class FileConnection(wire.V3, frozen=True, kw_only=True):
    """A picture or an attachment; `file_id` leads to its bytes in the archive."""

    file_id: str
    name: str | None = None
    supplier_invoice_number: str | None = None
