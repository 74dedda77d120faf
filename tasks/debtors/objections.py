"""Objections: what debtors say is wrong is mailed once to client and operators; until it is closed no letter goes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence

from fakturabro.gateway import asking
from fakturabro.ledger.clients import persons as clients
from fakturabro.ledger.clients import told_causes
from fakturabro.ledger.portal import objections
from fakturabro.remote import errors
from tasks import asking as gateway
from tasks import clock, connect, house_mails, installation, messages, retrying, run_context, runs
from tasks.debtors import objection_messages as texts

_Write = Callable[[], tuple[str, str]]
"""Makes (subject, text), when the mail is to leave."""


@retrying.station("Fortell om innsigelser")
async def tell(batch: runs.Batch) -> runs.Batch:
    """Mail what was not told yet; what certainly did not leave is told in the next run."""
    slot, ledger = batch.slot, connect.current().ledger
    untold = [] if slot.dry_run else objections.find_untold(ledger, slot.tenant)
    if not untold:
        return batch
    failed = await asyncio.to_thread(_mail_all, slot, untold)
    if not failed:
        objections.record_told(ledger, slot.tenant, [one.id for one in untold], clock.now())
    for sentence in failed:
        batch = batch.failing(sentence)
    return batch.counted(objections=len(untold))


def _mail_all(slot: runs.Slot, untold: Sequence[objections.Objection]) -> list[str]:
    """To each of the client's persons with a link to their pages, and to operators; why a mail did not leave, a sentence each."""
    connections = connect.current()
    asker, language = gateway.asker(connections), clients.language(connections.ledger, slot.tenant)
    writers: dict[str, _Write] = {}
    for person in clients.find(connections.ledger, slot.tenant):

        def write(person: clients.Client = person) -> tuple[str, str]:
            link = asking.client_link(asker, slot.tenant, person.email, clock.now())
            return texts.to_client(language, person.name, untold, link)

        writers[person.email] = write
    if address := installation.current().operators:
        writers[address] = lambda: texts.to_operators(slot.tenant, untold)
    return list(filter(None, (_tell(slot, address, untold, write) for address, write in writers.items())))


def _tell(slot: runs.Slot, recipient: str, untold: Sequence[objections.Objection], write: _Write) -> str:
    """Why the mail did not leave, "" when it did, may have, or had before."""
    ledger = connect.current().ledger
    causes = [_digest(recipient, str(one.id)) for one in untold]
    known = told_causes.find_known(ledger, slot.tenant, causes, slot.business_date)
    new = [one for one in causes if one not in known]
    told = told_causes.record_told(ledger, slot.tenant, slot.business_date, new)
    try:
        if told:
            house_mails.send(connect.current(), f"objection.{_digest(slot.tenant, *told)[:24]}", recipient, *write())
    except errors.Uncertain:  # it may have arrived, and nobody is to read the same twice
        run_context.logger().warning("%s: %s", slot.tenant, messages.perhaps_told())
    except Exception as error:  # one person's mail is not another's, and Prefect's pages are no place for addresses
        told_causes.forget(ledger, slot.tenant, slot.business_date, told)
        run_context.logger().warning("%s: %s", slot.tenant, messages.objection_not_told(type(error).__name__))
        return messages.objection_not_told(type(error).__name__)
    return ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(("objection", *parts)).encode("utf-8", "surrogatepass")).hexdigest()
