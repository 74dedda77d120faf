"""What the database refuses of two systems that are kept in step: a pair keeps its partners, and a plan goes one way.

proposed -> approved -> running -> done; proposed, approved -> declined
"""

from __future__ import annotations

from fakturabro.ledger import refusals

REGISTERS = ("customer", "article", "project", "invoice")
LINKS = ("number", "two_properties", "decision", "created")
"""Why two are one: their numbers, two things that both have, a person's word, or because we made the one of the other."""
PLANS = ("proposed", "approved", "declined", "running", "done")
STANDING = ("proposed", "approved", "running")
MOVES = (
    ("proposed", "approved"),
    ("proposed", "declined"),
    ("approved", "declined"),
    ("approved", "running"),
    ("running", "done"),
)
_PAIR = ("tenant", "register", "severa_key", "fortnox_key")
_LEGAL = " or ".join(f"(old.state = '{start}' and new.state = '{end}')" for start, end in MOVES)
_REFUSALS = {
    "pair": {"freeze": (f"update of {', '.join(_PAIR)}", refusals.changed(*_PAIR), "a pair keeps its partners")},
    "sync_plan": {
        "insert": ("insert", "new.state <> 'proposed'", "a plan begins as proposed"),
        "delete": ("delete", "1 = 1", "a plan is never deleted"),
        "freeze": ("update of hash, raw_id", refusals.changed("hash", "raw_id"), "what a plan says cannot be changed"),
        "move": ("update of state", f"old.state <> new.state and not ({_LEGAL})", "illegal move of a plan"),
    },
}


def triggers(dialect: str) -> list[str]:
    """The SQL that makes the database refuse all that, for "sqlite" or "postgresql"."""
    return refusals.triggers(dialect, _REFUSALS)


def without_functions(dialect: str) -> list[str]:
    """The SQL that takes away what is left of them when their tables are gone."""
    return refusals.without_functions(dialect, _REFUSALS)
