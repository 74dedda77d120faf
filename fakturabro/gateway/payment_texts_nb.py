"""Norwegian bokmål: questions on payments."""

from collections.abc import Mapping


def _told(kind: str, answers: Mapping[str, str]) -> dict[str, str]:
    """What is read after an answer."""
    told: dict[str, str] = {}
    for answer, text in answers.items():
        told[f"decided_{kind}_{answer}_title"] = "Svaret er lagret"
        told[f"decided_{kind}_{answer}_text"] = f"{text} Du kan lukke siden."
    return told


TEXTS = {
    "fact_file": "Fil",
    "fact_received": "Mottatt (norsk tid)",
    "fact_sha256": "Kontrollsum (SHA-256)",
    "fact_count": "Antall betalinger",
    "fact_sum": "Sum",
    "fact_from_accounts": "Fra konto",
    "fact_largest": "Største betalinger",
    "fact_changes": "Ny konto (før → nå)",
    "fact_unusual": "Uvanlig",
    "fact_repeats": "Ligner en tidligere betaling",
    "fact_payment": "Innbetaling",
    "fact_text": "Melding",
    "remittance_file_subject": "Betalingsfil {file}",
    "remittance_file_title": "Er {file} filen som skal betales?",
    "remittance_file_text": "Filen lå i en mappe, så vi vet ikke hvem som la den der. Sammenlign antall, sum og kontrollsum med "
    "det økonomi- eller lønnssystemet viser. Betalingene må i tillegg godkjennes i nettbanken.",
    "remittance_file_approved": "Ja, dette er filen",
    "remittance_file_approved_text": "Antall og sum stemmer med systemet som laget den. Den går til banken i neste kjøring.",
    "remittance_file_refused": "Nei, ikke betal",
    "remittance_file_refused_text": "Ingenting av filen betales. Det kan ikke angres: skal noe betales, må det lages en ny fil.",
    "creditor_accounts_subject": "Nye kontonumre i {file}",
    "creditor_accounts_title": "Er disse kontonumrene riktige?",
    "creditor_accounts_text": "Mottakerne er før betalt på en annen konto, eller står her med to. Endret "
    "kontonummer er den vanligste fakturasvindelen. Ring mottakeren på et nummer dere kjenner fra før, ikke et som står i en "
    "e-post eller på fakturaen.",
    "creditor_accounts_approved": "Ja, alle er kontrollert",
    "creditor_accounts_approved_text": "Betalingene slippes, og de nye kontoene regnes som kjent.",
    "creditor_accounts_refused": "Nei, ikke betal disse",
    "creditor_accounts_refused_text": "Betalingene til de nye kontoene kanselleres. Resten av filen går.",
    "unusual_batch_subject": "Uvanlig betalingsfil {file}",
    "unusual_batch_title": "Er {file} så stor som den skal være?",
    "unusual_batch_text": "Filen skiller seg fra dem som er sendt før. Finn grunnen før du svarer, og sammenlign "
    "antall, sum og kontrollsum med det systemet som laget den, viser.",
    "unusual_batch_approved": "Ja, det er riktig",
    "unusual_batch_approved_text": "Filen går til banken i neste kjøring.",
    "unusual_batch_refused": "Nei, ikke betal",
    "unusual_batch_refused_text": "Ingenting av filen betales. Det kan ikke angres.",
    "repeated_payments_subject": "Mulige dobbeltbetalinger i {file}",
    "repeated_payments_title": "Skal disse betales en gang til?",
    "repeated_payments_text": "Mottaker og beløp er de samme som i en tidligere betaling. Kontroller hver av dem mot fakturaen.",
    "repeated_payments_approved": "Ja, alle skal betales",
    "repeated_payments_approved_text": "De er kontrollert og er ikke betalt før.",
    "repeated_payments_refused": "Nei, ikke betal disse",
    "repeated_payments_refused_text": "Betalingene kanselleres. Resten av filen går. Skal noen av dem likevel betales, må de "
    "sendes på nytt.",
    "fact_message_id": "Meldings-ID i banken",
    "file_in_doubt_subject": "Uavklart betalingsfil {message_id}",
    "file_in_doubt_title": "Har banken mottatt betalingsfilen {message_id}?",
    "file_in_doubt_text": "Vi vet ikke om filen kom fram, og kan ikke se det selv. Søk i nettbanken etter meldings-ID og sum, også "
    "blant dem som venter på godkjenning. Svar bare på grunnlag av det du har sett: et galt nei kan gi dobbel betaling.",
    "file_in_doubt_arrived": "Ja, banken har den",
    "file_in_doubt_arrived_text": "Betalingene regnes som overlevert og sendes ikke igjen.",
    "file_in_doubt_absent": "Nei, banken har den helt sikkert ikke",
    "file_in_doubt_absent_text": "Betalingene sendes på nytt i neste kjøring. Er du i tvil, la det stå ubesvart.",
    "fact_unproven": "Betalinger",
    "unproven_subject": "Betalinger banken ikke har vist, i {message_id}",
    "unproven_title": "Er disse betalingene i {message_id} gjort?",
    "unproven_text": "De er forfalt, og banken har ikke vist at pengene gikk. Finn hver av dem i nettbanken: i kontoutskriften, "
    "blant dem som venter på godkjenning, og blant dem som er avvist eller slettet. Svaret gjelder alle betalingene, så antall "
    "og sum skal stemme. Svar bare på grunnlag av det du har sett, og la det stå ubesvart så lenge de kan bli betalt.",
    "unproven_paid": "Ja, alle er betalt",
    "unproven_paid_text": "Pengene er trukket fra kontoen for hver av dem. Regnskapet får beskjed.",
    "unproven_not_paid": "Nei, ingen er betalt",
    "unproven_not_paid_text": "Ingen er trukket, og de er avvist eller slettet i nettbanken, så de ikke kan bli betalt senere. "
    "Da kan de sendes på nytt: et galt svar kan gi dobbel betaling.",
    "unproven_each": "Noen er betalt, andre ikke",
    "unproven_each_text": "Du blir spurt om dem én for én, ti om gangen.",
    "incident_subject": "Stanset innbetalingsfil {file}",
    "incident_title": "Skal hele {file} bokføres?",
    "incident_text": "Så mye i filen er likt det som er meldt før, at banken kan ha registrert det to ganger. Spør banken før du "
    "svarer. Gjentar den en tidligere dag og det kommer en fil som tar det tilbake, avklares det av seg selv.",
    "incident_both_right": "Ja, alt i den er riktig",
    "incident_both_right_text": "Banken har bekreftet det. Hele filen bokføres i neste kjøring.",
    "incident_set_aside": "Nei, det som er gjentatt, er feil",
    "incident_set_aside_text": "Det som er gjentatt, bokføres aldri; resten bokføres i neste kjøring. Er det selve filen som "
    "legges i regnskapets mappe, legges den ikke der, og de nye betalingene i den må føres for hånd.",
    "suspense_subject": "Innbetaling som ikke er plassert",
    "suspense_title": "Hvilken faktura gjelder innbetalingen?",
    "suspense_text": "KID mangler eller er feil. Forslagene er regnet ut, det beste først. Er du i tvil, la den stå.",
    "suspense_candidate_text": "Innbetalingen plasseres her.",
    "suspense_stands": "Ingen av dem",
    "suspense_stands_text": "Innbetalingen blir stående uplassert, og du blir ikke spurt igjen.",
    **_told("remittance_file", {"approved": "Filen går til banken i neste kjøring.", "refused": "Ingenting av filen betales."}),
    **_told("creditor_accounts", {"approved": "Betalingene slippes.", "refused": "Betalingene til de nye kontoene kanselleres."}),
    **_told("unusual_batch", {"approved": "Filen går til banken i neste kjøring.", "refused": "Ingenting av filen betales."}),
    **_told("repeated_payments", {"approved": "Betalingene slippes.", "refused": "Betalingene kanselleres."}),
    **_told(
        "file_in_doubt",
        {"arrived": "Betalingene regnes som overlevert.", "absent": "Betalingene sendes på nytt i neste kjøring."},
    ),
    **_told(
        "unproven",
        {
            "paid": "Betalingene regnes som utført.",
            "not_paid": "Betalingene regnes som avvist og kan sendes på nytt.",
            "each": "Du blir spurt om dem én for én.",
        },
    ),
    **_told("incident", {"both_right": "Hele filen bokføres i neste kjøring.", "set_aside": "Det som er gjentatt, bokføres ikke."}),
    **_told("suspense", {"stands": "Innbetalingen blir stående uplassert."}),
    **_told("suspense", {f"candidate_{n}": "Innbetalingen plasseres i neste kjøring." for n in range(1, 6)}),
}
