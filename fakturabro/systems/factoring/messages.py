"""The Norwegian sentences of this package."""

from __future__ import annotations


def stands_already(number: str) -> str:
    return f"Bilag {number} er allerede bokført i factoringsystemet."


def another_stands(number: str) -> str:
    return (
        f"I factoringsystemet står det allerede en annen post for bilag {number} (annen KID, valuta eller annet beløp). "
        "Avklar med factoringselskapet før noe sendes."
    )


def payment_stands_already(reference: str) -> str:
    return f"Innbetaling {reference} er allerede postert i factoringsystemet."


def another_payment_stands(reference: str) -> str:
    return (
        f"I factoringsystemet står innbetaling {reference} med et annet beløp, en annen valuta eller en annen KID. "
        "Avklar med factoringselskapet før noe posteres."
    )


def out_of_order(after: int) -> str:
    return (
        f"Factoringsystemet ga bevegelsene etter nummer {after} i feil rekkefølge, eller noen av dem to ganger. "
        "Ingen av dem ble lest. Avklar med factoringselskapet: noen kunne ellers aldri bli lest."
    )


def unknown_ledger(tenant: str, client: str) -> str:
    return (
        f"Factoringsystemet kjenner ikke reskontroen til {tenant} (klientnummer {client}). Ingenting ble bokført. "
        "Kontroller klientnummeret i factoringavtalen og adressen til factoringsystemet."
    )
