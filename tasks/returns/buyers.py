"""Whose account a movement goes on, and which invoice it is matched with: what it says, and what the ledger knows of that."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fakturabro.domain import return_data
from fakturabro.ledger import opened
from fakturabro.ledger.returns import movements, sources

Row = tuple[movements.Row, return_data.Movement]


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is whose account it goes on, empty where nobody knows. `invoice_number` is that of our invoice, or else what was
    told.
    """

    number: str = ""
    invoice_number: str = ""
    kid: str = ""
    told: str = ""
    """The buyer that the movement names itself."""
    invoiced: str = ""
    """The buyer of our invoice that it names."""
    kids_invoice: str = ""
    """The invoice of ours that its KID names."""
    invoice_id: int | None = None


def find(ledger: opened.Ledger, tenant: str, rows: Sequence[Row]) -> dict[int, Buyer]:
    """By document. An invoice that was booked after the movement was recorded is found too."""
    numbers = {one.invoice_number for _, one in rows} - {""}
    known = sources.find_invoices(ledger, tenant, sorted(numbers), sorted({one.kid for _, one in rows} - {""}))
    return {row.document_id: _buyer(one, known) for row, one in rows}


def _buyer(one: return_data.Movement, known: sources.Invoices) -> Buyer:
    by_kid, invoice = known.by_kid.get(one.kid), known.find(one.invoice_number, one.kid)
    return Buyer(
        number=one.buyer_number or (invoice.customer_number if invoice else ""),
        invoice_number=invoice.number if invoice else one.invoice_number,
        kid=one.kid,
        told=one.buyer_number,
        invoiced=invoice.customer_number if invoice else "",
        kids_invoice=by_kid.number if by_kid else "",
        invoice_id=invoice.document_id if invoice else None,
    )
