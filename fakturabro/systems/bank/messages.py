"""The Norwegian sentences of this package."""

from __future__ import annotations


def too_large(name: str, limit: int) -> str:
    return f"Filen {name} er større enn {limit // 1_000_000} MB og ble ikke lest. Be banken dele den, eller hev grensen."


def name_is_used(name: str) -> str:
    return f"Navnet {name} er brukt på en fil med et annet innhold. Ingenting ble levert; finn ut hva den andre filen er."


def went_before(name: str) -> str:
    return f"Denne filen er levert før, som {name}. Den leveres ikke en gang til."


def unsafe_name() -> str:
    return "Filnavnet kan bare ha bokstaver a–z, tall, punktum, bindestrek og understrek (høyst 120 tegn)."


def memory_is_damaged(key: str) -> str:
    return f"Mappen .sendt/{key} er skadet eller i bruk av en annen kjøring. Det prøves igjen; varer det, kontroller mappen."
