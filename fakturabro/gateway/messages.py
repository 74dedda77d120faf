"""What approvers and clients read, on pages and in mails. The sentences stand in texts_nb and texts_en, under the same names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.domain import calendar
from fakturabro.gateway import parts, texts_en, texts_nb
from fakturabro.ledger import decisions

_TEXTS: dict[parts.Language, Mapping[str, str]] = {"nb": texts_nb.TEXTS, "en": texts_en.TEXTS}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the page shows it: (label, value) of each fact, (value, label, explanation) of each answer."""

    title: str
    text: str
    facts: Sequence[tuple[str, str]]
    answers: Sequence[tuple[str, str, str]]


def texts(language: parts.Language) -> Mapping[str, str]:
    """All sentences of a language, by name."""
    return _TEXTS[language]


def question(language: parts.Language, decision: decisions.Decision) -> Shown:
    """What is asked, what is known, and the answers."""
    t, kind = texts(language), decision.kind
    known = _known(t, decision.question)
    return Shown(
        title=t[f"{kind}_title"].format_map(known),
        text=t[f"{kind}_text"].format_map(known),
        facts=[(t[f"fact_{name}"], value) for name, value in known.items() if value and f"fact_{name}" in t],
        answers=[(value, t[f"{kind}_{value}"], t[f"{kind}_{value}_text"]) for value in decisions.EFFECTS[kind]],
    )


def decision_mail(language: parts.Language, tenant: str, asked: Sequence[tuple[decisions.Decision, str]]) -> tuple[str, str]:
    """(subject, text) of the mail that carries one link per decision. It names numbers, never buyers."""
    t = texts(language)
    lines = [f"{_subject(t, decision)}:\n{address}" for decision, address in asked]
    return t["decision_mail_subject"].format(tenant=tenant), t["decision_mail_text"].format(links="\n\n".join(lines))


def invitation(language: parts.Language, page: str, tenant: str, address: str) -> tuple[str, str]:
    """(subject, text) of the mail that leads to the page "enrol" or "connect"."""
    t = texts(language)
    return t[f"{page}_mail_subject"].format(tenant=tenant), t[f"{page}_mail_text"].format(tenant=tenant, link=address)


def _known(t: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """A question's values in words."""
    known = {**values}
    for name in ("kind", "purpose"):
        if name in values:
            known[name] = t.get(f"{name}_{values[name]}", values[name])
    if "target" in values:
        system, _, number = values["target"].partition(":")
        known["target"] = t.get(f"target_{system}", system) + (f" {number}" if number else "")
    if "sent_at" in values:
        known["sent_at"] = _moment(values["sent_at"]) or t["unknown_time"]
    return known


def _subject(t: Mapping[str, str], decision: decisions.Decision) -> str:
    text = t[f"{decision.kind}_subject"].format_map(_known(t, decision.question))
    return text[:1].upper() + text[1:]


def _moment(text: str) -> str:
    return f"{dt.datetime.fromisoformat(text).astimezone(calendar.OSLO):%d.%m.%Y %H:%M}" if text else ""
