"""The Norwegian words of the transfer log: what people read in the Prefect UI and in the exported file."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "customer": "Kunde",
    "article": "Produkt",
    "project": "Prosjekt",
    "sales_invoice": "Salgsfaktura",
    "purchase_cost": "Prosjektkostnad",
    "purchase_file": "Bilde av leverandørfaktura",
}
PURPOSES: Mapping[str, str] = {
    "transfer": "Overføring",
    "attach": "Vedlegg",
    "mark_transferred": "Status overført",
    "report_sent": "Status sendt",
    "report_paid": "Status betalt",
}
WHAT: Mapping[str, str] = {
    "created": "opprettet",
    "changed": "endret",
    "same": "lik i begge",
    "linked": "koblet",
    "posted": "overført",
    "moved": "flyttet til ny status",
}
OUTCOMES: Mapping[str, str] = {
    "accepted": "mottatt",
    "rejected": "avvist",
    "in_doubt": "uavklart",
    "waiting": "venter",
    "planned": "planlagt",
    "held": "holdt tilbake",
    "cancelled": "utgått",
    "sending": "underveis",
}
SYSTEMS: Mapping[str, str] = {"severa": "Severa", "fortnox": "Fortnox"}
COLUMNS = (
    *("Tidspunkt", "Type", "Nummer", "Hva", "Fra", "Til", "Nøkkel der", "Utfall"),
    *("Felt", "Før", "Etter", "Ikke overført", "Verdi", "Hvorfor", "Merknad", "Kjøring"),
)
"""Of the exported log."""
SHEET = "Overføringslogg"
PAGE_DESCRIPTION = "Overføringslogg for denne kjøringen. Verdier før og etter står i `fakturabro transfers`, ikke her."


def page_is_cut(shown: int) -> str:
    return f"{PAGE_DESCRIPTION} Bare de {shown} første vises."


def nothing(tenant: str) -> str:
    return f"{tenant} har ingenting i overføringsloggen for tiden det er spurt om."


def written(count: int, path: str) -> str:
    return f"{count} rader i {path}"


def unknown_ending(path: str) -> str:
    return f"{path}: filen må ende på .csv eller .xlsx."
