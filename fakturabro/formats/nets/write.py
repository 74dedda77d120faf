"""A transmission -> the bytes of its file, record by record: counts and totals come out of what is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from fakturabro.formats.nets import layout, sums, values

_HALF = 40
_NEWLINE = "\n"


class WriteError(ValueError):
    """A value does not fit in its record; the message says which, and in what positions it has to stand."""


def write(transmission: values.Transmission) -> bytes:
    """The whole file, ISO-8859-1, lines ended by LF. Raises WriteError."""
    return b"".join(write_records(transmission))


def write_records(transmission: values.Transmission) -> Iterator[bytes]:
    """One record after the other, so that a file of any size is written in flat memory.

    Dates of assignments that are not stated are those of their entries. Raises WriteError, also for carried services.
    """
    whole = sums.Tally()
    yield _record(("00", "10"), "00", _fields(transmission, "transmitter", "number", "recipient"))
    for assignment in transmission.assignments:
        yield from _assignment(assignment, whole)
    closing = {"count": whole.count, "records": whole.records + 2, "total": whole.total, "date": _day(transmission.date)}
    yield _record(("00", "89"), "00", closing)


def _assignment(assignment: values.Assignment, whole: sums.Tally) -> Iterator[bytes]:
    service, kind = assignment.service, assignment.kind
    if (service, kind) not in layout.ASSIGNMENTS:
        raise WriteError(f"assignment {assignment.number} of service {service} type {kind} was carried past: it cannot be written")
    yield _record((service, "20"), kind, _fields(assignment, "agreement", "number", "account"))
    tally, days = sums.Tally(), set[dt.date]()
    tally.records = 2
    for entry in assignment.entries:
        for record, of_kind, fields in _entry(entry):
            yield _record((service, record), of_kind, fields)
            tally.records += 1
        tally.count += 1
        tally.total += entry.amount
        day = entry.date if isinstance(entry, values.Payment) else entry.due if isinstance(entry, values.Claim) else None
        days |= {day} if day else set()
    first, last = assignment.first or min(days, default=None), assignment.last or max(days, default=None)
    closing = {"count": tally.count, "records": tally.records, "total": tally.total}
    yield _record((service, "88"), kind, {**closing, "date": _day(assignment.date), "first": _day(first), "last": _day(last)})
    whole.add(tally)


def _entry(entry: values.Entry) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The records of one entry: record, type of transaction, fields."""
    if isinstance(entry, values.Payment):
        yield from _payment(entry)
    elif isinstance(entry, values.Claim):
        yield from _claim(entry)
    else:
        fields = _fields(entry, "number", "registration", "kid")
        yield "70", "94", {**fields, "notice": "J" if entry.notice else "N"}


def _payment(payment: values.Payment) -> Iterator[tuple[str, str, dict[str, Any]]]:
    number = {"number": payment.number}
    sign = {"sign": "-" if payment.amount < 0 else "0", "amount": abs(payment.amount), "date": _day(payment.date)}
    yield "30", payment.kind, number | _fields(payment, "settlement", "kid") | sign
    days = {"bank_date": _day(payment.bank_date), "payer": payment.payer or "0" * 11}
    yield "31", payment.kind, number | _fields(payment, "form", "archive", "filler") | days
    if payment.kind >= "20":
        yield "32", payment.kind, number | {"text": payment.text}


def _claim(claim: values.Claim) -> Iterator[tuple[str, str, dict[str, Any]]]:
    number = {"number": claim.number}
    yield "30", claim.kind, number | _fields(claim, "amount", "kid") | {"due": _day(claim.due)}
    yield "31", claim.kind, number | _fields(claim, "name", "reference")
    for line, text in enumerate(claim.text, 1):
        for column, half in enumerate((text[:_HALF], text[_HALF:]), 1):
            if column == 1 or half:
                yield "49", claim.kind, number | {"line": line, "column": column, "text": half}


def _fields(of: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


def _day(day: dt.date | None) -> str:
    return format(day, "%d%m%y") if day else sums.ZERO_DATE


def _record(key: layout.Key, kind: str, fields: dict[str, Any]) -> bytes:
    try:
        return (layout.line(key, kind, fields) + _NEWLINE).encode("latin-1")
    except UnicodeEncodeError as error:
        raise WriteError(f"{error.object[error.start]!r} is no character of ISO-8859-1: replace it") from None
    except ValueError as error:
        raise WriteError(f"record {key[1]}: {error}") from None
