"""Putting back yesterday's ledger, recovering, and what the watchman says of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from typing import Any

from console import recovering
from console.watching import alarms
from console.watching import checks as watching_checks
from tasks import clock, connect


def back_up(site: Any) -> Callable[[], None]:
    """Copy the ledger now; what is returned puts the copy back."""
    copy = site.folder / "yesterday.db"
    site.engine.dispose()
    shutil.copy(site.folder / "ledger.db", copy)

    def put_back() -> None:
        site.engine.dispose()
        for suffix in ("-wal", "-shm"):
            (site.folder / f"ledger.db{suffix}").unlink(missing_ok=True)
        shutil.copy(copy, site.folder / "ledger.db")

    return put_back


async def recover() -> int:
    return await asyncio.to_thread(recovering.recover, ["nidelven"])


def alarmed() -> list[tuple[str, str]]:
    ledger = connect.open_ledger()
    found = [(one.code, one.tenant) for one in watching_checks.claims(alarms.Watch(ledger=ledger, now=clock.now()))]
    ledger.close()
    return found
