"""The invoice as PDF beside bare typst: the same template, fonts and standards in a plain loop, with all data prepared before."""

from __future__ import annotations

import datetime as dt
import json
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import psutil
import typst

from benchmarks import material, rows
from fakturabro.domain import documents
from fakturabro.formats import ehf
from fakturabro.formats.invoice_pdf import brands, content, press, sheet, typography, write
from tasks.debtors import producing

_BLOCK, _BLOCKS, _ROUNDS = 50, 4, 3
_MANY, _WARM = 2_000, 200
_AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
_INVOICE = msgspec.json.Decoder(documents.Invoice)


def measure() -> list[rows.Row]:
    """The rows."""
    found = rows.child("pdf")
    note = f"after {_MANY:,} documents, peer after {_WARM}"
    return [
        rows.row("pdf_one_core", found["ours"], "documents/s", "ratio >= 0.85", peer=found["bare"]),
        rows.row("pdf_memory", found["late"], "MB", "ratio <= 1.1", peer=found["early"], note=note),
    ]


class Prepared(NamedTuple):
    """What the template reads."""

    sheet: str
    ehf: str


class Bare:
    """A warm compiler and nothing else."""

    def __init__(self) -> None:
        self._folder = press.workshop("fakturabro.formats.invoice_pdf", "invoice.typ")
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[self._folder.name])
        self._compiler = typst.Compiler(pathlib.Path(self._folder.name, "invoice.typ"), root=self._folder.name, font_paths=fonts)

    def compile(self, prepared: Sequence[Prepared]) -> None:
        """All, one after the other."""
        for one in prepared:
            self._compiler.compile(format="pdf", sys_inputs=one._asdict(), pdf_standards=press.STANDARDS, timestamp=_AT)


def prepare(order: producing.Order, attached: bytes) -> Prepared:
    """The sheet of an order as the renderer hands it over, with the EHF inside."""
    composed = content.compose(_INVOICE.decode(order.invoice), order.recipient, "nb", brands.Brand(), ehf=bool(attached))
    safe = typography.printable(msgspec.to_builtins(composed), sheet.ROOM, sheet.LEAST_ROOM)
    return Prepared(msgspec.json.encode(safe).decode(), attached.decode())


def main() -> None:
    """Measure speed on one core, then memory, in this process."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    orders = material.orders(_MANY + _WARM)
    given = [(invoice, order.recipient, ehf.write(invoice)) for order in orders for invoice in [_INVOICE.decode(order.invoice)]]
    prepared = [prepare(order, attached) for order, (_, _, attached) in zip(orders[: _BLOCK * _BLOCKS], given, strict=False)]
    bare, renderer, me = Bare(), write.Renderer(), psutil.Process()

    def render(first: int, last: int) -> None:
        for invoice, recipient, attached in given[first:last]:
            renderer.render(invoice, recipient, ehf=attached)

    bare.compile(prepared[:5])
    render(0, 5)
    ours, plain = rows.in_turns(
        _BLOCKS,
        _ROUNDS,
        lambda at: render(at * _BLOCK, (at + 1) * _BLOCK),
        lambda at: bare.compile(prepared[at * _BLOCK : (at + 1) * _BLOCK]),
    )
    render(0, _WARM)
    early = me.memory_info().rss
    render(_WARM, _WARM + _MANY)
    count = _BLOCK * _BLOCKS
    found = {"ours": count / ours, "bare": count / plain, "early": early / 2**20, "late": me.memory_info().rss / 2**20}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
