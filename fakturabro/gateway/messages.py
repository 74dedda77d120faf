"""What approvers and clients read, on pages and in mails. The sentences stand in texts_nb and texts_en, under the same names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.domain import calendar, money
from fakturabro.gateway import (
    fortnox_texts_en,
    fortnox_texts_nb,
    parts,
    payment_texts_en,
    payment_texts_nb,
    register_texts_en,
    register_texts_nb,
    texts_en,
    texts_nb,
    transfer_texts_en,
    transfer_texts_nb,
)
from fakturabro.ledger import decisions
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import views as client_views
from fakturabro.ledger.payments import answers

_TEXTS: dict[parts.Language, Mapping[str, str]] = {
    "nb": {
        **texts_nb.TEXTS,
        **transfer_texts_nb.TEXTS,
        **payment_texts_nb.TEXTS,
        **register_texts_nb.TEXTS,
        **fortnox_texts_nb.TEXTS,
    },
    "en": {
        **texts_en.TEXTS,
        **transfer_texts_en.TEXTS,
        **payment_texts_en.TEXTS,
        **register_texts_en.TEXTS,
        **fortnox_texts_en.TEXTS,
    },
}


_WITHIN_AMOUNT = re.compile(r"(?<=\d) (?=\d{3}\b)|(?<=\bkr) (?=-?\d)|(?<=\b[A-Z]{3}) (?=-?\d)")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the page shows it: (label, value) of each fact, (value, label, explanation) of each answer.

    A fact has a line for each thing that it names, with what is said of it behind a tab.
    """

    title: str
    text: str
    facts: Sequence[tuple[str, str]]
    answers: Sequence[tuple[str, str, str]]


def texts(language: parts.Language) -> Mapping[str, str]:
    """All sentences of a language, by name."""
    return _TEXTS[language]


def question(language: parts.Language, decision: decisions.Decision) -> Shown:
    """What is asked, what is known, and the answers."""
    t = texts(language)
    known = _known(t, decision.question)
    labels = {name: f"fact_{name}" for name in sorted(known, key=_rank) if known[name] and f"fact_{name}" in t}
    return Shown(
        title=_said(t, decision, "title").format_map(known),
        text=_said(t, decision, "text").format_map(known),
        facts=[(t[label], _unbroken(known[name])) for name, label in labels.items()],
        answers=[_answer(t, decision, value) for value in decisions.find_answers(decision)],
    )


def _rank(name: str) -> bool:
    """What there is to decide stands first, the rest as it was given."""
    return name not in ("asked", "changes", "unusual", "repeats", "told_before")


def _said(t: Mapping[str, str], decision: decisions.Decision, name: str) -> str:
    """What a kind says; where its question names a cause that has words of its own, those."""
    return t.get(f"{decision.kind}_{decision.question.get('cause')}_{name}") or t[f"{decision.kind}_{name}"]


def _answer(t: Mapping[str, str], decision: decisions.Decision, value: str) -> tuple[str, str, str]:
    """(value, label, explanation); a candidate's stand in the question, on a line each."""
    if value in answers.CANDIDATES:
        label, _, why = _unbroken(decision.question[value]).partition("\n")
        return value, capital(label), why or t[f"{decision.kind}_candidate_text"]
    return value, _said(t, decision, value), _said(t, decision, f"{value}_text")


def _unbroken(text: str) -> str:
    """The same with no line break within an amount."""
    return _WITHIN_AMOUNT.sub("\N{NO-BREAK SPACE}", text)


def decision_mail(language: parts.Language, tenant: str, asked: Sequence[tuple[decisions.Decision, str]]) -> tuple[str, str]:
    """(subject, text) of the mail that carries one link per decision. It names numbers, never buyers."""
    t = texts(language)
    lines = [f"{_subject(t, decision)}:\n{address}" for decision, address in asked]
    return t["decision_mail_subject"].format(tenant=tenant), t["decision_mail_text"].format(links="\n\n".join(lines))


def invitation(language: parts.Language, page: str, tenant: str, address: str) -> tuple[str, str]:
    """(subject, text) of the mail that leads to the page "enrol", "connect", "connect/fortnox" or "client"."""
    t, name = texts(language), page.replace("/", "_")
    return t[f"{name}_mail_subject"].format(tenant=tenant), t[f"{name}_mail_text"].format(tenant=tenant, link=address)


def code_mail(language: parts.Language, code: str) -> tuple[str, str]:
    """(subject, text) of the mail that lets a client in. The code stands in the text only: subjects show on locked screens."""
    t = texts(language)
    return t["client_code_subject"], t["client_code_mail"].format(code=code)


def masked_address(email: str) -> str:
    """Enough of an address to know one's own.

    >>> masked_address("kari.nordmann@solberg.no"), masked_address("k@solberg.no")
    ('k***@solberg.no', '***@solberg.no')
    """
    name, _, domain = email.rpartition("@")
    return f"{name[:1] if len(name) > 1 else ''}***@{domain}"


def waiting(language: parts.Language, held: Sequence[client_views.Waiting]) -> str:
    """What waits on the client now, in one line."""
    t, count = texts(language), sum(one.count for one in held)
    if not count:
        return t["client_nothing_waits"]
    write = money.english if language == "en" else money.norwegian
    amounts = f" {t['and']} ".join(re.sub(r"[.,]00$", "", write(one.minor, one.currency)) for one in held)
    amounts = amounts.replace(" ", "\N{NO-BREAK SPACE}")
    return t["client_one_waits" if count == 1 else "client_some_wait"].format(count=count, amounts=amounts)


def stopped(language: parts.Language, scope: str, at: dt.datetime) -> str:
    """What is stopped since when. Who stopped it and why is the operators' own."""
    t = texts(language)
    return t["client_stopped"].format(scope=t.get(f"scope_{scope.partition(':')[0]}", scope), at=moment(language, at))


def report_time(language: parts.Language, kept: client_reports.Kept) -> str:
    """The slot of a report, or its period."""
    return moment(language, kept.slot) if kept.slot is not None else report_days(kept)


def report_days(kept: client_reports.Kept) -> str:
    """The days of a report; its headline begins with the slot's time."""
    first, last = (f"{day:%d.%m.%Y}" for day in kept.period)
    return first if first == last else f"{first} – {last}"


def moment(language: parts.Language, at: dt.datetime) -> str:
    """A time as people read it, in Oslo."""
    local = at.astimezone(calendar.OSLO)
    return f"{local:%d.%m.%Y} {texts(language)['at']} {local:%H:%M}"


def for_file(at: dt.datetime) -> str:
    """A time in a file's name, in Oslo."""
    return f"{at.astimezone(calendar.OSLO):%Y-%m-%d-%H%M}"


def capital(text: str) -> str:
    """A sentence's beginning."""
    return text[:1].upper() + text[1:]


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
    if "sha256" in values:
        known["sha256"] = " ".join(values["sha256"][start : start + 4] for start in range(0, len(values["sha256"]), 4))
    return known


def _subject(t: Mapping[str, str], decision: decisions.Decision) -> str:
    text = t[f"{decision.kind}_subject"].format_map(_known(t, decision.question))
    return capital(text)


def _moment(text: str) -> str:
    return f"{dt.datetime.fromisoformat(text).astimezone(calendar.OSLO):%d.%m.%Y %H:%M}" if text else ""
