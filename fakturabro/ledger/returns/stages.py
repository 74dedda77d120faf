"""What the database refuses of return data: a movement is what it is for ever, settlements follow each other without a hole, and a
voucher goes one way.

made -> posted -> reversed; made -> discarded
"""

from __future__ import annotations

from fakturabro.ledger import refusals

ORIGINS = ("told", "bank", "back", "again")
"""Told by the factoring system; a payment that the bank told of; and, where a voucher was undone, what takes a movement back and
what posts it again."""
HAPPENED = ("told", "bank")
"""What settlements are made of: the others only say how far our telling of it has come."""
VOUCHERS = ("made", "posted", "discarded", "reversed")
MOVES = (("made", "posted"), ("made", "discarded"), ("posted", "reversed"))

_IDENTITY = ("tenant", "document_id", "origin", "client", "kind", "day", "told_no", "allocation_id", "invoice_number", "undoes")
_VOUCHER = ("tenant", "settlement_id", "part", "kind", "reference", "raw_id", "day", "undoes")
_NUMBER = ("voucher_no", "voucher_uuid")


def _last(column: str) -> str:
    mine = " and ".join(f"s.{name} = new.{name}" for name in ("tenant", "client", "currency"))
    return f"(select s.{column} from settlement s where {mine} order by s.number desc limit 1)"  # noqa: S608 - our own names


_GIVEN_UP = "select 1 from return_voucher v where v.tenant = old.tenant and v.id = old.voucher_id and v.state = 'discarded'"
_LEGAL = " or ".join(f"(old.state = '{start}' and new.state = '{end}')" for start, end in MOVES)
_REFUSALS = {
    "movement": {
        "delete": ("delete", "1 = 1", "a movement is never deleted"),
        "freeze": (f"update of {', '.join(_IDENTITY)}", refusals.changed(*_IDENTITY), "what a movement is cannot be changed"),
        "place": (
            "update of invoice_id",
            f"old.invoice_id is not null and {refusals.changed('invoice_id')}",
            "the invoice that a movement names cannot be changed",
        ),
        "settle": (
            "update of settlement_id",
            "old.settlement_id is not null and old.settlement_id is distinct from new.settlement_id",
            "a movement is settled once",
        ),
        "carry": (
            "update of voucher_id",
            f"old.voucher_id is not null and {refusals.changed('voucher_id')} and not exists ({_GIVEN_UP})",
            "a movement goes by one voucher, unless that is given up",
        ),
    },
    "settlement": {
        "insert": (
            "insert",
            f"new.number <> coalesce({_last('number')}, 0) + 1 or new.opening <> coalesce({_last('closing')}, new.opening)"
            f" or new.day <= {_last('day')}",
            "a settlement follows the one before it",
        ),
        "update": ("update", "1 = 1", "a settlement is never changed"),
        "delete": ("delete", "1 = 1", "a settlement is never deleted"),
    },
    "return_voucher": {
        "insert": ("insert", "new.state <> 'made'", "a voucher begins as made"),
        "delete": ("delete", "1 = 1", "a voucher is never deleted"),
        "freeze": (f"update of {', '.join(_VOUCHER)}", refusals.changed(*_VOUCHER), "what a voucher says cannot be changed"),
        "number": (
            f"update of {', '.join(_NUMBER)}",
            f"old.state <> 'made' and ({refusals.changed(*_NUMBER)})",
            "the number of a voucher that was posted cannot be changed",
        ),
        "move": ("update of state", f"old.state <> new.state and not ({_LEGAL})", "illegal move of a voucher"),
    },
}


def triggers(dialect: str) -> list[str]:
    """The SQL that makes the database refuse all that, for "sqlite" or "postgresql"."""
    return refusals.triggers(dialect, _REFUSALS)


def without_functions(dialect: str) -> list[str]:
    """The SQL that takes away what is left of them when their tables are gone."""
    return refusals.without_functions(dialect, _REFUSALS)
