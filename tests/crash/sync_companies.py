"""A client in Severa and in Fortnox, without sockets, and who works there: customers, projects, invoices, suppliers' invoices.

Everything that is made is clean: in the end all of it has to be carried.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import types
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from unittest import mock

from starlette.types import ASGIApp

from fakturabro.domain import calendar
from sandboxes import (
    clock,
    fortnox,
    fortnox_books,
    fortnox_consent,
    fortnox_files,
    fortnox_invoices,
    fortnox_purchases,
    fortnox_registers,
    fortnox_tables,
    rates,
)
from sandboxes.seed import hardanger
from sandboxes.seed import severa as severa_seed
from sandboxes.severa import company as companies
from sandboxes.severa import invoices as severa_invoices
from sandboxes.severa import sandbox as severa
from tasks.severa_fortnox import options as sync_options
from tests.crash import counterparts

TENANT_ID, ORGANISATION_NUMBER = "1700", "559876-5437"
SUPPLIER = "Rör & Ventil AB"
READY, TRANSFERRED, SENT, PAID = "Klar for Fortnox", "Overført til Fortnox", "Sendt fra Fortnox", "Betalt"
_CUSTOMERS, _ARTICLES = fortnox_tables.CUSTOMERS, fortnox_tables.ARTICLES
_AREAS = ("Norra", "Södra", "Östra", "Västra")
_WINDOWS = {"severa": (10, 1.0), "fortnox": (25, 5.0)}
_ENCODED = (severa, companies, severa_invoices, fortnox, fortnox_consent, fortnox_files)
"""Modules of the sandboxes that draw keys and tokens."""


class Companies:
    """`severa` and `fortnox` are the client's two companies. `masters`: who decides on customers, and who numbers invoices."""

    def __init__(self, chance: random.Random, base: dt.date) -> None:
        self._chance, self._base, self._made = chance, base, 0
        self.customer_master, self.number_master = chance.choice(("severa", "fortnox")), chance.choice(("severa", "fortnox"))
        with self.drawing():
            self.severa_box, self.fortnox_box = severa.Severa(), fortnox.Fortnox()
            self.severa = self.severa_box.add(companies.Company("Nidelven Rådgivning", severa_seed.SCOPES, unit="SEK"))
            self.fortnox = self.fortnox_box.add(TENANT_ID)
            for name, box in (("severa", self.severa_box), ("fortnox", self.fortnox_box)):
                box.window = rates.Window(*_WINDOWS[name], clock=_seconds)
            self._fill_severa()
            self._fill_fortnox()

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """Inside, what the sandboxes draw depends on the seed."""
        made = types.SimpleNamespace(uuid4=lambda: uuid.UUID(bytes=self._chance.randbytes(16), version=4))
        token = types.SimpleNamespace(token_hex=lambda size: self._chance.randbytes(size).hex())
        with contextlib.ExitStack() as stack:
            for module in _ENCODED:
                for name, new in (("uuid", made), ("secrets", token)):
                    if hasattr(module, name):
                        stack.enter_context(mock.patch.object(module, name, new))
            yield

    @property
    def applications(self) -> dict[str, ASGIApp]:
        """What answers under which host name."""
        return {"severa.example": self.severa_box.app, "fortnox.example": self.fortnox_box.app}

    @property
    def keys(self) -> dict[str, str]:
        """The installation's secrets and the client's."""
        return {
            "fortnox.client_id": self.fortnox_box.client_id,
            "fortnox.client_secret": self.fortnox_box.client_secret,
            f"{counterparts.TENANT}.severa_client_id": self.severa.client_id,
            f"{counterparts.TENANT}.severa_client_secret": self.severa.client_secret,
        }

    def rotate_tokens(self) -> None:
        """All tokens are good no more."""
        self.severa_box._tokens.clear()
        self.fortnox_box.consents.accesses.clear()

    @property
    def options(self) -> sync_options.SyncOptions:
        """The client's settings."""
        invoices = {"from_status": READY, "transferred_status": TRANSFERRED, "sent_status": SENT, "paid_status": PAID}
        invoices |= {"number_master": self.number_master, "first_number": 3001}
        said = {
            "organisation_number": ORGANISATION_NUMBER,
            "fortnox_tenant": TENANT_ID,
            "customers": {"master": self.customer_master},
            "articles": {"master": "severa"},
            "invoices": {**invoices, "attachments": True},
            "purchases": {"default_product": "900", "since": str(self._base), "images": True},
        }
        return sync_options.SyncOptions.model_validate(said)

    def _fill_severa(self) -> None:
        one = self.severa
        one.next_invoice = 3001
        one.add_product("Pump", "P1", measurementUnit="st")
        one.add_product("Vidarefakturerad kostnad", "900", measurementUnit=None)
        one.add("worktypes", name="Konsult", code="K1", isActive=True, isProductive=True)
        one.add_status("Kladd", isDefault=True)
        one.add_status(READY, hasInvoiceNumber=self.number_master == "severa")
        one.add_status(TRANSFERRED, hasInvoiceNumber=True, isReadOnly=True)
        one.add_status(SENT, hasInvoiceNumber=True, isReadOnly=True, isSent=True, isWaitingPayment=True)
        one.add_status(PAID, hasInvoiceNumber=True, isReadOnly=True, isSent=True, isPaid=True)
        self.add_customer()
        self.add_customer()

    def _fill_fortnox(self) -> None:
        one = self.fortnox
        one.name, one.organisation_number = "Nidelven Rådgivning", ORGANISATION_NUMBER
        one.balances = {"3000": Decimal("4200.00")}
        known = self.severa.by("customers", "number", 2001)
        fortnox_registers.add(one, _CUSTOMERS, "2001", Name=known["name"], Email=known["email"])
        fortnox_registers.add(one, _CUSTOMERS, "1990", Name="Arvika Glas AB", Address1="Storgatan 22", City="ARVIKA")
        fortnox_registers.add(one, _ARTICLES, "P1", Description="Pump", Unit="st")
        fortnox_registers.add(one, _ARTICLES, "K1", Description="Konsult", Unit="tim", Type="SERVICE")
        fortnox_registers.add(one, _ARTICLES, "900", Description="Vidarefakturerad kostnad")
        one.add_supplier("30", SUPPLIER)

    def work(self) -> None:
        """Some of what people do in a morning."""
        for _ in range(self._chance.choice((0, 1, 2, 3))):
            getattr(self, self._chance.choice(_WORK))()

    def add_customer(self) -> companies.Row:
        """A new customer with an address and a project."""
        one, number = self.severa, 2001 + len(self.severa.rows("customers"))
        name = f"{_AREAS[number % 4]} Verkstaden {number} AB"
        made = one.add_customer(name, number, email=f"faktura@kund{number}.example")
        one.add_address(made, f"Storgatan {number}", "652 24", "KARLSTAD", "Billing", country="SE")
        self.add_project(made)
        return made

    def add_project(self, customer: companies.Row | None = None) -> companies.Row:
        number = 601 + len(self.severa.rows("projects"))
        return self.severa.add_project(f"Uppdrag {number}", number, customer or self._customer())

    def add_product(self) -> None:
        code = f"P{2 + len(self.severa.rows('products'))}"
        self.severa.add_product(f"Del {code}", code, measurementUnit="st")

    def add_customer_there(self) -> None:
        """A new customer in Fortnox."""
        number = str(1990 - len(self.fortnox.registers["Customers"]))
        said = {"Name": f"Glasmästaren {number} AB", "Email": f"glas{number}@kund.example"}
        fortnox_registers.add(self.fortnox, _CUSTOMERS, number, **said)

    def rename_customer(self) -> None:
        """The master calls a customer something else, or what it was called before."""
        row = self._customer()
        name = self._chance.choice((row["name"].removesuffix(" (nytt)"), f"{row['name'].removesuffix(' (nytt)')} (nytt)"))
        there = self.fortnox.registers["Customers"].get(str(row["number"]))
        if self.customer_master == "severa":
            self.severa.change(row, name=name)
        elif there is not None:
            there["Name"] = name
            self.fortnox.modified[f"Customers {row['number']}"] = clock.now()

    def add_invoice(self, *, is_whole: bool = False) -> None:
        """`is_whole`: it has all that an invoice may have."""
        project = self._chance.choice(list(self.severa.rows("projects").values()))
        customer = self.severa.rows("customers")[project["customer"]["guid"]]
        rows = [companies.row(project, "Pump", "1", self._amount(), code=["P1"], measurementUnit="st")]
        if is_whole or self._chance.random() < 0.5:
            work = companies.row(project, "Konsult", "2", self._amount(), rowType="Hours", code=["K1"], measurementUnit="tim")
            rows.append(work)
        made = self.severa.add_invoice(customer, self.severa.by("invoicestatuses", "name", READY), rows, self._today())
        if is_whole or self._chance.random() < 0.4:
            self.severa.add_invoice_file(made, "tidrapport.pdf", _PICTURE)

    def add_purchase(self, *, is_whole: bool = False) -> None:
        """Of one or two projects that Fortnox has; sometimes with a picture."""
        projects = list(self.fortnox.registers.get("Projects", {}))
        if projects:
            number, count = str(81 + len(self.fortnox.supplier_invoices)), 1 if is_whole else self._chance.choice((1, 1, 2))
            rows = [hardanger.cost(self._amount(), self._chance.choice(projects)) for _ in range(count)]
            hardanger.add_purchase(self.fortnox, number, "30", self._today(), rows)
            if is_whole or self._chance.random() < 0.5:
                fortnox_purchases.add_file(self.fortnox, number, "faktura.pdf", _PICTURE)

    def change_purchase(self) -> None:
        """A cost turns out to be another one."""
        if self.fortnox.supplier_invoices:
            number = self._chance.choice(list(self.fortnox.supplier_invoices))
            row = next(one for one in self.fortnox.supplier_invoices[number]["SupplierInvoiceRows"] if one.get("Project"))
            row["Debit"] = Decimal(self._amount())
            self.fortnox.modified[f"SupplierInvoices {number}"] = clock.now()

    def send_invoice(self) -> None:
        """Fortnox sends an invoice of ours."""
        if waiting := [row for row in self.fortnox.invoices.values() if not row["Sent"] and not row["Cancelled"]]:
            row = self._chance.choice(waiting)
            row["Sent"] = True
            self.fortnox.modified[f"Invoices {row['DocumentNumber']}"] = clock.now()

    def pay_invoice(self) -> None:
        """A customer pays what was sent."""
        if unpaid := [row for row in self.fortnox.invoices.values() if row["Sent"] and row["Balance"]]:
            row = self._chance.choice(unpaid)
            fortnox_invoices.pay(self.fortnox, row["DocumentNumber"], row["Balance"], self._today())

    def _customer(self) -> companies.Row:
        mine = [row for row in self.severa.rows("customers").values() if row["number"] >= 2001]
        return self._chance.choice(mine)

    def _amount(self) -> str:
        """No two are the same, and a quarter of each has no part of an øre."""
        self._made += 1
        return f"{100 + 7 * self._made}.{4 * self._made % 100:02d}"

    def _today(self) -> dt.date:
        return clock.now().astimezone(calendar.OSLO).date()


def _seconds() -> float:
    return clock.now().timestamp()


_PICTURE = hardanger.picture()
_WORK = (
    *("add_customer", "add_project", "add_product", "add_customer_there", "rename_customer", "rename_customer"),
    *("add_invoice", "add_invoice", "add_invoice", "add_purchase", "add_purchase", "change_purchase"),
    *("send_invoice", "send_invoice", "pay_invoice"),
)


def counted(company: fortnox_books.Company) -> dict[str, Any]:
    """Fortnox invoices that stand, by number."""
    return {number: row for number, row in company.invoices.items() if not row["Cancelled"]}
