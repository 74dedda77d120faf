"""What counts as a change at the source, and what does not."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from fakturabro.mapping import poweroffice_to_documents as mapping
from fakturabro.systems.poweroffice import wire


def listed(total: str) -> wire.FactoringInvoiceDetails:
    return wire.FactoringInvoiceDetails(id=uuid.UUID(int=1), invoice_no=1, total_amount=Decimal(total))


@pytest.mark.parametrize(("one", "other"), [("34982.50", "34982.5"), ("30000", "30000.00"), ("30000", "3E+4"), ("0", "0.00")])
def test_the_same_amount_written_otherwise_is_no_change(one: str, other: str) -> None:
    assert mapping.to_listing_hash(listed(one)) == mapping.to_listing_hash(listed(other))
    assert mapping.to_received(listed(one), b"").total == Decimal(one)
    assert str(mapping.to_received(listed(one), b"").total) == str(mapping.to_received(listed(other), b"").total)


def test_another_amount_is_a_change_and_nonsense_costs_nothing() -> None:
    assert mapping.to_listing_hash(listed("1.01")) != mapping.to_listing_hash(listed("1.010000001"))
    for nonsense in ("1E-999999", "1E+999999", "-0E-999999"):
        assert len(str(mapping.to_received(listed(nonsense), b"").total)) < 40
