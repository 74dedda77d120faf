"""`fakturabro demo`: one whole day for the two sandbox tenants through a real Prefect server and worker, and then every document
looked for at every counterpart. Writes <out>/demo.json and keeps what was sent under <out>/sent."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import pathlib
import shutil
import sys
import time
from collections.abc import Mapping
from typing import Any

import httpx
import prefect.settings
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Scheduled

from console import databases, demo_counterparts, demo_secrets, reports, serving
from fakturabro.domain import calendar
from fakturabro.ledger import client_reports, opened

FOLDER = pathlib.Path("var/demo")
_RUN_LIMIT = 240.0
_SCHEDULES_WITHIN = 60.0
_SCHEDULED = 3
"""Deployments of each tenant that have a schedule; one more is for all of them."""
_MENDED = {"AddressLine1": "Storgata 14", "AddressLine2": "", "ZipCode": "0155", "City": "OSLO", "CountryCode": "NO"}
_MENDABLE = ("address_missing", "address_placeholder", "address_blank")


class DemoError(Exception):
    """The day did not go as it should; the message says where."""


def run(out: pathlib.Path, database: str = "") -> int:
    """The day; 0 when all adds up, 3 when something could not be run here, 1 otherwise."""
    started = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    for folder in ("sent", "reports"):
        shutil.rmtree(out / folder, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    day = _last_working_day(dt.datetime.now(calendar.OSLO).date())
    _say(f"Starter sandkasser, Prefect og en arbeider. Dagen som kjøres, er {day:%d.%m.%Y}.")
    try:
        with serving.running(FOLDER, day.isoformat(), database) as installation:
            said = asyncio.run(_Day(installation, day).run())
            tenants, faults = demo_counterparts.check(installation, out / "sent")
            add_up = demo_counterparts.certificates_add_up(installation)
            answers = asyncio.run(demo_secrets.read_api_answers(installation))
            (out / "prefect_api.json").write_text(answers, encoding="utf-8")
            saved = _save_reports(installation, out / "reports")
            for name, url in installation.databases.items():
                databases.dump(url, installation.folder / f"{name}.sql")
        found = demo_secrets.find(installation, out)
    except (serving.ServingError, databases.PostgresError, demo_secrets.SearchError, DemoError) as error:
        _say(f"FEIL: {error}")
        return 1
    result = {
        "tenants": tenants,
        "certificates_add_up": add_up,
        "scheduled_runs_seen": said["scheduled_runs_seen"],
        "secrets_found": len(found),
        "not_run": json.loads((out / "not_run.json").read_text()) if (out / "not_run.json").exists() else [],
        "seconds": round(time.monotonic() - started),
    }
    (out / "demo.json").write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _print_table(result, [*faults, *found], said["messages"])
    for path in saved:
        _say(f"Klientrapport: {path}")
    adds_up = not faults and not found and result["certificates_add_up"] and result["scheduled_runs_seen"] > 0
    return (3 if result["not_run"] else 0) if adds_up else 1


def _save_reports(installation: serving.Installation, folder: pathlib.Path) -> list[pathlib.Path]:
    """Every report of the day in all forms, the oldest first. Raises DemoError when a tenant has none."""
    ledger = opened.open_ledger(installation.ledger, base64.b64decode(installation.secrets["ledger.key"]))
    saved: list[pathlib.Path] = []
    try:
        for tenant in installation.clients():
            made = client_reports.find_newest(ledger, tenant, 10)
            if not made:
                raise DemoError(f"{tenant} fikk ingen klientrapport")
            saved += [path for one in reversed(made) for path in reports.save(ledger, tenant, one, folder)]
    finally:
        ledger.close()
    return saved


class _Day:
    """The slots of one day, one after the other, as deployment runs with the slot's time as their scheduled start."""

    def __init__(self, installation: serving.Installation, day: dt.date) -> None:
        self._installation, self._day = installation, day
        self._messages: list[str] = []

    async def run(self) -> dict[str, Any]:
        """08:00 intake, a correction, 10:30 intake, 15:30 writeback; what the runs said, and how many the schedules made."""
        environment = self._installation.environment
        with prefect.settings.temporary_settings(
            {
                prefect.settings.PREFECT_API_URL: self._installation.api,
                prefect.settings.PREFECT_API_AUTH_STRING: environment["PREFECT_API_AUTH_STRING"],
            }
        ):
            async with PrefectClient(self._installation.api, auth_string=environment["PREFECT_API_AUTH_STRING"]) as client:
                scheduled = await self._see_scheduled_runs(client)
                await self._slot(client, "PowerOffice: fakturainntak", "inntak", dt.time(8, 0))
                self._mend_cards()
                await self._slot(client, "PowerOffice: fakturainntak", "inntak", dt.time(10, 30))
                await self._slot(client, "PowerOffice: tilbakeskriving", "tilbakeskriving", dt.time(15, 30))
        return {"scheduled_runs_seen": scheduled, "messages": self._messages}

    async def _see_scheduled_runs(self, client: PrefectClient) -> int:
        """How many runs the schedules created by themselves. A server that creates none looks healthy and is broken."""
        wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
        until = time.monotonic() + _SCHEDULES_WITHIN
        while time.monotonic() < until:
            runs = [one for one in await client.read_flow_runs(flow_run_filter=wanted, limit=200) if one.auto_scheduled]
            if len({one.deployment_id for one in runs}) == _SCHEDULED * len(self._installation.clients()) + 1:
                return len(runs)
            await asyncio.sleep(1)
        raise DemoError(f"Tidsplanene laget ingen kjøringer innen {_SCHEDULES_WITHIN:.0f} s. Se loggen til Prefect.")

    async def _slot(self, client: PrefectClient, flow: str, suffix: str, at: dt.time) -> None:
        start = dt.datetime.combine(self._day, at, calendar.OSLO)
        _say(f"{at:%H:%M} {flow}")
        runs = []
        for tenant in self._installation.clients():
            deployment = await client.read_deployment_by_name(f"{flow}/{tenant}-{suffix}")
            state, shift = Scheduled(scheduled_time=start.astimezone(dt.UTC)), start - dt.datetime.now(dt.UTC)
            variables = {"env": {"FAKTURABRO_CLOCK_SHIFT": str(shift.total_seconds())}}
            runs.append(await client.create_flow_run_from_deployment(deployment.id, state=state, job_variables=variables))
        for one in runs:
            ended = await self._await_end(client, one)
            said = f"{ended.name}: {ended.state.message if ended.state else ''}"
            self._messages.append(said)
            _say(f"      {said}")
            if ended.state_type != StateType.COMPLETED:
                raise DemoError(f"Kjøringen {said} endte som {ended.state_name}")

    async def _await_end(self, client: PrefectClient, one: FlowRun) -> FlowRun:
        until = time.monotonic() + _RUN_LIMIT
        while time.monotonic() < until:
            found = await client.read_flow_run(one.id)
            if found.state is not None and found.state.is_final():
                return found
            if self._installation.fallen():
                raise DemoError(f"{self._installation.fallen()} stoppet. Se {self._installation.folder / 'logs'}")
            await asyncio.sleep(0.5)
        raise DemoError(f"Kjøringen {one.name} ble ikke ferdig innen {_RUN_LIMIT:.0f} s")

    def _mend_cards(self) -> None:
        """What a bookkeeper does between the slots: fill in the postal addresses that are missing, and make new invoices."""
        known = self._installation.sandboxes["poweroffice"]
        httpx.post(f"{known['v1_control_url']}/later").raise_for_status()
        expected = httpx.get(f"{known['v1_control_url']}/expected").json()
        for tenant, company in self._installation.clients().items():
            mended = {
                one["buyer"]
                for one in expected
                if one["client_key"] == company["client_key"] and set(one["problems"]) & set(_MENDABLE)
            }
            for number in sorted(mended):
                _mend_card(known, company["client_key"], number)
            _say(f"      {tenant} retter postadressen på {len(mended)} kundekort")


def _mend_card(known: Mapping[str, Any], client_key: str, number: int) -> None:
    """PATCH of the address through v2, as PowerOffice's own screen would change it."""
    subscription = {"Ocp-Apim-Subscription-Key": known["subscription_key"]}
    with httpx.Client(headers=subscription, timeout=10) as client:
        token = (
            client.post(
                known["v2_token_url"], auth=(known["application_key"], client_key), data={"grant_type": "client_credentials"}
            )
            .raise_for_status()
            .json()["access_token"]
        )
        bearer = {"Authorization": f"Bearer {token}"}
        url = known["v2_url"]
        (card,) = client.get(f"{url}/Customers", params={"customerNos": number}, headers=bearer).raise_for_status().json()
        patch = [{"op": "replace", "path": f"/MailAddress/{name}", "value": value} for name, value in _MENDED.items()]
        client.patch(
            f"{url}/Customers/{card['Id']}",
            content=json.dumps(patch),
            headers={**bearer, "Content-Type": "application/json-patch+json"},
        ).raise_for_status()
        time.sleep(0.5)  # PowerOffice allows ten calls a second for everybody; the next card waits its turn


def _last_working_day(today: dt.date) -> dt.date:
    day = today - dt.timedelta(days=1)
    while calendar.why_not_working(day):
        day -= dt.timedelta(days=1)
    return day


def _print_table(result: Mapping[str, Any], faults: list[str], said: list[str]) -> None:
    _say("")
    _say(f"{'Klient':<12}{'Hentet':>8}{'Holdt':>8}{'EHF':>6}{'E-post':>8}{'Brev':>6}{'Tilbake':>9}{'Uavklart':>10}")
    for tenant, one in result["tenants"].items():
        sent = one["delivered"]
        _say(
            f"{tenant:<12}{one['fetched']:>8}{one['held']:>8}"
            f"{sent.get('ehf', 0):>6}{sent.get('email', 0):>8}{sent.get('letter', 0):>6}"
            f"{one['written_back']:>9}{one['in_doubt']:>10}"
        )
    _say("")
    _say(f"Attestene går opp: {'ja' if result['certificates_add_up'] else 'NEI'}.")
    _say(f"Planlagte kjøringer sett: {result['scheduled_runs_seen']}.")
    _say(f"Hemmeligheter og fødselsnumre funnet i logger, artefakter, API og database: {result['secrets_found']}.")
    for fault in faults:
        _say(f"FEIL: {fault}")
    _say(f"{len(said)} kjøringer på {result['seconds']} s. Resultatet står i out/demo.json, det som ble sendt, i out/sent.")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
