"""The words of the mail about objections: to the client in its language, to operators in Norwegian. What debtors wrote stays on the
pages."""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.ledger.clients import persons as clients
from fakturabro.ledger.portal import objections

_KINDS = {
    "nb": {
        "wrong_amount": "beløpet er feil",
        "paid": "kravet er betalt",
        "unknown_claim": "kjenner ikke kravet",
        "wrong_recipient": "feil mottaker",
        "other": "annet",
    },
    "en": {
        "wrong_amount": "the amount is wrong",
        "paid": "it has been paid",
        "unknown_claim": "the claim is unknown to them",
        "wrong_recipient": "wrong recipient",
        "other": "something else",
    },
}
_SUBJECTS = {
    "nb": ("En kunde har en innsigelse mot bilag {number}", "{count} innsigelser fra kundene dine"),
    "en": ("A customer objects to document {number}", "{count} objections from your customers"),
}
_TEXTS = {
    "nb": """Hei {name},

Dette sier kundene dine er feil:
{listed}

Det de har skrevet, og hva du kan gjøre, står på sidene dine:
{link}

Fakturaen sendes ikke som brev før innsigelsen er lukket. Lenken er personlig og virker i tretti dager. Når du åpner den, sender vi
en kode til denne adressen.

Hilsen Fakturabro
""",
    "en": """Hello {name},

This is what your customers say is wrong:
{listed}

What they wrote, and what you can do, is on your pages:
{link}

The invoice does not go as a letter until the objection is closed. The link is personal and works for thirty days. When you open
it, we send a code to this address.

Fakturabro
""",
}
_OPERATORS = """{tenant} har fått {count} innsigelse(r) fra skyldnere:
{listed}

Klienten er varslet. Brev etter lenke holdes tilbake til innsigelsen er lukket, på klientsidene eller av oss.
"""


def to_client(language: clients.Language, name: str, told: Sequence[objections.Objection], link: str) -> tuple[str, str]:
    """(subject, text)."""
    one, several = _SUBJECTS[language]
    subject = one.format(number=told[0].number) if len(told) == 1 else several.format(count=len(told))
    return subject, _TEXTS[language].format(name=name, listed=_listed(language, told), link=link)


def to_operators(tenant: str, told: Sequence[objections.Objection]) -> tuple[str, str]:
    """(subject, text)."""
    text = _OPERATORS.format(tenant=tenant, count=len(told), listed=_listed("nb", told))
    return f"{tenant}: {len(told)} innsigelse(r) fra skyldnere", text


def reason(language: clients.Language, kind: str) -> str:
    """What is said to be wrong, in words: `kind` is one of objections.KINDS."""
    words = _KINDS[language]
    return words.get(kind, words["other"])


def _listed(language: clients.Language, told: Sequence[objections.Objection]) -> str:
    return "\n".join(f"- {one.number}: {reason(language, one.kind)}" for one in told)
