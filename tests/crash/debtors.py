"""Debtors in the laboratory: they read their e-mail, open links, object, or let it come back. Each act is a process that may die.

What they were told is kept, and compared in the end with the letters that they got.
"""

from __future__ import annotations

import collections
import random
from collections.abc import Awaitable, Callable
from typing import Any

from prefect.states import Completed

from fakturabro.ledger import opened
from fakturabro.ledger.distribution import bounces
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import entry as portal_entry
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import objections
from tasks import connect
from tests.crash import counterparts, ledgers, mailed, scene

_CHOICE = {"open": 0.2, "object": 0.06, "bounce": 0.06}
"""How probable each is when a debtor looks at an e-mail; most of the time nobody does anything."""
_CLOSED_BY = "regnskap"


class Debtors:
    """All debtors of one history."""

    def __init__(self, on: scene.Scene, bed: ledgers.Ledgers, seed: int, happened: collections.Counter[str]) -> None:
        self._scene, self._bed, self._happened = on, bed, happened
        self._chance = random.Random(f"{seed}/debtors")  # noqa: S311 repeatable, not secret

    async def look(self) -> None:
        """Everybody who has an e-mail may do something with it."""
        acts: dict[str, Callable[[mailed.Mail], Awaitable[None]]] = {
            "open": self.open,
            "object": self._object,
            "bounce": self._bounce,
        }
        for mail in list(self._scene.world.links.values()):
            draw = self._chance.random()
            for name, act in acts.items():
                if draw < _CHOICE[name]:
                    self._happened[f"debtors {name}"] += 1
                    await act(mail)
                    break
                draw -= _CHOICE[name]

    async def end_objections(self) -> None:
        """The client settles every objection."""
        ledger = self._bed.open()
        for one in objections.find_open(ledger, counterparts.TENANT):
            assert objections.close(ledger, counterparts.TENANT, one.id, _CLOSED_BY, "avklart", self._scene.loop.now())

    async def open(self, mail: mailed.Mail) -> None:
        """A debtor gives the right code."""

        def enter(ledger: opened.Ledger, lines: journal.Journal) -> str:
            key, now = connect.portal_key(), self._scene.loop.now()
            return portal_entry.enter(ledger, lines, key, mail.token, mail.code, now).outcome

        told, said = self._scene.world.told, await self._act("debtor", enter)
        if said == "right":
            told.opened.setdefault(mail.key, self._scene.loop.now())
        elif said is None:
            told.perhaps.add(mail.key)

    async def _object(self, mail: mailed.Mail) -> None:
        def record(ledger: opened.Ledger, lines: journal.Journal) -> str:
            link = portal.find(ledger, mail.token)
            if link is not None:
                at = self._scene.loop.now()
                objections.record(ledger, lines, counterparts.TENANT, link.document_id, "wrong_amount", "feil", at)
            return "objected"

        await self._act("objector", record)

    async def _bounce(self, mail: mailed.Mail) -> None:
        """Only what nobody opened comes back."""
        told, now = self._scene.world.told, self._scene.loop.now()
        if mail.key in told.opened or mail.key in told.perhaps:
            return

        def record(ledger: opened.Ledger, lines: journal.Journal) -> str:
            said: dict[str, Any] = {"permanent": True, "at": now, "run": "bounces"}
            return str(bounces.record(ledger, lines, counterparts.TENANT, mail.key, **said))

        if await self._act("postmaster", record) != "unknown":
            told.bounced.add(mail.key)

    async def _act(self, name: str, act: Callable[[opened.Ledger, journal.Journal], str]) -> str | None:
        """What was said, None when nothing was."""
        said: list[str] = []

        async def work() -> Any:
            said.append(act(self._bed.open(), connect.open_journal()))
            return Completed(message=said[0])

        await self._scene.start(name, self._scene.loop.now(), work, auto_scheduled=False)
        return next(iter(said), None)
