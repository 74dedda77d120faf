"""`documents.Invoice` -> EHF bytes, walking the tables of `layout` in the order of the schema."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, cast

from lxml import etree

from fakturabro.domain import documents
from fakturabro.formats.ehf import aggregates, layout, tables, values
from fakturabro.formats.ehf.parse import Element
from fakturabro.formats.ehf.tables import AMOUNT, MANY, ONE, WRAPPED

_ROOTS = {kind: (root, table) for root, (kind, table) in layout.DOCUMENTS.items()}


class WriteError(values.EhfError):
    """The document has something that EHF cannot hold; the message names the field."""


def write(invoice: documents.Invoice) -> bytes:
    """UBL 2.1 in UTF-8 with XML declaration, elements in the order of the schema. Says nothing of whether the rules are kept.

    Raises WriteError for characters that XML forbids, numbers that are none, fields that this kind of document has no
    element for, and documents whose source had something that is not carried: they must go by another channel.

    Source: Peppol BIS Billing 3.0.21 on UBL 2.1.
    """
    if invoice.not_carried:
        raise WriteError(f"the source has elements that would be lost: {', '.join(invoice.not_carried)}; use another channel")
    root_tag, table = _ROOTS[invoice.kind]
    namespace = root_tag[1:].partition("}")[0]
    root = etree.Element(root_tag, nsmap={None: namespace, **tables.NAMESPACES})
    _append(root, table, invoice, invoice.currency, "")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _append(parent: Element, table: tables.Table, value: Any, currency: str, place: str) -> None:
    """Add one element for every row of `table` that `value` has something for. `place` is where `value` stands: lines[2].item."""
    for field in table.without_row:
        if getattr(value, field) not in (None, ()):
            raise WriteError(f"{place}{field}: a {value.kind.replace('_', ' ')} has no element for it; remove it or move it")
    for row in table.rows:
        kind, tag, field, _, inner = row[:5]
        if kind == WRAPPED:
            element = etree.Element(tag)
            _append(element, cast("tables.Table", inner), value, currency, place)
            if len(element):
                parent.append(element)
            continue
        content = getattr(value, field)
        if content is None:
            _check_attributes_have_an_element(row, value, place)
        elif kind == MANY:
            for number, item in enumerate(content, 1):
                _append_aggregate(parent, row, item, currency, f"{place}{field}[{number}].")
        elif kind == ONE:
            _append_aggregate(parent, row, content, currency, f"{place}{field}.")
        elif inner:
            _append_leaf(etree.SubElement(parent, tag), inner.rows[0], content, value, currency, place)
        else:
            _append_leaf(parent, row, content, value, currency, place)


def _append_aggregate(parent: Element, row: tables.Row, value: Any, currency: str, place: str) -> None:
    element = etree.SubElement(parent, row.tag)
    inner = row.inner
    if inner is None or inner.value is None:
        _append_leaf(element, inner.rows[0] if inner else row, value, value, currency, place)
    else:
        _append(element, inner, value, value.currency if inner is aggregates.TAX_TOTAL else currency, place)


def _append_leaf(parent: Element, row: tables.Row, content: Any, beside: Any, currency: str, place: str) -> None:
    """One element without children; its attributes are fields of the content itself, or stand beside it."""
    element = etree.SubElement(parent, row.tag)
    holder = content if row.own else beside
    try:
        element.text = _text(content.value if row.own else content)
        if row.kind == AMOUNT:
            element.set("currencyID", currency)
        for attribute, field in row.attributes.items():
            if field and (text := getattr(holder, field)) is not None:
                element.set(attribute, text)
    except (ValueError, values.TextError) as error:
        raise WriteError(f"{place}{row.field}: {content!r} cannot be written ({error}); correct it at the source") from None


def _text(content: Any) -> str:
    if isinstance(content, Decimal):
        return values.plain(content)
    if isinstance(content, bool):
        return "true" if content else "false"
    return content.isoformat() if isinstance(content, dt.date) else content


def _check_attributes_have_an_element(row: tables.Row, value: Any, place: str) -> None:
    for field in row.attributes.values():
        if field and not row.own and getattr(value, field) is not None:
            raise WriteError(f"{place}{field}: it is an attribute of {row.field}, which is missing; give both or none")
