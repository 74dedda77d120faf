"""Sending e-mail beside a bare smtplib loop: the same messages, built before, to the same server on one connection.

The server runs in a process of its own and keeps nothing. Built beside it are the same messages by the standard library alone:
the same words and parts, and nothing checked.
"""

from __future__ import annotations

import datetime as dt
import email.message
import email.policy
import functools
import json
import multiprocessing
import smtplib
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from benchmarks import rows
from fakturabro.systems.mail import client, invoice_mails, letters
from sandboxes import mail as sandbox

_BLOCK, _BLOCKS, _ROUNDS = 25, 8, 6
_AT = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
_PDF = letters.Attachment(file_name="faktura.pdf", content_type="application/pdf", content=bytes(range(256)) * 168)
_SENDER, _REPLY_TO = "faktura@post.example", "post@nidelven.example"


def measure() -> list[rows.Row]:
    """A row for each alternative's sending, and one for each one's building."""
    found = rows.child("mail")
    made: list[rows.Row] = []
    for name, note in (("link", "alternative 1"), ("attached", f"alternative 2, a PDF of {len(_PDF.content) // 1000} kB")):
        of = found[name]
        made.append(rows.row(f"mail_{name}", of["sent"], "e-mails/s", "ratio >= 0.9", peer=of["bare_sent"], note=note))
        made.append(rows.row(f"mail_{name}_built", of["built"], "e-mails/s", "ratio >= 0.5", peer=of["bare_built"], note=note))
    return made


class _Forgetful:
    """Takes everything and keeps nothing; the method's name is aiosmtpd's."""

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802
        return "250 OK"


def serve(told: Connection) -> None:
    """Serve until the other end hangs up."""
    server = sandbox.OnFreePort(_Forgetful(), hostname="127.0.0.1", port=0)
    server.start()
    told.send(server.port)
    try:
        told.recv()
    except EOFError:
        server.stop()


def _texts(number: int, link: bool) -> invoice_mails.Texts:
    facts = invoice_mails.Facts(
        kind="invoice",
        number=str(number),
        client="Nidelven Verksted & Rør AS",
        organisation_number="991825827",
        amount=1_845_000,
        currency="NOK",
        due_date=dt.date(2026, 12, 7),
        account="15062533119",
        kid=f"{number:012}",
        payee="Factoring Finans AS",
        notice="Fordringen er overdratt til Factoring Finans AS, som er den eneste som kan motta betaling med befriende virkning.",
        contact=_REPLY_TO,
    )
    given = invoice_mails.Link(url="https://portal.example/f/" + "k" * 43, code="K7QM-3XPD", letter_after=4) if link else None
    return invoice_mails.compose("nb", facts, given)


def _ours(number: int, link: bool) -> letters.Ready:
    texts = _texts(number, link)
    return letters.to_bytes(
        letters.build(
            message_id=f"<nidelven.{number:024x}@post.example>",
            date=_AT,
            client_name="Nidelven Verksted & Rør AS",
            sender=_SENDER,
            reply_to=_REPLY_TO,
            recipients=[_recipient(number)],
            subject=texts.subject,
            text=texts.text,
            html=texts.html,
            attachments=[] if link else [_PDF],
        )
    )


def _bare(number: int, link: bool) -> bytes:
    texts = _texts(number, link)
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Reply-To"] = f"Nidelven via Factoring <{_SENDER}>", _recipient(number), _REPLY_TO
    message["Subject"], message["Date"], message["Message-ID"] = texts.subject, _AT, f"<nidelven.{number:024x}@post.example>"
    message.set_content(texts.text)
    message.add_alternative(texts.html, subtype="html")
    if not link:
        message.add_attachment(_PDF.content, maintype="application", subtype="pdf", filename=_PDF.file_name)
    return message.as_bytes()


def _recipient(number: int) -> str:
    return f"kunde{number}@firma{number % 7}.example"


def _send(port: int, made: Sequence[letters.Ready], numbers: range) -> None:
    with client.Sender(client.Settings(host="127.0.0.1", port=port), tenant="nidelven") as sender:
        for number in numbers:
            sender.send(made[number], [_recipient(number)])


def _send_bare(port: int, made: Sequence[letters.Ready], numbers: range) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in numbers:
            server.sendmail(_SENDER, [_recipient(number)], made[number].content)


def _rates(*works: Callable[[range], object]) -> list[float]:
    """E-mails a second of each work, by the clock on the wall: most of sending is the server's."""

    def block(work: Callable[[range], object], at: int) -> None:
        work(range(at * _BLOCK, (at + 1) * _BLOCK))

    taken = rows.in_turns(_BLOCKS, _ROUNDS, *(functools.partial(block, work) for work in works), clock=time.perf_counter)
    return [_BLOCKS * _BLOCK / all_ for all_ in taken]


def _measure(port: int, link: bool) -> dict[str, float]:
    numbers = range(_BLOCKS * _BLOCK)
    made = [_ours(number, link) for number in numbers]
    sent, bare_sent = _rates(lambda some: _send(port, made, some), lambda some: _send_bare(port, made, some))
    built, bare_built = _rates(
        lambda some: [_ours(number, link) for number in some], lambda some: [_bare(number, link) for number in some]
    )
    return {"sent": sent, "bare_sent": bare_sent, "built": built, "bare_built": bare_built}


def main() -> None:
    """Measure in this process, against a server in another."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    server = spawning.Process(target=serve, args=[there], daemon=True)
    server.start()
    there.close()
    port = int(here.recv())
    found = {name: _measure(port, link) for name, link in (("link", True), ("attached", False))}
    here.close()
    server.join(10)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
