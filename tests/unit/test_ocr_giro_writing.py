"""What is written is what was read, and what does not fit in its record is refused by name. Large files take no memory."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import pathlib
import re
import tracemalloc

import msgspec
import pytest

from fakturabro.domain.findings import Findings
from fakturabro.formats import nets
from fakturabro.formats.nets import layout, values

DAY = dt.date(2026, 11, 20)
PAYMENT = values.Payment("21", 1, DAY, "1320101464", 100, text="Kjøp på kår")


def transmission(*entries: values.Entry, service: str = "09", kind: str = "00") -> values.Transmission:
    assignment = values.Assignment(
        service=service, kind=kind, agreement="001008566", number="0000001", account="86011117947", entries=entries
    )
    return values.Transmission(transmitter="00008080", number="0000001", recipient="00010200", assignments=(assignment,), date=DAY)


def test_what_was_left_out_is_worked_out() -> None:
    later = msgspec.structs.replace(PAYMENT, number=2, date=DAY + dt.timedelta(days=3), amount=-25)
    found = Findings()
    read = nets.read(nets.write(transmission(PAYMENT, later)), found)
    assert not found
    (assignment,) = read.assignments
    assert (assignment.entries, assignment.first, assignment.last) == ((PAYMENT, later), DAY, later.date)
    assert [one.total for one in nets.records(nets.write(read), found) if isinstance(one, values.Sums)] == [75, 75]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"kid": "1" * 26}, "kid .* does not fit in positions 50-74"),
        ({"kid": "12A"}, "kid '12A'"),
        ({"amount": 10**17}, "amount .* 33-49"),
        ({"settlement": "13"}, "settlement '13' .* 22-31"),
        ({"text": "x" * 41}, "text .* 16-55"),
        ({"text": "10 €"}, "'€' is no character of ISO-8859-1"),
        ({"text": "a\nb"}, "text"),
        ({"payer": "1234"}, "payer"),
        ({"number": 10**7}, "number"),
        ({"kind": "7"}, "type '7'"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changed: dict[str, object], says: str) -> None:
    with pytest.raises(nets.WriteError, match=says):
        nets.write(transmission(msgspec.structs.replace(PAYMENT, **changed)))


def test_a_negative_total_and_a_carried_service_are_refused() -> None:
    with pytest.raises(nets.WriteError, match="total"):
        nets.write(transmission(msgspec.structs.replace(PAYMENT, amount=-1)))
    with pytest.raises(nets.WriteError, match="service 04"):
        nets.write(transmission(service="04"))


class Written(io.RawIOBase):
    """A file as it is written: it is never whole anywhere."""

    def __init__(self, whole: values.Transmission) -> None:
        self._records = nets.write_records(whole)

    def read(self, _: int = -1) -> bytes:
        return b"".join(itertools.islice(self._records, 500))


def many(count: int) -> values.Transmission:
    whole = transmission()
    payments = (msgspec.structs.replace(PAYMENT, number=number, kind="10", kid="531", text="") for number in range(1, count + 1))
    assignment = msgspec.structs.replace(whole.assignments[0], entries=payments)
    return msgspec.structs.replace(whole, assignments=(assignment,))


def test_a_file_of_any_size_is_written_and_read_in_flat_memory() -> None:
    tracemalloc.start()
    try:
        found = Findings()
        total = sum(one.amount for one in nets.incoming(Written(many(8_000)), found))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (total, list(found)) == (8_000, [])
    assert peak < 1_300_000


def test_the_guide_has_every_record_and_field() -> None:
    guide = (pathlib.Path(__file__).parents[2] / "docs/integrations/bank.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\d\d \d\d)` \| (.*) \|$", guide, re.MULTILINE)) == {
        " ".join(key): ", ".join(f"{one.name} {one.start}-{one.end}" for one in fields if one.name)
        for key, fields in layout.RECORDS.items()
    }


def test_every_record_has_80_positions_without_gaps() -> None:
    for key, fields in layout.RECORDS.items():
        assert [one.start for one in fields] == [9, *(one.end + 1 for one in fields[:-1])], key
        assert fields[-1].end == layout.LENGTH
