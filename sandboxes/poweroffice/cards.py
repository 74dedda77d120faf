"""Customers of v2: filters and JSON Patch on the card.

LastChangedDateTimeOffset of a customer does not move when only MailAddress changes; the address has a timestamp of its own (the
vendor says so). An empty or blank address is kept as it is typed.

Assumed: paths of a patch are compared without case, as the specification's example has camelCase for PascalCase fields.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from sandboxes.poweroffice import listing
from sandboxes.poweroffice import state as state_

_READ_ONLY = (
    "Id",
    "SubledgerAccountId",
    "LastChangedDateTimeOffset",
    "CustomerCreatedDateTimeOffset",
    "ContactCreatedDateTimeOffset",
)


class PatchError(ValueError):
    """A patch cannot be applied; nothing was changed."""


class Operation(msgspec.Struct):
    """One operation of RFC 6902; `from` is not needed by any caller of ours."""

    op: str
    path: str
    value: Any = None


def shown(card: Mapping[str, Any]) -> dict[str, Any]:
    """The card as it is answered: an identity number is only ever "hidden"."""
    return dict(card) | {"NationalIdNumber": "hidden" if card.get("NationalIdNumber") else None}


def filtered(client: state_.Client, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """The cards that all filters let through, by customer number. Raises listing.FilterError."""
    rows = sorted(client.customers.values(), key=lambda card: card["Number"])
    for name, field in (("customerNos", "Number"), ("externalNos", "ExternalNumber")):
        if text := query.get(name, "").strip():
            wanted = listing.numbers(text)
            rows = [card for card in rows if wanted(card[field])]
    for name in ("lastChangedDateTimeOffset", "customerCreatedDateTimeOffset"):
        if text := query.get(f"{name}GreaterThan", "").strip():
            since = listing.moment(text)
            rows = [card for card in rows if card[name[0].upper() + name[1:]] > since]
    if reference := query.get("externalImportReference", "").strip():
        rows = [card for card in rows if card["ExternalImportReference"] == reference]
    return rows


def patched(card: Mapping[str, Any], operations: list[Operation]) -> dict[str, Any]:
    """A changed copy of the card, with the timestamps that move. Raises PatchError."""
    changed = copy.deepcopy(dict(card))
    now = dt.datetime.now(dt.UTC)
    for operation in operations:
        parts = operation.path.strip("/").split("/")
        _apply(changed, parts, operation)
        if parts[0].lower() == "mailaddress":
            changed["MailAddress"]["LastChangedDateTimeOffset"] = now
        elif operation.op != "test":
            changed["LastChangedDateTimeOffset"] = now
    return changed


def _apply(card: dict[str, Any], parts: list[str], operation: Operation) -> None:
    holder: dict[str, Any] = card
    for part in parts[:-1]:
        holder = holder[_name(holder, part)]
        if not isinstance(holder, dict):
            raise PatchError(f"'{operation.path}' is no object.")
    name = _name(holder, parts[-1])
    if name in _READ_ONLY or isinstance(holder[name], dict):
        raise PatchError(f"'{operation.path}' cannot be changed.")
    if operation.op == "test":
        if holder[name] != operation.value:
            raise PatchError(f"The value at '{operation.path}' is not equal to the test value.")
    elif operation.op in ("add", "replace", "remove"):
        holder[name] = None if operation.op == "remove" else operation.value
    else:
        raise PatchError(f"Operation '{operation.op}' is not supported.")


def _name(holder: dict[str, Any], part: str) -> str:
    found = next((name for name in holder if name.lower() == part.lower()), None)
    if found is None:
        raise PatchError(f"The target location specified by path segment '{part}' was not found.")
    return found
