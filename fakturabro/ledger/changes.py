"""Documents that changed at their source after something of them had left: who was told of it, and what goes once more.

A newer revision of what was distributed may wait for distribution again; a revision that reached the debtor never does. Where
the source takes such a change back, the delivery stands as accepted again, as it was sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import deliveries, documents, opened, renewing, seals, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.distribution import fallbacks
from fakturabro.ledger.journal import claims

_document, _revision, _delivery, _log = tables.document, tables.revision, tables.delivery, tables.transfer_log
_LEFT = ("sending", "accepted", "in_doubt")
_NOT_LEFT = ("waiting", "held", "planned")
_ENDED = ("cancelled", "rejected")


class Changed(documents.Head, frozen=True, kw_only=True):
    """A document of which another revision than the current one has left. `state` and `sent_id` are of its distribution."""

    revision_id: int
    delivery_id: int
    state: str
    sent_id: int
    goes_again: bool
    """Whether the current revision waits for its way to the debtor, or went it, after another one did."""
    is_reported: bool


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution that was accepted, and waits with another revision now."""

    delivery_id: int
    document_id: int
    revision_id: int


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """How a revision reached the debtor. `amount` is in minor units."""

    delivery_id: int
    document_id: int
    revision_id: int
    target: str
    natural_key: str
    amount: int


def find_changed(ledger: opened.Ledger, tenant: str) -> list[Changed]:
    """What changed after it had left and has been in no report that counts, by document.

    What was only booked counts when its distribution has ended without it: until then the check judges what changed. What is on
    its way counts, and comes once more when it has arrived.
    """
    book = _delivery.alias("book")
    others = (_delivery.c.revision_id != _document.c.revision_id, book.c.revision_id != _document.c.revision_id)
    again = sa.and_(~others[0], _was_accepted(_log.c.natural_key != sa.func.coalesce(_delivery.c.natural_key, "")))
    several = sa.select(_revision.c.document_id).where(_revision.c.tenant == tenant).group_by(_revision.c.document_id)
    unreported = sa.func.coalesce(_delivery.c.reported_revision_id, 0) != _document.c.revision_id
    columns = [_document.c[name] for name in documents.Head.__struct_fields__]
    query = (
        sa.select(
            *columns,
            _document.c.revision_id,
            _delivery.c.id.label("delivery_id"),
            _delivery.c.state,
            _delivery.c.revision_id.label("sent_id"),
            again.label("goes_again"),
            (sa.func.coalesce(book.c.reported_revision_id, 0) == _document.c.revision_id).label("is_reported"),
        )
        .join(_delivery, sa.and_(claims.OF_DOCUMENT, _delivery.c.purpose == "distribute"))
        .join(book, sa.and_(book.c.tenant == _delivery.c.tenant, book.c.document_id == _document.c.id, book.c.purpose == "book"))
        .where(_document.c.tenant == tenant, _document.c.id.in_(several.having(sa.func.count() > 1)), unreported)
        .where(
            sa.or_(
                sa.and_(_delivery.c.state.in_(_LEFT), others[0]),
                sa.and_(_delivery.c.state.in_(_ENDED), book.c.state.in_(_LEFT), others[1]),
                again,
            )
        )
        .order_by(_document.c.id)
    )
    with ledger.reading() as connection:
        return [msgspec.convert(row, Changed, from_attributes=True, strict=False) for row in connection.execute(query)]


def _was_accepted(*where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether the transfer log holds such an answer on the delivery."""
    mine = (_log.c.tenant == _delivery.c.tenant, _log.c.delivery_id == _delivery.c.id, _log.c.outcome == "accepted")
    return sa.exists().where(*mine, *where)


def record_reported(ledger: opened.Ledger, tenant: str, rows: Sequence[Changed], judged: Container[int]) -> None:
    """Note that these changes were told of. The mark of what was on its way when the run judged changes (its delivery is not in
    `judged`) stands on its booking: the next run looks at it once more."""
    statement = "update delivery set reported_revision_id = {} where tenant = {} and document_id = {} and purpose = {}"
    settled = [row for row in rows if row.goes_again or row.state in _ENDED or row.delivery_id in judged]
    marks = [(row.revision_id, tenant, row.id, "book") for row in rows]
    with ledger.writing() as connection:
        bulk.update(connection, statement, [*marks, *((row.revision_id, tenant, row.id, "distribute") for row in settled)])


def find_renewed(ledger: opened.Ledger, tenant: str) -> list[Renewed]:
    """The distributions that wait, are held or planned after an earlier revision was accepted, by document."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", _delivery.c.state.in_(_NOT_LEFT), _was_accepted())
    columns = (_delivery.c.id.label("delivery_id"), _delivery.c.document_id, _delivery.c.revision_id)
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(*columns).where(*mine).order_by(_delivery.c.document_id))
        return [msgspec.convert(row, Renewed, from_attributes=True) for row in rows]


def find_accepted(ledger: opened.Ledger, tenant: str, delivery_ids: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """(target, natural key) of everything that was accepted of these deliveries, by delivery, the newest last."""
    found: dict[int, list[tuple[str, str]]] = {}
    with ledger.reading() as connection:
        mine = (_log.c.tenant == tenant, bulk.among(connection, _log.c.delivery_id, delivery_ids), _log.c.outcome == "accepted")
        query = sa.select(_log.c.delivery_id, _log.c.target, _log.c.natural_key).where(*mine).order_by(_log.c.id)
        for delivery_id, target, natural_key in connection.execute(query):
            found.setdefault(delivery_id, []).append((target, natural_key))
    return found


def find_reached(ledger: opened.Ledger, tenant: str, document_ids: Sequence[int]) -> set[int]:
    """Those of these documents of which some revision has reached the debtor."""
    with ledger.reading() as connection:
        chosen = bulk.among(connection, _delivery.c.document_id, document_ids)
        mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", chosen, _was_accepted())
        return set(connection.execute(sa.select(_delivery.c.document_id).where(*mine)).scalars())


def send_again(ledger: opened.Ledger, tenant: str, rows: Sequence[Changed], run: str) -> None:
    """accepted -> waiting with the current revision, all or none; what a certificate counted as accepted is kept, and enters anew.

    The database refuses a revision that is not newer. Raises deliveries.MoveError when one is no longer what it was.
    """
    with ledger.writing() as connection:
        for row in rows:
            mine = (_delivery.c.tenant == tenant, _delivery.c.id == row.delivery_id, _delivery.c.state == "accepted")
            renewing.keep_as_certified(connection, *mine)
            anew = {"state": "waiting", "revision_id": row.revision_id, "target": None, "natural_key": None, "run": run}
            change = sa.update(_delivery).where(*mine, _delivery.c.revision_id == row.sent_id)
            if connection.execute(change.values(**anew, **renewing.ENTERED_ANEW)).rowcount != 1:
                raise deliveries.MoveError(f"the distribution of {row.number} of {tenant} is no longer what it was")
            _write_back(connection, tenant, row.id, row.revision_id)
            fallbacks.take_back(connection, tenant, run, [row.id])


def keep_as_sent(ledger: opened.Ledger, tenant: str, rows: Sequence[Sent], run: str, business_date: dt.date) -> None:
    """What waits after it was accepted -> accepted as it was sent, by legal moves: the transfer log holds the answer.

    The recipient is again who got it: the PDF shows that address, and a letter after it must.
    """
    with ledger.writing() as connection:
        for row in rows:
            mine = sa.update(_delivery).where(_delivery.c.tenant == tenant, _delivery.c.id == row.delivery_id)
            connection.execute(mine.where(_delivery.c.state == "held").values(state="waiting"))
            as_sent = {"revision_id": row.revision_id, "target": row.target, "natural_key": row.natural_key, "run": run}
            planned = mine.where(_delivery.c.state.in_(("waiting", "planned")), _was_accepted())
            if connection.execute(planned.values(state="planned", **as_sent, **_with_amount(row.amount))).rowcount != 1:
                raise deliveries.MoveError(f"delivery {row.delivery_id} of {tenant} has left, so it cannot stand as it was sent")
            connection.execute(mine.values(state="in_doubt"))
            connection.execute(mine.values(state="accepted", settled_on=business_date))
            _restore_recipient(connection, tenant, row)
            _write_back(connection, tenant, row.document_id, row.revision_id, row.amount)


def _restore_recipient(connection: sa.Connection, tenant: str, row: Sent) -> None:
    renewed, recipient = tables.renewed, tables.recipient
    mine = (renewed.c.tenant == tenant, renewed.c.id == row.delivery_id, renewed.c.revision_id == row.revision_id)
    query = sa.select(renewed.c.recipient).where(*mine).order_by(renewed.c.settled_in.desc()).limit(1)
    sealed = connection.execute(query).scalar()
    if sealed and len(sealed) > seals.MONTH_LENGTH:
        of_document = (recipient.c.tenant == tenant, recipient.c.document_id == row.document_id)
        connection.execute(sa.update(recipient).where(*of_document).values(sealed=sealed))


def write_back_as(ledger: opened.Ledger, tenant: str, revisions: Mapping[int, tuple[int, int]]) -> None:
    """Let what has not gone back to the source go back as another revision: (revision id, amount) by document id."""
    with ledger.writing() as connection:
        for document_id, (revision_id, amount) in revisions.items():
            _write_back(connection, tenant, document_id, revision_id, amount)


def _with_amount(amount: int) -> dict[str, object]:
    counted = _delivery.c.entered_in.is_not(None)
    return {"amount": amount, "corrected": sa.case((counted, _delivery.c.corrected + amount - _delivery.c.amount), else_=0)}


def _write_back(connection: sa.Connection, tenant: str, document_id: int, revision_id: int, amount: int | None = None) -> None:
    """What has not gone back to the source goes back as the debtor gets it last; PowerOffice takes it only once."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.document_id == document_id, _delivery.c.purpose == "write_back")
    again = {"state": sa.case((_delivery.c.state == "planned", "waiting"), else_=_delivery.c.state), "revision_id": revision_id}
    values = {**again, **({} if amount is None else _with_amount(amount))}
    connection.execute(sa.update(_delivery).where(*mine, _delivery.c.state.in_(_NOT_LEFT)).values(**values))
