"""One installation in the laboratory: the flows' own code, with every port to the world outside led to stand-ins."""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import random
import smtplib
import ssl
import types
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

import dns.asyncquery
import httpx

from console import recovering
from data_quality import checking
from data_quality.report import html, pdf, xlsx
from fakturabro.ledger.journal import sendings as journal
from fakturabro.remote import folders, http, rate_store, rates
from fakturabro.systems.bank import claims, outbox
from sandboxes import clock as sandbox_clock
from sandboxes.poweroffice import journal as sandbox_journal
from sandboxes.poweroffice import tokens as sandbox_tokens
from sandboxes.poweroffice import v1 as sandbox_v1
from tasks import clock, connect, installation, kept_secrets, options
from tasks.debtors import producing
from tests.crash import approver, counterparts, faults, known, ledgers, plain, virtual, wire

_OPTIONS = options.FactoringOptions.model_validate(
    {
        "agreement": {
            "client_number": counterparts.CLIENT_NUMBER,
            "payee_name": "Factoring Finans AS",
            "payee_organisation_number": "991825827",
            "account": "86011117947",
            "kid": {
                "length": 14,
                "method": "mod10",
                "parts": [{"name": "customer", "length": 6}, {"name": "invoice", "length": 7}],
            },
            "assignment_notice": "Fakturaen er overdratt til Factoring Finans AS.",
        },
        "distribution": {"email_alternative": "alternativ 2"},
    }
)


def options_of(seed: int | None, *, send_changed: bool = False, by_link: bool = False) -> options.FactoringOptions:
    """The tenant's settings: every second seed sends what was changed, and every second one mails links; without a seed it is
    `send_changed` and `by_link` that say so. A letter follows a link after two days.
    """
    chance, other = (random.Random(f"{seed}/{what}") for what in ("send_changed", "by_link"))  # noqa: S311 repeatable, not secret
    changed = send_changed if seed is None else chance.random() < 0.5
    linked = by_link if seed is None else other.random() < 0.5
    chosen = {"send_changed": changed, "letter_after_days": 2, "email_alternative": f"alternativ {1 if linked else 2}"}
    return _OPTIONS.model_copy(update={"distribution": _OPTIONS.distribution.model_copy(update=chosen)})


_TAKEN_FROM = ("pickup", "out")
_tls = functools.cache(ssl.create_default_context)
"""Nothing is encrypted here, and reading the certificates of the machine takes 30 ms."""


@contextlib.contextmanager
def clocks(loop: virtual.Loop) -> Iterator[None]:
    """Every clock shows the loop's time."""
    with mock.patch.object(clock, "now", loop.now), mock.patch.object(sandbox_clock, "now", loop.now):
        yield


@contextlib.contextmanager
def installed(
    world: counterparts.World, bed: ledgers.Ledgers, chances: faults.Faults, log: faults.Log, loop: virtual.Loop, *, memo: bool
) -> Iterator[None]:
    """Inside, the flows run here. `memo`: the suites' and the renderer's verdicts are remembered, and reports not drawn."""
    chance = random.Random(chances.chance.random())  # noqa: S311 repeatable, not secret
    settings = installation.Installation(
        home=world.folder.parent,
        rates_url=f"sqlite:///{world.folder.parent / 'rates.db'}",
        poweroffice_v1="http://v1.poweroffice.example",
        poweroffice_v2="http://v2.poweroffice.example",
        factoring="http://factoring.example",
        access_point="http://access-point.example",
        severa="http://severa.example/v1",
        fortnox="http://fortnox.example/3",
        fortnox_tokens="http://fortnox.example/oauth-v1/token",
        peppol="sandbox",
        peppol_resolver="127.0.0.1:53",
        mail_sender="faktura@factoring.example",
        mail_domain="factoring.example",
        print_folder=world.folder,
    )
    secrets = {**counterparts.KEYS, f"{counterparts.TENANT}.poweroffice_client_key": world.client.key}
    secrets |= world.beside.keys if world.beside else {}
    numbers = types.SimpleNamespace(uuid4=lambda: uuid.UUID(bytes=chance.randbytes(16), version=4))
    token_hex = types.SimpleNamespace(token_hex=lambda size: chance.randbytes(size).hex(), token_bytes=chance.randbytes)
    patches: list[tuple[Any, str, Any]] = [
        (installation, "current", lambda: settings),
        (kept_secrets, "read", secrets.__getitem__),
        (connect, "open_ledger", bed.open),
        (rate_store, "RateStore", functools.partial(rate_store.RateStore, clock=loop.time)),
        (httpx, "AsyncClient", functools.partial(httpx.AsyncClient, transport=wire.Wire(world, chances, log))),
        (dns.asyncquery, "udp", wire.name_server(world, chances, log)),
        (ssl, "create_default_context", _tls),
        (http, "_JITTER", chance),
        (rates, "_JITTER", chance),
        (smtplib, "SMTP", wire.smtp_server(world, chances, log)),
        (folders, "write_file", functools.partial(_write, folders.write_file, world, chances)),
        (folders, "move_file", functools.partial(_move, folders.move_file, world, chances)),
        (journal.Journal, "_put", _journal_put(journal.Journal._put, chances)),
        (recovering, "uuid", numbers),
        (sandbox_v1, "secrets", token_hex),
        (sandbox_tokens, "secrets", token_hex),
        (sandbox_journal, "uuid", numbers),
        (claims, "secrets", token_hex),
        (outbox, "secrets", token_hex),
    ]
    if memo:
        patches += [(checking, "check", known.check), (producing, "produce_block", known.produce_block)]
        patches += [(form, "render", lambda _report: b"") for form in (html, pdf, xlsx)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(plain.plain(chance, log))
        stack.enter_context(world.beside.drawing() if world.beside else contextlib.nullcontext())
        stack.enter_context(mock.patch.dict(os.environ, {"FAKTURABRO_GATEWAY_URL": approver.PORTAL}))
        for owner, name, new in patches:
            stack.enter_context(mock.patch.object(owner, name, new))
        yield


def _write(real: Any, world: counterparts.World, chances: faults.Faults, path: pathlib.Path, content: bytes) -> None:
    if path.suffix == ".pdf":
        world.depart("letter" if path.stem.endswith("-brev-1") else "distribute", "letter", path.name)
    if chances.draw(f"writing {path.name}", faults.WRITE) == "disk full":
        raise OSError(28, "No space left on device")
    real(path, content)
    chances.draw(f"the written {path.name}", faults.WRITTEN)


def _move(real: Any, world: counterparts.World, chances: faults.Faults, path: pathlib.Path, to: pathlib.Path) -> bool:
    leaves = path.name == "file" and path.exists()
    if leaves:
        world.depart(_purpose(to), to.parent.name, to.name)
        chances.draw(f"handing over {to.name}", faults.WRITTEN)
    moved: bool = real(path, to)
    if leaves or to.suffix == ".ok":
        chances.draw(f"the handed-over {to.name}", faults.WRITTEN)
    elif path.parent.name in _TAKEN_FROM or to.parent.name in _TAKEN_FROM:
        chances.draw("a file that was taken or put away", faults.WRITTEN)
    return moved


def _purpose(to: pathlib.Path) -> str:
    """What a file is handed over for; "" for one that is only passed on, which may come twice without harm."""
    if to.parent.name == "drop":
        return "pay"
    return "book_back" if any(one in to.name for one in ("betalinger", ".P002.", ".C54D.")) else ""


def _journal_put(real: Any, chances: faults.Faults) -> Any:
    def put(self: journal.Journal, path: pathlib.Path, at: int, data: bytes, durable: bool) -> None:
        fault = chances.draw("a line of the journal", faults.LINE)
        if fault == "disk full":
            raise OSError(28, "No space left on device")
        if fault == "torn line":
            real(self, path, at, data[: len(data) // 2], durable)
            chances.die()
        real(self, path, at, data, durable)
        chances.draw("the written line of the journal", faults.WRITTEN)

    return put
