"""The Norwegian sentences of this package. Severa answers in English; its types are said in Norwegian, its own words follow."""

from __future__ import annotations

from collections.abc import Iterable

NEW_KEYS = (
    "En administrator hos klienten lager nye API-nøkler i Severa (Innstillinger > Integrasjoner > REST API), "
    "og de legges inn på nytt."
)
SENTENCES = {
    "AddonMissing": "Tilleggsmodulen er ikke slått på i Severa.",
    "AddonMissingTermsOfServiceApproval": "Vilkårene for tilleggsmodulen er ikke godtatt i Severa.",
    "AuthenticationRequired": "Innloggingen gjelder ikke lenger.",
    "ExcludedFromTrial": "Dette inngår ikke i klientens prøveversjon av Severa.",
    "FeatureIsNotEnabled": "Funksjonen er ikke slått på i Severa.",
    "InsufficientApiScope": "API-nøklene mangler en rettighet (scope).",
    "InvalidOperation": "Severa tillater ikke dette slik posten står nå.",
    "InvalidParameter": "Et felt har en verdi som Severa ikke tar.",
    "InvalidRequest": "Forespørselen kunne ikke leses.",
    "NotAvailableInTrial": "Dette inngår ikke i klientens prøveversjon av Severa.",
    "OrganizationNotActive": "Klientens avtale med Severa er ikke aktiv.",
    "PermissionDenied": "API-brukeren har ikke tilgang.",
    "TermsOfServiceNotApproved": "Severas vilkår er ikke godtatt av klienten.",
    "TrialExpired": "Klientens prøveperiode i Severa er over.",
    "UserLicenseType": "API-brukerens lisens i Severa rekker ikke til dette.",
}
"""By the type of an error (ExceptionTypeEnum)."""


def wrong_keys(tenant: str, reason: str) -> str:
    return f"Severa godtok ikke nøklene til {tenant} ({reason}). {NEW_KEYS}"


def no_token(tenant: str) -> str:
    return f"Severa ga ikke noe tilgangstoken til {tenant}. Det prøves igjen."


def refused_token(tenant: str) -> str:
    return f"Severa avviste et nytt tilgangstoken for {tenant} (401). {NEW_KEYS}"


def no_right(tenant: str, where: str, said: str) -> str:
    return f"Severa nektet {tenant} tilgang til {where}: {said} Be klienten gi rettigheten eller slå på modulen."


def refused(where: str, said: str) -> str:
    return f"{where} avviste forespørselen: {said}"


def said(kind: str, details: Iterable[str]) -> str:
    """What the type of an error means, with Severa's own words behind."""
    words = " ".join(f"«{detail}»" for detail in details if detail)
    return f"{SENTENCES.get(kind, '')} {words} ({kind or 'uten begrunnelse'}).".strip()


def went_in_circles(where: str) -> str:
    return f"{where} ga samme side om igjen, så listen ble ikke lest ferdig. Leses på nytt i neste kjøring."


def no_next_page(where: str, count: int) -> str:
    return f"{where} ga {count} rader uten å si om det er flere, så listen kan være avkortet. Leses på nytt i neste kjøring."


def not_taken(where: str, fields: Iterable[str]) -> str:
    return f"{where} svarte ja, men lot disse feltene stå som før: {', '.join(fields)}. Rett dem i Severa."


def not_found(where: str) -> str:
    return f"{where} finnes ikke i Severa. Den kan være slettet der."


def stands_already(what: str, key: str | int) -> str:
    return f"{what} {key} står allerede i Severa."


def two_stand(what: str, key: str | int) -> str:
    return f"{what} {key} finnes flere ganger i Severa. Slå dem sammen eller gi dem hver sitt nummer der."


def changed_amount(stands: object, ours: object) -> str:
    return f"Prosjektkostnaden ble ført i Severa med {stands}, men skal være {ours}. Rett den der; den føres ikke igjen."


def not_a_pdf(where: str) -> str:
    return f"Svaret fra {where} er ingen PDF. Prøves igjen i neste kjøring."


def moved_meanwhile(number: int | None, status: str) -> str:
    invoice = f"Faktura {number}" if number is not None else "Fakturaen"
    return f"{invoice} har fått status «{status}» i Severa mens den ble overført. Se på den der; vi lar statusen stå."
