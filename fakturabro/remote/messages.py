"""The Norwegian sentences of this package; operators read them in the run's state and in the tables of held documents."""

from __future__ import annotations


def _with_reason(sentence: str, detail: str) -> str:
    return f"{sentence}: {detail}" if detail else f"{sentence}."


def nothing_sent(where: str, reason: str) -> str:
    return f"Fikk ikke kontakt med {where} ({reason}). Ingenting ble sendt."


def no_answer(where: str, reason: str) -> str:
    return f"Fikk ikke svar fra {where} ({reason})."


def unknown_outcome(where: str, reason: str) -> str:
    return f"Vet ikke om {where} tok imot forespørselen ({reason}). Må leses tilbake før noe sendes på nytt."


def throttled(where: str, seconds: float) -> str:
    return f"{where} ber oss vente {seconds:g} sekunder (429)."


def rejected(where: str, status: int, detail: str) -> str:
    return _with_reason(f"{where} avviste forespørselen ({status})", detail)


def no_access(system: str, tenant: str, status: int, detail: str) -> str:
    return _with_reason(f"{system} godtok ikke nøkkelen eller rettighetene til {tenant} ({status}). Kontroller nøkkelen", detail)


def unusable_key(system: str, tenant: str) -> str:
    return f"En nøkkel for {tenant} hos {system} inneholder tegn som ikke kan sendes (linjeskift eller æøå?). Legg den inn på nytt."


def unusable_address(system: str) -> str:
    return f"Adressen til {system} kan ikke brukes. Rett den i innstillingene."


def too_large(where: str, limit: int) -> str:
    return f"Svaret fra {where} er større enn {limit // 1_000_000} MB og ble ikke lest."


def unreadable(where: str, reason: str) -> str:
    return f"Svaret fra {where} har ikke avtalt form ({reason})."


def not_the_service(where: str) -> str:
    return f"{where} svarte 404 uten begrunnelse: adressen er trolig feil. Kontroller adressen i innstillingene."


def rate_store(address: str, reason: str) -> str:
    return (
        f"Takttelleren {address} kan ikke brukes ({reason}). Kontroller at disken ikke er full; "
        "er filen skadet, kan den slettes: den inneholder bare tellere."
    )


def folder_fails(folder: str, reason: str) -> str:
    return f"Mappen {folder} kan ikke brukes ({reason}). Kontroller at den er koblet til og har plass."


def no_right(folder: str, reason: str) -> str:
    return f"Vi mangler rett til mappen {folder} ({reason}). Kontroller eier og rettigheter, og at den ikke er skrivebeskyttet."


def sftp_login(host: str, user: str) -> str:
    return f"SFTP-tjeneren {host} godtok ikke brukeren {user}. Kontroller brukernavn og nøkkel eller passord."


def sftp_host_key(host: str) -> str:
    return (
        f"SFTP-tjeneren {host} viste en annen vertsnøkkel enn den avtalte, så ingenting ble sendt. "
        "Spør partneren om nøkkelen er skiftet; legg ikke inn en ny før de har bekreftet den."
    )


def sftp_unusable_key(host: str) -> str:
    return f"Nøkkelen eller vertsnøkkelen for SFTP-tjeneren {host} kan ikke leses. Legg den inn på nytt."


def sftp_breaks(host: str, reason: str) -> str:
    return f"Forbindelsen til SFTP-tjeneren {host} svikter ({reason}). Ingen hel fil ble borte; det prøves igjen."
