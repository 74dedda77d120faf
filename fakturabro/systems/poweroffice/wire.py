"""PowerOffice Go's JSON as it stands on the wire: v1 in camelCase, v2 in PascalCase; money as Decimal from the literal text.

Fields that we do not use are left out; unknown fields are ignored when reading, since the vendor adds some without notice.

Source: PowerOffice/go-api-documentation (v1 type_factoring*.md) and the vendor's v2 OpenAPI file (CustomerDto, ContactAddressDto,
OutgoingInvoiceDto, ClientIntegrationInformationDto).
Assumed: v1 dates are ISO texts that begin with YYYY-MM-DD; they are kept as they came.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import uuid
from decimal import Decimal
from typing import cast

import msgspec


class FactoringInvoiceStatus(enum.IntEnum):
    """Numbers on the wire. Only ACTIVE can be delivered; DELIVERED is still active at the factoring company."""

    UNSPECIFIED = 0
    ACTIVE = 1
    FORFEIT = 2
    COMPLAINED = 3
    COMPLETED = 4
    DELIVERED = 5


_STANDS = frozenset({FactoringInvoiceStatus.DELIVERED, FactoringInvoiceStatus.COMPLAINED, FactoringInvoiceStatus.COMPLETED})
MAY_FOLLOW = {now: {*_STANDS, FactoringInvoiceStatus.FORFEIT} - {now} for now in _STANDS}
"""What a status may become by updatefactoringinvoicestatus; one that is no key stays: before delivery, and after Forfeit."""


class V1(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A v1 object."""


class V2(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A v2 object."""


class FactoringInvoiceDetails(V1, frozen=True, kw_only=True):
    """One invoice or credit note that the factoring company may take; a credit note is one with `original_invoice_no`."""

    id: uuid.UUID
    invoice_no: int
    customer_code: int | None = None
    total_amount: Decimal | None = None
    invoice_date: str | None = None
    due_date: str | None = None
    invoice_delivery_date: str | None = None
    created_date: str | None = None
    is_delivered: bool | None = None
    original_invoice_no: int | None = None
    factoring_invoice_status: int | None = None
    factoring_invoice_status_description: str | None = None
    customer_email: str | None = None
    debtor_email_address: str | None = None
    debtor_phone_number: str | None = None
    project_code: str | None = None
    project_name: str | None = None
    department_code: str | None = None
    department_name: str | None = None

    def __post_init__(self) -> None:
        if self.total_amount is not None and not self.total_amount.is_finite():
            raise ValueError("the amount is no number")


class Validation(V1, frozen=True, kw_only=True):
    """Why v1 said no, in an answer with HTTP status 200."""

    error_log_reference: str | None = None
    summary: str | None = None
    exception: str | None = None


class UnreadableRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is no FactoringInvoiceDetails. `id` is its own, or a hash of the row when it has none; `reason` holds no data."""

    id: str
    reason: str


class FactoringRows(V1, frozen=True, kw_only=True):
    """A page as it came, its rows unread: one odd row must not cost the others."""

    success: bool
    data: list[msgspec.Raw] | None = None
    count: int | None = None
    validation: Validation | None = None


class FactoringPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows, read; `count` is the number of all rows that match the filter, whatever was skipped."""

    data: list[FactoringInvoiceDetails]
    unreadable: list[UnreadableRow] = []
    count: int | None = None


class FactoringOne(V1, frozen=True, kw_only=True):
    """The answer to a change; its row is unread, since `success` says what became of the change."""

    success: bool
    data: msgspec.Raw = msgspec.Raw(b"null")
    validation: Validation | None = None


def read_row(raw: msgspec.Raw) -> FactoringInvoiceDetails | UnreadableRow:
    """A row; numbers may be written as text."""
    try:
        return msgspec.json.decode(raw, type=FactoringInvoiceDetails, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
        return UnreadableRow(id=_own_id(raw) or f"sha256:{hashlib.sha256(raw).hexdigest()[:32]}", reason=reason)


def _own_id(raw: msgspec.Raw) -> str:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    row = cast(dict[str, object], found) if isinstance(found, dict) else {}
    return str(row.get("id") or "").strip().lower()[:100]


class DocumentationFile(V1, frozen=True, kw_only=True):
    base64_encoded_data: str = msgspec.field(name="base64EncodedData")
    file_name: str


class DeliveredRequest(V1, frozen=True, kw_only=True, omit_defaults=True):
    """`invoice_cid` is the KID."""

    factoring_invoice_id: uuid.UUID
    invoice_cid: str
    file: DocumentationFile | None = None
    comment: str | None = None


class StatusRequest(V1, frozen=True, kw_only=True, omit_defaults=True):
    factoring_invoice_id: uuid.UUID
    factoring_invoice_status: int
    factoring_invoice_status_description: str | None = None


class ContactAddress(V2, frozen=True, kw_only=True):
    address_line1: str | None = msgspec.field(name="AddressLine1", default=None)
    address_line2: str | None = msgspec.field(name="AddressLine2", default=None)
    zip_code: str | None = None
    city: str | None = None
    country_code: str | None = None


class Customer(V2, frozen=True, kw_only=True):
    """A customer card. LastChanged does not move when only the address changes, as the vendor says."""

    id: int
    number: int | None = None
    subledger_account_id: int | None = None
    name: str | None = None
    legal_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    is_person: bool | None = None
    organization_number: str | None = None
    email_address: str | None = None
    invoice_email_address: str | None = None
    invoice_email_address_cc: str | None = msgspec.field(name="InvoiceEmailAddressCC", default=None)
    phone_number: str | None = None
    mail_address: ContactAddress | None = None
    invoice_delivery_type: str | None = None
    is_archived: bool | None = None
    is_active: bool | None = None
    last_changed_date_time_offset: dt.datetime | None = None


class OutgoingInvoice(V2, frozen=True, kw_only=True):
    """The head of an invoice made in Go. `cid` is the KID that stands on it."""

    id: uuid.UUID
    invoice_no: int | None = None
    voucher_no: int | None = None
    voucher_type: str | None = None
    voucher_date: dt.date | None = None
    due_date: dt.date | None = None
    sent_date_time_offset: dt.datetime | None = None
    customer_id: int | None = None
    customer_no: int | None = None
    currency_code: str | None = None
    net_amount: Decimal | None = None
    total_amount: Decimal | None = None
    total_posted_amount: Decimal | None = None
    balance: Decimal | None = None
    balance_last_changed_date_time_offset: dt.datetime | None = None
    cid: str | None = None
    related_invoice_no: int | None = None
    invoice_delivery_type: str | None = None
    external_import_reference: str | None = None


class ClientIntegrationInformation(V2, frozen=True, kw_only=True):
    client_id: str | None = None
    client_name: str | None = None
    active_client_subscriptions: list[str] | None = None
    valid_privileges: list[str] | None = None
    invalid_privileges: list[str] | None = None


class OrganizationSetting(V2, frozen=True, kw_only=True):
    name: str | None = None
    legal_name: str | None = None
    organization_number: str | None = None


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The token endpoint's answer; `expires_in` in seconds."""

    access_token: str
    expires_in: int

    def __repr__(self) -> str:
        return f"TokenAnswer(expires_in={self.expires_in})"


class TokenClaims(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a v2 token says of itself; read for the error text of a 403 only, never trusted."""

    go_client_name: str | None = None
    go_invalid_privileges: list[str] | str | None = None
    go_active_client_subscriptions: list[str] | str | None = None


class Pagination(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The header X-Pagination."""

    next_page_link: str | None = None
