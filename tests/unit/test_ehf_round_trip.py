"""Every official example and Norwegian probe that can be read is written back element by element."""

from __future__ import annotations

import pathlib
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from fakturabro.domain import documents
from fakturabro.formats import ehf
from fakturabro.formats.ehf import aggregates

SAMPLES = pathlib.Path(__file__).parents[3] / "shared" / "samples" / "ehf"
FILES = sorted([*SAMPLES.glob("official-examples/*.xml"), *SAMPLES.glob("norwegian-probes/*.xml")])
UNREADABLE = {"no_issue_date"}
NOT_WRITTEN = {"two_notes"}
OUT_OF_ORDER = {"bom_and_wrong_order"}

Element = tuple[str, str, tuple[tuple[str, str], ...]]


def elements(data: bytes) -> list[Element]:
    """Path, text and attributes of every element, without the tax categories' schemeID (docs/ehf_changes.md)."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True))
    tree = root.getroottree()
    return [
        (tree.getelementpath(e), (e.text or "").strip(), tuple(sorted(a for a in e.items() if a != ("schemeID", "UNCL5305"))))
        for e in root.iter()
    ]


@pytest.mark.contract
def test_there_are_samples(shared: pathlib.Path) -> None:
    assert len(FILES) == 48


@pytest.mark.contract
@pytest.mark.parametrize("file", [f for f in FILES if f.stem not in UNREADABLE | NOT_WRITTEN], ids=lambda f: f.stem)
def test_nothing_is_lost(file: pathlib.Path) -> None:
    source = file.read_bytes()
    invoice = ehf.read(source)
    written = ehf.write(invoice)

    assert invoice.not_carried == ()
    assert ehf.read(written) == invoice
    before, after = elements(source), elements(written)
    assert (sorted(before), sorted(after)) == (sorted(after), sorted(before))
    assert file.stem in OUT_OF_ORDER or before == after


@pytest.mark.contract
def test_base_example_fields(shared: pathlib.Path) -> None:
    invoice = ehf.read((shared / "samples/ehf/official-examples/base-example.xml").read_bytes())

    assert (invoice.kind, invoice.number, invoice.currency) == ("invoice", "Snippet1", "EUR")
    assert invoice.seller.endpoint == documents.Identifier(value="9482348239847239874", scheme="0088")
    assert invoice.payment_means[0].code_name == "Credit transfer"
    assert invoice.tax_totals[0].subtotals[0].category.percent == Decimal("25.0")
    assert invoice.lines[1].quantity == documents.Quantity(value=Decimal(-3), unit="DAY")
    assert invoice.lines[0].item.classifications == (documents.ItemClassification(code="09348023", list_id="SRV"),)
    assert invoice.delivery is not None
    assert invoice.delivery.party_name == "Delivery party Name"


@pytest.mark.contract
def test_credit_note_fields(shared: pathlib.Path) -> None:
    note = ehf.read((shared / "samples/ehf/official-examples/base-creditnote-correction.xml").read_bytes())

    assert (note.kind, note.type_code, note.due_date) == ("credit_note", "381", None)
    assert [reference.number for reference in note.preceding] == ["Snippet1"]
    assert note.lines[0].quantity.value == 7


@pytest.mark.contract
def test_a_second_note_is_not_carried_and_not_written(shared: pathlib.Path) -> None:
    invoice = ehf.read((shared / "samples/ehf/norwegian-probes/two_notes.xml").read_bytes())

    assert invoice.not_carried == ("Invoice/cbc:Note[2]",)
    with pytest.raises(ehf.WriteError, match=r"Invoice/cbc:Note\[2\]"):
        ehf.write(invoice)
    assert b"Note" in ehf.write(msgspec.structs.replace(invoice, not_carried=()))


@pytest.mark.contract
def test_every_file_is_recognised_by_content(shared: pathlib.Path) -> None:
    assert all(ehf.recognise(file.read_bytes()) for file in FILES)
    assert not ehf.recognise((SAMPLES / "smp" / "signed-service-metadata1.xml").read_bytes())
    assert not ehf.recognise((SAMPLES / "norwegian-probes" / "expected.json").read_bytes())


@pytest.mark.contract
@pytest.mark.parametrize("file", [f for f in FILES if f.stem not in UNREADABLE | NOT_WRITTEN], ids=lambda f: f.stem)
def test_what_is_known_from_another_document_changes_nothing(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = file.read_bytes()
    ehf.read(source)
    known = ehf.read(source)
    for table in (aggregates.PARTY, aggregates.ITEM, aggregates.TAX_CATEGORY):
        monkeypatch.setattr(table, "recurs", False)
    assert ehf.read(source) == known


@pytest.mark.contract
def test_what_is_not_carried_is_told_each_time(shared: pathlib.Path) -> None:
    source = (shared / "samples/ehf/official-examples/base-example.xml").read_bytes()
    odd = source.replace(b"<cac:PostalAddress>", b"<cbc:WebsiteURI>https://a.example</cbc:WebsiteURI><cac:PostalAddress>", 1)
    told = [ehf.read(odd).not_carried for _ in range(3)]
    assert told == [("Invoice/cac:AccountingSupplierParty/cac:Party/cbc:WebsiteURI",)] * 3


@pytest.mark.contract
def test_a_party_is_not_taken_for_another(shared: pathlib.Path) -> None:
    source = (shared / "samples/ehf/official-examples/base-example.xml").read_bytes()
    ehf.read(source)
    other = ehf.read(source.replace(b'schemeID="0088"', b'schemeID="0192"', 1))
    assert other.seller.endpoint == documents.Identifier(value="9482348239847239874", scheme="0192")
