"""API v2: its routes, customers, outgoing invoices, the connection test. JSON is PascalCase, empty is 204, errors ProblemDetails.

Source: poweroffice-go-v2.openapi.yaml and poweroffice-go-oauth.openapi.json.
Assumed: ProblemDetails in lower case, as the specification's examples (its schema has PascalCase); 401 without a subscription
key as Azure API Management words it, otherwise 401 and 403 without a body; an unknown name in Fields or OrderBy is 400; the
invoice's Id is v1's id.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandboxes import control
from sandboxes.poweroffice import bank, cards, journal, listing, outgoing, reports, tokens
from sandboxes.poweroffice import state as state_

Endpoint = Callable[[Request, state_.Client], Awaitable[Response]]


class Api:
    """Version 2 over the shared state, for the holders of the subscription key."""

    def __init__(self, issuer: tokens.Issuer, subscription_key: str) -> None:
        self._issuer = issuer
        self._subscription_key = subscription_key

    def routes(self) -> list[Route]:
        """/OAuth/Token and everything below /v2."""
        read, write, invoices = ("Customer", "Customer_Full"), ("Customer_Full",), ("OutgoingInvoice", "OutgoingInvoice_Full")
        table: list[tuple[str, str, Endpoint, tuple[str, ...]]] = [
            ("GET", "/Customers", self._customers, read),
            ("GET", "/Customers/{id:int}", self._customer, read),
            ("PATCH", "/Customers/{id:int}", self._patch_customer, write),
            ("GET", "/OutgoingInvoices", self._invoices, invoices),
            ("GET", "/OutgoingInvoices/{id}", self._invoice, invoices),
            ("GET", "/OutgoingInvoices/{id}/Lines", self._lines, invoices),
            ("GET", "/ClientIntegrationInformation", self._information, ()),
            ("GET", "/OrganizationSettings", self._organisation, ("CommonServices", "CommonServices_Full")),
            *_MONEY,
        ]
        called = [Route("/v2" + path, self._authorised(call, needed), methods=[method]) for method, path, call, needed in table]
        return [Route("/OAuth/Token", self._token, methods=["POST"]), *called]

    async def _token(self, request: Request) -> Response:
        return self._without_subscription(request) or await self._issuer.answer(request)

    def _authorised(self, call: Endpoint, needed: tuple[str, ...]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if refused := self._without_subscription(request):
                return refused
            client = self._issuer.client(request)
            if client is None:
                return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
            if needed and not set(needed) & (set(client.valid_privileges) - set(client.invalid_privileges)):
                return Response(status_code=403)
            try:
                return await call(request, client)
            except listing.FilterError as error:
                return _problem(400, "Unable to cast object(s)", str(error))

        return answer

    def _without_subscription(self, request: Request) -> Response | None:
        key = subscription_key(request)
        if key == self._subscription_key:
            return None
        cause = "due to invalid subscription key" if key else "due to missing subscription key"
        message = f"Access denied {cause}. Make sure to provide a valid key for an active subscription."
        return control.json_response({"statusCode": 401, "message": message}, 401)

    async def _customers(self, request: Request, client: state_.Client) -> Response:
        return listing.answer(request, [cards.shown(one) for one in cards.filtered(client, request.query_params)])

    async def _customer(self, request: Request, client: state_.Client) -> Response:
        card = client.customers.get(request.path_params["id"])
        return control.json_response(cards.shown(card)) if card else _customer_not_found(request)

    async def _patch_customer(self, request: Request, client: state_.Client) -> Response:
        card = client.customers.get(request.path_params["id"])
        if card is None:
            return _customer_not_found(request)
        try:
            operations = msgspec.json.decode(await request.body(), type=list[cards.Operation])
            client.customers[card["Id"]] = changed = cards.patched(card, operations)
        except (msgspec.DecodeError, cards.PatchError) as error:
            return _problem(400, "Customer validation error(s)", str(error))
        return control.json_response(cards.shown(changed))

    async def _invoices(self, request: Request, client: state_.Client) -> Response:
        return listing.answer(request, outgoing.filtered(client, request.query_params))

    async def _invoice(self, request: Request, client: state_.Client) -> Response:
        invoice = client.invoices.get(request.path_params["id"].lower())
        return control.json_response(outgoing.one(invoice, client)) if invoice else _invoice_not_found(request)

    async def _lines(self, request: Request, client: state_.Client) -> Response:
        invoice = client.invoices.get(request.path_params["id"].lower())
        return listing.answer(request, outgoing.lines(invoice)) if invoice else _invoice_not_found(request)

    async def _information(self, _: Request, client: state_.Client) -> Response:
        return control.json_response(
            {
                "ActiveClientSubscriptions": client.subscriptions,
                "ClientId": client.id,
                "ClientName": client.name,
                "InvalidPrivileges": client.invalid_privileges,
                "ValidPrivileges": client.valid_privileges,
            }
        )

    async def _organisation(self, _: Request, client: state_.Client) -> Response:
        names = {"Id": client.id, "Name": client.name, "LegalName": client.name}
        return control.json_response({**names, "OrganizationNumber": client.organisation_number})


def subscription_key(request: Request) -> str:
    """The key in the header or, as the gateway also allows, in the query."""
    return request.headers.get("ocp-apim-subscription-key") or request.query_params.get("subscription-key", "")


def _customer_not_found(request: Request) -> Response:
    return _problem(404, "Object(s) not found", f"Customer with id = {request.path_params['id']} not found.")


def _invoice_not_found(request: Request) -> Response:
    if not re.fullmatch(r"[0-9a-fA-F-]{36}", request.path_params["id"]):
        return _problem(400, "Unable to cast object(s)", f"'{request.path_params['id']}' is not a guid.")
    return _problem(404, "Object(s) not found", f"Outgoing invoice with id = {request.path_params['id']} not found.")


def _problem(status: int, title: str, detail: str) -> Response:
    content: dict[str, Any] = {"title": title, "status": status, "detail": detail}
    return control.json_response(content, status)


_MONEY: list[tuple[str, str, Endpoint, tuple[str, ...]]] = [
    ("GET", "/IncomingInvoices", bank.invoices, ("IncomingInvoice",)),
    ("GET", "/IncomingInvoices/{id}", bank.invoice, ("IncomingInvoice",)),
    ("GET", "/Suppliers", bank.suppliers, ("Supplier",)),
    ("GET", "/ContactBankAccounts", bank.bank_accounts, ("Supplier",)),
    ("GET", "/ClientBankAccounts", bank.own_accounts, ("ClientBankAccount",)),
    ("GET", "/GeneralLedgerAccounts", reports.chart, ("GeneralLedgerAccount",)),
    ("GET", "/AccountTransactions", reports.transactions, ("AccountTransaction",)),
    ("GET", "/TrialBalance", reports.trial_balance, ("TrialBalance",)),
    ("GET", "/Customerledger/OpenItems", reports.open_items, ("CustomerLedger",)),
    ("GET", "/VatCodes", reports.vat_codes, ("CommonServices",)),
    ("GET", "/LockDateSettings", reports.lock_date, ("CommonServices",)),
    ("GET", "/Departments", reports.departments, ("Department",)),
    ("GET", "/Projects", reports.projects, ("Project",)),
    ("POST", "/Vouchers/BankJournals", journal.post, ("BankVoucher_Full",)),
    ("GET", "/Vouchers/BankJournals/{id}", journal.shown, ("BankVoucher_Full",)),
    ("POST", "/Vouchers/Reverse/{id}", journal.reverse, ("YearEndVoucher_Full",)),
]
