"""The Norwegian sentences of the bank's flows: what operators read in the Prefect UI and in mails of what went wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from fakturabro.domain import calendar, money, payments
from fakturabro.formats.iso20022 import reasons
from fakturabro.ledger.payments import orders as payment_orders
from tasks.payments import pages as payment_pages

NO_BANK_FOLDER = "Det er ikke satt opp noen mappe som betalingsfiler til banken legges i (bank, Mapper, Legges i)."
EMPTY = "Filen er tom. Kontroller at hele filen kom fram."
NO_ACCOUNTING_FOLDER = "Det er ikke satt opp noen mappe for regnskapet (Regnskap, Mapper, Legges i). Tilbakemeldinger venter."
OTHER_CONTENT = (
    "Innholdet er ikke et svar fra banken (pain.002, camt.054, camt.053 eller Telepay). Kontroller filnavnene i oppsettet."
)
THE_BANK_KNOWS_IT = "Banken har svart på filen, så den er mottatt."
LIES_IN_FOLDER = "Bankens filer om betalingen ligger i regnskapets mappe."
A_PERSON_KNOWS_IT = "En godkjenner har sett filen i nettbanken."
A_PERSON_MISSES_IT = "En godkjenner har svart at banken ikke har filen. Den sendes på nytt."
STALE = "Filen ble ikke sendt, og kan ikke gå som den er lenger. Den lages på nytt."


PERSON = "PERSON"
"""The reason of what a person concluded; no code of a bank."""
REPEATS = "gjentakelse"
"""How a payment ended that repeated another, in the list given back."""


def nobody_to_ask(tenant: str, count: int) -> str:
    return (
        f"{count} avgjørelse(r) venter på en godkjenner, og {tenant} har ingen med kodegenerator. "
        f"Kjør `fakturabro enrol {tenant}` med adressen til en som kan."
    )


def not_made(name: str, why: str) -> str:
    return f"{name} kunne ikke skrives til banken: {why} Det er ikke sendt."


def another_place(name: str, place: str) -> str:
    return (
        f"Filen {name} ble laget for {place}, men innstillingene peker nå et annet sted. Den sendes ikke. Sett innstillingen "
        "tilbake, eller avklar med banken at filen ikke er mottatt."
    )


def may_not_pay(name: str) -> str:
    return (
        f"Filen {name} betaler fra en konto som etter innstillingene ikke skal betales fra lenger, og banken kan kjenne den fra "
        "før. Den sendes ikke. La kontoen kunne betales fra igjen, eller avklar med banken at filen ikke er mottatt."
    )


def answered_before(name: str) -> str:
    return (
        f"Banken har svart på betalinger i {name}, men etter hovedboken er filen ikke sendt. Den regnes som mottatt og sendes "
        "ikke. Kontroller i nettbanken hva banken har. Det den aldri viser, blir en godkjenner spurt om."
    )


def at_line(sentence: str, line: int | None, column: int | None = None) -> str:
    where = f"Linje {line}, tegn {column}" if column else f"Linje {line}"
    return f"{where}: {sentence}" if line else sentence


def at_place(sentence: str, line: int | None, place: str) -> str:
    return f"Linje {line}, {place}: {sentence}" if line else f"{place}: {sentence}"


def more_faults(count: int) -> str:
    return f"Og {count} feil til."


def set_aside(name: str, faults: Sequence[str]) -> str:
    return f"Filen {name} er satt til side, og ingenting av den er brukt. {' '.join(faults)}".rstrip()


def not_forwarded(name: str, why: str) -> str:
    return f"{name} er lest, men ligger ikke i regnskapets mappe ennå: {why} Det prøves igjen i neste kjøring."


def other_money(name: str, amount: Decimal, currency: str) -> str:
    moved = money.norwegian(money.to_minor(abs(amount)), currency)
    return (
        f"Banken viser {moved} på {name}, men det er ikke kontoen og beløpet vi ba om. Betalingen regnes ikke som utført. "
        "Kontroller den i nettbanken."
    )


def incoming_in_debits(name: str, count: int) -> str:
    return (
        f"Filen {name} har {count} innbetaling(er) og er tatt som en fil om utbetalinger. De er ikke bokført. La navnet i "
        "oppsettet bety credits, eller be banken sende dem hver for seg."
    )


def repeated(name: str) -> str:
    return (
        f"Banken sier at den har {name} fra før. Det den fikk først, gjelder. Betal det ikke på nytt før nettbanken eller "
        "kontoutskriften viser at det første ikke ble betalt."
    )


def more_sentences(count: int) -> str:
    return f"I tillegg {count} meldinger av samme slag; se betalingene med `fakturabro show`."


def rejected(count: int, reason: str) -> str:
    which = "Banken avviste én betaling" if count == 1 else f"Banken avviste {count} betalinger"
    codes = reason.split() or [""]
    return f"{which}. {' '.join(reasons.norwegian(payments.Reason(code=code)) for code in codes)}"


def returned(count: int) -> str:
    which = "Én betaling" if count == 1 else f"{count} betalinger"
    return f"{which} kom i retur fra mottakerens bank. Kontroller kontonummeret hos mottakeren før det betales på nytt."


def contradicts(name: str, stage: str) -> str:
    """`stage` is what the bank says now."""
    return (
        f"Banken sier nå om {name}: {payment_pages.STAGES.get(stage, 'noe nytt')}. Det strider mot det den sa før. Kontroller "
        "i nettbanken med en gang: den kan være betalt to ganger, eller ikke i det hele tatt."
    )


def no_answer(orders: Sequence[payment_orders.Order]) -> str:
    oldest = "de eldste " if len(orders) > 1 else ""
    return (
        f"Banken har ikke kvittert for {_which(orders)}, {oldest}overlevert {_since(orders)}. Se etter filen i "
        "nettbanken. Ikke send den på nytt for hånd."
    )


def not_approved(orders: Sequence[payment_orders.Order]) -> str:
    oldest = ", de eldste" if len(orders) > 1 else ""
    return (
        f"{_which(orders, first='Én')} venter på godkjenning i banken{oldest} siden {_since(orders)}. Be "
        "den som godkjenner i nettbanken, gjøre det."
    )


def no_funds(orders: Sequence[payment_orders.Order]) -> str:
    return f"{_which(orders, first='Én')} venter på dekning. Fyll på kontoen."


def not_proven(orders: Sequence[payment_orders.Order]) -> str:
    oldest = f"{min(one.due for one in orders):%d.%m.%Y}"
    due = f"er forfalt, de eldste {oldest}," if len(orders) > 1 else f"forfalt {oldest}"
    return (
        f"{_which(orders, first='Én')} {due} uten at banken har vist at pengene gikk. Kontroller i nettbanken, og ikke betal på "
        "nytt før det er gjort. Varer det, blir en godkjenner spurt."
    )


def in_doubt(count: int) -> str:
    which, it = ("én betaling", "Den") if count == 1 else (f"{count} betalinger", "De")
    return f"Ingen vet om {which} kom fram til banken. Kontroller i nettbanken. {it} sendes ikke på nytt av seg selv."


def _which(orders: Sequence[payment_orders.Order], first: str = "én") -> str:
    count = f"{first} betaling" if len(orders) == 1 else f"{len(orders)} betalinger"
    return f"{count} ({payment_pages.sums(orders)})"


def _since(orders: Sequence[payment_orders.Order]) -> str:
    return f"{min(one.stage_at for one in orders).astimezone(calendar.OSLO):%d.%m.%Y kl. %H:%M}"


def repeats(name: str, entered_on: dt.date) -> str:
    return f"Samme betaling ble tatt inn {entered_on:%d.%m.%Y} som {name}. Det er den som følges, og denne er ikke sendt."


def other_payment(name: str) -> str:
    return f"Referansen {name} er en annen betalings, og den er ikke berørt."


def why_ended(stage: str, reason: str) -> str:
    """What a bookkeeper reads of a payment that ended otherwise than paid; nothing of one that was paid."""
    if stage == "executed":
        return ""
    if stage == "cancelled":
        return "Betalingen ble stanset før den gikk til banken."
    if reason == PERSON:
        return "En godkjenner har sett i nettbanken at betalingen ikke ble gjort."
    return " ".join(reasons.norwegian(payments.Reason(code=code)) for code in reason.split() or [""])
