"""When refusals say nothing of the recipients: many at one domain, or everywhere, and it is the relay or our name that is refused.

Taken for what they look like, they would turn each e-mail into a paid letter (docs/adr/0015-many-refusals-stop-the-channel.md).
An address counts once, by its last answer: eight invoices to one dead mailbox say no more than one. A refusal whose status speaks
of the address (5.1.1) is believed, until a domain refuses everybody.

Source: RFC 3463 (5.1.x: the address; 5.1.7 and 5.1.8 are the sender's).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from fakturabro.remote import errors

ALL = "*"
OF_ONE, LAST_OF_ONE = 5, 20
OF_ALL, LAST_OF_ALL, DOMAINS = 10, 40, 3
_SHARE = 0.5
_NO_SUCH_ADDRESS = re.compile(r"\b5\.1\.(?:[0-69]|10)\b")


class RelayRefusesError(errors.CredentialError):
    """So many are refused that the addresses cannot be at fault. Operators must look; what was not sent stays planned."""


class DomainRefusesError(errors.Throttled):
    """The same of one domain: what is meant for it waits, the rest goes on, and `Sender.conclude` tells."""


class Counts:
    """The answers of one batch: address -> the words that it was refused with, or "", in the order of the last answers."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def note(self, address: str, refusal: str) -> None:
        """What the server said of `address` just now; "" when it took it."""
        self._said.pop(address.casefold(), None)
        self._said[address.casefold()] = refusal

    def find_stop(self, address: str) -> str | None:
        """Of whom too many are refused: ALL, or the domain of `address`; None when sending may go on."""
        refused = [known for known, said in self._last(LAST_OF_ALL) if said]
        if len({to_domain(known) for known in refused}) >= DOMAINS and _are_many(
            len(refused), len(self._last(LAST_OF_ALL)), OF_ALL
        ):
            return ALL
        domain = to_domain(address)
        answers = [said for _, said in self._last(LAST_OF_ONE, domain)]
        doubtful = sum(1 for said in answers if said and not _NO_SUCH_ADDRESS.search(said))
        everybody = len(answers) == LAST_OF_ONE and all(answers)
        return domain if everybody or _are_many(doubtful, len(answers), OF_ONE) else None

    def _last(self, count: int, domain: str = "") -> Sequence[tuple[str, str]]:
        latest = ((known, said) for known, said in reversed(self._said.items()) if not domain or to_domain(known) == domain)
        return list(itertools.islice(latest, count))


def to_domain(address: str) -> str:
    return address.casefold().rpartition("@")[2]


def _are_many(refused: int, of: int, fewest: int) -> bool:
    return refused >= max(fewest, _SHARE * of)
