"""What is missing before anything can be carried is said before a slot needs it: once a day, and when the tenant's file is applied.

While something is missing, and until the first invoice is carried, it is asked for in each run: what an administrator has put right
counts at once, and no number is taken in the meantime.
"""

from __future__ import annotations

from fakturabro.domain import calendar
from fakturabro.ledger.synchronising import pairs, watermarks
from fakturabro.remote import errors
from tasks import clock, connect, retrying, runs
from tasks.severa_fortnox import access_fortnox, access_severa, demands, numbering
from tasks.severa_fortnox.options import SyncOptions

_MARK = ("access", "probe")


@retrying.station("Kontroller tilgang", gates=True)
async def probe(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Name what is missing and close the parts that need it. Where there is no access at all, nothing is carried."""
    ledger, slot = connect.current().ledger, batch.slot
    is_first = options.invoices.carried and not pairs.is_any(ledger, slot.tenant, "invoice")
    mark = watermarks.find(ledger, slot.tenant, *_MARK)
    if not is_first and mark and mark.read_at.astimezone(calendar.OSLO).date() == slot.business_date:
        return batch
    try:
        lacks = await find_lacks(options, is_first)
    except errors.CredentialError as error:
        return batch.closing(runs.EVERYTHING, str(error))
    if not lacks and not slot.dry_run:
        watermarks.record(ledger, slot.tenant, slot.run, *_MARK, None, clock.now())
    return demands.note(batch, lacks)


async def find_lacks(options: SyncOptions, is_first: bool) -> list[demands.Lack]:
    """Everything that is missing; `is_first`: no invoice was carried yet, so the numbers are looked at too. Raises the ladder."""
    connections = connect.current()
    fortnox = await connections.fortnox_calls(options.fortnox_tenant)
    severa = await connections.severa()
    found = await access_fortnox.find_lacks(fortnox, options)
    lacks, status = await access_severa.find_lacks(severa, options)
    found += lacks
    closed = {part for one in found for part in one.parts}
    if is_first and status and not closed & {demands.INVOICES, runs.EVERYTHING}:
        found += await numbering.find_lacks(severa, fortnox, options.invoices, status)
    return found
