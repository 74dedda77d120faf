"""Applying checked deployment files: to Prefect and to the ledger, in one command."""

from __future__ import annotations

import asyncio
import pathlib
import subprocess
import sys
from collections.abc import Callable, Sequence

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound

from deployments import activation, brands, shared_folders, synchronising, tenants, wording
from fakturabro.ledger import applied, settings
from fakturabro.ledger.clients import settings as client_settings
from tasks import clock, connect

POOL = "fakturabro"


class ApplyError(Exception):
    """Prefect refused a file; the message is Prefect's own."""


def apply(files: Sequence[pathlib.Path], show: Callable[[str], None]) -> list[tenants.Deployment]:
    """Check all files, show how return data will be posted, then write each to Prefect and to the ledger.

    Nothing is written when one of them is wrong, PowerOffice says no to an account that return data would be posted on, or Severa
    or Fortnox lacks what is asked of it.
    """
    checked = {file: tenants.check(file) for file in files}
    ledger = connect.open_ledger()
    try:
        shared_folders.check(ledger, checked)
        for table in asyncio.run(activation.check([one for file in files for one in activation.find(file)])):
            show(table)
        asyncio.run(synchronising.check([one for file in files for one in synchronising.find(file)]))
        asyncio.run(_make_pool())
        for file, deployments in checked.items():
            _deploy(file)
            for tenant in sorted({deployment.tenant for deployment in deployments if deployment.tenant}):
                settings.record(ledger, tenant, file.name, file.read_text(encoding="utf-8"), clock.now())
                stated = applied.find_deployments(ledger, tenant)
                brands.record(ledger, file, tenant, stated, clock.now())
                client_settings.record(ledger, tenant, wording.describe(stated), clock.now())
    finally:
        ledger.close()
    return [deployment for deployments in checked.values() for deployment in deployments]


def _deploy(file: pathlib.Path) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=file.resolve().parent)  # noqa: S603 our own arguments
    if done.returncode:
        raise ApplyError(f"{file}: Prefect sa nei.\n{done.stdout}\n{done.stderr}")


async def _make_pool() -> None:
    async with get_client() as client:
        try:
            await client.read_work_pool(POOL)
        except ObjectNotFound:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
