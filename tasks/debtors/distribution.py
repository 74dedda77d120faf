"""Distribution: choose a channel for each booked document and deliver through it."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import datetime as dt
import functools
import hashlib
import uuid
from collections.abc import Iterator, Sequence

import msgspec

from fakturabro.ledger import deliveries, details, findings
from fakturabro.ledger.distribution import arrivals, bounces
from fakturabro.remote import errors
from fakturabro.systems.mail import client, letters, refusals, replies
from tasks import clock, connect, endings, kept_secrets, messages, options, restoring, retrying, runs, sending, verdicts
from tasks.debtors import channels, credit_notes, parcels

_PATIENCE = dt.timedelta(days=2)
"""So long an e-mail waits for an address of which the server says, each time, that it cannot be found now (4.1.2)."""
_LINKS = 10
"""Links of a block: a crash leaves at most three blocks that go again."""


@retrying.station("Velg kanal")
async def choose_channels(batch: runs.Batch, chosen: options.FactoringOptions) -> runs.Batch:
    """Produce every booked document and plan it for its channel; credit notes wait for their invoice."""
    slot = batch.slot
    if slot.dry_run:
        return batch.counted(would_distribute=sum(map(len, channels.find_booked(slot))))
    channels.reopen(slot)
    _send_doubted_links_again(slot)
    restoring.take_back(slot)
    restoring.make_copies(slot, chosen)
    cancelled = credit_notes.settle(batch, chosen)
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
    ways = {
        channels.EHF: _deliver_ehf,
        channels.EMAIL: functools.partial(_deliver_emails, channels.EMAIL),
        channels.LINK: functools.partial(_deliver_emails, channels.LINK),
        channels.LETTER: functools.partial(deliver_letters, "distribute"),
    }
    failed: list[Exception] = []
    for channel, way in ways.items():
        if not deliveries.is_planned(connect.current().ledger, slot.tenant, "distribute", channel):
            continue
        try:
            await way(slot, chosen)
        except (errors.RemoteError, kept_secrets.SecretError, connect.SettingError) as error:
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
            sender=parcel.one.sender,
            receiver=parcel.one.participant,
            document=parcel.data,
        )
        return sending.Sent(answer=msgspec.json.encode(answer))

    await sending.send_planned(sending.Order(slot=slot, purpose="distribute", target=channels.EHF, prepare=prepare, send=send))


def _send_doubted_links_again(slot: runs.Slot) -> None:
    """Plan again the links of which nobody knows whether they came: they go with the same link, code and Message-ID.

    What was opened or came back has arrived; what went three times is for a person.
    """
    ledger = connect.current().ledger
    arrivals.settle(ledger, slot.tenant, slot.run, clock.now())
    links = [row for row in deliveries.find_open(ledger, slot.tenant, "distribute", ["in_doubt"]) if row.target == channels.LINK]
    hopeless = arrivals.find_hopeless(ledger, slot.tenant)
    doubts = [row for row in links if row.id not in hopeless]
    said = sending.Sent(detail=messages.LINK_GOES_AGAIN)
    answers = [sending.answer(slot, row, "planned", said) for row in doubts]
    deliveries.record_answers(ledger, slot.tenant, answers, slot.run, clock.now(), slot.business_date, start="in_doubt")


async def _deliver_emails(channel: str, slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    """An SMTP server cannot be asked what it took. So e-mails with a PDF go one by one; a link may go again, and goes in blocks."""
    sender, _ = connect.current().mail_identity()
    pack = parcels.prepare_links if channel == channels.LINK else parcels.prepare_emails
    refused: list[deliveries.Open] = []
    late = bounces.find_put_off(connect.current().ledger, slot.tenant, channel, clock.now() - _PATIENCE)
    one_at_a_time = asyncio.Lock()

    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, parcels.Parcel]:
        return pack(slot, rows, chosen, sender)

    def fall_back(row: deliveries.Open, parcel: parcels.Parcel, error: errors.Rejected) -> deliveries.Planned | None:
        """A link where the PDF is too large for an e-mail, otherwise a letter. What could not even be built is for a person."""
        if parcel.refused is not None:
            return None
        is_large = channel == channels.EMAIL and isinstance(error, replies.TooLargeError)
        refused.extend([] if is_large else [row])
        way = channels.LINK if is_large else channels.LETTER
        key = channels.natural_key(slot.tenant, parcel.one.head.source_key, parcel.one.head.hash, way)
        return deliveries.Planned(id=row.id, target=way, natural_key=key)

    with connect.current().mail() as server, _noting(slot, refused, chosen), _taking_back(slot, refused):

        async def send(row: deliveries.Open, parcel: parcels.Parcel) -> sending.Sent:
            if parcel.email is None:
                raise parcel.refused or AssertionError("an e-mail is packed or refused")
            async with one_at_a_time:
                receipt = await asyncio.to_thread(server.send, parcel.email, parcel.one.emails, last_try=row.id in late)
                await asyncio.to_thread(_note_not_sent, slot, row, parcel.one, receipt)
            detail = "; ".join(f"{address}: {why}" for address, why in receipt.refused.items())
            return sending.Sent(answer=receipt.reply.encode(), detail=detail)

        await sending.send_planned(
            sending.Order(
                slot=slot,
                purpose="distribute",
                target=channel,
                prepare=prepare,
                send=send,
                block=_LINKS if channel == channels.LINK else 1,
                ending=endings.ENDING_OF_MAIL,
                fallback=fall_back,
            )
        )
        server.conclude()


def _note_not_sent(slot: runs.Slot, row: deliveries.Open, one: channels.Candidate, receipt: client.Receipt) -> None:
    """Note whom of the card the server did not take the e-mail for."""
    left_out = [email for email in one.recipient.emails if not letters.is_usable(email)]
    left_out += [email for email in one.emails if letters.address(email) in receipt.refused]
    if left_out:
        connections = connect.current()
        bounces.note_not_sent(connections.ledger, connections.journal, slot.tenant, row.natural_key or "", left_out, clock.now())


@contextlib.contextmanager
def _taking_back(slot: runs.Slot, refused: list[deliveries.Open]) -> Iterator[None]:
    """Where it is the relay that refuses and no recipient, what was refused goes by no letter: it waits (ADR 0015)."""
    try:
        yield
    except refusals.RelayRefusesError:
        plans = [deliveries.Planned(id=row.id, target=row.target or "", natural_key=row.natural_key or "") for row in refused]
        deliveries.plan_anew(connect.current().ledger, slot.tenant, plans, slot.run)
        refused.clear()
        raise


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


async def deliver_letters(purpose: str, slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    """Hand over what is planned as a letter for a purpose: distribution, or the letter after a link."""
    partner = connect.current().print_partner()

    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, parcels.Parcel]:
        return parcels.prepare_letters(slot, rows, chosen)

    async def send(_row: deliveries.Open, parcel: parcels.Parcel) -> sending.Sent:
        if parcel.job is None:
            raise parcel.refused or AssertionError("a letter is packed or refused")
        return sending.Sent(answer=msgspec.json.encode(await asyncio.to_thread(partner.submit, parcel.job)))

    await sending.send_planned(sending.Order(slot=slot, purpose=purpose, target=channels.LETTER, prepare=prepare, send=send))


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
