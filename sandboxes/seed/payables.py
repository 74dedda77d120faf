"""What Skagerrak owes its suppliers, in Fortnox: three invoices to be paid, and one that nobody has approved."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sandboxes import fortnox

TENANT_ID = "1601"
_KID = "1234567897"
_SUPPLIERS = (
    ("20", "Grossist Mat AS", "50830000418"),
    ("21", "Fersk Fisk AS", "50830000426"),
    ("22", "Bakeriet på Hjørnet", "70580000515"),
)
_INVOICES = (("1", "20", "45210.00", 1), ("2", "21", "8120.40", 3), ("3", "22", "2205.00", 5), ("4", "22", "980.00", 5))
"""(number, supplier, total in Norwegian kroner, due so many days after the seed's day)."""
NOT_APPROVED = "4"


def fill(sandbox: fortnox.Fortnox, day: dt.date) -> None:
    """The client as it is at the start; tokens of an earlier one are good no more."""
    company = sandbox.add(TENANT_ID)
    for number, name, account in _SUPPLIERS:
        company.add_supplier(number, name, CountryCode="NO", BankAccountNumber=account)
    for number, supplier, total, days in _INVOICES:
        due = day + dt.timedelta(days=days)
        company.add_supplier_invoice(number, supplier, Decimal(total), due, Currency="NOK", OCR=_KID)
    company.unapproved.add(NOT_APPROVED)
