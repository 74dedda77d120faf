"""The Authorization header as the sandboxes read it."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request


def basic(request: Request) -> tuple[str, str]:
    """User and password of a Basic header; two empty strings if there is none."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if kind.lower() == "basic" else ("", "")
