"""What was sent with a file in it, in base64: kept as what stands around the file, because the file itself is kept already.

Byte for byte all the same: a frame is only made of what it gives back, and it names the sha256 of the whole and of the file.
Whoever commits to a frame commits to both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

import msgspec

_LINE = 57
"""Bytes to a line of base64 in an e-mail: 76 characters (RFC 2045, §6.8)."""


class FrameError(Exception):
    """These bytes are no frame, or another file belongs into it."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sha256` of the whole and `file` (sha256 of the file in it, "" for none) are hexadecimal; `line` counts the characters of
    base64 to a line, which ends with CRLF; 0: all in one line. `before` and `after` are text in UTF-8."""

    sha256: str
    file: str
    line: int
    before: str
    after: str


def split(whole: bytes, file: bytes) -> bytes:
    """The frame, as JSON, of `whole`, text in UTF-8. Where `file` does not stand in it in base64, all of it is in the frame."""
    line, before, after = next(_find(whole, file), (0, whole, b""))
    inside = len(before) + len(after) < len(whole)
    frame = Frame(
        sha256=hashlib.sha256(whole).hexdigest(),
        file=hashlib.sha256(file).hexdigest() if inside else "",
        line=line,
        before=before.decode(),
        after=after.decode(),
    )
    return msgspec.json.encode(frame)


def _find(whole: bytes, file: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    for line in (0, _LINE // 3 * 4) if file else ():
        before, found, after = whole.partition(_encoded(file, line))
        if found:
            yield line, before, after


def _encoded(file: bytes, line: int) -> bytes:
    if not line:
        return base64.b64encode(file)
    size = line // 4 * 3
    return b"\r\n".join(binascii.b2a_base64(file[at : at + size], newline=False) for at in range(0, len(file), size))


def read(frame: bytes) -> Frame:
    """The frame in these bytes. Raises FrameError."""
    try:
        return msgspec.json.decode(frame, type=Frame)
    except ValueError as error:
        raise FrameError(str(error)) from None


def join(frame: Frame, file: bytes) -> bytes:
    """What was sent. Raises FrameError when that is not what `frame` was made of."""
    whole = frame.before.encode() + (_encoded(file, frame.line) if frame.file else b"") + frame.after.encode()
    if hashlib.sha256(whole).hexdigest() != frame.sha256:
        raise FrameError("another file belongs into this frame")
    return whole
