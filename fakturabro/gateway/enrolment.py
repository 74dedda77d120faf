"""The page on which an approver gets a code generator: the secret is shown on request, and kept when a first code was right.

The secret is derived from the link, so nothing is stored before it is confirmed, and GET (which mail programs try) shows nothing.
Source: the otpauth address, https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from fakturabro.gateway import desk
from fakturabro.ledger import approvers, links, opened

PAGE = "enrol"
_ISSUER = "Fakturabro"


async def answer(one: desk.Desk, request: Request, link: links.Link) -> Response:
    """GET, HEAD or POST of a link that lives."""
    listed = await one.call(approvers.find, one.parts.ledger, link.tenant)
    if link.person not in {approver.email for approver in listed}:
        return one.tell("not_approver", 403)
    if request.method != "POST":
        return one.form("enrol_start.html", request, link, person=link.person)
    fields = await one.read_form(request, link)
    secret = _secret(one.parts.key, str(request.path_params["token"]))
    if fields.get("step") != "confirm":
        return _show(one, request, link, secret)
    step = approvers.matching_step(secret, "".join(fields.get("code", "").split()), one.now())
    if await one.call(_record, one.parts.ledger, link, listed, secret, step, one.now()):
        return one.tell("enrolled")
    one.count_failure(request)
    if link.attempts + 1 >= links.ATTEMPTS:
        return one.tell("link_spent", 403)
    left = str(links.ATTEMPTS - link.attempts - 1)
    return _show(one, request, link, secret, one.texts["wrong_code"].format(left=left), 403)


def _record(
    ledger: opened.Ledger,
    link: links.Link,
    listed: Sequence[approvers.Approver],
    secret: bytes,
    step: int | None,
    now: dt.datetime,
) -> bool:
    """Whether the person is enrolled from now on; a wrong code (no step) counts against the link.

    Who left the file has no say any more once somebody else was let in.
    """
    sealed = approvers.seal(ledger, link.tenant, secret, now)
    with ledger.writing() as connection:
        if not links.claim(connection, link, now):
            return False
        if step is None:
            links.count_attempt(connection, link)
            return False
        links.spend(connection, link, now)
        approvers.record(connection, sealed, link.tenant, link.person, step, now)
        approvers.forget_former(connection, link.tenant, listed)
        return True


def _secret(key: bytes, token: str) -> bytes:
    """160 bits that only who has both the link and the installation's key can know."""
    return hmac.digest(key, f"totp/{token}".encode(), hashlib.sha256)[:20]


def _show(one: desk.Desk, request: Request, link: links.Link, secret: bytes, fault: str = "", status: int = 200) -> Response:
    text = base64.b32encode(secret).decode()
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    return one.form("enrol.html", request, link, status, uri=_uri(link, text), secret=groups, fault=fault)


def _uri(link: links.Link, secret: str) -> str:
    label = quote(f"{_ISSUER}:{link.person} ({link.tenant})", safe=":@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': _ISSUER})}"
