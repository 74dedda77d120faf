"""Questions on payments on the approvals page: what is shown, who may answer, what an answer is worth, and when it is asked."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Callable

import httpx
import pytest

from fakturabro.gateway import (
    application,
    asking,
    parts,
    payment_texts_en,
    payment_texts_nb,
    questions,
    register_texts_en,
    register_texts_nb,
)
from fakturabro.ledger import approvers, decisions, links, opened, settings
from fakturabro.ledger.payments import answers
from fakturabro.ledger.synchronising import decided, plans, verdicts

pytestmark = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
KARI, OLA = "kari@solberg.no", "ola@solberg.no"
FILE = f"approvers:\n- {{name: Kari Nordmann, email: {KARI}}}\n- {{name: Ola Nordmann, email: {OLA}}}\n"
SECRETS = {KARI: b"k" * 20, OLA: b"o" * 20}
SHOWN = {
    "file": "lønn <november>.xml",
    "received": "23.11.2026 08:00",
    "sha256": "0123456789abcdef" * 4,
    "count": "412",
    "sum": "kr 1 250 000,50",
    "from_accounts": "8601…47",
    "largest": "Fjord AS, kr 900 000,00, forfall 25.11.2026\nTind AS, kr 350 000,50, forfall 25.11.2026",
    "changes": "Fjord AS: 1594…48 -> 6105…74, kr 900 000,00",
    "unusual": "Summen er 12 ganger så stor som medianen av de siste 20 filene.",
    "repeats": "Fjord AS, kr 900 000,00: betalt 20.11.2026",
    "message_id": "LONN-11",
    "payment": "23.11.2026, kr 500,00 fra Kari Nordmann",
    "text": "faktura 10023",
    "candidate_1": "faktura 10023\nkr 500,00 plasseres (nevnt i meldingen)",
    "documents": "1 2 3",
    "voucher_no": "5003",
}
ANSWERS = {kind: said for kind, said in answers.KINDS.items() if kind != answers.SUSPENSE} | {
    answers.SUSPENSE: ("candidate_1", answers.BY_HAND, "stands")
}
ON_REGISTERS = (answers.PAIR, answers.SYNC_PLAN)
"""Their answers have an effect of their own."""


@pytest.fixture
def ledger(request: pytest.FixtureRequest, ledger: opened.Ledger) -> opened.Ledger:
    settings.record(ledger, "solberg", "solberg.yaml", FILE, NOW)
    for email, secret in SECRETS.items():
        sealed = approvers.seal(ledger, "solberg", secret, NOW)
        with ledger.writing() as connection:
            approvers.record(connection, sealed, "solberg", email, 0, NOW)
    return ledger


@pytest.fixture
def visit(ledger: opened.Ledger) -> Callable[..., httpx.Response]:
    """GET the page of a question, or POST an answer to it, as a person at a time."""

    async def nobody(*_: object) -> parts.Company:
        raise AssertionError("nobody is asked here")

    async def no_mail(_: parts.Mail) -> None:
        raise AssertionError("nothing is mailed here")

    def visit(decision_id: int, person: str = KARI, answer: str = "", at: dt.datetime = NOW) -> httpx.Response:
        given = {"find_company": nobody, "send_mail": no_mail, "refusal_seconds": 0.0}
        app = application.create(parts.Parts(ledger=ledger, key=parts.own_key(b"0" * 32), now=lambda: at, **given))
        token = links.make_token()
        of = {"tenant": "solberg", "page": "approvals", "subject": str(decision_id), "person": person}
        links.record(ledger, token, **of, expires_at=at + dt.timedelta(hours=1))

        async def act() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="https://portal.example") as browser:
                shown = await browser.get(f"/approvals/{token}")
                found = re.search(r'name="form_token" value="(\w+)"', shown.text)
                if not answer or not found:
                    return shown
                code = approvers.code(SECRETS[person], int(at.timestamp()) // 30)
                form = {"form_token": found[1], "answer": answer, "why": "Kontrollert", "code": code}
                return await browser.post(f"/approvals/{token}", data=form)

        return asyncio.run(act())

    return visit


def ask(ledger: opened.Ledger, kind: str, caused_by: str = "run:1", subject: str = "7") -> int:
    return decisions.ask(ledger, "solberg", kind, subject, questions.masked(SHOWN), caused_by, NOW)


@pytest.mark.parametrize("kind", [kind for kind in answers.KINDS if kind not in ON_REGISTERS])
def test_each_kind_shows_what_matters_and_takes_its_answers_only(
    ledger: opened.Ledger, visit: Callable[..., httpx.Response], kind: str
) -> None:
    decision_id = ask(ledger, kind)
    shown = visit(decision_id).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "{" not in re.sub(r"<style.*?</style>", "", shown) and "&lt;november&gt;" in shown and "<november>" not in shown
    assert "0123 4567 89ab cdef" in shown and "412" in shown and "kr 1 250 000,50" in shown and "1 2 3" not in shown
    assert tuple(re.findall(r'name="answer" value="(\w+)"', shown)) == ANSWERS[kind]
    assert visit(decision_id, answer="candidate_2").status_code == 422 and answers.find(ledger, "solberg", kind, ["7"]) == {}
    said = visit(decision_id, answer=(last := ANSWERS[kind][-1]), at=NOW + dt.timedelta(minutes=1))
    assert said.status_code == 200 and "Svaret er lagret" in said.text
    assert answers.find(ledger, "solberg", kind, ["7", "8"]) == {"7": last}
    assert visit(decision_id, OLA, ANSWERS[kind][0], NOW + dt.timedelta(minutes=2)).status_code == 409


def test_who_caused_it_may_not_decide(ledger: opened.Ledger, visit: Callable[..., httpx.Response]) -> None:
    decision_id = ask(ledger, answers.REMITTANCE_FILE, caused_by="Kari Nordmann")
    assert visit(decision_id, answer="approved").status_code == 403
    assert answers.find(ledger, "solberg", answers.REMITTANCE_FILE, ["7"]) == {}
    assert visit(decision_id, OLA, "approved").status_code == 200


def test_each_question_is_mailed_once_and_closed_when_nobody_need_answer(ledger: opened.Ledger) -> None:
    mails: list[parts.Mail] = []
    asker = asking.Asker(ledger=ledger, base="https://portal.example", send=mails.append)
    kinds = (answers.REMITTANCE_FILE, answers.CREDITOR_ACCOUNTS)
    wanted = [questions.Question(kind=kind, subject="7", shown=SHOWN, caused_by="run:1") for kind in kinds]
    for _ in range(2):
        asked = asking.ask_about_payments(asker, "solberg", wanted, NOW)
        assert (len(asked.decisions), asked.nobody) == (2, 0)
    assert [one.recipient for one in mails] == [KARI, OLA]
    assert mails[0].text.count("https://portal.example/approvals/") == 2 and "Betalingsfil lønn <november>.xml" in mails[0].text
    assert "900 000" not in mails[0].text and "1594" not in mails[0].text
    answers.withdraw(ledger, "solberg", answers.CREDITOR_ACCOUNTS, ["7"], "run:2", NOW)
    assert {kind for kind, _ in answers.find_open(ledger, "solberg", kinds)} == {answers.REMITTANCE_FILE}
    assert answers.find(ledger, "solberg", answers.CREDITOR_ACCOUNTS, ["7"]) == {}


def test_both_languages_say_all(ledger: opened.Ledger) -> None:
    assert list(payment_texts_nb.TEXTS) == list(payment_texts_en.TEXTS)
    assert list(register_texts_nb.TEXTS) == list(register_texts_en.TEXTS)
    known = payment_texts_nb.TEXTS.keys() | register_texts_nb.TEXTS.keys()
    for kind, said in answers.KINDS.items():
        lacking = {f"{kind}_{name}" for name in ("subject", "title", "text")} | {f"decided_{kind}_{one}_title" for one in said}
        lacking |= {f"{kind}_{one}" for one in said if one not in answers.CANDIDATES}
        assert lacking <= known


def test_an_answer_on_registers_is_remembered_and_decides_on_the_newest_plan_only(
    ledger: opened.Ledger, visit: Callable[..., httpx.Response]
) -> None:
    subject = decided.to_subject("article", "product/6f1e", "20/1|A")
    assert visit(ask(ledger, answers.PAIR, subject=subject), answer=answers.DIFFERENT).status_code == 200
    assert verdicts.find(ledger, "solberg", "article") == {("product/6f1e", "20/1|A"): False}
    old = plans.record(ledger, "solberg", "run:1", NOW, b"one", "1")
    asked = ask(ledger, answers.SYNC_PLAN, subject=str(old.id))
    new = plans.record(ledger, "solberg", "run:2", NOW, b"two", "2")
    at = NOW + dt.timedelta(minutes=1)
    assert visit(asked, answer=answers.APPROVED, at=at).status_code == 409, "it was replaced meanwhile"
    asked = ask(ledger, answers.SYNC_PLAN, subject=str(new.id))
    assert visit(asked, OLA, answers.APPROVED, at).status_code == 200
    standing = plans.find_newest(ledger, "solberg")
    assert standing and (standing.id, standing.state, standing.decided_by) == (new.id, "approved", OLA)
