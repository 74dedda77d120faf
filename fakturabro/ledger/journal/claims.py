"""Claims: sendings that the send journal knows and the ledger had lost, until the delivery that they belong to knows them too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar, documents
from fakturabro.ledger import choices, opened, operations, renewing, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.journal import messages

_delivery, _document, _claim, _answered = tables.delivery, tables.document, operations.claim, tables.transfer_log
OF_DOCUMENT = sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id)
_SAME = sa.and_(
    _document.c.tenant == _claim.c.tenant, _document.c.source == _claim.c.source, _document.c.source_key == _claim.c.source_key
)
_IS_TOLD_AGAIN = sa.and_(
    _claim.c.purpose.in_(documents.RETURN_PURPOSES),
    sa.or_(_claim.c.source_key.startswith("told/"), _claim.c.source_key.startswith("bank/")),
)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """This document may have arrived at this target, under this key: so the journal says in `line`.

    `outcome` is "in_doubt", or "accepted" where the target answered that and cannot be read; `at` is when it left, or answered.
    """

    purpose: str
    source: str
    source_key: str
    target: str
    natural_key: str
    line: str
    outcome: str
    at: dt.datetime


class _Claimed(Claim, frozen=True, kw_only=True):
    """A claim, and the delivery that it is about."""

    id: int
    state: str
    number: str
    ledgers_target: str | None
    ledgers_key: str | None
    another_accepted: bool
    """Whether the transfer log has another key of the delivery as accepted."""

    @property
    def is_same(self) -> bool:
        """Whether the ledger names the very target and key."""
        return (self.target, self.natural_key) == (self.ledgers_target, self.ledgers_key)

    @property
    def is_known(self) -> bool:
        """Whether the ledger says so already."""
        settled = self.state == "accepted" or (self.outcome == "in_doubt" and self.state in ("sending", "in_doubt"))
        return self.is_same and settled

    @property
    def is_of_a_later_revision(self) -> bool:
        """Whether it is about what was sent after another revision was accepted: the ledger learns of that when it is planned
        under that very key. Whatever waits before may be a later one still."""
        return (self.state == "accepted" or self.another_accepted) and not self.is_same


def count(connection: sa.Connection, tenant: str) -> int:
    """How many stand."""
    return connection.execute(sa.select(sa.func.count()).where(_claim.c.tenant == tenant)).scalar_one()


def find_standing(ledger: opened.Ledger) -> dict[str, int]:
    """How many stand, by tenant."""
    query = sa.select(_claim.c.tenant, sa.func.count()).group_by(_claim.c.tenant).order_by(_claim.c.tenant)
    with ledger.reading() as connection:
        return {tenant: standing for tenant, standing in connection.execute(query)}


def find_keys(ledger: opened.Ledger, tenant: str, purpose: str) -> set[str]:
    """The natural keys that are claimed for a purpose."""
    mine = (_claim.c.tenant == tenant, _claim.c.purpose == purpose)
    with ledger.reading() as connection:
        return set(connection.execute(sa.select(_claim.c.natural_key).where(*mine)).scalars())


def find_source_keys(connection: sa.Connection, tenant: str, purpose: str, source: str) -> list[str]:
    """The source keys that are claimed for a purpose."""
    mine = (_claim.c.tenant == tenant, _claim.c.purpose == purpose, _claim.c.source == source)
    return list(connection.execute(sa.select(_claim.c.source_key).where(*mine)).scalars())


def find_of_source(connection: sa.Connection, tenant: str, source: str) -> list[Claim]:
    """All that is claimed of a source."""
    rows = connection.execute(sa.select(_claim).where(_claim.c.tenant == tenant, _claim.c.source == source))
    return [msgspec.convert(row, Claim, from_attributes=True, strict=False) for row in rows]


def find_lacking(ledger: opened.Ledger, tenant: str, source: str) -> list[str]:
    """The source keys of claimed documents that the ledger does not have: they never came in again, or only as skipped."""
    has_it = sa.exists().where(_SAME, _document.c.state == "fetched")
    mine = (_claim.c.tenant == tenant, _claim.c.source == source, ~has_it)
    with ledger.reading() as connection:
        query = sa.select(_claim.c.source_key).distinct().where(*mine).order_by(_claim.c.source_key)
        return list(connection.execute(query).scalars())


def record(connection: sa.Connection, tenant: str, rows: Sequence[Claim]) -> None:
    """Note claims; of two for the same document and purpose the later one counts."""
    newest = {(row.purpose, row.source, row.source_key): row for row in rows}
    _delete(connection, tenant, list(newest.values()))
    if newest:
        connection.execute(sa.insert(_claim), [{"tenant": tenant, **msgspec.structs.asdict(one)} for one in newest.values()])


def take(connection: sa.Connection, tenant: str, run: str) -> int:
    """Make the deliveries that are claimed and have come in say what the journal says, with a line each in the transfer log; how
    many are in doubt by that. To be called in the transaction that records or plans documents.
    """
    if not count(connection, tenant):
        return 0
    rows = [row for row in _find(connection, tenant, _delivery.c.state != "cancelled") if not row.is_of_a_later_revision]
    news = [row for row in rows if not row.is_known]
    _put_in_doubt(connection, tenant, run, news)
    accepted = [row for row in news if row.outcome == "accepted"]
    _accept(connection, tenant, accepted)
    _log(connection, tenant, run, [(row, messages.claimed(row.line, row.at, row.outcome)) for row in news])
    _delete(connection, tenant, rows)
    return len(news) - len(accepted)


def give_up_cancelled(connection: sa.Connection, tenant: str, run: str) -> list[str]:
    """End the claims on deliveries that are cancelled, which is final; the numbers of these documents, for a person to look at.

    Each leaves a line in the transfer log.
    """
    rows = _find(connection, tenant, _delivery.c.state == "cancelled")
    _end(connection, tenant, run, rows, messages.left_cancelled)
    return sorted({row.number for row in rows})


def give_up_superseded(ledger: opened.Ledger, tenant: str, run: str, undecided: Container[int]) -> None:
    """End the claims on versions that nothing leads back to: the delivery stands as accepted with another one, because the client
    took that version back or changed it again. Each leaves a line in the transfer log; deliveries in `undecided` keep theirs.
    """
    with ledger.writing() as connection:
        if count(connection, tenant):
            rows = _find(connection, tenant, _delivery.c.state == "accepted")
            gone = [row for row in rows if row.is_of_a_later_revision and row.id not in undecided]
            _end(connection, tenant, run, gone, messages.left_superseded)


def _end(
    connection: sa.Connection, tenant: str, run: str, rows: Sequence[_Claimed], say: Callable[[str, dt.datetime], str]
) -> None:
    left = [(msgspec.structs.replace(row, outcome="in_doubt"), say(row.line, row.at)) for row in rows]
    _log(connection, tenant, run, left)
    _delete(connection, tenant, rows)


def give_up(ledger: opened.Ledger, tenant: str, why: str, by: str, now: dt.datetime) -> list[str]:
    """End a tenant's claims because their documents never come again; what each was about. Who and why is noted.

    Those of what the factoring system or the bank tells stay: told again, and posted a second time, it would be without them.
    """
    columns = (_claim.c.purpose, _claim.c.source_key, _claim.c.target, _claim.c.natural_key, _claim.c.line)
    with ledger.writing() as connection:
        mine = (_claim.c.tenant == tenant, ~_IS_TOLD_AGAIN)
        rows = connection.execute(sa.select(*columns).where(*mine).order_by(_claim.c.line)).all()
        connection.execute(sa.delete(_claim).where(*mine))
        gone = [" ".join(row) for row in rows]
        if gone:
            choices.record(connection, tenant, choices.CLAIMS_GIVEN_UP, "\n".join([why, *gone]), now, by)
    return gone


def _find(connection: sa.Connection, tenant: str, *where: sa.ColumnElement[bool]) -> list[_Claimed]:
    for_purpose = sa.and_(OF_DOCUMENT, _delivery.c.purpose == _claim.c.purpose)
    columns = [*_claim.c, _delivery.c.id, _delivery.c.state, _document.c.number]
    ledgers = (_delivery.c.target.label("ledgers_target"), _delivery.c.natural_key.label("ledgers_key"))
    answer = (_answered.c.tenant == _claim.c.tenant, _answered.c.delivery_id == _delivery.c.id, _answered.c.outcome == "accepted")
    another = sa.exists().where(*answer, _answered.c.natural_key != _claim.c.natural_key).label("another_accepted")
    joined = sa.select(*columns, *ledgers, another).select_from(_claim).join(_document, _SAME).join(_delivery, for_purpose)
    rows = connection.execute(joined.where(_claim.c.tenant == tenant, *where).with_for_update(of=_delivery))
    return [msgspec.convert(row, _Claimed, from_attributes=True, strict=False) for row in rows]


def _put_in_doubt(connection: sa.Connection, tenant: str, run: str, rows: Sequence[_Claimed]) -> None:
    """Open and rejected deliveries -> in_doubt, by legal moves. What a certificate counted as rejected enters anew."""
    if not rows:
        return
    mine = sa.update(_delivery).where(
        _delivery.c.tenant == tenant, bulk.among(connection, _delivery.c.id, [row.id for row in rows])
    )
    connection.execute(mine.where(_delivery.c.state.in_(("held", "rejected"))).values(state="waiting", **renewing.ENTERED_ANEW))
    connection.execute(mine.where(_delivery.c.state.in_(("sending", "in_doubt"))).values(state="planned"))
    statement = "update delivery set state = 'planned', target = {}, natural_key = {}, run = {} where id = {} and tenant = {}"
    bulk.update(connection, statement, [(row.target, row.natural_key, run, row.id, tenant) for row in rows])
    connection.execute(mine.values(state="in_doubt"))


def _accept(connection: sa.Connection, tenant: str, rows: Sequence[_Claimed]) -> None:
    """in_doubt -> accepted, on the day when the target said so."""
    this = (_delivery.c.tenant == tenant, _delivery.c.id == sa.bindparam("delivery_id"))
    change = sa.update(_delivery).where(*this).values(state="accepted", settled_on=sa.bindparam("day"))
    if rows:
        connection.execute(change, [{"delivery_id": row.id, "day": row.at.astimezone(calendar.OSLO).date()} for row in rows])


def _log(connection: sa.Connection, tenant: str, run: str, rows: Sequence[tuple[_Claimed, str]]) -> None:
    """What the journal says, in the transfer log, under the time at which it happened."""
    if rows:
        connection.execute(
            sa.insert(tables.transfer_log),
            [
                {"tenant": tenant, "delivery_id": row.id, "at": row.at, "run": run, "target": row.target}
                | {"natural_key": row.natural_key, "outcome": row.outcome, "detail": detail}
                for row, detail in rows
            ],
        )


def _delete(connection: sa.Connection, tenant: str, rows: Sequence[Claim]) -> None:
    statement = "delete from claim where purpose = {} and source = {} and source_key = {} and tenant = {}"
    bulk.update(connection, statement, [(row.purpose, row.source, row.source_key, tenant) for row in rows])
