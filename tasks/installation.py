"""The settings of one installation, from the environment (FAKTURABRO_...). Secrets are not settings: see connect.py."""

from __future__ import annotations

import functools
import pathlib
from urllib import parse

import pydantic
import pydantic_settings


class Installation(pydantic_settings.BaseSettings):
    """Where this installation keeps its data and where its counterparts answer. Same for all tenants."""

    model_config = pydantic_settings.SettingsConfigDict(env_prefix="FAKTURABRO_", frozen=True)

    home: pathlib.Path = pathlib.Path("var")
    ledger_url: str = ""
    rates_url: str = ""
    journal: pathlib.Path | None = None
    secrets: pathlib.Path = pathlib.Path("var/secrets")
    ehf_rules: pathlib.Path | None = None
    post_codes: str = ""
    """A newer register of post codes than ours; empty: ours, of about 2019"""
    clock_shift: float = 0
    """seconds by which a run's clock is wrong on purpose: the demo plays a day that is over; refused but with sandboxes"""
    poweroffice_v1: str = "https://api.poweroffice.net"
    poweroffice_v2: str = "https://goapi.poweroffice.net"
    factoring: str = ""
    access_point: str = ""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_starttls: bool = False
    smtp_user: str = ""
    mail_sender: str = ""
    mail_domain: str = "localhost"
    print_folder: pathlib.Path | None = None

    @pydantic.model_validator(mode="after")
    def _is_on_time(self) -> Installation:
        if self.clock_shift and parse.urlsplit(self.poweroffice_v1).hostname != "127.0.0.1":
            raise ValueError("FAKTURABRO_CLOCK_SHIFT is for sandboxes only: FAKTURABRO_POWEROFFICE_V1 is not on this machine")
        return self

    @property
    def ledger(self) -> str:
        """The ledger's URL."""
        return self.ledger_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def send_journal(self) -> pathlib.Path:
        """The folder of the send journal; best on another volume than the ledger."""
        return self.journal or self.home / "journal"

    @property
    def rates(self) -> str:
        """The URL of the store that all processes share their rate budgets through."""
        return self.rates_url or (
            self.ledger_url if self.ledger_url.startswith("postgresql") else f"sqlite:///{self.home / 'rates.db'}"
        )


@functools.cache
def current() -> Installation:
    """The settings of this process."""
    return Installation()
