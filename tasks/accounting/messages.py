"""What operators and bookkeepers read of postings through an accounting system's own API, in bokmål."""

from __future__ import annotations

import datetime as dt

from fakturabro.domain import bank_accounts

PAID = "Betaling til leverandør"
RETURNED = "Betaling til leverandør, kommet i retur"
INCOMING = "Innbetaling"
NOTHING_TO_BOOK = "Ingen penger er flyttet, så det er ingenting å føre. Fakturaen står åpen i regnskapssystemet."
BY_HAND_RETURN = "Betalingen er kommet i retur. Fortnox har ingen måte å ta tilbake en bokført betaling på: før den for hånd."

LIKE_REFUSED = (
    "En innbetaling har samme faktura, dag og beløp som en annen som ble avvist, og de kan ikke skilles. Før den for hånd."
)


def posted(voucher_no: object) -> str:
    return f"Ført som bilag {voucher_no}."


def registered(number: object) -> str:
    return f"Registrert og bokført som betaling {number}."


def another_voucher(voucher_no: object) -> str:
    return f"Bilag {voucher_no} i regnskapssystemet har vår referanse, men et annet beløp. Rett det der."


def no_invoice(name: str) -> str:
    return f"Fakturaen som betaling {name} gjelder, finnes ikke lenger i regnskapssystemet. Før betalingen for hånd."


def no_ledger_account(account: str) -> str:
    masked = bank_accounts.masked(account)
    return f"Konto {masked} mangler i accounting.api.ledger_accounts, eller kontoen som den føres mot, finnes ikke i regnskapet."


def locked(until: dt.date) -> str:
    return (
        f"Regnskapet er låst til og med {until:%d.%m.%Y}. Betalinger fra den tiden venter: åpne perioden, eller før dem for hånd."
    )


def unmatched() -> str:
    return "Innbetalinger uten kjent faktura eller kunde er ikke ført i regnskapssystemet. De venter til de er avklart."


def fetched_there(account: str) -> str:
    return (
        f"PowerOffice henter selv innbetalinger på konto {bank_accounts.masked(account)}. De ville blitt ført to ganger: slå av "
        "tjenesten i PowerOffice, eller sett «Innbetalinger» til «none»."
    )


def by_hand_customer() -> str:
    return "Innbetalinger som er mer enn fakturaen, eller som er tatt tilbake, kan ikke føres i Fortnox. Før dem for hånd."


def from_files(count: int) -> str:
    return (
        f"{count} betalinger kom i filer, så API-et kan ikke si hvilke fakturaer de gjelder. "
        "Velg «bank_files» eller «list» som tilbakemelding for dem."
    )


def moved_by_hand(count: int, system: str) -> str:
    return f"{count} innbetalinger er avklart etter at de ble ført i {system}. Flytt dem til riktig faktura der."
