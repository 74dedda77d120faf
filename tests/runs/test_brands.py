"""A tenant's brand and languages, from its settings to the letter at the printer's and the e-mail in the debtor's box."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
from typing import Any

import pypdf
import pytest

from fakturabro.ledger import brand_files
from tasks import connect

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><path fill="#b5123e" d="M0 0h90v30H0z"/></svg>'
NOTICE_EN = "The claim is assigned to Factoring Finans AS. Only payment to them discharges the debt."
BRAND = {"logo": "fjord.svg", "color": "#b5123e", "footer_nb": "Takk for handelen", "footer_en": "Thank you"}
EMAIL, LETTER = 5003, 5019


def text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


async def test_a_brand_and_both_languages_reach_the_debtor(site: Any) -> None:
    site.keep_only(EMAIL, LETTER)
    site.card(int(site.invoice(LETTER).customer_number))["MailAddress"]["CountryCode"] = "SE"
    site.options = make(site, BRAND)
    ledger = connect.open_ledger()
    brand_files.record(ledger, "nidelven", "fjord.svg", LOGO, dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    ledger.close()
    await site.intake()
    (message,) = site.boxes.mail.state.messages
    parts = email.message_from_bytes(message.content, policy=email.policy.default).walk()
    (attached,) = [part.get_content() for part in parts if part.get_content_type() == "application/pdf"]
    (okay,) = site.letters()
    (letter,) = [file.read_bytes() for file in okay.parent.rglob("*.pdf")]
    assert all(b"/Figure" in pdf for pdf in (attached, letter))
    assert "Takk for handelen" in text(attached) and "Å betale" in text(attached) and NOTICE_EN not in text(attached)
    assert "Thank you" in text(letter) and "Amount due" in text(letter) and NOTICE_EN in text(letter)


async def test_a_logo_that_was_never_applied_stops_the_run_before_anything_leaves(site: Any) -> None:
    site.keep_only(EMAIL)
    site.options = make(site, BRAND)
    with pytest.raises(brand_files.MissingFileError, match=r"fjord\.svg"):
        await site.intake()
    assert site.states(EMAIL)["distribute"] == "waiting"
    assert site.boxes.mail.state.messages == []


def make(site: Any, brand: dict[str, str]) -> Any:
    agreement = {**site.options.agreement.model_dump(), "assignment_notice_en": NOTICE_EN}
    distribution = {**site.options.distribution.model_dump(), "brand": brand}
    return type(site.options).model_validate({"agreement": agreement, "distribution": distribution})
