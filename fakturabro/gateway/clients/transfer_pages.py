"""The transfer log as a client may see it: what was sent where, when, and what became of it. On a page, and as CSV.

Never shown: what counterparts answered, and what we sent.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from fakturabro.domain import calendar
from fakturabro.gateway import desk, messages
from fakturabro.ledger import links
from fakturabro.ledger.clients import views as client_views

_ON_A_PAGE = 50
_IN_A_FILE = 10_000
_LONGEST_NUMBER = 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor looks for, as it was typed; `fault` names the text that says what is wrong with it."""

    number: str = ""
    first: str = ""
    last: str = ""
    before: int | None = None
    fault: str = ""

    @property
    def words(self) -> str:
        """For the log of looks."""
        return " ".join(part for part in (self.number, self.first, self.last) if part)


def asked(query: Mapping[str, str]) -> Asked:
    """What stands in the address."""
    number, first, last = (query.get(name, "").replace("\x00", "").strip() for name in ("number", "first", "last"))
    days = [_day(text) for text in (first, last)]
    fault = ""
    if any(text and day is None for text, day in zip((first, last), days, strict=True)):
        fault, first, last = "client_no_date", "", ""
    elif days[0] and days[1] and days[0] > days[1]:
        fault = "client_dates_turned"
    if len(number) > _LONGEST_NUMBER:
        fault, number = "client_no_number", ""
    return Asked(number=number, first=first, last=last, before=to_id(query.get("before", "")), fault=fault)


def to_query(asked: Asked) -> str:
    """The same search as part of an address."""
    return urlencode({"number": asked.number, "first": asked.first, "last": asked.last})


def to_id(text: str) -> int | None:
    """An id of the ledger; None when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


async def find_page(one: desk.Desk, link: links.Link, asked: Asked) -> tuple[list[list[str]], int | None]:
    """The lines to show, and the id that continues them; none at all where the search is at fault."""
    if asked.fault:
        return [], None
    wanted = _wanted(asked)
    found = await one.call(client_views.find_transfers, one.parts.ledger, link.tenant, wanted, _ON_A_PAGE + 1, asked.before)
    shown = found[:_ON_A_PAGE]
    return [_words(one, line) for line in shown], shown[-1].id if len(found) > _ON_A_PAGE else None


async def make_csv(one: desk.Desk, link: links.Link, asked: Asked) -> bytes:
    """The same search as a file that Norwegian spreadsheets open as it is: semicolons, UTF-8 with a mark, no formula in it."""
    found = list[client_views.Transfer]()
    if not asked.fault:
        found = await one.call(client_views.find_transfers, one.parts.ledger, link.tenant, _wanted(asked), _IN_A_FILE + 1)
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow([one.texts[f"client_{name}"] for name in ("when", "kind", "number", "what", "where", "outcome")])
    for line in found[:_IN_A_FILE]:
        when = f"{line.at.astimezone(calendar.OSLO):%Y-%m-%d %H:%M:%S}"
        writer.writerow([without_formula(cell) for cell in [when, *_words(one, line)[1:]]])
    if len(found) > _IN_A_FILE:
        writer.writerow([one.texts["client_file_cut"].format(count=_IN_A_FILE)])
    return written.getvalue().encode("utf-8-sig")


def without_formula(cell: str) -> str:
    """A cell that no spreadsheet reckons with.

    >>> without_formula("=HYPERLINK(1)"), without_formula("  +1"), without_formula("10023")
    ("'=HYPERLINK(1)", "'  +1", '10023')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell


def _words(one: desk.Desk, line: client_views.Transfer) -> list[str]:
    """When, kind, number, what, where and outcome."""
    t = one.texts
    system = line.target.partition(":")[0]
    return [
        messages.moment(one.language, line.at),
        messages.capital(t[f"kind_{line.kind}"]),
        line.number,
        t.get(f"purpose_{line.purpose}", line.purpose),
        t.get(f"client_target_{system}", system),
        t.get(f"client_outcome_{line.outcome}", line.outcome),
    ]


def _wanted(asked: Asked) -> client_views.Wanted:
    first, last = _day(asked.first), _day(asked.last)
    until = None if last is None else _midnight(last + dt.timedelta(days=1))
    return client_views.Wanted(number=asked.number, since=first and _midnight(first), until=until)


def _day(text: str) -> dt.date | None:
    """A date of our time, as a browser's field gives it; None when it is none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), calendar.OSLO)
