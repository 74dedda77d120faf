"""The page on which a named person decides: GET shows and notes the look, POST with the person's code decides."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from fakturabro.gateway import desk, messages
from fakturabro.ledger import decisions, links, lives

PAGE = "approvals"
_SHORTEST_WHY, _LONGEST_WHY = 5, 1000
_STATUS = {"already_decided": 409, "settled_elsewhere": 409, "locked": 429, "not_enrolled": 403} | {
    "not_approver": 403,
    "caused_it": 403,
}


async def answer(one: desk.Desk, request: Request, link: links.Link) -> Response:
    """GET, HEAD or POST of a link that lives."""
    ledger = one.parts.ledger
    decision = await one.call(decisions.find, ledger, link.tenant, int(link.subject))
    if decision is None:
        return one.refuse()
    if decision.decided_at is not None:
        return _told(one, "settled_elsewhere" if decision.answer == decisions.SETTLED_ELSEWHERE else "already_decided")
    named = await one.call(decisions.find_named, ledger, link.tenant, decision.kind, decision.subject)
    allowed = decisions.may_decide(named, decision, link.person)
    if allowed != "yes":
        return _told(one, allowed)
    if request.method != "POST":
        return await _question(one, request, link, decision, {})
    fields = await one.read_form(request, link)
    if fault := _fault(decision, fields):
        return await _question(one, request, link, decision, fields, fault, 422)
    return await _decide(one, request, link, decision, fields)


async def _decide(
    one: desk.Desk, request: Request, link: links.Link, decision: decisions.Decision, fields: dict[str, str]
) -> Response:
    verdict = decisions.Verdict(answer=fields["answer"], why=fields["why"], code=_digits(fields["code"]))
    outcome = await one.call(decisions.decide, one.parts.ledger, link, verdict, one.now())
    if outcome == "dead_link":
        return one.refuse()
    if outcome == "wrong":
        one.count_failure(request)
        if link.attempts + 1 >= links.ATTEMPTS:
            return one.tell("link_spent", 403)
        left = str(links.ATTEMPTS - link.attempts - 1)
        return await _question(one, request, link, decision, fields, one.texts["wrong_code"].format(left=left), 403)
    if outcome != "decided":
        return _told(one, outcome)
    return one.tell(f"decided_{decision.kind}_{verdict.answer}")


def _fault(decision: decisions.Decision, fields: dict[str, str]) -> str:
    """The name of what is wrong with a form, "" when nothing is."""
    if fields.get("answer") not in decisions.find_answers(decision):
        return "no_answer"
    if not _SHORTEST_WHY <= len(fields.get("why", "")) <= _LONGEST_WHY:
        return "no_why"
    return "" if len(_digits(fields.get("code", ""))) == 6 else "no_code"


def _digits(code: str) -> str:
    """A code as the generator shows it, often with a blank in the middle; "" when it is none."""
    plain = "".join(code.split())
    return plain if plain.isascii() and plain.isdigit() else ""


async def _question(
    one: desk.Desk,
    request: Request,
    link: links.Link,
    decision: decisions.Decision,
    fields: dict[str, str],
    fault: str = "",
    status: int = 200,
) -> Response:
    ledger = one.parts.ledger
    about = decision.question.get("number", decision.subject)
    await one.call(lives.record_look, ledger, link.tenant, link.person, f"approvals {decision.kind} {about}", one.now())
    shown = messages.question(one.parts.language, decision)
    kept = {"answer": fields.get("answer", ""), "why": fields.get("why", "")}
    return one.form("question.html", request, link, status, question=shown, fault=one.texts.get(fault, fault), **kept)


def _told(one: desk.Desk, outcome: str) -> Response:
    return one.tell(outcome, _STATUS[outcome])
