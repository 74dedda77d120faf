"""The factoring and access point sandboxes answer as the two contracts of ours say, and fail as they are told to."""

from __future__ import annotations

import pathlib
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import openapi_schema_validator as oas
import pytest
import yaml

from sandboxes import access_point, factoring, faults, serving
from sandboxes.seed import clients as seed

SYSTEMS = pathlib.Path(__file__).parents[2] / "fakturabro" / "systems"
SEED = seed.companies()
GOOD = next(one for one in SEED.expected if not one.problems and one.channel == "ehf" and one.kind == "invoice")
DOCUMENT = SEED.clients[GOOD.client_key].invoices[GOOD.invoice_id].document()
SELLER = f"0192:{SEED.clients[GOOD.client_key].organisation_number}"
RECEIVER = next(f"0192:{card['OrganizationNumber']}" for card in [SEED.clients[GOOD.client_key].card(GOOD.buyer)] if card)
ENTRY: dict[str, Any] = {
    "number": "5001", "type": "invoice", "kid": "1000050018", "amount": "1250.00", "currency": "NOK", "invoice_date": "2026-11-20",
    "due_date": "2026-12-04", "original_number": None, "buyer_number": "10001", "buyer_name": "Ærlige Kunder AS",
    "buyer_organisation_number": "310020001", "distributed": False,
    "buyer_address": {"lines": ["Fjordgata 30"], "post_code": "7010", "place": "TRONDHEIM", "country": "NO"},
}  # fmt: skip


class Contract:
    def __init__(self, system: str) -> None:
        self.document = yaml.safe_load((SYSTEMS / system / "contract.openapi.yaml").read_text(encoding="utf-8"))

    def check(self, response: httpx.Response, path: str, method: str) -> Any:
        stated = self.document["paths"][path][method]["responses"][str(response.status_code)]
        if "$ref" in stated:
            stated = self.document["components"]["responses"][stated["$ref"].rpartition("/")[2]]
        media = stated["content"][response.headers["content-type"]]
        schema = {**media["schema"], "components": self.document["components"]}
        oas.OAS30Validator(schema, format_checker=oas.oas30_format_checker).validate(response.json())
        return response.json()


LEDGER, POINT = Contract("factoring"), Contract("access_point")
ENTRIES, ONE = "/ledger/{client}/entries", "/ledger/{client}/entries/{type}/{number}"


@pytest.fixture
def company() -> factoring.Factoring:
    return factoring.Factoring("key-of-factoring", {"4711": "Nidelven Renhold"})


@pytest.fixture
def point() -> access_point.AccessPoint:
    return access_point.AccessPoint("key-of-partner", SEED.receivers)


@pytest.fixture
def ledger(company: factoring.Factoring) -> Iterator[httpx.Client]:
    yield from _served(company.app, company.key)


@pytest.fixture
def partner(point: access_point.AccessPoint) -> Iterator[httpx.Client]:
    yield from _served(point.app, point.key)


def _served(app: faults.Faulty, key: str) -> Iterator[httpx.Client]:
    servers = serving.Servers({"one": app})
    servers.start()
    with httpx.Client(base_url=servers.url("one"), headers={"Authorization": f"Bearer {key}"}, verify=False) as client:  # noqa: S501
        yield client
    servers.stop()


def book(ledger: httpx.Client, client: str = "4711", **changes: Any) -> httpx.Response:
    return ledger.post(f"/ledger/{client}/entries", json=ENTRY | changes)


def test_an_entry_is_booked_once_and_read_back(ledger: httpx.Client) -> None:
    booked = book(ledger)
    assert booked.status_code == 201
    entry = LEDGER.check(booked, ENTRIES, "post")
    assert (entry["channel"], entry["kid"]) == ("none", "1000050018")
    again = book(ledger, amount="1.00", kid="999")
    assert again.status_code == 409
    assert LEDGER.check(again, ENTRIES, "post") == entry
    assert LEDGER.check(ledger.get("/ledger/4711/entries/invoice/5001"), ONE, "get") == entry
    assert ledger.get("/ledger/4711/entries/credit_note/5001").status_code == 404
    assert book(ledger, type="credit_note").status_code == 201


PAYMENTS, PAYMENT = "/ledger/{client}/payments", "/ledger/{client}/payments/{reference}"
PAID: dict[str, Any] = {
    "reference": "86011117947:B1/2", "kind": "payment", "date": "2026-11-23", "amount": "1000.00", "currency": "NOK", "kid": "1",
    "payer_name": "Kari", "allocations": [{"type": "invoice", "number": "5001", "amount": "900.00"}],
}  # fmt: skip


def pay(ledger: httpx.Client, **changes: Any) -> httpx.Response:
    return ledger.post("/ledger/4711/payments", json=PAID | changes)


def test_a_payment_is_posted_once_and_what_is_in_suspense_is_settled_once(ledger: httpx.Client) -> None:
    book(ledger)
    paid = LEDGER.check(pay(ledger), PAYMENTS, "post")
    assert (paid["suspense"], LEDGER.check(pay(ledger, amount="1.00", allocations=[]), PAYMENTS, "post")) == ("100.00", paid)
    at = f"/ledger/4711/payments/{PAID['reference'].replace('/', '%2F')}"
    assert LEDGER.check(ledger.get(at), PAYMENT, "get") == paid
    said = {"id": "a", "allocations": [{"type": "invoice", "number": "5001", "amount": "100.00"}]}
    for _ in range(2):
        settled = LEDGER.check(ledger.post(f"{at}/allocations", json=said), f"{PAYMENT}/allocations", "post")
        assert settled["suspense"] == "0.00"
    assert ledger.post(f"{at}/allocations", json=said | {"id": "b"}).status_code == 422
    items = LEDGER.check(ledger.get("/ledger/4711/open-items"), "/ledger/{client}/open-items", "get")["items"]
    assert [(one["number"], one["open"]) for one in items] == [("5001", "250.00")]


@pytest.mark.parametrize(
    "changes",
    [{"amount": "1"}, {"kind": "gift"}, {"allocations": [{"type": "invoice", "number": "5001", "amount": "1250.01"}]},
     {"amount": "800.00"}, {"allocations": [{"type": "invoice", "number": "9", "amount": "1.00"}]}, {"amount": "-1000.00"}],
)  # fmt: skip
def test_a_payment_that_cannot_be_is_refused(ledger: httpx.Client, company: factoring.Factoring, changes: dict[str, Any]) -> None:
    book(ledger)
    LEDGER.check(refused := pay(ledger, **changes), PAYMENTS, "post")
    assert (refused.status_code, company.payments.posted) == (422, {})


@pytest.mark.parametrize(
    "changes",
    [{"amount": "12"}, {"amount": "12.345"}, {"amount": 12.5}, {"currency": "NO"}, {"type": "reminder"},
     {"invoice_date": "20.11.2026"}, {"surprise": 1}, {"kid": None}],
)  # fmt: skip
def test_what_is_no_entry_is_refused(ledger: httpx.Client, company: factoring.Factoring, changes: dict[str, Any]) -> None:
    refused = book(ledger, **changes)
    assert refused.status_code == 422
    LEDGER.check(refused, ENTRIES, "post")
    assert not company.state.entries


def test_entries_after_an_id(ledger: httpx.Client) -> None:
    ids = [book(ledger, number=str(number)).json()["id"] for number in range(3)]
    page = LEDGER.check(ledger.get("/ledger/4711/entries", params={"after": ids[0]}), ENTRIES, "get")
    assert ([entry["id"] for entry in page["entries"]], page["total"]) == (ids[1:], 3)


def test_distribution_may_be_repeated(ledger: httpx.Client) -> None:
    book(ledger)
    path = "/ledger/4711/entries/invoice/5001/distribution"
    for _ in range(2):
        answer = ledger.put(path, json={"channel": "email"})
        assert LEDGER.check(answer, ONE + "/distribution", "put")["channel"] == "email"
    assert ledger.put(path.replace("5001", "9"), json={"channel": "ehf"}).status_code == 404
    assert ledger.put(path, json={"channel": "pigeon"}).status_code == 422


def test_wrong_key_and_unknown_client(ledger: httpx.Client) -> None:
    unknown = book(ledger, client="9999")
    assert unknown.status_code == 404
    LEDGER.check(unknown, ENTRIES, "post")
    ledger.headers["Authorization"] = "Bearer wrong"
    refused = ledger.get("/ledger/4711/entries")
    assert refused.status_code == 401
    LEDGER.check(refused, ENTRIES, "get")


def test_booked_although_the_connection_was_cut(ledger: httpx.Client, company: factoring.Factoring) -> None:
    company.book.add(faults.Fault(kind="cut_after_change", method="POST"))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        book(ledger)
    assert book(ledger).status_code == 409
    company.book.add(faults.Fault(kind="throttled"))
    LEDGER.check(book(ledger), ENTRIES, "post")


def test_a_fault_that_is_none_is_refused(ledger: httpx.Client) -> None:
    assert ledger.post("/sandbox/faults", json={"kind": "earthquake"}).status_code == 422
    assert ledger.post("/sandbox/faults", json={"kind": "cut", "surprise": 1}).status_code == 422
    assert ledger.get("/sandbox/faults").json() == []


def send(partner: httpx.Client, body: bytes = DOCUMENT, message: str = "", **headers: str) -> httpx.Response:
    ends = {"X-Sender": SELLER, "X-Receiver": RECEIVER, "Content-Type": "application/xml"}
    return partner.put(f"/messages/{message or uuid.uuid4()}", content=body, headers=ends | headers)


def test_a_message_is_kept_byte_for_byte(partner: httpx.Client, point: access_point.AccessPoint) -> None:
    message = str(uuid.uuid4())
    sent = send(partner, message=message)
    assert sent.status_code == 201
    taken = POINT.check(sent, "/messages/{message_id}", "put")
    assert point.state.messages[message].body == DOCUMENT
    again = send(partner, message=message, body=b"<other/>")
    assert again.status_code == 409
    assert POINT.check(again, "/messages/{message_id}", "put") == taken
    assert POINT.check(partner.get(f"/messages/{message}"), "/messages/{message_id}", "get") == taken
    assert partner.get(f"/messages/{uuid.uuid4()}").status_code == 404


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (DOCUMENT[:500], {}),
        (b"<Invoice/>", {}),
        (DOCUMENT.replace(b"<Invoice ", b"<!DOCTYPE Invoice>\n<Invoice ", 1), {}),
        (DOCUMENT, {"X-Sender": "0192:999999999"}),
        (DOCUMENT, {"X-Receiver": next(one for one in SEED.receivers if one != RECEIVER)}),
        (DOCUMENT, {"X-Receiver": "0192:999999999"}),
    ],
)
def test_a_document_that_is_not_taken(
    partner: httpx.Client, point: access_point.AccessPoint, body: bytes, headers: dict[str, str]
) -> None:
    refused = send(partner, body=body, **headers)
    assert refused.status_code == 422
    POINT.check(refused, "/messages/{message_id}", "put")
    assert not point.state.messages


def test_end_points_need_not_be_checked(partner: httpx.Client, point: access_point.AccessPoint) -> None:
    point.state.checks_endpoints = False
    assert send(partner, **{"X-Sender": "0192:999999999"}).status_code == 201
    assert send(partner, message="no-uuid").status_code == 422
    partner.headers["Authorization"] = "Bearer wrong"
    assert send(partner).status_code == 401
