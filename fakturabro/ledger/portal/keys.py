"""A link's token and code: derived from the portal's key, never stored, so that the same e-mail can be written again.

The ledger holds the sha256 of the token and a keyed hash of the code. Whoever has the ledger has neither; whoever has the key and
the ledger has both, as the sender must.

Source: https://www.crockford.com/base32.html (the alphabet: 0 and O, 1, I and L are one letter each; no U)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

import msgspec

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_LONGEST = 64
_READ_AS = str.maketrans("OILU", "011V")
_BLANKS = re.compile(r"[\s\-–—.]+")
"""Also what phones make of a hyphen."""


class Secrets(msgspec.Struct, frozen=True):
    """What stands in an e-mail with a link: the token in its address, and the code."""

    token: str
    code: str

    def __repr__(self) -> str:
        return "Secrets()"


def derive(key: bytes, tenant: str, natural_key: str, issue: int) -> Secrets:
    """The secrets of one issue of a link: 256 bits of token, 40 bits of code."""

    def of(what: str) -> bytes:
        said = "\x00".join(("fakturabro portal", what, tenant, natural_key, str(issue)))
        return hmac.digest(key, said.encode(), hashlib.sha256)

    token = base64.urlsafe_b64encode(of("token")).rstrip(b"=").decode()
    number = int.from_bytes(of("code")[:5])
    return Secrets(token, "".join(ALPHABET[number >> 5 * n & 31] for n in range(CODE_LENGTH)))


def grouped(code: str) -> str:
    """The code as it is printed.

    >>> grouped("K7M2XW9P")
    'K7M2-XW9P'
    """
    return f"{code[:4]}-{code[4:]}"


def normalise(said: str) -> str:
    """The code that a person meant, or "" for what can be none: another length, or a character that no code has.

    >>> normalise(" k7m2 - xw9p "), normalise("oIlu-0000"), normalise("K7M2XW9"), normalise("K7M2XW9😀")
    ('K7M2XW9P', '011V0000', '', '')
    """
    if len(said) > _LONGEST or not (meant := _BLANKS.sub("", said)).isascii():
        return ""
    code = meant.upper().translate(_READ_AS)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def token_hash(token: str) -> str:
    """What is kept of a token; of whatever stands in an address."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def code_hash(key: bytes, link_hash: str, code: str) -> str:
    """What is kept of a code: 40 bits are soon tried, so the hash is keyed."""
    return hmac.new(key, f"fakturabro portal code/{link_hash}/{code}".encode(), hashlib.sha256).hexdigest()
