"""The rows of the field table of project costs: each carries a value of its own from a supplier invoice to a project fee."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal

from fakturabro.mapping import fortnox_to_severa_costs as mapping
from fakturabro.systems.fortnox import purchase_wire
from fakturabro.systems.severa import invoice_wire, wire

DAY = dt.date(2026, 11, 20)
Case = Callable[[], tuple[object, object]]


def fee() -> invoice_wire.NewProjectFee:
    """Of an invoice with one row that is a cost."""
    row = purchase_wire.CostRow(account=4010, debit=Decimal("1250.50"), project="501", article_number="200")
    purchase = purchase_wire.Purchase(
        given_number="71",
        supplier_number="7",
        supplier_name="Skruer  AB",
        invoice_number="F71 ",
        invoice_date=DAY,
        supplier_invoice_rows=[row],
    )
    (source,) = mapping.to_sources(purchase, [])
    return mapping.to_fee(source, "p", wire.Product(guid="product", name="Skruer", code=source.article))


def _described(part: int, expected: str) -> Case:
    return lambda: (fee().description.split(" ", 2)[part], expected)


CASES: Mapping[tuple[str, str, str], Case] = {
    ("costs", "description", "Fakturadato"): _described(0, "2026-11-20"),
    ("costs", "description", "Kjøpsfakturanummer"): _described(1, "F71"),
    ("costs", "description", "Leverandørnavn"): _described(2, "Skruer AB"),
    ("costs", "eventDate", "Fakturadato"): lambda: (fee().event_date, DAY),
    ("costs", "productType", "-"): lambda: (fee().product, wire.Ref(guid="product")),
    ("costs", "unitCost/amount", "Debit"): lambda: (fee().unit_cost, wire.Money(amount=Decimal("1250.50"), currency_code="SEK")),
    ("costs", "unitPrice/amount", "Debit"): lambda: (fee().unit_price, wire.Money(amount=Decimal("1250.50"), currency_code="SEK")),
}
