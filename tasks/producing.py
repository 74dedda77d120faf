"""Producing what debtors get: the EHF, judged by the official rules, and the PDF. In blocks; large batches on two processes.

One warm validator and one warm renderer per process. Writing, validating and rendering in turns thrashes the caches: a block is
first written whole, then validated whole, then rendered whole.
"""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import multiprocessing
import pathlib
from collections.abc import Iterator, Sequence
from concurrent.futures import process

import msgspec

from fakturabro.domain import documents, parties
from fakturabro.formats import ehf
from fakturabro.formats.ehf import rules as ehf_rules
from fakturabro.formats.invoice_pdf import write as pdf_writer

BLOCK = 50
_WORTH_TWO_PROCESSES = 4 * BLOCK
_INVOICE = msgspec.json.Decoder(documents.Invoice)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One document to produce. `invoice` is encoded JSON: it crosses to another process as it is."""

    id: int
    invoice: bytes
    recipient: parties.Recipient
    as_ehf: bool


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """What was produced; `broken` are the fatal findings of the official rules, `problem` why nothing could be made."""

    id: int
    pdf: bytes = b""
    ehf: bytes = b""
    broken: tuple[ehf_rules.Violation, ...] = ()
    problem: str = ""


def produce(orders: Sequence[Order], rules: pathlib.Path | None) -> Iterator[Product]:
    """The products in the order of `orders`."""
    blocks = [orders[start : start + BLOCK] for start in range(0, len(orders), BLOCK)]
    if len(orders) < _WORTH_TWO_PROCESSES:
        return itertools.chain.from_iterable(produce_block(block, rules) for block in blocks)
    return _produce_in_processes(blocks, rules)


def _produce_in_processes(blocks: Sequence[Sequence[Order]], rules: pathlib.Path | None) -> Iterator[Product]:
    try:
        for products in _pool().map(produce_block, blocks, itertools.repeat(rules)):
            yield from products
    except process.BrokenProcessPool:
        _pool.cache_clear()  # a worker was killed: the next attempt gets new ones
        raise


@functools.cache
def _pool() -> concurrent.futures.ProcessPoolExecutor:
    """Two processes that live as long as this one: warming them up costs as much as a hundred documents."""
    return concurrent.futures.ProcessPoolExecutor(max_workers=2, mp_context=multiprocessing.get_context("spawn"))


def produce_block(orders: Sequence[Order], rules: pathlib.Path | None) -> list[Product]:
    """One block: all written, all validated, all rendered. A document that cannot be produced costs no other."""
    written = [_write(order) for order in orders]
    judged = [_judge(product, rules) for product in written]
    return [_render(order, product) for order, product in zip(orders, judged, strict=True)]


def _write(order: Order) -> Product:
    if not order.as_ehf:
        return Product(id=order.id)
    try:
        return Product(id=order.id, ehf=ehf.write(_INVOICE.decode(order.invoice)))
    except ehf.WriteError as error:
        return Product(id=order.id, problem=str(error))


def _judge(product: Product, rules: pathlib.Path | None) -> Product:
    if not product.ehf:
        return product
    broken = tuple(found for found in ehf_rules.validator(rules).validate(product.ehf) if found.severity == "fatal")
    return msgspec.structs.replace(product, broken=broken)


def _render(order: Order, product: Product) -> Product:
    if product.problem:
        return product
    try:
        return msgspec.structs.replace(product, pdf=_renderer().render(_INVOICE.decode(order.invoice), order.recipient))
    except pdf_writer.RenderError as error:
        return msgspec.structs.replace(product, problem=str(error))


@functools.cache
def _renderer() -> pdf_writer.Renderer:
    return pdf_writer.Renderer()
