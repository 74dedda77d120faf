"""Runs: the real flows as plain functions (no Prefect server) against the real sandboxes, with a ledger of their own."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import pathlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from prefect import Flow, Task

from data_quality import checking
from fakturabro.ledger import operations, tables
from fakturabro.ledger.journal import recovery
from flows import poweroffice_factoring
from sandboxes.main import Sandboxes
from tasks import clock, installation, options
from tasks.debtors import producing
from tests import migrated
from tests.crash import known

DAY = dt.date(2026, 11, 20)
NOTICE = "Fakturaen er overdratt til Factoring Finans AS."
ACCOUNT = "86011117947"


@contextlib.contextmanager
def plain() -> Iterator[None]:
    """Inside, tasks and flows are called as the functions that they decorate: the one seam of the laboratory."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    with mock.patch.object(Task, "__call__", call), mock.patch.object(Flow, "__call__", call):
        yield


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded documents are the same in every test: what was found in one and made of it is found and made once."""
    monkeypatch.setattr(checking, "check", known.check)
    monkeypatch.setattr(producing, "produce_block", known.produce_block)


@pytest.fixture(scope="session")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    """All sandboxes, once."""
    with Sandboxes(tmp_path_factory.mktemp("sandboxes"), base_date=DAY) as started:
        yield started


class Site:
    """One installation with one tenant, "nidelven", on the sandboxes."""

    def __init__(self, folder: pathlib.Path, boxes: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.boxes = folder, boxes
        self.client = boxes.addresses()["clients"][0]
        self.options = make_options()
        known = boxes.addresses()
        self.secret("ledger.key", base64.b64encode(b"1" * 32).decode())
        self.secret("portal.key", base64.b64encode(b"2" * 32).decode())
        self.secret("poweroffice.application_key", known["poweroffice"]["application_key"])
        self.secret("poweroffice.subscription_key", known["poweroffice"]["subscription_key"])
        self.secret("factoring.key", known["factoring"]["key"])
        self.secret("access_point.key", known["access_point"]["key"])
        self.secret("nidelven.poweroffice_client_key", self.client["client_key"])
        (folder / "print").mkdir()
        for name, value in {
            "HOME": str(folder),
            "SECRETS": str(folder / "secrets"),
            "POWEROFFICE_V1": known["poweroffice"]["v1_url"],
            "POWEROFFICE_V2": known["poweroffice"]["v2_url"].removesuffix("/v2"),
            "FACTORING": known["factoring"]["url"],
            "ACCESS_POINT": known["access_point"]["url"],
            "PEPPOL": "sandbox",
            "PEPPOL_RESOLVER": known["peppol"]["resolver"],
            "SMTP_PORT": str(known["mail"]["port"]),
            "MAIL_SENDER": "faktura@factoring.example",
            "MAIL_DOMAIN": "factoring.example",
            "PRINT_FOLDER": str(folder / "print"),
        }.items():
            monkeypatch.setenv(f"FAKTURABRO_{name}", value)
        installation.current.cache_clear()
        self.engine = migrated.connect(f"sqlite:///{folder / 'ledger.db'}")

    def lose_ledger(self) -> None:
        """Begin again with an empty ledger and an empty journal: all that is known is what the counterparts know."""
        self.engine.dispose()
        for file in (*self.folder.glob("ledger.db*"), *(self.folder / "journal").iterdir()):
            file.unlink()
        migrated.connect(str(self.engine.url)).dispose()

    def forget_receivers(self) -> None:
        """As if the hours had passed for which the ledger remembers who takes EHF."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(operations.receiver))

    def secret(self, name: str, value: str) -> pathlib.Path:
        """Write a secret as an operator would."""
        path = self.folder / "secrets" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(value)
        path.chmod(0o600)
        return path

    def keep_only(self, *numbers: int) -> None:
        """Leave only these documents in the client's accounts, so that a run is short."""
        invoices = self.boxes.poweroffice.state.clients[self.client["client_key"]].invoices
        for key in [key for key, one in invoices.items() if one.number not in numbers]:
            del invoices[key]

    def invoice(self, number: int) -> Any:
        """The document in PowerOffice."""
        invoices = self.boxes.poweroffice.state.clients[self.client["client_key"]].invoices
        return next(one for one in invoices.values() if one.number == number)

    def card(self, number: int) -> dict[str, Any]:
        """The customer card in PowerOffice."""
        cards = self.boxes.poweroffice.state.clients[self.client["client_key"]].customers
        return next(card for card in cards.values() if card["Number"] == number)

    plain = staticmethod(plain)

    async def intake(self, **changes: Any) -> Any:
        """One run of the intake flow."""
        with plain():
            return await poweroffice_factoring.invoice_intake("nidelven", changes.pop("options", self.options), **changes)

    async def writeback(self, **changes: Any) -> Any:
        """One run of the writeback flow."""
        with plain():
            return await poweroffice_factoring.writeback("nidelven", **changes)

    def states(self, number: int) -> dict[str, str]:
        """The state for each purpose of the document with this number."""
        query = (
            sa.select(tables.delivery.c.purpose, tables.delivery.c.state)
            .join(tables.document, tables.document.c.id == tables.delivery.c.document_id)
            .where(tables.document.c.number == str(number))
        )
        with self.engine.connect() as connection:
            return {purpose: state for purpose, state in connection.execute(query)}

    def codes(self, number: int) -> set[str]:
        """The codes of the findings that stand against the document with this number."""
        query = (
            sa.select(tables.finding.c.code)
            .join(tables.document, tables.document.c.id == tables.finding.c.document_id)
            .where(tables.document.c.number == str(number))
        )
        with self.engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def letters(self) -> list[pathlib.Path]:
        """The print jobs that are complete."""
        return sorted((self.folder / "print").glob("*.ok"))


def make_options(**changes: Any) -> options.FactoringOptions:
    """The tenant's options, valid unless `changes` spoil them."""
    agreement = {
        "client_number": "4711",
        "payee_name": "Factoring Finans AS",
        "payee_organisation_number": "991825827",
        "account": ACCOUNT,
        "kid": {"length": 14, "method": "mod10", "parts": [{"name": "customer", "length": 6}, {"name": "invoice", "length": 7}]},
        "assignment_notice": NOTICE,
    }
    distribution = {"email_alternative": "alternativ 2", **changes.pop("distribution", {})}
    return options.FactoringOptions.model_validate(
        {"agreement": {**agreement, **changes.pop("agreement", {})}, "distribution": distribution, **changes}
    )


@pytest.fixture
def site(tmp_path: pathlib.Path, boxes: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An installation on freshly seeded sandboxes."""
    boxes.reset()
    made = Site(tmp_path, boxes, monkeypatch)
    yield made
    made.engine.dispose()
    installation.current.cache_clear()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let a quarter of an hour pass: nothing is on its way any more."""
    wait, real = recovery.ON_ITS_WAY + dt.timedelta(minutes=1), clock.now
    return lambda: monkeypatch.setattr(clock, "now", lambda: real() + wait)
