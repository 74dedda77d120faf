"""Figures, dates and the report's own sentences, in the report's language: "kr 18 450,50", "mandag 23. november 2026".

What does not belong here: what stands where (page), how it looks (the templates).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from data_quality.report import cleaning, content, returned_texts_en, returned_texts_nb, texts_en, texts_nb

NO_BREAK = "\N{NO-BREAK SPACE}"
_TEXTS: Mapping[content.Language, Mapping[str, str]] = {
    "nb": {**texts_nb.TEXTS, **returned_texts_nb.TEXTS},
    "en": {**texts_en.TEXTS, **returned_texts_en.TEXTS},
}
_CALENDARS = {"nb": (texts_nb.WEEKDAYS, texts_nb.MONTHS), "en": (texts_en.WEEKDAYS, texts_en.MONTHS)}
LEFT = ("opening", "fetched", "corrected")
RIGHT = ("accepted", "rejected", "skipped", "cancelled", "waiting", "held", "in_doubt")
"""The two sides of a certificate."""


def say(key: str, language: content.Language, **values: object) -> str:
    """One of the report's own texts with `values` put in.

    >>> say("waiting", "en", count=2)
    '2 waiting for you'
    """
    return _TEXTS[language][key].format_map(values)


def count(key: str, number: int, language: content.Language) -> str:
    """A text that a number decides the form of.

    >>> count("documents", 1, "nb"), count("documents", 2, "nb")
    ('1 dokument', '2 dokumenter')
    """
    one, _, many = _TEXTS[language][key].partition("|")
    figures = integer(number, language)
    return (one if number == 1 else many).format_map({"count": figures, "days": figures})


def integer(number: int, language: content.Language) -> str:
    """
    >>> integer(-18450, "nb").replace(NO_BREAK, " "), integer(18450, "en")
    ('\\u221218 450', '18,450')
    """
    figures = f"{abs(number):,}".replace(",", NO_BREAK if language == "nb" else ",")
    return ("\N{MINUS SIGN}" if number < 0 else "") + figures


def amount(value: content.Amount, language: content.Language, *, short: bool = False) -> str:
    """Money with two decimals; `short` leaves out those of a whole amount.

    >>> amount(content.Amount(1845050), "nb").replace(NO_BREAK, " "), amount(content.Amount(-1845000, "EUR"), "en", short=True)
    ('kr 18 450,50', 'EUR\\xa0\\u221218,450')
    """
    whole, minor = divmod(abs(value.minor), 100)
    figures = integer(whole, language)
    if minor or not short:
        figures += f"{',' if language == 'nb' else '.'}{minor:02d}"
    name = "kr" if (value.currency, language) == ("NOK", "nb") else cleaning.line(value.currency, 20)
    sign = "\N{MINUS SIGN}" if value.minor < 0 else ""
    return f"{name}{NO_BREAK}{sign}{figures}"


def sums(items: Iterable[content.Item | content.Released]) -> list[content.Amount]:
    """The sum per currency, kroner first, then by name."""
    found: dict[str, int] = {}
    for item in items:
        if item.amount is not None:
            found[item.amount.currency] = found.get(item.amount.currency, 0) + item.amount.minor
    return [content.Amount(found[name], name) for name in sorted(found, key=lambda name: (name != "NOK", name))]


def money(amounts: Sequence[content.Amount], language: content.Language) -> str:
    """All of them in words; "" for none."""
    told = [amount(each, language, short=True) for each in amounts]
    return f" {say('and', language)} ".join(part for part in (", ".join(told[:-1]), *told[-1:]) if part)


def in_brackets(items: Iterable[content.Item | content.Released], language: content.Language) -> str:
    """ " (kr 18 450)"; "" when they have no amount."""
    total = money(sums(items), language)
    return f" ({total})" if total else ""


def day(date: dt.date, language: content.Language, *, year: bool = True, weekday: bool = True) -> str:
    """
    >>> day(dt.date(2026, 11, 23), "nb"), day(dt.date(2026, 11, 23), "en", year=False)
    ('mandag 23. november 2026', 'Monday 23 November')
    """
    weekdays, months = _CALENDARS[language]
    values = {"weekday": weekdays[date.weekday()], "day": date.day, "month": months[date.month - 1], "year": date.year}
    return say(("" if weekday else "plain_") + ("day" if year else "day_without_year"), language, **values)


def first_line(report: content.Report) -> str:
    """ "08:00: 42 hentet, 40 sendt, 2 venter på deg (kr 18 450)"; of a period its days, and what waits now."""
    language, now = report.language, "_now" if is_past(report) else ""
    waiting = unposted(report) or say(f"nothing_waiting{now}", language)
    if report.held:
        waiting = say(f"waiting{now}", language, count=integer(len(report.held), language)) + in_brackets(report.held, language)
    fetched, sent = integer(report.fetched, language), integer(report.sent, language)
    name = time(report.slot, report) if report.slot else _capital(_days(report))
    said = say("first_line", language, when=name, fetched=fetched, sent=sent, waiting=waiting)
    return ", ".join(filter(None, (said, unposted(report) if report.held else "")))


def unposted(report: content.Report) -> str:
    """ "2 bevegelser er ikke ført"; "" when none is held."""
    held = report.returns.held if report.returns else ()
    return count("returns_waiting", len(held), report.language) if held else ""


def is_past(report: content.Report) -> bool:
    """Whether what is reported ended before the report was made: what waits is of now, not of then."""
    return report.slot is None and report.period[1] != report.made_at.date()


def when(report: content.Report) -> str:
    """What is reported: the slot with its day, or the days."""
    if report.slot is None:
        return _days(report)
    return say("slot", report.language, day=day(local(report.slot, report).date(), report.language), time=time(report.slot, report))


def deadline(report: content.Report) -> str:
    """Until when a mended document makes the next slot; "" when nothing is held."""
    if not report.held:
        return say("returns_deadline", report.language) if unposted(report) else ""
    if report.next_slot is None:
        return say("no_deadline", report.language)
    date = local(report.next_slot, report).date()
    if date == report.made_at.date():
        return say("deadline_today", report.language, time=time(report.next_slot, report))
    named = day(date, report.language, year=date.year != report.made_at.year)
    return say("deadline", report.language, day=named, time=time(report.next_slot, report))


def certificate(line: content.CertificateLine, language: content.Language) -> list[str]:
    """The sentences about a certificate: count, amount, and whether it adds up."""

    def in_money(minor: int) -> str:
        return amount(content.Amount(minor, line.currency), language)

    counted = _equation(line, line.count, [integer(number, language) for number in _terms(line.count)], language)
    paid = _equation(line, line.amount, [in_money(minor) for minor in _terms(line.amount)], language)
    verdict = "adds_up" if line.adds_up else "does_not_add_up"
    return [
        say("count", language, sentence=counted),
        say("amount", language, sentence=paid),
        say(verdict, language, hash=cleaning.line(line.hash, 16).rstrip("…")),
    ]


def purpose(line: content.CertificateLine, language: content.Language) -> str:
    """What a certificate is about; the purpose as it came where we have no word."""
    return _TEXTS[language].get(f"purpose_{line.purpose}") or cleaning.line(line.purpose, 40)


def accepted(line: content.CertificateLine, language: content.Language) -> str:
    """What "accepted" is called for a purpose."""
    return _TEXTS[language].get(f"accepted_{line.purpose}") or say("accepted", language)


def term(name: str, language: content.Language) -> str:
    """What a term of a certificate is called."""
    return say(f"{name}_part" if name in ("waiting", "held") else name, language)


def local(moment: dt.datetime, report: content.Report) -> dt.datetime:
    """A moment on the client's clock; one without a zone is taken for that."""
    return moment.astimezone(report.made_at.tzinfo) if moment.tzinfo else moment


def time(moment: dt.datetime, report: content.Report) -> str:
    """ "08:00" on the client's clock."""
    return f"{local(moment, report):%H:%M}"


def _days(report: content.Report) -> str:
    first, last = report.period
    if first == last:
        return day(first, report.language)
    start = day(first, report.language, year=first.year != last.year, weekday=False)
    return say("days", report.language, first=start, last=day(last, report.language, weekday=False))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _terms(figures: Mapping[str, int]) -> list[int]:
    return [figures.get(name, 0) for name in (*LEFT, *RIGHT)]


def _equation(line: content.CertificateLine, figures: Mapping[str, int], told: list[str], language: content.Language) -> str:
    """ "Inngående 3 + hentet 42 = sendt 40 + holdt tilbake 5": every term that is not nought, and the first two."""
    said: dict[str, str] = dict(zip((*LEFT, *RIGHT), told, strict=True))

    def side(names: Sequence[str], always: Sequence[str]) -> str:
        words = {name: accepted(line, language) if name == "accepted" else term(name, language) for name in names}
        shown = [f"{words[name]} {said[name]}" for name in names if name in always or figures.get(name)]
        return " + ".join(shown) or say("nothing", language)

    return f"{side(LEFT, LEFT[:2])} = {side(RIGHT, ())}"
