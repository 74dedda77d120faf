"""What the suites, the official rules and the renderer said of content once is not asked again: they see nothing but content."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import pathlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from unittest import mock

import msgspec

from data_quality import blocking, checking, postcodes
from fakturabro.formats.invoice_pdf import brands
from tasks.debtors import producing

_check, _produce_block = checking.check, producing.produce_block
_findings: dict[bytes, Any] = {}
_products: dict[bytes, producing.Product] = {}
_alone = threading.Lock()


def check(
    subjects: Iterable[Any], rules: blocking.Rules, suite: str = "sales_documents", *, post_codes: str = ""
) -> dict[int, Any]:
    """As data_quality.checking.check. Days, limits and twins stand in the subjects; a register counts by what stands in it."""
    rows = list(subjects)
    said = rules.fingerprint().encode(), suite.encode(), postcodes.read(post_codes).fingerprint.encode()
    keys = {row.id: _digest(*said, msgspec.json.encode(msgspec.structs.replace(row, id=0))) for row in rows}
    if not rows or len(keys) != len(rows):
        return _check(rows, rules, suite, post_codes=post_codes)  # which refuses it
    unknown = [row for row in rows if keys[row.id] not in _findings]
    if unknown:
        with _settings_read_once():
            _findings.update({keys[i]: found for i, found in _check(unknown, rules, suite, post_codes=post_codes).items()})
    return {row.id: _findings[keys[row.id]] for row in rows}


@contextlib.contextmanager
def _settings_read_once() -> Iterator[None]:
    """Great Expectations writes the settings of an expectation down anew whenever it looks at one: a third of a small check."""
    importlib.import_module("data_quality.validation")
    expectation = importlib.import_module("great_expectations.expectations.expectation")
    written, named = expectation.Expectation.configuration.fget, functools.cache(expectation.camel_to_snake)
    kept: dict[int, tuple[Any, Any]] = {}  # with the expectation itself, which must outlive its number

    def configuration(self: Any) -> Any:
        if id(self) not in kept:
            kept[id(self)] = (self, written(self))
        return kept[id(self)][1]

    with (
        _alone,
        mock.patch.object(expectation.Expectation, "configuration", property(configuration)),
        mock.patch.object(expectation, "camel_to_snake", named),
    ):
        yield


def produce_block(orders: Sequence[producing.Order], rules: pathlib.Path | None, brand: brands.Brand) -> list[producing.Product]:
    """As tasks.debtors.producing.produce_block."""
    said = msgspec.json.encode(brand) + str(rules).encode()
    keys = {order.id: _digest(said, msgspec.json.encode(msgspec.structs.replace(order, id=0))) for order in orders}
    unknown = [order for order in orders if keys[order.id] not in _products]
    if unknown:
        _products.update({keys[made.id]: made for made in _produce_block(unknown, rules, brand)})
    return [msgspec.structs.replace(_products[keys[order.id]], id=order.id) for order in orders]


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"\0".join(parts)).digest()
