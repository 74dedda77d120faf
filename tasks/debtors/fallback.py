"""Letters after links: who has not opened in time gets one, once; bounces, receipts and a brake before that."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

from fakturabro.domain import calendar, documents
from fakturabro.ledger import deliveries, watching
from fakturabro.ledger.distribution import fallbacks
from fakturabro.ledger.portal import objections, openings
from tasks import asking, clock, connect, messages, options, retrying, runs
from tasks.debtors import channels, distribution, receipts

_WEEK = dt.timedelta(days=7)
_FEW = 20
"""So many letters go without asking."""
_YOUNG, _SOME = dt.timedelta(days=4), 100
"""Of so many links of these days somebody opens one on a working day, even if only each twentieth link is opened that day: that
nobody did happens by chance in fewer than one of a hundred mornings. Of five it would in three of four."""


@retrying.station("Les kvitteringer fra trykkeriet")
async def read_receipts(batch: runs.Batch) -> runs.Batch:
    """Take in what the print partner says of its jobs."""
    if batch.slot.dry_run or not connect.current().has_receipts:
        return batch
    read = await asyncio.to_thread(receipts.read_receipts, batch.slot)
    for sentence in [*read.unknown, *read.unreadable]:
        batch = batch.failing(sentence)
    return batch.counted(receipts=read.recorded, letters_rejected=len(read.rejected))


@retrying.station("Velg brev")
async def choose_letters(batch: runs.Batch, chosen: options.FactoringOptions, release_brake: bool) -> runs.Batch:
    """Plan a letter for each link that was not opened in time, or whose e-mail came back; cancel what has become needless."""
    slot, ledger, settings = batch.slot, connect.current().ledger, chosen.distribution
    now = clock.now()

    def is_over(sent_at: dt.datetime) -> bool:
        return now >= calendar.after(sent_at, settings.letter_after_days, working=settings.letter_days == "virkedager")

    if slot.dry_run:
        return batch.counted(would_send_letters=len(fallbacks.find_due(ledger, slot.tenant, is_over)))
    fallbacks.follow(ledger, slot.tenant, slot.run, slot.business_date)
    due = fallbacks.find_due(ledger, slot.tenant, is_over)
    unopened, returned = [one for one in due if not one.has_bounced], [one for one in due if one.has_bounced]
    why = await _find_brake(slot, unopened, settings) if unopened and not release_brake else ""
    wave = _find_wave(slot, returned, settings) if returned and not release_brake else ""
    going = [one.delivery_id for one in due if not (wave if one.has_bounced else why)]
    fallbacks.plan(ledger, slot.tenant, going, slot.run, slot.business_date)
    for sentence in filter(None, (why, wave)):
        batch = batch.failing(sentence)
    return batch


def _find_wave(slot: runs.Slot, returned: Sequence[fallbacks.Due], settings: options.DistributionOptions) -> str:
    """Why no letter goes in place of what came back: so much of what was sent did that it is hardly the addresses."""
    mailed = fallbacks.count_mailed(connect.current().ledger, slot.tenant, min(one.sent_at for one in returned))
    too_many = len(returned) >= _FEW and 100 * len(returned) > settings.letter_brake * mailed
    return messages.many_bounced(len(returned), mailed) if too_many else ""


async def _find_brake(slot: runs.Slot, due: Sequence[fallbacks.Due], settings: options.DistributionOptions) -> str:
    """Why no letter goes now: the portal is dark, or nobody has opened anything, as if nobody could. "" when they may go.

    Days on which the portal was away do not count: it answers now, but what was opened lately says whether it did before.
    """
    if not await asking.is_ready(connect.current()):
        return messages.portal_is_dark(len(due))
    ledger, now = connect.current().ledger, clock.now()
    lately = calendar.before(now)
    if not openings.count_since(ledger, lately):
        unopened = openings.count_unopened(ledger, now - _YOUNG, lately)
        if unopened >= _SOME:
            return messages.nobody_opens(unopened, lately)
    if len(due) < _FEW:
        return ""
    oldest, newest = min(one.sent_at for one in due), max(one.sent_at for one in due)
    opened = openings.count_since(ledger, oldest, slot.tenant)
    share = 100 * len(due) // (len(due) + opened)
    if share > settings.letter_brake and not openings.count_since(ledger, newest):
        return messages.nobody_opens(len(due), newest)
    return ""


@retrying.station("Send brev")
async def send_letters(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
    """Hand the planned letters over to the print partner."""
    ledger, slot = connect.current().ledger, batch.slot
    if slot.dry_run:
        return batch
    if deliveries.is_planned(ledger, slot.tenant, documents.AFTER_LINK, channels.LETTER):
        await distribution.deliver_letters(documents.AFTER_LINK, slot, chosen)
    since = watching.find_last_concluded(ledger, slot.tenant, slot.flow) or slot.time - _WEEK
    opened, objected = openings.count_since(ledger, since, slot.tenant), len(objections.find_open(ledger, slot.tenant))
    return batch.counted(opened=opened, objected=objected)
