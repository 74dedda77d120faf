"""The Norwegian sentences of this package."""

from __future__ import annotations


def stands_already(job_id: str) -> str:
    return f"Trykkerijobben {job_id} er allerede levert."


def another_stands(job_id: str) -> str:
    return f"Trykkerijobben {job_id} er allerede levert med et annet innhold. Avklar med trykkeripartneren før noe sendes."


def unsafe_id(what: str) -> str:
    return f"{what} kan bare ha bokstaver a–z, tall, punktum, bindestrek og understrek (høyst 100 tegn)."


def no_pages(document_id: str) -> str:
    return f"Brevet {document_id} er ikke en PDF med minst én side."


def another_writes(job_id: str) -> str:
    return f"Trykkerijobben {job_id} skrives også av en annen kjøring. Ingenting ble levert herfra; det prøves igjen."


def unreadable_receipt(name: str, reason: str) -> str:
    return f"Kvitteringen {name} fra trykkeriet kan ikke leses ({reason}). Den er lagt til side; be trykkeriet sende den på nytt."


def receipt_too_large(name: str, limit: int) -> str:
    return (
        f"Kvitteringen {name} fra trykkeriet er større enn {limit // 1_000_000} MB og er lagt til side. Spør trykkeriet hva den er."
    )


def receipt_of_no_time(name: str) -> str:
    return f"Kvitteringen {name} fra trykkeriet har et tidspunkt som ikke kan stemme. Den er lagt til side; be om en ny."


def receipt_of_another(name: str) -> str:
    return f"Kvitteringen {name} fra trykkeriet gjelder en annen jobb enn navnet sier. Den er lagt til side; avklar med trykkeriet."
