"""The e-mails to debtors: with a link and a code (alternative 1), or around the PDF (alternative 2)."""

from __future__ import annotations

import datetime as dt
import email.message
from collections.abc import Sequence

import msgspec

from fakturabro.domain import calendar, languages
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import links as portal
from fakturabro.systems.mail import invoice_mails, letters
from tasks import asking, clock, connect, options
from tasks.debtors import channels

_BLANK = portal_keys.Secrets("X" * portal_keys.CODE_LENGTH, "X" * portal_keys.CODE_LENGTH)
"""What stands in the copy that is kept: neither link nor code is in the ledger."""
_MOMENT = dt.timedelta(microseconds=1)


def to_link(one: channels.Candidate, natural_key: str, chosen: options.FactoringOptions) -> portal.NewLink:
    """The link that opens a document; what its page shows is what the e-mail says."""
    facts = to_facts(one, chosen)
    today = clock.now().astimezone(calendar.OSLO).date()
    return portal.NewLink(
        document_id=one.head.id,
        revision_id=one.delivery.revision_id,
        natural_key=natural_key,
        language=languages.choose(chosen.distribution.language, one.recipient),
        expires_at=portal.expiry(facts.due_date, today, chosen.distribution.link_valid_days),
        face=portal.Face(
            client_name=facts.client,
            organisation_number=facts.organisation_number,
            kind=facts.kind,
            number=facts.number,
            amount=facts.amount,
            currency=facts.currency,
            due_date=facts.due_date,
            account=facts.account,
            kid=facts.kid,
            payee=facts.payee,
            reply_to=facts.contact,
        ),
    )


def as_recorded(link: portal.NewLink, secrets: portal_keys.Secrets) -> portal.NewLink:
    """The link as it stands: one that was made before keeps its day and its language."""
    known = portal.find(connect.current().ledger, secrets.token)
    return msgspec.structs.replace(link, expires_at=known.expires_at, language=known.language) if known else link


def to_facts(one: channels.Candidate, chosen: options.FactoringOptions) -> invoice_mails.Facts:
    """What an e-mail says of a document."""
    invoice, means = one.invoice, one.invoice.payment_means[0]
    return invoice_mails.Facts(
        kind=invoice.kind,
        number=_line(invoice.number),
        client=_client_name(one),
        organisation_number=invoice.seller.company_id.value if invoice.seller.company_id else "",
        amount=one.head.amount,
        currency=invoice.currency,
        due_date=invoice.due_date,
        account=means.account or "",
        kid=means.payment_id or "",
        payee=chosen.agreement.payee_name,
        notice=_notice(one, chosen),
        contact=_contact(one, chosen.distribution),
        credits=one.head.original_number or "",
    )


def _client_name(one: channels.Candidate) -> str:
    return _line(one.invoice.seller.registration_name or one.invoice.seller.name or "")


def _line(text: str) -> str:
    """White space folded: an EHF that was printed prettily breaks lines anywhere."""
    return " ".join(text.split())


def _notice(one: channels.Candidate, chosen: options.FactoringOptions) -> str:
    """The assignment notice; in English too where the debtor reads it, as on the PDF."""
    language = languages.choose(chosen.distribution.language, one.recipient)
    english = chosen.agreement.assignment_notice_en if language == "en" else ""
    return "\n".join(filter(None, (chosen.agreement.assignment_notice, english)))


def _contact(one: channels.Candidate, chosen: options.DistributionOptions) -> str:
    contact = one.invoice.seller.contact.email if one.invoice.seller.contact else None
    return next((one for one in (chosen.reply_to, contact or "") if letters.is_usable(one)), "")


def build_attached(
    message_id: str, one: channels.Candidate, pdf: bytes, chosen: options.FactoringOptions, sender: str
) -> letters.Ready:
    """The e-mail around the PDF. Raises Rejected."""
    texts = invoice_mails.compose(languages.choose(chosen.distribution.language, one.recipient), to_facts(one, chosen))
    file_name = f"{_line(one.invoice.number)}.pdf"
    attached = letters.Attachment(file_name=file_name, content_type="application/pdf", content=pdf)
    return letters.to_bytes(_build(message_id, one, texts, chosen, sender, [attached]))


def build_link(
    message_id: str,
    one: channels.Candidate,
    link: portal.NewLink,
    secrets: portal_keys.Secrets,
    chosen: options.FactoringOptions,
    sender: str,
    *,
    reissued: bool = False,
) -> tuple[letters.Ready, bytes]:
    """(the e-mail with the link, the copy of it to be kept, in which link and code are blank). Raises Rejected."""
    settings, facts, base = chosen.distribution, to_facts(one, chosen), asking.base_url()

    def write(said: portal_keys.Secrets) -> letters.Ready:
        shown = invoice_mails.Link(
            url=f"{base}/f/{said.token}",
            code=portal_keys.grouped(said.code),
            valid_until=(link.expires_at.astimezone(calendar.OSLO) - _MOMENT).date(),
            letter_after=None if reissued else settings.letter_after_days,
            working_days=settings.letter_days == "virkedager",
            reissued=reissued,
        )
        texts = invoice_mails.compose(link.language, facts, shown)
        return letters.to_bytes(_build(message_id, one, texts, chosen, sender))

    return write(secrets), write(_BLANK).content


def _build(
    message_id: str,
    one: channels.Candidate,
    texts: invoice_mails.Texts,
    chosen: options.FactoringOptions,
    sender: str,
    attachments: Sequence[letters.Attachment] = (),
) -> email.message.EmailMessage:
    return letters.build(
        message_id=message_id,
        date=clock.now(),
        client_name=_client_name(one),
        sender=sender,
        reply_to=_contact(one, chosen.distribution) or sender,
        recipients=one.emails,
        subject=texts.subject,
        text=texts.text,
        html=texts.html,
        attachments=attachments,
    )
