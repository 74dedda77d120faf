"""Shared folders over SFTP against a real OpenSSH server, and a disk that is full or read-only: the ladder, and nothing half."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import pathlib
import resource
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import asyncssh
import msgspec
import pytest

from fakturabro.remote import errors, folders, sftp
from fakturabro.systems.print_partner import client
from tests.unit import openssh

BIG = b"%PDF-1.7" + os.urandom(1_000_000)


def job(pdf: bytes = b"%PDF-1.7 brev", job_id: str = "nord-1-brev") -> client.Job:
    kari = client.wire.PostalAddress(name="Kari", lines=(), post_code="0155", place="Oslo")
    letter = client.Letter(document_id="1", pdf=pdf, pages=1, recipient=kari, return_address=kari)
    return client.Job(job_id=job_id, letters=(letter,))


@contextlib.contextmanager
def connected(settings: sftp.Settings, **changes: Any) -> Iterator[sftp.SftpFolder]:
    with contextlib.closing(sftp.SftpFolder(msgspec.structs.replace(settings, **changes))) as folder:
        yield folder


@pytest.fixture(params=["disk", "sftp"])
def folder(request: pytest.FixtureRequest, server: openssh.Server, drop: pathlib.Path) -> Iterator[folders.Folder]:
    if request.param == "disk":
        yield folders.DiskFolder(drop)
    else:
        with connected(server.settings, folder=str(drop)) as over:
            yield over


def names(drop: pathlib.Path) -> list[str]:
    return sorted(path.name for path in drop.iterdir())


def test_both_carriers_are_one(folder: folders.Folder, drop: pathlib.Path) -> None:
    folder.write("a.pdf", BIG)
    folder.write("a.pdf", b"anew")
    folder.make("sub")
    folder.make("sub")
    folder.write("sub/b", b"b")
    (drop / ".hidden").touch()
    (drop / ".old.part").touch()
    assert folder.read("a.pdf", 10) == b"anew" and folder.read("a.pdf", 2) == b"ane"
    assert [folder.read(path, 9) for path in ("c", "sub/c", "a.pdf/c", "none/c")] == [None] * 4
    assert [(one.name, one.size) for one in folder.find_files()] == [("a.pdf", 4)]
    assert abs(folder.find_files()[0].modified - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    folder.make("full")
    folder.write("full/x", b"")
    assert [folder.move("c", "d"), folder.move("sub", "full"), folder.move("sub", "moved")] == [False, False, True]
    assert [folder.has(path) for path in ("moved/b", "sub", "sub/b")] == [True, False, False]
    for path in ("moved/b", "moved", "moved", "none/none"):
        folder.remove(path)
    folder.sweep(dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    assert names(drop) == [".hidden", ".old.part", "a.pdf", "full"]
    folder.sweep(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    assert names(drop) == [".hidden", "a.pdf", "full"]


def test_a_job_is_handed_over_once_on_either(folder: folders.Folder, drop: pathlib.Path) -> None:
    partner = client.DropFolder(folder)
    assert partner.submit(job(BIG)).state == "offered"
    assert names(drop) == [".submitted", "nord-1-brev-1.pdf", "nord-1-brev.json", "nord-1-brev.ok"]
    assert (drop / "nord-1-brev-1.pdf").read_bytes() == BIG
    for path in drop.glob("nord*"):
        path.unlink()
    with pytest.raises(errors.AlreadyDelivered):
        client.DropFolder(folders.DiskFolder(drop)).submit(job(BIG))
    with pytest.raises(errors.Rejected):
        partner.submit(job())


def test_a_folder_that_disappears_is_never_taken_for_an_empty_one(folder: folders.Folder, drop: pathlib.Path) -> None:
    client.DropFolder(folder).submit(job())
    drop.rename(drop.with_name(f"{drop.name}-unmounted"))
    calls = [
        lambda: client.DropFolder(folder).find("nord-1-brev"),
        lambda: client.DropFolder(folder).submit(job(job_id="nord-2-brev")),
        lambda: folder.read("x", 1),
        lambda: folder.has("x"),
        lambda: folder.move("x", "y"),
        folder.find_files,
    ]
    for call in calls:
        with pytest.raises(errors.Unavailable, match="koblet til"):
            call()
    assert not drop.exists()


def test_many_threads_share_one_connection(server: openssh.Server, drop: pathlib.Path) -> None:
    said: list[str] = []
    with connected(server.settings, folder=str(drop)) as folder:

        def submit(number: int) -> None:
            try:
                said.append(client.DropFolder(folder).submit(job(job_id=f"nord-{number % 4}-brev")).state)
            except (errors.AlreadyDelivered, errors.Unavailable) as error:
                said.append(type(error).__name__)

        threads = [threading.Thread(target=submit, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert said.count("offered") == 4 == len(list(drop.glob("*.ok")))


def stranger() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()


def rsa() -> str:
    return asyncssh.generate_private_key("ssh-rsa", key_size=2048).export_public_key().decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host_key": stranger}, "annen vertsnøkkel"),
        ({"host_key": rsa}, "annen vertsnøkkel"),
        ({"host_key": lambda: "ssh-ed25519 tull"}, "kan ikke leses"),
        ({"private_key": lambda: "tull"}, "kan ikke leses"),
        ({"private_key": lambda: "", "password": lambda: "hemmelig"}, "godtok ikke brukeren"),
    ],
    ids=["other key", "other kind of key", "broken host key", "broken key", "wrong password"],
)
def test_a_wrong_key_or_login_is_for_operators_and_shows_no_secret(
    changes: dict[str, Any], said: str, server: openssh.Server
) -> None:
    with connected(server.settings, **{name: made() for name, made in changes.items()}) as folder:
        with pytest.raises(errors.CredentialError, match=said) as caught:
            folder.has("x")
        assert "hemmelig" not in f"{caught.value} {server.settings!r}" and caught.value.__cause__ is None


async def test_a_password_lets_in(tmp_path: pathlib.Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Door(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("nord", "hemmelig")

    door = await asyncssh.create_server(Door, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=True)
    settings = sftp.Settings(
        host="127.0.0.1", port=door.get_port(), username="nord", password="hemmelig", folder=str(tmp_path),
        host_key=key.export_public_key().decode(),
    )  # fmt: skip

    def submit() -> client.Standing:
        with connected(settings) as folder:
            return client.DropFolder(folder).submit(job(BIG))

    try:
        assert (await asyncio.to_thread(submit)).state == "offered"
    finally:
        door.close()
        await door.wait_closed()


def test_a_right_that_is_missing_is_for_operators(server: openssh.Server, drop: pathlib.Path) -> None:
    with connected(server.reading, folder=str(drop)) as folder, pytest.raises(errors.CredentialError, match="rett til"):
        client.DropFolder(folder).submit(job())
    assert names(drop) == []


def test_nobody_there_is_unavailable(server: openssh.Server) -> None:
    with connected(server.settings, port=1) as folder, pytest.raises(errors.Unavailable, match="SFTP"):
        folder.has("x")


@pytest.mark.parametrize("verb", ["write", "posix_rename"])
def test_a_line_that_breaks_in_the_middle_is_made_anew(
    verb: str, server: openssh.Server, drop: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the PDF, and at the rename that is the hand-over: only there nobody knows what became of it."""
    owner = asyncssh.SFTPClientFile if verb == "write" else asyncssh.SFTPClient
    real, left = getattr(owner, verb), [7 if verb == "write" else 6]

    async def cutting(self: Any, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            server.cut()
        return await real(self, *arguments)

    monkeypatch.setattr(owner, verb, cutting)
    with connected(server.settings, folder=str(drop)) as folder:
        partner = client.DropFolder(folder)
        with pytest.raises(errors.Unavailable if verb == "write" else errors.Uncertain):
            partner.submit(job(BIG))
        assert left[0] <= 0
        assert not list(drop.glob("*.ok"))
        assert partner.find("nord-1-brev") is None, "it can be read back at once"
        assert partner.submit(job(BIG)).state == "offered"
    assert (drop / "nord-1-brev-1.pdf").read_bytes() == BIG


@pytest.mark.parametrize("verb", [lambda folder: folder.read("x", 1), lambda folder: folder.write("x", b"")], ids=["read", "write"])
def test_a_disk_of_theirs_that_hangs_is_unavailable_in_time(
    verb: Callable[[sftp.SftpFolder], Any], server: openssh.Server, drop: pathlib.Path
) -> None:
    with connected(server.settings, folder=str(drop), seconds=0.5) as folder, futures.ThreadPoolExecutor(1) as pool:
        assert not folder.has("x")
        server.freeze()
        try:
            with pytest.raises(errors.Unavailable, match="svikter"):
                pool.submit(verb, folder).result(20)
        finally:
            server.cut()


@contextlib.contextmanager
def little_room(drop: pathlib.Path) -> Iterator[None]:
    """A disk of 128 KB where we may mount one; otherwise no file may be larger."""
    if (
        os.geteuid() == 0
        and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", drop], check=False).returncode == 0
    ):
        try:
            yield
        finally:
            subprocess.run(["umount", drop], check=True)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (131_072, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_says_so_and_keeps_nothing_of_the_job(folder: folders.Folder, drop: pathlib.Path) -> None:
    with little_room(drop):
        partner = client.DropFolder(folder)
        partner.submit(job(job_id="nord-1-brev"))
        before = names(drop)
        with pytest.raises(errors.Unavailable):
            partner.submit(job(BIG, "nord-2-brev"))
        assert [name for name in names(drop) if not name.endswith(folders.PART)] == before
        assert partner.find("nord-2-brev") is None
        partner.submit(job(job_id="nord-3-brev"))
        assert partner.find("nord-1-brev") and partner.find("nord-3-brev")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk")
def test_a_disk_that_turned_read_only_is_for_operators(drop: pathlib.Path) -> None:
    partner = client.DropFolder(folders.DiskFolder(drop))
    with little_room(drop):
        partner.submit(job())
        subprocess.run(["mount", "-o", "remount,ro", drop], check=True)
        with pytest.raises(errors.CredentialError, match="skrivebeskyttet"):
            partner.submit(job(job_id="nord-2-brev"))
        standing = partner.find("nord-1-brev")
        assert standing and standing.state == "offered"
