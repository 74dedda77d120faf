"""Documents of every Norwegian case, built from domain values with sums of their own: what EHF must be able to say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from fakturabro.domain import documents
from fakturabro.domain.documents import AllowanceCharge, Attachment, Identifier, TaxCategory

S25, S15, S12, FISH = (TaxCategory(code="S", percent=Decimal(rate)) for rate in ("25", "15", "12", "11.11"))
ZERO = TaxCategory(code="Z", percent=Decimal(0))
EXEMPT = TaxCategory(code="E", percent=Decimal(0), exemption_reason="Unntatt etter mval. § 3-11: utleie av fast eiendom")
REVERSE = TaxCategory(code="AE", percent=Decimal(0), exemption_code="VATEX-EU-AE", exemption_reason="Omvendt avgiftsplikt")
EXPORT = TaxCategory(code="G", percent=Decimal(0), exemption_code="VATEX-EU-G", exemption_reason="Utførsel etter mval. § 6-21")
OUTSIDE = TaxCategory(code="O", exemption_code="VATEX-EU-O", exemption_reason="Utenfor merverdiavgiftsloven")
QUOTAS = TaxCategory(code="K", percent=Decimal(0), exemption_reason="Klimakvoter: omvendt avgiftsplikt")

SELLER = documents.Party(
    endpoint=Identifier(value="991825827", scheme="0192"),
    name="Nidelven Renhold",
    address=documents.Address(street="Bryggegata 4", city="TRONDHEIM", postal_zone="7014", country="NO"),
    tax_registrations=(
        documents.TaxRegistration(company_id="NO991825827MVA", scheme="VAT"),
        documents.TaxRegistration(company_id="Foretaksregisteret", scheme="TAX"),
    ),
    registration_name="Nidelven Renhold AS",
    company_id=Identifier(value="991825827", scheme="0192"),
    contact=documents.Contact(name="Berit Moe", telephone="73 50 00 00", email="berit.moe@nidelven.example"),
)
BUYER = documents.Party(
    endpoint=Identifier(value="974760673", scheme="0192"),
    name="Ålesund Sjømat",
    address=documents.Address(street="Storgata 8", additional_street="Inngang B", city="ÅLESUND", postal_zone="6002", country="NO"),
    tax_registrations=(documents.TaxRegistration(company_id="NO974760673MVA", scheme="VAT"),),
    registration_name="Ålesund Sjømat AS",
    company_id=Identifier(value="974760673", scheme="0192"),
)
ABROAD = documents.Party(
    endpoint=Identifier(value="5560360793", scheme="0007"),
    name="Göteborgs Fisk",
    address=documents.Address(street="Fiskhamnsgatan 2", city="GÖTEBORG", postal_zone="414 58", country="SE"),
    tax_registrations=(documents.TaxRegistration(company_id="SE556036079301", scheme="VAT"),),
    registration_name="Göteborgs Fisk AB",
    company_id=Identifier(value="5560360793", scheme="0007"),
)
KID = documents.PaymentMeans(code="30", payment_id="00047110000027", account="86011117947", account_name="Nidelven Renhold AS")
IBAN = documents.PaymentMeans(code="30", payment_id="00047110000027", account="NO9386011117947", branch="DNBANOKK")


def line(number: int, price: str, category: TaxCategory = S25, quantity: str = "1", **more: Any) -> documents.Line:
    """A line; what `item` holds goes to its item, `price` to its price, `allowances` count in its net amount."""
    allowances: Sequence[AllowanceCharge] = more.get("allowances", ())
    base = more.pop("base", None)
    gross = Decimal(quantity) * Decimal(price) / (base.value if base else 1)
    item = documents.Item(name=f"Vare {number}", tax_category=_of_line(category), **more.pop("item", {}))
    value = documents.Price(amount=Decimal(price), base_quantity=base, allowance=more.pop("discount", None))
    return documents.Line(
        id=str(number),
        quantity=documents.Quantity(value=Decimal(quantity), unit="EA"),
        net_amount=_oere(gross) + sum(_signed(one) for one in allowances),
        item=item,
        price=value,
        **more,
    )


def document(
    kind: documents.Kind, *lines: documents.Line, rounding: str = "0", prepaid: str = "0", **more: Any
) -> documents.Invoice:
    """A whole document whose sums follow from its lines and allowances; `rate` is NOK for one unit of its currency."""
    rate, exempt = more.pop("rate", None), more.pop("exempt", ())
    allowances: Sequence[AllowanceCharge] = more.get("allowances", ())
    currency = more.get("currency", "NOK")
    net, bases = sum((one.net_amount for one in lines), Decimal(0)), _bases(lines, allowances)
    subtotals = tuple(
        documents.TaxSubtotal(
            taxable_amount=base, tax_amount=_oere(base * (of.percent or 0) / 100), category=_with_reason(of, exempt)
        )
        for of, base in bases.items()
    )
    vat = sum((one.tax_amount for one in subtotals), Decimal("0.00"))
    own = documents.TaxTotal(amount=vat, currency=currency, subtotals=subtotals)
    off, on = (_oere(sum((one.amount for one in allowances if one.charge is up), Decimal(0))) for up in (False, True))
    total = net - off + on + vat
    totals = documents.Totals(
        line_extension=net,
        tax_exclusive=net - off + on,
        tax_inclusive=total,
        allowance_total=off or None,
        charge_total=on or None,
        prepaid=Decimal(prepaid) or None,
        rounding=Decimal(rounding) or None,
        payable=total - Decimal(prepaid) + Decimal(rounding),
    )
    fields = {
        "seller": SELLER,
        "buyer": BUYER,
        "buyer_reference": "Siv Aamodt",
        "payment_means": (KID,),
        "payment_terms": "14 dager",
    }
    is_invoice = kind == "invoice"
    return documents.Invoice(
        kind=kind,
        number="10023",
        issue_date=dt.date(2026, 11, 2),
        due_date=dt.date(2026, 11, 16) if is_invoice else None,
        type_code="380" if is_invoice else "381",
        **{"currency": "NOK", **fields, **more},
        tax_totals=(own, *(documents.TaxTotal(amount=_oere(vat * rate), currency="NOK") for rate in [rate] if rate)),
        totals=totals,
        lines=lines,
    )


def _bases(lines: Sequence[documents.Line], allowances: Sequence[AllowanceCharge]) -> dict[TaxCategory, Decimal]:
    found: dict[TaxCategory, Decimal] = {}
    for of, amount in [
        *((one.item.tax_category, one.net_amount) for one in lines),
        *((one.tax_category, _signed(one)) for one in allowances if one.tax_category),
    ]:
        found[of] = found.get(of, Decimal(0)) + amount
    return found


def _of_line(category: TaxCategory) -> TaxCategory:
    """Why no VAT is due stands once, with the sum of the category."""
    return msgspec.structs.replace(category, exemption_code=None, exemption_reason=None)


def _with_reason(of: TaxCategory, categories: Sequence[TaxCategory]) -> TaxCategory:
    return next((one for one in categories if one.code == of.code), of)


def _signed(one: AllowanceCharge) -> Decimal:
    return one.amount if one.charge else -one.amount


def _oere(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def off(amount: str, category: TaxCategory | None = None, *, charge: bool = False, **more: Any) -> AllowanceCharge:
    """An allowance, or a charge, of a document (with its category) or of a line."""
    return AllowanceCharge(
        charge=charge, amount=Decimal(amount), reason=more.pop("reason", "Rabatt"), tax_category=category, **more
    )


_PLACE = documents.Delivery(
    date=dt.date(2026, 10, 30),
    location_id=Identifier(value="7080001234562", scheme="0088"),
    address=documents.Address(street="Kaia 3", city="KRISTIANSUND N", postal_zone="6510", country="NO"),
    party_name="Fiskemottaket",
)
_ATTACHED = (
    Attachment(
        id=Identifier(value="timer"), description="Timeliste", mime_code="text/csv", filename="timer.csv", content_base64="YTtiCg=="
    ),
    Attachment(id=Identifier(value="vilkår"), description="Vilkår", uri="https://nidelven.example/vilkaar.pdf"),
    Attachment(id=Identifier(value="A-17", scheme="ABT"), type_code="130"),
)
_PERCENT = {"multiplier": Decimal(10), "base_amount": Decimal("250.00"), "reason_code": "95"}
_ITEM = {
    "description": "Ti liter",
    "buyers_id": "K-1",
    "sellers_id": "V-1",
    "standard_id": Identifier(value="7080001234562", scheme="0160"),
    "origin_country": "NO",
    "classifications": (documents.ItemClassification(code="50121500", list_id="TST"),),
    "properties": (documents.ItemProperty(name="Farge", value="blå"),),
}
_PERIOD = documents.Period(start=dt.date(2026, 10, 1), end=dt.date(2026, 10, 31))


def cases(kind: documents.Kind) -> dict[str, documents.Invoice]:
    """By name, each as an invoice or as a credit note."""

    def untaxed(category: TaxCategory, **more: Any) -> documents.Invoice:
        return document(kind, line(1, "812.50", category), line(2, "99.90", category, "3"), exempt=(category,), **more)

    preceding = (documents.InvoiceReference(number="10001", issue_date=dt.date(2026, 10, 1)),)
    without_vat = msgspec.structs.replace(SELLER, tax_registrations=SELLER.tax_registrations[1:])
    nobody = msgspec.structs.replace(BUYER, tax_registrations=())
    project: dict[str, Any] = {"project_reference": "P-9"} if kind == "invoice" else {}
    references = {name: f"{name[:3].upper()}-1" for name in ("despatch_reference", "receipt_reference", "contract_reference")}
    return {
        **{f"S {one.percent}": document(kind, line(1, "199.90", one, "3")) for one in (S25, S15, S12, FISH)},
        "several rates": document(kind, *(line(n, "33.33", one, "7") for n, one in enumerate((S25, S15, S12, ZERO), 1))),
        "Z": untaxed(ZERO),
        "E": untaxed(EXEMPT),
        "AE": untaxed(REVERSE),
        "G": untaxed(EXPORT, buyer=ABROAD, delivery=msgspec.structs.replace(_PLACE, address=ABROAD.address)),
        "O": untaxed(OUTSIDE, seller=without_vat, buyer=nobody),
        "K": untaxed(QUOTAS, delivery=_PLACE),
        "exempt beside 25": document(kind, line(1, "100.00"), line(2, "50.00", EXEMPT), exempt=(EXEMPT,)),
        "allowances and charges": document(
            kind,
            line(1, "125.00", S25, "2", allowances=(off("25.00", **_PERCENT), off("10.00", charge=True, reason="Gebyr"))),
            line(2, "80.00", S15, discount=AllowanceCharge(charge=False, amount=Decimal("20.00"), base_amount=Decimal("100.00"))),
            line(3, "12.00", S25, "30", base=documents.Quantity(value=Decimal(12), unit="EA")),
            allowances=(off("50.00", S25), off("95.00", S25, charge=True, reason="Frakt", reason_code="FC"), off("5.00", S15)),
        ),
        "whole kroner": document(kind, line(1, "99.99"), rounding="0.01"),
        "whole kroner downwards": document(kind, line(1, "100.33"), rounding="-0.41"),
        "euro": document(
            kind,
            line(1, "199.90"),
            line(2, "10.00", S15),
            currency="EUR",
            tax_currency="NOK",
            rate=Decimal("11.4275"),
            buyer=ABROAD,
            payment_means=(IBAN,),
        ),
        "prepaid": document(kind, line(1, "1000.00"), prepaid="250.00"),
        "prepaid in full": document(kind, line(1, "1000.00"), prepaid="1250.00"),
        "attachments": document(kind, line(1, "10.00"), attachments=_ATTACHED),
        "delivery": document(kind, line(1, "10.00"), delivery=_PLACE),
        "references": document(
            kind,
            line(1, "10.00", order_line="4"),
            order_reference="PO-1",
            sales_order_reference="SO-2",
            preceding=preceding,
            originator_reference="TD-1",
            **references,
            **project,
        ),
        "period and goods": document(
            kind, line(1, "10.00", item=_ITEM, period=_PERIOD, note="Uke 44"), period=_PERIOD, note="Takk!"
        ),
        "accounting cost": document(
            kind, line(1, "10.00", accounting_cost="4300"), accounting_cost="4000", order_reference="PO-1", buyer_reference=None
        ),
        "negative": document(kind, line(1, "10.00", quantity="-2")),
        "IBAN": document(kind, line(1, "10.00"), payment_means=(IBAN,)),
        "card": document(
            kind,
            line(1, "10.00"),
            payment_means=(documents.PaymentMeans(code="48", card=documents.Card(number="1234", network="VISA")),),
        ),
    }
