"""The words around a report: the mail of it, and what operators read of it in Prefect."""

from __future__ import annotations

import msgspec
import pytest

from data_quality.report import content
from fakturabro.domain import identity
from fakturabro.gateway import messages as gateway
from fakturabro.ledger.clients import views as client_views
from tasks import page_messages
from tasks.reports import messages as report_messages
from tests.unit import report_samples as samples

LINK = "https://portal.example/client/x"
NUMBER = next(number for i in range(1_000) if identity.mask_identity_numbers(number := f"01017012{i:03d}") != number)
SHOWN = f"{NUMBER[:6]} {NUMBER[6:]}"


def of_cards(language: content.Language = "nb") -> content.Report:
    """A report in which nothing waits but two cards."""
    report = samples.everything(language)
    return msgspec.structs.replace(report, held=(), cards=(report.cards or (samples.item(),))[:1] * 2)


def test_a_mail_because_of_cards_names_them_in_its_text() -> None:
    report = of_cards()
    assert report_messages.subject(report).endswith(": 2 kundekort bør rettes")
    text = report_messages.text(report, "Berit", 2, LINK)
    assert "3 bevegelser er ikke ført" in text and "2 feil er nye.\n2 kundekort vil stanse neste faktura.\n" in text
    assert "2 customer cards would stop the next invoice." in report_messages.text(of_cards("en"), "Berit", 0, LINK)
    without = msgspec.structs.replace(report, cards=())
    assert "kundekort" not in report_messages.text(without, "Berit", 0, LINK)


@pytest.mark.parametrize(("language", "said"), [("nb", "for stor til å legges ved"), ("en", "too large to be attached")])
def test_what_is_too_large_is_said(language: content.Language, said: str) -> None:
    report = samples.everything(language)
    assert said in report_messages.text(report, "Berit", 0, LINK, too_large=True)
    assert said not in report_messages.text(report, "Berit", 0, LINK)


def test_a_subject_is_one_line_whatever_the_client_is_called() -> None:
    report = msgspec.structs.replace(samples.everything(), client="Nordlys\r\nBcc: alle@example.no\x00")
    assert report_messages.subject(report).startswith("Nordlys Bcc: alle@example.no: ")


def test_identity_numbers_in_names_are_masked_wherever_prefect_shows_them() -> None:
    item = samples.item(buyer=f"Ola Nordmann {SHOWN}", problems=(samples.problem(what=f"«{NUMBER}» mangler", holds=True),))
    page = page_messages.report_page(samples.report(item), 7, f"08:00 {SHOWN}", "")
    held = page_messages.held_row("held", "1", "invoice", f"Ola {SHOWN}", "kr 1,00", [f"Hvorfor {NUMBER}."], [f"kort til {NUMBER}"])
    foreseen = page_messages.foreseen_row("1", "invoice", f"Ola {SHOWN}", "kr 1,00", ["sendes"], [f"Fordi {NUMBER}."])
    for shown in (page, str(held), str(foreseen), page_messages.held_page("nordlys", [held], 0, [])):
        assert NUMBER[:6] in shown and NUMBER[6:] not in shown
    account = page_messages.held_row("held", "1", "invoice", "Ola", "kr 1,00", ["konto 86011117947"], [])
    assert "86011117947" in account["Hvorfor"]


def test_amounts_that_wait_are_written_as_the_language_writes_them() -> None:
    waiting = [
        client_views.Waiting(currency="EUR", count=1, minor=-98_050),
        client_views.Waiting(currency="NOK", count=1, minor=1_845_000),
    ]
    said = {language: gateway.waiting(language, waiting).replace("\N{NO-BREAK SPACE}", " ") for language in ("nb", "en")}
    assert "(EUR -980,50 og kr 18 450)" in said["nb"]
    assert "(EUR -980.50 and NOK 18,450)" in said["en"] and "kr" not in said["en"]
