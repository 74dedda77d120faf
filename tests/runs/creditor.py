"""A tenant that is paid: booked invoices here and at the factoring company, the bank's folder, and the flows of what comes in."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pathlib
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.domain import kid as kids
from fakturabro.formats import nets
from fakturabro.formats.nets import values as records
from fakturabro.ledger import deliveries, details, documents, opened, operations, raws, recording, stops
from fakturabro.ledger.incoming import allocations
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.payments import tables as bank_tables
from flows import bank as flows
from sandboxes import serving
from sandboxes.factoring import sandbox as factoring
from tasks import connect, installation
from tasks.bank import options as bank_options
from tasks.incoming import matching
from tests.runs import payer
from tests.runs.conftest import plain

TENANT, CLIENT, RUN = "nidelven", "4711", "seed"
PARTS = [{"name": "customer", "length": 6}, {"name": "invoice", "length": 7}]
AGREEMENT = kids.KidAgreement.model_validate({"length": 14, "method": "mod10", "parts": PARTS})
NAMES = {"ocr_giro": "OCR*", "credits": "*C54C*", "statement": "*C053*", "mandates": "FBO*"}
TODAY = payer.MONDAY.date()


def kid_of(number: int, customer: int = 10) -> str:
    return kids.make(AGREEMENT, customer=str(customer), invoice=str(number))


def payment(number: int, kid: str, amount: int, **changes: Any) -> records.Payment:
    """A payment in øre, of OCR giro; the archive reference tells it from others."""
    said: dict[str, Any] = {"kind": "15", "date": TODAY, "settlement": "0118013000", "payer": "15942287248", "bank_date": TODAY}
    archive = f"{changes.pop('archive', number):09d}"
    return records.Payment(number=number, amount=amount, kid=kid, archive=archive, **said | changes)


def ocr(payments: Iterable[records.Payment], account: str = payer.OWN, others: Sequence[records.Assignment] = ()) -> bytes:
    """A file of one assignment, and of `others`."""
    mine = records.Assignment(
        service="09", kind="00", agreement="008688888", number="0000001", account=account, entries=tuple(payments), date=TODAY
    )
    whole = records.Transmission(
        transmitter="00008080", number="0000001", recipient="00010203", assignments=(mine, *others), date=TODAY
    )
    return nets.write(whole)


class Creditor(payer.Payer):
    """`company` is the factoring company's sandbox; the bank leaves files in `bank`, the accounting system takes from `folder`."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, monkeypatch)
        self.company = factoring.Factoring("nokkel", {CLIENT: "Nidelven Renhold"})
        self.servers = serving.Servers({"factoring": self.company.app})
        self.servers.start()
        key = folder / "secrets" / "factoring.key"
        key.write_text("nokkel")
        key.chmod(0o600)
        for name, value in {
            "FACTORING": self.servers.url("factoring"),
            "GATEWAY_URL": "https://portal.example.no",
            "MAIL_SENDER": "bank@example.no",
            "MAIL_DOMAIN": "example.no",
        }.items():
            monkeypatch.setenv(f"FAKTURABRO_{name}", value)
        installation.current.cache_clear()
        self.chosen = self.having()

    def having(self, credits_from: str = "ocr_giro", incoming_at: str = "factoring", **more: Any) -> bank_options.BankOptions:
        made = self.options(accounting={"incoming": incoming_at, "factoring_client": CLIENT, "forward": False}).model_dump()
        names = [{"kind": kind, "glob": glob} for kind, glob in NAMES.items()]
        made["bank"] |= {"credits": credits_from, "folders": {"take_from": str(self.bank), "names": names, "quiet_minutes": 0}}
        made["accounts"] = [{"number": payer.OWN, "kids": [AGREEMENT.model_dump()]}]
        made["accounting"] |= {"folders": {"put_into": str(self.folder)}, **more.pop("accounting", {})}
        return bank_options.BankOptions.model_validate(made | more)

    def owe(self, *rows: tuple[int, int], customer: int = 10, credit_of: int | None = None) -> None:
        """Invoices as (number, øre), booked here and there; with `credit_of` credit notes on that invoice."""
        kind, original = ("credit_note", str(credit_of)) if credit_of else ("invoice", None)
        with contextlib.closing(connect.open_ledger()) as ledger:
            key = ledger.seals.key(TENANT, "document", f"{TODAY:%Y-%m}")
            made = [
                documents.Fetched(
                    source_key=str(number),
                    kind=kind,
                    number=str(number),
                    original_number=original,
                    customer_number=str(customer),
                    amount=amount,
                    currency="NOK",
                    listing_hash="",
                    hash=b"",
                    raw=raws.seal(key, "document", str(number).encode()),
                    canonical=key.seal(b""),
                )
                for number, amount in rows
            ]
            recording.record_fetched(ledger, TENANT, "poweroffice", RUN, ["book"], made)
            self._book(ledger, customer)
        for number, amount in rows:
            entry = factoring.Entry(
                number=str(number), type=kind, kid=kid_of(number, customer), amount=f"{amount / 100:.2f}", currency="NOK",
                invoice_date=TODAY, buyer_number=str(customer), buyer_name="Kari", original_number=original,
            )  # fmt: skip
            entries = self.company.state.entries
            entries[CLIENT, kind, str(number)] = factoring.Booked(
                id=len(entries) + 1, client=CLIENT, booked_at=self.now, entry=entry
            )

    def _book(self, ledger: opened.Ledger, customer: int) -> None:
        waiting = deliveries.find_open(ledger, TENANT, "book", ["waiting"])
        heads = documents.find_heads(ledger, TENANT, [row.document_id for row in waiting])
        details.record_kids(ledger, TENANT, {head.id: kid_of(int(head.number), customer) for head in heads})
        plans = [deliveries.Planned(id=row.id, target="factoring:4711", natural_key=str(row.id)) for row in waiting]
        deliveries.plan(ledger, TENANT, plans, RUN)
        for start, end in (("planned", "sending"), ("sending", "accepted")):
            deliveries.move(ledger, TENANT, [row.id for row in waiting], start, end, RUN)

    def leave(self, name: str, content: bytes) -> None:
        """The bank leaves a file, whole since ten minutes."""
        (self.bank / name).write_bytes(content)
        then = self.now.timestamp() - 600
        os.utime(self.bank / name, (then, then))

    async def take(self, flow: Any = flows.incoming_payments, **more: Any) -> Any:
        """A run of a flow, and twenty minutes."""
        with plain():
            state = await flow(TENANT, more.pop("options", self.chosen), **more)
        self.at(self.now + dt.timedelta(minutes=20))
        return state

    async def take_file(self, name: str, payments: Iterable[records.Payment], **more: Any) -> Any:
        self.leave(name, ocr(payments))
        return await self.take(**more)

    def decide(self, kind: str, answer: str) -> int:
        """Somebody answers all that is asked of this kind; how many that were."""
        table = operations.decision
        said = {"decided_at": self.now, "decided_by": "kari@nidelven.example", "answer": answer}
        with self.engine.begin() as connection:
            return connection.execute(sa.update(table).where(table.c.kind == kind, operations.OPEN).values(**said)).rowcount

    def rows(self) -> list[incoming.Incoming]:
        with contextlib.closing(connect.open_ledger()) as ledger, ledger.reading() as connection:
            return incoming.select(connection, TENANT, sa.true())

    def standings(self) -> Counter[str]:
        return Counter(row.standing for row in self.rows())

    def why(self) -> list[str]:
        """Why payments stand in suspense, in their order."""
        with contextlib.closing(connect.open_ledger()) as ledger:
            said = allocations.read_proposals(ledger, TENANT, [row.document_id for row in self.rows()])
        return [matching._PROPOSAL.decode(said[i]).why for i in sorted(said)]

    def file_states(self) -> dict[str, str]:
        """The state of each file of the bank's, by name."""
        table = bank_tables.bank_file
        with self.engine.connect() as connection:
            rows = connection.execute(
                sa.select(table.c.name, table.c.state).where(table.c.side == "bank", table.c.direction == "in")
            )
            return {name: state for name, state in rows}

    def open_at_company(self) -> dict[str, Decimal]:
        """What is open of each invoice there."""
        found = {key[2]: self.company.payments.open_of(key) for key in self.company.state.entries if key[1] == "invoice"}
        return {number: amount for number, amount in found.items() if amount}

    def owed(self) -> int:
        """What is owed by all invoices before anything was paid, in øre."""
        return sum(int(Decimal(one.entry.amount) * 100) for one in self.company.state.entries.values())

    def stop(self, scope: str) -> None:
        with contextlib.closing(connect.open_ledger()) as ledger:
            stops.record(ledger, TENANT, scope, why="Feil i filene", owner="Kari", at=self.now)

    def release(self, scope: str) -> None:
        with contextlib.closing(connect.open_ledger()) as ledger:
            stops.record_release(ledger, TENANT, scope, why="Rettet", by="Kari", at=self.now)

    def posted(self) -> dict[str, Decimal]:
        """By the bank's archive reference of each payment that stands there, what of it is in suspense."""
        return {one.payment.reference.rsplit(".", 1)[-1].lstrip("0"): one.suspense for one in self.company.payments.posted.values()}

    def worth_at_company(self) -> Decimal:
        return sum((Decimal(one.payment.amount) for one in self.company.payments.posted.values()), Decimal(0))

    def close(self) -> None:
        self.servers.stop()
        self.engine.dispose()
