"""The Norwegian sentences of the watchman: what is wrong, and what an operator does about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from fakturabro.ledger import messages

_SEVERITIES = {"critical": "KRITISK", "warning": "ADVARSEL"}


def line(severity: str, code: str, tenant: str, sentence: str) -> str:
    return f"{_SEVERITIES[severity]} {code}{f' {tenant}' if tenant else ''}: {sentence}"


def over(code: str, tenant: str, sentence: str) -> str:
    return f"OVER {code}{f' {tenant}' if tenant else ''}: {sentence}"


ALL_WELL = "Ingen alarmer."


def missed_slots(name: str, times: Sequence[dt.datetime], caught_up: bool) -> str:
    first, last = messages.time(times[0]), messages.time(times[-1])
    which = f"Luken {first}" if len(times) == 1 else f"{len(times)} luker, fra {first} til {last},"
    after = (
        "En senere luke har tatt arbeidet igjen. Finn ut hvorfor den falt ut."
        if caught_up
        else "Se at Prefect og arbeideren går, og start kjøringen fra Prefect; den tar alt som er nytt."
    )
    return f"{which} for {name} er ikke kjørt. {after}"


def dead_slot(flow: str, time: dt.datetime, run: str, until: dt.datetime) -> str:
    return (
        f"Luken {messages.time(time)} for {flow} ble påbegynt, men aldri avsluttet; siste livstegn {messages.time(until)}. "
        f"Se kjøring {run} i Prefect, og start den på nytt."
    )


def unwatched_schedule(name: str) -> str:
    return f"{name} har en tidsplan uten cron, og luker etter den kan ikke overvåkes. Skriv den som cron i klientens fil."


def silent(last: dt.datetime, days: int) -> str:
    return (
        f"Ingen dokumenter er hentet siden {messages.time(last)}, altså på {days} arbeidsdager. "
        "Spør klienten om det stemmer, og se at nøkkelen til regnskapssystemet har de rettighetene den hadde."
    )


def old_doubts(count: int, since: dt.datetime | None) -> str:
    age = f"Det eldste har vært uavklart siden {messages.time(since)}." if since else "Det er ikke kjent siden når."
    return f"{count} dokument(er) er uavklart. {age} Kontroller hos motparten, og avgjør dem på godkjenningssiden."


def waiting_mails(count: int) -> str:
    return (
        f"{count} e-post(er) til skyldnere er forsøkt sendt i over to døgn uten at e-posttjeneren tar imot. Se hvorfor i loggen "
        "til siste inntak. Gjelder det adressen, må klienten rette kundekortet; ellers e-posttjeneren eller oppsettet."
    )


def growing_doubts(new: int, count: int) -> str:
    return (
        f"{new} dokumenter er blitt uavklart det siste døgnet og er det fortsatt; i alt {count}. "
        "Stans utsendingen om det fortsetter, og finn ut hva som skjer hos motparten."
    )


def missing_numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (" og flere" if len(numbers) > 10 else "")
    return f"{len(numbers)} nummer mangler i nummerserien, og PowerOffice kjenner dem ikke: {shown}. Spør klienten."


def past_review(sentence: str, tenant: str, scope: str) -> str:
    command = " ".join(part for part in ("fakturabro resume", tenant, scope) if part)
    return f"{sentence} Tiden er ute, men stansen står. Opphev den med `{command} --why ...`, og stans på nytt om den skal vare."


def without_consent(candidate: str, by: str, why: str, at: dt.datetime) -> str:
    return (
        f"{by} inviterte {candidate} som godkjenner {messages.time(at)} uten at noen godkjenner samtykket: {why} "
        "Hør med klienten om det er riktig. Hvis ikke: ta personen ut av klientens fil, og kjør `fakturabro apply`."
    )


def locked(why: str, at: dt.datetime) -> str:
    return f"Utsending har vært låst siden {messages.time(at)}: {why} Kjør `fakturabro recover`."


def journal_missing(folder: object) -> str:
    return f"Mappen til sendejournalen, {folder}, finnes ikke. Monter disken den ligger på; uten journal skal ingenting sendes."


def disk_full(folder: object, megabytes: int) -> str:
    return f"Det er {megabytes} MB igjen på disken til {folder}. Rydd plass: når den er full, stanser all utsending."


def disk_read_only(folder: object) -> str:
    return f"Det kan ikke skrives til {folder}. Uten det sendes ingenting. Se monteringen av disken og rettighetene."


def choice_differs(chosen: str, stated: Sequence[str]) -> str:
    return (
        f"Klienten har valgt {chosen} for e-post på tilkoblingssiden, men filen sier {' og '.join(stated)}. Filen gjelder. "
        "Rett den og kjør `fakturabro apply`, eller be klienten velge på nytt."
    )


def unknown_receivers(count: int) -> str:
    return (
        f"Om {count} mottaker(e) har Peppols registre ikke svart på over et døgn. Det som skal til dem, venter. Se hvorfor "
        "i loggen til siste inntak; haster det, kan klienten velge brev på kundekortet."
    )


def old_rules(layer: str, day: dt.date) -> str:
    return (
        f"De offisielle EHF-reglene ({layer}) er fra {day:%d.%m.%Y}. Hent nyere, og legg dem i mappen som FAKTURABRO_EHF_RULES "
        "peker på."
    )


def undated_rules(layer: str) -> str:
    return f"De offisielle EHF-reglene ({layer}) sier ikke når de er fra. Hent dem på nytt fra eieren."


def prefect_unreachable(url: str, kind: str) -> str:
    return f"Prefect svarer ikke på {url} ({kind}). Start tjenesten, eller rett PREFECT_API_URL og PREFECT_API_AUTH_STRING."


def unknown_deployment(name: str) -> str:
    return f"Prefect kjenner ikke {name}, som står i hovedboken. Kjør `fakturabro apply` med klientens fil."


def drift(name: str, changed: Sequence[str]) -> str:
    return (
        f"{name} er endret i Prefect ({', '.join(changed)}) og kjører ikke lenger etter klientens fil. Finn ut hvem som endret "
        "det. Kjør `fakturabro apply` med filen for å sette det tilbake."
    )


def paused(name: str) -> str:
    return f"{name} er satt på pause i Prefect, men ikke i klientens fil. Slå den på igjen under Deployments."


def no_runs(name: str, missing: Sequence[dt.datetime]) -> str:
    return (
        f"Prefect har ikke laget kjøringen {messages.time(missing[0])} for {name}. Planleggeren står: start Prefect-tjenesten på "
        "nytt, og se at PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED ikke er false."
    )


def no_worker(pool: str, last: dt.datetime | None) -> str:
    since = f"siden {messages.time(last)}" if last else "noen gang"
    return f"Ingen arbeider har spurt etter arbeid i {pool} {since}. Start den: prefect worker start --pool {pool}"


def pool_paused(pool: str) -> str:
    return f"Arbeidskøen {pool} er satt på pause i Prefect, og ingenting kjøres. Slå den på igjen under Work Pools."


def letter_rejected(number: str, job_id: str, state: str, why: str) -> str:
    what = "kom i retur" if state == "undeliverable" else "ble avvist av trykkeriet"
    because = f" ({why})" if why else ""
    return (
        f"Brevet med {number} {what}{because}. Avtal med trykkeriet eller klienten hva som gjøres. "
        f"Lukk så saken med fakturabro letter close; jobben er {job_id}."
    )


def letters_unreceipted(count: int, job_id: str, day: dt.date) -> str:
    said = "1 brev" if count == 1 else f"{count} brev"
    return f"Trykkeriet har ikke kvittert for {said} levert {day:%d.%m.%Y} eller før, blant dem jobben {job_id}. Spør trykkeriet."


def consent_expires(until: dt.datetime) -> str:
    return (
        f"Samtykket til Fortnox går ut {messages.time(until)} om ingen kjøring fornyer det før. Se hvorfor kjøringene ikke går. "
        "Er det gått ut, kjør fakturabro fortnox connect."
    )


def link_guessed(number: str, at: dt.datetime) -> str:
    return (
        f"Lenken til {number} ble stengt {messages.time(at)} etter tjue feil koder. Mottakeren får ny lenke og kode "
        "ved å be om det på siden. Skjer det med flere, prøver noen å gjette."
    )


def check_failed(check: str, kind: str) -> str:
    return f"Kontrollen {check} feilet ({kind}) og har ikke sett noe. Se vaktmannens logg."


def ledger_unreachable(said: str) -> str:
    return f"Hovedboken kan ikke åpnes, og ingenting kan overvåkes: {said}"


def mail_failed(said: str) -> str:
    return f"Alarmene ble ikke sendt på e-post, og sendes ved neste runde: {said}"


def memory_failed(path: object, kind: str) -> str:
    return f"Vaktmannen kan ikke huske hva som er sendt ({path}: {kind}), og sender derfor alt hver gang. Rett mappen."


def subject(new: int, ended: int) -> str:
    parts = [f"{new} alarm{'' if new == 1 else 'er'}"] * bool(new) + [f"{ended} over"] * bool(ended)
    return f"Fakturabro: {', '.join(parts)}"


def mail(lines: Sequence[str]) -> str:
    return "\n\n".join([*lines, "Den samme alarmen sendes igjen etter et døgn så lenge den varer."]) + "\n"
