"""What PowerOffice Go makes of an amount that is posted with a VAT code.

Source: the vendor's v2 OpenAPI file (VatCodeDto).
Assumed: Go rounds the VAT of each line half up, and of the whole amount (a custom code's VatBasisRatio is not looked at).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from fakturabro.systems.poweroffice import bank_wire

_OERE = Decimal("0.01")


def vat_of(amount: Decimal, vat: bank_wire.VatCode) -> Decimal:
    """What of an amount Go will post as VAT.

    >>> vat_of(Decimal("100.01"), bank_wire.VatCode(id=7, rate=Decimal("0.25")))
    Decimal('20.00')
    """
    rate = vat.rate or Decimal(0)
    return (amount * rate / (1 + rate)).quantize(_OERE, ROUND_HALF_UP)
