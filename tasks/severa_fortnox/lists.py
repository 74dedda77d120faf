"""What is new or changed in both systems since their lists were read last, recorded as documents.

Each list is read from the newest change that it showed before, less a little; what comes twice says the same and changes nothing.
A list that fails leaves its mark where it was, and stops no other.
"""

from __future__ import annotations

from fakturabro.remote import errors
from tasks import retrying, runs
from tasks.severa_fortnox import fortnox_lists, severa_customers, severa_lists
from tasks.severa_fortnox.options import SyncOptions

_READERS = (
    severa_lists.read_invoices,
    severa_lists.read_projects,
    severa_customers.read,
    severa_lists.read_articles,
    fortnox_lists.read_customers,
    fortnox_lists.read_articles,
)
"""Invoices and projects first: they tell which customers count."""


@retrying.station("Les registre")
async def fetch(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Read what changed. A dry run reads too, and records nothing."""
    failed: list[errors.RemoteError] = []
    for read in _READERS:
        try:
            batch = await read(batch, options)
        except errors.CredentialError:
            raise
        except errors.RemoteError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return batch
