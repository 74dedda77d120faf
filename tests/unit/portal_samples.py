"""Documents that went by link, and what their debtors hold: link and code."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import details, opened, raws, tables
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import links as portal

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
KEY = b"p" * 32
TENANT, CLIENT = "solberg", "Solberg Rør AS"
PDF, EHF = b"%PDF-1.7\nfakturaen", b"<?xml version='1.0'?><Invoice/>"


class Mailed(msgspec.Struct, frozen=True, kw_only=True):
    """What the debtor's e-mail held. `path` is the link without its host."""

    path: str
    token: str
    code: str
    natural_key: str
    document_id: int


def face(**changes: Any) -> portal.Face:
    values: dict[str, Any] = {"client_name": CLIENT, "organisation_number": "991825827", "kind": "invoice", "number": "10023"}
    values |= {"amount": 1234500, "currency": "NOK", "due_date": dt.date(2026, 12, 7), "account": "86011117947"}
    values |= {"kid": "1002300007", "payee": "Factoring Finans AS", "reply_to": "faktura@solberg.example"}
    return portal.Face(**values | changes)


def mail(
    ledger: opened.Ledger,
    number: str = "10023",
    *,
    tenant: str = TENANT,
    language: Literal["nb", "en"] = "nb",
    now: dt.datetime = NOW,
    ehf: bytes = EHF,
    **changes: Any,
) -> Mailed:
    """A document with its files, whose link was mailed."""
    shown = face(number=number, **changes)
    about = {"tenant": tenant, "source": "poweroffice", "source_key": number, "kind": shown.kind, "number": number, "run": "r"}
    about |= {"customer_number": "7", "amount": shown.amount, "currency": shown.currency, "listing_hash": "", "state": "fetched"}
    with ledger.writing() as connection:
        document_id = connection.execute(sa.insert(tables.document).values(**about)).inserted_primary_key[0]
    key = ledger.seals.key(tenant, "document", f"{now:%Y-%m}")
    made = {"pdf": PDF + number.encode(), "ehf": ehf}
    sealed = [
        details.Rendition(revision_id=document_id, format=name, data=raws.seal(key, "document", data))
        for name, data in made.items()
        if data
    ]
    details.record_renditions(ledger, tenant, sealed)
    natural_key = f"<{tenant}.{number}@faktura.example>"
    new = portal.NewLink(
        document_id=document_id,
        revision_id=document_id,
        natural_key=natural_key,
        language=language,
        expires_at=portal.expiry(shown.due_date, now.date()),
        face=shown,
    )
    secrets = portal.record(ledger, KEY, tenant, [new], now)[natural_key]
    path = f"/f/{secrets.token}"
    return Mailed(path=path, token=secrets.token, code=secrets.code, natural_key=natural_key, document_id=document_id)


def wrong(code: str) -> str:
    """Another code."""
    return ("2" if code[0] != "2" else "3") + code[1:]


def grouped(mailed: Mailed) -> str:
    """The code as the e-mail shows it."""
    return portal_keys.grouped(mailed.code)
