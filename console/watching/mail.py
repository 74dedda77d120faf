"""What the watchman has mailed, and mailing what is new: each alarm once, again after a day, and "over" when it has ended.

The memory is a JSON file under the installation's home and no table, because the ledger that cannot be opened is itself an alarm.
Its time of change says when the watchman last looked.
"""

from __future__ import annotations

import datetime as dt
import pathlib
import secrets
from collections.abc import Iterable, Sequence

import msgspec

from console.watching import messages
from console.watching.alarms import Alarm
from fakturabro.remote import errors
from fakturabro.systems.mail import client, letters
from tasks import connect, installation, kept_secrets

_AGAIN = dt.timedelta(days=1)


class Mailed(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that somebody was told of."""

    alarm: Alarm
    at: dt.datetime


Memory = dict[str, Mailed]
"""By the alarm's key."""


def read_memory(path: pathlib.Path) -> Memory:
    """What was mailed; nothing when there is no memory or it cannot be read, so that everything is mailed again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Mailed])
    except (OSError, ValueError):
        return {}


def write_memory(path: pathlib.Path, memory: Memory) -> list[Alarm]:
    """Keep the memory, whole or not at all; the alarm that it could not be kept."""
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(msgspec.json.format(msgspec.json.encode(memory)))
        new.replace(path)
    except OSError as error:
        sentence = messages.memory_failed(path, type(error).__name__)
        return [Alarm(code="mail.memory", severity="warning", sentence=sentence)]
    return []


def tell(address: str, alarms: Sequence[Alarm], blind: Iterable[tuple[str, str]], memory: Memory, now: dt.datetime) -> Memory:
    """Mail what is new and what is over; what is known from now on.

    `blind` are the (check, tenant) that could not look: what they found earlier is not over.
    Raises RemoteError, SecretError or SettingError when the mail did not leave; then nothing is known that was not before.
    """
    unseen = set(blind)
    standing = {alarm.key: alarm for alarm in alarms}
    new = [one for key, one in standing.items() if key not in memory or memory[key].at <= now - _AGAIN]
    ended = [
        key
        for key, known in memory.items()
        if key not in standing and not {("", ""), (known.alarm.check, ""), (known.alarm.check, known.alarm.tenant)} & unseen
    ]
    if new or ended:
        lines = [messages.line(one.severity, one.code, one.tenant, one.sentence) for one in new]
        gone = [memory[key].alarm for key in ended]
        _send(address, messages.subject(len(new), len(gone)), lines + [messages.over(*_parts(one)) for one in gone], now)
    kept = {key: known for key, known in memory.items() if key not in ended}
    return {**kept, **{alarm.key: Mailed(alarm=alarm, at=now) for alarm in new}}


def _parts(alarm: Alarm) -> tuple[str, str, str]:
    return alarm.code, alarm.tenant, alarm.sentence


def _send(address: str, subject: str, lines: Sequence[str], now: dt.datetime) -> None:
    known = installation.current()
    if not known.mail_sender:
        raise connect.SettingError("Innstillingen FAKTURABRO_MAIL_SENDER mangler. Den har ingen standard.")
    password = kept_secrets.read("smtp.password") if known.smtp_user else ""
    settings = client.Settings(
        host=known.smtp_host, port=known.smtp_port, starttls=known.smtp_starttls, username=known.smtp_user, password=password
    )
    message = letters.build(
        message_id=f"<watchman.{secrets.token_hex(8)}@{known.mail_domain}>",
        date=now,
        client_name="Vaktmannen",
        sender=known.mail_sender,
        reply_to=known.mail_sender,
        recipients=[address],
        subject=subject,
        text=messages.mail(lines),
    )
    with client.Sender(settings, tenant="") as sender:
        try:
            sender.send(message, [address])
        except errors.Uncertain:
            return  # it may have arrived; the alarm itself comes again after a day
