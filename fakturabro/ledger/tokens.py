"""Access tokens, sealed in the ledger, so that all processes of an installation share one and one renews it at a time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
from collections.abc import AsyncGenerator, Callable
from typing import Generic, Protocol, TypeVar

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import opened, slots, tables

_token = tables.token
_LEASE = dt.timedelta(seconds=30)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class Expiring(Protocol):
    """What every token has."""

    @property
    def expires_at(self) -> dt.datetime: ...


T = TypeVar("T", bound=Expiring)


class TokenStore(Generic[T]):
    """Keeps values of `shape` (a msgspec struct) for one tenant; `clock` says what time it is."""

    def __init__(self, ledger: opened.Ledger, tenant: str, shape: type[T], clock: Callable[[], dt.datetime]) -> None:
        self._ledger, self._tenant, self._shape, self._clock = ledger, tenant, shape, clock

    async def read(self, key: str) -> T | None:
        """The token under this key, None when none was ever kept or its key was purged."""
        mine = (_token.c.tenant == self._tenant, _token.c.system == key)
        with self._ledger.reading() as connection:
            sealed = connection.execute(sa.select(_token.c.sealed).where(*mine)).scalar_one_or_none()
            if sealed is None:
                return None
            return msgspec.json.decode(self._ledger.seals.open(connection, self._tenant, "token", sealed), type=self._shape)

    async def write(self, key: str, token: T) -> None:
        """Keep a token in place of the one before."""
        month = f"{token.expires_at.astimezone(dt.UTC):%Y-%m}"
        sealed = self._ledger.seals.key(self._tenant, "token", month).seal(msgspec.json.encode(token))
        mine = (_token.c.tenant == self._tenant, _token.c.system == key)
        with self._ledger.writing() as connection:
            connection.execute(sa.delete(_token).where(*mine))
            values = {"tenant": self._tenant, "system": key, "sealed": sealed, "expires_at": token.expires_at}
            connection.execute(sa.insert(_token).values(**values))

    @contextlib.asynccontextmanager
    async def lock(self, key: str) -> AsyncGenerator[None]:
        """Held by the one who renews, in any process; a holder that died loses it after half a minute."""
        holder = secrets.token_hex(8)
        name = f"token:{key}"
        while not slots.take(self._ledger, self._tenant, name, _EPOCH, holder, self._clock(), _LEASE):
            await asyncio.sleep(0.05)
        try:
            yield
        finally:
            slots.renew(self._ledger, self._tenant, name, _EPOCH, holder, _EPOCH)
