"""The counterparts of a real installation, read over their control interfaces, in the shape that the judge knows."""

from __future__ import annotations

import base64
import datetime as dt
import email
import email.policy
import json
import pathlib
import types
from typing import Any

import httpx
import msgspec

from console import serving
from sandboxes import mail
from sandboxes.seed import clients as seed
from tests.crash import counterparts, mailed, stated

BUYERS = {10001: "ehf", 10002: "ehf", 10004: "ehf", 10005: "ehf", 10003: "email", 10007: "email", 10012: "letter", 10024: "letter"}
"""Ordinary buyers of the first client, and how each is reached."""
MAILED = tuple(buyer for buyer, channel in BUYERS.items() if channel == "email")


class Outside:
    """What stands at the counterparts now. `order` makes a new invoice at the source."""

    def __init__(self, installation: serving.Installation) -> None:
        self._known = installation.sandboxes
        self._client = self._known["clients"][0]
        self._ordered: list[seed.Expected] = []
        self.mended: set[int] = set()
        self.versions: dict[str, list[Any]] = {}
        self.repeated: list[str] = []
        self.letters: list[counterparts.Letter] = []
        self.told, self.started = mailed.Told(), dict[str, dt.datetime]()
        self.departures: list[counterparts.Departure] = []

    @property
    def client_key(self) -> str:
        """What the client gives on the connect page."""
        return str(self._client["client_key"])

    def order(self, buyer: int) -> None:
        """One more invoice to this buyer."""
        said = {"client_key": self._client["client_key"], "customer_number": buyer}
        answer = httpx.post(f"{self._known['poweroffice']['v1_control_url']}/invoices", json=said).raise_for_status().json()
        self._ordered.append(
            seed.Expected(
                client_key=self._client["client_key"],
                invoice_id=answer["id"],
                number=answer["number"],
                kind="invoice",
                buyer=buyer,
                problems=[],
                consequence="sent",
                channel=BUYERS[buyer],
            )
        )

    def cut_mail(self, kind: str) -> None:
        """The next e-mail gets no answer at its final dot: "cut_before_storing" or "cut_after_storing"; "": every one does."""
        control = f"{self._known['mail']['control_url']}/faults"
        httpx.delete(control).raise_for_status()
        if kind:
            httpx.post(control, json={"kind": kind}).raise_for_status()

    def letters_to(self, *addresses: str) -> list[str]:
        """The texts of all mails to these addresses, oldest first."""
        rows = [row for row in self._read_mails() if set(addresses) & set(row["recipients"])]
        parsed = [email.message_from_bytes(base64.b64decode(row["content"]), policy=email.policy.default) for row in rows]
        return [str(one.get_content()) for one in parsed]

    def _read_mails(self) -> list[Any]:
        return httpx.get(f"{self._known['mail']['control_url']}/messages").raise_for_status().json()

    def slow_down(self, seconds: float) -> None:
        """Let every change take so long from now on: 0 for as fast as it goes."""
        ways = {
            f"{self._known['factoring']['url']}/sandbox": ("/ledger", "POST"),
            f"{self._known['access_point']['url']}/sandbox": ("/messages", "PUT"),
            self._known["poweroffice"]["v1_control_url"]: ("/Factoring/delivered", "POST"),
        }
        for control, (path, method) in ways.items():
            httpx.delete(f"{control}/faults").raise_for_status()
            if seconds:
                fault = {"kind": "latency", "path": path, "method": method, "times": 1_000_000, "seconds": seconds}
                httpx.post(f"{control}/faults", json=fault).raise_for_status()

    @property
    def expected(self) -> list[seed.Expected]:
        """What should come of every document of the client."""
        said = httpx.get(f"{self._known['poweroffice']['v1_control_url']}/expected").raise_for_status().content
        known = msgspec.json.decode(said, type=list[seed.Expected])
        return [one for one in known if one.client_key == self._client["client_key"] and not one.later] + self._ordered

    @property
    def documents(self) -> list[seed.Expected]:
        return self.expected

    def consequence(self, one: seed.Expected) -> str:
        return one.consequence

    @property
    def factoring(self) -> Any:
        said = httpx.get(f"{self._known['factoring']['url']}/sandbox/state").raise_for_status().json()
        rows = [_as_object(row) for row in said["entries"]]
        return types.SimpleNamespace(state=types.SimpleNamespace(entries=dict(enumerate(rows))))

    @property
    def access_point(self) -> Any:
        said = httpx.get(f"{self._known['access_point']['url']}/sandbox/state").raise_for_status().json()
        rows = {row["message_id"]: _as_object(row) for row in said["messages"]}
        for row in rows.values():
            row.body = row.body.encode()
        return types.SimpleNamespace(state=types.SimpleNamespace(messages=rows))

    @property
    def mail(self) -> Any:
        rows = [row | {"content": base64.b64decode(row["content"])} for row in self._read_mails()]
        return types.SimpleNamespace(messages=[msgspec.convert(row, mail.Stored) for row in rows])

    @property
    def client(self) -> Any:
        said = httpx.get(f"{self._known['poweroffice']['v1_control_url']}/state").raise_for_status().json()
        mine = next(one for one in said if one["key"] == self._client["client_key"])
        cards = {card["Number"]: card for card in mine["customers"]}
        return types.SimpleNamespace(invoices={row["id"]: _as_object(row) for row in mine["invoices"]}, card=cards.get)

    def stated(self) -> dict[str, tuple[str, int] | None]:
        """What the source's list says of each document; None where the document itself says something else."""
        invoices = self.client.invoices
        said = {key: stated.listed(one) for key, one in invoices.items()}
        return said | {one.invoice_id: None for one in self.expected if stated.CONTRADICTING.intersection(one.problems)}

    def given_back(self) -> dict[str, str]:
        """The sha256 of the PDF that the source was given back of each document, in hex."""
        return {key: one.pdf_sha256 or "" for key, one in self.client.invoices.items()}

    def collect_letters(self) -> None:
        """Look at what stands in the print partner's folder."""
        folder = pathlib.Path(self._known["print"]["folder"])
        self.letters = [letter for okay in sorted(folder.glob("*.ok")) for letter in counterparts.read_letters(okay)]


def _as_object(row: Any) -> Any:
    return json.loads(json.dumps(row), object_hook=lambda found: types.SimpleNamespace(**found))
