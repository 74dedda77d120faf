"""E-mails that came back: read from the mailbox that they come to, and what becomes of their documents."""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Container

from sqlalchemy import exc

from fakturabro.ledger import applied
from fakturabro.ledger.distribution import arrivals
from fakturabro.ledger.distribution import bounces as returned
from fakturabro.systems.mail import bounces, mailbox
from tasks import clock, connect, installation, messages, retrying, run_context, runs

_UNRECORDABLE = (ValueError, ArithmeticError, exc.DataError)
"""What a stranger's bytes may lead to, and the ledger's own trouble does not."""


@retrying.station("Les returmeldinger")
async def read_bounces(batch: runs.Batch) -> runs.Batch:
    """Take in what mail servers could not deliver, of all tenants: they share the mailbox."""
    box = connect.current().bounce_box()
    if batch.slot.dry_run or box is None:
        return batch
    counted = await asyncio.to_thread(_read, batch.slot, box)
    if counted["unrecorded"]:
        batch = batch.failing(messages.unrecorded_bounces(counted["unrecorded"]))
    return batch.counted(bounced=counted["noted"] + counted["letter"])


def _read(slot: runs.Slot, box: mailbox.Mailbox) -> collections.Counter[str]:
    """A mail is put aside when what it says is recorded: one that is read twice changes nothing. What came back before its sending
    was in doubt is settled at the end. One that cannot be recorded, or is of no e-mail of ours, is left unread there."""
    ledger, counted = connect.current().ledger, collections.Counter[str]()
    tenants = {slot.tenant, *applied.find_tenants(ledger)}
    with box as opened:
        for mail in opened.fetch():
            said = _take_in(slot, tenants, mail)
            opened.put_aside(mail, seen=bool(set(said) - {"unknown", "unrecorded"}))
            counted.update(said.elements())
    returned.judge_anew(ledger, slot.tenant)
    arrivals.settle(ledger, slot.tenant, slot.run, clock.now())
    return counted


def _take_in(slot: runs.Slot, tenants: Container[str], mail: mailbox.Mail) -> collections.Counter[str]:
    try:
        return collections.Counter(_record(slot, tenants, one) for one in bounces.read(mail.content))
    except _UNRECORDABLE as error:
        run_context.logger().error("a mail that came back cannot be recorded: %s", type(error).__name__)
        return collections.Counter(["unrecorded"])


def _record(slot: runs.Slot, tenants: Container[str], one: bounces.Bounce) -> str:
    """What comes of it; "unknown" also where the Message-ID names a tenant or a mail domain that is none of ours."""
    connections, tenant = connect.current(), returned.find_tenant(one.message_id) or ""
    if tenant not in tenants or not one.message_id.endswith(f"@{installation.current().mail_domain}>"):
        return "unknown"
    return returned.record(
        connections.ledger,
        connections.journal,
        tenant,
        one.message_id,
        permanent=one.permanent,
        recipient=one.recipient,
        status=one.status,
        detail=one.detail,
        at=clock.now(),
        run=slot.run,
    )
