"""The words of an e-mail to a debtor: a link and a code (alternative 1), or the PDF attached (alternative 2), as text and as HTML.

Both forms say the same from the same values. The HTML stands alone: tables and inline styles, because that is what Outlook and
Gmail keep; no picture, no remote thing, nothing that tells when it is read.
"""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
import re
from types import ModuleType
from typing import Literal

import jinja2
import msgspec
from stdnum import iban
from stdnum.no import kontonr

from fakturabro.domain import bank_accounts, identity, money
from fakturabro.domain.languages import Language
from fakturabro.systems.mail import texts_en, texts_nb

_LANGUAGES: dict[Language, ModuleType] = {"nb": texts_nb, "en": texts_en}
_TEMPLATES = pathlib.Path(__file__).parent
_NO_BREAK = "\u00a0"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the mail says of a document. `amount` is what is payable, or credited, in minor units; "" where there is nothing to say.

    `client` is the seller's registered name, `contact` an address of the client that answers go to, `notice` the assignment notice,
    `credits` the number of the invoice that a credit note takes back.
    """

    kind: Literal["invoice", "credit_note"]
    number: str
    client: str
    organisation_number: str
    amount: int
    currency: str
    due_date: dt.date | None = None
    account: str = ""
    kid: str = ""
    payee: str = ""
    notice: str = ""
    contact: str = ""
    credits: str = ""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Where the debtor opens the document, and with what. `letter_after` is in days, None when no letter follows.

    `code` is as it is printed; `reissued`: an earlier link and code died with this one. Neither `url` nor `code` is in its repr.
    """

    url: str
    code: str
    valid_until: dt.date | None = None
    letter_after: int | None = None
    working_days: bool = False
    reissued: bool = False

    def __repr__(self) -> str:
        return "Link(***)"


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """A mail's words. `html` is a whole page."""

    subject: str
    text: str
    html: str

    def __repr__(self) -> str:
        return f"Texts({self.subject!r})"


class _Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The sentences of one mail, in the order in which they are read; "" where there is none."""

    language: Language
    client: str
    of: str
    title: str
    amount_label: str
    amount: str
    when: str
    hello: str
    lead: str
    rows: list[tuple[str, str]]
    notice: str
    wrong: str
    genuine: str
    sent_for: str
    url: str = ""
    code: str = ""
    open: str = ""
    letter: str = ""
    valid: str = ""


def compose(language: Language, facts: Facts, link: Link | None = None) -> Texts:
    """The mail about a document: with a link, alternative 1; without, alternative 2. The same values make the same texts."""
    t: dict[str, str] = _LANGUAGES[language].TEXTS
    parts = _parts(language, t, facts, link)
    of = {"title": parts.title, "title_small": parts.title[0].lower() + parts.title[1:], "client": facts.client}
    return Texts(
        subject=t["subject_reissued" if link and link.reissued else "subject"].format(**of),
        text=_text(t, parts),
        html=_template().render(t=t, **msgspec.structs.asdict(parts)),
    )


def _parts(language: Language, t: dict[str, str], facts: Facts, link: Link | None) -> _Parts:
    kind, client = facts.kind, facts.client
    number = _organisation_number(facts.organisation_number)
    owes = kind == "invoice" and facts.amount > 0
    way = "attached" if link is None else "reissued" if link.reissued else "link"
    wrong = t["wrong_attached"] if link is None else t[f"wrong_link_{kind}"]
    register = t["register"] if len(identity.digits(number)) == 9 else ""
    parts = _Parts(
        language=language,
        client=client,
        of=t["of"].format(organisation_number=number) if number else "",
        title=t[kind].format(number=facts.number),
        amount_label=t[f"amount_{kind}"],
        amount=_amount(language, facts.amount, facts.currency),
        when=_when(language, t, facts, owes),
        hello=t["hello"],
        lead=" ".join([t[f"lead_{way}_{kind}"].format(client=client), *([t["credit"]] if kind == "credit_note" else [])]),
        rows=_rows(t, facts) if owes else [],
        notice=facts.notice.strip() if owes else "",
        wrong=wrong.format(client=client, address=f" ({facts.contact})" if facts.contact else ""),
        genuine=t["genuine"].format(client=client, register=register),
        sent_for=t["sent_for" if owes and facts.payee else "sent_for_client"].format(client=client, payee=facts.payee),
    )
    if link is None:
        return parts
    return msgspec.structs.replace(
        parts,
        url=link.url,
        code=link.code,
        open=t[f"open_{kind}"],
        letter=t[f"letter_{kind}"].format(days=_days(t, link.letter_after, link.working_days)) if link.letter_after else "",
        valid=t["valid"].format(date=_date(language, link.valid_until)) if link.valid_until else "",
    )


def _when(language: Language, t: dict[str, str], facts: Facts, owes: bool) -> str:
    if facts.kind == "credit_note":
        return t["of_invoice"].format(number=facts.credits) if facts.credits else ""
    if not owes:
        return t["no_payment"]
    return t["due"].format(date=_date(language, facts.due_date)) if facts.due_date else ""


def _rows(t: dict[str, str], facts: Facts) -> list[tuple[str, str]]:
    named = {"account": _account(facts.account), "kid": facts.kid, "payee": facts.payee}
    return [(t[label], value) for label, value in named.items() if value]


def _text(t: dict[str, str], parts: _Parts) -> str:
    """The mail as plain text: paragraphs with an empty line between them."""
    link = f"{parts.open}: {parts.url}\n{t['code']}: {parts.code}" if parts.url else ""
    amount = [f"{parts.amount_label}: {parts.amount}", *([parts.when] if parts.when else [])]
    paragraphs = [
        parts.hello,
        parts.lead,
        link,
        " ".join(text for text in (parts.letter, parts.valid) if text),
        "\n".join([parts.title, *amount, *(f"{label}: {value}" for label, value in parts.rows)]),
        parts.notice,
        f"{t['wrong_title']} {parts.wrong}",
        f"{t['genuine_title']} {parts.genuine}",
        "\n".join(text for text in (t["regards"], parts.client, parts.of) if text),
    ]
    return "\n\n".join(text for text in paragraphs if text) + "\n"


def _amount(language: Language, amount: int, currency: str) -> str:
    write = money.english if language == "en" else money.norwegian
    return write(amount, currency).replace(" ", _NO_BREAK)


def _date(language: Language, date: dt.date) -> str:
    """
    >>> _date("nb", dt.date(2026, 12, 1)).replace(_NO_BREAK, " "), _date("en", dt.date(2026, 12, 1)).replace(_NO_BREAK, " ")
    ('1. desember 2026', '1 December 2026')
    """
    words = _LANGUAGES[language]
    return words.DATE.format(day=date.day, month=words.MONTHS[date.month - 1], year=date.year).replace(" ", _NO_BREAK)


def _days(t: dict[str, str], count: int, working: bool) -> str:
    return t[f"{'working_' if working else ''}{'day' if count == 1 else 'days'}"].format(count=count)


def _account(account: str) -> str:
    """
    >>> _account("15062533119"), _account("NO9386011117947")
    ('1506.25.33119', 'NO93 8601 1117 947')
    """
    plain = identity.digits(account)
    if re.fullmatch(r"[0-9]{11}", plain):
        return kontonr.format(plain)
    return iban.format(plain) if bank_accounts.is_iban(plain) else account


def _organisation_number(stated: str) -> str:
    plain = identity.plain_organisation_number(stated)
    return f"{plain[:3]}{_NO_BREAK}{plain[3:6]}{_NO_BREAK}{plain[6:]}" if re.fullmatch(r"[0-9]{9}", plain) else stated


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("invoice_mail.html")
