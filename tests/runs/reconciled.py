"""Nights of a tenant of the sandboxes: the factoring company tells, books are posted in and compared, statuses go back."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality.report import content
from fakturabro.domain import calendar, reconciliation
from fakturabro.ledger import findings, settings
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.returns import reconciliations
from flows import poweroffice_factoring
from sandboxes.factoring import movements
from sandboxes.poweroffice import journal
from sandboxes.seed import control as seed_control
from tasks import clock, connect, installation
from tasks.returns.options import ReturnDataOptions
from tests.runs.conftest import Site
from tests.runs.returning import ACCOUNTS

TENANT, CLIENT = "nidelven", "4711"
STARTS = dt.date(2026, 11, 1)
_CUSTOMER, CHART = 5_000_000, 8_000_000


class Nights:
    """The tenant of the sandboxes: a factoring company that tells, books that are posted in, and nights."""

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site, self._monkeypatch = site, monkeypatch
        self.client = site.boxes.poweroffice.state.clients[site.client["client_key"]]
        self.chosen = ReturnDataOptions.model_validate({"client_number": CLIENT, "starts_on": STARTS, "accounts": ACCOUNTS})

    def own(self, **rows: tuple[str, str]) -> None:
        """The tenant's own posting rows, with an account for losses."""
        table = [{"kind": kind, "debit": debit, "credit": credit} for kind, (debit, credit) in rows.items()]
        accounts = {**ACCOUNTS, "bad_debts": {"number": "7830"}}
        said = {"client_number": CLIENT, "starts_on": STARTS, "accounts": accounts, "table": table}
        self.chosen = ReturnDataOptions.model_validate(said)

    def at(self, day: int, hour: int = 2) -> None:
        now = dt.datetime(2026, 11, day, hour, 30, tzinfo=calendar.OSLO)
        self._monkeypatch.setattr(clock, "now", lambda: now)

    def tell(self, kind: Any, amount: str, day: int = 23, **more: Any) -> None:
        self.site.boxes.factoring.movements.add(
            CLIENT, movements.Made(kind=kind, amount=amount, date=dt.date(2026, 11, day), **more)
        )

    def total(self, number: int) -> Decimal:
        return self.site.invoice(number).total

    def customer(self, number: int) -> int:
        return self.site.invoice(number).customer_number

    def account_of(self, number: int) -> int:
        """The id of the buyer's own account in the books."""
        return _CUSTOMER + self.customer(number)

    def reverse_by_hand(self, voucher: dict[str, Any]) -> str:
        """The client's own bookkeeper reverses a voucher of ours; its number."""
        standing = next(one for one in self.client.books.journal if one.id == voucher["Id"])
        voucher["IsReversed"] = standing.is_reversed = True
        turned = [
            msgspec.structs.replace(one, amount=-one.amount, currency_amount=-one.currency_amount) for one in standing.entries
        ]
        journal._add(self.client, "ReversalVoucher", standing.date, turned, reverses=(standing.id, standing.number))
        return str(standing.number)

    def credit(self, number: int) -> None:
        """The client credits an invoice; nobody here has seen it."""
        buyer, day = self.customer(number), dt.date(2026, 11, 23)
        order = seed_control.Order(client_key=self.site.client["client_key"], customer_number=buyer, credits=number, issued=day)
        seed_control.add_invoice(self.site.boxes.seeded, order)

    def by_hand(self, *lines: tuple[int, str, str | None], day: int = 23) -> str:
        """The client's own bookkeeper posts (account id, amount, invoice); the voucher's number."""
        rows = [(one, Decimal(amount), invoice) for one, amount, invoice in lines]
        return str(journal.post_by_hand(self.client, dt.date(2026, 11, day), *rows).number)

    async def night(self, day: int) -> Any:
        self.at(day)
        with self.site.plain():
            return await poweroffice_factoring.return_data(TENANT, self.chosen)

    def looks(self) -> dict[str, tuple[int, dict[str, int]]]:
        """By role: theirs less ours, and what it is made of by code."""
        found: dict[str, tuple[int, dict[str, int]]] = {}
        with contextlib.closing(connect.open_ledger()) as ledger:
            for one in reconciliations.find_latest(ledger, TENANT):
                by_code: dict[str, int] = {}
                for each in msgspec.json.decode(one.said, type=list[reconciliation.Difference]):
                    by_code[each.code] = by_code.get(each.code, 0) + each.amount
                assert sum(by_code.values()) == one.theirs - one.ours
                found[one.role if one.currency == "NOK" else f"{one.role} {one.currency}"] = (one.theirs - one.ours, by_code)
        return found

    def said(self) -> dict[str, list[tuple[str, str]]]:
        """What the station says, by code: (document's number, value)."""
        found: dict[str, list[tuple[str, str]]] = {}
        with contextlib.closing(connect.open_ledger()) as ledger:
            ids = findings.find_documents(ledger, TENANT, "reconciliation")
            for i, some in findings.read(ledger, TENANT, ids).items():
                for one in some:
                    found.setdefault(one.code, []).append((str(i), one.value))
        return found

    def appoint(self, email: str) -> None:
        """The client has a person."""
        self._monkeypatch.setenv("FAKTURABRO_GATEWAY_URL", "https://portal.example")
        installation.current.cache_clear()
        content = f"clients:\n  - {{name: Berit Moe, email: {email}}}\ndeployments: []\n"
        with contextlib.closing(connect.open_ledger()) as ledger:
            settings.record(ledger, TENANT, "nidelven.yaml", content, clock.now())

    def mails(self, email: str) -> list[str]:
        """The subjects of what that person was mailed."""
        return [
            " ".join(str(one.parsed()["Subject"]).split()) for one in self.site.boxes.mail.state.messages if email in one.recipients
        ]

    def report(self) -> content.Report:
        with contextlib.closing(connect.open_ledger()) as ledger:
            newest = client_reports.find_newest(ledger, TENANT, 1)[0]
            return msgspec.json.decode(client_reports.read(ledger, TENANT, newest.id, "content") or b"", type=content.Report)


async def begin(site: Site, monkeypatch: pytest.MonkeyPatch, *numbers: int) -> Nights:
    """These invoices are taken in, sent and given back on Monday morning."""
    made = Nights(site, monkeypatch)
    site.keep_only(*numbers)
    made.at(23, 8)
    await site.intake()
    await site.writeback()
    return made
