"""A client's consent to Fortnox: sealed whole, held for half an hour until the client confirms the company, then kept.

The refresh token that stands here is the consent's first. It marks where later ones descend from; those are kept as tokens are.
"""

from __future__ import annotations

import datetime as dt
import hmac

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import choices, links, opened, stored_secrets, tables

KEPT, HELD = "fortnox_consent", "fortnox_consent.held"
_SYSTEM = "fortnox"
_LIVES, _WARNED = dt.timedelta(days=31), dt.timedelta(days=7)
_token = tables.token


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What was consented to, for which company. `number` names it on the page, `link` is the hash of the link that led there."""

    number: str
    link: str
    refresh_token: str
    database_number: str
    company: str
    organisation_number: str
    at: dt.datetime

    def __repr__(self) -> str:
        return f"Consent({self.company})"


class _Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a kept token tells that it renews itself."""

    refresh_token: str = ""


def find(ledger: opened.Ledger, tenant: str) -> Consent | None:
    """The consent that counts; None where there is none."""
    return _decoded(stored_secrets.read(ledger, tenant, KEPT))


def find_held(ledger: opened.Ledger, tenant: str, link_hash: str, since: dt.datetime) -> Consent | None:
    """The one that this link led to and that waits to be confirmed, unless it is older than `since`."""
    held = _decoded(stored_secrets.read(ledger, tenant, HELD))
    return held if held and held.link == link_hash and held.at >= since else None


def hold(ledger: opened.Ledger, tenant: str, consent: Consent, person: str) -> None:
    """Keep a consent until it is confirmed, in place of one that was held before."""
    sealing = stored_secrets.key(ledger, tenant, consent.at)
    with ledger.writing() as connection:
        text = msgspec.json.encode(consent).decode()
        stored_secrets.record(connection, sealing, tenant, HELD, text, consent.at, person)


def drop_held(ledger: opened.Ledger, tenant: str) -> Consent | None:
    """Forget the one that waits; gives what was forgotten."""
    with ledger.writing() as connection:
        held = _decoded(stored_secrets.open_in(ledger, connection, tenant, HELD))
        stored_secrets.forget(connection, tenant, [HELD])
    return held


def keep(ledger: opened.Ledger, link: links.Link, number: str, now: dt.datetime, since: dt.datetime) -> bool:
    """Let the held consent of this number count, and use the link up; False when it is another or older than `since`."""
    sealing = stored_secrets.key(ledger, link.tenant, now)
    with ledger.writing() as connection:
        live = links.claim(connection, link, now)
        held = _decoded(stored_secrets.open_in(ledger, connection, link.tenant, HELD))
        if not live or held is None or held.link != link.hash or held.at < since:
            return False
        if not hmac.compare_digest(held.number.encode(), number.encode()):
            return False
        text, company = msgspec.json.encode(held).decode(), f"{held.company} ({held.organisation_number})"
        stored_secrets.record(connection, sealing, link.tenant, KEPT, text, now, link.person)
        stored_secrets.forget(connection, link.tenant, [HELD])
        stored_secrets.forget_tokens(connection, link.tenant, [_SYSTEM])
        choices.record(connection, link.tenant, choices.FORTNOX_COMPANY, company, now, link.person)
        links.spend(connection, link, now)
    return True


def forget(ledger: opened.Ledger, tenant: str, by: str, now: dt.datetime) -> str:
    """Forget consent and tokens; gives the newest refresh token, to be revoked, "" where there was none."""
    with ledger.writing() as connection:
        kept = _decoded(stored_secrets.open_in(ledger, connection, tenant, KEPT))
        newest = _newest(ledger, connection, tenant)
        stored_secrets.forget(connection, tenant, [KEPT, HELD])
        stored_secrets.forget_tokens(connection, tenant, [_SYSTEM])
        if kept is not None:
            choices.record(connection, tenant, choices.FORTNOX_COMPANY, "", now, by)
    return "" if kept is None else newest or kept.refresh_token


def lives_until(ledger: opened.Ledger, tenant: str) -> dt.datetime | None:
    """When the consent is lost unless a run renews it first; None where there is none. Each renewal gives it a month again."""
    kept = find(ledger, tenant)
    if kept is None:
        return None
    with ledger.reading() as connection:
        renewed = connection.execute(sa.select(_token.c.expires_at).where(*_mine(tenant))).scalar_one_or_none()
        return renewed if renewed and _newest(ledger, connection, tenant) else kept.at + _LIVES


def warning(ledger: opened.Ledger, tenant: str, now: dt.datetime) -> dt.datetime | None:
    """When the consent is lost, from a week before; None before that and where there is none."""
    until = lives_until(ledger, tenant)
    return until if until and until - now <= _WARNED else None


def _newest(ledger: opened.Ledger, connection: sa.Connection, tenant: str) -> str:
    """The refresh token of the last renewal; "" where there was none."""
    sealed = connection.execute(sa.select(_token.c.sealed).where(*_mine(tenant))).scalar_one_or_none()
    opened_ = ledger.seals.open(connection, tenant, "token", sealed) if sealed else None
    return msgspec.json.decode(opened_, type=_Renewed).refresh_token if opened_ else ""


def _mine(tenant: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_token.c.tenant == tenant, _token.c.system == _SYSTEM)


def _decoded(text: str | None) -> Consent | None:
    return msgspec.json.decode(text, type=Consent) if text else None
