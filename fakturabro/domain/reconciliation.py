"""What we have and what others have of the same money, and why they differ: amounts in, differences out, to the øre.

Amounts are minor units of one currency. A difference is theirs less ours. Whatever is given, the differences add up to exactly what
the two sums differ by: what nothing explains is a difference too, and says so. Nothing is adjusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from fakturabro.domain import documents

Role = Literal["customers", "customer_contra", "balance", "company"]
"""What is compared: open items of customers, two accounts in the client's books, and what the factoring company says itself."""
Code = Literal[
    "held",
    "waiting",
    "in_doubt",
    "refused",
    "later",
    "not_told",
    "reversed_by_hand",
    "credit_note_waiting",
    "credit_note_unseen",
    "before_start",
    "other_invoice",
    "opening_differs",
    "another_voucher",
    "own_voucher",
    "paid_by_hand",
    "matched_otherwise",
    "rate_difference",
    "more",
    "unexplained",
]
UNEXPLAINED: Code = "unexplained"


class Difference(documents.Value, frozen=True, kw_only=True):
    """By how much something makes theirs differ from ours, and what that is: a document, a voucher in the books, or a customer.

    `kind` is the movement's, where the document is one.
    """

    code: Code
    amount: int
    document_id: int | None = None
    number: str = ""
    kind: str = ""
    voucher: str = ""
    customer: str = ""


class Invoice(documents.Value, frozen=True, kw_only=True):
    """What is open of one invoice: `ours` by our ledger, `theirs` in the books, both with its credit notes and below zero where too
    much was taken off. `amount` is all of it, `missing` what certainly stands in one of the two only."""

    document_id: int
    number: str
    amount: int = 0
    ours: int
    theirs: int
    missing: Sequence[Difference] = ()


class Loose(documents.Value, frozen=True, kw_only=True):
    """What stands on a customer and on no invoice; below zero what was paid. `others` is what somebody else has put there."""

    ours: int = 0
    theirs: int = 0
    missing: Sequence[Difference] = ()
    others: Sequence[Difference] = ()


class Voucher(documents.Value, frozen=True, kw_only=True):
    """What a voucher of somebody else's moved on a customer; `code` is what it means when it explains a rest."""

    number: str
    amount: int
    code: Code = "paid_by_hand"


def explain(ours: int, theirs: int, certain: Sequence[Difference], possible: Sequence[Difference] = ()) -> tuple[Difference, ...]:
    """Why two sums differ: all that is certain, and of what is possible that which makes up exactly the rest."""
    found = tuple(one for one in certain if one.amount)
    rest = theirs - ours - worth(found)
    if not rest:
        return found
    fitting = _fitting(rest, possible)
    return (*found, *(fitting or (Difference(code=UNEXPLAINED, amount=rest),)))


def explain_customer(
    customer: str, invoices: Sequence[Invoice], loose: Loose, vouchers: Sequence[Voucher] = ()
) -> tuple[Difference, ...]:
    """Why what is open of a customer differs, by invoice; what names no document stands on the customer alone.

    The books settle an invoice down to nothing, and leave what is over on the customer. A rest that is exactly as large as one of
    `vouchers` is that voucher's; rests that make up for each other are only matched otherwise.
    """
    certain, rests, over = list[Difference](), list[Difference](), 0
    for one in invoices:
        certain += one.missing
        expected = one.ours + worth(one.missing)
        over += min(one.theirs, 0) - min(expected, 0)
        rest = max(one.theirs, 0) - max(expected, 0)
        rests.append(Difference(code=UNEXPLAINED, amount=rest, document_id=one.document_id, number=one.number))
    certain += (*loose.missing, *loose.others)
    rest = loose.theirs + over - loose.ours - worth((*loose.missing, *loose.others))
    rests.append(Difference(code=UNEXPLAINED, amount=rest))
    found = (*certain, *_named(rests, _unspent(vouchers, loose.others)))
    return tuple(msgspec.structs.replace(one, customer=customer) for one in found if one.amount)


def worth(differences: Sequence[Difference]) -> int:
    """What differences come to."""
    return sum(one.amount for one in differences)


def is_explained(differences: Sequence[Difference]) -> bool:
    """Whether nothing is among them that nobody can name."""
    return all(one.code != UNEXPLAINED for one in differences)


def _fitting(rest: int, possible: Sequence[Difference]) -> tuple[Difference, ...]:
    """All of these where they are just so much together, or the one that is; nothing where two could be."""
    if possible and worth(possible) == rest:
        return tuple(possible)
    same = [one for one in possible if one.amount == rest]
    return tuple(same) if len(same) == 1 else ()


def _named(rests: Sequence[Difference], vouchers: list[Voucher]) -> Iterator[Difference]:
    """Rests by the voucher that is just so large, each voucher once; the last one is what stands on no invoice."""
    if rests[-1].amount and not worth(rests):
        yield from (msgspec.structs.replace(one, code="matched_otherwise") for one in rests)
        return
    for one in rests:
        voucher = next((each for each in vouchers if each.amount == one.amount), None)
        if voucher is None:
            yield one
        else:
            vouchers.remove(voucher)
            yield msgspec.structs.replace(one, code=voucher.code, voucher=voucher.number)


def _unspent(vouchers: Sequence[Voucher], others: Sequence[Difference]) -> list[Voucher]:
    """What vouchers moved, without what of them stands on no invoice."""
    loose: dict[str, int] = {}
    for one in others:
        loose[one.voucher] = loose.get(one.voucher, 0) + one.amount
    rest = [msgspec.structs.replace(one, amount=one.amount - loose.pop(one.number, 0)) for one in vouchers]
    return [one for one in rest if one.amount]
