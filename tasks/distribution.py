"""Distribution: choose a channel for each booked document and deliver through it."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import email.message
import hashlib
import uuid
from collections.abc import Iterator, Sequence

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import money
from fakturabro.formats.invoice_pdf import preflight
from fakturabro.ledger import deliveries, details, findings
from fakturabro.remote import errors
from fakturabro.systems.mail import letters as emails
from fakturabro.systems.print_partner import client as print_partners
from fakturabro.systems.print_partner import wire as print_wire
from tasks import channels, clock, connect, messages, options, restoring, retrying, runs, sending

_MAIL_ENDING = (errors.Unavailable, errors.CredentialError)
"""A mailbox that is full now (Throttled) says nothing of the others."""


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


class _Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A document with the bytes that are sent of it."""

    one: channels.Candidate
    raw_id: int
    data: bytes


def _prepare(
    slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions, format_: str
) -> dict[int, _Parcel]:
    ledger = connect.current().ledger
    made = details.read_renditions(ledger, slot.tenant, format_, [row.revision_id for row in rows])
    return {
        one.delivery.id: _Parcel(one=one, raw_id=made[one.delivery.revision_id][0], data=made[one.delivery.revision_id][1])
        for one in channels.read_candidates(slot, rows, chosen)
        if one.delivery.revision_id in made
    }


async def _deliver_ehf(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    access_point = await connect.current().access_point()

    async def send(row: deliveries.Open, parcel: _Parcel) -> sending.Sent:
        answer = await access_point.send(
            uuid.UUID(row.natural_key),
            sender=_participant(parcel.one.invoice.seller),
            receiver=parcel.one.participant,
            document=parcel.data,
        )
        return sending.Sent(answer=msgspec.json.encode(answer), sent_raw_id=parcel.raw_id)

    await sending.send_planned(_order(slot, chosen, channels.EHF, "ehf", send))


def _order(
    slot: runs.Slot, chosen: options.FactoringOptions, channel: str, format_: str, send: sending.Send[_Parcel]
) -> sending.Order[_Parcel]:
    def prepare(rows: Sequence[deliveries.Open]) -> dict[int, _Parcel]:
        return _prepare(slot, rows, chosen, format_)

    return sending.Order(slot=slot, purpose="distribute", target=channel, prepare=prepare, send=send)


def _participant(party: values.Party) -> str:
    return f"{party.endpoint.scheme}:{party.endpoint.value}".lower() if party.endpoint else ""


async def _deliver_emails(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    """One by one: an SMTP server cannot be asked what it took."""
    sender, _ = connect.current().mail_identity()
    refused: list[deliveries.Open] = []

    def fall_back(row: deliveries.Open, parcel: _Parcel, _error: errors.Rejected) -> deliveries.Planned:
        refused.append(row)
        key = channels.natural_key(slot.tenant, parcel.one.head.source_key, parcel.one.head.hash, channels.LETTER)
        return deliveries.Planned(id=row.id, target=channels.LETTER, natural_key=key)

    with connect.current().mail() as server, _noting(slot, refused, chosen):

        async def send(row: deliveries.Open, parcel: _Parcel) -> sending.Sent:
            message = _message(row.natural_key or "", parcel, chosen, sender)
            receipt = await asyncio.to_thread(server.send, message, parcel.one.emails)
            detail = "; ".join(f"{address}: {why}" for address, why in receipt.refused.items())
            return sending.Sent(answer=receipt.reply.encode(), sent_raw_id=parcel.raw_id, detail=detail)

        order = _order(slot, chosen, channels.EMAIL, "pdf", send)
        await sending.send_planned(dataclasses.replace(order, block=1, ending=_MAIL_ENDING, fallback=fall_back))


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


def _message(message_id: str, parcel: _Parcel, chosen: options.FactoringOptions, sender: str) -> email.message.EmailMessage:
    invoice = parcel.one.invoice
    seller = invoice.seller.registration_name or invoice.seller.name or ""
    contact = invoice.seller.contact.email if invoice.seller.contact else None
    means = invoice.payment_means[0]
    return emails.build(
        message_id=message_id,
        date=clock.now(),
        client_name=seller,
        sender=sender,
        reply_to=next(one for one in (chosen.distribution.reply_to, contact or "", sender) if emails.is_usable(one)),
        recipients=parcel.one.emails,
        subject=messages.email_subject(invoice.kind, invoice.number, seller),
        text=messages.email_text(
            kind=invoice.kind,
            number=invoice.number,
            seller=seller,
            organisation_number=invoice.seller.company_id.value if invoice.seller.company_id else "",
            amount=money.norwegian(parcel.one.head.amount, invoice.currency),
            due_date=invoice.due_date,
            account=means.account or "",
            kid=means.payment_id or "",
            payee=chosen.agreement.payee_name,
            notice=chosen.agreement.assignment_notice,
        ),
        attachments=[emails.Attachment(file_name=f"{invoice.number}.pdf", content_type="application/pdf", content=parcel.data)],
    )


async def _deliver_letters(slot: runs.Slot, chosen: options.FactoringOptions) -> None:
    partner = connect.current().print_partner()

    async def send(row: deliveries.Open, parcel: _Parcel) -> sending.Sent:
        job = print_partners.Job(job_id=row.natural_key or "", letters=(_letter(parcel, chosen.distribution),))
        standing = await asyncio.to_thread(partner.submit, job)
        return sending.Sent(answer=msgspec.json.encode(standing), sent_raw_id=parcel.raw_id)

    await sending.send_planned(_order(slot, chosen, channels.LETTER, "pdf", send))


def _letter(parcel: _Parcel, chosen: options.DistributionOptions) -> print_partners.Letter:
    seller, recipient = parcel.one.invoice.seller, parcel.one.recipient
    return print_partners.Letter(
        document_id=str(parcel.one.head.id),
        pdf=parcel.data,
        pages=preflight.pages(parcel.data),
        recipient=_postal(recipient.name, recipient.address),
        return_address=_postal(seller.registration_name or seller.name or "", seller.address),
        color=chosen.color,
        duplex=True,
        postage=chosen.postage,
        undeliverable="return",
    )


def _postal(name: str, address: values.Address | None) -> print_wire.PostalAddress:
    """The address as the envelope shows it; it is complete, or a finding holds the document."""
    where = address or values.Address()
    lines = tuple(text.strip() for text in (where.street, where.additional_street, where.line) if text and text.strip())
    country = (where.country or "NO").upper()
    return print_wire.PostalAddress(
        name=name, lines=lines, post_code=(where.postal_zone or "").strip(), place=(where.city or "").strip(), country=country
    )


async def read_back_ehf(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, sending.Verdict]:
    """What the access point holds under these message ids; other bytes than ours are for a person."""
    access_point = await connect.current().access_point()
    sent = details.read_renditions(connect.current().ledger, slot.tenant, "ehf", [row.revision_id for row in rows])
    found: dict[int, sending.Verdict] = {}
    for row in rows:
        standing = await access_point.find_message(uuid.UUID(row.natural_key))
        ours = hashlib.sha256(sent[row.revision_id][1]).hexdigest() if row.revision_id in sent else ""
        if standing is None:
            found[row.id] = sending.ABSENT
        elif ours and standing.sha256.lower() != ours:
            found[row.id] = sending.Verdict(outcome="rejected", detail=messages.other_content(row.natural_key or ""))
        else:
            found[row.id] = _stands(standing)
    return found


async def read_back_letters(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, sending.Verdict]:
    """Which of these jobs were handed over to the print partner."""
    partner = connect.current().print_partner()
    standing = {row.id: await asyncio.to_thread(partner.find, row.natural_key or "") for row in rows}
    return {i: sending.ABSENT if found is None else _stands(found) for i, found in standing.items()}


def _stands(found: object) -> sending.Verdict:
    return sending.Verdict(outcome="accepted", answer=msgspec.json.encode(found), detail=messages.STANDS_THERE)
