"""mock-bank (PyPI), the counterparty that is not ours: how it is started beside two folders, and what it is asked over HTTP.

It takes pain.001 from `drop` and leaves pain.002, camt.054 and camt.053 in `pickup`. It knows no Norwegian rules and no OCR giro.

Source: mock-bank 0.9.0, README.
"""

from __future__ import annotations

import datetime as dt
import pathlib
from decimal import Decimal
from typing import Any

import httpx

from fakturabro.domain import bank_accounts


def arguments(folder: pathlib.Path, port: int, day: str, looks_every: int = 3600) -> list[str]:
    """Python's arguments for a bank on `folder`/drop and `folder`/pickup where it is seven in the morning of `day` (ISO).

    It looks into `drop` every so many seconds, and when it is told to.
    """
    return [
        *("-m", "mockbank", "--quiet", "--port", str(port), "--clock", f"{day}T07:00", "--timezone", "Europe/Oslo"),
        *("--drop-dir", str(folder / "drop"), "--pickup-dir", str(folder / "pickup")),
        *("--drop-settle-ms", "0", "--drop-interval-ms", f"{looks_every}000"),
    ]


class MockBank:
    """What a running one is asked. Everything raises httpx.HTTPError."""

    def __init__(self, port: int) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def is_ready(self) -> bool:
        return self._client.get("/_mock/health").status_code == 200

    def open_account(self, name: str, owner: str, number: str, balance: Decimal) -> None:
        """An account in NOK; `name` stands in the names of its files, in capitals."""
        known = {"iban": bank_accounts.to_iban(number), "account_number": number, "currency": "NOK", "bic": "SPSONO22"}
        account = {"id": name, "name": owner, "balance": int(balance * 100), **known}
        self._client.post("/_mock/accounts", json=account).raise_for_status()

    def close_examples(self) -> None:
        """Close the accounts that it comes with, so that it tells of ours only."""
        for one in self._client.get("/_mock/accounts").raise_for_status().json():
            self._client.patch(f"/_mock/accounts/{one['id']}", json={"closed": True}).raise_for_status()

    def scan(self) -> list[dict[str, Any]]:
        """Take what lies in `drop` now; what became of each file."""
        return list(self._client.post("/_mock/drop/scan").raise_for_status().json()["files"])

    def credit(self, account: str, amount: Decimal, on: dt.date, **paid: Any) -> None:
        """Somebody pays; `paid` is reference (a KID), note and debtor."""
        body = {"account": account, "amount": int(amount * 100), "value_date": on.isoformat(), **paid}
        self._client.post("/_mock/credits", json=body).raise_for_status()

    def advance(self, to: dt.date) -> None:
        """It becomes the midnight that begins `to`."""
        self._client.post("/_mock/advance", params={"to": to.isoformat()}).raise_for_status()

    def payments(self) -> list[dict[str, Any]]:
        """Every payment that it was asked for: end_to_end_id, amount (øre), status, booked_at, msg_id ..."""
        return list(self._client.get("/_mock/payments").raise_for_status().json())
