"""Starting the gateway: settings from the environment, the installation's key and clients from tasks/connect, uvicorn around it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable

import uvicorn

from console import fortnox_connecting
from fakturabro.gateway import application, parts
from fakturabro.gateway import asking as questions
from fakturabro.ledger import opened
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.journal import sendings as journal
from fakturabro.remote import errors, http, rate_store, rates
from fakturabro.systems.poweroffice import go_v2, session, tokens
from tasks import asking, clock, connect, installation, kept_secrets

_LOGGER = logging.getLogger("fakturabro.gateway")
_PER_SECOND = 10
_JOURNAL_SECONDS = 15.0
_GRACE = 30
_LIMITS = http.Limits(read=10.0, total=20.0, attempts=2, longest_pause=3.0)
"""A person waits for the answer."""


def serve(settings: asking.GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT; requests that are going on are answered first.

    A ledger that is locked or has another schema keeps nobody from starting: readiness says so, and pages wait for it.
    """
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    ledger = connect.open_ledger_as_it_is()
    try:
        app = application.create(build(settings, ledger, kept_secrets.read))
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,  # a path holds the link's token
            log_config=None,
            proxy_headers=False,  # the application knows its proxies
            server_header=False,
            ws="none",
            limit_concurrency=200,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=_GRACE,
        )
    finally:
        ledger.close()


def build(settings: asking.GatewaySettings, ledger: opened.Ledger, read_secret: Callable[[str], str]) -> parts.Parts:
    """The application's parts on this installation."""

    async def find_company(tenant: str, client_key: str) -> parts.Company:
        keys = tokens.Keys(
            application_key=read_secret("poweroffice.application_key"),
            client_key=client_key,
            subscription_key=read_secret("poweroffice.subscription_key"),
        )
        async with _poweroffice(tenant, keys) as v2:
            return await _company(v2)

    async def send_mail(mail: parts.Mail) -> None:
        await asyncio.to_thread(asyncio.run, _send(mail))

    return parts.Parts(
        ledger=ledger,
        key=parts.own_key(base64.b64decode(read_secret("ledger.key"))),
        now=clock.now,
        find_company=find_company,
        send_mail=send_mail,
        fortnox=fortnox_connecting.door(settings.url, read_secret),
        portal_key=portal_key(),
        journal=_Journal().current,
        language=settings.language,
        proxies=settings.proxies,
    )


def portal_key() -> bytes:
    """What debtors' links are derived from; b"" where there is none, and the log says that debtors find no page."""
    try:
        return connect.portal_key()
    except kept_secrets.SecretError as error:
        _LOGGER.warning("%s Skyldnernes sider er ikke tilgjengelige.", error)
        return b""


class _Journal:
    """The send journal, opened anew now and then: a `recover` shuts out whoever opened it before."""

    def __init__(self) -> None:
        self._opened: journal.Journal | None = None
        self._until = 0.0

    def current(self) -> journal.Journal | None:
        """None when it cannot be read: debtors are let in all the same."""
        if time.monotonic() >= self._until:
            try:
                self._opened = connect.open_journal()
            except (journal.JournalError, OSError) as error:
                _LOGGER.warning("the send journal cannot be read: %s", error)
                self._opened = None
            self._until = time.monotonic() + _JOURNAL_SECONDS
        return self._opened


async def _send(mail: parts.Mail) -> None:
    """Hand a mail to the installation's mail server, in a loop of its own: SMTP and opening the ledger block."""
    async with connect.opened_for("") as connections:
        asking.asker(connections).send(mail)


async def invite_approver(tenant: str, email: str, caused_by: str) -> str:
    """Invite a person of the tenant's file to enrol, or ask the enrolled approvers first; what became of it, in a sentence."""
    async with connect.opened_for(tenant) as connections:
        outcome = questions.invite_approver(asking.asker(connections), tenant, email, caused_by, clock.now())
    return _INVITED[outcome].format(email=email, tenant=tenant)


async def invite_without_consent(tenant: str, email: str, why: str, by: str) -> str:
    """Invite a person of the tenant's file to enrol although nobody agreed; what became of it, in a sentence."""
    async with connect.opened_for(tenant) as connections:
        outcome = questions.invite_without_consent(asking.asker(connections), tenant, email, why, by, clock.now())
    return _INVITED["without_consent" if outcome == "invited" else outcome].format(email=email, tenant=tenant)


async def invite_client(tenant: str, email: str) -> str:
    """Mail a client the link on which it gives us its PowerOffice key."""
    async with connect.opened_for(tenant) as connections:
        questions.invite_client(asking.asker(connections), tenant, email, clock.now())
    return f"{email} har fått en lenke for å koble til PowerOffice. Den varer i to uker."


async def invite_reader(tenant: str, email: str, by: str) -> str:
    """Mail a client's person a link to the client's pages; what became of it, in a sentence."""
    async with connect.opened_for(tenant) as connections:
        outcome = questions.invite_reader(asking.asker(connections), tenant, email, by, clock.now())
    return _INVITED["reader" if outcome == "invited" else "no_reader"].format(email=email, tenant=tenant)


def revoke_reader(tenant: str, email: str, by: str) -> str:
    """End all links and sessions of a client's person; what became of it, in a sentence."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        count = client_access.revoke(ledger, tenant, email.strip().lower(), by, clock.now())
    return (
        f"{count} lenke(r) for {email} hos {tenant} er stengt, og alle økter er avsluttet. Skal personen ikke få nye, ta {email} "
        "ut av clients i klientfilen og kjør fakturabro apply."
    )


_INVITED = {
    "reader": "{email} har fått en lenke til klientsidene for {tenant}. Den varer i 30 dager.",
    "no_reader": "{email} står ikke under clients i klientfilen til {tenant}. Skriv personen inn der, og kjør fakturabro apply.",
    "invited": "{email} har fått en lenke for å sette opp kodegenerator. Den varer i ett døgn.",
    "without_consent": "{email} har fått en lenke for å sette opp kodegenerator, uten at noen har samtykket. Det står i "
    "hovedboken, og vaktmannen varsler om det i en uke.",
    "asked": "De som kan godkjenne dette, er spurt. Kjør kommandoen igjen når en av dem har svart ja.",
    "not_listed": "{email} står ikke under approvers i klientfilen til {tenant}. Skriv personen inn der, og kjør fakturabro apply.",
    "nobody": "Ingen kan spørres: den det gjelder og den som ber om det, kan ikke selv godkjenne det. Er ingen andre igjen, kjør "
    "fakturabro enrol {tenant} {email} --without-consent --why ... --by ...",
}


async def _company(v2: go_v2.GoV2) -> parts.Company:
    found = await v2.find_integration()
    try:
        own = await v2.fetch_organisation()
        name, number = own.legal_name or own.name or found.client_name, own.organization_number or ""
    except errors.CredentialError:  # the extension lacks CommonServices: the name alone is shown
        name, number = found.client_name, ""
    return parts.Company(name=name, organisation_number=number, missing=found.missing)


@contextlib.asynccontextmanager
async def _poweroffice(tenant: str, keys: tokens.Keys) -> AsyncGenerator[go_v2.GoV2]:
    """v2 with a key that is only tried: its token is kept nowhere."""
    known = installation.current()
    base = known.poweroffice_v2
    async with contextlib.AsyncExitStack() as stack:
        store = rate_store.RateStore(known.rates)
        stack.callback(store.close)
        budget = await stack.enter_async_context(rates.RateBudget(store, "poweroffice-v2", _PER_SECOND))
        remote = await stack.enter_async_context(http.Remote(_LIMITS))
        source = tokens.TokenSource(
            remote,
            url=f"{base}/OAuth/Token",
            keys=keys,
            tenant=tenant,
            budget=budget,
            store=_Forgetting(),
            store_key="tried",
            clock=clock.now,
        )
        calls = session.Session(
            remote, base=f"{base}/v2", tenant=tenant, source=source, budget=budget, subscription_key=keys.subscription_key
        )
        yield go_v2.GoV2(calls)


class _Forgetting:
    """A token store that keeps nothing."""

    async def read(self, key: str) -> tokens.Token | None:
        return None

    async def write(self, key: str, token: tokens.Token) -> None:
        return None

    @contextlib.asynccontextmanager
    async def lock(self, key: str) -> AsyncGenerator[None]:
        yield
