"""What holds for any file of Nets: written and read it is the same, totals are kept, and netsgiro agrees where it is right."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Iterator
from typing import Any

import msgspec
import netsgiro
from hypothesis import given, settings
from hypothesis import strategies as st

from fakturabro.domain.findings import Findings
from fakturabro.formats import nets
from fakturabro.formats.nets import values

LETTERS = string.ascii_letters + string.digits + "æøåÆØÅ .,-/%&"
DAYS = st.dates(dt.date(1969, 1, 1), dt.date(2068, 12, 31))
KIDS = st.from_regex(r"[0-9]{1,24}[0-9-]", fullmatch=True)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=count, max_size=count)


def words(most: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, max_size=most).map(str.rstrip)


@st.composite
def payment(draw: st.DrawFn, *, safe: bool = False) -> values.Payment:
    """A payment; netsgiro gets a `safe` one right: no sign, no KID that ends with "-" or is missing, no zero dates."""
    kind = str(draw(st.integers(10, 21)))
    sign = 1 if safe else draw(st.sampled_from((1, 1, -1)))
    kid = draw(digits(7)) if safe else draw(KIDS | st.just("") if kind >= "20" else KIDS)
    return values.Payment(
        kind=kind,
        number=0,
        date=draw(DAYS),
        settlement=draw(digits(10)),
        amount=sign * draw(st.integers(1, 10**9)),
        kid=kid,
        form=draw(digits(10)),
        archive=draw(digits(9)),
        filler=draw(digits(7)),
        bank_date=draw(DAYS if safe else DAYS | st.none()),
        payer=draw(st.sampled_from(("", "12345678903"))),
        text=draw(words(40)) if kind >= "20" else "",
    )


@st.composite
def assignment(draw: st.DrawFn, *, safe: bool = False) -> values.Assignment:
    entries = draw(st.lists(payment(safe=safe), min_size=1 if safe else 0, max_size=4))
    total = sum(one.amount for one in entries)
    if total < 0:
        entries.append(msgspec.structs.replace(entries[0], amount=-total))
    numbered = tuple(msgspec.structs.replace(one, number=number) for number, one in enumerate(entries, 1))
    return values.Assignment(
        service="09", kind="00", agreement=draw(digits(9)), number=draw(digits(7)), account="86011117947", entries=numbered
    )


@st.composite
def transmission(draw: st.DrawFn, *, safe: bool = False) -> values.Transmission:
    assignments = draw(st.lists(assignment(safe=safe), max_size=3, unique_by=lambda one: one.number))
    number, day = draw(digits(7)), draw(DAYS)
    return values.Transmission(
        transmitter="00008080", number=number, recipient=draw(digits(8)), assignments=tuple(assignments), date=day
    )


@settings(max_examples=50, deadline=None)
@given(transmission())
def test_written_and_read_is_the_same_and_totals_are_kept(whole: values.Transmission) -> None:
    found = Findings()
    read = nets.read(nets.write(whole), found)
    assert {one.code for one in found} <= {"no_transactions"}
    assert [one.entries for one in read.assignments] == [one.entries for one in whole.assignments]
    assert nets.write(read) == nets.write(whole)
    incoming = sum(one.amount for one in nets.incoming(nets.write(whole), Findings()))
    entries: list[Any] = [entry for one in whole.assignments for entry in one.entries]
    assert incoming * 100 == sum(entry.moved for entry in entries)


@settings(max_examples=40, deadline=None)
@given(transmission(safe=True))
def test_netsgiro_reads_the_same_where_it_is_right(whole: values.Transmission) -> None:
    data = nets.write(whole)
    other = netsgiro.parse(data.decode("latin-1"))
    ours: list[Any] = [entry for one in nets.read(data, Findings()).assignments for entry in one.entries]
    theirs: list[Any] = [entry for one in other.assignments for entry in one.transactions]
    assert [(one.kind, one.number, one.date, one.amount, one.kid, one.bank_date, one.text.strip()) for one in ours] == [
        (f"{one.type:02d}", one.number, one.date, one.amount_in_cents, one.kid, one.bank_date, one.text or "") for one in theirs
    ]
    assert [(one.form, one.archive, one.payer or "0" * 11) for one in ours] == [
        (one.form_number, one.reference, one.debit_account) for one in theirs
    ]
    assert other.to_ocr() == data.decode("latin-1").removesuffix("\n") or any(one.text != one.text.strip() for one in ours)


@settings(max_examples=100, deadline=None)
@given(transmission(), st.data())
def test_a_file_with_one_character_changed_is_read_or_refused_but_never_silently_wrong(
    whole: values.Transmission, data: st.DataObject
) -> None:
    """Amounts, counts and totals cannot change without a finding that blocks, or an error."""
    written = nets.write(whole)
    lines = written.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, 79))
    changed = bytearray(lines[at])
    changed[column] = data.draw(st.sampled_from(b"0123456789- XN"))
    lines[at] = bytes(changed)
    found = Findings()
    try:
        read = list(nets.incoming(b"\n".join(lines), found))
    except nets.ReadError:
        return
    before = [one.amount for one in nets.incoming(written, Findings())]
    assert [one.amount for one in read] == before or any(one.severity == "block" for one in found)


DAY = dt.date(2026, 11, 20)
MIXED = nets.write(
    values.Transmission(
        transmitter="00008080",
        number="0000001",
        recipient="00010200",
        assignments=tuple(
            values.Assignment(
                service=service, kind=kind, agreement="0" * 9, number="0000001", account="86011117947", entries=entries
            )
            for service, kind, entries in (
                (
                    "09",
                    "00",
                    (values.Payment("21", 1, DAY, "1" * 10, 5, text="a"), values.Payment("10", 2, DAY, "1" * 10, 7, "19")),
                ),
                ("21", "00", (values.Claim("21", 1, DAY, 11, "19", text=("a", "b" * 41)), values.Claim("02", 2, DAY, 13, "19"))),
                ("21", "24", (values.Mandate(1, "1", "19", notice=True), values.Mandate(2, "2", "19", notice=False))),
            )
        ),
    )
).splitlines()


def mistakes() -> Iterator[list[bytes]]:
    """The file with one record lost, doubled somewhere, or swapped with another: every way there is."""
    for one in range(len(MIXED)):
        yield MIXED[:one] + MIXED[one + 1 :]
        for other in range(len(MIXED)):
            yield [*MIXED[:other], MIXED[one], *MIXED[other:]]
            swapped = list(MIXED)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            yield swapped


def test_records_that_are_lost_doubled_or_swapped_never_pass() -> None:
    """They are refused or found; only the lines of a text may come in any order, because they are numbered."""
    right = nets.read(b"\n".join(MIXED), Findings())
    for lines in mistakes():
        found = Findings()
        try:
            read = nets.read(b"\n".join(lines), found)
        except nets.ReadError:
            continue
        assert read == right or {"block", "warn"} & {finding.severity for finding in found}
