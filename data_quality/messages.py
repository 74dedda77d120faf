"""The sentences people read: what a finding says is wrong, and what to do about it, in bokmål and in English.

The texts stand in texts_nb and texts_en. A code is added there, in blocking and where it is found; a test holds them together.
What does not belong here: severity, holds, layout of a report.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from data_quality import names_en, names_nb, texts_en, texts_nb
from fakturabro.domain import documents, findings

Language = Literal["nb", "en"]
Kind = documents.Kind | Literal["customer"]
"""What a finding is about: a document, or a customer card that the next document would meet."""
CARD_TEXTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {"nb": texts_nb.CARD_TEXTS, "en": texts_en.CARD_TEXTS}
TEXTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {"nb": texts_nb.TEXTS, "en": texts_en.TEXTS}
"""Per code: what is wrong and what to do. In braces may stand {value}, {suggestion}, {part} (the field in words), {doc} and {Doc}
(invoice or credit note), {redo} (how such a document is made anew) and, in the second, {card} (the customer card to open)."""


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


def _texts(code: str, language: Language, kind: Kind) -> tuple[str, str]:
    return (CARD_TEXTS[language].get(code) if kind == "customer" else None) or TEXTS[language][code]


def _words(finding: findings.Finding, language: Language, kind: Kind) -> dict[str, str]:
    document = _DOCUMENTS[language][kind]
    return {
        "value": _amount(finding.value, language) or _NOTHING[language],
        "suggestion": _amount(finding.suggestion, language) or _NOTHING[language],
        "part": _PARTS[language].get(finding.field, finding.field) or _NOTHING[language],
        "doc": document.name,
        "Doc": document.name.capitalize(),
        "redo": document.redo,
    }


def _card(buyer: str, customer: str, language: Language) -> str:
    name, number = _CARD[language]
    return name + (number[0].format(buyer) if buyer else "") + (number[1].format(customer) if customer else "")


def _amount(text: str, language: Language) -> str:
    """An amount as it is written in the language ("1 250,50", "1,250.50"); all else as it stands."""
    if not re.fullmatch(r"-?\d{1,15}\.\d{2,}", text):
        return text
    grouped = f"{decimal.Decimal(text):,f}"
    return grouped.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",") if language == "nb" else grouped


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
