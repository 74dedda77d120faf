"""What the bank answers moves payments, and the accounting system is told once of each that has ended."""

from __future__ import annotations

import contextlib
import datetime as dt
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from fakturabro.domain import findings
from fakturabro.formats.payment_list import read as payment_list
from fakturabro.gateway import questions
from fakturabro.ledger import sendings
from fakturabro.ledger.payments import answers, bank_files
from tasks import connect
from tests.runs import banked
from tests.runs.payer import DUE, MONDAY, OTHER_OWN, OWN, TIND, order, remittance

AFTER_DUE = DUE + dt.timedelta(days=1)


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[banked.Banked]:
    made = banked.Banked(tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


async def sent(site: banked.Banked, *orders: Any, message_id: str = "M1") -> None:
    """A file is paid by and lies in the bank."""
    site.leave(f"{message_id}.xml", remittance(message_id, orders or [order(), order("F2", "99.50")]))
    await site.pay()
    site.sandbox.take()


def movement(name: str, amount: str = "1250.00", account: str = OWN, entry: str = "", batch: str = "") -> bytes:
    """A camt.054 with one debit; `batch` (message/batch) where the bank books a whole batch without its payments."""
    refs = f"<Refs><EndToEndId>{name}</EndToEndId></Refs>"
    details = f"<TxDtls>{refs}<Amt Ccy='NOK'>{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>"
    if batch:
        message_id, _, batch_id = batch.partition("/")
        details = f"<Btch><MsgId>{message_id}</MsgId><PmtInfId>{batch_id}</PmtInfId></Btch>"
    return (
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N</MsgId>"
        "<CreDtTm>2026-11-26T06:00:00</CreDtTm></GrpHdr><Ntfctn><Id>N1</Id><CreDtTm>2026-11-26T06:00:00</CreDtTm>"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct><Ntry><Amt Ccy='NOK'>{entry or amount}</Amt>"
        "<CdtDbtInd>DBIT</CdtDbtInd>"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-25</Dt></BookgDt><AcctSvcrRef>R{name}{batch}</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


@pytest.mark.parametrize("settings", [{}, {"pain002": "03", "camt": "02"}])
async def test_from_received_to_paid_and_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    site = banked.Banked(tmp_path, monkeypatch, **settings)
    await sent(site)
    said = await site.hear()
    assert said.is_completed() and site.stages() == dict.fromkeys(("F1", "F2"), "waiting_for_approval")
    with contextlib.closing(connect.open_ledger()) as ledger:
        assert [one.name for one in bank_files.find_standing(ledger, "nidelven", "bank", "out", ["received"])] == ["P001.M1.xml"]
    site.sandbox.approve("M1", "F1")
    site.sandbox.refuse("M1", "F2")
    said = await site.hear()
    assert said.is_failed() and "Banken avviste én betaling. En godkjenner i nettbanken har avvist betalingen." in said.message
    assert site.stages() == {"F1": "accepted", "F2": "rejected"} and site.told() == {"F1": "waiting", "F2": "accepted"}
    await site.next_day(AFTER_DUE)
    said = await site.hear()
    assert said.is_completed() and "1 betaling utført" in said.message
    assert site.stages()["F1"] == "executed" and set(site.told().values()) == {"accepted"}
    back = sorted(path.name for path in site.back.iterdir() if path.is_file())
    assert back == sorted(path.name.partition(".")[2] for path in (site.sandbox.pickup / "lest").iterdir())
    said = await site.hear()
    assert said.is_completed() and said.message == "Ingenting å gjøre" and site.faults() == []
    site.engine.dispose()


async def test_a_payment_that_comes_back_is_told_of_again_in_the_list(site: banked.Banked) -> None:
    site.chosen = site.having(accounting={"return_form": "list"})
    await sent(site, order("F1", "10.00", TIND, creditor="=Tind AS"), order("F2", "20.00"))
    site.sandbox.approve("M1")
    await site.next_day(AFTER_DUE)
    await site.hear()
    (first,) = site.back.glob("*.csv")
    rows = first.read_bytes().decode("utf-8-sig").split("\r\n")
    assert rows[0].startswith("Betalingsstatus;Statusdato;Årsak;Mottaker;Kontonummer;Beløp")
    assert rows[1].startswith(f"utført;26.11.2026;;'=Tind AS;{TIND};10,00;NOK;") and "1234567897" in rows[2] and len(rows) == 4
    with pytest.raises(payment_list.payments.ReadError, match="is_an_answer"):
        list(payment_list.orders(first.read_bytes(), findings.Findings()))
    await site.next_day(DUE + dt.timedelta(days=6))
    said = await site.hear()
    assert "Én betaling kom i retur" in said.message and site.stages() == {"F1": "returned", "F2": "executed"}
    (again,) = site.back.glob("betalinger-rettelse-*.csv")
    assert again.read_text("utf-8-sig").splitlines()[1].startswith("kom i retur;01.12.2026;Kontoen er avsluttet.")
    assert (await site.hear()).is_completed() and len(list(site.back.glob("*.csv"))) == 2


async def test_what_never_left_is_told_in_a_list_also_beside_the_banks_files(site: banked.Banked) -> None:
    await sent(site)
    await sent(site, order("F1b"), order("F3", "3.00"), message_id="M2")
    site.leave("igjen.xml", remittance("M1", [order(), order("F2", "99.50")]) + b"\n")
    site.drop("ny.xml", remittance("M3", [order("F1", "8.00", kid="", invoice_number="8")]))
    await site.pay()
    await site.decide("remittance_file", "refused")
    await site.pay()
    await site.hear()
    (told,) = site.back.glob("*.csv")
    rows = [line.split(";") for line in told.read_text("utf-8-sig").splitlines()[1:]]
    assert [row[0] for row in rows] == ["gjentakelse", "gjentakelse", "gjentakelse", "ikke betalt"]
    assert rows[0][2] == "Samme betaling ble tatt inn 23.11.2026 som F1. Det er den som følges, og denne er ikke sendt."
    assert "Referansen F1 er en annen betalings" in rows[3][2] and "F1" not in rows[3], "F1 lives"
    assert site.stages()["F1b"] == "cancelled" and site.told()["F1b"] == "accepted"


async def test_another_way_of_telling_takes_over_what_was_planned_for_the_first(site: banked.Banked) -> None:
    await sent(site, order())
    site.sandbox.approve("M1")
    await site.next_day(AFTER_DUE)
    site.stop("book_back")
    await site.hear()
    site.release("book_back")
    assert site.stages() == {"F1": "executed"} and site.told() == {"F1": "planned"}
    site.chosen = site.having(accounting={"return_form": "list"})
    await site.hear()
    (told,) = site.back.glob("*.csv")
    assert "utført;26.11.2026" in told.read_text("utf-8-sig") and site.told() == {"F1": "accepted"}


async def test_a_list_that_a_stop_held_back_did_not_leave(site: banked.Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop comes between reserving and putting it into the folder."""
    await sent(site)
    await sent(site, order("F1b"), message_id="M2")
    deliver = sendings.Watch.refuse_stopped

    def stopped(watch: sendings.Watch, now: dt.datetime) -> None:
        site.stop("book_back")
        deliver(watch, now)

    with monkeypatch.context() as patch:
        patch.setattr(sendings.Watch, "refuse_stopped", stopped)
        await site.hear()
    assert site.told()["F1b"] == "planned" and not list(site.back.glob("*.csv"))
    with contextlib.closing(connect.open_ledger()) as ledger:
        assert not bank_files.find_standing(ledger, "nidelven", "accounting", "out", ["handed_over"], ["answers"])
    site.release("book_back")
    await site.hear()
    assert site.told()["F1b"] == "accepted" and len(list(site.back.glob("*.csv"))) == 1


OTHER = "det er ikke kontoen og beløpet vi ba om"


def nameless(part: str, entry: str, refs: str) -> bytes:
    """The same where the bank leaves the payment's name out."""
    named = movement("NOTPROVIDED", part, entry=entry)
    return named.replace(b"<Refs>", f"<Refs>{refs}".encode())


BATCH = "<MsgId>M1</MsgId><PmtInfId>M1-1</PmtInfId>"
SECOND = b"<TxDtls><Refs><MsgId>M1</MsgId><PmtInfId>M1-1</PmtInfId></Refs><Amt Ccy='NOK'>99.50</Amt></TxDtls></NtryDtls>"
WHOLE = nameless("1250.00", "1349.50", BATCH).replace(b"</NtryDtls>", SECOND)
PROVES_NOTHING = [
    (nameless("1250.00", "1250.00", BATCH), OTHER),
    (nameless("1250.00", "1250.00", "<MsgId>M7</MsgId><InstrId>F1</InstrId>"), "1 svar om betalinger vi ikke kjenner"),
    (movement("F1", "1250.01"), OTHER),
    (movement("F1", account=OTHER_OWN), OTHER),
    (movement("F1", entry="1300.00"), OTHER),
    (movement("", "1349.49", batch="M1/M1-1"), OTHER),
    (movement("X9"), "1 svar om betalinger vi ikke kjenner"),
    (movement("NOTPROVIDED"), "1 svar om betalinger vi ikke kjenner"),
    (movement("F1")[:-60], "er satt til side, og ingenting av den er brukt"),
    (b"<Document", "Innholdet er ikke et svar fra banken"),
]


async def test_only_the_money_that_we_asked_for_proves_a_payment(site: banked.Banked) -> None:
    await sent(site)
    await site.hear()
    for number, (content, says) in enumerate(PROVES_NOTHING):
        site.arrive(f"P.1.C54D.{number}.XML", content)
        said = await site.hear()
        assert says in said.message and set(site.stages().values()) == {"waiting_for_approval"}, said.message
    site.arrive("P.1.C54D.A.XML", WHOLE)
    said = await site.hear()
    assert said.is_completed() and "2 betalinger utført" in said.message
    await sent(site, order("F3", "3.00"), order("F4", "4.00"), message_id="M2")
    site.sandbox.refuse("M2", "F4")
    await site.hear()
    site.arrive("P.1.C54D.C.XML", movement("", "3.00", batch="M2/M2-1"))
    await site.hear()
    assert (site.stages()["F3"], site.stages()["F4"]) == ("executed", "rejected")
    await sent(site, order("F5", "5.00"), order("F6", "6.00"), message_id="M3")
    site.arrive("P.1.C54D.D.XML", nameless("5.00", "5.00", "<MsgId>M3</MsgId><InstrId>F5</InstrId>"))
    await site.hear()
    assert site.stages()["F5"] == "executed" and site.stages()["F6"] == "waiting_for_approval"
    site.arrive("P.1.C54D.B.XML", WHOLE)
    assert "1 fil kjent fra før" in (await site.hear()).message


async def test_a_bank_that_has_a_file_already_refuses_nothing_of_the_first(site: banked.Banked) -> None:
    content = remittance("M1", [order(), order("F2", "99.50")])
    site.leave("lev.xml", content)
    await site.pay()
    site.sandbox.take()
    (site.sandbox.drop / "igjen.xml").write_bytes(content)
    site.sandbox.take()
    said = await site.hear()
    assert set(site.stages().values()) == {"waiting_for_approval"} and site.told() == dict.fromkeys(("F1", "F2"), "waiting")
    assert said.is_failed() and "Banken sier at den har M1 fra før" in said.message


async def test_silence_is_told_once_a_day_and_each_cause_for_itself(site: banked.Banked) -> None:
    site.leave("lev.xml", remittance("M1", [order()]))
    await site.pay()
    assert (await site.hear()).is_completed()
    site.at(MONDAY + dt.timedelta(hours=5))
    said = await site.hear()
    assert said.is_failed() and "Banken har ikke kvittert for én betaling (kr 1 250,00)" in said.message
    assert (await site.hear()).is_completed()
    site.at(MONDAY + dt.timedelta(days=4))
    said = await site.hear()
    assert "ikke kvittert" in said.message and "(kr 1 250,00) forfalt 25.11.2026 uten at banken har vist" in said.message


def asked(site: banked.Banked) -> list[str]:
    """What people are asked of payments that nothing proves, oldest first."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        open_ = answers.find_open(ledger, "nidelven", [answers.UNPROVEN])
    site.questions = [questions.Question(kind=kind, subject=subject, shown={}, caused_by="") for kind, subject in open_]
    return [one.subject for one in site.questions]


async def test_a_person_concludes_what_the_bank_never_shows(site: banked.Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    await sent(site, order(), order("F2", "99.50"), order("F3", "3.00"))
    site.at(dt.datetime(2026, 11, 30, 8, tzinfo=MONDAY.tzinfo))
    assert "spørsmål" not in (await site.hear()).message
    with banked.approver(monkeypatch) as answer:
        site.at(dt.datetime(2026, 12, 1, 8, tzinfo=MONDAY.tzinfo))
        assert "1 spørsmål til godkjennere" in (await site.hear()).message
        page = await answer("each")
        assert "Er disse betalingene i M1 gjort?" in page and "kr 1 352,50" in page and "venter på godkjenning i banken" in page
        assert "3 spørsmål til godkjennere" in (await site.hear()).message and len(asked(site)) == 3
    site.arrive("P.1.C54D.XML", movement("F1"))
    await site.hear()
    assert site.stages()["F1"] == "executed" and len(asked(site)) == 2, "the bank's word came first"
    site.questions.pop()
    site.answer("paid")
    assert "1 betaling avklart av en godkjenner" in (await site.hear()).message
    asked(site)
    site.answer("not_paid")
    await site.hear()
    assert site.stages() == {"F1": "executed", "F2": "executed", "F3": "rejected"} and not asked(site)
    told = "".join(path.read_text("utf-8-sig") for path in sorted(site.back.glob("*.csv")))
    assert set(site.told().values()) == {"accepted"} and "avvist;01.12.2026;En godkjenner har sett i nettbanken" in told
    await sent(site, order("F3b", "3.00"), message_id="M2")
    assert site.stages()["F3b"] == "handed_over" and site.faults() == []
    site.arrive("P.1.C54D.2.XML", movement("F3", "3.00"))
    said = await site.hear()
    assert site.stages()["F3"] == "executed" and "Det strider mot det den sa før" in said.message


async def test_no_funds(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = banked.Banked(tmp_path, monkeypatch, balance="100")
    await sent(site, order())
    site.sandbox.approve("M1")
    await site.next_day(DUE)
    said = await site.hear()
    assert site.stages() == {"F1": "insufficient_funds"} and "Én betaling (kr 1 250,00) venter på dekning" in said.message
    site.engine.dispose()
