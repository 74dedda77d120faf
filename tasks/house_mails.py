"""Mails in our own name to clients and operators. What goes to debtors, in the client's name, stands in debtors/mails."""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.systems.mail import letters
from tasks import clock, connect

_NAME = "Fakturabro"


def send(
    connections: connect.Connections,
    name: str,
    recipient: str,
    subject: str,
    text: str,
    attachments: Sequence[letters.Attachment] = (),
) -> None:
    """Send one mail; `name` is what its Message-ID begins with. Blocks. Raises SettingError and the ladder in remote/errors.py."""
    sender, domain = connections.mail_identity()
    message = letters.build(
        message_id=f"<{name}@{domain}>",
        date=clock.now(),
        client_name=_NAME,
        sender=sender,
        reply_to=sender,
        recipients=[recipient],
        subject=subject,
        text=text,
        attachments=attachments,
    )
    with connections.mail() as relay:
        relay.send(message, [recipient])
