"""The mailbox that bounces come to: IMAP over TLS. A mail stays where it is until the caller has recorded what it says.

Whatever lies in the folder is to be read, also what somebody has opened: a mail that is done with lies in another folder. So a
crash shows it again, and nothing is read twice but after one. The calls block: run them in a thread.

Source: RFC 3501 (IMAP4rev1), RFC 6851 (MOVE), RFC 5530 (response codes), RFC 3501 §5.1.3 (names of folders).
Assumed: the mailbox takes a user name and a password (Exchange Online does not: forward the bounces to one that does).
"""

from __future__ import annotations

import base64
import functools
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.mail import bounces, messages

SYSTEM = "Postkassen for returmeldinger"
_T = TypeVar("_T")
_FOR_NOW = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where bounces are read: `folder` is read, `aside` gets what is done with, and is made when it is not there."""

    host: str
    port: int = 993
    username: str
    password: str
    folder: str = "INBOX"
    aside: str = "Lest av Fakturabro"
    seconds: float = 30.0

    def __repr__(self) -> str:
        return f"Settings({self.host}:{self.port})"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as it lies there: its first megabyte. `uid` holds within this visit."""

    uid: str
    content: bytes


class Mailbox:
    """`with Mailbox(settings) as mailbox: for mail in mailbox.fetch(): ...; mailbox.put_aside(mail)`."""

    def __init__(self, settings: Settings, *, tenant: str = "", tls: ssl.SSLContext | None = None) -> None:
        self._settings, self._tenant = settings, tenant
        self._tls = tls or ssl.create_default_context()
        self._connection: Any = None
        self._move = "COPY"

    def __enter__(self) -> Mailbox:
        """Raises Unavailable, and CredentialError when user name, password or folder is wrong."""
        try:
            self._guard(self._open)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def fetch(self, most: int = 200) -> Iterator[Mail]:
        """The oldest mails in the folder, one by one, at most `most`. Raises Unavailable."""
        found = b" ".join(line for line in self._ask("SEARCH", None, "UNDELETED") if isinstance(line, bytes))
        for uid in found.decode("ascii", "replace").split()[:most]:
            answered = self._ask("FETCH", uid, f"(BODY.PEEK[]<0.{bounces.LARGEST}>)")
            for _, content in (part for part in answered if isinstance(part, tuple)):  # none: somebody has moved it meanwhile
                yield Mail(uid=uid, content=content)

    def put_aside(self, mail: Mail, *, seen: bool) -> None:
        """Move a mail that is recorded out of the way; `seen`: no person needs to look at it. Raises the ladder."""
        self._guard(lambda: self._put_aside(mail.uid, seen))

    def _open(self) -> None:
        settings = self._settings
        self._connection = imaplib.IMAP4_SSL(settings.host, settings.port, ssl_context=self._tls, timeout=settings.seconds)
        try:
            self._log_in()
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            said = answers.one_line(str(error))
            if _FOR_NOW.search(said):
                raise errors.Unavailable(messages.no_mailbox(settings.host, said)) from None
            raise self._about_us(messages.mailbox_login_refused(settings.host)) from None
        can_move = b"MOVE" in b" ".join(self._connection.capability()[1]).upper().split()  # more than before the login
        self._move = "MOVE" if can_move else "COPY"
        if self._connection.select(_name(settings.folder))[0] != "OK":
            raise self._about_us(messages.no_folder(settings.host, settings.folder))

    def _log_in(self) -> None:
        settings = self._settings
        if "AUTH=PLAIN" in self._connection.capabilities:  # LOGIN knows no letters beyond ASCII
            said = f"\0{settings.username}\0{settings.password}".encode()
            self._connection.authenticate("PLAIN", functools.partial(_answer, said))
        else:
            self._connection.login(settings.username, settings.password)

    def _put_aside(self, uid: str, seen: bool) -> None:
        aside = _name(self._settings.aside)
        if seen:
            self._ask("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
        if self._connection.uid(self._move, uid, aside)[0] != "OK":
            self._connection.create(aside)
            if self._connection.uid(self._move, uid, aside)[0] != "OK":
                raise self._about_us(messages.no_folder(self._settings.host, self._settings.aside))
        if self._move == "COPY":
            self._ask("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")

    def _ask(self, *command: str | None) -> list[tuple[bytes, bytes] | bytes | None]:
        """Raises Unavailable, also when the server says no: these commands are none that it could refuse us."""
        state, answer = self._guard(lambda: self._connection.uid(*command))
        if state != "OK":
            raise errors.Unavailable(messages.no_mailbox(self._settings.host, answers.one_line(str(answer[:1]))))
        return answer

    def _guard(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except (OSError, imaplib.IMAP4.error) as error:
            raise errors.Unavailable(messages.no_mailbox(self._settings.host, type(error).__name__)) from None

    def _about_us(self, message: str) -> errors.CredentialError:
        return errors.CredentialError(message, system=SYSTEM, tenant=self._tenant)

    def _close(self) -> None:
        if self._connection is not None:
            try:
                self._connection.logout()
            except (OSError, imaplib.IMAP4.error):
                self._connection.shutdown()


def _answer(said: bytes, _challenge: bytes) -> bytes:
    return said


def _name(folder: str) -> str:
    """A folder's name as IMAP writes it: quoted, other letters than ASCII in its own UTF-7.

    >>> _name("Lest av Fakturabro"), _name("Bøker & sånt")
    ('"Lest av Fakturabro"', '"B&APg-ker &- s&AOU-nt"')
    """

    def encoded(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        return f"&{base64.b64encode(found[0].encode('utf-16-be')).decode().rstrip('=').replace('/', ',')}-"

    plain = re.sub(r"[\x00-\x1f\x7f]", "", folder)
    return '"' + re.sub(r"&|[^\x20-\x7e]+", encoded, plain).replace("\\", "\\\\").replace('"', '\\"') + '"'
