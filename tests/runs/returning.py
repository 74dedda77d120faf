"""A tenant whose return data are taken: its factoring company's sandbox, the folder of its lists, and the nights."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import pathlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.domain import calendar, return_data
from fakturabro.formats.movement_list import write
from fakturabro.ledger import tables
from fakturabro.ledger.returns import settlements
from fakturabro.ledger.returns import tables as return_tables
from sandboxes.factoring import movements as sandbox_movements
from tasks import clock, connect, installation, runs
from tasks.returns import closing, intake
from tasks.returns.options import ReturnDataOptions
from tests import migrated
from tests.runs import creditor
from tests.runs.conftest import plain

ACCOUNTS: dict[str, Any] = {
    "customer_contra": {"number": "1510"},
    "administrative_fees": {"number": "6970", "vat_code": "1"},
    "financial_fees": {"number": "6975", "vat_code": "0"},
    "payout": {"number": "1920"},
    "balance": {"number": "2990"},
}
STARTS = dt.date(2026, 11, 1)
CONTRA = {**ACCOUNTS, "balance_contra": {"number": "1515"}}
BALANCE_CHANGE = {"kind": "balance_change", "debit": "balance", "credit": "balance_contra"}


def day(number: int) -> dt.date:
    """A day of November."""
    return dt.date(2026, 11, number)


def movement(name: str, amount: str, on: int = 20, kind: Any = "financial_fee", **more: Any) -> return_data.Movement:
    return return_data.Movement(id=name, kind=kind, date=day(on), amount=Decimal(amount), **more)


class Returning(creditor.Creditor):
    """`lists` is the folder that the factoring company leaves its lists in."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, monkeypatch)
        self.lists = folder / "lister"
        self.lists.mkdir()
        self.wanted = self.returning()

    def at(self, now: dt.datetime) -> None:
        """Let it be this time, and a microsecond later whenever somebody looks again."""
        super().at(now)
        ticks = itertools.count()
        self._monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(microseconds=next(ticks)))

    def returning(self, **changes: Any) -> ReturnDataOptions:
        return ReturnDataOptions.model_validate(
            {"client_number": creditor.CLIENT, "starts_on": STARTS, "accounts": ACCOUNTS, **changes}
        )

    def by_folder(self, **changes: Any) -> ReturnDataOptions:
        folder = {"take_from": str(self.lists), "quiet_minutes": 0}
        openings = [{"currency": "NOK", "amount": "0.00"}]
        return self.returning(**{"source": "folder", "folder": folder, "openings": openings, **changes})

    def happen(self, amount: str, on: int = 20, kind: Any = "financial_fee", **more: Any) -> None:
        """The company's staff makes a movement."""
        made = sandbox_movements.Made(kind=kind, date=day(on), amount=amount, **more)
        self.company.movements.add(creditor.CLIENT, made)

    def export(self, name: str, told: Sequence[return_data.Movement], client: str = creditor.CLIENT) -> bytes:
        """The company leaves a list."""
        content = write.write(told, client)
        self.lay(name, content)
        return content

    def lay(self, name: str, content: bytes) -> None:
        """A file lies in the folder of lists, whole since ten minutes."""
        (self.lists / name).write_bytes(content)
        then = self.now.timestamp() - 600
        os.utime(self.lists / name, (then, then))

    def sleep(self, until: int = 24) -> None:
        """It is the night before that day of November."""
        self.at(dt.datetime.combine(day(until), dt.time(2, 30), calendar.OSLO))

    async def night(self, *, dry_run: bool = False) -> runs.Batch:
        """Take what there is and settle the days; then it is twenty minutes later."""
        with plain():
            async with runs.slot(creditor.TENANT, "return_data", ("return_data",), dry_run=dry_run) as slot:
                assert not slot.declined, slot.declined
                taken: Any = await intake.take(runs.Batch(slot), self.wanted)
                closed: Any = await closing.close_days(taken, self.wanted)
        self.at(self.now + dt.timedelta(minutes=20))
        return closed

    def movements(self) -> dict[str, tuple[Any, ...]]:
        """By key: kind, day, øre, currency, and whether it is fetched or skipped."""
        document, movement = tables.document, return_tables.movement
        columns = (document.c.source_key, movement.c.kind, movement.c.day, document.c.amount, document.c.currency, document.c.state)
        query = sa.select(*columns).join(movement, movement.c.document_id == document.c.id).order_by(document.c.id)
        with self.engine.connect() as connection:
            return {key: tuple(rest) for key, *rest in connection.execute(query)}

    def settlements(self, currency: str = "NOK") -> list[tuple[int, int, int, int, int]]:
        """(number, day of the month, opening, closing, settled), oldest first; in øre."""
        with contextlib.closing(connect.open_ledger()) as ledger:
            found = settlements.find_newest(ledger, creditor.TENANT, creditor.CLIENT, 100)
        mine = [one for one in reversed(found) if one.currency == currency]
        return [(one.number, one.day.day, one.opening, one.closing, one.settled) for one in mine]

    def lose_ledger(self) -> None:
        """Begin again with an empty ledger and an empty journal; what the counterparts know stands."""
        self.engine.dispose()
        url = installation.current().ledger
        place = pathlib.Path(str(sa.make_url(url).database))
        for file in (*place.parent.glob(f"{place.name}*"), *(place.parent / "journal").glob("*")):
            file.unlink()
        self.engine = migrated.connect(url)
