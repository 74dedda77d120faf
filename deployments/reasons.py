"""The reasons of a tenant's own rules: a file must give one for each; what was stored before they were asked for has none."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

from data_quality import blocking
from deployments import problems

_PLACES = (("options", "rules", "overrides"), ("rules", "overrides"))
"""Where flows take rules among their parameters."""


def check(file: pathlib.Path, parameters: Any) -> Iterator[problems.Problem]:
    """A fault for each rule without a reason that says something. What is no rule at all is somebody else's fault to find."""
    for steps in _PLACES:
        listed = find(parameters, steps)
        for number, rule in enumerate(listed if isinstance(listed, list) else ()):
            reason = rule.get("reason") if isinstance(rule, dict) else None
            if isinstance(rule, dict) and (reason is None or _is_too_short(reason)):
                where = (*steps, number, "reason")
                said = f"mangler, eller er kortere enn {blocking.SHORTEST_REASON} tegn. Klienten leser begrunnelsen på sin side."
                yield problems.at(file, problems.line_at(parameters, where), f"{'.'.join(map(str, where))}: {said}")


def find(part: Any, steps: tuple[str, ...]) -> Any:
    """What stands at the end of these keys, None where one is missing."""
    for step in steps:
        part = part.get(step) if isinstance(part, dict) else None
    return part


def _is_too_short(reason: Any) -> bool:
    return isinstance(reason, str) and len(reason.strip()) < blocking.SHORTEST_REASON
