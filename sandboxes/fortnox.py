"""Fortnox: supplier invoices, suppliers, payments of both ledgers, locked period; consent, registers, invoices to customers and
files stand in modules of their own.

25 calls in any 5 seconds and company. A registered payment touches no balance; a bookkept one does, and is refused in a locked
period.

Source: fortnox-v3.openapi.json; www.fortnox.se/developer (authorization, errors, parameters, rate limits).
Assumed: bodies of 401, 403 and 429; that a payment of more than the balance is refused with 2000588; the Swedish words.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandboxes import (
    control,
    faults,
    fortnox_books,
    fortnox_consent,
    fortnox_files,
    fortnox_invoices,
    fortnox_purchases,
    fortnox_registers,
    rates,
)

Endpoint = Callable[[Request, fortnox_books.Company], Awaitable[Response]]
_BURST, _WINDOW = 25, 5.0
_SUPPLIER, _CUSTOMER = fortnox_books.SUPPLIER, fortnox_books.CUSTOMER
_SCOPES = (
    *(
        ("/companyinformation", "companyinformation"),
        ("/customers", "customer"),
        ("/articles", "article"),
        ("/projects", "project"),
    ),
    *(("/units", "settings"), ("/termsofpayments", "settings"), ("/settings", "settings"), ("/currencies", "currency")),
    *(("/invoicepayments", "payment"), ("/invoices", "invoice"), ("/supplierinvoicepayments", "payment")),
    *(("/supplierinvoicefileconnections", "connectfile"), ("/supplierinvoices", "supplierinvoice"), ("/suppliers", "supplier")),
    *(("/vouchers", "bookkeeping"), ("/archive", "archive"), ("/inbox", "inbox"), ("/api/fileattachments", "connectfile")),
)
"""What the beginning of a path asks the consent for."""
_SETTABLE = {"InvoiceNumber", "Amount", "AmountCurrency", "Currency", "CurrencyRate", "PaymentDate", "ModeOfPayment"} | {
    "ModeOfPaymentAccount",
    "Information",
}


class Fortnox:
    """The sandbox: `companies` by TenantId, `book` its faults, `app` what is served (/oauth-v1/..., /3/..., /api/...)."""

    def __init__(self) -> None:
        self.companies: dict[str, fortnox_books.Company] = {}
        self.consents = fortnox_consent.Consents(self.companies)
        self.client_id, self.client_secret = self.consents.client_id, self.consents.client_secret
        self.window = rates.Window(_BURST, _WINDOW)
        self.book = faults.Book(
            throttled=lambda: control.json_response({"message": "Too many requests"}, 429),
            error=lambda: fortnox_registers.refused(500, 1000003, "Ett systemfel inträffade."),
        )
        self.book.actions["expired_token"] = lambda _: self.consents.accesses.clear()
        self.app = faults.Faulty(Starlette(routes=self._routes()), self.book)

    def add(self, tenant_id: str) -> fortnox_books.Company:
        """A company that has given its consent; its first refresh token stands on it."""
        self.companies[tenant_id] = fortnox_books.Company(tenant_id=tenant_id, refresh_token=secrets.token_hex(16))
        return self.companies[tenant_id]

    def _routes(self) -> list[BaseRoute]:
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "/supplierinvoices", fortnox_registers.guarded(self._invoices)),
            ("GET", "/supplierinvoices/{number}", self._invoice),
            ("GET", "/suppliers/{number}", self._supplier),
            ("GET", "/settings/lockedperiod", self._locked),
        ]
        for path, names in (("/supplierinvoicepayments", _SUPPLIER), ("/invoicepayments", _CUSTOMER)):
            table += [("GET", path, _listing(names)), ("POST", path, _registering(names))]
            table += [("GET", f"{path}/{{number}}", _showing(names)), ("PUT", f"{path}/{{number}}/bookkeep", _bookkeeping(names))]
        table += [*fortnox_registers.routes(), *fortnox_invoices.routes(), *fortnox_purchases.routes()]
        table += fortnox_files.routes()
        called = [Route(f"/3{path}", self._authorised(call, path), methods=[method]) for method, path, call in table]
        for method, path, call in fortnox_files.attachment_routes():
            called.append(Route(path, self._authorised(call, path), methods=[method]))
        shown = control.routes(self.book, lambda: {"companies": list(self.companies.values())})
        return [*self.consents.routes(), *called, *shown]

    def _authorised(self, call: Endpoint, path: str) -> Callable[[Request], Awaitable[Response]]:
        scope = next(scope for start, scope in _SCOPES if path.startswith(start))

        async def answer(request: Request) -> Response:
            access = self.consents.find(request)
            if access is None:
                return control.json_response({"message": "unauthorized"}, 401)
            if not self.window.accepts(access.tenant_id):
                return self.book.throttled()
            if request.headers.get("accept") != "application/json":
                return fortnox_registers.refused(400, 1000030, "Ogiltig Accept-header.")
            company = self.companies[access.tenant_id]
            return _without_right(company, access.scopes, scope) or await call(request, company)

        return answer

    async def _invoices(self, request: Request, company: fortnox_books.Company) -> Response:
        wanted, rows = request.query_params.get("filter", ""), list(company.supplier_invoices.values())
        tests: dict[str, Callable[[dict[str, Any]], bool]] = {
            "unpaid": lambda row: Decimal(row["Balance"]) != 0 and not row["Cancelled"],
            "authorizepending": lambda row: row["GivenNumber"] in company.unapproved,
            "pendingpayment": lambda row: row["PaymentPending"],
        }
        fresh = [row for row in rows if fortnox_registers.changed_since(request, company, "SupplierInvoices", row["GivenNumber"])]
        chosen = [row for row in fresh if tests.get(wanted, bool)(row)]
        listed = ("GivenNumber", "SupplierNumber", "SupplierName", "InvoiceNumber", "InvoiceDate", "DueDate", "Booked", "Credit")
        shown = [{name: row[name] for name in (*listed, "Currency", "Total", "Balance")} for row in chosen]
        return fortnox_registers.page(request, "SupplierInvoices", shown)

    async def _invoice(self, request: Request, company: fortnox_books.Company) -> Response:
        found = company.supplier_invoices.get(request.path_params["number"])
        return control.json_response({"SupplierInvoice": found}) if found else _absent("leverantörsfakturan")

    async def _supplier(self, request: Request, company: fortnox_books.Company) -> Response:
        found = company.suppliers.get(request.path_params["number"])
        return control.json_response({"Supplier": found}) if found else _absent("leverantören")

    async def _locked(self, _: Request, company: fortnox_books.Company) -> Response:
        period = {"EndDate": company.locked_until} if company.locked_until else {}
        return control.json_response({"LockedPeriod": period})


def _without_right(company: fortnox_books.Company, granted: frozenset[str], scope: str) -> Response | None:
    if not company.has_licence:
        return fortnox_registers.refused(403, 2001103, "Api-licens saknas.")
    if scope not in granted:
        return fortnox_registers.refused(403, 2000663, f"Har inte behörighet för scope {scope}.")
    if scope not in company.licences:
        return fortnox_registers.refused(403, 2001101, "Ingen licens för vald scope.")
    return None


def _listing(names: tuple[str, str]) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        wanted = request.query_params.get("invoicenumber", "")
        rows = [one for one in company.payments[names[0]] if not wanted or one.invoice_number == wanted]
        return fortnox_registers.page(request, names[1], [_shown(names, one) for one in rows])

    return answer


def _showing(names: tuple[str, str]) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        found = _find(names, request, company)
        return control.json_response({names[0]: _shown(names, found)}) if found else _absent("betalningen")

    return answer


def _registering(names: tuple[str, str]) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        try:
            given = msgspec.json.decode(await request.body(), type=dict[str, dict[str, Any]])[names[0]]
            kind = int if names is _CUSTOMER else str
            if given.keys() - _SETTABLE or type(given["InvoiceNumber"]) is not kind:
                return fortnox_registers.refused(400, 2001399, "Felaktigt fältnamn.")
            number, rows = str(given["InvoiceNumber"]), company.payments[names[0]]
            made = fortnox_books.Payment(
                number=len(rows) + 1,
                invoice_number=number,
                amount=Decimal(str(given.get("Amount", given.get("AmountCurrency", 0)))),
                currency=given.get("Currency", "SEK"),
                payment_date=dt.date.fromisoformat(given["PaymentDate"]),
                amount_currency=Decimal(str(given["AmountCurrency"])) if "AmountCurrency" in given else None,
            )
        except (msgspec.DecodeError, KeyError, ValueError, ArithmeticError):
            return fortnox_registers.refused(400, 2002115, "Felaktig JSON.")
        if _balance(names, company, number) is None:
            return _absent("fakturan")
        rows.append(made)
        return control.json_response({names[0]: _shown(names, made)}, 201)

    return answer


def _bookkeeping(names: tuple[str, str]) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        found = _find(names, request, company)
        if found is None:
            return _absent("betalningen")
        balance = _balance(names, company, found.invoice_number) or Decimal(0)
        if found.booked or found.amount > balance:
            return fortnox_registers.refused(400, 2000588, "Betalningen kan inte bokföras.")
        if company.locked_until and found.payment_date <= company.locked_until:
            return fortnox_registers.refused(400, 2000588, "Perioden är låst.")
        found.booked = True
        if names is _SUPPLIER:
            company.supplier_invoices[found.invoice_number]["Balance"] = str(balance - found.amount)
        elif found.invoice_number in company.invoices:
            fortnox_invoices.pay(company, found.invoice_number, found.amount, found.payment_date)
        else:
            company.balances[found.invoice_number] = balance - found.amount
        return control.json_response({names[0]: _shown(names, found)})

    return answer


def _balance(names: tuple[str, str], company: fortnox_books.Company, number: str) -> Decimal | None:
    if names is _CUSTOMER:
        made = company.invoices.get(number)
        return made["Balance"] if made else company.balances.get(number)
    invoice = company.supplier_invoices.get(number)
    return Decimal(invoice["Balance"]) if invoice else None


def _find(names: tuple[str, str], request: Request, company: fortnox_books.Company) -> fortnox_books.Payment | None:
    wanted = request.path_params["number"]
    return next((one for one in company.payments[names[0]] if str(one.number) == wanted), None)


def _shown(names: tuple[str, str], one: fortnox_books.Payment) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(one, builtin_types=(Decimal, dt.date))
    if one.amount_currency is None:
        del shown["AmountCurrency"]
    if names is _CUSTOMER:
        shown |= {"Number": str(one.number), "InvoiceNumber": int(one.invoice_number)}
    return shown


def _absent(what: str) -> Response:
    return fortnox_registers.refused(404, 2000434, f"Kan inte hitta {what}.")
