"""What clients chose on a page of ours, and operators at the console. Appended: the newest of a name counts, the others stay."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fakturabro.ledger import opened, operations

_choice = operations.choice
EMAIL_ALTERNATIVE = "email_alternative"
"""How debtors get e-mail: "alternativ 1" (link and code) or "alternativ 2" (PDF attached)."""
POWEROFFICE_COMPANY = "poweroffice_company"
"""The company that the client key opened and the client confirmed, as "name (organisation number)"."""
FORTNOX_COMPANY = "fortnox_company"
"""The company whose Fortnox the client consented to, as POWEROFFICE_COMPANY; "" after it was disconnected."""

CLAIMS_GIVEN_UP = "claims_given_up"
"""What an operator said of documents that left and that the source has no longer: why, and their keys."""
PAIR_SEVERED = "pair_severed"
"""Which pair was taken apart, and why."""


def record(connection: sa.Connection, tenant: str, name: str, value: str, now: dt.datetime, person: str) -> None:
    """Note a choice; it counts from now on."""
    connection.execute(sa.insert(_choice).values(tenant=tenant, name=name, value=value, at=now, by=person))


def read(ledger: opened.Ledger, tenant: str, name: str) -> str | None:
    """What the client chose; None when it never did."""
    mine = (_choice.c.tenant == tenant, _choice.c.name == name)
    with ledger.reading() as connection:
        newest = sa.select(_choice.c.value).where(*mine).order_by(_choice.c.id.desc()).limit(1)
        return connection.execute(newest).scalar_one_or_none()
