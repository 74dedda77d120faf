"""The Norwegian sentences of taking movements in and settling days: what operators read in the Prefect UI."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from fakturabro.domain import return_data
from fakturabro.formats.movement_list import layout

TOO_EARLY = "Datert før returdata ble slått på. Klienten har ført den selv."
WITHDRAWN = "Fordelingen ble trukket tilbake før den ble ført, fordi factoringselskapet ikke godtok den."
_FIELDS = {one.field: one.heading.lower() for one in layout.COLUMNS} | {"kind": "type", "kid": "KID"}


def differs(name: str, was: return_data.Movement | None, now: return_data.Movement) -> str:
    """`was` None: what it said cannot be read any more."""
    fields = [field for field in now.__struct_fields__ if was and getattr(was, field) != getattr(now, field)]
    changed = f" ({', '.join(_FIELDS.get(one, one) for one in fields)})" if fields else ""
    return (
        f"Bevegelse {name} er meldt på nytt med et annet innhold{changed}. Det som kom først, gjelder. Avklar med "
        "factoringselskapet: det som er feil, rettes med en ny bevegelse med minus."
    )


def another_client(count: int, told: str, wanted: str) -> str:
    which = "Én del" if count == 1 else f"{count} deler"
    return (
        f"{which} av innbetalinger er postert på klientnummer {told} hos factoringselskapet, men returdata gjelder {wanted}. De er "
        "ikke tatt med. Rett klientnummeret i det ene oppsettet."
    )


def starts_later(starts_on: dt.date) -> str:
    return (
        f"Returdata gjelder først fra {starts_on:%d.%m.%Y}, etter dagens dato eller etter dager som er gjort opp. Ingenting er "
        "tatt inn, så ingenting blir hoppet over. Rett «Gjelder fra»."
    )


def of_another_client(count: int, taken: str, wanted: str) -> str:
    which = "Én bevegelse" if count == 1 else f"{count} bevegelser"
    return (
        f"{which} ble tatt inn for klientnummer {taken} og er ikke gjort opp, men returdata gjelder nå {wanted}. De blir "
        f"ikke ført. Sett klientnummeret tilbake til {taken} til de er gjort opp."
    )


def skipped_before(count: int, starts_on: dt.date) -> str:
    which = "Én bevegelse" if count == 1 else f"{count} bevegelser"
    return (
        f"{which} fra og med {starts_on:%d.%m.%Y} er hoppet over fordi returdata før begynte senere, og tas ikke inn nå. Sett "
        "«Gjelder fra» tilbake til den gamle datoen, og før dem for hånd."
    )


def far_ahead(number: str, day: dt.date) -> str:
    return (
        f"Bevegelse {number} er datert {day:%d.%m.%Y} og gjøres ikke opp før den dagen er over. Er datoen feil, må "
        "factoringselskapet ta bevegelsen tilbake med minus og samme dato, og sende den på nytt."
    )


def unread(number: int, amount: Decimal, vat: Decimal | None) -> str:
    """Of a movement whose amount, or VAT, has more than two decimals."""
    said = f"beløp {amount}" if vat is None else f"beløp {amount}, mva. {vat}"
    return (
        f"Bevegelse {number} fra factoringsystemet kan ikke leses: {said} har mer enn to desimaler. Den er ikke tatt inn, de andre "
        "er. Be factoringselskapet rette den; den leses igjen i hver kjøring til da."
    )


def unreadable(number: int, field: str) -> str:
    """Of a movement of a kind that nobody knows, without a date ..."""
    what = f"feltet {field} har ikke avtalt form" if field else "den har ikke avtalt form"
    return (
        f"Bevegelse {number} fra factoringsystemet kan ikke leses: {what}. Den er ikke tatt inn, de andre er. Avklar med "
        "factoringselskapet; den leses igjen i hver kjøring til da."
    )


def gone(numbers: Sequence[int]) -> str:
    which, it = ("Bevegelse", "den") if len(numbers) == 1 else ("Bevegelsene", "dem")
    return (
        f"{which} {', '.join(map(str, numbers))} kunne ikke leses før, og factoringsystemet viser {it} ikke lenger. Avklar med "
        "factoringselskapet hva som er kommet i stedet."
    )


def no_list(folder: str, since: dt.date) -> str:
    return (
        f"Det har ikke kommet noen bevegelsesliste i {folder} siden {since:%d.%m.%Y}. Kontroller eksporten hos factoringselskapet: "
        "en dag uten bevegelser skal også ha en liste, med bare sumraden."
    )


def no_opening(currency: str, before: dt.date) -> str:
    return (
        f"Det er ikke oppgitt hva factoringselskapet skyldte klienten i {currency} ved utgangen av {before:%d.%m.%Y}. Fyll ut "
        f"Inngående mellomværende for {currency}, også når det er null. Ingen dag i {currency} er gjort opp før det."
    )


def not_settled(currency: str, day: dt.date, why: str) -> str:
    return (
        f"{day:%d.%m.%Y} i {currency} kan ikke gjøres opp: {why}. Ingenting av dagen er ført, og dagene etter den venter. Tallene "
        "våre stemmer ikke med seg selv: meld fra til drift."
    )


_FAULTS = {
    "number_differs": "nummeret følger ikke det forrige",
    "opening_differs": "inngående er ikke forrige utgående",
    "follows_another": "det forrige er en annen klients eller i en annen valuta",
    "dated_before": "datoen er før det forrige oppgjørets",
    "closing_differs": "inngående og bevegelser gir ikke utgående",
    "other_currency": "en bevegelse er i en annen valuta",
    "dated_after": "en bevegelse er datert etter oppgjøret",
    "repeated_movement": "en bevegelse står to ganger",
    "kind_without_posting": "en type har ingen kontering",
}


def fault(code: str, value: str) -> str:
    """What is wrong with a settlement, in a few words."""
    return f"{_FAULTS.get(code, code)} ({value})"


def odd_balance(currency: str, amount: Decimal) -> str:
    return (
        f"Factoringsystemet oppgir mellomværendet i {currency} som {amount}, med mer enn to desimaler. Ingen dag i {currency} er "
        "gjort opp. Avklar med factoringselskapet."
    )
