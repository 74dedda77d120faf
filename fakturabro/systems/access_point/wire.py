"""The access point's JSON as contract.openapi.yaml says.

Source: contract.openapi.yaml beside this file.
Assumed: the whole contract.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the partner holds it; `sha256` is in hexadecimal, of the bytes handed over."""

    message_id: uuid.UUID
    sender: str
    receiver: str
    sha256: str
    state: Literal["received", "delivered", "refused"]
    received_at: dt.datetime
