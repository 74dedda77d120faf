"""Whatever invoice is written is read back the same, and no bytes whatever raise anything but ReadError."""

from __future__ import annotations

import datetime as dt
import pathlib
import types
import typing
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakturabro.domain import documents
from fakturabro.formats import ehf

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t\r", exclude_characters="\ufffe\uffff"), max_size=8
)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    dt.date: st.dates(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15)
    | st.sampled_from([Decimal("1E-9"), Decimal("1E+5"), Decimal("-0"), Decimal("12.50")]),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Every value that a field's type allows, small."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in LEAVES:
        return LEAVES[hint]
    if origin in (types.UnionType, typing.Union):
        return st.none() | values(arguments[0])
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    return structs(hint)


def structs(shape: type[msgspec.Struct], /, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = {
        field.name: fixed.get(field.name, st.deferred(lambda f=field: values(f.type))) for field in msgspec.structs.fields(shape)
    }
    return st.fixed_dictionaries(fields).map(lambda found: shape(**found))


def writable(invoice: documents.Invoice) -> documents.Invoice:
    """Without what UBL has no place for: a credit note's due date, a file name without a file."""
    attachments = tuple(
        a if a.content_base64 is not None else msgspec.structs.replace(a, mime_code=None, filename=None)
        for a in invoice.attachments
    )
    if invoice.kind == "credit_note":
        return msgspec.structs.replace(invoice, due_date=None, project_reference=None, attachments=attachments)
    return msgspec.structs.replace(invoice, attachments=attachments)


INVOICES = structs(
    documents.Invoice,
    kind=st.sampled_from(["invoice", "credit_note"]),
    not_carried=st.just(()),
    lines=st.lists(structs(documents.Line), min_size=1, max_size=2).map(tuple),
).map(writable)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(INVOICES)
def test_read_gives_back_what_was_written(invoice: documents.Invoice) -> None:
    assert ehf.read(ehf.write(invoice)) == invoice


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    ehf.recognise(data)
    with pytest.raises(ehf.ReadError):
        ehf.read(data)


@pytest.mark.contract
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_invoices_are_read_or_refused(shared: pathlib.Path, data: st.DataObject) -> None:
    source = bytearray((shared / "samples/ehf/norwegian-probes/ok.xml").read_bytes())
    start = data.draw(st.integers(0, len(source)))
    source[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=6))
    try:
        invoice = ehf.read(bytes(source))
    except ehf.ReadError:
        return
    if not invoice.not_carried:
        assert ehf.read(ehf.write(invoice)) == invoice
