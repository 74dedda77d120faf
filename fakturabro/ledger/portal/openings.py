"""What debtors have opened: the first right code for a link, in the send journal before it stands in the ledger.

An opening is noted by natural keys, so it counts also where a restored ledger does not know link or document yet. In the same
transaction the letter that would have followed is cancelled; one that is on its way, or was handed over, stays as it is.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened
from fakturabro.ledger.distribution import fallbacks
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import tables as portal_tables

_opening, _link = portal_tables.opening, portal_tables.portal_link
_RUN = "portal"


def record(connection: sa.Connection, send_journal: journal.Journal | None, tenant: str, natural_key: str, at: dt.datetime) -> None:
    """Note that the link which was mailed under this key was opened. Noted once, it stays as it was.

    A journal that cannot be written keeps no debtor from the invoice.
    """
    mine = (_opening.c.tenant == tenant, _opening.c.natural_key == natural_key)
    if connection.execute(sa.select(_opening.c.at).where(*mine)).first() is not None:
        return
    if send_journal is not None:
        send_journal.note(journal_lines.Opened, tenant, at, natural_key=natural_key)
    write(connection, tenant, natural_key, at)


def write(connection: sa.Connection, tenant: str, natural_key: str, at: dt.datetime) -> None:
    """Note an opening that stands in the journal, and cancel the letter that it makes needless."""
    letter_key = fallbacks.to_key(natural_key)
    values = {"tenant": tenant, "natural_key": natural_key, "letter_key": letter_key, "at": at}
    connection.execute(bulk.dialect_insert(connection, _opening).values(**values).on_conflict_do_nothing())
    fallbacks.cancel_opened(connection, tenant, letter_key, _RUN, at.astimezone(calendar.OSLO).date())


def count_since(ledger: opened.Ledger, since: dt.datetime, tenant: str | None = None) -> int:
    """How many were opened since a time, by this tenant's debtors or anybody's: where nobody opens anything, ask the portal why."""
    mine = () if tenant is None else (_opening.c.tenant == tenant,)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).where(_opening.c.at >= since, *mine)).scalar_one()


def count_unopened(ledger: opened.Ledger, first: dt.datetime, last: dt.datetime) -> int:
    """How many of the links made from `first` to `last` nobody has opened, of all tenants: the portal is theirs together."""
    is_opened = sa.exists().where(_opening.c.tenant == _link.c.tenant, _opening.c.natural_key == _link.c.natural_key)
    made = (_link.c.made_at.between(first, last), _link.c.issue == 1, ~is_opened)
    with ledger.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(_link).where(*made)).scalar_one()
