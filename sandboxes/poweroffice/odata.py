"""The subset of OData that API v1 documents: $filter and $orderby over the PascalCase names of the fields.

    filter     = disjunction             the whole filter begins with a parenthesis
    disjunction = conjunction *("or" conjunction)
    conjunction = negation *("and" negation)
    negation   = ["not"] ("(" disjunction ")" | field operator literal)
    operator   = "eq" | "ne" | "gt" | "ge" | "lt" | "le"
    literal    = DateTimeOffset'..' | DateTime'..' | guid'..' | '..' | number | true | false | null

Source: https://github.com/PowerOffice/go-api-documentation docs/api/rest/filtering.md
Assumed: a timestamp without offset is UTC, a date is its midnight UTC; a comparison with a missing value is only true for `eq
null` and `ne` something; names of operators are lower case. The functions tolower and startswith are not offered.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<paren>[()])|(?P<typed>(?:DateTimeOffset|DateTime|datetimeoffset|datetime|guid)'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMdDfL]?(?![\w'.]))|(?P<word>[A-Za-z_]\w*))"
)


class ODataError(ValueError):
    """The filter or the order cannot be read; the message is what v1 shows as summary."""


class _Lexeme(NamedTuple):
    kind: str
    text: str


def predicate(text: str, types: Mapping[str, type]) -> Predicate:
    """What `$filter` asks of a row. `types` names the fields and the Python type of each. Raises ODataError."""
    if not text.lstrip().startswith("("):
        raise ODataError("Filter must be enclosed in parenthesis")
    parser = _Parser(_lexemes(text), types)
    found = parser.disjunction()
    if parser.here.kind:
        raise ODataError(f"Syntax error at '{parser.here.text}'")
    return found


def sort_key(text: str, types: Mapping[str, type]) -> list[tuple[str, bool]]:
    """The fields of `$orderby` from first to last, with True where descending. Raises ODataError."""
    found: list[tuple[str, bool]] = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        if name not in types:
            raise ODataError(f"No property '{name}' exists")
        if direction.strip() not in ("", "asc", "desc"):
            raise ODataError(f"Invalid direction '{direction.strip()}'")
        found.append((name, direction.strip() == "desc"))
    return found


def _lexemes(text: str) -> list[_Lexeme]:
    found: list[_Lexeme] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ODataError(f"Syntax error at position {at}")
        found.append(_Lexeme(str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return [*found, _Lexeme("", "end of filter")]


class _Parser:
    def __init__(self, lexemes: list[_Lexeme], types: Mapping[str, type]) -> None:
        self._lexemes = lexemes
        self._types = types
        self._at = 0

    @property
    def here(self) -> _Lexeme:
        return self._lexemes[self._at]

    def disjunction(self) -> Predicate:
        found = self._conjunction()
        while self._accept("or"):
            found = _either(found, self._conjunction())
        return found

    def _conjunction(self) -> Predicate:
        found = self._negation()
        while self._accept("and"):
            found = _both(found, self._negation())
        return found

    def _negation(self) -> Predicate:
        if self._accept("not"):
            inner = self._negation()
            return lambda row: not inner(row)
        if not self._accept("("):
            return self._comparison()
        inner = self.disjunction()
        if not self._accept(")"):
            raise ODataError(f"')' expected at '{self.here.text}'")
        return inner

    def _comparison(self) -> Predicate:
        name = self._next()
        if name.kind != "word" or name.text not in self._types:
            raise ODataError(f"No property '{name.text}' exists")
        compare = _OPERATORS.get((sign := self._next()).text)
        if compare is None:
            raise ODataError("Invalid operator")
        value = _literal(self._next(), self._types[name.text])
        return lambda row: _compared(row[name.text], value, compare, sign.text)

    def _accept(self, text: str) -> bool:
        if self.here.text != text or self.here.kind not in ("word", "paren"):
            return False
        self._at += 1
        return True

    def _next(self) -> _Lexeme:
        lexeme = self.here
        if not lexeme.kind:
            raise ODataError("Unexpected end of filter")
        self._at += 1
        return lexeme


def _both(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) and right(row)


def _either(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) or right(row)


def _compared(value: Any, wanted: Any, compare: Callable[[Any, Any], bool], sign: str) -> bool:
    if value is None or wanted is None:
        return (value is wanted) == (sign == "eq") if sign in ("eq", "ne") else False
    return compare(value, wanted)


def _literal(lexeme: _Lexeme, wanted: type) -> Any:
    """The Python value of a literal that is compared with a field of type `wanted`."""
    value = _value(lexeme)
    if wanted is dt.datetime and isinstance(value, dt.datetime):
        return value
    if value is not None and not (type(value) is wanted or (wanted in (int, Decimal) and isinstance(value, Decimal))):
        raise ODataError(f"Operator incompatible with operand types: {lexeme.text}")
    return value


def _value(lexeme: _Lexeme) -> Any:
    kind, text = lexeme
    if kind == "number":
        return Decimal(text.rstrip("mMdDfL"))
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "typed":
        name, _, content = text[:-1].partition("'")
        return _typed(name.lower(), content)
    if kind == "word" and text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    raise ODataError(f"Syntax error at '{text}'")


def _typed(name: str, content: str) -> Any:
    try:
        if name == "guid":
            return str(uuid.UUID(content))
        moment = dt.datetime.fromisoformat(content.replace(" +", "+"))
    except ValueError as error:
        raise ODataError(f"Unrecognized literal '{content}'") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
