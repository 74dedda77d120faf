"""The walk through one file: which record may follow which, what belongs together, and whether it adds up.

Payments of OCR giro as the table has them are read by one pattern per payment; everything else goes record by record, and says
what is odd in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from fakturabro.domain import bank_accounts, payments
from fakturabro.domain.findings import Findings
from fakturabro.formats.nets import layout, sums, values
from fakturabro.formats.nets.entries import Entries, Texts
from fakturabro.formats.nets.lines import Lines

_TRANSACTION = layout.transaction()
_OUTSIDE = ("", "")
_MORE = ("32", "49")
"""Records that a transaction may have after its two items."""
_AFTER = {"31": ("30",), "32": ("31",), "49": ("31", "49")}
"""Record -> those of the same transaction that may stand before it."""


class Reader:
    """Where the walk stands: the open assignment, its open transaction, and what was counted of the whole."""

    def __init__(self, lines: Lines, found: Findings) -> None:
        self._lines, self._found = lines, found
        self._allowed: frozenset[str] = frozenset({"10"})
        self._key = _OUTSIDE
        self._entries = Entries(lines, found)
        self._whole, self._known = sums.Tally(), 0
        self._began, self._last = 0, ""
        self._item: dict[str, str] = {}
        self._texts: Texts = {}
        self._numbers: Counter[tuple[str, ...]] = Counter()

    def records(self) -> Iterator[values.Record]:
        """Everything in order. Raises ReadError for what cannot be read on."""
        while True:
            if self._key == layout.OCR_GIRO_PAYMENTS and not self._item:
                yield from self._entries.payments(self._lines.transactions(_TRANSACTION))
            line = self._lines.next()
            if line is None:
                break
            one = self._read(line)
            if one is not None:
                yield one
        if self._allowed:
            raise payments.ReadError("truncated", self._lines.number)

    def _read(self, line: str) -> values.Record | None:
        service, kind, record = line[2:4], line[4:6], line[6:8]
        if not line.startswith("NY") or not line[2:8].isdecimal():
            self._fail("not_nets", 1, line[:8])
        if self._key != _OUTSIDE and service != self._key[0]:
            self._fail("out_of_order", 3, service)
        if self._key not in layout.ASSIGNMENTS and self._key != _OUTSIDE and record != "88":
            self._entries.tally.records += 1
            return None
        if record not in self._allowed:
            self._fail("out_of_order" if self._allowed else "after_end", 7, record)
        if record == "20":
            return self._begin(line, service, kind)
        if record == "88":
            return self._end_assignment(line)
        fields = self._fields(("00" if record in {"10", "89"} else service, record), line)
        if record == "10":
            self._allowed = frozenset({"20", "89"})
            return values.Transmission(**fields)
        if record == "89":
            return self._end(fields)
        return self._read_item(kind, record, fields)

    def _read_item(self, kind: str, record: str, fields: dict[str, Any]) -> values.Entry | None:
        """One record of a transaction; gives the transaction where no more of it follows."""
        if record in {"30", "70"}:
            if self._item:
                self._fail("missing_item_2", 7, record)
            self._began = self._lines.number
            if kind not in layout.ASSIGNMENTS[self._key].transactions:
                self._found.add("block", "unknown_type", line=self._lines.number, value=kind)
        elif self._last not in _AFTER[record]:
            self._fail({"": "missing_item_1", "30": "missing_item_2"}.get(self._last, "out_of_order"), 7, record)
        elif (self._item["number"], self._item["kind"]) != (fields["number"], kind):
            self._fail("other_transaction", 9, fields["number"])
        if record in _MORE:
            self._texts[int(fields.get("line", 1)), int(fields.get("column", 1))] = fields["text"]
        else:
            self._item |= {"kind": kind, **fields}
        self._last = record
        if record == "30" or self._lines.coming() in _MORE:
            return None
        item, texts, self._item, self._texts, self._last = self._item, self._texts, {}, {}, ""
        return self._entries.entry(self._key, item, texts, self._began)

    def _begin(self, line: str, service: str, kind: str) -> values.Assignment:
        self._key, self._entries = (service, kind), Entries(self._lines, self._found)
        known = layout.ASSIGNMENTS.get(self._key)
        self._allowed = frozenset({"88"}) | (known.records if known else frozenset())
        if known:
            fields = self._fields((service, "20"), line)
            if not bank_accounts.is_bban(fields["account"]):
                self._found.add("warn", "account_check_digit", line=self._lines.number, value=fields["account"])
        else:
            fields: dict[str, Any] = {"agreement": line[8:17], "number": line[17:24], "account": line[24:35]}
        name = (*self._key, *fields.values())
        self._numbers[name] += 1
        if self._numbers[name] > 1:
            self._found.add("warn", "repeated_assignment", line=self._lines.number, value=fields["number"])
        return values.Assignment(service=service, kind=kind, ordinal=self._numbers[name], **fields)

    def _end_assignment(self, line: str) -> values.Sums:
        if self._item:
            self._fail("missing_item_2", 7, "88")
        if line[4:6] != self._key[1]:
            self._fail("out_of_order", 5, "88")
        tally, days = self._entries.tally, self._entries.days.values()
        if self._key in layout.ASSIGNMENTS:
            stated = self._sums("assignment", self._fields((self._key[0], "88"), line))
            if stated.first and stated.last and days and not (stated.first <= min(days) and max(days) <= stated.last):
                self._found.add("warn", "dates_outside", line=self._lines.number)
            self._known += tally.count
        else:
            stated = self._carried_sums(line)
        tally.compare(stated, self._found, self._lines.number)
        self._whole.add(tally)
        self._key, self._allowed = _OUTSIDE, frozenset({"20", "89"})
        return stated

    def _carried_sums(self, line: str) -> values.Sums:
        """What a service that we do not know states, as far as it stands where all have it; taken for what we counted."""
        tally, texts = self._entries.tally, (line[8:16], line[16:24], line[24:41])
        tally.unsure = not "".join(texts).isdecimal()
        if not tally.unsure:
            tally.count, tally.total = int(texts[0]), int(texts[2])
        carried, service = tally.records - 2, "/".join(self._key)
        severity = "block" if self._key[0] == layout.OCR_GIRO else "info"
        self._found.add(severity, "service_carried", line=self._lines.number, value=f"{service} {carried}")
        records = tally.records if tally.unsure else int(texts[1])
        return values.Sums(level="assignment", count=tally.count, records=records, total=tally.total, carried=carried)

    def _end(self, fields: dict[str, Any]) -> values.Sums:
        stated = self._sums("transmission", fields)
        self._whole.records += 2
        self._whole.compare(stated, self._found, self._lines.number)
        if not self._known:
            self._found.add("warn", "no_transactions", line=self._lines.number)
        self._allowed = frozenset()
        return stated

    def _sums(self, level: values.Level, fields: dict[str, Any]) -> values.Sums:
        count, records, total = (int(fields[name]) for name in ("count", "records", "total"))
        days: dict[str, Any] = {name: self._entries.date(fields[name], {}) for name in ("date", "first", "last") if name in fields}
        return values.Sums(level=level, count=count, records=records, total=total, **days)

    def _fields(self, key: layout.Key, line: str) -> dict[str, Any]:
        try:
            fields, odd = layout.read(key, line)
        except payments.ReadError as error:
            self._fail(error.code, error.column or 1, error.value)
        for field in odd:
            if field.kind != "kid":
                self._lines.note("odd_filler", f"{field.start}-{field.end}")
        return fields

    def _fail(self, code: str, column: int, value: str) -> NoReturn:
        raise payments.ReadError(code, self._lines.number, column, value)
