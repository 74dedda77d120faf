"""Retention: what may go when, what purging takes away for good, and what can be proven afterwards."""

from __future__ import annotations

import base64
import datetime as dt
import pathlib
from decimal import Decimal

import msgspec
import pydantic
import pytest
import sqlalchemy as sa

from console import showing
from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.domain import parties
from fakturabro.ledger import (
    audits,
    certificates,
    deliveries,
    details,
    documents,
    findings,
    lives,
    opened,
    purging,
    raws,
    recording,
    retention,
    seals,
    tables,
)
from fakturabro.ledger.distribution import print_receipts
from flows import purge as flow
from tasks import purging as stations

TENANT, MONTH = "nordlys", "2021-11"
DAY = dt.date(2021, 11, 22)
NOW = dt.datetime(2021, 11, 22, 7, 0, tzinfo=dt.UTC)
PURPOSES = ("book",)
ALL_PAST, SECONDARY_PAST = dt.date(2027, 1, 1), dt.date(2025, 7, 1)
NAME, EMAIL = "Kari Nordmann", "kari@firma.no"


def received(issue_date: dt.date) -> bytes:
    totals = values.Totals(line_extension=Decimal(1), tax_exclusive=Decimal(1), tax_inclusive=Decimal(1), payable=Decimal(1))
    invoice = values.Invoice(
        kind="invoice",
        number="1",
        issue_date=issue_date,
        type_code="380",
        currency="NOK",
        seller=values.Party(name="Selger"),
        buyer=values.Party(name=NAME),
        totals=totals,
        lines=(),
    )
    return msgspec.json.encode(values.Received(invoice=invoice))


def fetched(
    ledger: opened.Ledger, number: str, kind: str = "invoice", issued: dt.date = DAY, month: str = MONTH
) -> documents.Fetched:
    key = ledger.seals.key(TENANT, documents.seal_kind(kind), month)
    canonical = received(issued) if kind == "invoice" else msgspec.json.encode(parties.Card(number=number, name=NAME))
    return documents.Fetched(
        source_key=f"id-{number}" if kind == "invoice" else number,
        kind=kind,
        number=number,
        customer_number="10001",
        amount=12_500,
        currency="NOK",
        listing_hash="",
        hash=number.encode().ljust(32, b"0"),
        raw=raws.seal(key, key and documents.seal_kind(kind), f"<{number}>{NAME}".encode()),
        canonical=key.seal(canonical),
    )


def live(ledger: opened.Ledger, number: str = "1", issued: dt.date = DAY, outcome: str = "accepted") -> int:
    """A document with its card, recipient, KID, finding, rendition and answer, certified."""
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-1", (), [fetched(ledger, "10001", "customer")])
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-1", PURPOSES, [fetched(ledger, number, issued=issued)])
    document_id = documents.find_known(ledger, TENANT, "poweroffice", [f"id-{number}"])[f"id-{number}"].id
    key = ledger.seals.key(TENANT, "recipient", MONTH)
    details.record_recipients(ledger, TENANT, key, {document_id: parties.Recipient(name=NAME, customer_number="10001")})
    details.record_kids(ledger, TENANT, {document_id: "0010001000001"})
    found = found_values.Finding(code="email_refused", severity="warn", value=EMAIL)
    findings.record(ledger, TENANT, "send", {document_id: [found]}, PURPOSES, "run-1")
    (row,) = [one for one in deliveries.find_open(ledger, TENANT, "book", ["waiting"]) if one.document_id == document_id]
    pdf = raws.seal(ledger.seals.key(TENANT, "pdf", MONTH), "pdf", b"%PDF " + NAME.encode())
    details.record_renditions(ledger, TENANT, [details.Rendition(revision_id=row.revision_id, format="pdf", data=pdf)])
    raw_id, _ = details.read_renditions(ledger, TENANT, "pdf", [row.revision_id])[row.revision_id]
    deliveries.plan(ledger, TENANT, [deliveries.Planned(id=row.id, target="factoring:1", natural_key=f"1/{number}")], "run-1")
    deliveries.move(ledger, TENANT, [row.id], "planned", "sending", "run-1")
    said = deliveries.Answer(
        delivery_id=row.id,
        target="factoring:1",
        natural_key=f"1/{number}",
        outcome=outcome,
        detail=f"{EMAIL}: ok",
        sent_raw_id=raw_id,
        answer=ledger.seals.key(TENANT, "answer", MONTH).seal(b"ok " + NAME.encode()),
    )
    deliveries.record_answers(ledger, TENANT, [said], "run-1", NOW, DAY)
    job = print_receipts.Receipt(delivery_id=row.id, job_id=number, state="rejected", at=NOW, detail=f"{NAME} er flyttet")
    print_receipts.record(ledger, TENANT, [job], NOW)
    assert all(one.adds_up for one in certificates.record(ledger, TENANT, PURPOSES, "run-1", NOW))
    return document_id


def purge(ledger: opened.Ledger, today: dt.date, year_ends: int = 12) -> list[str]:
    """The kinds that went."""
    going = [one for one in retention.find_candidates(ledger, TENANT, today, year_ends) if one.may_go(today)]
    gone = [one.kind for one in going if purging.purge(ledger, TENANT, one)]
    purging.sweep(ledger)
    return gone


@pytest.mark.parametrize(
    ("date", "months", "year_ends", "first"),
    [
        (dt.date(2021, 1, 1), 60, 12, dt.date(2027, 1, 1)),
        (dt.date(2021, 12, 31), 60, 12, dt.date(2027, 1, 1)),
        (dt.date(2021, 12, 31), 42, 12, dt.date(2025, 7, 1)),
        (dt.date(2021, 6, 30), 60, 6, dt.date(2026, 7, 1)),
        (dt.date(2021, 7, 1), 60, 6, dt.date(2027, 7, 1)),
        (dt.date(2021, 7, 1), 42, 6, dt.date(2026, 1, 1)),
        (dt.date(2020, 2, 29), 1, 11, dt.date(2021, 1, 1)),
    ],
)
def test_time_counts_from_the_end_of_the_accounting_year(date: dt.date, months: int, year_ends: int, first: dt.date) -> None:
    assert retention.due(date, months, year_ends) == first


def test_nothing_goes_a_day_too_early(ledger: opened.Ledger) -> None:
    live(ledger)
    assert retention.find_candidates(ledger, TENANT, SECONDARY_PAST - dt.timedelta(days=1)) == []
    assert purge(ledger, SECONDARY_PAST) == ["customer", "recipient", "answer"]
    assert purge(ledger, ALL_PAST - dt.timedelta(days=1)) == []
    assert purge(ledger, ALL_PAST) == ["pdf", "document"]
    assert purge(ledger, ALL_PAST) == []


def test_another_accounting_year_and_another_tenant(ledger: opened.Ledger) -> None:
    live(ledger)
    assert purge(ledger, dt.date(2025, 12, 31), year_ends=6) == []
    assert purge(ledger, dt.date(2026, 1, 1), year_ends=6) == ["customer", "recipient", "answer"]
    assert retention.find_candidates(ledger, "fjord", ALL_PAST) == []


@pytest.mark.parametrize("outcome", ["in_doubt", "planned"])
def test_what_is_open_is_never_purged(ledger: opened.Ledger, outcome: str) -> None:
    live(ledger, outcome=outcome)
    candidates = retention.find_candidates(ledger, TENANT, dt.date(2099, 1, 1))
    assert {one.kind for one in candidates} == {"customer", "recipient", "answer", "pdf", "document"}
    assert {one.open for one in candidates} == {1}
    assert purge(ledger, dt.date(2099, 1, 1)) == []
    forced = msgspec.structs.replace(candidates[0], open=0)
    assert not purging.purge(ledger, TENANT, forced)  # opened again between looking and purging


def test_a_document_dated_ahead_belongs_to_a_later_year(ledger: opened.Ledger) -> None:
    live(ledger, issued=dt.date(2022, 1, 2))
    assert purge(ledger, SECONDARY_PAST) == []
    assert purge(ledger, ALL_PAST) == ["customer", "recipient", "answer"]
    assert {(one.kind, one.due) for one in retention.find_candidates(ledger, TENANT, ALL_PAST)} == {
        ("pdf", dt.date(2028, 1, 1)),
        ("document", dt.date(2028, 1, 1)),
    }
    assert purge(ledger, dt.date(2028, 1, 1)) == ["pdf", "document"]


def test_a_card_in_use_stays_and_a_purged_one_can_come_back(ledger: opened.Ledger) -> None:
    live(ledger)
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-2", (), [fetched(ledger, "10001", "customer", month="2024-05")])
    assert details.read_cards(ledger, TENANT, "poweroffice", ["10001"])["10001"].name == NAME
    assert "customer" in purge(ledger, SECONDARY_PAST)
    assert details.read_cards(ledger, TENANT, "poweroffice", ["10001"]) == {}
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-3", (), [fetched(ledger, "10001", "customer", month="2025-07")])
    assert details.read_cards(ledger, TENANT, "poweroffice", ["10001"])["10001"].name == NAME


def test_purged_bytes_are_gone_and_the_proof_stands(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    document_id = live(ledger)
    assert audits.find_faults(ledger, TENANT) == []
    purge(ledger, ALL_PAST)
    assert audits.find_faults(ledger, TENANT) == []
    with pytest.raises(seals.SealError, match="nordlys, document, 2021-11 was purged"):
        list(documents.read(ledger, TENANT, [document_id]))
    with pytest.raises(seals.SealError, match="was purged"):
        raws.read(ledger, TENANT, [1, 2, 3])
    life = lives.read(ledger, TENANT, document_id)
    assert {content.gone for step in life.steps for content in step.contents} == {"purged"}
    text = showing.to_text(life)
    assert "slettet etter 5 år (2021-11)" in text
    assert "slettet etter 3,5 år (2021-11)" in text
    assert not any(word in text for word in (NAME, EMAIL, "10001"))
    certificate = next(one for one in life.chain if "row" in one)
    assert base64.b64decode(certificate["row"][""]["read"]).hex() in text
    showing.write_zip(tmp_path / "purged.zip", life)


def test_an_older_revision_that_is_kept_keeps_no_clear_text(ledger: opened.Ledger) -> None:
    """Its month is kept for another document that is open; what names the buyer goes with the revision that it is of."""
    before = msgspec.structs.replace(fetched(ledger, "1", month="2021-10"), hash=b"x" * 32)
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-0", PURPOSES, [before, fetched(ledger, "2", month="2021-10")])
    document_id = live(ledger)
    assert "document" in purge(ledger, ALL_PAST)
    assert audits.find_faults(ledger, TENANT) == []
    (head,) = documents.find_heads(ledger, TENANT, [document_id])
    assert head.customer_number == ""


def test_a_process_that_still_knows_the_key_cannot_read_either(ledger: opened.Ledger) -> None:
    document_id = live(ledger)
    other = opened.open_ledger(ledger.engine.url.render_as_string(hide_password=False), b"0" * 32)
    assert len(list(documents.read(other, TENANT, [document_id]))) == 1
    purge(ledger, ALL_PAST)
    with pytest.raises(seals.SealError, match="was purged"):
        list(documents.read(other, TENANT, [document_id]))
    other.close()


def test_no_trace_of_the_keys_is_left_in_the_file(ledger: opened.Ledger) -> None:
    live(ledger)
    with ledger.reading() as connection:
        wrapped = [bytes(one) for one in connection.execute(sa.select(tables.data_key.c.wrapped)).scalars()]
        sealed = [bytes(one)[19:] for one in connection.execute(sa.select(tables.raw.c.sealed)).scalars()]
    purge(ledger, ALL_PAST)
    with ledger.reading() as connection:
        assert connection.execute(sa.select(tables.data_key.c.kind)).scalars().all() == []
    if ledger.engine.dialect.name == "sqlite":
        folder = pathlib.Path(str(ledger.engine.url.database)).parent
        kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
        assert not any(one in kept for one in (*wrapped, *sealed))
        assert NAME.encode() not in kept
        assert EMAIL.encode() not in kept


def test_what_was_said_of_a_card_goes_with_it(ledger: opened.Ledger) -> None:
    """Findings and their log name e-mail addresses in clear text; of a card in use only what still stands is left."""
    live(ledger)
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-1", (), [fetched(ledger, "10002", "customer")])
    changed = msgspec.structs.replace(fetched(ledger, "10002", "customer", month="2024-05"), hash=b"2" * 32, listing_hash="2")
    recording.record_fetched(ledger, TENANT, "poweroffice", "run-2", (), [changed])
    cards = [documents.find_known(ledger, TENANT, "poweroffice", [key])[key].id for key in ("10001", "10002")]
    for value in ("gammel@gmial.com", "kari@gmial.com"):
        said = found_values.Finding(code="email_domain_typo", severity="warn", field="InvoiceEmailAddress", value=value)
        findings.record(ledger, TENANT, "register", {card: [said] for card in cards}, (), "run-2")
    assert "customer" in purge(ledger, SECONDARY_PAST)
    with ledger.reading() as connection:
        left = [
            list(connection.execute(sa.select(table.c.document_id, table.c.value).where(table.c.station == "register")))
            for table in (tables.finding, tables.finding_log)
        ]
    kept = cards[1]
    assert left[0] == [(kept, "kari@gmial.com")]
    assert sorted(left[1]) == [(kept, ""), (kept, ""), (kept, "kari@gmial.com")]


def test_customer_numbers_of_skipped_documents_go_too(ledger: opened.Ledger) -> None:
    skipped = documents.Skipped(
        source_key="s", kind="invoice", number="9", customer_number="10009", amount=5, currency="NOK", reason="stopped"
    )
    recording.record_skipped(ledger, TENANT, "poweroffice", "run-1", [skipped])
    certificates.record(ledger, TENANT, PURPOSES, "run-1", NOW)
    assert purging.clear_skipped(ledger, TENANT, ALL_PAST - dt.timedelta(days=1)) == 0
    assert purging.clear_skipped(ledger, TENANT, ALL_PAST) == 1
    assert purging.clear_skipped(ledger, TENANT, ALL_PAST) == 0
    assert audits.find_faults(ledger, TENANT) == []


def test_kinds_without_a_law_are_kept_unless_a_setting_says_otherwise(ledger: opened.Ledger) -> None:
    for kind in ("token", "secret", "approver", "unheard_of"):
        ledger.seals.key(TENANT, kind, MONTH)
    far = dt.date(2099, 1, 1)
    assert retention.find_candidates(ledger, TENANT, far) == []
    others = {"token": 1, "secret": 1, "approver": 1, "document": 1}
    assert [one.kind for one in retention.find_candidates(ledger, TENANT, far, others=others)] == ["token"]


@pytest.mark.parametrize("wrong", [{"document": 1}, {"secret": 12}, {"token": 0}])
def test_the_law_is_no_setting(wrong: dict[str, int]) -> None:
    with pytest.raises(pydantic.ValidationError):
        stations.RetentionOptions(other_kinds=wrong)
    assert flow.DEFAULT.accounting_year_ends == 12
