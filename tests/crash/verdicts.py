"""How a history ended: source, ledger and every counterpart compared, to the øre."""

from __future__ import annotations

import collections
import pathlib
from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import audits, certificates, opened, seals, states, tables
from fakturabro.ledger.journal import claims
from fakturabro.ledger.journal import sendings as journal
from sandboxes.seed import clients as seed
from tasks.debtors import channels
from tests.crash import copies, counterparts, followed, ledgers, rows, versions

_Copies = collections.defaultdict[tuple[str, str], list[tuple[rows.Row, copies.Copy]]]
_PURPOSES = ("book", "distribute", "write_back")
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


def judge(
    world: counterparts.World, engine: sa.Engine, folder: pathlib.Path, surprises: Sequence[str], sends_changed: bool = False
) -> Verdict:
    """Compare everything with everything. `sends_changed`: the tenant wants what was changed after it was sent to be sent too."""
    verdict = Verdict(documents=len(world.documents), wrong=[*surprises, *world.repeated])
    known, said = rows.read(engine), rows.read_journal(folder)
    was_recovered = rows.was_recovered(folder)
    ledger = opened.Ledger(engine, seals.Seals(engine, ledgers.KEY))
    _judge_source(world, known, sends_changed, verdict)
    _judge_booking(world, known, verdict)
    there = _collect_copies(world, known, said, verdict)
    verdict.wrong += followed.judge_links(world)
    for kind, text in followed.judge(world, known, rows.read_openings(folder), was_recovered):
        getattr(verdict, kind).append(text)
    _judge_distribution(world, known, there, was_recovered, sends_changed, verdict)
    _judge_writeback(world, known, there, was_recovered, verdict)
    verdict.wrong += _find_wrong_certificates(ledger)
    _judge_journal(known, said, journal.Journal(folder), verdict)
    verdict.unsettled += [f"{count} claims stand" for count in claims.find_standing(ledger).values()]
    return verdict


def _judge_source(world: counterparts.World, known: dict[str, rows.Row], sends_changed: bool, verdict: Verdict) -> None:
    stated = world.stated()
    verdict.wrong += [text for row in known.values() for text in copies.judge_source(row, stated[row.key])]
    for expected in world.expected:
        row = known.get(expected.invoice_id)
        if row is None:
            verdict.lost.append(f"{expected.kind} {expected.number}: not in the ledger")
            continue
        if set(row.states) - {"letter"} != set(_PURPOSES):
            verdict.lost.append(f"{row.name}: stands for {sorted(row.states)} only")
            continue
        _judge_ends(world, expected, row, sends_changed, verdict)


def _judge_ends(world: counterparts.World, expected: seed.Expected, row: rows.Row, sends_changed: bool, verdict: Verdict) -> None:
    consequence = world.consequence(expected)
    if _may_be_held_as_changed(world, expected.invoice_id, row, sends_changed):
        consequence = consequence if row.states["distribute"] == "accepted" else "held_as_changed"
    doubts = [purpose for purpose, state in row.states.items() if state in ("sending", "in_doubt")]
    verdict.unsettled += [f"{row.name}: {purpose} is {row.states[purpose]}" for purpose in doubts]
    if not doubts and "duplicate_number" not in expected.problems:
        ends = [(purpose, row.states[purpose]) for purpose in _PURPOSES if row.states[purpose] not in _ENDS[consequence][purpose]]
        verdict.wrong += [f"{row.name} ({consequence}): {purpose} ended as {state}" for purpose, state in ends]
    target = row.targets.get("distribute")
    target = "email" if target == channels.LINK else target
    if consequence == "sent" and row.states["distribute"] == "accepted" and target not in (expected.channel, None):
        verdict.wrong.append(f"{row.name} went as {target}, not as {expected.channel}")


def _may_be_held_as_changed(world: counterparts.World, key: str, row: rows.Row, sends_changed: bool) -> bool:
    """Whether the source shows another version than the one that was booked, and it is not sent: not wanted, or what the ledger
    has as booked was torn when it was fetched again after a restore, so that nothing can be compared."""
    if key not in world.versions or row.booked is None or row.booked == row.content:
        return False
    return not sends_changed or not versions.Versions(counterparts.TENANT, key, world.versions[key]).has(row.booked)


def _compare(verdict: Verdict, what: str, row: rows.Row, purpose: str, copies: int) -> None:
    """Accepted means once at the counterpart; a doubt may be there; nothing else may."""
    state = row.states.get(purpose)
    if copies > 1:
        verdict.duplicated.append(f"{row.name}: {copies} {what}")
    elif state == "accepted" and copies == 0:
        verdict.lost.append(f"{row.name}: {purpose} is accepted, but there is no {what}")
    elif copies and state not in ("accepted", "sending", "in_doubt"):
        verdict.wrong.append(f"{row.name}: {purpose} is {state}, but there is {what}")


def _judge_booking(world: counterparts.World, known: dict[str, rows.Row], verdict: Verdict) -> None:
    entries = [one.entry for one in world.factoring.state.entries.values()]
    counts = collections.Counter((entry.type, entry.number) for entry in entries)
    booked = {(row.kind, row.number): row for row in known.values() if row.states.get("book") == "accepted"}
    for row in known.values():
        if row.states.get("book") == "accepted" or (row.kind, row.number) not in booked:
            _compare(verdict, "entry at the factoring company", row, "book", counts[row.kind, row.number])
    pairs = ((booked.get((entry.type, entry.number)), entry) for entry in entries)
    verdict.wrong += [text for row, entry in pairs if row is not None for text in copies.judge_entry(row, entry)]


def _collect_copies(
    world: counterparts.World, known: dict[str, rows.Row], said: dict[tuple[str, str], str], verdict: Verdict
) -> _Copies:
    """The copies at debtors, each with its document, by kind and number: two documents may share a number."""
    world.collect_letters()
    there: _Copies = collections.defaultdict(list)
    for copy in copies.find_all(world):
        row = known.get(said.get(("distribute", copy.key), ""))
        if row is None:
            verdict.wrong.append(f"nobody knows of {copy.key}")
        else:
            there[row.kind, row.number].append((row, copy))
    return there


def _judge_distribution(
    world: counterparts.World,
    known: dict[str, rows.Row],
    there: _Copies,
    was_recovered: bool,
    sends_changed: bool,
    verdict: Verdict,
) -> None:
    pairs = (pair for found in there.values() for pair in found)
    verdict.wrong += [text for row, copy in pairs for text in copies.judge(world.client, row, copy, was_recovered)]
    sent = {(row.kind, row.number) for row in known.values() if row.states.get("distribute") == "accepted"}
    for key, row in known.items():
        mine = [(copy.key, copy.body) for _, copy in there[row.kind, row.number]]
        if key in world.versions:
            shown = versions.Versions(counterparts.TENANT, key, world.versions[key])
            faults = versions.judge(shown, mine, [*row.older, row.content], world.is_listed_in_the_end(key), sends_changed)
            for kind, text in faults:
                getattr(verdict, kind).append(f"{row.name}: {text}")
        if row.states.get("distribute") == "accepted" or (row.kind, row.number) not in sent:
            is_many = key in world.versions and sends_changed
            _compare(verdict, "copies at debtors", row, "distribute", min(len(mine), 1) if is_many else len(mine))


def _judge_writeback(
    world: counterparts.World, known: dict[str, rows.Row], there: _Copies, was_recovered: bool, verdict: Verdict
) -> None:
    invoices, digests = world.client.invoices, world.given_back()
    for key, row in known.items():
        _compare(verdict, "writeback", row, "write_back", int(invoices[key].is_delivered))
        if invoices[key].is_delivered:
            mine = [copy for of, copy in there[row.kind, row.number] if of is row]
            of_lost = [copy for copy in mine if was_recovered and not row.knows(copy.key)]
            verdict.wrong += copies.judge_given_back(row, invoices[key].kid, digests[key], was_recovered, of_lost)


def _find_wrong_certificates(ledger: opened.Ledger) -> Iterator[str]:
    """What the certificates do not bear out, and where they do not say what is open."""
    yield from find_faults(ledger)
    delivery, certificate = tables.delivery, tables.certificate
    closing: dict[tuple[str, str], tuple[int, int]] = {}
    with ledger.reading() as connection:
        for row in connection.execute(sa.select(certificate).order_by(certificate.c.id)):
            columns = [msgspec.convert(row.figures[name], certificates.Figures) for name in ("count", "amount")]
            if any(column.difference for column in columns):
                yield f"certificate {row.id} ({row.purpose}, {row.run}) does not add up"
            closing[row.purpose, row.currency] = (columns[0].closing, columns[1].closing)
        totals = (sa.func.count(), sa.func.sum(delivery.c.amount))
        groups = (delivery.c.purpose, delivery.c.currency)
        query = sa.select(*groups, *totals).where(delivery.c.state.in_(states.OPEN)).group_by(*groups)
        now = {(purpose, currency): (count, int(total)) for purpose, currency, count, total in connection.execute(query)}
    certified = {group: figures for group, figures in closing.items() if figures[0]}
    if certified != now:
        yield f"the last certificates say {certified} is open, the ledger {now}"


def find_faults(ledger: opened.Ledger) -> list[str]:
    """What `fakturabro certificate verify` says, in words of the code."""
    faults = audits.find_faults(ledger, counterparts.TENANT)
    return [f"certificates: {fault.code} at {fault.table} {fault.row} {fault.purpose}".strip() for fault in faults]


def _judge_journal(
    known: dict[str, rows.Row], said: dict[tuple[str, str], str], send_journal: journal.Journal, verdict: Verdict
) -> None:
    """Nothing was accepted that the journal did not know of before it left."""
    verdict.wrong += [f"the journal: {fault}" for fault in send_journal.verify()]
    announced = {(purpose, key) for (purpose, _), key in said.items()}
    accepted = {(purpose, key) for key, row in known.items() for purpose, state in row.states.items() if state == "accepted"}
    verdict.wrong += [f"{purpose} of {key} stands in no journal" for purpose, key in sorted(accepted - announced)]
