"""The check of documents and of the customer register as runs make it: what is suggested, named, noted and forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from fakturabro.domain import findings as values
from fakturabro.ledger import details, documents, findings, opened, stops, tables
from flows import data_quality
from tasks import clock, connect
from tasks.checks import register

from .conftest import plain

TENANT = "nidelven"
EHF, EMAIL = 5002, 5003


@pytest.fixture
def ledger(site: Any) -> Iterator[opened.Ledger]:
    """The site's ledger; the client has two documents."""
    site.keep_only(EHF, EMAIL)
    one = connect.open_ledger()
    yield one
    one.close()


def cards(site: Any) -> dict[Any, dict[str, Any]]:
    """The register in PowerOffice."""
    return site.boxes.poweroffice.state.clients[site.client["client_key"]].customers


def said(ledger: opened.Ledger, number: int) -> dict[str, values.Finding]:
    """What stands against the document with this number, by code."""
    (head,) = documents.find_by_number(ledger, TENANT, [str(number)], ["invoice"])
    return {one.code: one for one in findings.read(ledger, TENANT, [head.id]).get(head.id, [])}


async def check_register(**changes: Any) -> Any:
    with plain():
        return await data_quality.register_check(TENANT, **changes)


async def test_only_what_can_be_suggested_is(site: Any, ledger: opened.Ledger) -> None:
    gone = site.invoice(EHF).customer_number
    for key in [key for key, card in cards(site).items() if card["Number"] == gone]:
        del cards(site)[key]
    mail = site.invoice(EMAIL)
    mail.ehf = mail.document().replace(b"<cbc:ID>5003</cbc:ID>", b"<cbc:ID>50030</cbc:ID>", 1)
    await site.intake()
    lacking, differs = said(ledger, EHF)["customer_card_not_found"], said(ledger, EMAIL)["number_differs"]
    assert (lacking.value, lacking.suggestion) == (str(gone), "")
    assert (differs.value, differs.suggestion) == ("50030", "5003")


async def test_another_document_with_the_number_is_named_by_date_and_amount(site: Any, ledger: opened.Ledger) -> None:
    first, second = site.invoice(EHF), site.invoice(EMAIL)
    second.number = first.number
    second.ehf = second.document().replace(b"<cbc:ID>5003</cbc:ID>", b"<cbc:ID>5002</cbc:ID>", 1)
    await site.intake()
    heads = documents.find_by_number(ledger, TENANT, [str(EHF)], ["invoice"])
    found = findings.read(ledger, TENANT, [head.id for head in heads])
    told = [one.value for some in found.values() for one in some if one.code == "duplicate_number"]
    assert len(heads) == 2
    amounts = {f"{head.amount / 100:.2f} NOK" for head in heads}
    assert {text.partition(" ")[2] for text in told} == amounts
    assert all(text[:4] == "2026" and text[4] == "-" for text in told), told


async def test_a_number_with_no_and_mva_on_a_card_holds_nothing_and_leaves_as_nine_digits(site: Any, ledger: opened.Ledger) -> None:
    card = site.card(site.invoice(EMAIL).customer_number)
    card["OrganizationNumber"], card["IsPerson"] = "NO 974 760 673 MVA", False
    document = site.invoice(EMAIL).document()
    start, end = document.index(b"<cac:AccountingCustomerParty>"), document.index(b"</cac:AccountingCustomerParty>")
    buyer = b"<cac:AccountingCustomerParty><cac:Party><cac:PostalAddress>" + _between(document[start:end], b"cac:PostalAddress")
    name = b"</cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>Ola</cbc:RegistrationName></cac:PartyLegalEntity>"
    name += b"</cac:Party>"
    site.invoice(EMAIL).ehf = document[:start] + buyer + name + document[end:]
    await site.intake()
    found = said(ledger, EMAIL)
    assert "wrong_organisation_number" not in found
    assert found["decorated_organisation_number"].suggestion == "974760673"
    (head,) = documents.find_by_number(ledger, TENANT, [str(EMAIL)], ["invoice"])
    assert details.read_recipients(ledger, TENANT, [head.id])[head.id].organisation_number == "974760673"


def _between(text: bytes, element: bytes) -> bytes:
    return text.split(b"<" + element + b">", 1)[1].split(b"</" + element + b">", 1)[0]


async def test_a_register_that_answers_with_nothing_is_a_failure_and_nothing_is_forgotten(site: Any, ledger: opened.Ledger) -> None:
    site.card(site.invoice(EHF).customer_number)["MailAddress"] = None
    assert (await check_register()).is_completed()
    before = findings.find_documents(ledger, TENANT, register.STATION)
    assert before
    all_ = dict(cards(site))
    cards(site).clear()
    ended = await check_register()
    assert ended.is_failed() and "Kunderegisteret i PowerOffice ga 0 kort" in ended.message
    assert findings.find_documents(ledger, TENANT, register.STATION) == before
    cards(site).update(dict(list(all_.items())[: len(all_) // 3]))
    ended = await check_register()
    assert ended.is_failed() and f"og {len(all_)} er kjent fra før" in ended.message
    assert findings.find_documents(ledger, TENANT, register.STATION) == before
    cards(site).update(all_)
    for card in cards(site).values():
        card["IsArchived"] = True
    assert (await check_register()).is_completed(), "archived cards were read, and are forgotten"
    assert findings.find_documents(ledger, TENANT, register.STATION) == []


async def test_a_dry_run_of_the_register_counts_and_leaves_no_trace(site: Any, ledger: opened.Ledger) -> None:
    site.card(site.invoice(EHF).customer_number)["MailAddress"] = None
    with ledger.reading() as connection:
        counts = {table: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in _WRITTEN}
    ended = await check_register(dry_run=True)
    assert ended.is_completed() and "kundekort å rette" in ended.message
    with ledger.reading() as connection:
        for table, count in counts.items():
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == count, table.name
        assert "customer" not in set(connection.execute(sa.select(tables.data_key.c.kind)).scalars())
    wet = await check_register()
    assert ended.message.rpartition(": ")[2].rstrip(".") in wet.message


@pytest.mark.parametrize("delivered", [False, True])
async def test_what_was_taken_back_before_it_was_booked_has_no_twin_but_what_others_delivered_has(
    site: Any, ledger: opened.Ledger, delivered: bool
) -> None:
    invoices = site.boxes.poweroffice.state.clients[site.client["client_key"]].invoices
    first, second = site.invoice(EHF), site.invoice(EMAIL)
    second.ehf = first.document().replace(b"<cbc:ID>5002</cbc:ID>", b"<cbc:ID>5003</cbc:ID>", 1)
    second.customer_number, second.total = first.customer_number, first.total
    del invoices[second.id]
    stops.record(ledger, TENANT, "", why="test", owner="K", at=clock.now())
    await site.intake()
    stops.record_release(ledger, TENANT, "", why="test", by="K", at=clock.now())
    assert site.states(EHF)["book"] in ("waiting", "planned")
    other = msgspec.structs.replace(first, id=str(uuid.uuid4()), is_delivered=True)
    if delivered:
        first.is_delivered = True
    else:
        del invoices[first.id]
        invoices[other.id] = other
    invoices[second.id] = second
    await site.intake()
    assert site.states(EHF)["book"] == "cancelled"
    assert ("possible_twin" in site.codes(EMAIL)) is delivered


async def test_a_card_mended_as_asked_is_not_held_against_the_placeholder_on_the_document(site: Any, ledger: opened.Ledger) -> None:
    document = site.invoice(EMAIL).document()
    start = document.index(b"<cac:AccountingCustomerParty>")
    for element in (b"StreetName", b"CityName"):
        opening, closing = b"<cbc:" + element + b">", b"</cbc:" + element + b">"
        at = document.index(opening, start) + len(opening)
        document = document[:at] + b"-" + document[document.index(closing, at) :]
    site.invoice(EMAIL).ehf = document
    await site.intake()
    assert "address_differs_from_card" not in site.codes(EMAIL)
    assert site.states(EMAIL)["distribute"] == "accepted"


_WRITTEN = (tables.document, tables.revision, tables.raw, tables.finding, tables.finding_log)
