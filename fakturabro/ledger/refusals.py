"""What the database itself refuses, as triggers: per table a name, the event, the condition and what it says.

Conditions are written once, in PostgreSQL's words; `old` and `new` are the row before and after.
"""

from __future__ import annotations

from collections.abc import Mapping

Refusals = Mapping[str, Mapping[str, tuple[str, str, str]]]
"""By table and name: (event, condition, message)."""


def changed(*columns: str) -> str:
    """The condition that one of these columns is changed."""
    return " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)


def triggers(dialect: str, refusals: Refusals) -> list[str]:
    """The SQL that makes the database refuse all that, for "sqlite" or "postgresql"."""
    return [
        statement
        for table, named in refusals.items()
        for name, (event, condition, message) in named.items()
        for statement in _TRIGGER[dialect](f"{table}_{name}", table, event, condition, message)
    ]


def without_functions(dialect: str, refusals: Refusals) -> list[str]:
    """The SQL that takes away what is left of them when their tables are gone."""
    named = [f"{table}_{name}" for table, of_table in refusals.items() for name in of_table]
    return [f"drop function {name}()" for name in named] if dialect == "postgresql" else []


def _sqlite(name: str, table: str, event: str, condition: str, message: str) -> list[str]:
    plain = condition.replace("is distinct from", "is not")
    return [f"create trigger {name} before {event} on {table} when {plain}\nbegin select raise(abort, '{message}'); end"]


def _postgresql(name: str, table: str, event: str, condition: str, message: str) -> list[str]:
    """PostgreSQL allows no query in `when`: where there is one the function asks."""
    refuse, when = f"raise exception '{message}' using errcode = 'integrity_constraint_violation';", f" when ({condition})"
    if "select " in condition:
        refuse, when = f"if {condition} then {refuse} end if;\nreturn new;", ""
    return [
        f"create function {name}() returns trigger language plpgsql as $$\nbegin {refuse} end $$",
        f"create trigger {name} before {event} on {table} for each row{when} execute function {name}()",
    ]


_TRIGGER = {"sqlite": _sqlite, "postgresql": _postgresql}
