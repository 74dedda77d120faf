"""Which finding weighs how much and what it holds: the defaults, and a tenant's own rules on top of them.

A hold names a purpose (book, distribute) or a channel ("channel:ehf"). write_back has no holds: it waits for distribution.
What does not belong here: the texts (messages) and the rules that find (suites, tasks).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import pydantic

from fakturabro.domain import findings, identity

Hold = Literal["book", "distribute", "channel:ehf", "channel:email", "channel:letter"]


class Weight(NamedTuple):
    """What a finding does unless the tenant says otherwise."""

    severity: findings.Severity
    holds: tuple[Hold, ...] = ()


_ALL = Weight("block", ("book", "distribute"))
_DISTRIBUTE = Weight("block", ("distribute",))
_WARN = Weight("warn")

DEFAULTS: Mapping[str, Weight] = {
    "missing_number": _ALL,
    "duplicate_number": _ALL,
    "missing_buyer_name": _ALL,
    "missing_postal_address": _DISTRIBUTE,
    "placeholder_postal_address": _DISTRIBUTE,
    "incomplete_postal_address": _DISTRIBUTE,
    "address_differs_from_card": _WARN,
    "wrong_organisation_number": _ALL,
    "wrong_seller_organisation_number": _ALL,
    "no_lines": _ALL,
    "too_many_decimals": _ALL,
    "sum_of_lines_differs": _ALL,
    "totals_do_not_add_up": _ALL,
    "vat_does_not_add_up": _ALL,
    "source_total_differs": _ALL,
    "negative_payable": _WARN,
    "zero_payable": Weight("info"),
    "unknown_currency": _ALL,
    "due_date_before_invoice_date": _ALL,
    "missing_due_date": _WARN,
    # The source's own account stands on nothing that leaves: the factoring company's replaces it.
    "missing_account": _WARN,
    "wrong_account": _WARN,
    "invalid_email": _WARN,
    "element_not_carried": Weight("warn", ("channel:ehf",)),
    # Found by tasks, not by a suite:
    "unreadable_document": _ALL,
    "kind_differs": _ALL,
    "number_differs": _ALL,
    "kid_not_possible": _ALL,
    "cannot_be_produced": _DISTRIBUTE,
    "missing_assignment_notice": _DISTRIBUTE,
    "ehf_rule_broken": _DISTRIBUTE,
    "credit_note_waits_for_invoice": Weight("info", ("distribute",)),
    "customer_card_not_found": Weight("warn", ("distribute",)),
    "email_refused": _WARN,
    "source_account_remains": _DISTRIBUTE,
    "changed_after_booking": _DISTRIBUTE,
    "not_active_at_source": _ALL,
}

FOUND_BY_TASKS = frozenset(
    {
        "unreadable_document",
        "kind_differs",
        "number_differs",
        "kid_not_possible",
        "cannot_be_produced",
        "missing_assignment_notice",
        "ehf_rule_broken",
        "credit_note_waits_for_invoice",
        "customer_card_not_found",
        "email_refused",
        "source_account_remains",
        "changed_after_booking",
        "not_active_at_source",
    }
)
FIXED = frozenset(
    {
        "unreadable_document",
        "kind_differs",
        "number_differs",
        "kid_not_possible",
        "cannot_be_produced",
        "missing_assignment_notice",
        "source_account_remains",
        "credit_note_waits_for_invoice",
        "not_active_at_source",
    }
)
"""What no tenant can wave through: there would be nothing to book, no KID, a notice or an invoice that must come first, or a
complaint of the debtor."""


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
        return Weight(self.severity, (DEFAULTS[self.code].holds or _ALL.holds) if self.severity == "block" else ())


class Rules(pydantic.BaseModel, frozen=True, extra="forbid", title="Datakvalitet"):
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

    def finding(self, code: str, *, line: int | None = None, **about: Any) -> findings.Finding | None:
        """The finding `code` as this tenant weighs it, None when it is switched off. Raises KeyError for an unknown code.

        `about` are field, value and suggestion; national identity numbers in them are masked.
        """
        weight = self._weights[code]
        masked = {name: identity.mask_identity_numbers(str(text)) for name, text in about.items()}
        return weight and findings.Finding(code=code, severity=weight.severity, holds=weight.holds, line=line, **masked)
