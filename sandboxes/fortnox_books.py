"""The books of one Fortnox client: suppliers and their invoices, customers' balances, and the payments of both ledgers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from sandboxes import clock

SUPPLIER = ("SupplierInvoicePayment", "SupplierInvoicePayments")
CUSTOMER = ("InvoicePayment", "InvoicePayments")
"""What one payment of each ledger is called, and a list of them."""
SCOPES = (
    *("companyinformation", "customer", "article", "settings", "project", "invoice", "payment", "currency", "supplier"),
    *("supplierinvoice", "bookkeeping", "connectfile", "archive", "inbox"),
)


class Payment(msgspec.Struct, kw_only=True, rename="pascal"):
    """A registered payment. The number of a customer's payment is a text on the wire, a supplier's is a number."""

    number: int
    invoice_number: str
    amount: Decimal
    currency: str
    payment_date: dt.date
    booked: bool = False
    source: str = "manual"
    amount_currency: Decimal | None = None


class Company(msgspec.Struct, kw_only=True):
    """One client of the sandbox: its consent, its books."""

    tenant_id: str
    refresh_token: str
    active: bool = True
    has_licence: bool = True
    locked_until: dt.date | None = None
    currency: str = "SEK"
    """Of the invoices to customers."""
    suppliers: dict[str, dict[str, Any]] = {}
    supplier_invoices: dict[str, dict[str, Any]] = {}
    """SupplierInvoice by GivenNumber, as it is answered; `approved` False stands beside, see `unapproved`."""
    unapproved: set[str] = set()
    balances: dict[str, Decimal] = {}
    """Customers' invoices by number: what is left to pay. The OCR is the number with an 8 behind."""
    name: str = "Skagerrak Mat AB"
    organisation_number: str = "556036-0793"
    registers: dict[str, dict[str, dict[str, Any]]] = {}
    """Customers, Articles, Projects by number, as they are answered; `modified` and `deleted` have keys as "Customers 10001"."""
    modified: dict[str, dt.datetime] = {}
    deleted: set[str] = set()
    units: set[str] = msgspec.field(default_factory=lambda: {"st", "tim", "kg", "km"})
    terms_of_payment: set[str] = msgspec.field(default_factory=lambda: {"10", "14", "30"})
    rates: dict[str, Decimal] = msgspec.field(default_factory=lambda: {"NOK": Decimal("0.98"), "EUR": Decimal("11.2")})
    """Kronor for one of each currency."""
    invoices: dict[str, dict[str, Any]] = {}
    """Invoices that were made here, by DocumentNumber; those of `balances` are listed only."""
    vouchers: dict[str, dict[str, Any]] = {}
    """By series, number and id of the financial year: "C 12 7"."""
    file_connections: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    """The archive; `inbox` has what lies in the inbox as well, by folder, and `attachments` what is connected to invoices."""
    inbox: list[dict[str, Any]] = []
    attachments: list[dict[str, Any]] = []
    scopes: set[str] = msgspec.field(default_factory=lambda: set(SCOPES))
    """What the client has consented to; `licences` is what it pays for."""
    licences: set[str] = msgspec.field(default_factory=lambda: set(SCOPES))
    rounds: bool = False
    """Whether totals are rounded to whole kronor."""
    fee: Decimal = Decimal(0)
    """What is added to each invoice that says nothing of a fee."""
    payments: dict[str, list[Payment]] = msgspec.field(default_factory=lambda: {SUPPLIER[0]: [], CUSTOMER[0]: []})

    def add_supplier(self, number: str, name: str, **fields: object) -> None:
        self.suppliers[number] = {"SupplierNumber": number, "Name": name, "Active": True, "Currency": "SEK", **fields}

    def add_supplier_invoice(self, number: str, supplier: str, total: Decimal, due: dt.date, **fields: object) -> None:
        """A bookkept, approved invoice in kronor unless `fields` (as on the wire) say otherwise."""
        stated = {"GivenNumber": number, "SupplierNumber": supplier, "SupplierName": self.suppliers[supplier]["Name"]}
        stated |= {"InvoiceNumber": f"F{number}", "InvoiceDate": str(due - dt.timedelta(30)), "DueDate": str(due), "OCR": ""}
        flags = {"Booked": True, "Cancelled": False, "Credit": False, "PaymentPending": False, "DisablePaymentFile": False}
        self.supplier_invoices[number] = {
            **stated,
            **flags,
            "Currency": "SEK",
            "Total": str(total),
            "Balance": str(total),
            **fields,
        }
        self.modified[f"SupplierInvoices {number}"] = clock.now()
