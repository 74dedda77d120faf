"""The PowerOffice sandbox answers as the vendor's specifications say, and keeps the rules that are stated in words."""

from __future__ import annotations

import base64
import json
import pathlib
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openapi_schema_validator as oas
import pytest
import yaml

from sandboxes import faults, main
from sandboxes.poweroffice import sandbox

pytestmark = pytest.mark.contract
PLENTY = 1_000_000
HTTP = httpx.Client(verify=False)  # noqa: S501 - loopback without TLS; loading certificates costs 30 ms a client


class Spec:
    """A specification document that answers are held against."""

    def __init__(self, path: pathlib.Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders

    def check(self, response: httpx.Response, path: str, method: str = "get") -> Any:
        """The answer's JSON, after it has been found to be what the document says for this status."""
        stated = self._resolved(self.document["paths"][path][method]["responses"][str(response.status_code)])
        if "content" not in stated:
            assert response.content == b""
            return None
        media = stated["content"][response.headers["content-type"].partition(";")[0]]
        schema = {**media["schema"], "components": self.document["components"]}
        body = response.json()
        oas.OAS30Validator(schema, format_checker=oas.oas30_format_checker).validate(body)
        return body

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


@pytest.fixture(scope="module")
def v2_spec(shared: pathlib.Path) -> Spec:
    return Spec(shared / "specs" / "poweroffice-go-v2.openapi.yaml")


@pytest.fixture(scope="module")
def v1_spec(shared: pathlib.Path) -> Spec:
    return Spec(shared / "specs" / "poweroffice-go-v1-factoring.reconstructed.openapi.yaml")


@pytest.fixture(scope="module")
def oauth_spec(shared: pathlib.Path) -> Spec:
    return Spec(shared / "specs" / "poweroffice-go-oauth.openapi.json")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[main.Sandboxes]:
    with main.Sandboxes(tmp_path_factory.mktemp("sandboxes")) as boxes:
        yield boxes


@pytest.fixture
def boxes(served: main.Sandboxes) -> main.Sandboxes:
    """All sandboxes as at the start, with budgets that no test uses up by accident."""
    served.reset()
    served.poweroffice.v1_window.limit = served.poweroffice.v2_window.limit = PLENTY
    return served


@pytest.fixture
def office(boxes: main.Sandboxes) -> sandbox.PowerOffice:
    return boxes.poweroffice


def token(boxes: main.Sandboxes, version: str, client: int = 0, **headers: str) -> httpx.Response:
    at = boxes.addresses()["poweroffice"]
    key = boxes.addresses()["clients"][client]["client_key"]
    subscription = {"Ocp-Apim-Subscription-Key": at["subscription_key"]} if version == "v2" else {}
    data, auth = {"grant_type": "client_credentials"}, (at["application_key"], key)
    return HTTP.post(at[f"{version}_token_url"], data=data, auth=auth, headers={**subscription, **headers})


def connect(boxes: main.Sandboxes, version: str, client: int = 0) -> httpx.Client:
    at = boxes.addresses()["poweroffice"]
    headers = {"Authorization": f"Bearer {token(boxes, version, client).json()['access_token']}"}
    if version == "v2":
        headers["Ocp-Apim-Subscription-Key"] = at["subscription_key"]
    return httpx.Client(base_url=at[f"{version}_url"], headers=headers, verify=False)  # noqa: S501


@pytest.fixture
def v1(boxes: main.Sandboxes) -> Iterator[httpx.Client]:
    with connect(boxes, "v1") as client:
        yield client


@pytest.fixture
def v2(boxes: main.Sandboxes) -> Iterator[httpx.Client]:
    with connect(boxes, "v2") as client:
        yield client


def available(v1: httpx.Client, **options: str) -> dict[str, Any]:
    return v1.get("/Factoring/AvailableInvoices/", params={f"${name}": value for name, value in options.items()}).json()


def deliver(v1: httpx.Client, invoice: str, kid: str = "1000050018") -> httpx.Response:
    file = {"base64EncodedData": base64.b64encode(b"%PDF-1.7 kopi").decode(), "fileName": "faktura.pdf"}
    return v1.post("/Factoring/delivered/", json={"factoringInvoiceId": invoice, "invoiceCid": kid, "file": file})


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_token_of_both_versions(boxes: main.Sandboxes, oauth_spec: Spec, v1_spec: Spec) -> None:
    boxes.poweroffice.v2_tokens.seconds = 600
    assert oauth_spec.check(token(boxes, "v2"), "/Token", "post")["expires_in"] == 600
    assert v1_spec.check(token(boxes, "v1"), "/OAuth/Token", "post")["expires_in"] == 1200


def test_token_claims_name_the_client(boxes: main.Sandboxes) -> None:
    payload = token(boxes, "v2").json()["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["goClientName"] == boxes.addresses()["clients"][0]["name"]
    assert {"goClientId", "role", "goInvalidPrivileges", "goActiveClientSubscriptions"} <= claims.keys()


def test_unknown_client_key_is_invalid_client(boxes: main.Sandboxes, office: sandbox.PowerOffice, oauth_spec: Spec) -> None:
    office.deactivate(next(iter(office.state.clients)))
    refused = token(boxes, "v2")
    assert refused.status_code == 400
    assert oauth_spec.check(refused, "/Token", "post")["error"] == "invalid_client"
    assert token(boxes, "v2", client=1).status_code == 200


def test_wrong_application_key_and_wrong_grant(boxes: main.Sandboxes) -> None:
    at = boxes.addresses()["poweroffice"]
    key = boxes.addresses()["clients"][0]["client_key"]
    assert HTTP.post(at["v1_token_url"], data={"grant_type": "client_credentials"}, auth=("wrong", key)).status_code == 400
    assert HTTP.post(at["v1_token_url"], data={"grant_type": "password"}, auth=(at["application_key"], key)).status_code == 400
    assert HTTP.post(at["v1_token_url"], data={"grant_type": "client_credentials"}).status_code == 400


def test_v2_needs_the_subscription_key(boxes: main.Sandboxes, v2: httpx.Client) -> None:
    assert token(boxes, "v2", **{"Ocp-Apim-Subscription-Key": "wrong"}).status_code == 401
    del v2.headers["Ocp-Apim-Subscription-Key"]
    assert v2.get("/Customers").status_code == 401
    key = boxes.poweroffice.subscription_key
    assert v2.get("/Customers", params={"subscription-key": key}).status_code == 200


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_expired_and_revoked_tokens_are_401(boxes: main.Sandboxes, version: str) -> None:
    issuer = getattr(boxes.poweroffice, f"{version}_tokens")
    path = "/ClientIntegrationInformation" if version == "v2" else "/Factoring/AvailableInvoices/"
    with connect(boxes, version) as client:
        assert client.get(path).status_code == 200
        boxes.poweroffice.revoke_tokens()
        assert client.get(path).status_code == 401
    issuer.seconds = 0
    with connect(boxes, version) as client:
        assert client.get(path).status_code == 401


# --- v2 ---------------------------------------------------------------------------------------------------------------


def test_connection_test(v2: httpx.Client, v2_spec: Spec, boxes: main.Sandboxes) -> None:
    information = v2_spec.check(v2.get("/ClientIntegrationInformation"), "/ClientIntegrationInformation")
    assert information["ClientName"] == boxes.addresses()["clients"][0]["name"]


def test_missing_privilege_and_missing_subscription_are_403(v2: httpx.Client, office: sandbox.PowerOffice, v2_spec: Spec) -> None:
    client = next(iter(office.state.clients.values()))
    client.invalid_privileges.append("OutgoingInvoice")
    assert v2.get("/OutgoingInvoices").status_code == 403
    v2_spec.check(v2.get("/OutgoingInvoices"), "/OutgoingInvoices")
    client.valid_privileges.remove("Customer_Full")
    assert v2.get("/Customers").status_code == 200
    assert v2.patch("/Customers/9010001", json=[]).status_code == 403
    assert v2.get("/ClientIntegrationInformation").json()["InvalidPrivileges"] == ["OutgoingInvoice"]


def test_customers_in_pages(v2: httpx.Client, v2_spec: Spec) -> None:
    seen: list[int] = []
    link: str | None = "/Customers?PageSize=10"
    while link:
        answer = v2.get(link)
        seen += [card["Number"] for card in v2_spec.check(answer, "/Customers")]
        link = json.loads(answer.headers["X-Pagination"])["nextPageLink"]
    assert seen == list(range(10001, 10026))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("10001-10003", 3), ("10001,10003", 2), ("10020-", 6), ("10001-10002,10025-", 3), (" 10004 ", 1), ("1-9", 0), ("99999", 0)],
)
def test_customer_numbers_with_ranges(v2: httpx.Client, v2_spec: Spec, wanted: str, found: int) -> None:
    answer = v2.get("/Customers", params={"customerNos": wanted})
    assert answer.status_code == (200 if found else 204)
    assert len(v2_spec.check(answer, "/Customers") or []) == found


@pytest.mark.parametrize(
    "query",
    [{"customerNos": "abc"}, {"customerNos": "-5"}, {"lastChangedDateTimeOffsetGreaterThan": "yesterday"}, {"PageSize": "20001"},
     {"PageNumber": "0"}, {"Fields": "Nonsense"}, {"OrderBy": "name"}],
)  # fmt: skip
def test_unreadable_filters_are_400(v2: httpx.Client, v2_spec: Spec, query: dict[str, str]) -> None:
    answer = v2.get("/Customers", params=query)
    assert answer.status_code == 400
    assert v2_spec.check(answer, "/Customers")["detail"]


def test_fields_and_order(v2: httpx.Client) -> None:
    rows = v2.get("/Customers", params={"Fields": "Number, Name", "OrderBy": "Number desc", "PageSize": "2"}).json()
    assert [row["Number"] for row in rows] == [10025, 10024]
    assert set(rows[0]) == {"Number", "Name"}


def test_one_customer_and_one_that_is_not_there(v2: httpx.Client, v2_spec: Spec) -> None:
    assert v2_spec.check(v2.get("/Customers/9010001"), "/Customers/{id}")["Number"] == 10001
    missing = v2_spec.check(v2.get("/Customers/12345"), "/Customers/{id}")
    assert missing == {"title": "Object(s) not found", "status": 404, "detail": "Customer with id = 12345 not found."}


def test_last_changed_does_not_move_when_only_the_address_does(v2: httpx.Client, v2_spec: Spec) -> None:
    before = v2.get("/Customers/9010017").json()
    assert before["MailAddress"]["AddressLine1"] is None
    operations = [{"op": "replace", "path": "/mailAddress/addressLine1", "value": "Verftsgata 11"}]
    headers = {"Content-Type": "application/json-patch+json"}
    answer = v2.patch("/Customers/9010017", content=json.dumps(operations), headers=headers)
    mended = v2_spec.check(answer, "/Customers/{id}", "patch")
    assert mended["MailAddress"]["AddressLine1"] == "Verftsgata 11"
    assert mended["LastChangedDateTimeOffset"] == before["LastChangedDateTimeOffset"]
    assert mended["MailAddress"]["LastChangedDateTimeOffset"] > before["MailAddress"]["LastChangedDateTimeOffset"]
    since = {"lastChangedDateTimeOffsetGreaterThan": before["LastChangedDateTimeOffset"], "customerNos": "10017"}
    assert v2.get("/Customers", params=since).status_code == 204, "exclusive, and not moved"
    v2.patch("/Customers/9010017", json=[{"op": "replace", "path": "/PhoneNumber", "value": "74 00 00 00"}])
    assert [card["Number"] for card in v2.get("/Customers", params=since).json()] == [10017]


@pytest.mark.parametrize(
    "operation",
    [{"op": "replace", "path": "/Nonsense", "value": 1}, {"op": "replace", "path": "/Id", "value": 1},
     {"op": "explode", "path": "/Name"},
     {"op": "test", "path": "/Name", "value": "another"}, {"op": "replace", "path": "/MailAddress", "value": {}}, "no operation"],
)  # fmt: skip
def test_a_patch_that_cannot_be_applied_changes_nothing(v2: httpx.Client, v2_spec: Spec, operation: Any) -> None:
    before = v2.get("/Customers/9010001").json()
    answer = v2.patch("/Customers/9010001", json=[{"op": "replace", "path": "/PhoneNumber", "value": "1"}, operation])
    assert answer.status_code == 400
    v2_spec.check(answer, "/Customers/{id}", "patch")
    assert v2.get("/Customers/9010001").json() == before


def test_an_identity_number_is_hidden(v2: httpx.Client, office: sandbox.PowerOffice) -> None:
    card = next(iter(office.state.clients.values())).customers[9010011]
    card["NationalIdNumber"] = "14838512047"
    assert v2.get("/Customers/9010011").json()["NationalIdNumber"] == "hidden"


def test_outgoing_invoices_with_lines(v2: httpx.Client, v2_spec: Spec) -> None:
    rows = v2_spec.check(v2.get("/OutgoingInvoices"), "/OutgoingInvoices")
    credited = [row for row in rows if row["VoucherType"] == "OutgoingCreditNote"]
    assert credited
    assert all(row["TotalAmount"] < 0 and row["RelatedInvoiceNo"] for row in credited)
    one = v2_spec.check(v2.get(f"/OutgoingInvoices/{rows[0]['Id']}"), "/OutgoingInvoices/{id}")
    assert one == rows[0]
    lines = v2_spec.check(v2.get(f"/OutgoingInvoices/{rows[0]['Id']}/Lines"), "/OutgoingInvoices/{id}/Lines")
    assert round(sum(line["NetAmount"] for line in lines), 2) == rows[0]["NetAmount"]


@pytest.mark.parametrize(
    ("query", "found"),
    [({"voucherNos": "205002-205003"}, 2), ({"invoiceNos": "5001"}, 1), ({"customerNos": "10012"}, 1),
     ({"toDate": "2000-01-01"}, 0), ({"fromDate": "2000-01-01", "invoiceNos": "5001-5004"}, 4),
     ({"onlyCreatedByCurrentIntegration": "true"}, 0),
     ({"onlyUnpaidInvoices": "true", "invoiceNos": "5001"}, 1), ({"sentDateTimeOffsetGreaterThan": "2999-01-01T00:00:00Z"}, 0)],
)  # fmt: skip
def test_filters_of_outgoing_invoices(v2: httpx.Client, query: dict[str, str], found: int) -> None:
    answer = v2.get("/OutgoingInvoices", params=query)
    assert (len(answer.json()) if answer.status_code == 200 else answer.status_code) == (found or 204)


def test_an_invoice_that_is_not_there(v2: httpx.Client, v2_spec: Spec) -> None:
    path = "/OutgoingInvoices/21d4ddf1-c8bf-4874-8879-b70468fa1032"
    assert v2.get(path).status_code == v2.get(f"{path}/Lines").status_code == 404
    v2_spec.check(v2.get(path), "/OutgoingInvoices/{id}")
    assert v2.get("/OutgoingInvoices/nonsense").status_code == 400


def test_a_client_sees_only_its_own(boxes: main.Sandboxes, v2: httpx.Client, v1: httpx.Client) -> None:
    with connect(boxes, "v2", client=1) as other:
        assert other.get("/Customers/9010001").status_code == 404
        assert {card["Number"] for card in other.get("/Customers").json()}.isdisjoint(
            card["Number"] for card in v2.get("/Customers").json()
        )
    with connect(boxes, "v1", client=1) as other:
        theirs = available(other)["data"][0]["id"]
    assert v1.get(f"/Factoring/InvoiceEhf/{theirs}/").json()["success"] is False
    assert deliver(v1, theirs).json()["success"] is False


# --- v1 ---------------------------------------------------------------------------------------------------------------


def test_available_invoices_in_pages(v1: httpx.Client, v1_spec: Spec) -> None:
    seen: list[str] = []
    while True:
        query = {"$filter": "(IsDelivered eq false)", "$orderby": "InvoiceNo asc", "$skip": str(len(seen)), "$top": "20"}
        page = v1_spec.check(v1.get("/Factoring/AvailableInvoices/", params=query), "/Factoring/AvailableInvoices/")
        seen += [row["id"] for row in page["data"]]
        if not page["data"]:
            break
    assert len(seen) == len(set(seen)) == page["count"]
    assert None not in page["data"]


def test_credit_notes_name_their_original(v1: httpx.Client) -> None:
    rows = available(v1, filter="(OriginalInvoiceNo ne null)")["data"]
    assert rows
    assert all(row["originalInvoiceNo"] and row["totalAmount"] < 0 for row in rows)
    assert all("originalInvoiceNo" not in row for row in available(v1, filter="(OriginalInvoiceNo eq null)")["data"])


@pytest.mark.parametrize(
    "options",
    [{"filter": "(isDelivered eq false)"}, {"filter": "(IsDelivered equals false)"}, {"filter": "IsDelivered eq false"},
     {"top": "5"}, {"filter": "(IsDelivered eq 'no')"}, {"orderby": "invoiceNo asc"}, {"orderby": "InvoiceNo upwards"},
     {"skip": "1", "orderby": "InvoiceNo"}, {"filter": "(CreatedDate gt '2026-01-01')"}, {"filter": ""},
     {"filter": "(InvoiceNo eq 1"},
     {"top": "x", "orderby": "InvoiceNo"}],
)  # fmt: skip
def test_what_odata_cannot_read_is_success_false(v1: httpx.Client, v1_spec: Spec, options: dict[str, str]) -> None:
    answer = v1.get("/Factoring/AvailableInvoices/", params={f"${name}": value for name, value in options.items()})
    refused = v1_spec.check(answer, "/Factoring/AvailableInvoices/")
    assert refused["success"] is False
    assert refused["validation"]["exception"] == "OData"
    assert "data" not in refused


def test_the_ehf_of_an_invoice(v1: httpx.Client, office: sandbox.PowerOffice) -> None:
    row = available(v1)["data"][0]
    answer = v1.get(f"/Factoring/InvoiceEhf/{row['id']}/")
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.content == office.state.invoices[row["id"]].document()
    assert v1.get("/Factoring/InvoiceEhf/21d4ddf1-c8bf-4874-8879-b70468fa1032/").json()["validation"]["exception"] == "NotFound"


def test_delivered_stores_kid_and_pdf_once(v1: httpx.Client, v1_spec: Spec, office: sandbox.PowerOffice, v2: httpx.Client) -> None:
    invoice = available(v1, filter="(IsDelivered eq false)", orderby="InvoiceNo asc", top="1")["data"][0]["id"]
    given = v1_spec.check(deliver(v1, invoice), "/Factoring/delivered/", "post")
    assert given["success"] is True
    assert (given["data"]["isDelivered"], given["data"]["factoringInvoiceStatus"]) == (True, 5)
    stored = office.state.invoices[invoice]
    assert (stored.kid, stored.pdf, stored.pdf_name) == ("1000050018", b"%PDF-1.7 kopi", "faktura.pdf")
    assert v2.get(f"/OutgoingInvoices/{invoice}").json()["Cid"] == "1000050018"
    again = v1_spec.check(deliver(v1, invoice, kid="999"), "/Factoring/delivered/", "post")
    assert again["success"] is False
    assert stored.kid == "1000050018"
    delivered = v1.get("/Factoring/InvoicesDelivered/", params={"$filter": f"(Id eq guid'{invoice}')"})
    assert v1_spec.check(delivered, "/Factoring/InvoicesDelivered/")["count"] == 1


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"factoringInvoiceId": 5}'])
def test_a_delivery_that_cannot_be_read(v1: httpx.Client, v1_spec: Spec, body: str) -> None:
    assert v1_spec.check(v1.post("/Factoring/delivered/", content=body), "/Factoring/delivered/", "post")["success"] is False


def test_a_delivery_with_a_file_that_is_no_base64(v1: httpx.Client, office: sandbox.PowerOffice) -> None:
    invoice = available(v1, filter="(IsDelivered eq false)")["data"][0]["id"]
    file = {"base64EncodedData": "%%%", "fileName": "x.pdf"}
    refused = v1.post("/Factoring/delivered/", json={"factoringInvoiceId": invoice, "invoiceCid": "1", "file": file})
    assert refused.json()["success"] is False
    assert not office.state.invoices[invoice].is_delivered


def test_status_only_after_delivery(v1: httpx.Client, v1_spec: Spec) -> None:
    invoice = available(v1, filter="(IsDelivered eq false)")["data"][0]["id"]
    path, said = "/Factoring/updatefactoringinvoicestatus/", {"factoringInvoiceId": invoice, "factoringInvoiceStatus": 4}
    assert v1_spec.check(v1.post(path, json=said), path, "post")["success"] is False
    deliver(v1, invoice)
    assert v1_spec.check(v1.post(path, json=said), path, "post")["data"]["factoringInvoiceStatus"] == 4
    changes = [(one, v1.post(path, json=said | {"factoringInvoiceStatus": one}).json()["success"]) for one in (0, 1, 6, 5, 2, 2, 4)]
    assert changes == [(0, False), (1, False), (6, False), (5, True), (2, True), (2, True), (4, False)]


# --- rate budgets -----------------------------------------------------------------------------------------------------


class Clock:
    """Stands still until it is told to go on, so that a slow machine cannot change what a window accepts."""

    def __init__(self) -> None:
        self.now = time.monotonic() + 10

    def __call__(self) -> float:
        return self.now


def test_v2_budget_is_one_for_all_clients_and_counts_tokens(
    boxes: main.Sandboxes, oauth_spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(boxes, "v2") as one, connect(boxes, "v2", client=1) as other:
        boxes.poweroffice.v2_window.limit = 10
        monkeypatch.setattr(boxes.poweroffice.v2_window, "_clock", clock := Clock())
        codes = [client.get("/ClientIntegrationInformation").status_code for client in (one, other) for _ in range(4)]
        codes += [token(boxes, "v2").status_code for _ in range(3)]
        assert codes == [200] * 10 + [429]
        refused = token(boxes, "v2")
        assert oauth_spec.check(refused, "/Token", "post")["statusCode"] == "429"
        assert "retry-after" not in refused.headers
        assert boxes.poweroffice.v2_book.counters()["throttled"] == 2
        clock.now += 1
        assert one.get("/ClientIntegrationInformation").status_code == 200


def test_v1_budget_is_fifty_a_second(boxes: main.Sandboxes, v1: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes.poweroffice.v1_window.limit = 50
    monkeypatch.setattr(boxes.poweroffice.v1_window, "_clock", Clock())
    codes = [v1.get("/Factoring/InvoicesDelivered/").status_code for _ in range(55)]
    assert codes == [200] * 50 + [429] * 5
    assert v1.get("/sandbox/counters").json()["throttled"] == 5


# --- faults -----------------------------------------------------------------------------------------------------------


def test_the_next_two_deliveries_fail_after_the_change(v1: httpx.Client, office: sandbox.PowerOffice) -> None:
    ids = [row["id"] for row in available(v1, filter="(IsDelivered eq false)")["data"][:3]]
    fault = {"kind": "error_after_change", "path": "/Factoring/delivered", "method": "POST", "times": 2}
    assert v1.post("/sandbox/faults", json=fault).status_code == 201
    assert [deliver(v1, one).status_code for one in ids] == [500, 500, 200]
    assert all(office.state.invoices[one].is_delivered for one in ids)
    assert v1.get("/sandbox/faults").json() == []


def test_a_cut_after_the_change_is_no_answer_but_a_change(v1: httpx.Client, office: sandbox.PowerOffice) -> None:
    one, other = (row["id"] for row in available(v1, filter="(IsDelivered eq false)")["data"][:2])
    for kind in ("cut_after_change", "cut"):
        office.v1_book.add(faults.Fault(kind=kind, path="/Factoring/delivered"))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        deliver(v1, one)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        deliver(v1, other)
    assert office.state.invoices[one].kid == "1000050018"
    assert office.state.invoices[other].kid is None
    assert office.v1_book.counters()["cuts"] == 2
    assert deliver(v1, other).json()["success"] is True


def test_expired_token_and_wrong_client_key_as_faults(boxes: main.Sandboxes, v2: httpx.Client) -> None:
    book = boxes.poweroffice.v2_book
    book.add(faults.Fault(kind="expired_token", path="/v2/Customers"))
    assert v2.get("/Customers").status_code == 401
    key = boxes.addresses()["clients"][0]["client_key"]
    book.add(faults.Fault(kind="wrong_client_key", path="/OAuth/Token", client_key=key))
    assert token(boxes, "v2").json()["error"] == "invalid_client"
    assert token(boxes, "v2", client=1).status_code == 200
    assert HTTP.post(f"{boxes.url('poweroffice_v2')}/sandbox/clients/{key}/activate").status_code == 204
    assert token(boxes, "v2").status_code == 200


def test_latency_429_and_500_before_the_change(v1: httpx.Client, office: sandbox.PowerOffice) -> None:
    invoice = available(v1, filter="(IsDelivered eq false)")["data"][0]["id"]
    for fault in (faults.Fault(kind="throttled"), faults.Fault(kind="error"), faults.Fault(kind="latency", seconds=0.2)):
        office.v1_book.add(fault)
    assert deliver(v1, invoice).status_code == 429
    assert deliver(v1, invoice).status_code == 500
    assert not office.state.invoices[invoice].is_delivered
    began = time.monotonic()
    assert deliver(v1, invoice).status_code == 200
    assert time.monotonic() - began >= 0.2


# --- the seed over the wire -------------------------------------------------------------------------------------------


def test_more_documents_arrive_and_can_be_ordered(boxes: main.Sandboxes, v1: httpx.Client) -> None:
    before = available(v1)["count"]
    control = boxes.addresses()["poweroffice"]["v1_control_url"]
    later = HTTP.post(f"{control}/later").json()
    assert len(later) == 8
    assert available(v1)["count"] == before + 4
    order = {"client_key": boxes.addresses()["clients"][0]["client_key"], "customer_number": 10002}
    made = HTTP.post(f"{control}/invoices", json=order)
    assert made.status_code == 201
    credit = HTTP.post(f"{control}/invoices", json=order | {"credits": made.json()["number"]}).json()
    row = available(v1, filter=f"(InvoiceNo eq {credit['number']})")["data"][0]
    assert row["originalInvoiceNo"] == made.json()["number"]
    assert row["totalAmount"] == -1250
    assert HTTP.post(f"{control}/invoices", json=order | {"customer_number": 1}).status_code == 422
    card = {"client_key": order["client_key"], "card": {"Number": 10099, "Name": "Ny Kunde AS"}}
    assert HTTP.post(f"{control}/customers", json=card).json()["Number"] == 10099
