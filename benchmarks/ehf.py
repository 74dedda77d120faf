"""Building UBL of five lines from domain values on one core, beside lxml that is given each element of the same documents."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import msgspec
from lxml import etree

from benchmarks import material, rows
from fakturabro.domain import documents
from fakturabro.formats import ehf

_BLOCK, _BLOCKS, _ROUNDS = 50, 4, 5
_LINES = 5
_INVOICE = msgspec.json.Decoder(documents.Invoice)


def measure() -> list[rows.Row]:
    """The row."""
    found = rows.child("ehf")
    note = "five lines; peer: lxml, element by element"
    return [rows.row("ehf_building", found["ours"], "documents/s", "value >= 3000", peer=found["bare"], note=note)]


def _parts(element: Any) -> list[Any]:
    """Tag, text, attributes and parts of what lies below."""
    return [(str(one.tag), one.text, dict(one.attrib), _parts(one)) for one in element]


def _build(parent: Any, parts: list[Any]) -> None:
    for tag, text, attributes, below in parts:
        element = etree.SubElement(parent, tag, attributes)
        element.text = text
        _build(element, below)


def _write_bare(root: Any, parts: list[Any]) -> bytes:
    made = etree.Element(root.tag, nsmap=root.nsmap)
    _build(made, parts)
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def main() -> None:
    """Measure in this process, on one core; both must write the same bytes."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    read = (_INVOICE.decode(order.invoice) for order in material.orders(8 * _BLOCK * _BLOCKS))
    invoices = [one for one in read if len(one.lines) == _LINES][: _BLOCK * _BLOCKS]
    if len(invoices) < _BLOCK * _BLOCKS:
        raise rows.MeasuringError(f"only {len(invoices)} documents have {_LINES} lines")
    roots = [etree.fromstring(ehf.write(one), etree.XMLParser(remove_blank_text=True)) for one in invoices]
    trees = [(root, _parts(root)) for root in roots]
    if [_write_bare(*tree) for tree in trees] != [ehf.write(one) for one in invoices]:
        raise rows.MeasuringError("the two do not write the same")
    ours, bare = rows.in_turns(
        _BLOCKS,
        _ROUNDS,
        lambda at: [ehf.write(one) for one in invoices[at * _BLOCK : (at + 1) * _BLOCK]],
        lambda at: [_write_bare(*tree) for tree in trees[at * _BLOCK : (at + 1) * _BLOCK]],
    )
    sys.stdout.write(json.dumps({"ours": len(invoices) / ours, "bare": len(invoices) / bare}) + "\n")


if __name__ == "__main__":
    main()
