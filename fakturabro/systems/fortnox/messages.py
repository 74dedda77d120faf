"""The Norwegian sentences of this package. Fortnox answers in Swedish; its codes are said in Norwegian, its own words follow."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

RECONNECT = "Koble til Fortnox på nytt: en systemadministrator hos klienten må gi samtykke, og den nye nøkkelen må legges inn."
SENTENCES = {
    1000003: "Fortnox hadde en intern feil.",
    2000310: "Innloggingen gjelder ikke lenger.",
    2000311: "Innloggingen gjelder ikke lenger.",
    2000359: "Et felt har tegn som Fortnox ikke tar.",
    2000588: "Et felt har en verdi som Fortnox ikke tar.",
    2000637: "Nummeret er brukt før i Fortnox, kanskje av en slettet kunde, og kan aldri brukes på nytt.",
    2000663: "Tilgangen mangler for denne delen av Fortnox.",
    2001101: "Lisensen mangler for denne delen av Fortnox.",
    2001103: "Klienten har ingen API-lisens i Fortnox.",
    2001304: "Kontoen finnes ikke i kontoplanen.",
    2001392: "Forespørselen var tom.",
    2001399: "Et felt har et navn som Fortnox ikke kjenner.",
    2002115: "Forespørselen kunne ikke leses.",
    2004167: "En rad har en mva-sats som krever konto, fordi klienten bruker forenklet mva i Fortnox.",
}
"""By Fortnox's code, as far as the vendor or other users have told of them."""


def wrong_keys(tenant: str, reason: str) -> str:
    return f"Fortnox godtok ikke nøklene til {tenant} ({reason}). {RECONNECT}"


def no_token(tenant: str) -> str:
    return f"Fortnox ga ikke noe tilgangstoken til {tenant}. Det prøves igjen."


def refused_token(tenant: str) -> str:
    return f"Fortnox avviste et nytt tilgangstoken for {tenant} (401). {RECONNECT}"


def no_right(tenant: str, where: str, said: str) -> str:
    return f"Fortnox nektet {tenant} tilgang til {where}: {said} Be klienten bestille lisensen eller gi samtykke på nytt."


def refused(where: str, said: str) -> str:
    return f"{where} avviste forespørselen: {said}"


def said(code: int | None, message: str) -> str:
    """What Fortnox's code means, with its own words and the code behind."""
    sentence = SENTENCES.get(code or 0, "")
    words = f"«{message}» (kode {code})." if message else f"(kode {code})."
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
