"""EHF bytes -> `documents.Invoice`, in one walk over children that the tables of `layout` drive."""

from __future__ import annotations

from typing import Any, cast

from lxml import etree

from fakturabro.domain import documents
from fakturabro.formats.ehf import aggregates, layout, tables, values
from fakturabro.formats.ehf.parse import LIMIT, Element, ReadError, parse, path
from fakturabro.formats.ehf.tables import ALONE, AMOUNT, DATE, DECIMAL, FLAG, MANY, ONE, OWN_DECIMAL, OWN_TEXT, TEXT, WRAPPED

Currency = list[tuple[str, str]]
"""The attributes that an amount must have: [("currencyID", "NOK")]."""

_NOT_CARRIED_LIMIT = 50
_KNOWN_LIMIT, _KNOWN_SIZE = 4_096, 4_096
"""How many values of a table are kept, and the bytes of the largest."""
_CURRENCY = "{" + tables.NAMESPACES["cbc"] + "}DocumentCurrencyCode"
_TAX_AMOUNT = "{" + tables.NAMESPACES["cbc"] + "}TaxAmount"
_CODECS = {DECIMAL: values.decimal, DATE: values.date, FLAG: values.flag}

_DROPPED_ATTRIBUTES = frozenset(
    {
        *("schemeName", "schemeAgencyID", "schemeAgencyName", "schemeVersionID", "schemeDataURI", "schemeURI"),
        *("unitCodeListID", "unitCodeListAgencyID", "unitCodeListAgencyName", "currencyCodeListVersionID"),
        *("listID", "listVersionID", "listAgencyID", "listAgencyName", "listName", "listURI", "listSchemeURI"),
        *("languageID", "languageLocaleID", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"),
    }
)
"""Attributes that CEN's rules UBL-DT-08 to 28 say should not be present: BIS fixes the list (docs/ehf_changes.md)."""

_ASTRAY = etree.XPath(
    "//text()/following-sibling::* | //text()/preceding-sibling::* | //cbc:*/*", namespaces=tables.NAMESPACES, smart_strings=False
)
_STRAY_TEXT = etree.XPath("(/* | //cac:*)[text()[normalize-space()]]", namespaces=tables.NAMESPACES)
_STRAY_ELEMENT = etree.XPath("//cbc:*/*", namespaces=tables.NAMESPACES)


def read(data: bytes, limit: int = LIMIT) -> documents.Invoice:
    """The invoice or credit note in `data`.

    What has no field is listed in `not_carried` as paths. Text keeps its blanks; an empty element gives "".
    Raises ReadError for malformed or hostile XML, another root element, a missing mandatory element, a bad number or date.

    Source: Peppol BIS Billing 3.0.21 on UBL 2.1.
    """
    root = parse(data, limit)
    tag = str(root.tag)
    if tag not in layout.DOCUMENTS:
        raise ReadError(f"the root element is {tables.prefixed(tag)}, not a UBL 2 Invoice or CreditNote", root.sourceline)
    kind, table = layout.DOCUMENTS[tag]
    lost: list[str] = []
    found = _fields(root, table, [("currencyID", root.findtext(_CURRENCY) or "")], lost)
    if root.attrib:
        _read_attributes(root, {}, found, lost)
    if _ASTRAY(root):
        _lose_what_lies_astray(root, lost)
    silent: dict[str, Any] = {"customization": None, "profile": None}
    return documents.Invoice(**silent | found, kind=kind, not_carried=tuple(lost))


def _fields(  # noqa: PLR0912 - a function per kind of row would cost more than the rows themselves
    element: Element, table: tables.Table, currency: Currency, lost: list[str]
) -> dict[str, Any]:
    """The fields that the children of `element` fill. One loop without layers: it runs for every element of every document."""
    found: dict[str, Any] = {}
    lookup = table.lookup
    for child in element:
        row = lookup.get(child.tag)
        if row is None or (row[1] in found and row[0] != MANY):
            _lose(lost, child)
            continue
        kind, field, attributes, inner, _ = row
        try:
            if kind == TEXT:
                found[field] = child.text or ""
            elif kind == AMOUNT:
                found[field] = values.decimal(child.text or "")
                if child.items() == currency:
                    continue
                _check_currency(child, currency, lost)
            elif kind == ALONE and len(child) == 1 and (leaf := child[0]).tag in inner.lookup and not leaf.attrib:
                found[field] = leaf.text or ""
            elif kind == ONE and inner.recurs:
                found[field] = _recall(child, inner, currency, lost)
            elif kind >= ALONE:
                below = _fields(child, inner, currency if inner is not aggregates.TAX_TOTAL else _own_currency(child), lost)
                _place(child, row, below, found, lost)
            elif kind >= OWN_TEXT:
                found[field] = _own_value(child, row, lost)
                continue
            else:
                found[field] = _CODECS[kind](child.text or "")
        except values.TextError as error:
            raise ReadError(f"{path(child)} must be {error}, not {(child.text or '')[:40]!r}", child.sourceline) from None
        if child.attrib:
            _read_attributes(child, attributes, found, lost)
    if table.joined:
        _join(table, found)
    if not table.mandatory <= found.keys():
        raise _missing(element, table, found)
    return found


def _recall(child: Element, table: tables.Table, currency: Currency, lost: list[str]) -> Any:
    """The value that the same bytes made before, or a new one. What is not carried in full is looked at each time."""
    data = etree.tostring(child, with_tail=False)
    value = table.known.get(data)
    if value is None:
        before = len(lost)
        value = cast("Any", table.value)(**_fields(child, table, currency, lost))
        if len(lost) == before < _NOT_CARRIED_LIMIT and len(data) <= _KNOWN_SIZE:
            if len(table.known) >= _KNOWN_LIMIT:
                table.known.clear()
            table.known[data] = value
    return value


def _place(child: Element, row: tables.Found, below: dict[str, Any], found: dict[str, Any], lost: list[str]) -> None:
    """Put what was found below an aggregate where it belongs."""
    kind, field, _, _, maker = row
    if kind == MANY:
        found.setdefault(field, []).append(maker(**below))
    elif kind == ONE:
        found[field] = maker(**below)
    elif not below:
        _lose(lost, child)
    elif kind == WRAPPED:
        found[field] = below
    else:
        found.update(below)


def _own_value(child: Element, row: tables.Found, lost: list[str]) -> Any:
    """The identifier or quantity that text and attributes of one element make."""
    kind, _, attributes, _, maker = row
    found: dict[str, Any] = {"value": values.decimal(child.text or "") if kind == OWN_DECIMAL else child.text or ""}
    if child.attrib:
        _read_attributes(child, attributes, found, lost)
    return maker(**found)


def _join(table: tables.Table, found: dict[str, Any]) -> None:
    """Lay the fields of wrapped elements beside the others, and close the lists."""
    for tag in table.wrapped:
        if tag in found:
            found.update(found.pop(tag))
    for field in table.repeated:
        if field in found:
            found[field] = tuple(found[field])


def _missing(element: Element, table: tables.Table, found: dict[str, Any]) -> ReadError:
    tag = next(tag for field, tag in table.tags.items() if field in table.mandatory and field not in found)
    return ReadError(f"{path(element)}/{tag} is missing", element.sourceline)


def _own_currency(tax_total: Element) -> Currency:
    amount = tax_total.find(_TAX_AMOUNT)
    return [("currencyID", "" if amount is None else amount.get("currencyID", ""))]


def _check_currency(amount: Element, currency: Currency, lost: list[str]) -> None:
    if amount.get("currencyID") != currency[0][1]:
        _lose(lost, amount, "/@currencyID")


def _read_attributes(element: Element, attributes: dict[str, str], found: dict[str, Any], lost: list[str]) -> None:
    for name, value in element.items():
        field = attributes.get(name)
        if field:
            found[field] = value
        elif field is None and name not in _DROPPED_ATTRIBUTES:
            _lose(lost, element, f"/@{name}")


def _lose_what_lies_astray(root: Element, lost: list[str]) -> None:
    """Text between elements, and elements inside text: no schema allows them, and the walk does not see them."""
    for element in cast("list[Element]", _STRAY_TEXT(root)):
        _lose(lost, element, "/text()")
    for element in cast("list[Element]", _STRAY_ELEMENT(root)):
        _lose(lost, element)


def _lose(lost: list[str], element: Element, suffix: str = "") -> None:
    """Note that `element` is not carried. The list is cut, so that a hostile document cannot make it grow without end."""
    if len(lost) < _NOT_CARRIED_LIMIT:
        lost.append(path(element) + suffix)
