"""The factoring and access point sandboxes answer as the two contracts of ours say, and fail as they are told to."""

from __future__ import annotations

import pathlib
import uuid
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import openapi_schema_validator as oas
import pytest
import yaml

from fakturabro.domain import return_data
from fakturabro.formats.movement_list import layout
from fakturabro.systems.factoring import wire
from sandboxes import access_point, faults, serving
from sandboxes.factoring import movements
from sandboxes.factoring import sandbox as factoring
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
    standing = {one["account"]: one["amount"] for one in ledger.get("/sandbox/state").json()["trial_balance"]}
    assert [standing[name] for name in ("bank", "client", "suspense", "debtors")] == ["1000.00", "-1000.00", "0.00", "250.00"]


@pytest.mark.parametrize(
    "changes",
    [{"amount": "1"}, {"kind": "gift"}, {"allocations": [{"type": "invoice", "number": "5001", "amount": "1250.01"}]},
     {"amount": "800.00"}, {"allocations": [{"type": "invoice", "number": "9", "amount": "1.00"}]}, {"amount": "-1000.00"}],
)  # fmt: skip
def test_a_payment_that_cannot_be_is_refused(ledger: httpx.Client, company: factoring.Factoring, changes: dict[str, Any]) -> None:
    book(ledger)
    LEDGER.check(refused := pay(ledger, **changes), PAYMENTS, "post")
    assert (refused.status_code, company.payments.posted) == (422, {})


MOVEMENTS, BALANCE = "/ledger/{client}/movements", "/ledger/{client}/balance"
MADE: dict[str, Any] = {
    "kind": "administrative_fee", "date": "2026-11-20", "amount": "125.00", "vat": "25.00", "vat_rate": "0.25", "text": "Gebyr",
}  # fmt: skip


def test_everybody_knows_the_same_kinds() -> None:
    kinds = tuple(LEDGER.document["components"]["schemas"]["Movement"]["properties"]["kind"]["enum"])
    assert kinds == return_data.IMPORTED == get_args(wire.MovementKind) == get_args(movements.Kind) == tuple(layout.KINDS)


def make(ledger: httpx.Client, client: str = "4711", **changes: Any) -> httpx.Response:
    return ledger.post(f"/sandbox/ledger/{client}/movements", json=MADE | changes)


def owed(ledger: httpx.Client, day: str = "2026-11-23") -> list[tuple[str, str]]:
    sheet = LEDGER.check(ledger.get("/ledger/4711/balance", params={"date": day}), BALANCE, "get")
    return [(one["currency"], one["amount"]) for one in sheet["balances"]]


def test_what_the_company_owes_follows_from_its_double_entry(ledger: httpx.Client, company: factoring.Factoring) -> None:
    book(ledger)
    assert (pay(ledger).status_code, owed(ledger), owed(ledger, "2026-11-22")) == (201, [("NOK", "900.00")], [])
    back = [{"type": "invoice", "number": "5001", "amount": "-400.00"}]
    assert pay(ledger, reference="r", kind="reversal", amount="-400.00", allocations=back).status_code == 201
    first = make(ledger).json()
    assert make(ledger, kind="payout", amount="600.00", vat=None, vat_rate=None, date="2026-11-24").status_code == 201
    assert make(ledger, currency="EUR", amount="12.50", vat="2.50").status_code == 201
    assert owed(ledger) == [("EUR", "-12.50"), ("NOK", "375.00")]
    assert owed(ledger, "2026-11-24") == [("EUR", "-12.50"), ("NOK", "-225.00")]
    said = LEDGER.check(ledger.get("/ledger/4711/movements", params={"after": first["id"]}), MOVEMENTS, "get")["movements"]
    assert [(one["id"], one["kind"], one["amount"]) for one in said] == [
        (2, "payout", "600.00"),
        (3, "administrative_fee", "12.50"),
    ]
    standing = ledger.get("/sandbox/state").json()["trial_balance"]
    assert {one["account"]: one["amount"] for one in standing if one["currency"] == "NOK"} == {
        "assigned": "-750.00", "bank": "0.00", "client": "225.00", "debtors": "750.00", "fees": "-100.00", "output_vat": "-25.00",
        "suspense": "-100.00",
    }  # fmt: skip
    assert all(sum(amount for _, amount in one.lines) == 0 for one in company.books.vouchers)


def test_staff_may_post_otherwise_and_take_off_a_claim(ledger: httpx.Client) -> None:
    book(ledger)
    passed_on = [{"account": "bank", "amount": "70.00"}, {"account": "client", "amount": "-70.00"}]
    assert make(ledger, kind="reminder_fee", amount="70.00", lines=passed_on).status_code == 201
    assert make(ledger, kind="payment", amount="1000.00", invoice_number="5001").status_code == 201
    assert make(ledger, kind="bad_debt", amount="100.00", invoice_number="5001").status_code == 201
    assert owed(ledger) == [("NOK", "1070.00")]
    assert ledger.get("/ledger/4711/open-items").json()["items"][0]["open"] == "150.00"
    assert LEDGER.check(ledger.get("/ledger/4711/movements"), MOVEMENTS, "get")["movements"][0]["kind"] == "reminder_fee"


NO_MOVEMENTS: list[dict[str, Any]] = [
    {"kind": "gift"}, {"kind": "settled"}, {"amount": "12"}, {"amount": "1.005"}, {"currency": "NO"}, {"surprise": 1},
    {"vat_rate": "25"}, {"date": "20.11.2026"}, {"lines": []}, {"lines": [{"account": "kasse", "amount": "0.00"}] * 2},
    {"lines": [{"account": "client", "amount": "125.00"}, {"account": "fees", "amount": "-124.99"}]},
    {"kind": "payment", "invoice_number": "5001", "amount": "1250.01"},
]  # fmt: skip


def test_what_is_no_movement_is_refused(ledger: httpx.Client, company: factoring.Factoring) -> None:
    book(ledger)
    assert [one for one in NO_MOVEMENTS if make(ledger, **one).status_code != 422] == []
    assert (company.movements.made, len(company.books.vouchers), owed(ledger)) == ([], 1, [])


def test_movements_and_balances_are_for_those_who_may_know(ledger: httpx.Client) -> None:
    assert (make(ledger, "9999").status_code, ledger.get("/sandbox/ledger/9999/movements.csv").status_code) == (404, 404)
    for path, params in (("movements", {"after": "x"}), ("balance", {"date": "i dag"}), ("balance", {})):
        LEDGER.check(refused := ledger.get(f"/ledger/4711/{path}", params=params), f"/ledger/{{client}}/{path}", "get")
        assert refused.status_code == 422
        assert ledger.get(f"/ledger/9999/{path}").status_code == 404
        assert ledger.get(f"/ledger/4711/{path}", headers={"Authorization": "Bearer wrong"}).status_code == 401


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
