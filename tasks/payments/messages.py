"""The Norwegian sentences of intake and guards of payments: for operators, and for whoever decides on the approvals page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tasks.bank import messages as bank_messages

_NAMED = 5
OTHER_CONTENT = "Filen er ikke en remitteringsfil (pain.001) eller en betalingsliste. Legg den der den skal leses."
NO_PAYMENTS = "Filen har ingen betalinger. Kontroller at riktig fil er laget."
NO_ACCOUNT_FOR_LISTS = (
    "Klienten har flere kontoer det betales fra, og en betalingsliste sier ikke hvilken. Velg kontoen i klientens fil (Regnskap, "
    "Konto for lister), og legg listen i mappen på nytt."
)
WRONG_SIGNATURE = (
    "Signaturen ved siden av filen passer ikke til innholdet og nøklene. Filen kan være endret etter at den ble laget. Finn ut "
    "hvorfor før noe betales, og lag den på nytt i regnskapssystemet."
)
NOTHING_LIVES = "Betalingene i den ble avvist eller avslått. Skal de betales, må det lages en ny fil."
ALL_REFUSED = "Ingen betaling i filen skal sendes: alle er sendt før, eller er feil."


def set_aside(name: str, faults: Sequence[str]) -> str:
    """A file of which nothing is paid, with the first of its faults."""
    more = len(faults) - _NAMED
    said = " ".join([*faults[:_NAMED], *([bank_messages.more_faults(more)] if more > 0 else [])])
    return f"Filen {name} er lagt til side, og ingenting i den betales: {said}"


def known_before(name: str, before: str, day: str) -> str:
    return f"Filen {name} ble tatt inn {day} som {before}. Innholdet er det samme, så ingenting er tatt inn på nytt."


def refused(name: str, by: str) -> str:
    return f"Avslått av {by}: ingenting i {name} betales." if by else f"Avslått: ingenting i {name} betales."


def count(of_file: int, cancelled: int, worth: str) -> str:
    return f"{of_file}, derav {cancelled} på {worth} som ikke sendes" if cancelled else str(of_file)


def payment(creditor: str, amount: str, due: dt.date) -> str:
    """One line, whatever stands in the name."""
    return f"{' '.join(creditor.split())}, {amount}, forfall {due:%d.%m.%Y}"


def more(number: int) -> str:
    return f"og {number} til"


def short(name: str, there: int, count: int) -> str:
    return (
        f"Av {name} er {there} av {count} betalinger tatt inn, og ingenting av den betales. Den fullføres av seg selv når filen "
        "ligger i mappen; er den borte, legges den der på nytt."
    )
