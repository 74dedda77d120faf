"""By which rules a run judged is noted before what it found; and a trial of other rules says what it does not tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from data_quality import blocking, postcodes
from fakturabro.domain import findings as values
from fakturabro.ledger import documents, findings, opened, purging, retention
from fakturabro.ledger.clients import tables as client_tables
from flows import data_quality
from tasks import clock, connect, factoring, runs

from .conftest import make_options, plain

TENANT = "nidelven"
EHF, EMAIL, HELD = 5002, 5003, 5024


@pytest.fixture
def ledger(site: Any) -> Iterator[opened.Ledger]:
    one = connect.open_ledger()
    site.keep_only(EHF, EMAIL, HELD)
    yield one
    one.close()


def uses(ledger: opened.Ledger) -> list[tuple[str, Any]]:
    table = client_tables.rule_use
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(table.c.fingerprint, table.c.content).where(table.c.tenant == TENANT))
        return [(fingerprint, content) for fingerprint, content in rows]


def own(code: str, severity: str) -> blocking.Rules:
    return blocking.Rules.model_validate({"overrides": [{"code": code, "severity": severity, "reason": "Avtalt med klienten"}]})


async def test_rules_are_noted_though_the_run_dies_before_its_report(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def burst(*_: Any) -> Any:
        raise RuntimeError("the worker died")

    monkeypatch.setattr(factoring, "book", burst)
    rules = own("missing_due_date", "info")
    with pytest.raises(RuntimeError, match="died"):
        await site.intake(options=make_options(rules=rules.model_dump()))
    ((fingerprint, content),) = uses(ledger)
    codes = postcodes.read().fingerprint
    assert fingerprint == f"{rules.fingerprint()}/{codes}"
    assert (content["version"], content["post_codes"]) == (blocking.VERSION, codes)
    assert [one["code"] for one in content["overrides"]] == ["missing_due_date"]


async def test_the_register_notes_by_what_it_judged_and_a_newer_register_of_post_codes_is_another_use(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = own("unknown_post_code", "info")
    with plain():
        await data_quality.register_check(TENANT, rules, dry_run=True)
        assert uses(ledger) == []
        await data_quality.register_check(TENANT, rules)
        newer = site.folder / "codes.csv"
        newer.write_bytes(postcodes.SHIPPED.read_bytes() + b"9999,NYTT STED\n")
        monkeypatch.setenv("FAKTURABRO_POST_CODES", str(newer))
        connect.installation.current.cache_clear()
        for _ in range(2):
            await data_quality.register_check(TENANT, rules)
    expected = {f"{rules.fingerprint()}/{postcodes.read(path).fingerprint}" for path in ("", str(newer))}
    assert {fingerprint for fingerprint, _ in uses(ledger)} == expected
    assert len(expected) == len(uses(ledger)) == 2


async def try_rules(monkeypatch: pytest.MonkeyPatch, rules: blocking.Rules, **options: Any) -> tuple[str, list[dict[str, str]]]:
    """What the trial says, and the rows of its table."""
    left: list[tuple[list[dict[str, str]], str]] = []

    async def table(_key: str, _tenant: str, rows: list[dict[str, str]], description: str) -> None:
        left.append((rows, description))

    with monkeypatch.context() as seen, plain():
        seen.setattr(runs, "table", table)
        ended = await data_quality.try_rules(TENANT, make_options(**options), rules)
    ((rows, description),) = left
    assert description == ended.message
    return description, rows


async def test_a_date_is_looked_at_from_the_day_of_the_first_certificate(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keep_only(EHF)
    document = site.invoice(EHF).document()
    issued = document.split(b"<cbc:IssueDate>", 1)[1][:10]
    ahead = (clock.now().date() + dt.timedelta(days=20)).isoformat().encode()
    due = (clock.now().date() + dt.timedelta(days=40)).isoformat().encode()
    moved = document.replace(b"<cbc:IssueDate>" + issued, b"<cbc:IssueDate>" + ahead, 1)
    start = moved.index(b"<cbc:DueDate>") + len(b"<cbc:DueDate>")
    site.invoice(EHF).ehf = moved[:start] + due + moved[start + 10 :]
    await site.intake()
    assert "invoice_date_in_the_future" in site.codes(EHF)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + dt.timedelta(days=30))
    said, rows = await try_rules(monkeypatch, own("invoice_date_in_the_future", "block"))
    assert "1 ville blitt behandlet annerledes" in said and "Datoer er vurdert fra den dagen" in said
    assert [row["Ville blitt holdt tilbake"] for row in rows] == ["bokføring, utsending"]


async def test_what_a_later_station_found_is_weighed_anew_and_the_table_says_that_it_was_not_tried(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.intake()
    (head,) = documents.find_by_number(ledger, TENANT, [str(EMAIL)], ["invoice"])
    refused = values.Finding(code="email_refused", severity="warn", field="InvoiceEmailAddress", value="a@b.no")
    findings.record(ledger, TENANT, "channel", {head.id: [refused]}, (), "run")
    said, rows = await try_rules(monkeypatch, own("email_refused", "block"))
    assert "Ikke prøvd på nytt: «E-post som ble avvist» (email_refused)." in said
    assert [(row["Bilag"], row["Funn som veier annerledes"]) for row in rows] == [(f"Faktura {EMAIL}", "email_refused")]
    said, rows = await try_rules(monkeypatch, own("missing_postal_address", "warn"))
    assert "Ikke prøvd på nytt" not in said and "Kundekortene er lest slik de er nå" in said
    assert [row["Bilag"] for row in rows] == [f"Faktura {HELD}"]


async def test_what_was_purged_is_passed_over(site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(EHF, EMAIL)
    await site.intake()
    await site.writeback()
    candidates = [one for one in retention.find_candidates(ledger, TENANT, dt.date(2060, 1, 1)) if one.kind == "document"]
    assert [purging.purge(ledger, TENANT, one) for one in candidates] == [True]
    said, rows = await try_rules(monkeypatch, own("missing_postal_address", "warn"))
    assert ("Prøvd på de 0 nyeste bilagene" in said, rows) == (True, [])
