"""Approvers: who may decide, as the tenant's file says, and the one-time codes (TOTP) that prove it is them.

Source: RFC 6238 and RFC 4226: HMAC-SHA1 over the number of the 30-second step, six digits. One step of drift each way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa
from ruamel.yaml import YAML

from fakturabro.ledger import opened, operations, settings

_approver = operations.approver
_KIND = "approver"
_SECONDS = 30
_DRIFT = 1
_FAILURES = 10
_LOCKED = dt.timedelta(minutes=15)

Proof = Literal["right", "wrong", "locked", "not_enrolled"]


class ApproverError(Exception):
    """The tenant's file names its approvers in a way that cannot be read; the message says where."""


class Approver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person whom the tenant's file names."""

    name: str
    email: str


class _File(msgspec.Struct, frozen=True, kw_only=True):
    approvers: list[Approver] = []


def find(ledger: opened.Ledger, tenant: str) -> list[Approver]:
    """The approvers that the ledger's copy of the tenant's file names, e-mail addresses in lower case. Raises ApproverError."""
    content = settings.read(ledger, tenant)
    if content is None:
        return []
    try:
        read: object = YAML(typ="safe", pure=True).load(content)  # pyright: ignore[reportUnknownMemberType] ruamel has no types
        named = msgspec.convert(read, _File).approvers
    except msgspec.ValidationError as error:
        raise ApproverError(f"Klientfilen til {tenant}: approvers må være en liste av name og email ({error}).") from None
    return [Approver(name=one.name, email=one.email.strip().lower()) for one in named]


def find_enrolled(ledger: opened.Ledger, tenant: str) -> list[str]:
    """The addresses of all who have a code generator with us, in order, whether the file still names them or not."""
    with ledger.reading() as connection:
        query = sa.select(_approver.c.email).where(_approver.c.tenant == tenant).order_by(_approver.c.email)
        return list(connection.execute(query).scalars())


def find_enrolment(ledger: opened.Ledger, tenant: str, email: str) -> dt.datetime | None:
    """When this person was last enrolled; None when never."""
    with ledger.reading() as connection:
        return connection.execute(sa.select(_approver.c.enrolled_at).where(*_is(tenant, email))).scalar_one_or_none()


def code(secret: bytes, step: int) -> str:
    """The six digits of one step (its number since 1970).

    >>> code(b"12345678901234567890", 59 // 30)
    '287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def matching_step(secret: bytes, said: str, now: dt.datetime) -> int | None:
    """The step whose code was said, one step of drift allowed; None when it is wrong. Takes the same time either way."""
    current = int(now.timestamp()) // _SECONDS
    found: int | None = None
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        if hmac.compare_digest(code(secret, step).encode(), said.encode()):
            found = step
    return found


def record(connection: sa.Connection, sealed: bytes, tenant: str, email: str, step: int, at: dt.datetime) -> None:
    """Keep the sealed secret in place of any before; `step` is that of the first code, which is thereby used."""
    connection.execute(sa.delete(_approver).where(*_is(tenant, email)))
    values = {"tenant": tenant, "email": email, "totp": sealed, "last_step": step, "enrolled_at": at}
    connection.execute(sa.insert(_approver).values(**values))


def forget_former(connection: sa.Connection, tenant: str, named: Sequence[Approver]) -> None:
    """Delete the secrets of those whom the file does not name any more."""
    left = _approver.c.email.not_in([one.email for one in named])
    connection.execute(sa.delete(_approver).where(_approver.c.tenant == tenant, left))


def seal(ledger: opened.Ledger, tenant: str, secret: bytes, now: dt.datetime) -> bytes:
    """A TOTP secret as the ledger keeps it. Call it outside of a transaction."""
    return ledger.seals.key(tenant, _KIND, f"{now.astimezone(dt.UTC):%Y-%m}").seal(secret)


def use_code(ledger: opened.Ledger, connection: sa.Connection, tenant: str, email: str, said: str, now: dt.datetime) -> Proof:
    """Look at a code and use it up. A wrong one, or one that was used, counts; after ten in a row the person waits 15 minutes."""
    row = connection.execute(sa.select(_approver).where(*_is(tenant, email)).with_for_update()).one_or_none()
    if row is None:
        return "not_enrolled"
    if row.locked_until is not None and row.locked_until > now:
        return "locked"
    step = matching_step(ledger.seals.open(connection, tenant, _KIND, row.totp), said, now)
    right = step is not None and step > row.last_step
    failures = 0 if right else row.failures + 1
    locked = failures >= _FAILURES
    changes = {"last_step": step if right else row.last_step, "failures": 0 if locked else failures}
    changes["locked_until"] = now + _LOCKED if locked else None
    connection.execute(sa.update(_approver).where(*_is(tenant, email)).values(**changes))
    return "right" if right else "wrong"


def _is(tenant: str, email: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_approver.c.tenant == tenant, _approver.c.email == email)
