"""Articles of Fortnox -> Severa's products; of those that are linked also its work types and travel expense types.

Source: ../shared/source_documents/003_0143db2a19b18167.txt (Produktregister, Teknisk beskrivelse).
Assumed: an article that is new becomes a product, never a work type or a travel expense type; its type is Severa's own choice.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from fakturabro.mapping import fortnox_texts, mapped, severa_to_fortnox_articles
from fakturabro.mapping import register_messages as messages
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire

_CUT = {"/name": fortnox_texts.ARTICLE["Description"]}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """An article as the single record has it: the list shows the VAT that new articles get."""

    article: register_wire.Article


def content(source: Source) -> bytes:
    """What a change is told by."""
    rate = source.article.vat
    return msgspec.json.encode(msgspec.structs.replace(source.article, vat=rate.normalize() if rate is not None else None))


def number(source: Source) -> str:
    return source.article.article_number


def name(source: Source) -> str:
    return mapped.plain(source.article.description)


def to_fields(
    source: Source, kind: severa_to_fortnox_articles.Kind, *, continuous_only: bool, before: Source | None = None
) -> mapped.Mapped:
    """What Severa shall say of its thing of this kind, the code aside; "product" where it is to be made."""
    draft, article = mapped.Draft("articles", continuous_only=continuous_only), source.article
    draft.put("Navn", "/name", name(source))
    draft.put("isActive", "/isActive", article.active is not False)
    unit, rate = mapped.plain(article.unit), article.vat
    if kind == "work_type":
        draft.leave("Enhet", "", unit, messages.NO_UNIT_OR_VAT)
        draft.leave("MVA", "", "" if rate is None else f"{rate.normalize():f}", messages.NO_UNIT_OR_VAT)
    else:
        draft.put("Enhet", "/measurementUnit", unit)
        draft.put("MVA", "/vatRate", rate)
    last = before and to_fields(before, kind, continuous_only=continuous_only)
    return draft.mapped(last, None, ("/name", "/vatRate"))


def standing(source: severa_to_fortnox_articles.Source) -> dict[str, mapped.Value]:
    """What Severa says now, by the same names."""
    return {
        "/name": source.name,
        "/isActive": source.is_active,
        "/measurementUnit": source.unit,
        "/vatRate": source.vat_rate,
    }


def differing(made: mapped.Mapped, source: severa_to_fortnox_articles.Source) -> dict[str, mapped.Value]:
    """What of it does not stand in Severa yet; a name that Fortnox had to cut does not differ for that."""
    return mapped.differing(made.fields, standing(source), _CUT)


def to_new(number: str, made: mapped.Mapped) -> wire.NewProduct:
    """The product to be made, with the article's number as its code."""
    said = {path.strip("/"): value for path, value in made.fields.items()}
    return msgspec.convert({**said, "code": number}, wire.NewProduct, builtin_types=(Decimal,))
