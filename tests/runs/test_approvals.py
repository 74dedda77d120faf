"""From a doubt to a decision: the run mails the approver a link, the approver answers on the page, the next run acts on it."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from console import resending
from fakturabro.gateway import application, parts
from fakturabro.ledger import approvers, decisions, deliveries, settings, tables
from sandboxes import faults, mail
from tasks import clock, connect

SECRET = b"12345678901234567890"
FILE = "deployments: []\napprovers:\n  - {name: Anne Berg, email: anne@klient.example}\n"


@pytest.fixture
def gateway(site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The site has a gateway and one enrolled approver."""
    monkeypatch.setenv("FAKTURABRO_GATEWAY_URL", "https://portal.example")
    ledger = connect.open_ledger()
    settings.record(ledger, "nidelven", "nidelven.yaml", FILE, clock.now())
    sealed = approvers.seal(ledger, "nidelven", SECRET, clock.now())
    with ledger.writing() as connection:
        approvers.record(connection, sealed, "nidelven", "anne@klient.example", 0, clock.now())
    yield site
    ledger.close()


async def decide(site: Any, answer: str) -> str:
    """Follow the newest link as the approver would; what the page says at last."""
    (asked,) = [one for one in site.boxes.mail.state.messages if "anne@klient.example" in one.recipients]
    found = re.search(r"https://portal\.example(/approvals/\S+)", asked.parsed().get_content())
    assert found
    ledger = connect.open_ledger()
    key = base64.b64decode((site.folder / "secrets" / "ledger.key").read_text())

    async def nobody(_tenant: str, _key: str) -> parts.Company:
        raise AssertionError("no company is asked for here")

    async def no_mail(_mail: parts.Mail) -> None:
        raise AssertionError("nothing is mailed here")

    given = parts.Parts(ledger=ledger, key=parts.own_key(key), now=clock.now, find_company=nobody, send_mail=no_mail)
    app = application.create(given)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://portal.example") as browser:
        page = await browser.get(found[1])
        assert "5003" in page.text
        token = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert token
        code = approvers.code(SECRET, int(clock.now().timestamp()) // 30)
        form = {"form_token": token[1], "answer": answer, "why": "Ringte kunden", "code": code}
        said = await browser.post(found[1], data=form)
    ledger.close()
    assert said.status_code == 200, said.text
    return said.text


def invoices(site: Any) -> list[str]:
    return [str(one.parsed()["Message-ID"]) for one in site.boxes.mail.state.messages if list(one.parsed().iter_attachments())]


@pytest.mark.parametrize(("answer", "copies"), [("accepted", 1), ("planned", 2)])
async def test_a_person_settles_an_email_in_doubt(answer: str, copies: int, gateway: Any) -> None:
    site = gateway
    site.keep_only(5003)
    site.boxes.mail.state.faults.append(mail.Fault(kind="cut_after_storing", times=1))
    assert "1 uavklart" in (await site.intake()).message
    await site.intake()
    assert site.states(5003)["distribute"] == "in_doubt"
    await decide(site, answer)
    assert (await site.intake()).is_completed()
    assert site.states(5003)["distribute"] == "accepted"
    assert (len(invoices(site)), len(set(invoices(site)))) == (copies, 1)


async def test_who_wants_it_sent_again_does_not_decide_on_it(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site = gateway
    site.keep_only(5003)

    site.boxes.mail.state.faults.append(mail.Fault(kind="cut_after_storing", times=1))
    monkeypatch.delenv("FAKTURABRO_GATEWAY_URL")
    await site.intake()
    monkeypatch.setenv("FAKTURABRO_GATEWAY_URL", "https://portal.example")
    ledger = connect.open_ledger()
    (row,) = deliveries.find_open(ledger, "nidelven", "distribute", ["in_doubt"])
    assert row.target and row.natural_key
    refused = deliveries.Answer(delivery_id=row.id, target=row.target, natural_key=row.natural_key, outcome="rejected")
    deliveries.record_answers(ledger, "nidelven", [refused], "run-2", clock.now(), clock.now().date(), start="in_doubt")
    assert await asyncio.to_thread(resending.resend, "nidelven", "5003", "prøv igjen", "Anne Berg") == 0
    ended = await site.intake()
    assert ended.is_failed() and "ikke selv ba om ny sending" in ended.message
    assert [one for one in site.boxes.mail.state.messages if "anne@klient.example" in one.recipients] == []
    people = FILE + "  - {name: Bo Dahl, email: bo@klient.example}\n"
    settings.record(ledger, "nidelven", "nidelven.yaml", people, clock.now())
    sealed = approvers.seal(ledger, "nidelven", SECRET, clock.now())
    with ledger.writing() as connection:
        approvers.record(connection, sealed, "nidelven", "bo@klient.example", 0, clock.now())
    ledger.close()
    assert "ikke selv ba om ny sending" not in (await site.intake()).message
    assert site.boxes.mail.state.messages[-1].recipients == ("bo@klient.example",)


async def test_a_run_withdraws_what_needs_no_answer_any_more(gateway: Any) -> None:
    site = gateway
    site.keep_only(5002)
    site.boxes.access_point.book.add(faults.Fault(kind="cut_after_change", method="PUT", path="/messages", times=1))
    await site.intake()
    assert site.states(5002)["distribute"] == "in_doubt"
    with site.engine.connect() as connection:
        (subject,) = connection.execute(sa.select(tables.delivery.c.id).where(tables.delivery.c.state == "in_doubt")).scalars()
    ledger = connect.open_ledger()
    for kind, about in ((decisions.IN_DOUBT, str(subject)), (decisions.APPROVER, "sluttet@klient.example")):
        decisions.ask(ledger, "nidelven", kind, about, {}, "drift", clock.now())
    await site.intake(dry_run=True)
    assert [one.answer for one in decisions.find_about(ledger, "nidelven", decisions.IN_DOUBT, str(subject))] == [None]
    await site.intake()
    assert site.states(5002)["distribute"] == "accepted"
    for kind, about in ((decisions.IN_DOUBT, str(subject)), (decisions.APPROVER, "sluttet@klient.example")):
        assert [one.answer for one in decisions.find_about(ledger, "nidelven", kind, about)] == ["settled_elsewhere"]
    ledger.close()


async def test_without_anybody_to_ask_the_run_says_so(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5003)
    site.boxes.mail.state.faults.append(mail.Fault(kind="cut_after_storing", times=1))
    assert "FAKTURABRO_GATEWAY_URL" in (await site.intake()).message
    monkeypatch.setenv("FAKTURABRO_GATEWAY_URL", "https://portal.example")
    ended = await site.intake()
    assert ended.is_failed()
    assert "fakturabro enrol nidelven" in ended.message
