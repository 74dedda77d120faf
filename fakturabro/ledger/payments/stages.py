"""How far a payment order has come, and what stands of a payment that came in: which moves are legal. The database refuses others.

entered -> handed_over -> received -> waiting_for_approval -> accepted -> insufficient_funds -> executed | rejected

Steps may be left out: banks answer when they like, and what they say late moves nothing. Beside the road: entered -> cancelled (it
never left), executed -> returned, and rejected -> executed, which a bank should never say and which fails loudly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fakturabro.ledger import refusals

ROAD = ("entered", "handed_over", "received", "waiting_for_approval", "accepted", "insufficient_funds")
ENDED = ("cancelled", "executed", "rejected", "returned")
STAGES = (*ROAD, *ENDED)
LEFT = (*ROAD[1:], "executed", "rejected", "returned")
"""Stages of what the bank has."""
FREED = ("cancelled", "rejected")
"""Nothing was paid: the same payment may come once more."""
PAID = frozenset({"executed", "returned"})
"""It left our account."""
APART = frozenset({*FREED, "returned"})
"""What a word on the whole batch does not mean, as long as others of it live."""
TAKEN = ("accepted", "insufficient_funds")
"""Said of a refused payment, these take the refusal back."""
MOVES: dict[str, tuple[str, ...]] = {
    **{stage: (*ROAD[at + 1 :], "executed", "rejected", "returned") for at, stage in enumerate(ROAD)},
    "executed": ("returned",),
    "rejected": ("executed",),
    "cancelled": (),
    "returned": (),
}
MOVES["entered"] = (*MOVES["entered"], "cancelled")
"""What came back without a word that it was executed has been executed."""

Verdict = Literal["moved", "late", "contradicts", "moved_against"]

IN_SUSPENSE = ("suspense", "over")
DECIDED = ("matched", "part", "over", "suspense", "reversal", "netted")
"""Standings of what may be posted; also of what was taken back, for both moved in the bank."""
STANDINGS = ("recorded", "matched", "part", "over", "suspense", "reversal", "netted", "stopped", "cancelled")
_FROZEN = ("tenant", "document_id", "in_file", "position", "account", "content", "loose", "blank", "creditor", "receiver")
_ROUTE = ("end_to_end_id", "message_id", "batch_id", "out_file")


def judge(stage: str, said: str, has_left: bool = True) -> Verdict:
    """What a word means for a payment at `stage`; `has_left`: it stands in a file of ours.

    >>> judge("received", "accepted"), judge("accepted", "received"), judge("rejected", "executed"), judge("executed", "rejected")
    ('moved', 'late', 'moved_against', 'contradicts')
    >>> judge("rejected", "received"), judge("rejected", "accepted")
    ('late', 'contradicts')
    """
    if said in ("", stage) and has_left:
        return "late"
    if not has_left or stage == "cancelled":
        return "contradicts"
    if said in MOVES[stage]:
        return "moved_against" if stage == "rejected" else "moved"
    if stage == "rejected" and said in TAKEN:
        return "contradicts"
    return "late" if said in ROAD or (stage, said) == ("returned", "executed") else "contradicts"


def find_apart(now: Mapping[int, str], said: str) -> set[int]:
    """Whom of a file or batch, by document and stage, a word on the whole of it does not mean: those that ended, where others live.
    A refusal of what was paid in part is no refusal of the rest: it only contradicts.

    >>> find_apart({1: "received", 2: "rejected"}, "accepted"), find_apart({1: "received", 2: "executed"}, "rejected")
    ({2}, {1})
    """
    if said == "rejected" and not PAID.isdisjoint(now.values()):
        return {one for one, stage in now.items() if stage not in PAID}
    ended = {one for one, stage in now.items() if stage in APART}
    return ended if len(ended) < len(now) else set()


def _legal() -> str:
    cases = "\n".join(
        f"  when '{old}' then new.stage in ({', '.join(repr(one) for one in (*news, old))})" for old, news in MOVES.items()
    )
    return f"case old.stage\n{cases}\n  else 1 = 0 end"


_FREED = ", ".join(repr(one) for one in FREED)
_REFUSALS = {
    "payment": {
        "insert": (
            "insert",
            "new.stage not in ('entered', 'cancelled') or new.out_file is not null or new.message_id is not null",
            "a payment begins as entered, or as cancelled where it was there before",
        ),
        "delete": ("delete", "1 = 1", "a payment is never deleted"),
        "freeze": (f"update of {', '.join(_FROZEN)}", refusals.changed(*_FROZEN), "what a payment is known by cannot be changed"),
        "route": (
            f"update of {', '.join(_ROUTE)}",
            f"old.stage <> 'entered' and ({refusals.changed(*_ROUTE)})",
            "by what a payment left cannot be changed",
        ),
        "key": (
            "update of exact",
            f"old.exact is distinct from new.exact and not (new.exact is null and new.stage in ({_FREED}))",
            "the key of a payment that may be paid cannot be given up",
        ),
        "move": ("update of stage", f"not ({_legal()})", "illegal move of a payment"),
    },
    "payment_event": {
        "update": ("update", "1 = 1", "what a bank said is never changed"),
        "delete": ("delete", "1 = 1", "what a bank said is never deleted"),
    },
}


def triggers(dialect: str) -> list[str]:
    """The SQL that makes the database refuse illegal moves, for "sqlite" or "postgresql"."""
    return refusals.triggers(dialect, _REFUSALS)


def without_functions(dialect: str) -> list[str]:
    """The SQL that takes away what is left of them when their tables are gone."""
    return refusals.without_functions(dialect, _REFUSALS)
