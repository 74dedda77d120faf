"""A report of failed delivery as an ordinary mail server writes it.

Source: RFC 3464 (the report), RFC 3462 (its form).
"""

from __future__ import annotations

import datetime as dt
import email.message
import email.policy
import email.utils
from collections.abc import Mapping


def failed(original: bytes, recipients: Mapping[str, str], at: dt.datetime) -> bytes:
    """The report on `original` (bytes with its headers): recipient -> status and reason, such as "5.1.1 User unknown"."""
    headers = email.message_from_bytes(original.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=email.policy.SMTP)
    parts = [
        ("text/plain; charset=us-ascii", "The mail could not be delivered to:\r\n\r\n" + "\r\n".join(recipients)),
        ("message/delivery-status", "\r\n\r\n".join(["Reporting-MTA: dns; mx.sandbox.example", *map(_of, recipients.items())])),
        ("text/rfc822-headers", str(headers).rstrip()),
    ]
    lines = [
        "Return-Path: <>",
        "From: Mail Delivery System <mailer-daemon@sandbox.example>",
        f"Date: {email.utils.format_datetime(at)}",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"',
        "",
        *(f"--=_report\r\nContent-Type: {kind}\r\n\r\n{content}\r\n" for kind, content in parts),
        "--=_report--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii", "replace")


def _of(failure: tuple[str, str]) -> str:
    recipient, why = failure
    return f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {why.split()[0]}\r\nDiagnostic-Code: smtp; 550 {why}"
