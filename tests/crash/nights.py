"""The nights in which the clocks turn: intakes at 02:30, in the hour that is twice and in the hour that is not."""

from __future__ import annotations

import datetime as dt

from tests.crash import scene

NAMES = {dt.date(2026, 10, 25): "02:30 twice", dt.date(2026, 3, 29): "02:30 never"}
"""By the day on which the clocks turn: what happens in that night."""


async def play(on: scene.Scene, day: dt.date) -> None:
    """Each 02:30 is a slot of its own: one for the schedules, who do nothing on a Sunday, and one for a person."""
    for when in sorted(scene.at(day, dt.time(2, 30, fold=fold)) for fold in (0, 1)):
        await on.until(when)
        if (ended := await on.start("intake", when)) != "NotAWorkingDay":
            on.surprises.append(f"a scheduled intake on the Sunday {day} ended as {ended}")
        if await on.start("intake", when, auto_scheduled=False) == "AlreadyRun":
            on.surprises.append(f"the slot {when} of the night of {day} was taken for another one")
        await on.await_reliefs()
