"""Links to the debtor portal beside the day's sending: new ones that debtors asked for, and those that a restored ledger lacks."""

from __future__ import annotations

import asyncio
import contextlib

from fakturabro.ledger import deliveries, sendings
from fakturabro.ledger.portal import issues as portal_issues
from fakturabro.ledger.portal import links as portal
from fakturabro.ledger.portal import wishes as portal_wishes
from fakturabro.remote import errors
from fakturabro.systems.mail import client as smtp
from tasks import clock, connect, options, retrying, run_context, runs
from tasks.debtors import channels
from tasks.debtors import mails as debtor_mails


@retrying.station("Send nye lenker")
async def mail_anew(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
    """Let the links of a restored ledger open again, and mail a new link and code to those who asked for one."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run:
        return batch
    lacking = {row.id: row for row in portal.find_lacking(ledger, slot.tenant)}
    if lacking:
        candidates = channels.read_candidates(slot, list(lacking.values()), chosen)
        links = [debtor_mails.to_link(one, lacking[one.delivery.id].natural_key or "", chosen) for one in candidates]
        portal.record(ledger, connect.portal_key(), slot.tenant, links, clock.now())
    wished = portal_wishes.find(ledger, slot.tenant, clock.now())
    return batch.counted(links_anew=await asyncio.to_thread(_mail, slot, wished, chosen)) if wished else batch


def _mail(slot: runs.Slot, wished: list[portal.Link], chosen: options.FactoringOptions) -> int:
    """How many left. What did not, or may not have, goes in the next run: the same link and code. What is stopped waits."""
    ledger, sent = connect.current().ledger, 0
    watch = sendings.Watch(ledger, slot.tenant, "distribute", channels.LINK, slot.flow, slot.run)
    with connect.current().mail() as relay, contextlib.suppress(sendings.StoppedError):
        for one, link in _read(slot, wished, chosen):
            watch.refuse_stopped(clock.now())
            if portal_wishes.take(ledger, link, clock.now()):
                sent += _mail_one(slot, one, link, chosen, relay)
    return sent


def _mail_one(
    slot: runs.Slot, one: channels.Candidate, link: portal.Link, chosen: options.FactoringOptions, relay: smtp.Sender
) -> bool:
    ledger, key, (sender, _) = connect.current().ledger, connect.portal_key(), connect.current().mail_identity()
    message_id = link.natural_key.replace("@", f".{link.issue + 1}@")
    try:
        portal_issues.announce(connect.current().journal, link.tenant, link.natural_key, link.issue + 1, clock.now())
        secrets = portal.reissue(ledger, key, link, clock.now())
        new = debtor_mails.as_recorded(debtor_mails.to_link(one, link.natural_key, chosen), secrets)
        email, _copy = debtor_mails.build_link(message_id, one, new, secrets, chosen, sender, reissued=True)
        relay.send(email, one.emails)
    except Exception as error:
        portal_wishes.put_back(ledger, link, clock.now())
        if not isinstance(error, errors.Uncertain | errors.Rejected | errors.Throttled):
            raise
        run_context.logger().warning("%s: %s", slot.tenant, error)
        return False
    portal_wishes.grant(ledger, link, message_id, slot.run, clock.now())
    return True


def _read(
    slot: runs.Slot, wished: list[portal.Link], chosen: options.FactoringOptions
) -> list[tuple[channels.Candidate, portal.Link]]:
    links = {link.document_id: link for link in wished}
    rows = [
        deliveries.Open(
            id=link.document_id,
            document_id=link.document_id,
            revision_id=link.revision_id,
            state="accepted",
            target=channels.LINK,
            natural_key=link.natural_key,
        )
        for link in links.values()
    ]
    candidates = channels.read_candidates(slot, rows, chosen)
    return [(one, links[one.head.id]) for one in candidates if one.emails]
