"""Why Severa said no, out of `{"error": {"type": ..., "details": [{"message": ...}]}}`.

Source: severa-v1.reconstructed.openapi.json (ExceptionModel, ExceptionTypeEnum).
Assumed: the types in `ABOUT_ACCESS` speak of the client's keys, licence or modules, whatever the status is.
"""

from __future__ import annotations

import msgspec

from fakturabro.remote import answers
from fakturabro.systems.severa import messages

ABOUT_ACCESS = {
    *("AddonMissing", "AddonMissingTermsOfServiceApproval", "ExcludedFromTrial", "FeatureIsNotEnabled", "InsufficientApiScope"),
    *("NotAvailableInTrial", "OrganizationNotActive", "PermissionDenied", "TermsOfServiceNotApproved", "TrialExpired"),
    "UserLicenseType",
}


class _Detail(msgspec.Struct):
    message: str | None = None


class _Error(msgspec.Struct):
    type: str | None = None
    details: list[_Detail] | None = None


class _Body(msgspec.Struct):
    error: _Error | None = None


class Problem(msgspec.Struct, frozen=True):
    """Severa's type of the error, "" where there is none, and what it means in Norwegian with its own words behind."""

    kind: str
    said: str

    @property
    def is_about_access(self) -> bool:
        """Whether operators or the client must give a right, not mend the document."""
        return self.kind in ABOUT_ACCESS


def read(answer: answers.Answer) -> Problem:
    """What an answer that is not 2xx says."""
    try:
        error = msgspec.json.decode(answer.body, type=_Body).error or _Error()
    except (ValueError, RecursionError):
        error = _Error()
    kind, details = answers.one_line(error.type or "")[:50], [answers.one_line(one.message or "") for one in error.details or []]
    return Problem(kind, messages.said(kind, details[:3]))
