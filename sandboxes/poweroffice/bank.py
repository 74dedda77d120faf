"""What of v2 is about paying: supplier invoices, suppliers and their accounts, and the client's own bank accounts.

Amounts stand with the ledger's sign: what is owed to a supplier is negative.

Source: poweroffice-go-v2.openapi.yaml.
Assumed: a supplier invoice has the ledger's sign (its description says that the balance is greater than the total when part of it
is paid).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sandboxes import control
from sandboxes.poweroffice import listing
from sandboxes.poweroffice import state as state_


async def invoices(request: Request, client: state_.Client) -> Response:
    unpaid = request.query_params.get("onlyUnpaidInvoices", "").lower() == "true"
    return listing.answer(request, [row for row in client.books.invoices if row["Balance"] or not unpaid])


async def invoice(request: Request, client: state_.Client) -> Response:
    found = next((row for row in client.books.invoices if row["Id"] == request.path_params["id"]), None)
    problem = {"title": "Object(s) not found", "status": 404, "detail": "Incoming invoice not found."}
    return control.json_response(found or problem, 200 if found else 404)


async def suppliers(request: Request, client: state_.Client) -> Response:
    return listing.among(request, "supplierNos", list(client.books.suppliers.values()), "Number")


async def bank_accounts(request: Request, client: state_.Client) -> Response:
    return listing.among(request, "contactIds", client.books.accounts, "ContactId")


async def own_accounts(request: Request, client: state_.Client) -> Response:
    return listing.answer(request, client.books.own_accounts)
