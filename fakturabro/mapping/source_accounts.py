"""Looking for the source's own bank account in a document that names another payee: in free text and in attachments.

Payment terms, notes and an attached picture of the invoice are carried as the client wrote them. A debtor who finds the client's
old account there pays past the factoring company, and is not released from the debt.
"""

from __future__ import annotations

import base64
import io
import re

import msgspec
import pypdf

from fakturabro.domain import agreements, documents

_SEPARATORS = re.compile(r"[\s.\-\u00a0]+")
_SHORTEST = 8
_NORWEGIAN_IBAN = 15


def find(source: documents.Invoice, distributed: documents.Invoice, agreement: agreements.FactoringAgreement) -> str:
    """Where the source's account still stands in what the debtor would get: "text", an attachment's name, or "" for nowhere."""
    own = {agreement.account, agreement.iban}
    accounts = {_SEPARATORS.sub("", means.account) for means in source.payment_means if means.account} - own
    accounts |= {account[4:] for account in accounts if account.startswith("NO") and len(account) == _NORWEGIAN_IBAN}
    accounts = {account for account in accounts if len(account) >= _SHORTEST} - own
    if not accounts:
        return ""
    without = msgspec.structs.replace(distributed, attachments=())
    if _names(msgspec.json.encode(without).decode(), accounts):
        return "text"
    return next((one.filename or one.id.value for one in distributed.attachments if _names(_text_of(one), accounts)), "")


def _names(text: str, accounts: set[str]) -> bool:
    plain = _SEPARATORS.sub("", text)
    return any(account in plain for account in accounts)


def _text_of(attachment: documents.Attachment) -> str:
    """The text of an attachment; what has none (a picture, a damaged file) cannot be searched."""
    try:
        content = base64.b64decode(attachment.content_base64 or "")
        if not content.startswith(b"%PDF-"):
            return content.decode("latin-1")
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    except Exception:  # pypdf raises whatever a damaged file makes it stumble over; what cannot be read cannot be searched
        return ""
