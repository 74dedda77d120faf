"""Why banks say no, in Norwegian: what each reason code means, and what to do.

Source: ISO 20022 external code sets (ExternalStatusReason1Code) as Nordic banks use them.
"""

from __future__ import annotations

from fakturabro.domain import payments

_SENTENCES = {
    "AC01": "Kontonummeret finnes ikke. Rett kontonummeret hos mottakeren og send betalingen på nytt.",
    "AC02": "Belastningskontoen er feil, eller banken har ingen avtale om den. Kontroller kontonummeret og avtalen med banken.",
    "AC03": "Mottakerens kontonummer er feil. Rett det hos mottakeren og send betalingen på nytt.",
    "AC04": "Kontoen er avsluttet. Be mottakeren om nytt kontonummer.",
    "AC06": "Kontoen er sperret. Ta kontakt med banken, eller be mottakeren om et annet kontonummer.",
    "AC07": "Mottakerens konto er avsluttet. Be mottakeren om nytt kontonummer.",
    "AC13": "Belastningskontoen er av feil type. Velg en annen konto.",
    "AG01": "Kontoen kan ikke brukes til slike betalinger. Velg en annen konto eller spør banken.",
    "AG02": "Banken kjenner ikke betalingstypen. Ta kontakt med drift.",
    "AG03": "Banken støtter ikke denne betalingstypen. Betal på en annen måte.",
    "AM01": "Beløpet er 0. Rett beløpet.",
    "AM02": "Beløpet er over grensen. Del betalingen, eller be banken heve grensen.",
    "AM03": "Valutaen kan ikke brukes. Velg en annen valuta.",
    "AM04": "Det var ikke dekning på kontoen. Fyll på kontoen og send betalingen på nytt.",
    "AM05": "Betalingen er mottatt før. Ikke send den på nytt før kontoutskriften viser at den første ikke ble betalt.",
    "AM07": "Beløpet er sperret. Ta kontakt med banken.",
    "AM09": "Beløpet er feil. Rett beløpet og send betalingen på nytt.",
    "AM10": "Summen i filen stemmer ikke med betalingene. Ingenting er betalt. Ta kontakt med drift.",
    "AM12": "Beløpet har feil form. Rett beløpet.",
    "AM18": "Antallet betalinger i filen stemmer ikke. Ingenting er betalt. Ta kontakt med drift.",
    "BE01": "Navnet passer ikke med kontoen. Kontroller mottakeren før betalingen sendes på nytt.",
    "BE04": "Mottakerens adresse mangler eller er feil. Fyll den ut og send betalingen på nytt.",
    "BE05": "Banken kjenner ikke avsenderen av filen. Kontroller kundenummeret i avtalen med banken.",
    "BE06": "Mottakeren er ukjent hos banken. Kontroller navn og konto.",
    "BE07": "Betalerens adresse mangler eller er feil. Fyll den ut.",
    "BE08": "Navn mangler. Fyll det ut og send betalingen på nytt.",
    "BE10": "Betalerens landkode mangler eller er feil.",
    "BE11": "Mottakerens landkode mangler eller er feil. Fyll den ut og send betalingen på nytt.",
    "BE16": "Betalerens kundenummer eller organisasjonsnummer er feil. Kontroller avtalen med banken.",
    "BE17": "Mottakerens nummer er feil. Rett det og send betalingen på nytt.",
    "CH03": "Datoen er for langt fram i tid. Velg en tidligere dato.",
    "CH04": "Datoen er passert. Velg en ny dato og send betalingen på nytt.",
    "CH16": "Noe i filen er ugyldig. Ta kontakt med drift.",
    "CH17": "Noe i filen er ikke tillatt her. Ta kontakt med drift.",
    "CUST": "Betalingen er stanset av den som eier kontoen. Ta kontakt med den som godkjenner i nettbanken.",
    "DS02": "En godkjenner i nettbanken har avvist betalingen. Ta kontakt med den som godkjenner.",
    "DS0H": "Den som godkjente, har ikke rett til det. Kontroller fullmaktene i nettbanken.",
    "DT01": "Datoen er ugyldig. Velg en bankdag og send betalingen på nytt.",
    "DU01": "Meldingsnavnet er brukt før: filen er en gjentakelse. Ikke send den på nytt; se statusen for den første.",
    "DU02": "Bunkenavnet er brukt før: bunken er en gjentakelse. Ikke send den på nytt; se statusen for den første.",
    "DU03": "En betaling er en gjentakelse. Ikke send den på nytt; se statusen for den første.",
    "DU04": "Betalingens referanse er brukt før. Ikke send den på nytt; se statusen for den første.",
    "DU05": "Betalingens nummer er brukt før. Ikke send den på nytt; se statusen for den første.",
    "DUPL": "Filen er mottatt før. Ikke send den på nytt; se statusen for den første.",
    "ED05": "Oppgjøret feilet i banken. Ta kontakt med banken før betalingen sendes på nytt.",
    "FF01": "Filen har feil form. Ingenting er betalt. Ta kontakt med drift.",
    "FF03": "Betalingstypen er ugyldig. Ta kontakt med drift.",
    "FF05": "Betalingsmåten er ugyldig. Ta kontakt med drift.",
    "MD07": "Mottakeren er død. Ta kontakt med boet.",
    "MS02": "Kunden har ikke oppgitt grunn. Ta kontakt med mottakeren.",
    "MS03": "Banken har ikke oppgitt grunn. Ta kontakt med banken.",
    "NARR": "Banken har skrevet grunnen i klartekst.",
    "NOAS": "Banken fikk ikke svar fra kunden. Ta kontakt med den som godkjenner i nettbanken.",
    "RC01": "BIC er feil. Rett bankens BIC hos mottakeren og send betalingen på nytt.",
    "RC03": "Betalerens bank er feil oppgitt. Kontroller avtalen med banken.",
    "RC04": "Mottakerens bank er feil oppgitt. Rett BIC og send betalingen på nytt.",
    "RF01": "Referansen er ikke unik. Ikke send betalingen på nytt; se statusen for den første.",
    "RR01": "Betalerens konto eller nummer mangler etter myndighetenes krav. Fyll det ut.",
    "RR02": "Betalerens navn eller adresse mangler etter myndighetenes krav. Fyll det ut.",
    "RR03": "Mottakerens navn eller adresse mangler etter myndighetenes krav. Fyll det ut og send betalingen på nytt.",
    "RR04": "Banken kan ikke utføre betalingen av hensyn til myndighetenes krav. Ta kontakt med banken.",
    "RR12": "KID mangler, og mottakeren krever KID. Fyll inn KID og send betalingen på nytt.",
    "TA01": "Kontoen er ikke knyttet til avtalen. Ta kontakt med banken.",
    "TD03": "Filen har feil form. Ingenting er betalt. Ta kontakt med drift.",
    "TM01": "Betalingen kom etter bankens siste frist den dagen. Velg neste bankdag og send den på nytt.",
}
_STATUSES = {
    "ACCP": "Banken har tatt imot og kontrollert betalingen.",
    "ACSC": "Betalingen er utført ifølge banken. Kontoutskriften er beviset.",
    "ACCC": "Pengene står på mottakerens konto ifølge banken.",
    "ACSP": "Betalingen er til utførelse.",
    "ACTC": "Banken har tatt imot filen og godkjent formen.",
    "ACWC": "Banken har tatt imot betalingen og endret noe i den. Les hva banken skriver.",
    "ACWP": "Betalingen er godtatt, men pengene er ikke ført på mottakerens konto ennå.",
    "CANC": "Betalingen er kansellert.",
    "PART": "Banken har tatt imot noen av betalingene og avvist andre.",
    "PATC": "Betalingen venter på flere godkjennere i nettbanken.",
    "PDNG": "Betalingen venter, ofte på godkjenning i nettbanken eller på dekning.",
    "RCVD": "Banken har tatt imot filen.",
    "RJCT": "Banken har avvist betalingen.",
}


def norwegian(reason: payments.Reason) -> str:
    """What a reason means and what to do, with the bank's own words behind; an unknown code is named.

    >>> norwegian(payments.Reason(code="XX99", text="No comment"))
    'Banken oppgir grunn XX99. Ta kontakt med banken. Bankens ord: No comment'
    """
    known = _SENTENCES.get(reason.code, f"Banken oppgir grunn {reason.code}. Ta kontakt med banken." if reason.code else "")
    said = f"Bankens ord: {reason.text}" if reason.text else ""
    return " ".join(filter(None, (known, said))) or "Banken har ikke oppgitt grunn. Ta kontakt med banken."


def status(code: str) -> str:
    """What a status means; an unknown one is named and counts as no answer.

    >>> status("ABCD")
    'Banken oppgir status ABCD. Den er ukjent for oss; betalingen følges til kontoutskriften viser den.'
    """
    unknown = f"Banken oppgir status {code}. Den er ukjent for oss; betalingen følges til kontoutskriften viser den."
    return _STATUSES.get(code, unknown)
