"""Clients' persons: who may see a tenant's pages, as the tenant's file says. Who is taken out of it sees nothing more.

A file that holds several tenants says of each person whose pages they may see; a person without a tenant sees none of them.
"""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fakturabro.ledger import opened, settings


class ClientError(Exception):
    """The tenant's file names its clients in a way that cannot be read; the message says where."""


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person whom the tenant's file names. `tenant` may be empty in a file of one tenant."""

    name: str
    email: str
    tenant: str = ""


class _Deployment(msgspec.Struct, frozen=True, kw_only=True):
    parameters: dict[str, Any] = {}


class _File(msgspec.Struct, frozen=True, kw_only=True):
    clients: list[Client] = []
    deployments: list[_Deployment] = []


def find(ledger: opened.Ledger, tenant: str) -> list[Client]:
    """The persons that the ledger's copy of the tenant's file names, e-mail addresses in lower case. Raises ClientError."""
    content = settings.read(ledger, tenant)
    try:
        return [] if content is None else list(_named(content, tenant))
    except (YAMLError, ValueError) as error:
        raise ClientError(f"Klientfilen til {tenant}: clients må være en liste av name og email ({error}).") from None


def is_listed(ledger: opened.Ledger, tenant: str, email: str) -> bool:
    """Whether the file as it was last applied names this address. A file that cannot be read names nobody."""
    try:
        return email.strip().lower() in {one.email for one in find(ledger, tenant)}
    except ClientError:
        return False


@functools.lru_cache(maxsize=64)
def _named(content: str, tenant: str) -> tuple[Client, ...]:
    """Asked at every page view, and a file takes some 50 ms to read."""
    read: object = YAML(typ="safe", pure=True).load(content)  # pyright: ignore[reportUnknownMemberType] ruamel has no types
    file = msgspec.convert(read, _File)
    of_one = len({one.parameters.get("tenant") for one in file.deployments}) <= 1
    mine = [one for one in file.clients if one.tenant == tenant or (of_one and not one.tenant)]
    return tuple(Client(name=one.name, email=one.email.strip().lower(), tenant=tenant) for one in mine)
