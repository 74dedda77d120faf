"""What is wrong on purpose in the seed, case by case: which document, how it is spoilt, and what should come of it.

Consequences, in the words of the design: `sent` (all purposes go on), `book_held`, `distribution_held` (booked, not
distributed), `ehf_held` (the EHF channel only), `cancelled` (booked, neither it nor its credit note is distributed),
`unreadable` (never becomes a document).
`account_missing` and `account_invalid` are `sent` because the source's account never leaves us; a stricter rule may hold them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

import msgspec

from sandboxes import ehf
from sandboxes.seed import register as seed_register

Consequence = Literal["sent", "book_held", "distribution_held", "ehf_held", "cancelled", "unreadable"]
Spoil = Callable[[ehf.Document], ehf.Document]

BY_ROLE: dict[str, Consequence] = {
    "address_missing": "distribution_held",
    "address_placeholder": "distribution_held",
    "address_blank": "distribution_held",
    "organisation_number_invalid": "book_held",
}
"""Roles of buyers (sandboxes.seed.register) whose documents are not sent; every other role is `sent`."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One document that is spoilt: before it is written (`document`) or after (`xml`)."""

    problem: str
    consequence: Consequence = "sent"
    document: Spoil = lambda document: document
    xml: Callable[[bytes], bytes] = lambda xml: xml
    once: bool = False
    """Only for one client: documents of which one is enough."""


def _changed(**fields: object) -> Spoil:
    return lambda document: msgspec.structs.replace(document, **fields)


def _raised(*names: str, by: str) -> Callable[[bytes], bytes]:
    """Add an amount to every element of these names."""

    def add(match: re.Match[bytes]) -> bytes:
        return match[1] + str(Decimal(match[2].decode()) + Decimal(by)).encode() + b"<"

    pattern = re.compile(rf"(<cbc:(?:{'|'.join(names)}) [^>]*>)([\d.]+)<".encode())
    return lambda xml: pattern.sub(add, xml)


def _with_doctype(declarations: str, entity: str) -> Callable[[bytes], bytes]:
    def spoil(xml: bytes) -> bytes:
        doctype = f"<!DOCTYPE Invoice [{declarations}]>\n<Invoice ".encode()
        noted = re.sub(rb"<cbc:Note>[^<]*</cbc:Note>", f"<cbc:Note>&{entity};</cbc:Note>".encode(), xml)
        return noted.replace(b"<Invoice ", doctype, 1)

    return spoil


_BOMB = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
_SIGNATURE = "<cac:Signature><cbc:ID>urn:oasis:names:specification:ubl:signature:1</cbc:ID></cac:Signature>"
_FISH = ehf.Vat("S", Decimal("11.11"))
_EXEMPT = ehf.Vat("E", Decimal(0), "Unntatt etter mval. § 3-11")
_REVERSE = ehf.Vat("AE", Decimal(0), "Omvendt avgiftsplikt, mval. § 11-1")
_TERMS = ("Leveringsvilkår", "https://vilkaar.example/2026.pdf")
_KITCHEN = ehf.Address("Havnegata 1", "7010", "TRONDHEIM", extra="Varemottaket")
_TIMESHEET = ("timeliste.csv", "text/csv", "ZGF0bzt0aW1lcgoyMDI2LTExLTAyOzcsNQo=")


def _with_allowances(document: ehf.Document) -> ehf.Document:
    first, *rest = document.lines
    vat = first.vat
    line = msgspec.structs.replace(first, allowance=ehf.rounded(first.quantity * first.price / 10), note="10 % rabatt etter avtale")
    adjustments = (
        ehf.Adjustment(False, Decimal("50.00"), "Kampanjerabatt", vat),
        ehf.Adjustment(True, Decimal("95.00"), "Frakt", vat),
    )
    return msgspec.structs.replace(document, lines=(line, *rest), adjustments=adjustments, prepaid=Decimal("100.00"))


def _every_vat(document: ehf.Document) -> ehf.Document:
    vats = (seed_register.HIGH, seed_register.FOOD, seed_register.LOW, seed_register.ZERO, _FISH, _EXEMPT, _REVERSE)
    line = document.lines[0]
    return msgspec.structs.replace(document, lines=tuple(msgspec.structs.replace(line, vat=vat) for vat in vats))


def _three_decimals(xml: bytes) -> bytes:
    return re.sub(rb"(<cbc:LineExtensionAmount [^>]*>\d+\.\d\d)<", rb"\g<1>4<", xml)


def _in_euro(document: ehf.Document) -> ehf.Document:
    return msgspec.structs.replace(
        document, currency="EUR", rate=Decimal("11.4275"), note="Beløp i euro. MVA er oppgitt også i NOK."
    )


def _due_too_early(document: ehf.Document) -> ehf.Document:
    return msgspec.structs.replace(document, due=document.issued - dt.timedelta(days=10))


CASES = (
    Case(problem="totals_off", consequence="book_held", xml=_raised("PayableAmount", by="100.00")),
    Case(problem="vat_off", consequence="book_held", xml=_raised("TaxAmount", "TaxInclusiveAmount", "PayableAmount", by="5.00")),
    Case(problem="due_before_issue", consequence="book_held", document=_due_too_early),
    Case(problem="currency_unknown", consequence="book_held", document=_changed(currency="XXX")),
    Case(problem="account_missing", document=_changed(account="")),
    Case(problem="account_invalid", document=_changed(account="42001182030")),
    Case(problem="element_unknown", consequence="ehf_held", document=_changed(after_references=_SIGNATURE)),
    Case(problem="euro", document=_in_euro),
    Case(problem="allowances", document=_with_allowances),
    Case(problem="every_vat_rate", document=_every_vat),
    Case(problem="whole_kroner", document=_changed(whole_kroner=True)),
    Case(problem="attachment", document=_changed(attachment=_TIMESHEET, link=_TERMS, delivered_to=_KITCHEN)),
    Case(problem="three_decimals", consequence="book_held", xml=_three_decimals),
    Case(problem="malformed_xml", consequence="unreadable", xml=lambda xml: xml[: len(xml) // 2]),
    Case(problem="entity_bomb", consequence="unreadable", xml=_with_doctype(_BOMB, "a9"), once=True),
    Case(
        problem="external_entity",
        consequence="unreadable",
        xml=_with_doctype('<!ENTITY outside SYSTEM "file:///etc/passwd">', "outside"),
        once=True,
    ),
)
"""Spoilt documents to ordinary buyers, in the order in which they are numbered."""
