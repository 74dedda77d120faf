"""Payments that their target cannot tell from one another, since it keeps no reference of ours: whose turn it is to be posted.

One of several likes is on its way at a time. The n-th begins when n - 1 are accepted: where n stand at the target, it is there.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import opened, tables

_delivery = tables.delivery
_TAKEN = ("planned", "sending", "in_doubt", "accepted", "rejected")


class Turns(msgspec.Struct):
    """The natural key of each document that may be sent now; `refused`: a like of theirs was, so a person must look."""

    keys: dict[int, str] = {}
    refused: list[int] = []


def find_turns(ledger: opened.Ledger, tenant: str, purpose: str, target: str, stems: Mapping[int, str]) -> Turns:
    """Whose turn it is of these documents; the others wait. A natural key is a stem, which all likes share, and a number from 1."""
    turns, left, number = Turns(), dict(sorted(stems.items())), 1
    with ledger.reading() as connection:
        while left:
            keys = {i: f"{stem}{number}" for i, stem in left.items()}
            holders = _find_holders(connection, tenant, purpose, target, keys)
            left = {}
            for i, key in keys.items():
                holder, state = holders.setdefault(key, (i, ""))
                if holder == i:
                    turns.keys[i] = key
                elif state == "accepted":
                    left[i] = stems[i]
                elif state == "rejected":
                    turns.refused.append(i)
            number += 1
    return turns


def _find_holders(
    connection: sa.Connection, tenant: str, purpose: str, target: str, keys: Mapping[int, str]
) -> dict[str, tuple[int, str]]:
    """The document that has each key, and its state."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose, _delivery.c.target == target)
    those = (_delivery.c.state.in_(_TAKEN), bulk.among(connection, _delivery.c.natural_key, set(keys.values())))
    query = sa.select(_delivery.c.natural_key, _delivery.c.document_id, _delivery.c.state)
    return {key: (document_id, state) for key, document_id, state in connection.execute(query.where(*mine, *those))}
