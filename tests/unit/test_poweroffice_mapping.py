"""What counts as a change at the source, and what does not."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import msgspec
import pytest

from fakturabro.domain import documents, parties
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


GOOD = documents.Address(street="Storgata 14", city="Oslo", postal_zone="0155", country="NO")
NOBODY = documents.Address(street="-", city="Ukjent", postal_zone="0000", country="NO")


@pytest.mark.parametrize(
    ("own", "card", "used", "differ"),
    [
        (NOBODY, GOOD, "card", False),
        (GOOD, NOBODY, "document", False),
        (msgspec.structs.replace(GOOD, postal_zone="0000"), GOOD, "card", False),
        (msgspec.structs.replace(GOOD, street="Storgata 15"), GOOD, "card", True),
        (GOOD, GOOD, "document", False),
    ],
)
def test_a_placeholder_is_no_other_address_than_the_card_s(
    own: documents.Address, card: documents.Address, used: str, differ: bool
) -> None:
    amounts = dict.fromkeys(("line_extension", "tax_exclusive", "tax_inclusive", "payable"), Decimal(0))
    invoice = documents.Invoice(
        kind="invoice",
        number="1",
        issue_date=dt.date(2026, 11, 20),
        type_code="380",
        currency="NOK",
        seller=documents.Party(),
        buyer=documents.Party(name="A", address=own),
        totals=documents.Totals(**amounts),
        lines=(),
    )
    received = documents.Received(number="1", invoice=invoice)
    recipient, differs = mapping.to_recipient(received, parties.Card(number="10", name="A", address=card), "x@y.no")
    assert (recipient.address_source, differs) == (used, differ)
