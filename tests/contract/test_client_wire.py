"""Our wire shapes against the vendors' descriptions: every field that we name exists there, and their examples can be read."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import uuid
from decimal import Decimal
from typing import Any

import jsonschema
import msgspec
import pytest
from ruamel.yaml import YAML

from fakturabro.systems.access_point import wire as access_point
from fakturabro.systems.factoring import wire as factoring
from fakturabro.systems.poweroffice import bank_wire
from fakturabro.systems.poweroffice import wire as poweroffice

SYSTEMS = pathlib.Path(__file__).parent.parent.parent / "fakturabro" / "systems"
V1 = "poweroffice-go-v1-factoring.reconstructed.openapi.yaml"
V2 = "poweroffice-go-v2.openapi.yaml"


@pytest.fixture(scope="module")
def schemas(shared: pathlib.Path) -> dict[str, dict[str, Any]]:
    """Schemas by file, those of the PowerOffice files and of our two contracts."""
    files = {name: shared / "specs" / name for name in (V1, V2)}
    files |= {name: SYSTEMS / name / "contract.openapi.yaml" for name in ("factoring", "access_point")}
    yaml = YAML(typ="safe")
    return {name: yaml.load(path)["components"]["schemas"] for name, path in files.items()}


SHAPES = [
    (V1, "FactoringInvoiceDetails", poweroffice.FactoringInvoiceDetails),
    (V1, "Validation", poweroffice.Validation),
    (V1, "DocumentationFile", poweroffice.DocumentationFile),
    (V1, "FactoringInvoiceDetailsDeliveredRequest", poweroffice.DeliveredRequest),
    (V1, "FactoringInvoiceStatusRequest", poweroffice.StatusRequest),
    (V2, "CustomerDto", poweroffice.Customer),
    (V2, "ContactAddressDto", poweroffice.ContactAddress),
    (V2, "OutgoingInvoiceDto", poweroffice.OutgoingInvoice),
    (V2, "ClientIntegrationInformationDto", poweroffice.ClientIntegrationInformation),
    (V2, "GeneralLedgerAccountDto", bank_wire.GeneralLedgerAccount),
    (V2, "VatCodeDto", bank_wire.VatCode),
    (V2, "DepartmentDto", bank_wire.Dimension),
    (V2, "ProjectDto", bank_wire.Dimension),
    (V2, "BankVoucherPostDto", bank_wire.BankVoucher),
    (V2, "BankVoucherLinePostDto", bank_wire.VoucherLine),
    (V2, "BankVoucherDto", bank_wire.PostedVoucher),
    (V2, "BankVoucherLineDto", bank_wire.PostedLine),
    (V2, "AccountTransactionDto", bank_wire.Transaction),
    (V2, "TrialBalanceLineDto", bank_wire.TrialBalanceLine),
    (V2, "CustomerLedgerEntryDto", bank_wire.OpenItem),
    ("factoring", "Entry", factoring.Entry),
    ("factoring", "Address", factoring.Address),
    ("factoring", "EntryFields", factoring.BookedEntry),
    ("access_point", "Message", access_point.Message),
]


@pytest.mark.contract
@pytest.mark.parametrize(("file", "schema", "shape"), SHAPES, ids=[name for _, name, _ in SHAPES])
def test_every_field_stands_in_the_description(
    file: str, schema: str, shape: type[msgspec.Struct], schemas: dict[str, dict[str, Any]]
) -> None:
    described = schemas[file][schema]
    ours = {field.encode_name for field in msgspec.structs.fields(shape)}
    assert ours <= set(described["properties"])
    assert set(described.get("required", ())) <= ours


@pytest.mark.contract
@pytest.mark.parametrize("schema", ["CustomerDto", "OutgoingInvoiceDto", "ClientIntegrationInformationDto", "ContactAddressDto"])
def test_the_vendors_own_examples_can_be_read(schema: str, schemas: dict[str, dict[str, Any]]) -> None:
    shape = next(shape for file, name, shape in SHAPES if (file, name) == (V2, schema))
    text = json.dumps(schemas[V2][schema]["example"], default=lambda value: value.isoformat())
    read = msgspec.json.decode(text, type=shape)
    given = [field for field in msgspec.structs.fields(shape) if getattr(read, field.name) is not None]
    assert len(given) >= 0.8 * len(msgspec.structs.fields(shape))


@pytest.mark.contract
def test_the_numbers_of_the_status_are_the_vendors(schemas: dict[str, dict[str, Any]]) -> None:
    assert [int(status) for status in poweroffice.FactoringInvoiceStatus] == schemas[V1]["FactoringInvoiceStatus"]["enum"]


def resolved(schema: Any, schemas: dict[str, Any]) -> Any:
    """The schema with its references filled in, and OpenAPI's `nullable` as JSON Schema says it."""
    if isinstance(schema, list):
        return [resolved(part, schemas) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return resolved(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    plain = {key: resolved(value, schemas) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") else plain


@pytest.mark.contract
@pytest.mark.parametrize("full", [True, False])
def test_an_entry_is_written_as_the_contract_says(full: bool, schemas: dict[str, dict[str, Any]]) -> None:
    address = factoring.Address(lines=("Storgata 1",), post_code="0155", place="Oslo", country="NO")
    more: dict[str, Any] = {"due_date": dt.date(2026, 12, 7), "buyer_organisation_number": "991825827", "buyer_address": address}
    entry = factoring.Entry(
        number="2045",
        type="credit_note" if full else "invoice",
        kid="12345674",
        amount=Decimal("100"),
        currency="NOK",
        invoice_date=dt.date(2026, 11, 23),
        original_number="2044" if full else None,
        buyer_number="10001",
        buyer_name="Kari Nordmann",
        distributed=full,
        **more if full else {},
    )
    jsonschema.validate(json.loads(msgspec.json.encode(entry)), resolved(schemas["factoring"]["Entry"], schemas["factoring"]))


@pytest.mark.contract
def test_what_is_delivered_to_poweroffice_is_as_described(schemas: dict[str, dict[str, Any]]) -> None:
    file = poweroffice.DocumentationFile(base64_encoded_data="JVBERg==", file_name="2045.pdf")
    request = poweroffice.DeliveredRequest(
        factoring_invoice_id=uuid.UUID(int=1),
        invoice_cid="12345674",
        file=file,
    )
    schema = resolved(schemas[V1]["FactoringInvoiceDetailsDeliveredRequest"], schemas[V1])
    jsonschema.validate(json.loads(msgspec.json.encode(request)), {**schema, "additionalProperties": False})
