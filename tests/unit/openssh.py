"""A real OpenSSH server on loopback, with keys of its own; it serves SFTP and nothing else, and stops with the block."""

from __future__ import annotations

import contextlib
import getpass
import os
import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import asyncssh
import msgspec

from fakturabro.remote import sftp

_CONFIG = """
ListenAddress 127.0.0.1:{port}
HostKey {at}/host_key
AuthorizedKeysFile {at}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
MaxStartups 100
Subsystem sftp internal-sftp
"""


class Server(msgspec.Struct, frozen=True):
    """Settings as an operator has them: for all rights, and for one key that may only read."""

    settings: sftp.Settings
    reading: sftp.Settings
    folder: pathlib.Path
    process: subprocess.Popen[bytes]

    def cut(self) -> None:
        """Break every connection that stands; the server goes on."""
        for pid in _below(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)

    def freeze(self) -> None:
        """Let the processes that serve files stand still, until `cut`; those that answer for the connection go on."""
        for pid in _below(self.process.pid):
            if b"internal-sftp" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGSTOP)


def _below(pid: int) -> list[int]:
    children = [int(one) for one in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*(found for child in children for found in _below(child)), *children]


@contextlib.contextmanager
def running(at: pathlib.Path) -> Iterator[Server]:
    if os.geteuid() == 0:
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    host, ours, reader = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(3))
    (at / "host_key").write_bytes(host.export_private_key())
    (at / "host_key").chmod(0o600)
    lines = [ours.export_public_key(), b'command="internal-sftp -R" ' + reader.export_public_key()]
    (at / "authorized_keys").write_bytes(b"".join(lines))
    (at / "drop").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (at / "config").write_text(_CONFIG.format(port=port, at=at))
    with (at / "log").open("wb") as log:
        process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(at / "config")], stderr=log)
    settings = sftp.Settings(
        host="127.0.0.1",
        port=port,
        username=getpass.getuser(),
        host_key=host.export_public_key().decode(),
        private_key=ours.export_private_key().decode(),
        folder=str(at / "drop"),
        seconds=10,
    )
    try:
        _await(port, process)
        reading = msgspec.structs.replace(settings, private_key=reader.export_private_key().decode())
        server = Server(settings, reading, at / "drop", process)
        yield server
        server.cut()
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"sshd does not answer (exit code {process.poll()})")
