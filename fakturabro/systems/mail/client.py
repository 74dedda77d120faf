"""An SMTP sender that knows whether a message was taken: one connection per batch, DATA driven by hand.

Before the final dot nothing was taken, so everything up to it may be tried again. Between the dot and the server's reply nobody
knows: Uncertain. A final no before DATA is about the recipient only at RCPT and only with a few codes. Every other one is about our
settings (CredentialError): a mis-set server would otherwise turn each e-mail into a paid letter. The calls block: run them in a
thread (`asyncio.to_thread`), one thread per sender.

Source: RFC 5321 (§3.3 and §4.2.5 on who is responsible after the dot, §4.2.3 on the codes), RFC 7504 (556), RFC 3207 (STARTTLS).
Assumed: the server says 550, 551, 552, 553 and 556 at RCPT of the recipient's mailbox; when it will not relay it says something
else, or names relaying in its reply (550 5.7.54, "Unable to relay").
"""

from __future__ import annotations

import email.message
import re
import smtplib
import ssl
from collections.abc import Sequence
from types import TracebackType

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.mail import letters, messages

SYSTEM = "E-posttjeneren"
_NO_SUCH_RECIPIENT = (550, 551, 552, 553, 556)
_NO_RELAY = re.compile(r"5\.7\.54\b|\brelay", re.IGNORECASE)
_PATIENCE = 60.0
"""Seconds to wait after a temporary no (450, 451, 452): SMTP names no time."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send through. `starttls` demands encryption; user name and password are used when both are given."""

    host: str
    port: int = 25
    starttls: bool = False
    username: str = ""
    password: str = ""
    local_hostname: str = "localhost"
    seconds: float = 30.0

    def __repr__(self) -> str:
        return f"Settings({self.host}:{self.port})"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The server took the message for `accepted`; `refused` says which addresses it will not serve, and why ("550 ukjent")."""

    accepted: tuple[str, ...]
    refused: dict[str, str]
    reply: str


class Sender:
    """`with Sender(settings, tenant="x") as sender: sender.send(message, recipients)`; connects when first used."""

    def __init__(self, settings: Settings, *, tenant: str, tls: ssl.SSLContext | None = None) -> None:
        self._settings, self._tenant = settings, tenant
        self._tls = tls or ssl.create_default_context()
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._drop()

    def send(self, message: email.message.EmailMessage | letters.Ready, recipients: Sequence[str]) -> Receipt:
        """Hand `message` over for `recipients`; returns once the server took it for at least one of them.

        One recipient's temporary no stops the message for all (Throttled), so that nobody gets it twice; a final no to a recipient
        stops that one, and the message (Rejected) when it is the last. A final no to DATA or to the content is Rejected; any other
        one is CredentialError. Raises the ladder; Uncertain only after the final dot.
        """
        ready = message if isinstance(message, letters.Ready) else letters.to_bytes(message)
        addresses = [letters.address(recipient) for recipient in recipients]
        try:
            connection = self._start(ready.sender)
            refused = self._name_recipients(connection, addresses)
            self._expect(connection.docmd("DATA"), 354, of_message=True)
            connection.send(re.sub(rb"(?m)^\.", b"..", ready.content))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise errors.Unavailable(messages.no_contact(self._settings.host, type(error).__name__)) from None
        except errors.RemoteError:
            self._drop()
            raise
        reply = self._finish(connection, ready.message_id)
        return Receipt(accepted=tuple(a for a in addresses if a not in refused), refused=refused, reply=reply)

    def _start(self, sender: str) -> smtplib.SMTP:
        """A connection with MAIL FROM said; one that died while it waited is replaced once."""
        if self._connection:
            try:
                reply = self._connection.mail(sender)
            except smtplib.SMTPServerDisconnected:
                reply = (421, b"")
            if reply[0] != 421:
                self._expect(reply, 250)
                return self._connection
            self._drop()
        self._connection = connection = self._connect()
        self._expect(connection.mail(sender), 250)
        return connection

    def _connect(self) -> smtplib.SMTP:
        """A connection that is greeted, encrypted and logged in to. A 5xx on the way is CredentialError."""
        try:
            return self._greet()
        except smtplib.SMTPResponseException as error:
            if error.smtp_code // 100 != 5 or not isinstance(error.smtp_error, bytes):  # smtplib's own words are str
                raise
            message = messages.wrong_settings(self._settings.host, error.smtp_code, _text(error.smtp_error))
            raise self._about_us(message) from None

    def _greet(self) -> smtplib.SMTP:
        settings = self._settings
        connection = smtplib.SMTP(settings.host, settings.port, local_hostname=settings.local_hostname, timeout=settings.seconds)
        try:
            if settings.starttls:
                self._encrypt(connection)
            connection.ehlo_or_helo_if_needed()
            if settings.username and settings.password:
                connection.login(settings.username, settings.password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            connection.close()
            code = error.smtp_code if isinstance(error, smtplib.SMTPAuthenticationError) else None
            if code is not None and code < 500:
                raise
            raise self._about_us(messages.login_refused(settings.host, code)) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def _encrypt(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if not connection.has_extn("starttls"):
            raise self._about_us(messages.no_encryption(self._settings.host))
        connection.starttls(context=self._tls)
        connection.ehlo()

    def _name_recipients(self, connection: smtplib.SMTP, addresses: Sequence[str]) -> dict[str, str]:
        """RCPT TO for each; the final noes, by address. Raises when one is temporary or about us, or none is left."""
        refused: dict[str, str] = {}
        code, text = 550, "ingen mottakere"
        for recipient in addresses:
            code, raw = connection.rcpt(recipient)
            text = _text(raw)
            if code in _NO_SUCH_RECIPIENT and not _NO_RELAY.search(text):
                refused[recipient] = f"{code} {text}"
            else:
                self._expect((code, raw), 250, 251)
        if len(refused) == len(addresses):
            message = messages.all_refused(", ".join(addresses), code, text)
            raise errors.Rejected(message, detail=f"{code} {text}", status=code)
        return refused

    def _finish(self, connection: smtplib.SMTP, message_id: str) -> str:
        """Send the dot and read the reply."""
        try:
            connection.send(b".\r\n")
            code, raw = connection.getreply()
        except (OSError, smtplib.SMTPException):
            code, raw = -1, b""
        if code // 100 not in (2, 4, 5):
            self._drop()
            raise errors.Uncertain(messages.unknown_outcome(self._settings.host, message_id))
        self._expect((code, raw), *range(200, 300), of_message=True)
        return f"{code} {_text(raw)}"

    def _expect(self, reply: tuple[int, bytes], *wanted: int, of_message: bool = False) -> None:
        """Raise what a reply other than `wanted` means: 421 and nonsense Unavailable, 4xx Throttled, 5xx about us or, when it is
        the answer to a message, Rejected."""
        code, text = reply[0], _text(reply[1])
        host = self._settings.host
        if code in wanted:
            return
        if code // 100 == 5 and not of_message:
            raise self._about_us(messages.wrong_settings(host, code, text))
        if code // 100 == 5:
            raise errors.Rejected(messages.refused(host, code, text), detail=f"{code} {text}", status=code)
        if code // 100 == 4 and code != 421:
            raise errors.Throttled(messages.slow_down(host, code, text), _PATIENCE)
        if code == -1:
            raise smtplib.SMTPServerDisconnected("no reply")
        raise errors.Unavailable(messages.no_contact(host, f"{code} {text}"))

    def _about_us(self, message: str) -> errors.CredentialError:
        return errors.CredentialError(message, system=SYSTEM, tenant=self._tenant)

    def _drop(self) -> None:
        """Close without a word: whatever was begun and not finished is forgotten by the server."""
        if self._connection:
            self._connection.close()
            self._connection = None


def _text(raw: bytes) -> str:
    return answers.one_line(raw.decode("utf-8", "replace"))
