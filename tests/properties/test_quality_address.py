"""The suite and `parties.is_complete` agree on every address: what the channel step would refuse, the check has named before."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from data_quality import blocking, checking
from fakturabro.domain import documents, parties

PLACEHOLDERS = ["-", "0000", "9999", "Ukjent", "Ukjent\n", "xx", "Ukjentveien 3"]
PART = st.none() | st.sampled_from(["", " ", "\u00a0", "Storgata 1", "Å", "0150", "150", *PLACEHOLDERS]) | st.text(max_size=6)
ADDRESS = st.none() | st.builds(
    documents.Address,
    street=PART,
    additional_street=PART,
    line=PART,
    city=PART,
    postal_zone=PART | st.from_regex(r"\d{4}", fullmatch=True),
    country=st.sampled_from([None, "", "NO", "no ", "SE", "XX"]),
)
NOTHING = Decimal("0.00")
INVOICE = documents.Invoice(
    kind="invoice",
    number="1",
    issue_date=dt.date(2026, 1, 2),
    type_code="380",
    currency="NOK",
    seller=documents.Party(),
    buyer=documents.Party(),
    totals=documents.Totals(line_extension=NOTHING, tax_exclusive=NOTHING, tax_inclusive=NOTHING, payable=NOTHING),
    lines=(),
)
INCOMPLETE = {"missing_postal_address", "incomplete_postal_address", "placeholder_postal_address"}


@settings(max_examples=8, deadline=None)
@given(st.lists(ADDRESS, min_size=40, max_size=120))
def test_an_address_is_incomplete_exactly_when_the_check_says_so(addresses: list[documents.Address | None]) -> None:
    recipients = [parties.Recipient(name="A", customer_number="1", address=address) for address in addresses]
    subjects = (checking.Subject(id=id_, invoice=INVOICE, recipient=recipient) for id_, recipient in enumerate(recipients))
    found = checking.check(subjects, blocking.Rules())
    for id_, address in enumerate(addresses):
        named = {finding.code for finding in found[id_]} & INCOMPLETE
        assert bool(named) != parties.is_complete(address), address
