"""Who can take EHF, as the channels ask: once, remembered, and believed with care."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tasks import clock, connect
from tasks.debtors import receivers

ABSENT = "0192:999999999"


async def ask(*participants: str, kind: str = "invoice") -> list[str]:
    """A run that asks for these, in one word each."""
    asked = [receivers.Question(participant=one, kind=kind) for one in participants]
    async with connect.opened_for("nidelven"):
        found = await receivers.find(asked)
    return [found[one] for one in asked]


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let so many hours pass."""
    real = clock.now
    return lambda count: monkeypatch.setattr(clock, "now", lambda: real() + dt.timedelta(hours=count))


async def test_a_receiver_is_asked_for_once_a_slot_and_when_the_answer_is_old(site: Any, hours: Any) -> None:
    known = site.boxes.access_point.state.receivers
    both = next(one for one, kinds in known.items() if len(kinds) == 2)
    billed = next(one for one, kinds in known.items() if kinds == ["invoice"])
    calls = site.boxes.peppol.book.calls
    assert await ask(*[both, billed, ABSENT] * 100) == ["yes", "yes", "no"] * 100
    assert calls["NAPTR"] == 4, "each once, and the canary"
    assert await ask(both, billed, ABSENT) == ["yes", "yes", "no"]
    assert await ask(billed, kind="credit_note") == ["no"]
    assert calls["NAPTR"] == 5
    hours(7)
    assert await ask(both, ABSENT) == ["yes", "no"]
    assert calls["NAPTR"] == 6, "the no is remembered longer"


async def test_who_vanishes_from_the_register_is_waited_for_a_day(site: Any, hours: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    known = site.boxes.access_point.state.receivers
    both = next(one for one, kinds in known.items() if len(kinds) == 2)
    assert await ask(both) == ["yes"]
    monkeypatch.delitem(known, both)
    said = []
    for count in (7, 9, 30, 32):
        hours(count)
        said += await ask(both)
    assert said == ["unknown", "unknown", "unknown", "no"]


async def test_without_a_network_in_the_settings_nobody_is_asked(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connect.opened_for("nidelven") as known:
        monkeypatch.setattr(known, "_settings", known._settings.model_copy(update={"peppol": ""}))
        with pytest.raises(connect.SettingError, match="FAKTURABRO_PEPPOL"):
            await receivers.find([receivers.Question(participant=ABSENT, kind="invoice")])
        assert await receivers.find([]) == {}
