"""The Peppol network: whether a participant can take a document, for many at once, within a given time."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import datetime as dt
from collections.abc import Collection, Generator

import msgspec

from fakturabro.remote import errors, http
from fakturabro.systems.peppol import locator, messages, publisher

SYSTEM = "Peppol"
_AT_ONCE = 16
_GIVE_UP = 20
"""Failures in a row after which a name server or a publisher is asked no more: more than are on their way at once."""
_NAMES = "Peppols navneregister (SML)"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Whether `participant` ("0192:991825827") takes our `kind` of document ("invoice", "credit_note")."""

    participant: str
    kind: str


class Network:
    """One Peppol network for one run. `seconds` is how long all questions of the run may take together."""

    def __init__(
        self, remote: http.Remote, network: str, *, tenant: str, resolver: str = "", canary: str = "", seconds: float = 300.0
    ) -> None:
        """`network` is a key of names.ZONES; `resolver` and `canary` are locator.Locator's."""
        self.network = network
        self._locator = locator.Locator(network, resolver=resolver, canary=canary)
        target = http.Target(system=SYSTEM, tenant=tenant)
        self._publishers = publisher.Publishers(remote, target, local=network == "sandbox")
        self._seconds = self._left = seconds
        self._failures: collections.Counter[str] = collections.Counter()

    async def find_receivers(self, questions: Collection[Question], now: dt.datetime) -> dict[Question, bool | errors.Unavailable]:
        """Per question yes, no, or why nobody knows now. Raises nothing."""
        gate, loop = asyncio.Semaphore(_AT_ONCE), asyncio.get_running_loop()
        unheard = errors.Unavailable(messages.out_of_time(self._seconds))
        found: dict[Question, bool | errors.Unavailable] = dict.fromkeys(questions, unheard)

        async def ask(question: Question) -> None:
            async with gate:
                try:
                    found[question] = await self._takes(question, now)
                except errors.Unavailable as error:
                    found[question] = error

        began = loop.time()
        with contextlib.suppress(TimeoutError):
            if self._left > 0:
                async with asyncio.timeout(self._left):
                    await asyncio.gather(*map(ask, found))
        self._left -= loop.time() - began
        return found

    async def _takes(self, question: Question, now: dt.datetime) -> bool:
        with self._counting(_NAMES):
            base = await self._locator.fetch_publisher(question.participant)
        if base is None:
            return False
        with self._counting(publisher.to_host(base)):
            return await self._publishers.takes(base, question.participant, question.kind, now)

    @contextlib.contextmanager
    def _counting(self, where: str) -> Generator[None]:
        """Raise at once where too many have failed in a row."""
        if self._failures[where] >= _GIVE_UP:
            raise errors.Unavailable(messages.given_up(where))
        try:
            yield
        except errors.Unavailable:
            self._failures[where] += 1
            raise
        self._failures[where] = 0
