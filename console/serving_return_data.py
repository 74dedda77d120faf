"""What the sandboxed factoring company tells of its clients: a month of movements, by its interface or as a list in a folder."""

from __future__ import annotations

import datetime as dt
import os

import httpx

from console import serving, serving_bank
from fakturabro.domain import calendar


def tell_month(installation: serving.Installation, day: dt.date) -> None:
    """A small month of movements of each client up to `day`. Raises httpx.HTTPError."""
    for client in installation.clients().values():
        url = f"{_staff(installation)}/{client['factoring_number']}/month"
        httpx.post(url, json={"day": day.isoformat()}).raise_for_status()


def leave_lists(installation: serving.Installation, day: dt.date) -> None:
    """The list of all movements of the client that is told so, as old as the evening of `day`. Raises httpx.HTTPError."""
    tenant = serving_bank.LIST_TENANT
    number = installation.clients()[tenant]["factoring_number"]
    content = httpx.get(f"{_staff(installation)}/{number}/movements.csv").raise_for_status().content
    path = serving_bank.list_folder(installation.folder, tenant) / f"bevegelser-{day:%Y%m%d}.csv"
    path.write_bytes(content)
    came = dt.datetime.combine(day, dt.time(20), calendar.OSLO).timestamp()
    os.utime(path, (came, came))


def _staff(installation: serving.Installation) -> str:
    return f"{installation.sandboxes['factoring']['url']}/sandbox/ledger"
