"""The Severa client and its sandbox against the vendor's document, as far as it could be rebuilt."""

from __future__ import annotations

import datetime as dt
import inspect
import pathlib
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import openapi_schema_validator as oas
import pytest

from fakturabro.remote import errors
from fakturabro.systems.severa import invoice_wire, messages, problems, tokens, wire
from sandboxes.severa import invoices, models, registers, sandbox
from tests.contract import checked
from tests.unit import lying
from tests.unit import test_client_severa as benches

pytestmark = pytest.mark.contract
DAY = dt.date(2026, 11, 23)
_SHOWN = {
    "Customer": "CustomerModel", "Address": "AddressModel", "Product": "ProductOutputModel", "WorkType": "WorkTypeOutputModel",
    "TravelExpenseType": "TravelExpenseTypeOutputModel", "Project": "ProjectOutputModel", "Currency": "CurrencyOutputModel",
    "Country": "CountryModel", "Invoice": "InvoiceOutputModel", "InvoiceRow": "InvoiceRowOutputModel", "Money": "MoneyOutputModel",
    "InvoiceStatus": "InvoiceStatusModel", "ProjectFee": "ProjectFeeOutputModel", "DeletedFee": "DeletedProjectFeeModel",
    "Text": "FreeTextModel2", "Receiver": "InvoiceReceiverAddressSubModel", "File": "InvoiceFileModel",
    "OrganizationDetails": "OrganizationDetailsOutputModel", "OrganizationSettings": "OrganizationSettingsModel",
    "NewCustomer": "CustomerModel", "NewAddress": "AddressModel", "NewProduct": "ProductInputModel",
    "NewProjectFee": "ProjectFeeInputModel",
}  # fmt: skip


@pytest.fixture
def document(shared: pathlib.Path) -> dict[str, Any]:
    return checked.load(shared / "specs" / "severa-v1.reconstructed.openapi.json")


def properties(document: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(document["components"]["schemas"][name]["properties"])


async def test_everything_that_is_called_and_answered_is_as_the_document_says(document: dict[str, Any]) -> None:
    box = sandbox.Severa()
    box.window.limit = 1_000
    app = checked.Checked(box.app, document, "/v1/", strict=True)
    with lying.served(app) as url:
        async with benches.benched(box, url) as bench:
            await _read_registers(bench)
            await _write_registers(bench)
            await _invoice(bench)
            await _cost(bench)
            with pytest.raises(errors.Rejected):
                await bench.invoicing.fetch_invoice("absent")
    assert app.faults == []
    served = {f"{method} /v1{path}" for method, path, _, _ in (*registers.ROUTES, *invoices.ROUTES)}
    unseen = served - {re.sub(r"\{\w+\}", "{guid}", one) for one in app.seen}
    assert unseen == {"GET /v1/projectfees", "GET /v1/invoicerows"}


async def _read_registers(bench: benches.Bench) -> None:
    one = bench.registers
    lists = (one.fetch_customers, one.fetch_addresses, one.fetch_products, one.fetch_work_types)
    for pages in (*lists, one.fetch_travel_expense_types, one.fetch_projects):
        assert [row async for page in pages(bench.now - dt.timedelta(days=1)) for row in page]
    assert {"NOK", "SEK"} < (await one.fetch_currencies()).keys()
    assert (await one.fetch_countries())["SE"].english_name == "Sweden"
    assert (await one.fetch_organization()).active_addons
    assert (await one.fetch_settings()).is_identifier_unique


async def _write_registers(bench: benches.Bench) -> None:
    one, norway = bench.registers, (await bench.registers.fetch_countries())["NO"].guid or ""
    made = await one.add_customer(benches.NEW)
    await one.change_customer(made.guid, {"/name": "Nyere Kunde AS", "/paymentTerm": 10})
    assert (await one.fetch_customer(made.guid)).payment_term == 10
    address = wire.NewAddress(addressline="Gata 1", is_billing_address=True, country=wire.Ref(guid=norway))
    place = await one.add_address(made.guid, address)
    await one.change_address(place.guid, {"/city": "BERGEN", "/isPostalAddress": True})
    assert [row.city for row in await one.fetch_customer_addresses(made.guid)] == ["BERGEN"]
    price = wire.Money(amount=Decimal("12.5"), currency_code="NOK")
    product = await one.add_product(
        wire.NewProduct(name="Ny", code="800", vat_rate=Decimal(15), unit_price=price, type="Materials")
    )
    await one.change_product(product.guid, {"/isActive": False, "/vatRate": Decimal("12.5"), "/unitPrice/amount": Decimal("0.05")})
    mileage = bench.guid("travelexpensetypes", "code", "300")
    await one.change_travel_expense_type(mileage, {"/measurementUnit": "mil"})
    assert (await one.fetch_travel_expense_type(mileage)).measurement_unit == "mil"
    assert (await one.fetch_product(product.guid)).is_active is False
    assert (await one.fetch_work_type(bench.guid("worktypes", "code", "100"))).code == "100"


async def _invoice(bench: benches.Bench) -> None:
    status = {row.name: row.guid for row in await bench.invoicing.fetch_statuses()}
    ready = [status["Klar for Fortnox"]]
    for invoice in [row async for page in bench.invoicing.fetch_invoices(ready, bench.now - dt.timedelta(days=1)) for row in page]:
        await bench.invoicing.fetch_row_projects(invoice, await bench.invoicing.fetch_rows(invoice.guid))
        await bench.invoicing.fetch_pdf(invoice.guid, "All")
        for file in await bench.invoicing.fetch_files(invoice.guid):
            assert await bench.invoicing.fetch_content(file.file_guid or "")
        await bench.invoicing.move(invoice.guid, ready[0], status["Betalt"])


async def _cost(bench: benches.Bench) -> None:
    made = await bench.costs.add_fee(bench.fee(501))
    await bench.costs.change_fee(made.guid, {"/description": "Rettet", "/eventDate": DAY, "/unitPrice/amount": Decimal(0)})
    assert (standing := await bench.costs.fetch_fee(made.guid)) and standing.description == "Rettet"
    assert list((await bench.registers.find_projects([501, 502, 99]))[0]) == [501, 502]
    bench.company.add("deletedprojectfees", deletedDateTime=bench.company.now())
    assert [page async for page in bench.costs.fetch_deleted_fees(bench.now)]
    await bench.costs.add_file(bench.guid("projects", "number", 501), "a.pdf", b"%PDF-1.7", "")


def shapes() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    for module in (wire, invoice_wire):
        for name, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, msgspec.Struct) and found.__module__ == module.__name__:
                yield name, found


def test_every_field_that_we_read_or_send_stands_in_the_document(document: dict[str, Any]) -> None:
    """A misspelt field would be read as missing for ever."""
    found = dict(shapes())
    assert found.keys() - _SHOWN.keys() == {"V1", "Named", "Ref", "Account", "Keyed", "Kept", "New", "Part"}
    for name, model in _SHOWN.items():
        fields = {field.encode_name: field for field in msgspec.structs.fields(found[name])}
        assert fields.keys() <= properties(document, model).keys(), name
        missing = {each for each in fields if properties(document, model)[each].get("nullable")} - {"guid"}
        assert name.startswith("New") or all(_takes(fields[each].type, None) for each in missing), name
        required = set(document["components"]["schemas"][model].get("required", []))
        if name.startswith("New"):
            assert required <= {each for each, field in fields.items() if field.required}, name


@pytest.mark.parametrize(
    "shape",
    [models.CustomerModel, models.AddressModel, models.ProductInputModel, models.TravelExpenseTypeInputModel,
     models.ProjectFeeInputModel, models.InvoiceOutputModel],
)  # fmt: skip
def test_the_sandbox_takes_what_the_document_takes_and_nothing_else(shape: type[models.Input], document: dict[str, Any]) -> None:
    stated, fields = document["components"]["schemas"][shape.__name__], msgspec.structs.fields(shape)
    assert {field.encode_name for field in fields} <= stated["properties"].keys()
    assert set(stated.get("required", [])) <= {field.encode_name for field in fields if field.required}
    for field in fields:
        told = stated["properties"][field.encode_name]
        judge = oas.OAS30Validator(told, format_checker=oas.oas30_format_checker)
        for value in (None, "", "text", "2026-11-23", True, 7, 1.5, {}, "x" * 26) if "type" in told else ():
            assert _takes(field.type, value) == judge.is_valid(value), (field.encode_name, value)


def _takes(kind: Any, value: object) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=kind)
    except msgspec.ValidationError:
        return False
    return True


def test_each_operation_asks_for_the_scope_that_the_document_tags(document: dict[str, Any]) -> None:
    tags = {
        (method.upper(), re.sub(r"\{\w+\}", "{guid}", path)): operation["tags"][0]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    for method, path, _, scope in (*registers.ROUTES, *invoices.ROUTES):
        area, verb = scope.split(":")
        assert tags[method, f"/v1{path}"].lower() == area + verb, path
        assert scope in tokens.SCOPES


def test_every_type_of_error_has_a_norwegian_sentence(document: dict[str, Any]) -> None:
    types = set(document["components"]["schemas"]["ExceptionTypeEnum"]["enum"])
    ours = {"ConfigurationError", "HttpsRequired", "InternalSystemError", "InvalidApiVersion", "InvalidRecaptcha"}
    assert types - messages.SENTENCES.keys() == ours
    assert messages.SENTENCES.keys() <= types
    assert types >= problems.ABOUT_ACCESS
