"""The Norwegian sentences of the ledger: what operators read about stops, leases and doubts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from fakturabro.domain import calendar

NO_REASON = "Begrunnelsen mangler. Skriv hvorfor."
NO_OWNER = "Navnet mangler. Skriv hvem som står bak."
STANDS_ALREADY = "Var stanset fra før, og ingenting er endret."
NAMED_BY_THE_BANK = "Banken har svart på betalingen, så filen kom frem."
_SCOPES = {
    "": "alt",
    "book": "bokføring",
    "distribute": "utsending",
    "write_back": "tilbakeskriving",
    "pay": "betaling",
    "book_back": "tilbakemelding til regnskapet",
    "correction": "rettelse til regnskapet",
    "post": "postering",
    "return_data": "returdata",
    "ehf": "EHF",
    "link": "e-post med lenke",
    "email": "e-post",
    "letter": "brev",
    "poweroffice": "PowerOffice",
    "poweroffice_bank": "betalinger ført i PowerOffice",
    "fortnox": "betalinger ført i Fortnox",
    "poweroffice_books": "returdata ført i PowerOffice",
    "poweroffice_reversals": "tilbakeføringer i PowerOffice",
    "transfer": "overføring",
    "attach": "vedlegg til fakturaer",
    "mark_transferred": "flytting til overført i Severa",
    "report_sent": "melding om sendte fakturaer i Severa",
    "report_paid": "melding om betalte fakturaer i Severa",
    "fortnox_customers": "kunder til Fortnox",
    "severa_customers": "kunder til Severa",
    "fortnox_articles": "artikler til Fortnox",
    "severa_products": "produkter til Severa",
    "fortnox_projects": "prosjekter til Fortnox",
    "fortnox_invoices": "fakturaer til Fortnox",
    "fortnox_attachments": "vedlegg til Fortnox",
    "severa_invoices": "statuser på fakturaer i Severa",
    "severa_costs": "kostnader til Severa",
    "severa_files": "bilder til Severa",
}
_WHOLE_TENANT = "hele klienten (tomt felt)"


def scope(name: str) -> str:
    """What a stop's scope is called, e.g. "factoringselskapet (4711)"."""
    system, _, key = name.partition(":")
    return f"factoringselskapet ({key})" if system == "factoring" and key else _SCOPES.get(name, name)


def time(at: dt.datetime) -> str:
    """A time as operators read it, in Oslo."""
    return f"{at.astimezone(calendar.OSLO):%d.%m.%Y kl. %H:%M}"


def stopped(tenant: str, name: str, owner: str, why: str, at: dt.datetime, review_at: dt.datetime) -> str:
    reason = why.removesuffix(".")
    return f"Stanset for {tenant}: {scope(name)}. {owner} stanset {time(at)}: {reason}. Skal vurderes innen {time(review_at)}."


def released(tenant: str, name: str, by: str) -> str:
    return f"Stansen for {tenant} ({scope(name)}) er opphevet av {by}. Det som ventet, går ut i neste luke."


def nothing_to_release(tenant: str, name: str) -> str:
    return f"For {tenant} var ikke {scope(name)} stanset. Ingenting er endret."


def unknown_tenant(tenant: str, known: Sequence[str]) -> str:
    return f"Klienten {tenant!r} er ukjent. Kjente klienter: {', '.join(known) or 'ingen; kjør `fakturabro apply` først'}."


def unknown_scope(tenant: str, name: str, known: Sequence[str]) -> str:
    return f"{name!r} er verken formål, kanal eller mål for {tenant}. Kjente: {', '.join(known)}, eller {_WHOLE_TENANT}."


def review_has_passed(review_at: dt.datetime) -> str:
    return f"Tiden for ny vurdering, {time(review_at)}, er passert. Velg en senere."


def lease_lost(tenant: str, run: str) -> str:
    return f"Kjøringen {run} sto stille for lenge og har mistet luken sin for {tenant}. Den sender ikke mer; en annen tar resten."


def dry_run_overtaken(tenant: str) -> str:
    return f"En vanlig kjøring for {tenant} pågår, og prøvekjøringen er avbrutt. Start den på nytt når den vanlige er ferdig."


def run_died(run: str) -> str:
    return f"Kjøringen {run} døde før svaret var notert. Ingen vet om dokumentet kom frem."
