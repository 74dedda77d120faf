"""What operators and approvers read of incoming payments, matching and incidents, in Norwegian."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fakturabro.domain import bank_accounts, money
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.incoming import repeats

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
    return f"Filen {what}. Ventet OCR-giro, camt.053 eller camt.054. Rett filnavnene i innstillingene, eller spør banken."


def set_aside(name: str, why: Iterable[str]) -> str:
    ask, told = "Be banken om filen på nytt.", " ".join(why)
    return f"{name} er lagt til side, og ingenting av den er postert. {told.removesuffix(ask).rstrip()} {ask}"


def decided(name: str, why: str) -> str:
    """Of a file that was set aside before; `why` is a code or what was wrong in it."""
    return set_aside(name, [why]) if why not in _DECIDED else f"{name} er lagt til side. {_DECIDED[why]}"


def nameless(name: str, count: int) -> str:
    return (
        f"{name}: {count} {plural(count, 'innbetaling', 'innbetalinger')} uten bankens referanse er helt lik en i en tidligere "
        "fil og regnet som kjent fra før. Se på kontoen om det er den samme, og be banken om referanser."
    )


def plural(count: int, one: str, more: str) -> str:
    """The word for so many."""
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
    """What waits because it may have been told of before; the first few are named."""
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount
    named = ", ".join(f"{one.reference.partition('#')[0]} ({money.norwegian(one.amount, one.currency)})" for one in rows[:_NAMED])
    return (
        f"{name}: {len(rows)} {plural(len(rows), 'innbetaling', 'innbetalinger')} på {amounts(sums)} er kanskje meldt før, og er "
        f"ikke postert: {named}. Se på kontoen om pengene står der to ganger, og svar på godkjenningssiden."
    )


def told_otherwise(name: str, settlement: str) -> str:
    return (
        f"{name}: postering {settlement} er meldt før, den ene gangen som én sum og den andre betaling for betaling. Det første "
        "står, det andre er ikke postert. Spør banken hvilken fil som gjelder."
    )


def overlaps(name: str, known: int, new: int) -> str:
    return (
        f"STANSET: {name} har {known} {plural(known, 'innbetaling', 'innbetalinger')} som er kjent fra en annen fil, og {new} "
        f"{plural(new, 'ny', 'nye')}. Legges den i regnskapets mappe, bokføres de kjente to ganger. Før de nye i regnskapet for "
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
        f"{name}: {count} {plural(count, 'innbetaling', 'innbetalinger')} på {amounts(sums)} gjelder konto {masked}, som ikke er "
        "klientens og ikke er postert."
    )


def unknown_account(name: str, number: str, count: int, sums: Mapping[str, int]) -> str:
    return (
        f"{carried_past(name, number, count, sums)} Er kontoen klientens, legg den til i kontoer og filen i bankens mappe på nytt; "
        "er den en annens, legg den til i andres kontoer."
    )


def empty(name: str) -> str:
    return f"{name} har ingen innbetalinger og ingen betalingsoppdrag. Spør banken hvis dere ventet noe."


def choice_is_gone(reference: str) -> str:
    return (
        f"Innbetaling {reference} ble plassert av en person, men så mye er ikke lenger åpent på fakturaen. Den står fortsatt til "
        "avklaring; plasser den der den er postert."
    )


def incident(name: str, found: repeats.Repeated, taken_back: int = 0) -> str:
    seen = f" Banken har tatt tilbake {taken_back} av dem." if taken_back else ""
    return (
        f"STANSET: {name} gjentar {found.count} av {found.of} innbetalinger på {money.norwegian(found.amount)} som er meldt før "
        f"({days(found, ', ')}). Ingenting av filen er postert. Ikke betal noe tilbake før banken har tatt dobbelen tilbake eller "
        f"en person har avgjort det på godkjenningssiden.{seen}"
    )


def days(found: repeats.Repeated, between: str) -> str:
    """How many repeat which day."""
    return between.join(f"{count} fra {day:%d.%m.%Y}" for _, day, count in found.earlier)


def takes_back_what_is_wrong(name: str) -> str:
    return (
        f"STANSET: {name} tar tilbake innbetalinger fra en fil som er lagt til side som feil. Regnskapet skal ha begge "
        "filene eller ingen av dem: legg dem i regnskapets mappe selv, eller la dem ligge, og svar på godkjenningssiden."
    )


def another_payment(reference: str) -> str:
    return f"I factoringsystemet står innbetaling {reference} annerledes enn vi sendte den. Avklar med factoringselskapet."


def not_settled(reference: str, why: str) -> str:
    return f"Plasseringen av innbetaling {reference} ble avvist av factoringsystemet: {why}"
