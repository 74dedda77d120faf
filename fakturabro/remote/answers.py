"""An HTTP answer and what it means: status and body to the error ladder, problem texts in whatever case they are written.

Source: RFC 9457 (problem details), RFC 9110 §10.2.3 (Retry-After).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

import msgspec

from fakturabro.domain import identity
from fakturabro.remote import errors, messages

Shape = TypeVar("Shape")

_DETAIL_KEYS = ("title", "detail", "message", "error_description", "summary")
_LONGEST_DETAIL = 500
_SHORTEST_WAIT = 1.0
_LONGEST_WAIT = 86_400.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer read to its end. `body` and `headers` stay out of its repr: a token may stand there."""

    where: str
    changes: bool
    status: int
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: bytes = dataclasses.field(repr=False)

    def error(self, system: str, tenant: str, secrets: Iterable[str] = ()) -> errors.RemoteError:
        """The step of the ladder that this answer stands on; `secrets` are struck out of the counterpart's words."""
        detail = self.detail(secrets)
        if self.status == 429:
            seconds = retry_after(self.headers.get("retry-after", ""), self.headers.get("date", ""))
            return errors.Throttled(messages.throttled(self.where, seconds), seconds)
        if self.status in (401, 403):
            message = messages.no_access(system, tenant, self.status, detail)
            return errors.CredentialError(message, system=system, tenant=tenant)
        if self.status >= 500 or self.status == 408:
            return lost(self.where, str(self.status), self.changes)
        return errors.Rejected(messages.rejected(self.where, self.status, detail), detail=detail, status=self.status)

    def is_absent(self) -> bool:
        """Whether this is the service's own word that a thing is not there; a 404 without one is a wrong address: Unavailable."""
        if self.status != 404:
            return False
        if not self.problem().get("title"):
            raise errors.Unavailable(messages.not_the_service(self.where))
        return True

    def problem(self) -> dict[str, object]:
        """The JSON object in the body with keys in lower case; empty when there is none."""
        try:
            found = msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return {}
        return {key.lower(): value for key, value in cast(dict[str, object], found).items()} if isinstance(found, dict) else {}

    def detail(self, secrets: Iterable[str] = ()) -> str:
        """What the counterpart says is wrong, on one line, identity numbers masked; "" when it says nothing we can read."""
        problem = self.problem()
        text = ". ".join(str(problem[key]).strip().rstrip(".") for key in _DETAIL_KEYS if problem.get(key))
        for secret in secrets:
            text = text.replace(secret, "***")
        return one_line(text)


def said_at(answer: Answer) -> dt.datetime | None:
    """When the counterpart answered, by its own clock (the Date header); aware. None where it does not say."""
    try:
        said = email.utils.parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return said if said.tzinfo else said.replace(tzinfo=dt.UTC)


def one_line(text: str) -> str:
    """`text` without control and half characters and identity numbers, at most 500 characters: fit for a log and a table."""
    return identity.mask_identity_numbers(re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\s]+", " ", text).strip())[:_LONGEST_DETAIL]


def lost(where: str, reason: str, changes: bool) -> errors.RemoteError:
    """The request was on its way, but no answer says what became of it."""
    if changes:
        return errors.Uncertain(messages.unknown_outcome(where, reason))
    return errors.Unavailable(messages.no_answer(where, reason))


def too_large(where: str, limit: int, changes: bool) -> errors.RemoteError:
    """An answer that we refuse to take in: final for a read, to be read back after a change."""
    message = messages.too_large(where, limit)
    return errors.Uncertain(messages.unknown_outcome(where, message)) if changes else errors.Rejected(message)


def decode(answer: Answer, shape: type[Shape]) -> Shape:
    """The JSON body as `shape`. A body of another form is Unavailable for a read, Uncertain for a change."""
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "ikke JSON"
    message = messages.unreadable(answer.where, reason)
    raise errors.Uncertain(messages.unknown_outcome(answer.where, message)) if answer.changes else errors.Unavailable(message)


def retry_after(value: str, date: str) -> float:
    """Seconds to wait by a Retry-After header in either of its forms: 1 (also when it is absent or odd) to 86,400.

    `date` is the answer's Date header: a time to wait until is read by the clock that wrote it.
    """
    if value.strip().isascii() and value.strip().isdigit():
        return min(_LONGEST_WAIT, max(_SHORTEST_WAIT, float(value)))
    try:
        until, now = (email.utils.parsedate_to_datetime(text).replace(tzinfo=dt.UTC) for text in (value, date))
    except ValueError:
        return _SHORTEST_WAIT
    return min(_LONGEST_WAIT, max(_SHORTEST_WAIT, (until - now).total_seconds()))
