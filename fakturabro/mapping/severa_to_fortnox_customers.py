"""Customers of Severa -> customers of Fortnox, row by row of the field table, and which of them count.

Source: ../shared/source_documents/003_0143db2a19b18167.txt (Kunderegister, Teknisk beskrivelse).
Assumed: "only updates from the other system count" on customers is a slip for "from the master", as on products; the telephone is
that of the first billing address, or else of the first that has one; days of payment are a code of the same number; an e-invoice
address is a GLN when it has its 13 digits; what was emptied is emptied there too, and never what Severa did not have; what Fortnox
does not take is left out, a note that is too long is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from fakturabro.mapping import fortnox_texts, mapped
from fakturabro.mapping import register_messages as messages
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire

Kind = Literal["billing", "postal", "visit"]
Place = Literal["address", "delivery", "visiting", "none"]
ROWS: dict[Kind, str] = {"billing": "Faktureringsadresse", "postal": "Postadresse", "visit": "Besøksadresse"}
PLACES: dict[Place, tuple[str, str, str, str, str]] = {
    "address": ("Address1", "Address2", "ZipCode", "City", "CountryCode"),
    "delivery": ("DeliveryAddress1", "DeliveryAddress2", "DeliveryZipCode", "DeliveryCity", "DeliveryCountryCode"),
    "visiting": ("VisitingAddress", "", "VisitingZipCode", "VisitingCity", "VisitingCountryCode"),
}
"""Per place in Fortnox its two lines (a visiting address has one), post code, city and country."""
_KEPT = ("Name", "Address1", "CountryCode", "DeliveryCountryCode", "VisitingCountryCode", "Currency", "TermsOfPayment", "GLN")
"""What Fortnox' document gives a least length, or a list: they cannot be emptied."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Where the tenant's addresses stand in Fortnox, and whether invoices go to the customer's e-mail there."""

    billing: Place = "address"
    postal: Place = "delivery"
    visit: Place = "visiting"
    email_to_invoice: bool = False

    def place(self, kind: Kind) -> Place:
        """Where addresses of this kind stand."""
        return self.billing if kind == "billing" else self.postal if kind == "postal" else self.visit


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with the first address of each kind, in Severa's order; `others` are how many more it has."""

    customer: wire.Customer
    addresses: tuple[wire.Address, ...] = ()
    others: int = 0


def to_source(customer: wire.Customer, addresses: list[wire.Address]) -> Source:
    """`addresses` in the order in which Severa shows them; those without any kind are none of the three."""
    firsts = [find_address(addresses, kind) for kind in ROWS]
    kept = tuple(one for one in addresses if any(one is first for first in firsts))
    return Source(customer=customer, addresses=kept, others=len(addresses) - len(kept))


def find_address(addresses: tuple[wire.Address, ...] | list[wire.Address], kind: Kind) -> wire.Address | None:
    """The first address of a kind."""
    return next((one for one in addresses if is_of(one, kind)), None)


def is_of(address: wire.Address, kind: Kind) -> bool:
    """Whether an address is of a kind; it may be of several."""
    stated = {"billing": address.is_billing_address, "postal": address.is_postal_address, "visit": address.is_visit_address}
    return stated[kind]


def content(source: Source) -> bytes:
    """What a change is told by: all that may be carried, and what tells whether the customer counts; not when it was changed."""
    customer = msgspec.structs.replace(
        source.customer, created_date_time=None, last_updated_date_time=None, language=None, organization_unit_number=None
    )
    addresses = [
        msgspec.structs.replace(one, created_date_time=None, last_updated_date_time=None, customer=None) for one in source.addresses
    ]
    return msgspec.json.encode((customer, addresses))


def number(source: Source) -> str:
    """The number as a text; empty where Severa has none."""
    return "" if source.customer.number is None else str(source.customer.number)


def why_not(
    customer: wire.Customer, *, has_project: bool, has_invoice: bool, is_remembered: bool, transfer_all: bool
) -> Literal["", "inactive", "internal", "prospect"]:
    """Why a customer does not count (register_messages.WHY_NOT), empty where it does.

    `has_project`: an active one. One that has once counted is remembered, and is a prospect no more.
    """
    if not customer.is_active:
        return "inactive"
    if customer.is_internal:
        return "internal"
    return "" if transfer_all or is_remembered or has_project or has_invoice else "prospect"


def to_fields(
    source: Source, lookups: mapped.Lookups, choices: Choices, *, continuous_only: bool, before: Source | None = None
) -> mapped.Mapped:
    """What Fortnox shall say of the customer, its number aside. `before` is what was carried last; what it had and Severa has no
    more is emptied."""
    draft = mapped.Draft("customers", continuous_only=continuous_only)
    _put_customer(draft, source, lookups, choices)
    for kind in ROWS:
        _put_address(draft, source, kind, lookups, choices.place(kind))
    draft.leave("Faktureringsadresse", "", str(source.others or ""), messages.MORE_ADDRESSES)
    last = before and to_fields(before, lookups, choices, continuous_only=continuous_only)
    return draft.mapped(last, "", (*_KEPT, *_whole(source, choices)))


def standing(customer: register_wire.Customer) -> dict[str, mapped.Value]:
    """What Fortnox says of a customer now, by the same names."""
    return msgspec.to_builtins(customer)


def _put_customer(draft: mapped.Draft, source: Source, lookups: mapped.Lookups, choices: Choices) -> None:
    one, longest = source.customer, fortnox_texts.CUSTOMER
    draft.text("Navn", "Name", one.name, longest["Name"])
    draft.text("Notater", "Comments", one.notes, longest["Comments"], cuts=True)
    draft.text("E-post", "Email", one.email, longest["Email"])
    if choices.email_to_invoice:
        draft.text("E-post", "EmailInvoice", one.email, longest["EmailInvoice"])
    draft.text("Telefon", "Phone1", _phone(source), longest["Phone1"])
    draft.text("Webside", "WWW", one.website, longest["WWW"])
    draft.text("Mva-nummer", "VATNumber", one.vat_number)
    draft.leave("Kvk-nummer", "", one.kvk_number, messages.NO_FIELD)
    draft.put("Valuta", "Currency", (one.currency and one.currency.code) or "")
    if one.payment_term is not None:
        code = str(one.payment_term)
        checked = mapped.Checked(field="Betalingsbetingelser", value=code, kind="terms", known=mapped.find(code, lookups.terms))
        draft.listed("Betalingsbetingelser", "TermsOfPayment", checked, code)
    address = mapped.plain(one.e_invoice_address)
    if is_gln(address):
        draft.put("Efaktura adresse", "GLN", address)
    draft.leave("Efaktura adresse", "", "" if is_gln(address) else address, messages.NO_FIELD_BUT_GLN)
    draft.leave("Efaktura operatør", "", one.e_invoice_operator, messages.NO_FIELD)


def _put_address(draft: mapped.Draft, source: Source, kind: Kind, lookups: mapped.Lookups, place: Place) -> None:
    address, row = find_address(source.addresses, kind), ROWS[kind]
    if address is None or not any(map(mapped.plain, (address.addressline, address.postal_code, address.city))):
        return
    first, _, rest = mapped.plain(address.addressline).partition("\n")
    second = ", ".join(line.strip() for line in rest.split("\n") if line.strip())
    if place == "none":
        draft.leave(row, "", ", ".join(filter(None, (first, second, *_town(address)))), messages.PLACE_NOT_CHOSEN)
        return
    names = PLACES[place]
    lines = (first, second) if names[1] else (", ".join(filter(None, (first, second))), "")
    values = zip(names, (*lines, *_town(address)), strict=False)
    for name, value in values:
        draft.text(row, name, value, fortnox_texts.CUSTOMER.get(name))
    _put_country(draft, row, names[4], address, lookups)


def _put_country(draft: mapped.Draft, row: str, name: str, address: wire.Address, lookups: mapped.Lookups) -> None:
    """A country that is not stated is left to Fortnox, which takes it for Sweden."""
    country = address.country
    if country is None or not (country.guid or country.name):
        if draft.is_new:
            draft.note(messages.NO_COUNTRY.format(address=row))
        return
    code = lookups.country_code(country)
    shown = country.name or country.guid or ""
    draft.listed(row, name, mapped.Checked(field=row, value=shown, kind="country", known=code and shown), code)


def _town(address: wire.Address) -> Iterator[str]:
    yield mapped.plain(address.postal_code)
    yield mapped.plain(address.city)


def _phone(source: Source) -> str:
    billing = find_address(source.addresses, "billing")
    stated = [one.phone for one in (billing, *source.addresses) if one]
    return next((mapped.plain(text) for text in stated if mapped.plain(text)), "")


def _whole(source: Source, choices: Choices) -> tuple[str, ...]:
    """The fields of an address that is gone in Severa and of which Fortnox would keep a part: they stay, all of them."""
    kinds = [kind for kind in ROWS if choices.place(kind) == "address" and find_address(source.addresses, kind) is None]
    return PLACES["address"] if kinds else ()


def is_gln(text: str) -> bool:
    """Whether it is a Global Location Number: 13 digits, the last of them right.

    >>> is_gln("7300010000001"), is_gln("7300010000002"), is_gln("0037:12345678")
    (True, False, False)
    """
    if len(text) != 13 or not (text.isascii() and text.isdigit()):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text)) % 10 == 0
