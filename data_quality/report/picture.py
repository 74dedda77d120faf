"""The trend as a picture: SVG of our own, bars over lines, which a grey print tells apart too.

Only figures and our own words stand in it. Colours are attributes, so that the PDF has them; the page's style sheet may override
them by class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from xml.sax import saxutils

from data_quality.report import content, wording

WIDTH, HEIGHT = 360, 320
_LEFT, _RIGHT = 38, 350
_HELD, _FLOW = (30, 118), (194, 292)
"""Top and foot of the two fields."""
_INK, _QUIET, _RULE, _DEED = "#1c2126", "#4d5660", "#c3c9cf", "#0b5cad"


def draw(days: Sequence[content.Day], language: content.Language) -> str:
    """The picture of at least one day, as SVG without any reference outside itself; whoever shows it adds the alternative."""
    parts = [*_held(days, language), *_flow(days, language), *_dates(days)]
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    looks = 'font-family="system-ui, sans-serif" font-size="12" aria-hidden="true"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} {looks}>{"".join(parts)}</svg>'


def alternative(days: Sequence[content.Day], language: content.Language) -> str:
    """What the picture shows, in words."""
    most = max(days, key=lambda one: one.held)
    return wording.say(
        "trend_alt",
        language,
        first=wording.integer(days[0].held, language),
        last=wording.integer(days[-1].held, language),
        most=wording.integer(most.held, language),
        most_day=wording.day(most.date, language, year=False, weekday=False),
        fetched=wording.integer(sum(one.fetched for one in days), language),
        sent=wording.integer(sum(one.sent for one in days), language),
    )


def _held(days: Sequence[content.Day], language: content.Language) -> Iterator[str]:
    """What was held at the end of each day."""
    top = _ceiling(max(one.held for one in days))
    yield _text(0, _HELD[0] - 16, wording.say("trend_held", language), "ink", "600")
    yield from _scale(_HELD, top, language)
    for one in days:
        yield _bar("held", days, one.date, _HELD, one.held / top)


def _flow(days: Sequence[content.Day], language: content.Language) -> Iterator[str]:
    """What came in as an outline, and in it what went out."""
    top = _ceiling(max(max(one.fetched, one.sent) for one in days))
    yield _text(0, _FLOW[0] - 34, wording.say("trend_flow", language), "ink", "600")
    for at, name in enumerate(("fetched", "sent")):
        yield f'<rect {_BARS[name][1]} x="{_LEFT + 110 * at}" y="{_FLOW[0] - 26}" width="12" height="10"/>'
        yield _text(_LEFT + 110 * at + 18, _FLOW[0] - 17, wording.say(f"trend_{name}", language), "ink")
    yield from _scale(_FLOW, top, language)
    for one in days:
        yield _bar("fetched", days, one.date, _FLOW, one.fetched / top)
        yield _bar("sent", days, one.date, _FLOW, one.sent / top)


_BARS = {
    "fetched": (0.8, f'class="fetched" fill="none" stroke="{_INK}"'),
    "sent": (0.4, f'class="sent" fill="{_DEED}"'),
    "held": (0.8, f'class="held" fill="{_QUIET}"'),
}
"""Share of the day's width, and looks."""


def _bar(name: str, days: Sequence[content.Day], date: dt.date, field: tuple[int, int], share: float) -> str:
    """One day's bar; nothing for nought."""
    if share <= 0:
        return ""
    part, looks = _BARS[name]
    x, step = _places(days)
    width, tall = min(part * step, 18 * part), max((field[1] - field[0]) * min(share, 1), 1.5)
    return f'<rect {looks} x="{x(date) - width / 2:.1f}" y="{field[1] - tall:.1f}" width="{width:.1f}" height="{tall:.1f}"/>'


def _scale(field: tuple[int, int], top: int, language: content.Language) -> Iterator[str]:
    for number, down in ((0, field[1]), (top, field[0])):
        yield f'<line class="rule" x1="{_LEFT}" y1="{down}" x2="{_RIGHT}" y2="{down}" stroke="{_RULE}"/>'
        yield _text(_LEFT - 6, down + 4, _figure(number, language), "quiet", anchor="end")


def _dates(days: Sequence[content.Day]) -> Iterator[str]:
    """The first, the last and one between, under both fields."""
    x, _ = _places(days)
    first, last = days[0].date, days[-1].date
    between = first + (last - first) // 2
    for foot in (_HELD[1], _FLOW[1]):
        yield _text(_LEFT, foot + 16, f"{first.day}.{first.month}.", "quiet")
        if (last - first).days >= 8:
            yield _text(x(between), foot + 16, f"{between.day}.{between.month}.", "quiet", anchor="middle")
        if last > first:
            yield _text(_RIGHT, foot + 16, f"{last.day}.{last.month}.", "quiet", anchor="end")


def _places(days: Sequence[content.Day]) -> tuple[Callable[[dt.date], float], float]:
    """Where the middle of a day stands, and how wide a day is."""
    first = days[0].date
    step = (_RIGHT - _LEFT) / ((days[-1].date - first).days + 1)
    return lambda date: _LEFT + step * ((date - first).days + 0.5), step


def _ceiling(most: int) -> int:
    """A round number that is not below `most`.

    >>> [_ceiling(most) for most in (0, 3, 9, 42, 101, 1200)]
    [5, 5, 10, 50, 150, 1500]
    """
    step = 1
    while most > 10 * step:
        step *= 10
    return next(ceiling for factor in (15, 20, 30, 40, 50, 60, 80, 100) if (ceiling := factor * step // 10) >= max(most, 5))


def _figure(number: int, language: content.Language) -> str:
    """Short enough for the margin."""
    if number < 10_000:
        return str(number)
    short, unit = (number // 1000, "k") if number < 10_000_000 else (number // 1_000_000, "M")
    return wording.integer(short, language) + unit if short < 10_000 else f"{number:.0e}".replace("e+", "e")


def _text(x: float, y: float, text: str, kind: str, weight: str = "400", anchor: str = "start") -> str:
    colour = _INK if kind == "ink" else _QUIET
    style = f'class="{kind}" fill="{colour}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{saxutils.escape(text)}</text>'
