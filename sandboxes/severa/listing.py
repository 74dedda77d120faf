"""Severa's lists: filters, and pages by token or by row.

Source: severa-v1.reconstructed.openapi.json (query parameters; 20 rows unless asked for, 100 at most).
Assumed: more than 100 gives 100; a parameter that the operation does not have is refused; a last page has no NextPageToken.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandboxes import control
from sandboxes.severa import refusals

Row = dict[str, Any]
Test = Callable[[Row, list[str]], bool]
_DEFAULT, _LARGEST = 20, 100
_PAGING = {"rowCount", "pageToken", "firstRow", "calculateRowCount"}


def _flag(name: str) -> Test:
    return lambda row, wanted: bool(row.get(name)) is (wanted[0] == "true")


def _among(name: str, inner: str = "") -> Test:
    return lambda row, wanted: str((row.get(name) or {}).get(inner) if inner else row.get(name)) in wanted


def changed(row: Row) -> dt.datetime:
    """When a row was last changed, or made."""
    return dt.datetime.fromisoformat(row.get("lastUpdatedDateTime") or row["createdDateTime"])


def moment(text: str) -> dt.datetime:
    """A time of a filter; without offset it is UTC."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise refusals.RefusalError("InvalidParameter", f"'{text}' is no date-time.", where="UriParameter") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


_SINCE: dict[str, Test] = {"changedSince": lambda row, wanted: changed(row) >= moment(wanted[0])}
FILTERS: dict[str, dict[str, Test]] = {
    "customers": {"isActive": _flag("isActive"), "isInternal": _flag("isInternal"), "numbers": _among("number"), **_SINCE},
    "addresses": _SINCE,
    "products": {"isActive": _flag("isActive"), "code": _among("code"), "type": _among("type"), **_SINCE},
    "worktypes": {"active": _flag("isActive"), "code": _among("code"), **_SINCE},
    "travelexpensetypes": {"active": _flag("isActive"), "code": _among("code"), **_SINCE},
    "projects": {"isClosed": _flag("isClosed"), "internal": _flag("isInternal"), "numbers": _among("number"), **_SINCE},
    "invoices": {"invoiceStatusGuids": _among("status", "guid"), "numbers": _among("number"), **_SINCE},
    "invoicerows": _SINCE,
    "projectfees": {"isBillablePeriodInFuture": _flag("sandboxBilledLater")},
    "deletedprojectfees": {"deletedSince": lambda row, wanted: moment(row["deletedDateTime"]) >= moment(wanted[0])},
}


def answer(request: Request, table: str, rows: list[Row], *, by_token: bool) -> Response:
    """The asked page of the rows that the filters let through. Raises RefusalError."""
    tests = FILTERS.get(table, {})
    for name in request.query_params:
        if name in _PAGING and (name == "pageToken") <= by_token and (name == "firstRow") <= (not by_token):
            continue
        if name not in tests:
            raise refusals.RefusalError("InvalidParameter", f"'{name}' is not known here.", where="UriParameter", name=name)
        wanted, test = request.query_params.getlist(name), tests[name]
        rows = [row for row in rows if test(row, wanted)]
    size = min(_whole(request, "rowCount", _DEFAULT) or _DEFAULT, _LARGEST)
    first = _opened(request.query_params.get("pageToken", "")) if by_token else _whole(request, "firstRow", 0)
    page, following = rows[first : first + size], first + size
    headers = {"NextPageToken": _sealed(following)} if by_token and following < len(rows) else {}
    return control.json_response([shown(row) for row in page], headers=headers)


def shown(row: Row) -> Row:
    """A row as it is answered: without what only the sandbox knows, and without objects that are not there."""
    return {name: value for name, value in row.items() if value is not None and not name.startswith("sandbox")}


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise refusals.RefusalError("InvalidParameter", f"{name} must be a number.", where="UriParameter", name=name)
    return int(text)


def _sealed(first: int) -> str:
    return base64.urlsafe_b64encode(f"row:{first}+/=".encode()).decode()


def _opened(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("row:").removesuffix("+/=")) if token else 0
    except ValueError:
        raise refusals.RefusalError("InvalidParameter", "Invalid page token.", where="UriParameter", name="pageToken") from None
