"""Statements and notifications in ISO 20022: balances that lead on, entries that are known, and one source of incoming payments."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from fakturabro.formats.iso20022 import layout
from fakturabro.ledger.payments import statements as account_statements
from flows import bank as flows
from tasks.bank import statements as bank_statements
from tests.runs import creditor, payer
from tests.runs.creditor import kid_of, payment


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[creditor.Creditor]:
    made = creditor.Creditor(tmp_path, monkeypatch)
    yield made
    made.close()


def entry(amount: str, reference: str, details: str = "", direction: str = "CRDT", day: int = 23) -> str:
    return (
        f'<Ntry><Amt Ccy="NOK">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt>'
        f"<Dt>2026-11-{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Prtry><Cd>KID</Cd></Prtry></BkTxCd>"
        f"{details and f'<NtryDtls>{details}</NtryDtls>'}</Ntry>"
    )


def part(amount: str, kid: str, *others: str) -> str:
    said = "".join(f"<Strd><CdtrRefInf><Ref>{one}</Ref></CdtrRefInf></Strd>" for one in (kid, *others))
    return f'<TxDtls><Amt Ccy="NOK">{amount}</Amt><RmtInf>{said}</RmtInf></TxDtls>'


def balance(code: str, amount: str, day: int) -> str:
    said = f'<Amt Ccy="NOK">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{said}<Dt><Dt>2026-11-{day}</Dt></Dt></Bal>"


def notification(*entries: str) -> bytes:
    acct = f"<Acct><Id><Othr><Id>{payer.OWN}</Id></Othr></Id></Acct>"
    body = f"<BkToCstmrDbtCdtNtfctn><Ntfctn><Id>N</Id>{acct}{''.join(entries)}</Ntfctn></BkToCstmrDbtCdtNtfctn>"
    return f'<Document xmlns="{layout.NAMESPACE}camt.054.001.08">{body}</Document>'.encode()


def statement(opening: str, closing: str, *entries: str, day: int, sequence: int | None, account: str = payer.OWN) -> bytes:
    acct = f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>NOK</Ccy></Acct>"
    number = "" if sequence is None else f"<ElctrncSeqNb>{sequence}</ElctrncSeqNb>"
    head = f"<Id>S{day}</Id>{number}{acct}{balance('OPBD', opening, day)}{balance('CLBD', closing, day)}"
    body = f"<BkToCstmrStmt><Stmt>{head}{''.join(entries)}</Stmt></BkToCstmrStmt>"
    return f'<Document xmlns="{layout.NAMESPACE}camt.053.001.08">{body}</Document>'.encode()


async def test_a_batch_in_a_notification_is_posted_payment_by_payment(site: creditor.Creditor) -> None:
    site.chosen = site.having("credits")
    site.owe((1, 10_000), (2, 20_000), (3, 30_000))
    details = part("100.00", kid_of(1)) + part("500.00", kid_of(2), kid_of(3)) + part("1.00", "77")
    site.leave("P.C54C.1.XML", notification(entry("601.00", "B1", details)))
    await site.take()
    assert (site.open_at_company(), site.worth_at_company(), site.standings()) == ({}, 601, {"matched": 2, "suspense": 1})
    site.leave("P.C54C.2.XML", notification(entry("601.00", "B1"), entry("5.00", "B2")))  # once more, as one sum
    said = await site.take()
    assert "postering B1 er meldt før" in said.message
    assert site.worth_at_company() == 606
    site.leave("P.C54C.3.XML", statement("0.00", "5.00", entry("5.00", "B9"), day=23, sequence=1))
    await site.take()
    assert (site.worth_at_company(), site.file_states()["P.C54C.3.XML"]) == (606, "booked")  # the same money is told of there too


async def test_two_that_the_bank_calls_the_same_are_two(site: creditor.Creditor) -> None:
    site.chosen = site.having("credits")
    site.owe((1, 10_000), (2, 10_000))
    alike = [entry("100.00", "NOTPROVIDED", part("100.00", "")) for _ in range(2)]
    batch = [entry("100.00", "B1", part("100.00", kid_of(i))) for i in (1, 2)]
    site.leave("P.C54C.1.XML", notification(*alike, *batch))
    said = await site.take()
    assert (said.name, site.worth_at_company(), site.open_at_company()) == ("Completed", 400, {})
    site.leave("P.C54C.2.XML", notification(*batch[::-1], *alike, entry("1.00", "B2")))
    said = await site.take()
    assert ("2 innbetalinger uten bankens referanse" in said.message, site.worth_at_company()) == (True, 401)


async def test_ocr_giro_beside_notifications_is_carried_on_and_not_counted_twice(site: creditor.Creditor) -> None:
    site.chosen = site.having("credits", accounting={"forward": True})
    content = creditor.ocr([payment(1, kid_of(1), 10_000)])
    site.leave("OCR1.DAT", content)
    said = await site.take()
    assert (said.name, site.rows(), (site.folder / "OCR1.DAT").read_bytes()) == ("Completed", [], content)


def row(opening: int | None, closing: int | None, day: int, sequence: int | None) -> account_statements.Row:
    on = dt.date(2026, 11, day)
    return account_statements.Row(
        account=payer.OWN, currency="NOK", file_id=1, position=1, statement_id="S", sequence=sequence, opened_on=on, closed_on=on,
        opening=opening, closing=closing, entries=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (row(25_000, 0, 24, 8), ""),
        (row(25_000, 0, 30, 8), ""),  # nothing moved for days, says the bank's own number
        (row(25_000, 0, 25, 10), "kontoutskrift 8 til 9 mangler"),
        (row(25_000, 0, 25, 9), "kontoutskrift 8 mangler"),
        (row(25_000, 0, 24, 7), "kontoutskrift 7 er kommet to ganger"),
        (row(25_000, 0, 24, 1), ""),  # a new year's first
        (row(25_001, 0, 24, 8), "sluttet på kr 250,00, denne begynner på kr 250,01"),
        (row(None, 0, 24, None), ""),
        (row(25_000, 0, 26, None), "mellom 23.11.2026 og 26.11.2026"),
    ],
)
def test_a_statement_leads_on_from_the_one_before(second: account_statements.Row, sentence: str) -> None:
    said = " ".join(bank_statements.leads_on(row(0, 25_000, 23, 7), second))
    assert (bool(said), sentence in said) == (bool(sentence), True)


async def test_what_a_statement_tells_is_known_or_listed(site: creditor.Creditor) -> None:
    await site.take_file("OCR1.DAT", [payment(1, kid_of(1), 10_000), payment(2, kid_of(2), 5_000)])
    first = (entry("150.00", "X1"), entry("110.00", "X2"), entry("10.00", "X3", direction="DBIT"))
    site.leave("P.C053.1.XML", statement("0.00", "250.00", *first, day=23, sequence=7))
    said = await site.take(flows.statements)
    assert (said.name, "2 posteringer vi ikke kjenner" in said.message) == ("Completed", True)  # OCR giro is one sum of it
    site.leave("P.C053.2.XML", statement("250.01", "250.01", day=24, sequence=8))
    site.leave("P.C053.3.XML", statement("9.00", "9.00", day=24, sequence=3, account=payer.FJORD))
    said = await site.take(flows.statements)
    assert "denne begynner på kr 250,01" in said.message


async def test_statements_in_any_order_lead_on_and_a_gap_is_said_until_it_is_closed(site: creditor.Creditor) -> None:
    site.leave("P.C053.10.XML", statement("300.00", "300.00", day=25, sequence=10))
    site.leave("P.C053.8.XML", statement("100.00", "100.00", day=23, sequence=8))
    site.leave("P.C053.12.XML", statement("300.00", "300.00", day=27, sequence=12))
    for _ in range(2):
        said = await site.take(flows.statements)
        assert "kontoutskrift 9 mangler" in said.message and "kontoutskrift 11 mangler" in said.message
    site.leave("P.C053.11.XML", statement("300.00", "300.00", day=26, sequence=11))
    site.leave("P.C053.9.XML", statement("100.00", "299.00", entry("199.00", "Z"), day=24, sequence=9))
    said = await site.take(flows.statements)
    assert ("mangler" in said.message, "sluttet på kr 299,00, denne begynner på kr 300,00" in said.message) == (False, True)


async def test_where_only_statements_tell_they_are_posted_from_once(site: creditor.Creditor) -> None:
    site.chosen = site.having("statement")
    site.owe((1, 10_000))
    content = statement("0.00", "100.00", entry("100.00", "B1", part("100.00", kid_of(1))), day=23, sequence=1)
    site.leave("P.C053.1.XML", content)
    await site.take(flows.statements)
    assert site.rows() == []
    said = await site.take()
    assert (said.name, site.open_at_company(), site.worth_at_company()) == ("Completed", {}, 100)
    assert "posteringer vi ikke kjenner" not in said.message
