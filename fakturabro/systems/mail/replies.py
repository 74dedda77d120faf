"""What an SMTP server's reply means for what to do next.

A final no before DATA is about the recipient only at RCPT, and not where it speaks of us. Every other one is about our settings
(CredentialError): a mis-set server would otherwise turn each e-mail into a paid letter. What sounds like the recipients and meets
them all, `refusals` counts.

Source: RFC 5321 (§4.2.3 on the codes), RFC 7504 (556), RFC 3463 (5.2.2: mailbox full; 5.2.3 and 5.3.4: too large).
Assumed: at RCPT the server speaks of us with 502, 503, 504, 530, 535, 538, 555 and 571, or names relaying in its reply (550 5.7.54,
"Unable to relay"); whatever else it refuses there is the recipient (501 5.1.3, 554 5.7.1).
"""

from __future__ import annotations

import re
import smtplib

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.mail import messages

SYSTEM = "E-posttjeneren"
_ABOUT_US = (502, 503, 504, 530, 535, 538, 555, 571)
_NO_RELAY = re.compile(r"5\.7\.54\b|\brelay", re.IGNORECASE)
_TOO_LARGE = re.compile(r"\b5\.(2\.3|3\.4)\b")
_ADDRESS_NOT_FOUND = re.compile(r"\b4\.1\.[0-4]\b")
_FULL_MAILBOX = re.compile(r"\b5\.2\.2\b")
PATIENCE = 60.0
"""Seconds to wait after a temporary no (450, 451, 452): SMTP names no time."""


class TooLargeError(errors.Rejected):
    """The message is larger than the server or our own setting takes: this document has to go another way."""


class Words(msgspec.Struct, frozen=True):
    """Whose replies they are, for the sentences that operators read."""

    host: str
    tenant: str

    def expect(self, reply: tuple[int, bytes], *wanted: int, of_message: bool = False) -> None:
        """Raise what a reply other than `wanted` means: 421 and nonsense Unavailable, 4xx Throttled, 5xx about us or, when it is
        the answer to a message, Rejected; about its size, TooLargeError."""
        code, said = reply[0], text(reply[1])
        if code in wanted:
            return
        if code // 100 == 5 and (is_too_large(code, said) or (code == 552 and not _FULL_MAILBOX.search(said))):
            raise TooLargeError(messages.refused(self.host, code, said), detail=f"{code} {said}", status=code)
        if code // 100 == 5 and not of_message:
            raise self.about_us(messages.wrong_settings(self.host, code, said))
        if code // 100 == 5:
            raise errors.Rejected(messages.refused(self.host, code, said), detail=f"{code} {said}", status=code)
        if code // 100 == 4 and code != 421:
            raise errors.Throttled(messages.slow_down(self.host, code, said), PATIENCE)
        if code == -1:
            raise smtplib.SMTPServerDisconnected("no reply")
        raise errors.Unavailable(messages.no_contact(self.host, f"{code} {said}"))

    def about_us(self, message: str) -> errors.CredentialError:
        """What operators must mend before anything leaves."""
        return errors.CredentialError(message, system=SYSTEM, tenant=self.tenant)


def is_about_recipient(code: int, said: str) -> bool:
    """Whether a reply to RCPT is a final no to this recipient, and not to us."""
    return code // 100 == 5 and code not in _ABOUT_US and not _NO_RELAY.search(said)


def is_not_found(code: int, said: str) -> bool:
    """Whether a temporary no is one to the address (450 4.1.2: its domain is not found), which servers give for ever."""
    return code // 100 == 4 and code != 421 and _ADDRESS_NOT_FOUND.search(said) is not None


def is_too_large(code: int, said: str) -> bool:
    """Whether a final no names the message's size."""
    return code // 100 == 5 and _TOO_LARGE.search(said) is not None


def text(raw: bytes) -> str:
    """The server's words on one line."""
    return answers.one_line(raw.decode("utf-8", "replace"))
