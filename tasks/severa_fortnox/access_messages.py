"""The Norwegian sentences of what Severa and Fortnox lack, each with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.remote import errors

_KEYS = "Kryss av for den på API-nøklene under Innstillinger > Integrasjoner > REST API i Severa"
_SAME_HERE = "Rett navnet her, eller lag statusen i Severa under Fakturering > Fakturastatuser."


def no_scope(scope: str) -> str:
    return f"API-nøklene i Severa mangler rettigheten {scope}. {_KEYS}."


def no_addon(name: str) -> str:
    return f"Tillegget {name} er ikke slått på i Severa. En administrator slår det på under abonnementet i Severa."


def no_status(name: str, found: int) -> str:
    how_many = "finnes ikke" if not found else f"står {found} ganger"
    return f"Fakturastatusen «{name}» {how_many} blant de aktive statusene i Severa. {_SAME_HERE}"


def read_only(name: str) -> str:
    return f"Fakturaer med status «{name}» er låst i Severa, så de kan ikke flyttes videre. Velg en status uten låsing."


def numbered(name: str) -> str:
    return f"Statusen «{name}» gir fakturanummer i Severa, men Fortnox skal gi numrene. Slå av fakturanummer på statusen i Severa."


def unnumbered(name: str) -> str:
    return (
        f"Statusen «{name}» gir ikke fakturanummer i Severa, men Severa skal gi numrene. Slå på fakturanummer på statusen i Severa."
    )


def not_paid(name: str) -> str:
    return f"Statusen «{name}» er ikke merket som betalt i Severa. Merk den, eller velg en annen status her."


def paid(name: str) -> str:
    return f"Statusen «{name}» er merket som betalt i Severa, men fakturaene er ikke betalt da. Velg en annen status her."


def no_product(code: str) -> str:
    return f"Standardproduktet {code} finnes ikke i Severa. Lag det der, eller rett koden her."


def other_company(name: str, number: str, ours: str) -> str:
    return (
        f"Fortnox er koblet til {name} ({number}), ikke til firmaet med organisasjonsnummer {ours}. Ingenting er ført over. "
        "Koble til på nytt med riktig firma, eller rett organisasjonsnummeret her."
    )


def no_answer(system: str, error: errors.RemoteError) -> str:
    return f"{system} kunne ikke spørres om tilgang: {error}"


def overlap(first: int, taken: Sequence[int], system: str) -> str:
    shown = ", ".join(str(number) for number in taken[:5]) + (f" og {len(taken) - 5} til" if len(taken) > 5 else "")
    return (
        f"Fakturanumrene fra {first} overlapper med numre som {system} har fra før: {shown}. Sett neste fakturanummer høyere i "
        "systemet som gir nummer, og fyll inn first_number."
    )


def gap(first: int, last: int, system: str) -> str:
    return (
        f"Nummerserien fortsetter ikke jevnt: siste nummer i {system} er {last}, og det første som føres over, er {first}. Sett "
        f"neste fakturanummer til {last + 1}, eller fyll inn first_number med {first} hvis hoppet er meningen."
    )
