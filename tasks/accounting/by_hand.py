"""Payments that came in and that only a person can post in the accounting system: named once a day, netted, or said to be done.

What a person has posted is cancelled here: it never left, and the transfer log says who posted it. What people are asked to post,
no machine posts: where it can after all, the question is closed first, and the next run posts it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

import msgspec

from fakturabro.ledger import deliveries
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import answers
from tasks import clock, connect, runs
from tasks.accounting import messages, posting_values
from tasks.incoming import matching
from tasks.payments import following as payment_following

_TAKES_BACK = ("reversal", "netted")
Key = tuple[str, str, int, str]


def leave(batch: runs.Batch, target: str, made: posting_values.Made) -> runs.Batch:
    """Net what the bank took back before it was posted, keep of the rest that a person is asked, and say it once a day."""
    slot, left = batch.slot, [one for some in made.by_hand.values() for one in some]
    asked, said = _find_asked(slot), _find_said(slot)
    met = _find_met(one for one in left if one.row.document_id not in said)
    conclude(slot, target, [one.row for one in left if one.row.document_id in met], dict.fromkeys(met, messages.NETTED))
    _mark(slot, {one.row.document_id for one in left} - met)
    named: dict[str, list[tuple[incoming.Incoming, str]]] = {}
    for why, some in made.by_hand.items():
        named[why] = _named(one for one in some if one.row.document_id not in met)
    if late := _named(one for one in left if one.row.document_id in met & asked):
        batch = batch.failing(messages.netted_late(late))
    said = [messages.left_to_people(why, rows) for why, rows in named.items() if rows]
    return payment_following.fail_daily(batch.counted(netted=len(met)) if met else batch, {one: one for one in said})


def _find_met(left: Iterable[posting_values.Received]) -> set[int]:
    """The documents of payments that the bank took back, and of what took them back, that nobody has posted."""
    taken_back: defaultdict[Key, list[int]] = defaultdict(list)
    met, rows = set[int](), [one.row for one in left]
    for row in rows:
        if row.amount > 0 and row.standing == "netted":
            taken_back[row.account, row.kid, row.amount, row.currency].append(row.document_id)
    for row in rows:
        waiting = taken_back[row.account, row.kid, -row.amount, row.currency] if row.amount < 0 else []
        if waiting and row.standing in _TAKES_BACK:
            met |= {row.document_id, waiting.pop()}
    return met


def hold(batch: runs.Batch, received: Iterable[posting_values.Received], made: posting_values.Made) -> runs.Batch:
    """Post nothing that people are asked to post, or said that they have; say what is asked about no more from now on."""
    slot = batch.slot
    asked = _find_asked(slot) & made.postings.keys()  # read first: who answers now was asked
    said = _find_said(slot)
    for i in asked | (said.keys() & made.postings.keys()):
        del made.postings[i]
    late = _named(one for one in received if one.row.document_id in asked - said.keys())
    return batch.failing(messages.posted_after_all(late)) if late else batch


def settle(batch: runs.Batch, target: str) -> runs.Batch:
    """Conclude what people said that they have posted, whatever it waited for when they were asked."""
    slot, said = batch.slot, _find_said(batch.slot)
    found = incoming.find(connect.current().ledger, slot.tenant, sorted(said)) if said else []
    rows = [row for row in found if row.state == "waiting"]
    conclude(slot, target, rows, {row.document_id: messages.entered_by_hand(said[row.document_id]) for row in rows})
    return batch.counted(posted_by_hand=len(rows)) if rows else batch


def _find_asked(slot: runs.Slot) -> set[int]:
    """The documents that people are asked to post."""
    open_ = answers.find_open(connect.current().ledger, slot.tenant, [answers.SUSPENSE])
    return {int(subject.partition("|")[0]) for _, subject in open_ if "|" in subject}


def _find_said(slot: runs.Slot) -> dict[int, str]:
    """Who posted which document."""
    said = answers.find_said(connect.current().ledger, slot.tenant, answers.SUSPENSE, answers.BY_HAND)
    return {int(subject.partition("|")[0]): person for subject, person in said.items()}


def _named(some: Iterable[posting_values.Received]) -> list[tuple[incoming.Incoming, str]]:
    """With the payer's account, "" where it is unknown."""
    return [(one.row, one.one.payer_account.number if one.one.payer_account else "") for one in some]


def conclude(slot: runs.Slot, target: str, rows: Sequence[incoming.Incoming], said: Mapping[int, str]) -> None:
    """Never post these; the transfer log says why, by document. Raises MoveError where one does not wait any more."""
    told = [
        deliveries.Answer(
            delivery_id=row.delivery_id, target=target, natural_key=row.reference, outcome="cancelled", detail=said[row.document_id]
        )
        for row in rows
    ]
    deliveries.record_answers(
        connect.current().ledger, slot.tenant, told, slot.run, clock.now(), slot.business_date, start="waiting"
    )


def _mark(slot: runs.Slot, document_ids: Set[int]) -> None:
    """Keep that just these are left to people, and propose to them what has no proposal yet."""
    ledger = connect.current().ledger
    standings = {row.document_id: row.standing for row in incoming.find_proposed(ledger, slot.tenant)}
    stood = matching.read_proposals(slot, sorted(document_ids | standings.keys()))
    marked, new = {i for i, one in stood.items() if one.by_hand}, matching.Proposal(why="by_hand", by_hand=True)
    changed = {i: stood.get(i, new) for i in document_ids - marked} | {i: stood[i] for i in marked - document_ids}
    proposals = {
        i: msgspec.json.encode(msgspec.structs.replace(one, by_hand=i in document_ids))
        for i, one in changed.items()
        if i in document_ids or one.why != "by_hand"
    }
    gone = {i: standings[i] for i in changed.keys() - proposals.keys()}
    if changed:
        allocations.record(ledger, slot.tenant, slot.run, clock.now(), [], gone, proposals)
