"""Access tokens that processes share through a store: one renews at a time, and the new one is stored before it is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Generic, Protocol, TypeVar

import msgspec


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token and when to stop using it (aware times): from `renew_at` a new one is fetched. Never shown."""

    value: str
    renew_at: dt.datetime
    expires_at: dt.datetime
    """When nothing of what is kept here is of use any more."""

    def __repr__(self) -> str:
        return f"Token(renew_at={self.renew_at.isoformat()})"


T = TypeVar("T", bound=Token)


class TokenStore(Protocol[T]):
    """Where tokens live between runs and processes; `key` names service and tenant, e.g. "poweroffice-v1:solberg"."""

    async def read(self, key: str) -> T | None: ...

    async def write(self, key: str, token: T) -> None: ...

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by the one who renews; all others wait, then read."""
        ...


class TokenSource(Generic[T]):
    """The token of one tenant for one service, as `store` has it under `store_key`."""

    def __init__(self, store: TokenStore[T], store_key: str, clock: Callable[[], dt.datetime]) -> None:
        self._store, self._store_key, self._clock = store, store_key, clock
        self._token: T | None = None

    async def current(self) -> T:
        """A token that is good for now."""
        if self._token is None or self._clock() >= self._token.renew_at:
            self._token = await self._renewed(None)
        return self._token

    async def replace(self, refused: T) -> T:
        """A token other than `refused`, which the service no longer takes; whoever comes second gets the first one's."""
        if self._token is None or self._token.value == refused.value:
            self._token = await self._renewed(refused)
        return self._token

    async def _renewed(self, refused: T | None) -> T:
        async with self._store.lock(self._store_key):
            stored = await self._store.read(self._store_key)
            if stored and self._is_good(stored, refused):
                return stored
            token = await self._fetch(stored)
            await self._store.write(self._store_key, token)
            return token

    def _is_good(self, stored: T, refused: T | None) -> bool:
        return self._clock() < stored.renew_at and (refused is None or stored.value != refused.value)

    async def _fetch(self, stored: T | None) -> T:
        """A new token; `stored` is the one before. Raises the ladder."""
        raise NotImplementedError
