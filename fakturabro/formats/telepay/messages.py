"""The Norwegian sentences of this format: what is wrong with a file, and what the bank's return codes mean."""

from __future__ import annotations

_SENTENCES = {
    "empty_file": "Filen er tom.",
    "bad_encoding": "Filen har et tegnsett som ikke kan leses som Telepay (ISO-8859-1). Hent den på nytt fra banken.",
    "no_record": "Her skulle en Telepay-post begynne (AH … BETFORnn), men det står «{value}». Filen er forskjøvet eller skadet.",
    "no_number": "Her skulle det stå et tall, men det står «{value}».",
    "line_too_long": "Linjen er lengre enn Telepay tillater (80 eller 320 tegn). Filen er skadet eller noe annet enn Telepay.",
    "batch_too_large": "Bunten har mer enn 99 999 poster. Filen er skadet eller noe annet enn Telepay.",
    "truncated": "Filen slutter midt i posten {value}. Hent den på nytt fra banken; ingenting av den er bokført.",
    "no_start_record": "Bunten begynner med {value} og ikke med BETFOR00. Noe mangler foran; hent filen på nytt fra banken.",
    "no_end_record": "Bunten mangler BETFOR99: filen er ikke hel. Hent den på nytt fra banken.",
    "not_a_return": "Rutinen {value} er en fil til banken, ikke et svar. Bankene tar ikke imot Telepay etter 1. oktober 2024.",
    "unknown_record": "Posttypen {value} er ukjent og er ikke lest.",
    "orphan_record": "{value} hører ikke til noe oppdrag. En post foran mangler; hent filen på nytt fra banken.",
    "order_total": "Oppdragets sum stemmer ikke med betalingene i det (oppgitt / funnet: {value}).",
    "too_many_held": "Mer enn 100 oppdrag i filen har feil. Ingenting av den brukes. Be banken om en ny.",
    "orders_differ": "BETFOR99 oppgir et annet antall oppdrag enn filen har (oppgitt / funnet: {value}).",
    "records_differ": "BETFOR99 oppgir et annet antall poster enn filen har (oppgitt / funnet: {value}).",
    "total_differs": "BETFOR99 oppgir en annen sum enn filen har (oppgitt / funnet: {value}).",
    "no_total": "BETFOR99 oppgir ingen sum, så summen kunne ikke kontrolleres.",
    "sequence_gap": "Sekvensnummeret skulle vært {value}: poster mangler eller er byttet om.",
    "no_transactions": "Filen har ingen betalinger.",
    "utf8": "Filen er lagret om i UTF-8. Den er lest, men bankens egen fil er i ISO-8859-1.",
    "short_line": "Blanke tegn på slutten av linjene er borte. Filen er lest likevel.",
    "long_line": "Linjene har flere blanke tegn på slutten enn de skal. Filen er lest likevel.",
    "blank_line": "Filen har tomme linjer eller et sluttegn (^Z). De er hoppet over.",
    "no_break_spaces": "Filen har harde mellomrom i stedet for vanlige. De er lest som vanlige.",
}

_RETURN_CODES = {
    "00": "Avvist sammen med resten av bunten; denne posten har ingen feil. Rett de andre og send bunten på nytt.",
    "01": "Mottatt av banken.",
    "02": "Avregnet: beløpet er belastet.",
    "10": "Feil foretaksnummer eller kundenummer. Kontroller avtalen med banken.",
    "11": "Kan ikke endres eller slettes. Kontakt banken.",
    "12": "Summen av fakturaer og kreditnotaer er under null. Ta ut kreditnotaer.",
    "13": "Løpenummeret finnes ikke eller er ugyldig.",
    "14": "Oppdragets type kan ikke endres.",
    "15": "Debet- eller kreditkode mangler.",
    "16": "Strukturert og fri melding er blandet. Bruk enten KID, fakturanummer eller melding.",
    "17": "Ugyldig KID. Rett KID og betal på nytt.",
    "18": "Mottakeren krever KID. Legg inn KID og betal på nytt.",
    "19": "Ugyldig mottakerkonto. Rett kontonummeret og betal på nytt.",
    "20": "Ugyldig belastningskonto. Kontroller avtalen med banken.",
    "21": "Ugyldig betalingsdato.",
    "22": "Referansenummeret finnes ikke eller er ugyldig.",
    "25": "Passordet er utløpt.",
    "26": "Operatøren er sperret.",
    "27": "Feil passord.",
    "28": "Operatøren har ikke fullmakt.",
    "29": "Ukjent operatør.",
    "30": "Feil versjonsnummer i BETFOR00.",
    "34": "Feil i navn eller adresse.",
    "35": "Ugyldig valutakode.",
    "36": "Feil i avtalt kurs eller terminkurs.",
    "37": "Ugyldig sjekkode.",
    "38": "Ugyldig kode for omkostninger.",
    "39": "Ugyldig kode for varsling.",
    "40": "Ugyldig prioritet.",
    "41": "Ugyldig kode for myndighetsrapportering.",
    "42": "Feil i et beløpsfelt.",
    "43": "Fritekst til myndighetsrapporteringen mangler.",
    "44": "Ugyldig landkode for mottakeren.",
    "45": "Feil i BIC (SWIFT-adressen).",
    "47": "Feil produksjonsdato.",
    "80": "Feil i sekvenskontrollen.",
    "81": "Bunten er feil bygget opp.",
    "82": "Ugyldig transaksjonskode.",
    "83": "Ugyldig sigill.",
    "84": "Ny sigillnøkkel mangler.",
    "85": "Betalingsoppdraget er feil bygget opp.",
    "86": "Det mangler poster etter denne.",
    "87": "Feil i BETFOR99.",
    "88": "Feil i BETFOR00.",
    "89": "Antallet i BETFOR99 stemmer ikke.",
    "90": "Feil i rekkefølgen av sekvensnumre.",
    "91": "Ukjent rutine.",
    "92": "Ugyldig dato i applikasjonshodet.",
    "93": "Meldingen er for lang.",
    "95": "Ugyldig divisjon.",
}


def norwegian(code: str, value: str = "", line: int | None = None) -> str:
    """The sentence for a finding or a ReadError of this format."""
    place = "" if line is None else f"Linje {line}: "
    return place + _SENTENCES.get(code, f"Filen har et avvik ({code}).").replace("{value}", value)


def is_known(code: str) -> bool:
    """Whether we know what the bank means."""
    return code in _RETURN_CODES


def return_code(code: str) -> str:
    """What the bank means, and what to do.

    >>> return_code("17"), return_code("77")
    ('Ugyldig KID. Rett KID og betal på nytt.', 'Ukjent returkode 77. Spør banken hva den betyr.')
    """
    return _RETURN_CODES.get(code, f"Ukjent returkode {code}. Spør banken hva den betyr.")
