"""Vouchers, and which files supplier invoices have.

Source: fortnox-v3.openapi.json (fortnox_Vouchers, fortnox_SupplierInvoiceFileConnections).
Assumed: file connections are filtered by the given number; a voucher is known by series, number and the id of its financial year.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandboxes import control, fortnox_books, fortnox_registers

YEAR = 7
"""The id of the financial year."""


def add_costs(company: fortnox_books.Company, number: str, rows: list[dict[str, Any]], voucher: int | None = None) -> None:
    """Rows as on the wire on a supplier invoice that is there; with `voucher` they stand on a voucher of series C too."""
    invoice = company.supplier_invoices[number]
    owed = Decimal(invoice["Total"])
    total = {"Account": 2440, "Code": "TOT", "Debit": max(-owed, Decimal(0)), "Credit": max(owed, Decimal(0))}
    invoice["SupplierInvoiceRows"] = [total, *rows]
    if voucher:
        invoice["Vouchers"] = [{"Number": voucher, "Series": "C", "Year": YEAR, "ReferenceType": "SUPPLIERINVOICE"}]
        lines = [{name: row[name] for name in ("Account", "Debit", "Credit", "Project") if name in row} for row in (total, *rows)]
        known = {"VoucherNumber": voucher, "VoucherSeries": "C", "TransactionDate": invoice["InvoiceDate"], "Year": YEAR}
        known["Description"] = f"Leverantörsfaktura {number}"
        company.vouchers[f"C {voucher} {YEAR}"] = {**known, "VoucherRows": lines}


def add_file(company: fortnox_books.Company, number: str, name: str, content: bytes) -> str:
    """A picture of a supplier invoice; gives its id in the archive."""
    file_id = f"file-{len(company.files) + 1}"
    company.files[file_id] = content
    names = {"Name": name, "SupplierInvoiceNumber": number}
    company.file_connections.append({"FileId": file_id, **names, "SupplierName": company.supplier_invoices[number]["SupplierName"]})
    return file_id


async def _voucher(request: Request, company: fortnox_books.Company) -> Response:
    year, key = request.query_params.get("financialyear", ""), request.path_params
    found = company.vouchers.get(f"{key['series']} {key['number']} {year}")
    if found is None:
        raise fortnox_registers.RefusalError(2000434, "Kan inte hitta verifikationen.", 404)
    return control.json_response({"Voucher": found})


async def _vouchers(request: Request, company: fortnox_books.Company) -> Response:
    shown = ("VoucherSeries", "VoucherNumber", "TransactionDate", "Description", "Year")
    rows = [{name: row[name] for name in shown} for row in company.vouchers.values()]
    return fortnox_registers.page(request, "Vouchers", rows)


async def _connections(request: Request, company: fortnox_books.Company) -> Response:
    wanted = request.query_params.get("supplierinvoicenumber", "")
    rows = [row for row in company.file_connections if wanted in row["SupplierInvoiceNumber"]]
    return fortnox_registers.page(request, "SupplierInvoiceFileConnections", rows)


def routes() -> list[tuple[str, str, fortnox_registers.Endpoint]]:
    """Method, path under /3, and who answers."""
    table: list[tuple[str, str, fortnox_registers.Endpoint]] = [
        ("GET", "/vouchers", _vouchers),
        ("GET", "/vouchers/{series}/{number}", _voucher),
        ("GET", "/supplierinvoicefileconnections", _connections),
    ]
    return [(method, path, fortnox_registers.guarded(call)) for method, path, call in table]
