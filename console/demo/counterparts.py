"""The demo's proof: each document is looked for at each counterpart, and must be where it should be, once, and nowhere else."""

from __future__ import annotations

import base64
import collections
import contextlib
import email
import email.policy
import hashlib
import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import httpx
import sqlalchemy as sa

from console import serving, serving_severa
from fakturabro.domain import documents
from fakturabro.ledger import engine, tables

_OF_EACH = documents.SYNC_PURPOSES[:3]
"""Of the clients of Severa and Fortnox; not each one's invoices are sent or paid in Fortnox."""
_NUMBER = re.compile(r"<cbc:ID>([^<]+)</cbc:ID>")
_SUBJECT = re.compile(r"^(?:Kreditnota|Credit note) (\d+)|^(?:Faktura|Invoice) (\d+)")
_AS_EMAIL = {"link": "email"}
_LINK = re.compile(r"/f/[\w-]{43}\b")
_KINDS = ("invoice", "credit_note")
_BY_LINK = ("nidelven",)
"""Tenants whose debtors get e-mail with link and code."""
_Opened = Mapping[tuple[str, str], str]
"""The sha256 of the PDF that a debtor got at the gateway, by kind and number."""


def check(installation: serving.Installation, sent: pathlib.Path, opened: _Opened) -> tuple[dict[str, Any], list[str]]:
    """(figures per tenant, what is wrong). Copies what was sent to `sent`."""
    known = installation.sandboxes
    expected = httpx.get(f"{known['poweroffice']['v1_control_url']}/expected").json()
    figures: dict[str, Any] = {}
    faults: list[str] = []
    with _ledger(installation) as connection:
        for tenant, company in installation.clients().items():
            day = _TenantDay(tenant, company, known, connection, sent / tenant, opened)
            faults += day.faults([one for one in expected if one["client_key"] == company["client_key"]])
            figures[tenant] = day.figures()
    return figures, faults


def certificates_add_up(installation: serving.Installation) -> bool:
    """Whether every certificate balances, in count and amount, and there is one per tenant and purpose, of payments too."""
    with _ledger(installation) as connection:
        rows = connection.execute(
            sa.select(tables.certificate.c.tenant, tables.certificate.c.purpose, tables.certificate.c.figures)
        ).all()
    purposes = {(tenant, purpose) for tenant, purpose, _ in rows}
    moved = (*documents.PURPOSES, *documents.PAYMENT_PURPOSES, *documents.INCOMING_PURPOSES, *documents.RETURN_PURPOSES)
    wanted = {(tenant, purpose) for tenant in installation.clients() for purpose in moved}
    wanted |= {(tenant, purpose) for tenant in serving_severa.TENANTS for purpose in _OF_EACH}
    return purposes >= wanted and all(_balances(column) for _, _, figures in rows for column in figures.values())


def _balances(column: dict[str, int]) -> bool:
    left = column["opening"] + column["fetched"] + column["corrected"]
    settled = column["accepted"] + column["rejected"] + column["skipped"] + column["cancelled"]
    return left == settled + column["waiting"] + column["held"] + column["in_doubt"]


@contextlib.contextmanager
def _ledger(installation: serving.Installation) -> Any:
    opened = engine.connect(installation.ledger)
    with opened.connect() as connection:
        yield connection
    opened.dispose()


class _TenantDay:
    """What stands at the counterparts of one tenant at the end of the day, by kind and number."""

    def __init__(
        self,
        tenant: str,
        company: dict[str, Any],
        known: dict[str, Any],
        ledger: sa.Connection,
        sent: pathlib.Path,
        opened: _Opened,
    ) -> None:
        self._tenant, self._company, self._ledger, self._sent, self._opened = tenant, company, ledger, sent, opened
        self._documents = {
            (row.kind, row.number): row.id
            for row in ledger.execute(
                sa.select(tables.document).where(tables.document.c.tenant == tenant, tables.document.c.kind.in_(_KINDS))
            )
        }
        self._entries = _entries(known, company["factoring_number"])
        self._arrived: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
        self._see_ehfs(known)
        self._see_emails(known)
        self._see_letters(known)
        state = httpx.get(f"{known['poweroffice']['v1_control_url']}/state").json()
        (mine,) = (one for one in state if one["key"] == company["client_key"])
        self._given_back = {one["id"]: one for one in mine["invoices"]}

    def figures(self) -> dict[str, Any]:
        """The tenant's row of demo.json."""
        states = collections.Counter(
            (row.purpose, row.state)
            for row in self._ledger.execute(sa.select(tables.delivery).where(tables.delivery.c.tenant == self._tenant))
        )
        held = self._ledger.execute(
            sa.select(sa.func.count(sa.distinct(tables.delivery.c.document_id))).where(
                tables.delivery.c.tenant == self._tenant,
                tables.delivery.c.state == "held",
                tables.delivery.c.purpose.in_(documents.PURPOSES),
            )
        ).scalar_one()
        channels = collections.Counter(_AS_EMAIL.get(channel, channel) for arrived in self._arrived.values() for channel in arrived)
        return {
            "fetched": sum(n for (purpose, _), n in states.items() if purpose == "book"),
            "held": held,
            "delivered": dict(sorted(channels.items())),
            "opened": len(self._opened.keys() & self._arrived.keys()),
            "written_back": states["write_back", "accepted"],
            "in_doubt": sum(n for (_, state), n in states.items() if state == "in_doubt"),
        }

    def faults(self, expected: list[dict[str, Any]]) -> list[str]:
        """What is not as it should be, a sentence each."""
        found: list[str] = []
        for one in expected:
            found += [f"{self._tenant} {one['kind']} {one['number']} {one['problems']}: {fault}" for fault in self._faults_of(one)]
        known = {(one["kind"], str(one["number"])) for one in expected}
        found += [f"{self._tenant}: {key} kom frem uten å være ventet" for key in self._arrived.keys() - known]
        return found

    def _faults_of(self, one: dict[str, Any]) -> list[str]:
        key = (one["kind"], str(one["number"]))
        consequence = "sent" if one["consequence"] == "distribution_held" else one["consequence"]  # the cards were mended at ten
        booked = consequence in ("sent", "ehf_held", "cancelled")
        arrives = consequence in ("sent", "ehf_held")
        faults = []
        if (key in self._entries) != booked:
            faults.append(f"{'mangler' if booked else 'står'} hos factoringselskapet")
        arrived = self._arrived.get(key, [])
        if arrives and arrived not in self._ways(one, key):
            faults.append(f"skulle kommet frem som {self._ways(one, key)}, kom som {arrived}")
        if not arrives and arrived:
            faults.append(f"skulle ikke vært sendt, kom som {arrived}")
        given = self._given_back[one["invoice_id"]]
        if bool(given["is_delivered"]) != arrives:
            faults.append("er skrevet tilbake" if not arrives else "er ikke skrevet tilbake")
        elif arrives and (given["kid"] != self._entries[key]["kid"] or not given["pdf_sha256"]):
            faults.append("har en annen KID eller ingen PDF i PowerOffice")
        if key in self._opened and arrives and self._opened[key] != given["pdf_sha256"]:
            faults.append("ga skyldneren en annen PDF enn PowerOffice fikk")
        last = (arrived or ["none"])[-1]
        if arrives and key in self._entries and self._entries[key]["channel"] != _AS_EMAIL.get(last, last):
            faults.append(f"står som {self._entries[key]['channel']} hos factoringselskapet, kom som {arrived}")
        return faults

    def _ways(self, one: dict[str, Any], key: tuple[str, str]) -> list[list[str]]:
        """What is right for a document: one channel, and the letter after a link that was not opened."""
        alternatives = ["email", "letter"] if one["consequence"] == "ehf_held" else [one["channel"]]
        by_link = ["link"] if key in self._opened else ["link", "letter"]
        return [by_link if channel == "email" and self._tenant in _BY_LINK else [channel] for channel in alternatives]

    def _see_ehfs(self, known: dict[str, Any]) -> None:
        state = httpx.get(f"{known['access_point']['url']}/sandbox/state").json()
        for message in state["messages"]:
            if message["sender"].endswith(self._company["organisation_number"]):
                number = _NUMBER.search(message["body"])
                key = (message["kind"], number[1] if number else "")
                self._keep("ehf", key, ".xml", message["body"].encode())

    def _see_emails(self, known: dict[str, Any]) -> None:
        for message in httpx.get(f"{known['mail']['control_url']}/messages").json():
            content = base64.b64decode(message["content"])
            parsed = email.message_from_bytes(content, policy=email.policy.default)
            subject, body = str(parsed["Subject"]), parsed.get_body(("plain",))
            if self._company["name"] in subject and (number := _SUBJECT.match(subject)):
                channel = "link" if body and _LINK.search(body.get_content()) else "email"
                self._keep(channel, ("credit_note" if number[1] else "invoice", number[1] or number[2]), ".eml", content)

    def _see_letters(self, known: dict[str, Any]) -> None:
        keys = {str(i): key for key, i in self._documents.items()}
        folder = pathlib.Path(known["print"]["folder"])
        for okay in sorted(folder.rglob(f"{self._tenant}-*.ok")):
            index = json.loads(okay.with_suffix(".json").read_text(encoding="utf-8"))
            for letter in index["letters"]:
                pdf = okay.with_name(letter["file_name"]).read_bytes()
                if hashlib.sha256(pdf).hexdigest() == letter["sha256"]:
                    self._keep("letter", keys[letter["document_id"]], ".pdf", pdf, json.dumps(letter).encode())

    def _keep(self, channel: str, key: tuple[str, str], suffix: str, content: bytes, beside: bytes = b"") -> None:
        """Note what arrived and keep a copy; `beside` is what stands of it in the index of its job."""
        self._arrived[key].append(channel)
        folder = self._sent / channel
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{key[0]}-{key[1]}{suffix}").write_bytes(content)
        if beside:
            (folder / f"{key[0]}-{key[1]}.json").write_bytes(beside)


def _entries(known: dict[str, Any], client: str) -> dict[tuple[str, str], dict[str, Any]]:
    headers = {"Authorization": f"Bearer {known['factoring']['key']}"}
    page = httpx.get(f"{known['factoring']['url']}/ledger/{client}/entries", headers=headers).raise_for_status().json()
    return {(entry["type"], entry["number"]): entry for entry in page["entries"]}
