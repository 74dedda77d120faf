"""An SMTP sender that knows whether a message was taken: one connection per batch, DATA driven by hand.

Before the final dot nothing was taken, so everything up to it may be tried again. Between the dot and the server's reply nobody
knows: Uncertain. What a no means, `replies` knows; how many noes are too many, `refusals` counts. The calls block: run them in a
thread (`asyncio.to_thread`), one thread per sender.

Source: RFC 5321 (§3.3 and §4.2.5 on who is responsible after the dot), RFC 3207 (STARTTLS), RFC 1870 (SIZE), RFC 3461 (DSN: what a
bounce says of the message).
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence

import msgspec

from fakturabro.remote import errors
from fakturabro.systems.mail import letters, messages, refusals, replies, xtext

_NAMED = 5  # addresses in the sentence of a refusal


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send through. `starttls` demands encryption; user name and password are used when both are given.

    `bounce_address` is whom servers tell what they could not deliver (the envelope's sender; "" is the sender in the message).
    A message of more than `most_bytes` is not sent at all: servers on the way refuse it, most of them from 25 MB on.
    """

    host: str
    port: int = 25
    starttls: bool = False
    username: str = ""
    password: str = ""
    local_hostname: str = "localhost"
    seconds: float = 30.0
    bounce_address: str = ""
    most_bytes: int = 20_000_000

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
        self._settings, self._tenant, self._tls = settings, tenant, tls
        self._bounce_address = letters.own_address(settings.bounce_address) if settings.bounce_address else ""
        self._words, self._counts = replies.Words(settings.host, tenant), refusals.Counts()
        self._stopped: dict[str, str] = {}
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._drop()

    def send(self, message: letters.Message, recipients: Sequence[str], *, last_try: bool = False) -> Receipt:
        """Hand `message` over for `recipients`; returns once the server took it for at least one of them.

        One recipient's temporary no stops the message for all (Throttled), so that nobody gets it twice; a final no to a recipient
        stops that one, and the message (Rejected) when it is the last. On the `last_try` an address that cannot be found now is
        taken for one that is not there. A final no to DATA or to the content is Rejected, or
        TooLargeError where its size is the reason; any other one is CredentialError. Where too many were refused before, it is
        RelayRefusesError or DomainRefusesError. Raises the ladder; Uncertain only after the final dot.
        """
        ready = message if isinstance(message, letters.Ready) else letters.to_bytes(message)
        addresses = letters.addresses(recipients)
        for domain in map(refusals.to_domain, addresses):
            if domain in self._stopped:
                raise refusals.DomainRefusesError(self._stopped[domain], replies.PATIENCE)
        try:
            receipt = self._send(ready, addresses, last_try)
        except replies.TooLargeError:
            raise
        except errors.Rejected as error:
            self._note(addresses, dict.fromkeys(addresses, error.detail))
            raise
        self._note(addresses, receipt.refused)
        return receipt

    def conclude(self) -> None:
        """At the end of a batch: raise RelayRefusesError when what is meant for some domain was left waiting."""
        if self._stopped:
            raise refusals.RelayRefusesError(" ".join(self._stopped.values()), system=replies.SYSTEM, tenant=self._tenant)

    def _send(self, ready: letters.Ready, addresses: Sequence[str], last_try: bool) -> Receipt:
        try:
            connection = self._start(ready)
            refused = self._name_recipients(connection, addresses, last_try)
            self._words.expect(connection.docmd("DATA"), 354, of_message=True)
            connection.send(re.sub(rb"(?m)^\.", b"..", ready.content))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise errors.Unavailable(messages.no_contact(self._settings.host, type(error).__name__)) from None
        except errors.RemoteError:
            self._drop()
            raise
        accepted = tuple(address for address in addresses if address not in refused)
        return Receipt(accepted=accepted, refused=refused, reply=self._finish(connection, ready.message_id))

    def _note(self, addresses: Sequence[str], refused: Mapping[str, str]) -> None:
        """Count the answers. Raises RelayRefusesError or DomainRefusesError when all were refused and it cannot be about them."""
        for one in addresses:
            self._counts.note(one, refused.get(one, ""))
        if len(refused) < len(addresses):
            return
        for whose in filter(None, map(self._counts.find_stop, addresses)):
            if whose == refusals.ALL:
                message = messages.relay_refuses(self._settings.host)
                raise refusals.RelayRefusesError(message, system=replies.SYSTEM, tenant=self._tenant) from None
            self._stopped[whose] = messages.domain_refuses(self._settings.host, whose)
            raise refusals.DomainRefusesError(self._stopped[whose], replies.PATIENCE) from None

    def _start(self, ready: letters.Ready) -> smtplib.SMTP:
        """A connection with MAIL FROM said; one that died while it waited is replaced once."""
        self._check_size(ready, self._settings.most_bytes)
        if self._connection:
            try:
                reply = self._mail(self._connection, ready)
            except smtplib.SMTPServerDisconnected:
                reply = (421, b"")
            if reply[0] != 421:
                self._words.expect(reply, 250)
                return self._connection
            self._drop()
        self._connection = connection = self._connect()
        self._words.expect(self._mail(connection, ready), 250)
        return connection

    def _mail(self, connection: smtplib.SMTP, ready: letters.Ready) -> tuple[int, bytes]:
        """MAIL FROM, with the message's size and name where the server listens to them; its reply."""
        options: list[str] = []
        if connection.has_extn("size"):
            stated = connection.esmtp_features["size"]
            self._check_size(ready, int(stated[:18]) if stated.isdecimal() else 0)
            options.append(f"SIZE={len(ready.content)}")
        if connection.has_extn("dsn"):
            options += ["RET=HDRS", f"ENVID={xtext.write(ready.message_id)}"]
        return connection.mail(self._bounce_address or ready.sender, options)

    def _check_size(self, ready: letters.Ready, most: int) -> None:
        if 0 < most < len(ready.content):
            raise replies.TooLargeError(messages.too_large(self._settings.host, len(ready.content), most), status=552)

    def _connect(self) -> smtplib.SMTP:
        """A connection that is greeted, encrypted and logged in to. A 5xx on the way is CredentialError."""
        try:
            return self._greet()
        except smtplib.SMTPResponseException as error:
            if error.smtp_code // 100 != 5 or not isinstance(error.smtp_error, bytes):  # smtplib's own words are str
                raise
            message = messages.wrong_settings(self._settings.host, error.smtp_code, replies.text(error.smtp_error))
            raise self._words.about_us(message) from None

    def _greet(self) -> smtplib.SMTP:
        settings = self._settings
        connection = smtplib.SMTP(settings.host, settings.port, local_hostname=settings.local_hostname, timeout=settings.seconds)
        try:
            if connection.sock:  # otherwise the dot waits 40 ms until the server has confirmed what stands before it
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if settings.starttls:
                self._encrypt(connection)
            connection.ehlo_or_helo_if_needed()
            if settings.username and settings.password:
                self._log_in(connection)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            connection.close()
            code = error.smtp_code if isinstance(error, smtplib.SMTPAuthenticationError) else None
            if code is not None and code < 500:
                raise
            raise self._words.about_us(messages.login_refused(settings.host, code)) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        """Raises smtplib's errors. smtplib itself writes ASCII only; in AUTH PLAIN a password is UTF-8 (RFC 4616)."""
        name, password = self._settings.username, self._settings.password
        if f"{name}{password}".isascii():
            connection.login(name, password)
            return
        code, said = connection.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()).decode())
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, said)

    def _encrypt(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if not connection.has_extn("starttls"):
            raise self._words.about_us(messages.no_encryption(self._settings.host))
        connection.starttls(context=self._tls or ssl.create_default_context())
        connection.ehlo()

    def _name_recipients(self, connection: smtplib.SMTP, addresses: Sequence[str], last_try: bool) -> dict[str, str]:
        """RCPT TO for each; the final noes, by address. Raises when one is temporary or about us, or none is left."""
        refused: dict[str, str] = {}
        code, text = 550, "ingen mottakere"
        with_dsn = connection.has_extn("dsn")
        for recipient in addresses:
            options = ["NOTIFY=FAILURE", f"ORCPT=rfc822;{xtext.write(recipient)}"] if with_dsn else []
            code, raw = connection.rcpt(recipient, options)
            text = replies.text(raw)
            if replies.is_about_recipient(code, text) or (last_try and replies.is_not_found(code, text)):
                refused[recipient] = f"{code} {text}"
            else:
                self._words.expect((code, raw), 250, 251)
        if len(refused) == len(addresses):
            message = messages.all_refused(", ".join(addresses[:_NAMED]), code, text)
            kind = replies.TooLargeError if replies.is_too_large(code, text) else errors.Rejected
            raise kind(message, detail=f"{code} {text}", status=code)
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
        self._words.expect((code, raw), *range(200, 300), of_message=True)
        return f"{code} {replies.text(raw)}"

    def _drop(self) -> None:
        """Close without a word: whatever was begun and not finished is forgotten by the server."""
        if self._connection:
            self._connection.close()
            self._connection = None
