"""The Norwegian sentences of this package. They name no participant: some are people's numbers."""

from __future__ import annotations


def names_unanswered(reason: str) -> str:
    return f"Navneoppslaget i Peppol (SML) ga ikke noe svar ({reason})."


def names_unreadable(reason: str) -> str:
    return f"Oppføringen i Peppols navneregister (SML) kan ikke brukes: {reason}."


def canary_lost(network: str) -> str:
    return (
        f"Peppols navneregister (SML, {network}) kjenner ikke deltakeren i FAKTURABRO_PEPPOL_CANARY. Derfor tror vi ikke på at "
        "andre mangler. Kontroller navnetjeneren, sonen og innstillingen."
    )


def publisher_unanswered(host: str, reason: str) -> str:
    return f"Mottakerregisteret {host} (SMP) ga ikke noe brukbart svar ({reason})."


def publisher_refused(host: str, reason: str) -> str:
    return f"Mottakerregisteret {host} (SMP) blir ikke spurt: {reason}."


def given_up(where: str) -> str:
    return f"{where} svarer ikke og blir ikke spurt mer i denne kjøringen."


def out_of_time(seconds: float) -> str:
    return f"Oppslagene i Peppol ble avbrutt etter {seconds:.0f} sekunder. Resten blir spurt om ved neste kjøring."
