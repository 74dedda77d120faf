"""The Norwegian sentences of this format, for whoever exports the list: what is wrong, and what to do."""

from __future__ import annotations

_SENTENCES = {
    "empty_file": "Filen er tom.",
    "no_headings": "Overskriftene mangler: {value}. De må stå på første rad, skilt med semikolon.",
    "repeated_heading": "To kolonner betyr {value}. Ta bort den ene.",
    "too_large": "Filen er større enn {value} MB. Del den.",
    "too_many_rows": "Listen har mer enn {value} rader. Del den.",
    "bad_csv": "Raden kan ikke leses som CSV ({value}). Kontroller anførselstegnene.",
    "bad_encoding": "Filen blander tegnsett. Eksporter den på nytt som UTF-8.",
    "windows_1252": "Filen er ikke UTF-8 og er lest som Windows-1252. Kontroller at navn og tekster er riktige.",
    "unknown_column": "Kolonnen {value} er ukjent og er ikke lest.",
    "too_many_cells": "Raden har en celle uten overskrift. Et semikolon i en tekst kan ha delt den i to.",
    "empty_cell": "Cellen er tom, men må fylles ut.",
    "bad_text": "«{value}» er ikke en tekst som kan brukes. Skriv hele verdien uten formel.",
    "text_too_long": "Teksten er for lang. Kort den ned.",
    "bad_kind": "Typen {value} er ukjent. Bruk en av typene i veiledningen.",
    "bad_date": "«{value}» er ikke en entydig dato. Skriv for eksempel 2026-11-24.",
    "bad_amount": "«{value}» er ikke et entydig beløp. Skriv for eksempel 1234,50 eller -1234,50.",
    "bad_rate": "«{value}» er ikke en mva-sats. Skriv for eksempel 25.",
    "bad_count": "«{value}» er ikke et antall. I sumraden skal Type være antall bevegelser.",
    "bad_currency": "{value} er ikke en valuta. Bruk tre bokstaver, for eksempel NOK eller EUR.",
    "too_many_decimals": "{value} har flere desimaler enn valutaen har.",
    "other_client": "Klientnummeret {value} er et annet enn listens klient. Ingenting av listen brukes.",
    "repeated_id": "Bevegelse {value} står på flere rader. Hver bevegelse må ha sitt eget nummer.",
    "rows_after_total": "Det står en rad etter summen. Flytt summen sist.",
    "count_differs": "Antallet i sumraden stemmer ikke (oppgitt / funnet: {value}).",
    "total_differs": "Summen i sumraden stemmer ikke (oppgitt / funnet: {value}).",
    "no_total_row": "Listen har ingen sumrad og kan være avkortet. Eksporter den på nytt med antall og sum.",
    "no_movements": "Listen har ingen bevegelser.",
    "balance_moves": "Gebyrer og utbetalinger endrer mellomværendet med {value} (pluss: factoringselskapet skylder klienten mer).",
    # Of movements that can be read and not posted:
    "kind_without_posting": "{value} har ingen standardkontering og posteres ikke før klientens konteringstabell har den.",
    "names_no_buyer": "Innbetalingen har verken fakturanummer, KID eller kundenummer. Den kan ikke posteres på en kunde.",
    "no_amount": "Beløpet er null, og det er ingenting å postere.",
    "vat_incomplete": "Mva og mva-sats må oppgis sammen.",
    "vat_not_expected": "Bare gebyrer kan ha mva (her {value}).",
    "bad_vat_rate": "{value} er ikke en mva-sats.",
    "vat_differs": "Mva stemmer ikke med beløp og sats (oppgitt / riktig: {value}).",
}


def norwegian(code: str, value: str = "", line: int | None = None, field: str = "") -> str:
    """The sentence for a finding or a ReadError of this format; `field` is the column, as in the finding."""
    place = "".join([f"Rad {line}" if line else "", f", kolonne {field}" if line and field else ""])
    sentence = _SENTENCES.get(code, f"Listen har et avvik ({code}).").replace("{value}", value)
    return f"{place}: {sentence}" if place else sentence
