"""The Norwegian sentences of runs: what operators read in the Prefect UI."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from fakturabro.domain import calendar, money
from fakturabro.ledger import certificates
from tasks.bank import words as bank_words
from tasks.returns import words as return_words
from tasks.severa_fortnox import words as transfer_words

WRITTEN_BACK = "KID og kopi av utsendt faktura fra factoringselskapet"
NOT_THERE = "Lest tilbake: ikke mottatt. Sendes på nytt."
STANDS_THERE = "Lest tilbake: mottatt."
PURPOSES = {
    "book": "Bokføring",
    "distribute": "Utsending",
    "write_back": "Tilbakeskriving",
    "letter": "Brev etter lenke",
    "pay": "Betaling",
    "book_back": "Tilbakemelding til regnskapet",
    "correction": "Rettelse til regnskapet",
    "post": "Postering",
    "return_data": "Returdata",
    "transfer": "Overføring",
    "attach": "Vedlegg til faktura",
    "mark_transferred": "Flytting til overført",
    "report_sent": "Melding om sendt",
    "report_paid": "Melding om betalt",
}
CHANNELS = {"ehf": "EHF", "link": "e-post med lenke", "email": "e-post", "letter": "brev"}
LINK_GOES_AGAIN = "Ingen vet om e-posten kom frem. Den går igjen med samme lenke, kode og meldings-ID."


def given_back(kid: str, file_name: str) -> str:
    """What PowerOffice got beside the PDF."""
    return f"Skrevet tilbake: KID {kid}, fil {file_name}, kommentar «{WRITTEN_BACK}»."


def not_a_working_day(day: dt.date, why: str) -> str:
    return f"{day:%d.%m.%Y} er ikke en arbeidsdag ({why}). Ingenting er hentet eller sendt."


def slot_taken(slot: dt.datetime, outcome: str | None) -> str:
    going = "kjøres allerede av en annen jobb. Er den død, blir luken fri etter fem minutter"
    return f"Luken {slot:%d.%m.%Y %H:%M} {f'er allerede kjørt: {outcome}' if outcome else going}."


def missed(count: int) -> str:
    return f"PowerOffice ga ikke {count} av EHF-filene nå; de tas i neste luke."


def unrecorded_bounces(count: int) -> str:
    which = "Én returmelding" if count == 1 else f"{count} returmeldinger"
    return f"{which} lot seg ikke føre. Se etter uleste e-poster i mappen «Lest av Fakturabro»."


def unexpected(kind: str) -> str:
    return f"Uventet feil ({kind}) mens dokumentet ble sendt. Kontroller hos motparten om det kom frem."


STATUSES = {0: "ukjent", 2: "tapt", 3: "reklamert", 4: "fullført", 5: "levert"}
"""What PowerOffice calls an invoice that is no longer active for factoring."""


def delivered_elsewhere(number: str) -> str:
    return f"{number} er ikke lenger tilgjengelig for factoring i PowerOffice og sendes derfor ikke."


def another_entry(number: str) -> str:
    return f"I factoringsystemet står det en annen post for bilag {number} enn den vi sendte. Avklar med factoringselskapet."


def other_content(key: str) -> str:
    return f"Hos distribusjonspartneren står det noe annet under {key} enn det vi sendte. Avklar med partneren."


def lacking(target: str, count: int) -> str:
    return (
        f"For {count} dokument(er) til {target} mangler det som skal sendes (KID, mottaker eller PDF; tilbakelagt kopi av "
        "hovedboken?). Det lages i neste inntak, og de går ut etter det."
    )


def no_heartbeat(kind: str) -> str:
    return f"Luken kunne ikke fornyes nå ({kind}). Går det for lenge, slutter kjøringen å sende."


def nobody_to_ask(tenant: str, count: int) -> str:
    return (
        f"{count} uavklart(e) forsendelse(r) må avgjøres av en godkjenner som ikke selv ba om ny sending, og {tenant} har ingen "
        f"slik med kodegenerator. Kjør `fakturabro enrol {tenant}` med adressen til en som kan."
    )


def not_asked(address: str, why: str) -> str:
    return f"Lenken til godkjenningssiden nådde ikke {address}: {why}"


def another_kid(number: str, standing: str, ours: str) -> str:
    return (
        f"Faktura {number} er allerede merket som levert i PowerOffice, med KID {standing or '(ingen)'} i stedet for {ours}. "
        "Avklar med klienten hvilken som gjelder."
    )


def report(counts: Mapping[str, int], dry_run: bool = False) -> str:
    """The run's sentence: "42 hentet, 40 sendt (EHF 20, e-post 10, brev 10), 2 venter på kunden"."""
    if dry_run:
        found = ", ".join(_counted(name, counts[name]) for name in _WORDS if counts.get(name)) or "Ingenting å gjøre"
        return f"Prøvekjøring, ingenting er sendt eller bokført: {found}."
    parts = [_counted(name, counts[name]) for name in _WORDS if counts.get(name) or (name in ("fetched",) and "fetched" in counts)]
    sent = sum(counts.get(channel, 0) for channel in CHANNELS)
    if sent:
        each = ", ".join(f"{label} {counts[channel]}" for channel, label in CHANNELS.items() if counts.get(channel))
        parts.insert(1 if "fetched" in counts else 0, f"{sent} sendt ({each})")
    return ", ".join(parts) or "Ingenting å gjøre"


_WORDS = {
    "fetched": "hentet",
    "booked": "bokført",
    "written_back": "skrevet tilbake",
    "skipped": "utelatt",
    "cancelled": "kreditert før utsending",
    "held": "venter på klienten",
    "waiting_credit_notes": "kreditnotaer venter på fakturaen sin",
    "held_by_us": "venter på oss (drift)",
    "gone": "trukket tilbake i PowerOffice",
    "rejected": "avvist",
    "in_doubt": "uavklart",
    "planned": "planlagt og ikke sendt ennå",
    "sending": "underveis",
    "letters_sent": "brev sendt",
    "opened": "åpnet",
    "objected": "åpne innsigelser",
    "bounced": "e-post i retur",
    "letters_rejected": "brev avvist av trykkeriet",
    "receipts": "kvitteringer fra trykkeriet",
    "links_anew": "nye lenker sendt",
    "missed": "kunne ikke hentes nå og tas i neste luke",
    "changed": "endret i PowerOffice etter utsending",
    "sent_anew": "endret i PowerOffice etter utsending og tatt med på nytt",
    "unreadable_rows": "kan ikke leses i listen fra PowerOffice",
    "receiver_unknown": "venter på svar fra EHF-registeret",
    "missing_numbers": "mangler i nummerserien",
    "late_numbers": "kom sent i nummerserien",
    "series_jumps": "hopp i nummerserien",
    "cards": "kundekort lest",
    "wrong_cards": "kundekort å rette",
    "purged": "månedsnøkler slettet etter oppbevaringstiden",
    "kept_open": "månedsnøkler beholdt fordi noe er åpent",
    "would_book": "ville blitt bokført",
    "would_distribute": "ville blitt sendt",
    "would_send_changed": "endrede ville blitt sendt på nytt",
    "would_send_letters": "brev ville blitt sendt",
    "would_write_back": "ville blitt skrevet tilbake",
    "would_purge": "månedsnøkler ville blitt slettet",
    **bank_words.WORDS,
    **return_words.WORDS,
    **transfer_words.WORDS,
}
_ONE = {
    "waiting_credit_notes": "kreditnota venter på fakturaen sin",
    "objected": "åpen innsigelse",
    "links_anew": "ny lenke sendt",
    "receipts": "kvittering fra trykkeriet",
    "purged": "månedsnøkkel slettet etter oppbevaringstiden",
    "kept_open": "månedsnøkkel beholdt fordi noe er åpent",
    "would_purge": "månedsnøkkel ville blitt slettet",
    **bank_words.ONE,
    **return_words.ONE,
    **transfer_words.ONE,
}
"""What is called otherwise when it is one."""


def _counted(name: str, count: int) -> str:
    return f"{count} {_ONE.get(name, _WORDS[name]) if count == 1 else _WORDS[name]}"


def certified(one: certificates.Certificate) -> str:
    """What a certificate is about: "Bokføring i EUR", "Overføring"."""
    purpose = PURPOSES.get(one.purpose, one.purpose)
    return purpose if one.currency == money.NO_CURRENCY else f"{purpose} i {one.currency}"


def does_not_add_up(wrong: Sequence[certificates.Certificate]) -> str:
    each = "; ".join(
        f"{certified(c)}: {c.count.difference} dokumenter og "
        f"{money.norwegian(c.amount.difference, c.currency) or 'ingen beløp'} mangler"
        for c in wrong
    )
    return f"Regnskapet for kjøringen går ikke opp. {each}. Stans utsending og finn årsaken før neste luke."


def no_report(error: str) -> str:
    return f"Klientrapporten kunne ikke lages ({error}). Se loggen. Bilagene er behandlet; rapporten kommer i neste luke."


def not_told(error: str) -> str:
    return (
        f"E-posten om rapporten til en av klientens personer kom ikke av gårde ({error}). Se etter hos e-posttjeneren og i "
        "klientfilen; den sendes i neste luke."
    )


def cannot_tell(why: str) -> str:
    """`why` is a sentence about a file or a setting of ours."""
    return f"Rapporten er laget, men ingen kunne varsles på e-post: {why} Rett det; e-posten sendes i neste luke."


def perhaps_told() -> str:
    return "Vet ikke om e-posten om rapporten kom frem. Den sendes ikke på nytt i dag; rapporten ligger på klientsidene."


def period_impossible(first: dt.date, last: dt.date) -> str:
    return f"Perioden fra {first:%d.%m.%Y} til {last:%d.%m.%Y} slutter før den begynner, eller etter i dag. Rett datoene."


def objection_not_told(error: str) -> str:
    return (
        f"E-posten om en innsigelse kom ikke av gårde ({error}). Se etter hos e-posttjeneren og i klientfilen; den sendes i neste "
        "luke."
    )


def portal_is_dark(count: int) -> str:
    return (
        f"{count} brev er klare, men siden der skyldnerne åpner fakturaene, svarer ikke. Ingen brev er sendt. Få opp gatewayen "
        "(`fakturabro gateway`) og se hvor lenge den har vært nede; start kjøringen på nytt når skyldnerne har fått tid til å åpne."
    )


def nobody_opens(count: int, since: dt.datetime) -> str:
    return (
        f"Brems: {count} lenker er ikke åpnet, og ingen har åpnet noen siden {since.astimezone(calendar.OSLO):%d.%m.%Y %H:%M}. "
        "Ingen brev er sendt. Åpne en av lenkene selv. Virker siden, start kjøringen med «Slipp bremsen»."
    )


def many_bounced(count: int, mailed: int) -> str:
    return (
        f"Brems: {count} av {mailed} e-poster er kommet i retur. Ingen brev er sendt i stedet for dem. Se i returmeldingene om "
        "det er adressene som er gale, eller vi som blir avvist. Er adressene gale, start kjøringen med «Slipp bremsen»."
    )


def report_made(headline: str, report_id: int) -> str:
    return f"Rapport {report_id} ligger på klientsidene. {headline}"


def unknown_receipt(job_id: str) -> str:
    return f"Trykkeriet kvitterer for jobben {job_id}, som ingen har levert. Kvitteringen er lagt til side; avklar med trykkeriet."


def receipt_of_another_letter(job_id: str) -> str:
    return f"Kvitteringen for jobben {job_id} nevner et brev som ikke er i jobben. Den er lagt til side; avklar med trykkeriet."


NO_LETTER = (
    "Bilaget kan ikke gå som brev: mottakerens postadresse mangler eller er ikke fullstendig, eller et funn holder brev tilbake. "
    "Klienten må få det frem på en annen måte."
)


def unprintable(faults: Sequence[str]) -> str:
    return f"Brevet kan ikke trykkes: {' '.join(faults)}"
