"""What operators read of invoices that are paid through an accounting system's own API, in bokmål."""

from __future__ import annotations

TITLES = {"poweroffice": "PowerOffice", "fortnox": "Fortnox"}
NOT_LISTED = "den står ikke lenger blant ubetalte fakturaer"
NOT_ASKED = "den kunne ikke kontrolleres i dag, for systemet svarte ikke"
NOT_PAID = "Forfalte leverandørfakturaer som ikke blir betalt herfra før noen har sett på dem."


def not_paid(count: int) -> str:
    return f"{count} forfalte leverandørfakturaer kan ikke betales herfra. Se siden «payables» på kjøringen."
