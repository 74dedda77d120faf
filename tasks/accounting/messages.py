"""What operators and bookkeepers read of postings through an accounting system's own API, in bokmål."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from fakturabro.domain import bank_accounts, money
from fakturabro.ledger.incoming import payments as incoming

PAID = "Betaling til leverandør"
RETURNED = "Betaling til leverandør, kommet i retur"
INCOMING = "Innbetaling"
NOTHING_TO_BOOK = "Ingen penger er flyttet, så det er ingenting å føre. Fakturaen står åpen i regnskapssystemet."
BY_HAND_RETURN = "Betalingen er kommet i retur. Fortnox har ingen måte å ta tilbake en bokført betaling på: før den for hånd."

LIKE_REFUSED = (
    "En innbetaling har samme faktura, dag og beløp som en annen som ble avvist, og de kan ikke skilles. Før den for hånd."
)

UNMATCHED = "uten kjent faktura eller kunde er ikke ført i regnskapssystemet"
MORE_THAN_OWED = "er mer enn fakturaen i Fortnox, eller i en annen valuta, og kan ikke føres der"
TAKEN_BACK = "er tatt tilbake av banken, eller tar tilbake en annen, og kan ikke føres i Fortnox"
_NAMED = 5


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
        f"Regnskapet er låst til og med {until:%d.%m.%Y}. Betalinger fra den tiden venter, og føres herfra når perioden er åpen. "
        "Før dem ikke for hånd: da står de der to ganger."
    )


def left_to_people(why: str, rows: Sequence[tuple[incoming.Incoming, str]]) -> str:
    """What waits for a person, with the payer's account of each ("" unknown); the first few are named."""
    which = "innbetaling" if len(rows) == 1 else "innbetalinger"
    return f"{len(rows)} {which} {why}: {_listed(rows)}. Plasser dem, eller før dem for hånd, og svar på godkjenningssiden."


def posted_after_all(rows: Sequence[tuple[incoming.Incoming, str]]) -> str:
    """Of what people were asked to post by hand, and nobody has said to be posted."""
    return (
        f"Kan føres herfra likevel, og føres i neste kjøring: {_listed(rows)}. Ikke før dem for hånd. Har noen alt ført en av dem, "
        "ta bort det bilaget, ellers står den to ganger."
    )


def netted_late(rows: Sequence[tuple[incoming.Incoming, str]]) -> str:
    """Of what people were asked to post by hand before the bank took it back."""
    return (
        f"Tatt tilbake av banken etter at dere ble spurt om å føre dem for hånd: {_listed(rows)}. Verken de eller det som tar dem "
        "tilbake, føres herfra. Har noen alt ført en av dem, før tilbakeføringen også."
    )


def _listed(rows: Sequence[tuple[incoming.Incoming, str]]) -> str:
    """The first few."""
    more = f" og {len(rows) - _NAMED} til" if len(rows) > _NAMED else ""
    return "; ".join(received(*one) for one in rows[:_NAMED]) + more


def received(row: incoming.Incoming, payer: str) -> str:
    """A payment in a few words: day, amount, the payer's account, KID."""
    when = f"{row.booked_on:%d.%m.%Y} " if row.booked_on else ""
    who = f" fra konto {bank_accounts.masked(payer)}" if payer else ""
    return f"{when}{money.norwegian(row.amount, row.currency)}{who}, {f'KID {row.kid}' if row.kid else 'uten KID'}"


def entered_by_hand(person: str) -> str:
    return f"Ført for hånd i regnskapet, sier {person}. Herfra føres den aldri."


NETTED = "Banken har tatt den tilbake før den ble ført. Verken den eller det som tar den tilbake, føres."


def fetched_there(account: str) -> str:
    return (
        f"PowerOffice henter selv innbetalinger på konto {bank_accounts.masked(account)}. De ville blitt ført to ganger: slå av "
        "tjenesten i PowerOffice, eller sett «Innbetalinger» til «none»."
    )


def from_files(count: int) -> str:
    return (
        f"{count} betalinger kom i filer, så API-et kan ikke si hvilke fakturaer de gjelder. "
        "Velg «bank_files» eller «list» som tilbakemelding for dem."
    )


def moved_by_hand(count: int, system: str) -> str:
    return f"{count} innbetalinger er avklart etter at de ble ført i {system}. Flytt dem til riktig faktura der."
