"""Whether the ledger still is what its certificates say: hashes and links, figures, and every row that they counted.

What this cannot see: a forger who changes a row and all certificates from there on. Their hashes stand on the pages of the runs
and in every export, so `find_faults` takes such a hash as a witness.
"""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import certificates, opened, proofs, seals, skipped, states, tables

_certificate, _delivery, _document, _log = tables.certificate, tables.delivery, tables.document, tables.transfer_log
_renewed = tables.renewed
_Chain = tuple[str, str]
_BYTES_AT_ONCE = 200


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One row that is not what it was. `table` is "certificate", "delivery", "document" or "raw"; `row` its id, or ids "17-25"."""

    table: str
    row: str
    code: str
    """broken_link, figures, opening, missing, marks, closing, format, counted, entered, unanswered, channel, skipped, bytes or
    witness"""
    purpose: str = ""
    currency: str = ""


def find_tenants(ledger: opened.Ledger) -> list[str]:
    """Everyone of whom there are certificates or deliveries."""
    query = sa.union(sa.select(_certificate.c.tenant), sa.select(_delivery.c.tenant))
    with ledger.reading() as connection:
        return sorted(connection.execute(query).scalars())


def find_ends(ledger: opened.Ledger, tenant: str) -> dict[tuple[str, str], str]:
    """The newest hash of each chain, by purpose and currency: to be kept elsewhere, as a witness."""
    query = sa.select(_certificate).where(_certificate.c.tenant == tenant).order_by(_certificate.c.id)
    with ledger.reading() as connection:
        return {(row.purpose, row.currency): row.hash for row in connection.execute(query)}


def find_faults(ledger: opened.Ledger, tenant: str, witnesses: Sequence[str] = ()) -> list[Fault]:
    """Everything that is not as it was certified. `witnesses` are hashes, or beginnings of them, that must stand in the chains."""
    broken = [Fault(table="certificate", row=str(i), code="broken_link") for i in certificates.verify_chain(ledger, tenant)]
    with _one_moment(ledger) as connection:
        rows = connection.execute(sa.select(_certificate).where(_certificate.c.tenant == tenant).order_by(_certificate.c.id)).all()
        chains: dict[_Chain, list[sa.Row[tuple[object, ...]]]] = collections.defaultdict(list)
        for row in rows:
            chains[row.purpose, row.currency].append(row)
        return [
            *broken,
            *(Fault(table="certificate", row=w, code="witness") for w in witnesses if not any(r.hash.startswith(w) for r in rows)),
            *_wrong_figures(chains),
            *_missing(rows),
            *_wrong_marks(connection, tenant),
            *_wrong_sums(connection, tenant, chains),
            *_wrong_rows(connection, tenant, rows),
            *_unanswered(connection, tenant),
            *_wrong_channels(connection, tenant),
            *_wrong_skipped(connection, tenant, chains),
            *_wrong_bytes(ledger, connection, tenant),
        ]


def _one_moment(ledger: opened.Ledger) -> sa.Connection:
    """A connection that sees one moment of the ledger and stops nobody who writes."""
    if ledger.engine.dialect.name == "sqlite":
        return ledger.reading()
    return ledger.engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _column(row: sa.Row[tuple[object, ...]], name: str) -> certificates.Figures:
    return msgspec.convert(row.figures[name], certificates.Figures)


def _wrong_figures(chains: dict[_Chain, list[sa.Row[tuple[object, ...]]]]) -> Iterator[Fault]:
    """Certificates that do not add up, or do not begin where the one before ended."""
    for (purpose, currency), rows in chains.items():
        for name in ("count", "amount"):
            closing = 0
            for row in rows:
                figures = _column(row, name)
                for code, wrong in (("figures", figures.difference), ("opening", figures.opening - closing)):
                    if wrong:
                        yield Fault(table="certificate", row=str(row.id), code=code, purpose=purpose, currency=currency)
                closing = figures.closing


def _missing(rows: Sequence[sa.Row[tuple[object, ...]]]) -> Iterator[Fault]:
    """A run certifies every chain in which something is open: a run that left one out has lost it."""
    opened_chains: set[_Chain] = set()
    for at, row in enumerate(rows):
        if at == 0 or (rows[at - 1].run, rows[at - 1].at) != (row.run, row.at):
            of_run = {(one.purpose, one.currency) for one in rows if (one.run, one.at) == (row.run, row.at)}
            for purpose, currency in sorted(opened_chains - of_run):
                yield Fault(table="certificate", row=str(row.id), code="missing", purpose=purpose, currency=currency)
        open_now = _column(row, "count").closing or _column(row, "amount").closing
        (opened_chains.add if open_now else opened_chains.discard)((row.purpose, row.currency))


def _wrong_marks(connection: sa.Connection, tenant: str) -> Iterator[Fault]:
    """Deliveries whose marks contradict each other, or name a certificate of another chain or none."""
    entered, settled = _delivery.c.entered_in, _delivery.c.settled_in
    contradicts = sa.or_(
        sa.and_(settled.is_not(None), sa.or_(entered.is_(None), entered > settled, _delivery.c.state.not_in(states.FINAL))),
        sa.and_(settled.is_not(None), _delivery.c.corrected != 0),
        sa.and_(entered.is_not(None), ~_stands(_delivery, entered)),
        sa.and_(settled.is_not(None), ~_stands(_delivery, settled)),
    )
    for table, wrong in ((_delivery, contradicts), (_renewed, ~_stands(_renewed, _renewed.c.settled_in))):
        query = sa.select(table.c.id, table.c.purpose, table.c.currency).where(table.c.tenant == tenant, wrong)
        for i, purpose, currency in connection.execute(query.order_by(table.c.id)):
            yield Fault(table="delivery", row=str(i), code="marks", purpose=purpose, currency=currency)


def _stands(table: sa.Table, mark: sa.ColumnElement[int | None]) -> sa.ColumnElement[bool]:
    """Whether the certificate of this mark is of the row's own chain."""
    of_chain = (_certificate.c[name] == table.c[name] for name in ("tenant", "purpose", "currency"))
    return sa.exists().where(*of_chain, _certificate.c.id == mark)


def _wrong_sums(connection: sa.Connection, tenant: str, chains: dict[_Chain, list[sa.Row[tuple[object, ...]]]]) -> Iterator[Fault]:
    """What was counted in and not out must be the newest closing: in count, and in amount before corrections not yet counted."""
    query = sa.select(
        _delivery.c.purpose, _delivery.c.currency, sa.func.count(), sa.func.sum(_delivery.c.amount - _delivery.c.corrected)
    ).where(_delivery.c.tenant == tenant, _delivery.c.entered_in.is_not(None), _delivery.c.settled_in.is_(None))
    grouped = connection.execute(query.group_by(_delivery.c.purpose, _delivery.c.currency))
    open_now = {(purpose, currency): (count, int(amount)) for purpose, currency, count, amount in grouped}
    for chain, rows in chains.items():
        if open_now.get(chain, (0, 0)) != (_column(rows[-1], "count").closing, _column(rows[-1], "amount").closing):
            yield Fault(table="certificate", row=str(rows[-1].id), code="closing", purpose=chain[0], currency=chain[1])


def _wrong_rows(connection: sa.Connection, tenant: str, rows: Sequence[sa.Row[tuple[object, ...]]]) -> Iterator[Fault]:
    """Settled deliveries that are not what the certificate committed to, and more rows entered than it counted."""
    entered: collections.Counter[int | None] = collections.Counter()
    for table in (_delivery, _renewed):
        query = sa.select(table.c.entered_in, sa.func.count()).where(table.c.tenant == tenant).group_by(table.c.entered_in)
        entered.update({i: count for i, count in connection.execute(query)})
    for row in rows:
        of_chain = {"purpose": row.purpose, "currency": row.currency}
        counted: proofs.Counted = row.counted or {}
        if counted.get("format") != proofs.FORMAT:
            yield Fault(table="certificate", row=str(row.id), code="format", **of_chain)
            continue
        for ids in proofs.find_changed(connection, tenant, row.purpose, row.id, counted):
            yield Fault(table="delivery", row=ids, code="counted", **of_chain)
        figures = _column(row, "count")
        if entered[row.id] > figures.fetched - figures.skipped:
            yield Fault(table="certificate", row=str(row.id), code="entered", **of_chain)


def _unanswered(connection: sa.Connection, tenant: str) -> Iterator[Fault]:
    """Deliveries that count as accepted though the transfer log holds no such answer."""
    answer = sa.exists().where(
        _log.c.tenant == _delivery.c.tenant, _log.c.delivery_id == _delivery.c.id, _log.c.outcome == "accepted"
    )
    mine = (_delivery.c.tenant == tenant, _delivery.c.state == "accepted", ~answer)
    query = sa.select(_delivery.c.id, _delivery.c.purpose, _delivery.c.currency).where(*mine)
    for i, purpose, currency in connection.execute(query.order_by(_delivery.c.id)):
        yield Fault(table="delivery", row=str(i), code="unanswered", purpose=purpose, currency=currency)


def _wrong_channels(connection: sa.Connection, tenant: str) -> Iterator[Fault]:
    """Documents of which the factoring company is said to know another channel than the one that they went through."""
    booking = tables.booking
    went, before = (
        sa.exists().where(
            table.c.tenant == booking.c.tenant,
            table.c.document_id == booking.c.document_id,
            table.c.purpose.in_(("distribute", documents.AFTER_LINK)),
            table.c.state == "accepted",
            table.c.target == booking.c.channel,
        )
        for table in (_delivery, _renewed)
    )
    mine = (booking.c.tenant == tenant, booking.c.channel.is_not(None), ~went, ~before)
    for i in connection.execute(sa.select(booking.c.document_id).where(*mine).order_by(booking.c.document_id)).scalars():
        yield Fault(table="document", row=str(i), code="channel")


def _wrong_bytes(ledger: opened.Ledger, connection: sa.Connection, tenant: str) -> Iterator[Fault]:
    """Sealed bytes that do not open to their sum, and are not what purging leaves."""
    raw, last = tables.raw, 0
    keys = sa.select(tables.data_key.c.kind, tables.data_key.c.month).where(tables.data_key.c.tenant == tenant)
    standing = {(kind, month) for kind, month in connection.execute(keys)}
    query = sa.select(raw.c.id, raw.c.kind, raw.c.month, raw.c.sha256, raw.c.sealed).where(raw.c.tenant == tenant)
    while some := connection.execute(query.where(raw.c.id > last).order_by(raw.c.id).limit(_BYTES_AT_ONCE)).all():
        for i, kind, month, digest, sealed in some:
            as_they_were = (
                _opens(ledger, connection, tenant, kind, month, bytes(sealed), bytes(digest))
                if (kind, month) in standing
                else bytes(sealed) == month.encode()
            )
            if not as_they_were:
                yield Fault(table="raw", row=str(i), code="bytes")
        last = some[-1].id


def _opens(
    ledger: opened.Ledger, connection: sa.Connection, tenant: str, kind: str, month: str, sealed: bytes, digest: bytes
) -> bool:
    if not sealed.startswith(month.encode()):
        return False
    try:
        data = ledger.seals.open(connection, tenant, kind, sealed)
    except seals.SealError:
        return False
    return hashlib.sha256(data).digest() == digest


def _wrong_skipped(
    connection: sa.Connection, tenant: str, chains: dict[_Chain, list[sa.Row[tuple[object, ...]]]]
) -> Iterator[Fault]:
    """More skipped than the certificates ever counted. (Less is right: the source may offer a skipped document later.)"""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_document.c.amount), 0)).where(
        _document.c.tenant == tenant, _document.c.state == "skipped", _document.c.certified_by.is_not(None)
    )
    for (purpose, currency), rows in chains.items():
        mine = (_document.c.currency == currency, skipped.of_purpose(purpose))
        count, amount = connection.execute(query.where(*mine)).one()
        counted = sum(_column(row, "count").skipped for row in rows), sum(_column(row, "amount").skipped for row in rows)
        differs = int(amount) != counted[1] if count == counted[0] else count and int(amount) > counted[1]
        if count > counted[0] or differs:
            yield Fault(table="document", row="", code="skipped", purpose=purpose, currency=currency)
