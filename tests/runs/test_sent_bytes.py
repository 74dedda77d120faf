"""Whatever was sent is kept: each accepted line of the transfer log names bytes, also when reading back settled it."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from console import showing
from fakturabro.ledger import audits, raws, tables
from sandboxes import faults
from tasks import connect


async def test_every_accepted_line_names_the_bytes_that_were_sent(site: Any) -> None:
    site.keep_only(5002, 5003, 5019)
    site.boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST", path="/ledger", times=1))
    site.boxes.access_point.book.add(faults.Fault(kind="cut_after_change", method="PUT", path="/messages", times=1))
    for _ in range(3):  # the fault may meet the booking of the very document whose EHF meets the other one
        await site.intake()
    await site.writeback()
    log, delivery = tables.transfer_log, tables.delivery
    query = sa.select(delivery.c.purpose, log.c.outcome, log.c.sent_raw_id).join(delivery, delivery.c.id == log.c.delivery_id)
    with site.engine.connect() as connection:
        lines = connection.execute(query).all()
    assert {purpose for purpose, outcome, _ in lines if outcome == "in_doubt"} == {"book", "distribute"}
    accepted = [(purpose, raw_id) for purpose, outcome, raw_id in lines if outcome == "accepted"]
    assert len(accepted) == 9
    assert all(raw_id for _, raw_id in accepted)
    ledger = connect.open_ledger()
    try:
        booked = [raw_id for purpose, raw_id in accepted if purpose == "book"]
        sent = [json.loads(data) for data in raws.read(ledger, "nidelven", booked).values()]
        assert {entry["number"] for entry in sent} == {"5002", "5003", "5019"}
        assert audits.find_faults(ledger, "nidelven") == []
        journal = showing.read_journal(connect.open_journal(), "nidelven")
        shown = showing.to_text(showing.show(ledger, "nidelven", "5002", "kari", journal=journal))
        assert "Linje i sendejournalen" in shown
    finally:
        ledger.close()
