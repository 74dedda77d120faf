"""Calls to Severa for one tenant: token and client id on every call, renewed once on a 401; refusals classed; lists to their end.

Source: severa-v1.reconstructed.openapi.json (pageToken and firstRow); NextPageToken as the vendor's document of 2023 has it; 10
calls a second as the vendor's 429 says.
Assumed: a page of 100 is given in every list; the limit is the client id's; a list by rows keeps its order while it is read; a
page that Severa cut has no fewer rows than the 20 that it gives unasked; the Date of an answer and `changedSince` go by one clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeVar
from urllib import parse

from fakturabro.remote import answers, errors, http, rates, sessions
from fakturabro.systems.severa import messages, problems, tokens, wire

PER_SECOND = 10
_PAGE_SIZE, _UNASKED = 100, 20
_NEXT = "nextpagetoken"
_NO_PLACE = frozenset(("", ".", ".."))
"""No part of a path is one of these: it would lead to another place."""
_SAID_NO = (400, 401, 403, 404, 409)

Params = Mapping[str, str | int | Sequence[str | int]]
Row = TypeVar("Row")
Keyed = TypeVar("Keyed", bound=wire.Keyed)


class IncompleteListError(errors.Unavailable):
    """A list went in circles or was cut: what was read is right but perhaps not all; read it again in the next run."""


class Session(sessions.Session[tokens.Token]):
    """One tenant; `base` is the address with its /v1, without a slash at the end."""

    def __init__(
        self,
        remote: http.Remote,
        *,
        base: str,
        tenant: str,
        source: tokens.TokenSource,
        client_id: str,
        budget: rates.RateBudget | None,
    ) -> None:
        super().__init__(
            remote,
            base=base,
            target=http.Target(system=tokens.SYSTEM, tenant=tenant, budget=budget),
            source=source,
            headers={"client_id": client_id},
            content_type="application/json",
            expected=_SAID_NO,
        )
        self.answered_at: dt.datetime | None = None
        """When Severa's own clock said that it answered last; aware."""

    async def fetch_missing_scopes(self) -> list[str]:
        """The scopes that the client's keys lack; none where Severa does not say. Raises the ladder."""
        return tokens.missing_scopes(await self._source.current())

    async def send(
        self,
        method: str,
        path: str,
        *,
        changes: bool,
        params: Params | None = None,
        content: bytes | None = None,
        content_type: str = "",
    ) -> answers.Answer:
        """Call `path` under the base; a list in `params` is repeated. Raises the ladder; a 404 is Rejected with that status."""
        if _NO_PLACE.intersection(path.split("/")[1:]):
            raise errors.Rejected(messages.not_found(path))
        query = f"?{parse.urlencode(params, doseq=True)}" if params else ""
        answer, _ = await self._call(method, path + query, changes=changes, params=None, content=content, content_type=content_type)
        self.answered_at = answers.said_at(answer) or self.answered_at
        if answer.status not in _SAID_NO:
            return answer
        problem = problems.read(answer)
        if answer.status in (401, 403) or problem.is_about_access:
            unknown = answer.status == 401 and not problem.is_about_access
            message = messages.refused_token(self.tenant) if unknown else messages.no_right(self.tenant, answer.where, problem.said)
            raise self._no_access(message)
        absent = answer.status == 404 and not problem.kind
        message = messages.not_found(answer.where) if absent else messages.refused(answer.where, problem.said)
        raise errors.Rejected(message, detail=problem.said, status=answer.status)

    async def fetch(self, path: str, shape: type[Row], params: Params | None = None) -> Row:
        """One thing, or a list that comes whole."""
        return answers.decode(await self.send("GET", path, changes=False, params=params), shape)

    async def by_token(self, path: str, shape: type[Row], params: Params | None = None) -> AsyncIterator[list[Row]]:
        """The pages of a list whose next page is named in a header. Raises IncompleteListError where it is cut."""
        asked: dict[str, str | int | Sequence[str | int]] = {**(params or {}), "rowCount": _PAGE_SIZE}
        followed: set[str] = set()
        while True:
            answer = await self.send("GET", path, changes=False, params=asked)
            rows, following = answers.decode(answer, list[shape]), answer.headers.get(_NEXT, "")
            if not following and not followed and len(rows) >= _PAGE_SIZE:
                await self._require_token(path, asked, len(rows))
            yield rows
            if not following:
                return
            if following in followed:
                raise IncompleteListError(messages.went_in_circles(answer.where))
            followed.add(following)
            asked["pageToken"] = following

    async def _require_token(self, path: str, asked: Params, count: int) -> None:
        """A full first page without a token may be the whole list, or have lost it on the way: a page of one less must have one."""
        answer = await self.send("GET", path, changes=False, params={**asked, "rowCount": count - 1})
        if not answer.headers.get(_NEXT):
            raise IncompleteListError(messages.no_next_page(answer.where, count))

    async def by_row(self, path: str, shape: type[Keyed], params: Params | None = None) -> AsyncIterator[list[Keyed]]:
        """The pages of a list that is counted in rows, to the first of fewer than 20: a longer one may be one that Severa cut."""
        seen: set[str] = set()
        first = 0
        while True:
            asked = {**(params or {}), "firstRow": first, "rowCount": _PAGE_SIZE}
            answer = await self.send("GET", path, changes=False, params=asked)
            rows = answers.decode(answer, list[shape])
            fresh = [row for row in rows if row.guid not in seen]
            if rows and not fresh:
                raise IncompleteListError(messages.went_in_circles(answer.where))
            if not rows:
                return
            yield fresh
            if len(rows) < _UNASKED:
                return
            seen.update(row.guid for row in fresh)
            first += len(rows)
