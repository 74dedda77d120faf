"""What is changed of a thing in Severa, field by field, and whether Severa took it.

A field is named by its path, such as "/name" or "/status/guid". The answer is held against what was asked: a field that was passed
over in silence is Rejected, so that nobody believes that it stands there.

Source: severa-v1.reconstructed.openapi.json (PatchOperation: a value is a text or null); only Replace is supported (the vendor's
support page "REST API: technical description").
Assumed: a number or a truth value may come as a text; blanks at the ends of a text may go.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar, cast

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.severa import messages, session, wire

Value = str | bool | int | Decimal | dt.date | None
Fields = Mapping[str, Value]
Thing = TypeVar("Thing", bound=wire.Keyed)


async def send(calls: session.Session, path: str, guid: str, fields: Fields, shape: type[Thing]) -> Thing:
    """Change a thing. It may be sent again: the fields then stand as they should already. Raises the ladder."""
    operations = [{"op": "Replace", "path": field, "value": _text(value)} for field, value in fields.items()]
    answer = await calls.send("PATCH", f"{path}/{guid}", changes=True, content=msgspec.json.encode(operations))
    for thing, raw in zip(answers.decode(answer, list[shape]), answers.decode(answer, list[msgspec.Raw]), strict=True):
        if thing.guid == guid:
            if unlike := not_taken(msgspec.json.decode(raw), fields):
                raise errors.Rejected(messages.not_taken(answer.where, unlike), detail=", ".join(unlike))
            return thing
    raise errors.Rejected(messages.not_taken(answer.where, fields), detail=", ".join(fields))


def not_taken(found: object, fields: Fields) -> list[str]:
    """The fields that do not stand in the answer as they were asked for."""
    return [field for field, value in fields.items() if not _is_same(value, _at(found, field))]


def _at(found: object, field: str) -> object:
    for name in field.strip("/").split("/"):
        found = cast(dict[str, object], found).get(name) if isinstance(found, dict) else None
    return found


def _text(value: Value) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return None if value is None else str(value)


def _is_same(value: Value, found: object) -> bool:
    if isinstance(value, bool):
        return found is value
    if value is None or isinstance(value, str):
        return str(found or "").strip() == (value or "").strip()
    if isinstance(value, dt.date):
        return str(found)[:10] == value.isoformat()
    try:
        return not isinstance(found, bool) and Decimal(str(found)) == value
    except InvalidOperation:
        return False
