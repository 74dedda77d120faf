"""Lists of PowerOffice Go v2 in pages: the next one's query stands in the header X-Pagination, 204 means none.

Source: the vendor's v2 OpenAPI file; X-Pagination with `nextPageLink` as ds-provider-powerofficego-py-lib 0.1.6 reads it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TypeVar

import httpx
import msgspec

from fakturabro.remote import answers
from fakturabro.systems.poweroffice import messages, session, wire

_PAGE_SIZE = 5000

Row = TypeVar("Row")


async def pages(calls: session.Session, path: str, params: Mapping[str, str], shape: type[list[Row]]) -> AsyncIterator[list[Row]]:
    """The pages of a list. Raises the ladder, and session.IncompleteListError where the list goes in circles."""
    asked: dict[str, str | int] = {**params, "PageSize": _PAGE_SIZE}
    followed: list[dict[str, str | int]] = []
    while asked and asked not in followed:
        followed.append(asked)
        answer = await calls.send("GET", path, changes=False, params=asked)
        if answer.status == 204:
            return
        rows = answers.decode(answer, shape)
        yield rows
        asked = _next_page(answer, len(rows))
    if asked:
        raise session.IncompleteListError(messages.incomplete(path, len(followed) * _PAGE_SIZE, "samme side om igjen"))


def _next_page(answer: answers.Answer, rows: int) -> dict[str, str | int]:
    """The query of the next page, empty after the last. Only the link's query is used: the token goes nowhere but to our base."""
    header = answer.headers.get("x-pagination", "")
    if not header and rows >= _PAGE_SIZE:
        raise session.IncompleteListError(messages.incomplete(answer.where, rows, "ingen neste side"))
    try:
        link = msgspec.json.decode(header, type=wire.Pagination).next_page_link if header else None
        return dict(httpx.URL(link).params.items()) if link else {}
    except (ValueError, httpx.InvalidURL):
        raise session.IncompleteListError(messages.incomplete(answer.where, rows, "uleselig X-Pagination")) from None
