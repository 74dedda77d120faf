"""Norwegian bokmål: the words of the report. Operators and the client's bookkeeper read it."""

from __future__ import annotations

from collections.abc import Mapping

from fakturabro.domain import first_plans
from fakturabro.domain.similarity import entries

REGISTERS: Mapping[entries.Register, str] = {"customer": "Kunder", "article": "Produkter og artikler", "project": "Prosjekter"}
ONE: Mapping[entries.Register, str] = {"customer": "Kunde", "article": "Produkt", "project": "Prosjekt"}
KINDS: Mapping[str, str] = {"product": "Produkt", "work_type": "Arbeidstype", "travel_type": "Type reiseutgift"}
ACTIONS: Mapping[first_plans.Action, str] = {
    "decide": "Må avgjøres",
    "link": "Kobles",
    "to_fortnox": "Opprettes i Fortnox",
    "to_severa": "Opprettes i Severa",
    "leave": "Røres ikke",
}
INTROS: Mapping[first_plans.Action, str] = {
    "decide": "En godkjenner blir spurt om hvert par, noen om gangen. Rettes registrene i stedet, forsvinner spørsmålet.",
    "link": "De som ligner minst, står øverst. Å koble endrer ingenting: felt skrives først over når noe endres i hovedsystemet.",
    "to_fortnox": "Finnes bare i Severa.",
    "to_severa": "Finnes bare i Fortnox.",
    "leave": "Ingenting skjer med disse nå. Under hver grunn står hva som må endres, og hvor, hvis de skal med.",
}
PERHAPS = "Kan være den samme"
PERHAPS_INTRO = (
    "Disse ligner noen i det andre systemet, men ikke nok til at noen blir spurt, og behandles hver for seg. Er to av dem den "
    "samme, må de få samme nummer før planen gjennomføres."
)
REASONS: Mapping[first_plans.Why, str] = {
    "alike": "Ligner, men kobles ikke",
    "unlike": "Samme nummer, men ser ulike ut",
    "number": "Samme nummer",
    "two_properties": "Samme nummer og navn",
    "decision": "Avgjort av en godkjenner, eller koblet fra før",
    "only_in_severa": "Bare i Severa",
    "only_in_fortnox": "Bare i Fortnox",
    "inactive": "Inaktiv",
    "internal": "Intern kunde i Severa",
    "prospect": "Verken aktivt prosjekt eller faktura",
    "no_number": "Mangler nummer",
    "not_numeric": "Nummeret har andre tegn enn sifre",
    "number_taken": "Nummeret brukes av en annen i det andre systemet",
    "number_twice": "Nummeret er brukt flere ganger i samme system",
    "existed_before": "Finnes ikke med samme nummer og navn i begge systemene",
    "switched_off": "Registeret overføres ikke etter oppsettet",
    "never_to_severa": "Prosjekter går bare fra Severa til Fortnox",
}
REMEDIES: Mapping[first_plans.Why, str] = {
    "alike": "Er det den samme, svar ja, eller gi den samme nummer i begge systemene. Er det to, svar nei.",
    "unlike": "Er det to forskjellige, svar nei, og gi den ene et nytt nummer. Er det den samme, svar ja, eller rett navnet.",
    "inactive": "Aktiver den i systemet der den står, hvis den skal med.",
    "internal": "Interne kunder overføres aldri.",
    "prospect": "Kommer med når kunden får et aktivt prosjekt eller en faktura, eller når «Overfør alle kunder» slås på.",
    "no_number": "Gi den et nummer i Severa.",
    "not_numeric": "Severa tar bare kundenummer av sifre. Lag kunden i Fortnox med et slikt nummer, hvis den skal med.",
    "number_taken": "Gi den et annet nummer i ett av systemene.",
    "number_twice": "Rett nummeret, eller slå dem sammen.",
    "existed_before": "Det som finnes fra før, blir bare koblet, aldri opprettet. Rett nummer eller navn i det ene systemet, eller "
    "opprett det som mangler. Nye produkter overføres av seg selv.",
    "switched_off": "Slå det på i oppsettet, hvis det skal med.",
    "never_to_severa": "Opprett prosjektet i Severa med samme nummer, hvis det skal kobles.",
}
SAME_NUMBER_OTHER_NAME = "Samme nummer, men navnet er ulikt. Rett navnet i ett av systemene, så kobles de."
FIELDS: Mapping[str, str] = {
    "number": "Nummer",
    "name": "Navn",
    "organisation_number": "Org.nr.",
    "email": "E-post",
    "address": "Adresse",
}
TITLES: Mapping[str, str] = {"similarity": "Likhetsrapport", "plan": "Plan for første synkronisering"}
FOR = "for"
SEVERA, FORTNOX, FIELD, LIKENESS, POINTS, REGISTER, REASON, REMEDY = (
    *("Severa", "Fortnox", "Felt", "Likhet", "Likhetspoeng", "Register", "Hvorfor", "Hva må gjøres"),
)
KIND, NUMBER_IN, NAME_IN, OF = "Slag", "Nummer i {system}", "Navn i {system}", "{field} i {system}"
MADE, OVERVIEW, COUNT = "Laget", "Oversikt", "Antall"
MORE = "{count} til står i regnearket."
OPEN_ONE = "Ett par må avgjøres før noe kan kobles eller opprettes."
OPEN_SOME = "{count} par må avgjøres før noe kan kobles eller opprettes."
DECIDED = "Ingen kunder må avgjøres først."
FOOT = (
    "Likhetspoeng går fra 0 til 100 og regnes av navn, nummer, organisasjonsnummer, e-post og adresse, så langt begge systemene "
    "har dem. Poengene avgjør ikke hva som kobles: kunder og prosjekter kobles når nummeret er likt, produkter når både nummer og "
    "navn er like."
)


def headline(plan: first_plans.Plan) -> str:
    """The first line."""
    made = plan.count("customer", "to_fortnox") + plan.count("customer", "to_severa")
    count = plan.count("customer", "link")
    linked = "Én kunde kobles" if count == 1 else f"{grouped(count)} kunder kobles"
    return f"{linked}, {grouped(made)} opprettes, {grouped(plan.count('customer', 'decide'))} må avgjøres"


def grouped(count: int) -> str:
    """A count as people read it.

    >>> grouped(20000)
    '20\\xa0000'
    """
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")
