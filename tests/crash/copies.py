"""Each copy that a debtor or the source holds, and what it says: amounts to the øre, receivers, bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sandboxes.poweroffice import state as state_
from tasks.debtors import channels
from tests.crash import counterparts, mailed, rows, stated

_NUMBER = re.compile(rb"<cbc:ID>([^<]*)<")
_NO_COPIES = ("<link.", "<report.", "<objection.")
_PAYMENT = re.compile(rb"<cbc:PaymentID>([^<]*)<")


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What was delivered once. `to` are the receivers, `said` is what stands beside the file, `digest` the file's sha256."""

    key: str
    channel: str
    to: tuple[str, ...]
    digest: bytes
    said: str = ""
    body: bytes | None = None
    """Of an EHF the document itself."""


def find_all(world: counterparts.World) -> list[Copy]:
    """All that debtors hold, channel by channel, in the order in which it came: no mails to approvers and clients, a link that was
    repeated once, and no letter that follows a link.
    """
    ehf = [
        Copy(key=str(key), channel=channels.EHF, to=(one.receiver,), digest=hashlib.sha256(one.body).digest(), body=one.body)
        for key, one in world.access_point.state.messages.items()
    ]
    mails = [_read_mail(one.recipients, one.parsed()) for one in world.mail.messages]
    once = {one.key if one.channel == channels.LINK else f"{at} {one.key}": one for at, one in enumerate(mails)}
    ours = [one for one in once.values() if not one.key.startswith(_NO_COPIES)]
    direct = [one for one in world.letters if not one.job.endswith("-brev")]
    letters = [Copy(key=one.job, channel=channels.LETTER, to=one.to, digest=bytes.fromhex(one.sha256)) for one in direct]
    return [*ehf, *ours, *letters]


def _read_mail(recipients: tuple[str, ...], mail: Any) -> Copy:
    body = mail.get_body(("plain",))
    said = body.get_content() if body else ""
    files = [part.get_payload(decode=True) for part in mail.iter_attachments() if part.get_content_type() == "application/pdf"]
    return Copy(
        key=str(mail["Message-ID"]),
        channel=channels.LINK if mailed.LINK.search(said) else channels.EMAIL,
        to=tuple(sorted(recipients)),
        digest=hashlib.sha256(files[0]).digest() if len(files) == 1 else b"",
        said=said,
    )


def judge_source(row: rows.Row, said: tuple[str, int] | None) -> Iterator[str]:
    """Whether the ledger has the amount that the source states, where that is known."""
    if said is not None and said != (row.currency, row.amount):
        yield f"{row.name}: the source says {said}, the ledger {row.currency} {row.amount} øre"


def judge_entry(row: rows.Row, entry: Any) -> Iterator[str]:
    """Whether the factoring company booked what the ledger has."""
    amount = Decimal(entry.amount).scaleb(2)
    if amount != row.amount or entry.currency != row.currency:
        yield f"{row.name}: {amount:f} øre of {entry.currency} there, {row.amount} of {row.currency} here"
    if entry.kid != row.kid:
        yield f"{row.name}: KID {entry.kid} there, {row.kid} here"


def judge(client: state_.Client, row: rows.Row, copy: Copy, was_recovered: bool) -> Iterator[str]:
    """Whether a copy went to whom the source names, says the amount and the KID, and is the very bytes that were made for it."""
    invoice = client.invoices[row.key]
    wanted = stated.receivers(client.card(invoice.customer_number), invoice, copy.channel)
    if copy.to != wanted:
        yield f"{row.name}: {copy.channel} to {copy.to}, not {wanted}"
    if copy.channel != channels.LINK:
        yield from _judge_bytes(row, copy.channel, copy.digest, row.find_made(_format(copy.channel), copy.key), was_recovered)
    if copy.body is not None:
        if (numbers := _NUMBER.search(copy.body)) is None or numbers[1] != row.number.encode():
            yield f"{row.name}: its EHF is of number {numbers and numbers[1]!r}"
        if (said := stated.payable(copy.body)) != (row.currency, row.amount):
            yield f"{row.name}: its EHF says {said}, not {row.currency} {row.amount} øre"
        if row.kid.encode() not in (kids := _PAYMENT.findall(copy.body)):
            yield f"{row.name}: its EHF says KID {kids}, not {row.kid}"
    if copy.channel in (channels.EMAIL, channels.LINK):
        yield from _judge_text(row, "".join(copy.said.split()))


def judge_given_back(row: rows.Row, kid: str | None, digest: str, was_recovered: bool, of_lost: Sequence[Copy]) -> Iterator[str]:
    """Whether the source got the KID of the document and, by its sha256 in hex, the PDF.

    `of_lost` are copies of versions that a restored ledger does not know any more: the PDF may be of one of them. That an EHF
    and a PDF are of one version nobody can see.
    """
    found = bytes.fromhex(digest)
    if kid != row.kid:
        yield f"{row.name}: PowerOffice has KID {kid}, not {row.kid}"
    if not any(copy.channel in (channels.EHF, channels.LINK) or copy.digest == found for copy in of_lost):
        yield from _judge_bytes(row, "PDF given back", found, row.find_made("pdf"), was_recovered)


def _judge_bytes(row: rows.Row, what: str, found: bytes, made: set[bytes], was_recovered: bool) -> Iterator[str]:
    if found not in made and (made or not was_recovered):
        yield f"{row.name}: the {what} is not what was made for it"


def _judge_text(row: rows.Row, text: str) -> Iterator[str]:
    kroner, cents = divmod(row.amount, 100)
    if not any(amount in text for amount in (f"{kroner},{cents:02}", f"{kroner:,}.{cents:02}")):
        yield f"{row.name}: its e-mail does not say {kroner},{cents:02}"
    if row.kind == "invoice" and not any(f"{name}:{row.kid}" in text for name in ("KID", "Paymentreference(KID)")):
        yield f"{row.name}: its e-mail does not say KID {row.kid}"


def _format(channel: str) -> str:
    return "ehf" if channel == channels.EHF else "pdf"
