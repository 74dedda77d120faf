"""Calls to Fortnox for one tenant: the token on every call, renewed once on a 401; Swedish error codes classed; lists to their end.

Source: www.fortnox.se/developer (errors, parameters, rate limits: 25 requests in any 5 seconds per client id and tenant).
Assumed: scope and licence are refused with 403, or with 400 and one of the codes in `_NO_RIGHT`; what is not there with 404;
the Date of an answer and `lastmodified` go by one clock.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import urllib.parse
from collections.abc import AsyncIterator, Mapping
from typing import TypeVar, cast

import msgspec

from fakturabro.remote import answers, errors, http, rates, sessions
from fakturabro.systems.fortnox import messages, tokens, wire

BURST, WINDOW = 25, 5.0
"""So many requests in any so many seconds."""
_PAGE_SIZE = 500
_NO_RIGHT = (2000310, 2000311, 2000663, 2001101, 2001103)
_NO_PLACE = ("", ".", "..")
_SAID_NO = (400, 401, 403, 404)

Row = TypeVar("Row")


class IncompleteListError(errors.Unavailable):
    """A list moved while it was read: what was read is right but not all; read it again in the next run."""


class NoRightError(errors.CredentialError):
    """Scope, licence or module is missing; `code` is Fortnox's, None where it gave none."""

    code: int | None = None


class Session(sessions.Session[tokens.Token]):
    """One tenant; `base` is the address with its /3, without a slash at the end."""

    def __init__(
        self, remote: http.Remote, *, base: str, tenant: str, source: tokens.TokenSource, budget: rates.RateBudget | None
    ) -> None:
        super().__init__(
            remote,
            base=base,
            target=http.Target(system=tokens.SYSTEM, tenant=tenant, budget=budget),
            source=source,
            headers={"Accept": "application/json"},
            content_type="application/json",
            expected=_SAID_NO,
        )
        self.answered_at: dt.datetime | None = None
        """When Fortnox's own clock said that it answered last; aware. Lists show no times: what they tell is true until then."""

    async def send(
        self,
        method: str,
        path: str,
        *,
        changes: bool,
        params: Mapping[str, str | int] | None = None,
        content: bytes | None = None,
        content_type: str = "",
    ) -> answers.Answer:
        """Call `path` under the base. Raises the ladder; a 404 is Rejected with that status. A 401 renews the token once."""
        answer, _ = await self._call(method, path, changes=changes, params=params, content=content, content_type=content_type)
        self.answered_at = answers.said_at(answer) or self.answered_at
        if answer.status == 401:
            raise self._no_access(messages.refused_token(self.tenant))
        if answer.status in _SAID_NO:
            found = _said(answer)
            said = messages.said(found.code, found.word, answers.one_line(found.message))
            if answer.status == 403 or found.code in _NO_RIGHT:
                raise self._without_right(found.code, messages.no_right(self.tenant, answer.where, said))
            raise errors.Rejected(messages.refused(answer.where, said), detail=said, status=answer.status)
        return answer

    def unversioned(self) -> Session:
        """The same tenant, token and budget at the address without /3."""
        other = copy.copy(self)
        other._base = self._base.removesuffix("/3")
        return other

    def _without_right(self, code: int | None, message: str) -> NoRightError:
        error = NoRightError(message, system=tokens.SYSTEM, tenant=self.tenant)
        error.code = code
        return error

    async def pages(
        self, path: str, name: str, shape: type[Row], params: Mapping[str, str | int] | None = None
    ) -> AsyncIterator[list[Row]]:
        """The pages of the list `name`. Raises IncompleteListError where they are not the total that it states."""
        read, page, pages, stated = 0, 1, 1, 0
        while page <= pages:
            asked: dict[str, str | int] = {**(params or {}), "page": page, "limit": _PAGE_SIZE}
            answer = await self.send("GET", path, changes=False, params=asked)
            found = answers.decode(answer, dict[str, msgspec.Raw])
            rows = _decode(answer, found.get(name, msgspec.Raw(b"[]")), list[shape])
            meta = _decode(answer, found.get("MetaInformation", msgspec.Raw(b"{}")), wire.MetaInformation)
            stated, pages = meta.total_resources or 0, meta.total_pages or (page + (len(rows) >= _PAGE_SIZE))
            read, page = read + len(rows), page + 1
            yield rows
        if stated and read != stated:
            raise IncompleteListError(messages.incomplete(name, read, stated))


def quoted(key: str) -> str:
    """A key as it stands in a path. Raises Rejected for one that would lead to another place: nothing, a full stop or two."""
    if key in _NO_PLACE:
        raise errors.Rejected(messages.no_key(key), detail=messages.no_key(key))
    return urllib.parse.quote(key, safe="")


def since(changed_since: dt.datetime | None) -> dict[str, str | int]:
    """The filter of lists that tells what changed, to the minute. In UTC: were it Swedish time, more is read and nothing lost."""
    return {"lastmodified": f"{changed_since.astimezone(dt.UTC):%Y-%m-%d %H:%M}"} if changed_since else {}


def _said(answer: answers.Answer) -> wire.ErrorInformation:
    """Fortnox's code and words, in whichever of its forms and cases they came."""
    problem = answer.problem()
    inner = problem.get("errorinformation", problem)
    fields = {str(key).lower(): value for key, value in cast(dict[str, object], inner).items()} if isinstance(inner, dict) else {}
    code, message = fields.get("code"), fields.get("message") or fields.get("error_description") or ""
    word = fields.get("error")
    return wire.ErrorInformation(
        code=int(code) if isinstance(code, int | float) else None,
        word=answers.one_line(word)[:50] if isinstance(word, str) else "",
        message=str(message),
    )


def unwrap(answer: answers.Answer, name: str, shape: type[Row]) -> Row:
    """The object that stands under its own name. Raises as answers.decode."""
    return _decode(answer, answers.decode(answer, dict[str, msgspec.Raw]).get(name, msgspec.Raw(b"null")), shape)


def _decode(answer: answers.Answer, raw: msgspec.Raw, shape: type[Row]) -> Row:
    return answers.decode(dataclasses.replace(answer, body=bytes(raw)), shape)
