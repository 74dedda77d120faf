"""What is odd in a bank's file: one entry is held and the rest counts; a payment made twice is said until it is dealt with."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from fakturabro.domain import findings
from fakturabro.gateway import messages, questions
from fakturabro.ledger import decisions
from fakturabro.ledger.payments import answers, orders
from tasks import connect, retrying, runs
from tasks.bank import content as bank_content
from tasks.bank import return_reading
from tasks.incoming import reading
from tasks.payments import following
from tests.runs import banked
from tests.runs.conftest import plain
from tests.runs.payer import OWN, order, remittance


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[banked.Banked]:
    made = banked.Banked(tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


async def sent(site: banked.Banked, *orders: Any, message_id: str = "M1") -> None:
    site.leave(f"{message_id}.xml", remittance(message_id, orders))
    await site.pay()


def entry(
    reference: str, amount: str, refs: str = "", *, more: str = "", day: int = 25, ccy: str = "NOK", sign: str = "DBIT"
) -> str:
    details = f"<NtryDtls>{refs if refs.startswith('<Btch>') else f'<TxDtls><Refs>{refs}</Refs>{more}</TxDtls>'}</NtryDtls>"
    return (
        f"<Ntry><Amt Ccy='{ccy}'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt>"
        f"<Dt>2026-11-{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>{details}</Ntry>"
    )


def notified(*entries: str) -> bytes:
    return (
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N</MsgId></GrpHdr>"
        f"<Ntfctn><Id>N1</Id><Acct><Id><Othr><Id>{OWN}</Id></Othr></Id><Ccy>NOK</Ccy></Acct>{''.join(entries)}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


REFUSED = (
    b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.10'><CstmrPmtStsRpt><GrpHdr><MsgId>S1</MsgId>"
    b"<CreDtTm>2026-11-23T08:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09"
    b"</OrgnlMsgNmId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>M1-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>F1"
    b"</OrgnlEndToEndId><TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
)
"""F1, and why is not said."""


def named(name: str) -> str:
    return f"<EndToEndId>{name}</EndToEndId>"


def asked(site: banked.Banked) -> list[str]:
    """What the bank's files leave people to deal with."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        open_ = answers.find_open(ledger, "nidelven", [answers.BANK_NOTICE])
    site.questions = [questions.Question(kind=kind, subject=subject, shown={}, caused_by="") for kind, subject in open_]
    return [one.subject.partition("/")[2] for one in site.questions]


RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
TWICE = "Noe er belastet mer enn én gang etter filen P.1.C54D.2.XML."


async def test_what_is_paid_twice_anew_or_taken_back_is_said_daily_until_it_is_dealt_with_and_told_on_once(
    site: banked.Banked,
) -> None:
    await sent(site, order(), order("F2", "99.50"))
    back: dict[str, Any] = {"sign": "CRDT", "more": RETURN}
    paid = [entry("B1", "1250.00", named("F1")), entry("B2", "99.50", named("F2")), entry("C2", "99.50", named("F2"), **back)]
    site.arrive("P.1.C54D.1.XML", notified(*paid))
    again = [entry("B3", "1250.00", named("F1"), day=26), entry("B4", "99.50", named("F2"), day=26)]
    site.arrive("P.1.C54D.2.XML", notified(*again))
    said = await site.hear()
    assert said.is_failed() and f"{TWICE} Ring banken" in said.message and "F1: kr 1 250,00 belastet 26.11.2026." in said.message
    assert "siden 23.11.2026" in said.message and asked(site) == ["again", "anew"]
    assert "er altså betalt, men bare én gang" in said.message and "ingen har bedt om den. F2: kr 99,50 belastet" in said.message
    site.arrive("P.1.C54D.3.XML", notified(entry("C1", "1250.00", named("F1"), day=27, **back)))
    site.at(site.now + dt.timedelta(days=1))
    said = await site.hear()
    assert TWICE in said.message and asked(site) == ["again", "anew", "taken_back"]
    assert "F1: kr 1 250,00 ført tilbake 27.11.2026. Den regnes fortsatt som utført." in said.message
    site.answer(answers.DEALT_WITH)
    site.at(site.now + dt.timedelta(days=1))
    said = await site.hear()
    assert "P.1.C54D" not in said.message and not asked(site)
    assert sorted(path.name for path in site.back.iterdir() if path.is_file()) == [f"P.1.C54D.{number}.XML" for number in (1, 2, 3)]
    assert site.stages() == {"F1": "executed", "F2": "returned"} and site.faults() == []


async def test_one_odd_entry_is_held_and_said_and_the_rest_of_the_file_counts(site: banked.Banked) -> None:
    await sent(site, order(), order("F2", "99.50"), order("F3", "3.00"))
    odd = [entry("B2", "99.50001", named("F2")), entry("B3", "3.00", named("F3"), ccy="EUR"), *[entry("B4", "1,5")] * 10]
    site.arrive("P.1.C54D.1.XML", notified(entry("B1", "1250.00", named("F1")), *odd))
    said = await site.hear()
    assert site.stages() == {"F1": "executed", "F2": "handed_over", "F3": "handed_over"}
    assert "12 poster er holdt utenfor i filen P.1.C54D.1.XML" in said.message
    assert all(f"Ntry[{number}]" in said.message for number in (2, 3, 11)) and "Ntry[12]" not in said.message
    assert "Og 2 til." in said.message
    assert "Linje 1, Stmt[1]/Ntry[2]/Amt: Beløpet 99.50001 har flere desimaler" in said.message and asked(site) == ["held"]
    with contextlib.closing(connect.open_ledger()) as ledger:
        (about,) = decisions.find_about(ledger, "nidelven", answers.BANK_NOTICE, site.questions[0].subject)
    assert [label for label, _ in messages.question("nb", about).facts] == ["Fil", "Hva", "Hvilke"], "nothing twice"


EUR = "<AmtDtls><InstdAmt><Amt Ccy='EUR'>{}</Amt></InstdAmt></AmtDtls>"
OTHER = "det er ikke kontoen og beløpet vi ba om"
BATCH = "<Btch><PmtInfId>{}</PmtInfId>{}</Btch>"


async def test_a_proof_is_what_we_asked_for_and_no_guess(site: banked.Banked) -> None:
    """By currency, by InstrId as we wrote it, and by a batch whose message the bank leaves out."""
    abroad = {"currency": "EUR", "kind": "foreign", "kid": "", "text": ("R1",), "creditor": "Berg GmbH"}
    await sent(site, order("E1", "100.00", "DE89370400440532013000", **abroad))
    await sent(
        site, order("F1", "5.00", instruction_id="F2"), order("F2", "5.00", instruction_id="F1", kid="2345676"), message_id="M2"
    )
    await sent(site, order("G1", "6.00"), order("G2", "7.00"), message_id="M3")
    assert set(site.stages().values()) == {"handed_over"}, site.findings()
    no = [
        entry("B1", "1170.00", named("E1")),
        entry("B2", "1170.00", named("E1"), more=EUR.format("99.00")),
        entry("B4", "5.00", "<MsgId>M2</MsgId><InstrId>F9</InstrId>"),
        entry("B6", "13.00", BATCH.format("M3-1", "")),
        entry("B7", "13.00", BATCH.format("M3-1", "<NbOfTxs>3</NbOfTxs>")),
        entry("B8", "13.00", BATCH.format("M9-1", "<NbOfTxs>2</NbOfTxs>")),
    ]
    site.arrive("P.1.C54D.1.XML", notified(*no))
    said = await site.hear()
    assert set(site.stages().values()) == {"handed_over"}
    assert "1 170,00 på E1, som vi ba om i EUR, men ikke hvor mye det var i EUR" in said.message and OTHER in said.message
    assert "3 svar om betalinger vi ikke kjenner" in said.message
    yes = [
        entry("B3", "1170.00", named("E1"), more=EUR.format("100.00")),
        entry("B5", "5.00", "<MsgId>M2</MsgId><InstrId>F1</InstrId>"),
        entry("B9", "13.00", BATCH.format("M3-1", "<NbOfTxs>2</NbOfTxs>")),
    ]
    site.arrive("P.1.C54D.2.XML", notified(*yes))
    await site.hear()
    assert {name for name, stage in site.stages().items() if stage == "executed"} == {"E1", "F2", "G1", "G2"}


async def test_money_that_comes_back_without_a_name_is_said(site: banked.Banked) -> None:
    await sent(site, order())
    returned = entry("C1", "1250.00", sign="CRDT", more=RETURN)
    site.arrive("P.1.C54D.1.XML", notified(entry("B1", "1250.00", named("F1")), returned))
    said = await site.hear()
    assert "1 250,00 kom tilbake 25.11.2026, men banken sier ikke hvilken betaling" in said.message
    assert site.stages() == {"F1": "executed"}


async def test_what_repeats_a_refused_payment_that_was_made_after_all_is_told_as_a_double(site: banked.Banked) -> None:
    site.chosen = site.having(accounting={"return_form": "list"})
    await sent(site, order())
    site.arrive("P.1.P002.1.XML", REFUSED)
    site.arrive("P.1.C54D.1.XML", notified(entry("B1", "1250.00", named("F1"))))
    await site.hear()
    assert site.stages() == {"F1": "executed"}
    await sent(site, order("F1b"), order("F2", "99.50"), message_id="M2")
    assert site.stages() == {"F1": "executed", "F1b": "cancelled", "F2": "handed_over"} and site.states()["F1b"] == "cancelled"
    await site.hear()
    (line,) = [one for path in site.back.glob("*.csv") for one in path.read_text("utf-8-sig").splitlines() if ";F1b;" in one]
    assert line.startswith("gjentakelse;") and "som F1." in line and site.told()["F1b"] == "accepted" and site.faults() == []


async def test_an_unknown_status_is_said_and_a_reason_in_words_stays_with_the_bank(site: banked.Banked) -> None:
    await sent(site, order())
    site.arrive("P.1.P002.1.XML", REFUSED.replace(b"RJCT", b"ZZZZ"))
    said = await site.hear()
    assert said.is_failed() and "Banken oppgir status ZZZZ. Den er ukjent for oss" in said.message
    assert site.stages() == {"F1": "handed_over"}
    why = b"RJCT</TxSts><StsRsnInf><Rsn><Prtry>Sperret for Kari 86011117947</Prtry></Rsn></StsRsnInf>"
    site.arrive("P.1.P002.2.XML", REFUSED.replace(b"RJCT</TxSts>", why))
    said = await site.hear()
    assert "Banken avviste én betaling. Banken har skrevet grunnen i klartekst." in said.message and "Kari" not in said.message
    with contextlib.closing(connect.open_ledger()) as ledger:
        (one,) = orders.find_orders(ledger, "nidelven", [1])
    assert (one.stage, one.reason) == ("rejected", "NARR")


async def test_what_a_station_did_not_live_to_say_counts_as_unsaid(site: banked.Banked) -> None:
    @retrying.station("Prøve")
    async def tell(batch: runs.Batch, error: str) -> runs.Batch:
        batch = following.fail_daily(batch, {"silent": "Banken tier."})
        if error:
            raise connect.SettingError(error)
        return batch

    said: list[Any] = []
    for error in ("Mappen er borte.", "", ""):
        with plain():
            async with runs.slot("nidelven", "statements", (), dry_run=False) as slot:
                said.append(await runs.conclude(await tell(runs.Batch(slot), error)))
        site.at(site.now + dt.timedelta(minutes=20))
    assert [(one.is_failed(), "Banken tier." in one.message) for one in said] == [(True, False), (True, True), (False, False)]


def test_what_is_held_is_told_however_much_else_there_is_to_say() -> None:
    many = [entry(f"W{number}", "2.00", sign="CRDT", more="<Amt Ccy='NOK'>1.00</Amt>") for number in range(501)]
    source = io.BytesIO(notified(*many, entry("B2", "5O.00", sign="CRDT")))
    content, looked = reading.sum_up(source, "credits", {OWN}), return_reading.look(source)
    assert content.own.count == 501 and content.held == looked.held == {"Stmt[1]/Ntry[502]"}
    assert content.odd == looked.odd and "Ntry[502]/Amt: " in content.odd[0]
    assert bank_content.find_held("camt.054", findings.Findings(content.held)) == ("Stmt[1]/Ntry[502]",)


def test_payments_of_a_held_entry_are_not_among_those_that_are_posted() -> None:
    """Their sum is found wrong at the end of the entry only, when they were counted already."""
    parts = "".join(f"<TxDtls><Amt Ccy='NOK'>{one}</Amt></TxDtls>" for one in ("4.00", "5.00"))
    odd = entry("B2", "10.00", sign="CRDT").replace("<TxDtls><Refs></Refs></TxDtls>", parts)
    source = io.BytesIO(notified(entry("B1", "7.00", sign="CRDT"), odd, entry("B3", "8.00", sign="CRDT")))
    content = reading.sum_up(source, "credits", {OWN})
    assert not content.faults and content.held == {"Stmt[1]/Ntry[2]"} and "10.00 <> 9.00" in content.odd[0]
    assert (content.own.count, content.own.sums) == (2, {"NOK": 1500})
    assert [one.amount for one in reading.incoming(source, findings.Findings(content.held))] == [7, 8]
