"""What operators and approvers read of incoming payments, matching and incidents, in Norwegian."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from fakturabro.domain import bank_accounts, calendar, matching, money
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.incoming import repeats

_WHY: dict[matching.Why, str] = {
    "kid": "KID og beløp stemmer",
    "several": "betaler flere fakturaer, som til sammen er beløpet",
    "part_payment": "delbetaling",
    "over_payment": "betalt for mye; foreslås betalt tilbake",
    "paid_already": "fakturaen er betalt fra før; foreslås betalt tilbake når banken ikke har registrert den to ganger",
    "credited": "fakturaen er kreditert; foreslås betalt tilbake",
    "reversal": "tar tilbake en tidligere innbetaling",
    "unknown_kid": "ingen faktura har denne KID-en",
    "no_kid": "mangler KID",
    "several_open": "flere åpne fakturaer har denne KID-en, og beløpet sier ikke hvilken",
    "other_currency": "fakturaen er i en annen valuta",
    "nothing_to_reverse": "tar tilbake en innbetaling som ikke finnes",
    "nothing_paid": "beløpet er null",
    "chosen_too_late": "ble plassert på en faktura som da var gjort opp; plasser den der den er postert",
    "refused": "står fordelt på en annen måte der den er postert; se etter der",
}
_CLUES: dict[matching.Clue, str] = {
    "same_kid": "samme KID",
    "named": "nevnt i meldingen",
    "kid_characters": "KID uten fremmede tegn",
    "kid_leading_zeros": "KID med rett antall nuller foran",
    "kid_transposition": "to sifre i KID byttet om",
    "kid_check_digit": "kontrollsifferet i KID er rettet",
    "payer": "samme konto har betalt for denne kunden før",
    "amount": "eneste åpne faktura på dette beløpet",
}
_NAMED = 5
_DECIDED = {
    "wrong": "Den gjentar en tidligere dag, og er en feil (avgjort av en person).",
    "left": "Den skal ikke bokføres (avgjort av en person).",
}
NOT_KEPT = (
    "Innholdet av en bankfil er ikke lenger i hovedboken, så den kan ikke legges i regnskapets mappe. Hent den fra banken på nytt "
    "og legg den i mappen selv; betalingene i den venter her."
)


def other_content(message: str) -> str:
    what = f"er {message}" if message else "har et innhold vi ikke kjenner"
    return f"Filen {what}, og er verken OCR-giro eller camt.053/054. Rett filnavnene i innstillingene, eller spør banken."


def set_aside(name: str, why: Iterable[str]) -> str:
    return f"{name} er lagt til side, og ingenting av den er postert. {' '.join(why)} Be banken om filen på nytt."


def decided(name: str, why: str) -> str:
    """Of a file that was set aside before; `why` is a code or what was wrong in it."""
    return set_aside(name, [why]) if why not in _DECIDED else f"{name} er lagt til side. {_DECIDED[why]}"


def nameless(name: str, count: int) -> str:
    return (
        f"{name}: {count} {_plural(count, 'innbetaling', 'innbetalinger')} uten bankens referanse er helt lik en i en tidligere "
        "fil og regnet som kjent fra før. Se på kontoen om det er den samme, og be banken om referanser."
    )


def _plural(count: int, one: str, more: str) -> str:
    return one if count == 1 else more


def differs(name: str, reference: str, before: int, now: int, currency: str) -> str:
    if before == now:
        return (
            f"{name}: bankens referanse {reference} er brukt før, på en innbetaling med samme beløp "
            f"({money.norwegian(now, currency)}) og en annen KID, dag eller betaler. Den første står, den andre er ikke postert. "
            "Spør banken om det er to."
        )
    return (
        f"{name}: innbetaling {reference} er meldt før med {money.norwegian(before, currency)}, nå med "
        f"{money.norwegian(now, currency)}. Det første står, det andre er ikke postert. Spør banken hva som er rett."
    )


def doubtful(name: str, rows: Sequence[incoming.Incoming]) -> str:
    """What stands stopped because another payment has its reference; the first few are named."""
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount
    named = ", ".join(f"{one.reference.partition('#')[0]} ({money.norwegian(one.amount, one.currency)})" for one in rows[:_NAMED])
    return (
        f"{name}: {len(rows)} {_plural(len(rows), 'innbetaling', 'innbetalinger')} på {amounts(sums)} har en referanse som er "
        f"brukt på en annen før, og er ikke postert: {named}. Spør banken om det er to, og svar på godkjenningssiden."
    )


def told_otherwise(name: str, settlement: str) -> str:
    return (
        f"{name}: postering {settlement} er meldt før, den ene gangen som én sum og den andre betaling for betaling. Det første "
        "står, det andre er ikke postert. Spør banken hvilken fil som gjelder."
    )


def not_forwarded(name: str, why: str) -> str:
    return f"{name} er lest, men ligger ikke i regnskapets mappe ennå: {why} Det prøves igjen i neste kjøring."


def overlaps(name: str, known: int, new: int) -> str:
    return (
        f"STANSET: {name} har {known} {_plural(known, 'innbetaling', 'innbetalinger')} som er kjent fra en annen fil, og {new} "
        f"{_plural(new, 'ny', 'nye')}. Legges den i regnskapets mappe, bokføres de kjente to ganger. Før de nye i regnskapet for "
        "hånd, eller be banken om en fil med bare dem, og svar på godkjenningssiden."
    )


def sums_differ(name: str, stated: str, counted: str) -> str:
    return f"{name}: filen er på {stated}, men {counted} er gjort rede for. Ingenting av den posteres. Si fra til drift."


def amounts(sums: Mapping[str, int]) -> str:
    """Sums by currency: "kr 1 200,00 og EUR 3,00"."""
    return " og ".join(money.norwegian(amount, currency) for currency, amount in sorted(sums.items())) or money.norwegian(0)


def carried_past(name: str, number: str, count: int, sums: Mapping[str, int]) -> str:
    masked = bank_accounts.masked(number)
    return (
        f"{name}: {count} {_plural(count, 'innbetaling', 'innbetalinger')} på {amounts(sums)} gjelder konto {masked}, som ikke er "
        "klientens og ikke er postert."
    )


def unknown_account(name: str, number: str, count: int, sums: Mapping[str, int]) -> str:
    return (
        f"{carried_past(name, number, count, sums)} Er kontoen klientens, legg den til i kontoer og filen i bankens mappe på nytt; "
        "er den en annens, legg den til i andres kontoer."
    )


def empty(name: str) -> str:
    return f"{name} har ingen innbetalinger og ingen betalingsoppdrag. Spør banken hvis dere ventet noe."


class Proposal(Protocol):
    """Why a payment stands in suspense, and what a person may choose."""

    @property
    def why(self) -> matching.Why: ...
    @property
    def candidates(self) -> Sequence[matching.Candidate]: ...


def candidate(one: matching.Candidate, currency: str) -> str:
    """One line of what a person may choose."""
    numbers = " og ".join(given.number for given in one.allocations)
    total = money.norwegian(sum(given.amount for given in one.allocations), currency)
    which = f"faktura {numbers}" if len(one.allocations) == 1 else f"fakturaene {numbers}"
    return f"{which}: {total} plasseres ({_CLUES[one.clue]}{', beløpet stemmer' if one.fits else ''})"


def payment_line(row: incoming.Incoming, payer: str) -> str:
    """One line of a payment that a person must place."""
    when = f", bokført {row.booked_on:%d.%m.%Y}" if row.booked_on else ""
    who = f" fra {payer}" if payer else ""
    to = bank_accounts.masked(row.account)
    return f"{money.norwegian(row.amount, row.currency)}{who} til konto {to}{when}, KID {row.kid or '(ingen)'}"


def suspense_row(row: incoming.Incoming, found: Proposal | None) -> dict[str, str]:
    """One line of the page of what stands in suspense; whoever paid is not named there."""
    return {
        "Bokført": f"{row.booked_on:%d.%m.%Y}" if row.booked_on else "",
        "Uplassert": money.norwegian(row.rest, row.currency),
        "Innbetalt": money.norwegian(row.amount, row.currency),
        "KID": row.kid,
        "Konto": bank_accounts.masked(row.account),
        "Hvorfor": _WHY[found.why] if found else "",
        "Forslag": "; ".join(candidate(one, row.currency) for one in found.candidates) if found else "",
        "Bankens referanse": row.reference,
    }


def choice_is_gone(reference: str) -> str:
    return (
        f"Innbetaling {reference} ble plassert av en person, men så mye er ikke lenger åpent på fakturaen. Den står fortsatt til "
        "avklaring; plasser den der den er postert."
    )


def suspended(rows: Sequence[incoming.Incoming]) -> str:
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.currency] = sums.get(one.currency, 0) + one.rest
    return f"{len(rows)} innbetalinger med {amounts(sums)} uplassert. De med forslag avgjøres på godkjenningssiden."


def incident(name: str, found: repeats.Repeated, taken_back: int = 0) -> str:
    seen = f" Banken har tatt tilbake {taken_back} av dem." if taken_back else ""
    return (
        f"STANSET: {name} gjentar {found.count} av {found.of} innbetalinger på {money.norwegian(found.amount)} som er meldt før "
        f"({_days(found, ', ')}). Ingenting av filen er postert. Ikke betal noe tilbake før banken har tatt dobbelen tilbake eller "
        f"en person har avgjort det på godkjenningssiden.{seen}"
    )


def _days(found: repeats.Repeated, between: str) -> str:
    return between.join(f"{count} fra {day:%d.%m.%Y}" for _, day, count in found.earlier)


def incident_shown(name: str, received: dt.datetime, count: int, sums: Mapping[str, int], why: str) -> dict[str, str]:
    """What the approvals page shows of a stopped file; `why` in a few lines."""
    return {
        "file": name,
        "received": f"{received.astimezone(calendar.OSLO):%d.%m.%Y %H:%M}",
        "count": str(count),
        "sum": amounts(sums),
        "repeats": why,
    }


def repeated(found: repeats.Repeated) -> str:
    return f"{found.count} betalinger på {money.norwegian(found.amount)}\n{_days(found, chr(10))}"


def also_new(known: int, new: int) -> str:
    return f"{known} kjent fra en annen fil, {new} {_plural(new, 'ny', 'nye')}"


TAKES_BACK_WHAT_IS_WRONG = "Tar tilbake innbetalinger fra en fil som er lagt til side som feil"


def takes_back_what_is_wrong(name: str) -> str:
    return (
        f"STANSET: {name} tar tilbake innbetalinger fra en fil som er lagt til side som feil. Regnskapet skal ha begge "
        "filene eller ingen av dem: legg dem i regnskapets mappe selv, eller la dem ligge, og svar på godkjenningssiden."
    )


def another_payment(reference: str) -> str:
    return f"I factoringsystemet står innbetaling {reference} annerledes enn vi sendte den. Avklar med factoringselskapet."


def not_settled(reference: str, why: str) -> str:
    return f"Plasseringen av innbetaling {reference} ble avvist av factoringsystemet: {why}"
