"""One mail after each run that has something new to say: what went wrong or waits for somebody, each with cause and remedy.

A cause is told once to each receiver, and again when it was gone for a day or has stood for five weeks. It is noted when the mail
has left: a run that dies in between sends the same mail again, under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence

from data_quality import messages as sentences
from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, documents, findings, opened, outcomes
from fakturabro.ledger.clients import told_causes
from fakturabro.ledger.synchronising import pairs
from fakturabro.remote import errors
from tasks import clock, connect, house_mails, messages, retrying, run_context, runs
from tasks.severa_fortnox import digest_messages as texts
from tasks.severa_fortnox.options import MailOptions, SyncOptions

_PREFIX = "severa_fortnox/"
_LOOKED_AT_WITHIN = dt.timedelta(days=30)
"""What stands against something that was carried is told while it is younger: nothing takes most of it away again."""


@retrying.station("Varsle om feil", ends=True)
async def tell(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Mail each receiver what is new to them. A mail that did not leave goes with the next run's."""
    if batch.slot.dry_run or not options.mail.receivers:
        return batch
    failed = await asyncio.to_thread(_tell_all, batch, options.mail)
    return batch.failing(texts.not_told(failed)) if failed else batch


def _tell_all(batch: runs.Batch, wanted: MailOptions) -> str:
    """What kind of error kept a mail from leaving; "" when none did."""
    ledger, slot = connect.current().ledger, batch.slot
    troubles = [*_of_run(batch), *_of_documents(ledger, slot.tenant, wanted.language)]
    failed = list(filter(None, (_tell(slot, address, troubles, wanted.language) for address in wanted.receivers)))
    causes = [_digest(address, one.cause) for address in wanted.receivers for one in troubles]
    told_causes.forget_others(ledger, slot.tenant, _PREFIX, causes, slot.business_date)
    return failed[0] if failed else ""


def _of_run(batch: runs.Batch) -> Iterator[texts.Trouble]:
    for sentence in dict.fromkeys([*batch.failures, *batch.daily.values()]):
        yield texts.Trouble(cause=sentence, about="", wrong=sentence, remedy="")


def _of_documents(ledger: opened.Ledger, tenant: str, language: texts.Language) -> Iterator[texts.Trouble]:
    """What was refused, by what was said of it; what has a finding that somebody is to look at, held or carried."""
    refused = [row for purpose in values.SYNC_PURPOSES for row in deliveries.find_open(ledger, tenant, purpose, ("rejected",))]
    held = deliveries.find_open_documents(ledger, tenant, values.SYNC_PURPOSES, ("held",))
    new = findings.find_for_people(ledger, tenant, values.TRANSFER, values.SYNC_KINDS, clock.now() - _LOOKED_AT_WITHIN)
    heads = documents.find_heads(ledger, tenant, sorted({*held, *new, *(row.document_id for row in refused)}))
    numbers = _find_fortnox_numbers(ledger, tenant, heads)
    about = {one.id: texts.about(one.kind, one.number or numbers[one.id], language) for one in heads}
    keys = {one.id: one.source_key for one in heads}
    said = outcomes.find_details(ledger, tenant, [row.id for row in refused])
    for row in refused:
        cause, wrong = f"{keys[row.document_id]}/{row.id}/{said.get(row.id, '')}", said.get(row.id, "")
        yield texts.Trouble(cause=cause, about=about[row.document_id], wrong=wrong, remedy=texts.REJECTED[language])
    found = findings.read(ledger, tenant, sorted({*held, *new}))
    for head, finding in ((one, finding) for one in heads for finding in found.get(one.id, [])):
        if finding.severity != "info":  # what is only waited for mends itself
            yield texts.Trouble(
                cause=f"{head.source_key}/{finding.code}/{finding.field}/{finding.value}",
                about=about[head.id],
                wrong=sentences.sentence(finding, language, head.kind),
                remedy=sentences.remedy(finding, customer=head.customer_number, language=language, kind=head.kind),
            )


def _find_fortnox_numbers(ledger: opened.Ledger, tenant: str, heads: Sequence[documents.Head]) -> dict[int, str]:
    """What an invoice without a number of its own is called: its number in Fortnox, or the key that a resend takes; by id."""
    nameless = {one.source_key: one for one in heads if not one.number}
    paired = {one.severa_key: one.fortnox_key for one in pairs.find(ledger, tenant, "invoice", severa_keys=nameless)}
    return {one.id: paired.get(key) or f"({one.customer_number}, {key})" for key, one in nameless.items()}


def _tell(slot: runs.Slot, address: str, troubles: Sequence[texts.Trouble], language: texts.Language) -> str:
    """The kind of error that kept the mail from leaving; "" when it left, may have, or there is nothing new."""
    ledger = connect.current().ledger
    by_cause = {_digest(address, one.cause): one for one in troubles}
    known = told_causes.find_told(ledger, slot.tenant, by_cause)
    if not (new := {cause: one for cause, one in by_cause.items() if cause not in known}):
        return ""
    try:
        name = hashlib.sha256("".join(sorted(new)).encode()).hexdigest()[:24]
        house_mails.send(connect.current(), f"digest.{name}", address, *texts.mail(slot.tenant, [*new.values()], language))
    except errors.Uncertain:  # it may have arrived, and nobody is to read the same twice
        run_context.logger().warning("%s: %s", slot.tenant, messages.perhaps_told())
    except Exception as error:  # one person's mail is not another's, and Prefect's pages are no place for addresses
        return type(error).__name__
    told_causes.record_told(ledger, slot.tenant, slot.business_date, new)
    return ""


def _digest(address: str, cause: str) -> str:
    return _PREFIX + hashlib.sha256(f"{address}\x1f{cause}".encode("utf-8", "surrogatepass")).hexdigest()
