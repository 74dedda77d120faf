"""The settings of one installation, from the environment (FAKTURABRO_...). Secrets are not settings: see connect.py."""

from __future__ import annotations

import functools
import ipaddress
import pathlib
from typing import Literal
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
    fortnox: str = "https://api.fortnox.se/3"
    fortnox_tokens: str = "https://apps.fortnox.se/oauth-v1/token"
    severa: str = "https://api.severa.visma.com/rest-api/v1"
    factoring: str = ""
    access_point: str = ""
    peppol: Literal["", "production", "test", "sandbox"] = ""
    """The Peppol network that receivers are looked up in; "sandbox" only with a name server on this machine"""
    peppol_resolver: str = ""
    """The name server for it, as address:port; empty: the system's"""
    peppol_canary: str = "0192:991825827"
    """A participant who certainly is registered: while it is not found, nobody counts as absent. Empty: no such precaution"""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_starttls: bool = False
    smtp_user: str = ""
    mail_sender: str = ""
    mail_domain: str = "localhost"
    operators: str = ""
    """Who is mailed of what debtors object to; empty: the client only"""
    mail_bounce_address: str = ""
    """Where mail servers send what they could not deliver; empty: to the sender"""
    mail_most_bytes: int = 20_000_000
    bounces_host: str = ""
    """The IMAP server of the mailbox that bounces come to; empty: none is read"""
    bounces_port: int = 993
    bounces_user: str = ""
    bounces_folder: str = "INBOX"
    print_folder: pathlib.Path | None = None
    print_sftp_host: str = ""
    """The print partner's SFTP server, in place of a folder"""
    print_sftp_port: int = 22
    print_sftp_user: str = ""
    print_sftp_folder: str = "."
    print_sftp_host_key: str = ""
    """Pinned: a line as in known_hosts without the name, "ssh-ed25519 AAAA..." """
    print_receipts: bool = False
    """Whether the print partner sends receipts"""

    @pydantic.model_validator(mode="after")
    def _is_on_time(self) -> Installation:
        if self.clock_shift and parse.urlsplit(self.poweroffice_v1).hostname != "127.0.0.1":
            raise ValueError("FAKTURABRO_CLOCK_SHIFT is for sandboxes only: FAKTURABRO_POWEROFFICE_V1 is not on this machine")
        return self

    @pydantic.model_validator(mode="after")
    def _asks_the_right_network(self) -> Installation:
        place = parse.urlsplit(f"//{self.peppol_resolver}")
        address = ipaddress.ip_address(place.hostname or "") if self.peppol_resolver else None
        port = place.port  # raises ValueError unless it is one
        if self.peppol == "sandbox" and not (address and address.is_loopback and port):
            raise ValueError("FAKTURABRO_PEPPOL=sandbox needs FAKTURABRO_PEPPOL_RESOLVER on this machine, e.g. 127.0.0.1:5353")
        return self

    @property
    def ledger(self) -> str:
        """The ledger's URL."""
        return self.ledger_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def ehf_editions(self) -> pathlib.Path:
        """Where editions of the EHF rules lie side by side, a folder each, to be tried before one is switched on."""
        return self.home / "ehf-rules"

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
