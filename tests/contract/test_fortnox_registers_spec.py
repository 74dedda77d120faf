"""Fortnox's registers and invoices, client and sandbox, against the vendor's own document."""

from __future__ import annotations

import datetime as dt
import inspect
import pathlib
import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakturabro.remote import errors, http
from fakturabro.systems.fortnox import attachments, invoice_wire, messages, probing, purchase_wire, purchasing, register_wire
from sandboxes import fortnox, fortnox_files, fortnox_invoices, fortnox_purchases, fortnox_registers, fortnox_tables
from tests.contract import checked
from tests.unit import lying
from tests.unit import test_client_fortnox as benches
from tests.unit import test_client_fortnox_registers as cases

pytestmark = pytest.mark.contract
_SHOWN = {
    "ListedCustomer": "CustomerListItem", "ListedArticle": "ArticleListItem", "ListedProject": "ProjectListItem", "Coded": "Unit",
    "CompanyInformation": "CompanyInfo", "ListedInvoice": "InvoiceListItem", "Row": "Invoice_InvoiceRow",
    "NewInvoice": "InvoicePayload", "NewRow": "InvoicePayload_InvoiceRow", "Purchase": "SupplierInvoice",
    "CostRow": "SupplierInvoice_SupplierInvoiceRow", "VoucherKey": "SupplierInvoice_Voucher", "VoucherRow": "Voucher_VoucherRow",
    "FileConnection": "SupplierInvoiceFileConnection", "Currency": "Currency",
}  # fmt: skip
_EVERY = {
    "Name": "Fjord AS", "Active": False, "Comments": "Ring først", "Email": "a@b.example", "EmailInvoice": "c@b.example",
    "WWW": "b.example", "Phone1": "55 55 55 55", "OrganisationNumber": "915442552", "VATNumber": "NO915442552MVA",
    "Currency": "NOK", "TermsOfPayment": "14", "Address1": "Gata 1", "Address2": "2. etg",
    "ZipCode": "5700", "City": "VOSS", "CountryCode": "NO",
    "DeliveryAddress1": "Gata 2", "DeliveryZipCode": "5701", "DeliveryCity": "VOSS", "DeliveryCountryCode": "NO",
    "VisitingAddress": "Gata 3", "VisitingZipCode": "5702", "VisitingCity": "VOSS", "VisitingCountryCode": "NO",
    "GLN": "7080000000005",
}  # fmt: skip
_PARTIAL = [f"request ['{one}']: 'Description' is a required property" for one in ("Article", "Project")]
"""A change names what is changed only, as the vendor's text says; the schema is the one for making a thing."""


@pytest.fixture
def document(shared: pathlib.Path) -> dict[str, Any]:
    return checked.load(shared / "specs" / "fortnox-v3.openapi.json")


def properties(document: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(document["components"]["schemas"][f"fortnox_{name}"]["properties"])


async def test_everything_that_is_called_and_answered_is_as_the_document_says(document: dict[str, Any]) -> None:
    box = fortnox.Fortnox()
    box.window.limit = 1_000
    files = checked.Checked(box.app, document, "/api/")
    app = checked.Checked(files, document, "/3/")
    with lying.served(app) as url:
        async with http.Remote(http.Limits(attempts=1)) as remote:
            bench = benches.Bench(box, url, remote)
            one, invoices = cases.filled(bench)
            for pages in (one.fetch_customers, one.fetch_articles, one.fetch_projects):
                assert [row async for page in pages(bench.now - dt.timedelta(days=1)) for row in page]
            assert await one.fetch_units() & await one.fetch_terms_of_payment() == set()
            assert await probing.probe(bench.session()) == []
            assert (await one.fetch_currencies())["NOK"].buy_rate == Decimal("0.98")
            assert await one.fetch_locked_until() is None
            await one.add_customer("20001", {"Name": "Ny AS"})
            await one.change_customer("20001", _EVERY)
            await one.add_article("900", {"Description": "Viderefakturert", "Unit": "st", "VAT": Decimal(0), "Type": "SERVICE"})
            await one.change_article("900", {"Active": False})
            await one.add_project("502", {"Description": "Omlegging", "StartDate": cases.DAY, "Comments": "Ramme"})
            await one.change_project("502", {"Status": "COMPLETED"})
            texts = [invoice_wire.NewRow(description="Uke 46"), cases.ROW, invoice_wire.NewRow(description="Til slutt")]
            known = {
                "our_reference": "Kari",
                "your_reference": "Ola",
                "remarks": "Takk",
                "language": "EN",
                "terms_of_payment": "14",
            }
            new = cases.new(invoice_rows=texts, currency="EUR", currency_rate=Decimal("11.05"), document_number="77", **known)
            made = await invoices.add_invoice(new, Decimal("250.25"), Decimal("62.56"))
            await invoices.mark_sent(made.document_number)
            listed = [row async for page in invoices.fetch_invoices(bench.now - dt.timedelta(days=1)) for row in page]
            assert [row.sent for row in listed] == [None, True]
            await attachments.Attachments(bench.session()).attach("77", "timeliste.pdf", b"%PDF-1.7")
            await invoices.cancel("77")
            await _purchase(bench)
            with pytest.raises(errors.Rejected):
                await invoices.fetch_invoice("404")
    assert app.faults == _PARTIAL
    assert [one.partition(": ")[0] for one in files.faults] == [
        "answer 200 []",
        "answer 201 []",
        "answer 200 []",
    ]  # see attachments.py
    served = [*fortnox_registers.routes(), *fortnox_invoices.routes(), *fortnox_purchases.routes(), *fortnox_files.routes()]
    others = ("GET /3/supplierinvoices", "GET /3/supplierinvoices/{GivenNumber}", "GET /3/settings/lockedperiod")
    assert len(app.seen) == len(served) + len(others)
    assert len(files.seen) == len(fortnox_files.attachment_routes())


async def _purchase(bench: benches.Bench) -> None:
    one = purchasing.Purchasing(bench.session())
    fortnox_purchases.add_costs(bench.company, "71", cases.COSTS, voucher=12)
    fortnox_purchases.add_file(bench.company, "71", "71.pdf", b"%PDF-1.7")
    assert [row async for page in one.fetch_changed(bench.now) for row in page]
    await one.fetch_voucher((await one.fetch_purchase("71")).vouchers[0])
    assert [await one.fetch_content(file.file_id) for file in await one.fetch_files("71")] == [b"%PDF-1.7"]


def test_every_field_that_we_read_or_send_stands_in_the_document(document: dict[str, Any]) -> None:
    stated = document["components"]["schemas"]["fileattachments_Attachment"]["properties"]
    assert {field.encode_name for field in msgspec.structs.fields(attachments.Attachment)} == stated.keys()
    for module in (register_wire, invoice_wire, purchase_wire):
        for name, found in inspect.getmembers(module, inspect.isclass):
            shape: Any = found
            if not issubclass(found, msgspec.Struct) or found.__module__ != module.__name__:
                continue
            fields = {field.encode_name for field in msgspec.structs.fields(shape)}
            assert fields <= properties(document, _SHOWN.get(name, name)).keys(), name
    assert set(_EVERY) == {field.encode_name for field in msgspec.structs.fields(register_wire.Customer)} - {
        "CustomerNumber", "VATType", "DeliveryAddress2",
    }  # fmt: skip


@pytest.mark.parametrize("register", [fortnox_tables.CUSTOMERS, fortnox_tables.ARTICLES, fortnox_tables.PROJECTS])
def test_the_sandbox_has_the_lengths_and_types_of_the_document(register: fortnox_tables.Register, document: dict[str, Any]) -> None:
    stated = properties(document, register.one)
    for name, length in register.lengths.items():
        assert stated[name]["type"] == "string"
        assert length == stated[name].get("maxLength", length), name
        assert name not in fortnox_tables.CHOICES or fortnox_tables.CHOICES[name] >= set(stated[name]["enum"])
    kinds = {bool: "boolean", Decimal: "number", int: "integer", dt.date: "string"}
    assert {name: kinds[kind] for name, kind in register.others.items()} == {name: stated[name]["type"] for name in register.others}
    assert register.required in document["components"]["schemas"][f"fortnox_{register.one}"]["required"]
    parameters = document["paths"][f"/3{register.path}"]["get"].get("parameters", [])
    assert set(register.filters) <= {one["name"] for one in parameters}
    assert set(register.listed) <= properties(document, f"{register.one}ListItem").keys()


def test_every_word_that_attachments_are_refused_with_has_a_norwegian_sentence(document: dict[str, Any]) -> None:
    (told,) = (one["description"] for one in document["tags"] if one["name"] == "fileattachments_Attachment")
    assert set(re.findall(r"[a-z]+(?:_[a-z]+)+", told)) == messages.ATTACHING.keys()


def test_what_the_sandbox_takes_of_an_invoice_is_what_the_document_takes(document: dict[str, Any]) -> None:
    stated = properties(document, "InvoicePayload")
    assert {name: stated[name]["maxLength"] for name in fortnox_invoices.LENGTHS} == fortnox_invoices.LENGTHS
    for shape, name in ((fortnox_invoices.New, "InvoicePayload"), (fortnox_invoices.NewRow, "InvoicePayload_InvoiceRow")):
        told = properties(document, name)
        for field in msgspec.structs.fields(shape):
            for kind, value in (("string", "x"), ("number", 1.5), ("integer", 7), ("boolean", True)):
                type_ = told[field.encode_name]["type"]
                fits = type_ == kind or (kind, type_) == ("integer", "number")
                if told[field.encode_name].get("format") != "date" and type_ != "array":
                    assert _takes(field.type, value) == fits, (field.encode_name, kind)


def _takes(kind: Any, value: object) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=kind)
    except msgspec.ValidationError:
        return False
    return True
