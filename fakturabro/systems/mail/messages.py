"""The Norwegian sentences of this package. E-mail addresses are named only where a person must mend them."""

from __future__ import annotations


def unsafe_header(what: str) -> str:
    return f"{what} inneholder linjeskift eller andre tegn som ikke kan stå i et e-posthode. Rett teksten i kildesystemet."


def bad_address(address: str) -> str:
    return f"«{address}» er ikke en gyldig e-postadresse. Be klienten rette den på kundekortet."


def too_many_recipients(count: int, most: int) -> str:
    return f"Kundekortet har {count} e-postadresser, og høyst {most} kan få samme e-post. Be klienten rette kundekortet."


def unwritable_text() -> str:
    return "Teksten i e-posten inneholder tegn som ikke kan skrives. Rett teksten i kildesystemet."


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


def too_large(server: str, size: int, most: int) -> str:
    return (
        f"E-posten er på {_megabytes(size)} MB, og {server} tar ikke imot mer enn {_megabytes(most)} MB. Den er ikke sendt. "
        "Fakturaen må gå som lenke eller brev."
    )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}".replace(".", ",")


_OUR_NAME = "men tjeneren, oppsettet eller vårt eget omdømme (svarteliste, SPF, DKIM)"


def relay_refuses(server: str) -> str:
    return (
        f"{server} avviser de fleste mottakerne, uansett hvor de hører til. Da er det neppe adressene det er noe galt med, "
        f"{_OUR_NAME}. E-postkanalen er stanset: resten er ikke sendt og blir ikke brev. Rett feilen; de går ut i neste kjøring."
    )


def domain_refuses(server: str, domain: str) -> str:
    return (
        f"{server} avviser de fleste adressene hos {domain}. Da er det neppe adressene det er noe galt med, {_OUR_NAME}, eller "
        f"mottakerens tjener. Resten til {domain} er ikke sendt og blir ikke brev; de prøves igjen i neste kjøring. Er adressene "
        "faktisk døde, be klienten rette kundekortene."
    )


def bad_own_address(address: str) -> str:
    return f"Avsenderadressen i oppsettet, «{address}», er ikke en gyldig e-postadresse. Rett innstillingen. Ingenting ble sendt."


def letters_before_at(address: str) -> str:
    return (
        f"«{address}» har andre tegn enn a til z foran krøllalfaen, og mange e-posttjenere kan ikke levere til slike adresser. "
        "Be klienten om en annen adresse på kundekortet."
    )


def wrong_settings(server: str, code: int, detail: str) -> str:
    return (
        f"E-posttjeneren {server} vil ikke ta imot fra oss ({code}): {detail}. Det gjelder oppsettet, ikke mottakeren: kontroller "
        "tjener, port, avsender og pålogging. Ingenting ble sendt."
    )


def no_encryption(server: str) -> str:
    return f"E-posttjeneren {server} tilbyr ikke STARTTLS, som innstillingene krever. Ingenting ble sendt."


def no_mailbox(server: str, reason: str) -> str:
    return f"Fikk ikke lest returmeldinger hos {server} ({reason}). Ingenting er gått tapt: de leses i neste kjøring."


def mailbox_login_refused(server: str) -> str:
    return f"{server} godtok ikke brukernavn og passord til postkassen for returmeldinger. Legg dem inn på nytt."


def no_folder(server: str, folder: str) -> str:
    return f"Mappen «{folder}» finnes ikke i postkassen hos {server}, og lot seg ikke lage. Rett innstillingen eller lag mappen."
