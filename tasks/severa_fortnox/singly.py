"""Records that are read one by one, some at a time: one that cannot be read stops none of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from fakturabro.remote import errors

_AT_ONCE = 8
_MOST = 10
"""When so many after one another do not come, it is the system that does not answer."""
_ENDS = (errors.CredentialError, errors.Throttled)
Found = TypeVar("Found")


class Read(NamedTuple, Generic[Found]):
    """What came, and of what did not why, both by key. What is not there is None."""

    found: dict[str, Found | None]
    unread: dict[str, errors.RemoteError]


async def read_each(read: Callable[[str], Awaitable[Found | None]], keys: Iterable[str]) -> Read[Found]:
    """Read these. Raises what ends a station: no access, too many requests, a system that is away."""
    gate, wanted = asyncio.Semaphore(_AT_ONCE), list(dict.fromkeys(keys))
    came, unread, lost = dict[str, Found | None](), dict[str, errors.RemoteError](), list[errors.RemoteError]()

    async def one(key: str) -> None:
        async with gate:
            if len(lost) >= _MOST:
                raise lost[-1]
            try:
                came[key] = await read(key)
            except _ENDS:
                raise
            except errors.RemoteError as error:
                unread[key] = error
                lost.append(error) if isinstance(error, errors.Unavailable) else lost.clear()
            else:
                lost.clear()

    await asyncio.gather(*map(one, wanted))
    return Read({key: came[key] for key in wanted if key in came}, unread)
