"""What was counted beside what records 88 and 89 state, and dates as Nets writes them."""

from __future__ import annotations

import datetime as dt

from fakturabro.domain.findings import Findings
from fakturabro.formats.nets import values

ZERO_DATE = "000000"
_LEVELS: dict[values.Level, str] = {"assignment": "oppdrag", "transmission": "forsendelse"}


def date(text: str) -> dt.date | None:
    """DDMMYY as a date, None for zeros; years from 69 on are of the last century. Raises ValueError for a day that never was.

    >>> date("200192"), date("010126"), date("000000")
    (datetime.date(1992, 1, 20), datetime.date(2026, 1, 1), None)
    """
    if text == ZERO_DATE:
        return None
    year = int(text[4:])
    return dt.date(year + (1900 if year >= 69 else 2000), int(text[2:4]), int(text[:2]))


class Tally:
    """Transactions, records and øre, as they were counted. `unsure` where a service that we do not know stated no number."""

    __slots__ = ("count", "records", "total", "unsure")

    def __init__(self) -> None:
        self.count = self.records = self.total = 0
        self.unsure = False

    def add(self, other: Tally) -> None:
        self.count += other.count
        self.records += other.records
        self.total += other.total
        self.unsure = self.unsure or other.unsure

    def compare(self, stated: values.Sums, found: Findings, line: int) -> None:
        """Add a finding that blocks for each number that differs; its value is "stated/counted", amounts in kroner."""
        pairs = [("wrong_record_count", str(stated.records), str(self.records))]
        if not self.unsure:
            pairs.append(("wrong_count", str(stated.count), str(self.count)))
            pairs.append(("wrong_total", _kroner(stated.total), _kroner(self.total)))
        for code, said, counted in pairs:
            if said != counted:
                found.add("block", code, line=line, field=_LEVELS[stated.level], value=f"{said}/{counted}")


def _kroner(ore: int) -> str:
    return f"{'-' if ore < 0 else ''}{abs(ore) // 100},{abs(ore) % 100:02d}"
