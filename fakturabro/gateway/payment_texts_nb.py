"""Norwegian bokmål: questions on payments and vouchers."""

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
    "fact_asked": "Svaret gjelder",
    "fact_told_before": "Meldt før",
    "fact_reason": "Hvorfor du blir spurt",
    "fact_payment": "Innbetaling",
    "fact_text": "Melding",
    "fact_voucher_no": "Bilag i PowerOffice",
    "fact_voucher_date": "Bilagsdato",
    "fact_settlement": "Oppgjør",
    "fact_movements": "Bevegelser i bilaget",
    "fact_anew": "Føres på nytt",
    "fact_reversed_by_hand": "Merk",
    "remittance_file_subject": "Betalingsfil {file}",
    "remittance_file_title": "Er «{file}» filen som skal betales?",
    "remittance_file_text": "Filen lå i en mappe, så vi vet ikke hvem som la den der. Sammenlign antall, sum og kontrollsum med "
    "det økonomi- eller lønnssystemet viser. Betalingene må i tillegg godkjennes i nettbanken.",
    "remittance_file_approved": "Ja, dette er filen",
    "remittance_file_approved_text": "Antall, sum og kontrollsum stemmer. Det som ikke venter på andre svar, går til banken i "
    "neste kjøring.",
    "remittance_file_refused": "Nei, ikke betal",
    "remittance_file_refused_text": "Ingenting av filen betales. Det kan ikke angres: skal noe betales, må det lages en ny fil.",
    "creditor_accounts_subject": "Nye kontonumre i {file}",
    "creditor_accounts_title": "Er disse kontonumrene riktige?",
    "creditor_accounts_text": "Mottakerne er før betalt på en annen konto, eller står her med to. Endret "
    "kontonummer er den vanligste fakturasvindelen. Ring mottakeren på et nummer dere kjenner fra før, ikke et som står i en "
    "e-post eller på fakturaen.",
    "creditor_accounts_approved": "Ja, alle er kontrollert",
    "creditor_accounts_approved_text": "Mottakerne har bekreftet dem. Betalingene går til banken, og de nye kontoene regnes "
    "som kjent.",
    "creditor_accounts_refused": "Nei, ikke betal disse",
    "creditor_accounts_refused_text": "Betalingene til de nye kontoene kanselleres. Resten av filen berøres ikke.",
    "unusual_batch_subject": "Uvanlig betalingsfil {file}",
    "unusual_batch_title": "Er «{file}» så stor som den skal være?",
    "unusual_batch_text": "Filen skiller seg fra dem som er sendt før. Finn grunnen før du svarer, og sammenlign "
    "antall, sum og kontrollsum med det systemet som laget den, viser.",
    "unusual_batch_approved": "Ja, det er riktig",
    "unusual_batch_approved_text": "Det som ikke venter på andre svar, går til banken i neste kjøring.",
    "unusual_batch_refused": "Nei, ikke betal",
    "unusual_batch_refused_text": "Ingenting av filen betales. Det kan ikke angres.",
    "repeated_payments_subject": "Mulige dobbeltbetalinger i {file}",
    "repeated_payments_title": "Skal disse betales en gang til?",
    "repeated_payments_text": "Mottaker og beløp er de samme som i en tidligere betaling. Kontroller hver av dem mot fakturaen.",
    "repeated_payments_approved": "Ja, alle skal betales",
    "repeated_payments_approved_text": "De er kontrollert og er ikke betalt før. De går til banken i neste kjøring.",
    "repeated_payments_refused": "Nei, ikke betal disse",
    "repeated_payments_refused_text": "Betalingene kanselleres. Resten av filen berøres ikke. Skal noen av dem likevel "
    "betales, må de sendes på nytt.",
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
    "unproven_single_title": "Er betalingen {single} i {message_id} gjort?",
    "unproven_single_text": "Den er forfalt, og banken har ikke vist at pengene gikk. Finn den i nettbanken: i kontoutskriften, "
    "blant dem som venter på godkjenning, og blant dem som er avvist eller slettet. Svar bare på grunnlag av det du har sett, og "
    "la det stå ubesvart så lenge den kan bli betalt.",
    "unproven_single_paid": "Ja, den er betalt",
    "unproven_single_paid_text": "Pengene er trukket fra kontoen. Regnskapet får beskjed.",
    "unproven_single_not_paid": "Nei, den er ikke betalt",
    "unproven_single_not_paid_text": "Ingenting er trukket, og den er avvist eller slettet i nettbanken, så den ikke kan bli "
    "betalt senere. Da kan den sendes på nytt: et galt svar kan gi dobbel betaling.",
    "unproven_each": "Noen er betalt, andre ikke",
    "unproven_each_text": "Du blir spurt om dem én for én, ti om gangen.",
    "fact_notice": "Hva",
    "fact_noticed": "Hvilke",
    "bank_notice_subject": "Noe i bankens fil {file} må følges opp",
    "bank_notice_title": "Er dette ordnet?",
    "bank_notice_text": "Det står i en fil fra banken, og vi kan ikke avgjøre det. Snakk med banken, og se etter i nettbanken og i "
    "regnskapet. Kjøringene sier det hver arbeidsdag til noen har svart.",
    "bank_notice_dealt_with": "Ja, det er ordnet",
    "bank_notice_dealt_with_text": "Banken har svart, og regnskapet stemmer. Det sies ikke mer om det. Ingenting bokføres.",
    "incident_subject": "Stanset innbetalingsfil {file}",
    "incident_title": "Skal hele «{file}» bokføres?",
    "incident_text": "Så mange av innbetalingene i filen er meldt før, at banken kan ha registrert en dag to ganger. Spør banken "
    "før du svarer. Kommer det en fil som tar dem tilbake, avklares det av seg selv.",
    "incident_both_right": "Ja, alt i den er riktig",
    "incident_both_right_text": "Banken har bekreftet at det er betalt to ganger. Hele filen bokføres i neste kjøring.",
    "incident_set_aside": "Nei, det som er gjentatt, er feil",
    "incident_set_aside_text": "Banken har ført pengene to ganger og tar dem tilbake. Det som er gjentatt, bokføres aldri; resten "
    "bokføres i neste kjøring. Er det selve filen som legges i regnskapets mappe, legges den ikke der, og de nye "
    "innbetalingene i den må føres for hånd.",
    "incident_takes_back_title": "Skal «{file}» legges i regnskapets mappe?",
    "incident_takes_back_text": "Filen tar tilbake innbetalinger fra en fil som er lagt til side som feil. Regnskapet skal ha "
    "begge filene eller ingen av dem.",
    "incident_takes_back_both_right": "Ja, legg den der",
    "incident_takes_back_both_right_text": "Regnskapet har fått den andre filen også, for eksempel lagt der for hånd.",
    "incident_takes_back_set_aside": "Nei, la den ligge",
    "incident_takes_back_set_aside_text": "Regnskapet har ikke fått den andre filen. Ingenting av denne bokføres.",
    "incident_overlaps_title": "Skal hele «{file}» legges i regnskapets mappe?",
    "incident_overlaps_text": "Filen har innbetalinger som regnskapet har fått før i en annen fil, og noen som er nye. Legges den "
    "der, bokføres de kjente to ganger.",
    "incident_overlaps_both_right": "Ja, legg den der",
    "incident_overlaps_both_right_text": "Regnskapet tåler det, eller de kjente er fjernet der. Det skjer i neste kjøring.",
    "incident_overlaps_set_aside": "Nei, la den ligge",
    "incident_overlaps_set_aside_text": "De nye innbetalingene i den er ført for hånd, eller kommer i en ny fil fra banken.",
    "incident_told_again": "Nei, pengene står bare én gang på kontoen",
    "incident_told_again_text": "Banken har levert det samme en gang til, under andre numre. Det som er gjentatt, bokføres aldri; "
    "resten bokføres i neste kjøring.",
    "incident_references_title": "Er dette andre innbetalinger enn de som er bokført?",
    "incident_references_text": "De er like noe som er meldt i en annen fil, eller har en referanse fra banken som er brukt før. "
    "Se på kontoen, ikke i filene: står pengene der to ganger, er det to innbetalinger.",
    "incident_references_both_right": "Ja, pengene står to ganger på kontoen",
    "incident_references_both_right_text": "De bokføres ved siden av de første i neste kjøring. Svar det også når banken har tatt "
    "noe av det tilbake: det bokføres for seg.",
    "incident_references_told_again": "Nei, pengene står bare én gang på kontoen",
    "incident_references_told_again_text": "De bokføres aldri. De første blir stående som de er.",
    "suspense_subject": "Innbetaling som ikke er plassert",
    "suspense_title": "Hvilken faktura gjelder innbetalingen?",
    "suspense_text": "Innbetalingen kunne ikke plasseres av seg selv. Forslagene er regnet ut, det beste først. Er du i tvil, la "
    "spørsmålet stå ubesvart.",
    "suspense_candidate_text": "Innbetalingen plasseres her.",
    "suspense_waits_title": "Hvor hører innbetalingen hjemme?",
    "suspense_waits_text": "Den kan ikke føres herfra som den er. Velg en faktura, eller før den for hånd i regnskapet og si fra "
    "her. Er du i tvil, la spørsmålet stå ubesvart.",
    "suspense_by_hand": "Den er ført for hånd",
    "suspense_by_hand_text": "Den står i regnskapet allerede, ført av dere. Vi fører den aldri, og spør ikke igjen.",
    "suspense_stands": "Ingen av dem",
    "suspense_stands_text": "Innbetalingen blir stående uplassert, og du blir ikke spurt igjen.",
    "undo_voucher_subject": "Tilbakeføring av bilag {voucher_no}",
    "undo_voucher_title": "Skal bilag {voucher_no} tilbakeføres?",
    "undo_voucher_text": "Hele bilaget tas tilbake i klientens PowerOffice, og bevegelsene i det føres på nytt i et nytt bilag med "
    "kontoene som er valgt nå. Se på bilaget i PowerOffice før du svarer, og kontroller at feilen det rettes for, er rettet først. "
    "Bare kontoer, mva-koder, avdelinger og prosjekter kan være endret siden bilaget ble ført. Er konteringen av en type bevegelse "
    "lagt om, må du svare nei: oppgjøret er lukket med den gamle.",
    "undo_voucher_approved": "Ja, tilbakefør det",
    "undo_voucher_approved_text": "Bilaget tilbakeføres i neste kjøring. Når PowerOffice viser at det er gjort, føres bevegelsene "
    "på nytt. Det som da mangler noe, holdes tilbake til det er rettet.",
    "undo_voucher_refused": "Nei, la det stå",
    "undo_voucher_refused_text": "Ingenting gjøres. Bilaget står som det er.",
    **_told(
        "undo_voucher",
        {"approved": "Bilaget tilbakeføres og føres på nytt i neste kjøring.", "refused": "Bilaget står som det er."},
    ),
    **_told("remittance_file", {"approved": "Filen kan gå til banken i neste kjøring.", "refused": "Ingenting av filen betales."}),
    **_told(
        "creditor_accounts",
        {"approved": "Betalingene kan gå til banken i neste kjøring.", "refused": "Betalingene til de nye kontoene kanselleres."},
    ),
    **_told("unusual_batch", {"approved": "Filen kan gå til banken i neste kjøring.", "refused": "Ingenting av filen betales."}),
    **_told(
        "repeated_payments", {"approved": "Betalingene kan gå til banken i neste kjøring.", "refused": "Betalingene kanselleres."}
    ),
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
    **_told("bank_notice", {"dealt_with": "Det sies ikke mer om det."}),
    **_told("incident", dict.fromkeys(("both_right", "set_aside", "told_again"), "Det følges i neste kjøring.")),
    **_told("suspense", {"by_hand": "Innbetalingen regnes som ført for hånd."}),
    **_told("suspense", {"stands": "Innbetalingen blir stående uplassert."}),
    **_told("suspense", {f"candidate_{n}": "Innbetalingen plasseres i neste kjøring." for n in range(1, 6)}),
}
