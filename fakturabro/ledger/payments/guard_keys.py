"""What payments are compared by: hashes of accounts, amounts, references and dates, keyed so that nobody can guess them.

The key is derived from the installation's, so a ledger that was restored makes the same hashes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import unicodedata
from decimal import Decimal

from fakturabro.domain import payments, statements
from fakturabro.ledger import opened

_LENGTH = 32
_FEW = 8
_NOISE = re.compile(r"[\W_]+")
_LABEL = re.compile(r"^(?:faktura|fakt|invoice|inv|nummer|number|nr|no)+(?=\d)")
_FORMS = frozenset({"as", "asa", "ans", "da", "ab", "enk", "nuf", "sa", "ltd", "gmbh", "aps", "ba", "ks"})
_ALIKE = str.maketrans("øðłıавекмнорстухіјѕοανρτυικ", "odliabekmhopctyxijsoavptuik", "\u200b\u200c\u200d\ufeff\xad") | {0xE6: "ae"}
"""Letters that look like Latin ones; what is not seen at all goes."""


class Keys:
    """The hashes of one tenant."""

    def __init__(self, ledger: opened.Ledger, tenant: str) -> None:
        self._key = hmac.digest(ledger.seals.guard_key, tenant.encode(), hashlib.sha256)

    def content(self, one: payments.Instruction, due: dt.date) -> str:
        """The same two accounts, amount, KID or invoice number (or text, where there is neither) and due date."""
        said = (reference(one.order), "") if reference(one.order) else ("", "\n".join(one.order.text))
        return self._of("content", one.account.number, *_what(one), *said, due.isoformat())

    def loose(self, one: payments.Instruction) -> str | None:
        """The same whatever the due date and the debtor's account; None without a reference."""
        return self._of("loose", *_what(one), said) if (said := reference(one.order)) else None

    def plain(self, one: payments.Instruction) -> str | None:
        """As `loose`, however the reference is written."""
        return self._of("plain", *_what(one), plain_number(said)) if (said := reference(one.order)) else None

    def blank(self, one: payments.Instruction) -> str:
        """The same creditor account and amount: all that is left to compare where references cannot be compared."""
        return self._of("blank", *_what(one))

    def creditors(self, one: payments.Creditor) -> tuple[str, ...]:
        """Who is paid: by organisation or supplier number where it is known, and always by name."""
        names = (normalised(one.name), *([one.identifier] if one.identifier else []))
        return tuple(self._of("creditor", name) for name in reversed(names))

    def receiver(self, account: payments.Account) -> str:
        """The account that is paid."""
        return self._of("receiver", account.number)

    def twin(self, one: statements.IncomingPayment) -> int:
        """The same account, KID, amount and payer; the lowest bit is the sign, so that what takes it back is known too."""
        payer = one.payer_account.number if one.payer_account else ""
        number = self._number("twin", one.payee_account.number, one.kid, _plain(abs(one.amount)), one.currency, payer)
        return number & ~1 | (one.amount < 0)

    def payer(self, account: payments.Account) -> int:
        """The account that paid."""
        return self._number("payer", account.number)

    def of_bytes(self, data: bytes) -> bytes:
        """What says whether content has changed."""
        return hmac.digest(self._key, data, "sha256")

    def _of(self, *said: str) -> str:
        return self._digest(said).hex()[:_LENGTH]

    def _number(self, *said: str) -> int:
        return int.from_bytes(self._digest(said)[:_FEW]) >> 1

    def _digest(self, said: tuple[str, ...]) -> bytes:
        return hmac.digest(self._key, "\x00".join(said).encode("utf-8", "surrogatepass"), "sha256")


def reference(order: payments.PaymentOrder) -> str:
    """The KID, or the invoice number without blanks."""
    return order.kid or "".join(order.invoice_number.split()).casefold()


def reference_kind(order: payments.PaymentOrder) -> str:
    """What the reference is: "kid", "number", or nothing."""
    return "kid" if order.kid else ("number" if order.invoice_number.strip() else "")


def plain_number(said: str) -> str:
    """An invoice number without what people and spreadsheets put around it or take away.

    >>> plain_number("nr.0012345"), plain_number("faktura:12345"), plain_number("f-12345"), plain_number("000")
    ('12345', '12345', 'f12345', '000')
    """
    return _LABEL.sub("", _NOISE.sub("", said)).lstrip("0") or said


def normalised(name: str) -> str:
    """A name as it is compared: small letters and digits that look alike are alike, without the company's form.

    >>> normalised("Nordlys Bygg, AS"), normalised("A/S NORDLYS  BYGG"), normalised("N\u043erdlys B\u00fdgg (A.S.)")
    ('nordlysbygg', 'nordlysbygg', 'nordlysbygg')
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(_ALIKE)
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    words = _NOISE.sub(" ", letters.replace(".", "").replace("/", "")).split()
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    while len(words) > 1 and words[0] in _FORMS:
        words.pop(0)
    return "".join(words) or letters.strip()


def _what(one: payments.Instruction) -> tuple[str, str, str]:
    return one.order.creditor.account.number, _plain(one.order.amount), one.order.currency


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
