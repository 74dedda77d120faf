"""Severa's products, work types and travel expense types -> articles of Fortnox.

Source: ../shared/source_documents/003_0143db2a19b18167.txt (Produktregister, Teknisk beskrivelse).
Assumed: work types, travel expenses, fixed fees and subcontracting are services in Fortnox, materials are goods; a unit that was
taken away and a rate that nobody states stay in Fortnox as they are.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from fakturabro.mapping import fortnox_texts, mapped
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire

Kind = Literal["product", "work_type", "travel_type"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three; a work type has neither unit nor VAT. `vat_rate` in percent."""

    kind: Kind
    guid: str
    name: str
    code: str = ""
    is_active: bool = True
    unit: str = ""
    vat_rate: Decimal | None = None
    type: wire.ProductType | None = None


def to_source(thing: wire.Product | wire.WorkType | wire.TravelExpenseType) -> Source:
    """`vat_rate` of a travel expense is what the client's customer pays."""
    kept = Source(
        kind="work_type",
        guid=thing.guid,
        name=mapped.plain(thing.name),
        code=mapped.plain(thing.code),
        is_active=thing.is_active is not False,
    )
    if isinstance(thing, wire.WorkType):
        return kept
    unit, rate = mapped.plain(thing.measurement_unit), thing.vat_rate
    if isinstance(thing, wire.Product):
        return msgspec.structs.replace(kept, kind="product", unit=unit, vat_rate=rate, type=thing.type)
    return msgspec.structs.replace(kept, kind="travel_type", unit=unit, vat_rate=rate)


def content(source: Source) -> bytes:
    """What a change is told by."""
    rate = source.vat_rate.normalize() if source.vat_rate is not None else None
    return msgspec.json.encode(msgspec.structs.replace(source, guid="", vat_rate=rate))


def number(source: Source) -> str:
    """Severa's identifier, which is the article's number; empty where it has none."""
    return source.code


def name(source: Source) -> str:
    return source.name


def to_fields(source: Source, lookups: mapped.Lookups, *, continuous_only: bool, before: Source | None = None) -> mapped.Mapped:
    """What Fortnox shall say of the article, its number aside. A unit or rate that Fortnox does not have is left out."""
    draft = mapped.Draft("articles", continuous_only=continuous_only)
    draft.text("Navn", "Description", source.name, fortnox_texts.ARTICLE["Description"], cuts=True)
    draft.put("isActive", "Active", source.is_active)
    if source.unit:
        alike = [unit for unit in sorted(lookups.units) if unit.casefold() == source.unit.casefold()]
        known = mapped.find(source.unit, alike)
        checked = mapped.Checked(field="Enhet", value=source.unit, kind="unit", known=known, likeness=next(iter(alike), ""))
        draft.listed("Enhet", "Unit", checked, known)
    if source.vat_rate is not None:
        said = f"{source.vat_rate.normalize():f}"
        known = said if source.vat_rate in lookups.vat_rates else None
        draft.listed("MVA", "VAT", mapped.Checked(field="MVA", value=said, kind="vat", known=known), source.vat_rate)
    if draft.is_new:
        draft.put("Navn", "Type", "STOCK" if source.kind == "product" and source.type in (None, "Materials") else "SERVICE")
    last = before and to_fields(before, lookups, continuous_only=continuous_only)
    return draft.mapped(last, "", ("Description", "Unit", "VAT"))


def standing(article: register_wire.Article) -> dict[str, mapped.Value]:
    """What Fortnox says of an article now, by the same names; from the single record, for the list shows another VAT."""
    return msgspec.to_builtins(article, builtin_types=(Decimal,))
