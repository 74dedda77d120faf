"""The only place that opens clients, the ledger and the journal, and asks for the secrets that they need (kept_secrets)."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import pathlib
from collections.abc import AsyncGenerator

from sqlalchemy import exc

from fakturabro.ledger import engine, opened, seals, stored_secrets
from fakturabro.ledger import tokens as stored_tokens
from fakturabro.ledger.journal import sendings as journal
from fakturabro.remote import errors, folders, http, rate_store, rates, sftp
from fakturabro.systems.access_point import client as access_points
from fakturabro.systems.factoring import client as factoring_ledgers
from fakturabro.systems.fortnox import client as fortnox
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.mail import client as mail
from fakturabro.systems.mail import mailbox
from fakturabro.systems.peppol import client as peppol
from fakturabro.systems.peppol import publisher as peppol_publisher
from fakturabro.systems.poweroffice import bank_v2, factoring_v1, go_v2, session, tokens
from fakturabro.systems.print_partner import client as print_partners
from fakturabro.systems.print_partner import receipts as print_receipts
from fakturabro.systems.severa import session as severa_session
from tasks import client_sessions, clock, installation, kept_secrets

_V1_PER_SECOND, _V2_PER_SECOND = 50, 10
_FORTNOX_REST = fortnox_session.WINDOW - 0.95
"""Seconds beyond the first that each of Fortnox's slots rests."""


class SettingError(Exception):
    """A setting without default is missing; the message names it."""


def read_client_key(ledger: opened.Ledger, tenant: str) -> str:
    """The tenant's PowerOffice key: what the client gave us on the connect page, otherwise the installation's secret."""
    return stored_secrets.read(ledger, tenant, stored_secrets.POWEROFFICE_CLIENT_KEY) or kept_secrets.read(
        f"{tenant}.poweroffice_client_key"
    )


def is_connected(tenant: str) -> bool:
    """Whether the client has given us its PowerOffice key on the connect page."""
    try:
        ledger = open_ledger()
    except (kept_secrets.SecretError, engine.LedgerError, exc.SQLAlchemyError):
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
        self._peppol: peppol.Network | None = None
        self._budgets: dict[str, rates.RateBudget] = {}
        self._token_sources: dict[str, tokens.TokenSource] = {}
        self._fortnox: fortnox_session.Session | None = None
        self._severa: severa_session.Session | None = None
        self.ledger = open_ledger()
        stack.callback(self.ledger.close)
        self._rate_store = rate_store.RateStore(self._settings.rates)
        stack.callback(self._rate_store.close)

    @property
    def tenant(self) -> str:
        """Whose run it is."""
        return self._tenant

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

    async def poweroffice_bank(self) -> bank_v2.BankV2:
        """The v2 API's supplier invoices and bank vouchers."""
        base = self._settings.poweroffice_v2
        return bank_v2.BankV2(await self._session("v2", f"{base}/v2", f"{base}/OAuth/Token", _V2_PER_SECOND))

    async def fortnox(self, tenant_id: str) -> fortnox.Fortnox:
        """The client's Fortnox: by its TenantId, or without one by the refresh token of its consent."""
        return fortnox.Fortnox(await self.fortnox_calls(tenant_id))

    async def fortnox_calls(self, tenant_id: str) -> fortnox_session.Session:
        """The same, for its registers, invoices and purchases."""
        if self._fortnox is None:
            budget = await self._budget(f"fortnox-{self._tenant}", fortnox_session.BURST, _FORTNOX_REST)
            self._fortnox = client_sessions.fortnox_session(await self._line(), tenant_id, budget)
        return self._fortnox

    async def severa(self) -> severa_session.Session:
        """The client's Severa."""
        if self._severa is None:
            client_id = client_sessions.severa_client_id(self._tenant)
            budget = await self._budget(client_sessions.severa_budget_name(client_id), severa_session.PER_SECOND)
            self._severa = client_sessions.severa_session(await self._line(), client_id, budget)
        return self._severa

    async def factoring(self, client_number: str) -> factoring_ledgers.FactoringLedger:
        """The client's ledger at the factoring company."""
        base, key = self._required("factoring"), kept_secrets.read("factoring.key")
        return factoring_ledgers.FactoringLedger(
            await self._remote(), base=base, key=key, client=client_number, tenant=self._tenant
        )

    async def access_point(self) -> access_points.AccessPoint:
        """The distribution partner's access point."""
        base, key = self._required("access_point"), kept_secrets.read("access_point.key")
        return access_points.AccessPoint(await self._remote(), base=base, key=key, tenant=self._tenant)

    async def peppol(self) -> peppol.Network:
        """The network that receivers are looked up in."""
        if self._peppol is None:
            network, known = self._required("peppol"), self._settings
            remote = await self._stack.enter_async_context(http.Remote(peppol_publisher.LIMITS))
            self._peppol = peppol.Network(
                remote, network, tenant=self._tenant, resolver=known.peppol_resolver, canary=known.peppol_canary
            )
        return self._peppol

    async def answers(self, url: str) -> bool:
        """Whether whoever stands at this address of ours says that all is well."""
        try:
            await (await self._remote()).send(http.Target(system="gateway", tenant=self._tenant), "GET", url, changes=False)
        except errors.RemoteError:
            return False
        return True

    def mail(self) -> mail.Sender:
        """The SMTP server; blocks, so it is used in a thread."""
        known = self._settings
        password = kept_secrets.read("smtp.password") if known.smtp_user else ""
        settings = mail.Settings(
            host=known.smtp_host,
            port=known.smtp_port,
            starttls=known.smtp_starttls,
            username=known.smtp_user,
            password=password,
            bounce_address=known.mail_bounce_address,
            most_bytes=known.mail_most_bytes,
        )
        return mail.Sender(settings, tenant=self._tenant)

    def bounce_box(self) -> mailbox.Mailbox | None:
        """The mailbox that bounces come to; blocks. None where none is configured."""
        known = self._settings
        if not known.bounces_host:
            return None
        settings = mailbox.Settings(
            host=known.bounces_host,
            port=known.bounces_port,
            username=self._required("bounces_user"),
            password=kept_secrets.read("imap.password"),
            folder=known.bounces_folder,
        )
        return mailbox.Mailbox(settings, tenant=self._tenant)

    def mail_identity(self) -> tuple[str, str]:
        """(the sender's address, the domain of message ids)."""
        return self._required("mail_sender"), self._settings.mail_domain

    @property
    def has_receipts(self) -> bool:
        """Whether the print partner says what became of its letters."""
        return self._settings.print_receipts

    def print_partner(self) -> print_partners.DropFolder:
        """The print partner's drop folder, on a disk or on its SFTP server."""
        return print_partners.DropFolder(self._print_folder)

    def print_tray(self) -> print_receipts.Tray:
        """The print partner's receipts."""
        return print_receipts.Tray(self._print_folder)

    @functools.cached_property
    def _print_folder(self) -> folders.Folder:
        known = self._settings
        if not known.print_sftp_host:
            return folders.DiskFolder(pathlib.Path(self._required("print_folder")))
        by_key = kept_secrets.is_there("print_sftp.key")
        settings = sftp.Settings(
            host=known.print_sftp_host,
            port=known.print_sftp_port,
            username=self._required("print_sftp_user"),
            host_key=self._required("print_sftp_host_key"),
            private_key=kept_secrets.read("print_sftp.key") if by_key else "",
            password="" if by_key else kept_secrets.read("print_sftp.password"),
            folder=known.print_sftp_folder,
        )
        return self.keep_open(sftp.SftpFolder(settings, tenant=self._tenant))

    def keep_open(self, folder: folders.Folder) -> folders.Folder:
        """A folder that is closed with the run."""
        self._stack.callback(folder.close)
        return folder

    async def _session(self, version: str, base: str, token_url: str, per_second: int) -> session.Session:
        subscription_key = kept_secrets.read("poweroffice.subscription_key") if version == "v2" else ""
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
                    application_key=kept_secrets.read("poweroffice.application_key"),
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

    async def _line(self) -> client_sessions.Line:
        return client_sessions.Line(self._tenant, self.ledger, await self._remote())

    async def _remote(self) -> http.Remote:
        if self._http is None:
            self._http = await self._stack.enter_async_context(http.Remote())
        return self._http

    async def _budget(self, name: str, per_second: int, margin: float = 0.01) -> rates.RateBudget:
        if name not in self._budgets:
            budget = rates.RateBudget(self._rate_store, name, per_second, margin=margin)
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


def portal_key() -> bytes:
    """The key that debtors' links and codes are derived from."""
    return kept_secrets.read_key("portal.key")


def _installation_key() -> bytes:
    return kept_secrets.read_key("ledger.key")
