"""One tenant that pays: a ledger, the accounting system's folder and the bank's, and the stations of the flow between them."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import os
import pathlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ed25519

from fakturabro.domain import calendar, payments
from fakturabro.formats import iso20022
from fakturabro.ledger import decisions, operations, tables
from fakturabro.ledger.clients import told_causes
from fakturabro.ledger.payments import tables as bank_tables
from tasks import clock, connect, installation, runs
from tasks.bank import options as bank_options
from tasks.bank import questions as bank_questions
from tasks.payments import files as remittance_files
from tasks.payments import guards as payment_guards
from tasks.payments import intake as remittance_intake
from tasks.payments import questions as payment_questions
from tests import migrated
from tests.runs.conftest import plain

MONDAY = dt.datetime(2026, 11, 23, 8, 0, tzinfo=calendar.OSLO)
DUE = dt.date(2026, 11, 25)
OWN, OTHER_OWN, FJORD, TIND = "86011117947", "12345678903", "15942287248", "61050659274"
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"7" * 32)
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
FOUND = ("code", "severity", "value", "holds")


def order(name: str = "F1", amount: str = "1250.00", account: str = FJORD, **changes: Any) -> payments.PaymentOrder:
    """A payment with a KID; `kid` "" and `text` for one without reference."""
    said: dict[str, Any] = {"kid": "1234567897", "currency": "NOK", **changes}
    creditor = payments.Creditor(name=said.pop("creditor", "Fjord AS"), account=payments.account(account))
    return payments.PaymentOrder(end_to_end_id=name, amount=Decimal(amount), creditor=creditor, **said)


def remittance(message_id: str, orders: Sequence[payments.PaymentOrder], due: dt.date = DUE, **batch: Any) -> bytes:
    """A file of the accounting system's with one batch, as its writer would make it."""
    made = payments.Batch(
        batch_id=f"{message_id}-1",
        debtor=payments.Party(name="Nidelven AS"),
        account=payments.account(batch.pop("debtor", OWN), "NOK"),
        execution_date=due,
        payments=tuple(orders),
        **batch,
    )
    whole = payments.Remittance(
        message_id=message_id, created_at=MONDAY, initiator=payments.Party(name="Nidelven AS"), batches=(made,)
    )
    return iso20022.write(whole).data


class Payer:
    """The tenant "nidelven"; its ledger is where FAKTURABRO_LEDGER_URL says, SQLite by default."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch, self.folder = monkeypatch, folder / "regnskap"
        self.bank = folder / "bank"
        self.folder.mkdir()
        self.bank.mkdir()
        (folder / "secrets").mkdir()
        key = folder / "secrets" / "ledger.key"
        key.write_text(base64.b64encode(b"1" * 32).decode())
        key.chmod(0o600)
        monkeypatch.setenv("FAKTURABRO_HOME", str(folder))
        monkeypatch.setenv("FAKTURABRO_SECRETS", str(folder / "secrets"))
        installation.current.cache_clear()
        self.engine = migrated.connect(installation.current().ledger)
        self.questions: list[bank_questions.Question] = []
        self.at(MONDAY)

    def at(self, now: dt.datetime) -> None:
        """Let it be this time."""
        self.now = now
        self._monkeypatch.setattr(clock, "now", lambda: now)

    def options(self, accounting: Any = None, accounts: Sequence[str] = (OWN,), **guards: Any) -> bank_options.BankOptions:
        """As the tenant's file would give them; files are usual unless a test says otherwise."""
        names = [{"kind": "remittance", "glob": "*.xml"}, {"kind": "payment_list", "glob": "*.csv"}]
        return bank_options.BankOptions.model_validate(
            {
                "bank": {"folders": {"put_into": str(self.bank)}, "initiator": {"name": "Nidelven AS", "identifier": "991825827"}},
                "accounts": [{"number": one} for one in accounts],
                "accounting": {
                    "folders": {"take_from": str(self.folder), "names": names},
                    "signing_keys": [PUBLIC],
                    **(accounting or {}),
                },
                "guards": {"fewest_files": 0, "new_receivers_percent": 100, **guards},
            }
        )

    def drop(self, name: str, content: bytes, *, signed: bool = False) -> None:
        """Leave a file, whole since ten minutes; a signed one needs nobody's confirmation."""
        if signed:
            (self.folder / f"{name}.sig").write_bytes(KEY.sign(content))
        (self.folder / name).write_bytes(content)
        then = self.now.timestamp() - 600
        os.utime(self.folder / name, (then, then))

    async def run(self, chosen: bank_options.BankOptions | None = None) -> runs.Batch:
        """Take in and check, as the flow does; what people are asked then is in `questions`."""
        chosen = chosen or self.options()
        with plain():
            async with runs.slot("nidelven", "remittance", ("pay",), dry_run=False) as slot:
                assert not slot.declined, slot.declined
                batch: Any = await remittance_intake.take_files(runs.Batch(slot), chosen)
                batch = await payment_guards.check(batch, chosen)
                self.questions = payment_questions.find_questions(slot, chosen)
                self.plannable = payment_guards.find_plannable(slot)
                batch = await remittance_files.make(batch, chosen)
                batch = await remittance_files.hand_over(batch, chosen)
                for said in told_causes.record_said(connect.current().ledger, "nidelven", slot.business_date, batch.daily):
                    batch = batch.failing(said)
        self.at(self.now + dt.timedelta(minutes=20))
        return batch

    def answer(self, answer: str, *kinds: str) -> None:
        """Somebody decides what was asked (of these kinds, or all)."""
        said = {"decided_at": self.now, "decided_by": "kari@nidelven.example", "answer": answer}
        with contextlib.closing(connect.open_ledger()) as ledger:
            asked = [one for one in self.questions if not kinds or one.kind in kinds]
            ids = [decisions.ask(ledger, "nidelven", one.kind, one.subject, one.shown, one.caused_by, self.now) for one in asked]
        with self.engine.begin() as connection:
            connection.execute(sa.update(operations.decision).where(operations.decision.c.id.in_(ids)).values(**said))

    def states(self) -> dict[str, str]:
        """The state of paying by the payment's name."""
        document, delivery = tables.document, tables.delivery
        query = sa.select(document.c.number, delivery.c.state).join(delivery, delivery.c.document_id == document.c.id)
        with self.engine.connect() as connection:
            return {number: state for number, state in connection.execute(query.where(delivery.c.purpose == "pay"))}

    def findings(self) -> dict[str, list[tuple[Any, ...]]]:
        """(code, severity, value, holds) by the payment's name."""
        document, finding = tables.document, tables.finding
        query = sa.select(document.c.number, *(finding.c[name] for name in FOUND)).join(
            finding, finding.c.document_id == document.c.id
        )
        found: dict[str, list[tuple[Any, ...]]] = {}
        with self.engine.connect() as connection:
            for number, *said, holds in connection.execute(query.order_by(finding.c.id)):
                found.setdefault(number, []).append((*said, tuple(holds)))
        return found

    def files(self) -> list[tuple[str, str]]:
        """(name, state) of what the accounting system sent, oldest first."""
        table = bank_tables.bank_file
        with self.engine.connect() as connection:
            return [
                tuple(row)
                for row in connection.execute(
                    sa.select(table.c.name, table.c.state).where(table.c.side == "accounting").order_by(table.c.id)
                )
            ]
