"""Every code has its sentences, its weight and a place where it is found; none has more."""

from __future__ import annotations

import importlib
import pkgutil
import string

import pytest

from data_quality import blocking, messages, suites
from fakturabro.domain import findings

LANGUAGES: tuple[messages.Language, ...] = ("nb", "en")
SUITES = [importlib.import_module(f"{suites.__name__}.{one.name}") for one in pkgutil.iter_modules(suites.__path__)]
RULES = [rule for suite in SUITES for table in suite.make().tables for rule in table.rules]
FOUND = {rule.code for rule in RULES} | blocking.FOUND_BY_TASKS


def test_every_code_that_can_be_found_has_a_weight_and_no_more() -> None:
    assert blocking.DEFAULTS.keys() == FOUND


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_can_be_found_has_its_sentences_and_no_more(language: messages.Language) -> None:
    assert messages.TEXTS[language].keys() == FOUND


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(blocking.DEFAULTS))
def test_sentences_are_whole_with_and_without_details(code: str, language: messages.Language) -> None:
    bare = findings.Finding(code=code, severity="info")
    full = findings.Finding(code=code, severity="info", field="MailAddress.City", value="12.50", suggestion="13.50")
    for finding in (bare, full):
        for kind in ("invoice", "credit_note", "customer"):
            sentence = messages.sentence(finding, language, kind)
            remedy = messages.remedy(finding, buyer="Fjord AS", customer="10001", language=language, kind=kind)
            for text in (sentence, remedy):
                assert text[0].isupper()
                assert text.endswith(".")
                assert not set("{}") & set(text)
                assert "  " not in text


def test_both_languages_name_the_same_things() -> None:
    for code in FOUND:
        for bokmaal, english in zip(messages.TEXTS["nb"][code], messages.TEXTS["en"][code], strict=True):
            assert _names(bokmaal) - {"doc", "Doc"} == _names(english) - {"doc", "Doc"}, code


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_a_rule_that_names_its_part_has_words(language: messages.Language) -> None:
    for rule in RULES:
        if any("part" in _names(text) for text in messages.TEXTS[language][rule.code]):
            finding = findings.Finding(code=rule.code, severity="info", field=rule.field)
            assert rule.field not in messages.sentence(finding, language)


def test_the_remedy_says_which_card_to_open() -> None:
    finding = findings.Finding(code="missing_postal_address", severity="block", field="MailAddress")
    assert messages.remedy(finding, buyer="Fjord AS", customer="10001") == (
        "Åpne kundekortet til Fjord AS (kundenr. 10001) i PowerOffice Go og fyll ut "
        "postadresse med gateadresse, postnummer og poststed."
    )
    assert messages.remedy(finding).startswith("Åpne kundekortet i PowerOffice Go")


def test_amounts_are_written_as_the_language_writes_them() -> None:
    field = "LegalMonetaryTotal.LineExtensionAmount"
    finding = findings.Finding(code="sum_of_lines_differs", severity="block", field=field, value="1234567.50", suggestion="-0.05")
    assert "1\u00a0234\u00a0567,50" in messages.sentence(finding)
    assert "-0,05" in messages.sentence(finding)
    assert "1,234,567.50" in messages.sentence(finding, "en")
    assert (messages.value(finding), messages.suggestion(finding)) == ("1\u00a0234\u00a0567,50", ""), "either may be wrong"


@pytest.mark.parametrize(
    ("code", "field", "text", "nb", "en"),
    [
        ("due_date_far_ahead", "DueDate", "2026-11-07", "7.11.2026", "7 November 2026"),
        ("invoice_date_long_ago", "IssueDate", "2020-02-30", "2020-02-30", "2020-02-30"),
        ("source_total_differs", "TotalAmount", "5462.1", "5\u00a0462,10", "5,462.10"),
        ("source_total_differs", "TotalAmount", "5462", "5\u00a0462,00", "5,462.00"),
        ("too_many_decimals", "Amount", "1250.0005", "1\u00a0250,0005", "1,250.0005"),
        ("too_many_decimals", "Amount", "1E+400", "1E+400", "1E+400"),
        ("too_many_decimals", "Amount", "\u0661\u0662.50", "\u0661\u0662.50", "\u0661\u0662.50"),
        ("vat_rate_unlike_category", "TaxTotal.TaxSubtotal.TaxCategory", "S 25.00 %", "S 25 %", "S 25 %"),
        ("vat_rate_unlike_category", "TaxTotal.TaxSubtotal.TaxCategory", "E 11.110 %", "E 11,11 %", "E 11.11 %"),
        ("wrong_account", "PayeeFinancialAccount.ID", "8601.11", "8601.11", "8601.11"),
        ("number_differs", "", "2026-11-07", "2026-11-07", "2026-11-07"),
        ("placeholder_postal_address", "MailAddress.ZipCode", "0000", "0000", "0000"),
    ],
)
def test_what_a_reader_writes_otherwise_is_told_by_its_field(code: str, field: str, text: str, nb: str, en: str) -> None:
    finding = findings.Finding(code=code, severity="warn", field=field, value=text)
    assert (messages.value(finding), messages.value(finding, "en")) == (nb, en)
    assert nb in messages.sentence(finding) and en in messages.sentence(finding, "en")


@pytest.mark.parametrize(("text", "nb", "en"), [
    ("2026-11-07 5462.09 NOK", ": 7.11.2026, kr\u00a05\u00a0462,09.", ": 7 November 2026, NOK\u00a05,462.09."),
    ("12.50 EUR", ": EUR\u00a012,50.", ": EUR\u00a012.50."),
    ("3f2c", ": 3f2c.", ": 3f2c."),
])  # fmt: skip
def test_another_document_is_named_by_date_and_amount(text: str, nb: str, en: str) -> None:
    finding = findings.Finding(code="duplicate_number", severity="block", field="ID", value=text)
    assert messages.sentence(finding).endswith(nb)
    assert messages.sentence(finding, "en").endswith(en)
    assert messages.value(finding) == "", "that is not what stands in the field"


def test_what_cannot_be_calculated_is_no_suggestion() -> None:
    field = "InvoiceLine.LineExtensionAmount"
    finding = findings.Finding(code="line_amount_differs", severity="warn", field=field, value="600.00", suggestion="NaN")
    assert messages.suggestion(finding) == ""
    assert "blir ikke noe tall" in messages.sentence(finding) and "is no number" in messages.sentence(finding, "en")


PARSER = "Opening and ending tag mismatch: line 1"


@pytest.mark.parametrize("code", ["unreadable_document", "cannot_be_produced", "ehf_rule_broken", "kid_not_possible"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_program_said_is_for_operators(code: str, language: messages.Language) -> None:
    about = {"value": PARSER} if code in ("unreadable_document", "cannot_be_produced") else {"value": "20451", "suggestion": PARSER}
    finding = findings.Finding(code=code, severity="block", **about)  # pyright: ignore[reportArgumentType] texts, all of them
    told = (messages.sentence(finding, language), messages.remedy(finding, language=language))
    told += (messages.value(finding, language), messages.suggestion(finding, language))
    assert not [text for text in told if PARSER in text]
    assert messages.technical(finding) == PARSER


def test_what_is_no_amount_stays() -> None:
    for value in ("2026-11-01", "NaN", "1E+400", "991825828"):
        finding = findings.Finding(code="due_date_before_invoice_date", severity="block", value=value)
        assert value in messages.sentence(finding)


def test_a_credit_note_is_called_one() -> None:
    finding = findings.Finding(code="missing_postal_address", severity="block")
    assert messages.sentence(finding, kind="credit_note") == "Kunden mangler postadresse, så kreditnotaen blir ikke sendt ut."
