"""One client of Severa: its keys, registers, invoices, fees and files, as rows in the wire's own form.

Assumed: numbers count on from the highest; an invoice gets its number from a status that has one.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandboxes import clock

Row = dict[str, Any]
_CENT = Decimal("0.01")
_PARTS = {"Hours": "workhours", "ProjectFees": "projectfees", "TravelExpenses": "projecttravelexpenses", "FlatRate": "flatrates"}
_CATEGORIES = {"Hours": "Hours", "ProjectFees": "ProjectFees", "TravelExpenses": "Travels", "FlatRate": "Hours"}
CURRENCIES = {"NOK": "Norske kroner", "SEK": "Svenske kroner", "EUR": "Euro"}
COUNTRIES = {"NO": ("Norge", "Norway"), "SE": ("Sverige", "Sweden"), "DE": ("Tyskland", "Germany")}


class Company:
    """`tables` holds rows by GUID; `add` makes one. `scopes` is what the administrator ticked, `unit` the currency."""

    def __init__(self, name: str, scopes: Sequence[str], unit: str = "NOK") -> None:
        self.name, self.unit, self.scopes = name, unit, set(scopes)
        self.client_id, self.client_secret, self.active = secrets.token_hex(8), secrets.token_hex(16), True
        self.addons = ["REST API", "Fortnox"]
        self.vat_number, self.next_invoice, self.unique_codes = "NO991825827MVA", 1001, True
        self.tables: dict[str, dict[str, Row]] = {}
        self.contents: dict[str, bytes] = {}
        """Bytes of files by their file GUID."""
        for code, title in CURRENCIES.items():
            self.add("currencies", code=code, name=title, rate=Decimal(1), isActive=True, isOrganizationCurrency=code == unit)
        for code, (title, english) in COUNTRIES.items():
            self.add("countries", code2=code, name=title, englishName=english)
        for code, title in {"nb-NO": "Norsk", "sv-SE": "Svensk", "en-GB": "Engelsk"}.items():
            self.add("languages", code=code, name=title, isInvoiceLanguage=True)

    def rows(self, table: str) -> dict[str, Row]:
        return self.tables.setdefault(table, {})

    def add(self, table: str, **fields: Any) -> Row:
        """A new row with key and time of making."""
        row: Row = {"guid": str(uuid.uuid4()), "createdDateTime": self.now(), **fields}
        self.rows(table)[row["guid"]] = row
        return row

    def change(self, row: Row, **fields: Any) -> Row:
        row.update(fields, lastUpdatedDateTime=self.now())
        return row

    def now(self) -> str:
        return clock.now().isoformat()

    def next_number(self, table: str) -> int:
        return max((row["number"] for row in self.rows(table).values() if row.get("number")), default=100) + 1

    def by(self, table: str, name: str, value: object) -> Row:
        """The row whose field has this value."""
        return next(row for row in self.rows(table).values() if row.get(name) == value)

    def pointer(self, table: str, guid: str | None, *names: str) -> Row | None:
        """How one thing shows another: its key, name and `names`."""
        row = self.rows(table).get(guid or "")
        return {name: row[name] for name in ("guid", "name", *names) if row.get(name) is not None} if row else None

    def add_customer(self, name: str, number: int | None, **fields: Any) -> Row:
        currency = self.pointer("currencies", self.by("currencies", "code", self.unit)["guid"], "code")
        stated = {"isActive": True, "isInternal": False, "paymentTerm": 14, "currency": currency}
        return self.add("customers", name=name, **({} if number is None else {"number": number}), **{**stated, **fields})

    def add_address(self, customer: Row, line: str, post_code: str, city: str, *kinds: str, country: str = "NO") -> Row:
        """`kinds` of Billing, Postal and Visit."""
        found = self.by("countries", "code2", country)
        flags = {f"is{kind}Address": kind in kinds for kind in ("Billing", "Postal", "Visit")}
        owner, place = self.pointer("customers", customer["guid"], "number"), self.pointer("countries", found["guid"])
        known = {"addressline": line, "postalCode": post_code, "city": city, "customer": owner, "country": place}
        return self.add("addresses", **known, **flags)

    def add_product(self, name: str, code: str | None, **fields: Any) -> Row:
        stated = {"isActive": True, "type": "Materials", "vatRate": Decimal(25), "measurementUnit": "stk"}
        price = {"unitPrice": {"amount": Decimal(100), "currencyCode": self.unit}}
        return self.add("products", name=name, **({"code": code} if code is not None else {}), **{**stated, **price, **fields})

    def add_project(self, name: str, number: int, customer: Row, **fields: Any) -> Row:
        stated = {"isClosed": False, "isInternal": False, "startDate": "2026-01-15"}
        shown = {"customer": self.pointer("customers", customer["guid"], "number")}
        return self.add("projects", name=name, number=number, **shown, **{**stated, **fields})

    def add_status(self, name: str, **flags: bool) -> Row:
        stated = {"isActive": True, "isReadOnly": False, "hasInvoiceNumber": False, "isSent": False, "isPaid": False}
        return self.add("invoicestatuses", name=name, **{**stated, "isWaitingPayment": False, **flags})

    def status(self, guid: str) -> Row | None:
        return self.pointer("invoicestatuses", guid, "isSent", "isWaitingPayment", "isPaid")

    def add_invoice(self, customer: Row, status: Row, rows: Sequence[Row], day: dt.date, **fields: Any) -> Row:
        """An invoice of `rows` (see `row`), which name their projects; totals are computed. `unit` is its currency."""
        made, unit = self.add("invoices", status=self.status(status["guid"])), fields.pop("unit", self.unit)
        term, shown = customer.get("paymentTerm", 14), self.pointer("customers", customer["guid"], "number")
        numbers = {"number": self.take_invoice_number()} if status["hasInvoiceNumber"] else {}
        made.update(date=str(day), dueDate=str(day + dt.timedelta(days=term)), paymentTerm=term, isCreditNote=False, **numbers)
        made.update(customer=shown, billingCustomer=shown, currencyRate=Decimal(1), receiverCustomerName=customer["name"])
        made.update(currency=self.pointer("currencies", self.by("currencies", "code", unit)["guid"], "code"))
        projects = {one["project"]["guid"]: self.pointer("projects", one["project"]["guid"], "number") for one in rows}
        for order, one in enumerate(rows):
            self._add_row(made, one, order, unit)
        net = sum((one["quantity"] * one["unitPrice"] for one in rows), Decimal(0))
        tax = sum((one["quantity"] * one["unitPrice"] * (one["vatRate"] or 0) / 100 for one in rows), Decimal(0))
        sums = {"totalExcludingTax": net, "totalTax": tax, "totalIncludingTax": net + tax}
        totals = {name: {"amount": cent(amount), "currencyCode": unit} for name, amount in sums.items()}
        made.update(projects=list(projects.values()), **totals, **fields)
        return made

    def _add_row(self, invoice: Row, one: Row, order: int, unit: str) -> None:
        """A row, and the hours, fee, expense or flat rate that it was made of."""
        kind, names = one["rowType"], [] if one["rowType"] == "ProjectFees" else ["number"]
        kept = {name: value for name, value in one.items() if name != "project"}
        kept |= {"unitPrice": {"amount": one["unitPrice"], "currencyCode": unit}, "category": _CATEGORIES[kind]}
        made = self.add("invoicerows", invoiceGuid=invoice["guid"], sortOrder=order, **kept)
        project = self.pointer("projects", one["project"]["guid"], *names)
        part = self.add(_PARTS[kind], project=project, sandboxInvoice=invoice["guid"])
        if kind == "FlatRate":
            del part["createdDateTime"]
            made["flatRateGuid"] = part["guid"]
        else:
            part.update(invoiceRowGuid=made["guid"], eventDate=invoice["date"])
        if kind == "ProjectFees":
            self.put_on_invoice(part, invoice)

    def put_on_invoice(self, fee: Row, invoice: Row) -> None:
        """From then on the fee cannot be changed."""
        shown = {name: invoice[name] for name in ("guid", "number") if invoice.get(name) is not None}
        fee.update(sandboxInvoice=invoice["guid"], invoice=shown)

    def take_invoice_number(self) -> int:
        self.next_invoice += 1
        return self.next_invoice - 1

    def add_invoice_file(self, invoice: Row, name: str, content: bytes, kind: str = "application/pdf") -> Row:
        file = str(uuid.uuid4())
        self.contents[file] = content
        shown = {"invoiceGuid": invoice["guid"], "fileGuid": file, "contentType": kind, "size": len(content), "category": "Invoice"}
        return self.add("invoicefiles", name=name, **shown)


def row(project: Row, text: str, quantity: str, price: str, vat: str | None = "25", **fields: Any) -> Row:
    """A row of an invoice to be added: on `project`, `price` for each without VAT of `vat` percent."""
    stated = {"project": project, "rowType": "ProjectFees", "description": text, "measurementUnit": "stk"}
    amounts = {"quantity": Decimal(quantity), "unitPrice": Decimal(price), "vatRate": None if vat is None else Decimal(vat)}
    return {**stated, **amounts, **fields}


def cent(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)
