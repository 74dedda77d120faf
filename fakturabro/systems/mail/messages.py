"""The Norwegian sentences of this package. E-mail addresses are named only where a person must mend them."""

from __future__ import annotations


def unsafe_header(what: str) -> str:
    return f"{what} inneholder linjeskift eller andre tegn som ikke kan stå i et e-posthode. Rett teksten i kildesystemet."


def bad_address(address: str) -> str:
    return f"«{address}» er ikke en gyldig e-postadresse. Be klienten rette den på kundekortet."


def no_contact(server: str, reason: str) -> str:
    return f"Fikk ikke sendt via e-posttjeneren {server} ({reason}). Ingenting ble sendt."


def slow_down(server: str, code: int, detail: str) -> str:
    return f"E-posttjeneren {server} tar ikke imot nå ({code}): {detail}. Ingenting ble sendt."


def refused(server: str, code: int, detail: str) -> str:
    return f"E-posttjeneren {server} avviste meldingen ({code}): {detail}."


def all_refused(addresses: str, code: int, detail: str) -> str:
    return f"Ingen av mottakerne ble godtatt ({addresses}, {code}): {detail}."


def unknown_outcome(server: str, message_id: str) -> str:
    return f"Vet ikke om e-posttjeneren {server} tok imot {message_id}: forbindelsen ble brutt etter at meldingen var sendt."


def login_refused(server: str, code: int | None) -> str:
    if code is None:
        return f"E-posttjeneren {server} tilbyr ikke pålogging, men oppsettet har brukernavn og passord. Ingenting ble sendt."
    return f"E-posttjeneren {server} godtok ikke brukernavn og passord ({code}). Legg dem inn på nytt. Ingenting ble sendt."


def wrong_settings(server: str, code: int, detail: str) -> str:
    return (
        f"E-posttjeneren {server} vil ikke ta imot fra oss ({code}): {detail}. Det gjelder oppsettet, ikke mottakeren: kontroller "
        "tjener, port, avsender og pålogging. Ingenting ble sendt."
    )


def no_encryption(server: str) -> str:
    return f"E-posttjeneren {server} tilbyr ikke STARTTLS, som innstillingene krever. Ingenting ble sendt."
