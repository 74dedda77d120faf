"""Distribution: choose a channel for each booked document and deliver through it."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import hashlib
import uuid
from collections.abc import Iterator, Sequence

import msgspec

from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, details, findings
from fakturabro.remote import errors
from tasks import channels, connect, endings, messages, options, parcels, restoring, retrying, runs, sending, verdicts


@retrying.station("Velg kanal")
async def choose_channels(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
    """Produce every booked document and plan it for its channel; credit notes wait for their invoice."""
    slot = batch.slot
    if slot.dry_run:
        return batch.counted(would_distribute=sum(map(len, channels.find_booked(slot))))
    channels.reopen(slot)
    restoring.take_back(slot)
    restoring.make_copies(slot, chosen)
    cancelled = channels.settle_credit_notes(batch, chosen)
    planned: collections.Counter[str] = collections.Counter()
    for rows in channels.find_booked(slot):
        planned += await channels.plan(slot, channels.read_candidates(slot, rows, chosen), chosen)
    return batch.counted(cancelled=cancelled, receiver_unknown=planned["unknown"])


@retrying.station("Send ut")
async def deliver(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
    """Deliver what is planned, channel by channel. A channel that is down stops no other; its error is raised at the end."""
    slot = batch.slot
    if slot.dry_run:
        return batch
    ways = {channels.EHF: _deliver_ehf, channels.EMAIL: _deliver_emails, channels.LETTER: _deliver_letters}
    failed: list[Exception] = []
    for channel, way in ways.items():
        if not deliveries.is_planned(connect.current().ledger, slot.tenant, "distribute", channel):
            continue
        try:
            await way(slot, chosen)
        except (errors.RemoteError, connect.SecretError, connect.SettingError) as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return batch


async def _deliver_ehf(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    access_point = await connect.current().access_point()

    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, parcels.Parcel]:
        return parcels.prepare_ehf(slot, rows, chosen)

    async def send(row: deliveries.Open, parcel: parcels.Parcel) -> sending.Sent:
        answer = await access_point.send(
            uuid.UUID(row.natural_key),
            sender=_participant(parcel.one.invoice.seller),
            receiver=parcel.one.participant,
            document=parcel.data,
        )
        return sending.Sent(answer=msgspec.json.encode(answer))

    await sending.send_planned(sending.Order(slot=slot, purpose="distribute", target=channels.EHF, prepare=prepare, send=send))


def _participant(party: values.Party) -> str:
    return f"{party.endpoint.scheme}:{party.endpoint.value}".lower() if party.endpoint else ""


async def _deliver_emails(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    """One by one: an SMTP server cannot be asked what it took."""
    sender, _ = connect.current().mail_identity()
    refused: list[deliveries.Open] = []

    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, parcels.Parcel]:
        return parcels.prepare_emails(slot, rows, chosen, sender)

    def fall_back(row: deliveries.Open, parcel: parcels.Parcel, _error: errors.Rejected) -> deliveries.Planned:
        refused.append(row)
        key = channels.natural_key(slot.tenant, parcel.one.head.source_key, parcel.one.head.hash, channels.LETTER)
        return deliveries.Planned(id=row.id, target=channels.LETTER, natural_key=key)

    with connect.current().mail() as server, _noting(slot, refused, chosen):

        async def send(_row: deliveries.Open, parcel: parcels.Parcel) -> sending.Sent:
            if parcel.email is None:
                raise parcel.refused or AssertionError("an e-mail is packed or refused")
            receipt = await asyncio.to_thread(server.send, parcel.email, parcel.one.emails)
            detail = "; ".join(f"{address}: {why}" for address, why in receipt.refused.items())
            return sending.Sent(answer=receipt.reply.encode(), detail=detail)

        await sending.send_planned(
            sending.Order(
                slot=slot,
                purpose="distribute",
                target=channels.EMAIL,
                prepare=prepare,
                send=send,
                block=1,
                ending=endings.ENDING_OF_MAIL,
                fallback=fall_back,
            )
        )


@contextlib.contextmanager
def _noting(slot: runs.Slot, refused: list[deliveries.Open], chosen: options.FactoringOptions) -> Iterator[None]:
    """Record what was refused, also when the sending ends with an error."""
    try:
        yield
    finally:
        ledger = connect.current().ledger
        recipients = details.read_recipients(ledger, slot.tenant, [row.document_id for row in refused])
        made = {i: chosen.rules.finding("email_refused", value=", ".join(one.emails)) for i, one in recipients.items()}
        findings.record(ledger, slot.tenant, "send", {i: [one] if one else [] for i, one in made.items()}, (), slot.run)


async def _deliver_letters(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    partner = connect.current().print_partner()

    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, parcels.Parcel]:
        return parcels.prepare_letters(slot, rows, chosen)

    async def send(_row: deliveries.Open, parcel: parcels.Parcel) -> sending.Sent:
        if parcel.job is None:
            raise parcel.refused or AssertionError("a letter is packed or refused")
        return sending.Sent(answer=msgspec.json.encode(await asyncio.to_thread(partner.submit, parcel.job)))

    await sending.send_planned(sending.Order(slot=slot, purpose="distribute", target=channels.LETTER, prepare=prepare, send=send))


async def read_back_ehf(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
    """What the access point holds under these message ids; other bytes than ours are for a person.

    Where the ledger was restored, a key may be of a version that it does not know: of that it has no bytes.
    """
    access_point = await connect.current().access_point()
    known = {row.id: row.revision_id for row in channels.as_sent(slot, rows)}
    made = details.read_renditions(connect.current().ledger, slot.tenant, "ehf", list(known.values()))
    sent = {i: data for i, revision_id in known.items() if (data := made.get(revision_id))}
    found: dict[int, verdicts.Verdict] = {}
    for row in rows:
        standing = await access_point.find_message(uuid.UUID(row.natural_key))
        ours = hashlib.sha256(sent[row.id][1]).hexdigest() if row.id in sent else ""
        if standing is None:
            found[row.id] = verdicts.ABSENT
        elif ours and standing.sha256.lower() != ours:
            found[row.id] = verdicts.Verdict(outcome="rejected", detail=messages.other_content(row.natural_key or ""))
        else:
            found[row.id] = _stands(standing)
    return found


async def read_back_letters(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, verdicts.Verdict]:
    """Which of these jobs were handed over to the print partner."""
    partner = connect.current().print_partner()
    standing = {row.id: await asyncio.to_thread(partner.find, row.natural_key or "") for row in rows}
    return {i: verdicts.ABSENT if found is None else _stands(found) for i, found in standing.items()}


def _stands(found: object) -> verdicts.Verdict:
    return verdicts.Verdict(outcome="accepted", answer=msgspec.json.encode(found), detail=messages.STANDS_THERE)
