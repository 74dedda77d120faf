"""The texts of a transaction -> its value, counted; and what is odd in KIDs, dates and numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from fakturabro.domain.findings import Findings
from fakturabro.formats.nets import layout, sums, values
from fakturabro.formats.nets.lines import Lines

_ZERO_ACCOUNT = "0" * 11
_OF_A_PAYMENT = (
    *("kind", "number", "date", "settlement", "sign", "amount", "kid"),
    *("form", "archive", "filler", "bank_date", "payer"),
)
"""The order of the groups in `layout.transaction`, but for the text."""

Texts = dict[tuple[int, int], str]
"""Line and column -> what stands there, padded."""


class Entries:
    """The transactions of one assignment. `tally` is what was counted of them, `days` the dates that they have."""

    def __init__(self, lines: Lines, found: Findings) -> None:
        self._lines, self._found = lines, found
        self.tally = sums.Tally()
        self.tally.records = 2
        self.days: dict[str, dt.date] = {}
        self._bank_days: dict[str, dt.date] = {}
        self._last = 0
        self._line: int | None = None
        """Where the transaction began, when it was read record by record."""

    def payments(self, given: Iterable[tuple[Any, ...]]) -> Iterator[values.Payment]:
        """A payment for each of these texts: `_OF_A_PAYMENT`, then the text of item 3 or None. The hot path of OCR giro.

        The tally is right when the last was taken.
        """
        tally, days, bank_days = self.tally, self.days, self._bank_days
        count, records, total, last = 0, 0, 0, self._last
        for kind, stated, date, settlement, sign, ore, padded, form, archive, filler, bank_date, payer, text in given:
            number, amount = int(stated), int(ore)
            if sign == "-":
                amount = -amount
            total += amount
            records += 2 if text is None else 3
            count += 1
            if number <= last:
                self._misnumbered(number)
            last = number
            kid = padded.lstrip()
            if not kid.isdigit():
                kid = self._odd_kid(kid, kind)
            if (text is None) == (kind >= "20"):
                self._lines.note("text_and_type", kind, self._line)
            day = days.get(date) or self._day(date)
            bank_day = bank_days.get(bank_date) or self.date(bank_date, bank_days)
            known = "" if payer == _ZERO_ACCOUNT else payer
            words = "" if text is None else text.rstrip()
            yield values.Payment(kind, number, day, settlement, amount, kid, form, archive, filler, bank_day, known, words)
        tally.count += count
        tally.records += records
        tally.total += total
        self._last = last

    def entry(self, key: layout.Key, item: dict[str, str], texts: Texts, line: int) -> values.Entry:
        """The transaction of the fields of its items, whatever its service, and its texts; it began on `line`."""
        self._line = line
        entry = self._entry(key, item, texts)
        self._line = None
        return entry

    def _entry(self, key: layout.Key, item: dict[str, str], texts: Texts) -> values.Entry:
        if key[0] == layout.OCR_GIRO:
            (payment,) = self.payments([(*(item[name] for name in _OF_A_PAYMENT), texts.get((1, 1)))])
            return payment
        number, kid = int(item["number"]), item["kid"].lstrip()
        kid = kid if kid.isdigit() else self._odd_kid(kid, item["kind"])
        if key[1] == layout.MANDATES:
            self._count(number, 1, 0)
            return values.Mandate(number, item["registration"], kid, item["notice"] == "J")
        self._count(number, 2 + len(texts), int(item["amount"]))
        return values.Claim(
            item["kind"],
            number,
            self._day(item["due"]),
            int(item["amount"]),
            kid,
            item["name"].rstrip(),
            item["reference"].rstrip(),
            _lines(texts),
        )

    def date(self, text: str, known: dict[str, dt.date]) -> dt.date | None:
        """The day that `text` is, None for zeros; a day that never was is a finding that blocks."""
        try:
            day = sums.date(text)
        except ValueError:
            self._found.add("block", "bad_date", line=self._line or self._lines.number, value=text)
            return None
        if day is not None:
            known[text] = day
        return day

    def _day(self, text: str) -> dt.date | None:
        """A date that should be there: Nets' of a payment, the due date of a claim."""
        if text == sums.ZERO_DATE:
            self._lines.note("zero_date", line=self._line)
        return self.date(text, self.days)

    def _count(self, number: int, records: int, ore: int) -> None:
        tally = self.tally
        tally.count += 1
        tally.records += records
        tally.total += ore
        if number <= self._last:
            self._misnumbered(number)
        self._last = number

    def _misnumbered(self, number: int) -> None:
        self._found.add("warn", "number_not_ascending", line=self._line or self._lines.number, value=str(number))

    def _odd_kid(self, kid: str, kind: str) -> str:
        """A KID with the check character "-", none at all, or something that is none: it is kept as it stands."""
        plain = kid.rstrip()
        if not plain and kind < "20":
            self._lines.note("missing_kid", kind, self._line)
        elif plain and (plain != kid or not plain.removesuffix("-").isdigit()):
            self._found.add("warn", "odd_kid", line=self._line or self._lines.number, value=plain)
        return plain


def _lines(texts: Texts) -> tuple[str, ...]:
    found: dict[int, str] = {}
    for line, column in sorted(texts):
        found[line] = found.get(line, "") + texts[line, column]
    return tuple(text.rstrip() for text in found.values())
