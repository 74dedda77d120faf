"""Lists of PowerOffice Go v2 in pages: the next one's query stands in the header X-Pagination, 204 means none.

Source: the vendor's v2 OpenAPI file; X-Pagination with `nextPageLink` as ds-provider-powerofficego-py-lib 0.1.6 reads it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TypeVar

import httpx
import msgspec

from fakturabro.remote import answers
from fakturabro.systems.poweroffice import messages, session, wire

_PAGE_SIZE = 5000
_VALUES_PER_CALL = 100

Row = TypeVar("Row")
Value = TypeVar("Value", int, str)


async def pages(calls: session.Session, path: str, params: Mapping[str, str], shape: type[list[Row]]) -> AsyncIterator[list[Row]]:
    """The pages of a list. Raises the ladder, and session.IncompleteListError where the list goes in circles."""
    asked: dict[str, str | int] = {**params, "PageSize": _PAGE_SIZE}
    followed: list[dict[str, str | int]] = []
    while asked and asked not in followed:
        followed.append(asked)
        answer = await calls.send("GET", path, changes=False, params=asked)
        if answer.status == 204:
            return
        page = answers.decode(answer, shape)
        yield page
        asked = _next_page(answer, len(page))
    if asked:
        raise session.IncompleteListError(messages.incomplete(path, len(followed) * _PAGE_SIZE, "samme side om igjen"))


async def rows(calls: session.Session, path: str, params: Mapping[str, str], shape: type[list[Row]]) -> list[Row]:
    """A whole list."""
    return [row async for page in pages(calls, path, params, shape) for row in page]


async def among(
    calls: session.Session, path: str, name: str, values: Iterable[Value], shape: type[list[Row]], **params: str
) -> list[Row]:
    """The rows that the filter `name` lets through for these values, a hundred in a call; none for no values."""
    wanted = [str(value) for value in sorted(set(values))]
    found: list[Row] = []
    for start in range(0, len(wanted), _VALUES_PER_CALL):
        part = {**params, name: ",".join(wanted[start : start + _VALUES_PER_CALL])}
        found += await rows(calls, path, part, shape)
    return found


def _next_page(answer: answers.Answer, count: int) -> dict[str, str | int]:
    """The query of the next page, empty after the last. Only the link's query is used: the token goes nowhere but to our base."""
    header = answer.headers.get("x-pagination", "")
    if not header and count >= _PAGE_SIZE:
        raise session.IncompleteListError(messages.incomplete(answer.where, count, "ingen neste side"))
    try:
        link = msgspec.json.decode(header, type=wire.Pagination).next_page_link if header else None
        return dict(httpx.URL(link).params.items()) if link else {}
    except (ValueError, httpx.InvalidURL):
        raise session.IncompleteListError(messages.incomplete(answer.where, count, "uleselig X-Pagination")) from None
