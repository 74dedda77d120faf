"""The states of a delivery and the moves that are legal. The database refuses every other one.

waiting -> held | planned -> sending -> accepted | rejected | in_doubt; cancelled

One move depends on more than the states: a distribution that was accepted waits again when the very same update gives it a newer
revision. So no revision ever leaves `accepted`, and of a document's revisions only later ones follow. The letter after a link does
the same, also when it was cancelled. So does a transfer, where what was said before may be said again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

STATES = ("waiting", "held", "planned", "sending", "accepted", "rejected", "in_doubt", "cancelled")
OPEN = ("waiting", "held", "planned", "sending", "in_doubt")
"""States in which something remains to be done."""
FINAL = ("accepted", "rejected", "cancelled")

MOVES: dict[str, tuple[str, ...]] = {
    "waiting": ("held", "planned", "cancelled"),
    "held": ("waiting", "cancelled"),
    "planned": ("sending", "waiting", "held", "cancelled", "in_doubt"),
    "sending": ("accepted", "rejected", "in_doubt", "planned"),
    "in_doubt": ("accepted", "rejected", "planned"),
    "rejected": ("waiting", "cancelled", "in_doubt"),
    "accepted": (),
    "cancelled": (),
}
"""sending -> planned: the counterpart certainly took nothing. rejected -> waiting: the source sent a mended revision;
rejected -> in_doubt: a person wants it sent again, and the target is asked first. planned -> in_doubt: the send journal knows
more than a ledger that was restored from a backup."""


def _is_one_of(value: str, states: Sequence[str]) -> str:
    """SQL for `value in (...)`: comparisons, because SQLite builds a table for a list each time a trigger fires."""
    return "(" + " or ".join(f"{value} = '{state}'" for state in states) + ")"


def _is_legal(moves: Mapping[str, Sequence[str]]) -> str:
    cases = "\n".join(f"  when '{old}' then {_is_one_of('new.state', (*news, old))}" for old, news in moves.items())
    return f"case old.state\n{cases}\n  else 1 = 0 end"


_IDENTITY = ("tenant", "document_id", "purpose", "revision_id", "natural_key", "target")
_MOVE, _FREEZE = "move", "freeze"
_SAME = "new.state = 'waiting' and new.purpose = old.purpose and new.tenant = old.tenant and new.document_id = old.document_id"
_SAME_BUT_NEWER = f"{_SAME} and new.revision_id > old.revision_id"
_ANEW = f"old.state = 'accepted' and old.purpose = 'distribute' and {_SAME_BUT_NEWER}"
"""A newer revision of the same document for its debtor; since the third schema."""
_LETTER_ANEW = f"(old.state = 'accepted' or old.state = 'cancelled') and old.purpose = 'letter' and {_SAME_BUT_NEWER}"
"""The same for the letter after a link, which an opening may have cancelled; since the sixth schema."""
_TRANSFER_ANEW = f"old.state = 'accepted' and old.purpose = 'transfer' and {_SAME} and new.revision_id <> old.revision_id"
"""An entry of a register that changed, perhaps back to what it was; since the tenth schema."""
_CHANGED = " or ".join(f"old.{column} <> new.{column}" for column in _IDENTITY)
_NEVER = "1 = 0"
_REFUSALS = {
    "insert": ("insert", "new.state <> 'waiting'", "a delivery begins as waiting"),
    "delete": ("delete", "1 = 1", "a delivery is never deleted"),
}


def _refusals(moves: Mapping[str, Sequence[str]], anew: str) -> dict[str, tuple[str, str, str]]:
    """By the trigger's name: the event, when it is refused, and what the database says."""
    frozen = _is_one_of("old.state", ("sending", "accepted", "in_doubt"))
    return {
        **_REFUSALS,
        _FREEZE: (
            f"update of {', '.join(_IDENTITY)}",
            f"{frozen} and ({_CHANGED}) and not ({anew})",
            "what was sent cannot be changed",
        ),
        _MOVE: ("update of state", f"not ({_is_legal(moves)}) and not ({anew})", "illegal move of a delivery"),
    }


def triggers(
    dialect: str,
    moves: Mapping[str, Sequence[str]] = MOVES,
    *,
    anew: bool = True,
    letters: bool = False,
    transfers: bool = False,
) -> list[str]:
    """The SQL that makes the database refuse illegal moves, for "sqlite" or "postgresql".

    `anew`: what was distributed may wait again with a newer revision; `letters`: so may the letter that followed it;
    `transfers`: so may what was transferred, with another revision.
    """
    made: list[str] = []
    ways = ((_ANEW, anew), (_LETTER_ANEW, letters), (_TRANSFER_ANEW, transfers))
    allowed = " or ".join(f"({one})" for one, when in ways if when) or _NEVER
    for name, (event, condition, message) in _refusals(moves, allowed).items():
        if dialect == "sqlite":
            made.append(
                f"create trigger delivery_{name} before {event} on delivery when {condition}\n"
                f"begin select raise(abort, '{message}'); end"
            )
            continue
        made.append(
            f"create function delivery_{name}() returns trigger language plpgsql as $$\n"
            f"begin raise exception '{message}' using errcode = 'integrity_constraint_violation'; end $$"
        )
        made.append(
            f"create trigger delivery_{name} before {event} on delivery for each row when ({condition})"
            f" execute function delivery_{name}()"
        )
    return made


def without_triggers(dialect: str) -> list[str]:
    """The SQL that takes them away again, for a migration that writes them anew."""
    if dialect == "sqlite":
        return [f"drop trigger delivery_{name}" for name in _refusals(MOVES, _NEVER)]
    return [
        statement
        for name in _refusals(MOVES, _NEVER)
        for statement in (f"drop trigger delivery_{name} on delivery", f"drop function delivery_{name}()")
    ]
