"""The ways that return data go while runs are killed (payment_kills): vouchers into the client's books, and out of them again."""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import pathlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from fakturabro.ledger import operations
from fakturabro.ledger.payments import answers
from flows import poweroffice_factoring
from sandboxes import serving
from sandboxes.factoring import movements
from sandboxes.poweroffice import chart, sandbox, state
from tasks import installation
from tasks.returns import options as return_options
from tests.crash import movers, payment_ways, return_lines, verdicts
from tests.runs import creditor
from tests.runs.conftest import plain

_BUYER = 10
_OWN = (movers.ADMINISTRATIVE, movers.PAYOUT, chart.CUSTOMERS)
"""The accounts that a movement alone is on."""


class Returning:
    """What the factoring company tells of the day before is posted; with `undoes`, that voucher is reversed and posted anew."""

    flow, purpose = "return_data", "return_data"
    hears: str = ""

    def __init__(self, folder: pathlib.Path, patch: pytest.MonkeyPatch, *, undoes: bool = False) -> None:
        self.site, self._undoes = creditor.Creditor(folder, patch), undoes
        self._box = sandbox.PowerOffice("application", "subscription")
        self._box.v2_window.limit = 1_000
        self.client = state.Client(key="client", id="1", name="Nidelven Renhold", organisation_number="991825827")
        card = {"Id": 7_000_000, "Number": _BUYER, "SubledgerAccountId": 5_000_000 + _BUYER, "Name": "Kari"}
        self.client.customers[card["Id"]] = {**card, "IsActive": True, "IsArchived": False, "ExternalNumber": None}
        self._box.reset({self.client.key: self.client})
        self._servers = serving.Servers({"v1": self._box.v1, "v2": self._box.v2})
        self._servers.start()
        for name in ("application", "subscription"):
            self._keep(f"poweroffice.{name}_key", name)
        self._keep("nidelven.poweroffice_client_key", self.client.key)
        for version in ("v1", "v2"):
            patch.setenv(f"FAKTURABRO_POWEROFFICE_{version.upper()}", self._servers.url(version))
        installation.current.cache_clear()
        accounts: dict[str, Any] = {role: {"number": str(number)} for role, number in movers.ROLES.items()}
        accounts |= {role: {"number": str(one), "vat_code": code} for role, (one, code) in movers.COSTS.items()}
        said = {"client_number": creditor.CLIENT, "starts_on": self.site.now.date(), "accounts": accounts, "source": "api"}
        self.options = return_options.ReturnDataOptions.model_validate(said)
        self.made: list[movements.Movement] = []

    def _keep(self, name: str, value: str) -> None:
        path = self.site.folder.parent / "secrets" / name
        path.write_text(value)
        path.chmod(0o600)

    def order(self, number: int) -> None:
        """Another day begins after one on which something happened. What is undone was posted before."""
        day = self.site.now.date()
        amounts = [f"{100 + number * 10 + at}.25" for at in range(3)]
        made = (
            {"kind": "administrative_fee", "amount": amounts[0], "vat": f"{Decimal(amounts[0]) / 5:.2f}", "vat_rate": "0.25"},
            {"kind": "payout", "amount": amounts[1]},
            {"kind": "payment", "amount": amounts[2], "buyer_number": str(_BUYER)},
        )
        add = self.site.company.movements.add
        self.made += [add(creditor.CLIENT, msgspec.convert({**one, "date": day}, movements.Made)) for one in made]
        self.site.at(self.site.now + dt.timedelta(days=1))
        if self._undoes:
            self._run()
            self._run(undo=str(self._standing()[-1].number))
            assert self.decide()

    def happen(self) -> None:
        """Nothing goes on in the client's books by itself."""

    def find_left(self, at: Mapping[str, Sequence[int]]) -> int:
        """Of the places by their names, the first at which a voucher stands there, or does no more."""
        return at["answer"][0]

    def decide(self) -> bool:
        """A person who is asked whether a voucher may be undone says yes; whether one was."""
        table = operations.decision
        said = {"decided_at": self.site.now, "decided_by": "kari@nidelven.example", "answer": answers.APPROVED}
        with self.site.engine.begin() as connection:
            return bool(connection.execute(sa.update(table).where(operations.OPEN).values(**said)).rowcount)

    def judge(self, verdict: verdicts.Verdict) -> None:
        """Every movement stands in the client's books once, and nothing else does."""
        self._run()
        lines = [line for one in self._standing() for line in return_lines.lines_of(one, self.client)]
        there = collections.Counter(abs(one.amount) for one in lines if one.account in _OWN)
        told = {Decimal(one.made.amount) for one in self.made}
        verdict.lost += [f"{amount} is not posted" for amount in told if not there[amount]]
        verdict.duplicated += [f"{amount} is posted {count} times" for amount, count in there.items() if count > 1]
        verdict.wrong += [f"nobody told of {amount}" for amount in set(there) - told]
        owed = self.site.company.books.owed(creditor.CLIENT, dt.date.max)["NOK"]
        stands = sum((one.amount for one in lines if one.account == movers.BALANCE), Decimal(0))
        verdict.wrong += [f"2990 stands at {stands}, the company owes {owed}"] if stands != owed else []
        states = payment_ways.states(self.site, self.purpose)
        verdict.unsettled += [f"a movement is {state}" for state in states if state != "accepted"]

    def _standing(self) -> list[Any]:
        return [one for one in self.client.books.journal if one.reference and not one.is_reversed]

    def _run(self, undo: str = "") -> None:
        """A run in peace, at this way's own time, and twenty minutes."""
        self.site.at(self.site.now)
        with plain():
            ended = asyncio.run(poweroffice_factoring.return_data(creditor.TENANT, self.options, undo=undo))
        assert undo or ended.name == "Completed", (ended.name, ended.message)  # nobody has a code to answer what is asked
        self.site.at(self.site.now + dt.timedelta(minutes=20))

    def close(self) -> None:
        self._servers.stop()
        self.site.close()
