"""The demo's factoring company: what it tells of each client before the night, by its interface or as a list in a folder, and
which accounts of the client's books in PowerOffice all of it must stand on, reckoned from its own state and not by our code."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import httpx

from console import serving, serving_return_data

CUSTOMERS, CONTRA, BALANCE, ROUNDING = 1500, 1510, 2990, 7740
_VAT, _TAXED = 2710, ("administrative_fee", "return_data_fee")
_POSTED = {
    "administrative_fee": (6970, BALANCE),
    "return_data_fee": (6970, BALANCE),
    "financial_fee": (6975, BALANCE),
    "payout": (1920, BALANCE),
    "balance_change": (BALANCE, 1515),
    "payment": (BALANCE, CUSTOMERS),
}
"""Debit and credit, as the tenants' file has them; a payment's contra account has nothing left after its settlement."""
_OWN: Mapping[str, Mapping[str, tuple[int, int]]] = {"skagerrak": {"bad_debt": (7830, CUSTOMERS)}}

Line = tuple[str, int, str]
"""Currency, account, and on a customer: its number and the invoice's ("10001/5001")."""
Lines = dict[Line, Decimal]


class Reckoned(NamedTuple):
    """What must stand in a client's books: on each account, which movements must be held, and what the company owes."""

    lines: Lines
    held: dict[str, Decimal]
    """Movement's number -> by how much it would change the balance; a kind that nobody has an account for changes none."""
    owed: dict[str, Decimal]
    """By currency."""


def tell(installation: serving.Installation, day: dt.date) -> None:
    """A month of movements of each client up to `day`, and a payment that the company took in by itself. Raises httpx.HTTPError."""
    serving_return_data.tell_month(installation, day)
    known = installation.sandboxes["factoring"]
    with httpx.Client(base_url=known["url"], headers={"Authorization": f"Bearer {known['key']}"}, timeout=30) as company:
        for number in (client["factoring_number"] for client in installation.clients().values()):
            items = company.get(f"/ledger/{number}/open-items").raise_for_status().json()["items"]
            one = max((item for item in items if _is_untouched(item)), key=lambda item: item["number"])
            paid = {"invoice_number": one["number"], "kid": one["kid"], "text": "Innbetalt til factoringselskapet"}
            payment = {"kind": "payment", "date": day.isoformat(), "amount": one["amount"], **paid}
            company.post(f"/sandbox/ledger/{number}/movements", json=payment).raise_for_status()
    serving_return_data.leave_lists(installation, day)


def _is_untouched(item: Mapping[str, Any]) -> bool:
    return item["type"] == "invoice" and item["currency"] == "NOK" and item["open"] == item["amount"]


def fetch_state(installation: serving.Installation) -> dict[str, Any]:
    """All that the factoring company has. Raises httpx.HTTPError."""
    return httpx.get(f"{installation.sandboxes['factoring']['url']}/sandbox/state").raise_for_status().json()


def fetch_vouchers(installation: serving.Installation, client_key: str) -> list[dict[str, Any]]:
    """Every voucher of a client in PowerOffice, amounts as Decimal. Raises httpx.HTTPError."""
    control = installation.sandboxes["poweroffice"]["v1_control_url"]
    answer = httpx.get(f"{control}/books/{client_key}").raise_for_status()
    return json.loads(answer.text, parse_float=Decimal, parse_int=int)


def find_first(installation: serving.Installation, client_key: str) -> int:
    """The number of the first voucher that came by the API. Raises httpx.HTTPError, StopIteration when there is none."""
    return next(one["number"] for one in fetch_vouchers(installation, client_key) if one["reference"])


def reckon(state: Mapping[str, Any], client: str, tenant: str) -> Reckoned:
    """What the movements and the payments of a client come to, when each stands once and what cannot be posted stands nowhere."""
    buyers = {one["entry"]["number"]: one["entry"]["buyer_number"] for one in state["entries"] if one["client"] == client}
    table = {**_POSTED, **_OWN.get(tenant, {})}
    lines: defaultdict[Line, Decimal] = defaultdict(Decimal)
    held: dict[str, Decimal] = {}
    for name, made in _movements(state, client):
        number = made.get("invoice_number", "")
        buyer = made.get("buyer_number") or buyers.get(number, "")
        if made["kind"] not in table:
            held[name] = Decimal(0)
        elif CUSTOMERS in table[made["kind"]] and not buyer:
            held[name] = Decimal(made["amount"]) * (BALANCE in table[made["kind"]])
        else:
            for account, amount in _lines(made, table[made["kind"]]):
                lines[made["currency"], account, f"{buyer}/{number}" if account == CUSTOMERS else ""] += amount
    owed = {one["currency"]: -Decimal(one["amount"]) for one in state["trial_balance"] if _is_owed(one, client)}
    return Reckoned({line: amount for line, amount in lines.items() if amount}, held, owed)


def _is_owed(row: Mapping[str, Any], client: str) -> bool:
    return row["client"] == client and row["account"] == "client"


def _movements(state: Mapping[str, Any], client: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the company told, by its numbers, and what it was told of payments through the bank."""
    for one in state["movements"]:
        if one["client"] == client:
            yield str(one["id"]), one["made"]
    for one in state["payments"]:
        if one["client"] == client:
            for to in one["payment"]["allocations"]:
                said = {"kind": "payment", "currency": one["payment"]["currency"], "invoice_number": to["number"]}
                yield f"{one['payment']['reference']} {to['number']}", {**said, "amount": to["amount"]}


def _lines(made: Mapping[str, Any], row: tuple[int, int]) -> Iterator[tuple[int, Decimal]]:
    debit, credit = row
    amount, vat = Decimal(made["amount"]), Decimal(made.get("vat") or 0) if made["kind"] in _TAXED else Decimal(0)
    yield from ((debit, amount - vat), (_VAT, vat), (credit, -amount))
