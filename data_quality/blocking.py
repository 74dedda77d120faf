"""Which finding holds what for a tenant: its own rules on top of the defaults (weights).

What does not belong here: the texts (messages) and the rules that find (suites, tasks).
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic

from data_quality import kinds, rule_messages, weights
from fakturabro.domain import findings, identity

VERSION, CHANGES = weights.VERSION, weights.CHANGES
FIXED = weights.FIXED | {code for code, one in kinds.codes().items() if one.is_fixed}
FOUND_BY_TASKS = weights.FOUND_BY_TASKS | {code for code, one in kinds.codes().items() if one.is_found_by_task}
FOUND_LATER = weights.FOUND_LATER
Hold = weights.Hold
Weight = weights.Weight
DEFAULTS: Mapping[str, Weight] = {**weights.DEFAULTS, **{code: one.weight for code, one in kinds.codes().items()}}


_EVERYTHING: tuple[weights.Hold, ...] = ("book", "distribute")
SHORTEST_REASON = 5


class Override(pydantic.BaseModel, frozen=True, extra="forbid", title="Avvik fra standard"):
    """One tenant's view of one finding."""

    code: Annotated[
        str,
        pydantic.Field(
            title="Funn",
            description="Hvilket funn regelen gjelder.",
            json_schema_extra={"enum": [*sorted(DEFAULTS.keys() - FIXED)]},
        ),
    ]
    severity: Annotated[
        Literal["block", "warn", "info", "off"],
        pydantic.Field(
            title="Alvorlighet",
            description="block stanser, warn varsler, info opplyser, off slår funnet av. warn og info stanser ingenting med mindre "
            "«Holder tilbake» er fylt ut.",
        ),
    ]
    holds: Annotated[
        tuple[Hold, ...] | None,
        pydantic.Field(
            title="Holder tilbake",
            description="Hva som skal vente til feilen er rettet: book (bokføring), distribute (utsending) eller én kanal. "
            "Tomt felt gir standarden for block og ingenting for warn og info.",
        ),
    ] = None
    reason: Annotated[
        str,
        pydantic.StringConstraints(strip_whitespace=True, max_length=300),
        pydantic.Field(
            title="Begrunnelse",
            description="Hvorfor klienten har en egen regel her, og gjerne hvem som ba om det, i minst fem tegn. Klienten leser "
            "den på sin side. I klientens fil er den påkrevd.",
        ),
    ] = ""
    """Empty in what was stored before reasons were asked for; a tenant's file must have one (deployments)."""

    @pydantic.field_validator("code")
    @classmethod
    def _is_known(cls, code: str) -> str:
        if code not in DEFAULTS:
            raise ValueError(f"unknown finding code {code!r}; known are {', '.join(sorted(DEFAULTS))}")
        if code in FIXED:
            raise ValueError(f"the finding {code!r} cannot be overridden: the document cannot travel without it being mended")
        return code

    @pydantic.model_validator(mode="after")
    def _holds_fit_severity(self) -> Override:
        if self.severity == "block" and self.holds == ():
            raise ValueError(f"{self.code!r} is to block but holds nothing; name a purpose or use severity warn")
        if self.severity == "off" and self.holds:
            raise ValueError(f"{self.code!r} is switched off and cannot hold {', '.join(self.holds)}")
        return self

    def weight(self) -> Weight | None:
        """None when the finding is switched off."""
        if self.severity == "off":
            return None
        if self.holds is not None:
            return Weight(self.severity, self.holds)
        return Weight(self.severity, (DEFAULTS[self.code].holds or _EVERYTHING) if self.severity == "block" else ())


class Rules(pydantic.BaseModel, frozen=True, extra="forbid"):
    """A tenant's rules: the defaults with its overrides."""

    overrides: Annotated[
        tuple[Override, ...],
        pydantic.Field(title="Egne regler", description="Avvik fra standardreglene for denne klienten. Tom liste gir standarden."),
    ] = ()

    @pydantic.model_validator(mode="after")
    def _each_code_once(self) -> Rules:
        codes = [override.code for override in self.overrides]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"overridden more than once: {', '.join(twice)}; keep one of each")
        return self

    @functools.cached_property
    def _weights(self) -> dict[str, Weight | None]:
        return {**DEFAULTS, **{override.code: override.weight() for override in self.overrides}}

    def fingerprint(self) -> str:
        """Which rules judged, in 12 hexadecimal digits: the version and what the overrides do, in whatever order they stand.

        A reason may be worded anew without changing it.
        """
        effects = sorted((own.code, *_effect(own.weight())) for own in self.overrides)
        return hashlib.sha256(json.dumps([VERSION, effects]).encode()).hexdigest()[:12]

    def in_words(self, language: Literal["nb", "en"] = "nb") -> list[str]:
        """A sentence for each override: what it does, what would be done without it, and why."""
        return [
            rule_messages.override(own.code, own.weight(), DEFAULTS[own.code], own.reason, language)
            for own in sorted(self.overrides, key=lambda own: list(DEFAULTS).index(own.code))
        ]

    def finding(self, code: str, *, line: int | None = None, **about: Any) -> findings.Finding | None:
        """The finding `code` as this tenant weighs it, None when it is switched off. Raises KeyError for an unknown code.

        `about` are field, value and suggestion; national identity numbers in them are masked.
        """
        weight = self._weights[code]
        masked = {name: identity.mask_identity_numbers(str(text)) for name, text in about.items()}
        return weight and findings.Finding(code=code, severity=weight.severity, holds=weight.holds, line=line, **masked)


def _effect(weight: weights.Weight | None) -> tuple[str, str]:
    return ("off", "") if weight is None else (weight.severity, " ".join(sorted(weight.holds)))
