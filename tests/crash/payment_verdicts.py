"""How a history of payments ended: what was wanted, the ledger, and what the bank and the accounting system have, compared."""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from fakturabro.ledger import opened, tables
from fakturabro.ledger.payments import tables as bank_tables
from sandboxes.bank import orders as bank_orders
from tests.crash import counterparts, treasury, verdicts

_DOUBTS = ("sending", "in_doubt")
_PAID = ("executed", "returned")
_STAGE_OF = {"executed": _PAID[:1], "returned": _PAID[1:], "rejected": ("rejected",)}
"""By what became of a payment at the bank, the stages that it may end in."""


def judge(of: treasury.Treasury, world: counterparts.World, ledger: opened.Ledger, verdict: verdicts.Verdict) -> None:
    """Add what is wrong to the verdict."""
    known = _read(ledger)
    verdict.documents += len(known)
    _judge_wishes(of, verdict)
    _judge_stages(of, known, verdict)
    _judge_answers(of, known, verdict)
    _judge_money_in(of, world, ledger, verdict)
    doubts = [(row, purpose) for row in known for purpose, state in row["states"].items() if state in _DOUBTS]
    verdict.unsettled += [f"payment {row['end_to_end_id']}: {purpose} is {row['states'][purpose]}" for row, purpose in doubts]


def _read(ledger: opened.Ledger) -> list[dict[str, Any]]:
    """Every payment with the states of its deliveries."""
    payment, delivery, document = bank_tables.payment, tables.delivery, tables.document
    with ledger.reading() as connection:
        states: dict[int, dict[str, str]] = collections.defaultdict(dict)
        for row in connection.execute(sa.select(delivery.c.document_id, delivery.c.purpose, delivery.c.state)):
            states[row.document_id][row.purpose] = row.state
        query = sa.select(payment, document.c.amount).join(document, document.c.id == payment.c.document_id)
        return [{**row, "states": states[row["document_id"]]} for row in connection.execute(query).mappings()]


def _judge_wishes(of: treasury.Treasury, verdict: verdicts.Verdict) -> None:
    """Everything that is owed is paid once, and nothing else is."""
    at_bank: dict[Decimal, list[bank_orders.Order]] = collections.defaultdict(list)
    for order in of.bank.orders:
        if order.state != "rejected":
            at_bank[order.amount].append(order)
    for wish in of.books.wishes:
        orders = at_bank.pop(wish.amount, [])
        name = f"payment of {wish.amount} ({wish.fate})"
        if len(orders) > 1:
            verdict.duplicated.append(f"{name}: {len(orders)} times at the bank")
        if not orders and wish.fate in ("paid", "returned") and wish.amount not in of.refused:
            verdict.lost.append(f"{name}: not at the bank")
        if orders and wish.fate == "wrong KID":
            verdict.wrong.append(f"{name}: at the bank")
        for order in orders:
            if (order.creditor, order.kid, order.debtor) != (wish.creditor, wish.kid, treasury.remittances.PAYS_FROM):
                verdict.wrong.append(f"{name}: the bank has {order}")
    verdict.wrong += [f"nobody wanted a payment of {amount}" for amount in at_bank]
    verdict.duplicated += [f"{key} left the account {count} times" for key, count in of.bank.paid().items() if count > 1]


def _judge_stages(of: treasury.Treasury, known: list[dict[str, Any]], verdict: verdicts.Verdict) -> None:
    """Each payment's stage is what became of it at the bank; what the bank has is accepted, and what it has not is not."""
    by_id = {order.end_to_end_id: order for order in of.bank.orders}
    for row in known:
        order, name = by_id.pop(row["end_to_end_id"], None), f"payment {row['end_to_end_id']}"
        state, stage = row["states"]["pay"], row["stage"]
        if order is None and (state == "accepted" or stage in (*_PAID, "rejected")):
            verdict.lost.append(f"{name}: pay is {state}, stage {stage}, but the bank has nothing")
        if order is not None and state not in ("accepted", *_DOUBTS):
            verdict.wrong.append(f"{name}: pay is {state}, but the bank has it")
        if order is not None and stage not in _STAGE_OF.get(order.state, ()) and not (order.state == "rejected" and of.was_silent):
            verdict.unsettled.append(f"{name}: {order.state} at the bank, stage {stage} here")
    verdict.wrong += [f"the bank has {name}, the ledger does not" for name in by_id]


def _judge_answers(of: treasury.Treasury, known: list[dict[str, Any]], verdict: verdicts.Verdict) -> None:
    """The accounting system was told once of each payment that has ended."""
    sums = collections.Counter(hashlib.sha256(content).hexdigest() for _, content in of.collected)
    names = collections.Counter(name for name, _ in of.collected)
    verdict.duplicated += [f"a file came {count} times to the accounting system" for count in sums.values() if count > 1]
    verdict.duplicated += [f"{name} came {count} times to the accounting system" for name, count in names.items() if count > 1]
    for row in known:
        state = row["states"].get("book_back", "none")
        if row["stage"] in (*_PAID, "rejected") and state != "accepted":
            verdict.lost.append(f"payment {row['end_to_end_id']}: {row['stage']}, but book_back is {state}")


def _judge_money_in(of: treasury.Treasury, world: counterparts.World, ledger: opened.Ledger, verdict: verdicts.Verdict) -> None:
    """What customers paid stands once at the factoring company, to the øre, and in the ledger."""
    document, delivery = tables.document, tables.delivery
    posted = collections.Counter((one.payment.kid, Decimal(one.payment.amount)) for one in world.factoring.payments.posted.values())
    verdict.lost += [f"incoming {kid} {amount}: {count} not posted" for (kid, amount), count in (of.credited - posted).items()]
    verdict.duplicated += [
        f"incoming {kid} {amount}: posted {count} too many" for (kid, amount), count in (posted - of.credited).items()
    ]
    with ledger.reading() as connection:
        mine = (document.c.kind == "incoming_payment", delivery.c.purpose == "post")
        query = sa.select(delivery.c.state, document.c.amount).join(document, document.c.id == delivery.c.document_id).where(*mine)
        rows = connection.execute(query).all()
    verdict.unsettled += [f"an incoming payment of {amount} øre is {state}" for state, amount in rows if state != "accepted"]
    total = sum(amount for _, amount in rows)
    owed = sum(amount * count for (_, amount), count in of.credited.items()) * 100
    if total != owed:
        verdict.wrong.append(f"{owed} øre came in, the ledger has {total}")
    verdict.wrong += list(_find_over_allocated(world))


def _find_over_allocated(world: counterparts.World) -> Iterator[str]:
    given: collections.Counter[tuple[str, str]] = collections.Counter()
    for one in world.factoring.payments.posted.values():
        for part in one.payment.allocations:
            given[part.type, part.number] += int(Decimal(part.amount) * 100)
    for booked in world.factoring.state.entries.values():
        if given[booked.entry.type, booked.entry.number] > Decimal(booked.entry.amount) * 100:
            yield f"{booked.entry.type} {booked.entry.number} was allocated more than it is worth"
