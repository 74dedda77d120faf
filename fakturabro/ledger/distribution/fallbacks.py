"""The letter after a link: a purpose of its own. It begins when the link's e-mail was accepted and is needless when it is opened.

    waiting -> planned -> sending ... as every delivery; cancelled by an opening or a credit in full; held by an objection

Its target and natural key stand from the beginning. Everything here is a statement over sets that can be repeated: what was settled
by reading back, by a person or by a recover is found by the next run. A newer revision that goes by link takes the row over.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.domain import documents
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import findings, opened, renewing, states, tables
from fakturabro.ledger.journal import claims
from fakturabro.ledger.portal import closing as portal_closing
from fakturabro.ledger.portal import objections
from fakturabro.ledger.portal import tables as portal_tables

PURPOSE = TARGET = documents.AFTER_LINK
_letter, _document, _log = tables.delivery, tables.document, tables.transfer_log
_opening, _bounce = portal_tables.opening, portal_tables.bounce
_sent = _letter.alias("sent")
"""The distribution that the letter follows."""
_OF_SAME = sa.and_(
    _sent.c.tenant == _letter.c.tenant, _sent.c.document_id == _letter.c.document_id, _sent.c.purpose == "distribute"
)
_IS_ACCEPTED = sa.and_(_sent.c.purpose == "distribute", _sent.c.state == "accepted")
_MAY_BE_BOOKED = tuple(state for state in states.STATES if state != "cancelled")
"""A credit note that may yet be booked keeps its invoice's letter waiting."""
_NOT_LEFT, _ON_ITS_WAY = ("waiting", "held", "planned"), ("sending", "in_doubt")


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the letters when they were brought in line: numbers of letters."""

    created: int
    cancelled: int


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that may go now. `sent_at` is when the e-mail was accepted, `has_bounced`: nobody is there."""

    delivery_id: int
    document_id: int
    revision_id: int
    natural_key: str
    sent_at: dt.datetime
    has_bounced: bool


def to_key(email_key: str) -> str:
    """The natural key of the letter that follows an e-mail, by the e-mail's.

    >>> to_key("<fjord-as.0123abcd@mail.example>")
    'fjord-as-0123abcd-brev'
    """
    return email_key[1:].partition("@")[0].replace(".", "-") + "-brev"


def follow(ledger: opened.Ledger, tenant: str, run: str, today: dt.date) -> Followed:
    """Bring all letters in line with what was sent, opened, credited and objected to; what was planned is judged anew.

    What the journal claims (it left before the ledger was restored) is in doubt.
    """
    with ledger.writing() as connection:
        objections.hold(connection, tenant, run)
        created = begin(connection, tenant, run, _find_lacking(connection, tenant))
        take_back(connection, tenant, run)
        claims.take(connection, tenant, run)
        cancelled = _cancel_needless(connection, tenant, run, today)
        findings.hold_and_release(connection, tenant, PURPOSE, run)
    return Followed(created=created, cancelled=cancelled)


def begin(connection: sa.Connection, tenant: str, run: str, sent_ids: Iterable[int]) -> int:
    """A letter that waits behind those of these distributions that are links which were accepted, or e-mails that came back; how
    many began. Called in the transaction that accepts them; `follow` finds what was accepted in any other way."""
    rows = connection.execute(
        sa.select(_sent).where(
            bulk.among(connection, _sent.c.id, sent_ids), _sent.c.tenant + "" == tenant, _IS_ACCEPTED, _begins_one()
        )
    ).all()
    mine = (_letter.c.tenant == tenant, _letter.c.purpose == PURPOSE)
    those = bulk.among(connection, _letter.c.document_id, [row.document_id for row in rows])
    letters = {row.document_id: row for row in connection.execute(sa.select(_letter).where(*mine, those))}
    new = sorted((row for row in rows if row.document_id not in letters), key=lambda row: row.document_id)
    _begin(connection, new, run)
    again = [(letters[row.document_id], row) for row in rows if row.document_id in letters]
    older = [(letter, row) for letter, row in again if letter.revision_id < row.revision_id and letter.state not in _ON_ITS_WAY]
    for letter, row in older:
        _begin_again(connection, letter.id, row, run)
    return len(new) + len(older)


def _find_lacking(connection: sa.Connection, tenant: str) -> list[int]:
    """The distributions behind which a letter should wait and does not."""
    older = sa.and_(_letter.c.revision_id < _sent.c.revision_id, _letter.c.state.not_in(_ON_ITS_WAY))
    followed = _sent.outerjoin(_letter, sa.and_(_OF_SAME, _letter.c.purpose == PURPOSE))
    mine = (_sent.c.tenant == tenant, _IS_ACCEPTED, _begins_one())
    query = sa.select(_sent.c.id).select_from(followed).where(*mine, sa.or_(_letter.c.id.is_(None), older))
    return list(connection.execute(query).scalars())


def _begins_one() -> sa.ColumnElement[bool]:
    """Whether a letter follows this distribution."""
    return sa.or_(_sent.c.target == "link", sa.and_(_sent.c.target == "email", _has_bounced()))


def _has_bounced(*how: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    of_sent = (_bounce.c.tenant == _sent.c.tenant, _bounce.c.natural_key == _sent.c.natural_key)
    return sa.exists().where(*of_sent, _bounce.c.is_last, *how).correlate(_sent)


def _begin(connection: sa.Connection, sent: Sequence[sa.Row[tuple[object, ...]]], run: str) -> None:
    same = {"purpose": PURPOSE, "state": "waiting", "target": TARGET, "run": run}
    names = ("tenant", "document_id", "revision_id", "amount", "currency")
    rows = [{**same, **{name: getattr(row, name) for name in names}, "natural_key": to_key(row.natural_key)} for row in sent]
    if rows:
        connection.execute(bulk.dialect_insert(connection, _letter).on_conflict_do_nothing(), rows)


def _begin_again(connection: sa.Connection, letter_id: int, sent: sa.Row[tuple[object, ...]], run: str) -> None:
    """With the newer revision: the same row waits again, whatever became of the letter of the one before."""
    mine = (_letter.c.tenant == sent.tenant, _letter.c.id == letter_id, _letter.c.revision_id < sent.revision_id)
    renewing.keep_as_certified(connection, *mine)
    values = {"state": "waiting", "revision_id": sent.revision_id, "natural_key": to_key(sent.natural_key), "run": run}
    connection.execute(sa.update(_letter).where(*mine).values(**values, **renewing.ENTERED_ANEW))
    if sent.target == "link":
        portal_closing.withdraw_others(connection, sent.tenant, sent.document_id, sent.natural_key)


def take_back(connection: sa.Connection, tenant: str, run: str, document_ids: Sequence[int] | None = None) -> None:
    """planned -> waiting: whether these letters, or all, may go is judged anew."""
    mine = (_letter.c.tenant == tenant, _letter.c.purpose == PURPOSE, _letter.c.state == "planned")
    mine += () if document_ids is None else (bulk.among(connection, _letter.c.document_id, document_ids),)
    connection.execute(sa.update(_letter).where(*mine).values(state="waiting", run=run))


def cancel_opened(connection: sa.Connection, tenant: str, letter_key: str, run: str, today: dt.date) -> None:
    """waiting, held or planned -> cancelled, for the letter of a link that was opened."""
    mine = (_letter.c.tenant == tenant, _letter.c.purpose == PURPOSE, _letter.c.natural_key == letter_key)
    change = sa.update(_letter).where(*mine, _letter.c.state.in_(_NOT_LEFT))
    connection.execute(change.values(state="cancelled", run=run, settled_on=today))


def _cancel_needless(connection: sa.Connection, tenant: str, run: str, today: dt.date) -> int:
    """The same for all letters that nobody needs: opened, credited in full, or gone another way in a newer revision."""
    opened_by_now = sa.exists().where(_opening.c.tenant == _letter.c.tenant, _opening.c.letter_key == _letter.c.natural_key)
    newer = sa.and_(_sent.c.state == "accepted", _sent.c.revision_id > _letter.c.revision_id, ~_begins_one())
    otherwise = sa.exists().where(_OF_SAME, sa.or_(_sent.c.state == "cancelled", newer)).correlate(_letter)
    credited = bulk.among(connection, _letter.c.id, _find_credited(connection, tenant, "accepted"))
    mine = (_letter.c.tenant == tenant, _letter.c.purpose == PURPOSE, _letter.c.state.in_(_NOT_LEFT))
    change = sa.update(_letter).where(*mine, sa.or_(opened_by_now, otherwise, credited))
    return connection.execute(change.values(state="cancelled", run=run, settled_on=today)).rowcount


def _find_credited(connection: sa.Connection, tenant: str, *booked: str) -> set[int]:
    """The letters that have not left of invoices which credit notes take back in full: those whose booking stands in one of these
    states. Step by step: in one query the databases read far more."""
    of_document = sa.and_(_document.c.tenant == _letter.c.tenant, _document.c.id == _letter.c.document_id)
    mine = (_letter.c.tenant == tenant, _letter.c.purpose == PURPOSE, _letter.c.state.in_(_NOT_LEFT), _document.c.kind == "invoice")
    letters = sa.select(_letter.c.id, _letter.c.amount, _document.c.number, _document.c.currency).join(_document, of_document)
    rows = connection.execute(letters.where(*mine)).all()
    crediting = bulk.among(connection, _document.c.original_number, {row.number for row in rows})
    notes = sa.select(_document.c.id, _document.c.original_number, _document.c.currency, _document.c.amount)
    found = connection.execute(notes.where(_document.c.tenant == tenant, _document.c.state == "fetched", crediting)).all()
    standing = (_letter.c.tenant == tenant, _letter.c.purpose == "book", _letter.c.state.in_(booked))
    those = bulk.among(connection, _letter.c.document_id, [row.id for row in found])
    counted = set(connection.execute(sa.select(_letter.c.document_id).where(*standing, those)).scalars())
    sums: collections.Counter[tuple[str, str]] = collections.Counter()
    for row in found:
        sums[row.original_number, row.currency] += row.amount if row.id in counted else 0
    return {row.id for row in rows if sums[row.number, row.currency] >= row.amount > 0}


_IS_LAST_SENT = sa.and_(_OF_SAME, _IS_ACCEPTED, _sent.c.revision_id == _letter.c.revision_id, _begins_one())
"""Whether the letter's own revision is what was sent last."""


def find_due(ledger: opened.Ledger, tenant: str, is_over: Callable[[dt.datetime], bool]) -> list[Due]:
    """The letters that wait and may go now, by document. `is_over` says whether the days since an e-mail was accepted are over;
    what came back because there are no such recipients does not wait for them."""
    columns = (_letter.c.id.label("delivery_id"), _letter.c.document_id, _letter.c.revision_id, _letter.c.natural_key)
    of_sent = (_sent.c.id.label("sent_id"), _sent.c.natural_key.label("sent_key"))
    about_address = sa.or_(_bounce.c.status == "", _bounce.c.status.like("5.1.%"))
    bounced = _has_bounced(about_address).label("has_bounced")
    query = sa.select(*columns, *of_sent, bounced).select_from(_letter.join(_sent, _IS_LAST_SENT))
    mine = (_letter.c.tenant == tenant, _letter.c.purpose == PURPOSE, _letter.c.state == "waiting")
    with ledger.reading() as connection:
        rows = connection.execute(query.where(*mine)).mappings().all()
        credited = _find_credited(connection, tenant, *_MAY_BE_BOOKED)
        times = _find_times(connection, tenant, [row["sent_id"] for row in rows])
    found = [
        Due(sent_at=at, **{name: row[name] for name in Due.__struct_fields__ if name != "sent_at"})
        for row in sorted(rows, key=lambda row: row["document_id"])
        if row["delivery_id"] not in credited and (at := times.get((row["sent_id"], row["sent_key"]))) is not None
    ]
    return [one for one in found if one.has_bounced or is_over(one.sent_at)]


def count_mailed(ledger: opened.Ledger, tenant: str, since: dt.datetime) -> int:
    """How many e-mails to debtors were accepted since a time."""
    mine = (_log.c.tenant == tenant, _log.c.target.in_(("link", "email")), _log.c.outcome == "accepted", _log.c.at >= since)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).where(*mine)).scalar_one()


def _find_times(connection: sa.Connection, tenant: str, sent_ids: Sequence[int]) -> dict[tuple[int, str], dt.datetime]:
    """By delivery and natural key, when it was first accepted."""
    mine = (_log.c.tenant == tenant, bulk.among(connection, _log.c.delivery_id, sent_ids), _log.c.outcome == "accepted")
    query = sa.select(_log.c.delivery_id, _log.c.natural_key, _log.c.at).where(*mine).order_by(_log.c.id.desc())
    return {(i, natural_key): at for i, natural_key, at in connection.execute(query)}


def plan(ledger: opened.Ledger, tenant: str, delivery_ids: Sequence[int], run: str, today: dt.date) -> int:
    """waiting -> planned for those of these letters that still may go, in one transaction that looks once more; how many.

    What the journal claims (it left before the ledger was restored) is in doubt instead.
    """
    with ledger.writing() as connection:
        _cancel_needless(connection, tenant, run, today)
        chosen = {*delivery_ids} - _find_credited(connection, tenant, *_MAY_BE_BOOKED)
        mine = (_letter.c.tenant == tenant, _letter.c.purpose == PURPOSE, _letter.c.state == "waiting")
        is_last = sa.exists().where(_IS_LAST_SENT).correlate(_letter)
        change = sa.update(_letter).where(*mine, is_last, bulk.among(connection, _letter.c.id, chosen))
        planned = connection.execute(change.values(state="planned", run=run)).rowcount
        claims.take(connection, tenant, run)
    return planned
