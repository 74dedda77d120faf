"""The Norwegian sentences about purchase costs and pictures."""

from __future__ import annotations

CORRECTION = "(korreksjon)"
"""Stands behind the description of a cost that puts right one that is invoiced."""
STOOD_THERE = "Kostnaden sto der fra før og er ikke ført en gang til."
PRICE_STAYS = "Prisen er endret i Severa og er beholdt; bare kostnaden er oppdatert."
NOTHING_STANDS = "Raden er tatt bort i Fortnox før den ble ført; ingenting er ført i Severa."
INVOICED = "Kostnaden står på en faktura i Severa, så bare beløpet kan rettes, med en ny kostnad."
REMOVED_THERE = "Kostnaden er slettet i Severa og er ikke ført på nytt."
FILE_STOOD_THERE = "Filen lå der fra før og er ikke lagt inn en gang til."


def unclear(key: str) -> str:
    """`key` is our own: the invoice's number in Fortnox and the row's."""
    return (
        f"Kostnad {key} ble endret i Fortnox etter at den ble ført, og det er ikke klart hvilken på prosjektet i Severa den er. "
        "Ingenting er ført på nytt. Rett beløpene for hånd i Severa."
    )


def other_currency(currency: str | None) -> str:
    return f"Kostnaden står i {currency or 'ukjent valuta'} i Severa, men beløpet i Fortnox er i SEK. Rett den for hånd i Severa."


def nothing_readable(number: str) -> str:
    return f"Ingen av filene til leverandørfaktura {number} kan gjøres om til PDF. Legg et lesbart bilde på den i Fortnox."


def file_name(number: str, addition: str) -> str:
    """What the pictures of a supplier's invoice are called among a project's files."""
    return f"Leverandørfaktura {number}{addition}.pdf"
