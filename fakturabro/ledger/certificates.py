"""Certificates: per purpose and currency, in count and in minor units,

    opening (waiting + held + in doubt) + fetched + corrected = accepted + rejected + skipped + cancelled + closing

`opening` is the previous certificate's closing. The other terms are counted from marks that each row carries (entered,
settled), closing from the states themselves: a document that vanished or was counted twice makes the sides differ.
Certificates are hash-chained per tenant, purpose and currency.
"""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import exc

from fakturabro.domain import documents
from fakturabro.ledger import opened, proofs, skipped, states, tables

_delivery, _document, _certificate = tables.delivery, tables.document, tables.certificate
_ATTEMPTS = 10
_SERIALIZATION_FAILURE = "40001"
_CLOSING = {"waiting": "waiting", "planned": "waiting", "held": "held", "sending": "in_doubt", "in_doubt": "in_doubt"}
"""Planned has not left yet, so it waits; sending at the end of a run is a doubt."""


class Figures(msgspec.Struct, kw_only=True):
    """One column of a certificate: counts, or amounts in minor units."""

    opening: int = 0
    fetched: int = 0
    corrected: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    cancelled: int = 0
    waiting: int = 0
    held: int = 0
    in_doubt: int = 0

    @property
    def closing(self) -> int:
        """What remains to be done."""
        return self.waiting + self.held + self.in_doubt

    @property
    def difference(self) -> int:
        """Left side less right side; 0 when it adds up."""
        settled = self.accepted + self.rejected + self.skipped + self.cancelled
        return self.opening + self.fetched + self.corrected - settled - self.closing


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    purpose: str
    currency: str
    run: str
    count: Figures
    amount: Figures
    previous_hash: str
    hash: str
    ehf_rules: str | None = None
    """The edition of the rules that this run judged EHF by."""

    @property
    def adds_up(self) -> bool:
        """Whether both columns balance."""
        return self.count.difference == 0 and self.amount.difference == 0


class _Run(NamedTuple):
    """Whose certificates these are."""

    tenant: str
    run: str
    at: dt.datetime
    ehf_rules: str | None


def record(
    ledger: opened.Ledger, tenant: str, purposes: Sequence[str], run: str, at: dt.datetime, ehf_rules: str | None = None
) -> list[Certificate]:
    """Certify all that moved since the last certificates, in one transaction. The caller looks at `adds_up`.

    What other runs move meanwhile belongs to the next certificate: the transaction sees one moment only.
    """
    of = _Run(tenant, run, at, ehf_rules)
    for _ in range(_ATTEMPTS):
        try:
            return _record(ledger, of, purposes)
        except exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != _SERIALIZATION_FAILURE:
                raise
    return _record(ledger, of, purposes)


def _record(ledger: opened.Ledger, of: _Run, purposes: Sequence[str]) -> list[Certificate]:
    made: list[Certificate] = []
    with ledger.writing_at_one_moment(of.tenant) as connection:
        for purpose in purposes:
            if purpose in documents.PURPOSES or _has_any(connection, of.tenant, purpose):
                made += _record_purpose(connection, of, purpose)
        connection.execute(
            sa.update(_document)
            .where(_document.c.tenant == of.tenant, _document.c.state == "skipped", _document.c.certified_by.is_(None))
            .values(certified_by=0)
        )
    return made


def _has_any(connection: sa.Connection, tenant: str, purpose: str) -> bool:
    """Whether anything was ever to be done for it: most tenants have few of the purposes."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose)
    some = (sa.select(_delivery.c.id).where(*mine), sa.select(_document.c.id).where(skipped.uncounted(tenant, purpose)))
    return any(connection.execute(query.limit(1)).first() is not None for query in some)


def _record_purpose(connection: sa.Connection, of: _Run, purpose: str) -> list[Certificate]:
    tenant = of.tenant
    previous = _newest(connection, tenant, purpose)
    columns: dict[str, tuple[Figures, Figures]] = collections.defaultdict(lambda: (Figures(), Figures()))
    for currency, (_, count, amount) in previous.items():
        columns[currency][0].opening, columns[currency][1].opening = count.closing, amount.closing
    for currency, term, count, amount in _movements(connection, tenant, purpose):
        for figures, value in zip(columns[currency], (count, amount), strict=True):
            setattr(figures, term, getattr(figures, term) + value)
    made, certified = list[Certificate](), dict[str, int]()
    for currency, (count, amount) in sorted(columns.items()):
        previous_hash = previous[currency][0] if currency in previous else ""
        if count == Figures() and amount == Figures():
            continue
        counted = proofs.commit(connection, tenant, purpose, currency)
        certificate, certified[currency] = _store(connection, of, purpose, currency, count, amount, counted, previous_hash)
        made.append(certificate)
    _mark(connection, tenant, purpose, certified)
    return made


def _newest(connection: sa.Connection, tenant: str, purpose: str) -> dict[str, tuple[str, Figures, Figures]]:
    mine = (_certificate.c.tenant == tenant, _certificate.c.purpose == purpose)
    newest = sa.select(sa.func.max(_certificate.c.id)).where(*mine).group_by(_certificate.c.currency)
    rows = connection.execute(sa.select(_certificate).where(*mine, _certificate.c.id.in_(newest)))
    return {
        row.currency: (
            row.hash,
            msgspec.convert(row.figures["count"], Figures),
            msgspec.convert(row.figures["amount"], Figures),
        )
        for row in rows
    }


def _movements(connection: sa.Connection, tenant: str, purpose: str) -> list[tuple[str, str, int, int]]:
    """(currency, term, count, amount) of everything that no certificate has counted, and of what is open now."""
    mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose)
    count, amount = sa.func.count(), sa.func.sum(_delivery.c.amount)
    grouped = sa.select(_delivery.c.currency, _delivery.c.state, count, amount).group_by(_delivery.c.currency, _delivery.c.state)
    found: list[tuple[str, str, int, int]] = []
    entered = grouped.where(*mine, tables.FRESH, _delivery.c.entered_in.is_(None))
    for currency, _, n, total in connection.execute(entered):
        found.append((currency, "fetched", n, int(total)))
    sums = sa.select(_delivery.c.currency, sa.func.sum(_delivery.c.corrected)).group_by(_delivery.c.currency)
    corrected = sums.where(*mine, tables.FRESH, _delivery.c.corrected != 0)
    for currency, total in connection.execute(corrected):
        found.append((currency, "corrected", 0, int(total)))
    for currency, state, n, total in connection.execute(grouped.where(*mine, tables.UNCERTIFIED)):
        found.append((currency, state, n, int(total)))
    for currency, state, n, total in connection.execute(grouped.where(*mine, _delivery.c.state.in_(states.OPEN))):
        found.append((currency, _CLOSING[state], n, int(total)))
    left = sa.select(_document.c.currency, count, sa.func.sum(_document.c.amount)).where(skipped.uncounted(tenant, purpose))
    for currency, n, total in connection.execute(left.group_by(_document.c.currency)):
        found += [(currency, "fetched", n, int(total)), (currency, "skipped", n, int(total))]
    return found


def _store(
    connection: sa.Connection,
    of: _Run,
    purpose: str,
    currency: str,
    count: Figures,
    amount: Figures,
    counted: proofs.Counted,
    previous_hash: str,
) -> tuple[Certificate, int]:
    figures = {"count": msgspec.to_builtins(count), "amount": msgspec.to_builtins(amount)}
    digest = chain_hash(previous_hash, of.tenant, purpose, currency, of.run, of.at, figures, counted, of.ehf_rules)
    link: dict[str, Any] = {"purpose": purpose, "currency": currency, "run": of.run, "ehf_rules": of.ehf_rules}
    link |= {"previous_hash": previous_hash, "hash": digest}
    new = sa.insert(_certificate).values(tenant=of.tenant, at=of.at, figures=figures, counted=counted, **link)
    identity = connection.execute(new.returning(_certificate.c.id)).scalar_one()
    return Certificate(count=count, amount=amount, **link), identity


def chain_hash(
    previous_hash: str,
    tenant: str,
    purpose: str,
    currency: str,
    run: str,
    at: dt.datetime,
    figures: dict[str, dict[str, int]],
    counted: proofs.Counted | None,
    ehf_rules: str | None,
) -> str:
    """The hash of one link: sha256 over the previous hash and everything that the certificate says and commits to."""
    said = [previous_hash, tenant, purpose, currency, run, at.astimezone(dt.UTC).isoformat(), figures]
    said += [known for known in (counted, ehf_rules) if known is not None]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _mark(connection: sa.Connection, tenant: str, purpose: str, certified: dict[str, int]) -> None:
    """Note on each row which certificate counted it. One pass, and each kind of row is found by its own index."""
    for currency, identity in certified.items():
        mine = (_delivery.c.tenant == tenant, _delivery.c.purpose == purpose, _delivery.c.currency == currency)
        kinds = (tables.FRESH, tables.UNCERTIFIED)
        moved = sa.union(*(sa.select(_delivery.c.id).where(*mine, kind) for kind in kinds))
        connection.execute(
            sa.update(_delivery)
            .where(_delivery.c.id.in_(moved))
            .values(
                entered_in=sa.func.coalesce(_delivery.c.entered_in, identity),
                corrected=0,
                settled_in=sa.case((tables.UNCERTIFIED, identity), else_=_delivery.c.settled_in),
            )
        )


def verify_chain(ledger: opened.Ledger, tenant: str) -> list[int]:
    """The ids of the certificates whose hash or link does not fit; empty when the chain is whole. See audits for the rest."""
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(_certificate).where(_certificate.c.tenant == tenant).order_by(_certificate.c.id)).all()
    last: dict[tuple[str, str], str] = {}
    broken: list[int] = []
    for row in rows:
        link = last.get((row.purpose, row.currency), "")
        said = (row.tenant, row.purpose, row.currency, row.run, row.at, row.figures, row.counted, row.ehf_rules)
        if row.previous_hash != link or row.hash != chain_hash(row.previous_hash, *said):
            broken.append(row.id)
        last[row.purpose, row.currency] = row.hash
    return broken
