"""The Fortnox client against its sandbox: tokens that rotate, lists to their total, payments once, Swedish refusals."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from fakturabro.remote import errors, http
from fakturabro.systems.fortnox import client, session, tokens, wire
from sandboxes import faults, fortnox, serving

DAY = dt.date(2026, 11, 23)
PAYMENT = wire.NewPayment(invoice_number="71", payment_date=DAY, amount=Decimal("1250.50"), currency="SEK", mode_of_payment="BG")
PATH = "/3/supplierinvoicepayments"


class Store:
    """Tokens in memory, one lock."""

    def __init__(self) -> None:
        self.tokens: dict[str, tokens.Token] = {}
        self._lock = asyncio.Lock()

    async def read(self, key: str) -> tokens.Token | None:
        return self.tokens.get(key)

    async def write(self, key: str, token: tokens.Token) -> None:
        self.tokens[key] = token

    @contextlib.asynccontextmanager
    async def lock(self, _key: str) -> AsyncIterator[None]:
        async with self._lock:
            yield


class Bench:
    """A company in the sandbox, and what a client is made of."""

    def __init__(self, box: fortnox.Fortnox, url: str, remote: http.Remote) -> None:
        self.box, self.url, self.remote, self.store = box, url, remote, Store()
        self.now = dt.datetime.now(dt.UTC)
        self.company = box.add("1601")
        self.company.add_supplier("20", "Skruvar AB", BG="5050-1055")
        self.company.add_supplier_invoice("71", "20", Decimal("1250.50"), DAY)
        self.company.balances = {"1001": Decimal(900)}

    def source(self, refresh_token: str = "") -> tokens.TokenSource:
        ours = {"client_id": self.box.client_id, "client_secret": self.box.client_secret}
        keys = tokens.Keys(**ours, tenant_id="" if refresh_token else "1601", refresh_token=refresh_token)
        token_url = f"{self.url}/oauth-v1/token"
        known = {"tenant": "solberg", "budget": None, "store": self.store, "store_key": "fortnox"}
        return tokens.TokenSource(self.remote, url=token_url, keys=keys, clock=lambda: self.now, **known)

    def session(self) -> session.Session:
        return session.Session(self.remote, base=f"{self.url}/3", tenant="solberg", source=self.source(), budget=None)

    def client(self) -> client.Fortnox:
        return client.Fortnox(self.session())


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    box = fortnox.Fortnox()
    box.window.limit = 1_000
    servers = serving.Servers({"fortnox": box.app})
    servers.start()
    async with http.Remote(http.Limits(attempts=2, first_pause=0.01)) as remote:
        yield Bench(box, servers.url("fortnox"), remote)
    servers.stop()


async def test_a_refresh_token_is_used_once_by_one_and_the_new_one_kept_first(bench: Bench) -> None:
    first = bench.company.refresh_token
    found = await asyncio.gather(*(bench.source(first).current() for _ in range(5)))
    assert len({token.value for token in found}) == 1
    assert bench.store.tokens["fortnox"].refresh_token == bench.company.refresh_token != first
    bench.now += dt.timedelta(hours=2)
    assert (await bench.source(first).current()).value != found[0].value
    assert bench.company.refresh_token not in repr(bench.store.tokens)
    bench.company.refresh_token = "another"
    bench.now += dt.timedelta(hours=2)
    with pytest.raises(errors.CredentialError, match="Koble til Fortnox på nytt"):
        await bench.source(first).current()
    assert (await bench.source("another").current()).consent != found[0].consent


async def test_a_run_from_before_the_client_connected_anew_leaves_the_newer_consent_alone(bench: Bench) -> None:
    old = bench.source("the consent before")
    bench.now += dt.timedelta(minutes=1)
    await bench.source(bench.company.refresh_token).current()
    stored = bench.store.tokens["fortnox"]
    with pytest.raises(errors.CredentialError, match="mens denne kjøringen gikk"):
        await old.current()
    assert bench.store.tokens["fortnox"] == stored
    assert bench.box.book.calls["POST /oauth-v1/token"] == 1


async def test_what_kept_the_renewal_from_being_stored_keeps_it_from_being_used(bench: Bench) -> None:
    async def fails(_key: str, _token: tokens.Token) -> None:
        raise OSError("disk full")

    bench.store.write = fails  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        await bench.source(bench.company.refresh_token).current()
    assert bench.box.book.calls["POST /oauth-v1/token"] == 1


@pytest.mark.parametrize("kind", ["error", "cut", "cut_after_change"])
async def test_a_renewal_whose_answer_is_lost_is_tried_once(bench: Bench, kind: faults.Kind) -> None:
    bench.box.book.add(faults.Fault(kind=kind, path="/oauth-v1/token"))
    with pytest.raises(errors.Unavailable, match="tilgangstoken"):
        await bench.source(bench.company.refresh_token).current()
    assert bench.box.book.calls["POST /oauth-v1/token"] == 1


async def test_an_ended_token_is_renewed_once_on_the_way(bench: Bench) -> None:
    fortnox_ = bench.client()
    await fortnox_.fetch_supplier("20")
    bench.box.book.add(faults.Fault(kind="expired_token", path="/3/suppliers"))
    assert (await fortnox_.fetch_supplier("20")).bg == "5050-1055"


async def test_lists_are_read_to_the_total_that_they_state(bench: Bench) -> None:
    for number in range(100, 700):
        bench.company.add_supplier_invoice(str(number), "20", Decimal(1), DAY)
    assert len(await bench.client().fetch_supplier_invoices("unpaid")) == 601
    bench.company.unapproved.add("100")
    assert [one.given_number for one in await bench.client().fetch_supplier_invoices("authorizepending")] == ["100"]


@pytest.mark.parametrize("fails_at", ["", "POST", "PUT"])
async def test_a_payment_is_registered_and_bookkept_once_wherever_it_broke(bench: Bench, fails_at: str) -> None:
    fortnox_ = bench.client()
    if fails_at:
        bench.box.book.add(faults.Fault(kind="cut_after_change", path=PATH, method=fails_at))
        with pytest.raises(errors.Uncertain):
            await fortnox_.book("supplier", PAYMENT)
        assert [one.booked for one in await fortnox_.find_payments("supplier", PAYMENT)] == [fails_at == "PUT"]
    if fails_at != "PUT":
        assert (await fortnox_.book("supplier", PAYMENT)).booked
    with pytest.raises(errors.AlreadyDelivered):
        await fortnox_.book("supplier", PAYMENT)
    assert [(one.amount, one.booked) for one in bench.company.payments["SupplierInvoicePayment"]] == [(Decimal("1250.50"), True)]
    assert (await fortnox_.fetch_supplier_invoice("71")).balance == 0


async def test_two_like_payments_of_a_customer_on_one_day_are_two(bench: Bench) -> None:
    part = wire.NewPayment(invoice_number=1001, payment_date=DAY, amount=Decimal(400), currency="SEK")
    await bench.client().book("customer", part, nth=1)
    await bench.client().book("customer", part, nth=2)
    with pytest.raises(errors.AlreadyDelivered):
        await bench.client().book("customer", part, nth=2)
    assert bench.company.balances["1001"] == 100


async def test_refusals_are_said_in_norwegian_with_fortnox_own_words_behind(bench: Bench) -> None:
    bench.company.locked_until = DAY
    assert await bench.client().fetch_locked_until() == DAY
    with pytest.raises(errors.Rejected, match=r"er registrert i Fortnox\. Bokfør den der.*«Perioden är låst.»") as refused:
        await bench.client().book("supplier", PAYMENT)
    assert refused.value.status == 400
    with pytest.raises(errors.Rejected, match="Kan inte hitta"):
        await bench.client().fetch_supplier("21")
    bench.company.has_licence = False
    with pytest.raises(errors.CredentialError, match="ingen API-lisens"):
        await bench.client().fetch_supplier("20")
