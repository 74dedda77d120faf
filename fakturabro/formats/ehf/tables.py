"""What a layout is made of: a table per aggregate, a row per element, and the constructors that layout.py reads well with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from fakturabro.domain import documents

NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}

# Plain integers, because the reader compares them some 250 times a document. From ALONE on the element has children.
TEXT, AMOUNT, DECIMAL, DATE, FLAG, OWN_TEXT, OWN_DECIMAL, ALONE, WRAPPED, ONE, MANY = range(11)
"""ALONE is WRAPPED with a single row of text: cac:Country/cbc:IdentificationCode."""


Found = tuple[int, str, dict[str, str], Any, Any]
"""What the reader's loop needs of a row: kind, field, attributes, table below, and what makes the value."""


class Row(NamedTuple):
    """One element: how it is read (`kind`), the field it fills, and what lies in its attributes or below it."""

    kind: int
    tag: str
    """As lxml writes it: {namespace}ID."""
    field: str
    """The field of the table's value; of a wrapped element with several fields its tag, until they are laid beside the others."""
    attributes: dict[str, str]
    """Attribute -> field. An attribute with no field ("") may stand there and is dropped (docs/ehf_changes.md)."""
    inner: Table | None = None
    """The table of the aggregate below."""
    own: type[Any] | None = None
    """The value that text and attributes make together: Identifier, Quantity."""
    mandatory: bool = False
    """Must stand in the source although the value has a default."""


class Written(NamedTuple):
    """What the writer's loop needs of a row, at hand: 250 times a document. `attributes` are those that a field stands for."""

    row: Row
    kind: int
    name: str
    """As it is written: cbc:ID."""
    field: str
    inner: Table | None
    attributes: tuple[tuple[str, str], ...]


class Table:
    """An aggregate: the value it makes, and its rows in the order of the schema.

    `value` is None where the rows fill the fields of the table above (a wrapped element), or where the only row is the value.
    What `recurs` (the seller, buyers, goods, VAT rates) is made once and then known by its bytes; amounts cannot stand in it.
    """

    def __init__(self, value: type[Any] | None, *rows: Row, recurs: bool = False) -> None:
        self.value = value
        self.recurs = recurs
        self.known: dict[bytes, Any] = {}
        self.rows = rows
        self.lookup: dict[Any, Found] = {row.tag: (row.kind, row.field, row.attributes, row.inner, _maker(row)) for row in rows}
        self.written = tuple(Written(row, row.kind, prefixed(row.tag), row.field, row.inner, _named(row)) for row in rows)
        self.wrapped = tuple(row.field for row in rows if row.kind == WRAPPED)
        self.repeated = tuple(row.field for row in rows if row.kind == MANY)
        self.joined = bool(self.wrapped or self.repeated)
        self.tags = dict(self._tags())
        self.mandatory = frozenset(self._mandatory())
        self.without_row = tuple(field.name for field in _fields(value) if field.name not in self.tags and field.name not in _OURS)

    def _mandatory(self) -> set[str]:
        """Fields that must stand in the source: those without a default, and those whose row says so."""
        of_value = {field.name for field in _fields(self.value) if field.required and field.name in self.tags}
        below = {field for row in self.rows if row.kind in (ALONE, WRAPPED) and row.inner for field in row.inner.mandatory}
        return of_value | below | {row.field for row in self.rows if row.mandatory}

    def _tags(self) -> list[tuple[str, str]]:
        """Every field and the path of the element or attribute it stands in, for messages."""
        found: list[tuple[str, str]] = []
        for row in self.rows:
            name = prefixed(row.tag)
            if row.kind in (ALONE, WRAPPED) and row.inner:
                found += [(field, f"{name}/{tag}") for field, tag in row.inner.tags.items()]
            else:
                found.append((row.field, name))
                found += [(field, f"{name}/@{attribute}") for attribute, field in row.attributes.items() if field and not row.own]
        return found


_OURS = ("kind", "not_carried")


def _fields(value: type[Any] | None) -> tuple[Any, ...]:
    return msgspec.structs.fields(value) if value else ()


def _named(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple((attribute, field) for attribute, field in row.attributes.items() if field)


def _maker(row: Row) -> Callable[..., Any] | None:
    """What makes the row's value of the fields found below it or beside it."""
    if row.inner is None or row.kind in (ALONE, WRAPPED):
        return row.own
    return row.inner.value or _the_only


def _the_only(**fields: Any) -> Any:
    (value,) = fields.values()
    return value


def prefixed(tag: str) -> str:
    """cbc:ID for {urn:...CommonBasicComponents-2}ID; other namespaces are written out, the roots' left away."""
    namespace, _, name = tag.rpartition("}")
    for prefix, uri in NAMESPACES.items():
        if namespace == "{" + uri:
            return f"{prefix}:{name}"
    return name if namespace.endswith((":Invoice-2", ":CreditNote-2")) else tag


def _clark(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def text(tag: str, field: str, *, mandatory: bool = False, **attributes: str) -> Row:
    """Text as it stands, blanks included."""
    return Row(TEXT, _clark(tag), field, attributes, mandatory=mandatory)


def amount(tag: str, field: str) -> Row:
    """A decimal number whose currencyID is the currency of the document, or of the tax total it stands in."""
    return Row(AMOUNT, _clark(tag), field, {"currencyID": ""})


def decimal(tag: str, field: str, **attributes: str) -> Row:
    """A decimal number."""
    return Row(DECIMAL, _clark(tag), field, attributes)


def date(tag: str, field: str) -> Row:
    """YYYY-MM-DD."""
    return Row(DATE, _clark(tag), field, {})


def flag(tag: str, field: str) -> Row:
    """true or false."""
    return Row(FLAG, _clark(tag), field, {})


def identifier(tag: str, field: str, *, mandatory: bool = False) -> Row:
    """Text with schemeID."""
    return Row(OWN_TEXT, _clark(tag), field, {"schemeID": "scheme"}, own=documents.Identifier, mandatory=mandatory)


def quantity(tag: str, field: str) -> Row:
    """A decimal number with unitCode."""
    return Row(OWN_DECIMAL, _clark(tag), field, {"unitCode": "unit"}, own=documents.Quantity)


def wrapped(tag: str, *rows: Row) -> Row:
    """An element that only exists to hold others: its rows fill the fields of the value around it."""
    if len(rows) == 1 and rows[0].kind == TEXT:
        return Row(ALONE, _clark(tag), rows[0].field, rows[0].attributes, Table(None, *rows))
    return Row(WRAPPED, _clark(tag), _clark(tag), {}, Table(None, *rows))


def one(tag: str, field: str, table: Table) -> Row:
    """An aggregate that may stand once."""
    return Row(ONE, _clark(tag), field, {}, table)


def many(tag: str, field: str, table: Table) -> Row:
    """An aggregate that may be repeated: a tuple, in the order of the source."""
    return Row(MANY, _clark(tag), field, {}, table)
