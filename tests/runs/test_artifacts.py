"""What runs leave in Prefect, read back from a Prefect server: the client's report on the run, and a page per rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.artifacts import Artifact
from prefect.testing import utilities

from data_quality import blocking
from fakturabro.domain import identity
from fakturabro.ledger import settings
from flows import data_quality, poweroffice_factoring
from tasks import clock, connect

EHF, HELD = 5002, 5024
NUMBER = next(number for i in range(1_000) if identity.mask_identity_numbers(number := f"01017012{i:03d}") != number)
"""An identity number with right check digits."""


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """A Prefect server with a database of its own."""
    with utilities.prefect_test_harness(server_startup_timeout=120):
        yield


async def left(key: str) -> Any:
    """The newest artifact of this key."""
    found = await Artifact.aget(key)
    assert found is not None, key
    return found


async def test_the_report_stands_on_the_run_and_masks_who_is_named_by_number(site: Any) -> None:
    site.keep_only(EHF, HELD)
    document = site.invoice(HELD).document()
    start = document.index(b"<cac:AccountingCustomerParty>")
    name = f"<cbc:RegistrationName>Ola # {NUMBER}"
    buyer = document[start:].replace(b"<cbc:RegistrationName>", name.encode(), 1)
    site.invoice(HELD).ehf = document[:start] + buyer
    ended = await poweroffice_factoring.invoice_intake("nidelven", site.options, return_state=True)
    assert ended.is_completed(), ended.message
    page = await left("nidelven-report")
    assert page.flow_run_id is not None and page.type == "markdown"
    assert page.data.startswith("# Klientrapport for nidelven")
    assert "2 hentet, 1 sendt, 1 venter på deg (kr" in page.data.replace("\N{NO-BREAK SPACE}", " ")
    assert f"{HELD} · Ola \\# 010170" in page.data and "`fakturabro report nidelven --number 1`" in page.data
    for key in ("report", "held", "held-table"):
        data = (await left(f"nidelven-{key}")).data
        assert "010170" in str(data) and NUMBER not in str(data), key


async def test_every_rule_has_a_page_with_what_it_stands_against(site: Any) -> None:
    site.keep_only(EHF, HELD)
    ledger = connect.open_ledger()
    settings.record(ledger, "nidelven", "nidelven.yaml", "deployments: []\n", clock.now())
    ledger.close()
    assert (await poweroffice_factoring.invoice_intake("nidelven", site.options, return_state=True)).is_completed()
    ended = await data_quality.rule_overview(return_state=True)
    (count,) = [int(word) for word in (ended.message or "").split() if word.isdigit()]
    assert ended.is_completed() and count >= 1
    rows = {code: json.loads((await left(f"regel-{code.replace('_', '-')}")).data) for code in blocking.DEFAULTS}
    assert sum(bool(some) for some in rows.values()) == count
    (row,) = rows["missing_postal_address"]
    assert (row["Klient"], row["Bilag eller kort"], row["Holdt tilbake"]) == ("nidelven", "1", "1")
    assert row["Beløp holdt tilbake"].startswith("kr ") and row["Beløp holdt tilbake"] != "kr 0,00"
    assert rows["missing_number"] == []
    about = await left("regel-missing-postal-address")
    assert "mangler postadresse" in about.description
