"""`fakturabro demo`: one whole day for the two sandbox tenants through a real Prefect server and worker, the day some days later on
which letters follow links and banks pay and are paid, the night in which what happened goes to the clients' books, and then every
document, payment and voucher looked for at every counterpart. Writes <out>/demo.json and keeps what was sent under <out>/sent and
<out>/bank."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import functools
import json
import pathlib
import shutil
import sys
import time
from collections.abc import Mapping
from typing import Any

import prefect.settings
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Scheduled

from console import databases, reports, serving, serving_severa
from console.demo import approver as demo_approver
from console.demo import bank as demo_bank
from console.demo import bank_counterparts as demo_bank_counterparts
from console.demo import client as demo_client
from console.demo import counterparts as demo_counterparts
from console.demo import days as demo_days
from console.demo import debtors as demo_debtors
from console.demo import return_data as demo_return_data
from console.demo import return_data_counterparts as demo_return_data_counterparts
from console.demo import secrets as demo_secrets
from console.demo import severa_fortnox as demo_severa_fortnox
from console.demo import severa_fortnox_books as demo_severa_fortnox_books
from console.demo import tables as demo_tables
from console.demo import validity as demo_validity
from fakturabro.domain import calendar
from fakturabro.ledger import opened
from fakturabro.ledger.clients import reports as client_reports
from tasks import installation as settings

FOLDER = pathlib.Path("var/demo")
_RETURN_DATA = "PowerOffice: returdata"
_RUN_LIMIT = 240.0
_SCHEDULES_WITHIN = 60.0
_SCHEDULED = 9
"""Deployments of each tenant that have a schedule; one more is for all of them."""


class DemoError(Exception):
    """The day did not go as it should; the message says where."""


_FAULTS = (DemoError, demo_debtors.DebtorError, demo_approver.ApproverError)


def run(out: pathlib.Path, database: str = "") -> int:
    """The day; 0 when all adds up, 3 when something could not be run here, 1 otherwise."""
    started = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    for folder in ("sent", "reports", "bank"):
        shutil.rmtree(out / folder, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    days = demo_days.find_days(dt.datetime.now(calendar.OSLO).date())
    _say(f"Starter sandkasser, Prefect og en arbeider. Dagen som kjøres, er {days.first:%d.%m.%Y}.")
    try:
        with serving.running(FOLDER, days.first.isoformat(), database) as installation:
            said = asyncio.run(_Day(installation, days, out / "sent/opened").run())
            visits: demo_debtors.Visits = said["visits"]
            tenants, faults = demo_counterparts.check(installation, out / "sent", visits.opened)
            money, owed = demo_bank_counterparts.check(installation, said["banks"], out / "bank")
            posted, unposted = demo_return_data_counterparts.check(installation)
            kept, unlike = demo_severa_fortnox_books.check(installation, said["idle"])
            add_up = demo_counterparts.certificates_add_up(installation)
            answers = asyncio.run(demo_secrets.read_api_answers(installation))
            (out / "prefect_api.json").write_text(answers, encoding="utf-8")
            saved = _save_reports(installation, out / "reports")
            for name, url in installation.databases.items():
                databases.dump(url, installation.folder / f"{name}.sql")
        found = demo_secrets.find(installation, out, {**visits.secrets, **said["secrets"]})
        judged = demo_validity.check(out / "sent", settings.current().ehf_rules)
    except (serving.ServingError, databases.PostgresError, demo_secrets.SearchError, *_FAULTS) as error:
        _say(f"FEIL: {error}")
        return 1
    result = {
        "tenants": {tenant: {**one, "bank": money[tenant], "return_data": posted[tenant]} for tenant, one in tenants.items()},
        "severa_fortnox": kept,
        "certificates_add_up": add_up,
        "scheduled_runs_seen": said["scheduled_runs_seen"],
        "secrets_found": len(found),
        "judged": judged.counts,
        "invalid": len(judged.faults),
        "not_run": json.loads((out / "not_run.json").read_text()) if (out / "not_run.json").exists() else [],
        "seconds": round(time.monotonic() - started),
    }
    (out / "demo.json").write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    wrong = [*faults, *owed, *unposted, *unlike, *found, *judged.faults]
    demo_tables.print_all(result, wrong, len(said["messages"]))
    for path in saved:
        _say(f"Klientrapport: {path}")
    adds_up = not wrong and result["certificates_add_up"] and result["scheduled_runs_seen"] > 0
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

    def __init__(self, installation: serving.Installation, days: demo_days.Days, opened: pathlib.Path) -> None:
        self._installation, self._opened = installation, opened
        self._day, self._morning, self._night = days
        self._messages: list[str] = []

    async def run(self) -> dict[str, Any]:
        """08:00 intake, a correction, 10:30 intake, 15:30 writeback; debtors who open; days later letters, banks, the night.

        What the runs said, how many the schedules made, what the debtors did, the banks, and what must stand nowhere.
        """
        environment = self._installation.environment
        with prefect.settings.temporary_settings(
            {
                prefect.settings.PREFECT_API_URL: self._installation.api,
                prefect.settings.PREFECT_API_AUTH_STRING: environment["PREFECT_API_AUTH_STRING"],
            }
        ):
            async with PrefectClient(self._installation.api, auth_string=environment["PREFECT_API_AUTH_STRING"]) as client:
                scheduled = await self._see_scheduled_runs(client)
                await self._pause_schedules(client)
                await self._slot(client, "PowerOffice: fakturainntak", "inntak", dt.time(8, 0))
                for tenant, mended in demo_client.mend_cards(self._installation).items():
                    _say(f"      {tenant} retter postadressen på {mended} kundekort")
                await self._slot(client, "PowerOffice: fakturainntak", "inntak", dt.time(10, 30))
                await self._slot(client, "PowerOffice: tilbakeskriving", "tilbakeskriving", dt.time(15, 30))
                visits = await asyncio.to_thread(demo_debtors.visit, self._installation, self._opened)
                _say(f"      {len(visits.opened)} skyldnere åpner fakturaen sin, og én av dem har en innsigelse")
                self._day = self._morning
                _say(f"Det blir {self._day:%d.%m.%Y}")
                approver = demo_approver.Approver(self._installation)
                letters = self._slot(client, "Brev etter lenke", "brev", dt.time(8, 15))
                await asyncio.gather(letters, asyncio.to_thread(approver.enrol))
                banks = await self._pay_and_be_paid(client, approver)
                await self._post_what_happened(client, approver)
                slot = functools.partial(self._slot, client)
                idle = await demo_severa_fortnox.run(slot, self._installation, approver)
        said = {"scheduled_runs_seen": scheduled, "messages": self._messages, "visits": visits}
        return {**said, "banks": banks, "idle": idle, "secrets": approver.secrets}

    async def _pay_and_be_paid(self, client: PrefectClient, approver: demo_approver.Approver) -> demo_bank.Banks:
        """08:30 payments wait for a person, 09:00 they go; 12:30 money in, 13:05 the banks' answers, 23:45 the day's statements."""
        banks = demo_bank.Banks(self._installation, self._day)
        await asyncio.to_thread(banks.open)
        await self._slot(client, "Bank: betalinger", "remittering", dt.time(8, 30))
        answers = await asyncio.to_thread(approver.decide, ("approved",), "Kontrollert mot lønnskjøring og leverandørreskontro.")
        _say(f"      en godkjenner gir {answers} svar med kode fra kodegeneratoren")
        await self._slot(client, "Bank: betalinger", "remittering", dt.time(9, 0))
        await asyncio.to_thread(banks.execute)
        money_in = self._slot(client, "Bank: innbetalinger", "innbetalinger", dt.time(12, 30))
        await asyncio.gather(money_in, self._slot(client, "Bank: svar på betalinger", "bankretur", dt.time(13, 5)))
        await asyncio.to_thread(banks.close)
        await self._slot(client, "Bank: kontoutskrifter", "kontoutskrift", dt.time(23, 45))
        return banks

    async def _post_what_happened(self, client: PrefectClient, approver: demo_approver.Approver) -> None:
        """The factoring company tells; 02:30 the clients' books get it; then a person has a voucher posted anew."""
        tenant, company = next(iter(self._installation.clients().items()))
        await asyncio.to_thread(demo_return_data.tell, self._installation, self._day)
        self._day = self._night
        _say(f"Det blir natt til {self._day:%d.%m.%Y}")
        await self._slot(client, _RETURN_DATA, "returdata", dt.time(2, 30))
        number = demo_return_data.find_first(self._installation, company["client_key"])
        undo = {"undo": str(number)}
        await asyncio.to_thread(approver.put_aside)
        await self._slot(client, _RETURN_DATA, "returdata", dt.time(9, 0), {tenant: undo})
        await asyncio.to_thread(approver.decide, ("approved",), "Bilaget skal føres på nytt.")
        _say(f"      en godkjenner lar bilag {number} hos {tenant} bli tilbakeført")
        await self._slot(client, _RETURN_DATA, "returdata", dt.time(9, 30), {tenant: {}})

    async def _see_scheduled_runs(self, client: PrefectClient) -> int:
        """How many runs the schedules created by themselves. A server that creates none looks healthy and is broken."""
        wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
        until = time.monotonic() + _SCHEDULES_WITHIN
        while time.monotonic() < until:
            runs = [one for one in await client.read_flow_runs(flow_run_filter=wanted, limit=200) if one.auto_scheduled]
            scheduled = _SCHEDULED * len(self._installation.clients()) + len(serving_severa.TENANTS) + 1
            if len({one.deployment_id for one in runs}) == scheduled:
                return len(runs)
            await asyncio.sleep(1)
        raise DemoError(f"Tidsplanene laget ingen kjøringer innen {_SCHEDULES_WITHIN:.0f} s. Se loggen til Prefect.")

    async def _pause_schedules(self, client: PrefectClient) -> None:
        """From now on only the demo starts runs: those of the real clock would take its files and letters from it."""
        for one in await client.read_deployments(limit=200):
            await client.pause_deployment(one.id)

    async def _slot(
        self, client: PrefectClient, flow: str, suffix: str, at: dt.time, only: Mapping[str, dict[str, Any]] | None = None
    ) -> None:
        """All tenants' runs of one slot, or `only` some with parameters of a person's. What they say is told in one piece."""
        start, lines = dt.datetime.combine(self._day, at, calendar.OSLO), [f"{at:%H:%M} {flow}"]
        start = min(start, dt.datetime.now(calendar.OSLO))
        runs = []
        for tenant, parameters in (only or {key: {} for key in self._installation.clients()}).items():
            deployment = await client.read_deployment_by_name(f"{flow}/{tenant}-{suffix}")
            state, shift = Scheduled(scheduled_time=start.astimezone(dt.UTC)), start - dt.datetime.now(dt.UTC)
            variables = {"env": {"FAKTURABRO_CLOCK_SHIFT": str(shift.total_seconds())}}
            made = {"parameters": parameters, "state": state, "job_variables": variables}
            runs.append(await client.create_flow_run_from_deployment(deployment.id, **made))
        for one in runs:
            ended = await self._await_end(client, one)
            said = f"{ended.name}: {ended.state.message if ended.state else ''}"
            self._messages.append(said)
            lines.append(f"      {said}")
            if ended.state_type != StateType.COMPLETED:
                raise DemoError(f"Kjøringen {said} endte som {ended.state_name}")
        _say("\n".join(lines))

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


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
