"""The Norwegian sentences of this package."""

from __future__ import annotations

from collections.abc import Iterable


def wrong_keys(tenant: str, reason: str) -> str:
    return (
        f"PowerOffice godtok ikke nøklene til {tenant} ({reason}). Be klienten lage en ny klientnøkkel i PowerOffice Go under "
        "Meny > Innstillinger > Utvidelser og sende den inn. Applikasjonsnøkkel, abonnementsnøkkel og klientnøkkel må være fra "
        "samme miljø (demo eller produksjon)."
    )


def refused_token(tenant: str) -> str:
    return (
        f"PowerOffice avviste et nytt tilgangstoken for {tenant} (401). Kontroller at abonnementsnøkkelen er riktig og fra samme "
        "miljø (demo eller produksjon) som klientnøkkelen."
    )


def no_right(tenant: str, where: str, privileges: Iterable[str], subscriptions: Iterable[str]) -> str:
    missing, active = ", ".join(privileges), ", ".join(subscriptions)
    reason = (
        f"Disse rettighetene mangler et abonnement hos klienten: {missing}." if missing else "Integrasjonen mangler rettigheten."
    )
    owned = f" Klientens aktive abonnementer: {active}." if active else ""
    remedy = "Be klienten bestille modulen hos PowerOffice." if missing else "Be PowerOffice gi integrasjonen rettigheten."
    return f"PowerOffice nektet {tenant} tilgang til {where} (403). {reason}{owned} {remedy}"


def refused(what: str, reason: str, reference: str) -> str:
    return f"PowerOffice avviste {what}: {reason} (referanse hos PowerOffice: {reference})."


def already_delivered(invoice_no: int) -> str:
    return f"Faktura {invoice_no} er allerede meldt levert i PowerOffice."


def unreadable_rows(ids: Iterable[str]) -> str:
    return f"uleselige rader ({', '.join(ids)})"


def incomplete(what: str, fetched: int, count: int | str) -> str:
    return f"{what} ble ikke lest fullstendig: {fetched} rader lest, PowerOffice oppgir {count}. Leses på nytt i neste kjøring."


NO_VAT_CODE = "PowerOffice har ingen mva-kode «0» hos klienten, så betalinger kan ikke føres. Be klienten ta den i bruk igjen."


NOT_OUR_VOUCHER = (
    "Bilaget finnes ikke hos klienten i PowerOffice, eller det er ikke ført av Fakturabro, og kan ikke tilbakeføres herfra."
)


def refused_voucher(status: int | None, reason: str) -> str:
    told = f": {reason.rstrip('.')}" if reason else " uten å si hvorfor"
    return f"PowerOffice tok ikke imot bilaget ({status}){told}. Ingenting av det er ført."


def posted_already(voucher_no: int | None) -> str:
    return f"Bilaget er allerede ført i PowerOffice (bilag {voucher_no})."


def reversed_already(voucher_no: int | None) -> str:
    return f"Bilag {voucher_no} er allerede tilbakeført i PowerOffice."


def not_reversed(voucher_no: int | None, reason: str) -> str:
    told = f": {reason.rstrip('.')}" if reason else " uten å si hvorfor"
    return f"PowerOffice tilbakeførte ikke bilag {voucher_no}{told}. Bilaget står."


def another_voucher(voucher_no: int | None) -> str:
    return f"Bilag {voucher_no} i PowerOffice har vår referanse, men andre beløp eller kontoer. Rett det der."


def taken_reference(reason: str) -> str:
    return (
        f"PowerOffice sier at referansen vår er brukt ({reason.rstrip('.')}), men viser ikke noe bilag med den. Finn bilaget i "
        "PowerOffice, og be oss lese tilbake på nytt. Ingenting føres på nytt før det er avklart."
    )


STATUSES = {
    "UNSPECIFIED": "uten factoringstatus",
    "ACTIVE": "klar for factoring",
    "FORFEIT": "trukket fra factoring",
    "COMPLAINED": "reklamert",
    "COMPLETED": "ferdig",
    "DELIVERED": "levert",
}


def not_delivered(invoice_no: int) -> str:
    return f"Faktura {invoice_no} er ikke meldt levert i PowerOffice og kan ikke få ny factoringstatus før den er det."


def has_status(invoice_no: int, status: str) -> str:
    return f"Faktura {invoice_no} står allerede som {status} i PowerOffice."


def cannot_follow(invoice_no: int, now: str, wanted: str) -> str:
    return f"Faktura {invoice_no} står som {now} i PowerOffice og kan ikke settes til {wanted}."
