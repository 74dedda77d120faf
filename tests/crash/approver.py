"""The approver: gets the mails with links, looks into the stand-in's mailbox, and decides with a code, as a person does."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from fakturabro.ledger import approvers, decisions, links, opened, settings, tables
from fakturabro.ledger.payments import answers
from tests.crash import counterparts

ADDRESS, PORTAL = "siv@klient.example", "https://portal.example"
_SECRET = b"1" * 20
_LINK = re.compile(re.escape(PORTAL) + r"/approvals/([\w-]+)")
_EVERY = 30


def enrol(ledger: opened.Ledger, now: dt.datetime) -> None:
    """The tenant's file names the approver, who has a code generator."""
    content = f"approvers:\n  - {{name: Siv Aamodt, email: {ADDRESS}}}\ndeployments: []\n"
    settings.record(ledger, counterparts.TENANT, "nidelven.yaml", content, now)
    sealed = approvers.seal(ledger, counterparts.TENANT, _SECRET, now)
    with ledger.writing() as connection:
        approvers.record(connection, sealed, counterparts.TENANT, ADDRESS, 0, now)


def find_links(world: counterparts.World, ledger: opened.Ledger, now: dt.datetime) -> list[links.Link]:
    """The links in the approver's mails that are good still."""
    texts = [one.parsed().get_content() for one in world.mail.messages if ADDRESS in one.recipients]
    tokens = [token for text in texts for token in _LINK.findall(text)]
    return [link for token in tokens if (link := links.find(ledger, "approvals", token, now)) is not None]


def decide(
    world: counterparts.World,
    ledger: opened.Ledger,
    link: links.Link,
    now: dt.datetime,
    answer: Callable[[str, Mapping[str, str]], str] | None = None,
) -> str:
    """Found in the debtor's mailbox: accepted; not there: it may be sent again. What came of it. `answer` is for other kinds."""
    decision = decisions.find(ledger, link.tenant, int(link.subject))
    assert decision is not None
    code = approvers.code(_SECRET, int(now.timestamp()) // _EVERY)
    if answer is not None and decision.kind in answers.KINDS:
        said = answer(decision.kind, decision.question)
        return decisions.decide(ledger, link, decisions.Verdict(answer=said, why="sett på", code=code), now)
    query = sa.select(tables.delivery.c.natural_key).where(tables.delivery.c.id == int(decision.subject))
    with ledger.reading() as connection:
        key = connection.execute(query).scalar_one()
    taken = {str(one.parsed()["Message-ID"]) for one in world.mail.messages}
    verdict = decisions.Verdict(answer="accepted" if key in taken else "planned", why="sett etter i innboksen", code=code)
    return decisions.decide(ledger, link, verdict, now)
