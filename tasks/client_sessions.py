"""Sessions with a client's own systems, for `connect.py`: their secrets, their addresses, the limits that they share."""

from __future__ import annotations

import dataclasses
import hashlib

from fakturabro.ledger import consents, opened
from fakturabro.ledger import tokens as stored_tokens
from fakturabro.remote import http, rates
from fakturabro.systems.fortnox import session as fortnox
from fakturabro.systems.fortnox import tokens as fortnox_tokens
from fakturabro.systems.severa import session as severa
from fakturabro.systems.severa import tokens as severa_tokens
from tasks import clock, installation, kept_secrets


@dataclasses.dataclass(frozen=True)
class Line:
    """What every session of one run is made of."""

    tenant: str
    ledger: opened.Ledger
    remote: http.Remote


def _fortnox_source(line: Line, tenant_id: str) -> fortnox_tokens.TokenSource:
    """Tokens by the client's TenantId, or without one by the refresh token of its consent."""
    by_token = "" if tenant_id else _refresh_token(line)
    return fortnox_tokens.TokenSource(
        line.remote,
        url=installation.current().fortnox_tokens,
        keys=fortnox_tokens.Keys(
            client_id=kept_secrets.read("fortnox.client_id"),
            client_secret=kept_secrets.read("fortnox.client_secret"),
            tenant_id=tenant_id,
            refresh_token=by_token,
        ),
        tenant=line.tenant,
        budget=None,
        store=stored_tokens.TokenStore(line.ledger, line.tenant, fortnox_tokens.Token, clock.now),
        store_key="fortnox",
        clock=clock.now,
    )


def _refresh_token(line: Line) -> str:
    """Of the consent that was given on the connect page, otherwise the installation's secret."""
    kept = consents.find(line.ledger, line.tenant)
    return kept.refresh_token if kept else kept_secrets.read(f"{line.tenant}.fortnox_refresh_token")


def fortnox_session(line: Line, tenant_id: str, budget: rates.RateBudget) -> fortnox.Session:
    """The client's Fortnox."""
    base, source = installation.current().fortnox, _fortnox_source(line, tenant_id)
    return fortnox.Session(line.remote, base=base, tenant=line.tenant, source=source, budget=budget)


def severa_client_id(tenant: str) -> str:
    """Whose ten calls a second they are."""
    return kept_secrets.read(f"{tenant}.severa_client_id")


def severa_budget_name(client_id: str) -> str:
    """Tells the limit apart and shows no key."""
    return f"severa-{hashlib.sha256(client_id.encode()).hexdigest()[:12]}"


def severa_session(line: Line, client_id: str, budget: rates.RateBudget) -> severa.Session:
    """The client's Severa, by the keys that its administrator made there."""
    base = installation.current().severa
    source = severa_tokens.TokenSource(
        line.remote,
        url=base,
        keys=severa_tokens.Keys(client_id=client_id, client_secret=kept_secrets.read(f"{line.tenant}.severa_client_secret")),
        tenant=line.tenant,
        budget=budget,
        store=stored_tokens.TokenStore(line.ledger, line.tenant, severa_tokens.Token, clock.now),
        store_key="severa",
        clock=clock.now,
    )
    return severa.Session(line.remote, base=base, tenant=line.tenant, source=source, client_id=client_id, budget=budget)
