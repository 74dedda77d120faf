"""What operators read of registers in the transfer log: why a value was not carried, and why a customer is left out."""

from __future__ import annotations

from collections.abc import Mapping

YES, NO = "ja", "nei"
REFUSED_SIGNS = "Fortnox tar ikke imot tegnene {signs}."
TOO_LONG = "Fortnox har plass til {longest} tegn."
CUT = "Kortet ned til de {longest} tegnene som Fortnox har plass til."
NAME_CUT = "Navnet er kortet ned til «{name}», siden Fortnox har plass til {longest} tegn."
NO_COUNTRY = "{address}: Severa har ikke noe land, og Fortnox regner den da for svensk."
NOT_EMPTIED = "Tømt i hovedsystemet, men feltet kan ikke tømmes i det andre systemet."
NO_FIELD = "Fortnox har ikke noe slikt felt."
NO_FIELD_BUT_GLN = "Fortnox har bare felt for GLN (13 siffer med rett kontrollsiffer)."
NO_UNIT_OR_VAT = "Jobbtyper i Severa har verken enhet eller mva."
NO_ADDRESS_FOR_PHONE = "I Severa står telefonnummeret på en adresse, og kunden har ingen adresse der."
PLACE_NOT_CHOSEN = "Etter oppsettet skal denne adressen ikke overføres."
MORE_ADDRESSES = "Bare den første adressen av hvert slag overføres."
CLOSED = "lukket"
NOT_CLOSED = "Etter oppsettet lukkes prosjektet ikke i Fortnox."
NOT_LISTED: Mapping[str, str] = {
    "unit": "Enheten finnes ikke i Fortnox.",
    "terms": "Betingelsen finnes ikke i det andre systemet.",
    "currency": "Valutaen finnes ikke i Severa.",
    "country": "Landet finnes ikke i Severas landliste.",
    "vat": "Fortnox har ikke denne mva-satsen.",
}
WHY_NOT: Mapping[str, str] = {
    "inactive": "Kunden er inaktiv.",
    "internal": "Kunden er intern.",
    "prospect": "Kunden har verken aktivt prosjekt eller faktura.",
}
"""Why a customer is left out."""
