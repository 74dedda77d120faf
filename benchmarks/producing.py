"""Producing what debtors get, beside the bare sum of its parts: saxonche, XSD and typst without us, on the same bytes."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import saxonche
from lxml import etree

from benchmarks import material, pdf, rows
from fakturabro.domain import documents
from fakturabro.formats import ehf
from fakturabro.formats.ehf import editions, rules
from tasks.debtors import producing

_BLOCKS, _ROUNDS = 4, 3
_ON_TWO = 3


def measure() -> list[rows.Row]:
    """The rows."""
    found = rows.child("producing")
    unit = "documents/s"
    return [
        rows.row("producing_one_core", found["one"], unit, "ratio >= 0.93", peer=found["bare"]),
        rows.row("producing_two_processes", found["two"], unit, "ratio >= 1.7", peer=found["bare"], note="peer on one core"),
        rows.row("official_validation", found["validation"], unit, "ratio >= 0.85", peer=found["bare_saxonche"]),
    ]


class Bare:
    """The parts without us: each made once and used again, as anybody would."""

    def __init__(self) -> None:
        self._saxon: Any = saxonche.PySaxonProcessor(license=False)
        files, compiler = editions.find(None), self._saxon.new_xslt30_processor
        self._transforms = [compiler().compile_stylesheet(stylesheet_file=str(file)) for file in (files.cen, files.peppol)]
        self._schema = etree.XMLSchema(etree.parse(files.xsd / "UBL-Invoice-2.1.xsd"))
        self._pdf = pdf.Bare()

    def judge(self, data: bytes) -> None:
        """One parse, both transforms."""
        document = self._saxon.parse_xml(xml_text=data.decode())
        for transform in self._transforms:
            transform.transform_to_string(xdm_node=document)

    def produce(self, documents: Sequence[bytes], sheets: Sequence[pdf.Prepared]) -> None:
        """XSD and rules of all, then all PDFs."""
        for data in documents:
            self._schema.validate(etree.fromstring(data))
            self.judge(data)
        self._pdf.compile(sheets)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure all three in this process, on one core but for the row on two processes."""
    orders = material.orders(2 * _BLOCKS * producing.BLOCK)
    blocks = [orders[start : start + producing.BLOCK] for start in range(0, _BLOCKS * producing.BLOCK, producing.BLOCK)]
    written = [[ehf.write(msgspec.json.decode(order.invoice, type=documents.Invoice)) for order in block] for block in blocks]
    kept = [[product.ehf for product in producing.produce(block, None)] for block in blocks]
    sheets = [[pdf.prepare(*pair) for pair in zip(block, ehfs, strict=True)] for block, ehfs in zip(blocks, kept, strict=True)]
    bare, validator = Bare(), rules.validator(None)
    bare.produce(written[0][:5], sheets[0][:5])
    list(producing.produce(orders, None))
    both = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(both)})
    one, bare_sum = rows.in_turns(
        _BLOCKS,
        _ROUNDS,
        lambda at: producing.produce_block(blocks[at], None),
        lambda at: bare.produce(written[at], sheets[at]),
    )
    judged, bare_judged = rows.in_turns(
        _BLOCKS,
        _ROUNDS,
        lambda at: [validator.validate(one) for one in written[at]],
        lambda at: [bare.judge(one) for one in written[at]],
    )
    os.sched_setaffinity(0, both)
    two = min(_seconds(lambda: list(producing.produce(orders, None))) for _ in range(_ON_TWO))
    count = _BLOCKS * producing.BLOCK
    found = {
        "one": count / one,
        "two": len(orders) / two,
        "bare": count / bare_sum,
        "validation": count / judged,
        "bare_saxonche": count / bare_judged,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
