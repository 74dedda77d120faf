"""Machines that lack a Debian package: what cannot run there is named, and how it is mended."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess

import pytest

from console import databases

ROOT = pathlib.Path(__file__).parent.parent.parent


def run(folder: pathlib.Path, packages: str, installed: str = "") -> subprocess.CompletedProcess[str]:
    """tools/debian-packages as somebody else than root, with `installed` packages on the machine."""
    (folder / "tools").mkdir()
    (folder / "bin").mkdir()
    tool = shutil.copy(ROOT / "tools" / "debian-packages", folder / "tools")
    (folder / "debian-packages.txt").write_text(packages)
    for name, does in {
        "id": "echo 1000",
        "dpkg-query": f'for last; do :; done; case " {installed} " in *" $last "*) echo "install ok installed";; *) exit 1;; esac',
    }.items():
        program = folder / "bin" / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    environment = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}
    return subprocess.run(["bash", tool], env=environment, capture_output=True, text=True, check=False)


def test_what_cannot_run_is_named_by_what_needs_the_package(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, (ROOT / "debian-packages.txt").read_text())
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "not_run.json").read_text()) == [
        "tests in a browser (package chromium)",
        "tests on PostgreSQL (package postgresql)",
        "tests over SFTP (package openssh-server)",
        "tests of the bounce mailbox (package dovecot-imapd)",
        "the benchmark of the debtor portal (package wrk)",
    ]
    assert "apt-get install --no-install-recommends chromium postgresql openssh-server dovecot-imapd wrk" in done.stdout


def test_where_all_is_installed_nothing_is_named_and_an_old_note_goes(tmp_path: pathlib.Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "not_run.json").write_text('["old"]')
    assert run(tmp_path, "postgresql\n\n", installed="postgresql").returncode == 0
    assert not (tmp_path / "out" / "not_run.json").exists()


def test_two_missing_packages_are_two_entries(tmp_path: pathlib.Path) -> None:
    tool = tmp_path / "copy" / "tools" / "debian-packages"
    (tmp_path / "copy").mkdir()
    assert run(tmp_path / "copy", "postgresql\n").returncode == 0
    tool.write_text(tool.read_text().replace("needed_by=(", 'needed_by=([other]="something else" '))
    (tmp_path / "copy" / "debian-packages.txt").write_text("postgresql\nother\n")
    environment = {"PATH": f"{tmp_path / 'copy' / 'bin'}:/usr/bin:/bin"}
    subprocess.run(["bash", tool], env=environment, capture_output=True, check=True)
    noted = json.loads((tmp_path / "copy" / "out" / "not_run.json").read_text())
    assert noted == ["tests on PostgreSQL (package postgresql)", "something else (package other)"]


def test_a_package_that_nothing_is_said_to_need_is_refused(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, "postgresql\nstrange\n", installed="postgresql strange")
    assert done.returncode == 1
    assert "what needs strange" in done.stderr


def test_without_postgresql_the_message_says_which_package_and_command(tmp_path: pathlib.Path) -> None:
    with pytest.raises(databases.PostgresError, match=r"package postgresql.*apt-get install"):
        databases.programs(tmp_path)
    for version in ("9", "15"):
        (tmp_path / version / "bin").mkdir(parents=True)
    assert databases.programs(tmp_path) == tmp_path / "15" / "bin"
