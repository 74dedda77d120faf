"""What a decision shows of what it is about: enough to look it up at the counterpart, and no more of the document."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from fakturabro.domain import identity, parties
from fakturabro.ledger import details, opened, tables

_delivery, _document, _log = tables.delivery, tables.document, tables.transfer_log


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question on payments: `shown` is what the page shows by field; a field without a label is only kept.

    `subject` as answers has it; `caused_by` is an e-mail address, a name or a run.
    """

    kind: str
    subject: str
    shown: dict[str, str]
    caused_by: str


def about_delivery(ledger: opened.Ledger, tenant: str, delivery_id: int) -> dict[str, str] | None:
    """The question on a delivery in doubt; None when it is not in doubt (any more). Identity numbers are masked."""
    columns = (_document.c.kind, _document.c.number, _document.c.id, _document.c.customer_number)
    mine = (_delivery.c.tenant == tenant, _delivery.c.id == delivery_id, _delivery.c.state == "in_doubt")
    query = (
        sa.select(*columns, _delivery.c.purpose, _delivery.c.target, _delivery.c.natural_key)
        .join(_document, sa.and_(_document.c.tenant == _delivery.c.tenant, _document.c.id == _delivery.c.document_id))
        .where(*mine)
    )
    last = sa.select(_log.c.at, _log.c.detail).where(_log.c.tenant == tenant, _log.c.delivery_id == delivery_id)
    with ledger.reading() as connection:
        row = connection.execute(query).mappings().one_or_none()
        said = connection.execute(last.order_by(_log.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    recipient = details.read_recipients(ledger, tenant, [row["id"]]).get(row["id"])
    values = {name: str(row[name]) for name in ("kind", "number", "purpose", "target")}
    values["buyer"] = recipient.name if recipient else row["customer_number"]
    values["sent_to"] = _address(row["target"], recipient)
    values["sent_at"] = said.at.isoformat() if said else ""
    values["natural_key"], values["said"] = row["natural_key"], said.detail if said else ""
    return masked(values)


def about_approver(tenant: str, email: str) -> dict[str, str]:
    """The question on a person who is to get a code generator."""
    return {"candidate": email, "tenant": tenant}


def masked(values: Mapping[str, str]) -> dict[str, str]:
    """The same values without identity numbers."""
    return {name: identity.mask_identity_numbers(value) for name, value in values.items()}


def _address(target: str, recipient: parties.Recipient | None) -> str:
    """Where a channel sent it, as the counterpart knows the buyer."""
    if recipient is None:
        return ""
    if target in ("email", "link"):
        return ", ".join(recipient.emails)
    if target == "ehf":
        return recipient.organisation_number
    if target == "letter" and recipient.address:
        return " ".join(part for part in (recipient.address.postal_zone, recipient.address.city) if part)
    return ""
