"""What is odd or wrong in a file of Nets, in Norwegian, for the person who must act on it."""

from __future__ import annotations

_ASK = "Be banken om filen på nytt."
_NOTHING = "Ingenting av filen bokføres før banken har svart."
_SENTENCES = {
    "empty_file": f"Filen er tom. {_ASK}",
    "too_large": "Filen er større enn {value} byte og leses ikke. Meld fra til drift.",
    "wrong_encoding": "Filen er lagret som UTF-16. Filer fra Nets er ISO-8859-1: hent filen fra banken på nytt, uten å åpne den.",
    "line_length": f"Linjen er ikke på 80 tegn. Filen er ødelagt eller redigert. {_ASK}",
    "truncated": f"Filen er avkortet: den slutter før sluttrecorden. Ingenting av den kan bokføres. {_ASK}",
    "not_nets": f"Linjen begynner ikke som en record fra Nets (NY og seks siffer), men med «{{value}}». {_ASK}",
    "out_of_order": f"Record {{value}} står på feil sted. Rekkefølgen i filen er brutt. {_ASK}",
    "after_end": f"Det står mer etter sluttrecorden (record {{value}}). Filen er satt sammen av flere, eller redigert. {_ASK}",
    "missing_item_1": f"Record {{value}} mangler beløpspost 1 foran seg. {_ASK}",
    "missing_item_2": f"En transaksjon mangler beløpspost 2: record {{value}} står der den skulle ha stått. {_ASK}",
    "other_transaction": f"Recorden hører til transaksjon {{value}}, ikke til den som står foran. {_ASK}",
    "no_number": f"Her skal det stå siffer, men det står «{{value}}». {_ASK}",
    "no_digits": f"Her skal det stå siffer, men det står «{{value}}». {_ASK}",
    "no_date": f"Her skal det stå en dato (DDMMÅÅ), men det står «{{value}}». {_ASK}",
    "no_sign": f"Fortegnet skal være 0 eller -, men er «{{value}}». {_ASK}",
    "no_registration": f"Registreringstypen skal være 0, 1 eller 2, men er «{{value}}». {_ASK}",
    "no_notice": f"Skriftlig varsel skal være J eller N, men er «{{value}}». {_ASK}",
    "wrong_total": f"Totalsummen stemmer ikke: oppgitt {{stated}} kr, talt opp {{counted}} kr. {_NOTHING}",
    "wrong_count": f"Antall transaksjoner stemmer ikke: oppgitt {{stated}}, talt {{counted}}. {_NOTHING}",
    "wrong_record_count": f"Antall recorder stemmer ikke: oppgitt {{stated}}, talt {{counted}}. {_NOTHING}",
    "bad_date": "Datoen {value} finnes ikke (DDMMÅÅ). Spør banken hvilken dato det skal være.",
    "unknown_type": "Transaksjonstype {value} er ukjent, så det er uvisst om den er penger inn eller ut. Spør banken.",
    "no_transactions": "Filen har ingen transaksjoner. Spør banken hvis du ventet betalinger.",
    "service_carried": "Filen har også et oppdrag for en tjeneste som vi ikke leser (tjeneste/type og antall recorder: {value}).",
    "repeated_assignment": "Oppdrag {value} står flere ganger i filen. Se etter at de ikke er samme oppgjør.",
    "account_check_digit": "Oppdragskontoen {value} har feil kontrollsiffer. Sjekk at det er en konto dere eier.",
    "number_not_ascending": "Transaksjonsnummer {value} er ikke høyere enn det foran. Betalingen er tatt med.",
    "dates_outside": "En transaksjon har en dato utenfor første og siste dato i sluttrecorden.",
    "odd_kid": "KID «{value}» er ikke høyrestilte siffer. Den er tatt med som den står.",
    "missing_kid": "En betaling av type {value} mangler KID.",
    "text_and_type": "Meldingen passer ikke til transaksjonstype {value}: bare type 20 og 21 har beløpspost 3.",
    "zero_date": "Datoen er bare nuller. Betalingen er tatt med uten dato.",
    "odd_filler": "Posisjon {value} skulle vært fylt med nuller eller blanke, men har annet innhold. Det er ikke lest.",
    "byte_order_mark": "Filen begynner med et BOM-merke. Den er trolig åpnet og lagret på nytt.",
    "end_of_file_mark": "Filen har et filsluttmerke (^Z). Det er hoppet over.",
    "trailing_blanks": "Linjene har blanke etter posisjon 80. De er hoppet over.",
    "blank_line": "Filen har tomme linjer. De er hoppet over.",
    "utf_8": "Teksten er lagret som UTF-8, ikke ISO-8859-1. Den er lest som UTF-8.",
}
CODES = frozenset(_SENTENCES)


def norwegian(code: str, value: str = "", line: int | None = None) -> str:
    """The sentence for a finding or a ReadError, with its line where there is one.

    >>> norwegian("wrong_count", "20/19", 43)
    'Linje 43: Antall transaksjoner stemmer ikke: oppgitt 20, talt 19. Ingenting av filen bokføres før banken har svart.'
    """
    stated, _, counted = value.partition("/")
    place = "" if line is None else f"Linje {line}: "
    return place + _SENTENCES[code].format(value=value, stated=stated, counted=counted)
