"""What the application is given: the ledger, a key of its own, the time, the vendor that a page asks, and a way to mail codes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
from collections.abc import Awaitable, Callable

from fakturabro.ledger import opened
from fakturabro.ledger.clients import persons as clients
from fakturabro.ledger.journal import sendings as journal

Language = clients.Language


@dataclasses.dataclass(frozen=True, kw_only=True)
class Company:
    """Whom a client key belongs to, and the privileges that it lacks. `organisation_number` is "" when it may not be read."""

    name: str
    organisation_number: str
    missing: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grant:
    """What a client consented to in Fortnox: whose books, the token that renews itself, and the scopes that are missing."""

    company: str
    organisation_number: str
    database_number: str
    refresh_token: str = dataclasses.field(repr=False)
    missing: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fortnox:
    """The vendor that a client consents to. `exchange` and `revoke` raise the ladder of remote/errors.py."""

    consent_address: Callable[[str], str]
    """(state) -> where the consent is given."""
    exchange: Callable[[str, str], Awaitable[Grant]]
    """(tenant, code) -> what was granted; CredentialError when the code is not good."""
    revoke: Callable[[str, str], Awaitable[None]]
    """(tenant, refresh token)."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to one person."""

    recipient: str
    subject: str
    text: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """`key` is derived from the installation's, see `own_key`. `proxies` are the addresses or networks whose
    X-Forwarded-* counts."""

    ledger: opened.Ledger
    key: bytes = dataclasses.field(repr=False)
    now: Callable[[], dt.datetime]
    find_company: Callable[[str, str], Awaitable[Company]]
    """(tenant, client key) -> company; raises the ladder of remote/errors.py: CredentialError when the key is refused."""
    send_mail: Callable[[Mail], Awaitable[None]]
    """Hands a mail with a code to the mail server; raises the ladder."""
    language: Language = "nb"
    """Of every page but a client's, which speaks its tenant's."""
    proxies: tuple[str, ...] = ()
    portal_key: bytes = dataclasses.field(default=b"", repr=False)
    """What debtors' links and codes are derived from; without it debtors find no page."""
    journal: Callable[[], journal.Journal | None] = lambda: None
    """The send journal, which notes what debtors open and say; None when it cannot be reached now."""
    fortnox: Fortnox | None = None
    """Without it nobody can connect to Fortnox."""
    refusal_seconds: float = 0.2
    """Every refusal of a link takes at least this long, whatever was wrong with it."""


def own_key(installation_key: bytes) -> bytes:
    """The gateway's key, which gives nothing away of the one that seals the ledger."""
    return hmac.digest(installation_key, b"fakturabro gateway", hashlib.sha256)
