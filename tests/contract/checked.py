"""Every request and every answer of an application held against a vendor's OpenAPI document while a client talks to it."""

from __future__ import annotations

import functools
import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any
from urllib import parse

import openapi_schema_validator as oas
import yaml
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@functools.cache
def load(path: pathlib.Path) -> dict[str, Any]:
    """A vendor's document, in JSON or YAML, read once."""
    text = path.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=loader))  # noqa: S506 - both are safe loaders


class Checked:
    """ASGI application around a sandbox. `faults` fills with what is not as the document says; `seen` with the operations met.

    `strict`: a parameter in the query that the operation does not name is a fault too; Fortnox has some that stand elsewhere.
    """

    def __init__(self, app: ASGIApp, document: Mapping[str, Any], prefix: str, *, strict: bool = False) -> None:
        self._app, self._document, self._prefix, self._strict = app, document, prefix, strict
        self._paths = {path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$") for path in document["paths"]}
        self.faults: list[str] = []
        self.seen: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(self._prefix) or "/OAuth/" in scope["path"]:
            await self._app(scope, receive, send)
            return
        operation = self._operation(scope)
        asked, answered, status = [], [], []

        async def heard() -> Message:
            message = await receive()
            asked.append(message.get("body", b""))
            return message

        async def said(message: Message) -> None:
            status.extend([str(message["status"])] if "status" in message else [])
            answered.append(message.get("body", b""))
            await send(message)

        await self._app(scope, heard, said)
        if operation is not None:
            self._check_query(scope, operation)
            self._check("request", operation.get("requestBody", {}), b"".join(asked))
            stated = operation["responses"].get(status[0]) or operation["responses"].get("default", {})
            self._check(f"answer {status[0]}", stated, b"".join(answered))

    def _operation(self, scope: Scope) -> dict[str, Any] | None:
        path = scope["path"].removeprefix("/v2")
        for template, pattern in self._paths.items():
            if pattern.match(path) and scope["method"].lower() in self._document["paths"][template]:
                self.seen.add(f"{scope['method']} {template}")
                return dict(self._document["paths"][template][scope["method"].lower()])
        self.faults.append(f"no such operation: {scope['method']} {path}")
        return None

    def _check_query(self, scope: Scope, operation: Mapping[str, Any]) -> None:
        known = {one.get("name") for one in operation.get("parameters", [])}
        for name, _ in parse.parse_qsl(scope["query_string"].decode("ascii")) if self._strict else ():
            if name not in known:
                self.faults.append(f"no such parameter of {scope['path']}: {name}")

    def _check(self, what: str, stated: Mapping[str, Any], body: bytes) -> None:
        content = stated.get("content")
        if not body or not content:
            return
        told = content.get("application/json", content.get("*/*"))
        if told is None or told["schema"].get("format") in {"byte", "binary"}:
            return
        schema = {**told["schema"], "components": self._closed}
        for error in oas.OAS30Validator(schema, format_checker=oas.oas30_format_checker).iter_errors(json.loads(body)):
            self.faults.append(f"{what} {list(error.absolute_path)}: {error.message}")

    @functools.cached_property
    def _closed(self) -> dict[str, Any]:
        """The document's schemas, each without fields that it does not name, but for the totals that every list has.

        Problems are answered in lower case, as the vendor's own examples are.
        """
        schemas: dict[str, Any] = {}
        for name, one in self._document["components"]["schemas"].items():
            is_open = "properties" not in one or name == "ProblemDetails"
            fields = {**one.get("properties", {}), "MetaInformation": {"type": "object"}}
            schemas[name] = one if is_open else {**one, "properties": fields, "additionalProperties": False}
        return {**self._document["components"], "schemas": schemas}
