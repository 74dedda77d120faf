"""The same claim twice: under another number, through another channel, or as another kind of document.

What does not belong here: where keys are kept and how the earlier document is found (the ledger).
"""

from __future__ import annotations

import decimal
import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal

from fakturabro.domain import documents, identity

_EXACT = decimal.Context(prec=60, traps=[])


def twin_key(invoice: documents.Invoice) -> str:
    """A hash over buyer, currency, amount due, date of issue and the lines' content, in 32 hexadecimal digits.

    Not over what another channel or a second try makes differ: number, kind, due date, KID, notes, line numbers and the order of
    the lines, case and blanks of texts. What credits is no twin of what it credits.
    """
    parts = [
        "credit" if invoice.kind == "credit_note" else "debit",
        _buyer(invoice.buyer),
        _plain(invoice.currency),
        _amount(invoice.totals.payable),
        invoice.issue_date.isoformat(),
        *sorted(map(_line, invoice.lines)),
    ]
    return hashlib.sha256("\x1e".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _buyer(buyer: documents.Party) -> str:
    """The first organisation number stated; without one, name and address."""
    numbers = [number.value for number in (buyer.company_id, buyer.endpoint) if number]
    vat = [tax.company_id for tax in buyer.tax_registrations if tax.scheme == "VAT"]
    for stated in (*numbers, *vat):
        number = re.sub(r"^NO|MVA$", "", identity.digits(stated).upper())
        if identity.is_organisation_number(number):
            return number
    address = buyer.address or documents.Address()
    return _joined([*numbers[:1], buyer.registration_name or buyer.name, address.street or address.line, address.postal_zone])


def _line(line: documents.Line) -> str:
    item = line.item
    amounts = (line.quantity.value, line.net_amount, line.price.amount)
    return _joined([item.name, item.sellers_id, item.tax_category.code, *map(_amount, amounts)])


def _joined(texts: Iterable[str | None]) -> str:
    return "\x1f".join(_plain(text or "") for text in texts)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).replace("\x1e", "").replace("\x1f", "")


def _amount(amount: Decimal) -> str:
    """The same text for 1.5 and 1.50, whatever kind of number it is."""
    return str(amount.normalize(_EXACT)) if amount else "0"
