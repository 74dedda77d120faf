"""camt.053 and camt.054: signs, sums and references, one broken at a time."""

from __future__ import annotations

import datetime as dt
import pathlib
from decimal import Decimal

import pytest

from benchmarks import iso20022 as bench
from benchmarks import rows
from fakturabro.domain import findings, payments, statements
from fakturabro.formats.iso20022 import camt, layout

TWO = '<TxDtls><Amt Ccy="NOK">100.25</Amt>{}</TxDtls><TxDtls><Amt Ccy="NOK">250.00</Amt>{}</TxDtls>'


def kid(*values: str) -> str:
    return "<RmtInf>" + "".join(f"<Strd><CdtrRefInf><Ref>{one}</Ref></CdtrRefInf></Strd>" for one in values) + "</RmtInf>"


def balance(code: str, amount: str, direction: str = "CRDT") -> str:
    said = f'<Amt Ccy="NOK">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{said}<Dt><Dt>2026-11-24</Dt></Dt></Bal>"


def entry(
    amount: str, details: str = "", *, direction: str = "CRDT", reference: str = "B1", extra: str = "", status: str = "BOOK"
) -> str:
    return (
        f'<Ntry><Amt Ccy="NOK">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{extra}<Sts><Cd>{status}</Cd></Sts><BookgDt>'
        f"<Dt>2026-11-24</Dt></BookgDt>{reference and f'<AcctSvcrRef>{reference}</AcctSvcrRef>'}<BkTxCd><Prtry><Cd>KID</Cd></Prtry>"
        f"</BkTxCd>{details and f'<NtryDtls>{details}</NtryDtls>'}<AddtlNtryInf>Ukjent innbetaling</AddtlNtryInf></Ntry>"
    )


def statement(*entries: str, head: str = "", account: str = "<IBAN>NO9386011117947</IBAN>", sequence: int = 1) -> str:
    acct = f"<Acct><Id>{account}</Id><Ccy>NOK</Ccy></Acct>"
    return f"<Stmt><Id>S{sequence}</Id><ElctrncSeqNb>{sequence}</ElctrncSeqNb>{acct}{head}{''.join(entries)}</Stmt>"


def read(*some: str) -> tuple[list[camt.Row], list[tuple[str, str, str]]]:
    found = findings.Findings()
    data = f'<Document xmlns="{layout.NAMESPACE}camt.053.001.08"><BkToCstmrStmt>{"".join(some)}</BkToCstmrStmt></Document>'
    read_rows = list(camt.rows(data.encode(), found))
    return read_rows, [(one.severity, one.code, one.field) for one in found]


def test_a_batch_is_its_payments_each_with_its_kid_and_a_reference_of_its_own() -> None:
    (one, two), found = read(statement(entry("350.25", TWO.format(kid("123456782"), kid("6-", "123456785")))))
    assert not found
    assert one.part and two.part and one.entry is two.entry
    assert (one.part.amount, one.part.kid, one.reference) == (Decimal("100.25"), "123456782", "B1/1")
    assert (two.part.amount, two.part.kid, two.reference) == (Decimal("250.00"), "6-", "B1/2")
    assert two.part.references == ("123456785",)
    assert one.entry and one.entry.code == "KID"
    assert one.statement.account.number == "86011117947"


def test_an_entry_without_details_speaks_for_itself() -> None:
    (row,), found = read(statement(entry("10.00")))
    assert row.part is None and row.entry
    assert (row.entry.amount, row.entry.text, row.reference) == (10, "Ukjent innbetaling", "B1/0")
    assert not found


SUMMARY = "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries><TtlNetNtry><Amt>{}</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>"
DEBIT = entry("99.00", direction="DBIT")


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        ([statement(entry("9", '<TxDtls><Amt Ccy="EUR">1</Amt></TxDtls>'))], ("warn", "part_differs", "Stmt[1]/Ntry[1]/TxDtls[1]")),
        ([statement(DEBIT, head=balance("OPBD", "100.00") + balance("CLBD", "1.01"))], ("block", "balances_differ", "Stmt[1]")),
        ([statement(DEBIT, head=SUMMARY.format(2, 99) + "</TtlNtries></TxsSummry>")], ("block", "count_differs", "Stmt[1]")),
        ([statement(DEBIT, head=SUMMARY.format(1, 98) + "</TtlNtries></TxsSummry>")], ("block", "sum_differs", "Stmt[1]")),
        ([statement(entry("1").replace("2026-11-24", "0000-00-00"))], ("warn", "bad_date", "Stmt[1]/Ntry[1]")),
        ([statement(DEBIT, sequence=4), statement(DEBIT, sequence=6)], ("info", "sequence_gap", "Stmt[2]")),
        ([statement(entry("1", reference=""))], ("info", "no_bank_reference", "Stmt[1]/Ntry[1]")),
        (
            [statement(DEBIT), statement(account="<Othr><Id>15942287248</Id></Othr>")],
            ("info", "statement_without_entries", "Stmt[2]"),
        ),
        ([], ("warn", "no_transactions", "")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_what_does_not_add_up_is_found_where_it_is(some: list[str], expected: tuple[str, str, str]) -> None:
    _, found = read(*some)
    severity, code, field = expected
    assert {one[:2] for one in found} == {(severity, code)}
    assert not field or field in {one[2] for one in found}


ALONE = '<TxDtls><Amt Ccy="NOK">{}</Amt></TxDtls>'
ODD = {
    "parts_differ": (entry("350.26", TWO.format("", "")), "/TxDtls[2]/Amt"),
    "part_without_amount": (entry("100.25", TWO.replace('<Amt Ccy="NOK">250.00</Amt>', "")), "/TxDtls[2]/Amt"),
    "part_currency": (entry("350.25", TWO.replace("NOK", "EUR", 1)), "/TxDtls[2]/Amt/@Ccy"),
    "parts_count_differs": (entry("350.25", "<Btch><NbOfTxs>3</NbOfTxs></Btch>" + TWO), "/TxDtls[2]/NtryDtls/Btch/NbOfTxs"),
    "amount_decimals": (entry("1.00501"), "/Amt"),
    "amount_decimals ": (entry("350.25", TWO.replace(".25", ".245").replace(".00", ".005")), "/TxDtls[1]/Amt"),
    "currency_differs": (entry("1").replace("NOK", "EUR"), "/Amt/@Ccy"),
    "bad_amount": (entry("1,5"), "/Amt"),
    "bad_amount ": (entry("").replace('<Amt Ccy="NOK"></Amt>', ""), "/Amt"),
    "bad_amount  ": (entry("1.5", ALONE.format("1,5")), "/TxDtls[1]/Amt"),
    "no_direction": (entry("1.5", direction="KREDIT"), "/CdtDbtInd"),
    "unknown_status": (entry("1.5", status="XXXX"), "/Sts"),
    "misplaced": (entry("1.5", f"<Nytt>{ALONE.format('1.50')}</Nytt>"), "/TxDtls[1]/TxDtls"),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_odd_in_one_entry_holds_that_entry_and_no_other(case: str) -> None:
    """Also the payments of it that were given before anybody could know: the second reading knows."""
    odd, field = ODD[case]
    whole = statement(entry("7"), odd.replace(">B1<", ">B2<"), entry("8", ALONE.format("8.00"), reference="B3"))
    data = f'<Document xmlns="{layout.NAMESPACE}camt.053.001.08"><BkToCstmrStmt>{whole}</BkToCstmrStmt></Document>'.encode()
    found = findings.Findings()
    first = list(camt.rows(data, found))
    assert found.held == {"Stmt[1]/Ntry[2]"} and not found.counts["block"]
    said = next(one for one in found if one.holds)
    assert (said.code, said.field, said.line) == (case.strip(), "Stmt[1]/Ntry[2]" + field, 1)
    rows = list(camt.rows(data, findings.Findings(found.held)))
    assert len(rows) == len(first) >= 3, "nothing is lost"
    assert {row.place.split("/T")[0] for row in rows if row.is_held} == found.held
    came = camt.incoming(data, findings.Findings(found.held))
    assert [(one.reference, one.amount) for one in came] == [("B1/0", 7), ("B3/1", 8)]


def test_what_is_held_counts_in_the_totals_of_its_statement_and_very_much_of_it_makes_the_file_doubtful() -> None:
    head = balance("OPBD", "0.00") + balance("CLBD", "1.005")
    data, found = statement(entry("1.005"), head=head.replace("1.005", "1.00")), findings.Findings()
    assert ("block", "balances_differ") in {one[:2] for one in read(data)[1]}
    many = statement(*(entry("1,5", reference=f"B{number}") for number in range(101)))
    data = f'<Document xmlns="{layout.NAMESPACE}camt.053.001.08"><BkToCstmrStmt>{many}</BkToCstmrStmt></Document>'
    list(camt.rows(data.encode(), found))
    assert len(found.held) == 100 and [one.code for one in found if one.severity == "block"] == ["too_many_held"]


def test_what_was_ordered_is_read_beside_what_moved() -> None:
    ordered = '<TxDtls><AmtDtls><InstdAmt><Amt Ccy="EUR">100.00</Amt></InstdAmt></AmtDtls></TxDtls>'
    (row,), _ = read(statement(entry("1170.00", ordered, direction="DBIT")))
    assert row.part and (row.part.amount, row.part.currency, row.part.stated) == (-1170, "NOK", ("100.00 EUR",))


def test_what_adds_up_is_found_right() -> None:
    head = (
        balance("OPBD", "50.00", "DBIT") + balance("CLBD", "149.00", "DBIT") + SUMMARY.format(2, 104) + "</TtlNtries></TxsSummry>"
    )
    pending = entry("5.00", direction="DBIT", reference="B2", status="PDNG")
    _, found = read(statement(DEBIT, pending, head=head))
    assert not found


def test_the_only_payment_of_an_entry_is_what_moved_on_the_account() -> None:
    (row,), _ = read(statement(entry("990.00", '<TxDtls><Amt Ccy="EUR">100.00</Amt></TxDtls>')))
    assert row.part and (row.part.amount, row.part.currency) == (990, "NOK")


@pytest.mark.parametrize(
    ("direction", "reversal", "amount", "incoming"),
    [("CRDT", "", 7, True), ("DBIT", "true", -7, True), ("CRDT", "true", 7, False), ("DBIT", "false", -7, False)],
)
def test_a_reversal_turns_no_sign(direction: str, reversal: str, amount: int, incoming: bool) -> None:
    extra = f"<RvslInd>{reversal}</RvslInd>" if reversal else ""
    (row,), _ = read(
        statement(
            entry(
                "7", '<TxDtls><AmtDtls><TxAmt><Amt Ccy="NOK">7</Amt></TxAmt></AmtDtls></TxDtls>', direction=direction, extra=extra
            )
        )
    )
    assert row.entry and row.part and row.entry.amount == row.part.amount == amount
    assert camt.is_incoming(row.entry) == incoming


def test_a_payment_of_ours_that_comes_back_is_not_taken_for_income() -> None:
    returned = "<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
    (row,), _ = read(statement(entry("7", returned)))
    assert row.entry and row.part
    assert (row.part.amount, row.part.end_to_end_id, row.part.return_reason) == (7, "E1", "AC04")
    assert not camt.is_incoming(row.entry, row.part)


def test_only_what_is_booked_and_came_in_is_incoming() -> None:
    some = statement(DEBIT, entry("5", reference="B2", status="PDNG"), entry("350.25", TWO.format("", ""), reference="B3"))
    data = f'<Document xmlns="{layout.NAMESPACE}camt.053.001.08"><BkToCstmrStmt>{some}</BkToCstmrStmt></Document>'.encode()
    came = list(camt.incoming(data, findings.Findings()))
    assert [(one.reference, one.amount, one.settlement, one.booked_on) for one in came] == [
        ("B3/1", Decimal("100.25"), "B3", dt.date(2026, 11, 24)),
        ("B3/2", Decimal("250.00"), "B3", dt.date(2026, 11, 24)),
    ]


def test_without_the_banks_reference_equal_payments_stay_apart_and_a_resent_file_gives_the_same_names() -> None:
    some = [entry("5", reference=""), entry("5", reference=""), entry("6", reference="")]
    first, again = (read(statement(*some, sequence=number))[0] for number in (1, 2))
    names = [row.reference for row in first]
    assert len(set(names)) == 3
    assert names == [row.reference for row in again]


def test_the_old_version_says_the_same_in_other_places() -> None:
    details = (
        '<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="NOK">40.00</Amt></TxAmt></AmtDtls>'
        "<RltdPties><Dbtr><Nm>Kari</Nm></Dbtr><DbtrAcct><Id><Othr><Id>1594.22.87248</Id></Othr></Id></DbtrAcct></RltdPties></TxDtls>"
    )
    old = statement(entry("40.00", details)).replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>")
    new = statement(entry("40.00", details.replace("<Dbtr><Nm>Kari</Nm></Dbtr>", "<Dbtr><Pty><Nm>Kari</Nm></Pty></Dbtr>")))
    assert read(old) == read(new)
    (row,), _ = read(old)
    payer = payments.Account(scheme="bban", value="15942287248")
    stated = ("40.00 NOK",)
    assert row.part == statements.Part(
        amount=Decimal("40.00"), currency="NOK", payer_name="Kari", payer_account=payer, stated=stated
    )


def test_whole_statements_hold_what_the_rows_say() -> None:
    some = [statement(entry("350.25", TWO.format("", "")), DEBIT), statement(sequence=2), statement(entry("1"), sequence=3)]
    data = f'<Document xmlns="{layout.NAMESPACE}camt.053.001.08"><BkToCstmrStmt>{"".join(some)}</BkToCstmrStmt></Document>'.encode()
    whole = camt.read(data, findings.Findings())
    assert [[len(one.parts) for one in part.entries] for part in whole] == [[2, 0], [], [0]]


def test_memory_does_not_grow_with_one_endless_batch(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "camt.054.xml"
    made = bench.write_notification(file, 1_000_000, batch=20_000)
    found = rows.child("iso20022", "reading", file)
    assert found["count"] == made == 20_000
    assert found["peak"] - found["imports"] < 15
