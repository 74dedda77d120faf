"""A shared folder over SFTP; see folders.Folder. Every file is written under a hidden name and renamed.

Source: draft-ietf-secsh-filexfer-02 (SFTP 3); OpenSSH PROTOCOL (posix-rename@openssh.com, fsync@openssh.com).
Assumed: the server renames over what stands there, by posix-rename@openssh.com, or refuses a plain rename onto it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import posixpath
import secrets
import stat
from collections.abc import AsyncGenerator, Callable
from typing import cast

import asyncssh

from fakturabro.remote import folders, sftp_line

Settings = sftp_line.Settings
_ABSENT = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)


class SftpFolder:
    """One folder of an SFTP server; connects when it is first used."""

    def __init__(self, settings: Settings, *, tenant: str = "") -> None:
        self._folder, self._line = settings.folder, sftp_line.Line(settings, tenant)
        self._bounded = self._line.bounded

    @property
    def title(self) -> str:
        """Server and folder."""
        return self._line.title

    def find_files(self, path: str = "") -> list[folders.Entry]:
        """See Folder."""
        if path and not self.has(path):
            return []
        return sorted(self._line.call(lambda client: self._entries(client, path)), key=lambda entry: entry.name)

    def read(self, path: str, limit: int) -> bytes | None:
        """See Folder."""
        parts: list[bytes] = []
        return b"".join(parts) if self.copy(path, parts.append, limit) else None

    def copy(self, path: str, sink: Callable[[bytes], object], limit: int) -> bool:
        """See Folder."""

        async def copy(client: asyncssh.SFTPClient) -> bool:
            left = limit + 1
            try:
                async with self._opened(client, self._path(path), "rb") as file:
                    while part := await self._bounded(_read(file, min(folders.PIECE, left))):
                        left -= len(part)
                        sink(part)
            except _ABSENT:
                return await self._bounded(self._absent(client)) is not None
            return True

        return self._line.call(copy)

    def has(self, path: str) -> bool:
        """See Folder."""

        async def has(client: asyncssh.SFTPClient) -> bool:
            return await self._bounded(client.exists(self._path(path))) or await self._bounded(self._absent(client)) is not None

        return self._line.call(has)

    def write(self, path: str, content: folders.Content) -> None:
        """See Folder. Durable where the server can be asked for it."""

        async def write(client: asyncssh.SFTPClient) -> None:
            folder, name = posixpath.split(self._path(path))
            temporary = posixpath.join(folder, f".{name[:60]}.{secrets.token_hex(8)}{folders.PART}")
            try:
                await self._fill(client, temporary, content)
                await self._bounded(_rename(client, temporary, self._path(path)))
            except asyncssh.SFTPError:
                with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
                    await self._bounded(client.remove(temporary))
                raise

        self._line.call(write)

    def move(self, path: str, to: str) -> bool:
        """See Folder."""

        async def move(client: asyncssh.SFTPClient) -> bool:
            try:
                await self._bounded(_rename(client, self._path(path), self._path(to)))
            except _ABSENT:
                await self._bounded(self._absent(client))
                return False
            except asyncssh.SFTPFailure:
                if await self._bounded(client.exists(self._path(to))):
                    return False
                raise
            return True

        return self._line.call(move, is_change=True)

    def make(self, path: str) -> None:
        """See Folder."""

        async def make(client: asyncssh.SFTPClient) -> None:
            try:
                await self._bounded(client.mkdir(self._path(path), asyncssh.SFTPAttrs(permissions=0o750)))
            except asyncssh.SFTPFailure:
                if not await self._bounded(client.isdir(self._path(path))):
                    raise

        self._line.call(make)

    def remove(self, path: str) -> None:
        """See Folder."""

        async def remove(client: asyncssh.SFTPClient) -> None:
            with contextlib.suppress(*_ABSENT):
                is_folder = await self._bounded(client.isdir(self._path(path)))
                await self._bounded((client.rmdir if is_folder else client.remove)(self._path(path)))

        self._line.call(remove)

    def sweep(self, before: dt.datetime, path: str = "") -> None:
        """See Folder."""

        async def sweep(client: asyncssh.SFTPClient) -> None:
            await self._bounded(self._absent(client))
            with contextlib.suppress(*_ABSENT):
                for one in await self._bounded(client.readdir(self._path(path))):
                    name = str(one.filename)
                    if name.startswith(".") and name.endswith(folders.PART) and (one.attrs.mtime or 0) < before.timestamp():
                        await self._clear(client, posixpath.join(self._path(path), name), is_folder=_is_folder(one.attrs))

        self._line.call(sweep)

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def _path(self, path: str) -> str:
        return posixpath.join(self._folder, path)

    @contextlib.asynccontextmanager
    async def _opened(
        self, client: asyncssh.SFTPClient, path: str, mode: str, attrs: asyncssh.SFTPAttrs | None = None
    ) -> AsyncGenerator[asyncssh.SFTPClientFile]:
        """Opening and closing are answers too, that a disk of theirs which hangs never gives."""
        file = await self._bounded(client.open(path, mode, attrs or asyncssh.SFTPAttrs()))
        try:
            yield file
        finally:
            await self._bounded(file.close())

    async def _absent(self, client: asyncssh.SFTPClient) -> None:
        """Nothing, where the folder itself stands; otherwise the error of one that is not there."""
        await client.stat(self._folder)

    async def _clear(self, client: asyncssh.SFTPClient, path: str, *, is_folder: bool) -> None:
        """Away with a file, or a folder and the files in it."""
        with contextlib.suppress(*_ABSENT):
            if not is_folder:
                await self._bounded(client.remove(path))
                return
            for one in await self._bounded(client.listdir(path)):
                if one not in {".", ".."}:
                    await self._bounded(client.remove(posixpath.join(path, str(one))))
            await self._bounded(client.rmdir(path))

    async def _entries(self, client: asyncssh.SFTPClient, path: str) -> list[folders.Entry]:
        found: list[folders.Entry] = []
        for one in await self._bounded(client.readdir(self._path(path))):
            name, attrs = str(one.filename), one.attrs
            if not name.startswith(".") and stat.S_ISREG(attrs.permissions or 0):
                modified = dt.datetime.fromtimestamp(attrs.mtime or 0, dt.UTC)
                found.append(folders.Entry(name=name, size=attrs.size or 0, modified=modified))
        return found

    async def _fill(self, client: asyncssh.SFTPClient, path: str, content: folders.Content) -> None:
        async with self._opened(client, path, "xb", asyncssh.SFTPAttrs(permissions=0o640)) as file:
            for part in folders.pieces(content):
                await self._bounded(file.write(part))
            with contextlib.suppress(asyncssh.SFTPOpUnsupported):
                await self._bounded(file.fsync())


async def _read(file: asyncssh.SFTPClientFile, size: int) -> bytes:
    return cast(bytes, await file.read(size)) if size else b""


def _is_folder(attrs: asyncssh.SFTPAttrs) -> bool:
    return stat.S_ISDIR(attrs.permissions or 0)


async def _rename(client: asyncssh.SFTPClient, path: str, to: str) -> None:
    try:
        await client.posix_rename(path, to)
    except asyncssh.SFTPOpUnsupported:
        await client.rename(path, to)
