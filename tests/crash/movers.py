"""Who moves something for a client: the factoring company's staff, and the client's own bookkeeper in PowerOffice."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import random
import shutil
import uuid
from decimal import Decimal
from typing import Any

import msgspec

from fakturabro.domain import calendar
from fakturabro.formats.movement_list import write
from sandboxes import clock
from sandboxes.factoring import movements
from sandboxes.poweroffice import books, chart, journal
from tasks.returns import options as return_options
from tests.crash import counterparts

CONTRA, BALANCE, BALANCE_CONTRA, PAYOUT, ADMINISTRATIVE, FINANCIAL = 1510, 2990, 3000, chart.BANK, 6970, 6975
ROLES = {"customer_contra": CONTRA, "balance": BALANCE, "payout": PAYOUT, "balance_contra": BALANCE_CONTRA}
COSTS = {"administrative_fees": (ADMINISTRATIVE, "1"), "financial_fees": (FINANCIAL, "0")}
_LAST_ROWS = b"Sum;"
UNKNOWN_BUYER = "999999"
"""A number that no card of the client has."""
ODD = ("reminder_fee", "interest", "balance_change")
"""Kinds that the standard table has no row for."""


class Company:
    """The factoring company's staff: movements, told by the interface or in lists. `held`: those that can never be posted."""

    def __init__(self, folder: pathlib.Path, world: counterparts.World, base: dt.date, chance: random.Random) -> None:
        self._world, self._chance, self._base = world, chance, base
        self.folder = folder / "lists"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.source = chance.choice(("api", "folder"))
        self.posts_changes = chance.random() < 0.5
        self.held: set[int] = set()
        self._listed = self._lists = 0
        self._cut = b""
        if chance.random() < 0.5:
            self._make("payout", "1000.00", base - dt.timedelta(days=1))  # before return data was switched on

    @property
    def options(self) -> return_options.ReturnDataOptions:
        """The client's settings. A list tells no opening balance: what was owed stands in them."""
        accounts: dict[str, Any] = {role: {"number": str(number)} for role, number in ROLES.items()}
        accounts |= {role: {"number": str(number), "vat_code": code} for role, (number, code) in COSTS.items()}
        said: dict[str, Any] = {"client_number": counterparts.CLIENT_NUMBER, "starts_on": self._base, "accounts": accounts}
        said["source"] = self.source
        if self.posts_changes:
            said["table"] = [{"kind": "balance_change", "debit": "balance", "credit": "balance_contra"}]
        if self.source == "folder":
            owed = [{"currency": currency, "amount": amount} for currency, amount in self.owed_before().items()]
            said |= {"folder": {"take_from": str(self.folder)}, "openings": owed}
        return return_options.ReturnDataOptions.model_validate(said)

    def owed_before(self) -> dict[str, Decimal]:
        """What was owed on the day before return data began."""
        owed = self._world.factoring.books.owed(counterparts.CLIENT_NUMBER, self._base - dt.timedelta(days=1))
        return {"NOK": Decimal("0.00"), "EUR": Decimal("0.00"), **owed}

    @property
    def made(self) -> list[movements.Movement]:
        """All that was told of the client since return data began."""
        return [one for one in self._world.factoring.movements.made if one.made.date >= self._base]

    def work(self) -> None:
        """Some movements, of today or of the days before."""
        for _ in range(self._chance.choice((0, 2, 4, 8))):
            day = clock.now().astimezone(calendar.OSLO).date() - dt.timedelta(days=self._chance.choice((0, 0, 0, 1, 3)))
            getattr(self, self._chance.choice(_WORK))(max(day, self._base))

    def list_movements(self) -> None:
        """Leave a list of what is new in the folder: whole, cut off, or the same one again."""
        if self.source != "folder":
            return
        new = [one.as_value() for one in self._world.factoring.movements.made[self._listed :]]
        if self._cut:
            self._leave(self._cut)
            self._cut = b""
        content = write.write(new, counterparts.CLIENT_NUMBER)
        self._listed += len(new)
        kind = self._chance.choice(("whole", "whole", "whole", "cut", "twice", "again"))
        if kind == "cut":
            self._cut = content
            content = content[: content.index(_LAST_ROWS)]
        if kind == "again":  # all there ever was
            content = write.write([one.as_value() for one in self._world.factoring.movements.made], counterparts.CLIENT_NUMBER)
        for _ in range(2 if kind == "twice" else 1):
            self._leave(content)

    def list_the_rest(self) -> None:
        """A whole list of all there ever was."""
        if self.source == "folder":
            self._cut, self._listed = b"", len(self._world.factoring.movements.made)
            known = [one.as_value() for one in self._world.factoring.movements.made]
            self._leave(write.write(known, counterparts.CLIENT_NUMBER))

    def _leave(self, content: bytes) -> None:
        self._lists += 1
        path = self.folder / f"bevegelser-{self._lists:03}.csv"
        path.write_bytes(content)
        since = clock.now() - dt.timedelta(minutes=self._chance.choice((0, 3)))
        os.utime(path, (since.timestamp(), since.timestamp()))

    def _make(self, kind: str, amount: str, day: dt.date, **more: str) -> movements.Movement:
        made = movements.Made.__struct_fields__  # every amount is another one: by it a movement is known everywhere
        assert set(more) <= set(made)
        return self._world.factoring.movements.add(
            counterparts.CLIENT_NUMBER, msgspec.convert({"kind": kind, "date": day, "amount": amount, **more}, movements.Made)
        )

    def _amount(self) -> str:
        return f"{self._chance.randint(1_000, 90_000) / 100:.2f}"

    def _fee(self, day: dt.date) -> None:
        amount, currency = Decimal(self._amount()), self._chance.choice(("NOK", "NOK", "NOK", "EUR"))
        vat = (amount / 5).quantize(Decimal("0.01"))
        is_wrong = self._chance.random() < 0.15
        stated = vat + (Decimal(7) if is_wrong else self._chance.choice((0, 0, Decimal("0.01"))))
        sign = self._chance.choice((1, 1, -1))
        kind = self._chance.choice(("administrative_fee", "return_data_fee"))
        said = {"vat": f"{sign * stated:.2f}", "vat_rate": "0.25", "currency": currency}
        one = self._make(kind, f"{sign * amount:.2f}", day, **said)
        self.held |= {one.id} if is_wrong else set()

    def _interest(self, day: dt.date) -> None:
        self._make("financial_fee", self._amount(), day)

    def _payout(self, day: dt.date) -> None:
        self._make("payout", self._amount(), day)

    def _odd(self, day: dt.date) -> None:
        one = self._make(kind := self._chance.choice(ODD), self._amount(), day)
        if kind != "balance_change" or not self.posts_changes:
            self.held.add(one.id)

    def _payment(self, day: dt.date) -> None:
        """By a debtor who paid to the company; a part of what an invoice has open."""
        payments, entries = self._world.factoring.payments, self._world.factoring.state.entries
        owed = [(key, booked.entry) for key, booked in entries.items() if key[1] == "invoice" and payments.open_of(key) > 50]
        if owed:
            key, entry = self._chance.choice(owed)
            amount = (payments.open_of(key) / self._chance.choice((7, 3))).quantize(Decimal("0.01"))
            amount -= Decimal(self._chance.randint(1, 900)) / 100  # no bank tells of the same
            said = {"invoice_number": entry.number, "kid": entry.kid, "buyer_number": entry.buyer_number}
            named = self._chance.choice((("invoice_number",), ("invoice_number", "buyer_number"), ("kid",), tuple(said)))
            self._make("payment", f"{amount:.2f}", day, **{name: said[name] for name in named})

    def _taken_back(self, day: dt.date) -> None:
        """A payment of an invoice that bounced."""
        known = [one.made for one in self.made if one.made.kind == "payment" and one.made.invoice_number]
        given = [one for one in known if Decimal(one.amount) > 0 and one.date <= day]
        back = {(one.invoice_number, one.amount.lstrip("-")) for one in known if Decimal(one.amount) < 0}
        if given := [one for one in given if (one.invoice_number, one.amount) not in back]:
            one = self._chance.choice(given)
            self._make("payment", f"-{one.amount}", day, invoice_number=one.invoice_number)

    def _stray(self, day: dt.date) -> None:
        """A payment on the customer, of an invoice that nobody knows, of a buyer that nobody knows, or of nobody."""
        buyer = str(self._chance.choice([one.buyer for one in self._world.expected]))
        said = self._chance.choice(({"buyer_number": buyer}, {"invoice_number": "990001"}, {"buyer_number": UNKNOWN_BUYER}, {}))
        one = self._make("payment", self._amount(), day, **said)
        self.held |= set() if said.get("buyer_number") == buyer else {one.id}


_WORK = ("_fee", "_fee", "_interest", "_payout", "_payout", "_odd", "_payment", "_payment", "_payment", "_taken_back", "_stray")


class Bookkeeper:
    """The client's own: closes and opens, posts and reverses by hand. `undone`: vouchers of ours that were reversed by hand."""

    def __init__(self, world: counterparts.World, base: dt.date, chance: random.Random) -> None:
        self._client, self._chance, self._base = world.client, chance, base
        self.undone: set[str] = set()

    def work(self) -> None:
        """Something, sometimes."""
        if self._chance.random() < 0.4:
            getattr(self, self._chance.choice(_BY_HAND))()

    def settle(self) -> None:
        """What was closed is opened, but for the period now and then."""
        for account in (ADMINISTRATIVE, FINANCIAL, CONTRA):
            self._client.books.chart[account]["IsActive"] = True
        for card in self._client.customers.values():
            card["IsArchived"] = False
        if self._chance.random() < 0.6:
            self._client.books.locked_until = dt.date(2020, 12, 31)

    def _close_account(self) -> None:
        account = self._client.books.chart[self._chance.choice((ADMINISTRATIVE, FINANCIAL, CONTRA))]
        account["IsActive"] = not account["IsActive"]

    def _archive(self) -> None:
        buyers = {one.customer_number for one in self._client.invoices.values()}
        card = self._client.card(self._chance.choice(sorted(buyers)))
        if card is not None:
            card["IsArchived"] = not card["IsArchived"]

    def _lock(self) -> None:
        books_, today = self._client.books, clock.now().astimezone(calendar.OSLO).date()
        books_.locked_until = self._chance.choice((dt.date(2020, 12, 31), today - dt.timedelta(days=self._chance.randint(1, 4))))

    def _credit(self) -> None:
        """On an invoice, as if it had been wrong."""
        one = self._chance.choice(sorted(self._client.invoices.values(), key=lambda one: one.number))
        card, day = self._client.card(one.customer_number) or {}, clock.now().astimezone(calendar.OSLO).date()
        amount = min(one.total, Decimal("100.00"))
        lines = ((card["SubledgerAccountId"], -amount, str(one.number)), (8_000_000 + chart.SALES, amount, None))
        journal.post_by_hand(self._client, day, *lines)

    def _reverse(self) -> None:
        """A voucher of ours, as Go's own pages can."""
        books_ = self._client.books
        standing = [one for one in books_.journal if one.reference and not one.is_reversed]
        if standing and self._chance.random() < 0.5:
            one = self._chance.choice(standing)
            shown = next(known for known in books_.vouchers if known["Id"] == one.id)
            shown["IsReversed"] = one.is_reversed = True
            self.undone.add(one.id)
            turned = [
                msgspec.structs.replace(
                    entry, amount=-entry.amount, currency_amount=-entry.currency_amount, vat_amount=-entry.vat_amount
                )
                for entry in one.entries
            ]
            books_.enter(
                books.Voucher(
                    id=str(uuid.UUID(bytes=self._chance.randbytes(16), version=4)),
                    number=5_000 + len(books_.journal),
                    kind="ReversalVoucher",
                    date=one.date,
                    created=clock.now(),
                    entries=turned,
                    reverses=(one.id, one.number),
                )
            )


_BY_HAND = ("_close_account", "_archive", "_lock", "_credit", "_reverse")
