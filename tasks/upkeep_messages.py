"""The Norwegian sentences of the number-series guard, of purging and of the check of the customer register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

SERIES_DELIVERED_BEFORE = "Levert til factoring før Fakturabro tok over, eller av en annen integrasjon."
SERIES_NOT_OFFERED = "Finnes i PowerOffice med leveringsmåte Factoring, men tilbys ikke for henting."
_MOST_RANGES = 10


def series_other_delivery(delivery_type: str) -> str:
    return f"Finnes i PowerOffice med leveringsmåte {delivery_type or '(ingen)'}; skal ikke til factoring."


def series_jump(first: int, last: int) -> str:
    return f"Nummerserien hopper over {first}–{last}. Det regnes som en ny serie, og numrene imellom etterspørres ikke."


def series_missing(numbers: Sequence[int]) -> str:
    """What is missing in a series (numbers in order), as a sentence with ranges."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    said = [str(first) if first == last else f"{first}–{last}" for first, last in ranges[:_MOST_RANGES]]
    more = f" og {len(ranges) - _MOST_RANGES} hull til" if len(ranges) > _MOST_RANGES else ""
    return (
        f"{len(numbers)} nummer mangler i nummerserien etter tre arbeidsdager: {', '.join(said)}{more}. "
        "PowerOffice kan ikke gjøre rede for dem. Spør klienten hva som er blitt av fakturaene."
    )


PURGE_HEAD = (
    "# Sletting etter oppbevaringstiden for {tenant}\n\n|Hva|Måned|Dokumenter|Kan slettes fra|Utfall|\n|---|---|--:|---|---|"
)
_PURGED_KINDS = {
    "document": "Bilag fra kilden",
    "pdf": "PDF som gikk ut",
    "ehf": "EHF som gikk ut",
    "entry": "Det factoringselskapet fikk",
    "write_back": "Det PowerOffice fikk tilbake",
    "email": "E-post rundt PDF-en",
    "link": "E-post med lenke",
    "letter": "Brevenes indeks",
    "customer": "Kundekort og kunder",
    "recipient": "Mottakere",
    "answer": "Svar fra motparter",
    "decision": "Spørsmål til godkjennere",
    "objection": "Innsigelser fra mottakere",
    "movement": "Bevegelser hos factoringselskapet",
    "voucher": "Bilag med returdata",
    "article": "Artikler fra Severa og Fortnox",
    "project": "Prosjekter fra Severa",
    "sales_invoice": "Fakturaer fra Severa",
    "purchase_cost": "Kostnader fra leverandørfakturaer",
    "purchase_file": "Bilder av leverandørfakturaer",
}


def purge_page(tenant: str, rows: Sequence[tuple[str, str, int, dt.date, str]]) -> str:
    """What goes and what stays, as a Markdown page: (kind, month, documents, due, outcome)."""
    lines = [
        f"|{_PURGED_KINDS.get(kind, kind)}|{month}|{documents}|{due:%d.%m.%Y}|{outcome}|"
        for kind, month, documents, due, outcome in rows
    ]
    if not lines:
        return f"# Sletting etter oppbevaringstiden for {tenant}\n\nIngenting er gammelt nok."
    return "\n".join([PURGE_HEAD.format(tenant=tenant), *lines])


def purge_outcome(open_documents: int, is_due: bool, dry_run: bool) -> str:
    if open_documents:
        return f"Beholdes: {open_documents} er ikke ferdig behandlet"
    if not is_due:
        return "Beholdes: et bilag er datert i et senere regnskapsår"
    return "Ville blitt slettet" if dry_run else "Slettet"


def register_not_whole(read: int, known: int) -> str:
    return (
        f"Kunderegisteret i PowerOffice ga {read} kort, og {known} er kjent fra før. Det er neppe hele registeret, så ingen funn "
        "er fjernet. Kontroller at integrasjonen har tilgang til kunderegisteret, og kjør kontrollen på nytt."
    )
