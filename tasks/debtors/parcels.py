"""What leaves of each document: the EHF, the e-mail with a link or around the PDF, the letter's index; kept before it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import parties
from fakturabro.formats.invoice_pdf import preflight
from fakturabro.ledger import deliveries, details, frames, raws
from fakturabro.ledger.portal import links as portal
from fakturabro.remote import errors
from fakturabro.systems.mail import letters as emails
from fakturabro.systems.print_partner import client as print_partners
from fakturabro.systems.print_partner import wire as print_wire
from tasks import clock, connect, messages, options, runs
from tasks.debtors import channels
from tasks.debtors import mails as debtor_mails


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A document with what is sent of it: `data` is the EHF or the PDF; `raw_id` names the kept bytes of what leaves.

    `refused` is why nothing can be sent of it, to be raised in place of sending: it costs this document only.
    """

    one: channels.Candidate
    data: bytes
    raw_id: int | None = None
    email: emails.Ready | None = None
    job: print_partners.Job | None = None
    kept: bytes = b""
    refused: errors.Rejected | None = None


Pack = Callable[[deliveries.Open, Parcel], Parcel]
"""Makes what leaves, and of it what is kept (`kept`). Raises Rejected."""


def prepare_ehf(slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions) -> dict[int, Parcel]:
    """What stands as it was made: by delivery id."""
    ledger = connect.current().ledger
    made = details.read_renditions(ledger, slot.tenant, "ehf", [row.revision_id for row in rows])
    return _unpacked(slot, rows, chosen, made)


def prepare_emails(
    slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions, sender: str
) -> dict[int, Parcel]:
    """The e-mails, each as it will leave, by delivery id."""

    def pack(row: deliveries.Open, parcel: Parcel) -> Parcel:
        email = debtor_mails.build_attached(row.natural_key or "", parcel.one, parcel.data, chosen, sender)
        return msgspec.structs.replace(parcel, email=email, kept=frames.split(email.content, parcel.data))

    return _pack(slot, rows, _unpack_pdfs(slot, rows, chosen), channels.EMAIL, pack)


def prepare_links(
    slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions, sender: str
) -> dict[int, Parcel]:
    """The e-mails with a link, by delivery id. Link and code count from now on, and are the same however often this is asked."""
    ledger, key, keys = connect.current().ledger, connect.portal_key(), {row.id: row.natural_key or "" for row in rows}
    unpacked = _unpack_pdfs(slot, rows, chosen)
    links = {keys[i]: debtor_mails.to_link(parcel.one, keys[i], chosen) for i, parcel in unpacked.items()}
    secrets = portal.record(ledger, key, slot.tenant, list(links.values()), clock.now())

    def pack(row: deliveries.Open, parcel: Parcel) -> Parcel:
        known = keys[row.id]
        link = debtor_mails.as_recorded(links[known], secrets[known])
        email, copy = debtor_mails.build_link(known, parcel.one, link, secrets[known], chosen, sender)
        return msgspec.structs.replace(parcel, email=email, kept=frames.split(copy, b""))

    return _pack(slot, rows, unpacked, channels.LINK, pack)


def prepare_letters(slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions) -> dict[int, Parcel]:
    """The print jobs of one letter each, by delivery id; kept is the index, which names the PDF by its sha256."""

    def pack(row: deliveries.Open, parcel: Parcel) -> Parcel:
        job = print_partners.Job(job_id=row.natural_key or "", letters=(_letter(parcel, chosen.distribution),))
        return msgspec.structs.replace(parcel, job=job, kept=print_partners.to_index(job))

    return _pack(slot, rows, _unpack_pdfs(slot, rows, chosen), channels.LETTER, pack)


def _unpack_pdfs(slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions) -> dict[int, Parcel]:
    pdfs = details.read_renditions(connect.current().ledger, slot.tenant, "pdf", [row.revision_id for row in rows])
    return _unpacked(slot, rows, chosen, pdfs)


def _pack(
    slot: runs.Slot, rows: Sequence[deliveries.Open], unpacked: Mapping[int, Parcel], channel: str, pack: Pack
) -> dict[int, Parcel]:
    parcels = {row.id: _try(pack, row, unpacked[row.id]) for row in rows if row.id in unpacked}
    kept = {one.one.delivery.revision_id: one.kept for one in parcels.values() if one.kept}
    raw_ids = keep(slot, channel, kept)
    return {
        i: msgspec.structs.replace(one, raw_id=raw_ids.get(one.one.delivery.revision_id), kept=b"") for i, one in parcels.items()
    }


def _unpacked(
    slot: runs.Slot,
    rows: Sequence[deliveries.Open],
    chosen: options.FactoringOptions,
    made: Mapping[int, tuple[int, bytes]],
) -> dict[int, Parcel]:
    there = [row for row in rows if row.revision_id in made]
    candidates = channels.read_candidates(slot, there, chosen)
    found = [(one, *made[one.delivery.revision_id]) for one in candidates]
    return {one.delivery.id: Parcel(one=one, raw_id=raw_id, data=data) for one, raw_id, data in found}


def _try(pack: Pack, row: deliveries.Open, parcel: Parcel) -> Parcel:
    try:
        return pack(row, parcel)
    except errors.Rejected as error:
        return msgspec.structs.replace(parcel, refused=error)
    except preflight.UnreadableError as error:
        return msgspec.structs.replace(parcel, refused=errors.Rejected(str(error)))


def keep(slot: runs.Slot, format_: str, contents: Mapping[int, bytes]) -> dict[int, int]:
    """Seal what leaves of these revisions before it does; the raw id of each."""
    ledger = connect.current().ledger
    key = ledger.seals.key(slot.tenant, format_, slot.month)
    made = [details.Rendition(revision_id=i, format=format_, data=raws.seal(key, format_, kept)) for i, kept in contents.items()]
    return dict(zip(contents, details.record_renditions(ledger, slot.tenant, made), strict=True))


def _letter(parcel: Parcel, chosen: options.DistributionOptions) -> print_partners.Letter:
    seller, recipient = parcel.one.invoice.seller, parcel.one.recipient
    if "channel:letter" in parcel.one.holds or not parties.is_complete(recipient.address):
        raise errors.Rejected(messages.NO_LETTER)
    if faults := preflight.check(parcel.data, recipient=recipient):
        raise errors.Rejected(messages.unprintable(faults))
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
