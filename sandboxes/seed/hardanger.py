"""What Hardanger Rådgivning's Swedish branch has in Fortnox; Severa (sandboxes.seed.severa) numbers its invoices."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pypdf

from sandboxes import fortnox, fortnox_books, fortnox_purchases, fortnox_registers, fortnox_tables

TENANT_ID = "1602"
NAME, ORGANISATION_NUMBER = "Hardanger Rådgivning filial", "516412-3456"
CLOSED_PROJECT, UNKNOWN_PROJECT = "504", "999"


def fill(sandbox: fortnox.Fortnox, day: dt.date) -> fortnox_books.Company:
    """The client as it is at the start."""
    one = sandbox.add(TENANT_ID)
    one.name, one.organisation_number = NAME, ORGANISATION_NUMBER
    one.units |= {"stk", "t"}  # but no "Stk"
    one.balances = {"999": Decimal("500.00"), "1000": Decimal("1500.00")}  # Severa's first is 1001
    _add_registers(one)
    _add_purchases(one, day)
    return one


def _add_registers(one: fortnox_books.Company) -> None:
    customers, articles, projects = fortnox_tables.CUSTOMERS, fortnox_tables.ARTICLES, fortnox_tables.PROJECTS
    norwegian = {"Currency": "NOK", "CountryCode": "NO"}
    fortnox_registers.add(one, customers, "10001", Name="Fjordkraft Bygg", Phone1="55 55 55 55", TermsOfPayment="30", **norwegian)
    fortnox_registers.add(one, customers, "10003", Name="Vestland Entreprenør AS", **norwegian)  # inactive in Severa only
    fortnox_registers.add(one, customers, "10009", Name="Bara i Fortnox AB", Email="info@baraifortnox.example", City="SUNNE")
    fortnox_registers.add(one, customers, "AB12", Name="Butiken AB")  # no number for Severa
    one.deleted.add("Customers 10008")  # and so never free again
    fortnox_registers.add(one, articles, "100", Description="Seniorkonsulent", Unit="t", Type="SERVICE")
    fortnox_registers.add(one, articles, "101", Description="Projektledning", Unit="t", Type="SERVICE")  # another name in Severa
    fortnox_registers.add(one, articles, "200", Description="Rådgiverrapport", Unit="stk")
    fortnox_registers.add(one, articles, "201", Description="Trykksak", Unit="stk")
    fortnox_registers.add(one, articles, "202", Description="Bok", Unit="stk", VAT=Decimal(0))  # the list says 25
    fortnox_registers.add(one, articles, "300", Description="Kilometergodtgjørelse", Unit="km", Type="SERVICE")
    fortnox_registers.add(one, articles, "900", Description="Viderefakturert kostnad", Type="SERVICE")
    fortnox_registers.add(one, articles, "400", Description="Bara i Fortnox", Unit="st")
    fortnox_registers.add(one, projects, "501", Description="Byggledning Voss", Status="ONGOING")
    fortnox_registers.add(one, projects, UNKNOWN_PROJECT, Description="Bara i Fortnox", Status="ONGOING")


def _add_purchases(one: fortnox_books.Company, day: dt.date) -> None:
    one.add_supplier("30", "Skruv & Mutter AB", BG="5050-1055")
    one.add_supplier("31", "Tryckeriet i Karlstad AB", BG="991-2346")
    add_purchase(one, "71", "30", day, [cost("1250.50", "501", ArticleNumber="900"), cost("300.00", "502")])
    add_purchase(one, "72", "31", day, [cost("840.00"), cost("60.40")], Project="502")
    add_purchase(one, "73", "30", day, [cost("2000.00")], voucher=12)
    one.vouchers[f"C 12 {fortnox_purchases.YEAR}"]["VoucherRows"][1]["Project"] = "501"  # corrected after the bookkeeping
    add_purchase(one, "74", "30", day, [cost("410.00", CLOSED_PROJECT)])
    add_purchase(one, "75", "31", day, [cost("95.00", UNKNOWN_PROJECT)])
    add_purchase(one, "76", "30", day, [cost("-100.00", "501", ArticleNumber="900")], Credit=True)
    add_purchase(one, "77", "31", day, [cost("77.00")])
    fortnox_purchases.add_file(one, "71", "faktura.pdf", picture())
    fortnox_purchases.add_file(one, "71", "foljesedel.pdf", picture(2))
    fortnox_purchases.add_file(one, "72", "faktura.pdf", b"%PDF-1.7 cut off in the middle")


def cost(amount: str, project: str = "", **fields: object) -> dict[str, Any]:
    """A row of costs in kronor, negative when it is credited."""
    value = Decimal(amount)
    sides = {"Debit": max(value, Decimal(0)), "Credit": max(-value, Decimal(0))}
    return {"Account": 4010, **sides, **({"Project": project} if project else {}), **fields}


def add_purchase(
    one: fortnox_books.Company,
    number: str,
    supplier: str,
    day: dt.date,
    rows: list[dict[str, Any]],
    voucher: int | None = None,
    **fields: object,
) -> None:
    """A supplier invoice of these costs with 25 % VAT, due in thirty days."""
    net = sum((row["Debit"] - row["Credit"] for row in rows), Decimal(0))
    vat = net / 4
    one.add_supplier_invoice(number, supplier, net + vat, day + dt.timedelta(days=30), **fields)
    taxed = {"Account": 2641, "Code": "VAT", "Debit": max(vat, Decimal(0)), "Credit": max(-vat, Decimal(0))}
    fortnox_purchases.add_costs(one, number, [*rows, taxed], voucher)


def picture(pages: int = 1) -> bytes:
    """A PDF of blank pages."""
    written, content = pypdf.PdfWriter(), io.BytesIO()
    for _ in range(pages):
        written.add_blank_page(595, 842)
    written.write(content)
    return content.getvalue()
