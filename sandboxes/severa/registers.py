"""Severa's registers: customers, addresses, products, work types, travel expense types, projects, and lists of settings.

Source: severa-v1.reconstructed.openapi.json.
Assumed: a customer's number and a product's code (with the setting, among work types too) are taken once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandboxes import control
from sandboxes.severa import company as companies
from sandboxes.severa import listing, models, patching, refusals

Endpoint = Callable[[Request, companies.Company], Awaitable[Response]]
Line = tuple[str, str, Endpoint, str]
_LISTS = (
    ("customers", "customers:read", True),
    ("addresses", "customers:read", False),
    ("products", "settings:read", True),
    ("worktypes", "settings:read", False),
    ("travelexpensetypes", "settings:read", False),
    ("projects", "projects:read", True),
    ("invoicestatuses", "settings:read", False),
    ("currencies", "settings:read", False),
    ("deletedprojectfees", "fees:read", True),
    ("projectfees", "fees:read", True),
    ("invoices", "invoices:read", True),
    ("invoicerows", "invoices:read", True),
)
_CHANGED: tuple[tuple[str, type[models.Input], str], ...] = (
    ("customers", models.CustomerModel, "customers:write"),
    ("addresses", models.AddressModel, "customers:write"),
    ("products", models.ProductInputModel, "settings:write"),
    ("travelexpensetypes", models.TravelExpenseTypeInputModel, "settings:write"),
)
_POINTERS = {
    "currency": ("currencies", "code"),
    "language": ("languages", "code", "englishName"),
    "country": ("countries", "englishName"),
    "project": ("projects",),
    "product": ("products", "code"),
}


def filled(company: companies.Company, given: dict[str, Any]) -> dict[str, Any]:
    """`given` with what it points at shown. Raises RefusalError where a thing is not there."""
    for name in _POINTERS.keys() & given.keys():
        table, *shown = _POINTERS[name]
        if given[name] is not None:
            given[name] = company.pointer(table, given[name].get("guid"), *shown)
            if given[name] is None:
                raise refusals.RefusalError("InvalidParameter", f"{name} was not found.", name=name)
    return given


def found(request: Request, company: companies.Company, table: str) -> dict[str, Any]:
    """The row that the path names. Raises AbsentError."""
    row = company.rows(table).get(request.path_params["guid"])
    if row is None:
        raise refusals.AbsentError
    return row


def showing(table: str) -> Endpoint:
    async def answer(request: Request, company: companies.Company) -> Response:
        return control.json_response(listing.shown(found(request, company, table)))

    return answer


def _listing(table: str, by_token: bool) -> Endpoint:
    async def answer(request: Request, company: companies.Company) -> Response:
        return listing.answer(request, table, list(company.rows(table).values()), by_token=by_token)

    return answer


def _changing(table: str, shape: type[models.Input]) -> Endpoint:
    async def answer(request: Request, company: companies.Company) -> Response:
        row = found(request, company, table)
        changed = filled(company, patching.patched(row, await request.body(), shape))
        _require_unique(company, table, changed, row["guid"])
        return control.json_response([listing.shown(company.change(row, **changed))])

    return answer


def _making(table: str, shape: type[models.Input]) -> Endpoint:
    async def answer(request: Request, company: companies.Company) -> Response:
        given = filled(company, patching.fields(patching.read(await request.body(), shape)))
        if table == "customers" and given["number"] is None:
            given["number"] = company.next_number("customers")
        _require_unique(company, table, given, "")
        return control.json_response(listing.shown(company.add(table, **given)), 201)

    return answer


def _require_unique(company: companies.Company, table: str, given: dict[str, Any], guid: str) -> None:
    name = {"customers": "number", "products": "code"}.get(table, "")
    tables = ("products", "worktypes") if table == "products" and company.unique_codes else (table,)
    for one in (row for other in tables for row in company.rows(other).values()):
        if name and given.get(name) is not None and one.get(name) == given[name] and one["guid"] != guid:
            raise refusals.RefusalError("InvalidParameter", f"{name} {given[name]} is already in use.", name=name)


async def _customer_addresses(request: Request, company: companies.Company) -> Response:
    owner = found(request, company, "customers")["guid"]
    rows = [row for row in company.rows("addresses").values() if row["customer"]["guid"] == owner]
    return listing.answer(request, "", rows, by_token=False)


async def _make_address(request: Request, company: companies.Company) -> Response:
    owner = found(request, company, "customers")
    given = filled(company, patching.fields(patching.read(await request.body(), models.AddressModel)))
    made = company.add("addresses", **given, customer=company.pointer("customers", owner["guid"], "number"))
    return control.json_response(listing.shown(made), 201)


async def _countries(_: Request, company: companies.Company) -> Response:
    shown = ("guid", "name", "englishName", "code2")
    return control.json_response([{name: row[name] for name in shown} for row in company.rows("countries").values()])


async def _details(_: Request, company: companies.Company) -> Response:
    currency = company.pointer("currencies", company.by("currencies", "code", company.unit)["guid"], "code")
    known = {"name": company.name, "vatNumber": company.vat_number, "isVatRegistered": True, "currency": currency}
    return control.json_response({**known, "activeAddons": company.addons})


async def _settings(_: Request, company: companies.Company) -> Response:
    numbers = {"nextCustomerNumber": company.next_number("customers"), "nextInvoiceNumber": company.next_invoice}
    known = {"workWeek": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], "setCreditNoteInvoiceNumber": True}
    return control.json_response({**numbers, **known, "uniqueIdentifierForProductsAndWorktypes": company.unique_codes})


ROUTES: list[Line] = [
    *(("GET", f"/{table}", _listing(table, by_token), scope) for table, scope, by_token in _LISTS),
    *(("PATCH", f"/{table}/{{guid}}", _changing(table, shape), scope) for table, shape, scope in _CHANGED),
    ("POST", "/customers", _making("customers", models.CustomerModel), "customers:write"),
    ("POST", "/products", _making("products", models.ProductInputModel), "settings:write"),
    ("GET", "/customers/{guid}", showing("customers"), "customers:read"),
    *(("GET", f"/{table}/{{guid}}", showing(table), "settings:read") for table in ("products", "worktypes", "travelexpensetypes")),
    ("GET", "/customers/{guid}/addresses", _customer_addresses, "customers:read"),
    ("POST", "/customers/{guid}/addresses", _make_address, "customers:write"),
    ("GET", "/localization/countries", _countries, "settings:read"),
    ("GET", "/organizationdetails", _details, "organization:read"),
    ("GET", "/organizationsettings", _settings, "organization:read"),
]
