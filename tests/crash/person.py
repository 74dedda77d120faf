"""People at the gateway's pages: they open the link from the mail, fill in the form, and try again when no answer came.

What the pages told them is kept, and compared with the ledger in the end: what was said stands there, once.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import html
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa

from fakturabro.gateway import connecting, texts_nb
from fakturabro.ledger import approvers, audits, choices, links, opened, operations, stored_secrets, tables
from tests.crash import counterparts, verdicts

ADDRESS, CLIENT = "siv@klient.example", "regnskap@klient.example"
_TOLD = ("decided_in_doubt_accepted", "decided_in_doubt_planned", "already_decided", "settled_elsewhere", "locked", "not_enrolled")
_TOLD += ("not_approver", "caused_it", "link_spent", "dead_link", "too_many", "bad_form", "failed", "enrolled", "connected")
_DECIDED = {"decided_in_doubt_accepted": "accepted", "decided_in_doubt_planned": "planned"}
_SECONDS = 30

Answer = Callable[[], Awaitable[httpx.Response]]
Meeting = Callable[[int, Answer], Awaitable[httpx.Response]]
"""What may happen to a request on its way: (which one of the visit, send it)."""


class _Page(msgspec.Struct, frozen=True):
    """What a person sees: `told` is the name of what the page says, "" when it is a form."""

    told: str
    text: str


class Person:
    """The approver, and the client who gives its key. `mailbox` is where all their mails and the debtors' are."""

    def __init__(self, base: str, mailbox: Any, client_key: str) -> None:
        self._base, self._mailbox, self._client_key = base, mailbox, client_key
        self._browser = httpx.AsyncClient(timeout=40, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
        self._secret, self._step = b"", 0
        self._sent: dict[str, dict[str, str]] = {}
        self.told: dict[str, list[str]] = {}
        """By link, what the pages said; "nothing" when no answer came."""
        self.meant: dict[str, str] = {}
        """By link, how a document in doubt was decided: whether the debtor's mailbox has it."""

    def find_link(self, page: str) -> str | None:
        """The oldest link of all mails that leads to this page and was not followed to its end."""
        pattern = re.compile(re.escape(f"{self._base}/{page}/") + r"[\w-]+")
        found = [link for text in self._mailbox.letters_to(ADDRESS, CLIENT) for link in pattern.findall(text)]
        return next((link for link in found if self.told.get(link, ["nothing"])[-1] == "nothing"), None)

    async def visit(self, link: str, meeting: Meeting | None = None) -> None:
        """Open a link and stay until a page says that it is over. Whoever got no answer before sends the same form again.

        Raises httpx.HTTPError when no answer comes.
        """
        said, count = self.told.setdefault(link, []), 0

        async def ask(fields: dict[str, str] | None) -> _Page:
            nonlocal count

            async def send() -> httpx.Response:
                return await (self._browser.post(link, data=fields) if fields else self._browser.get(link))

            count += 1
            return _read(await (meeting(count - 1, send) if meeting else send()))

        try:
            page = await ask(self._sent.get(link))
            while not page.told:
                fields = self._sent[link] = await self._fill_in(page)
                self.meant[link] = fields.get("answer", "")
                page = await ask(fields)
        except httpx.HTTPError:
            said.append("nothing")
            raise
        said.append(page.told)

    async def _fill_in(self, page: _Page) -> dict[str, str]:
        fields = {"form_token": _find(r'name="form_token" value="(\w+)"', page)}
        if 'name="number"' in page.text:
            return fields | {"step": "confirm", "number": _find(r'name="number" value="(\w+)"', page)}
        if 'name="key"' in page.text:
            return fields | {"step": "test", "key": self._client_key, "alternative": connecting.ALTERNATIVES[1]}
        if 'name="code"' not in page.text:
            return fields | {"step": "show"}
        if 'class="secret"' in page.text:
            self._secret = base64.b32decode(_find(r'class="secret">([A-Z2-7 ]+)<', page).replace(" ", ""))
            return fields | {"step": "confirm", "code": await self._code()}
        key = _find(re.escape(texts_nb.TEXTS["fact_natural_key"]) + r"</dt><dd>(.+?)</dd>", page)
        taken = {str(mail.parsed()["Message-ID"]) for mail in self._mailbox.mail.messages}
        answer = "accepted" if key in taken else "planned"
        return fields | {"answer": answer, "why": "sett etter i innboksen", "code": await self._code()}

    async def _code(self) -> str:
        """What the code generator shows; the next one when this one was typed before."""
        await asyncio.sleep(max(0.0, (self._step + 1) * _SECONDS + 0.1 - time.time()))
        self._step = int(time.time()) // _SECONDS
        return approvers.code(self._secret, self._step)

    def judge(self, ledger: opened.Ledger, verdict: verdicts.Verdict) -> None:
        """Compare what the pages said with what stands."""
        for link, said in self.told.items():
            row = _find_link(ledger, link)
            if row is None:  # its mail left and its sender died: a link that never counted
                verdict.wrong += [f"a link that never counted: {told}" for told in said if told not in ("nothing", "dead_link")]
                continue
            if row.used_at is None:
                verdict.unsettled.append(f"a link to {row.page} was never used up: {said}")
            if row.page == "approvals":
                self._judge_decision(ledger, int(row.subject), self.meant.get(link), said, verdict)
        _judge_moves(ledger, verdict)
        self._judge_key(ledger, verdict)
        faults = audits.find_faults(ledger, counterparts.TENANT)
        verdict.wrong += [f"the audit: {one.table} {one.row}: {one.code} ({one.purpose})" for one in faults]

    def _judge_decision(
        self, ledger: opened.Ledger, decision_id: int, meant: str | None, said: list[str], verdict: verdicts.Verdict
    ) -> None:
        decision = operations.decision
        with ledger.reading() as connection:
            row = connection.execute(sa.select(decision).where(decision.c.id == decision_id)).one()
        recorded = [_DECIDED[told] for told in said if told in _DECIDED]
        name = f"decision {row.id} (the person meant {meant}, the pages said {said})"
        if len(recorded) > 1:
            verdict.duplicated.append(f"{name} was taken {len(recorded)} times")
        if row.decided_at is None or (recorded and row.answer != recorded[0]):
            verdict.lost.append(f"{name} stands as {row.answer}")
        elif row.answer in _DECIDED.values() and (row.answer, row.decided_by) != (meant, ADDRESS):
            verdict.wrong.append(f"{name} stands as {row.answer} by {row.decided_by}")
        verdict.wrong += [
            f"{name}: {told}" for told in said if told not in (*_DECIDED, "nothing", "dead_link", "settled_elsewhere")
        ]

    def _judge_key(self, ledger: opened.Ledger, verdict: verdicts.Verdict) -> None:
        """A link to the connect page is used up when its key is stored, and only then; every storing left its two choices."""
        visited = [said for link, said in self.told.items() if f"/{connecting.PAGE}/" in link]
        choice, names = operations.choice, (choices.EMAIL_ALTERNATIVE, choices.POWEROFFICE_COMPANY)
        with ledger.reading() as connection:
            stored = collections.Counter(connection.execute(sa.select(choice.c.name)).scalars())
        for name in names:
            if stored[name] < len(visited):
                verdict.lost.append(f"{len(visited)} links to give the key were used up, {stored[name]} times there is {name}")
            if stored[name] > len(visited):
                verdict.duplicated.append(
                    f"{len(visited)} links to give the key were used up, {stored[name]} times there is {name}"
                )
        key = stored_secrets.read(ledger, counterparts.TENANT, stored_secrets.POWEROFFICE_CLIENT_KEY)
        if visited and key != self._client_key:
            verdict.lost.append("the client's key is not the one that was given")
        if stored_secrets.read(ledger, counterparts.TENANT, connecting.TESTED) is not None:
            verdict.wrong.append("a key that was only tested is still there")

    async def close(self) -> None:
        await self._browser.aclose()


def _judge_moves(ledger: opened.Ledger, verdict: verdicts.Verdict) -> None:
    """Each decision moved its delivery once; one that was settled elsewhere moved nothing; nothing else is asked any more."""
    decision, log = operations.decision, tables.transfer_log
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(decision)).all()
        query = sa.select(log.c.run, log.c.delivery_id, log.c.outcome).where(log.c.run.like("decision:%"))
        moves = collections.Counter(tuple(line) for line in connection.execute(query))
    for row in rows:
        if row.decided_at is None:
            verdict.unsettled.append(f"decision {row.id} on delivery {row.subject} is still asked")
        elif row.answer in _DECIDED.values():
            count = moves.pop((f"decision:{row.id}", int(row.subject), row.answer), 0)
            if count == 0:
                verdict.lost.append(f"decision {row.id} says {row.answer} and moved nothing")
            if count > 1:
                verdict.duplicated.append(f"decision {row.id} moved its delivery {count} times")
    verdict.wrong += [f"{run} moved delivery {i} to {outcome}, which nobody decided" for run, i, outcome in moves]


def is_used(ledger: opened.Ledger, link: str) -> bool:
    """Whether the ledger holds this link as used up."""
    row = _find_link(ledger, link)
    return row is not None and row.used_at is not None


def _find_link(ledger: opened.Ledger, link: str) -> Any:
    kept = links.digest(link.rsplit("/", 1)[1])
    with ledger.reading() as connection:
        return connection.execute(sa.select(operations.link).where(operations.link.c.hash == kept)).one_or_none()


def _read(answer: httpx.Response) -> _Page:
    text = html.unescape(answer.text)
    return _Page(next((name for name in _TOLD if texts_nb.TEXTS[f"{name}_text"] in text), ""), text)


def _find(pattern: str, page: _Page) -> str:
    found = re.search(pattern, page.text)
    if found is None:
        raise LookupError(f"the page does not show {pattern}:\n{page.text}")
    return found[1]
