"""What of v2 is about money: supplier invoices, suppliers' accounts, the chart, the lock date, and bank vouchers.

A voucher's line on a supplier's sub-ledger account settles the invoice that it names. Amounts stand with the ledger's sign: what is
owed to a supplier is negative.

Source: poweroffice-go-v2.openapi.yaml.
Assumed: a second voucher with the same ExternalImportReference, one that does not balance, and one in a closed period are 400; the
words; that a supplier invoice has the ledger's sign (its description says that the balance is greater than the total when part of
it is paid).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import clock, control
from sandboxes.poweroffice import listing

NO_VAT = 6
BANK = 1920


class _Line(msgspec.Struct, kw_only=True, rename="pascal"):
    account_id: int
    posting_date: dt.date
    vat_id: int
    currency_amount: Decimal
    invoice_no: str | None = None
    cid: str | None = None
    description: str | None = None


class _Voucher(msgspec.Struct, kw_only=True, rename="pascal"):
    voucher_date: dt.date
    currency_code: str
    description: str | None = None
    external_import_reference: str | None = None
    voucher_lines: list[_Line]


class Books(msgspec.Struct, kw_only=True):
    """One client's suppliers by contact id, their invoices and accounts as v2 answers them, the chart, and what was posted."""

    locked_until: dt.date = dt.date(2020, 12, 31)
    suppliers: dict[int, dict[str, Any]] = {}
    invoices: list[dict[str, Any]] = []
    accounts: list[dict[str, Any]] = []
    chart: dict[int, int] = msgspec.field(default_factory=lambda: {BANK: 8_001_920, 2990: 8_002_990})
    """Account number -> id."""
    vouchers: list[dict[str, Any]] = []
    own_accounts: list[dict[str, Any]] = []
    """ClientBankAccountDto."""

    def add_own_account(self, account: str, *, fetches_incoming: bool) -> None:
        """An account of the client's own; `fetches_incoming`: Go itself has an agreement on what comes in."""
        bank = {"BankAccountNumber": account, "BicSwift": "DNBANOKK", "CountryCode": "NO"}
        self.own_accounts.append({**bank, "ActiveIncomingPaymentService": fetches_incoming, "GeneralLedgerAccountNo": BANK})

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


def invoices(request: Request, books: Books) -> Response:
    unpaid = request.query_params.get("onlyUnpaidInvoices", "").lower() == "true"
    return listing.answer(request, [row for row in books.invoices if row["Balance"] or not unpaid])


def invoice(request: Request, books: Books) -> Response:
    found = next((row for row in books.invoices if row["Id"] == request.path_params["id"]), None)
    return control.json_response(found) if found else _problem(404, "Object(s) not found", "Incoming invoice not found.")


def suppliers(request: Request, books: Books) -> Response:
    return listing.answer(request, _among(request, "supplierNos", list(books.suppliers.values()), "Number"))


def bank_accounts(request: Request, books: Books) -> Response:
    return listing.answer(request, _among(request, "contactIds", books.accounts, "ContactId"))


def own_accounts(request: Request, books: Books) -> Response:
    return listing.answer(request, books.own_accounts)


def chart(request: Request, books: Books) -> Response:
    rows = [{"Id": id_, "AccountNo": number, "Name": f"Konto {number}", "IsActive": True} for number, id_ in books.chart.items()]
    return listing.answer(request, _among(request, "accountNos", rows, "AccountNo"))


def vat_codes(request: Request, _: Books) -> Response:
    rows = [{"Id": 9, "Code": "3", "Name": "Utgående mva"}, {"Id": NO_VAT, "Code": "0", "Name": "Ingen mva"}]
    return listing.answer(request, rows)


def lock_date(_: Request, books: Books) -> Response:
    return control.json_response({"LockDate": books.locked_until})


def transactions(request: Request, books: Books) -> Response:
    first, last = (listing.date(request.query_params.get(name, "")) for name in ("fromDate", "toDate"))
    by_id = {id_: number for number, id_ in books.chart.items()}
    rows = [
        {
            **{name: one[name] for name in ("VoucherNo", "ExternalImportReference", "IsReversed", "CurrencyCode")},
            "VoucherId": one["Id"],
            "AccountNo": by_id[line["AccountId"]],
            "PostingDate": line["PostingDate"],
            "CurrencyAmount": line["CurrencyAmount"],
            "Amount": line["CurrencyAmount"],
        }
        for one in books.vouchers
        for line in one["VoucherLines"]
        if line["AccountId"] in by_id and first <= line["PostingDate"] <= last
    ]
    return listing.answer(request, _among(request, "accountNos", rows, "AccountNo"))


async def post(request: Request, books: Books, customers: Mapping[int, Mapping[str, Any]]) -> Response:
    """A bank voucher: it must balance, name known accounts, lie after the lock date, and have a reference of its own."""
    try:
        given = msgspec.json.decode(await request.body(), type=_Voucher)
    except msgspec.DecodeError as error:
        return _wrong(str(error))
    known = {*books.chart.values(), *(one["SubledgerAccountId"] for one in (*books.suppliers.values(), *customers.values()))}
    references = {one["ExternalImportReference"] for one in books.vouchers if not one["IsReversed"]}
    if given.external_import_reference in references:
        return _wrong("ExternalImportReference must be unique.")
    if sum(line.currency_amount for line in given.voucher_lines) or not all(line.currency_amount for line in given.voucher_lines):
        return _wrong("The voucher does not balance.")
    if any(line.account_id not in known or line.vat_id != NO_VAT for line in given.voucher_lines):
        return _wrong("Account or VAT code not found.")
    if any(line.posting_date <= books.locked_until for line in given.voucher_lines):
        return _wrong("The period is locked.")
    made: dict[str, Any] = {
        **msgspec.to_builtins(given, builtin_types=(Decimal, dt.date)),
        "Id": str(uuid.uuid4()),
        "IsReversed": False,
    }
    made |= {"VoucherNo": 5_000 + len(books.vouchers), "CreatedDateTimeOffset": clock.now()}
    books.vouchers.append(made)
    for line in given.voucher_lines:
        _settle(books, line)
    return control.json_response(made, 201)


def _settle(books: Books, line: _Line) -> None:
    supplier = next((one["Number"] for one in books.suppliers.values() if one["SubledgerAccountId"] == line.account_id), None)
    for invoice in books.invoices:
        if supplier is not None and invoice["SupplierNo"] == supplier and invoice["InvoiceNo"] == line.invoice_no:
            invoice["Balance"] += line.currency_amount


def _among(request: Request, name: str, rows: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    text = request.query_params.get(name, "").strip()
    wanted = listing.numbers(text) if text else lambda _: True
    return [row for row in rows if wanted(row[field])]


def _wrong(detail: str) -> Response:
    return _problem(400, "Voucher validation error(s)", detail)


def _problem(status: int, title: str, detail: str) -> Response:
    return control.json_response({"title": title, "status": status, "detail": detail}, status)
