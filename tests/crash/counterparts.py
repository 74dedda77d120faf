"""The world outside: one tenant's PowerOffice, its factoring company, access point, mailbox and print partner, without sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import datetime as dt
import functools
import hashlib
import json
import pathlib
import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandboxes import access_point, clock, mail, peppol
from sandboxes.factoring import sandbox as factoring
from sandboxes.poweroffice import sandbox as poweroffice
from sandboxes.poweroffice import state as state_
from sandboxes.seed import clients as seed
from tests.crash import mailed, stated, versions, virtual

TENANT, CLIENT_NUMBER = "nidelven", "4711"
KEYS = {
    "poweroffice.application_key": "application",
    "poweroffice.subscription_key": "subscription",
    "factoring.key": "factoring-key",
    "access_point.key": "access-point-key",
    "portal.key": base64.b64encode(b"2" * 32).decode(),
}
MENDED = {"AddressLine1": "Storgata 14", "AddressLine2": "", "ZipCode": "0155", "City": "OSLO", "CountryCode": "NO"}
MENDABLE = ("address_missing", "address_placeholder", "address_blank")
_DOCUMENTS = 20


@functools.cache
def _seeded() -> seed.Seeded:
    """The documents of all histories, older than any of them: what a suite or a renderer said of one is known from then on."""
    return seed.companies(1, dt.date(2026, 3, 1))


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter that the print partner has: the job, what stands in the envelope's window, and the sha256 of its PDF, in hex."""

    job: str
    to: tuple[str, ...]
    sha256: str


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A request or a file that changes something at a counterpart, as it leaves a process. "" is for no purpose and no target."""

    at: dt.datetime
    process: str
    purpose: str
    target: str
    what: str


class Beside(Protocol):
    """Further counterparts, of one kind of history only."""

    @property
    def applications(self) -> Mapping[str, ASGIApp]:
        """What answers under which host name."""
        ...

    @property
    def keys(self) -> Mapping[str, str]:
        """The secrets that open them."""
        ...

    def rotate_tokens(self) -> None:
        """All their tokens are good no more."""
        ...

    def drawing(self) -> contextlib.AbstractContextManager[None]:
        """Inside, what they draw depends on the seed."""
        ...


class World:
    """What the counterparts know. `documents` are those of the history, `waiting` those that have not arrived yet."""

    def __init__(
        self,
        chance: random.Random,
        folder: pathlib.Path,
        choice: Callable[[list[seed.Expected]], list[seed.Expected]] | None = None,
    ) -> None:
        known = _seeded()
        key = next(one for one, number in known.factoring_numbers.items() if number == CLIENT_NUMBER)
        self.folder, self.page_size = folder, chance.choice((1000, 1000, 7, 3))
        self.poweroffice = poweroffice.PowerOffice(
            KEYS["poweroffice.application_key"], KEYS["poweroffice.subscription_key"], clock=lambda: clock.now().timestamp()
        )
        mine = known.clients[key]
        own = {"customers": copy.deepcopy(mine.customers), "invoices": {}, "books": copy.deepcopy(mine.books)}
        self.client = msgspec.structs.replace(mine, **own)
        self.poweroffice.reset({key: self.client})
        self.factoring = factoring.Factoring(KEYS["factoring.key"], {CLIENT_NUMBER: self.client.name})
        self.access_point = access_point.AccessPoint(KEYS["access_point.key"], known.receivers)
        self.peppol = peppol.Peppol(self.access_point.state.receivers, "http://smp.example")
        self.mail = mail.State()
        ours = [one for one in known.expected if one.client_key == key]
        self.expected = choice(ours) if choice else _choose(ours, chance)
        every = {**known.clients[key].invoices, **{one.id: one for one in known.later}}
        self.documents = {one.invoice_id: msgspec.structs.replace(every[one.invoice_id]) for one in self.expected}
        self.waiting = [] if choice else [one for one in self.documents.values() if chance.random() < 0.3]
        for one in self.documents.values():
            if one not in self.waiting:
                self.client.add(one)
        self.mended: set[int] = set()
        self.versions: dict[str, list[state_.Invoice]] = {}
        """Of what the client changed, all that the source has shown, in order."""
        self.settling_since: dt.datetime | None = None
        self.repeated: list[str] = []
        """Changes that were asked for again after they had been carried out."""
        self.letters: list[Letter] = []
        self.departures: list[Departure] = []
        self.departed = asyncio.Event()
        self.started: dict[str, dt.datetime] = {}
        """By process."""
        self.told = mailed.Told()
        self.beside: Beside | None = None
        """Companies that have nothing to do with PowerOffice."""
        self._links: dict[str, mailed.Mail] = {}
        self._read = 0

    @property
    def applications(self) -> dict[str, ASGIApp]:
        """What answers under which host name."""
        return {
            "v1.poweroffice.example": self.poweroffice.v1,
            "v2.poweroffice.example": self.poweroffice.v2,
            "factoring.example": self.factoring.app,
            "portal.example": Starlette(routes=[Route("/ready", _ready)]),
            "access-point.example": self.access_point.app,
            "smp.example": self.peppol.app,
            **(self.beside.applications if self.beside else {}),
        }

    def rotate_tokens(self) -> None:
        """All tokens are good no more."""
        self.poweroffice.revoke_tokens()
        if self.beside:
            self.beside.rotate_tokens()

    @property
    def links(self) -> dict[str, mailed.Mail]:
        """The e-mails with a link that debtors have, by Message-ID."""
        for message in self.mail.messages[self._read :]:
            if one := mailed.read(message):
                self._links[one.key] = one
        self._read = len(self.mail.messages)
        return self._links

    def depart(self, purpose: str, target: str, what: str) -> None:
        """Note what leaves now."""
        process = virtual.current()
        name = process.name if process else ""
        self.departures.append(Departure(at=clock.now(), process=name, purpose=purpose, target=target, what=what))
        self.departed.set()

    def tie(self, chance: random.Random) -> None:
        """Half of the documents have the very same time, those that arrive later too."""
        some = chance.sample(sorted(self.documents), len(self.documents) // 2)
        for key in some:
            self.documents[key].created = self.documents[some[0]].created

    def deliver_otherwise(self, chance: random.Random) -> None:
        """Two invoices of the same series go to their debtors by e-mail: v2 knows them, nobody offers them to the factoring."""
        ours = {one.number for one in self.documents.values()}
        others = [one for one in _seeded().clients[self.client.key].invoices.values() if one.number not in ours]
        for one in chance.sample(others, min(2, len(others))):
            self.client.add(msgspec.structs.replace(one, delivery_type="Email"))

    def arrive(self) -> None:
        """One more document stands in the client's accounts."""
        if self.waiting:
            self.client.add(self.waiting.pop())

    def mend(self, chance: random.Random) -> None:
        """The client mends the card of one buyer."""
        buyers = sorted({one.buyer for one in self.expected if set(one.problems) & set(MENDABLE)} - self.mended)
        if buyers:
            number = chance.choice(buyers)
            self.mended.add(number)
            card = self.client.card(number)
            if card is not None:
                card["MailAddress"] |= MENDED

    def change(self, chance: random.Random, *, credited_too: bool) -> list[int]:
        """The client changes some clean documents, mostly such as are not written back; their numbers.

        What is changed after it was booked may be held for good where changes are not sent, and then so is what credits it:
        without `credited_too` such documents are left alone.
        """
        families = {number for one in self.expected if one.original_number for number in (one.number, one.original_number)}
        clean = [one for one in self.expected if one.consequence == "sent" and one.invoice_id in self.client.invoices]
        clean = [one for one in clean if credited_too or one.number not in families]
        listed = [one for one in clean if not self.client.invoices[one.invoice_id].is_delivered]
        some = listed if listed and chance.random() < 0.9 else clean
        chosen = chance.sample(some, min(chance.choice((1, 2, 4)), len(some)))
        for one in chosen:
            invoice = self.client.invoices[one.invoice_id]
            shown = self.versions.setdefault(one.invoice_id, [msgspec.structs.replace(invoice)])
            versions.write(shown, invoice, chance)
        return [one.number for one in chosen]

    def is_listed_in_the_end(self, key: str) -> bool:
        """Whether the source still listed the document when the changes were over."""
        delivered_at, since = self.client.invoices[key].delivered_at, self.settling_since
        return since is not None and (delivered_at is None or delivered_at > since)

    def consequence(self, one: seed.Expected) -> str:
        """What should come of a document in this history: a mended card releases it; a full credit may come before it has left."""
        if one.consequence == "distribution_held" and one.buyer in self.mended:
            return "sent"
        credited = {other.original_number for other in self.expected if "credits_distributed" in other.problems}
        return "cancelled" if {one.number, one.original_number} & credited else one.consequence

    def stated(self) -> dict[str, tuple[str, int] | None]:
        """What the source says of each document: (currency, minor units). Where list and document differ, the document counts."""
        differ = {one.invoice_id for one in self.expected if stated.CONTRADICTING.intersection(one.problems)}
        return {
            key: stated.payable(one.document()) if key in differ else stated.listed(one)
            for key, one in self.client.invoices.items()
        }

    def given_back(self) -> dict[str, str]:
        """The sha256 of the PDF that the source was given back of each document, in hex."""
        return {key: hashlib.sha256(one.pdf or b"").hexdigest() for key, one in self.client.invoices.items()}

    def collect_letters(self) -> None:
        """The print partner takes the jobs that are complete, the .ok last, as it does."""
        for okay in sorted(self.folder.glob("*.ok")):
            self.letters += read_letters(okay)
            for entry in json.loads(okay.with_suffix(".json").read_bytes())["letters"]:
                (self.folder / entry["file_name"]).unlink()
            okay.with_suffix(".json").unlink()
            okay.unlink()


async def _ready(_request: Request) -> Response:
    """The gateway's word that all is well."""
    return Response()


def read_letters(okay: pathlib.Path) -> list[Letter]:
    """The letters of a job that is complete, from the files themselves."""
    index = json.loads(okay.with_suffix(".json").read_bytes())
    return [_read_letter(okay, entry) for entry in index["letters"]]


def _read_letter(okay: pathlib.Path, entry: dict[str, Any]) -> Letter:
    where = entry["recipient"]
    found = hashlib.sha256(okay.with_name(entry["file_name"]).read_bytes()).hexdigest()
    to = (*where["lines"], where["post_code"], where["place"], where["country"])
    return Letter(job=okay.stem, to=to, sha256=found if found == entry["sha256"] else "")


def _choose(known: list[seed.Expected], chance: random.Random) -> list[seed.Expected]:
    """About twenty documents; a credit note comes with its invoice, and two documents of one number come together."""
    chosen: list[seed.Expected] = []
    pool = chance.sample(known, len(known))
    while pool and len(chosen) < _DOCUMENTS:
        one = pool.pop()
        family = {one.number, one.original_number or one.number}
        together = [other for other in known if {other.number, other.original_number} & family and other not in chosen]
        chosen += together
        pool = [other for other in pool if other not in together]
    return chosen


def stored(sender: str, recipients: list[str], content: bytes) -> mail.Stored:
    """A message as the mailbox keeps it."""
    return mail.Stored(sender=sender, recipients=tuple(recipients), content=content, received_at=clock.now())
