"""Matching: each recorded payment finds its invoices, or stands in suspense with what a person may choose.

Payments come first, what takes back comes after them. What is allocated stands in the ledger before anything of it is posted.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from fakturabro.domain import matching, statements
from fakturabro.ledger import deliveries, engine
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import bank_files
from tasks import clock, connect, retrying, runs
from tasks.accounting import posting_by_file
from tasks.bank import options as bank_options

_PAGE = 2_000
MATCHED_BY_US = ("factoring", "poweroffice", "fortnox")
"""Where payments are posted with what they settle; who gets the bank's file matches it alone."""
_NONE: Mapping[int, str] = MappingProxyType({})
Key = tuple[str, str, int, str]
Row = tuple[incoming.Incoming, statements.IncomingPayment]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps, sealed, of a payment that stands in suspense: why, and what a person may choose."""

    why: matching.Why
    candidates: tuple[matching.Candidate, ...] = ()
    by_hand: bool = False
    """Whether the last posting left it to people."""


_PROPOSAL = msgspec.json.Decoder(Proposal)
REFUSED = msgspec.json.encode(Proposal(why="refused"))
"""Of a payment that stands otherwise at the target than we allocated it: a person looks there."""
TOO_LATE = msgspec.json.encode(Proposal(why="chosen_too_late"))
"""Of one that a person placed where less is open now: it is told once, and listed."""


def read_proposals(slot: runs.Slot, document_ids: Sequence[int]) -> dict[int, Proposal]:
    """What stands proposed for these payments."""
    said = allocations.read_proposals(connect.current().ledger, slot.tenant, document_ids)
    return {i: _PROPOSAL.decode(one) for i, one in said.items()}


@retrying.station("Finn fakturaene")
async def match(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Match every recorded payment of the files that may be posted."""
    if batch.slot.dry_run or chosen.accounting.incoming not in MATCHED_BY_US:
        return batch
    return await asyncio.to_thread(_match, batch, chosen)


def _match(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    slot, later = batch.slot, list[int]()
    waiting = deliveries.find_open_documents(connect.current().ledger, slot.tenant, ["post"], ["waiting"])
    for rows in _recorded(slot, waiting):
        later += [row.document_id for row, _ in rows if row.amount < 0]
        batch = batch.counted(**_settle(slot, chosen, [one for one in rows if one[0].amount >= 0]))
    for rows in _recorded(slot, later):
        batch = batch.counted(**_take_back(slot, rows))
    return batch.counted(matched=_match_anew(slot))


def _match_anew(slot: runs.Slot) -> int:
    """What stands in suspense because nobody knew its KID, where the invoice was booked since; how many were found."""
    ledger, count = connect.current().ledger, 0
    unknown = [row for row in incoming.find_suspense(ledger, slot.tenant) if row.kid and row.rest == row.amount > 0]
    said = read_proposals(slot, [row.document_id for row in unknown])
    refused = {i for i, one in said.items() if one.why in ("refused", "chosen_too_late")}
    for rows in engine.chunks((row for row in unknown if row.document_id not in refused), _PAGE):
        invoices = _find_invoices(slot, kids=sorted({row.kid for row in rows}))
        book, known = matching.Book(invoices), {one.kid for one in invoices}
        read = incoming.read(ledger, slot.tenant, [row.document_id for row in rows if row.kid in known])
        paid = [(row, _to_payment(row, one)) for row, one in read]
        words = sorted({word for _, one in paid for word in one.named})
        book.add(_find_invoices(slot, kids=words, numbers=words))
        found = [(row, match) for row, one in paid if (match := book.settle(one)).allocations]
        for row, match in found:
            allocate(slot, row, match.standing, match.allocations)
        count += len(found)
    return count


def allocate(slot: runs.Slot, row: incoming.Incoming, standing: str, given: Sequence[matching.Allocation]) -> None:
    """Give what stands in suspense to invoices. The target is told where the payment has left; otherwise both go together."""
    rows = [allocations.Allocation(document_id=row.document_id, invoice_id=one.invoice, amount=one.amount) for one in given]
    told = row.state in ("waiting", "planned", "cancelled")  # what a person posted is moved by nobody else
    allocations.record(
        connect.current().ledger, slot.tenant, slot.run, clock.now(), rows, {row.document_id: standing}, {}, told=told
    )


def _recorded(slot: runs.Slot, document_ids: Iterable[int]) -> Iterator[list[Row]]:
    """The payments that nobody has matched, of files that may be posted, a page at a time."""
    ledger, states = connect.current().ledger, dict[int, str]()
    for ids in engine.chunks(document_ids, _PAGE):
        rows = [one for one in incoming.read(ledger, slot.tenant, ids) if one[0].standing == "recorded"]
        for file_id in {row.file_id for row, _ in rows} - states.keys():
            file = bank_files.find(ledger, slot.tenant, file_id)
            states[file_id] = file.state if file else ""
        yield [one for one in rows if states[one[0].file_id] in posting_by_file.CLEARED]


def _settle(slot: runs.Slot, chosen: bank_options.BankOptions, rows: Sequence[Row]) -> dict[str, int]:
    paid = {row.document_id: _to_payment(row, payment) for row, payment in rows}
    agreements = {own.account.number: own.kids for own in chosen.accounts}
    repairs = {row.document_id: matching.repaired(row.kid, agreements.get(row.account, ())) for row, _ in rows}
    kids = {kid for i, one in paid.items() for kid in (one.kid, *one.named, *repairs[i]) if kid}
    numbers = {word for one in paid.values() for word in one.named}
    book = matching.Book(_find_invoices(slot, kids=sorted(kids), numbers=sorted(numbers)))
    taken_back, met, found = _unplaced(slot), list[int](), dict[int, matching.Match]()
    for row, _ in rows:
        earlier = [one for one in taken_back[row.account, row.kid, -row.amount, row.currency] if _is_before(row, one)]
        if earlier and row.amount and row.kid:
            met.append(earlier[0].document_id)  # what takes it back was told of before it
            taken_back[_key(earlier[0])].remove(earlier[0])
            found[row.document_id] = matching.Match(standing="netted", why="reversal", rest=row.amount)
        else:
            found[row.document_id] = book.settle(paid[row.document_id])
    doubtful = {row.document_id: one for row, one in rows if found[row.document_id].standing == "suspense"}
    for i, candidates in _propose(slot, book, {i: paid[i] for i in doubtful}, repairs, doubtful).items():
        found[i] = msgspec.structs.replace(found[i], candidates=candidates)
    return _record(slot, found, dict.fromkeys(met, "netted"))


def _propose(
    slot: runs.Slot,
    book: matching.Book,
    paid: Mapping[int, matching.Payment],
    repairs: Mapping[int, Mapping[str, matching.Clue]],
    payments: Mapping[int, statements.IncomingPayment],
) -> dict[int, tuple[matching.Candidate, ...]]:
    """Candidates by document: by what the payment says, by who paid, and by its amount."""
    if not paid:
        return {}
    payers = {i: one.payer_account.number for i, one in payments.items() if one.payer_account}
    customers = allocations.find_customers_of_payers(connect.current().ledger, slot.tenant, sorted(set(payers.values())))
    book.add(_find_invoices(slot, customers=sorted({one for found in customers.values() for one in found})))
    lonely: defaultdict[tuple[str, int], list[matching.Invoice]] = defaultdict(list)
    for one in _find_invoices(slot, open_amounts=sorted({one.amount for one in paid.values()})):
        lonely[one.currency, one.open].append(one)
    return {
        i: book.propose(one, repairs[i], customers.get(payers.get(i, ""), ()), lonely[one.currency, one.amount])
        for i, one in paid.items()
    }


def _take_back(slot: runs.Slot, rows: Sequence[Row]) -> dict[str, int]:
    """Reversals: each meets a payment of its account, KID and amount: the newest that nobody has placed, or the newest.

    One without KID meets one that nobody has placed and that has the same text or payer.
    What was taken back is netted: nobody pays it back, and nothing that comes later repeats it.
    """
    ledger, paid = connect.current().ledger, {row.document_id: _to_payment(row, payment) for row, payment in rows}
    placed, unplaced = defaultdict[Key, list[allocations.Reversible]](list), _unplaced(slot)
    for one in allocations.find_reversible(ledger, slot.tenant, {row.kid for row, _ in rows if row.kid}):
        placed[_key(one.payment)].append(one)
    found, met = dict[int, matching.Match](), list[int]()
    for row, payment in rows:
        one, key = paid[row.document_id], (row.account, row.kid, -row.amount, row.currency)
        waits = unplaced[key] if row.kid else _alike(slot, payment, unplaced[key])
        waits = [each for each in waits if not _is_before(row, each, strictly=True)]
        stands = [each for each in placed[key] if not _is_before(row, each.payment, strictly=True)] if row.kid else []
        if waits:
            unplaced[key].remove(waits[-1])
            met.append(waits[-1].document_id)
            found[one.key] = matching.take_back(one, -one.amount, ())
        elif stands:
            before = stands[0]
            placed[key].remove(before)
            met.append(before.payment.document_id)
            given = [matching.Allocation(invoice=to, number="", amount=part) for to, part in before.allocations]
            found[one.key] = matching.take_back(one, before.payment.amount, given)
        else:
            found[one.key] = matching.take_back(one, 0, ())
    return _record(slot, found, dict.fromkeys(met, "netted"))


def _alike(slot: runs.Slot, payment: statements.IncomingPayment, rows: Sequence[incoming.Incoming]) -> list[incoming.Incoming]:
    """Those of these that have the same payer, or where it is not said on both sides who paid, the same text."""
    told = incoming.read(connect.current().ledger, slot.tenant, [row.document_id for row in rows])
    return [row for row, one in told if statements.is_alike(payment, one)]


def _key(row: incoming.Incoming) -> Key:
    return row.account, row.kid, row.amount, row.currency


def _is_before(row: incoming.Incoming, other: incoming.Incoming, *, strictly: bool = False) -> bool:
    """Whether one was booked before the other, or on its day: nothing takes back what is paid later. Without a day nobody knows."""
    if row.booked_on is None or other.booked_on is None:
        return False
    return row.booked_on < other.booked_on or (row.booked_on == other.booked_on and not strictly)


def _unplaced(slot: runs.Slot) -> defaultdict[Key, list[incoming.Incoming]]:
    """What stands in suspense whole, oldest first."""
    found: defaultdict[Key, list[incoming.Incoming]] = defaultdict(list)
    for row in incoming.find_suspense(connect.current().ledger, slot.tenant):
        if row.rest == row.amount:
            found[_key(row)].append(row)
    return found


def _find_invoices(slot: runs.Slot, **wanted: Sequence[Any]) -> list[matching.Invoice]:
    return [
        matching.Invoice(
            key=one.document_id,
            number=one.number,
            kid=one.kid,
            customer=one.customer_number,
            currency=one.currency,
            amount=one.amount,
            credited=one.credited,
            paid=one.allocated,
        )
        for one in allocations.find_items(connect.current().ledger, slot.tenant, **wanted)
    ]


def _to_payment(row: incoming.Incoming, payment: statements.IncomingPayment) -> matching.Payment:
    words = matching.named(payment.text, payment.references)
    return matching.Payment(key=row.document_id, amount=row.amount, currency=row.currency, kid=row.kid, named=words)


def _record(
    slot: runs.Slot, found: Mapping[int, matching.Match], others: Mapping[int, str] = MappingProxyType({})
) -> dict[str, int]:
    """Allocations, standings (of `others` too) and proposals in one transaction; how many were found and how many were not."""
    if not found:
        return {}
    given = [(i, one) for i, match in found.items() for one in match.allocations]
    rows = [allocations.Allocation(document_id=i, invoice_id=one.invoice, amount=one.amount) for i, one in given]
    proposals = {
        i: msgspec.json.encode(Proposal(why=match.why, candidates=match.candidates)) for i, match in found.items() if match.rest
    }
    standings = {**{i: match.standing for i, match in found.items()}, **others}
    allocations.record(connect.current().ledger, slot.tenant, slot.run, clock.now(), rows, standings, proposals)
    suspense = sum(match.standing in ("suspense", "over") for match in found.values())
    return {"matched": len(found) - suspense, "suspense": suspense}
