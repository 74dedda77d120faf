"""`fakturabro show`: the whole life of a document, every look noted first, and an export that anybody can check."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import subprocess
import sys
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa

from console import showing
from fakturabro.domain import findings as values
from fakturabro.domain import parties
from fakturabro.ledger import (
    certificates,
    decisions,
    deliveries,
    details,
    documents,
    findings,
    lives,
    opened,
    operations,
    raws,
    recording,
    tables,
)

TENANT, RUN, MONTH = "nordlys", "run-1", "2026-11"
NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
PURPOSES = ("book", "distribute", "write_back")
PERSON = "13097248022"
EHF = b"<Invoice>5002</Invoice>"
PDF = b"%PDF-1.7 sent"


def live(ledger: opened.Ledger, number: int = 5002, answer: bytes = b'{"id": "42"}') -> int:
    """One document through everything: read, revised, found, booked, sent, in doubt, decided, certified."""
    key = ledger.seals.key(TENANT, "document", MONTH)
    for text in ("", "<!-- mended -->"):
        row = documents.Fetched(
            source_key=f"id-{number}",
            kind="invoice",
            number=str(number),
            customer_number="10001",
            amount=12_500,
            currency="NOK",
            listing_hash=text,
            hash=text.encode().ljust(32, b"0"),
            raw=raws.seal(key, "document", EHF + text.encode()),
            canonical=key.seal(json.dumps({"number": number, "note": f"Kjøper {PERSON} \x1b[2J"}).encode()),
        )
        recording.record_fetched(ledger, TENANT, "poweroffice", RUN, PURPOSES, [row])
    document_id = documents.find_known(ledger, TENANT, "poweroffice", [f"id-{number}"])[f"id-{number}"].id
    recipients = {document_id: parties.Recipient(name="Kari Nordmann", customer_number="10001")}
    details.record_recipients(ledger, TENANT, ledger.seals.key(TENANT, "recipient", MONTH), recipients)
    details.record_kids(ledger, TENANT, {document_id: "0010001005002"})
    found = values.Finding(code="email_refused", severity="warn", value="kari@firma.no")
    findings.record(ledger, TENANT, "send", {document_id: [found]}, PURPOSES, RUN)
    (open_,) = [one for one in deliveries.find_open(ledger, TENANT, "book", ["waiting"]) if one.document_id == document_id]
    pdf = raws.seal(ledger.seals.key(TENANT, "pdf", MONTH), "pdf", PDF)
    details.record_renditions(ledger, TENANT, [details.Rendition(revision_id=open_.revision_id, format="pdf", data=pdf)])
    raw_id, _ = details.read_renditions(ledger, TENANT, "pdf", [open_.revision_id])[open_.revision_id]
    for purpose, outcome in (("book", "accepted"), ("distribute", "in_doubt")):
        send(ledger, document_id, purpose, outcome, raw_id, answer)
    certify(ledger)
    return document_id


def send(ledger: opened.Ledger, document_id: int, purpose: str, outcome: str, raw_id: int, answer: bytes) -> None:
    (row,) = [one for one in deliveries.find_open(ledger, TENANT, purpose, ["waiting"]) if one.document_id == document_id]
    natural_key = f"{purpose}/{document_id}"
    deliveries.plan(ledger, TENANT, [deliveries.Planned(id=row.id, target="ehf-æøå€😀", natural_key=natural_key)], RUN)
    deliveries.move(ledger, TENANT, [row.id], "planned", "sending", RUN)
    said = deliveries.Answer(
        delivery_id=row.id,
        target="ehf",
        natural_key=natural_key,
        outcome=outcome,
        detail="kari@firma.no: full",
        sent_raw_id=raw_id,
        answer=ledger.seals.key(TENANT, "answer", MONTH).seal(answer),
    )
    deliveries.record_answers(ledger, TENANT, [said], RUN, NOW, NOW.date())
    if outcome == "in_doubt":
        decisions.ask(ledger, TENANT, "in_doubt", str(row.id), {"Faktura": "5002"}, "run", NOW)


def certify(ledger: opened.Ledger) -> None:
    assert all(one.adds_up for one in certificates.record(ledger, TENANT, PURPOSES, RUN, NOW))


def looks(ledger: opened.Ledger) -> list[tuple[str, str]]:
    with ledger.reading() as connection:
        return [(who, what) for who, what in connection.execute(sa.select(operations.look.c.who, operations.look.c.what))]


def unpack(path: pathlib.Path, folder: pathlib.Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def check_as_told(folder: pathlib.Path) -> list[subprocess.CompletedProcess[str]]:
    """Run the two checks as LESMEG.txt says, with nothing of ours on the path."""
    script = (folder / "LESMEG.txt").read_text(encoding="utf-8").split("-" * 80 + "\n")[1]
    assert len(script.splitlines()) <= 34
    (folder / "kontroller.py").write_text(script, encoding="utf-8")
    commands = (["sha256sum", "--check", "--quiet", "SHA256SUMS"], [sys.executable, "-I", "kontroller.py"])
    return [subprocess.run(one, cwd=folder, capture_output=True, text=True, check=False) for one in commands]


def test_a_life_is_told_in_order_with_all_its_bytes(ledger: opened.Ledger) -> None:
    document_id = live(ledger)
    life = lives.read(ledger, TENANT, document_id, ['{"natural_key":"book/1"}', '{"natural_key":"book/17"}'])
    kinds = [step.kind for step in life.steps]
    assert kinds[:10] == ["read", "read", "found", "came", "kid", "recipient", "made", "answer", "answer", "decision"]
    assert kinds[10:] == ["state"] * 3 + ["certificate"] * 3 + ["journal"]
    assert next(content.data for content in life.steps[0].contents) == EHF
    assert [content.data for content in life.steps[7].contents] == [PDF, b'{"id": "42"}']
    assert all(not content.gone for step in life.steps for content in step.contents)
    assert life.document["number"] == "5002"


def test_another_tenant_sees_nothing(ledger: opened.Ledger) -> None:
    document_id = live(ledger)
    assert lives.find(ledger, "fjord", "5002") == []
    with pytest.raises(LookupError):
        lives.read(ledger, "fjord", document_id)
    with pytest.raises(showing.ShowError, match="fjord har ikke"):
        showing.show(ledger, "fjord", f"#{document_id}", "kari")


def test_a_document_is_found_by_number_key_and_id(ledger: opened.Ledger) -> None:
    first, second = live(ledger, 5002), live(ledger, 5003)
    for wanted in ("5003", "id-5003", f"#{second}"):
        assert lives.find(ledger, TENANT, wanted) == [second]
    for wanted in ("", "#", "#x", "#999999", "#" + "9" * 40, "' or 1=1 --", "5002 "):
        assert lives.find(ledger, TENANT, wanted) == [], wanted
    with ledger.writing() as connection:
        connection.execute(sa.update(tables.document).where(tables.document.c.id == first).values(number="5003"))
    with pytest.raises(showing.ShowError, match=f"#{first}, #{second}"):
        showing.show(ledger, TENANT, "5003", "kari")


def test_every_look_is_noted_before_anything_is_shown(
    ledger: opened.Ledger, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = live(ledger)
    showing.show(ledger, TENANT, "5002", "kari")
    showing.show(ledger, TENANT, "5002", "ola", tmp_path / "5002.zip")
    assert looks(ledger) == [("kari", f"show 5002 (#{document_id})"), ("ola", f"export 5002 (#{document_id}) to 5002.zip")]
    with pytest.raises(showing.ShowError, match="skrevet over"):
        showing.show(ledger, TENANT, "5002", "ola", tmp_path / "5002.zip")

    def refuse(*_: object) -> None:
        raise RuntimeError("the ledger is read-only")

    monkeypatch.setattr(lives, "record_look", refuse)
    monkeypatch.setattr(lives, "read", lambda *_: pytest.fail("shown without a look being noted"))
    with pytest.raises(RuntimeError):
        showing.show(ledger, TENANT, "5002", "kari")


def test_the_screen_masks_persons_and_cannot_be_steered(ledger: opened.Ledger) -> None:
    document_id = live(ledger, answer=f'{{"name": "{PERSON}"}} \x1b]0;owned\x07 \u202e'.encode())
    life = lives.read(ledger, TENANT, document_id)
    text, as_json = showing.to_text(life), showing.to_json(life)
    for shown in (text, as_json):
        assert PERSON not in shown
        assert "130972*****" in shown
    assert not any(sign in text for sign in "\x1b\x07\u202e")
    assert "Kari Nordmann" in text
    assert "KID" in text
    assert json.loads(as_json)["document"]["number"] == "5002"


def test_the_export_can_be_checked_without_us(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    live(ledger)
    path = tmp_path / "5002.zip"
    showing.show(ledger, TENANT, "5002", "kari", path)
    assert path.stat().st_mode & 0o077 == 0
    manifest = unpack(path, tmp_path / "out")
    assert PERSON in (tmp_path / "out" / "revisjon-1-kanonisk.json").read_text()  # as it was
    assert (tmp_path / "out" / "lest-1.xml").read_bytes() == EHF
    assert {one["counts"][0] for one in manifest["certificates"]} == {"entered_in"}
    assert [one["purpose"] for one in manifest["certificates"] if "row" in one] == ["book"]
    sums, script = check_as_told(tmp_path / "out")
    assert sums.returncode == 0, sums.stderr
    assert script.returncode == 0, script.stdout + script.stderr
    assert script.stdout.startswith("Alt stemmer: ")


@pytest.mark.parametrize("what", ["sent", "figures", "row", "link", "leaves"])
def test_whoever_changes_the_export_is_found_out(ledger: opened.Ledger, tmp_path: pathlib.Path, what: str) -> None:
    live(ledger)
    showing.show(ledger, TENANT, "5002", "kari", tmp_path / "5002.zip")
    folder = tmp_path / "out"
    manifest = unpack(tmp_path / "5002.zip", folder)
    proven = next(one for one in manifest["certificates"] if "row" in one)
    if what == "sent":
        next(folder.glob("sendt-*")).write_bytes(b"%PDF-1.7 forged")
    elif what == "figures":
        proven["figures"]["amount"]["accepted"] += 1
    elif what == "row":
        proven["row"][""]["sent"] = "0" * 64
    elif what == "link":
        proven["previous_hash"] = "0" * 64
    else:
        proven["leaves"][""] = ["0" * 64]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    sums, script = check_as_told(folder)
    assert (sums.returncode, script.returncode) == (1, 1)
    assert "endret" in script.stdout or "regner ikke med" in script.stdout


def test_changed_bytes_are_said_to_be_changed(ledger: opened.Ledger) -> None:
    document_id = live(ledger)
    with ledger.writing() as connection:
        (sealed,) = connection.execute(sa.select(tables.raw.c.sealed).where(tables.raw.c.id == 1)).scalars()
        forged = bytes(sealed)[:-1] + bytes([bytes(sealed)[-1] ^ 1])
        connection.execute(sa.update(tables.raw).where(tables.raw.c.id == 1).values(sealed=forged))
    life = lives.read(ledger, TENANT, document_id)
    assert life.steps[0].contents[0].gone == "changed"
    assert "innholdet er endret" in showing.to_text(life)
