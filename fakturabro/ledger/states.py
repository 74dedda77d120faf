"""The states of a delivery and the moves that are legal. The database refuses every other one.

waiting -> held | planned -> sending -> accepted | rejected | in_doubt; cancelled
"""

from __future__ import annotations

from collections.abc import Sequence

STATES = ("waiting", "held", "planned", "sending", "accepted", "rejected", "in_doubt", "cancelled")
OPEN = ("waiting", "held", "planned", "sending", "in_doubt")
"""States in which something remains to be done."""
FINAL = ("accepted", "rejected", "cancelled")

MOVES: dict[str, tuple[str, ...]] = {
    "waiting": ("held", "planned", "cancelled"),
    "held": ("waiting", "cancelled"),
    "planned": ("sending", "waiting", "held", "cancelled"),
    "sending": ("accepted", "rejected", "in_doubt", "planned"),
    "in_doubt": ("accepted", "rejected", "planned"),
    "rejected": ("waiting", "cancelled"),
    "accepted": (),
    "cancelled": (),
}
"""sending -> planned: the counterpart certainly took nothing. rejected -> waiting: the source sent a mended revision."""


def _is_one_of(value: str, states: Sequence[str]) -> str:
    """SQL for `value in (...)`: comparisons, because SQLite builds a table for a list each time a trigger fires."""
    return "(" + " or ".join(f"{value} = '{state}'" for state in states) + ")"


_LEGAL = "\n".join(f"  when '{old}' then {_is_one_of('new.state', (*news, old))}" for old, news in MOVES.items())
_IDENTITY = ("tenant", "document_id", "purpose", "revision_id", "natural_key", "target")
_CHANGED = " or ".join(f"old.{column} <> new.{column}" for column in _IDENTITY)
_REFUSALS = {
    "insert": ("insert", "new.state <> 'waiting'", "a delivery begins as waiting"),
    "move": ("update of state", f"not (case old.state\n{_LEGAL}\n  else 1 = 0 end)", "illegal move of a delivery"),
    "freeze": (
        f"update of {', '.join(_IDENTITY)}",
        f"{_is_one_of('old.state', ('sending', 'accepted', 'in_doubt'))} and ({_CHANGED})",
        "what was sent cannot be changed",
    ),
    "delete": ("delete", "1 = 1", "a delivery is never deleted"),
}


def triggers(dialect: str) -> list[str]:
    """The SQL that makes the database refuse illegal moves, for "sqlite" or "postgresql"."""
    if dialect == "sqlite":
        return [
            f"create trigger delivery_{name} before {event} on delivery when {condition}\n"
            f"begin select raise(abort, '{message}'); end"
            for name, (event, condition, message) in _REFUSALS.items()
        ]
    made: list[str] = []
    for name, (event, condition, message) in _REFUSALS.items():
        made.append(
            f"create function delivery_{name}() returns trigger language plpgsql as $$\n"
            f"begin raise exception '{message}' using errcode = 'integrity_constraint_violation'; end $$"
        )
        made.append(
            f"create trigger delivery_{name} before {event} on delivery for each row when ({condition})"
            f" execute function delivery_{name}()"
        )
    return made
