"""Calls to PowerOffice Go for one tenant: the token on every call, renewed once on a 401, and a 403 that says what is missing.

A 403 can mean that the client lacks a subscription rather than that the integration lacks a right; the token's claims tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from fakturabro.remote import answers, errors, http, rates, sessions
from fakturabro.remote import messages as remote_messages
from fakturabro.systems.poweroffice import messages, tokens


class IncompleteListError(errors.Unavailable):
    """A list moved while it was read, or was cut: what was read is right but not all; read it again in the next run."""


class Session(sessions.Session[tokens.Token]):
    """One tenant at one of the two services; `base` is its address without a slash at the end, v2 with its /v2."""

    def __init__(
        self,
        remote: http.Remote,
        *,
        base: str,
        tenant: str,
        source: tokens.TokenSource,
        budget: rates.RateBudget | None,
        subscription_key: str = "",
    ) -> None:
        super().__init__(
            remote,
            base=base,
            target=http.Target(system=tokens.SYSTEM, tenant=tenant, budget=budget),
            source=source,
            headers={"Ocp-Apim-Subscription-Key": subscription_key} if subscription_key else {},
            content_type="application/json; charset=utf-8",
            expected=(401, 403),
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        changes: bool,
        params: Mapping[str, str | int] | None = None,
        content: bytes | None = None,
    ) -> answers.Answer:
        """Call `path` under the base. Raises the ladder; a 401 renews the token once."""
        answer, token = await self._call(method, path, changes=changes, params=params, content=content)
        if answer.status == 401:
            raise self._no_access(messages.refused_token(self.tenant))
        if answer.status == 403:
            found = tokens.claims(token)
            privileges, subscriptions = _texts(found.go_invalid_privileges), _texts(found.go_active_client_subscriptions)
            raise self._no_access(messages.no_right(self.tenant, answer.where, privileges, subscriptions))
        return answer

    async def find(self, path: str) -> answers.Answer | None:
        """One thing; None where the service itself says that it is not there. Raises the ladder."""
        try:
            return await self.send("GET", path, changes=False)
        except errors.Rejected as error:
            if error.status != 404:
                raise
            if not error.detail:
                raise errors.Unavailable(remote_messages.not_the_service(path)) from None
            return None


def _texts(claim: list[str] | str | None) -> list[str]:
    return [claim] if isinstance(claim, str) else claim or []
