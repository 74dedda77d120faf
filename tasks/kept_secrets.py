"""The secrets of an installation. Read by connect.py only; they appear in no parameter, log line, artifact or exception.

A secret is looked up as environment variable FAKTURABRO_SECRET_<NAME>, as systemd credential <name>, and as file <name> in the
folder of secrets, which nobody but its owner may read. Names are lower-case with dots: "poweroffice.application_key",
"nordlys.poweroffice_client_key".
"""

from __future__ import annotations

import base64
import binascii
import os
import pathlib
import stat

from tasks import installation

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretError(Exception):
    """A secret is missing or open to others; the message names it and where to put it, never what it is."""


def read(name: str) -> str:
    """The secret of this name. Raises SecretError when there is none, or when its file can be read by others."""
    if value := os.environ.get(_variable(name)):
        return value
    for path in _find_files(name):
        if path.stat().st_mode & _OTHERS:
            raise SecretError(f"Hemmeligheten {name} kan leses av andre. Kjør: chmod 600 {path}")
        return path.read_text(encoding="utf-8").strip()
    where = installation.current().secrets / name
    raise SecretError(f"Hemmeligheten {name} mangler. Legg den i filen {where} (rettighet 0600) eller i {_variable(name)}.")


def is_there(name: str) -> bool:
    """Whether there is a secret of this name, where either of two will do."""
    return bool(os.environ.get(_variable(name)) or _find_files(name))


def _variable(name: str) -> str:
    return "FAKTURABRO_SECRET_" + name.upper().replace(".", "_").replace("-", "_")


def _find_files(name: str) -> list[pathlib.Path]:
    places = [pathlib.Path(folder) for folder in (os.environ.get("CREDENTIALS_DIRECTORY"),) if folder]
    return [path for path in (*(folder / name for folder in places), installation.current().secrets / name) if path.is_file()]


def read_key(name: str) -> bytes:
    """A secret that is a key of 32 bytes. Raises SecretError also when it is something else."""
    try:
        key = base64.b64decode(read(name), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise SecretError(f"Hemmeligheten {name} skal være 32 byte i base64. Lag en med: openssl rand -base64 32")
    return key
