"""Customers of Fortnox -> customers of Severa and their addresses, row by row of the field table.

A field of the customer is named by its path ("/notes"), one of an address by its kind before it ("billing:/city"), as long as all
is one list of fields; `to_steps` makes calls of what does not stand there yet.

Source: ../shared/source_documents/003_0143db2a19b18167.txt (Kunderegister, Teknisk beskrivelse).
Assumed: each place in Fortnox is an address of its own in Severa, and one that Severa uses as two kinds is parted where they come
to differ; a code of terms that is a number is days; the two lines of an address are two lines in Severa.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from fakturabro.mapping import fortnox_texts, mapped, severa_to_fortnox_customers
from fakturabro.mapping import register_messages as messages
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire

Kind = severa_to_fortnox_customers.Kind
_ROWS = severa_to_fortnox_customers.ROWS
_FLAGS: Mapping[Kind, str] = {"billing": "isBillingAddress", "postal": "isPostalAddress", "visit": "isVisitAddress"}
_KEPT = ("/name", "/currency/guid", "/paymentTerm", "/country/guid", "/eInvoiceAddress")
"""What is not emptied in Severa: what must stand there, and what Severa may say better than Fortnox can."""
_CUT = {"/notes": fortnox_texts.CUSTOMER["Comments"]}
_INTEGERS = 2**63


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as the single record has it."""

    customer: register_wire.Customer


class AddressStep(msgspec.Struct, frozen=True, kw_only=True):
    """An address to be changed (`guid`, `fields` by path), or made where `new` is there."""

    kind: Kind
    guid: str = ""
    fields: dict[str, mapped.Value] = {}
    new: wire.NewAddress | None = None


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to do, in this order: the customer's fields by path, then its addresses. Nothing where both are empty."""

    customer: dict[str, mapped.Value]
    addresses: tuple[AddressStep, ...]


def content(source: Source) -> bytes:
    """What a change is told by: all that may be carried, and whether the customer is active."""
    one = source.customer
    return msgspec.json.encode(msgspec.structs.replace(one, organisation_number=None, vat_type=None, email_invoice=None))


def number(source: Source) -> str:
    return source.customer.customer_number


def is_number(text: str) -> bool:
    """Whether Severa can keep it as a customer's number: digits only, and no nought in front, which would be lost.

    >>> is_number("10001"), is_number("K-17"), is_number("0101"), is_number("1" * 20)
    (True, False, False, False)
    """
    return text.isascii() and text.isdigit() and not text.startswith("0") and int(text) < _INTEGERS


def why_not(customer: register_wire.Customer) -> Literal["", "inactive"]:
    """Why a customer does not count, empty where it does."""
    return "inactive" if customer.active is False else ""


def to_fields(
    source: Source,
    lookups: mapped.Lookups,
    choices: severa_to_fortnox_customers.Choices,
    *,
    continuous_only: bool,
    before: Source | None = None,
) -> mapped.Mapped:
    """What Severa shall say of the customer and its addresses, its number aside; `before` as in the other direction."""
    draft = mapped.Draft("customers", continuous_only=continuous_only)
    _put_customer(draft, source.customer, lookups)
    told = severa_to_fortnox_customers.standing(source.customer)
    for kind, row in _ROWS.items():
        place = choices.place(kind)
        if place != "none":
            parts = [mapped.plain(str(told.get(name) or "")) for name in severa_to_fortnox_customers.PLACES[place]]
            _put_address(draft, kind, row, parts, lookups)
    kinds = [kind for kind in _ROWS if draft.has(f"{kind}:")]
    if kinds:
        draft.put("Telefon", f"{kinds[0]}:/phone", mapped.plain(source.customer.phone1))
    else:
        draft.leave("Telefon", "", source.customer.phone1, messages.NO_ADDRESS_FOR_PHONE)
    last = before and to_fields(before, lookups, choices, continuous_only=continuous_only)
    return draft.mapped(last, None, _KEPT)


def _put_customer(draft: mapped.Draft, one: register_wire.Customer, lookups: mapped.Lookups) -> None:
    draft.put("Navn", "/name", mapped.plain(one.name))
    draft.put("Notater", "/notes", mapped.plain(one.comments))
    draft.put("E-post", "/email", mapped.plain(one.email))
    draft.put("Webside", "/website", mapped.plain(one.www))
    draft.put("Mva-nummer", "/vatNumber", mapped.plain(one.vat_number))
    draft.put("Efaktura adresse", "/eInvoiceAddress", mapped.plain(one.gln))
    if code := mapped.plain(one.currency):
        currency = lookups.currencies.get(code)
        checked = mapped.Checked(field="Valuta", value=code, kind="currency", known=code if currency else None)
        draft.listed("Valuta", "/currency/guid", checked, currency and currency.guid, code)
    if code := mapped.plain(one.terms_of_payment):
        days = int(code) if code.isascii() and code.isdigit() and len(code) <= 4 else None
        checked = mapped.Checked(field="Betalingsbetingelser", value=code, kind="terms", known=None if days is None else code)
        draft.listed("Betalingsbetingelser", "/paymentTerm", checked, days)


def _put_address(draft: mapped.Draft, kind: Kind, row: str, parts: list[str], lookups: mapped.Lookups) -> None:
    first, second, post_code, city, country = parts
    if not any((first, second, post_code, city)):
        return
    draft.put(row, f"{kind}:/addressline", "\n".join(filter(None, (first, second))))
    draft.put(row, f"{kind}:/postalCode", post_code)
    draft.put(row, f"{kind}:/city", city)
    if country:
        found = lookups.countries.get(country.upper())
        checked = mapped.Checked(field=row, value=country, kind="country", known=country if found and found.guid else None)
        draft.listed(row, f"{kind}:/country/guid", checked, found and found.guid, (found and found.name) or country)


def standing(source: severa_to_fortnox_customers.Source) -> dict[str, mapped.Value]:
    """What Severa says of a customer and the first address of each kind now, by the same names."""
    said = {f"/{name}": value for name, value in msgspec.to_builtins(source.customer).items()}
    currency = source.customer.currency or wire.Named()
    said |= {"/currency/guid": currency.guid, "/currency/shown": currency.code}
    for kind in _ROWS:
        address = severa_to_fortnox_customers.find_address(source.addresses, kind)
        if address is not None:
            said |= {f"{kind}:{path}": value for path, value in _standing_address(address)}
    return said


def _standing_address(address: wire.Address) -> Iterator[tuple[str, mapped.Value]]:
    country = address.country or wire.Country()
    yield from (("/addressline", address.addressline), ("/postalCode", address.postal_code), ("/city", address.city))
    yield from (("/phone", address.phone), ("/country/guid", country.guid), ("/country/shown", country.name))


def to_new(number: str, made: mapped.Mapped) -> wire.NewCustomer:
    """The customer to be made; its addresses follow by `to_steps`. Raises ValueError for a number that Severa cannot keep."""
    if not is_number(number):
        raise ValueError(f"{number!r} is no number that Severa can keep: check is_number first")
    said = {path: value for path, value in made.fields.items() if path.startswith("/")}
    return msgspec.convert({**_nested(said), "number": int(number)}, wire.NewCustomer)


def to_steps(wanted: mapped.Mapped, source: severa_to_fortnox_customers.Source) -> Steps:
    """What of `wanted` does not stand in Severa yet. Done again after a crash, it gives what is left."""
    said = {path: value for path, value in wanted.fields.items() if path.startswith("/")}
    customer = mapped.differing(said, standing(source), _CUT)
    will_stand: dict[str, dict[str, mapped.Value]] = {}
    taken: set[str] = set()
    steps: list[AddressStep] = []
    for kind in _ROWS:
        address, asked = severa_to_fortnox_customers.find_address(source.addresses, kind), _of_kind(wanted.fields, kind)
        if address is not None:
            stands = will_stand.setdefault(address.guid, dict(_standing_address(address)))
            differing = mapped.differing(asked, stands)
            if differing and address.guid in taken:
                steps.append(AddressStep(kind=kind, guid=address.guid, fields={f"/{_FLAGS[kind]}": False}))
                address = None
            elif differing:
                steps.append(AddressStep(kind=kind, guid=address.guid, fields=differing))
                stands |= differing
            taken.update({address.guid} if address else ())
        filled = {path: value for path, value in asked.items() if value}
        if address is None and filled:
            steps.append(AddressStep(kind=kind, new=_to_new_address(kind, filled)))
    return Steps(customer=customer, addresses=tuple(steps))


def _of_kind(fields: mapped.Fields, kind: Kind) -> dict[str, mapped.Value]:
    return {name.removeprefix(f"{kind}:"): value for name, value in fields.items() if name.startswith(f"{kind}:")}


def _to_new_address(kind: Kind, fields: mapped.Fields) -> wire.NewAddress:
    return msgspec.convert({**_nested(fields), _FLAGS[kind]: True}, wire.NewAddress)


def _nested(fields: mapped.Fields) -> dict[str, object]:
    """By names as a whole thing is sent: what stands under ".../guid" points at a thing."""
    pairs = ((path.strip("/"), value) for path, value in fields.items())
    return {name.removesuffix("/guid"): {"guid": value} if name.endswith("/guid") else value for name, value in pairs}
