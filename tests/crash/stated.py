"""What the source states of a document, told without our own code: its amount, and who gets it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_PAYABLE = re.compile(rb'<cbc:PayableAmount currencyID="([A-Z]{3})">([^<]*)<')
CONTRADICTING = {"totals_off", "vat_off"}
"""Problems of documents that say another amount than the source's list does."""


def payable(document: bytes) -> tuple[str, int] | None:
    """(currency, amount in minor units) that a UBL document asks for; None where it says nothing of that."""
    found = _PAYABLE.search(document)
    return (found[1].decode(), int(Decimal(found[2].decode()).scaleb(2))) if found else None


def listed(invoice: Any) -> tuple[str, int]:
    """(currency, amount in minor units) that the source's list says, positive on credit notes too."""
    return str(invoice.currency), abs(int(Decimal(str(invoice.total)).scaleb(2)))


def receivers(card: dict[str, Any] | None, invoice: Any, channel: str) -> tuple[str, ...]:
    """Whom the source names for a channel: a participant, e-mail addresses in alphabetical order, or the lines of an address."""
    known = card or {}
    if channel == "ehf":
        return (f"0192:{known.get('OrganizationNumber')}",)
    if channel in ("email", "link"):
        texts = (invoice.customer_email, known.get("InvoiceEmailAddress"), known.get("EmailAddress"))
        listed = next((text for text in texts if text and text.strip()), "")
        return tuple(sorted({part.strip() for part in re.split("[;,]", listed) if part.strip()}))
    where = known.get("MailAddress", {})
    lines = [where.get(name) for name in ("AddressLine1", "AddressLine2", "ZipCode", "City", "CountryCode")]
    return tuple(line.strip() for line in lines if line and line.strip())
