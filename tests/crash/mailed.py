"""E-mails with links as the laboratory's debtors read them, and what their debtors were told."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec

LINK = re.compile(r"/f/([\w-]{43})\b")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail with a link, by its Message-ID."""

    key: str
    token: str
    code: str


class Told(msgspec.Struct, kw_only=True):
    """What became of each link, by its Message-ID: when the debtor was let in, and whose mail came back."""

    opened: dict[str, dt.datetime] = {}
    perhaps: set[str] = set()
    """A debtor tried, and no answer came."""
    bounced: set[str] = set()


def read(message: Any) -> Mail | None:
    """The link in an e-mail."""
    parsed = message.parsed()
    body = parsed.get_body(("plain",))
    text = body.get_content() if body else ""
    link, code = LINK.search(text), CODE.search(text)
    return Mail(key=str(parsed["Message-ID"]), token=link[1], code=code[0]) if link and code else None
