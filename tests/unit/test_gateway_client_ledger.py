"""What the ledger keeps for clients' pages: reports, what was told, rules, persons, codes and views, on both databases."""

from __future__ import annotations

import concurrent.futures
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.ledger import audits, links, opened, purging, retention, rule_uses, settings, tables
from fakturabro.ledger.clients import access as client_access
from fakturabro.ledger.clients import persons as clients
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import settings as client_settings
from fakturabro.ledger.clients import tables as client_tables
from fakturabro.ledger.clients import told_causes
from fakturabro.ledger.clients import views as client_views

NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 23)
KARI = "kari@solberg.no"
KEY = b"k" * 32


def made(slot: dt.datetime | None = NOW, **changes: Any) -> client_reports.Made:
    values: dict[str, Any] = {"flow": "invoice_intake", "slot": slot, "period": (DAY, DAY), "made_at": NOW, "language": "nb"}
    values |= {
        "headline": "08:00: 42 hentet",
        "counts": {"held": 2},
        "html": b"<p>",
        "pdf": b"%PDF",
        "xlsx": b"PK",
        "content": b"{}",
    }
    return client_reports.Made(**values | changes)


# Reports


def test_a_report_comes_back_byte_for_byte_and_only_to_its_tenant(ledger: opened.Ledger) -> None:
    report = made(html="<p>Blåbær".encode() * 1000, pdf=bytes(range(256)), content=b'{"a": 1}')
    number = client_reports.record(ledger, "solberg", report)
    assert {form: client_reports.read(ledger, "solberg", number, form) for form in client_reports.FORMS} == {
        form: getattr(report, form) for form in client_reports.FORMS
    }
    assert client_reports.read(ledger, "fjord", number, "html") is None and client_reports.find(ledger, "fjord", number) is None
    (kept,) = client_reports.find_newest(ledger, "solberg", 5)
    assert (kept.id, kept.slot, kept.period, kept.counts, kept.headline) == (number, NOW, (DAY, DAY), {"held": 2}, report.headline)
    assert audits.find_faults(ledger, "solberg") == []
    with ledger.reading() as connection:
        assert all(b"Bl" not in bytes(one) for one in connection.execute(sa.select(tables.raw.c.sealed)).scalars())


def test_forms_with_the_same_bytes_are_kept_as_one(ledger: opened.Ledger) -> None:
    number = client_reports.record(ledger, "solberg", made(html=b"same", pdf=b"same", xlsx=b"same", content=b"same"))
    again = client_reports.record(ledger, "solberg", made(html=b"same"))
    assert (
        client_reports.read(ledger, "solberg", number, "xlsx") == client_reports.read(ledger, "solberg", again, "html") == b"same"
    )


def test_purging_takes_the_bytes_and_leaves_the_line_and_the_audit(ledger: opened.Ledger) -> None:
    old = dt.datetime(2021, 11, 22, 7, tzinfo=dt.UTC)
    number = client_reports.record(ledger, "solberg", made(old, made_at=old))
    kept = client_reports.record(ledger, "solberg", made())
    (candidate,) = retention.find_candidates(ledger, "solberg", dt.date(2025, 7, 1))
    assert candidate.may_go(dt.date(2025, 7, 1)) and purging.purge(ledger, "solberg", candidate)
    assert [client_reports.read(ledger, "solberg", number, form) for form in client_reports.FORMS] == [None] * 4
    assert client_reports.find(ledger, "solberg", number) is not None
    assert client_reports.read(ledger, "solberg", kept, "html") == b"<p>"
    assert audits.find_faults(ledger, "solberg") == []


# What was told, and rules


def test_a_cause_is_told_once_a_day_and_anew_the_next(ledger: opened.Ledger) -> None:
    assert told_causes.record_told(ledger, "solberg", DAY, ["b", "a", "b"]) == ["b", "a"]
    assert told_causes.record_told(ledger, "solberg", DAY, ["a", "c"]) == ["c"]
    assert told_causes.record_told(ledger, "fjord", DAY, ["a"]) == ["a"]
    assert told_causes.record_told(ledger, "solberg", DAY + dt.timedelta(days=1), ["a"]) == ["a"]
    assert told_causes.record_told(ledger, "solberg", DAY, []) == []
    told_causes.record_told(ledger, "solberg", DAY + dt.timedelta(days=36), ["z"])
    with ledger.reading() as connection:
        days = set(
            connection.execute(
                sa.select(client_tables.told_cause.c.day).where(client_tables.told_cause.c.tenant == "solberg")
            ).scalars()
        )
    assert days == {DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=36)}


def test_of_runs_at_once_each_cause_is_told_by_one(ledger: opened.Ledger) -> None:
    causes = [f"cause {number}" for number in range(12_000)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: told_causes.record_told(ledger, "solberg", DAY, causes), range(4)))
    assert sorted(cause for one in told for cause in one) == sorted(causes)


def test_the_first_use_of_rules_stands(ledger: opened.Ledger) -> None:
    assert rule_uses.record_use(ledger, "solberg", "f1", {"overrides": []}, "run-1", NOW)
    assert not rule_uses.record_use(ledger, "solberg", "f1", {"overrides": [1]}, "run-2", NOW + dt.timedelta(days=1))
    assert rule_uses.record_use(ledger, "fjord", "f1", {}, "run-3", NOW)
    assert rule_uses.record_use(ledger, "solberg", "f2", {}, "run-4", NOW + dt.timedelta(days=2))
    use = client_tables.rule_use
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(use).where(use.c.tenant == "solberg").order_by(use.c.fingerprint)).all()
    assert [(row.fingerprint, row.run, row.first_used_at, row.content) for row in rows] == [
        ("f1", "run-1", NOW, {"overrides": []}),
        ("f2", "run-4", NOW + dt.timedelta(days=2), {}),
    ]


def test_settings_in_words_are_replaced(ledger: opened.Ledger) -> None:
    for text in ("gammel", "ny"):
        told = [client_settings.Section(title="t", rows=[client_settings.Row("l", text)])]
        client_settings.record(ledger, "solberg", {"nb": told}, NOW)
    found = client_settings.read(ledger, "solberg", "nb")
    assert found and (found.at, found.sections[0].rows) == (NOW, [client_settings.Row("l", "ny")])
    assert client_settings.read(ledger, "solberg", "en") is None and client_settings.read(ledger, "fjord", "nb") is None


# Persons and codes


@pytest.mark.parametrize(
    ("person", "listed"),
    [
        ("{name: K, email: KARI@solberg.no}", False),
        ("{name: K, email: KARI@solberg.no, tenant: solberg}", True),
        ("{name: K, email: kari@solberg.no, tenant: fjord}", False),
        ("{name: K, email: kari@solberg.no, tenant: solberg, extra: 1}", False),
        ("kari@solberg.no", False),
    ],
)
def test_a_file_of_two_tenants_lets_nobody_in_by_omission(ledger: opened.Ledger, person: str, listed: bool) -> None:
    parts = "deployments:\n- {parameters: {tenant: solberg}}\n- {parameters: {tenant: fjord}}\n"
    settings.record(ledger, "solberg", "both.yaml", f"clients:\n- {person}\n{parts}", NOW)
    assert clients.is_listed(ledger, "solberg", f" {KARI}") == listed


def test_a_file_of_one_tenant_needs_no_tenant_and_no_file_lists_nobody(ledger: opened.Ledger) -> None:
    assert not clients.is_listed(ledger, "solberg", KARI)
    file = f"clients:\n- {{name: K, email: {KARI}}}\ndeployments:\n- {{parameters: {{tenant: solberg}}}}\n"
    settings.record(ledger, "solberg", "s.yaml", file, NOW)
    assert clients.is_listed(ledger, "solberg", KARI) and not clients.is_listed(ledger, "fjord", KARI)
    settings.record(ledger, "solberg", "s.yaml", "clients: [\n", NOW)
    assert not clients.is_listed(ledger, "solberg", KARI)


def test_of_many_who_say_the_same_code_at_once_one_comes_in(ledger: opened.Ledger) -> None:
    token = links.make_token()
    client_access.record_link(ledger, token, "solberg", KARI, NOW)
    link = links.find(ledger, client_access.PAGE, token, NOW)
    assert link
    made_code = client_access.make_code(ledger, KEY, link, NOW)
    assert made_code
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        entries = list(pool.map(lambda _: client_access.use_code(ledger, KEY, link, made_code[1], NOW), range(4)))
    assert sorted(one.outcome for one in entries) == ["right", "wrong", "wrong", "wrong"]
    (session,) = [one.session for one in entries if one.session]
    assert client_access.is_in(ledger, link, session, NOW) and not client_access.is_in(ledger, link, session + "x", NOW)


def test_a_code_is_good_under_the_gateways_own_key_only(ledger: opened.Ledger) -> None:
    token = links.make_token()
    client_access.record_link(ledger, token, "solberg", KARI, NOW)
    link = links.find(ledger, client_access.PAGE, token, NOW)
    assert link
    made_code = client_access.make_code(ledger, KEY, link, NOW)
    assert made_code and client_access.use_code(ledger, b"x" * 32, link, made_code[1], NOW).outcome == "wrong"
    client_access.revoke(ledger, "solberg", KARI, "drift", NOW)
    assert client_access.use_code(ledger, KEY, link, made_code[1], NOW).outcome == "dead_link"


def test_codes_asked_for_at_once_are_not_more_than_five(ledger: opened.Ledger) -> None:
    token = links.make_token()
    client_access.record_link(ledger, token, "solberg", KARI, NOW)
    link = links.find(ledger, client_access.PAGE, token, NOW)
    assert link
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: client_access.make_code(ledger, KEY, link, NOW), range(8)))
    assert sum(one is not None for one in found) == 5


# Views


def test_what_waits_is_counted_once_a_document_and_by_currency(ledger: opened.Ledger) -> None:
    common = {"tenant": "solberg", "severity": "warn", "field": "", "value": "", "suggestion": "", "station": "check", "run": "r"}
    rows = [("NOK", 100, "missing_buyer_name", ["book", "distribute"]), ("EUR", 50, "missing_postal_address", ["distribute"])]
    rows += [("NOK", 7, "credit_note_waits_for_invoice", ["distribute"]), ("NOK", 9, "invalid_email", [])]
    rows += [("NOK", 11, "kid_not_possible", ["book", "distribute"]), ("NOK", 13, "ehf_rule_broken", ["channel:ehf"])]
    with ledger.writing() as connection:
        for number, (currency, amount, code, holds) in enumerate(rows):
            about = {
                "tenant": "solberg",
                "source": "s",
                "kind": "invoice",
                "number": str(number),
                "customer_number": "7",
                "run": "r",
            }
            about |= {"source_key": str(number), "amount": amount, "currency": currency, "listing_hash": "", "state": "fetched"}
            document_id = connection.execute(sa.insert(tables.document).values(**about)).inserted_primary_key[0]
            for purpose in ("book", "distribute"):
                delivery = {
                    "document_id": document_id,
                    "purpose": purpose,
                    "revision_id": 1,
                    "state": "waiting",
                    "tenant": "solberg",
                }
                connection.execute(sa.insert(tables.delivery).values(**delivery, amount=amount, currency=currency, run="r"))
            for one in (code, "zero_payable"):
                values = {"document_id": document_id, "code": one, "holds": holds if one == code else []}
                connection.execute(sa.insert(tables.finding).values(**common, **values))
        connection.execute(sa.update(tables.delivery).values(state="held"))
    found = client_views.count_waiting(ledger, "solberg")
    assert [(one.currency, one.count, one.minor) for one in found] == [("EUR", 1, 50), ("NOK", 1, 100)]
    assert client_views.count_waiting(ledger, "fjord") == []


def test_the_log_is_searched_by_number_and_time_and_goes_on_by_its_last_line(ledger: opened.Ledger) -> None:
    with ledger.writing() as connection:
        for number, (tenant, minutes) in enumerate([("solberg", 3), ("solberg", 1), ("fjord", 2), ("solberg", 1)]):
            about = {
                "tenant": tenant,
                "source": "s",
                "kind": "invoice",
                "number": str(number % 2),
                "customer_number": "7",
                "run": "r",
            }
            about |= {"source_key": str(number), "amount": 1, "currency": "NOK", "listing_hash": "", "state": "fetched"}
            document_id = connection.execute(sa.insert(tables.document).values(**about)).inserted_primary_key[0]
            delivery = {"document_id": document_id, "purpose": "book", "revision_id": 1, "state": "waiting", "tenant": tenant}
            made_id = connection.execute(sa.insert(tables.delivery).values(**delivery, amount=1, currency="NOK", run="r"))
            line = {
                "tenant": tenant,
                "delivery_id": made_id.inserted_primary_key[0],
                "run": "r",
                "target": "ehf",
                "outcome": "accepted",
            }
            at = NOW + dt.timedelta(minutes=minutes)
            connection.execute(sa.insert(tables.transfer_log).values(**line, at=at, natural_key="k", detail=""))

    def ids(wanted: client_views.Wanted, count: int = 9, before_id: int | None = None) -> list[int]:
        return [one.id for one in client_views.find_transfers(ledger, "solberg", wanted, count, before_id)]

    everything = client_views.Wanted()
    assert ids(everything) == [1, 4, 2]
    assert [ids(everything, 1), ids(everything, 1, 1), ids(everything, 1, 4), ids(everything, 1, 2)] == [[1], [4], [2], []]
    assert ids(everything, 9, 3) == [], "a line of another tenant continues nothing"
    assert ids(client_views.Wanted(number="1")) == [4, 2] and ids(client_views.Wanted(number="9")) == []
    assert ids(client_views.Wanted(number="0")) == [1], "and the other tenant's 0 is not found"
    minute = NOW + dt.timedelta(minutes=1)
    assert ids(client_views.Wanted(since=minute, until=minute + dt.timedelta(seconds=1))) == [4, 2]
    assert ids(client_views.Wanted(until=minute)) == []
