"""What invoices were paid: what the bank told of and gave them, and what only the factoring system told of."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from fakturabro.ledger import engine as bulk
from fakturabro.ledger import tables
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.returns import movements
from fakturabro.ledger.returns import tables as return_tables

_allocation, _delivery, _movement = bank_tables.allocation, tables.delivery, return_tables.movement
_IS_TOLD_TWICE = sa.exists().where(
    _movement.c.tenant == _allocation.c.tenant, _movement.c.allocation_id == _allocation.c.id, movements.IS_TOLD_TWICE
)
TOLD = "factoring_payments:"
"""How the targets begin that we tell of payments, and that do not tell them back."""


def find(connection: sa.Connection, tenant: str, currencies: Mapping[int, str]) -> dict[int, int]:
    """Minor units by invoice; `currencies` are the invoices and theirs.

    Where the factoring company has the bank's own file, it tells the very same payments back: they count once. So does what was
    told before the bank's own movement came, which is held for it.
    """
    of_payment = (_delivery.c.tenant == _allocation.c.tenant, _delivery.c.document_id == _allocation.c.document_id)
    posts = sa.and_(*of_payment, _delivery.c.purpose == "post")
    by_file = sa.and_(_delivery.c.state == "accepted", ~_delivery.c.target.startswith(TOLD))
    of_files = sa.func.sum(sa.case((by_file, _allocation.c.amount)))
    query = sa.select(_allocation.c.invoice_id, sa.func.sum(_allocation.c.amount), of_files).outerjoin(_delivery, posts)
    mine = (_allocation.c.tenant == tenant, bulk.among(connection, _allocation.c.invoice_id, currencies), ~_IS_TOLD_TWICE)
    rows = connection.execute(query.where(*mine).group_by(_allocation.c.invoice_id)).all()
    paid, twice = {i: int(amount) for i, amount, _ in rows}, {i: int(amount) for i, _, amount in rows if amount is not None}
    for i, currency, told in movements.find_told_payments(connection, tenant, currencies):
        if currency == currencies[i]:
            paid[i] = paid.get(i, 0) + (max(told - twice[i], 0) if i in twice else told)
    return paid
