"""What people read of payments and their files, in bokmål: the rule's name, what is wrong, what to do. See messages.TEXTS."""

from __future__ import annotations

from collections.abc import Mapping

_DECIDE = "Sammenlign med leverandørreskontroen, og godkjenn eller avslå på godkjenningssiden."
_MEND = "Rett den i regnskapssystemet og send den i en ny fil."
_LOOK = "Kontroller filen i regnskapssystemet, og godkjenn eller avslå den på godkjenningssiden."

PAYMENTS: Mapping[str, tuple[str, str, str]] = {
    "same_payment_before": (
        "Samme betaling en gang til",
        "{Doc} er den samme som {value}: kontoer, beløp, referanse og forfall er like. Den betales ikke en gang til.",
        "Ingenting trengs. Skyldes det virkelig beløpet to ganger, må den andre betalingen ha sin egen referanse.",
    ),
    "payment_with_another_date": (
        "Samme betaling med annet forfall, fra annen konto eller med annen skrivemåte",
        "Mottaker, beløp og referanse er som i {value}; bare forfall, kontoen det betales fra, eller skrivemåten er en annen.",
        _DECIDE,
    ),
    "payment_without_reference_again": (
        "Samme mottaker og beløp, og referansene kan ikke sammenlignes",
        "Mottakers konto og beløp er som i {value}. En av de to mangler referanse, eller den ene har KID og den andre "
        "fakturanummer.",
        _DECIDE,
    ),
    "debtor_account_not_ours": (
        "Betales fra en konto som ikke er registrert",
        "Konto {value}, som det skal betales fra, er ikke blant klientens kontoer.",
        "Er kontoen klientens, legges den inn i klientens fil. Ellers: finn ut hvem som laget betalingen.",
    ),
    "not_payable_at_source": (
        "Regnskapssystemet sier at fakturaen ikke kan betales nå",
        "Regnskapssystemet sier om fakturaen som {doc} gjelder: {value}.",
        "Rett fakturaen eller leverandøren i regnskapssystemet. Betalingen går av seg selv når listen der er i orden.",
    ),
    "wrong_creditor_account": (
        "Ugyldig konto hos mottakeren",
        "Mottakerens konto {value} finnes ikke: kontrollsifferet er feil.",
        f"Spør mottakeren om riktig kontonummer. {_MEND}",
    ),
    "creditor_account_changed": (
        "Mottakeren har ny konto",
        "Mottakeren har konto {value} i en annen betaling, og en annen konto i denne.",
        "Ring mottakeren på et nummer dere hadde fra før, aldri et som står i beskjeden om ny konto. Godkjenn eller avslå så.",
    ),
    "creditor_account_is_ours": (
        "Betaling til egen konto",
        "Mottakerens konto {value} er klientens egen.",
        "Kontroller at det er en overføring mellom egne kontoer.",
    ),
    "creditor_without_name": ("Mottaker uten navn", "Mottakerens navn mangler.", _MEND),
    "payment_in_unknown_currency": ("Ukjent valuta i betalingen", "Det kan ikke betales i valutaen {value}.", _MEND),
    "amount_not_payable": (
        "Beløp som ikke kan betales",
        "Beløpet {value} kan ikke betales: det må være over null og ha høyst to desimaler, ikke flere enn valutaen.",
        _MEND,
    ),
    "wrong_payment_kid": (
        "Ugyldig KID i betalingen",
        "KID {value} har feil kontrollsiffer eller lengde.",
        f"Kontroller KID mot fakturaen. {_MEND}",
    ),
    "kid_and_message": (
        "Både KID og melding",
        "{Doc} har både KID {value} og melding. Banken tar bare en av dem.",
        f"Behold bare KID. {_MEND}",
    ),
    "refused_by_banks": (
        "Betaling som banker avviser",
        "Banken ville avvist {doc}: {value} er feil, for langt eller mangler.",
        _MEND,
    ),
    "due_date_long_past": (
        "Forfall for lenge siden",
        "Forfall {value} er så lenge siden at {doc} kan være gjort opp.",
        _DECIDE,
    ),
    "due_date_past": ("Forfall er passert", "Forfall {value} er passert. {Doc} går første bankdag.", "Ingenting trengs."),
    "due_date_on_day_off": (
        "Forfall er ingen bankdag",
        "Forfall {value} er helg eller helligdag. {Doc} sendes med dato {suggestion}.",
        "Ingenting trengs. Skal pengene være framme før, må forfall settes tidligere.",
    ),
    "due_date_too_far_ahead": ("Forfall for langt fram", "Forfall {value} er uvanlig langt fram.", _DECIDE),
}

FILES: Mapping[str, tuple[str, str, str]] = {
    "too_few_files_before": (
        "For få filer å sammenligne med",
        "Antall filer av samme slag som er sendt før: {value}. Det trengs {suggestion} for å vite hva som er vanlig.",
        _LOOK,
    ),
    "unusual_count": ("Uvanlig mange betalinger", "{Doc} har {value} betalinger. Vanlig er høyst {suggestion}.", _LOOK),
    "unusual_total": ("Uvanlig stor sum", "Summen er {value}. Vanlig er høyst {suggestion}.", _LOOK),
    "unusual_payment": ("Uvanlig stor betaling", "Største betaling er {value}. Vanlig er høyst {suggestion}.", _LOOK),
    "many_new_receivers": (
        "Uvanlig mange nye mottakere",
        "Til kontoer som aldri er betalt før, går {value} % av betalingene. Grensen er {suggestion} %.",
        _LOOK,
    ),
}

FIELDS: Mapping[str, str] = {
    "DebtorAccount": "Belastes konto",
    "CreditorAccount": "Mottakers konto",
    "CreditorName": "Mottaker",
    "PaymentAmount": "Beløp",
    "Kid": "KID",
    "ExecutionDate": "Forfall",
    "EarlierPayment": "Tidligere betaling",
    "PaymentPart": "Del av betalingen",
}
PARTS: Mapping[str, str] = {
    "InstrId": "referansen",
    "CtgyPurp": "betalingstypen",
    "CdtrAcct": "mottakerens konto",
    "Cdtr": "mottakerens navn eller adresse",
    "CdtrAgt": "mottakerens bank",
    "Purp": "formålskoden",
    "ChrgBr": "fordelingen av kostnader",
    "RgltryRptg": "det som valutaregisteret skal vite",
    "RmtInf": "referansen til mottakeren",
    "Ustrd": "meldingen",
    "RfrdDocInf": "fakturanummeret",
}
"""Parts of a payment by their ISO 20022 names."""
