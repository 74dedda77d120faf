"""Which issue of a link was given out last, as the send journal says: a restored ledger lets that one open, and none before it.

What is noted here came from the journal; where nothing was restored, the links themselves say it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import tables as portal_tables

_issue = portal_tables.portal_issue


def announce(send_journal: journal.Journal, tenant: str, natural_key: str, issue: int, at: dt.datetime) -> None:
    """Say in the journal that this issue of a link is made now, to be mailed in place of those before it."""
    send_journal.note(journal_lines.Reissued, tenant, at, natural_key=natural_key, issue=issue)


def write(connection: sa.Connection, tenant: str, natural_key: str, issue: int) -> None:
    """Note an issue that stands in the journal."""
    values = {"tenant": tenant, "natural_key": natural_key, "issue": issue}
    connection.execute(bulk.dialect_insert(connection, _issue).values(**values).on_conflict_do_nothing())


def find(connection: sa.Connection, tenant: str, natural_keys: Sequence[str]) -> dict[str, int]:
    """By natural key, the last issue that was noted."""
    mine = (_issue.c.tenant == tenant, bulk.among(connection, _issue.c.natural_key, natural_keys))
    newest = sa.select(_issue.c.natural_key, sa.func.max(_issue.c.issue)).where(*mine).group_by(_issue.c.natural_key)
    return {natural_key: issue for natural_key, issue in connection.execute(newest)}


def is_newest(link: sa.Table) -> sa.ColumnElement[bool]:
    """Whether no newer issue than this link's was noted."""
    newer = (_issue.c.tenant == link.c.tenant, _issue.c.natural_key == link.c.natural_key, _issue.c.issue > link.c.issue)
    return ~sa.exists().where(*newer)
