"""The bank's SFTP server of the demo, by the very carrier that meets real ones."""

from __future__ import annotations

import datetime as dt
import pathlib

import asyncssh
import msgspec
import pytest

from fakturabro.remote import errors, sftp
from fakturabro.systems.bank import inbox, outbox, patterns
from sandboxes import sftp as sandbox

NOW = dt.datetime(2030, 11, 24, 8, tzinfo=dt.UTC)


def settings(server: sandbox.Server, folder: str) -> sftp.Settings:
    return sftp.Settings(**msgspec.structs.asdict(server.address), folder=folder, seconds=5)


def test_files_go_and_come_through_the_banks_server(tmp_path: pathlib.Path) -> None:
    for folder in ("drop", "pickup"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pickup" / "status.xml").write_bytes(b"<x/>")
    with sandbox.serving(tmp_path) as server:
        drop, pickup = (sftp.SftpFolder(settings(server, f"/{folder}")) for folder in ("drop", "pickup"))
        out = outbox.Outbox(drop)
        out.deliver("P001.xml", b"<y/>")
        with pytest.raises(errors.AlreadyDelivered):
            out.deliver("P002.xml", b"<y/>")
        assert [path.name for path in (tmp_path / "drop").glob("*.xml")] == ["P001.xml"]
        box = inbox.Inbox(pickup, inbox.Settings(patterns=(patterns.Pattern("status", "*"),)))
        for taken in box.take(NOW):
            assert taken.name == "status.xml"
            box.conclude(taken)
        assert not (tmp_path / "pickup" / "status.xml").exists()
        for folder in (drop, pickup):
            folder.close()


def test_nobody_gets_out_of_the_folder_or_in_without_the_key(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bank").mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    with sandbox.serving(tmp_path / "bank") as server:
        inside = sftp.SftpFolder(settings(server, "/"))
        assert inside.read("../secret", 10) is None
        inside.close()
        other = asyncssh.generate_private_key("ssh-ed25519")
        changes = {"private_key": other.export_private_key().decode()}, {"host_key": other.export_public_key().decode()}
        for change in changes:
            outside = sftp.SftpFolder(msgspec.structs.replace(settings(server, "/"), **change))
            with pytest.raises(errors.CredentialError):
                outside.find_files()
            outside.close()
