"""What all pages share: the ledger in a thread of its own, links that are opened or refused alike, and answers in one language."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import copy
import datetime as dt
import functools
import pathlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jinja2
from sqlalchemy import exc
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fakturabro.gateway import messages, parts, security
from fakturabro.ledger import engine, links, opened

P = ParamSpec("P")
T = TypeVar("T")

Admits = Callable[[opened.Ledger, links.Link], bool]
Speaks = Callable[[opened.Ledger, str], parts.Language | None]
"""The language of whom a token belongs or belonged to; None where nobody knows."""
_TEMPLATES = pathlib.Path(__file__).parent / "templates"


class Desk:
    """One per application. The ledger is spoken to by one thread: what seals and unseals is not safe between several."""

    def __init__(self, given: parts.Parts) -> None:
        self.parts = given
        self.language: parts.Language = given.language
        self.texts = messages.texts(given.language)
        self._fits = False
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="ledger")
        loader = jinja2.FileSystemLoader(_TEMPLATES)
        self._templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False)
        self._by_address = security.AttemptLimit(lambda: asyncio.get_running_loop().time())

    def speaking(self, language: parts.Language) -> Desk:
        """The same desk, with the same thread and the same counts, for one visitor's language."""
        other = copy.copy(self)
        other.language, other.texts = language, messages.texts(language)
        return other

    def now(self) -> dt.datetime:
        """The time, as we were given it."""
        return self.parts.now()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what touches the ledger."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, functools.partial(function, *args, **kwargs))

    async def fits(self) -> bool:
        """Whether the ledger has the schema that we write. Asked until it has."""
        if not self._fits:
            with contextlib.suppress(engine.LedgerError, exc.SQLAlchemyError):
                await self.call(engine.check_schema, self.parts.ledger.engine)
                self._fits = True
        return self._fits

    def close(self) -> None:
        """End the ledger's thread when its work is done."""
        self._thread.shutdown()

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A page; what stands in `values` is text, never markup."""
        return self.render(template, status, t=self.texts, language=self.language, **values)

    def render(self, template: str, status: int, **values: object) -> Response:
        """A page with words of its own."""
        return HTMLResponse(self._templates.get_template(template).render(**values), status)

    def form(self, template: str, request: Request, link: links.Link, status: int = 200, **values: object) -> Response:
        """A page with a form that posts to its own address."""
        token = security.form_token(self.parts.key, link.hash)
        return self.page(template, status, action=request.url.path, form_token=token, **values)

    def tell(self, name: str, status: int = 200, **values: str) -> Response:
        """A page that says one thing: the texts `<name>_title` and `<name>_text`."""
        title, text = self.texts[f"{name}_title"], self.texts[f"{name}_text"].format(**values)
        return self.page("told.html", status, title=title, text=text)

    async def open(
        self, request: Request, page: str, admits: Admits | None = None, speaks: Speaks | None = None
    ) -> links.Link | Response:
        """The link that the address holds, or the refusal: the same words after the same time, whatever is wrong with it.

        What `admits` says no to is refused like a link that is unknown. Where `speaks` knows whose link it was, the words are in
        their language.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        if self.has_to_wait(request):
            return self.tell("too_many", 429)
        token = str(request.path_params["token"])
        link = await self.call(links.find, self.parts.ledger, page, token, self.now())
        if link is not None and (admits is None or await self.call(admits, self.parts.ledger, link)):
            return link
        self.count_failure(request)
        language = await self.call(speaks, self.parts.ledger, token) if speaks else None
        await asyncio.sleep(self.parts.refusal_seconds - (clock() - began))
        return self.speaking(language or self.language).refuse()

    def refuse(self) -> Response:
        """What everybody reads whose link opens nothing."""
        return self.tell("dead_link", 404)

    def has_to_wait(self, request: Request) -> bool:
        """Whether too many failures came from the visitor's address lately."""
        return self._by_address.is_reached(_address(request))

    def count_failure(self, request: Request) -> None:
        """Note a dead link, a wrong code or a wrong key against the visitor's address."""
        self._by_address.record(_address(request))

    async def read_form(self, request: Request, link: links.Link) -> dict[str, str]:
        """The form's fields. Raises FormError, with 403 when the form was not ours."""
        return await self.read_form_of(request, link.hash)

    async def read_form_of(self, request: Request, link_hash: str) -> dict[str, str]:
        """The same for a link of which the hash alone is known."""
        fields = await security.read_form(request)
        if not security.is_form_token(self.parts.key, link_hash, fields.pop("form_token", "")):
            raise security.FormError(403)
        return fields


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
