"""What operators and approvers read of what a bank's file proves, or does not, in Norwegian."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from fakturabro.domain import calendar, money


def other_currency(name: str, amount: Decimal, currency: str, ordered: str) -> str:
    moved = money.norwegian(money.to_minor(abs(amount)), currency)
    return (
        f"Banken viser {moved} på {name}, som vi ba om i {ordered}, men ikke hvor mye det var i {ordered}. Betalingen regnes ikke "
        "som utført. Kontroller den i nettbanken. Varer det, blir en godkjenner spurt."
    )


def came_back_unnamed(amount: Decimal, currency: str, booked_on: dt.date | None) -> str:
    day = f" {booked_on:%d.%m.%Y}" if booked_on else ""
    return (
        f"{money.norwegian(money.to_minor(abs(amount)), currency)} kom tilbake{day}, men banken sier ikke hvilken betaling det "
        "gjelder. Finn den i nettbanken: regnskapet får ikke beskjed om den av oss."
    )


def came_back_otherwise(name: str, amount: Decimal, currency: str) -> str:
    back = money.norwegian(money.to_minor(abs(amount)), currency)
    return (
        f"{back} av {name} kom tilbake, og det er ikke beløpet og kontoen den ble betalt med. Den regnes fortsatt som utført, og "
        "regnskapet får ikke beskjed. Finn ut hva banken har holdt tilbake, og før det som kom, for hånd."
    )


def other_file(name: str) -> str:
    return f"Banken svarer på {name} med et annet antall eller en annen sum enn vi sendte. Kontroller filen i nettbanken nå."


_NOTICED = {
    "again": "DOBBEL BELASTNING: Noe er belastet mer enn én gang etter filen {name}. Ring banken, og krev pengene tilbake. "
    "Regnskapet får beskjed om den første belastningen, og bare den.",
    "anew": "Noe som kom i retur, er belastet på nytt etter filen {name}. Det er altså betalt, men bare én gang. Regnskapet får "
    "beskjed om returen, og ikke om den nye belastningen: før den for hånd. Spør banken hvis ingen har bedt om den.",
    "taken_back": "Noe som var belastet mer enn én gang, er ført tilbake etter filen {name}. Regnskapet får ikke beskjed om det: "
    "se hva som er ført for hånd, og før det som kom.",
    "against": "I filen {name} sier banken noe som noen må følge opp.",
}
STAYS = {"executed": " Den regnes fortsatt som utført.", "returned": " Den regnes fortsatt som kommet i retur."}


def noticed(kind: str, name: str) -> str:
    return _NOTICED[kind].format(name=name)


def beside_line(name: str, amount: str, booked_on: dt.date | None, kind: str) -> str:
    moved = "ført tilbake" if kind == "taken_back" else "belastet"
    return f"{name}: {amount} {moved} {f'{booked_on:%d.%m.%Y}' if booked_on else 'uten dato'}."


def more_lines(count: int) -> str:
    return f"Og {count} til."


def held(name: str, count: int) -> str:
    which = "En post er" if count == 1 else f"{count} poster er"
    return (
        f"{which} holdt utenfor i filen {name}, fordi noe i den er feil. Resten av filen er brukt her. Det kan være meldt og ført "
        "før, og regnskapet får filen hel der det får bankens filer: se etter begge deler, og avklar det med banken."
    )


def still_open(sentence: str, since: dt.datetime) -> str:
    return f"{sentence} Venter på en godkjenner siden {since.astimezone(calendar.OSLO):%d.%m.%Y}."
