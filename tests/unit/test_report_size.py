"""A hundred thousand held documents: the report is made of the ledger and rendered within bounded memory, and none is left out."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import threading
from collections.abc import Iterator

import msgspec
import openpyxl
import psutil
import pytest
import sqlalchemy as sa

from data_quality import blocking
from data_quality.report import html, pdf, wording, xlsx
from fakturabro.domain import calendar, parties
from fakturabro.ledger import engine, opened, tables
from tasks.reports import contents as report_contents

TENANT, COUNT = "nordlys", 100_000
MOST = 500 * 2**20
"""More bytes than before; measured are 200 MB to make and show it, and 70 MB for the content that is kept."""
NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=calendar.OSLO)


@contextlib.contextmanager
def watched() -> Iterator[list[int]]:
    """How many bytes more than at the beginning the process has held, at most; known when it ends."""
    process, ended, grown = psutil.Process(), threading.Event(), [0]
    start = process.memory_info().rss

    def look() -> None:
        while not ended.wait(0.05):
            grown[0] = max(grown[0], process.memory_info().rss - start)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield grown
    finally:
        ended.set()
        watcher.join()


def hold(ledger: opened.Ledger, count: int) -> None:
    """This many invoices, each to a customer of its own without a right post code."""
    key = ledger.seals.key(TENANT, "recipient", "2026-11")
    sealed = key.seal(msgspec.json.encode(parties.Recipient(name="Fjordbygg Entreprenør AS", customer_number="1")))
    ids = range(1, count + 1)
    document = ("id", "tenant", "source", "kind", "source_key", "number", "customer_number", "amount", "currency")
    documents = [(i, TENANT, "poweroffice", "invoice", str(i), str(i), str(i), 100 * i, "NOK", "", "fetched", "r") for i in ids]
    delivery = ("id", "tenant", "document_id", "purpose", "revision_id", "state", "amount", "currency", "run")
    deliveries = [(i, TENANT, i, "distribute", i, "waiting", 100 * i, "NOK", "r") for i in ids]
    finding = ("id", "tenant", "document_id", "code", "severity", "field", "value", "suggestion", "holds", "station", "run")
    said = ("incomplete_postal_address", "block", "MailAddress.ZipCode", "701", "7010 TRONDHEIM", '["distribute"]', "check", "r")
    with ledger.writing() as connection:
        engine.insert(connection, tables.document, (*document, "listing_hash", "state", "run"), documents)
        engine.insert(connection, tables.recipient, ("tenant", "document_id", "sealed"), [(TENANT, i, sealed) for i in ids])
        engine.insert(connection, tables.delivery, delivery, deliveries)
        connection.execute(sa.update(tables.delivery).where(tables.delivery.c.tenant == TENANT).values(state="held"))
        engine.insert(connection, tables.finding, finding, [(i, TENANT, i, *said) for i in ids])


@pytest.mark.long
def test_a_report_of_a_hundred_thousand_held_documents_is_made_within_bounds(ledger: opened.Ledger) -> None:
    hold(ledger, COUNT)
    day = NOW.date()
    scope = report_contents.Scope(tenant=TENANT, now=NOW, language="nb", rules=blocking.Rules(), period=(day, day), slot=NOW)
    with watched() as grown:
        made, _ = report_contents.build(ledger, scope)
        page, paper, book, kept = html.render(made), pdf.render(made), xlsx.render(made), msgspec.json.encode(made)
    assert grown[0] < MOST
    assert [item.number for item in made.held[:2]] == [str(COUNT), str(COUNT - 1)] and len(made.held) == COUNT
    assert wording.first_line(made) in page.decode()
    assert len(page) < 500_000 and len(paper) < 2_000_000 and len(kept) < 1_000 * COUNT
    rows = openpyxl.load_workbook(io.BytesIO(book), read_only=True).worksheets[1].iter_rows(min_row=2, max_col=2, values_only=True)
    assert [row[1] for row in rows] == [str(number) for number in range(COUNT, 0, -1)]
