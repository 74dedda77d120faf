"""Rules that must be the same wherever a tenant's file states them: what the register foretells is what the intake then does."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pydantic

from data_quality import blocking
from deployments import problems, reasons

_INTAKE = "invoice_intake"
_PLACES = {"register_check": ("rules",)} | dict.fromkeys(("client_report", "try_rules", "try_ehf_rules"), ("options", "rules"))
"""Per flow where it takes the rules that hold now. What is tried (`rules` of try_rules) may be anything."""


def check(file: pathlib.Path, deployments: list[Any]) -> Iterator[problems.Problem]:
    """A fault for each deployment whose rules do something else than those of the same tenant's intake in the file.

    What cannot be read as rules is somebody else's fault to find.
    """
    stated = [(_flow(part), part["parameters"]) for part in deployments if isinstance(part, dict) and _has_parameters(part)]
    intakes = {str(parameters.get("tenant")): parameters for flow, parameters in stated if flow == _INTAKE}
    for flow, parameters in stated:
        intake, steps = intakes.get(str(parameters.get("tenant"))), _PLACES.get(flow)
        if intake is None or steps is None:
            continue
        own, right = _fingerprint(parameters, steps), _fingerprint(intake, ("options", "rules"))
        if own and right and own != right:
            theirs = problems.line_at(intake, ("options", "rules"))
            said = (
                f"{'.'.join(steps)}: andre regler enn fakturainntakets (options.rules, linje {theirs}). Bruk de samme, for "
                "eksempel med et YAML-anker, ellers varsles klienten om noe annet enn det som blir stanset."
            )
            stands = reasons.find(parameters, steps) is not None
            line = problems.line_at(parameters, steps) if stands else problems.line(parameters, steps[0])
            yield problems.at(file, line, said)


def _flow(part: Any) -> str:
    return str(part.get("entrypoint", "")).rpartition(".")[2]


def _has_parameters(part: Any) -> bool:
    return isinstance(part.get("parameters"), dict)


def _fingerprint(parameters: Any, steps: tuple[str, ...]) -> str:
    """What the rules there do; those of a tenant without own rules where there are none; empty where they cannot be read."""
    try:
        return blocking.Rules.model_validate(reasons.find(parameters, steps) or {}).fingerprint()
    except pydantic.ValidationError:
        return ""
