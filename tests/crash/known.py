"""What the suites, the official rules and the renderer said of content once is not asked again: they see nothing but content."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from data_quality import blocking, checking
from fakturabro.formats.invoice_pdf import brands
from tasks.debtors import producing

_check, _produce_block = checking.check, producing.produce_block
_findings: dict[bytes, Any] = {}
_products: dict[bytes, producing.Product] = {}


def check(
    subjects: Iterable[Any], rules: blocking.Rules, suite: str = "sales_documents", *, post_codes: str = ""
) -> dict[int, Any]:
    """As data_quality.checking.check."""
    rows = list(subjects)
    said = rules.model_dump_json().encode()
    keys = {row.id: _digest(said, suite.encode(), msgspec.json.encode(msgspec.structs.replace(row, id=0))) for row in rows}
    unknown = [row for row in rows if keys[row.id] not in _findings]
    if unknown:
        _findings.update({keys[i]: found for i, found in _check(unknown, rules, suite, post_codes=post_codes).items()})
    return {row.id: _findings[keys[row.id]] for row in rows}


def produce_block(orders: Sequence[producing.Order], rules: pathlib.Path | None, brand: brands.Brand) -> list[producing.Product]:
    """As tasks.debtors.producing.produce_block."""
    said = msgspec.json.encode(brand)
    keys = {order.id: _digest(said, msgspec.json.encode(msgspec.structs.replace(order, id=0))) for order in orders}
    unknown = [order for order in orders if keys[order.id] not in _products]
    if unknown:
        _products.update({keys[made.id]: made for made in _produce_block(unknown, rules, brand)})
    return [msgspec.structs.replace(_products[keys[order.id]], id=order.id) for order in orders]


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"\0".join(parts)).digest()
