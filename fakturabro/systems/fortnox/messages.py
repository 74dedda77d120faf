"""The Norwegian sentences of this package. Fortnox answers in Swedish; its codes are said in Norwegian, its own words follow."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

RECONNECT = (
    "Koble til Fortnox på nytt: kjør fakturabro fortnox connect, så får en systemadministrator hos klienten en lenke for å "
    "gi samtykke."
)
SENTENCES = {
    1000003: "Fortnox hadde en intern feil.",
    1000030: "Fortnox kan ikke svare i den formen vi ba om.",
    1000031: "Fortnox tar ikke innhold av denne typen.",
    2000106: "Et felt har en verdi av feil type.",
    2000108: "Et felt har en verdi av feil type.",
    2000134: "Et felt har en verdi av feil type.",
    2000310: "Innloggingen gjelder ikke lenger.",
    2000311: "Innloggingen gjelder ikke lenger.",
    2000359: "Et felt har tegn som Fortnox ikke tar.",
    2000588: "Et felt har en verdi som Fortnox ikke tar.",
    2000637: "Nummeret er brukt før i Fortnox, kanskje av en slettet kunde, og kan aldri brukes på nytt.",
    2000663: "Tilgangen mangler for denne delen av Fortnox.",
    2001101: "Lisensen mangler for denne delen av Fortnox.",
    2001103: "Klienten har ingen API-lisens i Fortnox.",
    2001265: "Kontoen mangler, finnes ikke eller er ikke i bruk.",
    2001304: "Kontoen finnes ikke i kontoplanen.",
    2001392: "Forespørselen var tom.",
    2001399: "Et felt har et navn som Fortnox ikke kjenner.",
    2002462: "Kontoen har ikke fire sifre.",
    2002115: "Forespørselen kunne ikke leses.",
    2004052: "Kontoen har en annen mva-kode enn raden, og klienten bruker forenklet mva i Fortnox.",
    2004167: "En rad har en mva-sats som krever konto, fordi klienten bruker forenklet mva i Fortnox.",
}
"""By Fortnox's code, as far as the vendor or other users have told of them."""
ATTACHING = {
    "wrong_file_location": "Filen ligger ikke der Fortnox henter vedlegg.",
    "wrong_file_type": "Fortnox tar ikke vedlegg av denne filtypen.",
    "could_not_retrieve_document": "Fortnox fant ikke fakturaen akkurat nå.",
    "file_too_big": "Vedlegget er for stort for Fortnox.",
    "too_many_attachments_in_one_request": "Det var for mange vedlegg i én forespørsel.",
    "max_total_attachments_exceeded": "Fakturaen har flere vedlegg enn Fortnox tar.",
    "attachment_files_max_count_exceeded": "Fakturaen har flere vedlegg enn Fortnox sender.",
    "attachment_files_max_size_exceeded": "Vedleggene er til sammen for store til at Fortnox sender dem.",
    "attachment_files_max_pages_exceeded": "Vedleggene har til sammen flere sider enn Fortnox sender.",
    "mixed_documents": "Vedleggene hører til flere slags dokumenter.",
    "no_attachment_provided": "Forespørselen hadde ikke noe vedlegg.",
    "field_not_writable": "Et felt kan ikke skrives.",
    "mismatch_attachment_id": "Vedleggets nøkkel stemmer ikke.",
    "missing_mandatory_field": "Et felt som må være med, mangler.",
    "file_not_found": "Filen finnes ikke i Fortnox.",
    "document_not_found": "Fakturaen finnes ikke i Fortnox.",
    "attachment_not_found": "Vedlegget finnes ikke i Fortnox.",
}
"""By the word that attachments are refused with."""
_LACKS = {
    2000663: "Samtykket mangler rettigheten «{scope}» ({title}). Koble til Fortnox på nytt og godta den.",
    2001101: "Klienten mangler lisensen for {title} i Fortnox (rettigheten «{scope}»). Be klienten bestille den hos Fortnox.",
    2001103: "Klienten mangler integrasjonslisensen i Fortnox. Be klienten bestille den hos Fortnox.",
}
_LACKS_SOMETHING = "Fortnox gir ikke tilgang til {title} (rettigheten «{scope}»): lisens, samtykke eller modul mangler."
_TITLES = {
    "companyinformation": "firmaopplysninger",
    "customer": "kunder",
    "article": "artikler",
    "settings": "enheter og betalingsbetingelser",
    "project": "prosjekter",
    "invoice": "salgsfakturaer",
    "currency": "valutaer",
    "supplierinvoice": "leverandørfakturaer",
    "bookkeeping": "bilag",
    "connectfile": "filer på fakturaer",
    "archive": "arkivet",
    "inbox": "innboksen",
}
"""What a scope lets us at."""


def wrong_keys(tenant: str, reason: str) -> str:
    return f"Fortnox godtok ikke nøklene til {tenant} ({reason}). {RECONNECT}"


def used_up(tenant: str) -> str:
    return f"Samtykket fra {tenant} gjelder ikke lenger: fornyelsesnøkkelen er brukt, tilbakekalt eller utløpt. {RECONNECT}"


def connected_anew(tenant: str) -> str:
    return f"{tenant} koblet til Fortnox på nytt mens denne kjøringen gikk. Den neste bruker den nye tilkoblingen."


def no_token(tenant: str) -> str:
    return f"Fortnox ga ikke noe tilgangstoken til {tenant}. Det prøves igjen."


def refused_token(tenant: str) -> str:
    return f"Fortnox avviste et nytt tilgangstoken for {tenant} (401). {RECONNECT}"


def no_right(tenant: str, where: str, said: str) -> str:
    return f"Fortnox nektet {tenant} tilgang til {where}: {said} Be klienten bestille lisensen eller gi samtykke på nytt."


def lacks(scope: str, code: int | None) -> str:
    """What is missing for a scope, and what to do about it."""
    said = _LACKS.get(code or 0, _LACKS_SOMETHING).format(scope=scope, title=_TITLES.get(scope, scope))
    return f"{said} Prosjektregnskap må være slått på i Fortnox." if scope == "project" else said


def refused(where: str, said: str) -> str:
    return f"{where} avviste forespørselen: {said}"


def no_key(key: str) -> str:
    return f"«{key}» kan ikke være et nummer i Fortnox. Gi den et annet nummer."


def said(code: int | None, word: str, message: str) -> str:
    """What Fortnox's code, or its word for an attachment, means, with its own words and the code behind."""
    sentence = SENTENCES.get(code or 0, "") or ATTACHING.get(word, "")
    words = f"«{message}» (kode {code or word or None})." if message else f"(kode {code or word or None})."
    return f"{sentence} {words}".strip()


def incomplete(what: str, fetched: int, stated: int) -> str:
    return f"{what} ble ikke lest fullstendig: {fetched} rader lest, Fortnox oppgir {stated}. Leses på nytt i neste kjøring."


def registered_already(number: str | int) -> str:
    return f"Betalingen står allerede i Fortnox (innbetaling/utbetaling {number})."


def another_amount(number: str | int, stands: Decimal | None, ours: Decimal) -> str:
    return f"Betaling {number} står i Fortnox med {stands}, men skal være {ours}. Rett den der; den føres ikke igjen."


def less_owed(number: str | int, owed: Decimal, ours: Decimal) -> str:
    return (
        f"Leverandørfaktura {number} står i Fortnox med {owed} å betale, men banken har betalt {ours}. Betalingen kan være ført av "
        "andre. Se på fakturaen i Fortnox; vi fører den ikke."
    )


def not_bookkept(number: str | int, said: str) -> str:
    reason = f": {said}" if said else "."
    return f"Betaling {number} er registrert i Fortnox. Bokfør den der; Fortnox bokførte den ikke for oss{reason}"


def stands_already(what: str, number: str) -> str:
    return f"{what} {number} står allerede i Fortnox."


def not_taken(where: str, fields: Iterable[str]) -> str:
    return f"{where} svarte ja, men disse feltene står ikke som de skal: {', '.join(fields)}. Rett dem i Fortnox."


def another_invoice(number: str, unlike: Iterable[tuple[str, object, object]]) -> str:
    said = "; ".join(f"{what} er {stands}, skal være {ours}" for what, stands, ours in unlike)
    return f"Faktura {number} ble laget i Fortnox, men ikke som den skal: {said}. Makuler den der; den lages ikke igjen."


def not_cancelled(number: str) -> str:
    return f"Faktura {number} skulle makuleres i Fortnox, men står der fortsatt. Makuler den der."


def not_attached(number: str, name: str) -> str:
    return f"Vedlegget {name} ble lastet opp til Fortnox, men står ikke på faktura {number}. Legg det til der."
