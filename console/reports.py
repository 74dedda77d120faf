"""The reports that clients were given, as files: `fakturabro report`, and the demo."""

from __future__ import annotations

import pathlib

from fakturabro.domain import calendar
from fakturabro.ledger import opened
from fakturabro.ledger.clients import reports as client_reports


def save(ledger: opened.Ledger, tenant: str, one: client_reports.Kept, folder: pathlib.Path) -> list[pathlib.Path]:
    """Write a report in all its forms into a folder; their paths. What was purged is not written."""
    folder.mkdir(parents=True, exist_ok=True)
    when = one.slot.astimezone(calendar.OSLO).strftime("%Y-%m-%d-%H%M") if one.slot else f"{one.period[0]}--{one.period[1]}"
    saved: list[pathlib.Path] = []
    for form in one.forms:
        data = client_reports.read(ledger, tenant, one.id, form)
        if data is not None:
            path = folder / f"{tenant}-{when}-{one.id}.{form}"
            path.write_bytes(data)
            saved.append(path)
    return saved
