"""An EHF is made of every document that can be one, lies in the PDF byte for byte, and holds nothing where nobody asked for it."""

from __future__ import annotations

import io
import os
import signal
from typing import Any

import msgspec
import pypdf
import pytest

from fakturabro.domain import documents, parties
from fakturabro.formats import ehf
from fakturabro.formats.ehf import rules
from tasks.debtors import producing

from . import ehf_cases

GOOD = ehf_cases.cases("invoice")["E"]
BROKEN = msgspec.structs.replace(GOOD, buyer_reference=None)
LOSSY = msgspec.structs.replace(GOOD, not_carried=("Invoice/cac:Signature",))
PERSON = msgspec.structs.replace(GOOD, buyer=msgspec.structs.replace(GOOD.buyer, endpoint=None, company_id=None))

_MANY = 100


def order(invoice: documents.Invoice, number: int = 1, **more: Any) -> producing.Order:
    recipient = parties.Recipient(name="Ålesund Sjømat AS", customer_number="7", address=ehf_cases.BUYER.address)
    return producing.Order(id=number, invoice=msgspec.json.encode(invoice), recipient=recipient, **more)


def produce(invoice: documents.Invoice, **more: Any) -> producing.Product:
    (made,) = producing.produce([order(invoice, **more)], None)
    return made


def embedded(pdf: bytes) -> list[bytes]:
    return [content for contents in pypdf.PdfReader(io.BytesIO(pdf)).attachments.values() for content in contents]


@pytest.mark.parametrize("takes_ehf", [True, False])
def test_the_ehf_is_made_whatever_the_channel_and_lies_in_the_pdf(takes_ehf: bool) -> None:
    made = produce(GOOD, takes_ehf=takes_ehf)
    assert made.ehf == ehf.write(GOOD)
    assert embedded(made.pdf) == [made.ehf]
    assert made.rules == rules.validator().version


@pytest.mark.parametrize("invoice", [BROKEN, LOSSY, PERSON], ids=["broken", "lossy", "person"])
def test_what_cannot_be_ehf_goes_as_a_bare_pdf_and_nothing_is_said(invoice: documents.Invoice) -> None:
    made = produce(invoice)
    assert (made.ehf, made.rules, made.broken, made.problem) == (b"", None, (), "")
    assert embedded(made.pdf) == []


def test_a_receiver_of_ehf_is_told_what_is_wrong() -> None:
    broken, lossy, person = (produce(one, takes_ehf=True) for one in (BROKEN, LOSSY, PERSON))
    assert ([one.rule for one in broken.broken], broken.ehf, bool(broken.pdf)) == (["PEPPOL-EN16931-R003"], b"", True)
    assert "Invoice/cac:Signature" in lossy.problem
    assert [one.rule for one in person.broken] == ["PEPPOL-EN16931-R010"]


def test_killed_workers_are_renewed_and_every_document_comes_once_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producing, "BLOCK", 2)
    monkeypatch.setattr(producing, "_WORTH_MORE_PROCESSES", 2)
    monkeypatch.setattr(producing, "_PROCESSES", 2)
    products = producing.produce([order(GOOD, number) for number in range(_MANY)], None)
    seen = [next(products).id]
    workers = list(producing._pool()._processes)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    rest = list(products)
    assert [*seen, *(one.id for one in rest)] == list(range(_MANY))
    assert {one.ehf for one in rest} == {ehf.write(GOOD)}
    assert set(producing._pool()._processes).isdisjoint(workers)
    producing._pool().shutdown()
    producing._pool.cache_clear()
