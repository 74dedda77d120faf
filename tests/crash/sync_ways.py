"""The way between Severa and Fortnox while runs are killed (payment_kills): a day's work on both sides, and what comes of it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import pathlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from fakturabro.ledger.synchronising import plans
from flows import severa_fortnox
from sandboxes import clock as sandbox_clock
from sandboxes import rates, serving
from tasks import connect, installation
from tasks.severa_fortnox import options as sync_options
from tests.crash import sync_companies, sync_verdicts, verdicts
from tests.runs import creditor
from tests.runs.conftest import plain


class Syncing:
    """The same every day: a new customer with a project, an invoice with a file, a supplier's invoice with a picture."""

    flow, purpose = "synchronise", "transfer"
    hears: str = ""

    def __init__(self, folder: pathlib.Path, patch: pytest.MonkeyPatch) -> None:
        self.site = creditor.Creditor(folder, patch)
        patch.setattr(sandbox_clock, "now", lambda: self.site.now.astimezone(dt.UTC))
        self.companies = sync_companies.Companies(random.Random(folder.name), self.site.now.date())  # noqa: S311 repeatable
        self.companies.severa_box.window = rates.Window(10)  # the runs' own time
        self.companies.fortnox_box.window = rates.Window(25, 5.0)
        boxes = {"severa": self.companies.severa_box.app, "fortnox": self.companies.fortnox_box.app}
        self._servers = serving.Servers(boxes)
        self._servers.start()
        for name, value in self.companies.keys.items():
            path = folder / "secrets" / name
            path.write_text(value)
            path.chmod(0o600)
        for name, at in (("SEVERA", "severa/v1"), ("FORTNOX", "fortnox/3"), ("FORTNOX_TOKENS", "fortnox/oauth-v1/token")):
            box, _, path = at.partition("/")
            patch.setenv(f"FAKTURABRO_{name}", f"{self._servers.url(box)}/{path}")
        installation.current.cache_clear()
        self._begin()

    @property
    def options(self) -> sync_options.SyncOptions:
        """What the flow runs with."""
        return self.companies.options

    def _begin(self) -> None:
        """The first synchronisation, to which somebody says yes."""
        self._run(severa_fortnox.first_synchronisation, "Failed")  # nobody has a code to say yes with
        with contextlib.closing(connect.open_ledger()) as ledger:
            made = plans.find_newest(ledger, creditor.TENANT)
            assert made and plans.move(ledger, creditor.TENANT, made.id, ("proposed",), "approved", "kari", self.site.now)
        self._run(severa_fortnox.first_synchronisation)
        with contextlib.closing(connect.open_ledger()) as ledger:
            assert plans.find_done(ledger, creditor.TENANT)

    def order(self, number: int) -> None:
        """Another day begins after one on which people worked on both sides."""
        self.companies.add_customer()
        self.companies.add_customer_there()
        self.companies.add_invoice(is_whole=True)
        self.companies.add_purchase(is_whole=True)
        self.site.at(self.site.now + dt.timedelta(days=1))

    def happen(self) -> None:
        """Nothing goes on by itself."""

    def find_left(self, at: Mapping[str, Sequence[int]]) -> int:
        """Of the places by their names, the first at which something stands on the other side; or, it stood there already."""
        return at["answer"][0] if at.get("answer") else at["commit"][-1]

    def decide(self) -> bool:
        """Nobody is asked: both systems can be read."""
        return False

    def judge(self, verdict: verdicts.Verdict) -> None:
        """Everything stands on both sides once."""
        for _ in range(2):  # what follows from what was carried late
            self._run(severa_fortnox.synchronise)
        with contextlib.closing(connect.open_ledger()) as ledger:
            sync_verdicts.judge(self.companies, ledger, verdict)

    def _run(self, flow: Any, expected: str = "Completed") -> None:
        """A run in peace, at this way's own time, and twenty minutes."""
        self.site.at(self.site.now)
        with plain():
            ended = asyncio.run(flow(creditor.TENANT, self.options))
        assert ended.name == expected, (ended.name, ended.message)
        self.site.at(self.site.now + dt.timedelta(minutes=20))

    def close(self) -> None:
        self._servers.stop()
        self.site.close()
