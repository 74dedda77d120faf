"""Letters after links in the laboratory: killed anywhere, each debtor gets one link and at most one letter."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Callable

import pytest

from fakturabro.ledger.distribution import fallbacks
from tests.crash import counterparts, debtors, scene, site

_OPENS, _WAITS, _EHF = 5003, 5007, 5002
MONDAY, THURSDAY = dt.date(2026, 11, 16), dt.date(2026, 11, 19)
Stage = Callable[..., scene.Scene]


def by_link(stage: Stage) -> scene.Scene:
    """A scene whose tenant mails links."""
    on = stage(_OPENS, _WAITS, _EHF)
    on.options = site.options_of(None, by_link=True)
    return on


async def send(on: scene.Scene) -> None:
    """The intake on Monday; one of two debtors opens."""
    await on.until(scene.at(MONDAY, dt.time(8)))
    await on.start("intake", scene.at(MONDAY, dt.time(8)))
    (mail,) = [one for one in on.world.links.values() if f"Faktura {_OPENS}" in subject_of(on, one.key)]
    await debtors.Debtors(on, on._bed, 0, collections.Counter()).open(mail)


def subject_of(on: scene.Scene, key: str) -> str:
    parsed = (message.parsed() for message in on.world.mail.messages)
    return next(str(one["Subject"]) for one in parsed if str(one["Message-ID"]) == key)


async def send_letters(on: scene.Scene) -> None:
    await on.until(scene.at(THURSDAY, dt.time(8, 15)))
    await on.start("fallback", scene.at(THURSDAY, dt.time(8, 15)))


def play(stage: Stage, share: float = 0.0, length: int = 0) -> tuple[scene.Scene, int]:
    """Two links, one of which is opened, and the letter after the other; the run that sends it dies after this share of its way."""
    on, met = by_link(stage), list[int]()

    async def script() -> None:
        await send(on)
        before = on.faults.boundaries
        on.faults.die_at = before + max(1, int(length * share)) if length else 0
        await send_letters(on)
        met.append(on.faults.boundaries - before)
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    return on, met[0]


def test_killed_anywhere_the_run_that_sends_letters_sends_one(stage: Stage) -> None:
    _, length = play(stage)
    for share in (0.2, 0.45, 0.65, 0.85):
        on, _ = play(stage, share, length)
        assert (on.faults.deaths, len(on.world.letters)) == (1, 1)


@pytest.mark.parametrize("fault", ["cut", "cut after storing", "death after storing"])
def test_a_link_that_nobody_knows_of_goes_again_the_very_same(stage: Stage, fault: str) -> None:
    on = by_link(stage)

    async def script() -> None:
        on.faults.order(fault, "the final dot")
        await on.until(scene.at(MONDAY, dt.time(8)))
        await on.start("intake", scene.at(MONDAY, dt.time(8)))
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    copies = len([one for one in on.world.mail.messages if "/f/" in str(one.parsed().get_body(("plain",)).get_content())])
    assert copies == (2 if fault == "cut" else 3)


def test_the_judge_sees_a_letter_to_whom_had_opened(stage: Stage) -> None:
    on = by_link(stage)

    async def script() -> None:
        await send(on)
        await on.settle_down()
        (key,) = on.world.told.opened
        on.world.letters.append(counterparts.Letter(job=fallbacks.to_key(key), to=(), sha256=""))
        on.world.started["sent too late"] = on.loop.now()
        late = counterparts.Departure(
            at=on.loop.now(), process="sent too late", purpose="letter", target="letter", what=f"{fallbacks.to_key(key)}-1.pdf"
        )
        on.world.departures.append(late)

    verdict = on.play(script)
    assert any("sent too late sent a letter though it was opened before" in one for one in verdict.wrong)
