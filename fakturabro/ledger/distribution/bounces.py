"""E-mails that came back: what nobody got goes by letter at once.

A bounce is known by the Message-ID that it answers, which is our natural key (a link that was mailed anew adds its issue): who
sends a false one must know that key, and makes us send a letter. Only when all whom the server took an e-mail for have sent it back
did nobody get it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import sqlalchemy as sa

from fakturabro.ledger import deliveries, details, opened, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.distribution import arrivals
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import messages
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import tables as portal_tables
from fakturabro.remote import answers

Outcome = Literal["ignored", "unknown", "noted", "letter"]
_bounce, _delivery, _log = portal_tables.bounce, tables.delivery, tables.transfer_log
_OURS = re.compile(r"<([a-z0-9]+(?:-[a-z0-9]+)*)\.[0-9a-f]{24}(\.[0-9]{1,6})?@[^<>\s]+>")
NOT_SENT = "not sent"
"""The status of an address on the card that no server took the e-mail for."""


def find_tenant(message_id: str) -> str | None:
    """Whose e-mail this Message-ID is of, None when it is none of ours.

    >>> find_tenant("<fjord-as.0123456789abcdef01234567@mail.example>"), find_tenant("<1@mail.example>")
    ('fjord-as', None)
    """
    found = _OURS.fullmatch(message_id)
    return found and found[1]


def to_natural_key(message_id: str) -> str:
    """The natural key of an e-mail of ours, also of a link that was mailed anew.

    >>> to_natural_key("<fjord-as.0123456789abcdef01234567.2@mail.example>")
    '<fjord-as.0123456789abcdef01234567@mail.example>'
    """
    found = _OURS.fullmatch(message_id)
    return message_id[: found.start(2)] + message_id[found.end(2) :] if found and found[2] else message_id


def record(
    ledger: opened.Ledger,
    send_journal: journal.Journal,
    tenant: str,
    message_id: str,
    *,
    permanent: bool,
    recipient: str = "",
    status: str = "",
    detail: str = "",
    at: dt.datetime,
    run: str,
) -> Outcome:
    """Note that an e-mail came back, in the journal first; what comes of it. Noted twice, it is one bounce.

    "ignored": not for good. "unknown": no e-mail of this tenant is known by this Message-ID (now; `judge_anew` looks again).
    "noted": other recipients may have got it. "letter": nobody got it.
    """
    if not permanent:
        return "ignored"
    if find_tenant(message_id) != tenant:
        return "unknown"
    natural_key, who = to_natural_key(message_id), to_digest(recipient)
    row = _find(ledger, tenant, natural_key)
    is_last = not recipient or (row is not None and _is_last(ledger, tenant, row, {who: status}))
    send_journal.note(journal_lines.Bounced, tenant, at, natural_key=natural_key, recipient=who, status=status, is_last=is_last)
    with ledger.writing() as connection:
        is_new = write(connection, tenant, natural_key, who, status, is_last, at)
        if row is not None and is_new:
            said = answers.one_line(messages.bounced(recipient, status, detail))
            line = {"tenant": tenant, "delivery_id": row.id, "at": at, "run": run, "target": row.target}
            connection.execute(sa.insert(_log).values(**line, natural_key=natural_key, outcome="bounced", detail=said))
    if row is None:
        return "unknown"
    if is_last:
        arrivals.settle(ledger, tenant, run, at)
    return "letter" if is_last else "noted"


def write(
    connection: sa.Connection, tenant: str, natural_key: str, recipient: str, status: str, is_last: bool, at: dt.datetime
) -> bool:
    """Note a bounce that stands in the journal; whether it is new."""
    values: dict[str, Any] = {"tenant": tenant, "natural_key": natural_key, "recipient": recipient, "status": status}
    insert = bulk.dialect_insert(connection, _bounce).values(**values, is_last=is_last, at=at).on_conflict_do_nothing()
    return connection.execute(insert.returning(_bounce.c.recipient)).first() is not None


def to_digest(address: str) -> str:
    """Whom a bounce names, as it is noted; of whatever text."""
    return hashlib.sha256(answers.one_line(address).lower().encode()).hexdigest()


def find_put_off(ledger: opened.Ledger, tenant: str, target: str, before: dt.datetime) -> set[int]:
    """The e-mails planned for a target that were tried in vain already before then, by delivery id."""
    tried = (_log.c.tenant == tenant, _log.c.delivery_id == _delivery.c.id, _log.c.natural_key == _delivery.c.natural_key)
    in_vain = sa.exists().where(*tried, _log.c.outcome == "planned", _log.c.at < before)
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", _delivery.c.target == target)
    with ledger.reading() as connection:
        return set(connection.execute(sa.select(_delivery.c.id).where(*mine, _delivery.c.state == "planned", in_vain)).scalars())


def note_not_sent(
    ledger: opened.Ledger, send_journal: journal.Journal, tenant: str, natural_key: str, addresses: Iterable[str], at: dt.datetime
) -> None:
    """Note the addresses on the card that no server took an e-mail for: a bounce from all others means that nobody got it."""
    for who in map(to_digest, addresses):
        send_journal.note(journal_lines.Bounced, tenant, at, natural_key=natural_key, recipient=who, status=NOT_SENT, is_last=False)
        with ledger.writing() as connection:
            write(connection, tenant, natural_key, who, NOT_SENT, False, at)


def judge_anew(ledger: opened.Ledger, tenant: str) -> None:
    """Whether nobody got what came back while a restored ledger did not know it: no line of the transfer log tells of it."""
    others = _bounce.alias("others")
    of_same = (others.c.tenant == _bounce.c.tenant, others.c.natural_key == _bounce.c.natural_key)
    is_known = sa.exists().where(_log.c.tenant == tenant, _log.c.delivery_id == _delivery.c.id, _log.c.outcome == "bounced")
    sent = sa.and_(_delivery.c.tenant == _bounce.c.tenant, _delivery.c.natural_key == _bounce.c.natural_key)
    open_ = (_bounce.c.tenant == tenant, _bounce.c.status != NOT_SENT, ~sa.exists().where(*of_same, others.c.is_last), ~is_known)
    with ledger.reading() as connection:
        query = sa.select(_bounce.c.natural_key).distinct().select_from(_bounce.join(_delivery, sent)).where(*open_)
        keys = list(connection.execute(query).scalars())
    rows = [row for row in (_find(ledger, tenant, key) for key in keys) if row and _is_last(ledger, tenant, row, {})]
    with ledger.writing() as connection:
        for row in rows:
            mine = (_bounce.c.tenant == tenant, _bounce.c.natural_key == row.natural_key, _bounce.c.status != NOT_SENT)
            connection.execute(sa.update(_bounce).where(*mine).values(is_last=True))


def _find(ledger: opened.Ledger, tenant: str, natural_key: str) -> deliveries.Open | None:
    columns = [_delivery.c[name] for name in deliveries.Open.__struct_fields__]
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == "distribute", _delivery.c.natural_key == natural_key)
    with ledger.reading() as connection:
        row = connection.execute(sa.select(*columns).where(*mine)).mappings().one_or_none()
        return None if row is None else deliveries.Open(**row)


def _is_last(ledger: opened.Ledger, tenant: str, row: deliveries.Open, more: Mapping[str, str]) -> bool:
    """Whether every address that the e-mail was sent to has sent it back by now, `more` included.

    A name that is none of the card's (whom an alias forwards to) speaks for the address only where there is no other one. One
    address where nobody knows.
    """
    found = details.read_recipients(ledger, tenant, [row.document_id])
    addresses = {to_digest(one) for recipient in found.values() for one in recipient.emails}
    query = sa.select(_bounce.c.recipient, _bounce.c.status).where(
        _bounce.c.tenant == tenant, _bounce.c.natural_key == row.natural_key
    )
    with ledger.reading() as connection:
        said: dict[str, str] = {row.recipient: row.status for row in connection.execute(query)}
    said.update(more)
    sent_to = {who for who in addresses if said.get(who) != NOT_SENT}
    came_back = {who for who, status in said.items() if status != NOT_SENT}
    return sent_to <= came_back or len(sent_to) == 1
