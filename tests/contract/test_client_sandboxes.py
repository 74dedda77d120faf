"""The clients against the sandboxes, which another hand wrote from the same documents: where they disagree one of them is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import pathlib
import uuid
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from fakturabro.domain import return_data
from fakturabro.domain.findings import Findings
from fakturabro.formats.movement_list import read as movement_list
from fakturabro.mapping import factoring_to_return_data as to_return_data
from fakturabro.remote import errors, folders, http, rate_store, rates
from fakturabro.systems.access_point import client as access_point
from fakturabro.systems.factoring import client as factoring
from fakturabro.systems.factoring import wire as ledger_wire
from fakturabro.systems.mail import client as mail
from fakturabro.systems.mail import letters
from fakturabro.systems.peppol import client as peppol
from fakturabro.systems.poweroffice import factoring_v1, go_v2, session, tokens, wire
from fakturabro.systems.print_partner import client as print_partner
from fakturabro.systems.print_partner import wire as print_wire
from sandboxes import faults, main
from sandboxes.factoring import movements


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[main.Sandboxes]:
    with main.Sandboxes(folder=tmp_path_factory.mktemp("boxes"), base_date=dt.date(2026, 11, 23)) as running:
        yield running


@pytest.fixture(scope="module")
def rate_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One store for the whole module, as the vendor's windows know nothing of our tests."""
    return f"sqlite:///{tmp_path_factory.mktemp('rates')}/rates"


class Store:
    def __init__(self) -> None:
        self.tokens: dict[str, tokens.Token] = {}
        self.locks: dict[str, asyncio.Lock] = {}

    async def read(self, key: str) -> tokens.Token | None:
        return self.tokens.get(key)

    async def write(self, key: str, token: tokens.Token) -> None:
        self.tokens[key] = token

    @contextlib.asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        async with self.locks.setdefault(key, asyncio.Lock()):
            yield


class Clients:
    """All clients of the first seeded company, with the vendor's budgets."""

    def __init__(self, boxes: main.Sandboxes, remote: http.Remote, v1: rates.RateBudget, v2: rates.RateBudget) -> None:
        told, self.remote, self.store = boxes.addresses(), remote, Store()
        self.seeded = boxes.poweroffice.state.clients[told["clients"][0]["client_key"]]
        power = told["poweroffice"]
        plain = tokens.Keys(application_key=power["application_key"], client_key=self.seeded.key)
        full = tokens.Keys(
            application_key=plain.application_key, client_key=plain.client_key, subscription_key=power["subscription_key"]
        )
        self.v1 = factoring_v1.FactoringV1(self.session(power["v1_url"], power["v1_token_url"], plain, v1))
        self.v2 = go_v2.GoV2(self.session(power["v2_url"], power["v2_token_url"], full, v2))
        number = told["clients"][0]["factoring_number"]
        ledger, point = told["factoring"], told["access_point"]
        self.ledger = factoring.FactoringLedger(remote, base=ledger["url"], key=ledger["key"], client=number, tenant="t")
        self.point = access_point.AccessPoint(remote, base=point["url"], key=point["key"], tenant="t")

    def session(self, base: str, url: str, keys: tokens.Keys, budget: rates.RateBudget) -> session.Session:
        source = tokens.TokenSource(self.remote, url=url, keys=keys, tenant="t", budget=budget, store=self.store, store_key=base)
        return session.Session(
            self.remote, base=base, tenant="t", source=source, budget=budget, subscription_key=keys.subscription_key
        )


@pytest.fixture
async def clients(boxes: main.Sandboxes, rate_url: str) -> AsyncIterator[Clients]:
    boxes.reset()
    store = rate_store.RateStore(rate_url)
    async with (
        rates.RateBudget(store, "v1", 50) as v1,
        rates.RateBudget(store, "v2", 10) as v2,
        http.Remote(http.Limits(attempts=3, first_pause=0.01)) as remote,
    ):
        yield Clients(boxes, remote, v1, v2)


async def fetched(clients: Clients, where: str = factoring_v1.NOT_DELIVERED) -> list[Any]:
    return [row async for page in clients.v1.fetch_available_invoices(where, page_size=7) for row in page.data or []]


async def test_everything_available_is_fetched_with_its_ehf(clients: Clients) -> None:
    rows = await fetched(clients)
    assert {str(row.id) for row in rows} == {key for key, one in clients.seeded.invoices.items() if not one.is_delivered}
    assert [row.invoice_no for row in rows] == sorted(row.invoice_no for row in rows)
    assert len(await fetched(clients, factoring_v1.ACTIVE)) == len(rows)
    documents = await asyncio.gather(*(clients.v1.fetch_ehf(row.id) for row in rows[:5]))
    assert all(document.lstrip(b"\xef\xbb\xbf").startswith(b"<") for document in documents)
    with pytest.raises(errors.Rejected):
        await clients.v1.fetch_ehf(uuid.UUID(int=1))


def body(invoice_id: uuid.UUID) -> bytes:
    return factoring_v1.to_delivered(invoice_id, kid="12345674", pdf=b"%PDF-1.7", file_name="a.pdf")


async def test_deliver_once_and_read_back_the_kid(clients: Clients) -> None:
    row = (await fetched(clients))[0]
    assert (await clients.v1.deliver(row.id, invoice_no=row.invoice_no, body=body(row.id))).is_delivered
    assert row.id in await clients.v1.find_delivered([row.invoice_no])
    with pytest.raises(errors.AlreadyDelivered):
        await clients.v1.deliver(row.id, invoice_no=row.invoice_no, body=body(row.id))
    heads = [head async for page in clients.v2.fetch_outgoing_invoices(invoice_numbers=[row.invoice_no]) for head in page]
    assert [head.cid for head in heads] == ["12345674"]
    with pytest.raises(errors.Rejected):
        await clients.v1.deliver(uuid.UUID(int=1), invoice_no=row.invoice_no, body=body(uuid.UUID(int=1)))


async def test_a_status_follows_delivery_and_what_may_follow_what(boxes: main.Sandboxes, clients: Clients) -> None:
    row, status = (await fetched(clients))[2], wire.FactoringInvoiceStatus
    known = {"invoice_no": row.invoice_no}
    with pytest.raises(errors.Rejected, match="er ikke meldt levert"):
        await clients.v1.update_status(row.id, status.COMPLAINED, **known)
    await clients.v1.deliver(row.id, body=body(row.id), **known)
    for one in (status.COMPLAINED, status.DELIVERED, status.COMPLETED, status.FORFEIT):
        boxes.poweroffice.v1_book.add(faults.Fault(kind="cut_after_change", path="/Factoring/update", method="POST"))
        with pytest.raises(errors.Uncertain):
            await clients.v1.update_status(row.id, one, description="Kunden reklamerer", **known)
        assert (await clients.v1.find_delivered([row.invoice_no]))[row.id].factoring_invoice_status == one
        with pytest.raises(errors.AlreadyDelivered):
            await clients.v1.update_status(row.id, one, **known)
    with pytest.raises(errors.Rejected, match="står som trukket fra factoring i PowerOffice og kan ikke settes til ferdig"):
        await clients.v1.update_status(row.id, status.COMPLETED, **known)
    other = (await fetched(clients))[0]
    await clients.v1.deliver(other.id, invoice_no=other.invoice_no, body=body(other.id))
    changed = await clients.v1.update_status(other.id, status.COMPLETED, invoice_no=other.invoice_no)
    assert changed is not None
    assert changed.factoring_invoice_status == status.COMPLETED


@pytest.mark.parametrize("kind", ["error_after_change", "cut_after_change"])
async def test_a_deliver_in_doubt_is_found_by_reading_back(kind: Any, boxes: main.Sandboxes, clients: Clients) -> None:
    row = (await fetched(clients))[1]
    boxes.poweroffice.v1_book.add(faults.Fault(kind=kind, path="/Factoring/delivered", method="POST"))
    with pytest.raises(errors.Uncertain):
        await clients.v1.deliver(row.id, invoice_no=row.invoice_no, body=body(row.id))
    assert row.id in await clients.v1.find_delivered([row.invoice_no])


@pytest.mark.parametrize("kind", ["throttled", "error", "cut", "expired_token"])
async def test_a_read_survives_one_fault(kind: Any, boxes: main.Sandboxes, clients: Clients) -> None:
    await fetched(clients)
    boxes.poweroffice.v1_book.add(faults.Fault(kind=kind, path="/Factoring/AvailableInvoices"))
    assert await fetched(clients)


async def test_a_wrong_client_key_stops_this_client_with_advice(boxes: main.Sandboxes, clients: Clients) -> None:
    boxes.poweroffice.deactivate(clients.seeded.key)
    with pytest.raises(errors.CredentialError, match="klientnøkkel") as caught:
        await fetched(clients)
    assert clients.seeded.key not in str(caught.value)


async def test_customers_and_the_connection_test(clients: Clients) -> None:
    wanted = [card["Number"] for card in clients.seeded.customers.values()]
    cards = await clients.v2.fetch_customers([*wanted, 99_999_999])
    assert sorted(card.number or 0 for card in cards) == sorted(wanted)
    assert any(card.mail_address and card.mail_address.zip_code for card in cards)
    assert await clients.v2.fetch_customers([99_999_999]) == []
    changed = [card async for page in clients.v2.fetch_changed_customers(dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) for card in page]
    assert len(changed) == len(wanted)
    found = await clients.v2.find_integration()
    assert (found.client_name, found.missing) == (clients.seeded.name, ())


async def test_a_missing_privilege_is_named(clients: Clients) -> None:
    clients.seeded.valid_privileges, clients.seeded.invalid_privileges = ["OutgoingInvoice"], ["Customer_Full"]
    assert (await clients.v2.find_integration()).missing == ("Customer",)
    with pytest.raises(errors.CredentialError, match="Customer_Full"):
        await clients.v2.fetch_customers([1])


async def test_neither_budget_is_ever_exceeded(boxes: main.Sandboxes, clients: Clients) -> None:
    rows = await fetched(clients)
    await asyncio.gather(*(clients.v1.fetch_ehf(row.id) for row in rows * 3), *(clients.v2.find_integration() for _ in range(15)))
    assert boxes.poweroffice.v1_book.statuses[429] + boxes.poweroffice.v2_book.statuses[429] == 0


async def test_the_factoring_ledger(boxes: main.Sandboxes, clients: Clients) -> None:
    entry = ledger_wire.Entry(
        number="2045",
        type="invoice",
        kid="12345674",
        amount=Decimal("1250.5"),
        currency="NOK",
        invoice_date=dt.date(2026, 11, 23),
        buyer_number="10001",
        buyer_name="Kari Nordmann",
        buyer_address=ledger_wire.Address(lines=("Storgata 1",), post_code="0155", place="Oslo", country="NO"),
        distributed=False,
    )
    assert await clients.ledger.find_entry("invoice", "2045") is None
    boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST"))
    with pytest.raises(errors.Uncertain):
        await clients.ledger.book(entry)
    standing = await clients.ledger.find_entry("invoice", "2045")
    assert standing is not None
    assert factoring.is_same(entry, standing)
    with pytest.raises(errors.AlreadyDelivered):
        await clients.ledger.book(entry)
    assert (await clients.ledger.mark_distribution("invoice", "2045", "ehf")).channel == "ehf"
    assert [one.number async for page in clients.ledger.list_entries() for one in page.entries] == ["2045"]


async def test_the_companys_movements_and_its_balance_say_the_same(
    boxes: main.Sandboxes, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movements, "PAGE", 4)
    url, day, number = boxes.url("factoring"), dt.date(2026, 11, 23), boxes.seeded.factoring_numbers[clients.seeded.key]
    async with httpx.AsyncClient(base_url=f"{url}/sandbox/ledger") as staff:
        made = [await staff.post(f"/{one}/month", json={"day": "2026-11-23"}) for one in boxes.factoring.state.clients]
        exported = (await staff.get(f"/{number}/movements.csv")).content
    assert [(one.status_code, len(one.json())) for one in made] == [(201, 14), (201, 15)]
    told = [to_return_data.to_movement(one) async for page in clients.ledger.list_movements() for one in page.movements]
    assert len(told) == 14
    found = Findings()
    assert (list(movement_list.movements(exported, found, number)), list(found)) == (told, [])
    table = {**return_data.DEFAULTS, "balance_change": return_data.Row(debit="balance", credit="balance_contra")}
    held = {one.kind: [said.code for said in return_data.check(one, table)] for one in told if return_data.check(one, table)}
    assert held == {kind: ["kind_without_posting"] for kind in ("reminder_fee", "interest", "bad_debt")}
    posted = [one for one in told if one.kind not in held]
    sheet = await clients.ledger.fetch_balance(day)
    paid = return_data.sums(posted, table)["NOK"]["customer_contra"]
    assert {one.currency: one.amount for one in sheet.balances} == {"NOK": return_data.balance_of(posted, table=table) + paid}
    assert (paid, sheet.client, sheet.date) == (Decimal("400.00"), number, day)
    invoices = {str(one.number) for one in clients.seeded.invoices.values() if one.is_delivered}
    assert {one.invoice_number for one in told if one.kind == "payment"} <= invoices


async def test_the_access_point(boxes: main.Sandboxes, clients: Clients) -> None:
    receiver = next(one for one, kinds in boxes.access_point.state.receivers.items() if "invoice" in kinds)
    boxes.access_point.state.checks_endpoints = False
    document = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
    message_id = uuid.uuid4()
    assert await clients.point.find_message(message_id) is None
    boxes.access_point.book.add(faults.Fault(kind="error_after_change", method="PUT"))
    with pytest.raises(errors.Uncertain):
        await clients.point.send(message_id, sender="0192:991825827", receiver=receiver, document=document)
    standing = await clients.point.find_message(message_id)
    with pytest.raises(errors.AlreadyDelivered) as caught:
        await clients.point.send(message_id, sender="0192:991825827", receiver=receiver, document=document)
    assert caught.value.standing == standing
    with pytest.raises(errors.Rejected):
        await clients.point.send(uuid.uuid4(), sender="0192:991825827", receiver="0192:0", document=document)


async def test_who_stands_in_peppol_with_what(boxes: main.Sandboxes) -> None:
    known = boxes.access_point.state.receivers
    kinds, some = ("invoice", "credit_note"), [*known, "0192:000000000"]
    asked = [peppol.Question(participant=one, kind=kind) for one in some for kind in kinds]
    async with http.Remote() as remote:
        network = peppol.Network(remote, "sandbox", tenant="t", resolver=boxes.addresses()["peppol"]["resolver"])
        found = await network.find_receivers(asked, dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC))
    assert found == {one: one.kind in known.get(one.participant, ()) for one in asked}


def test_mail_and_letters(boxes: main.Sandboxes) -> None:
    message = letters.build(
        message_id="<solberg-2045-1@post.example>",
        date=dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC),
        client_name="Solberg AS",
        sender="faktura@factoring.example",
        reply_to="post@solberg.example",
        recipients=["kari@kunde.example"],
        subject="Faktura 2045",
        text="Hei",
    )
    told = boxes.addresses()
    with mail.Sender(mail.Settings(host=told["mail"]["host"], port=told["mail"]["port"]), tenant="t") as sender:
        assert sender.send(message, ["kari@kunde.example"]).accepted == ("kari@kunde.example",)
    address = print_wire.PostalAddress(name="Kari", lines=("Storgata 1",), post_code="0155", place="Oslo")
    letter = print_partner.Letter(document_id="2045", pdf=b"%PDF-1.7", pages=1, recipient=address, return_address=address)
    folder = print_partner.DropFolder(folders.DiskFolder(pathlib.Path(told["print"]["folder"])))
    folder.submit(print_partner.Job(job_id="solberg-2045", letters=(letter,)))
    assert [job.name for job in boxes.print_partner.jobs()] == ["solberg-2045"]
