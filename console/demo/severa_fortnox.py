"""The demo's two clients of Severa and Fortnox, one with each system as master of invoice numbers: the registers are compared, one
plan is approved and carried out, invoices go to Fortnox, purchases come to Severa, what Fortnox sends and is paid comes back."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from console import serving, serving_severa
from console.demo import approver as approvers

_FLOW = "Severa og Fortnox"
_SIMILARITY = (f"{_FLOW}: likhetsrapport", "likhetsrapport")
_FIRST = (f"{_FLOW}: første synkronisering", "forste-synkronisering")
_SYNCHRONISE = (f"{_FLOW}: synkronisering", "synkronisering")
_WHY = "Kontrollert i begge systemene."
_ALIKE = "vanern"
"""Who has one customer under two numbers: a person says so before there is a plan."""
BILLED_IN_FORTNOX = "vanern"
"""Whose invoices are sent from Fortnox and paid there, and whose customers are mastered there."""
RENAMED = ("2001", "Karlstad Energi och Miljö AB")
"""The customer that gets a new name in Fortnox, while Severa has one of its own."""


class Slot(Protocol):
    """Runs a flow for some tenants at a time of the day."""

    async def __call__(self, flow: str, suffix: str, at: dt.time, only: Mapping[str, dict[str, Any]]) -> None: ...


async def run(slot: Slot, installation: serving.Installation, approver: approvers.Approver) -> dict[str, Any]:
    """From the similarity report to a run without changes; gives what that last one cost in requests, by system."""
    both: dict[str, dict[str, Any]] = {tenant: {} for tenant in serving_severa.TENANTS}
    await asyncio.gather(slot(*_SIMILARITY, dt.time(9, 55), {_ALIKE: {}}), slot(*_FIRST, dt.time(9, 55), both))
    await _answer(approver)
    await slot(*_FIRST, dt.time(10, 0), both)
    if await _answer(approver):
        await slot(*_FIRST, dt.time(10, 5), {_ALIKE: {}})
    await slot(*_SYNCHRONISE, dt.time(10, 15), both)
    sent, paid = await asyncio.to_thread(_send_and_pay, installation)
    renamed = f"og kunde {RENAMED[0]} får nytt navn der"
    _say(f"      {BILLED_IN_FORTNOX} sender {sent} fakturaer fra Fortnox, {paid} blir betalt, {renamed}")
    await slot(*_SYNCHRONISE, dt.time(10, 30), both)
    await asyncio.to_thread(_forget_counters, installation)
    await slot(*_SYNCHRONISE, dt.time(10, 45), both)
    return await asyncio.to_thread(_count_requests, installation)


async def _answer(approver: approvers.Approver) -> int:
    """The same customer, and yes to the plan; how many answers."""
    count = await asyncio.to_thread(approver.decide, ("approved", "same"), _WHY)
    if count:
        _say(f"      en godkjenner gir {count} svar med kode fra kodegeneratoren")
    return count


def _send_and_pay(installation: serving.Installation) -> tuple[int, int]:
    """Somebody sends all invoices from Fortnox, the first that is owed is paid, and a customer renamed; how many of the former."""
    with _Person(installation) as person:
        listed = person.say("GET", "/invoices")["Invoices"]
        ours = [one for one in listed if one.get("ExternalInvoiceReference1")]
        for one in ours:
            person.say("PUT", f"/invoices/{one['DocumentNumber']}/externalprint")
        owed = [one for one in ours if one["Balance"] > 0][:1]
        for one in owed:
            payment = {"InvoiceNumber": int(one["DocumentNumber"]), "Amount": one["Balance"], "PaymentDate": one["DueDate"]}
            asked = {"InvoicePayment": {**payment, "Currency": one["Currency"]}}
            made = person.say("POST", "/invoicepayments", asked)["InvoicePayment"]
            person.say("PUT", f"/invoicepayments/{made['Number']}/bookkeep")
        person.say("PUT", f"/customers/{RENAMED[0]}", {"Customer": {"Name": RENAMED[1]}})
        return len(ours), len(owed)


class _Person(httpx.Client):
    """The client's bookkeeper in Fortnox, who waits where the integration has used up Fortnox's patience."""

    def __init__(self, installation: serving.Installation) -> None:
        known = installation.sandboxes["fortnox"]
        super().__init__(headers={"Accept": "application/json"}, timeout=10, trust_env=False)
        self._url = known["url"]
        keys = (installation.secrets["fortnox.client_id"], installation.secrets["fortnox.client_secret"])
        header = {"TenantId": known["companies"][BILLED_IN_FORTNOX]["tenant_id"]}
        form = {"grant_type": "client_credentials"}
        answer = httpx.post(known["token_url"], data=form, headers=header, auth=keys, trust_env=False)
        self.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"

    def say(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON."""
        while (answer := self.request(method, f"{self._url}{path}", json=content)).status_code == httpx.codes.TOO_MANY_REQUESTS:
            time.sleep(0.5)
        return answer.raise_for_status().json()


def _forget_counters(installation: serving.Installation) -> None:
    for system in ("severa", "fortnox"):
        httpx.delete(f"{installation.sandboxes[system]['control_url']}/counters", trust_env=False).raise_for_status()


def _count_requests(installation: serving.Installation) -> dict[str, Any]:
    """Lists read since the counters were forgotten, by both clients together; single entries looked up, and refusals with 429.

    What was changed in the last two minutes stands in the lists again, and is looked up once more.
    """
    counts: dict[str, Any] = {"throttled": 0, "looked_up": 0}
    for system in ("severa", "fortnox"):
        said = httpx.get(f"{installation.sandboxes[system]['control_url']}/counters", trust_env=False).raise_for_status().json()
        calls = {call: count for call, count in said["calls"].items() if "token" not in call}
        singles = sum(count for call, count in calls.items() if call.endswith("{id}"))
        counts[system] = sum(calls.values()) - singles
        counts["looked_up"] += singles
        counts["throttled"] += said["throttled"]
    return counts


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
