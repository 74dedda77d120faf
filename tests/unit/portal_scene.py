"""One tenant's ledger with documents that were booked and went by link or e-mail, for the tests of what follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from fakturabro.domain import documents as values
from fakturabro.domain import parties
from fakturabro.ledger import audits, certificates, deliveries, details, documents, opened, raws, recording, tables
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import links as portal

TENANT, KEY = "nordlys", b"p" * 32
NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
FACE = portal.Face(
    client_name="Nordlys Bemanning AS", organisation_number="991825827", kind="invoice", number="1", amount=12_500, currency="NOK"
)


def email_key(document: int, revision: int = 1) -> str:
    return f"<{TENANT}.{document:012x}{revision:012x}@mail.example>"


def take_in(ledger: opened.Ledger, number: int, text: str = "first", **more: Any) -> int:
    """Record a document, or its newer revision; its id."""
    seal, body = ledger.seals.key(TENANT, "document", "2026-11"), f"{number} {text}".encode()
    said = {"kind": "invoice", "amount": 12_500, "original_number": None, **more}
    row = documents.Fetched(
        source_key=f"id-{number}",
        number=str(number),
        customer_number="10001",
        currency="NOK",
        listing_hash=text,
        hash=body.ljust(32, b"0"),
        raw=raws.seal(seal, "document", body),
        canonical=seal.seal(body),
        **said,
    )
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-1", values.PURPOSES, [row])
    return documents.find_by_number(ledger, TENANT, [str(number)], values.KINDS)[0].id


def find(ledger: opened.Ledger, document_id: int, purpose: str = "letter") -> Any:
    """The delivery as it stands, None when there is none."""
    mine = (tables.delivery.c.document_id == document_id, tables.delivery.c.purpose == purpose)
    with ledger.reading() as connection:
        return connection.execute(sa.select(tables.delivery).where(*mine)).one_or_none()


def state(ledger: opened.Ledger, document_id: int) -> str | None:
    """The letter's."""
    row = find(ledger, document_id)
    return row and row.state


def send(
    ledger: opened.Ledger,
    document_id: int,
    target: str = "link",
    *,
    purpose: str = "distribute",
    key: str = "",
    outcome: str = "accepted",
    at: dt.datetime = NOW,
) -> None:
    """A delivery by the protocol, from where it stands."""
    row = find(ledger, document_id, purpose)
    planned = deliveries.Planned(id=row.id, target=target, natural_key=key or email_key(document_id))
    deliveries.plan(ledger, TENANT, [planned], "run-1")
    deliveries.move(ledger, TENANT, [row.id], "planned", "sending", "run-1")
    said = deliveries.Answer(delivery_id=row.id, target=target, natural_key=planned.natural_key, outcome=outcome)
    deliveries.record_answers(ledger, TENANT, [said], "run-1", at, at.date())


def carry(ledger: opened.Ledger, number: int, target: str = "link", outcome: str = "accepted", **more: Any) -> int:
    """A document that comes in, is booked and leaves; its id."""
    i = take_in(ledger, number, **more)
    send(ledger, i, "factoring:4711", purpose="book", key=f"invoice {number}")
    send(ledger, i, target, outcome=outcome)
    return i


def address(ledger: opened.Ledger, document_id: int, *emails: str) -> None:
    """Settle who gets it."""
    recipient = parties.Recipient(name="Kari Nordmann", customer_number="10001", emails=emails)
    details.record_recipients(ledger, TENANT, ledger.seals.key(TENANT, "recipient", "2026-11"), {document_id: recipient})


def link(
    ledger: opened.Ledger, document_id: int, now: dt.datetime = NOW, key: bytes = KEY, revision: int = 1
) -> portal_keys.Secrets:
    """Record the link of a document; what is mailed."""
    row = portal.NewLink(
        document_id=document_id,
        revision_id=find(ledger, document_id, "book").revision_id,
        natural_key=email_key(document_id, revision),
        language="nb",
        expires_at=portal.expiry(None, now.date()),
        face=FACE,
    )
    return portal.record(ledger, key, TENANT, [row], now)[row.natural_key]


def certify(ledger: opened.Ledger, run: str = "run-1") -> dict[str, certificates.Figures]:
    """The counts of the certificates by purpose; they add up, and everything is as they say."""
    made = certificates.record(ledger, TENANT, values.ALL_PURPOSES, run, NOW)
    assert all(one.adds_up for one in made)
    assert audits.find_faults(ledger, TENANT) == []
    return {one.purpose: one.count for one in made}
