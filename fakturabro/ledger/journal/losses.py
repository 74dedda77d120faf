"""What stands in the send journal and not in a ledger that was restored: sendings, answers, stops. See recovery."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, operations, stops
from fakturabro.ledger.distribution import bounces
from fakturabro.ledger.journal import claims, messages
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import issues as portal_issues
from fakturabro.ledger.portal import objections, openings

CanBeRead = Callable[[str], bool]
"""Whether it can be asked of a target what stands there."""
_NOTHING_TAKEN = ("planned", "rejected")
_line = operations.journal_line


class Lost(NamedTuple):
    """A sending that left and that the ledger does not know."""

    name: str
    left_at: dt.datetime
    reserve: journal_lines.Reserve
    outcomes: Mapping[str, str] | None

    def to_claims(self) -> list[claims.Claim]:
        """What may have arrived of it."""
        outcomes = self.outcomes or {}
        return [
            _to_claim(self.name, self.reserve, sent, "in_doubt", self.left_at)
            for sent in self.reserve.sendings
            if outcomes.get(sent.natural_key) not in _NOTHING_TAKEN
        ]


def find(ledger: opened.Ledger, send_journal: journal.Journal, tenant: str, start: str) -> list[Lost]:
    """What left and is not in the ledger. The journal is read first: what it says of a live run, the ledger has committed."""
    left: dict[str, dt.datetime] = {}
    outcomes: dict[str, Mapping[str, str]] = {}
    for line in send_journal.scan(tenant, (journal_lines.Left, journal_lines.Answered), start):
        if isinstance(line, journal_lines.Left):
            left[line.line] = line.at
        elif isinstance(line, journal_lines.Answered):
            outcomes[line.line] = line.outcomes
    with ledger.reading() as connection:
        chosen = (_line.c.tenant == tenant, _line.c.reserved, bulk.among(connection, _line.c.line, list(left)))
        known = set(connection.execute(sa.select(_line.c.line).where(*chosen)).scalars())
    return [
        Lost(name, left_at, _find_reserve(send_journal, name), outcomes.get(name))
        for name, left_at in left.items()
        if name not in known
    ]


def find_answers(send_journal: journal.Journal, tenant: str, start: str, can_be_read: CanBeRead) -> Iterator[claims.Claim]:
    """What targets that cannot be read have accepted: nobody but the journal knows, also where the ledger knows that it left."""
    for line in send_journal.scan(tenant, (journal_lines.Answered,), start):
        if isinstance(line, journal_lines.Answered) and "accepted" in line.outcomes.values():
            reserve = _find_reserve(send_journal, line.line)
            for sent in reserve.sendings:
                if line.outcomes.get(sent.natural_key) == "accepted" and not can_be_read(reserve.target):
                    yield _to_claim(line.line, reserve, sent, "accepted", line.at)


def find_keys(send_journal: journal.Journal, tenant: str, purpose: str, source_keys: Collection[str]) -> dict[str, set[str]]:
    """By document, the natural keys under which it may have arrived, as the journal says: also what no ledger knows any more."""
    found: dict[str, set[str]] = {key: set() for key in source_keys}
    for line in send_journal.scan(tenant, (journal_lines.Reserve, journal_lines.Answered)):
        if isinstance(line, journal_lines.Reserve):
            for sent in line.sendings if line.purpose == purpose else ():
                found.get(sent.source_key, set[str]()).add(sent.natural_key)
        elif isinstance(line, journal_lines.Answered):
            taken_back = {key for key, outcome in line.outcomes.items() if outcome in _NOTHING_TAKEN}
            for keys in found.values() if taken_back else ():
                keys.difference_update(taken_back)
    return found


def _find_reserve(send_journal: journal.Journal, name: str) -> journal_lines.Reserve:
    reserve = send_journal.find(name)
    if not isinstance(reserve, journal_lines.Reserve):
        raise journal.JournalError(messages.missing(send_journal.folder, name))
    return reserve


def _to_claim(
    line: str, reserve: journal_lines.Reserve, sent: journal_lines.Sending, outcome: str, at: dt.datetime
) -> claims.Claim:
    return claims.Claim(
        purpose=reserve.purpose,
        source=sent.source,
        source_key=sent.source_key,
        target=reserve.target,
        natural_key=sent.natural_key,
        line=line,
        outcome=outcome,
        at=at,
    )


def restore_news(ledger: opened.Ledger, send_journal: journal.Journal, tenant: str, start: str) -> None:
    """Note what the ledger has lost of what debtors opened and objected to, of e-mails that came back and of new links."""
    news = list(send_journal.scan(tenant, journal_lines.NEWS, start))
    if news:
        with ledger.writing() as connection:
            for line in news:
                if isinstance(line, journal_lines.Opened):
                    openings.write(connection, tenant, line.natural_key, line.at)
                elif isinstance(line, journal_lines.Bounced):
                    bounces.write(connection, tenant, line.natural_key, line.recipient, line.status, line.is_last, line.at)
                elif isinstance(line, journal_lines.Objected):
                    objections.write(connection, tenant, line.source, line.source_key, line.what, line.sealed, line.at)
                elif isinstance(line, journal_lines.Reissued):
                    portal_issues.write(connection, tenant, line.natural_key, line.issue)


def restore_stops(ledger: opened.Ledger, send_journal: journal.Journal, tenant: str, start: str) -> None:
    """Let stops stand again that the ledger has lost, and end those whose release it has lost. What it knows stays as it is."""
    lines = list(send_journal.scan(tenant, (journal_lines.Stopped, journal_lines.Released), start))
    if lines:
        with ledger.writing() as connection:
            for line in lines:
                if isinstance(line, journal_lines.Stopped):
                    stops.restore(
                        connection, tenant, line.scope, why=line.why, owner=line.owner, at=line.at, review_at=line.review_at
                    )
                elif isinstance(line, journal_lines.Released):
                    stops.restore_release(connection, tenant, line.scope, why=line.why, by=line.by, at=line.at)
