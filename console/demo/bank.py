"""The demo's bank day: what the accounting systems want paid, what the banks do, and what the buyers pay.

Nidelven's accounting system leaves a file, and its bank is met in folders. Skagerrak's is Fortnox, met by API, and its bank over
SFTP. Both banks are mock-bank. It knows no OCR giro, so our own sandbox bank keeps the account that Nidelven's buyers pay to.
Files are made as old as the day has them: a run takes only what has lain still.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import pathlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import httpx

from console import serving, serving_bank
from fakturabro.domain import calendar
from sandboxes.bank import mock_bank, remittances
from sandboxes.bank import service as bank

_PAYER = {"nidelven": "15061000019", "skagerrak": "32071000019"}
_PAYEE = {"nidelven": "86011117947", "skagerrak": "15030000002"}
"""Accounts as the tenants' file has them: what is paid from, and what the factoring company's buyers pay to."""
_OCR = "nidelven"
_RIGHT, _WRONG_KID = "1234567897", "1234567890"
_BALANCE = Decimal("500000.00")


@dataclasses.dataclass(frozen=True)
class Asked:
    """What an accounting system asks for: EndToEndId -> amount of what may be paid, and of what must not be."""

    payable: Mapping[str, Decimal]
    refused: Mapping[str, Decimal]


@dataclasses.dataclass(frozen=True)
class Paid:
    """What a buyer pays: `kid` as the buyer wrote it, "" of `number` where no invoice has it."""

    kid: str
    amount: Decimal
    number: str
    due: Decimal


class Banks:
    """The banks of all tenants on `day`. `asked` and `paid` are by tenant. Everything raises httpx.HTTPError."""

    def __init__(self, installation: serving.Installation, day: dt.date) -> None:
        self._installation, self._day = installation, day
        self._banks = {tenant: mock_bank.MockBank(port) for tenant, port in installation.bank_ports.items()}
        account = bank.Account(number=_PAYEE[_OCR], owner="Factoring Finans AS", ocr_agreement="001008555")
        self._ocr = bank.Bank(installation.folder / "bank" / _OCR, calendar.before(_at(day, 8)).date(), [account])
        self.asked: dict[str, Asked] = {}
        self.paid: dict[str, list[Paid]] = {}

    def open(self) -> None:
        """Accounts at the banks; it becomes the morning of the day; the accounting systems leave their files."""
        for tenant, one in self._banks.items():
            name = self._installation.clients()[tenant]["name"]
            one.close_examples()
            one.open_account("DRIFT", name, _PAYER[tenant], _BALANCE)
            if tenant != _OCR:
                one.open_account("KID", "Factoring Finans AS", _PAYEE[tenant], Decimal(0))
            one.advance(self._day)
            self.asked[tenant] = self._leave_file(tenant, name) if tenant == _OCR else _owed(fortnox_books(self._installation))
        self.let_lie(7)

    def execute(self) -> None:
        """The banks take what was handed over and pay what is due; the buyers pay."""
        for tenant, one in self._banks.items():
            one.scan()
            self.paid[tenant] = _payments(self._installation, tenant)
            for paid in self.paid[tenant]:
                if tenant == _OCR:
                    self._ocr.credit(_PAYEE[tenant], paid.amount, kid=paid.kid, other_account="15942287248")
                else:
                    payer = {"name": "Kunde & Sønn AS", "iban": "NO9515942287248"}
                    one.credit("KID", paid.amount, self._day, reference=paid.kid, debtor=payer)
        self._ocr.advance(self._day)
        self.let_lie(11)

    def close(self) -> None:
        """The day ends, with its statements."""
        for one in self._banks.values():
            one.advance(self._day + dt.timedelta(days=1))
        self._ocr.advance(self._day + dt.timedelta(days=1))
        self.let_lie(20)

    def let_lie(self, hour: int) -> None:
        """What lies in the folders came at that hour of the day, a second apart, in the order in which it came."""
        start = _at(self._day, hour).timestamp()
        for tenant in self._banks:
            folders = (*serving_bank.bank_folders(self._installation.folder, tenant), self._out(tenant))
            paths = [path for folder in folders for path in folder.iterdir() if path.is_file()]
            for number, path in enumerate(sorted(paths, key=lambda path: path.stat().st_mtime_ns)):
                os.utime(path, (start + number, start + number))

    def paid_out(self, tenant: str) -> Iterator[tuple[str, Decimal, bool]]:
        """(EndToEndId, amount, whether money went) of all that a tenant's bank was asked for."""
        for one in self._banks[tenant].payments():
            yield one["end_to_end_id"], Decimal(one["amount"]) / 100, bool(one["booked_at"])

    def end(self) -> None:
        """Close the connections."""
        for one in self._banks.values():
            one.close()

    def _out(self, tenant: str) -> pathlib.Path:
        return serving_bank.accounting_folders(self._installation.folder, tenant)[0]

    def _leave_file(self, tenant: str, name: str) -> Asked:
        batches, refused = _mixed(self._day)
        orders = {one.end_to_end_id: one.amount for batch in batches for one in batch.payments}
        payer = (name, self._installation.clients()[tenant]["organisation_number"], _PAYER[tenant])
        message = f"{tenant[:3].upper()}-{self._day:%y%m%d}-1"
        content = remittances.write("09", message, _at(self._day, 7), payer, batches)
        (self._out(tenant) / f"remittering-{self._day:%Y%m%d}.xml").write_bytes(content)
        payable = {key: amount for key, amount in orders.items() if key not in refused}
        return Asked(payable, {key: orders[key] for key in refused})


def _mixed(day: dt.date) -> tuple[list[remittances.Batch], list[str]]:
    """Salary, and suppliers of whom one has a wrong KID and one stands twice; the EndToEndIds that must not be paid."""
    salary = [
        remittances.Payment(end_to_end_id=f"L{n}", name=name, account=account, amount=Decimal(amount), text="Lønn")
        for n, name, account, amount in (
            (1, "Kari Nordmann", "12070001118", "31250.00"),
            (2, "Ola Ørstad", "12070001126", "28400.50"),
            (3, "Åse Lie", "12070001134", "30110.00"),
        )
    ]
    suppliers = [
        remittances.Payment(end_to_end_id=f"F{n}", name=name, account=account, amount=Decimal(amount), kid=kid)
        for n, name, account, amount, kid in (
            (1, "Renholdsgrossisten AS", "90410000171", "12480.75", _RIGHT),
            (2, "Kjemi & Klut AS", "18130000211", "3390.00", _WRONG_KID),
            (3, "Bilpleie Øst AS", "22200000319", "1999.00", _RIGHT),
            (4, "Bilpleie Øst AS", "22200000319", "1999.00", _RIGHT),
        )
    ]
    batches = [
        remittances.Batch(batch_id="LONN", on=day, payments=salary, category="SALA"),
        remittances.Batch(batch_id="LEV", on=day, payments=suppliers),
    ]
    return batches, ["F2", "F4"]


def _owed(books: dict[str, Any]) -> Asked:
    """What stands approved in Fortnox, by the names that its payments get."""
    approved = {number: one for number, one in books["supplier_invoices"].items() if number not in books["unapproved"]}
    return Asked({f"FN{number}": Decimal(one["Balance"]) for number, one in approved.items()}, {})


def fortnox_books(installation: serving.Installation) -> dict[str, Any]:
    """The only client's invoices and payments, as Fortnox has them."""
    state = httpx.get(f"{installation.sandboxes['fortnox']['control_url']}/state").raise_for_status().json()
    return next(iter(state["companies"]))


def _payments(installation: serving.Installation, tenant: str) -> list[Paid]:
    """Of invoices that the factoring company booked: two are paid in full, one in part, one with a wrong digit in its KID."""
    known = installation.sandboxes["factoring"]
    headers = {"Authorization": f"Bearer {known['key']}"}
    client = installation.clients()[tenant]["factoring_number"]
    page = httpx.get(f"{known['url']}/ledger/{client}/open-items", headers=headers).raise_for_status().json()
    invoices = [one for one in page["items"] if one["type"] == "invoice" and one["currency"] == "NOK"]
    invoices = sorted((one for one in invoices if one["open"] == one["amount"]), key=lambda one: one["number"])[:4]
    paid = [Paid(one["kid"], Decimal(one["amount"]), one["number"], Decimal(one["amount"])) for one in invoices]
    half = dataclasses.replace(paid[2], amount=(paid[2].due / 2).quantize(Decimal("0.01")))
    digit = paid[3].kid[-2]
    wrong = dataclasses.replace(paid[3], kid=f"{paid[3].kid[:-2]}{(int(digit) + 1) % 10}{paid[3].kid[-1]}", number="")
    return [*paid[:2], half, wrong]


def _at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), calendar.OSLO)
