"""What the ledger keeps beside a document: customer cards, the settled recipient, the KID, and renditions (PDF, EHF)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents, parties
from fakturabro.ledger import deliveries, opened, raws, seals, tables
from fakturabro.ledger import engine as bulk

_recipient, _booking, _rendition, _delivery = tables.recipient, tables.booking, tables.rendition, tables.delivery
_RECIPIENT = msgspec.json.Decoder(parties.Recipient)
SENT_AS = {"ehf": "ehf", "link": "link", "email": "email", "letter": "letter", "poweroffice": "write_back"}
"""In which format what leaves for a target is kept: e-mail and writeback as a frame around the PDF (see frames), letters as the
index of their job."""
_CARD = msgspec.json.Decoder(parties.Card)


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of a revision to send it: "pdf" and "ehf", or what is sent with the PDF, see SENT_AS."""

    revision_id: int
    format: str
    data: raws.Sealed
    rules: str | None = None
    """The edition of the rules that an EHF was judged by."""


def record_recipients(ledger: opened.Ledger, tenant: str, key: seals.Key, recipients: Mapping[int, parties.Recipient]) -> None:
    """Replace the recipients of these documents (by document id); `key` is the tenant's key for kind "recipient"."""
    rows = [(tenant, document_id, key.seal(msgspec.json.encode(recipient))) for document_id, recipient in recipients.items()]
    with ledger.writing() as connection:
        chosen = bulk.among(connection, _recipient.c.document_id, recipients)
        connection.execute(sa.delete(_recipient).where(_recipient.c.tenant == tenant, chosen))
        bulk.insert(connection, _recipient, ("tenant", "document_id", "sealed"), rows)


def read_recipients(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, parties.Recipient]:
    """The recipients of these documents, by document id. One that was purged is not among them."""
    kept = sa.func.length(_recipient.c.sealed) > seals.MONTH_LENGTH
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _recipient.c.document_id, document_ids)
        query = sa.select(_recipient.c.document_id, _recipient.c.sealed).where(_recipient.c.tenant == tenant, chosen, kept)
        return {
            document_id: _RECIPIENT.decode(ledger.seals.open(connection, tenant, "recipient", sealed))
            for document_id, sealed in connection.execute(query)
        }


def find_without_recipient(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> list[int]:
    """Those of these documents that have no recipient yet."""
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _recipient.c.document_id, document_ids)
        query = sa.select(_recipient.c.document_id).where(_recipient.c.tenant == tenant, chosen)
        known = set(connection.execute(query).scalars())
    return [i for i in document_ids if i not in known]


def read_cards(ledger: opened.Ledger, tenant: str, source: str, numbers: Sequence[str]) -> dict[str, parties.Card]:
    """The newest recorded customer card of each of these customer numbers, where there is one."""
    document, revision = tables.document, tables.revision
    with ledger.reading() as connection:
        query = (
            sa.select(document.c.source_key, revision.c.canonical)
            .join(revision, sa.and_(revision.c.tenant == document.c.tenant, revision.c.id == document.c.revision_id))
            .where(
                document.c.tenant == tenant,
                document.c.source == source,
                document.c.kind == "customer",
                bulk.among(connection, document.c.source_key, numbers),
            )
        )
        return {
            number: _CARD.decode(ledger.seals.open(connection, tenant, "customer", sealed))
            for number, sealed in connection.execute(query)
        }


def record_kids(ledger: opened.Ledger, tenant: str, kids: Mapping[int, str]) -> None:
    """Give documents their KID (by document id), in place of one that was made before. Only for what nobody was sent."""
    with ledger.writing() as connection:
        chosen = bulk.among(connection, _booking.c.document_id, kids)
        connection.execute(sa.delete(_booking).where(_booking.c.tenant == tenant, chosen))
        bulk.insert(connection, _booking, ("tenant", "document_id", "kid"), [(tenant, i, kid) for i, kid in sorted(kids.items())])


def read_kids(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> dict[int, str]:
    """The KIDs of these documents, by document id."""
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _booking.c.document_id, document_ids)
        rows = connection.execute(sa.select(_booking.c.document_id, _booking.c.kid).where(_booking.c.tenant == tenant, chosen))
        return {document_id: kid for document_id, kid in rows}


class Unreported(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was distributed through `channel`; `booked_at` is the target that it was booked at."""

    document_id: int
    channel: str
    booked_at: str


def find_unreported_channels(ledger: opened.Ledger, tenant: str) -> list[Unreported]:
    """Documents that were distributed and whose channel the factoring company was not told of yet: the letter after a link, too."""
    book, letter = _delivery.alias(), _delivery.alias()
    followed = (letter.c.tenant == _delivery.c.tenant, letter.c.document_id == _delivery.c.document_id)
    followed += (letter.c.purpose == documents.AFTER_LINK, letter.c.state == "accepted")
    followed += (letter.c.revision_id == _delivery.c.revision_id,)
    channel = sa.func.coalesce(letter.c.target, _delivery.c.target)
    query = (
        sa.select(_delivery.c.document_id, channel, book.c.target)
        .join(_booking, sa.and_(_booking.c.tenant == _delivery.c.tenant, _booking.c.document_id == _delivery.c.document_id))
        .join(book, sa.and_(book.c.tenant == _delivery.c.tenant, book.c.document_id == _delivery.c.document_id))
        .outerjoin(letter, sa.and_(*followed))
        .where(
            _delivery.c.tenant == tenant,
            _delivery.c.purpose == "distribute",
            _delivery.c.state == "accepted",
            book.c.purpose == "book",
            sa.or_(_booking.c.channel.is_(None), _booking.c.channel != channel),
        )
    )
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(_delivery.c.document_id))
        return [Unreported(document_id=i, channel=channel, booked_at=target) for i, channel, target in rows]


def record_reported_channels(ledger: opened.Ledger, tenant: str, channels: Mapping[int, str]) -> None:
    """Note that the factoring company knows the channel of these documents, by document id."""
    statement = "update booking set channel = {} where tenant = {} and document_id = {}"
    with ledger.writing() as connection:
        bulk.update(connection, statement, [(channel, tenant, document_id) for document_id, channel in channels.items()])


def record_renditions(ledger: opened.Ledger, tenant: str, rows: Sequence[Rendition]) -> list[int]:
    """Keep what was made of these revisions, replacing what was made before and not sent; the raw id of each."""
    by_format: dict[str, list[int]] = {}
    for row in rows:
        by_format.setdefault(row.format, []).append(row.revision_id)
    with ledger.writing() as connection:
        raw_ids = raws.record(connection, tenant, [row.data for row in rows])
        for format_, revision_ids in by_format.items():
            chosen = bulk.among(connection, _rendition.c.revision_id, revision_ids)
            connection.execute(sa.delete(_rendition).where(_rendition.c.tenant == tenant, _rendition.c.format == format_, chosen))
        values = [(tenant, row.revision_id, row.format, raw_ids[row.data.sha256], row.rules) for row in rows]
        bulk.insert(connection, _rendition, ("tenant", "revision_id", "format", "raw_id", "rules"), values)
    return [raw_ids[row.data.sha256] for row in rows]


def drop_renditions(ledger: opened.Ledger, tenant: str, format_: str, revision_ids: Sequence[int]) -> None:
    """Forget what was made of these revisions in one format; the bytes stay as long as the law asks."""
    with ledger.writing() as connection:
        chosen = bulk.among(connection, _rendition.c.revision_id, revision_ids)
        connection.execute(sa.delete(_rendition).where(_rendition.c.tenant == tenant, _rendition.c.format == format_, chosen))


def find_sent_raws(connection: sa.Connection, tenant: str, rows: Sequence[deliveries.Open]) -> dict[int, int]:
    """The bytes that each of these deliveries was sent as, by its id: as its newest line says, else what was kept to be sent.

    An EHF may have been made anew since it was sent, so there an earlier line comes first. The PDF stands in for what is lost.
    """
    kept_as = {row.id: SENT_AS.get(row.target or "", "pdf") for row in rows}
    made = _find_made(connection, tenant, {*kept_as.values(), "pdf"}, [row.revision_id for row in rows])
    said = _find_said(connection, tenant, [row.id for row in rows])
    found: dict[int, int | None] = {}
    for row in rows:
        newest, *earlier = said.get((row.id, row.natural_key or ""), [None])
        line, kept = next(filter(None, earlier), None), made.get((kept_as[row.id], row.revision_id))
        if kept_as[row.id] == "ehf":
            found[row.id] = newest or line or kept
        else:
            found[row.id] = newest or kept or line or made.get(("pdf", row.revision_id))
    return {i: raw_id for i, raw_id in found.items() if raw_id is not None}


def _find_made(
    connection: sa.Connection, tenant: str, formats: Collection[str], revision_ids: Sequence[int]
) -> dict[tuple[str, int], int]:
    chosen = (_rendition.c.format.in_(formats), bulk.among(connection, _rendition.c.revision_id, revision_ids))
    columns = (_rendition.c.format, _rendition.c.revision_id, _rendition.c.raw_id)
    rows = connection.execute(sa.select(*columns).where(_rendition.c.tenant == tenant, *chosen))
    return {(format_, revision_id): raw_id for format_, revision_id, raw_id in rows}


def _find_said(connection: sa.Connection, tenant: str, delivery_ids: Sequence[int]) -> dict[tuple[int, str], list[int | None]]:
    """By delivery and natural key, the bytes that each line of the transfer log names, the newest first."""
    log = tables.transfer_log
    mine = (log.c.tenant == tenant, bulk.among(connection, log.c.delivery_id, delivery_ids))
    query = sa.select(log.c.delivery_id, log.c.natural_key, log.c.sent_raw_id).where(*mine)
    said: dict[tuple[int, str], list[int | None]] = {}
    for i, natural_key, raw_id in connection.execute(query.order_by(log.c.id.desc())):
        said.setdefault((i, natural_key), []).append(raw_id)
    return said


def find_without_rendition(ledger: opened.Ledger, tenant: str, format_: str, revision_ids: Sequence[int]) -> set[int]:
    """Those of these revisions of which nothing was made in a format."""
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _rendition.c.revision_id, revision_ids)
        mine = (_rendition.c.tenant == tenant, _rendition.c.format == format_, chosen)
        return set(revision_ids).difference(connection.execute(sa.select(_rendition.c.revision_id).where(*mine)).scalars())


def read_renditions(ledger: opened.Ledger, tenant: str, format_: str, revision_ids: Sequence[int]) -> dict[int, tuple[int, bytes]]:
    """(raw id, bytes) of these revisions in one format, by revision id."""
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _rendition.c.revision_id, revision_ids)
        query = sa.select(_rendition.c.revision_id, _rendition.c.raw_id).where(
            _rendition.c.tenant == tenant, _rendition.c.format == format_, chosen
        )
        raw_ids = {revision_id: raw_id for revision_id, raw_id in connection.execute(query)}
    data = raws.read(ledger, tenant, list(raw_ids.values()))
    return {revision_id: (raw_id, data[raw_id]) for revision_id, raw_id in raw_ids.items()}
