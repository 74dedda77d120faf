"""By what a payment that came in is known: our account and the bank's reference; its content too where banks use one for several.

Several payments of one file are several, whatever they are called: those after the first have the reference with "#", a hash of
what they are and which of their equals they are, so that every file that tells of them again names them so, in any order. The
same reference with other content in another file is neither: somebody must ask the bank.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import MutableMapping
from typing import NamedTuple

import msgspec

from fakturabro.domain import money, statements
from fakturabro.ledger.payments import guard_keys

Content = tuple[int, str, str, dt.date | None]
"""Amount in minor units, currency, KID and booking day."""
_LENGTH = 12


class Known(NamedTuple):
    """A payment that stands, or is about to (document 0): its file and the place there, its content, and who paid (hashed)."""

    document_id: int
    place: tuple[int, int]
    content: Content
    payer: int | None


def to_key(one: statements.IncomingPayment) -> str:
    """What a payment is known by: our account, and the reference within it."""
    return f"{one.payee_account.number}/{one.reference}"


def is_whole_entry(reference: str) -> bool:
    """Whether it names an entry that the bank told of without its payments.

    >>> is_whole_entry("B7/0"), is_whole_entry("B7/0#1f.2"), is_whole_entry("B7/10")
    (True, True, False)
    """
    return reference.partition("#")[0].endswith("/0")


class Names:
    """The names in one file, whose payments come in their order."""

    def __init__(self, file_id: int, keys: guard_keys.Keys) -> None:
        self._file_id, self._keys = file_id, keys
        self._times: dict[int, int] = {}
        self._met: set[int] = set()

    def name(self, at: int, one: statements.IncomingPayment, known: MutableMapping[str, Known]) -> str:
        """The key of a payment; `known` are those that stand under the bank's references, and gets the first that does not."""
        key, content = to_key(one), _content(one)
        there = known.setdefault(key, Known(0, (self._file_id, at), content, self._payer(one)))
        if there.place == (self._file_id, at):
            return key
        mine, before = hash((key, content)), self._is_ours(there) and there.content == content
        times = self._times[mine] = self._times.get(mine, int(before)) + 1
        payers = {there.payer, self._payer(one)} - {None}  # not every file says who paid
        if times == 1 and there.content == content and len(payers) < 2:
            return key
        return f"{key}#{self._keys.of_bytes(msgspec.json.encode(content)).hex()[:_LENGTH]}.{times}"

    def find(self, at: int, one: statements.IncomingPayment, key: str, known: MutableMapping[str, Known]) -> Known | None:
        """What stands under the key that `name` gave, or begins to; None where another file has other content by the reference."""
        plain, there = to_key(one), known.get(key)
        if there is None and (self._is_ours(known[plain]) or hash(plain) in self._met):
            there = known[key] = Known(0, (self._file_id, at), _content(one), self._payer(one))
        if there is not None and not self._is_ours(known[plain]):
            self._met.add(hash(plain))
        return there

    def _is_ours(self, there: Known) -> bool:
        return there.place[0] == self._file_id

    def _payer(self, one: statements.IncomingPayment) -> int | None:
        return self._keys.payer(one.payer_account) if one.payer_account else None


def _content(one: statements.IncomingPayment) -> Content:
    return money.to_minor(one.amount), one.currency, one.kid, one.booked_on
