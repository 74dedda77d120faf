"""Rows as each schema of the ledger held them when it was the newest: at least one in every table, written without our code."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

Rows = dict[str, list[dict[str, Any]]]
AT = "2026-11-20 08:00:00+00:00"
MONTH = "2026-11"
DOCUMENT = {"tenant": "fjord", "source": "poweroffice", "source_key": "a", "number": "10001", "customer_number": "1"} | {
    "amount": 12_500,
    "currency": "NOK",
    "listing_hash": "",
    "run": "r",
}
DELIVERY = {
    "tenant": "fjord",
    "document_id": 1,
    "revision_id": 1,
    "state": "waiting",
    "amount": 12_500,
    "currency": "NOK",
    "run": "r",
}
SENT = (
    "update delivery set state = 'planned', target = 'email', natural_key = 'k' where id = 2",
    "update delivery set state = 'sending' where id = 2",
    "update delivery set state = 'accepted', settled_on = '2026-11-20', entered_in = 1, settled_in = 1 where id = 2",
)
_LINE = {"tenant": "fjord", "at": AT, "run": "r", "target": "email", "natural_key": "k", "detail": ""}


def _raw(identity: int, kind: str) -> dict[str, Any]:
    sealed = MONTH.encode() + b"sealed " + kind.encode()
    return {"id": identity, "tenant": "fjord", "kind": kind, "month": MONTH, "sha256": bytes([identity]) * 32, "sealed": sealed}


FIRST: Rows = {
    "document": [
        DOCUMENT | {"id": 1, "kind": "invoice", "state": "fetched", "revision_id": 1},
        DOCUMENT | {"id": 2, "kind": "credit_note", "state": "skipped", "skip_reason": "stopped", "certified_by": 0},
        DOCUMENT | {"id": 3, "kind": "customer", "state": "fetched"},
    ],
    "raw": [_raw(5, "document"), _raw(6, "pdf"), _raw(7, "answer")],
    "revision": [{"id": 1, "tenant": "fjord", "document_id": 1, "hash": b"h" * 32, "raw_id": 5, "canonical": b"c", "run": "r"}],
    "data_key": [{"tenant": "fjord", "kind": "document", "month": MONTH, "wrapped": b"w"}],
    "rendition": [{"tenant": "fjord", "revision_id": 1, "format": "pdf", "raw_id": 6}],
    "recipient": [{"tenant": "fjord", "document_id": 1, "sealed": b"p"}],
    "booking": [{"tenant": "fjord", "document_id": 1, "kid": "0019", "channel": "email"}],
    "delivery": [DELIVERY | {"id": 1, "purpose": "book"}, DELIVERY | {"id": 2, "purpose": "distribute"}],
    "finding": [
        {"id": 1, "tenant": "fjord", "document_id": 1, "code": "x", "severity": "warn", "field": "KID", "value": "v", "run": "r"}
        | {"suggestion": "", "holds": '["book"]', "station": "check"}
    ],
    "transfer_log": [
        _LINE | {"id": 1, "delivery_id": 2, "outcome": "in_doubt"},
        _LINE | {"id": 2, "delivery_id": 2, "outcome": "accepted", "sent_raw_id": 6, "answer_raw_id": 7},
    ],
    "slot": [
        {"tenant": "fjord", "flow": "intake", "slot_time": AT, "run": "r", "until": AT, "concluded_at": AT, "outcome": "1 sendt"}
    ],
    "certificate": [
        {"id": 1, "tenant": "fjord", "purpose": "distribute", "currency": "NOK", "run": "r", "at": AT, "figures": '{"count": {}}'}
        | {"previous_hash": "", "hash": "11"}
    ],
    "token": [{"tenant": "fjord", "system": "poweroffice", "sealed": b"t", "expires_at": AT}],
    "settings": [{"id": 1, "tenant": "fjord", "hash": "s", "file": "fjord.yaml", "content": "a: 1", "applied_at": AT}],
}
SECOND: Rows = {
    "transfer_log": [_LINE | {"id": 3, "delivery_id": 1, "outcome": "in_doubt", "answer": MONTH.encode() + b"sealed anew"}],
    "approver": [{"tenant": "fjord", "email": "kari@firma.no", "totp": b"t", "last_step": 7, "failures": 2, "enrolled_at": AT}],
    "choice": [{"id": 1, "tenant": "fjord", "name": "alternative", "value": "2", "at": AT, "by": "kari"}],
    "claim": [
        {"tenant": "fjord", "purpose": "book", "source": "poweroffice", "source_key": "b", "target": "factoring:1"}
        | {"natural_key": "invoice 2", "line": "000001.000001.000000000000.ab"}
    ],
    "decision": [
        {"id": 1, "tenant": "fjord", "kind": "in_doubt", "subject": "2", "question": b"q", "caused_by": "r", "asked_at": AT},
        {"id": 2, "tenant": "fjord", "kind": "in_doubt", "subject": "1", "question": b"q", "caused_by": "r", "asked_at": AT}
        | {"decided_at": AT, "decided_by": "kari", "answer": "accepted", "why": "sett"},
    ],
    "journal_line": [{"tenant": "fjord", "line": "000001.000001.000000000000.ab", "reserved": False}],
    "ledger_lock": [{"tenant": "fjord", "why": "older", "at": AT}],
    "link": [
        {"hash": "11", "tenant": "fjord", "page": "connect", "subject": "", "person": "kari", "expires_at": AT, "attempts": 1}
    ],
    "look": [{"id": 1, "tenant": "fjord", "at": AT, "who": "kari", "what": "show 10001"}],
    "secret": [{"tenant": "fjord", "name": "poweroffice_client_key", "sealed": b"s", "set_at": AT, "set_by": "kari"}],
    "series_gap": [
        {"tenant": "fjord", "source": "poweroffice", "series": "invoice", "number": 7, "seen_on": "2026-11-20", "state": "open"}
    ],
    "stop": [
        {"id": 1, "tenant": "fjord", "scope": "ehf", "why": "test", "owner": "Ola", "at": AT, "review_at": AT, "released_at": AT}
        | {"released_by": "Ola", "release_why": "over"},
        {"id": 2, "tenant": "fjord", "scope": "", "why": "feil konto", "owner": "Kari", "at": AT, "review_at": AT},
    ],
}
COUNTED = "update certificate set counted = '{\"format\": 2}'"
THIRD: Rows = {
    "renewed": [
        {
            "tenant": "fjord",
            "id": 2,
            "settled_in": 1,
            "document_id": 1,
            "purpose": "distribute",
            "revision_id": 1,
            "target": "email",
        }
        | {"natural_key": "k", "amount": 12_500, "currency": "NOK", "run": "r", "settled_on": "2026-11-20", "entered_in": 1}
        | {"state": "accepted", "recipient": b"p"}
    ],
    "finding_log": [
        {"id": 1, "tenant": "fjord", "document_id": 1, "code": "x", "severity": "warn", "field": "KID", "value": "v", "run": "r"}
        | {"station": "check", "came": True}
    ],
    "claim": [
        {"tenant": "fjord", "purpose": "distribute", "source": "poweroffice", "source_key": "b", "target": "email"}
        | {"natural_key": "k2", "line": "000001.000001.000000000000.ac", "outcome": "accepted", "at": AT}
    ],
}

FOURTH: Rows = {
    "client_report": [
        {
            "id": 1,
            "tenant": "fjord",
            "flow": "f",
            "slot_time": AT,
            "first_day": "2026-11-20",
            "last_day": "2026-11-20",
            "made_at": AT,
        }
        | {"language": "nb", "headline": "h", "counts": "{}", "html_raw_id": 5, "pdf_raw_id": 6}
        | {"xlsx_raw_id": 6, "content_raw_id": 6}
    ],
    "told_cause": [{"tenant": "fjord", "day": "2026-11-20", "cause": "c"}],
    "rule_use": [{"tenant": "fjord", "fingerprint": "f", "first_used_at": AT, "run": "r", "content": "{}"}],
    "client_settings": [{"tenant": "fjord", "at": AT, "content": "{}"}],
    "client_code": [
        {"id": 1, "tenant": "fjord", "person": "p", "link_hash": "l", "code_hash": "c", "sent_at": AT, "attempts": 1}
        | {"used_at": AT}
    ],
    "client_session": [{"hash": "h", "tenant": "fjord", "person": "p", "link_hash": "l", "began_at": AT, "seen_at": AT}],
}

FIFTH: Rows = {
    "twin": [{"tenant": "fjord", "document_id": 1, "key": "k"}],
    "receiver": [{"network": "test", "label": "l", "kind": "invoice", "answer": "no", "since": AT, "asked_at": AT, "took_at": AT}],
    "print_receipt": [
        {"id": 1, "tenant": "fjord", "delivery_id": 1, "job_id": "j", "state": "posted", "at": AT, "detail": "", "recorded_at": AT}
        | {"closed_at": AT, "closed_by": "kari", "closed_why": "w"}
    ],
    "portal_link": [
        {"id": 1, "hash": "h", "tenant": "fjord", "document_id": 1, "revision_id": 1, "natural_key": "k", "issue": 1}
        | {"code_hash": "c", "language": "nb", "face": b"2026-11sealed face", "made_at": AT, "expires_at": AT}
    ],
    "portal_session": [{"hash": "h", "link_id": 1, "began_at": AT}],
    "portal_issue": [{"tenant": "fjord", "natural_key": "k", "issue": 2}],
    "portal_miss": [{"bucket": 7, "count": 1}],
    "opening": [{"tenant": "fjord", "natural_key": "k", "letter_key": "l", "at": AT}],
    "bounce": [{"tenant": "fjord", "natural_key": "k", "recipient": "r", "status": "5.1.1", "is_last": True, "at": AT}],
    "objection": [
        {"id": 1, "tenant": "fjord", "source": "poweroffice", "source_key": "a", "kind": "paid", "sealed": b"2026-11s", "at": AT}
    ],
    "brand_file": [{"tenant": "fjord", "name": "a.svg", "content": b"<svg/>", "applied_at": AT}],
}

SIXTH: Rows = {
    "document": [
        DOCUMENT | {"id": 4, "kind": "payment", "source_key": "p", "state": "fetched"},
        DOCUMENT | {"id": 5, "kind": "incoming_payment", "source_key": "q", "state": "fetched"},
    ],
    "bank_file": [
        {
            "id": 1,
            "tenant": "fjord",
            "side": "bank",
            "direction": "in",
            "kind": "status",
            "place": "",
            "name": "n",
            "sha256": b"f" * 32,
        }
        | {
            "raw_id": 5,
            "is_kept": True,
            "message_id": "m",
            "count": 1,
            "sums": "{}",
            "received_at": AT,
            "run": "r",
            "state": "read",
        }
        | {"why": "", "confirmed_by": ""}
    ],
    "payment": [
        {"tenant": "fjord", "document_id": 4, "in_file": 1, "position": 1, "end_to_end_id": "e", "account": "a", "content": "c"}
        | {"exact": "c", "creditor": "c", "receiver": "r", "is_salary": False, "is_new_receiver": True, "entered_on": "2026-11-20"}
        | {"due": "2026-11-20", "stage": "entered", "stage_at": AT}
    ],
    "payment_event": [
        {
            "id": 1,
            "tenant": "fjord",
            "file_id": 1,
            "position": 1,
            "document_id": 4,
            "level": "payment",
            "message_id": "",
            "code": "X",
        }
        | {"batch_id": "", "end_to_end_id": "e", "reason": "", "stage": "received", "outcome": "late", "at": AT, "run": "r"}
    ],
    "creditor_account": [
        {"tenant": "fjord", "creditor": "c", "receiver": "r", "masked": "m", "first_seen": "2026-11-20", "last_seen": "2026-11-20"}
        | {"times": 1}
    ],
    "incoming": [
        {
            "tenant": "fjord",
            "document_id": 5,
            "file_id": 1,
            "position": 1,
            "account": "a",
            "settlement": "s",
            "kid": "0019",
            "twin": 2,
        }
        | {"booked_on": "2026-11-20", "reversal": False, "standing": "recorded", "rest": 12_500}
    ],
    "allocation": [{"id": 1, "tenant": "fjord", "document_id": 5, "invoice_id": 1, "amount": 1, "run": "r", "at": AT}],
    "proposal": [{"tenant": "fjord", "document_id": 5, "sealed": b"2026-11s"}],
    "account_statement": [
        {
            "id": 1,
            "tenant": "fjord",
            "account": "a",
            "currency": "NOK",
            "file_id": 1,
            "position": 1,
            "statement_id": "s",
            "entries": 0,
        }
        | {"run": "r"}
    ],
}

SEVENTH: Rows = {
    "document": [DOCUMENT | {"id": 6, "source": "return_data", "kind": "movement", "source_key": "told/1/1", "state": "fetched"}],
    "bank_file": [SIXTH["bank_file"][0] | {"id": 2, "side": "factoring", "kind": "movement_list", "sha256": b"g" * 32}],
    "settlement": [
        {"id": 1, "tenant": "fjord", "client": "1", "currency": "NOK", "number": 1, "day": "2026-11-20", "opening": 0, "run": "r"}
        | {"closing": 12_500, "settled": 12_500, "made_at": AT}
    ],
    "return_voucher": [
        {"id": 1, "tenant": "fjord", "settlement_id": 1, "part": 1, "kind": "post", "reference": "u", "raw_id": 5, "state": "made"}
        | {"day": "2026-11-20", "made_at": AT, "run": "r"}
    ],
    "movement": [
        {"tenant": "fjord", "document_id": 6, "origin": "told", "client": "1", "kind": "payment", "day": "2026-11-20", "told_no": 1}
        | {"invoice_id": 1, "settlement_id": 1, "voucher_id": 1}
    ],
    "unread_movement": [{"tenant": "fjord", "client": "1", "told_no": 2, "first_seen_at": AT, "run": "r"}],
    "told_status": [{"tenant": "fjord", "document_id": 1, "status": "Completed", "at": AT, "run": "r"}],
    "reconciliation": [
        {"id": 1, "tenant": "fjord", "client": "1", "currency": "NOK", "day": "2026-11-20", "role": "balance", "ours": 1}
        | {"theirs": 2, "at": AT, "run": "r"}
    ],
}

EIGHTH: Rows = {
    "pair": [
        {"id": 1, "tenant": "fjord", "register": "customer", "severa_key": "g", "fortnox_key": "10001", "linked_by": "number"}
        | {"made_at": AT, "run": "r"}
    ],
    "pair_verdict": [
        {
            "tenant": "fjord",
            "register": "customer",
            "severa_key": "h",
            "fortnox_key": "10002",
            "same": False,
            "by": "kari",
            "at": AT,
        }
    ],
    "remembered_customer": [{"tenant": "fjord", "severa_key": "g", "why": "invoice", "at": AT, "run": "r"}],
    "watermark": [{"tenant": "fjord", "system": "severa", "list": "customers", "seen_until": AT, "read_at": AT, "run": "r"}],
    "sync_plan": [{"id": 1, "tenant": "fjord", "state": "proposed", "hash": "s", "raw_id": 5, "made_at": AT, "run": "r"}],
    "cost": [
        {"tenant": "fjord", "fee_guid": "f", "document_id": 6, "project_guid": "p", "amount": 12_500, "made_at": AT, "run": "r"}
    ],
}


def insert(connection: sa.Connection, rows: Rows) -> None:
    """Write rows as they stand, table by table."""
    for table, some in rows.items():
        for row in some:
            names = ", ".join('"by"' if name == "by" else name for name in row)
            marks = ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"insert into {table} ({names}) values ({marks})"), row)  # noqa: S608 - our own names
        if connection.dialect.name == "postgresql" and "id" in some[0] and table != "renewed":  # as if it had given the ids itself
            connection.exec_driver_sql(f"select setval('{table}_id_seq', (select max(id) from {table}))")  # noqa: S608 - our own names


def look(engine: sa.Engine) -> Rows:
    """All rows of all tables, in an order that only their content decides."""
    found: Rows = {}
    with engine.begin() as connection:
        for table in sa.inspect(connection).get_table_names():
            read = connection.exec_driver_sql(f"select * from {table}").mappings()  # noqa: S608 - our own names
            found[table] = [{k: bytes(v) if isinstance(v, memoryview) else v for k, v in row.items()} for row in read]
    del found["alembic_version"]
    return found


def find_lost(before: Rows, after: Rows) -> dict[str, set[str]]:
    """The columns that are gone, by table; whatever else differs, as "table.column" of what stands in both."""
    lost: dict[str, set[str]] = {}
    for table, rows in before.items():
        columns, left = {*rows[0]}, {*after[table][0]} if after.get(table) else set[str]()
        gone = (columns - left) | {
            f"{table}.{name}" for name in columns & left if _values(rows, name) != _values(after[table], name)
        }
        gone |= {"rows"} if left and len(rows) != len(after[table]) else set()
        if gone:
            lost[table] = gone
    return lost


def _values(rows: list[dict[str, Any]], name: str) -> list[str]:
    """With the row's key, so that values that change places are seen."""
    keys = ("tenant", "id", "document_id", "purpose", "kind", "line", "source_key", "format")
    return sorted(repr([*(row.get(key) for key in keys), row[name]]) for row in rows)
