"""Sealing: bytes compressed with zstd and encrypted with AES-GCM under a data key per tenant, kind and month.

The data keys lie in the ledger, wrapped with the installation's key. Whoever deletes a data key has deleted all that it sealed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets

import sqlalchemy as sa
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import aead

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import tables

MONTH_LENGTH = 7
"""Sealed bytes begin with the month of their key; what was purged is nothing but that."""
_NONCE_LENGTH = 12
NONCE_END = MONTH_LENGTH + _NONCE_LENGTH


class SealError(Exception):
    """Sealed bytes cannot be opened: the key was purged, or it is not the installation's key."""


class Key:
    """One data key, ready to seal. Not safe between threads."""

    def __init__(self, month: str, key: bytes) -> None:
        self.month = month
        self.key = key
        self._cipher = aead.AESGCM(key)
        self._compressor = zstandard.ZstdCompressor(level=3)
        self._decompressor = zstandard.ZstdDecompressor()

    def seal(self, data: bytes) -> bytes:
        """`data` compressed and encrypted; begins with the month, so that the key is found again."""
        nonce = os.urandom(_NONCE_LENGTH)
        return self.month.encode() + nonce + self._cipher.encrypt(nonce, self._compressor.compress(data), None)

    def open(self, sealed: bytes) -> bytes:
        """What `seal` was given."""
        nonce, encrypted = sealed[MONTH_LENGTH : MONTH_LENGTH + _NONCE_LENGTH], sealed[MONTH_LENGTH + _NONCE_LENGTH :]
        try:
            return self._decompressor.decompress(self._cipher.decrypt(nonce, encrypted, None))
        except InvalidTag:
            raise SealError("the bytes were sealed with another key, or were changed") from None


class Seals:
    """The data keys of one installation. Keys are made in a transaction of their own, before the first use of a month."""

    def __init__(self, engine: sa.Engine, installation_key: bytes) -> None:
        self._engine = engine
        self._wrapping = aead.AESGCM(installation_key)
        self.guard_key = hmac.digest(installation_key, b"fakturabro guards", hashlib.sha256)
        """What hashes are keyed with that stand in clear text: see guard_keys."""
        self._keys: dict[tuple[str, str, str], Key] = {}

    def key(self, tenant: str, kind: str, month: str) -> Key:
        """The data key of a tenant, kind and month; made when there is none. Call it outside of a transaction."""
        if (tenant, kind, month) not in self._keys:
            with self._engine.begin() as connection:
                known = self._find(connection, tenant, kind, month) or self._make(connection, tenant, kind, month)
            if known is None:
                raise SealError(f"the key of {tenant}, {kind}, {month} was purged while it was made")
            self._keys[tenant, kind, month] = known
        return self._keys[tenant, kind, month]

    def open(self, connection: sa.Connection, tenant: str, kind: str, sealed: bytes) -> bytes:
        """Open what was sealed for this tenant and kind. Raises SealError when its key was purged."""
        month = sealed[:MONTH_LENGTH].decode()
        known = self._keys.get((tenant, kind, month)) or self._find(connection, tenant, kind, month)
        if known is None or len(sealed) == MONTH_LENGTH:
            raise SealError(f"the key of {tenant}, {kind}, {month} was purged: these bytes cannot be read any more")
        self._keys[tenant, kind, month] = known
        return known.open(sealed)

    def destroy(self, connection: sa.Connection, tenant: str, kind: str, month: str) -> None:
        """Delete a data key: what it sealed can never be read again. Other processes that hold it forget it when they end."""
        table = tables.data_key
        where = (table.c.tenant == tenant, table.c.kind == kind, table.c.month == month)
        connection.execute(sa.delete(table).where(*where))
        self._keys.pop((tenant, kind, month), None)

    def _find(self, connection: sa.Connection, tenant: str, kind: str, month: str) -> Key | None:
        table = tables.data_key
        where = (table.c.tenant == tenant, table.c.kind == kind, table.c.month == month)
        wrapped = connection.execute(sa.select(table.c.wrapped).where(*where)).scalar_one_or_none()
        if wrapped is None:
            return None
        try:
            key = self._wrapping.decrypt(wrapped[:_NONCE_LENGTH], wrapped[_NONCE_LENGTH:], f"{tenant}/{kind}/{month}".encode())
        except InvalidTag:
            raise SealError("the installation's key is not the one that this ledger was written with") from None
        return Key(month, key)

    def _make(self, connection: sa.Connection, tenant: str, kind: str, month: str) -> Key | None:
        key, nonce = secrets.token_bytes(32), os.urandom(_NONCE_LENGTH)
        wrapped = nonce + self._wrapping.encrypt(nonce, key, f"{tenant}/{kind}/{month}".encode())
        values = {"tenant": tenant, "kind": kind, "month": month, "wrapped": wrapped}
        connection.execute(bulk.dialect_insert(connection, tables.data_key).values(**values).on_conflict_do_nothing())
        return self._find(connection, tenant, kind, month)  # another process may have been faster
