"""A tenant whose return data are posted: nights of the flow's stations up to its vouchers, and what its PowerOffice holds then."""

from __future__ import annotations

import contextlib
import datetime as dt
import pathlib
import shutil
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import audits, tables
from fakturabro.ledger.returns import tables as return_tables
from fakturabro.ledger.returns import vouchers as ledger_vouchers
from fakturabro.systems.poweroffice import books_v2
from sandboxes.faults import Fault
from tasks import connect, runs
from tasks.returns import books, checks, closing, doubts, intake, undoing, vouchers
from tests.runs import creditor, test_return_checks
from tests.runs.conftest import plain

POST, REVERSE = "/v2/Vouchers/BankJournals", "/v2/Vouchers/Reverse"


class Vouched(test_return_checks.Checked):
    """Movements come from the factoring system; `happen` makes them. Where nothing is `checked`, PowerOffice is looked up only."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, monkeypatch)
        monkeypatch.setattr(books_v2.BooksV2.__init__, "__kwdefaults__", {"lag": 0.0})
        self.box.v2_window.limit = 1_000
        self.wanted, self.checked = self.returning(), False
        self.failures: tuple[str, ...] = ()

    async def post(self, undo: str = "", *, before_post: Callable[[], None] = lambda: None) -> Any:
        """A night; `before_post` happens between the check and the posting."""
        with plain():
            async with runs.slot(creditor.TENANT, "return_data", ("return_data",), dry_run=False) as slot:
                assert not slot.declined, slot.declined
                batch: Any = await doubts.settle(runs.Batch(slot))
                batch = await closing.close_days(await intake.take(batch, self.wanted), self.wanted)
                batch = await undoing.reverse(await undoing.ask_people(batch, self.wanted, undo))
                if self.checked:
                    batch = await checks.check(batch, self.wanted)
                else:
                    books.keep(await books.fetch_buyers(await books.fetch(self.wanted), ["10", "11"]))
                before_post()
                batch = await vouchers.post(batch, self.wanted)
                self.failures = batch.failures
                state = await runs.conclude(batch)
        assert state.name != "CertificateDoesNotAddUp", state.message
        self.doubted = self.now
        self.sleep_on()
        return state

    async def dry_run(self) -> Any:
        """What a dry run says."""
        with plain():
            async with runs.slot(creditor.TENANT, "return_data", ("return_data",), dry_run=True) as slot:
                return await runs.conclude(await vouchers.post(runs.Batch(slot), self.wanted))

    def kept(self) -> list[bytes]:
        """What the ledger keeps of our vouchers."""
        with contextlib.closing(connect.open_ledger()) as ledger:
            made = ledger_vouchers.find_standing(ledger, creditor.TENANT, ["made", "posted"])
            return [ledger_vouchers.read_content(ledger, creditor.TENANT, one.id) for one in made]

    def copy_ledger(self) -> pathlib.Path:
        """A backup, taken between two runs."""
        place = pathlib.Path(str(self.engine.url.database))
        self.engine.dispose()
        return pathlib.Path(shutil.copy(place, place.with_suffix(".backup")))

    def restore_ledger(self, backup: pathlib.Path) -> None:
        """The backup takes the ledger's place; the journal lies on another volume."""
        place = pathlib.Path(str(self.engine.url.database))
        self.engine.dispose()
        for file in place.parent.glob(f"{place.name}*"):
            if file != backup:
                file.unlink()
        shutil.copy(backup, place)

    def card(self, number: str) -> dict[str, Any]:
        """A customer's card in PowerOffice."""
        return next(one for one in self.account.customers.values() if str(one["Number"]) == number)

    def sleep_on(self) -> None:
        """It is the next night."""
        night = self.now + dt.timedelta(days=1)
        self.at(night.replace(hour=2, minute=30))

    def fail(self, kind: Any, path: str = POST, **more: Any) -> None:
        self.box.v2_book.add(Fault(kind=kind, path=path, method="POST", **more))

    def vouchers(self) -> list[tuple[str, int, str, int | None]]:
        """(kind, part, state, number in PowerOffice), oldest first."""
        table = return_tables.return_voucher
        columns = (table.c.kind, table.c.part, table.c.state, table.c.voucher_no)
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(table.c.id))]

    def standing(self) -> list[dict[str, Any]]:
        """Our vouchers in PowerOffice that are not reversed."""
        return [one for one in self.account.books.vouchers if not one["IsReversed"]]

    def number(self, index: int = -1) -> int:
        """The number of one of our vouchers."""
        (found,) = [one for one in self.vouchers() if one[0] == "post" and one[2] == "posted"][index:][:1]
        assert found[3] is not None
        return found[3]

    def balances(self) -> dict[int, Decimal]:
        """What stands on the accounts of PowerOffice that are not at zero, without what the invoices themselves did."""
        found: dict[int, Decimal] = {}
        for voucher in self.account.books.journal:
            for entry in voucher.entries:
                found[entry.account] = found.get(entry.account, Decimal(0)) + entry.amount
        assert sum(found.values()) == 0
        return {number: amount for number, amount in sorted(found.items()) if amount}

    def refused(self) -> dict[str, str]:
        """PowerOffice's words, by movement."""
        document, finding = tables.document, tables.finding
        joined = sa.select(document.c.number, finding.c.value).join(finding, finding.c.document_id == document.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(joined.where(finding.c.code == vouchers.REFUSED, finding.c.station == vouchers.STATION))
            return {number: value for number, value in rows}

    def faults(self) -> list[Any]:
        """What auditors of ledger and journal find."""
        with contextlib.closing(connect.open_ledger()) as ledger:
            found = [one for one in audits.find_faults(ledger, creditor.TENANT) if one.purpose != "book"]  # those are seeded
            return [*found, *connect.open_journal().verify()]
