"""A bank's SFTP server on loopback, over a folder that it never leaves; host key and the customer's key are made at the start.

In a test::

    with sftp.serving(folder) as server:
        server.address        # port, host key (public), user name and the customer's private key
"""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import threading
from collections.abc import Iterator

import asyncssh
import msgspec

_USER = "kunde"
_WITHIN = 10.0


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank tells its customer; `private_key` is a secret of the customer's."""

    port: int
    host_key: str
    private_key: str
    host: str = "127.0.0.1"
    username: str = _USER


class Server:
    """Serves SFTP and nothing else; `start` and `stop` once each."""

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._host_key, self._key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp-sandbox", daemon=True)
        self._acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def address(self) -> Address:
        """Where it answers, once it has started."""
        if self._acceptor is None:
            raise RuntimeError("the SFTP server is not started; call start")
        return Address(
            port=self._acceptor.get_port(),
            host_key=self._host_key.export_public_key().decode().strip(),
            private_key=self._key.export_private_key().decode(),
        )

    def start(self) -> None:
        self._thread.start()
        self._acceptor = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(_WITHIN)

    def stop(self) -> None:
        """Close every connection and end the thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_WITHIN)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_WITHIN)
        self._loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self._host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(self._key.export_public_key().decode()),
            sftp_factory=self._sftp,
            allow_scp=False,
        )

    def _sftp(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(self._folder).encode())

    async def _close(self) -> None:
        if self._acceptor:
            self._acceptor.close()
            await self._acceptor.wait_closed()


@contextlib.contextmanager
def serving(folder: pathlib.Path) -> Iterator[Server]:
    """A server that runs until the end of the `with`."""
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
