"""Calls for one tenant with a bearer token, renewed once where it is refused. What an answer means is for the system to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from fakturabro.remote import answers, errors, http, tokens

T = TypeVar("T", bound=tokens.Token)


class Session(Generic[T]):
    """One tenant at one service; `base` is its address, `headers` go with every call, `content_type` with what is sent unless a
    call has its own.

    `expected` are the statuses that come back as answers; all others are the ladder.
    """

    def __init__(
        self,
        remote: http.Remote,
        *,
        base: str,
        target: http.Target,
        source: tokens.TokenSource[T],
        headers: Mapping[str, str],
        content_type: str,
        expected: tuple[int, ...],
    ) -> None:
        self._remote, self._source, self._base = remote, source, base.rstrip("/")
        self._target, self._headers, self._content_type, self._expected = target, headers, content_type, expected

    @property
    def tenant(self) -> str:
        return self._target.tenant

    async def _call(
        self,
        method: str,
        path: str,
        *,
        changes: bool,
        params: Mapping[str, str | int] | None,
        content: bytes | None,
        content_type: str = "",
    ) -> tuple[answers.Answer, T]:
        """The answer and the token that it was given to; a 401 of a fresh token is an answer. Raises the ladder."""
        token = await self._source.current()
        answer = await self._send(token, method, path, changes, params, content, content_type)
        if answer.status == 401:
            token = await self._source.replace(token)
            answer = await self._send(token, method, path, changes, params, content, content_type)
        return answer, token

    async def _send(
        self,
        token: T,
        method: str,
        path: str,
        changes: bool,
        params: Mapping[str, str | int] | None,
        content: bytes | None,
        content_type: str,
    ) -> answers.Answer:
        headers = {**self._headers, "Authorization": f"Bearer {token.value}"}
        if content is not None:
            headers["Content-Type"] = content_type or self._content_type
        url = f"{self._base}{path}"
        return await self._remote.send(
            self._target, method, url, changes=changes, params=params, headers=headers, content=content, expected=self._expected
        )

    def _no_access(self, message: str) -> errors.CredentialError:
        return errors.CredentialError(message, system=self._target.system, tenant=self.tenant)
