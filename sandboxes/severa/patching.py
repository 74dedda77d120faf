"""PATCH as Severa takes it: a list of operations on the fields of a thing, each value a text that is read as the field's type.

Source: severa-v1.reconstructed.openapi.json (PatchOperation); only Replace is supported (support page "REST API: technical
description").
Assumed: paths are told apart by case; a text is read as number, date or truth value where the field is one.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec

from sandboxes.severa import models, refusals

Given = TypeVar("Given", bound=models.Input)


class Operation(msgspec.Struct, kw_only=True):
    op: Literal["Add", "Copy", "Move", "Remove", "Replace"]
    path: str | None = None
    value: str | None = None
    from_: str | None = msgspec.field(name="from", default=None)


def read(body: bytes, shape: type[Given]) -> Given:
    """A thing as it was sent. Raises RefusalError."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise refusals.RefusalError("InvalidParameter", str(error)) from None
    except msgspec.DecodeError as error:
        raise refusals.RefusalError("InvalidRequest", str(error)) from None


def fields(given: models.Input) -> dict[str, Any]:
    """What was sent, as it is kept."""
    return msgspec.to_builtins(given, builtin_types=(Decimal,))


def patched(row: dict[str, Any], body: bytes, shape: type[Given]) -> dict[str, Any]:
    """The fields of `row` that may be sent, after the operations. Raises RefusalError; `row` stays."""
    try:
        operations = msgspec.json.decode(body, type=list[Operation])
    except msgspec.DecodeError as error:
        raise refusals.RefusalError("InvalidRequest", str(error)) from None
    names = {field.encode_name for field in msgspec.structs.fields(shape)}
    view: dict[str, Any] = copy.deepcopy({name: value for name, value in row.items() if name in names})
    for one in operations:
        _replace(view, one, names)
    try:
        return fields(msgspec.convert(view, shape, strict=False))
    except msgspec.ValidationError as error:
        raise refusals.RefusalError("InvalidParameter", str(error)) from None


def _replace(view: dict[str, Any], one: Operation, names: set[str]) -> None:
    *parents, last = (one.path or "").removeprefix("/").split("/")
    if one.op != "Replace":
        raise refusals.RefusalError("InvalidOperation", f"Operation {one.op} is not supported.", name=one.path or "")
    if (parents or [last])[0] not in names:
        raise refusals.RefusalError("InvalidParameter", f"'{one.path}' cannot be changed.", name=one.path or "")
    inside = view
    for name in parents:
        inside[name] = inside.get(name) or {}
        inside = inside[name]
    inside[last] = one.value
