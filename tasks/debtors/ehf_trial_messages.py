"""What operators read of a trial of EHF rules, in Norwegian. Beside page_messages, because the rules are heavy to import."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence

from fakturabro.formats.ehf import messages, rules


def no_ehf_rules(place: pathlib.Path, why: str) -> str:
    return (
        f"EHF-reglene i {place} kan ikke prøves: {why}. Legg CEN-EN16931-UBL.xslt og PEPPOL-EN16931-UBL.xslt (kompilert) i mappen, "
        "og skriv bare mappens navn."
    )


def description(tried: int, rows: Sequence[Mapping[str, str]], now: str, then: str) -> str:
    """What was tried by which rules, and how much they judge otherwise."""
    lost, won = (sum((row["EHF nå"], row["EHF med nye regler"]) == way for row in rows) for way in (("ja", "nei"), ("nei", "ja")))
    return (
        f"Prøvd på de {tried} nyeste bilagene som kan skrives som EHF: {len(rows)} vurderes annerledes. {lost} kan ikke lenger "
        f"sendes som EHF, {won} kan det nå. Ingenting er slått på. Regler nå: {now}. Prøvd: {then}."
    )


def row(number: str, kind: str, amount: str, now: Sequence[rules.Violation], then: Sequence[rules.Violation]) -> dict[str, str]:
    """One document that the two judge otherwise: what comes, what falls away, and whether it can go as EHF."""
    return {
        "Bilag": f"{'Kreditnota' if kind == 'credit_note' else 'Faktura'} {number}",
        "Beløp": amount,
        "Nye regler sier i tillegg": _broken(then, now),
        "Faller bort": _broken(now, then),
        "EHF nå": _is_valid(now),
        "EHF med nye regler": _is_valid(then),
    }


def _broken(found: Sequence[rules.Violation], beyond: Sequence[rules.Violation]) -> str:
    known = {(one.rule, one.severity, one.location) for one in beyond}
    said = {one.rule: one for one in found if (one.rule, one.severity, one.location) not in known}
    return " ".join(
        f"{rule}{' (varsel)' if one.severity == 'warning' else ''}: {messages.norwegian(rule, one.text)}"
        for rule, one in sorted(said.items())
    )


def _is_valid(found: Sequence[rules.Violation]) -> str:
    return "nei" if any(one.severity == "fatal" for one in found) else "ja"
