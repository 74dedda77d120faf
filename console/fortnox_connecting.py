"""The gateway's way to Fortnox, where a client consents; and taking a consent back from the console."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncGenerator, Callable

from fakturabro.gateway import asking as questions
from fakturabro.gateway import fortnox_connecting, parts
from fakturabro.ledger import consents
from fakturabro.remote import errors, http
from fakturabro.systems.fortnox import oauth, register_wire, registers, session, tokens, wire
from tasks import asking, clock, connect, installation, kept_secrets

_VISIT = dt.timedelta(minutes=5)
_LIMITS = http.Limits(read=10.0, total=20.0, attempts=2, longest_pause=3.0)
"""A person waits for the answer."""


@dataclasses.dataclass(frozen=True)
class _Known:
    """Fortnox's address for tokens, our keys there, and where it sends a browser back to."""

    tokens_url: str
    keys: tokens.Keys
    redirect_uri: str

    def beside(self, name: str) -> str:
        """The address of another of its pages."""
        return f"{self.tokens_url.removesuffix('/token')}/{name}"


def door(base: str, read_secret: Callable[[str], str]) -> parts.Fortnox:
    """What the gateway's page needs; `base` is the gateway's public address. Secrets are read when somebody comes."""

    def consent_address(state: str) -> str:
        known = _known(base, read_secret)
        url, ours = known.beside("auth"), known.keys.client_id
        return oauth.consent_address(url, client_id=ours, redirect_uri=known.redirect_uri, state=state)

    async def exchange(tenant: str, code: str) -> parts.Grant:
        known = _known(base, read_secret)
        async with http.Remote(_LIMITS) as remote:
            target = http.Target(system=tokens.SYSTEM, tenant=tenant)
            found = await oauth.exchange(
                remote, target, url=known.tokens_url, keys=known.keys, code=code, redirect_uri=known.redirect_uri
            )
            try:
                return await _grant(remote, tenant, known, found)
            except errors.RemoteError:
                with contextlib.suppress(errors.RemoteError):
                    await _revoke(remote, tenant, known, found.refresh_token)
                raise

    async def revoke(tenant: str, refresh_token: str) -> None:
        known = _known(base, read_secret)
        async with http.Remote(_LIMITS) as remote:
            await _revoke(remote, tenant, known, refresh_token)

    return parts.Fortnox(consent_address=consent_address, exchange=exchange, revoke=revoke)


async def invite(tenant: str, email: str) -> str:
    """Mail a client the link on which it connects Fortnox."""
    async with connect.opened_for(tenant) as connections:
        questions.invite_to_fortnox(asking.asker(connections), tenant, email, clock.now())
    return f"{email} har fått en lenke for å koble til Fortnox. Den varer i to uker."


async def disconnect(tenant: str, by: str) -> str:
    """Forget a tenant's consent and take it back at Fortnox; what became of it, in a sentence."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        refresh_token = consents.forget(ledger, tenant, by, clock.now())
    if not refresh_token:
        return f"{tenant} har ikke koblet til Fortnox på tilkoblingssiden. Ingenting er endret."
    try:
        async with http.Remote(_LIMITS) as remote:
            await _revoke(remote, tenant, _known("", kept_secrets.read), refresh_token)
    except errors.RemoteError as error:
        return f"Tilgangen til Fortnox for {tenant} er slettet hos oss, men ikke trukket tilbake der: {error}"
    return f"Fortnox er koblet fra for {tenant}: samtykket er trukket tilbake, og tilgangen er slettet."


def _known(base: str, read_secret: Callable[[str], str]) -> _Known:
    keys = tokens.Keys(client_id=read_secret("fortnox.client_id"), client_secret=read_secret("fortnox.client_secret"))
    return _Known(installation.current().fortnox_tokens, keys, f"{base}{fortnox_connecting.CALLBACK}")


async def _grant(remote: http.Remote, tenant: str, known: _Known, found: wire.TokenAnswer) -> parts.Grant:
    now = clock.now()
    token = tokens.Token(value=found.access_token, renew_at=now + _VISIT, expires_at=now + _VISIT)
    source = tokens.TokenSource(
        remote,
        url=known.tokens_url,
        keys=known.keys,
        tenant=tenant,
        budget=None,
        store=_Holding(token),
        store_key="tried",
        clock=clock.now,
    )
    calls = session.Session(remote, base=installation.current().fortnox, tenant=tenant, source=source, budget=None)
    missing = set(oauth.SCOPES) - set(found.scope.split()) if found.scope else set[str]()
    try:
        company = await registers.Registers(calls).fetch_company()
    except session.NoRightError:
        company, missing = register_wire.CompanyInformation(), missing | {"companyinformation"}
    return parts.Grant(
        company=company.company_name or "-",
        organisation_number=company.organization_number or "",
        database_number=str(company.database_number or ""),
        refresh_token=found.refresh_token,
        missing=tuple(sorted(missing)),
    )


async def _revoke(remote: http.Remote, tenant: str, known: _Known, refresh_token: str) -> None:
    target = http.Target(system=tokens.SYSTEM, tenant=tenant)
    await oauth.revoke(remote, target, url=known.beside("revoke"), keys=known.keys, refresh_token=refresh_token)


class _Holding:
    """A token store with one token in it, which is kept nowhere."""

    def __init__(self, token: tokens.Token) -> None:
        self._token = token

    async def read(self, key: str) -> tokens.Token | None:
        return self._token

    async def write(self, key: str, token: tokens.Token) -> None:
        return None

    @contextlib.asynccontextmanager
    async def lock(self, key: str) -> AsyncGenerator[None]:
        yield
