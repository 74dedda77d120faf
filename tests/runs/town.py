"""A town of debtors: they read their e-mail, open links or do not, object, and have mailboxes that send things back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import showing
from fakturabro.domain import calendar
from fakturabro.ledger import audits, details, opened, settings, stops, tables
from fakturabro.ledger.distribution import bounces
from fakturabro.ledger.journal import sendings as journal
from fakturabro.ledger.portal import entry as portal_entry
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import objections
from fakturabro.ledger.portal import wishes as portal_wishes
from flows import poweroffice_factoring
from sandboxes import mail, serving
from sandboxes.seed import control as seed_control
from tasks import clock, connect, held, options

FRIDAY = dt.datetime(2026, 11, 20, 8, 0, tzinfo=calendar.OSLO)
LINK = re.compile(r"/f/([\w-]{43})\b")
_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_NUMBER = re.compile(r"(?:faktura|kreditnota|invoice) (\d+)", re.IGNORECASE)


class Portal:
    """The gateway, as far as a run asks it: whether it is there."""

    def __init__(self) -> None:
        self.status = 200
        self.servers = serving.Servers({"portal": Starlette(routes=[Route("/ready", self._ready)])})

    async def _ready(self, _request: Request) -> Response:
        return Response(status_code=self.status)


class Town:
    """Debtors of one tenant; `turn` turns everybody's clock."""

    def __init__(self, site: Any, turn: Callable[[dt.datetime], None]) -> None:
        self.site, self.at = site, turn
        site.options = self.having()

    def having(self, **changes: Any) -> options.FactoringOptions:
        """The tenant's options with the link, changed."""
        return self.site.options.model_copy(update={"distribution": options.DistributionOptions(**changes)})

    async def send(self, *numbers: int) -> Any:
        """An intake on Friday at 08:00 of these documents."""
        self.site.keep_only(*numbers)
        self.at(FRIDAY)
        return await self.site.intake()

    async def letters_at(self, days: int, hour: float = 8.25, **changes: Any) -> Any:
        """The flow so many days after that Friday."""
        self.at(FRIDAY.replace(hour=0) + dt.timedelta(days=days, hours=hour))
        chosen = changes.pop("options", self.site.options)
        with self.site.plain():
            return await poweroffice_factoring.letter_fallback("nidelven", chosen, **changes)

    def mails(self, number: int) -> list[mail.Stored]:
        """What debtors got by e-mail of a document."""
        found = [(one, _NUMBER.search(str(one.parsed()["Subject"]))) for one in self.site.boxes.mail.state.messages]
        return [one for one, said in found if said and int(said[1]) == number]

    def secrets(self, number: int) -> tuple[str, str]:
        """(token, code) of the newest e-mail about a document."""
        text = self.mails(number)[-1].parsed().get_body(("plain",)).get_content()
        return LINK.findall(text)[0], _CODE.findall(text)[0]

    def enter(self, token: str, code: str) -> str:
        """What becomes of a code."""
        key = connect.portal_key()
        return self._at(lambda ledger, lines: portal_entry.enter(ledger, lines, key, token, code, clock.now()).outcome)

    def open(self, number: int) -> str:
        return self.enter(*self.secrets(number))

    def wish(self, token: str) -> bool:
        """A new link is asked for."""
        return self._at(lambda ledger, _: portal_wishes.wish(ledger, portal.find(ledger, token), clock.now()))

    def object(self, number: int) -> None:
        i, said = self.id(number), ("wrong_amount", "Feil pris")
        self._at(lambda ledger, lines: objections.record(ledger, lines, "nidelven", i, *said, clock.now()))

    def close_objection(self) -> bool:
        def close(ledger: opened.Ledger, _: journal.Journal) -> bool:
            (one,) = objections.find_open(ledger, "nidelven")
            return objections.close(ledger, "nidelven", one.id, "Berit Moe", "Prisen er avtalt", clock.now())

        return self._at(close)

    def stop(self, scope: str) -> None:
        now = clock.now()
        self._at(lambda ledger, _: stops.record(ledger, "nidelven", scope, why="Feil i fakturaene", owner="Kari", at=now))

    def release(self, scope: str) -> None:
        self._at(lambda ledger, _: stops.record_release(ledger, "nidelven", scope, why="Rettet", by="Kari", at=clock.now()))

    def bounce(self, number: int, recipient: str = "") -> str:
        """The newest e-mail about a document comes back from everybody, or from this one."""
        key, now = str(self.mails(number)[-1].parsed()["Message-ID"]), clock.now()
        said: dict[str, Any] = {"permanent": True, "at": now, "run": "bounces", "recipient": recipient}
        return self._at(lambda ledger, lines: bounces.record(ledger, lines, "nidelven", key, **said))

    def credit(self, number: int) -> None:
        """The client takes the whole invoice back."""
        buyer, day = self.site.invoice(number).customer_number, clock.now().date()
        order = seed_control.Order(client_key=self.site.client["client_key"], customer_number=buyer, credits=number, issued=day)
        seed_control.add_invoice(self.site.boxes.seeded, order)

    def id(self, number: int) -> int:
        query = sa.select(tables.document.c.id).where(tables.document.c.number == str(number))
        with self.site.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def state(self, number: int) -> str:
        """Of the letter after the link."""
        return str(self.site.states(number).get("letter", "none"))

    def channel(self, number: int) -> str:
        """How the factoring company believes that a document went."""
        return next(one.channel for one in self.site.boxes.factoring.state.entries.values() if one.entry.number == str(number))

    def pdf(self, number: int) -> bytes:
        """What the link gives out."""

        def read(ledger: opened.Ledger, _: journal.Journal) -> bytes:
            link = portal.find(ledger, self.secrets(number)[0])
            return details.read_renditions(ledger, "nidelven", "pdf", [link.revision_id])[link.revision_id][1]

        return self._at(read)

    def show(self, number: int) -> str:
        """`fakturabro show`, on the screen and as JSON."""

        def show(ledger: opened.Ledger, lines: journal.Journal) -> str:
            life = showing.show(ledger, "nidelven", str(number), "kari", journal=list(showing.read_journal(lines, "nidelven")))
            return showing.to_text(life) + showing.to_json(life)

        return self._at(show)

    def appoint(self, name: str, email: str) -> None:
        """The tenant's file names a person."""
        content = f"clients:\n  - {{name: {name}, email: {email}}}\ndeployments: []\n"
        self._at(lambda ledger, _: settings.record(ledger, "nidelven", "nidelven.yaml", content, clock.now()))

    def held_rows(self) -> list[dict[str, str]]:
        return self._at(lambda ledger, _: held.find_rows(ledger, "nidelven")[0])

    def faults(self) -> list[Any]:
        """What auditors of ledger and journal find."""
        return self._at(lambda ledger, lines: [*audits.find_faults(ledger, "nidelven"), *lines.verify()])

    def printed(self) -> int:
        return len(self.site.letters())

    def _at(self, act: Callable[[opened.Ledger, journal.Journal], Any]) -> Any:
        ledger = connect.open_ledger()
        try:
            return act(ledger, connect.open_journal())
        finally:
            ledger.close()
