"""AvtaleGiro: claims and cancellations as Nets takes them, netsgiro as the second reader, and mandates read."""

from __future__ import annotations

import datetime as dt

import msgspec
import netsgiro
import pytest

from fakturabro.domain import payments
from fakturabro.domain.findings import Findings
from fakturabro.formats import nets
from fakturabro.formats.nets import avtalegiro, messages, values

SENDER = avtalegiro.Sender(unit="55555555", transmission="1000081", assignment="4000086", account="86011117947")
OWN = values.Claim("02", 0, dt.date(2026, 12, 1), 12_550, "008000011688373", name="NORDMANN", reference="Faktura 168837")
BANKS = values.Claim("21", 0, dt.date(2026, 12, 4), 100, "0080000116-", text=("Gjelder faktura 168838", "x" * 41, "", "Hilsen Åse"))


def test_claims_are_read_back_as_they_were_written() -> None:
    found = Findings()
    read = nets.read(nets.write(avtalegiro.claims(SENDER, [OWN, BANKS])), found)
    assert not found
    assert (read.transmitter, read.recipient, read.date) == ("55555555", "00008080", OWN.due)
    (assignment,) = read.assignments
    assert list(assignment.entries) == [msgspec.structs.replace(OWN, number=1), msgspec.structs.replace(BANKS, number=2)]
    assert (assignment.first, assignment.last) == (OWN.due, BANKS.due)


def test_netsgiro_reads_our_claims_and_cancellations() -> None:
    digits = msgspec.structs.replace(BANKS, kid="00800001169", text=BANKS.text[:2])
    for made in (avtalegiro.claims(SENDER, [OWN, digits]), avtalegiro.cancellations(SENDER, [OWN, digits])):
        (assignment,) = netsgiro.parse(nets.write(made).decode("latin-1")).assignments
        said = [(one.kid, one.amount_in_cents, one.date, one.payer_name, one.reference) for one in assignment.transactions]
        assert said == [(one.kid, one.amount, one.due, one.name or None, one.reference or None) for one in (OWN, digits)]
        assert assignment.get_total_amount() * 100 == 12_650


def test_a_cancellation_repeats_the_claim() -> None:
    (assignment,) = avtalegiro.cancellations(SENDER, [BANKS]).assignments
    (one,) = assignment.entries
    assert (assignment.kind, one) == ("36", msgspec.structs.replace(BANKS, kind="93", number=1, text=()))
    assert one.moved == -100


@pytest.mark.parametrize(
    ("due", "moved"),
    [("2026-12-25", "2026-12-28"), ("2026-05-16", "2026-05-18"), ("2027-03-25", "2027-03-30"), ("2026-12-24", "2026-12-24")],
)
def test_a_due_date_on_a_day_off_moves_to_the_next_banking_day(due: str, moved: str) -> None:
    claim = msgspec.structs.replace(OWN, due=dt.date.fromisoformat(due))
    made = avtalegiro.claims(SENDER, [claim])
    assert made.date == dt.date.fromisoformat(moved)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"amount": 0}, "above zero"),
        ({"kid": ""}, "KID"),
        ({"due": None}, "due date"),
        ({"kind": "93"}, "use 02 or 21"),
        ({"text": ("hei",)}, "only where the bank gives notice"),
        ({"kind": "21", "text": ("x",) * 43}, "42 lines of 80"),
        ({"kind": "21", "text": ("x" * 81,)}, "42 lines of 80"),
        ({"name": "x" * 11}, "name .* 16-25"),
    ],
)
def test_what_nets_would_refuse_is_refused(changed: dict[str, object], says: str) -> None:
    with pytest.raises(nets.WriteError, match=says):
        nets.write(avtalegiro.claims(SENDER, [msgspec.structs.replace(OWN, **changed)]))
    with pytest.raises(nets.WriteError, match="at least one"):
        avtalegiro.claims(SENDER, [])


def mandates(*entries: values.Mandate) -> bytes:
    assignment = values.Assignment(
        service="21", kind="24", agreement="0" * 9, number="0000001", account="86011117947", entries=entries
    )
    return nets.write(
        values.Transmission(transmitter="00008080", number="0000001", recipient="00010200", assignments=(assignment,))
    )


def test_mandates_are_read_with_their_account() -> None:
    given = [
        values.Mandate(number, kind, f"00011200050715{number}", number == 1) for number, kind in ((1, "1"), (2, "2"), (3, "0"))
    ]
    found = Findings()
    assert list(avtalegiro.mandates(mandates(*given), found)) == [("86011117947", one) for one in given]
    assert not found


@pytest.mark.parametrize(
    ("old", "new", "code", "column"), [(b"0000011", b"0000013", "no_registration", 16), (b"J0", b"X0", "no_notice", 42)]
)
def test_a_broken_mandate_names_its_place(old: bytes, new: bytes, code: str, column: int) -> None:
    data = mandates(values.Mandate(1, "1", "000112000507151", notice=True))
    lines = data.splitlines()
    lines[2] = lines[2].replace(old, new, 1)
    with pytest.raises(payments.ReadError) as raised:
        nets.read(b"\n".join(lines), Findings())
    assert (raised.value.code, raised.value.line, raised.value.column) == (code, 3, column)
    assert messages.norwegian(code, raised.value.value)


def test_payments_and_mandates_of_one_file_are_each_found() -> None:
    def entries(service: str, kind: str, one: values.Entry) -> values.Assignment:
        return values.Assignment(
            service=service, kind=kind, agreement="0" * 9, number="0000001", account="86011117947", entries=(one,)
        )

    payment = values.Payment("15", 1, dt.date(2026, 11, 20), "1320101464", 12_550, kid=OWN.kid)
    mandate = values.Mandate(1, "2", OWN.kid, notice=False)
    both = (entries("21", "24", mandate), entries("09", "00", payment))
    data = nets.write(values.Transmission(transmitter="00008080", number="0000001", recipient="00010200", assignments=both))
    found = Findings()
    assert [one.kid for one in nets.incoming(data, found)] == [one.kid for _, one in avtalegiro.mandates(data, found)] == [OWN.kid]
    assert not found
