"""What the watchman finds: alarms as values, and the limits beyond which something is one."""

from __future__ import annotations

import datetime as dt
import pathlib
from typing import Literal

import msgspec

from fakturabro.ledger import opened


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `code` begins with the name of the check that found it ("slots.missed")."""

    code: str
    severity: Literal["critical", "warning"]
    sentence: str
    """Norwegian: what is wrong, and what to do."""
    tenant: str = ""
    subject: str = ""
    """What of the tenant it is about, so that the same alarm is known again: a deployment, a stop's scope."""

    @property
    def check(self) -> str:
        """The check that found it."""
        return self.code.partition(".")[0]

    @property
    def key(self) -> str:
        """The same for the same alarm in every pass."""
        return f"{self.code} {self.tenant} {self.subject}"


class BlindError(Exception):
    """A check could not look: the alarm says why. What it found earlier is neither there nor over."""

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(alarm.sentence)
        self.alarm = alarm


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When something is an alarm."""

    grace: dt.timedelta = dt.timedelta(minutes=30)
    """From a slot's time until it must have begun; from the end of a lease until its run counts as dead."""
    silent_after: int = 5
    """Working days without a document from a tenant that used to have some."""
    new_doubts: int = 3
    """Documents that came in doubt within a day and still are."""
    rules_months: int = 8
    """Age of the official EHF rules, in months: new ones come every six."""
    receipt_after: int = 3
    """Working days until the print partner must have said something of a letter."""
    disk_left: int = 500_000_000
    """Bytes that must be free on the volumes of ledger and journal."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks look at."""

    ledger: opened.Ledger
    now: dt.datetime
    limits: Limits = Limits()
    rules: pathlib.Path | None = None
    """The folder of newer EHF rules, None for the packages'."""
    journal: pathlib.Path | None = None
    """The send journal's folder, None where it is not to be looked for."""
    receipts: bool = False
    """Whether the print partner sends receipts."""
    prefect_url: str = ""
    """Prefect's API, "" where it is not to be asked."""
    prefect_auth: str = ""
