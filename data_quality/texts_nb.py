"""The sentences in bokmål: per finding code what is wrong, and what to do.

Names that may stand in braces are explained in messages. Written for the client's bookkeeper, who has PowerOffice Go and no screen
of ours. What does not belong here: severity, holds, anything about one tenant.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, tuple[str, str]] = {
    "missing_number": (
        "{Doc} mangler fakturanummer.",
        "{redo}",
    ),
    "duplicate_number": (
        "Bilagsnummeret er allerede brukt på et annet bilag: {value}.",
        "Finn de to bilagene i PowerOffice Go. Krediter det som er feil; er begge riktige, send det ene på nytt med eget nummer.",
    ),
    "possible_twin": (
        "{Doc} ligner til forveksling på bilag {value}: samme kunde, dato, beløp og linjer.",
        "Sammenlign de to bilagene i PowerOffice Go. Er det samme krav to ganger, krediter det ene; er begge riktige, trenger du "
        "ikke gjøre noe.",
    ),
    "missing_buyer_name": (
        "Kunden mangler navn.",
        "Åpne {card} i PowerOffice Go og fyll ut navnet.",
    ),
    "missing_postal_address": (
        "Kunden mangler postadresse, så {doc} blir ikke sendt ut.",
        "Åpne {card} i PowerOffice Go og fyll ut postadresse med gateadresse, postnummer og poststed.",
    ),
    "incomplete_postal_address": (
        "Postadressen er ikke fullstendig: {part} mangler eller er feil, så {doc} blir ikke sendt ut.",
        "Åpne {card} i PowerOffice Go og rett {part} i postadressen. Norske postnumre har fire siffer; ligger adressen i utlandet, "
        "fyll også ut landet.",
    ),
    "placeholder_postal_address": (
        "Postadressen er ikke en virkelig adresse: «{value}» står som {part}, så {doc} blir ikke sendt ut.",
        "Åpne {card} i PowerOffice Go og bytt ut «{value}» med riktig {part}.",
    ),
    "unknown_country": (
        "Landet «{value}» i postadressen er ikke en landkode, så {doc} blir ikke sendt ut.",
        "Åpne {card} i PowerOffice Go og velg landet i postadressen.",
    ),
    "unknown_post_code": (
        "Postnummeret {value} finnes ikke i postnummerregisteret vårt.",
        "Slå opp postnummeret på posten.no. Er det feil, åpne {card} i PowerOffice Go og rett det; ligger adressen i utlandet, "
        "fyll ut landet. Er det nytt og riktig, trenger du ikke gjøre noe.",
    ),
    "post_code_of_another_place": (
        "Postnummer og poststed passer ikke sammen: «{value}». Det skal kanskje være {suggestion}.",
        "Åpne {card} i PowerOffice Go og rett postnummeret eller poststedet i postadressen.",
    ),
    "address_differs_from_card": (
        "Adressen på {doc} er en annen enn på kundekortet; vi bruker kundekortets: {value}.",
        "Åpne {card} i PowerOffice Go og kontroller at postadressen er den rette.",
    ),
    "wrong_organisation_number": (
        "Kundens organisasjonsnummer {value} er ikke gyldig.",
        "Åpne {card} i PowerOffice Go og rett organisasjonsnummeret; det har ni siffer og kan slås opp i "
        "Brønnøysundregistrene. Står feilen på selve {doc}: {redo}",
    ),
    "decorated_organisation_number": (
        "Kundens organisasjonsnummer står som «{value}». Det er riktig, men skal skrives med bare de ni sifrene: {suggestion}.",
        "Åpne {card} i PowerOffice Go og skriv bare de ni sifrene. Det stanser ingenting.",
    ),
    "ehf_without_organisation_number": (
        "Kunden skal ha EHF, men har ikke noe organisasjonsnummer. Uten det kan {doc} ikke sendes som EHF.",
        "Åpne {card} i PowerOffice Go og fyll ut organisasjonsnummeret. Skal kunden ikke ha EHF, velg en annen leveringsmåte.",
    ),
    "wrong_seller_organisation_number": (
        "Ditt eget organisasjonsnummer på {doc}, {value}, er ikke gyldig.",
        "Åpne firmainnstillingene i PowerOffice Go og rett organisasjonsnummeret. {redo}",
    ),
    "no_lines": (
        "{Doc} har ingen linjer.",
        "{redo}",
    ),
    "too_many_decimals": (
        "{Doc} har et beløp som ikke er et tall med høyst to desimaler: {value}.",
        "{redo}",
    ),
    "line_amount_differs": (
        "En linje på {doc} er oppgitt til {value}, men antall ganger pris, med linjens rabatter og gebyrer, blir {suggestion}.",
        "Åpne {doc} i PowerOffice Go og kontroller antall, pris og rabatt på linjen. Er beløpet feil: {redo}",
    ),
    "sum_of_lines_differs": (
        "Linjene på {doc} summerer seg til {suggestion}, men {doc} oppgir {value}.",
        "{redo}",
    ),
    "totals_do_not_add_up": (
        "Beløpene på {doc} stemmer ikke: {part} er oppgitt til {value}, men blir {suggestion} når de andre beløpene regnes sammen.",
        "{redo}",
    ),
    "vat_does_not_add_up": (
        "Merverdiavgiften på {doc} stemmer ikke: {part} er oppgitt til {value}, men blir {suggestion} regnet ut fra de andre "
        "beløpene.",
        "{redo}",
    ),
    "vat_rate_unlike_category": (
        "Avgiftskoden og avgiftssatsen på {doc} passer ikke sammen: {value}, så {doc} blir ikke sendt ut.",
        "Åpne produktet i PowerOffice Go og kontroller avgiftskoden. {redo}",
    ),
    "missing_exemption_reason": (
        "{Doc} har varer eller tjenester uten merverdiavgift (kode {value}), men sier ikke hvorfor. EHF-mottakere kan avvise den.",
        "Åpne produktet i PowerOffice Go og kontroller avgiftskoden. Er den riktig, ta kontakt med oss.",
    ),
    "source_total_differs": (
        "Fakturalisten i PowerOffice Go oppgir {value}, men selve {doc} lyder på {suggestion}.",
        "Åpne {doc} i PowerOffice Go og kontroller beløpet. {redo}",
    ),
    "rounding_too_large": (
        "{Doc} er avrundet med {value}. En avrunding er mindre enn én krone.",
        "Åpne {doc} i PowerOffice Go og kontroller beløpet. {redo}",
    ),
    "negative_payable": (
        "Beløpet å betale er negativt: {value}.",
        "Kontroller om bilaget skulle vært en kreditnota i PowerOffice Go.",
    ),
    "zero_payable": (
        "{Doc} har ikke noe beløp å betale.",
        "Du trenger ikke gjøre noe hvis det er meningen.",
    ),
    "unknown_currency": (
        "Valutaen {value} finnes ikke.",
        "Åpne {card} i PowerOffice Go og rett valutaen. {redo}",
    ),
    "due_date_before_invoice_date": (
        "Forfallsdatoen {value} er før fakturadatoen.",
        "Åpne {card} i PowerOffice Go og kontroller betalingsbetingelsen. {redo}",
    ),
    "missing_due_date": (
        "{Doc} mangler forfallsdato.",
        "Åpne {card} i PowerOffice Go og velg en betalingsbetingelse, så neste faktura får forfall.",
    ),
    "due_date_far_ahead": (
        "Forfallsdatoen {value} er mer enn 180 dager etter fakturadatoen.",
        "Åpne {card} i PowerOffice Go og kontroller betalingsbetingelsen. Er lang frist avtalt, trenger du ikke gjøre noe.",
    ),
    "invoice_date_in_the_future": (
        "Fakturadatoen {value} ligger mer enn 7 dager frem i tid.",
        "Åpne {doc} i PowerOffice Go og kontroller fakturadatoen. Er den feil: {redo}",
    ),
    "invoice_date_long_ago": (
        "Fakturadatoen {value} er mer enn ett år tilbake i tid.",
        "Åpne {doc} i PowerOffice Go og kontroller fakturadatoen. Er den feil: {redo}",
    ),
    "missing_account": (
        "{Doc} fra PowerOffice Go mangler kontonummer. Kunden betaler til factoringselskapets konto, så det stanser ikke noe.",
        "Åpne firmainnstillingene i PowerOffice Go og legg inn bankkontoen.",
    ),
    "wrong_account": (
        "Kontonummeret {value} på {doc} er ikke gyldig. Kunden betaler til factoringselskapets konto, så det stanser ikke noe.",
        "Åpne firmainnstillingene i PowerOffice Go og rett bankkontoen.",
    ),
    "invalid_email": (
        "E-postadressen «{value}» er skrevet feil og blir ikke brukt.",
        "Åpne {card} i PowerOffice Go og rett e-postadressen for faktura. Flere adresser skilles med semikolon.",
    ),
    "email_domain_typo": (
        "E-postadressen «{value}» ser ut til å ha en skrivefeil. Det skal kanskje være {suggestion}.",
        "Spør kunden om den riktige adressen. Åpne så {card} i PowerOffice Go og rett e-postadressen for faktura.",
    ),
    "element_not_carried": (
        "{Doc} inneholder opplysninger som vi ikke kan føre videre i EHF ({value}). Den kan ikke sendes som EHF.",
        "Du trenger ikke gjøre noe; vi følger opp.",
    ),
    "unreadable_document": (
        "{Doc} fra PowerOffice Go kan ikke leses: filen er skadet eller følger ikke formatet for EHF.",
        "{redo} Skjer det igjen, ta kontakt med oss.",
    ),
    "kind_differs": (
        "PowerOffice Go lister bilaget som kreditnota, men selve dokumentet er en faktura (eller omvendt).",
        "Ta kontakt med oss: vi må avklare med PowerOffice hva bilaget er.",
    ),
    "number_differs": (
        "Dokumentet har nummer {value}, men PowerOffice Go lister det som {suggestion}.",
        "Ta kontakt med oss: vi må avklare med PowerOffice hvilket nummer som gjelder.",
    ),
    "cannot_be_produced": (
        "{Doc} kan ikke lages for utsending.",
        "Ta kontakt med oss. {redo}",
    ),
    "kid_not_possible": (
        "Det kan ikke lages KID for {doc}: {value}.",
        "Ta kontakt med oss: kundenummeret eller fakturanummeret får ikke plass i KID-avtalen.",
    ),
    "missing_assignment_notice": (
        "Transportklausulen mangler i oppsettet, så {doc} blir ikke sendt ut.",
        "Ta kontakt med oss og oppgi teksten som skal stå på fakturaene.",
    ),
    "ehf_rule_broken": (
        "{Doc} følger ikke reglene for EHF: {value}.",
        "Rett opplysningen på {card} eller i firmainnstillingene i PowerOffice Go. {redo}",
    ),
    "credit_note_waits_for_invoice": (
        "Kreditnotaen venter til faktura {value} er sendt ut.",
        "Du trenger ikke gjøre noe; kreditnotaen sendes etter fakturaen.",
    ),
    "customer_card_not_found": (
        "Vi finner ikke kundekortet til {doc} (kundenr. {value}), så {doc} blir ikke sendt ut.",
        "Kontroller at kunden finnes i PowerOffice Go og ikke er arkivert eller slettet.",
    ),
    "email_refused": (
        "Mottakerens e-postserver avviste «{value}». {Doc} sendes på en annen måte.",
        "Åpne {card} i PowerOffice Go og rett e-postadressen for faktura.",
    ),
    "source_account_remains": (
        "Ditt eget kontonummer står fortsatt i {doc} ({part}), så kunden kan betale til feil konto.",
        "Fjern kontonummeret fra teksten eller vedlegget i PowerOffice Go. {redo}",
    ),
    "changed_after_booking": (
        "{Doc} er endret i PowerOffice Go etter at den ble bokført hos factoringselskapet.",
        "Kontroller endringen. Skal den gjelde: {redo}",
    ),
    "not_active_at_source": (
        "{Doc} er ikke lenger aktiv for factoring i PowerOffice Go (status: {value}).",
        "Er saken løst, sett {doc} aktiv igjen i PowerOffice Go, så går den videre av seg selv. Ellers: {redo}",
    ),
    "debtor_objected": (
        "Mottakeren har meldt fra om at noe er feil med {doc}, så brevet som skulle fulgt e-posten, venter.",
        "Ta kontakt med mottakeren, og lukk innsigelsen på klientsidene når saken er avklart. Da går brevet videre av seg selv.",
    ),
}

CARD_TEXTS: Mapping[str, tuple[str, str]] = {
    "wrong_organisation_number": (
        "Kundens organisasjonsnummer {value} er ikke gyldig.",
        "Åpne {card} i PowerOffice Go og rett organisasjonsnummeret; det har ni siffer og kan slås opp i Brønnøysundregistrene.",
    ),
}
"""Where the sentence about a customer card is another than about a document."""
