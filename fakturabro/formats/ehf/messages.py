"""The official rules in Norwegian, for the bookkeeper who must mend the invoice: what is wrong, and what to do at the source.

What does not belong here: which rules hold which channel (data_quality), and the rules themselves (`rules`).
"""

from __future__ import annotations

import re

_SENTENCES = {
    "XSD": "Filen følger ikke EHF-skjemaet og kan ikke sendes. Meld fra til den som leverer fakturasystemet.",
    "NOT-JUDGED": "Fakturaen kunne ikke kontrolleres ferdig mot EHF-reglene og sendes derfor ikke som EHF. Meld fra til drift.",
    "BR-01": "Fakturaen sier ikke hvilken EHF-spesifikasjon den følger. Meld fra til den som leverer fakturasystemet.",
    "BR-02": "Fakturanummer mangler.",
    "BR-03": "Fakturadato mangler.",
    "BR-04": "Fakturatype mangler (380 for faktura, 381 for kreditnota).",
    "BR-05": "Valuta mangler.",
    "BR-06": "Selgers navn mangler.",
    "BR-07": "Kjøpers navn mangler. Fyll ut navnet på kundekortet.",
    "BR-08": "Selgers postadresse mangler.",
    "BR-09": "Landkode mangler i selgers adresse, for eksempel NO.",
    "BR-10": "Kjøpers postadresse mangler. Fyll ut adressen på kundekortet.",
    "BR-11": "Landkode mangler i kjøpers adresse. Velg land på kundekortet, for eksempel NO.",
    "BR-12": "Summen av fakturalinjene mangler.",
    "BR-13": "Fakturabeløp uten mva. mangler.",
    "BR-14": "Fakturabeløp med mva. mangler.",
    "BR-15": "Beløp å betale mangler.",
    "BR-16": "Fakturaen har ingen linjer.",
    "BR-17": "Betalingsmottakerens navn mangler, men mottakeren er en annen enn selger.",
    "BR-21": "En fakturalinje mangler linjenummer.",
    "BR-22": "En fakturalinje mangler antall.",
    "BR-23": "En fakturalinje mangler enhetskode, for eksempel EA for stykk eller HUR for timer.",
    "BR-24": "En fakturalinje mangler linjebeløp.",
    "BR-25": "En fakturalinje mangler varenavn.",
    "BR-26": "En fakturalinje mangler enhetspris.",
    "BR-27": "En enhetspris er negativ. Skriv antallet negativt i stedet for prisen.",
    "BR-45": "Grunnlaget for mva. mangler i en av mva.-gruppene.",
    "BR-46": "Mva.-beløpet mangler i en av mva.-gruppene.",
    "BR-47": "Mva.-koden mangler i en av mva.-gruppene.",
    "BR-48": "Mva.-satsen mangler i en av mva.-gruppene.",
    "BR-49": "Betalingsmåte mangler i betalingsopplysningene.",
    "BR-50": "Kontonummer mangler. Legg inn kontoen som fakturaen skal betales til.",
    "BR-53": "Mva. i regnskapsvalutaen mangler, men fakturaen oppgir en egen regnskapsvaluta.",
    "BR-55": "Henvisningen til en tidligere faktura mangler fakturanummer.",
    "BR-61": "Kontonummer mangler. Betaling til konto krever at kontoen er oppgitt.",
    "BR-62": "Selgers elektroniske adresse mangler kode for adressetype. Bruk 0192 for organisasjonsnummer.",
    "BR-63": "Kjøpers elektroniske adresse mangler kode for adressetype. Bruk 0192 for organisasjonsnummer.",
    "BR-CL-01": "Fakturatypen er ikke gyldig for dette dokumentet. Bruk 380 for faktura og 381 for kreditnota.",
    "BR-CL-03": "Et beløp har en ugyldig valutakode.",
    "BR-CL-04": "Valutakoden er ugyldig. Bruk for eksempel NOK eller EUR.",
    "BR-CL-14": "En landkode er ugyldig. Bruk to bokstaver, for eksempel NO.",
    "BR-CL-16": "Koden for betalingsmåte er ugyldig. Bruk 30 for betaling til konto.",
    "BR-CL-17": "En mva.-kode er ugyldig.",
    "BR-CL-18": "En mva.-kode på en fakturalinje er ugyldig.",
    "BR-CL-23": "Enhetskoden på en fakturalinje er ikke gyldig i EHF. Bruk EA eller H87 for stykk og HUR for timer, ikke «stk».",
    "BR-CL-24": "Et vedlegg har en filtype som ikke er tillatt. Bruk PDF, PNG, JPEG, CSV eller regneark.",
    "BR-CL-25": "Adressetypen for EHF er ugyldig. Bruk 0192 for norske organisasjonsnummer; 9908 er utgått.",
    "BR-CO-03": "Fakturaen har både mva.-dato og kode for mva.-dato. Bare én av dem kan stå.",
    "BR-CO-04": "En fakturalinje mangler mva.-kode.",
    "BR-CO-09": "Et mva.-nummer mangler landkode foran. Skriv NO foran organisasjonsnummeret og MVA bak.",
    "BR-CO-10": "Summen av linjebeløpene stemmer ikke med summen som er oppgitt.",
    "BR-CO-11": "Summen av fradragene stemmer ikke med summen som er oppgitt.",
    "BR-CO-12": "Summen av gebyrene stemmer ikke med summen som er oppgitt.",
    "BR-CO-13": "Beløpet uten mva. stemmer ikke: det skal være summen av linjene, minus fradrag, pluss gebyrer.",
    "BR-CO-14": "Samlet mva. stemmer ikke med summen av mva. per sats.",
    "BR-CO-15": "Beløpet med mva. stemmer ikke: det skal være beløpet uten mva. pluss mva.",
    "BR-CO-16": "Beløp å betale stemmer ikke: det skal være beløpet med mva., minus forskudd, pluss øreavrunding.",
    "BR-CO-17": "Mva.-beløpet stemmer ikke med grunnlaget ganger satsen.",
    "BR-CO-18": "Fakturaen mangler oppstilling av mva. per sats.",
    "BR-CO-25": "Forfallsdato eller betalingsbetingelser mangler.",
    "BR-CO-26": "Selger mangler organisasjonsnummer eller mva.-nummer.",
    "BR-S-02": "Fakturaen har linjer med mva., men selgers mva.-nummer mangler.",
    "BR-S-05": "En linje med ordinær mva. har ikke mva.-sats over 0.",
    "BR-S-08": "Grunnlaget for en mva.-sats stemmer ikke med summen av linjene med samme sats.",
    "BR-S-09": "Mva.-beløpet for en sats stemmer ikke med grunnlaget ganger satsen.",
    "BR-S-10": "Ordinær mva. kan ikke ha begrunnelse for fritak.",
    "BR-Z-10": "Nullsats kan ikke ha begrunnelse for fritak.",
    "UBL-DT-01": "Et beløp har mer enn to desimaler.",
    "PEPPOL-EN16931-R001": "Fakturaen sier ikke hvilken prosess den hører til. Meld fra til den som leverer fakturasystemet.",
    "PEPPOL-EN16931-R002": "Fakturaen har mer enn én merknad. Slå dem sammen til én.",
    "PEPPOL-EN16931-R003": "Kjøpers referanse eller ordrenummer mangler. Fyll ut «Deres ref.» eller ordrenummer på fakturaen.",
    "PEPPOL-EN16931-R004": "Fakturaen oppgir en annen spesifikasjon enn EHF 3.0. Meld fra til den som leverer fakturasystemet.",
    "PEPPOL-EN16931-R007": "Fakturaen oppgir en prosess som reglene ikke kjenner. Meld fra til den som leverer fakturasystemet.",
    "PEPPOL-EN16931-R008": "Fakturaen har et tomt felt. Fyll det ut eller fjern det.",
    "PEPPOL-EN16931-R010": "Kjøpers EHF-adresse mangler. Legg inn organisasjonsnummer på kundekortet.",
    "PEPPOL-EN16931-R020": "Selgers EHF-adresse mangler. Legg inn organisasjonsnummer i firmaopplysningene.",
    "PEPPOL-EN16931-R040": "Et fradrag eller gebyr stemmer ikke med grunnlaget ganger prosenten.",
    "PEPPOL-EN16931-R051": "Fakturaen har beløp i en annen valuta enn fakturaens egen.",
    "PEPPOL-EN16931-R110": "Fakturaperioden på en linje starter før fakturaens periode.",
    "PEPPOL-EN16931-R111": "Fakturaperioden på en linje slutter etter fakturaens periode.",
    "PEPPOL-EN16931-R120": "Beløpet på en fakturalinje stemmer ikke med antall ganger pris, fradrag og gebyrer medregnet.",
    "PEPPOL-EN16931-R121": "Antallet som prisen gjelder for, må være over 0.",
    "PEPPOL-EN16931-P0100": "Fakturatypen kan ikke brukes på en faktura. Bruk 380.",
    "PEPPOL-EN16931-P0101": "Dokumenttypen kan ikke brukes på en kreditnota. Bruk 381.",
    "PEPPOL-EN16931-CL008": "Adressetypen for EHF er ikke på Peppols liste. Bruk 0192 for norske organisasjonsnummer.",
    "PEPPOL-EN16931-F001": "En dato er ikke skrevet som ÅÅÅÅ-MM-DD.",
    "PEPPOL-COMMON-R040": "Et GLN-nummer har feil kontrollsiffer.",
    "PEPPOL-COMMON-R041": "Et organisasjonsnummer er ikke gyldig: det må ha ni sifre og riktig kontrollsiffer.",
    "NO-R-001": "Selgers mva.-nummer er ikke gyldig: det skal være NO, organisasjonsnummeret med ni sifre, og MVA.",
    "NO-R-002": "Selger mangler teksten «Foretaksregisteret». Den kreves av AS, ASA og NUF.",
}

_CATEGORIES = {
    "E": "fritatt for mva.",
    "Z": "nullsats",
    "AE": "omvendt avgiftsplikt",
    "G": "utførsel",
    "K": "klimakvoter",
    "IC": "EU-handel",
    "O": "utenfor mva.-loven",
}
_BY_NUMBER = {
    "02": "Selgers mva.-nummer passer ikke med mva.-koden på en linje ({}).",
    "05": "Mva.-satsen på en linje passer ikke med mva.-koden ({}).",
    "08": "Grunnlaget stemmer ikke med summen av linjene med samme mva.-kode ({}).",
    "09": "Mva.-beløpet for mva.-koden ({}) skal være 0.",
    "10": "Begrunnelse for at det ikke beregnes mva. mangler ({}).",
}
_CATEGORY_RULE = re.compile(r"BR-(E|Z|AE|G|K|IC|O)-(02|05|08|09|10)")


def norwegian(rule: str, text: str) -> str:
    """One sentence or two for `rule`; for a rule without one, the owner's English `text` behind a Norwegian opening.

    >>> norwegian("BR-16", "An Invoice shall have at least one Invoice line (BG-25)")
    'Fakturaen har ingen linjer.'
    """
    if rule in _SENTENCES:
        return _SENTENCES[rule]
    if category := _CATEGORY_RULE.fullmatch(rule):
        return _BY_NUMBER[category[2]].format(_CATEGORIES[category[1]])
    if rule.startswith("BR-DEC-"):
        return "Et beløp har mer enn to desimaler."
    return f"Regel {rule} ble brutt: {text}"
