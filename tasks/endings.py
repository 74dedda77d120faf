"""What ends a sending: errors that are no answer on one document, and when a wish to slow down is about more than one.

A counterpart may answer one key with 429 for ever (an idempotency layer that keeps the first answer, and replays it). That is about
this key. Many keys of a block at once are about us: the rest waits, after Retry-After was respected for each (see remote/http).
"""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.remote import errors

ENDING = (errors.Unavailable, errors.Throttled, errors.CredentialError)
"""What is no answer on one document: the rest is not tried in this attempt."""
ENDING_OF_MAIL = (errors.Unavailable, errors.CredentialError)
"""A mailbox that is full now (Throttled) says nothing of the others."""
_A_TENTH = 10


def find_end(met: Sequence[errors.RemoteError | None], ending: tuple[type[errors.RemoteError], ...]) -> errors.RemoteError | None:
    """The error that ends the sending after a block in which this was met, None for the documents that met nothing.

    One throttled document, or a tenth of the block, ends nothing: it stays planned and goes in a later run.
    """
    throttled = [error for error in met if isinstance(error, errors.Throttled)]
    few = len(throttled) <= max(1, len(met) // _A_TENTH)
    return next((error for error in met if isinstance(error, ending) and not (few and error in throttled)), None)
