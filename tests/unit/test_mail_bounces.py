"""What comes back, as the common servers write it, and what only looks like it. Whatever comes, nothing raises."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakturabro.systems.mail import bounces

ID = "<nidelven.0123456789abcdef01234567@post.factoring.example>"
RETURNED = f"From: Nidelven via Factoring <faktura@post.factoring.example>\nSubject: Faktura 7\nMessage-ID: {ID}\n"


def report(
    status: str, *, returned: str = RETURNED, returned_as: str = "text/rfc822-headers", headers: str = "", kind: str = ""
) -> bytes:
    """A report of RFC 3464 around these fields."""
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
{headers}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/1"

--b/1
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--b/1
Content-Type: {kind or "message/delivery-status"}

{status}

--b/1
Content-Type: {returned_as}

{returned}
--b/1--
""".encode()


POSTFIX = """Reporting-MTA: dns; mx.factoring.example
X-Postfix-Queue-ID: 4ZxYz12345
X-Postfix-Sender: rfc822; retur@post.factoring.example
Arrival-Date: Mon, 23 Nov 2026 08:00:03 +0100 (CET)

Final-Recipient: rfc822; kari@kunde.example
Original-Recipient: rfc822;kari@kunde.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.kunde.example
Diagnostic-Code: smtp; 550 5.1.1 <kari@kunde.example>: Recipient address
    rejected: User unknown in virtual mailbox table"""

EXCHANGE = """Reporting-MTA: dns;OSL1PR01MB0001.eurprd01.prod.exchangelabs.com
Received-From-MTA: dns;mx.factoring.example
Arrival-Date: Mon, 23 Nov 2026 07:00:03 +0000

Final-Recipient: rfc822;kari@kunde.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient kari@kunde.example not found by SMTP address lookup"""

GMAIL = """Reporting-MTA: dns; googlemail.com
Arrival-Date: Sun, 22 Nov 2026 23:00:03 -0800 (PST)
X-Original-Message-ID: <andre@mx.example>

Final-Recipient: rfc822; kari@kunde.example
Action: failed
Status: 4.4.1
Remote-MTA: dns; mail.kunde.example. (192.0.2.1, the server for the domain kunde.example.)
Diagnostic-Code: smtp; The recipient server did not accept our requests to connect.
Last-Attempt-Date: Sun, 22 Nov 2026 23:00:04 -0800 (PST)"""

EXIM = f"""Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.example>
X-Failed-Recipients: kari@kunde.example
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered to one or more of its recipients.

  kari@kunde.example
    host mail.kunde.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<kari@kunde.example>:
    550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

{RETURNED}
Hei
""".encode()

QMAIL = f"""Return-Path: <>
From: MAILER-DAEMON@mx.example
Subject: failure notice

Hi. This is the qmail-send program at mx.example.
<kari@kunde.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.7.1 Blocked
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

{RETURNED}""".encode()

UNWRITABLE = QMAIL.replace(b"Subject:", b"Content-Type: text/plain; charset=utf-7\nSubject:").replace(b"<kari", b"<k\0a+2AA-ri")
"""A NUL, and half a character."""

OLD_EXCHANGE = f"""From: postmaster@kunde.example
Subject: Undeliverable: Faktura 7
In-Reply-To: {ID}
Content-Type: text/html; charset=windows-1252

<p>Your message did not reach some or all of the intended recipients.</p>
<p>kari@kunde.example<br>#5.2.2 smtp;552 The recipient's mailbox is full (æøå)</p>
""".encode("cp1252")


@pytest.mark.parametrize(
    ("content", "status", "recipient", "permanent", "said"),
    [
        (report(POSTFIX), "5.1.1", "kari@kunde.example", True, "User unknown in virtual"),
        (report(EXCHANGE, returned_as="message/rfc822"), "5.1.10", "kari@kunde.example", True, "RecipientNotFound"),
        (report(GMAIL, returned_as="message/rfc822"), "4.4.1", "kari@kunde.example", True, "did not accept our requests"),
        (EXIM, "5.1.1", "kari@kunde.example", True, "User unknown"),
        (QMAIL, "5.7.1", "kari@kunde.example", True, "Blocked"),
        (OLD_EXCHANGE, "5.2.2", "", True, "mailbox is full"),
        (report(POSTFIX.replace("Action: failed", "Action: failed (unknown user)")), "5.1.1", "kari@kunde.example", True, "User"),
        (report(POSTFIX.replace("Status: 5.1.1", "Status: femkommaen")), "5.1.1", "kari@kunde.example", True, "User unknown"),
        (report(POSTFIX.replace("Status: 5.1.1", "").partition("Diag")[0]), "5.0.0", "kari@kunde.example", True, "5.0.0"),
        (EXIM.replace(b"could not be delivered", b"has not yet been delivered"), "5.1.1", "kari@kunde.example", False, ""),
        (UNWRITABLE, "5.7.1", "k a ri@kunde.example", True, "Blocked"),
    ],
    ids=["postfix", "exchange", "gmail", "exim", "qmail", "old exchange"]
    + ["a comment", "no status", "neither status nor reason", "exim still tries", "unwritable letters"],
)
def test_a_bounce_is_read_as_the_common_servers_write_it(
    content: bytes, status: str, recipient: str, permanent: bool, said: str
) -> None:
    (found,) = bounces.read(content)
    assert (found.message_id, found.status, found.recipient, found.permanent) == (ID, status, recipient, permanent)
    assert said in found.detail
    assert bounces.read(content.replace(b"\n", b"\r\n")) == (found,)


ANOTHER = RETURNED.replace(ID, "<010f0192-rewritten@eu-north-1.relay.example>")


@pytest.mark.parametrize(
    "content",
    [
        report(POSTFIX, returned=f"{ANOTHER}X-Fakturabro-ID: {ID}\n"),
        report(f"Original-Envelope-Id: {ID.replace('.', '+2E')}\n{POSTFIX}", returned="Subject: Faktura 7\n"),
        report(POSTFIX, returned="", headers=f"References: {ID}\n"),
        report(base64.b64encode(POSTFIX.encode()).decode(), kind="message/delivery-status\nContent-Transfer-Encoding: base64"),
        report(POSTFIX, kind="message/global-delivery-status", returned_as="message/global-headers"),
    ],
    ids=["relay wrote an id of its own", "envelope id", "thread", "encoded against the standard", "in UTF-8"],
)
def test_the_message_is_known_again_whatever_the_server_keeps_of_it(content: bytes) -> None:
    assert [(one.message_id, one.status) for one in bounces.read(content)] == [(ID, "5.1.1")]


def test_each_recipient_is_named_and_who_got_it_is_not() -> None:
    more = "\n\nFinal-Recipient: rfc822; ola@kunde.example\nAction: {}\nStatus: {}"
    found = bounces.read(report(POSTFIX + more.format("failed", "5.2.1") + more.format("delivered", "2.0.0")))
    assert [(one.recipient, one.status) for one in found] == [("kari@kunde.example", "5.1.1"), ("ola@kunde.example", "5.2.1")]


def test_a_delay_is_known_for_what_it_is() -> None:
    (found,) = bounces.read(report(POSTFIX.replace("failed", "delayed").replace("5.1.1", "4.4.1")))
    assert (found.message_id, found.status, found.permanent) == (ID, "4.4.1", False)


AWAY = f"""Return-Path: <>
From: Kari Kunde <kari@kunde.example>
Auto-Submitted: auto-replied
In-Reply-To: {ID}
Subject: Fravær: Faktura 7

Jeg er tilbake i uke 50, kontor 5.1.1, tlf. 550 5. Haster det, ring Ola.
"""


@pytest.mark.parametrize(
    "content",
    [
        report(POSTFIX.replace("failed", "relayed").replace("5.1.1", "2.1.5")),
        report(POSTFIX, returned="Subject: uten id\n"),
        AWAY.encode(),
        AWAY.replace("Kari Kunde", "postmaster").encode(),
        AWAY.replace("Return-Path: <>\n", "").replace("kontor 5.1.1", "550 5.1.1 User unknown").encode(),
        EXIM.replace(ID.encode(), b""),
        OLD_EXCHANGE.replace(b"#5.2.2 smtp;552", b"<b style='color: #5.5.5'>regel #5.7.0</b>"),
        report(f"Original-Message-ID: {ID}\nDisposition: manual-action; displayed", kind="message/disposition-notification"),
        b"",
        b"\x00" * 1000,
        b"Subject: hei\n\nhei",
    ],
)
def test_what_only_looks_like_a_bounce_is_none(content: bytes) -> None:
    assert bounces.read(content) == ()


def nested(depth: int) -> bytes:
    return b"".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n".encode() for n in range(depth)) + report(POSTFIX)


@pytest.mark.parametrize(
    "content",
    [
        nested(5_000),
        b"Content-Type: message/rfc822\n\n" * 30_000,
        report(POSTFIX) + b"x" * 50_000_000,
        report(POSTFIX.replace("kari", "k" * 900_000)),
        report("\n\n".join([POSTFIX] * 2_000)),
        report(POSTFIX, kind="message/delivery-status; charset=klingon"),
        EXIM.replace(b"Subject:", b"Content-Type: text/plain; charset=klingon\nContent-Transfer-Encoding: base64\nSubject:"),
        b"A: " + b"\n " * 400_000,
        report(POSTFIX, returned=f"Message-ID: {'<' * 900_000}"),
    ],
    ids=["nested", "bomb", "50 MB", "long address", "many", "no charset", "wrong charset", "folded", "no id"],
)
def test_a_hostile_mail_costs_little_and_says_little(content: bytes) -> None:
    found = bounces.read(content)
    assert len(found) <= 200
    assert all(len(one.recipient) <= 320 and len(one.detail) <= 500 for one in found)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([report(POSTFIX), report(GMAIL, returned_as="message/rfc822"), EXIM, QMAIL]), st.data())
def test_nothing_raises_whatever_is_changed(content: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content)))
        content = content[:at] + data.draw(st.binary(max_size=12)) + content[at + data.draw(st.integers(0, 40)) :]
    for one in bounces.read(content):
        assert one.status[0] in "45"
