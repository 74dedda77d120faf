"""Clients' persons: who may see a tenant's pages, as the tenant's file says, and in which language. Who is taken out sees no more.

A file that holds several tenants says of each person whose pages they may see; a person without a tenant sees none of them.
"""

from __future__ import annotations

import functools
from typing import Any, Literal, cast

import msgspec
from ruamel.yaml import YAML

from fakturabro.ledger import opened, settings

Language = Literal["nb", "en"]
_INTAKE = ".invoice_intake"


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
    except ValueError as error:
        raise ClientError(f"Klientfilen til {tenant}: clients må være en liste av name og email ({error}).") from None


def is_listed(ledger: opened.Ledger, tenant: str, email: str) -> bool:
    """Whether the file as it was last applied names this address. A file that cannot be read names nobody."""
    try:
        return email.strip().lower() in {one.email for one in find(ledger, tenant)}
    except ClientError:
        return False


def language(ledger: opened.Ledger, tenant: str) -> Language:
    """What a tenant's client reads: `options.report.language` in the file as it was last applied. Whatever is odd in it: nb."""
    content = settings.read(ledger, tenant)
    try:
        return "nb" if content is None else _spoken(content, tenant)
    except ValueError:
        return "nb"


def organisation_number(ledger: opened.Ledger, tenant: str) -> str:
    """Whose Fortnox may be connected: `options.organisation_number` in the file as it was last applied; "" where it names none."""
    content = settings.read(ledger, tenant)
    try:
        return "" if content is None else _numbered(content, tenant)
    except ValueError:
        return ""


@functools.lru_cache(maxsize=64)
def _named(content: str, tenant: str) -> tuple[Client, ...]:
    file = msgspec.convert(_load(content), _File)
    of_one = len({str(one.parameters.get("tenant")) for one in file.deployments}) <= 1
    mine = [one for one in file.clients if one.tenant == tenant or (of_one and not one.tenant)]
    return tuple(Client(name=one.name, email=one.email.strip().lower(), tenant=tenant) for one in mine)


@functools.lru_cache(maxsize=64)
def _spoken(content: str, tenant: str) -> Language:
    """The intake makes the reports, so its options count before those of the tenant's other deployments."""
    stated = [one for one in _list(_at(_load(content), "deployments")) if _at(one, "parameters", "tenant") == tenant]
    stated.sort(key=lambda one: not str(_at(one, "entrypoint")).endswith(_INTAKE))
    said = [_at(one, "parameters", "options", "report", "language") for one in stated if _at(one, "parameters", "options")]
    return "en" if said and said[0] == "en" else "nb"


@functools.lru_cache(maxsize=64)
def _numbered(content: str, tenant: str) -> str:
    stated = [one for one in _list(_at(_load(content), "deployments")) if _at(one, "parameters", "tenant") == tenant]
    found = {str(number) for one in stated if (number := _at(one, "parameters", "options", "organisation_number"))}
    return found.pop() if len(found) == 1 else ""


@functools.lru_cache(maxsize=64)
def _load(content: str) -> object:
    """Asked at every page view, and a file takes some 50 ms to read. Raises ValueError."""
    try:
        return YAML(typ="safe", pure=True).load(content)  # pyright: ignore[reportUnknownMemberType] ruamel has no types
    except Exception as error:  # odd tags and deep nesting raise KeyError, AttributeError, RecursionError and others from in there
        raise ValueError(str(error)) from None


def _at(value: object, *names: str) -> object:
    """What stands under these keys; None where there are none such."""
    for name in names:
        value = cast(dict[object, object], value).get(name) if isinstance(value, dict) else None
    return value


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []
