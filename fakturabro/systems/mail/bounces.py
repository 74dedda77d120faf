"""Reading what comes back: which message did not reach whom, and whether the address is to blame.

Whoever writes a bounce decides every byte of it, so nothing here is believed beyond its size, and nothing raises. Whether a
message is ours, and whether it was sent at all, the caller knows by its Message-ID. An absence, a receipt and an ordinary letter
are no bounces; a notice of delay is one that is not permanent.

Source: RFC 3464 (delivery status), RFC 3462 and RFC 6522 (multipart/report), RFC 6533 (its forms in UTF-8), RFC 3461 §6.3
(Original-Envelope-Id), RFC 3463 (status codes).
Assumed: a server that writes no report of that form (older Exchange, qmail, Exim) comes from a postmaster's address or names none,
quotes the message's headers or answers to its Message-ID, and names code and status together ("550 5.1.1", "#5.1.1 smtp;").
"""

from __future__ import annotations

import email.message
import email.parser
import email.policy
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import cast

import msgspec

from fakturabro.remote import answers
from fakturabro.systems.mail import letters, xtext

LARGEST = 1_000_000
"""Bytes of a mail that are read. The report stands before the message that it returns."""
_MOST_PARTS, _MOST_RECIPIENTS = 100, 200
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+=-]{1,200}@[A-Za-z0-9.-]{1,200}>")
_QUOTED_ID = re.compile(rf"(?im)^[> \t]*(?:Message-ID|{letters.ID_HEADER}):\s*({_MESSAGE_ID.pattern})")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_FAILED = re.compile(r"(?:\b5\d\d[ -]+(?=5)|#(?=[\d.]{5,11}\s{0,3}(?:smtp;|>|&gt;)))(5\.\d{1,3}\.\d{1,3})\b[^\r\n]*")
_STILL_TRIES = re.compile(r"(?i)not yet been delivered|attempts? will continue|will (?:continue|keep) (?:to try|trying)")
_NO_STATUS = "5.0.0"
"""Where a report says that it failed, and not how."""
_POSTMASTER = re.compile(r"(?i)\b(mailer-daemon|postmaster|microsoftexchange[0-9a-f]+|mail-?delivery)\b")
_IN_BRACKETS = re.compile(r"<([^<>\s@]{1,200}@[^<>\s@]{1,200})>:")
_HEADERS = email.parser.HeaderParser(policy=email.policy.compat32)


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """`message_id` did not reach `recipient` ("" where nobody is named).

    permanent: the server has given up, whether it was refused (`status` 5.x.x) or found nobody to give it to for days (4.x.x).
    Otherwise it is a notice of delay: the server still tries, and nothing follows from it.
    """

    message_id: str
    recipient: str
    status: str
    permanent: bool
    detail: str


def read(content: bytes) -> tuple[Bounce, ...]:
    """What a mail says was not delivered; () for every mail that says no such thing. Reads the first megabyte; never raises."""
    try:
        message = email.message_from_bytes(content[:LARGEST], policy=email.policy.compat32)
        parts = list(islice(message.walk(), _MOST_PARTS))
        message_id = _find_message_id(message, parts)
        if not message_id:
            return ()
        return tuple(islice(_read(message, parts, message_id), _MOST_RECIPIENTS))
    except Exception:  # whatever a stranger wrote that Python's parser trips over, from depth to an unheard-of charset
        return ()


def _read(message: email.message.Message, parts: Sequence[email.message.Message], message_id: str) -> Iterator[Bounce]:
    reports = [part for part in parts if part.get_content_type() in _REPORTS]
    if not reports:
        yield from _read_text(message, parts, message_id)
    for fields in (fields for part in reports for fields in _blocks(part)):
        said = _field(fields, "Diagnostic-Code").partition(";")[2].strip()
        found = _STATUS.search(_field(fields, "Status")) or _STATUS.search(said)
        status = found[0] if found else _NO_STATUS
        action = _field(fields, "Action").lower().partition("(")[0].strip()
        if action not in ("failed", "delayed") or status[0] == "2":
            continue
        recipient = _field(fields, "Original-Recipient") or _field(fields, "Final-Recipient")
        yield Bounce(
            message_id=message_id,
            recipient=answers.one_line(recipient.partition(";")[2]).strip("<>")[:320],
            status=status,
            permanent=action == "failed",
            detail=answers.one_line(said or status),
        )


def _read_text(message: email.message.Message, parts: Sequence[email.message.Message], message_id: str) -> Iterator[Bounce]:
    """A bounce in plain words: from a postmaster, with a final code and status together; a delay where the server still tries."""
    senders = f"{_field(message, 'From')} {_field(message, 'Return-Path')}"
    if not (_POSTMASTER.search(senders) or "<>" in senders or message.get("X-Failed-Recipients")):
        return
    text = "\n".join(_text(part) for part in parts if part.get_content_maintype() == "text")
    found = _FAILED.search(text)
    if found is None:
        return
    named = _field(message, "X-Failed-Recipients").split(",")[0] or next((m[1] for m in _IN_BRACKETS.finditer(text)), "")
    yield Bounce(
        message_id=message_id,
        recipient=answers.one_line(named)[:320],
        status=found[1],
        permanent=not _STILL_TRIES.search(text),
        detail=answers.one_line(found[0]),
    )


def _find_message_id(message: email.message.Message, parts: Sequence[email.message.Message]) -> str:
    """Our message's id: by the header that no relay rewrites, by the headers that came back, by the envelope, by the thread."""
    returned = [headers for part in parts if part.get_content_type() in _RETURNED for headers in _returned(part)]
    named = [_field(headers, name) for name in (letters.ID_HEADER, "Message-ID") for headers in returned]
    envelopes = [
        xtext.read(_field(fields, "Original-Envelope-Id"))
        for part in parts
        if part.get_content_type() in _REPORTS
        for fields in _blocks(part)
    ]
    threads = [_field(message, "In-Reply-To"), _field(message, "References")]
    texts = (m[1] for part in parts if part.get_content_type() == "text/plain" for m in _QUOTED_ID.finditer(_text(part)))
    found = (_MESSAGE_ID.search(text) for texts_ in (named, envelopes, texts, threads) for text in texts_)
    return next((m[0] for m in found if m), "")


def _blocks(part: email.message.Message) -> Iterator[email.message.Message]:
    """The groups of fields in a report: one of the message, then one for each recipient."""
    payload: object = part.get_payload()
    text = _text(part)
    if isinstance(payload, list):  # Python has parsed it, also where it came in base64, against the standard
        text = "\n\n".join(block.as_string() for block in cast(list[email.message.Message], payload))
        text = _decoded(part, text) if part.get("Content-Transfer-Encoding") else text
    for block in islice(filter(str.strip, re.split(r"\r?\n[ \t]*\r?\n", text)), _MOST_RECIPIENTS):
        yield _HEADERS.parsestr(block.lstrip())


def _returned(part: email.message.Message) -> Iterator[email.message.Message]:
    """The headers of the message that came back."""
    payload: object = part.get_payload()
    if isinstance(payload, list):
        yield from cast(list[email.message.Message], payload)[:1]
    else:
        yield _HEADERS.parsestr(_text(part).lstrip())


def _decoded(part: email.message.Message, text: str) -> str:
    whole = email.message.Message()
    whole["Content-Transfer-Encoding"] = _field(part, "Content-Transfer-Encoding")
    whole.set_payload(text)
    return _text(whole)


def _text(part: email.message.Message) -> str:
    """A part's text, whatever it says of its charset."""
    payload: object = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(str(part.get_content_charset("utf-8")), "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _field(message: email.message.Message, name: str) -> str:
    """A header on one line; "" when it is absent."""
    return re.sub(r"\s+", " ", str(message.get(name, ""))).strip()
