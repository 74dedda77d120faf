"""One request of a debtor: which link it came by, in which language it is answered, and the pages that say one thing.

A request is looked up in one go, in the ledger's thread, and nothing is written: mail scanners fetch links by the hundred, and to
fetch one counts as nothing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from starlette.requests import Request
from starlette.responses import Response

from fakturabro.domain import languages
from fakturabro.gateway import desk, security
from fakturabro.gateway.portal import words as portal_words
from fakturabro.ledger.portal import entry as portal_entry
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import links as portal

_TOKEN_LENGTH = 43
_COOKIE = "__Host-f-"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Visit:
    """`link` is None when nobody knows the token; `inside` says that the browser brought a session of it that lives.

    `client` and `kind` are who sent the document and what it is, "" where that is unknown.
    """

    one: desk.Desk
    request: Request
    token: str
    hash: str
    now: dt.datetime
    language: languages.Language
    link: portal.Link | None = None
    client: str = ""
    kind: str = ""
    inside: bool = False

    @property
    def cookie(self) -> str:
        """The name of this link's cookie: a person may have several invoices open at once."""
        return _COOKIE + self.hash[:16]

    def address(self, below: str = "") -> str:
        """A page of this link, in the language that the visitor reads now. For tokens that opened something only."""
        return f"/{security.DEBTORS}/{self.token}{below}?lang={self.language}"

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A page; its forms post to `action`, which is the page itself."""
        t = portal_words.texts(self.language)
        known = {"t": t, "language": self.language, "other": portal_words.other(self.language), "client": self.client}
        known |= {"action": f"?lang={self.language}", "form_token": security.form_token(self.one.parts.key, self.hash)}
        return self.one.render(template, status, **known | values)

    def tell(self, name: str, status: int = 200, *, may_wish: bool = False, back: str = "", **values: str) -> Response:
        """A page that says one thing: the texts `<name>_title` and `<name>_text`. `back` is where it leads on to."""
        t = portal_words.texts(self.language)
        text = t[f"{name}_text"].format(**{"client": self.client or t["sender"]} | values)
        return self.page("portal_told.html", status, title=t[f"{name}_title"], text=text, back=back, may_wish=may_wish)

    async def looked_up(self) -> Visit:
        """The same visit with its link and, where the browser brings one, its session."""
        if len(self.token) != _TOKEN_LENGTH:
            return self
        return await self.one.call(_find, self, self.request.cookies.get(self.cookie, ""))

    async def read_form(self) -> dict[str, str]:
        """The form's fields. Raises FormError."""
        return await self.one.read_form_of(self.request, self.hash)


def begin(one: desk.Desk, request: Request) -> Visit:
    """A visit of which the ledger was not asked."""
    token = str(request.path_params.get("token", ""))
    said = portal_words.language(request.query_params.get("lang", ""))
    now, language = one.now(), said or one.language
    return Visit(one=one, request=request, token=token, hash=portal_keys.token_hash(token), now=now, language=language)


def _find(visit: Visit, session: str) -> Visit:
    ledger = visit.one.parts.ledger
    link, face = portal.find_with_face(ledger, visit.token)
    if link is None:
        return visit
    inside = bool(session) and portal_entry.find_session(ledger, visit.token, session, visit.now) is not None
    known = {"client": face.client_name, "kind": face.kind} if face else {}
    language = portal_words.language(visit.request.query_params.get("lang", "")) or link.language
    return dataclasses.replace(visit, link=link, language=language, inside=inside, **known)
