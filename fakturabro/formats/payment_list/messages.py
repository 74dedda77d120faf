"""The Norwegian sentences of this format, for whoever made the list: what is wrong, and what to do."""

from __future__ import annotations

_SENTENCES = {
    "empty_file": "Filen er tom.",
    "no_headings": "Finner ikke overskriftene Mottaker, Kontonummer og Beløp blant de 20 første radene. Legg dem inn.",
    "is_an_answer": "Dette er vår tilbakemelding om betalinger, ikke en liste over betalinger. Ingenting av den betales.",
    "repeated_heading": "To kolonner betyr {value}. Ta bort den ene.",
    "several_sheets": "Flere ark er betalingslister ({value}). Send ett ark om gangen.",
    "hidden_sheet": "Arket {value} er skjult og er en betalingsliste. Vis det eller slett det.",
    "hidden_rows": "Det finnes skjulte eller filtrerte rader ({value}). Vis alle rader, kontroller dem og lagre på nytt.",
    "macros": "Regnearket har makroer. Lagre det som vanlig regneark (.xlsx) og send det på nytt.",
    "doctype": "Filen har en dokumenttypedeklarasjon ({value}) og leses ikke. Lag listen på nytt i Excel.",
    "old_workbook": "Regnearket har passord eller er i det gamle formatet .xls. Lagre det uten passord som .xlsx.",
    "bad_workbook": "Regnearket kan ikke åpnes ({value}). Åpne det i Excel, lagre det på nytt og send det igjen.",
    "too_large": "Regnearket er for stort til å leses. Del listen.",
    "too_wide": "Arket har celler langt til høyre for listen. Slett dem og lagre på nytt.",
    "too_many_rows": "Listen har mer enn {value} betalinger. Del den.",
    "bad_csv": "Raden kan ikke leses som CSV ({value}). Kontroller anførselstegnene.",
    "end_of_file_mark": "Filen har et filsluttmerke (^Z). Det er hoppet over.",
    "bad_encoding": "Filen blander tegnsett. Lagre den på nytt som CSV UTF-8.",
    "unknown_column": "Kolonnen {value} er ukjent og er ikke lest.",
    "too_many_cells": "Raden har en celle uten overskrift. Et skilletegn i et beløp eller en tekst kan ha delt den i to.",
    "empty_cell": "Cellen er tom, men må fylles ut.",
    "formula": "Cellen er en formel ({value}). Lim inn verdien i stedet.",
    "bad_text": "«{value}» er ikke en tekst som kan brukes. Formater cellen som tekst og skriv den på nytt.",
    "rounded_number": "Tallet {value} er avrundet av regnearket. Formater kolonnen som tekst og skriv hele nummeret på nytt.",
    "text_too_long": "Teksten er for lang. Kort den ned.",
    "bad_amount": "«{value}» er ikke et entydig beløp. Skriv for eksempel 1234,50.",
    "not_payable": "{value} kan ikke betales: beløpet må være over null og ikke ha flere desimaler enn valutaen har.",
    "bad_currency": "{value} er ikke en valuta. Bruk tre bokstaver, for eksempel NOK eller EUR.",
    "bad_date": "«{value}» er ikke en entydig dato. Skriv for eksempel 24.11.2026.",
    "bad_account": "Kontoen {value} er feil. Mangler en null foran, formater som tekst. Utenlandsk konto krever IBAN eller BIC.",
    "bad_kid": "KID {value} har feil kontrollsiffer. Kontroller mot fakturaen.",
    "kid_and_text": "Raden har både KID og melding. Fjern en av dem.",
    "bad_type": "Typen {value} er ukjent. Bruk lønn, leverandør eller utland.",
    "type_contradicts": "Typen {value} passer ikke med kontonummeret eller valutaen. Rett den som er feil.",
    "repeated_reference": "Referansen {value} er brukt på en annen rad. Hver betaling må ha sin egen.",
    "repeated_row": "Raden er lik en annen (mottaker {value}). Kontroller at det skal betales to ganger.",
    "rows_after_total": "Det står en rad etter summen. Flytt summen sist.",
    "total_differs": "Summen i listen stemmer ikke med radene (oppgitt / funnet: {value}).",
    "no_total_row": "Listen har ingen sumrad, så summen kunne ikke kontrolleres mot listens egen.",
    "no_transactions": "Listen har ingen betalinger.",
}


def norwegian(code: str, value: str = "", line: int | None = None, field: str = "") -> str:
    """The sentence for a finding or a ReadError of this format; `field` is the column, as in the finding."""
    place = "".join([f"Rad {line}" if line else "", f", kolonne {field}" if line and field else ""])
    sentence = _SENTENCES.get(code, f"Listen har et avvik ({code}).").replace("{value}", value)
    return f"{place}: {sentence}" if place else sentence
