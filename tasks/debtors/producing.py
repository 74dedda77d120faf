"""Producing what debtors get: the EHF, judged by the official rules, and the PDF around it. In blocks; large batches on several
processes. An EHF is made of every document that can be one, whatever channel it takes (ADR 0014).

One warm validator and one warm renderer per process. Writing, validating and rendering in turns thrashes the caches: a block is
first written whole, then validated whole, then rendered whole.
"""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import multiprocessing
import os
import pathlib
from collections.abc import Iterator, Sequence
from concurrent.futures import process

import msgspec

from fakturabro.domain import documents, languages, parties
from fakturabro.formats import ehf
from fakturabro.formats.ehf import rules as ehf_rules
from fakturabro.formats.invoice_pdf import brands
from fakturabro.formats.invoice_pdf import write as pdf_writer

BLOCK = 50
_WORTH_MORE_PROCESSES = 4 * BLOCK
_PROCESSES = min(4, max(2, os.cpu_count() or 1))
_NEUTRAL = brands.Brand()
_INVOICE = msgspec.json.Decoder(documents.Invoice)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One document to produce. `invoice` is encoded JSON: it crosses to another process as it is."""

    id: int
    invoice: bytes
    recipient: parties.Recipient
    language: languages.Language = "nb"
    takes_ehf: bool = False
    """Its receiver takes EHF, so what is wrong with it is told. For others one is made where it can be."""


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """What was produced. `ehf` keeps the rules, or is empty; `pdf` carries it inside.

    `broken` are the fatal findings of the official rules, `problem` is why nothing could be made.
    """

    id: int
    pdf: bytes = b""
    ehf: bytes = b""
    rules: str | None = None
    """The edition of the rules that the EHF keeps."""
    broken: tuple[ehf_rules.Violation, ...] = ()
    problem: str = ""


def produce(orders: Sequence[Order], rules: pathlib.Path | None, brand: brands.Brand = _NEUTRAL) -> Iterator[Product]:
    """The products in the order of `orders`, all of one tenant."""
    blocks = [orders[start : start + BLOCK] for start in range(0, len(orders), BLOCK)]
    if len(orders) < _WORTH_MORE_PROCESSES:
        return itertools.chain.from_iterable(produce_block(block, rules, brand) for block in blocks)
    return _produce_in_processes(blocks, rules, brand)


def _produce_in_processes(blocks: Sequence[Sequence[Order]], rules: pathlib.Path | None, brand: brands.Brand) -> Iterator[Product]:
    """Where a worker was killed, new ones go on with what is left; killed a second time, the next attempt is the run's."""
    left = list(blocks)
    for is_last in (False, True):
        try:
            for products in _pool().map(produce_block, tuple(left), itertools.repeat(rules), itertools.repeat(brand)):
                yield from products
                left.pop(0)
            return
        except process.BrokenProcessPool:
            _pool.cache_clear()
            if is_last:
                raise


@functools.cache
def _pool() -> concurrent.futures.ProcessPoolExecutor:
    """Processes that live as long as this one: warming them up costs as much as a hundred documents."""
    return concurrent.futures.ProcessPoolExecutor(max_workers=_PROCESSES, mp_context=multiprocessing.get_context("spawn"))


def produce_block(orders: Sequence[Order], rules: pathlib.Path | None, brand: brands.Brand = _NEUTRAL) -> list[Product]:
    """One block: all written, all validated, all rendered. A document that cannot be produced costs no other."""
    written = [_write(order) for order in orders]
    judged = [_judge(order, product, rules) for order, product in zip(orders, written, strict=True)]
    return [_render(order, product, brand) for order, product in zip(orders, judged, strict=True)]


def _write(order: Order) -> Product:
    invoice = _INVOICE.decode(order.invoice)
    if not order.takes_ehf and invoice.buyer.endpoint is None:
        return Product(id=order.id)  # without an electronic address it breaks PEPPOL-EN16931-R010
    try:
        return Product(id=order.id, ehf=ehf.write(invoice))
    except ehf.WriteError as error:
        return Product(id=order.id, problem=str(error) if order.takes_ehf else "")


def _judge(order: Order, product: Product, rules: pathlib.Path | None) -> Product:
    if not product.ehf:
        return product
    validator = ehf_rules.validator(rules)
    broken = tuple(found for found in validator.validate(product.ehf) if found.severity == "fatal")
    if broken:
        return Product(id=order.id, broken=broken if order.takes_ehf else ())
    return msgspec.structs.replace(product, rules=validator.version)


def _render(order: Order, product: Product, brand: brands.Brand) -> Product:
    if product.problem:
        return product
    invoice, attached = _INVOICE.decode(order.invoice), product.ehf or None
    try:
        pdf = _renderer().render(invoice, order.recipient, brand=brand, language=order.language, ehf=attached)
        return msgspec.structs.replace(product, pdf=pdf)
    except pdf_writer.RenderError as error:
        return msgspec.structs.replace(product, problem=str(error))


@functools.cache
def _renderer() -> pdf_writer.Renderer:
    return pdf_writer.Renderer()
