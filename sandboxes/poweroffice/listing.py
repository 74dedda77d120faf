"""What v2's lists share: number lists with ranges, timestamps, OrderBy, Fields, pages and the X-Pagination header.

Assumed: the names beside nextPageLink in X-Pagination.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import control

_DEFAULT_SIZE, _LARGEST_SIZE = 5000, 20000


class FilterError(ValueError):
    """A query parameter cannot be read; v2 answers 400."""


def numbers(text: str) -> Callable[[int | None], bool]:
    """Whether a number is in a list such as "10000-11000,12000,13000-"."""
    ranges: list[tuple[int, float]] = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()):
            raise FilterError(f"'{part}' is not a number or a range of numbers.")
        ranges.append((int(first), int(last) if last else float("inf") if dash else int(first)))
    return lambda number: number is not None and any(first <= number <= last for first, last in ranges)


def moment(text: str) -> dt.datetime:
    """A timestamp of a filter; without an offset it is UTC. A plus that arrived as a blank is a plus."""
    plain = text.strip()
    head, _, offset = plain.rpartition(" ")
    if head and offset[:1].isdigit() and ":" in offset and ("T" in head or ":" in head):
        plain = f"{head}+{offset}"
    try:
        found = dt.datetime.fromisoformat(plain.replace(" +", "+").replace(" -", "-"))
    except ValueError as error:
        raise FilterError(f"'{text}' is not a valid date and time.") from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError as error:
        raise FilterError(f"'{text}' is not a valid date.") from error


def answer(request: Request, rows: list[dict[str, Any]]) -> Response:
    """The asked page of `rows`, 204 if there is none, with X-Pagination."""
    query = {name.lower(): value for name, value in request.query_params.items()}
    number, size = _whole(query, "pagenumber", 1), _whole(query, "pagesize", _DEFAULT_SIZE)
    if size > _LARGEST_SIZE:
        raise FilterError(f"PageSize cannot be larger than {_LARGEST_SIZE}.")
    page = _ordered(rows, query.get("orderby", ""))[(number - 1) * size : number * size]
    headers = {"X-Pagination": _pagination(request, number, size, len(rows))}
    if not page:
        return Response(status_code=204, headers=headers)
    return control.json_response(_with_fields(page, query.get("fields", "")), headers=headers)


def among(request: Request, name: str, rows: list[dict[str, Any]], field: str) -> Response:
    """The asked page of the rows whose `field` is among the numbers in the filter `name`; of all without it."""
    text = request.query_params.get(name, "").strip()
    wanted = numbers(text) if text else lambda _: True
    return answer(request, [row for row in rows if wanted(row[field])])


def _pagination(request: Request, number: int, size: int, total: int) -> str:
    pages = -(-total // size)

    def link(page: int) -> str | None:
        without = request.url.remove_query_params([name for name in request.query_params if name.lower() == "pagenumber"])
        return str(without.include_query_params(PageNumber=page)) if 1 <= page <= pages else None

    content = {"totalCount": total, "pageSize": size, "currentPage": number, "totalPages": pages}
    return msgspec.json.encode(content | {"previousPageLink": link(number - 1), "nextPageLink": link(number + 1)}).decode()


def _ordered(rows: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    ordered = rows
    for part in reversed([one.strip() for one in text.split(",") if one.strip()]):
        name, _, direction = part.partition(" ")
        _known(rows, name)
        by_name: Callable[[Mapping[str, Any]], Any] = lambda row, name=name: (row[name] is not None, row[name])  # noqa: E731 - one key
        ordered = sorted(ordered, key=by_name, reverse=direction.strip().lower() == "desc")
    return ordered


def _with_fields(rows: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    names = [one.strip() for one in text.split(",") if one.strip()]
    for name in names:
        _known(rows, name)
    return [{name: row[name] for name in names} for row in rows] if names else rows


def _known(rows: list[dict[str, Any]], name: str) -> None:
    if rows and name not in rows[0]:
        raise FilterError(f"Field '{name}' does not exist.")


def _whole(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "") or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise FilterError(f"{name} must be a positive number.")
    return int(text)
