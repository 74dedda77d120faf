"""What people read of customers, articles and projects in two systems, in bokmål. See messages.TEXTS. One noun would not fit all
three kinds, so the sentences have none."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "Det føres over ved neste kjøring."

ENTRIES: Mapping[str, tuple[str, str, str]] = {
    "entry_without_number": (
        "Uten nummer",
        "Uten nummer kan ingenting knyttes sammen mellom Severa og Fortnox.",
        f"Legg inn nummeret i Severa; for produkter, jobbtyper og reiseutgifter heter det identifikator. {_NEXT_RUN}",
    ),
    "entry_without_name": ("Uten navn", "Navnet er tomt.", f"Legg inn navnet. {_NEXT_RUN}"),
    "number_too_long": (
        "Nummeret er for langt",
        "Nummeret har {value} tegn, og Fortnox har plass til {suggestion}.",
        f"Gi det et kortere nummer i Severa. {_NEXT_RUN}",
    ),
    "number_with_refused_signs": (
        "Nummeret har tegn som Fortnox ikke tar imot",
        "Nummeret har tegn som Fortnox ikke tar imot ({value}).",
        f"Gi det et nummer uten disse tegnene i Severa. {_NEXT_RUN}",
    ),
    "number_not_for_severa": (
        "Kundenummeret kan ikke brukes i Severa",
        "Kundenummer {value} kan ikke brukes i Severa, som bare har tall uten nuller foran.",
        "Gi kunden et nytt nummer i Fortnox, eller opprett kunden i Severa med et tall som nummer og bruk den.",
    ),
    "number_twice": (
        "Samme nummer to ganger",
        "Flere har nummer {value}, og det er uvisst hvilken av dem som hører sammen med den i det andre systemet.",
        f"Gi dem hvert sitt nummer. {_NEXT_RUN}",
    ),
    "number_changed": (
        "Nummeret er endret i det ene systemet",
        "Nummeret er nå {value}, men den er knyttet til nummer {suggestion} i det andre systemet.",
        "Sett nummeret tilbake, eller si fra til oss hvis de to ikke lenger hører sammen. Ingenting opprettes under det nye "
        "nummeret.",
    ),
    "inactive_on_one_side": (
        "Inaktiv i bare ett av systemene",
        "Den er {value} i Severa, men {suggestion} i Fortnox.",
        f"Gjør den aktiv eller inaktiv i begge. {_NEXT_RUN}",
    ),
    "article_name_differs": (
        "Samme nummer, men et annet navn",
        "Navnet er «{value}», men det som har samme nummer i det andre systemet, heter «{suggestion}». Både nummer og navn må være "
        "like for at de skal knyttes sammen.",
        "Er de det samme, så gi dem samme navn, eller svar ja på spørsmålet på godkjenningssiden. Ellers må den ene få et nytt "
        "nummer.",
    ),
    "name_too_long": (
        "Navnet er for langt",
        "Navnet har {value} tegn, og Fortnox har plass til {suggestion}.",
        f"Kort ned navnet. {_NEXT_RUN}",
    ),
    "name_with_refused_signs": (
        "Navnet har tegn som Fortnox ikke tar imot",
        "Navnet har tegn som Fortnox ikke tar imot ({value}).",
        f"Skriv navnet uten disse tegnene. {_NEXT_RUN}",
    ),
    "unit_not_in_fortnox": (
        "Produktets enhet finnes ikke i Fortnox",
        "Enheten «{value}» finnes ikke i Fortnox.",
        f"Legg inn enheten med koden «{{value}}» i Fortnox, velg en annen i Severa, eller la feltet stå tomt. {_NEXT_RUN}",
    ),
    "unit_in_another_case": (
        "Enheten er skrevet på en annen måte i Fortnox",
        "Enheten heter «{value}» i Severa og «{suggestion}» i Fortnox. Store og små bokstaver må være like.",
        f"Skriv «{{suggestion}}» i Severa. {_NEXT_RUN}",
    ),
    "vat_rate_not_in_fortnox": (
        "Mva-satsen finnes ikke i Fortnox",
        "Mva-satsen {value} prosent er ingen av satsene som Fortnox er satt opp med.",
        f"Rett satsen i Severa, eller si fra til oss hvis Fortnox-firmaet har andre satser. {_NEXT_RUN}",
    ),
    "currency_not_in_severa": (
        "Kundens valuta finnes ikke i Severa",
        "Valutaen {value} er ikke tatt i bruk i Severa.",
        f"Ta valutaen i bruk i Severa, eller velg en annen i Fortnox. {_NEXT_RUN}",
    ),
    "terms_not_carried": (
        "Betalingsbetingelsen finnes ikke i det andre systemet",
        "Betalingsbetingelsen {value} finnes ikke i det andre systemet. Alt annet føres over.",
        "Legg inn en betingelse i Fortnox der koden er antall dager, eller velg en annen.",
    ),
    "country_not_carried": (
        "Landet finnes ikke i det andre systemet",
        "Landet {value} finnes ikke i Severas landliste. Alt annet føres over.",
        "Rett landet på adressen.",
    ),
    "text_too_long": (
        "Teksten er for lang for Fortnox",
        "Fortnox har plass til {suggestion} tegn i feltet «{value}», og teksten er lengre. Alt annet føres over.",
        "Kort ned teksten i Severa.",
    ),
    "text_with_refused_signs": (
        "Teksten har tegn som Fortnox ikke tar imot",
        "Feltet «{value}» har tegn som Fortnox ikke tar imot ({suggestion}). Alt annet føres over.",
        "Skriv teksten i Severa uten disse tegnene.",
    ),
    "number_was_deleted": (
        "Nummeret har vært brukt og er slettet i Fortnox",
        "Nummer {value} har vært i bruk i Fortnox og er slettet der. Fortnox lar det aldri brukes igjen.",
        f"Gi kunden, produktet eller prosjektet et nytt nummer i Severa. {_NEXT_RUN}",
    ),
    "refused_by_register": (
        "Det andre systemet sa nei",
        "Det andre systemet tok det ikke imot: {value}.",
        f"Rett det som står der, eller si fra til oss. {_NEXT_RUN}",
    ),
    "judged_different": (
        "Samme nummer, men en person har sagt at de er ulike",
        "Nummer {value} finnes i begge systemer, og noen har svart at det er to forskjellige.",
        f"Gi den ene et nytt nummer. {_NEXT_RUN}",
    ),
}

FIELDS: Mapping[str, str] = {
    "RegisterNumber": "Nummer",
    "RegisterName": "Navn",
    "RegisterState": "Aktiv",
    "RegisterUnit": "Enhet",
    "RegisterVat": "Mva",
    "RegisterCurrency": "Valuta",
    "RegisterTerms": "Betalingsbetingelser",
    "RegisterCountry": "Land",
    "RegisterField": "Felt",
}
STATES: Mapping[str, str] = {"active": "aktiv", "inactive": "inaktiv"}
COLUMNS: Mapping[str, str] = {}
"""Fields of the field tables: they stand there in bokmål."""
