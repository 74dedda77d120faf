"""What operators read of sales invoices from Severa to Fortnox."""

from __future__ import annotations

from collections.abc import Iterable

TEXTS = {
    "our_reference": "Vår referanse",
    "your_reference": "Deres referanse",
    "your_order_number": "Ordrenummer",
    "remarks": "Fakturatekst",
    "customer_name": "Kundenavn",
    "address1": "Adresse",
    "zip_code": "Postnummer",
    "city": "Poststed",
    "country": "Land",
}
"""By the field of Fortnox' invoice."""
DELETED = "slettet"
NO_STATUS = "ingen status"


def row(place: int) -> str:
    return f"Rad {place}"


def made(number: str) -> str:
    return f"Fakturaen står i Fortnox med nummer {number}."


def rounded_vat(stands: object, ours: object) -> str:
    return f"Mva er {stands} i Fortnox og {ours} i Severa."


def attached(count: int) -> str:
    return f"{count} vedlegg på fakturaen i Fortnox." if count else "Fakturaen har ingen vedlegg."


def moved(status: str) -> str:
    return f"Fakturaen har status «{status}» i Severa."


def withdrawn(status: str) -> str:
    return f"Fakturaen har fått status «{status}» i Severa, og overføres ikke."


def changed() -> str:
    return "Fakturaen er endret i Severa siden den ble lest. Den leses på nytt i neste kjøring."


def otherwise(number: str, unlike: Iterable[tuple[str, object, object]]) -> str:
    said = "; ".join(f"{what} er {stands}, skal være {ours}" for what, stands, ours in unlike)
    return f"Faktura {number} står i Fortnox, men ikke som den skal: {said}. Makuler den der; den lages ikke igjen."


def several(numbers: Iterable[str]) -> str:
    return f"Fakturaen står flere ganger i Fortnox: {', '.join(numbers)}. Makuler alle unntatt én der."


def another_number(number: int, ours: str) -> str:
    return f"Fakturaen har nummer {number} i Severa, men {ours} i Fortnox. Rett nummeret i Severa."


def no_such_status(name: str) -> str:
    return f"Fakturastatusen «{name}» finnes ikke én gang i Severa. Rett den i Severa eller i oppsettet."


def not_paid_after_all(number: str) -> str:
    return f"Faktura {number} er ikke lenger betalt i Fortnox."


PAYMENT_DATE_LOCKED = "Statusen i Severa er skrivebeskyttet, så betalingsdatoen kan ikke settes."
