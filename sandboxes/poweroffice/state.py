"""What PowerOffice knows: the clients with their cards and invoices, and who may call.

Money is Decimal in the document's currency; credit notes carry negative amounts here, as the vendor shows them in v2.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from sandboxes.poweroffice import books as books_

Kind = Literal["invoice", "credit_note"]
ACTIVE, FORFEIT, COMPLAINED, COMPLETED, DELIVERED = 1, 2, 3, 4, 5
"""FactoringInvoiceStatus; 0 is Unspecified and only ever an error."""

PRIVILEGES = (
    *("Customer", "Customer_Full", "OutgoingInvoice", "CommonServices", "IncomingInvoice", "Supplier", "ClientBankAccount"),
    *("GeneralLedgerAccount", "AccountTransaction", "TrialBalance", "CustomerLedger", "Department", "Project"),
    *("BankVoucher_Full", "YearEndVoucher_Full"),
)


class Line(msgspec.Struct, kw_only=True):
    """One invoice line as v2 shows it; `vat_rate` is 0 to 1, `allowance` percent."""

    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    net: Decimal
    vat: Decimal
    vat_rate: Decimal
    vat_code: str = "3"
    product: str | None = None
    allowance: Decimal | None = None


class Invoice(msgspec.Struct, kw_only=True):
    """An invoice or credit note that was sent to factoring, with what the factoring company wrote back."""

    id: str
    client_key: str
    kind: Kind
    number: int
    customer_number: int
    currency: str
    net: Decimal
    total: Decimal
    invoice_date: dt.date
    due_date: dt.date | None
    created: dt.datetime
    ehf: bytes | Callable[[], bytes]
    """The document, or what makes it (bulk invoices are made when they are asked for)."""
    original_number: int | None = None
    customer_email: str | None = None
    debtor_email: str | None = None
    debtor_phone: str | None = None
    lines: list[Line] = []
    exchange_rate: Decimal = Decimal(1)
    project_code: str | None = None
    delivery_type: str = "Factoring"
    """InvoiceDeliveryType; what is not Factoring is seen in v2 only."""
    status: int = ACTIVE
    status_description: str | None = None
    is_delivered: bool = False
    delivered_at: dt.datetime | None = None
    kid: str | None = None
    pdf: bytes | None = None
    pdf_name: str | None = None
    comment: str | None = None
    changed: dt.datetime | None = None

    def document(self) -> bytes:
        """The EHF as InvoiceEhf answers it."""
        return self.ehf if isinstance(self.ehf, bytes) else self.ehf()


class Client(msgspec.Struct, kw_only=True):
    """A company that has added the extension: its client key, its cards by contact id, its invoices by id."""

    key: str
    id: str
    name: str
    organisation_number: str
    active: bool = True
    valid_privileges: list[str] = msgspec.field(default_factory=lambda: list(PRIVILEGES))
    invalid_privileges: list[str] = []
    subscriptions: list[str] = msgspec.field(default_factory=lambda: ["GO_Regnskap", "GO_Faktura", "GO_API"])
    customers: dict[int, dict[str, Any]] = {}
    """CustomerDto by Id, exactly as v2 answers it."""
    invoices: dict[str, Invoice] = {}
    books: books_.Books = msgspec.field(default_factory=books_.Books)

    def add(self, invoice: Invoice) -> None:
        self.invoices[invoice.id] = invoice

    def card(self, number: int) -> dict[str, Any] | None:
        """The card of a customer number."""
        return next((card for card in self.customers.values() if card["Number"] == number), None)


class State:
    """All clients by client key; `invoices` is a view over all of them."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.lock = threading.Lock()

    @property
    def invoices(self) -> dict[str, Invoice]:
        """Every invoice of every client by id."""
        return {key: invoice for client in self.clients.values() for key, invoice in client.invoices.items()}

    def as_answer(self) -> list[dict[str, Any]]:
        """Everything but the documents' and files' bytes."""
        return [_shown(client) for client in self.clients.values()]


def _shown(client: Client) -> dict[str, Any]:
    hidden = ("ehf", "pdf", "lines")
    invoices = [
        {name: getattr(invoice, name) for name in invoice.__struct_fields__ if name not in hidden}
        | {"pdf_sha256": hashlib.sha256(invoice.pdf).hexdigest() if invoice.pdf else None}
        for invoice in client.invoices.values()
    ]
    return {
        "key": client.key,
        "name": client.name,
        "active": client.active,
        "customers": list(client.customers.values()),
        "invoices": invoices,
    }
