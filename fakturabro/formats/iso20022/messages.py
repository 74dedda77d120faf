"""What operators read of ISO 20022 files, in Norwegian: what is wrong, and what to do. Banks' own reasons are in `reasons`."""

from __future__ import annotations

from fakturabro.formats.iso20022 import layout

_KNOWN = ", ".join(layout.MESSAGES)

_SENTENCES = {
    "foreign_element": "Filen har noe som ikke hører hjemme i formatet ({value}). Lag den på nytt.",
    "repeated_element": "{value} står to ganger der det kan stå én gang. Ingen vet hvilken banken ville brukt. Lag filen på nytt.",
    # The file cannot be read on
    "empty_file": "Filen er tom. Hent den på nytt fra banken eller lag den på nytt i regnskapssystemet.",
    "not_well_formed": "Filen er ikke gyldig XML ({value}). Kontroller at det er riktig fil, eller be avsenderen om en ny.",
    "truncated": "Filen slutter midt i ({value}). Ingenting er bokført. Hent den på nytt når overføringen er ferdig.",
    "bad_encoding": "Filen har tegn som ikke passer med tegnsettet den oppgir. Be avsenderen lagre den som UTF-8.",
    "doctype": "Filen har en dokumenttypedeklarasjon (DOCTYPE). Slike filer blir ikke lest. Be avsenderen om en fil uten.",
    "too_large": "Filen er større enn grensen på {value} byte. Be banken dele den, eller øk grensen i innstillingene.",
    "element_too_large": "Filen har mer enn {value} byte uten en post eller betaling som kan leses for seg. Be om en ny fil.",
    "too_many_statuses": "Svaret gjelder mer enn {value} betalinger. Be banken dele det.",
    "unknown_namespace": f"Filen er av et slag vi ikke kjenner: {{value}}. Vi leser {_KNOWN}. Be banken om en av disse.",
    "other_message": "Filen er {value} og hører ikke til her. Legg den der den skal leses.",
    "missing": "Filen mangler noe som må være der: {value}. Be avsenderen om en ny fil.",
    "misplaced": "Elementet {value} står et sted der det ikke hører hjemme. Be avsenderen om en ny fil.",
    "bad_amount": "{value} er ikke et gyldig beløp. Beløpet må være over 0 og ha så mange desimaler som valutaen (kroner: to).",
    "bad_time": "Tidspunktet kan ikke leses: {value}. Be avsenderen om en ny fil.",
    "equivalent_amount": "Beløpet er oppgitt i en annen valuta enn det skal betales i ({value}). Oppgi det i betalingsvalutaen.",
    # What does not add up: nothing of the file is booked or sent without a person
    "count_differs": "Antallet stemmer ikke: {value} (oppgitt <> talt). Ingenting brukes før noen har sett på filen.",
    "sum_differs": "Summen stemmer ikke: {value} (oppgitt <> regnet ut). Ingenting brukes før noen har sett på filen.",
    "balances_differ": "Inngående saldo og posteringer gir ikke utgående saldo: {value}. Be banken om kontoutskriften på nytt.",
    "parts_count_differs": "Posten oppgir et annet antall betalinger enn den har: {value} (oppgitt <> talt). Kontakt banken.",
    "no_direction": "Posten sier ikke om pengene kom inn eller gikk ut («{value}»). Ta kontakt med banken.",
    "unknown_status": "Posten har en status vi ikke kjenner («{value}»), så den kan være ubokført. Ta kontakt med banken.",
    "too_many_held": "Mer enn 100 poster i filen har feil. Ingenting av den brukes. Be banken om en ny.",
    "parts_differ": "Enkeltbetalingene gir ikke postens beløp: {value} (post <> sum). Ta kontakt med banken.",
    "part_differs": "Betalingen er oppgitt med et annet beløp enn det som er ført på kontoen: {value}. Kontoens beløp brukes.",
    "part_without_amount": "En av flere betalinger i posten mangler beløp. Ta kontakt med banken.",
    "part_currency": "En av flere betalinger i posten har en annen valuta ({value}) enn posten. Ta kontakt med banken.",
    "currency_differs": "Posten har en annen valuta ({value}) enn kontoen. Ta kontakt med banken.",
    "amount_decimals": "Beløpet {value} har flere desimaler enn valutaen. Ta kontakt med avsenderen.",
    "wrong_encoding": "Filen sier at den er {value}, men er UTF-8. Navn ville blitt feil. Be avsenderen rette tegnsettet.",
    # A payment that no bank takes
    "bad_identifier": "Referansen «{value}» kan ikke brukes: 1 til 35 tegn, bare a-z, 0-9 og / - ? : ( ) . , ' +, ikke / ytterst.",
    "repeated_batch": "To bunker i filen har samme navn ({value}). Gi hver bunke sitt eget navn.",
    "repeated_payment": "To betalinger i filen har samme referanse ({value}). Banken avviser den siste. Ta ut dobbelen.",
    "empty_batch": "Bunken {value} er tom. Ta den ut.",
    "mixed_kinds": "Bunken har flere slags betalinger (innland, lønn, utland). Del den opp.",
    "other_date": "Betalingen har en annen dato ({value}) enn bunken. Legg den i bunken for sin dato.",
    "other_kind": "Betalingen sier at den er «{value}», men konto, valuta og bunke sier noe annet. Rett den i regnskapssystemet.",
    "bad_account": "Kontonummeret {value} er feil (antall sifre eller kontrollsiffer). Rett det hos mottakeren.",
    "bad_bic": "BIC {value} er feil. Skriv 8 eller 11 tegn, for eksempel SPSONO22.",
    "no_bank": "Konto {value} i utlandet mangler bank. Fyll inn BIC eller bankens navn.",
    "missing_name": "Navn mangler. Fyll det inn i regnskapssystemet.",
    "kid_and_text": "Betalingen har både KID ({value}) og melding. Behold bare KID.",
    "bad_kid": "KID {value} er ikke gyldig: 2 til 25 sifre, siste kan være bindestrek. Kontroller mot fakturaen.",
    "long_text": "Teksten er tom eller for lang: «{value}». Kort den ned.",
    "bad_code": "Koden {value} er ikke gyldig. Velg en annen i regnskapssystemet.",
    # What is odd, but harms nothing
    "no_transactions": "Filen er lest, men har ingen transaksjoner. Kontroller at det stemmer.",
    "statement_without_entries": "Konto {value} har ingen posteringer i perioden.",
    "sequence_gap": "Det mangler en kontoutskrift: nummer {value}. Kontroller at alle filer fra banken er hentet.",
    "no_bank_reference": "Posten mangler bankens referanse. Den gjenkjennes på innholdet.",
    "several_references": "Betalingen har flere referanser: {value}. Den første brukes.",
    "not_utf8": "Filen er skrevet i {value}. Banker bruker UTF-8; den er lest likevel.",
    "bad_date": "«{value}» er ingen dato. Posten er lest uten.",
}


def norwegian(code: str, value: str = "") -> str:
    """One sentence or two for a finding, a breach or a ReadError.

    >>> norwegian("empty_batch", "FB-1")
    'Bunken FB-1 er tom. Ta den ut.'
    """
    return _SENTENCES[code].format(value=value)
