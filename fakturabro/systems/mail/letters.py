"""Building an e-mail: headers that cannot be bent by the data in them, a stable Message-ID, seven-bit bodies.

Source: RFC 5322, RFC 2047 (through email.message), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

import datetime as dt
import email.generator
import email.message
import email.policy
import io
import re
from collections.abc import Sequence
from email.headerregistry import Address

import msgspec

from fakturabro.remote import errors
from fakturabro.systems.mail import messages

_POLICY = email.policy.SMTP.clone(cte_type="7bit")
_BETWEEN_DOTS = r"[^\s\x00-\x1f\x7f@<>()\[\],;:\"\\.]+"
_ADDRESS = re.compile(rf"{_BETWEEN_DOTS}(\.{_BETWEEN_DOTS})*@{_BETWEEN_DOTS}(\.{_BETWEEN_DOTS})+")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+=-]+@[A-Za-z0-9.-]+>")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


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
    attachments: Sequence[Attachment] = (),
) -> email.message.EmailMessage:
    """A message from "<client_name> via Factoring" <sender>, answers going to the client's `reply_to`.

    `message_id` is "<local@domain>" and the same for every attempt at the same document; `date` is aware.
    Raises Rejected when a value cannot stand in a header or an address is none: it costs this document only.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise errors.Rejected(messages.unsafe_header("Meldings-ID"))
    message = email.message.EmailMessage(policy=_POLICY)
    message["Message-ID"] = message_id
    message["Date"] = date
    message["From"] = Address(display_name=f"{_plain(client_name, 'Klientens navn')} via Factoring", addr_spec=address(sender))
    message["Reply-To"] = Address(addr_spec=address(reply_to))
    message["To"] = [Address(addr_spec=address(recipient)) for recipient in recipients]
    message["Subject"] = _plain(subject, "Emnet")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, subtype="plain", charset="utf-8")
    for attachment in attachments:
        main, _, sub = attachment.content_type.partition("/")
        file_name = _plain(attachment.file_name, "Filnavnet")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=file_name)
    return message


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its bytes: `content` ends its lines with CRLF, and is what the receiving server gets to keep."""

    message_id: str
    sender: str
    content: bytes


def to_bytes(message: email.message.EmailMessage) -> Ready:
    """What goes over the wire, but for the dots that SMTP doubles. The bounds of its parts are drawn once: keep what you send."""
    buffer = io.BytesIO()
    email.generator.BytesGenerator(buffer, policy=message.policy).flatten(message)
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", buffer.getvalue())
    return Ready(
        message_id=str(message["Message-ID"]),
        sender=address(message["From"].addresses[0].addr_spec),
        content=lines if lines.endswith(b"\r\n") else lines + b"\r\n",
    )


def address(text: str) -> str:
    """`text` as an address that any server takes: an ASCII local part and a domain in ASCII (IDNA). Raises Rejected.

    >>> address("post@blåbær.no")
    'post@xn--blbr-roah.no'
    """
    local, _, domain = text.rpartition("@")
    try:
        plain = f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        plain = ""
    if not (_ADDRESS.fullmatch(text) and _ADDRESS.fullmatch(plain)):  # IDNA turns some signs, such as a wide comma, into plain ones
        raise errors.Rejected(messages.bad_address(_UNSAFE.sub(" ", text)[:100]))
    return plain


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
