"""Our reading of a publisher's pages against pages that real publishers have served."""

from __future__ import annotations

import datetime as dt
import pathlib

import pytest

from fakturabro.systems.peppol import wire

_CENBII = "cenbii-procid-ubl::urn:www.cenbii.eu:profile"


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "participant", "kind", "process"),
    [
        ("signed-service-metadata1.xml", "0088:5026744000002", "CreditNote-2::CreditNote##", f"{_CENBII}:bii05:ver2.0"),
        ("signed-service-metadata2.xml", "0088:5060482240009", "Order-2::Order##", f"{_CENBII}:bii28:ver2.0"),
    ],
)
def test_a_page_as_it_was_served(name: str, participant: str, kind: str, process: str, shared: pathlib.Path) -> None:
    found = wire.read_metadata((shared / "samples" / "ehf" / "smp" / name).read_bytes())
    assert found.participant == f"iso6523-actorid-upis::{participant}"
    assert found.document_type.startswith(f"busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:{kind}")
    assert found.document_type.endswith("::2.1")
    (one,) = found.endpoints
    assert (one.process, one.transport) == (process, "busdox-transport-as2-ver1p0")
    assert one.opens == dt.datetime(2016, 11, 2, tzinfo=dt.UTC)
    days = {day: one.is_open(dt.datetime(2026, 11, day, tzinfo=dt.UTC)) for day in (1, 2)}
    assert days == {1: True, 2: False}, "it is not open at the very time it closes"
