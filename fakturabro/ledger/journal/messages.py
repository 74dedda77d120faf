"""The Norwegian sentences of the send journal, the lock and recovery."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Sequence

from fakturabro.domain import calendar


def cannot_be_written(folder: pathlib.Path, reason: str) -> str:
    return (
        f"Sendejournalen i {folder} kan ikke skrives ({reason}). Ingenting er sendt. "
        "Kontroller at disken ikke er full og at mappen er tilgjengelig, og start kjøringen på nytt."
    )


def cannot_be_read(folder: pathlib.Path, reason: str) -> str:
    return f"Sendejournalen i {folder} kan ikke leses ({reason}). Kontroller at disken er koblet til og at mappen er tilgjengelig."


def shrunk(folder: pathlib.Path) -> str:
    return (
        f"Sendejournalen i {folder} er blitt kortere eller borte mens kjøringen pågikk. Ingenting er sendt. "
        "Kontroller at disken er koblet til, og start kjøringen på nytt."
    )


def damaged(file: pathlib.Path, offset: int) -> str:
    return f"Sendejournalen er endret eller skadet: {file}, byte {offset}. Kjør `fakturabro journal verify`."


def missing(folder: pathlib.Path, line: str) -> str:
    return (
        f"Sendejournalen i {folder} mangler linjen {line}, som hovedboken kjenner. Ingenting sendes. "
        "Koble til riktig disk, eller rett FAKTURABRO_JOURNAL. "
        "Er journalen tapt for godt: `fakturabro recover KLIENT --journal-lost`."
    )


def old_epoch(epoch: int, newest: int) -> str:
    return (
        f"`fakturabro recover` er kjørt etter at denne kjøringen startet (epoke {epoch}, nå {newest}). "
        "Ingenting mer sendes herfra. Start kjøringen på nytt."
    )


def older_ledger(lines: int, first: dt.datetime) -> str:
    return (
        f"Hovedboken er eldre enn sendejournalen: {lines} sending(er) fra {_time(first)} og senere står bare i journalen. "
        "En sikkerhetskopi er trolig lagt tilbake"
    )


RECOVERING = "`fakturabro recover` er begynt og ikke fullført"


def locked(tenant: str, why: str) -> str:
    return f"{tenant} er låst, og ingenting sendes. {why}. Kjør `fakturabro recover {tenant}`."


def answers_not_in_journal(tenant: str, error: Exception) -> str:
    return f"Svarene for {tenant} står i hovedboken, men kom ikke i sendejournalen. Ingenting er tapt. Årsak: {error}"


def claimed(line: str, at: dt.datetime, outcome: str) -> str:
    said = f"mottatt av motparten {_time(at)}" if outcome == "accepted" else f"gikk ut {_time(at)}; ingen vet om det kom frem"
    return f"Fra sendejournalen, linje {line}: {said}. Hovedboken var eldre og visste det ikke."


def left_cancelled(line: str, at: dt.datetime) -> str:
    return f"Fra sendejournalen, linje {line}: gikk ut {_time(at)}, men leveringen er annullert her. Kontroller hos motparten."


def left_superseded(line: str, at: dt.datetime) -> str:
    return (
        f"Fra sendejournalen, linje {line}: en annen versjon gikk ut {_time(at)}, før hovedboken ble lagt tilbake. "
        "Kilden viser den ikke lenger, så leveringen står som den er. Kom den frem, har mottakeren fått begge."
    )


def cancelled_but_left(numbers: Sequence[str]) -> str:
    named = ", ".join(numbers)
    return f"Gikk ut, men er annullert i hovedboken: {named}. Kontroller hos motpartene; sendingene står i sendejournalen."


def claims_stand(tenant: str, count: int) -> str:
    return (
        f"{count} levering(er) for {tenant} gikk ut før hovedboken ble lagt tilbake, og dokumentene er ikke hentet på nytt. "
        "Se at kilden svarer og at dokumentene finnes der. De hentes i neste inntak; `fakturabro recover` prøver med en gang. "
        f'Finnes de ikke lenger: `fakturabro recover {tenant} --give-up "hvorfor"`. Bevegelser i returdata oppgis aldri.'
    )


def never_given_up(count: int) -> str:
    return (
        f"{count} bevegelse(r) i returdata er ikke oppgitt, for da ville de bli ført to ganger når de meldes på nytt. "
        "De leses tilbake i PowerOffice når de kommer inn igjen."
    )


def stop_not_in_journal(error: Exception) -> str:
    return (
        "Dette står i hovedboken, men kom ikke i sendejournalen: legges en eldre hovedbok tilbake, må det gjøres på nytt. "
        f"Årsak: {error}"
    )


def news_not_in_journal(tenant: str, error: Exception) -> str:
    return (
        f"Det en skyldner gjorde for {tenant}, står i hovedboken, men kom ikke i sendejournalen: legges en eldre hovedbok tilbake, "
        f"er det glemt. Årsak: {error}"
    )


def bounced(recipient: str, status: str, detail: str) -> str:
    return f"E-posten kom i retur: {' '.join(filter(None, (recipient, status, detail)))}"


ARRIVED = "E-posten er kommet frem til en e-posttjener: lenken er åpnet, eller e-posten kom i retur."


def on_its_way(tenant: str, until: dt.datetime) -> str:
    return (
        f"En sending for {tenant} kan fortsatt være underveis. Stopp alle arbeidere, "
        f"og kjør `fakturabro recover {tenant}` på nytt etter {_time(until)}."
    )


def _time(at: dt.datetime) -> str:
    return f"{at.astimezone(calendar.OSLO):%d.%m.%Y kl. %H:%M:%S}"


FAULT_CHANGED = "linjen er endret: kontrollsummen stemmer ikke"
FAULT_LINK = "linjen følger ikke etter den forrige: noe er fjernet, satt inn eller byttet om"
FAULT_TORN = "filen slutter midt i en linje, men journalen går videre i neste fil"
FAULT_FILE = "filen foran mangler"
