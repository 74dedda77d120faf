"""The sentences people read: what a finding says is wrong, and what to do about it, in bokmål and in English.

The texts stand in texts_nb and texts_en. A code is added there, in blocking and where it is found; a test holds them together.
What does not belong here: severity, holds, layout of a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from data_quality import kinds, names_en, names_nb, texts_en, texts_nb, written
from fakturabro.domain import findings

Language = Literal["nb", "en"]
Kind = str
"""What a finding is about, by the name of a kind (see kinds): a document, or a customer card that the next document would meet."""
CARD_TEXTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {"nb": texts_nb.CARD_TEXTS, "en": texts_en.CARD_TEXTS}
TEXTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    "nb": {**texts_nb.TEXTS, **{code: one.said["nb"][1:] for code, one in kinds.codes().items()}},
    "en": {**texts_en.TEXTS, **{code: one.said["en"][1:] for code, one in kinds.codes().items()}},
}
"""Per code: what is wrong and what to do. In braces may stand {value}, {suggestion}, {part} (the field in words), {doc} and {Doc}
(invoice or credit note), {redo} (how such a document is made anew) and, in the second, {card} (the customer card to open)."""
_FOR_OPERATORS: Mapping[str, Literal["value", "suggestion"]] = {
    "unreadable_document": "value",
    "cannot_be_produced": "value",
    "ehf_rule_broken": "suggestion",
    "kid_not_possible": "suggestion",
}
"""Per code the part of the finding that a program wrote, mostly in English: it says something to operators only."""
_OF_TWO_AMOUNTS = frozenset(
    {"line_amount_differs", "sum_of_lines_differs", "totals_do_not_add_up", "vat_does_not_add_up", "source_total_differs"}
)
"""Two amounts that do not agree: the sentence names both, and which of them is wrong only the client can see."""
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
    if _FOR_OPERATORS.get(finding.code) == "suggestion" or finding.code in _OF_TWO_AMOUNTS:
        return ""
    return written.written(finding.suggestion, finding.code, finding.field, language)


def technical(finding: findings.Finding) -> str:
    """What a program said of it, for operators; empty for most."""
    return {"value": finding.value, "suggestion": finding.suggestion}.get(_FOR_OPERATORS.get(finding.code, ""), "")


def _texts(code: str, language: Language, kind: Kind) -> tuple[str, str]:
    return (CARD_TEXTS[language].get(code) if kind == "customer" else None) or TEXTS[language][code]


def _words(finding: findings.Finding, language: Language, kind: Kind) -> dict[str, str]:
    document = kinds.read()[kind].words[language]
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


_NOTHING: Mapping[Language, str] = {"nb": "(tomt)", "en": "(empty)"}
_CARD: Mapping[Language, tuple[str, tuple[str, str]]] = {
    "nb": ("kundekortet", (" til {}", " (kundenr. {})")),
    "en": ("the customer card", (" of {}", " (customer no. {})")),
}
_FIELDS: Mapping[Language, Mapping[str, str]] = {
    "nb": {**names_nb.FIELDS, **kinds.fields("nb")},
    "en": {**names_en.FIELDS, **kinds.fields("en")},
}
"""Per field what stands beside it on the client's screen."""
_PARTS: Mapping[Language, Mapping[str, str]] = {
    "nb": {**names_nb.PARTS, **kinds.parts("nb")},
    "en": {**names_en.PARTS, **kinds.parts("en")},
}
"""Per field the words inside a sentence."""
