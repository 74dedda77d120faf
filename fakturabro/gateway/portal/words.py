"""What a debtor reads. The sentences stand in texts_nb and texts_en, under the same names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec
from markupsafe import Markup, escape

from fakturabro.domain import calendar, languages, money
from fakturabro.formats.invoice_pdf import typography
from fakturabro.gateway.portal import texts_en as portal_texts_en
from fakturabro.gateway.portal import texts_nb as portal_texts_nb
from fakturabro.ledger.portal import links as portal

_TEXTS: dict[languages.Language, Mapping[str, Markup]] = {
    "nb": {name: escape(text) for name, text in portal_texts_nb.TEXTS.items()},
    "en": {name: escape(text) for name, text in portal_texts_en.TEXTS.items()},
}
"""Escaped once, and not for each visitor; what is filled in with `format` is escaped then."""
_NAMES: dict[languages.Language, str] = {"nb": "Norsk", "en": "English"}


class Tongue(msgspec.Struct, frozen=True, kw_only=True):
    """The way to the same page in the other language."""

    language: languages.Language
    name: str
    address: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or credit note as its page shows it. `facts` are (label, value): what whoever pays must know."""

    organisation_number: str
    amount_label: str
    amount: str
    due: str
    facts: tuple[tuple[str, str], ...]


def texts(language: languages.Language) -> Mapping[str, Markup]:
    """All sentences of a language, by name."""
    return _TEXTS[language]


def language(said: str) -> languages.Language | None:
    """The language of this name; None for one that we do not speak."""
    return next((one for one in _TEXTS if one == said), None)


def other(language: languages.Language) -> Tongue:
    """Where the other language stands, relative to any page of ours."""
    to: languages.Language = "nb" if language == "en" else "en"
    return Tongue(language=to, name=_NAMES[to], address=f"?lang={to}")


def shown(language: languages.Language, face: portal.Face) -> Shown:
    """The page's figures. A credit note has nothing to pay."""
    t, owes = texts(language), face.kind == "invoice"
    number = typography.organisation_number(face.organisation_number)
    named = {"payee": face.payee, "account": account(face.account), "kid": face.kid} if owes else {}
    return Shown(
        organisation_number=t["organisation_number"].format(number=number) if number else "",
        amount_label=t["to_pay" if owes else "in_favour"],
        amount=amount(language, face.amount, face.currency),
        due=typography.date(face.due_date, language) if owes and face.due_date else "",
        facts=tuple((t[name], value) for name, value in named.items() if value),
    )


def title(language: languages.Language, face: portal.Face) -> str:
    """
    >>> face = portal.Face(kind="credit_note", number="10024", client_name="", organisation_number="", amount=0, currency="NOK",
    ...     due_date=None, account="", kid="", payee="", reply_to="")
    >>> title("nb", face), title("en", face)
    ('Kreditnota 10024', 'Credit note 10024')
    """
    return f"{texts(language)[face.kind]} {face.number}"


def file_name(language: languages.Language, face: portal.Face, ending: Literal["pdf", "xml"]) -> str:
    """What a downloaded file is called, before what no disk takes is cut away."""
    return f"{texts(language)[face.kind]}-{face.number}.{ending}"


def amount(language: languages.Language, minor: int, currency: str) -> str:
    """An amount that no line break falls into."""
    write = money.english if language == "en" else money.norwegian
    return write(minor, currency).replace(" ", typography.NO_BREAK)


def account(text: str) -> str:
    """An account as people type it from here into their bank."""
    return typography.account(text) or typography.international_account(text)


def clock(at: dt.datetime) -> str:
    """A time of today in Oslo, never before `at`.

    >>> clock(dt.datetime(2026, 11, 23, 8, 0, 1, tzinfo=dt.UTC))
    '09:01'
    """
    return f"{(at + dt.timedelta(seconds=59)).astimezone(calendar.OSLO):%H:%M}"


def day(language: languages.Language, at: dt.datetime) -> str:
    """A day in Oslo."""
    return typography.date(at.astimezone(calendar.OSLO).date(), language)
