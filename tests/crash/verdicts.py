"""How a history ended: source, ledger and every counterpart compared, to the øre."""

from __future__ import annotations

import collections
import pathlib
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import certificates, claims, journal, journal_lines, opened, seals, states, tables
from tests.crash import counterparts, ledgers, versions

_ENTRY = re.compile(rb"<cbc:ID>(\d+)</cbc:ID>")
_PURPOSES = ("book", "distribute", "write_back")
_KINDS = ("invoice", "credit_note")
_ENDS = {
    "sent": {"book": {"accepted"}, "distribute": {"accepted"}, "write_back": {"accepted"}},
    "ehf_held": {"book": {"accepted"}, "distribute": {"accepted"}, "write_back": {"accepted"}},
    "book_held": {"book": {"held"}, "distribute": {"held"}, "write_back": {"waiting"}},
    "unreadable": {"book": {"held"}, "distribute": {"held"}, "write_back": {"waiting"}},
    "distribution_held": {"book": {"accepted"}, "distribute": {"held"}, "write_back": {"waiting"}},
    "held_as_changed": {"book": {"accepted"}, "distribute": {"held"}, "write_back": {"waiting"}},
    "cancelled": {purpose: {"accepted", "cancelled"} for purpose in ("book", "distribute", "write_back")},
}
"""By what the seed expects of a document, the states that it may end in."""


class Verdict(msgspec.Struct, kw_only=True):
    """What is wrong, by kind; empty lists when nothing is."""

    documents: int = 0
    lost: list[str] = []
    duplicated: list[str] = []
    unsettled: list[str] = []
    wrong: list[str] = []

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.duplicated or self.unsettled or self.wrong)


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the ledger with its state, target, key and amount for each purpose; contents as hashes."""

    id: int
    number: str
    kind: str
    states: dict[str, str]
    targets: dict[str, str | None]
    amount: int
    currency: str
    kid: str
    content: bytes
    older: list[bytes]
    booked: bytes | None


def judge(
    world: counterparts.World, engine: sa.Engine, folder: pathlib.Path, surprises: Sequence[str], sends_changed: bool = False
) -> Verdict:
    """Compare everything with everything. `sends_changed`: the tenant wants what was changed after it was sent to be sent too."""
    verdict = Verdict(documents=len(world.documents), wrong=[*surprises, *world.repeated])
    rows, said = _read(engine), _read_journal(journal.Journal(folder))
    _judge_source(world, rows, sends_changed, verdict)
    _judge_booking(world, rows, verdict)
    _judge_distribution(world, rows, said, sends_changed, verdict)
    _judge_writeback(world, rows, verdict)
    _judge_certificates(engine, verdict)
    _judge_journal(rows, said, journal.Journal(folder), verdict)
    standing_claims = claims.find_standing(opened.Ledger(engine, seals.Seals(engine, ledgers.KEY)))
    verdict.unsettled += [f"{count} claims stand" for count in standing_claims.values()]
    return verdict


def _read_journal(send_journal: journal.Journal) -> dict[tuple[str, str], str]:
    """By purpose and natural key, the source's key of every document that was ever announced."""
    lines = send_journal.scan(counterparts.TENANT, (journal_lines.Reserve,))
    return {(line.purpose, one.natural_key): one.source_key for line in lines for one in line.sendings}  # type: ignore[union-attr] all reserve


def _read(engine: sa.Engine) -> dict[str, _Row]:
    document, delivery, booking, revision = tables.document, tables.delivery, tables.booking, tables.revision
    with engine.connect().execution_options(reading=True) as connection:
        heads = connection.execute(sa.select(document).where(document.c.state == "fetched", document.c.kind.in_(_KINDS))).all()
        moves = connection.execute(sa.select(delivery)).all()
        revisions = connection.execute(sa.select(revision.c.id, revision.c.document_id, revision.c.hash)).all()
        kids: dict[int, str] = dict(connection.execute(sa.select(booking.c.document_id, booking.c.kid)).all())  # type: ignore[arg-type]
    contents = {one.id: one.hash for one in revisions}
    of: dict[int, dict[str, Any]] = collections.defaultdict(dict)
    for move in moves:
        of[move.document_id][move.purpose] = move
    return {
        head.source_key: _Row(
            id=head.id,
            number=head.number,
            kind=head.kind,
            states={purpose: move.state for purpose, move in of[head.id].items()},
            targets={purpose: move.target for purpose, move in of[head.id].items()},
            amount=head.amount,
            currency=head.currency,
            kid=kids.get(head.id, ""),
            content=contents[head.revision_id],
            older=[one.hash for one in revisions if one.document_id == head.id and one.id != head.revision_id],
            booked=contents[of[head.id]["book"].revision_id] if "book" in of[head.id] else None,
        )
        for head in heads
    }


def _judge_source(world: counterparts.World, rows: dict[str, _Row], sends_changed: bool, verdict: Verdict) -> None:
    for expected in world.expected:
        row = rows.get(expected.invoice_id)
        if row is None:
            verdict.lost.append(f"{expected.kind} {expected.number}: not in the ledger")
            continue
        if set(row.states) != set(_PURPOSES):
            verdict.lost.append(f"{row.kind} {row.number}: stands for {sorted(row.states)} only")
            continue
        consequence = world.consequence(expected)
        if _may_be_held_as_changed(world, expected.invoice_id, row, sends_changed):
            consequence = consequence if row.states["distribute"] == "accepted" else "held_as_changed"
        doubts = [purpose for purpose, state in row.states.items() if state in ("sending", "in_doubt")]
        verdict.unsettled += [f"{row.kind} {row.number}: {purpose} is {row.states[purpose]}" for purpose in doubts]
        if not doubts and "duplicate_number" not in expected.problems:
            ends = [(purpose, state) for purpose, state in row.states.items() if state not in _ENDS[consequence][purpose]]
            verdict.wrong += [f"{row.kind} {row.number} ({consequence}): {purpose} ended as {state}" for purpose, state in ends]
        target = row.targets.get("distribute")
        if consequence == "sent" and row.states["distribute"] == "accepted" and target not in (expected.channel, None):
            verdict.wrong.append(f"{row.kind} {row.number} went as {target}, not as {expected.channel}")


def _may_be_held_as_changed(world: counterparts.World, key: str, row: _Row, sends_changed: bool) -> bool:
    """Whether the source shows another version than the one that was booked, and it is not sent: not wanted, or what the ledger
    has as booked was torn when it was fetched again after a restore, so that nothing can be compared."""
    if key not in world.versions or row.booked is None or row.booked == row.content:
        return False
    return not sends_changed or not versions.Versions(counterparts.TENANT, key, world.versions[key]).has(row.booked)


def _compare(verdict: Verdict, what: str, row: _Row, purpose: str, copies: int) -> None:
    """Accepted means once at the counterpart; a doubt may be there; nothing else may."""
    state = row.states.get(purpose)
    if copies > 1:
        verdict.duplicated.append(f"{row.kind} {row.number}: {copies} {what}")
    elif state == "accepted" and copies == 0:
        verdict.lost.append(f"{row.kind} {row.number}: {purpose} is accepted, but there is no {what}")
    elif copies and state not in ("accepted", "sending", "in_doubt"):
        verdict.wrong.append(f"{row.kind} {row.number}: {purpose} is {state}, but there is {what}")


def _judge_booking(world: counterparts.World, rows: dict[str, _Row], verdict: Verdict) -> None:
    entries = collections.Counter((one.entry.type, one.entry.number) for one in world.factoring.state.entries.values())
    booked = {(row.kind, row.number): row for row in rows.values() if row.states.get("book") == "accepted"}
    for row in rows.values():
        if row.states.get("book") == "accepted" or (row.kind, row.number) not in booked:
            _compare(verdict, "entry at the factoring company", row, "book", entries[row.kind, row.number])
    sums: collections.Counter[str] = collections.Counter()
    for one in world.factoring.state.entries.values():
        row = booked.get((one.entry.type, one.entry.number))
        if row is not None:
            sums[row.currency] += int(Decimal(one.entry.amount).scaleb(2)) - row.amount
            if one.entry.kid != row.kid:
                verdict.wrong.append(f"{row.kind} {row.number}: KID {one.entry.kid} there, {row.kid} here")
    verdict.wrong += [f"the factoring company has {total} øre more in {name}" for name, total in sums.items() if total]


def _judge_distribution(
    world: counterparts.World, rows: dict[str, _Row], said: dict[tuple[str, str], str], sends_changed: bool, verdict: Verdict
) -> None:
    copies: dict[tuple[str, str], list[tuple[str, bytes | None]]] = collections.defaultdict(list)
    for key, message in world.access_point.state.messages.items():
        found = _ENTRY.search(message.body)
        copies[message.kind, found[1].decode() if found else "?"].append((str(key), message.body))
    world.collect_letters()
    for key in [*_documents_mailed(world), *(letter.job for letter in world.letters)]:
        row = rows.get(said.get(("distribute", key), ""))
        if row is None:
            verdict.wrong.append(f"nobody knows of {key}")
        else:
            copies[row.kind, row.number].append((key, None))
    sent = {(row.kind, row.number) for row in rows.values() if row.states.get("distribute") == "accepted"}
    for key, row in rows.items():
        mine = copies[row.kind, row.number]
        if key in world.versions:
            known = versions.Versions(counterparts.TENANT, key, world.versions[key])
            faults = versions.judge(known, mine, [*row.older, row.content], world.is_listed_in_the_end(key), sends_changed)
            for kind, text in faults:
                getattr(verdict, kind).append(f"{row.kind} {row.number}: {text}")
        if row.states.get("distribute") == "accepted" or (row.kind, row.number) not in sent:
            is_many = key in world.versions and sends_changed
            _compare(verdict, "copies at debtors", row, "distribute", min(len(mine), 1) if is_many else len(mine))


def _documents_mailed(world: counterparts.World) -> list[str]:
    """The message ids of what debtors were mailed; approvers are mailed links."""
    keys = [str(mail.parsed()["Message-ID"]) for mail in world.mail.messages]
    return [key for key in keys if not key.startswith("<link.")]


def _judge_writeback(world: counterparts.World, rows: dict[str, _Row], verdict: Verdict) -> None:
    for key, row in rows.items():
        invoice = world.client.invoices[key]
        _compare(verdict, "writeback", row, "write_back", int(invoice.is_delivered))
        if invoice.is_delivered and invoice.kid != row.kid:
            verdict.wrong.append(f"{row.kind} {row.number}: PowerOffice has KID {invoice.kid}, not {row.kid}")


def _judge_certificates(engine: sa.Engine, verdict: Verdict) -> None:
    ledger = opened.Ledger(engine, seals.Seals(engine, ledgers.KEY))
    broken = certificates.verify_chain(ledger, counterparts.TENANT)
    verdict.wrong += [f"certificate {i} does not fit into its chain" for i in broken]
    delivery, certificate = tables.delivery, tables.certificate
    closing: dict[tuple[str, str], tuple[int, int]] = {}
    with engine.connect().execution_options(reading=True) as connection:
        for row in connection.execute(sa.select(certificate).order_by(certificate.c.id)):
            columns = [msgspec.convert(row.figures[name], certificates.Figures) for name in ("count", "amount")]
            if any(column.difference for column in columns):
                verdict.wrong.append(f"certificate {row.id} ({row.purpose}, {row.run}) does not add up")
            closing[row.purpose, row.currency] = (columns[0].closing, columns[1].closing)
        totals = (sa.func.count(), sa.func.sum(delivery.c.amount))
        groups = (delivery.c.purpose, delivery.c.currency)
        query = sa.select(*groups, *totals).where(delivery.c.state.in_(states.OPEN)).group_by(*groups)
        now = {(purpose, currency): (count, int(total)) for purpose, currency, count, total in connection.execute(query)}
    certified = {group: figures for group, figures in closing.items() if figures[0]}
    if certified != now:
        verdict.wrong.append(f"the last certificates say {certified} is open, the ledger {now}")


def _judge_journal(
    rows: dict[str, _Row], said: dict[tuple[str, str], str], send_journal: journal.Journal, verdict: Verdict
) -> None:
    """Nothing was accepted that the journal did not know of before it left."""
    verdict.wrong += [f"the journal: {fault}" for fault in send_journal.verify()]
    announced = {(purpose, key) for (purpose, _), key in said.items()}
    accepted = {(purpose, key) for key, row in rows.items() for purpose, state in row.states.items() if state == "accepted"}
    verdict.wrong += [f"{purpose} of {key} stands in no journal" for purpose, key in sorted(accepted - announced)]


def standing(engine: sa.Engine) -> list[Any]:
    """The state of everything, to see whether anything still moves."""
    columns = (tables.delivery.c.id, tables.delivery.c.state)
    with engine.connect().execution_options(reading=True) as connection:
        return list(connection.execute(sa.select(*columns).order_by(columns[0])).all())
