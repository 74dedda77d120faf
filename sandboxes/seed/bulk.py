"""Many good invoices, cheaply, for benchmarks: the seed's ordinary invoices again and again, with their own ids and numbers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

from sandboxes.poweroffice import state as state_
from sandboxes.seed import clients as seed


def invoices(client: state_.Client, count: int, first_number: int = 1_000_000) -> Iterator[state_.Invoice]:
    """`count` invoices like the ordinary ones of this client of the seed (add them with `client.add`).

    Documents are written when they are asked for, so that a hundred thousand of them cost little memory.
    """
    day = max(invoice.created for invoice in client.invoices.values()).date() + dt.timedelta(days=1)
    fresh = seed.companies(base_date=day)
    plain = {one.invoice_id for one in fresh.expected if not one.problems and not one.later}
    patterns = [invoice for invoice in fresh.clients[client.key].invoices.values() if invoice.id in plain]
    for at in range(count):
        yield _numbered(patterns[at % len(patterns)], first_number + at)


def documents(count: int, first_number: int = 1_000_000, base_date: dt.date | None = None) -> Iterator[bytes]:
    """The EHF documents of `invoices` for the first client of the seed."""
    client = next(iter(seed.companies(base_date=base_date).clients.values()))
    return (invoice.document() for invoice in invoices(client, count, first_number))


def _numbered(pattern: state_.Invoice, number: int) -> state_.Invoice:
    content, old, new = pattern.document(), f"<cbc:ID>{pattern.number}</cbc:ID>".encode(), f"<cbc:ID>{number}</cbc:ID>".encode()
    changes: dict[str, Any] = {
        "id": str(uuid.uuid5(seed.SPACE, f"{pattern.client_key}/{number}")),
        "number": number,
        "created": pattern.created + dt.timedelta(milliseconds=number % 10_000_000),
        "ehf": lambda: content.replace(old, new, 1),
    }
    return msgspec.structs.replace(pattern, **changes)
