"""The sentences people read: what a finding says is wrong, and what to do about it, in bokmål and in English.

The texts stand in texts_nb and texts_en. A code is added there, in blocking and where it is found; a test holds them together.
What does not belong here: severity, holds, layout of a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from data_quality import names_en, names_nb, texts_en, texts_nb, written
from fakturabro.domain import documents, findings

Language = Literal["nb", "en"]
Kind = documents.Kind | Literal["customer"]
"""What a finding is about: a document, or a customer card that the next document would meet."""
CARD_TEXTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {"nb": texts_nb.CARD_TEXTS, "en": texts_en.CARD_TEXTS}
TEXTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {"nb": texts_nb.TEXTS, "en": texts_en.TEXTS}
"""Per code: what is wrong and what to do. In braces may stand {value}, {suggestion}, {part} (the field in words), {doc} and {Doc}
(invoice or credit note), {redo} (how such a document is made anew) and, in the second, {card} (the customer card to open)."""
_FOR_OPERATORS: Mapping[str, Literal["value", "suggestion"]] = {
    "unreadable_document": "value",
    "cannot_be_produced": "value",
    "ehf_rule_broken": "suggestion",
    "kid_not_possible": "suggestion",
}
"""Per code the part of the finding that a program wrote, mostly in English: it says something to operators only."""
_OF_ANOTHER_DOCUMENT = frozenset({"duplicate_number", "possible_twin"})


def sentence(finding: findings.Finding, language: Language = "nb", kind: Kind = "invoice") -> str:
    """What is wrong, in one or two sentences. Raises KeyError for a code that has none."""
    return _texts(finding.code, language, kind)[0].format_map(_words(finding, language, kind))


def is_about_card(code: str) -> bool:
    """Whether it is mended on the customer card, once for all documents of the customer."""
    return "{card}" in TEXTS["nb"][code][1]


def remedy(
    finding: findings.Finding,
    *,
    buyer: str = "",
    customer: str = "",
    language: Language = "nb",
    kind: Kind = "invoice",
) -> str:
    """What to do and where. `buyer` (name) and `customer` (number) name the card to open; both may be empty."""
    words = _words(finding, language, kind)
    return _texts(finding.code, language, kind)[1].format_map({**words, "card": _card(buyer, customer, language)})


def field(finding: findings.Finding, language: Language = "nb") -> str:
    """The finding's field in the words of the client's own screen, as the source has it where we have no words; may be empty."""
    return _FIELDS[language].get(finding.field) or _PARTS[language].get(finding.field, finding.field)


def value(finding: findings.Finding, language: Language = "nb") -> str:
    """What stands in the field now, as the language writes it; empty where the finding's value is about something else."""
    hidden = _FOR_OPERATORS.get(finding.code) == "value" or finding.code in _OF_ANOTHER_DOCUMENT
    return "" if hidden else written.written(finding.value, finding.code, finding.field, language)


def suggestion(finding: findings.Finding, language: Language = "nb") -> str:
    """What probably should stand there, as the language writes it; empty for what only operators or nobody can use."""
    if _FOR_OPERATORS.get(finding.code) == "suggestion" or written.is_number_of_nothing(finding.suggestion):
        return ""
    return written.written(finding.suggestion, finding.code, finding.field, language)


def technical(finding: findings.Finding) -> str:
    """What a program said of it, for operators; empty for most."""
    return {"value": finding.value, "suggestion": finding.suggestion}.get(_FOR_OPERATORS.get(finding.code, ""), "")


def _texts(code: str, language: Language, kind: Kind) -> tuple[str, str]:
    return (CARD_TEXTS[language].get(code) if kind == "customer" else None) or TEXTS[language][code]


def _words(finding: findings.Finding, language: Language, kind: Kind) -> dict[str, str]:
    document = _DOCUMENTS[language][kind]
    return {
        "value": written.written(finding.value, finding.code, finding.field, language) or _NOTHING[language],
        "suggestion": _suggestion(finding, language) or _NOTHING[language],
        "part": _PARTS[language].get(finding.field, finding.field) or _NOTHING[language],
        "doc": document.name,
        "Doc": document.name.capitalize(),
        "redo": document.redo,
    }


def _card(buyer: str, customer: str, language: Language) -> str:
    name, number = _CARD[language]
    return name + (number[0].format(buyer) if buyer else "") + (number[1].format(customer) if customer else "")


def _suggestion(finding: findings.Finding, language: Language) -> str:
    if written.is_number_of_nothing(finding.suggestion):
        return (names_nb if language == "nb" else names_en).NOT_A_NUMBER
    return written.written(finding.suggestion, finding.code, finding.field, language)


class _Document(NamedTuple):
    name: str
    redo: str


_DOCUMENTS: Mapping[Language, Mapping[Kind, _Document]] = {
    "nb": {
        "invoice": _Document("fakturaen", "Krediter fakturaen i PowerOffice Go og send en ny med riktige opplysninger."),
        "credit_note": _Document("kreditnotaen", "Lag en ny faktura som opphever kreditnotaen, og send en ny kreditnota."),
        "customer": _Document("neste faktura", "Rett opplysningen før neste faktura lages."),
    },
    "en": {
        "invoice": _Document("invoice", "Credit the invoice in PowerOffice Go and send a new one that is right."),
        "credit_note": _Document("credit note", "Make a new invoice that cancels the credit note, and send a new credit note."),
        "customer": _Document("next invoice", "Correct it before the next invoice is made."),
    },
}
_NOTHING: Mapping[Language, str] = {"nb": "(tomt)", "en": "(empty)"}
_CARD: Mapping[Language, tuple[str, tuple[str, str]]] = {
    "nb": ("kundekortet", (" til {}", " (kundenr. {})")),
    "en": ("the customer card", (" of {}", " (customer no. {})")),
}
_FIELDS: Mapping[Language, Mapping[str, str]] = {"nb": names_nb.FIELDS, "en": names_en.FIELDS}
"""Per field what stands beside it on the client's screen."""
_PARTS: Mapping[Language, Mapping[str, str]] = {"nb": names_nb.PARTS, "en": names_en.PARTS}
"""Per field the words inside a sentence."""
