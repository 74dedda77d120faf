"""The ways that money goes while runs are killed (payment_kills): what is ordered, what goes on outside, and what stands where."""

from __future__ import annotations

import collections
import pathlib
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa

from fakturabro.ledger import operations, tables
from fakturabro.ledger.payments import answers
from tasks.bank import options as bank_options
from tests.crash import verdicts
from tests.runs import banked, creditor, payer
from tests.unit import openssh

PAYMENTS_A_FILE = 3


class Paying:
    """Files to the bank, in its folder or over SFTP; with `remembers` off we may make no folders there, and a person looks."""

    flow, purpose = "remittance", "pay"
    hears: str = "bank_returns"

    def __init__(
        self, folder: pathlib.Path, patch: pytest.MonkeyPatch, server: openssh.Server | None = None, *, remembers: bool = True
    ) -> None:
        for name, value in {"GATEWAY_URL": "https://portal.example.no", "MAIL_SENDER": "bank@example.no"}.items():
            patch.setenv(f"FAKTURABRO_{name}", value)
        patch.setenv("FAKTURABRO_MAIL_DOMAIN", "example.no")
        self.site = banked.Banked(folder, patch)
        self.site.chosen = self.site.having(folders={"remembers": remembers})
        if server is not None:
            key, known = folder / "secrets" / "nidelven.bank_sftp.key", server.settings
            key.write_text(known.private_key)
            key.chmod(0o600)
            said = {"host": known.host, "port": known.port, "username": known.username, "host_key": known.host_key}
            self.site.chosen = self.site.having(bank={"sftp": said}, folders={"remembers": remembers})
        self.names: list[str] = []

    @property
    def options(self) -> bank_options.BankOptions:
        """What the flow runs with."""
        return self.site.chosen

    def order(self, number: int) -> None:
        """The accounting system leaves a file."""
        names = [f"F{number}-{at}" for at in range(PAYMENTS_A_FILE)]
        orders = [payer.order(name, f"{1000 + number * PAYMENTS_A_FILE + at}.50") for at, name in enumerate(names)]
        self.site.leave(f"lev{number}.xml", payer.remittance(f"M{number}", orders))
        self.names += names

    def happen(self) -> None:
        """The bank takes what it was handed, and answers."""
        self.site.sandbox.take()

    def find_left(self, at: Mapping[str, Sequence[int]]) -> int:
        """Of the places by their names, the first at which the bank sees the file: it has got its last name."""
        return max([*at.get("rename", ()), *at.get("rename over SFTP", ())])

    def decide(self) -> bool:
        """A person who is asked whether a file arrived looks in the bank's own pages; whether one was."""
        table = operations.decision
        with self.site.engine.connect() as connection:
            query = sa.select(table.c.id, table.c.subject).where(table.c.kind == answers.FILE_IN_DOUBT, operations.OPEN)
            asked = connection.execute(query).all()
        if not asked:
            return False
        self.happen()
        there = {one.message_id for one in self.site.sandbox.files}
        for one in asked:
            answer = answers.ARRIVED if one.subject.rpartition("/")[0] in there else answers.ABSENT
            said = {"decided_at": self.site.now, "decided_by": "kari@nidelven.example", "answer": answer}
            with self.site.engine.begin() as connection:
                connection.execute(sa.update(table).where(table.c.id == one.id).values(**said))
        return True

    def judge(self, verdict: verdicts.Verdict) -> None:
        """Every payment is at the bank once, and nothing else is."""
        self.happen()
        there = collections.Counter(one.end_to_end_id for one in self.site.sandbox.orders)
        verdict.lost += [f"{name} is not at the bank" for name in self.names if not there[name]]
        verdict.duplicated += [f"{name} is {count} times at the bank" for name, count in there.items() if count > 1]
        verdict.wrong += [f"nobody wanted {name}" for name in set(there) - set(self.names)]
        verdict.wrong += [f"the bank says {one.verdict} of {one.name}" for one in self.site.sandbox.files if one.verdict != "ACTC"]
        verdict.unsettled += [f"{name} is {state}" for name, state in self.site.states().items() if state != "accepted"]

    def close(self) -> None:
        self.site.engine.dispose()


class Paid:
    """Files of OCR giro, posted with the factoring company."""

    flow, purpose = "incoming_payments", "post"
    hears: str = ""

    def __init__(self, folder: pathlib.Path, patch: pytest.MonkeyPatch) -> None:
        self.site = creditor.Creditor(folder, patch)
        self.credited: collections.Counter[tuple[str, Decimal]] = collections.Counter()

    @property
    def options(self) -> bank_options.BankOptions:
        """What the flow runs with."""
        return self.site.chosen

    def order(self, number: int) -> None:
        """Invoices are owed, and the bank tells that they were paid."""
        first = 1 + number * PAYMENTS_A_FILE
        rows = [(at, 10_000 + at) for at in range(first, first + PAYMENTS_A_FILE)]
        self.site.owe(*rows)
        self.site.leave(f"OCR{number}", creditor.ocr(creditor.payment(at, creditor.kid_of(at), amount) for at, amount in rows))
        self.credited += collections.Counter((creditor.kid_of(at), Decimal(amount) / 100) for at, amount in rows)

    def happen(self) -> None:
        """Nothing goes on at the factoring company by itself."""

    def find_left(self, at: Mapping[str, Sequence[int]]) -> int:
        """Of the places by their names, the first at which a payment stands there."""
        return at["answer"][0]

    def decide(self) -> bool:
        """Nobody is asked: the company's ledger tells what stands there."""
        return False

    def judge(self, verdict: verdicts.Verdict) -> None:
        """Every øre is posted once, on its invoice."""
        posted = collections.Counter(
            (one.payment.kid, Decimal(one.payment.amount)) for one in self.site.company.payments.posted.values()
        )
        verdict.lost += [f"{kid} {amount} is not posted" for kid, amount in self.credited - posted]
        verdict.duplicated += [f"{kid} {amount} is posted again" for kid, amount in posted - self.credited]
        verdict.wrong += [f"of {number} {amount} is open" for number, amount in self.site.open_at_company().items()]
        verdict.unsettled += [f"a payment is {state}" for state in states(self.site, "post") if state != "accepted"]

    def close(self) -> None:
        self.site.close()


Way = Paying | Paid


def states(site: payer.Payer, purpose: str) -> list[str]:
    """Of all deliveries for this purpose."""
    delivery = tables.delivery
    with site.engine.connect() as connection:
        return list(connection.execute(sa.select(delivery.c.state).where(delivery.c.purpose == purpose)).scalars())
