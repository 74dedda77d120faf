"""Every Norwegian case is written from domain values, kept by all three layers of rules, and read back as it was."""

from __future__ import annotations

import functools
import re
from typing import Any

import msgspec
import pytest
from lxml import etree

from fakturabro.domain import agreements, documents, parties
from fakturabro.formats import ehf
from fakturabro.formats.ehf import rules
from fakturabro.mapping import documents_to_factoring

from . import ehf_cases

KINDS: tuple[documents.Kind, ...] = documents.KINDS
NAMES = list(ehf_cases.cases("invoice"))
AGREEMENT = agreements.FactoringAgreement.model_validate(
    {
        "client_number": "4711",
        "payee_name": "Factoring Finans AS",
        "payee_organisation_number": "991825827",
        "account": "86011117947",
        "iban": "NO9386011117947",
        "bic": "DNBANOKK",
        "kid": {"length": 14, "method": "mod10", "parts": [{"name": "customer", "length": 6}, {"name": "invoice", "length": 7}]},
        "assignment_notice": "Fakturaen er overdratt til Factoring Finans AS.",
    }
)

cases = functools.cache(ehf_cases.cases)


def found(invoice: documents.Invoice) -> list[tuple[str, str]]:
    return [(one.rule, one.location) for one in rules.validator().validate(ehf.write(invoice))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_valid_and_read_back_as_it_was(name: str, kind: documents.Kind) -> None:
    invoice = cases(kind)[name]
    assert found(invoice) == []
    assert ehf.read(ehf.write(invoice)) == invoice


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_what_the_debtor_gets_of_a_case_is_valid_too(name: str, kind: documents.Kind) -> None:
    invoice = cases(kind)[name]
    recipient = parties.Recipient(name="x", customer_number="7", address=invoice.buyer.address, address_source="card")
    distributed = documents_to_factoring.to_distributed(invoice, recipient, AGREEMENT, "00000700100237")
    assert found(distributed) == []
    (means,) = distributed.payment_means
    expected = ("86011117947", None) if invoice.currency == "NOK" else ("NO9386011117947", "DNBANOKK")
    assert (means.payment_id, means.account, means.branch) == ("00000700100237", *expected)


@pytest.mark.parametrize(
    ("name", "changes", "rule"),
    [
        ("E", {"exempt": ()}, "BR-E-10"),
        ("Z", {"exempt": (msgspec.structs.replace(ehf_cases.ZERO, exemption_reason="fritt"),)}, "BR-Z-10"),
        ("O", {"seller": ehf_cases.SELLER}, "BR-O-02"),
    ],
)
def test_a_case_that_only_just_fails_is_seen(name: str, changes: dict[str, Any], rule: str) -> None:
    lines = cases("invoice")[name].lines
    category = lines[0].item.tax_category
    kept: dict[str, Any] = {"exempt": (ehf_cases.OUTSIDE,)} if category.code == "O" else {}
    spoilt = ehf_cases.document("invoice", *lines, **{**kept, **changes})
    assert rule in {one for one, _ in found(spoilt)}


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
@pytest.mark.parametrize("field", ["note", "currency", "attachments[1].content_base64"])
def test_what_xml_forbids_is_refused_by_its_field(character: str, field: str) -> None:
    hostile = f"a{character}b"
    attached = documents.Attachment(id=documents.Identifier(value="1"), content_base64="", filename=hostile)
    changes: dict[str, Any] = {"attachments": (attached,)} if "[" in field else {field: hostile}
    with pytest.raises(ehf.WriteError, match=re.escape(f"{field}: ")):
        ehf.write(msgspec.structs.replace(cases("invoice")["Z"], **changes))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_what_a_tree_of_it_is_written_as(kind: documents.Kind) -> None:
    hostile = "a<b>&amp;]]>\"'\r\n\t\x7f\u2028 𝄞"
    attached = documents.Attachment(id=documents.Identifier(value=hostile, scheme=hostile), content_base64="YQ==", filename=hostile)
    spoilt = msgspec.structs.replace(cases(kind)["Z"], note=hostile, attachments=(attached,))
    for document in [*cases(kind).values(), spoilt]:
        tree = etree.fromstring(ehf.write(document), etree.XMLParser(remove_blank_text=True))
        assert etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True) == ehf.write(document)
    assert ehf.read(ehf.write(spoilt)) == spoilt


def test_a_retired_scheme_leaves_as_the_one_that_took_its_place() -> None:
    def retired(party: documents.Party) -> documents.Party:
        number = documents.Identifier(value="NO 974 760 673 MVA", scheme="9908")
        return msgspec.structs.replace(party, endpoint=number, company_id=number, identifications=(number,))

    source = msgspec.structs.replace(cases("invoice")["IBAN"], buyer=retired(ehf_cases.BUYER), seller=retired(ehf_cases.SELLER))
    assert {rule for rule, _ in found(source)} >= {"BR-CL-25"}
    recipient = parties.Recipient(name="x", customer_number="7", address_source="document")
    distributed = documents_to_factoring.to_distributed(source, recipient, AGREEMENT, "00000700100237")
    assert found(distributed) == []
    assert distributed.buyer.endpoint == documents.Identifier(value="974760673", scheme="0192")
