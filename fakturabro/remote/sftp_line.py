"""One SSH connection for SFTP, kept until close(), on an event loop of its own, so that any thread may call.

The host key is pinned: there is no first use that is trusted, no known_hosts file, no agent, no key of the account we run under.
A change whose answer was lost is Uncertain where the caller says that it matters; all else may be repeated: Unavailable.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

import asyncssh
import msgspec

from fakturabro.remote import errors, messages

Answer = TypeVar("Answer")
_ALIVE_EVERY, _DEAD_AFTER = 10, 3
_NO_RIGHT = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)
_LOST = (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost)
_HOST_KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256")
"""Asked for after the pinned key's own kind, so that a server without that kind shows its key and is known for another."""
_BROKEN = (asyncssh.Error, OSError, TimeoutError)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and as whom. `host_key` is a line as in known_hosts without the name ("ssh-ed25519 AAAA..."); `private_key` is the
    text of an OpenSSH key without passphrase; `seconds` bounds connecting, each answer and each 256 KB."""

    host: str
    username: str
    host_key: str
    port: int = 22
    password: str = ""
    private_key: str = ""
    folder: str = "."
    seconds: float = 30.0

    def __repr__(self) -> str:
        return f"Settings({self.username}@{self.host}:{self.port}/{self.folder})"


class Line:
    """Connects when it is first called, and again after it broke."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        self._settings, self._tenant = settings, tenant
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting, self._connecting = threading.Lock(), asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    @property
    def title(self) -> str:
        """Server and folder."""
        return f"{self._settings.host}:{self._settings.folder}"

    def call(self, verb: Callable[[asyncssh.SFTPClient], Awaitable[Answer]], *, is_change: bool = False) -> Answer:
        """What `verb` gives; `is_change` makes a lost answer Uncertain. Raises the ladder."""
        return asyncio.run_coroutine_threadsafe(self._attempt(verb, is_change), self._started()).result()

    async def bounded(self, answer: Awaitable[Answer]) -> Answer:
        """An answer within the time that each may take."""
        return await asyncio.wait_for(answer, self._settings.seconds)

    def close(self) -> None:
        """End the connection and the loop."""
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    async def _attempt(self, verb: Callable[[asyncssh.SFTPClient], Awaitable[Answer]], is_change: bool) -> Answer:
        async with self._laddered(is_change=False):
            client = await self.bounded(self._connected())
        async with self._laddered(is_change=is_change):
            return await verb(client)

    @contextlib.asynccontextmanager
    async def _laddered(self, *, is_change: bool) -> AsyncGenerator[None]:
        host, user = self._settings.host, self._settings.username
        try:
            yield
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed):
            raise self._about_us(messages.sftp_host_key(host)) from None
        except asyncssh.PermissionDenied:
            raise self._about_us(messages.sftp_login(host, user)) from None
        except asyncssh.KeyImportError:
            raise self._about_us(messages.sftp_unusable_key(host)) from None
        except _NO_RIGHT as error:
            raise self._about_us(messages.no_right(self.title, type(error).__name__)) from None
        except _BROKEN as error:
            if isinstance(error, asyncssh.SFTPError) and not isinstance(error, _LOST):
                raise errors.Unavailable(messages.folder_fails(self.title, _reason(error))) from None
            await self._drop()
            raise _lost(host, error, is_change) from None

    def _about_us(self, message: str) -> errors.CredentialError:
        return errors.CredentialError(message, system=self._settings.host, tenant=self._tenant)

    async def _connected(self) -> asyncssh.SFTPClient:
        async with self._connecting:
            if self._client is None:
                known, pinned = self._settings, asyncssh.import_public_key(self._settings.host_key)
                self._connection = await asyncssh.connect(
                    known.host,
                    known.port,
                    username=known.username,
                    password=known.password or None,
                    client_keys=[asyncssh.import_private_key(known.private_key)] if known.private_key else None,
                    known_hosts=([pinned], [], []),
                    server_host_key_algs=[*dict.fromkeys([*(one.decode() for one in pinned.sig_algorithms), *_HOST_KEYS])],
                    config=None,
                    agent_path=None,
                    keepalive_interval=_ALIVE_EVERY,
                    keepalive_count_max=_DEAD_AFTER,
                )
                self._client = await self._connection.start_sftp_client(path_errors="surrogateescape")
            return self._client

    async def _drop(self) -> None:
        """Forget a connection: the next call makes a new one."""
        connection, self._connection, self._client = self._connection, None, None
        if connection:
            connection.abort()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(connection.wait_closed(), self._settings.seconds)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="sftp", daemon=True).start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _lost(host: str, error: Exception, is_change: bool) -> errors.RemoteError:
    reason = _reason(error)
    if is_change:
        return errors.Uncertain(messages.unknown_outcome(host, reason))
    return errors.Unavailable(messages.sftp_breaks(host, reason))


def _reason(error: Exception) -> str:
    return getattr(error, "reason", "") or type(error).__name__
