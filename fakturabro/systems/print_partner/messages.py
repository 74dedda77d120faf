"""The Norwegian sentences of this package."""

from __future__ import annotations


def cannot_write(folder: str, reason: str) -> str:
    return (
        f"Kan ikke skrive til trykkeripartnerens mappe {folder} ({reason}). Ingenting ble levert; kontroller plass og rettigheter."
    )


def no_folder(folder: str, reason: str) -> str:
    return f"Kan ikke lese trykkeripartnerens mappe {folder} ({reason}). Kontroller at den er koblet til."


def unknown_outcome(job_id: str, reason: str) -> str:
    return f"Vet ikke om trykkerijobben {job_id} ble levert ({reason}). Må leses tilbake før noe sendes på nytt."


def stands_already(job_id: str) -> str:
    return f"Trykkerijobben {job_id} er allerede levert."


def another_stands(job_id: str) -> str:
    return f"Trykkerijobben {job_id} er allerede levert med et annet innhold. Avklar med trykkeripartneren før noe sendes."


def unsafe_id(what: str) -> str:
    return f"{what} kan bare ha bokstaver a–z, tall, punktum, bindestrek og understrek (høyst 100 tegn)."


def no_pages(document_id: str) -> str:
    return f"Brevet {document_id} er ikke en PDF med minst én side."
