"""Detached signatures: a file that the producing system signed needs nobody to confirm that it is the one that was made.

Source: Ed25519, RFC 8032; the signature is over the file's bytes.
Assumed: a signature file holds 64 bytes, or the same in base64 with blanks around it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

_LENGTH = 64


def is_right(content: bytes, signature: bytes, keys: Iterable[str]) -> bool:
    """Whether one of the public keys (32 bytes in base64) made this signature over this content."""
    try:
        raw = signature if len(signature) == _LENGTH else base64.b64decode(signature.strip(), validate=True)
    except binascii.Error:
        return False
    return any(_made(ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(key)), content, raw) for key in keys)


def _made(key: ed25519.Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
