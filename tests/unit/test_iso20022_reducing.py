"""A file of somebody else's with some of its payments cut out: the rest reads as it did, with all that we do not know ourselves."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from lxml import etree

from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022
from fakturabro.formats.iso20022 import reducing, writing

DAY, NEXT = dt.date(2026, 11, 25), dt.date(2026, 11, 30)
PARTY = payments.Party(name="Nidelven AS")


def source(version: writing.Version) -> bytes:
    """Two batches of two payments; each payment names an ultimate creditor, which our own values do not carry."""

    def order(name: str) -> payments.PaymentOrder:
        creditor = payments.Creditor(name="Fjørd & Sønn AS", account=payments.account("15942287248"))
        return payments.PaymentOrder(
            end_to_end_id=name, amount=Decimal(f"1{name[1]}.50"), currency="NOK", creditor=creditor, kid="1234567897"
        )

    batches = tuple(
        payments.Batch(
            batch_id=f"B{n}", debtor=PARTY, account=payments.account("86011117947", "NOK"), execution_date=DAY, payments=some
        )
        for n, some in enumerate([(order("F1"), order("F2")), (order("F3"), order("F4"))])
    )
    created = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
    remittance = payments.Remittance(message_id="M1", created_at=created, initiator=PARTY, batches=batches)
    written = iso20022.write(remittance, version).data
    return written.replace(b"</CdtrAcct>", b"</CdtrAcct><UltmtCdtr><Nm>Eier</Nm></UltmtCdtr>")


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.001.001.09"])
@pytest.mark.parametrize(("places", "batches"), [((1, 2, 3, 4), 2), ((2, 3), 2), ((4,), 1)])
def test_what_stays_loses_nothing(version: writing.Version, places: tuple[int, ...], batches: int) -> None:
    given, found = source(version), findings.Findings()
    before = iso20022.pain001.read(given, findings.Findings())
    cut = reducing.reduce(given, "M1-2", {place: reducing.Kept(f"N{place}", NEXT) for place in places})
    read = iso20022.pain001.read(cut.data, found)
    assert not found.counts["block"], found
    assert (read.message_id, read.created_at, read.initiator, len(read.batches)) == ("M1-2", before.created_at, PARTY, batches)
    assert [one.end_to_end_id for one in read.payments] == [f"N{place}" for place in places]
    assert read.totals == {"NOK": sum(Decimal(f"1{place}.50") for place in places)}
    assert {one.requested for one in read.payments} == {NEXT} and cut.data.count(b"<UltmtCdtr>") == len(places)
    assert (
        [batch.batch_id for batch in read.batches] == sorted(set(cut.batches.values())) == [f"M1-2-{n + 1}" for n in range(batches)]
    )
    stated = etree.fromstring(cut.data).findtext(".//{*}GrpHdr/{*}NbOfTxs")
    assert stated == str(len(places)) and reducing.reduce(given, "M1-2", dict.fromkeys(places, reducing.Kept("A", NEXT)))


def test_a_time_with_an_offset_is_the_day_in_oslo_before_and_after() -> None:
    stated = b"<ReqdExctnDt><DtTm>2026-11-24T23:30:00Z</DtTm></ReqdExctnDt>"
    given = source("pain.001.001.09").replace(b"<ReqdExctnDt><Dt>2026-11-25</Dt></ReqdExctnDt>", stated)
    for day in (DAY, NEXT):
        cut = reducing.reduce(given, "M1-2", {1: reducing.Kept("A", day)})
        assert {one.requested for one in iso20022.pain001.read(cut.data, findings.Findings()).payments} == {day}
        assert (stated in cut.data) == (day == DAY), "what it says already is left as it stands"
    assert {one.requested for one in iso20022.pain001.read(given, findings.Findings()).payments} == {DAY}


def test_what_cannot_be_cut_is_said() -> None:
    given = source("pain.001.001.09")
    with pytest.raises(reducing.ReduceError, match="2 days"):
        reducing.reduce(given, "M2", {1: reducing.Kept("F1", DAY), 2: reducing.Kept("F2", NEXT)})
    with pytest.raises(reducing.ReduceError, match="EndToEndId"):
        reducing.reduce(given.replace(b"EndToEndId", b"InstrId"), "M2", {1: reducing.Kept("F1", DAY)})


@pytest.mark.parametrize(
    ("what", "instead", "code"),
    [
        (b"</CdtrAcct>", b"</CdtrAcct><CdtrAcct><Id><Othr><Id>60111100009</Id></Othr></Id></CdtrAcct>", "repeated_element"),
        (b"</Amt>", b"</Amt><Amt><InstdAmt Ccy='NOK'>9.00</InstdAmt></Amt>", "repeated_element"),
        (b"</InstdAmt>", b"</InstdAmt><InstdAmt Ccy='NOK'>9.00</InstdAmt>", "repeated_element"),
        (b"</Othr></Id></CdtrAcct>", b"</Othr><IBAN>NO9386011117947</IBAN></Id></CdtrAcct>", "repeated_element"),
        (b"</InstdAmt>", b"</InstdAmt><EqvtAmt><Amt Ccy='EUR'>9.00</Amt></EqvtAmt>", "repeated_element"),
        (b"</ReqdExctnDt>", b"<DtTm>2027-01-01T00:00:00</DtTm></ReqdExctnDt>", "repeated_element"),
        (b"<DbtrAcct>", b"<DbtrAcct><Id><Othr><Id>60111100009</Id></Othr></Id></DbtrAcct><DbtrAcct>", "repeated_element"),
        (b"<PmtInf>", b"<x:PmtInf xmlns:x='urn:x'><x:CdtTrfTxInf/></x:PmtInf><PmtInf>", "foreign_element"),
        (b"<CdtTrfTxInf>", b"<x:CdtTrfTxInf xmlns:x='urn:x'/><CdtTrfTxInf>", "foreign_element"),
    ],
)
def test_what_a_bank_could_read_otherwise_than_we_is_about_the_whole_file(what: bytes, instead: bytes, code: str) -> None:
    found, given = findings.Findings(), source("pain.001.001.09")
    assert what in given
    iso20022.pain001.read(given.replace(what, instead, 1), found)
    assert [one for one in found if (one.code, one.severity) == (code, "block") and "[" not in one.field], found
