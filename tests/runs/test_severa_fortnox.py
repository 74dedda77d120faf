"""The whole flow against both sandboxes: the first plan, what follows from it, a run in which nothing changed, log and mail."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import pathlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from console import transfers as exporting
from fakturabro.ledger import tables
from fakturabro.ledger.payments import answers
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.severa import session as severa_session
from flows import severa_fortnox
from sandboxes import clock as sandbox_clock
from sandboxes import mail
from tasks import installation, runs
from tasks.severa_fortnox import digests
from tasks.severa_fortnox.options import MailOptions, SyncOptions
from tests.runs import banked, in_step
from tests.runs.conftest import plain


@pytest.fixture(scope="module")
def boxes() -> Iterator[in_step.Boxes]:
    made = in_step.Boxes()
    yield made
    made.stop()


class Whole(in_step.Site):
    """Runs the flows themselves; the sandboxes go by the same clock."""

    async def flow(self, flow: Any, **asked: Any) -> Any:
        for book in (self.boxes.severa.book, self.boxes.fortnox.book):
            book.reset_counters()
        with plain():
            state = await flow(self.tenant, self.options, **asked)
        self.at(self.now + dt.timedelta(minutes=5))
        return state

    def at(self, now: dt.datetime) -> None:
        super().at(now)
        self._monkeypatch.setattr(sandbox_clock, "now", lambda: now)

    @property
    def requests(self) -> int:
        return sum(sum(one.book.calls.values()) for one in (self.boxes.severa, self.boxes.fortnox))

    @property
    def writes(self) -> list[str]:
        calls = [call for one in (self.boxes.severa, self.boxes.fortnox) for call in one.book.calls]
        return [call for call in calls if not call.startswith("GET") and "token" not in call]

    def states(self) -> Counter[tuple[str, str, str]]:
        """How many deliveries stand how, by kind and purpose."""
        document, delivery = tables.document, tables.delivery
        query = sa.select(document.c.kind, delivery.c.purpose, delivery.c.state).join(
            delivery, delivery.c.document_id == document.c.id
        )
        with self.engine.connect() as connection:
            return Counter(tuple(row) for row in connection.execute(query))


@pytest.fixture(params=["hardanger", "vanern"])
def whole(request: Any, tmp_path: pathlib.Path, boxes: in_step.Boxes, monkeypatch: pytest.MonkeyPatch) -> Whole:
    monkeypatch.setattr(sandbox_clock, "now", lambda: in_step.NOW - dt.timedelta(hours=1))
    monkeypatch.setattr(severa_session, "PER_SECOND", 200)  # the ceilings are for benchmarks
    monkeypatch.setattr(fortnox_session, "BURST", 200)
    return Whole(tmp_path, boxes, monkeypatch, request.param)


async def _begin(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first synchronisation, with people's answers."""
    with banked.approver(monkeypatch, whole.tenant) as answer:
        assert (await whole.flow(severa_fortnox.first_synchronisation)).is_completed()
        if whole.tenant == "vanern":
            await answer(answers.SAME)
            assert (await whole.flow(severa_fortnox.first_synchronisation)).is_completed()
        assert whole.states() == Counter()
        await answer(answers.APPROVED)
        assert "1 plan gjennomført" in (await whole.flow(severa_fortnox.first_synchronisation)).message


async def test_from_the_first_plan_to_a_run_without_changes(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    early = await whole.flow(severa_fortnox.synchronise)
    assert early.is_failed() and "ikke synkronisert for første gang" in early.message and whole.states() == Counter()
    await _begin(whole, monkeypatch)
    before = whole.states()
    assert "Prøvekjøring" in (await whole.flow(severa_fortnox.synchronise, dry_run=True)).message
    assert (whole.states(), whole.writes) == (before, [])
    assert (await whole.flow(severa_fortnox.synchronise)).is_completed()
    stood = whole.states()
    assert stood["sales_invoice", "transfer", "accepted"] == stood["sales_invoice", "mark_transferred", "accepted"] > 0
    assert stood["project", "transfer", "accepted"] and stood["purchase_cost", "transfer", "accepted"]
    assert not any(state in ("sending", "in_doubt") for _, _, state in stood)
    _rename_on_both_sides(whole)
    for _ in range(2):  # the overlap of the lists shows the change once more
        await whole.flow(severa_fortnox.synchronise)
    stood = whole.states()
    assert (await whole.flow(severa_fortnox.synchronise)).is_completed()
    assert whole.states() == stood
    assert whole.requests <= 10, [one.book.calls for one in (whole.boxes.severa, whole.boxes.fortnox)]
    _check_log(whole, tmp_path, stood)


def _rename_on_both_sides(whole: Whole) -> None:
    """In the same minute, a customer that is known in both."""
    number = "2001" if whole.tenant == "vanern" else "10001"
    ours = whole.severa.by("customers", "number", int(number))
    ours.update(name="Nytt navn i Severa", lastUpdatedDateTime=whole.now.isoformat())
    whole.fortnox.registers["Customers"][number]["Name"] = "Nytt namn i Fortnox"
    whole.fortnox.modified[f"Customers {number}"] = whole.now


def _check_log(whole: Whole, folder: pathlib.Path, stood: Counter[tuple[str, str, str]]) -> None:
    """Each that was carried stands in the exported log, the same in both forms, with what was overwritten."""
    table, sheet = folder / "logg.csv", folder / "logg.xlsx"
    assert exporting.export(whole.tenant, table, None, None) == exporting.export(whole.tenant, sheet, None, None) == 0
    assert {file.stat().st_mode & 0o777 for file in (table, sheet)} == {0o600}
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    cells = openpyxl.load_workbook(sheet).worksheets[0].iter_rows(values_only=True)
    assert [[value or "" for value in row] for row in cells] == [list(rows[0]), *([*row.values()] for row in rows)]
    arrived = {(row["Type"], row["Nøkkel der"]) for row in rows if (row["Hva"], row["Type"]) == ("overført", "Salgsfaktura")}
    assert len(arrived) == stood["sales_invoice", "transfer", "accepted"]
    names = ["Nytt navn i Severa", "Nytt namn i Fortnox"]
    lost, kept = names if whole.tenant == "vanern" else names[::-1]  # the master's stands, and both are in the log
    assert (lost, kept) in {(row["Før"], row["Etter"]) for row in rows}
    day = whole.now.replace(tzinfo=None, hour=0, minute=0) - dt.timedelta(days=1)
    assert exporting.export(whole.tenant, table, day, day) == 0 and len(table.read_text().splitlines()) == 1


@pytest.mark.parametrize("whole", ["hardanger"], indirect=True)
async def test_an_error_is_mailed_once_and_again_when_it_comes_back(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    box = mail.Mail()
    box.start()
    for name, value in {"SMTP_PORT": box.port, "MAIL_SENDER": "drift@example.com", "MAIL_DOMAIN": "example.com"}.items():
        monkeypatch.setenv(f"FAKTURABRO_{name}", str(value))
    installation.current.cache_clear()
    told = MailOptions(receivers=("a@example.com", "b@example.com"))

    def say(*sentences: str) -> Any:
        async def station(batch: runs.Batch, _: SyncOptions) -> runs.Batch:
            return dataclasses.replace(batch, failures=sentences)

        return station

    async def mailed(*sentences: str) -> list[tuple[str, ...]]:
        box.state.messages.clear()
        await whole.run(say(*sentences), digests.tell, mail=told)
        said = [(one.recipients[0], one.content.decode()) for one in box.state.messages]
        return [(address, *(s for s in ("X mangler.", "Y mangler.") if s in text)) for address, text in said]

    try:
        assert await mailed("X mangler.") == [("a@example.com", "X mangler."), ("b@example.com", "X mangler.")]
        assert await mailed("X mangler.") == []
        assert await mailed("X mangler.", "Y mangler.") == [("a@example.com", "Y mangler."), ("b@example.com", "Y mangler.")]
        assert await mailed() == await mailed("X mangler.") == []  # back on the same day
        whole.at(whole.now + dt.timedelta(days=1))
        assert await mailed("Y mangler.") == []
        assert await mailed("X mangler.") == [("a@example.com", "X mangler."), ("b@example.com", "X mangler.")]
    finally:
        box.stop()
