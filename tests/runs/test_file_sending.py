"""A file with more payments than a page: all are `sending` before it leaves, and none where it does not."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from fakturabro.ledger import deliveries
from fakturabro.ledger.journal import sendings as journals
from fakturabro.remote import errors
from fakturabro.systems.bank import outbox
from tasks import connect
from tests.runs import creditor
from tests.runs.creditor import payment


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[creditor.Creditor]:
    monkeypatch.setattr(deliveries, "PAGE", 2)
    made = creditor.Creditor(tmp_path, monkeypatch)
    made.chosen = made.having(incoming_at="file")
    yield made
    made.close()


def states(site: creditor.Creditor) -> Counter[str]:
    return Counter(row.state for row in site.rows())


def files(site: creditor.Creditor) -> list[str]:
    return sorted(one.name for one in site.folder.iterdir() if one.is_file())


FIVE = [payment(number, "123", 500 + number) for number in range(1, 6)]


async def test_all_of_a_file_is_sending_before_it_leaves(site: creditor.Creditor, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver, seen = outbox.Outbox.deliver, list[Counter[str]]()

    def look(self: outbox.Outbox, name: str, content: bytes) -> Any:
        seen.append(states(site))
        deliver(self, name, content)
        raise errors.Uncertain("brutt")

    monkeypatch.setattr(outbox.Outbox, "deliver", look)
    await site.take_file("OCR1.DAT", FIVE)
    assert (seen, states(site), files(site)) == ([Counter(sending=5)], Counter(in_doubt=5), ["OCR1.DAT"])
    (site.folder / "OCR1.DAT").unlink()
    assert ((await site.take()).name, states(site), files(site)) == ("Completed", Counter(accepted=5), [])
    assert connect.open_journal().verify() == []


async def test_nothing_of_a_file_leaves_when_the_journal_breaks_off(
    site: creditor.Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, lines = journals.Journal.left, list[str]()

    def break_off(self: journals.Journal, tenant: str, line: str, now: Any) -> None:
        lines.append(line)
        if len(lines) == 2:
            raise journals.JournalError("full disk")
        left(self, tenant, line, now)

    monkeypatch.setattr(journals.Journal, "left", break_off)
    assert (await site.take_file("OCR1.DAT", FIVE)).name == "Failed"
    assert (states(site), files(site)) == (Counter(planned=5), [])
    await site.take()
    assert (states(site), files(site)) == (Counter(accepted=5), ["OCR1.DAT"])


async def test_a_run_that_died_among_the_answers_sends_no_part_again(
    site: creditor.Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, answered = deliveries.record_answers, list[int]()

    def die(ledger: Any, tenant: str, answers: Any, *said: Any, **more: Any) -> None:
        answered.append(len(answers))
        if len(answered) == 2:
            raise KeyboardInterrupt
        answer(ledger, tenant, answers, *said, **more)

    monkeypatch.setattr(deliveries, "record_answers", die)
    with pytest.raises(KeyboardInterrupt):
        await site.take_file("OCR1.DAT", FIVE)
    monkeypatch.setattr(deliveries, "record_answers", answer)
    assert states(site) == Counter(accepted=2, sending=3)
    site.at(site.now + dt.timedelta(hours=1))
    (site.folder / "OCR1.DAT").unlink()
    assert ((await site.take()).name, states(site), files(site)) == ("Completed", Counter(accepted=5), [])
