"""The sandbox tenants' counterparts on this machine: their folders, the bank's server, the tenants' file as it is applied here."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

SFTP_TENANT = "skagerrak"
"""Whose bank is met over SFTP; the other's is met in a folder."""
API_TENANT = SFTP_TENANT
"""Whose supplier invoices stand in Fortnox; the other's accounting system leaves files."""
LIST_TENANT = "skagerrak"
"""Whose factoring company leaves movement lists in a folder; the other's is asked by its interface."""
_WRITTEN = {"home": "/srv/fakturabro/", "port": "port: 2222", "host_key": "ssh-ed25519 VERTSNOKKELEN-SOM-ER-AVTALT-MED-BANKEN"}
"""What the sandbox tenants' file says of the machine, and what each installation has its own of."""
APPROVERS = {"Siv Aamodt": "siv.aamodt@factoringfinans.example", "Jonas Vik": "jonas.vik@factoringfinans.example"}


def place(file: pathlib.Path, folder: pathlib.Path, server: Mapping[str, Any], tenants: tuple[str, ...]) -> pathlib.Path:
    """The folders of bank and accounting system, and the tenants' file with their paths, the bank's server and approvers.

    A copy in `folder`; a file that names approvers keeps its own.
    """
    for tenant in tenants:
        for one in (*bank_folders(folder, tenant), *accounting_folders(folder, tenant), list_folder(folder, tenant)):
            one.mkdir(parents=True, exist_ok=True)
    here = {"home": f"{folder}/", "port": f"port: {server['port']}", "host_key": server["host_key"]}
    content = file.read_text(encoding="utf-8")
    for name, written in _WRITTEN.items():
        content = content.replace(written, here[name])
    if "\napprovers:" not in content:
        content += "approvers:\n" + "".join(f"  - {{name: {name}, email: {email}}}\n" for name, email in APPROVERS.items())
    placed = folder / file.name
    placed.write_text(content, encoding="utf-8")
    return placed


def bank_folders(folder: pathlib.Path, tenant: str) -> tuple[pathlib.Path, pathlib.Path]:
    """Where a tenant's files to the bank go, and where the bank leaves its own."""
    return folder / "bank" / tenant / "drop", folder / "bank" / tenant / "pickup"


def accounting_folders(folder: pathlib.Path, tenant: str) -> tuple[pathlib.Path, pathlib.Path]:
    """Where a tenant's accounting system leaves payment files, and where it reads files."""
    return folder / "accounting" / tenant / "out", folder / "accounting" / tenant / "in"


def list_folder(folder: pathlib.Path, tenant: str) -> pathlib.Path:
    """Where a tenant's factoring company leaves its movement lists."""
    return folder / "factoring" / tenant / "out"
