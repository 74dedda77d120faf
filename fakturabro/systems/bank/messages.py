"""The Norwegian sentences of this package."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = 5


def too_large(name: str, limit: int) -> str:
    return f"Filen {name} er større enn {limit // 1_000_000} MB og ble ikke lest. Be banken dele den, eller hev grensen."


def no_room(name: str, size: int, reason: str) -> str:
    return (
        f"Det er ikke plass til filen {name} ({size // 1_000_000} MB) på disken for midlertidige filer ({reason}). "
        "Den ligger urørt og tas når det er plass; frigjør plass, eller la TMPDIR peke på en større disk."
    )


def unknown_names(names: Sequence[str]) -> str:
    return f"Ligger urørt i mappen, fordi navnet ikke passer til noe: {_list(names)}. Rett navnet eller mønstrene i innstillingene."


def not_taken(names: Sequence[str]) -> str:
    return f"Har ligget over en time uten å bli hel eller lagt vekk: {_list(names)}. Spør avsenderen om filen er ferdig skrevet."


def _list(names: Sequence[str]) -> str:
    rest = f" og {len(names) - _NAMED} til" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest


def name_is_used(name: str) -> str:
    return f"Navnet {name} er brukt på en fil med et annet innhold. Ingenting ble levert; finn ut hva den andre filen er."


def went_before(name: str) -> str:
    return f"Denne filen er levert før, som {name}. Den leveres ikke en gang til."


def unsafe_name() -> str:
    return "Filnavnet kan bare ha bokstaver a–z, tall, punktum, bindestrek og understrek (høyst 120 tegn)."


def memory_is_damaged(key: str) -> str:
    return f"Mappen .sendt/{key} er skadet eller i bruk av en annen kjøring. Det prøves igjen; varer det, kontroller mappen."
