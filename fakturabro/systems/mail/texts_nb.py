"""What debtors read in an e-mail, in Norwegian bokmål. The same keys stand in `texts_en`; a test compares them."""

from __future__ import annotations

TEXTS = {
    "invoice": "Faktura {number}",
    "credit_note": "Kreditnota {number}",
    "subject": "{title} fra {client}",
    "subject_reissued": "Ny lenke til {title_small} fra {client}",
    "of": "Org.nr. {organisation_number}",
    "amount_invoice": "Å betale",
    "amount_credit_note": "Kreditert beløp",
    "due": "Forfaller {date}",
    "no_payment": "Ingenting å betale",
    "of_invoice": "Gjelder faktura {number}",
    "hello": "Hei,",
    "lead_link_invoice": "Du har fått en faktura fra {client}. Åpne den med lenken og koden.",
    "lead_link_credit_note": "Du har fått en kreditnota fra {client}. Åpne den med lenken og koden.",
    "lead_reissued_invoice": "Her er en ny lenke og en ny kode til fakturaen fra {client}. De du fikk før, virker ikke lenger.",
    "lead_reissued_credit_note": "Her er en ny lenke og en ny kode til kreditnotaen fra {client}. De du fikk før, virker ikke "
    "lenger.",
    "lead_attached_invoice": "Du har fått en faktura fra {client}. Den ligger ved som PDF.",
    "lead_attached_credit_note": "Du har fått en kreditnota fra {client}. Den ligger ved som PDF.",
    "credit": "Beløpet er godskrevet deg. Du skal ikke betale noe for kreditnotaen.",
    "code": "Koden din",
    "open_invoice": "Åpne fakturaen",
    "open_credit_note": "Åpne kreditnotaen",
    "by_hand": "Virker ikke knappen? Kopier denne adressen til nettleseren:",
    "letter_invoice": "Er fakturaen ikke åpnet innen {days}, sender vi den som brev i posten.",
    "letter_credit_note": "Er kreditnotaen ikke åpnet innen {days}, sender vi den som brev i posten.",
    "valid": "Lenken virker til og med {date}.",
    "day": "{count}\u00a0dag",
    "days": "{count}\u00a0dager",
    "working_day": "{count}\u00a0virkedag",
    "working_days": "{count}\u00a0virkedager",
    "payment": "Betaling",
    "account": "Konto",
    "kid": "KID",
    "payee": "Betalingsmottaker",
    "wrong_title": "Er det noe som ikke stemmer?",
    "wrong_link_invoice": "Åpne fakturaen og velg «Noe er feil med fakturaen». Da får {client} og factoringselskapet beskjed, og "
    "vi sender ikke noe brev mens de ser på saken.",
    "wrong_link_credit_note": "Svar på denne e-posten{address}. Svaret går til {client}.",
    "wrong_attached": "Svar på denne e-posten{address}. Svaret går til {client}.",
    "genuine_title": "Er du usikker på om e-posten er ekte?",
    "genuine": "Ring {client} på et nummer du finner selv{register}. Oppgi aldri passord eller kortnummer for å åpne en faktura.",
    "register": ", for eksempel ved å slå opp organisasjonsnummeret på brreg.no",
    "sent_for": "Sendt på vegne av {client}. Betalingen går til {payee}.",
    "sent_for_client": "Sendt på vegne av {client}.",
    "regards": "Vennlig hilsen",
}
MONTHS = ["januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"]
DATE = "{day}. {month} {year}"
