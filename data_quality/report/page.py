"""What the page and the PDF lay out, in order: finished texts and nothing to be reckoned. Both say exactly the same.

Of very many documents they show the largest in full; the rest is named in number and sum, and the spreadsheet has all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import msgspec

from data_quality.report import cases, cleaning, content, picture, returned, sections, wording


class Page(msgspec.Struct, frozen=True, kw_only=True):
    language: content.Language
    title: str
    client: str
    when: str
    first_line: str
    deadline: str
    """The next slot's, or that there is nothing to do."""
    is_calm: bool
    stops: tuple[str, ...]
    sections: tuple[sections.Section, ...]
    foot: tuple[str, ...]
    words: dict[str, str]


_WORDS = ("report_for", "stops", "field", "value", "suggestion", "suggestion_note", "page", "of")


def compose(report: content.Report) -> Page:
    """The whole page. `report` may hold anything that its types allow."""
    language = report.language
    client, when = cleaning.line(report.client, 200), wording.when(report)
    made = wording.say("made", language, day=wording.day(report.made_at.date(), language), time=f"{report.made_at:%H:%M}")
    rules = cleaning.line(report.rules)
    return Page(
        language=language,
        title=wording.say("title", language, client=client, when=when),
        client=client,
        when=when[:1].upper() + when[1:],
        first_line=wording.first_line(report),
        deadline=wording.deadline(report) or wording.say("calm", language),
        is_calm=not report.held and not wording.unposted(report),
        stops=tuple(cleaning.line(text, 1000) for text in report.stops),
        sections=tuple(_sections(report)),
        foot=(
            made,
            *((f"{wording.say('rules', language)}: {rules}",) if rules else ()),
            wording.say("personal", language),
        ),
        words={key: wording.say(key, language) for key in _WORDS},
    )


def _sections(report: content.Report) -> Iterable[sections.Section]:
    """In the order in which a bookkeeper needs them; what is empty is not there."""
    language = report.language
    if report.held:
        yield _held(report)
    if report.released:
        yield _released(report.released, language)
    if report.warnings:
        yield _of_cases("warnings", report.warnings, language)
    if report.cards:
        yield _of_cases("cards", report.cards, language)
    if report.returns:
        yield returned.section(report.returns, language)
    if report.waits_on_us or report.waiting_credit_notes > 0:
        yield _waits_on_us(report)
    if report.trend:
        yield _trend(report)
    if report.certificates:
        yield _certificates(report.certificates, language)


def _of_cases(key: str, items: Sequence[content.Item], language: content.Language) -> sections.Section:
    found = cases.gather(items, by_amount=key == "held")
    shown = tuple(cases.tell(group, language) for group in found[: sections.MOST_CASES])
    left = list(itertools.chain.from_iterable(found[sections.MOST_CASES :]))
    order = "order_of_currencies" if len(wording.sums(items)) > 1 else "order"
    return sections.Section(
        key=key,
        title=wording.say(key, language),
        intro=wording.say(f"{key}_intro", language, size=_size(items, language), order=wording.say(order, language)),
        cases=shown,
        remedy=wording.say("our_remedy" if key == "waits_on_us" else "remedy", language),
        more=sections.more(left, language) if left else "",
    )


def _held(report: content.Report) -> sections.Section:
    """What waits now, and says "now" where other days are reported."""
    section = _of_cases("held", report.held, report.language)
    return msgspec.structs.replace(section, title=wording.say("held_now" if wording.is_past(report) else "held", report.language))


def _size(items: Sequence[content.Item | content.Released], language: content.Language) -> str:
    """ "2 dokumenter og 1 kundekort, kr 18 450" """
    cards = sum(item.kind == "customer" for item in items)
    counts = (("documents", len(items) - cards), ("count_cards", cards))
    number = f" {wording.say('and', language)} ".join(wording.count(key, count, language) for key, count in counts if count)
    total = wording.money(wording.sums(items), language)
    return f"{number}, {total}" if total else number


def _released(released: Sequence[content.Released], language: content.Language) -> sections.Section:
    lines = tuple(
        wording.say(
            "released_line",
            language,
            document=cases.name(one, language),
            buyer=cleaning.line(one.buyer, 200) or wording.say("nameless", language),
            amount=wording.amount(one.amount, language),
            became=wording.say(f"became_{one.became}", language),
        )
        for one in released[: sections.MOST_CASES]
    )
    left = released[sections.MOST_CASES :]
    return sections.Section(
        key="released",
        title=wording.say("released", language),
        intro=wording.say("released_intro", language, size=_size(released, language)),
        lines=lines,
        more=sections.more(left, language) if left else "",
    )


def _waits_on_us(report: content.Report) -> sections.Section:
    language, waiting = report.language, report.waiting_credit_notes
    lines = (wording.count("waiting_credit_notes", waiting, language),) if waiting > 0 else ()
    if not report.waits_on_us:
        return sections.Section(key="waits_on_us", title=wording.say("waits_on_us", language), lines=lines)
    section = _of_cases("waits_on_us", report.waits_on_us, language)
    return msgspec.structs.replace(section, lines=lines)


def _trend(report: content.Report) -> sections.Section:
    days, language = sorted(report.trend, key=lambda one: one.date), report.language
    rows = tuple(
        (
            wording.day(one.date, language, year=False, weekday=False),
            *(wording.integer(number, language) for number in (one.fetched, one.sent, one.held)),
        )
        for one in days
    )
    heads = tuple(wording.say(key, language) for key in ("date", "trend_fetched", "trend_sent", "trend_held_short"))
    trend = sections.Trend(
        svg=picture.draw(days, language),
        alternative=picture.alternative(days, language),
        table_title=wording.say("trend_table", language),
        heads=heads,
        rows=rows,
    )
    return sections.Section(key="trend", title=_trend_title(days, report), intro=wording.say("trend_intro", language), trend=trend)


def _trend_title(days: Sequence[content.Day], report: content.Report) -> str:
    """ "Siste 30 dager", or up to which day."""
    count, last = (days[-1].date - days[0].date).days + 1, days[-1].date
    if last == report.made_at.date():
        return wording.count("trend", count, report.language)
    named = wording.day(last, report.language, weekday=False)
    return wording.say("trend_until", report.language, days=wording.count("days_count", count, report.language), last=named)


def _certificates(lines: Sequence[content.CertificateLine], language: content.Language) -> sections.Section:
    parts = tuple(
        (
            wording.say(
                "certificate_title",
                language,
                purpose=wording.purpose(line, language),
                currency=cleaning.line(line.currency, 20),
            ),
            tuple(wording.certificate(line, language)),
        )
        for line in lines
    )
    return sections.Section(
        key="certificate",
        title=wording.say("certificate", language),
        intro=wording.say("certificate_intro", language),
        parts=parts,
    )
