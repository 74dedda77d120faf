"""The states of a delivery and the moves that are legal. The database refuses every other one.

waiting -> held | planned -> sending -> accepted | rejected | in_doubt; cancelled
"""

from __future__ import annotations

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

_LEGAL = ", ".join(f"'{old}>{new}'" for old, news in MOVES.items() for new in (*news, old))
_REFUSALS = {
    "insert": ("insert", "new.state <> 'waiting'", "a delivery begins as waiting"),
    "move": ("update", f"old.state || '>' || new.state not in ({_LEGAL})", "illegal move of a delivery"),
    "freeze": (
        "update",
        "old.state in ('sending', 'accepted', 'in_doubt') and (old.tenant <> new.tenant or old.document_id <> new.document_id"
        " or old.purpose <> new.purpose or old.revision_id <> new.revision_id or old.natural_key <> new.natural_key"
        " or old.target <> new.target)",
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
