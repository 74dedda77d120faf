"""Files that the bank left, whatever they say: one that cannot go on waits, or is read anew when it can; the others are taken."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from fakturabro.remote import errors
from fakturabro.systems.bank import outbox
from tasks.bank import return_reading
from tests.runs import banked
from tests.runs.payer import order, remittance


async def asked(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> banked.Banked:
    """Two payments lie in the bank, which has answered in more than one file."""
    site = banked.Banked(folder, monkeypatch)
    site.leave("M1.xml", remittance("M1", [order(), order("F2", "99.50")]))
    await site.pay()
    site.sandbox.take()
    return site


def forwarded(site: banked.Banked) -> int:
    return sum(path.is_file() for path in site.back.iterdir())


async def test_a_folder_that_is_away_costs_one_file_and_one_run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, deliver = await asked(tmp_path, monkeypatch), outbox.Outbox.deliver
    count = len(list(site.sandbox.pickup.glob("*P002*")))

    def away(self: outbox.Outbox, name: str, content: Any) -> Any:
        monkeypatch.setattr(outbox.Outbox, "deliver", deliver)
        raise errors.Unavailable("borte")

    monkeypatch.setattr(outbox.Outbox, "deliver", away)
    said = await site.hear()
    assert (said.name, "ligger ikke i regnskapets mappe ennå" in said.message, forwarded(site)) == ("Failed", True, count - 1)
    assert ((await site.hear()).name, forwarded(site), set(site.stages().values())) == (
        "Completed",
        count,
        {"waiting_for_approval"},
    )
    site.engine.dispose()


async def test_what_was_set_aside_is_read_anew_when_it_comes_again(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, look = await asked(tmp_path, monkeypatch), return_reading.look
    monkeypatch.setattr(return_reading, "look", lambda source: look(source)._replace(faults=("Ukjent felt.",)))
    assert (await site.hear()).is_failed() and set(site.stages().values()) == {"handed_over"}
    monkeypatch.setattr(return_reading, "look", look)
    for one in (site.sandbox.pickup / "til_side").glob("*P002*"):
        if not one.name.endswith(".hvorfor.txt"):
            site.arrive(one.name.partition(".")[2], one.read_bytes())
    assert (await site.hear()).is_completed() and set(site.stages().values()) == {"waiting_for_approval"}
    site.engine.dispose()
