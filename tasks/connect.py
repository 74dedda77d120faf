"""The only place that opens clients and the ledger, and the only place that reads secrets.

A secret is looked up as environment variable FAKTURABRO_SECRET_<NAME>, as systemd credential <name>, and as file <name> in the
folder of secrets, which nobody but its owner may read. Names are lower-case with dots: "poweroffice.application_key",
"nordlys.poweroffice_client_key".
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import contextvars
import functools
import os
import pathlib
import stat
from collections.abc import AsyncGenerator

from sqlalchemy import exc

from fakturabro.ledger import engine, journal, opened, seals, stored_secrets
from fakturabro.ledger import tokens as stored_tokens
from fakturabro.remote import http, rate_store, rates
from fakturabro.systems.access_point import client as access_points
from fakturabro.systems.factoring import client as factoring_ledgers
from fakturabro.systems.mail import client as mail
from fakturabro.systems.poweroffice import factoring_v1, go_v2, session, tokens
from fakturabro.systems.print_partner import client as print_partners
from tasks import clock, installation

_V1_PER_SECOND, _V2_PER_SECOND = 50, 10
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretError(Exception):
    """A secret is missing or open to others; the message names it and where to put it, never what it is."""


class SettingError(Exception):
    """A setting without default is missing; the message names it."""


def read_secret(name: str) -> str:
    """The secret of this name. Raises SecretError when there is none, or when its file can be read by others."""
    variable = "FAKTURABRO_SECRET_" + name.upper().replace(".", "_").replace("-", "_")
    if value := os.environ.get(variable):
        return value
    folders = [pathlib.Path(folder) for folder in (os.environ.get("CREDENTIALS_DIRECTORY"),) if folder]
    for path in (*(folder / name for folder in folders), installation.current().secrets / name):
        if path.is_file():
            if path.stat().st_mode & _OTHERS:
                raise SecretError(f"Hemmeligheten {name} kan leses av andre. Kjør: chmod 600 {path}")
            return path.read_text(encoding="utf-8").strip()
    where = installation.current().secrets / name
    raise SecretError(f"Hemmeligheten {name} mangler. Legg den i filen {where} (rettighet 0600) eller i {variable}.")


def read_client_key(ledger: opened.Ledger, tenant: str) -> str:
    """The tenant's PowerOffice key: what the client gave us on the connect page, otherwise the installation's secret."""
    return stored_secrets.read(ledger, tenant, stored_secrets.POWEROFFICE_CLIENT_KEY) or read_secret(
        f"{tenant}.poweroffice_client_key"
    )


def is_connected(tenant: str) -> bool:
    """Whether the client has given us its PowerOffice key on the connect page."""
    try:
        ledger = open_ledger()
    except (SecretError, engine.LedgerError, exc.SQLAlchemyError):
        return False
    try:
        return stored_secrets.read(ledger, tenant, stored_secrets.POWEROFFICE_CLIENT_KEY) is not None
    finally:
        ledger.close()


class Connections:
    """The clients of one run for one tenant, opened when they are first asked for and closed together."""

    def __init__(self, tenant: str, stack: contextlib.AsyncExitStack) -> None:
        self._tenant, self._stack = tenant, stack
        self._settings = installation.current()
        self._http: http.Remote | None = None
        self._budgets: dict[str, rates.RateBudget] = {}
        self._token_sources: dict[str, tokens.TokenSource] = {}
        self.ledger = open_ledger()
        stack.callback(self.ledger.close)
        self._rate_store = rate_store.RateStore(self._settings.rates)
        stack.callback(self._rate_store.close)

    @functools.cached_property
    def journal(self) -> journal.Journal:
        """The send journal."""
        return open_journal()

    async def poweroffice_v1(self) -> factoring_v1.FactoringV1:
        """The v1 Factoring service."""
        base = self._settings.poweroffice_v1
        return factoring_v1.FactoringV1(await self._session("v1", base, f"{base}/OAuth/Token", _V1_PER_SECOND))

    async def poweroffice_v2(self) -> go_v2.GoV2:
        """The v2 API."""
        base = self._settings.poweroffice_v2
        return go_v2.GoV2(await self._session("v2", f"{base}/v2", f"{base}/OAuth/Token", _V2_PER_SECOND))

    async def factoring(self, client_number: str) -> factoring_ledgers.FactoringLedger:
        """The client's ledger at the factoring company."""
        base, key = self._required("factoring"), read_secret("factoring.key")
        return factoring_ledgers.FactoringLedger(
            await self._remote(), base=base, key=key, client=client_number, tenant=self._tenant
        )

    async def access_point(self) -> access_points.AccessPoint:
        """The distribution partner's access point."""
        base, key = self._required("access_point"), read_secret("access_point.key")
        return access_points.AccessPoint(await self._remote(), base=base, key=key, tenant=self._tenant)

    def mail(self) -> mail.Sender:
        """The SMTP server; blocks, so it is used in a thread."""
        known = self._settings
        password = read_secret("smtp.password") if known.smtp_user else ""
        settings = mail.Settings(
            host=known.smtp_host, port=known.smtp_port, starttls=known.smtp_starttls, username=known.smtp_user, password=password
        )
        return mail.Sender(settings, tenant=self._tenant)

    def mail_identity(self) -> tuple[str, str]:
        """(the sender's address, the domain of message ids)."""
        return self._required("mail_sender"), self._settings.mail_domain

    def print_partner(self) -> print_partners.DropFolder:
        """The print partner's drop folder."""
        return print_partners.DropFolder(pathlib.Path(self._required("print_folder")))

    async def _session(self, version: str, base: str, token_url: str, per_second: int) -> session.Session:
        subscription_key = read_secret("poweroffice.subscription_key") if version == "v2" else ""
        return session.Session(
            await self._remote(),
            base=base,
            tenant=self._tenant,
            source=await self._token_source(version, token_url, per_second, subscription_key),
            budget=await self._budget(f"poweroffice-{version}", per_second),
            subscription_key=subscription_key,
        )

    async def _token_source(self, version: str, url: str, per_second: int, subscription_key: str) -> tokens.TokenSource:
        if version not in self._token_sources:
            self._token_sources[version] = tokens.TokenSource(
                await self._remote(),
                url=url,
                keys=tokens.Keys(
                    application_key=read_secret("poweroffice.application_key"),
                    client_key=read_client_key(self.ledger, self._tenant),
                    subscription_key=subscription_key,
                ),
                tenant=self._tenant,
                budget=await self._budget(f"poweroffice-{version}", per_second),
                store=stored_tokens.TokenStore(self.ledger, self._tenant, tokens.Token, clock.now),
                store_key=f"poweroffice-{version}",
                clock=clock.now,
            )
        return self._token_sources[version]

    async def _remote(self) -> http.Remote:
        if self._http is None:
            self._http = await self._stack.enter_async_context(http.Remote())
        return self._http

    async def _budget(self, name: str, per_second: int) -> rates.RateBudget:
        if name not in self._budgets:
            budget = rates.RateBudget(self._rate_store, name, per_second)
            self._budgets[name] = await self._stack.enter_async_context(budget)
        return self._budgets[name]

    def _required(self, name: str) -> str:
        value = getattr(self._settings, name)
        if not value:
            raise SettingError(f"Innstillingen FAKTURABRO_{name.upper()} mangler. Den har ingen standard.")
        return str(value)


_current: contextvars.ContextVar[Connections] = contextvars.ContextVar("connections")


@contextlib.asynccontextmanager
async def opened_for(tenant: str) -> AsyncGenerator[Connections]:
    """The connections of one run; inside, `connect.current()` gives them to the tasks."""
    async with contextlib.AsyncExitStack() as stack:
        connections = Connections(tenant, stack)
        token = _current.set(connections)
        try:
            yield connections
        finally:
            _current.reset(token)


def current() -> Connections:
    """The connections of the run that is going on."""
    return _current.get()


def open_ledger() -> opened.Ledger:
    """The installation's ledger; the caller closes it."""
    return opened.open_ledger(installation.current().ledger, _installation_key())


def open_ledger_as_it_is() -> opened.Ledger:
    """The installation's ledger whatever its schema is, for who asks for it (engine.check_schema) before each use."""
    connected = engine.connect(installation.current().ledger)
    return opened.Ledger(connected, seals.Seals(connected, _installation_key()))


def open_journal() -> journal.Journal:
    """The installation's send journal."""
    return journal.Journal(installation.current().send_journal)


def _installation_key() -> bytes:
    try:
        key = base64.b64decode(read_secret("ledger.key"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise SecretError("Hemmeligheten ledger.key skal være 32 byte i base64. Lag en med: openssl rand -base64 32")
    return key
