"""The demo judges everything that left: an EHF alone, inside a PDF, inside an e-mail's PDF; and what was never there."""

from __future__ import annotations

import datetime as dt
import json
import pathlib

import msgspec
import pytest
import typst

from console.demo import validity as demo_validity
from fakturabro.domain import parties
from fakturabro.formats import ehf
from fakturabro.systems.mail import letters
from tasks.debtors import producing

from . import ehf_cases

GOOD = ehf_cases.cases("credit_note")["several rates"]
BROKEN = ehf.write(msgspec.structs.replace(GOOD, buyer_reference=None))


def a_pdf() -> bytes:
    recipient = parties.Recipient(name="Ålesund Sjømat AS", customer_number="7", address=ehf_cases.BUYER.address)
    (made,) = producing.produce([producing.Order(id=1, invoice=msgspec.json.encode(GOOD), recipient=recipient)], None)
    return made.pdf


def an_email(pdf: bytes) -> bytes:
    message = letters.build(
        message_id="<a@b.example>",
        date=dt.datetime(2026, 11, 2, tzinfo=dt.UTC),
        client_name="Nidelven",
        sender="faktura@b.example",
        reply_to="post@b.example",
        recipients=("kunde@firma.no",),
        subject="Faktura 1",
        text="Hei",
        attachments=[letters.Attachment(file_name="1.pdf", content_type="application/pdf", content=pdf)],
    )
    return letters.to_bytes(message).content


def test_what_is_right_is_counted_wherever_it_stands(tmp_path: pathlib.Path) -> None:
    (tmp_path / "ehf").mkdir()
    (tmp_path / "ehf" / "1.xml").write_bytes(ehf.write(GOOD))
    (tmp_path / "1.pdf").write_bytes(a_pdf())
    (tmp_path / "1.eml").write_bytes(an_email(a_pdf()))
    assert demo_validity.check(tmp_path, None) == ({"ehf": 3, "pdf": 2}, [])


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("1.xml", BROKEN, "1.xml: PEPPOL-EN16931-R003"),
        ("1.pdf", typst.compile(b'#set page(paper: "a5")\nHei', format="pdf"), "1.pdf: Side 1"),
        ("1.pdf", a_pdf()[:-2000], "1.pdf: Filen er ikke en lesbar PDF"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: pathlib.Path, file: str, content: bytes, said: str) -> None:
    (tmp_path / file).write_bytes(content)
    assert demo_validity.check(tmp_path, None).faults[0].startswith(said)


@pytest.mark.parametrize(("name", "faults"), [("Ålesund Sjømat AS", 0), ("Molde Sjømat AS", 1)])
def test_a_letter_shows_whom_its_index_names(tmp_path: pathlib.Path, name: str, faults: int) -> None:
    recipient = {"name": name, "lines": ["Storgata 8", "Inngang B"], "post_code": "6002", "place": "ÅLESUND", "country": "NO"}
    (tmp_path / "1.pdf").write_bytes(a_pdf())
    (tmp_path / "1.json").write_text(json.dumps({"recipient": recipient}))
    assert len(demo_validity.check(tmp_path, None).faults) == faults


def test_nothing_is_not_valid(tmp_path: pathlib.Path) -> None:
    assert len(demo_validity.check(tmp_path, None).faults) == 2
