"""What operators and clients read of registers that are carried between Severa and Fortnox."""

from __future__ import annotations

from fakturabro.mapping import register_messages as mapping

PROSPECT = mapping.WHY_NOT["prospect"]
STOOD_BEFORE = "Fantes før integrasjonen ble tatt i bruk, uten motpart i det andre systemet. Slike blir bare koblet, ikke overført."
LINKED_BEFORE = "Koblet før integrasjonen ble tatt i bruk. Overføres når den endres i hovedsystemet."
DELETED = "Slettet i Severa."
UNREADABLE = "Kunne ikke leses. Leses på nytt i neste kjøring."
LINKED = "Fantes på begge sider og er koblet sammen. Ingenting er endret."
BOTH_INACTIVE = "Inaktiv. Ingenting er endret."
TITLES = {"customer": "Kunde", "article": "Artikkel", "project": "Prosjekt"}
HAS_PROJECT, HAS_INVOICE = "prosjekt", "faktura"


def gone(target: str, key: str) -> str:
    """The partner was deleted by somebody."""
    return (
        f"Motparten {key} finnes ikke lenger i {_SYSTEMS[target]}. Opprett den der igjen, eller be driften oppheve koblingen "
        "(fakturabro fortnox unlink)."
    )


def unreadable(what: str, number: str, said: str) -> str:
    return f"{what} {number} kunne ikke leses, og leses på nytt i neste kjøring. {said}"


def taken_by_another(target: str, number: str) -> str:
    return f"Nummer {number} er i {_SYSTEMS[target]} alt koblet til en annen. Gi den ene et nytt nummer."


def said_of_another(register: str, severa_key: str, fortnox_key: str, standing_severa: str, standing_fortnox: str) -> str:
    return (
        f"Svaret om at {TITLES[register].lower()} {severa_key} i Severa og {fortnox_key} i Fortnox er den samme, gjelder ikke: "
        f"{standing_severa} og {standing_fortnox} er alt koblet sammen."
    )


def unlike(target: str, number: str) -> str:
    """Without full stop, as part of a sentence."""
    return (
        f"nummer {number} er i {_SYSTEMS[target]} en kunde med et helt annet navn. Er de den samme, si det på spørsmålet fra "
        "likhetsrapporten; ellers må den ene få et nytt nummer"
    )


def another_name(number: str, target: str) -> str:
    return f"Artikkelnummer {number} har et annet navn i {_SYSTEMS[target]}. Gi begge samme navn, eller den ene et nytt nummer."


def inactive_there(number: str, target: str) -> str:
    return f"{number} er inaktiv i {_SYSTEMS[target]}. Gjør den aktiv der, eller inaktiv begge steder."


_SYSTEMS = {
    "fortnox_customers": "Fortnox",
    "fortnox_articles": "Fortnox",
    "fortnox_projects": "Fortnox",
    "severa_customers": "Severa",
    "severa_products": "Severa",
}
