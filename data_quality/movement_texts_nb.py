"""What people read of movements, in bokmål: the rule's name, what is wrong, what to do. See messages.TEXTS."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "Det som venter på det, føres ved neste kjøring."
_ANOTHER_ACCOUNT = f"eller be oss føre på en annen konto. {_NEXT_RUN}"

MOVEMENTS: Mapping[str, tuple[str, str, str]] = {
    "kind_without_posting": (
        "Bevegelse uten kontering",
        "Det er ikke avtalt hvilke kontoer bevegelser av typen {value} føres på.",
        f"Si fra hvilke kontoer typen skal føres på, så legger vi dem inn i konteringstabellen. {_NEXT_RUN}",
    ),
    "names_no_buyer": (
        "Verken faktura eller kunde",
        "{Doc} har verken fakturanummer, KID eller kundenummer, og kan ikke føres på en kunde.",
        "{redo} Da må den ha fakturanummer, KID eller kundenummer.",
    ),
    "no_amount": ("Bevegelse uten beløp", "Beløpet er null, og det er ingenting å føre.", "{redo}"),
    "vat_incomplete": ("Mva uten sats, eller sats uten mva", "Mva og mva-sats er ikke oppgitt sammen.", "{redo}"),
    "vat_not_expected": ("Mva på noe annet enn et gebyr", "Bare gebyrer har mva, men her er {value} oppgitt som mva.", "{redo}"),
    "bad_vat_rate": ("Ugyldig mva-sats", "Mva-satsen {value} er ikke gyldig.", "{redo}"),
    "vat_differs": (
        "Mva stemmer ikke med beløp og sats",
        "Mva er oppgitt til {value}. Beløpet og satsen gir {suggestion}.",
        "{redo}",
    ),
    "locked_period": (
        "Datoen er i en låst periode",
        "{Doc} er datert {value}, og regnskapet i PowerOffice er låst til og med {suggestion}.",
        "Lås opp perioden i PowerOffice Go til neste kjøring er gått. Skal den være låst, må factoringselskapet ta {doc} tilbake "
        "og melde den på nytt med en dato i en åpen periode.",
    ),
    "dated_ahead": (
        "Bevegelse datert fram i tid",
        "{Doc} er datert {value}, og i dag er det {suggestion}.",
        "Du trenger ikke gjøre noe. Den føres når dagen er kommet.",
    ),
    "unknown_invoice": (
        "Ukjent faktura, og ingen kunde oppgitt",
        "{Doc} gjelder faktura eller KID {value}, som ikke er factoret gjennom oss, og kundenummer er ikke oppgitt.",
        "{redo} Da må den ha kundens nummer i PowerOffice.",
    ),
    "another_invoice": (
        "KID og fakturanummer gjelder hver sin faktura",
        "{Doc} nevner faktura {value}, men KID tilhører faktura {suggestion}.",
        "Finn ut hvilken faktura som er betalt. {redo}",
    ),
    "another_buyer": (
        "En annen kunde enn fakturaens",
        "{Doc} er meldt på kunde {value}, men fakturaen den nevner, er til kunde {suggestion}.",
        "Finn ut hvem som betalte. {redo}",
    ),
    "another_currency": (
        "En annen valuta enn fakturaens",
        "{Doc} er i {value}, men fakturaen den nevner, er i {suggestion}.",
        "Finn ut hvor mye som er betalt i fakturaens valuta. {redo}",
    ),
    "unknown_buyer": (
        "Kunden finnes ikke i PowerOffice",
        "Kunde {value} finnes ikke i kundereskontroen i PowerOffice.",
        f"Opprett kunden med dette nummeret i PowerOffice Go. {_NEXT_RUN} Er nummeret feil, må factoringselskapet rette det.",
    ),
    "archived_buyer": (
        "Kunden er arkivert i PowerOffice",
        "Kunde {value} er arkivert eller ikke aktiv i PowerOffice, og kan ikke føres på.",
        f"Hent kunden fram fra arkivet og gjør den aktiv i PowerOffice Go. {_NEXT_RUN}",
    ),
    "payment_told_by_both": (
        "Innbetaling som er lik en annen",
        "{Doc} er lik en innbetaling datert {value} som vi har fra før, eller tar den tilbake: samme faktura, beløp og valuta. Den "
        "ene kom fra banken, den andre fra factoringselskapet. Det kan være den samme.",
        "Er det den samme, må factoringselskapet utelate innbetalinger det har fått fra oss, fra det som meldes. Er det to "
        "innbetalinger, si fra til oss.",
    ),
    "credited_meanwhile": (
        "Innbetaling på en faktura som er kreditert",
        "Klienten har kreditert fakturaen. Igjen å betale var {suggestion}, og innbetalingen er på {value}. Det som er for mye, "
        "blir stående på kunden.",
        "Avklar med kunden om det skal betales tilbake eller brukes på en annen faktura.",
    ),
    "account_missing": (
        "Kontoen finnes ikke i kontoplanen",
        "Konto {value} finnes ikke i kontoplanen i PowerOffice.",
        f"Opprett kontoen i PowerOffice Go, {_ANOTHER_ACCOUNT}",
    ),
    "account_closed": (
        "Kontoen er ikke aktiv",
        "Konto {value} er ikke aktiv i kontoplanen i PowerOffice.",
        f"Gjør kontoen aktiv i PowerOffice Go, {_ANOTHER_ACCOUNT}",
    ),
    "account_currency": (
        "Kontoen føres i en annen valuta",
        "Konto {value} føres bare i {suggestion} i PowerOffice, og tar ikke imot en annen valuta.",
        f"Endre kontoens valuta i PowerOffice Go, {_ANOTHER_ACCOUNT}",
    ),
    "vat_code_missing": (
        "Mva-koden finnes ikke",
        "Mva-kode {value}, som kontoen skal føres med, finnes ikke hos klienten i PowerOffice.",
        f"Ta koden i bruk i PowerOffice Go, eller be oss bruke en annen. {_NEXT_RUN}",
    ),
    "vat_code_closed": (
        "Mva-koden er ikke i bruk",
        "Mva-kode {value}, som kontoen skal føres med, er ikke i bruk i PowerOffice den dagen det føres på.",
        f"Ta koden i bruk i PowerOffice Go, eller be oss bruke en annen. {_NEXT_RUN}",
    ),
    "vat_code_of_sales": (
        "Mva-kode for salg på en kostnad",
        "Mva-kode {value} er for utgående mva, og {doc} er ikke et salg.",
        f"Be oss bruke koden for inngående mva, eller 0 der det ikke er mva. {_NEXT_RUN}",
    ),
    "vat_code_locked": (
        "Kontoen er låst til en annen mva-kode",
        "Konto {value} er låst til mva-kode {suggestion} i PowerOffice, og skal etter oppsettet føres med en annen.",
        f"Lås opp mva-koden på kontoen i PowerOffice Go, be oss bruke kode {{suggestion}}, {_ANOTHER_ACCOUNT}",
    ),
    "department_missing": (
        "Avdelingen finnes ikke",
        "Avdeling {value}, som kontoen skal føres på, finnes ikke eller er ikke i bruk i PowerOffice.",
        f"Ta avdelingen i bruk i PowerOffice Go, eller be oss bruke en annen. {_NEXT_RUN}",
    ),
    "needs_department": (
        "Kontoen krever avdeling",
        "Konto {value} krever avdeling i PowerOffice, og ingen er valgt i oppsettet.",
        f"Si fra hvilken avdeling det skal føres på, {_ANOTHER_ACCOUNT}",
    ),
    "project_missing": (
        "Prosjektet finnes ikke",
        "Prosjekt {value}, som kontoen skal føres på, finnes ikke eller er ikke i bruk i PowerOffice.",
        f"Ta prosjektet i bruk i PowerOffice Go, eller be oss bruke et annet. {_NEXT_RUN}",
    ),
    "needs_project": (
        "Kontoen krever prosjekt",
        "Konto {value} krever prosjekt i PowerOffice, og ingen er valgt i oppsettet.",
        f"Si fra hvilket prosjekt det skal føres på, {_ANOTHER_ACCOUNT}",
    ),
    "vat_code_differs": (
        "Mva-koden gir en annen mva enn oppgitt",
        "Factoringselskapet oppgir {value} i mva, men med mva-koden som er valgt for kontoen, skiller PowerOffice ut {suggestion}.",
        f"Be oss bruke en konto og en mva-kode som passer til bevegelsen. {_NEXT_RUN}",
    ),
    "refused_by_poweroffice": (
        "PowerOffice tok ikke imot bevegelsen",
        "PowerOffice tok ikke imot {doc}: {value}.",
        f"Rett det som PowerOffice sier, eller ta kontakt med oss. {_NEXT_RUN}",
    ),
    "told_otherwise": (
        "Samme bevegelse meldt med annet innhold",
        "Factoringsystemet har meldt bevegelse {value} på nytt med annet innhold. Det som ble meldt først, gjelder.",
        "Be factoringselskapet melde rettelsen som en bevegelse med et nytt nummer.",
    ),
    "reversed_by_hand": (
        "Tilbakeført for hånd i PowerOffice",
        "{Doc} var ført, men bilag {value} er tilbakeført for hånd i PowerOffice.",
        "Si fra hvis bilaget skal føres på nytt. Da gjør vi det når en godkjenner har svart ja.",
    ),
    "paid_by_hand": (
        "Endret for hånd i PowerOffice",
        "Det som er åpent av {doc} i PowerOffice, er endret for hånd med bilag {value}. Factoringselskapet kjenner ikke til det.",
        "Er kundens betaling kommet til deg, må den videre til factoringselskapet. Tilbakefør bilaget ellers i PowerOffice Go.",
    ),
    "matched_otherwise": (
        "Koblet mot betaling på en annen måte",
        "I PowerOffice er {doc} og betalingene til kunden koblet på en annen måte enn hos oss; det skiller {value}.",
        "Koble innbetalingen mot {doc} i PowerOffice Go.",
    ),
    "overpaid": (
        "Betalt og kreditert for mye",
        "{Doc} er betalt og kreditert med til sammen {value} for mye. Kunden har {value} til gode.",
        "Avklar med factoringselskapet om det skal betales tilbake til kunden eller brukes på en annen faktura.",
    ),
    "open_differs": (
        "Åpent beløp stemmer ikke",
        "Det som er åpent av {doc} i PowerOffice, er {value} mer enn hos factoringselskapet, uten en årsak vi kjenner. "
        "Med minus er det mindre.",
        "Se hva som er ført på {doc} i PowerOffice Go. Vi retter ingenting av oss selv.",
    ),
}

FIELDS: Mapping[str, str] = {
    "MovementKind": "Type",
    "MovementDate": "Dato",
    "MovementAmount": "Beløp",
    "VatAmount": "Mva",
    "VatRate": "Mva-sats",
    "Account": "Konto",
    "VatCode": "Mva-kode",
    "Department": "Avdeling",
    "Project": "Prosjekt",
    "Buyer": "Kunde",
    "Invoice": "Faktura",
    "Movement": "Bevegelse",
}
KINDS: Mapping[str, str] = {
    "payment": "innbetaling",
    "settled": "avregning av innbetalinger",
    "administrative_fee": "administrativt gebyr",
    "return_data_fee": "gebyr for returdata",
    "financial_fee": "finansielt gebyr",
    "payout": "utbetaling",
    "reminder_fee": "purregebyr",
    "interest": "rente",
    "bad_debt": "tap",
    "balance_change": "endring i mellomværende",
}
"""What kinds of movements are called inside a sentence."""
