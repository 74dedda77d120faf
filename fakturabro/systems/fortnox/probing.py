"""What the consent and the client's licences let us at, asked before anything is carried: one small call for each scope.

Source: www.fortnox.se/developer/authorization (scopes; the customer must own the licence too), fortnox-v3.openapi.json.
Assumed: a missing scope is answered with 2000663, a missing licence with 2001101, none at all with 2001103; a list tells it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fakturabro.systems.fortnox import messages, session

CALLS = {
    "companyinformation": "/companyinformation",
    "customer": "/customers",
    "article": "/articles",
    "settings": "/units",
    "project": "/projects",
    "invoice": "/invoices",
    "currency": "/currencies",
    "supplierinvoice": "/supplierinvoices",
    "bookkeeping": "/vouchers",
    "connectfile": "/supplierinvoicefileconnections",
    "archive": "/archive",
    "inbox": "/inbox",
}
"""By scope, what is read to find out; together all scopes that the consent asks for."""
_LOGIN = (2000310, 2000311)
_NO_LIST = ("companyinformation", "archive", "inbox")


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A scope that we cannot use, Fortnox's code, and a sentence that says what to do."""

    scope: str
    code: int | None
    sentence: str


async def probe(calls: session.Session, scopes: Iterable[str] = tuple(CALLS)) -> list[Lack]:
    """What is missing of these scopes. Raises the ladder; CredentialError where there is no access at all."""
    found: list[Lack] = []
    for scope in scopes:
        params: dict[str, str | int] = {} if scope in _NO_LIST else {"limit": 1}
        try:
            await calls.send("GET", CALLS[scope], changes=False, params=params)
        except session.NoRightError as error:
            if error.code in _LOGIN:
                raise
            found.append(Lack(scope=scope, code=error.code, sentence=messages.lacks(scope, error.code)))
    return found
