"""Building an e-mail: headers that cannot be bent by the data in them, a stable Message-ID, seven-bit bodies.

What is built of the same values is the same bytes: nothing is drawn by lot. A DKIM signer finds each header once.

Source: RFC 5322, RFC 2047 (through email.message), RFC 3834 (Auto-Submitted), RFC 2046 §5.1.4 (text first, HTML last).
"""

from __future__ import annotations

import datetime as dt
import email.generator
import email.message
import email.policy
import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from email.headerregistry import Address

import msgspec

from fakturabro.remote import errors
from fakturabro.systems.mail import messages

_POLICY = email.policy.SMTP.clone(cte_type="7bit")
_BETWEEN_DOTS = r"[^\s\x00-\x1f\x7f@<>()\[\],;:\"\\.]+"
_ADDRESS = re.compile(rf"{_BETWEEN_DOTS}(\.{_BETWEEN_DOTS})*@{_BETWEEN_DOTS}(\.{_BETWEEN_DOTS})+")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_LOCAL, _LONGEST = 64, 254
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+=-]+@[A-Za-z0-9.-]+>")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]")
_ALONE = re.compile(r"[\ud800-\udfff]")
"""Half a character, which no encoding can write."""
ID_HEADER = "X-Fakturabro-ID"
"""The Message-ID once more: some relays write another one over the first."""
MOST_RECIPIENTS = 100
"""So many every server takes (RFC 5321, §4.5.3.1.8). More would mean that some of them get the message and others do not."""


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """`content_type` such as "application/pdf"."""

    file_name: str
    content_type: str
    content: bytes


def build(
    *,
    message_id: str,
    date: dt.datetime,
    client_name: str,
    sender: str,
    reply_to: str,
    recipients: Sequence[str],
    subject: str,
    text: str,
    html: str = "",
    attachments: Sequence[Attachment] = (),
) -> email.message.EmailMessage:
    """A message from "<client_name> via Factoring" <sender>, answers going to the client's `reply_to`.

    `message_id` is "<local@domain>" and the same for every attempt at the same document; `date` is aware. `html` says the same as
    `text`. Raises Rejected when a value cannot stand in a header, an address is none or they are too many: it costs this document
    only. A `sender` that is no address is ours to mend: CredentialError.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise errors.Rejected(messages.unsafe_header("Meldings-ID"))
    if _ALONE.search(text) or _ALONE.search(html):
        raise errors.Rejected(messages.unwritable_text())
    message = email.message.EmailMessage(policy=_POLICY)
    message["Message-ID"] = message_id
    message["Date"] = date
    message["From"] = Address(display_name=f"{_plain(client_name, 'Klientens navn')} via Factoring", addr_spec=own_address(sender))
    message["Reply-To"] = Address(addr_spec=address(reply_to))
    message["To"] = [Address(addr_spec=recipient) for recipient in addresses(recipients)]
    message["Subject"] = _plain(subject, "Emnet")
    message["Auto-Submitted"] = "auto-generated"
    message[ID_HEADER] = message_id
    message.set_content(text, subtype="plain", charset="utf-8")
    if html:
        message.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    for attachment in attachments:
        main, _, sub = attachment.content_type.partition("/")
        file_name = _plain(attachment.file_name, "Filnavnet")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=file_name)
    _bound(message)
    return message


def _bound(message: email.message.EmailMessage) -> None:
    """Bounds between the parts that are made of the Message-ID. "=_" stands in no part: all are quoted-printable or base64."""
    name = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:32]
    for level, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{level}_{name}")


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its bytes: `content` ends its lines with CRLF, and is what the receiving server gets to keep."""

    message_id: str
    sender: str
    content: bytes


Message = email.message.EmailMessage | Ready


def to_bytes(message: email.message.EmailMessage) -> Ready:
    """What goes over the wire, but for the dots that SMTP doubles."""
    buffer = io.BytesIO()
    email.generator.BytesGenerator(buffer, policy=message.policy).flatten(message)
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", buffer.getvalue())
    return Ready(
        message_id=str(message["Message-ID"]),
        sender=address(message["From"].addresses[0].addr_spec),
        content=lines if lines.endswith(b"\r\n") else lines + b"\r\n",
    )


def address(text: str) -> str:
    """`text` as an address that any server takes: an ASCII local part and a domain in ASCII (IDNA), none too long. Raises Rejected.

    >>> address("post@blåbær.no")
    'post@xn--blbr-roah.no'
    """
    local, _, domain = text.rpartition("@")
    shown = _UNSAFE.sub(" ", text)[:100]
    try:
        plain = f"{local}@{domain if domain.isascii() else _ascii_domain(domain)}"
    except UnicodeError:
        plain = ""
    if not (_ADDRESS.fullmatch(text) and _ADDRESS.fullmatch(plain) and _is_name(plain) and len(local) <= _LONGEST_LOCAL):
        raise errors.Rejected(messages.bad_address(shown))
    if not local.isascii():
        raise errors.Rejected(messages.letters_before_at(shown))
    return plain


def _is_name(plain: str) -> bool:
    """Whether an address is of a length, and its domain a name, that servers take (RFC 5321 §4.5.3.1, RFC 1123 §2.1)."""
    labels = plain.rpartition("@")[2].split(".")
    return len(plain) <= _LONGEST and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def _ascii_domain(domain: str) -> str:
    """The domain in IDNA. Raises UnicodeError, also where it would become another one: a wide comma a comma, "ß" two s."""
    plain = domain.encode("idna")
    if plain.decode("idna") != unicodedata.normalize("NFC", domain).lower():
        raise UnicodeError(domain)
    return plain.decode()


def own_address(text: str) -> str:
    """`text` of our own settings as an address. Raises CredentialError: a mis-set sender is no fault of a document."""
    try:
        return address(text)
    except errors.Rejected:
        raise errors.CredentialError(messages.bad_own_address(_UNSAFE.sub(" ", text)[:100])) from None


def addresses(texts: Sequence[str]) -> list[str]:
    """Each as `address` writes it, once, whatever the case of its letters. Raises Rejected, also when they are too many."""
    found: dict[str, str] = {}
    for plain in map(address, texts):
        found.setdefault(plain.casefold(), plain)
    if len(found) > MOST_RECIPIENTS:
        raise errors.Rejected(messages.too_many_recipients(len(found), MOST_RECIPIENTS))
    return list(found.values())


def is_usable(text: str) -> bool:
    """Whether an e-mail can go to `text`.

    >>> is_usable("post@firma.no"), is_usable("navn..etternavn@firma.no")
    (True, False)
    """
    try:
        address(text)
    except errors.Rejected:
        return False
    return True


def _plain(text: str, what: str) -> str:
    if _UNSAFE.search(text):
        raise errors.Rejected(messages.unsafe_header(what))
    return text
