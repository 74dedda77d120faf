"""Counterparts that answer at once and in this process, for what is measured without a network, and a producer of nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from benchmarks import material
from fakturabro.systems.access_point import wire as access_wire
from fakturabro.systems.factoring import wire as factoring_wire
from fakturabro.systems.peppol import client as peppol
from fakturabro.systems.poweroffice import wire
from tasks import connect
from tasks.debtors import producing

_PAGE = 1_000
_NOW = dt.datetime.combine(material.DAY, dt.time(8), dt.UTC)


class Source:
    """PowerOffice: the list, the EHFs and the cards."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._documents: dict[uuid.UUID, bytes] = {}

    async def fetch_available_invoices(self, where: str = "", *, page_size: int = _PAGE) -> AsyncIterator[wire.FactoringPage]:
        """Pages of the list; the EHFs of one page are kept at a time."""
        page: list[wire.FactoringInvoiceDetails] = []
        for listed, data in material.documents(self._count):
            page.append(listed)
            self._documents[listed.id] = data
            if len(page) == page_size:
                yield wire.FactoringPage(data=page, count=self._count)
                page = []
                self._documents.clear()
        if page:
            yield wire.FactoringPage(data=page, count=self._count)

    async def fetch_ehf(self, invoice_id: uuid.UUID) -> bytes:
        return self._documents[invoice_id]

    async def fetch_customers(self, numbers: Iterable[str]) -> list[wire.Customer]:
        wanted = set(map(int, numbers))
        return [card for card in material.cards() if card.number in wanted]


class Factoring:
    """The factoring company takes everything."""

    async def book(self, entry: factoring_wire.Entry) -> factoring_wire.BookedEntry:
        return factoring_wire.BookedEntry(
            id=1, client="4711", number=entry.number, type=entry.type, kid=entry.kid,
            amount=entry.amount, currency=entry.currency, booked_at=_NOW, channel="none",
        )  # fmt: skip

    async def mark_distribution(self, entry_type: str, number: str, channel: str, reason: str = "") -> None:
        """Heard and forgotten."""


class AccessPoint:
    """The access point takes everything for everybody."""

    async def send(self, message_id: uuid.UUID, *, sender: str, receiver: str, document: bytes) -> access_wire.Message:
        digest = hashlib.sha256(document).hexdigest()
        return access_wire.Message(
            message_id=message_id, sender=sender, receiver=receiver, sha256=digest, state="received", received_at=_NOW
        )


class Peppol:
    """Everybody takes everything."""

    network = "sandbox"

    async def find_receivers(self, questions: Iterable[peppol.Question], _now: dt.datetime) -> dict[peppol.Question, bool]:
        return dict.fromkeys(questions, True)


def _produce(orders: Sequence[producing.Order], *_: object) -> Iterator[producing.Product]:
    """Each document's own number as its EHF and PDF."""
    for order in orders:
        token = str(order.id).encode()
        yield producing.Product(id=order.id, pdf=b"%PDF-1.7 " + token, ehf=b"<Invoice>" + token if order.takes_ehf else b"")


def move_in(count: int) -> None:
    """Have this process speak to the stand-ins, and send everything as EHF."""
    source = Source(count)

    async def answer_source(_: connect.Connections) -> Source:
        return source

    async def answer_factoring(_: connect.Connections, _client: str) -> Factoring:
        return Factoring()

    async def answer_access_point(_: connect.Connections) -> AccessPoint:
        return AccessPoint()

    async def answer_peppol(_: connect.Connections) -> Peppol:
        return Peppol()

    for name, stand_in in {
        "poweroffice_v1": answer_source,
        "poweroffice_v2": answer_source,
        "factoring": answer_factoring,
        "access_point": answer_access_point,
        "peppol": answer_peppol,
    }.items():
        setattr(connect.Connections, name, stand_in)
    producing.produce = _produce
