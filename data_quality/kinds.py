"""The kinds of things that are checked. Each is declared by its module in suites: what it is called, and what only it has.

What several kinds share stands in weights, texts_nb, texts_en, names_nb and names_en; this module adds what a kind brings along.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from data_quality import suites, weights

Language = Literal["nb", "en"]


class Words(NamedTuple):
    """What a thing of this kind is called inside a sentence ("fakturaen"), and how it is made anew, as a sentence."""

    name: str
    redo: str


class Said(NamedTuple):
    """What people read of a code: the rule's short name, what is wrong, and what to do. In braces as messages.TEXTS has it."""

    name: str
    wrong: str
    remedy: str


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that only this kind has."""

    weight: weights.Weight
    is_fixed: bool = False
    """No tenant can weigh it otherwise."""
    is_found_by_task: bool = False
    """No suite can see it."""
    said: Mapping[Language, Said]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of document, or of card, as the ledger names it."""

    name: str
    words: Mapping[Language, Words]
    codes: Mapping[str, Code] = {}
    fields: Mapping[Language, Mapping[str, str]] = {}
    """Per field of a rule what stands beside it on the client's own screen."""
    parts: Mapping[Language, Mapping[str, str]] = {}
    """Per field the words inside a sentence ({part})."""


@functools.cache
def read() -> Mapping[str, Kind]:
    """Every kind by its name. Raises ValueError where two declare the same kind or the same code."""
    modules = [importlib.import_module(f"{suites.__name__}.{one.name}") for one in pkgutil.iter_modules(suites.__path__)]
    found: list[Kind] = [kind for module in modules for kind in module.KINDS]
    names = [kind.name for kind in found] + [code for kind in found for code in kind.codes] + list(weights.DEFAULTS)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"declared more than once: {', '.join(twice)}; each kind and each code needs a name of its own")
    return {kind.name: kind for kind in found}


def codes() -> Mapping[str, Code]:
    """What single kinds bring along, by code."""
    return {code: one for kind in read().values() for code, one in kind.codes.items()}


def whose(code: str) -> str:
    """The kind that brought a code along; an invoice for codes that several have."""
    return next((kind.name for kind in read().values() if code in kind.codes), "invoice")


def fields(language: Language) -> Mapping[str, str]:
    """The fields of single kinds as they stand on the client's own screen."""
    return {field: said for kind in read().values() for field, said in kind.fields.get(language, {}).items()}


def parts(language: Language) -> Mapping[str, str]:
    """The fields of single kinds inside a sentence."""
    return {field: said for kind in read().values() for field, said in kind.parts.get(language, {}).items()}
