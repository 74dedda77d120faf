"""The PowerOffice clients against a small server written from the vendor's documents: tokens, v1 Factoring, v2."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import json
import socket
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fakturabro.remote import errors, http
from fakturabro.systems.poweroffice import bank_wire, books_v2, factoring_v1, go_v2, session, tokens, wire

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
KEYS = tokens.Keys(application_key="app-key-1", client_key="client-key-1", subscription_key="sub-key-1")
IDS = [uuid.UUID(int=n) for n in range(40)]


def body(number: int) -> bytes:
    return factoring_v1.to_delivered(IDS[number], kid="12345674", pdf=b"%PDF", file_name="a.pdf")


class Vendor:
    """PowerOffice as the documents say, with a list that a test may change between two pages."""

    def __init__(self) -> None:
        self.token_calls, self.calls = 0, [("", "")]
        self.valid: set[str] = set()
        self.claims: dict[str, object] = {}
        self.token_answer: Response | None = None
        self.answers: list[Response] = []
        self.rows = [{"id": str(IDS[n]), "invoiceNo": 2000 + n, "totalAmount": 100.10, "isDelivered": False} for n in range(7)]
        self.delivered: list[dict[str, object]] = []
        self.after_page = lambda: None
        self.lifetime = 1200

    async def token(self, request: Request) -> Response:
        self.token_calls += 1
        if self.token_answer:
            return self.token_answer
        pair = base64.b64encode(b"app-key-1:client-key-1").decode()
        assert request.headers["authorization"] == f"Basic {pair}"
        assert await request.body() == b"grant_type=client_credentials"
        payload = base64.urlsafe_b64encode(json.dumps(self.claims).encode()).decode().rstrip("=")
        value = f"head.{payload}.sign{self.token_calls}"
        self.valid.add(value)
        return JSONResponse({"access_token": value, "token_type": "bearer", "expires_in": self.lifetime})

    async def any(self, request: Request) -> Response:
        self.calls.append((request.url.path, str(request.query_params)))
        if request.headers.get("authorization", "")[7:] not in self.valid:
            return Response(status_code=401)
        if self.answers:
            return self.answers.pop(0)
        return await self.factoring(request)

    async def factoring(self, request: Request) -> Response:
        if request.url.path == "/Factoring/delivered/":
            body = await request.json()
            row = next(row for row in self.rows if row["id"] == body["factoringInvoiceId"])
            if row["isDelivered"]:
                return refusal("Invoice is not active", "Factoring")
            row["isDelivered"] = True
            self.delivered.append(row)
            return JSONResponse({"success": True, "data": row})
        rows = self.delivered if request.url.path == "/Factoring/InvoicesDelivered/" else self.rows
        skip, top = int(request.query_params["$skip"]), int(request.query_params["$top"])
        page = {"success": True, "data": rows[skip : skip + top], "count": len(rows)}
        self.after_page()
        return JSONResponse(page)


def refusal(summary: str, exception: str) -> Response:
    return JSONResponse({"success": False, "validation": {"errorLogReference": "2sx", "summary": summary, "exception": exception}})


class Store:
    """Tokens in memory, one lock per key."""

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


class Bench:
    """A vendor, its address and what a client is made of."""

    def __init__(self, vendor: Vendor, url: str, remote: http.Remote) -> None:
        self.vendor, self.url, self.remote, self.store, self.now = vendor, url, remote, Store(), NOW

    def source(self) -> tokens.TokenSource:
        url = f"{self.url}/OAuth/Token"
        return tokens.TokenSource(
            self.remote, url=url, keys=KEYS, tenant="solberg", budget=None, store=self.store, store_key="k", clock=lambda: self.now
        )

    def session(self) -> session.Session:
        return session.Session(
            self.remote, base=self.url, tenant="solberg", source=self.source(), budget=None, subscription_key="s"
        )


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    vendor = Vendor()
    routes = [Route("/OAuth/Token", vendor.token, methods=["POST"]), Route("/{rest:path}", vendor.any, methods=["GET", "POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        async with http.Remote(http.Limits(attempts=2, first_pause=0.01)) as remote:
            yield Bench(vendor, f"http://127.0.0.1:{listener.getsockname()[1]}", remote)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_token_is_fetched_once_and_renewed_before_it_expires(bench: Bench) -> None:
    source, other = bench.source(), bench.source()
    first = await asyncio.gather(*(source.current() for _ in range(5)), other.current())
    assert len({token.value for token in first}) == 1
    assert bench.vendor.token_calls == 1
    bench.now = NOW + dt.timedelta(seconds=1139)
    assert (await source.current()).value == first[0].value
    bench.now = NOW + dt.timedelta(seconds=1140)
    assert (await source.current()).value != first[0].value
    assert (await other.current()).value == (await source.current()).value
    assert bench.vendor.token_calls == 2


async def test_a_short_lived_token_is_used_for_nine_tenths_of_its_life(bench: Bench) -> None:
    bench.vendor.lifetime = 10
    assert (await bench.source().current()).renew_at == NOW + dt.timedelta(seconds=9)


async def test_a_401_renews_once_for_all_and_repeats_the_call(bench: Bench) -> None:
    calls = bench.session()
    await calls.send("GET", "/Factoring/AvailableInvoices/?$skip=0&$top=1", changes=False)
    bench.vendor.valid.clear()
    sent = (calls.send("POST", "/Factoring/AvailableInvoices/?$skip=0&$top=1", changes=True, content=b"{}") for _ in range(4))
    assert {answer.status for answer in await asyncio.gather(*sent)} == {200}
    assert bench.vendor.token_calls == 2


async def test_a_401_that_stays_is_for_operators_and_names_no_key(bench: Bench) -> None:
    bench.vendor.answers = [Response(status_code=401), Response(status_code=401)]
    with pytest.raises(errors.CredentialError, match="solberg"):
        await bench.session().send("GET", "/x", changes=False)
    assert bench.vendor.token_calls == 2


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_wrong_keys_say_what_the_client_must_do(status: int, bench: Bench) -> None:
    text = "Client integration not found: client-key-1"
    bench.vendor.token_answer = JSONResponse({"error": "invalid_client", "error_description": text}, status)
    with pytest.raises(errors.CredentialError) as caught:
        await bench.session().send("GET", "/x", changes=False)
    for words in ("solberg", "invalid_client", "Meny > Innstillinger > Utvidelser", "samme miljø"):
        assert words in str(caught.value)
    for key in ("app-key-1", "client-key-1", "sub-key-1"):
        assert key not in f"{caught.value}{KEYS!r}"
    assert bench.store.tokens == {}


async def test_a_403_names_what_the_clients_subscription_lacks(bench: Bench) -> None:
    bench.vendor.claims = {"goInvalidPrivileges": ["OutgoingInvoice_Full"], "goActiveClientSubscriptions": "Regnskap"}
    bench.vendor.answers = [Response(status_code=403)]
    with pytest.raises(errors.CredentialError, match=r"OutgoingInvoice_Full.*Regnskap"):
        await bench.session().send("GET", "/x", changes=False)


@pytest.mark.parametrize("value", ["opaque", "a.!!!.c", "a.e30.c", "a.W10.c", "a.eyJnb0ludmFsaWRQcml2aWxlZ2VzIjogM30.c"])
def test_a_token_that_is_no_jwt_claims_nothing(value: str) -> None:
    assert tokens.claims(tokens.Token(value=value, renew_at=NOW, expires_at=NOW)) == wire.TokenClaims()


def test_no_repr_shows_a_token() -> None:
    token = tokens.Token(value="t0ken", renew_at=NOW, expires_at=NOW)
    assert "t0ken" not in f"{token!r}{wire.TokenAnswer(access_token='t0ken', expires_in=1)!r}"


async def numbers(service: factoring_v1.FactoringV1, page_size: int) -> list[int]:
    return [row.invoice_no async for page in service.fetch_available_invoices(page_size=page_size) for row in page.data or []]


@pytest.mark.parametrize("page_size", [1, 3, 7, 1000])
async def test_all_pages_are_read_in_order(page_size: int, bench: Bench) -> None:
    assert await numbers(factoring_v1.FactoringV1(bench.session()), page_size) == list(range(2000, 2007))
    assert "%24orderby=InvoiceNo+asc" in bench.vendor.calls[-1][1]


async def test_an_empty_list_is_empty(bench: Bench) -> None:
    bench.vendor.rows = []
    assert await numbers(factoring_v1.FactoringV1(bench.session()), 5) == []


async def test_rows_that_move_while_paging_are_read_again(bench: Bench) -> None:
    def lose_the_first() -> None:
        bench.vendor.rows.pop(0)
        bench.vendor.after_page = lambda: None

    bench.vendor.after_page = lose_the_first
    assert sorted(await numbers(factoring_v1.FactoringV1(bench.session()), 3)) == list(range(2000, 2007))


async def test_a_list_that_never_stands_still_says_so(bench: Bench) -> None:
    bench.vendor.after_page = lambda: bench.vendor.rows.pop(0) and None
    with pytest.raises(session.IncompleteListError):
        await numbers(factoring_v1.FactoringV1(bench.session()), 2)


async def test_a_list_without_a_count_ends_at_an_empty_page_or_complains(bench: Bench) -> None:
    page = {"success": True, "data": bench.vendor.rows[:2]}
    bench.vendor.answers = [JSONResponse(page), JSONResponse({"success": True, "data": []})]
    assert await numbers(factoring_v1.FactoringV1(bench.session()), 2) == [2000, 2001]
    bench.vendor.answers = [JSONResponse(page) for _ in range(4)]
    with pytest.raises(session.IncompleteListError):
        await numbers(factoring_v1.FactoringV1(bench.session()), 2)


async def test_success_false_is_a_rejection_and_about_access_a_credential_error(bench: Bench) -> None:
    service = factoring_v1.FactoringV1(bench.session())
    bench.vendor.answers = [refusal("Invalid operator", "OData")]
    with pytest.raises(errors.Rejected) as caught:
        await numbers(service, 5)
    assert caught.value.detail == "OData. Invalid operator"
    assert "2sx" in str(caught.value)
    bench.vendor.answers = [refusal("Missing privilege", "UnauthorizedAccess")]
    with pytest.raises(errors.CredentialError, match="solberg"):
        await numbers(service, 5)


async def test_amounts_are_read_to_the_last_digit(bench: Bench) -> None:
    bench.vendor.answers = [
        Response(
            b'{"success":true,"count":1,"data":[{"id":"%s","invoiceNo":1,"totalAmount":9007199254740993.10,"new":1}]}'
            % str(IDS[1]).encode()
        )
    ]
    pages = [page async for page in factoring_v1.FactoringV1(bench.session()).fetch_available_invoices()]
    assert pages[0].data is not None
    assert pages[0].data[0].total_amount == Decimal("9007199254740993.10")


async def test_numbers_may_be_written_as_text(bench: Bench) -> None:
    bench.vendor.rows[1] |= {"invoiceNo": "2001", "customerCode": "10001", "totalAmount": "100.10", "factoringInvoiceStatus": "1"}
    pages = [page async for page in factoring_v1.FactoringV1(bench.session()).fetch_available_invoices()]
    row = pages[0].data[1]
    assert (row.invoice_no, row.customer_code, row.total_amount, row.factoring_invoice_status) == (
        2001,
        10001,
        Decimal("100.10"),
        1,
    )
    assert [page.unreadable for page in pages] == [[]]


ODD: list[dict[str, object]] = [
    {"invoiceNo": None},
    {"customerCode": "ti tusen"},
    {"totalAmount": "1,5"},
    {"totalAmount": "NaN"},
    {"isDelivered": "kanskje"},
]


@pytest.mark.parametrize("page_size", [1, 3, 1000])
@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_a_row_that_cannot_be_read_costs_only_itself(odd: dict[str, object], page_size: int, bench: Bench) -> None:
    bench.vendor.rows[2] |= odd
    pages = [page async for page in factoring_v1.FactoringV1(bench.session()).fetch_available_invoices(page_size=page_size)]
    assert [row.invoice_no for page in pages for row in page.data] == [2000, 2001, 2003, 2004, 2005, 2006]
    (unreadable,) = [row for page in pages for row in page.unreadable]
    assert unreadable.id == str(IDS[2])
    assert unreadable.reason
    assert len(bench.vendor.calls) == 1 + -(-7 // page_size)


async def test_rows_without_an_id_are_told_apart_and_named_the_same_next_time(bench: Bench) -> None:
    odd = [None, 7, "x", {"invoiceNo": 1}, {"id": "", "invoiceNo": 2}]
    bench.vendor.answers = [JSONResponse({"success": True, "data": odd, "count": 5}) for _ in range(2)]
    found = []
    for _ in range(2):
        (page,) = [page async for page in factoring_v1.FactoringV1(bench.session()).fetch_available_invoices()]
        assert page.data == []
        found.append([row.id for row in page.unreadable])
    assert found[0] == found[1]
    assert len(set(found[0])) == 5


async def test_bytes_that_are_no_utf_8_cost_only_their_row(bench: Bench) -> None:
    rows = b'{"id":"%s","invoiceNo":1,"projectName":"\xe6"},{"id":"%s","invoiceNo":2}' % (
        str(IDS[1]).encode(),
        str(IDS[2]).encode(),
    )
    bench.vendor.answers = [Response(b'{"success":true,"count":2,"data":[' + rows + b"]}")]
    (page,) = [page async for page in factoring_v1.FactoringV1(bench.session()).fetch_available_invoices()]
    assert ([row.invoice_no for row in page.data], len(page.unreadable)) == ([2], 1)


async def test_rows_that_move_are_read_again_among_unreadable_ones(bench: Bench) -> None:
    def lose_the_first() -> None:
        bench.vendor.rows.pop(0)
        bench.vendor.after_page = lambda: None

    bench.vendor.rows[4] |= {"invoiceNo": None}
    bench.vendor.after_page = lose_the_first
    pages = [page async for page in factoring_v1.FactoringV1(bench.session()).fetch_available_invoices(page_size=3)]
    assert sorted(row.invoice_no for page in pages for row in page.data) == [2000, 2001, 2002, 2003, 2005, 2006]
    assert [row.id for page in pages for row in page.unreadable] == [str(IDS[4])]


async def test_a_delivery_with_an_odd_row_in_its_answer_is_still_a_delivery(bench: Bench) -> None:
    service = factoring_v1.FactoringV1(bench.session())
    bench.vendor.rows[2] |= {"customerCode": "10001"}
    bench.vendor.rows[3] |= {"customerCode": "ti tusen"}
    answer = await service.deliver(IDS[2], invoice_no=2002, body=body(2))
    assert answer is not None
    assert answer.customer_code == 10001
    assert await service.deliver(IDS[3], invoice_no=2003, body=body(3)) is None
    bench.vendor.answers = [JSONResponse({"success": True, "data": None}), JSONResponse({"success": True})]
    for _ in range(2):
        assert await service.deliver(IDS[4], invoice_no=2004, body=body(4)) is None


async def test_a_read_back_with_an_unreadable_row_proves_no_absence(bench: Bench) -> None:
    bench.vendor.delivered = [bench.vendor.rows[0], bench.vendor.rows[1] | {"invoiceNo": None}]
    with pytest.raises(session.IncompleteListError, match=str(IDS[1])):
        await factoring_v1.FactoringV1(bench.session()).find_delivered([2000, 2001])


async def test_deliver_and_a_repeat(bench: Bench) -> None:
    service = factoring_v1.FactoringV1(bench.session())
    deliver = {"invoice_no": 2002, "body": body(2)}
    assert (await service.deliver(IDS[2], **deliver)).is_delivered
    with pytest.raises(errors.AlreadyDelivered) as caught:
        await service.deliver(IDS[2], **deliver)
    assert isinstance(caught.value.standing, wire.FactoringInvoiceDetails)
    assert caught.value.standing.id == IDS[2]
    bench.vendor.delivered.clear()
    with pytest.raises(errors.Rejected, match="not active"):
        await service.deliver(IDS[2], **deliver)


async def test_a_deliver_that_failed_half_way_is_uncertain(bench: Bench) -> None:
    bench.vendor.answers = [Response(status_code=500)]
    with pytest.raises(errors.Uncertain):
        await factoring_v1.FactoringV1(bench.session()).deliver(IDS[2], invoice_no=2002, body=body(2))


async def test_many_numbers_are_read_back_in_several_questions(bench: Bench) -> None:
    bench.vendor.delivered = bench.vendor.rows[:2]
    found = await factoring_v1.FactoringV1(bench.session()).find_delivered(range(2000, 2090))
    assert set(found) == set(IDS[:2])
    assert len([path for path, _ in bench.vendor.calls if path == "/Factoring/InvoicesDelivered/"]) == 3


async def test_an_ehf_comes_as_it_stands_and_a_refusal_is_none(bench: Bench) -> None:
    service = factoring_v1.FactoringV1(bench.session())
    bench.vendor.answers = [Response(b"\xef\xbb\xbf<Invoice/>\n"), refusal("Not found", "ObjectNotFound")]
    assert await service.fetch_ehf(IDS[1]) == b"\xef\xbb\xbf<Invoice/>\n"
    with pytest.raises(errors.Rejected, match="Not found"):
        await service.fetch_ehf(IDS[1])


def page_of(rows: list[dict[str, object]], link: str | None) -> Response:
    return JSONResponse(rows, headers={"X-Pagination": json.dumps({"nextPageLink": link})})


async def test_v2_pages_are_followed_by_query_only(bench: Bench) -> None:
    bench.vendor.answers = [
        page_of(
            [{"Id": 1, "Number": 10001}],
            "https://elsewhere.example/v2/Customers?customerNos=10001-10005&PageNumber=2&PageSize=5000",
        ),
        page_of([{"Id": 2, "Number": 10002, "InvoiceEmailAddressCC": "a@b.no", "MailAddress": {"AddressLine1": "Gata 1"}}], None),
    ]
    cards = await go_v2.GoV2(bench.session()).fetch_customers(["10001-10005"])
    assert [card.number for card in cards] == [10001, 10002]
    assert (cards[1].invoice_email_address_cc, cards[1].mail_address and cards[1].mail_address.address_line1) == (
        "a@b.no",
        "Gata 1",
    )
    assert bench.vendor.calls[-1] == ("/Customers", "customerNos=10001-10005&PageNumber=2&PageSize=5000")


async def test_v2_nothing_is_204_and_a_hundred_numbers_are_one_call(bench: Bench) -> None:
    bench.vendor.answers = [Response(status_code=204), page_of([{"Id": 7}], None), Response(status_code=204)]
    assert [card.id for card in await go_v2.GoV2(bench.session()).fetch_customers(range(10000, 10250))] == [7]
    assert len([path for path, _ in bench.vendor.calls if path == "/Customers"]) == 3


@pytest.mark.parametrize("number", ["1,2", "", "10-5-3", "1 or 1", "-5"])
async def test_v2_numbers_are_numbers(number: str, bench: Bench) -> None:
    with pytest.raises(ValueError, match="customer number"):
        await go_v2.GoV2(bench.session()).fetch_customers([number])


@pytest.mark.parametrize("header", [None, "no json", '{"nextPageLink":"?PageNumber=1"}'])
async def test_v2_a_list_that_may_be_cut_says_so(header: str | None, bench: Bench) -> None:
    rows = [{"Id": n} for n in range(5000)]
    headers = {"X-Pagination": header} if header else None
    bench.vendor.answers = [JSONResponse(rows, headers=headers) for _ in range(3)]
    with pytest.raises(session.IncompleteListError):
        await go_v2.GoV2(bench.session()).fetch_customers([1])


async def test_v2_filters_of_outgoing_invoices(bench: Bench) -> None:
    bench.vendor.answers = [
        page_of([{"Id": str(IDS[1]), "InvoiceNo": 5, "Cid": "123", "Balance": 0.1}], None),
        Response(status_code=204),
    ]
    service = go_v2.GoV2(bench.session())
    found = [row async for page in service.fetch_outgoing_invoices(invoice_numbers=[5, 6]) for row in page]
    assert (found[0].cid, found[0].balance) == ("123", Decimal("0.1"))
    assert "invoiceNos=5%2C6" in bench.vendor.calls[-1][1]
    async for _ in service.fetch_outgoing_invoices(sent_after=NOW, first_voucher_number=9):
        pass
    assert "sentDateTimeOffsetGreaterThan=2026-11-23T08%3A00%3A00%2B00%3A00" in bench.vendor.calls[-1][1]
    assert "voucherNos=9-" in bench.vendor.calls[-1][1]
    with pytest.raises(ValueError, match="time zone"):
        async for _ in service.fetch_changed_customers(dt.datetime(2026, 1, 1)):  # noqa: DTZ001 - the point of the test
            pass


async def test_v2_the_connection_test_names_what_is_missing(bench: Bench) -> None:
    bench.vendor.answers = [JSONResponse({"ClientId": "c1", "ClientName": "Solberg AS", "ValidPrivileges": ["Customer_Full"]})]
    found = await go_v2.GoV2(bench.session()).find_integration()
    assert (found.client_id, found.client_name, found.missing) == ("c1", "Solberg AS", ("OutgoingInvoice",))


LINES = [
    bank_wire.VoucherLine(account_id=n, posting_date=NOW.date(), vat_id=6, currency_amount=Decimal(amount), invoice_no=invoice)
    for n, amount, invoice in ((1, "10.10", None), (2, "-10.10", "1001"))
]
VOUCHER = bank_wire.BankVoucher(
    voucher_date=NOW.date(), currency_code="NOK", description="", external_import_reference="r", voucher_lines=LINES
)


def posted(**first: object) -> dict[str, object]:
    """What is answered to VOUCHER, but for the first line."""
    lines = [
        {"AccountId": n, "PostingDate": "2026-11-23", "VatId": 6, "CurrencyAmount": amount}
        for n, amount in ((1, 10.10), (2, -10.10))
    ]
    return {"Id": str(IDS[1]), "VoucherNo": 7, "CurrencyCode": "NOK", "VoucherLines": [{**lines[0], **first}, lines[1]]}


async def test_v2_a_conflict_is_final_and_says_what_go_says(bench: Bench) -> None:
    conflict = JSONResponse({"title": "Conflict", "detail": "The journal is in use."}, 409)
    bench.vendor.answers = [conflict, *(Response(status_code=204) for _ in range(2))]
    with pytest.raises(errors.Rejected) as refused:
        await books_v2.BooksV2(bench.session(), lag=0).post(VOUCHER, 1)
    said = "PowerOffice tok ikke imot bilaget (409): Conflict. The journal is in use. Ingenting av det er ført."
    assert (str(refused.value), refused.value.status) == (said, 409)


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [({}, True), ({"VatId": None}, True), ({"VatId": 7}, False), ({"CurrencyAmount": 10.11}, False), ({"InvoiceNo": "1002"}, False),
     ({"PostingDate": "2026-11-24"}, False), ({"AccountId": 3}, False)],
)  # fmt: skip
async def test_v2_what_was_posted_is_what_was_sent(changes: dict[str, object], is_same: bool, bench: Bench) -> None:
    bench.vendor.answers = [JSONResponse(posted(**changes), 201)]
    expected = contextlib.nullcontext() if is_same else pytest.raises(errors.Rejected, match=r"Bilag 7 .* andre beløp")
    with expected:
        await books_v2.BooksV2(bench.session()).post(VOUCHER, 1)


async def test_v2_what_was_posted_a_moment_ago_is_found_though_reading_lags(bench: Bench) -> None:
    again = JSONResponse({"title": "Voucher validation error(s)"}, 400)
    turned = {"VoucherId": str(IDS[2]), "ExternalImportReference": "r", "ReversedVoucherId": str(IDS[3])}
    seen = [page_of([*some, turned], None) for some in ([], [{"VoucherId": str(IDS[1]), "ExternalImportReference": "r"}])]
    service, stands = books_v2.BooksV2(bench.session(), lag=0), JSONResponse(posted())
    bench.vendor.answers = [again, *seen, stands]
    with pytest.raises(errors.AlreadyDelivered, match="bilag 7"):
        await service.post(VOUCHER, 1)
    bench.vendor.answers = [stands, again, JSONResponse({**posted(), "IsReversed": True})]
    with pytest.raises(errors.AlreadyDelivered, match="Bilag 7 er allerede tilbakeført"):
        await service.reverse(IDS[1])


async def test_v2_a_404_that_is_not_the_services_own_word_proves_no_absence(bench: Bench) -> None:
    bench.vendor.answers = [Response(status_code=404), JSONResponse({"title": "Object(s) not found"}, 404)]
    service = books_v2.BooksV2(bench.session())
    with pytest.raises(errors.Unavailable):
        await service.fetch_voucher(IDS[1])
    assert await service.fetch_voucher(IDS[1]) is None
