"""A small month of movements for each client: fees with VAT, payouts, a payment that the factoring company took in itself, and what
follows it, a fee that was taken back, and one in euros."""

from __future__ import annotations

import datetime as dt
from typing import Any

_DEBTORS = {"4711": {"invoice_number": "5053"}, "4712": {"invoice_number": "70051", "buyer_number": "20005"}}
"""Of each client the invoice that its factoring company had before the day of the seed. One company names the buyer, too."""


def month(client: str, last: dt.date) -> list[dict[str, Any]]:
    """The movements of a client up to `last`, in the order in which they were made. Nothing for a client without a seed."""
    if client not in _DEBTORS:
        return []
    of_debtor = _DEBTORS[client]
    with_vat, week = {"vat_rate": "0.25"}, "Administrativt gebyr, uke"
    rows: list[tuple[int, str, str, dict[str, str]]] = [
        (27, "administrative_fee", "625.00", {**with_vat, "vat": "125.00", "text": f"{week} 1"}),
        (20, "administrative_fee", "333.33", {**with_vat, "vat": "66.67", "text": f"{week} 2"}),
        (20, "financial_fee", "1240.35", {"text": "Rente på forskudd"}),
        (14, "payment", "500.00", {**of_debtor, "text": "Innbetalt til factoringselskapet"}),
        (14, "reminder_fee", "70.00", {**of_debtor, "text": "Purregebyr betalt av kunden"}),
        (14, "interest", "38.25", {**of_debtor, "text": "Forsinkelsesrente betalt av kunden"}),
        (13, "administrative_fee", "625.00", {**with_vat, "vat": "125.00", "text": f"{week} 3"}),
        (12, "administrative_fee", "-625.00", {**with_vat, "vat": "-125.00", "text": f"{week} 3, tilbakeført"}),
        (10, "payout", "12500.00", {"text": "Utbetaling"}),
        (6, "payment", "-100.00", {**of_debtor, "text": "Innbetaling tilbakeført av banken"}),
        (3, "bad_debt", "50.00", {**of_debtor, "text": "Rest som ikke lar seg inndrive"}),
        (2, "return_data_fee", "250.00", {**with_vat, "vat": "50.00", "text": "Returdata"}),
        (1, "balance_change", "-5000.00", {"text": "Økt sikkerhetsmargin"}),
        (0, "payout", "7310.07", {"text": "Utbetaling"}),
    ]
    if client == "4712":
        rows.append((0, "administrative_fee", "12.50", {**with_vat, "vat": "2.50", "currency": "EUR", "text": f"{week} 4"}))
    return [
        {"kind": kind, "date": (last - dt.timedelta(days=ago)).isoformat(), "amount": amount, **more}
        for ago, kind, amount, more in rows
    ]
