"""A tenant that pays and its bank: the accounting system's folders, the bank's own, and the flows between them."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import os
import pathlib
import re
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ed25519

from fakturabro.domain import calendar
from fakturabro.gateway import application, parts
from fakturabro.ledger import approvers, audits, opened, settings, stops, tables
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.remote import folders
from fakturabro.systems.bank import outbox
from flows import bank as flows
from sandboxes import mail
from sandboxes.bank import service as bank
from tasks import clock, connect, installation
from tasks.bank import options as bank_options
from tests.runs import payer
from tests.runs.conftest import plain

NAMES = {"status": "*P002*", "debits": "*C54D*", "credits": "*C54C*", "statement": "*C053*"}
ANNE, _SECRET = "anne@klient.example", b"12345678901234567890"
_SIGNER = ed25519.Ed25519PrivateKey.generate()


class Banked(payer.Payer):
    """The tenant, with a bank in `folder/bank`. Files of the accounting system are signed, so that nobody need confirm them."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
        super().__init__(folder, monkeypatch)
        accounts = [bank.Account(number=payer.OWN, owner="Nidelven AS", balance=Decimal(settings.pop("balance", "100000")))]
        closed = {payer.TIND: bank.Creditor(closed=True)}
        self.sandbox = bank.Bank(folder / "sparebanken", payer.MONDAY.date(), accounts, closed, bank.Settings(**settings))
        self.back = folder / "tilbake"
        self.back.mkdir()
        self.chosen = self.having()

    def having(self, bank: Any = None, folders: Any = None, accounting: Any = None, **guards: Any) -> bank_options.BankOptions:
        """The tenant's options, changed."""
        key = base64.b64encode(_SIGNER.public_key().public_bytes_raw()).decode()
        names = [{"kind": "remittance", "glob": "*.xml"}, {"kind": "payment_list", "glob": "*.csv"}]
        own = {"take_from": str(self.folder), "put_into": str(self.back), "names": names}
        made = self.options(accounting={"signing_keys": [key], "folders": own, **(accounting or {})}, **guards).model_dump()
        theirs: dict[str, Any] = {"take_from": str(self.sandbox.pickup), "put_into": str(self.sandbox.drop)}
        theirs["names"] = [{"kind": kind, "glob": glob} for kind, glob in NAMES.items()]
        made["bank"] |= {"folders": {**theirs, **(folders or {})}, **(bank or {})}
        return bank_options.BankOptions.model_validate(made)

    def leave(self, name: str, content: bytes) -> None:
        """The accounting system leaves a signed file."""
        self.drop(f"{name}.sig", base64.b64encode(_SIGNER.sign(content)))
        self.drop(name, content)

    def arrive(self, name: str, content: bytes) -> None:
        """The bank leaves a file of its own making, whole since ten minutes."""
        (self.sandbox.pickup / name).write_bytes(content)
        then = self.now.timestamp() - 600
        os.utime(self.sandbox.pickup / name, (then, then))

    async def pay(self, **more: Any) -> Any:
        """A run of `remittance`."""
        return await self._run(flows.remittance, **more)

    async def hear(self, **more: Any) -> Any:
        """A run of `bank_returns`."""
        return await self._run(flows.bank_returns, **more)

    async def next_day(self, day: dt.date) -> None:
        """It is the morning of that day, in the bank too."""
        self.sandbox.advance(day)
        self.at(dt.datetime.combine(day, dt.time(8), calendar.OSLO))

    def stages(self) -> dict[str, str]:
        """How far each payment is, by its name."""
        table = bank_tables.payment
        with self.engine.connect() as connection:
            return {name: stage for name, stage in connection.execute(sa.select(table.c.end_to_end_id, table.c.stage))}

    def told(self) -> dict[str, str]:
        """The state of telling the accounting system, by the payment's name."""
        payment, delivery = bank_tables.payment, tables.delivery
        query = sa.select(payment.c.end_to_end_id, delivery.c.state).join(delivery, delivery.c.document_id == payment.c.document_id)
        with self.engine.connect() as connection:
            return {name: state for name, state in connection.execute(query.where(delivery.c.purpose == "book_back"))}

    def box(self, *, remembers: bool = True) -> outbox.Outbox:
        """The bank's folder as we hand files over in it."""
        return outbox.Outbox(folders.DiskFolder(self.sandbox.drop), remembers=remembers)

    def stop(self, scope: str) -> None:
        with contextlib.closing(connect.open_ledger()) as ledger:
            stops.record(ledger, "nidelven", scope, why="Feil i filene", owner="Kari", at=self.now)

    def release(self, scope: str) -> None:
        with contextlib.closing(connect.open_ledger()) as ledger:
            stops.record_release(ledger, "nidelven", scope, why="Rettet", by="Kari", at=self.now)

    def faults(self) -> list[Any]:
        """What auditors of ledger and journal find."""
        with contextlib.closing(connect.open_ledger()) as ledger:
            return [*audits.find_faults(ledger, "nidelven"), *connect.open_journal().verify()]

    async def decide(self, kind: str, answer: str) -> None:
        """Somebody answers what is asked of this kind."""
        await self.run(self.chosen)
        assert kind in {one.kind for one in self.questions}
        self.answer(answer, kind)

    async def _run(self, flow: Any, **more: Any) -> Any:
        with plain():
            state = await flow("nidelven", more.pop("options", self.chosen), **more)
        self.at(self.now + dt.timedelta(minutes=20))
        return state


@contextlib.contextmanager
def approver(monkeypatch: pytest.MonkeyPatch, tenant: str = "nidelven") -> Iterator[Callable[[str], Awaitable[str]]]:
    """One enrolled approver with a mailbox; what is given answers the newest mail's question, and gives the page that asked."""
    server = mail.Mail()
    server.start()
    for name, value in {"GATEWAY_URL": "https://portal.example", "SMTP_PORT": str(server.port)}.items():
        monkeypatch.setenv(f"FAKTURABRO_{name}", value)
    monkeypatch.setenv("FAKTURABRO_MAIL_SENDER", "fakturabro@example.no")
    monkeypatch.setenv("FAKTURABRO_MAIL_DOMAIN", "example.no")
    installation.current.cache_clear()
    with contextlib.closing(connect.open_ledger()) as ledger:
        file = f"deployments: []\napprovers:\n  - {{name: Anne Berg, email: {ANNE}}}\n"
        settings.record(ledger, tenant, f"{tenant}.yaml", file, clock.now())
        sealed = approvers.seal(ledger, tenant, _SECRET, clock.now())
        with ledger.writing() as connection:
            approvers.record(connection, sealed, tenant, ANNE, 0, clock.now())

    async def answer(said: str) -> str:
        found = re.search(r"https://portal\.example(/approvals/\S+)", server.state.messages[-1].parsed().get_content())
        assert found
        with contextlib.closing(connect.open_ledger()) as ledger:
            return await _answer(ledger, found[1], said)

    yield answer
    server.stop()


async def _answer(ledger: opened.Ledger, path: str, said: str) -> str:
    async def nobody(*_: object) -> Any:
        raise AssertionError("nobody is asked or mailed here")

    app = application.create(
        parts.Parts(ledger=ledger, key=parts.own_key(b"1" * 32), now=clock.now, find_company=nobody, send_mail=nobody)
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://portal.example") as browser:
        page = await browser.get(path)
        token = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert token, page.text
        code = approvers.code(_SECRET, int(clock.now().timestamp()) // 30)
        told = await browser.post(path, data={"form_token": token[1], "answer": said, "why": "Kontrollert", "code": code})
    assert told.status_code == 200, told.text
    return page.text.replace("\N{NO-BREAK SPACE}", " ")
