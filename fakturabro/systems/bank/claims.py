"""The names of files that were claimed, and of those that were put away: both still say what each was called when it came."""

from __future__ import annotations

import datetime as dt
import re
import secrets

from fakturabro.remote import answers

SHELF = ".fakturabro"
LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
KNOWN_BY = 12
"""So many digits of its SHA-256 begin the name of a file that was put away."""
_CLAIM = re.compile(r"(\d{14})~[0-9a-f]{8}~(.+)", re.DOTALL)
_STAMP = "%Y%m%d%H%M%S"
_LONGEST = 180
"""Bytes of a name; with what we put before it, it still is one."""


def to_claim(name: str, now: dt.datetime) -> str:
    """Where a file is claimed to: a name that nobody else has. Of a long one the end stays, which tells the kind."""
    raw = name.encode("utf-8", "surrogateescape")
    end = raw[-_LONGEST:].decode("utf-8", "surrogateescape")
    return f"{SHELF}/{now.astimezone(dt.UTC):{_STAMP}}~{secrets.token_hex(4)}~{end}"


def read(claim: str) -> tuple[dt.datetime, str] | None:
    """Since when somebody has it, and its name as it came; None for what is no claim."""
    found = _CLAIM.fullmatch(claim.removeprefix(f"{SHELF}/"))
    if found is None:
        return None
    try:
        return dt.datetime.strptime(found[1], _STAMP).replace(tzinfo=dt.UTC), found[2]
    except ValueError:
        return None


def named(claim: str) -> str:
    """The name as it came, of what was claimed and of what was not."""
    found = read(claim)
    return found[1] if found else claim


def to_kept(claim: str, sha256: str) -> str:
    """The name of a file that is put away: two files of one name both stay."""
    return f"{sha256[:KNOWN_BY]}.{named(claim)}"


def read_kept(name: str) -> tuple[str, str]:
    """What its SHA-256 begins with, and its name as it came."""
    return name[:KNOWN_BY], name[KNOWN_BY + 1 :]


def said(name: str) -> str:
    """In one line, whatever stands in it."""
    return answers.one_line(name.encode("utf-8", "replace").decode())
