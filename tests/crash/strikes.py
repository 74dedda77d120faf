"""The death of the gateway in the middle of a visit, at a random moment of one of its requests."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

import httpx
import sqlalchemy as sa

from fakturabro.ledger import opened
from tests.crash import mortal, person

_MOMENTS = ("before", "on the way", "held up", "recorded", "answered")
"""Before the request leaves; anywhere until its answer; at the last writes of its transaction, which wait for somebody else's lock;
when the link is seen used up, and nobody reads the page that says so; and after the answer."""
_LONGEST_ANSWER = 0.1
_HELD_UP = 0.5
_LAST_WRITES = sa.text("lock table transfer_log, choice in share mode")


class Strike:
    """Meets one request of a visit with the death of the gateway."""

    def __init__(self, chance: random.Random, installation: mortal.Mortal, ledger: opened.Ledger, link: str) -> None:
        self._installation, self._ledger, self._link = installation, ledger, link
        requests = (0, 1, 1, 1) if "/approvals/" in link else (0, 1, 2, 2)
        self._request, self._moment = chance.choice(requests), chance.choice(_MOMENTS)
        self._after = {"on the way": chance.uniform(0, _LONGEST_ANSWER), "held up": _HELD_UP}
        self._is_over = False

    def __str__(self) -> str:
        standing = "used up" if person.is_used(self._ledger, self._link) else "not used up"
        return f"{self._link.split('/')[-2]}, request {self._request}, {self._moment}: the link is {standing}"

    async def __call__(self, request: int, send: person.Answer) -> httpx.Response:
        if request != self._request:
            return await send()
        if self._moment == "before":
            self.strike()
            return await send()
        with self._ledger.writing() if self._moment == "held up" else contextlib.nullcontext() as connection:
            if connection is not None:
                connection.execute(_LAST_WRITES)
            going, since = asyncio.ensure_future(send()), time.monotonic()
            while not going.done() and not self._is_now(time.monotonic() - since):
                await asyncio.sleep(0)
            self.strike()
        if self._moment == "recorded" and going.cancel():
            raise httpx.ReadError("what the page said went down with the gateway")
        return await going

    def _is_now(self, seconds: float) -> bool:
        if self._moment == "recorded":
            return person.is_used(self._ledger, self._link)
        return seconds > self._after.get(self._moment, float("inf"))

    def strike(self) -> None:
        """Kill, if it lives still."""
        if not self._is_over:
            self._installation.kill("gateway")
        self._is_over = True
