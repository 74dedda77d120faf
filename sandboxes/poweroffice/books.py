"""What a client's books hold: the chart, suppliers and their invoices, and every voucher with its entries.

Invoices to customers stand in the client's account (state) and supplier invoices here; ledgers.py makes their vouchers. `journal`
holds all other vouchers.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import msgspec

from sandboxes.poweroffice import chart as chart_

HOME = "NOK"
"""The client's currency."""


class Entry(msgspec.Struct, kw_only=True):
    """One posted amount; plus is debit. `account` is a number of the chart; `invoice` what it names on a sub-ledger account."""

    account: int
    amount: Decimal
    day: dt.date
    currency: str = HOME
    currency_amount: Decimal
    customer: int | None = None
    supplier: int | None = None
    invoice: str | None = None
    cid: str | None = None
    due: dt.date | None = None
    vat: int = chart_.NO_VAT
    vat_amount: Decimal = Decimal(0)
    department: int | None = None
    project: int | None = None
    description: str | None = None


class Voucher(msgspec.Struct, kw_only=True):
    """A posted voucher; its entries add up to zero. `reverses`: id and number of the one that it nullifies."""

    id: str
    number: int
    kind: str
    date: dt.date
    created: dt.datetime
    entries: list[Entry]
    reference: str | None = None
    is_reversed: bool = False
    reverses: tuple[str, int] | None = None


class Books(msgspec.Struct, kw_only=True):
    """One client's suppliers by number, their invoices and accounts as v2 answers them, the chart, and what was posted."""

    locked_until: dt.date = dt.date(2020, 12, 31)
    suppliers: dict[int, dict[str, Any]] = {}
    invoices: list[dict[str, Any]] = []
    accounts: list[dict[str, Any]] = []
    own_accounts: list[dict[str, Any]] = []
    """ClientBankAccountDto."""
    chart: dict[int, dict[str, Any]] = msgspec.field(default_factory=chart_.accounts)
    """GeneralLedgerAccountDto by number."""
    vat_codes: dict[int, dict[str, Any]] = msgspec.field(default_factory=chart_.vat_codes)
    departments: dict[str, int] = msgspec.field(default_factory=lambda: {"10": 401, "20": 402})
    projects: dict[str, int] = msgspec.field(default_factory=lambda: {"P1": 501})
    """Id by code."""
    rates: dict[str, Decimal] = msgspec.field(
        default_factory=lambda: {HOME: Decimal(1), "EUR": Decimal("11.4237"), "SEK": Decimal("1.0213")}
    )
    rates_on: dict[tuple[str, dt.date], Decimal] = {}
    """What a currency is worth on the day of a posting, where that is another rate."""
    vouchers: list[dict[str, Any]] = []
    """The bank vouchers that came by the API, as it answers them."""
    journal: list[Voucher] = []

    def add_own_account(self, account: str, *, fetches_incoming: bool) -> None:
        """An account of the client's own; `fetches_incoming`: Go itself has an agreement on what comes in."""
        bank = {"BankAccountNumber": account, "BicSwift": "DNBANOKK", "CountryCode": "NO"}
        self.own_accounts.append({**bank, "ActiveIncomingPaymentService": fetches_incoming, "GeneralLedgerAccountNo": chart_.BANK})

    def add_supplier(self, number: int, name: str, account: str = "", **fields: object) -> None:
        """A supplier that PowerOffice does not pay by itself; contact id 7 000 000 + number, sub-ledger id 6 000 000 + number."""
        card = {"Id": 7_000_000 + number, "Number": number, "SubledgerAccountId": 6_000_000 + number, "Name": name}
        self.suppliers[number] = {**card, "IsActive": True, "IsArchived": False, "Payout": False, "CurrencyCode": "NOK", **fields}
        if account:
            self.add_account(number, account)

    def add_account(self, number: int, account: str, **fields: object) -> None:
        stated = {"Id": len(self.accounts) + 1, "ContactId": 7_000_000 + number, "BankAccountNumber": account, "IsActive": True}
        self.accounts.append({**stated, "CountryCode": "NO", "BicSwift": None, **fields})

    def add_invoice(self, supplier: int, number: str, total: Decimal, due: dt.date, **fields: object) -> str:
        """A posted invoice in NOK, unless `fields` (as on the wire) say otherwise; its id."""
        stated = {
            "Id": str(uuid.uuid4()),
            "VoucherType": "IncomingInvoice",
            "InvoiceNo": number,
            "VoucherNo": len(self.invoices) + 1,
        }
        stated |= {
            "SupplierId": 7_000_000 + supplier,
            "SupplierNo": supplier,
            "VoucherDate": due - dt.timedelta(14),
            "DueDate": due,
        }
        amounts = {"CurrencyCode": "NOK", "TotalAmount": -total, "TotalPostedAmount": -total, "Balance": -total}
        self.invoices.append({**stated, **amounts, "Cid": None, "RelatedInvoiceNo": None, "IsReversed": False, **fields})
        return str(stated["Id"])

    def enter(self, voucher: Voucher) -> None:
        """Post a voucher: what it says of a supplier's invoice moves that invoice's balance."""
        self.journal.append(voucher)
        for entry in voucher.entries:
            for invoice in self.invoices:
                if entry.supplier is not None and (invoice["SupplierNo"], invoice["InvoiceNo"]) == (entry.supplier, entry.invoice):
                    invoice["Balance"] += entry.amount
