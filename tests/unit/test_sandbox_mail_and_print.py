"""The SMTP server and the print partner: what they take, what they refuse, and how they fail."""

from __future__ import annotations

import base64
import email.message
import hashlib
import json
import pathlib
import smtplib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fakturabro.systems.mail import bounces
from sandboxes import mail, print_partner

PDF = b"%PDF-1.7\nbrev"


@pytest.fixture
def server() -> Iterator[mail.Mail]:
    server = mail.Mail()
    server.start()
    yield server
    server.stop()


def letter(*to: str) -> email.message.EmailMessage:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "faktura@klient.example", ", ".join(to), "Faktura 5001 – Bakeri Ærøy"
    message["Message-ID"] = "<5001.email@fakturabro.example>"
    message.set_content("Vedlagt følger faktura.")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="faktura.pdf")
    return message


def send(server: mail.Mail, *to: str) -> dict[str, Any]:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as smtp:
        return smtp.send_message(letter(*to), to_addrs=list(to))


def test_a_message_is_stored_with_its_attachment(server: mail.Mail) -> None:
    send(server, "kunde@x.example")
    (stored,) = server.state.messages
    assert (stored.sender, stored.recipients) == ("faktura@klient.example", ("kunde@x.example",))
    assert stored.parsed()["Subject"] == "Faktura 5001 – Bakeri Ærøy"
    assert [part.get_content() for part in stored.parsed().iter_attachments()] == [PDF]


def test_a_recipient_is_refused_and_the_other_is_not(server: mail.Mail) -> None:
    server.state.replies = {"ukjent@x.example": "550 5.1.1 User unknown", "full@x.example": "452 4.2.2 Mailbox full"}
    refused = send(server, "kunde@x.example", "Ukjent@x.example", "full@x.example")
    assert {address: code for address, (code, _) in refused.items()} == {"Ukjent@x.example": 550, "full@x.example": 452}
    assert server.state.messages[0].recipients == ("kunde@x.example",)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(server, "ukjent@x.example")
    assert len(server.state.messages) == 1


@pytest.mark.parametrize(("kind", "stored"), [("cut_before_storing", 0), ("cut_after_storing", 1)])
def test_the_connection_is_cut_after_the_final_dot(server: mail.Mail, kind: mail.Kind, stored: int) -> None:
    server.state.faults.append(mail.Fault(kind=kind))
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(server, "kunde@x.example")
    assert (len(server.state.messages), server.state.cuts) == (stored, 1)
    send(server, "kunde@x.example")
    assert len(server.state.messages) == stored + 1


def test_a_busy_server_after_one_message(server: mail.Mail) -> None:
    server.state.faults.append(mail.Fault(kind="busy", skip=1))
    send(server, "kunde@x.example")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(server, "kunde@x.example")
    assert refused.value.smtp_code == 451
    assert len(server.state.messages) == 1


async def test_control_over_http(server: mail.Mail) -> None:
    http = httpx.AsyncClient(transport=httpx.ASGITransport(server.app), base_url="http://mail")
    assert (await http.put("/sandbox/replies", json={"Ukjent@x.example": "550 no"})).json() == {"ukjent@x.example": "550 no"}
    assert (await http.post("/sandbox/faults", json={"kind": "busy", "times": 2})).status_code == 201
    assert (await http.post("/sandbox/faults", json={"kind": "flood"})).status_code == 422
    assert (await http.put("/sandbox/replies", json=[])).status_code == 422
    assert (await http.delete("/sandbox/faults")).json() == []
    send(server, "kunde@x.example")
    (shown,) = (await http.get("/sandbox/messages")).json()
    assert shown["message_id"] == "<5001.email@fakturabro.example>"
    assert b"faktura.pdf" in base64.b64decode(shown["content"])
    assert (await http.delete("/sandbox/messages")).json() == []


async def test_what_is_accepted_may_come_back(server: mail.Mail) -> None:
    http = httpx.AsyncClient(transport=httpx.ASGITransport(server.app), base_url="http://mail")
    put = await http.put("/sandbox/bouncing", json={"Borte@x.example": "5.1.1 Unknown"})
    assert put.json() == {"borte@x.example": "5.1.1 Unknown"}
    send(server, "kunde@x.example", "BORTE@x.example")
    (report,) = [base64.b64decode(one) for one in (await http.get("/sandbox/bounces")).json()]
    (read,) = bounces.read(report)
    assert (read.message_id, read.recipient, read.status) == ("<5001.email@fakturabro.example>", "BORTE@x.example", "5.1.1")
    assert (await http.delete("/sandbox/bounces")).json() == []


def test_a_message_above_the_stated_size_is_refused(server: mail.Mail) -> None:
    server.state.largest = 500
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(server, "kunde@x.example")
    assert refused.value.smtp_code == 552


@pytest.fixture
def partner(tmp_path: pathlib.Path) -> print_partner.PrintPartner:
    return print_partner.PrintPartner(tmp_path / "print")


def hand_over(partner: print_partner.PrintPartner, job: str, *, pdf: bytes = PDF, sha256: str = "", file: str = "") -> None:
    entry = {"file": file or f"{job}.pdf", "sha256": sha256 or hashlib.sha256(PDF).hexdigest(), "recipient": {"name": "Åse Ås"}}
    (partner.folder / f"{job}.pdf").write_bytes(pdf)
    (partner.folder / f"{job}.json").write_text(json.dumps({"job": job, "documents": [entry]}), encoding="utf-8")
    (partner.folder / f"{job}.ok").touch()


def receipt(partner: print_partner.PrintPartner, job: str) -> dict[str, Any]:
    return json.loads((partner.folder / f"{job}.receipt.json").read_text(encoding="utf-8"))


def test_a_complete_job_is_accepted_once(partner: print_partner.PrintPartner) -> None:
    hand_over(partner, "4711-1")
    assert partner.receive() == ["4711-1"]
    assert partner.receive() == []
    assert [one["state"] for one in receipt(partner, "4711-1")["letters"]] == ["accepted"]
    (job,) = partner.jobs()
    assert job.documents[0].entry["recipient"] == {"name": "Åse Ås"}


def test_a_job_without_ok_waits(partner: print_partner.PrintPartner) -> None:
    hand_over(partner, "4711-1")
    (partner.folder / "4711-1.ok").unlink()
    assert (partner.ready(), partner.unfinished(), partner.receive()) == ([], ["4711-1"], [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"sha256": "0" * 64}, "sha256"), ({"pdf": b"ikke pdf"}, "no PDF"), ({"file": "missing.pdf"}, "missing.pdf"),
     ({"file": "../../x.pdf"}, "not in the folder")],
)  # fmt: skip
def test_an_incomplete_job_is_refused(partner: print_partner.PrintPartner, changes: dict[str, Any], reason: str) -> None:
    hand_over(partner, "bad", **changes)
    hand_over(partner, "good")
    assert partner.receive() == ["bad", "good"]
    (said,) = receipt(partner, "bad")["letters"]
    assert said["state"] == "rejected" and reason in said["reason"]
    assert [job.name for job in partner.jobs()] == ["good"]


@pytest.mark.parametrize("index", ["", "{", "[]", '{"documents": []}'])
def test_an_index_that_says_nothing_is_refused(partner: print_partner.PrintPartner, index: str) -> None:
    hand_over(partner, "bad")
    (partner.folder / "bad.json").write_text(index, encoding="utf-8")
    partner.receive()
    assert receipt(partner, "bad")["letters"][0]["state"] == "rejected"
