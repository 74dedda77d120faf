"""Vänern Teknik in Severa and in Fortnox, which numbers its invoices and is the master of its customers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sandboxes import fortnox, fortnox_books, fortnox_purchases, fortnox_registers, fortnox_tables
from sandboxes.seed import hardanger
from sandboxes.severa import company as companies

TENANT_ID = "1603"
NAME, ORGANISATION_NUMBER = "Vänern Teknik AB", "559123-4561"
LONG = "Ombyggnad av pumpstationer och ledningsnät i Karlstad"
"""Two projects have names that are the same in their first fifty characters."""


def severa_company(scopes: tuple[str, ...], day: dt.date) -> companies.Company:
    """The client's side in Severa; its invoices get no number before Fortnox has given one."""
    one = companies.Company(NAME, scopes, unit="SEK")
    one.vat_number, one.next_invoice = "SE559123456101", 3001
    _add_customers(one)
    _add_products(one)
    _add_projects(one)
    _add_invoices(one, day)
    return one


def _add_customers(one: companies.Company) -> None:
    energy = one.add_customer("Karlstads Energi", 2001, email="faktura@karlstadenergi.example")  # renamed on both sides
    one.add_address(energy, "Hamngatan 3", "652 24", "KARLSTAD", "Billing", "Visit", country="SE")
    one.add_customer("Säffle Pappersbruk AB", 2002, paymentTerm=30)
    amal = one.add_customer("Åmål Verkstad AB", 2003, notes="Ring 0532-100 00", website="https://amal.example")
    one.add_address(amal, "Kungsgatan 9\nPort B", "662 31", "ÅMÅL", "Billing", "Postal", country="SE")
    one.add_customer("Grums Mekaniska AB", 2005)  # inactive in Fortnox
    plate = one.add_customer("AB Töreboda Plåt", 2011, email="order@toreboda.example", vatNumber="SE556704420001")
    one.add_address(plate, "Industrigatan 4", "545 30", "TÖREBODA", "Billing", country="SE")
    one.add_customer("Skövde Prospekt AB", 2012)  # a prospect


def _add_products(one: companies.Company) -> None:
    one.add_product("Pump", "P1", measurementUnit="st")
    one.add_product("Packning", "P2", measurementUnit="Stk")  # Fortnox has "st"
    one.add_product("Handbok", "P3", measurementUnit="st", vatRate=Decimal(6))
    one.add_product("Vidarefakturerad kostnad", "900", measurementUnit=None)
    one.add("worktypes", name="Konsult", code="K1", isActive=True, isProductive=True)


def _add_projects(one: companies.Company) -> None:
    people = {number: one.by("customers", "number", number) for number in (2001, 2003, 2005, 2011)}
    one.add_project("Pumpstation Karlstad", 601, people[2001], description="Ramavtal 2026")
    one.add_project(LONG, 602, people[2001])
    one.add_project(f"{LONG} etapp 2", 603, people[2001])
    one.add_project("Service Åmål", 604, people[2003])
    one.add_project("Grums", 605, people[2005])
    one.add_project("Plåtarbeten", 606, people[2011])


def _add_invoices(one: companies.Company, day: dt.date) -> None:
    one.add_status("Kladd", isDefault=True)
    ready = one.add_status("Klar for Fortnox")
    one.add_status("Overført til Fortnox", hasInvoiceNumber=True, isReadOnly=True)
    one.add_status("Sendt fra Fortnox", hasInvoiceNumber=True, isReadOnly=True, isSent=True, isWaitingPayment=True)
    one.add_status("Betalt", hasInvoiceNumber=True, isReadOnly=True, isSent=True, isPaid=True)
    energy, amal = (one.by("customers", "number", number) for number in (2001, 2003))
    pump, service = (one.by("projects", "number", number) for number in (601, 604))
    rows = [
        companies.row(pump, "Konsult vecka 46", "12.5", "1125", rowType="Hours", code=["K1"], measurementUnit="tim"),
        companies.row(pump, "Pump", "2", "8450.50", code=["P1"], measurementUnit="st"),
        companies.row(pump, "Handbok", "3", "199", "6", code=["P3"], measurementUnit="st"),
    ]
    first = one.add_invoice(energy, ready, rows, day, notes="Tack för samarbetet", ourReference="Eva", yourReference="Nils")
    one.add_invoice_file(first, "tidrapport.pdf", hardanger.picture())
    visit = companies.row(service, "Servicebesök", "4", "1125", rowType="Hours", code=["K1"], measurementUnit="tim")
    one.add_invoice(amal, ready, [visit], day)
    back = [companies.row(pump, "Retur pump", "-1", "8450.50", code=["P1"], measurementUnit="st")]
    one.add_invoice(energy, ready, back, day, isCreditNote=True, reimburseInvoice={"guid": first["guid"]})
    euro = companies.row(service, "Export service", "1", "400", "0", code=["K1"], measurementUnit="tim")
    one.add_invoice(amal, ready, [euro], day, unit="EUR", currencyRate=Decimal("11.2"))


def fill_fortnox(sandbox: fortnox.Fortnox, day: dt.date) -> fortnox_books.Company:
    """The client's side in Fortnox."""
    one = sandbox.add(TENANT_ID)
    one.name, one.organisation_number = NAME, ORGANISATION_NUMBER
    one.balances = {"2999": Decimal("700.00"), "3000": Decimal("4200.00")}  # the next is 3001
    customers, articles, projects = fortnox_tables.CUSTOMERS, fortnox_tables.ARTICLES, fortnox_tables.PROJECTS
    fortnox_registers.add(one, customers, "2001", Name="Karlstad Energi AB", Email="faktura@karlstadenergi.example")
    fortnox_registers.add(one, customers, "2002", Name="Säffle Pappersbruk AB", City="SÄFFLE", ZipCode="661 30")
    fortnox_registers.add(one, customers, "2004", Name="Arvika Glas AB", Address1="Storgatan 22", ZipCode="671 31", City="ARVIKA")
    fortnox_registers.add(one, customers, "2005", Name="Grums Mekaniska AB", Active=False)
    plate = {"Email": "order@toreboda.example", "OrganisationNumber": "556704-4200", "ZipCode": "545 30", "City": "TÖREBODA"}
    fortnox_registers.add(one, customers, "2010", Name="Töreboda Plåt AB", Address1="Industrigatan 4", **plate)
    fortnox_registers.add(one, customers, "K-77", Name="Kassakund")
    fortnox_registers.add(one, articles, "K1", Description="Konsult", Unit="tim", Type="SERVICE")
    fortnox_registers.add(one, articles, "P1", Description="Pump", Unit="st")
    fortnox_registers.add(one, articles, "P2", Description="Packning", Unit="st")
    fortnox_registers.add(one, articles, "P3", Description="Handbok", Unit="st", VAT=Decimal(6))
    fortnox_registers.add(one, articles, "F1", Description="Frakt", Unit="st")
    fortnox_registers.add(one, articles, "900", Description="Vidarefakturerad kostnad")
    fortnox_registers.add(one, projects, "600", Description="Internt", Status="ONGOING")
    one.add_supplier("30", "Rör & Ventil AB", BG="5050-1055")
    hardanger.add_purchase(one, "81", "30", day, [hardanger.cost("5600.00", "601", ArticleNumber="P1")])
    hardanger.add_purchase(one, "82", "30", day, [hardanger.cost("129.90")], Project="604")
    fortnox_purchases.add_file(one, "81", "faktura.pdf", hardanger.picture())
    return one
