"""`fakturabro up`: an installation that runs until it is told to stop."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import signal
import sys
import time

import httpx

from console import serving, serving_return_data


def run(folder: pathlib.Path, database: str = "") -> int:
    """Run until Ctrl-C or SIGTERM; a second `up` on the same folder only says where the first one answers."""
    note = folder / "running.json"
    if note.exists() and (known := json.loads(note.read_text(encoding="utf-8"))) and _answers(known["api"]):
        sys.stdout.write(f"Går allerede: {known['ui']}\n")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    today = dt.date.today()  # noqa: DTZ011 the operator's own day
    is_new = not folder.exists()
    with serving.running(folder, today.isoformat(), database, keep=True) as installation:
        serving_return_data.tell_month(installation, yesterday := today - dt.timedelta(days=1))
        if is_new:
            serving_return_data.leave_lists(installation, yesterday)
        ui = installation.api.removesuffix("/api")
        note.write_text(json.dumps({"api": installation.api, "ui": ui}), encoding="utf-8")
        sys.stdout.write(
            f"Prefect: {ui}\nInnlogging: operator:<innholdet i {folder / 'secrets' / 'prefect.password'}>\n"
            f"Portal for godkjennere og klienter: {installation.gateway}\nStopp med Ctrl-C.\n"
        )
        sys.stdout.flush()
        try:
            while not installation.fallen():
                time.sleep(1)
        except KeyboardInterrupt:
            return 0
        finally:
            note.unlink(missing_ok=True)
        sys.stdout.write(f"{installation.fallen()} stoppet. Se {folder / 'logs'}\n")
        return 1


def _answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
