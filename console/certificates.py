"""`fakturabro certificate verify`: whether the ledger still is what its certificates say, row for row."""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.ledger import audits, opened
from tasks import messages

_PURPOSES = {name: said.lower() for name, said in messages.PURPOSES.items()}
_TABLES = {"certificate": "Leveringsattest", "delivery": "Levering", "document": "Dokument", "raw": "Bevarte byte"}
_SAID = {
    "broken_link": "er endret, flyttet eller satt inn, eller attesten foran den er borte",
    "figures": "går ikke opp",
    "opening": "begynner ikke der den forrige sluttet",
    "missing": "ble skrevet uten attesten for denne kjeden, som da hadde noe åpent: den attesten er borte",
    "marks": "er merket som regnet med av en attest som ikke finnes eller ikke passer",
    "closing": "sier noe annet om hva som er åpent enn leveringene selv: en av dem er endret, fjernet eller satt inn",
    "counted": "er endret, fjernet eller satt inn etter at attesten regnet den med",
    "entered": "har hentet færre enn det antallet som er merket med den",
    "unanswered": "står som levert, men loggen har ikke noe slikt svar",
    "format": "er skrevet av en eldre utgave: radene den teller kan ikke kontrolleres",
    "channel": "står som meldt til factoringselskapet med en annen kanal enn det gikk ut gjennom",
    "bytes": "kan ikke åpnes, eller er ikke lenger det summen sier, og er ikke slettet etter oppbevaringstiden",
    "skipped": "som er utelatt, er flere, eller på større beløp, enn attestene har regnet med",
    "witness": "(hash) står ikke i noen kjede: attester er fjernet eller skrevet om",
}


def verify(ledger: opened.Ledger, tenants: Sequence[str], witnesses: Sequence[str] = ()) -> tuple[list[str], bool]:
    """(what to print, whether everything is as it was certified)."""
    lines: list[str] = []
    faulty = False
    for tenant in tenants or audits.find_tenants(ledger):
        faults = audits.find_faults(ledger, tenant, witnesses)
        faulty = faulty or bool(faults)
        lines += [f"{tenant}: {to_sentence(fault)}" for fault in faults]
        if not faults:
            ends = audits.find_ends(ledger, tenant)
            lines.append(f"{tenant}: alt stemmer, {len(ends)} kjeder.")
            lines += [
                f"  {_PURPOSES.get(purpose, purpose)} {currency}: kjeden slutter med {hash_}"
                for (purpose, currency), hash_ in sorted(ends.items())
            ]
    return lines or ["Hovedboken har ingen attester."], not faulty


def to_sentence(fault: audits.Fault) -> str:
    """What is wrong, with the row's id."""
    chain = f" ({_PURPOSES.get(fault.purpose, fault.purpose)} {fault.currency})" if fault.purpose else ""
    return f"{_TABLES[fault.table]} {fault.row}{chain} {_SAID[fault.code]}.".replace("  ", " ")
