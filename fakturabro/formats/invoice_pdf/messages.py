"""Every word that the layout itself says, in Norwegian bokmål and English."""

from __future__ import annotations

from fakturabro.domain import languages
from fakturabro.domain.languages import Language
from fakturabro.formats.invoice_pdf import countries

Words = dict[str, str]

_WORDS: dict[str, tuple[str, str]] = {
    "invoice": ("Faktura", "Invoice"),
    "credit_note": ("Kreditnota", "Credit note"),
    "from": ("fra", "from"),
    "page": ("Side", "Page"),
    "of": ("av", "of"),
    "organisation_number": ("Org.nr.", "Org. no."),
    "vat_representative": ("Mva-representant", "VAT representative"),
    "invoice_number": ("Fakturanummer", "Invoice number"),
    "credit_note_number": ("Kreditnotanummer", "Credit note number"),
    "invoice_date": ("Fakturadato", "Invoice date"),
    "credit_note_date": ("Kreditnotadato", "Credit note date"),
    "due_date": ("Forfallsdato", "Due date"),
    "customer_number": ("Kundenummer", "Customer number"),
    "currency": ("Valuta", "Currency"),
    "preceding": ("Gjelder faktura", "Concerns invoice"),
    "dated": ("av", "of"),
    "your_organisation_number": ("Deres org.nr.", "Your org. no."),
    "your_reference": ("Deres referanse", "Your reference"),
    "your_contact": ("Deres kontakt", "Your contact"),
    "our_reference": ("Vår referanse", "Our reference"),
    "order": ("Bestillingsnummer", "Purchase order"),
    "sales_order": ("Vår ordre", "Sales order"),
    "contract": ("Kontrakt", "Contract"),
    "project": ("Prosjekt", "Project"),
    "accounting_cost": ("Kontering", "Cost code"),
    "delivery_date": ("Leveringsdato", "Delivery date"),
    "delivery_place": ("Leveringssted", "Place of delivery"),
    "period": ("Periode", "Period"),
    "description": ("Beskrivelse", "Description"),
    "quantity": ("Antall", "Quantity"),
    "price": ("Pris", "Price"),
    "discount": ("Rabatt", "Discount"),
    "charge": ("Tillegg", "Charge"),
    "vat": ("Mva.", "VAT"),
    "amount": ("Beløp", "Amount"),
    "item_number": ("Varenr.", "Item no."),
    "per": ("per", "per"),
    "list_price": ("Listepris", "List price"),
    "vat_specification": ("Merverdiavgift", "Value added tax"),
    "vat_basis": ("Grunnlag", "Basis"),
    "sum_of_lines": ("Sum linjer", "Sum of lines"),
    "net": ("Sum uten mva.", "Total excl. VAT"),
    "vat_in": ("Herav mva. i", "Of which VAT in"),
    "gross": ("Sum med mva.", "Total incl. VAT"),
    "rounding": ("Øreavrunding", "Rounding"),
    "prepaid": ("Forhåndsbetalt", "Prepaid"),
    "to_pay": ("Å betale", "Amount due"),
    "in_your_favour": ("Til gode", "In your favour"),
    "credited": ("Kreditert beløp", "Amount credited"),
    "carried": ("Overført", "Carried forward"),
    "notice": ("Viktig om betaling", "Important payment notice"),
    "terms": ("Betalingsbetingelser", "Payment terms"),
    "about_credit": ("Om kreditnotaen", "About this credit note"),
    "credit_of": (
        "Denne kreditnotaen skal ikke betales. Beløpet trekkes fra faktura {number}.",
        "There is nothing to pay on this credit note. The amount is deducted from invoice {number}.",
    ),
    "credit": (
        "Denne kreditnotaen skal ikke betales. Beløpet blir godskrevet.",
        "There is nothing to pay on this credit note. The amount will be credited.",
    ),
    "credited_by": (
        "Fakturaene våre er overdratt til {payee}, som fører kreditten.",
        "Our invoices are assigned to {payee}, which enters the credit.",
    ),
    "slip": ("Betaling", "Payment"),
    "state_kid": ("Oppgi alltid KID når du betaler", "Always state the KID when you pay"),
    "state_reference": ("Oppgi alltid betalingsreferansen", "Always state the payment reference"),
    "pay_to": ("Betales til", "Pay to"),
    "paid_by": ("Betales av", "Paid by"),
    "logo": ("Logo", "Logo"),
    "ehf": ("Bilaget som EHF (UBL 2.1)", "This document as EHF (UBL 2.1)"),
    "account": ("Kontonummer", "Account number"),
    "iban": ("IBAN", "IBAN"),
    "bic": ("BIC/SWIFT", "BIC/SWIFT"),
    "kid": ("KID", "KID (payment reference)"),
    "payment_reference": ("Betalingsreferanse", "Payment reference"),
    "mark_payment": ("Merk betalingen med", "Mark the payment with"),
}

_UNITS: dict[str, tuple[str, str]] = {
    "EA": ("stk", "pcs"),
    "H87": ("stk", "pcs"),
    "C62": ("stk", "pcs"),
    "HUR": ("timer", "hours"),
    "MIN": ("min", "min"),
    "DAY": ("dager", "days"),
    "WEE": ("uker", "weeks"),
    "MON": ("mnd", "months"),
    "ANN": ("år", "years"),
    "KGM": ("kg", "kg"),
    "GRM": ("g", "g"),
    "TNE": ("tonn", "tonnes"),
    "MTR": ("m", "m"),
    "KMT": ("km", "km"),
    "MTK": ("m²", "m²"),
    "MTQ": ("m³", "m³"),
    "LTR": ("l", "l"),
    "KWH": ("kWh", "kWh"),
    "LS": ("rs", "lump sum"),
}

_CATEGORIES: dict[str, tuple[str, str]] = {
    "Z": ("nullsats", "zero rated"),
    "E": ("unntatt", "exempt"),
    "AE": ("omvendt avgiftsplikt", "reverse charge"),
    "G": ("utførsel", "export"),
    "K": ("klimakvoter og gull", "emission allowances and gold"),
    "O": ("Utenfor mva-loven", "Outside the scope of VAT"),
}


def words(language: Language) -> Words:
    """The layout's words by key."""
    return {key: _in(language, pair) for key, pair in _WORDS.items()}


def unit(code: str | None, language: Language) -> str:
    """What people call a UN/ECE Recommendation 20 unit; the code itself where we know no word.

    >>> unit("HUR", "nb"), unit("XYZ", "nb"), unit(None, "nb")
    ('timer', 'XYZ', '')
    """
    return _look_up(_UNITS, code, language)


def vat_category(code: str, language: Language) -> str:
    """What a VAT category without a rate of its own is called; "" for S, the code for the rare ones."""
    return "" if code == "S" else _look_up(_CATEGORIES, code, language)


def country(code: str | None, language: Language) -> str:
    """The last line of a letter that goes abroad, in capitals; "" for Norway and for a country that is not stated.

    >>> country("SE", "nb"), country("SE", "en"), country("NO", "nb"), country("QQ", "nb")
    ('SVERIGE', 'SWEDEN', '', 'QQ')
    """
    plain = (code or "").strip().upper()
    return "" if plain in languages.HOME else _look_up(countries.NAMES, plain, language).upper()


def _look_up(table: dict[str, tuple[str, str]], code: str | None, language: Language) -> str:
    if code is None:
        return ""
    return _in(language, table[code]) if code in table else code


def _in(language: Language, pair: tuple[str, str]) -> str:
    return pair[0] if language == "nb" else pair[1]
