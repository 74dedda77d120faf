"""Every code has its sentences, its weight and a place where it is found; none has more."""

from __future__ import annotations

import string

import pytest

from data_quality import blocking, messages
from data_quality.suites import customers, sales_documents
from fakturabro.domain import findings

LANGUAGES: tuple[messages.Language, ...] = ("nb", "en")
RULES = [rule for suite in (sales_documents, customers) for table in suite.make().tables for rule in table.rules]
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
    finding = findings.Finding(code="sum_of_lines_differs", severity="block", value="1234567.50", suggestion="-0.05")
    assert "1\u00a0234\u00a0567,50" in messages.sentence(finding)
    assert "-0,05" in messages.sentence(finding)
    assert "1,234,567.50" in messages.sentence(finding, "en")


def test_what_is_no_amount_stays() -> None:
    for value in ("2026-11-01", "NaN", "1E+400", "991825828"):
        finding = findings.Finding(code="due_date_before_invoice_date", severity="block", value=value)
        assert value in messages.sentence(finding)


def test_a_credit_note_is_called_one() -> None:
    finding = findings.Finding(code="missing_postal_address", severity="block")
    assert messages.sentence(finding, kind="credit_note") == "Kunden mangler postadresse, så kreditnotaen blir ikke sendt ut."
