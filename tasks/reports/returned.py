"""What a client's report says of return data, read from the ledger: what is held, and the newest reconciliation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from data_quality import messages as sentences
from data_quality.report import cases, content, wording
from data_quality.report import returned as words
from data_quality.suites import movements as suite
from fakturabro.domain import findings as values
from fakturabro.domain import money
from fakturabro.domain.reconciliation import Difference
from fakturabro.ledger import documents, findings, opened
from fakturabro.ledger.returns import movements, reconciliations
from tasks.returns import reconciling_findings

_OPEN = ("waiting", "planned", "sending", "in_doubt", "rejected")
_ROLES = ("balance", "customer_contra", "customers", "company")
_SAID = msgspec.json.Decoder(list[Difference])


def find(ledger: opened.Ledger, tenant: str, language: content.Language) -> content.Returns | None:
    """None for a tenant that has no return data."""
    held = movements.find_open(ledger, tenant, ["held"])
    looks = reconciliations.find_latest(ledger, tenant)
    open_ = len(movements.find_open(ledger, tenant, _OPEN))
    if not (held or looks or open_ or movements.find_open(ledger, tenant, ["accepted", "cancelled"])):
        return None
    until = max((one.day for one in looks), default=None)
    newest = sorted((one for one in looks if one.day == until), key=lambda one: (_ROLES.index(one.role), one.currency != "NOK"))
    items = sorted(_find_held(ledger, tenant, held, language), key=lambda item: (cases.rank(item.amount), item.number))
    return content.Returns(
        held=tuple(items),
        open=open_,
        until=until,
        compared=tuple(_to_compared(one) for one in newest),
        overpaid=tuple(_find_overpaid(ledger, tenant, language)),
    )


def to_difference(one: Difference) -> content.Difference:
    """As the report has it."""
    about = {name: getattr(one, name) for name in ("code", "number", "kind", "voucher", "customer")}
    return content.Difference(minor=one.amount, **about)


def _to_compared(one: reconciliations.Look) -> content.Compared:
    differences = tuple(to_difference(each) for each in _SAID.decode(one.said))
    return content.Compared(role=one.role, currency=one.currency, ours=one.ours, theirs=one.theirs, differences=differences)


def _find_held(ledger: opened.Ledger, tenant: str, ids: Sequence[int], language: content.Language) -> list[content.Item]:
    found = findings.read(ledger, tenant, ids)
    return [
        content.Item(
            kind="movement",
            number=row.number,
            buyer=words.movement(row.kind, language),
            customer_number=row.customer_number,
            amount=content.Amount(row.amount, row.currency),
            problems=tuple(
                _to_problem(row.customer_number, one, language, movements.KIND)
                for one in found.get(row.document_id, [])
                if one.purposes
            ),
            document_id=row.document_id,
        )
        for row in movements.find(ledger, tenant, ids)
    ]


def _find_overpaid(ledger: opened.Ledger, tenant: str, language: content.Language) -> Iterator[content.Item]:
    """Invoices, oldest first, with what the newest reconciliation found to be too much."""
    found = findings.read(ledger, tenant, findings.find_documents(ledger, tenant, reconciling_findings.STATION))
    over = {i: one for i, said in found.items() for one in said if one.code == suite.OVERPAID}
    for head in documents.find_heads(ledger, tenant, sorted(over)):
        yield content.Item(
            kind="invoice",
            number=head.number,
            buyer=wording.say("overpaid", language),
            customer_number=head.customer_number,
            amount=content.Amount(money.to_minor(Decimal(over[head.id].value)), head.currency),
            problems=(_to_problem(head.customer_number, over[head.id], language, head.kind),),
            document_id=head.id,
        )


def _to_problem(customer: str, found: values.Finding, language: content.Language, kind: str) -> content.Problem:
    return content.Problem(
        code=found.code,
        field=sentences.field(found, language),
        what=sentences.sentence(found, language, kind),
        remedy=sentences.remedy(found, customer=customer, language=language, kind=kind),
        value=sentences.value(found, language),
        suggestion=sentences.suggestion(found, language),
        severity=found.severity,
        holds=bool(found.purposes),
    )
