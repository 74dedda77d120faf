"""The benchmarks: rows that hold or do not, material that is what it says, and the ledger's path on a small scale."""

from __future__ import annotations

import asyncio
import collections
import pathlib
import sys

import pytest

from benchmarks import ledger_path, material, quality, quality_pandas, rows, stand_ins
from fakturabro.formats import ehf
from fakturabro.formats.ehf import rules


def test_a_row_holds_by_its_value_or_by_its_ratio() -> None:
    assert rows.row("a", 2500.0, "documents/s", "value >= 2500", peer=10_000).holds
    assert not rows.row("a", 2499.9, "documents/s", "value >= 2500", peer=1).holds
    assert rows.row("a", 93.0, "documents/s", "ratio >= 0.93", peer=100).holds
    assert not rows.row("a", 92.0, "documents/s", "ratio >= 0.93", peer=100).holds
    assert rows.row("a", 600.0, "MB", "value <= 600").holds
    assert not rows.row("a", 601.0, "MB", "value <= 600").holds


def test_a_miss_is_not_rounded_away() -> None:
    assert not rows.row("a", 92.999, "documents/s", "ratio >= 0.93", peer=100).holds


def test_a_child_that_fails_says_why() -> None:
    with pytest.raises(rows.MeasuringError, match="no_such_module"):
        rows.child("no_such_module")
    with pytest.raises(rows.MeasuringError, match="was not done within"):
        rows.child("ledger_path", 0, within=0.05)


def test_the_material_is_varied_valid_and_numbered() -> None:
    made = list(material.documents(450))
    read = [ehf.read(data) for _, data in made]
    assert [int(one.number) for one in read] == [listed.invoice_no for listed, _ in made]
    assert len({listed.id for listed, _ in made}) == len(made)
    assert {len(one.lines) for one in read} == {4, 5, 6, 9}
    assert 5_500 < sum(len(data) for _, data in made) / len(made) < 7_500
    assert len({(one.buyer.registration_name, one.totals.payable) for one in read}) > 350
    wrong = [one for one in read if one.totals.payable != one.totals.tax_inclusive]
    assert len(wrong) == 9
    found = collections.Counter(violation.rule for one in made[1:40] for violation in rules.validator().validate(one[1]))
    assert not found


@pytest.mark.parametrize("workers", [0, 1])
def test_every_document_passes_every_state_and_the_certificates_add_up(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAKTURABRO_HOME", "FAKTURABRO_SECRETS", "FAKTURABRO_MAIL_SENDER", "FAKTURABRO_MAIL_DOMAIN"):
        monkeypatch.setenv(name, "")
    found = ledger_path.run(200, workers)
    assert found.adds_up
    assert found.states["book accepted"] == found.states["distribute accepted"] == 196
    assert found.states["write_back accepted"] == 200
    assert found.states["book held"] == 4


def test_the_stand_ins_give_each_document_once() -> None:
    source = stand_ins.Source(25)

    async def fetch() -> list[bytes]:
        return [await source.fetch_ehf(row.id) async for page in source.fetch_available_invoices(page_size=10) for row in page.data]

    assert len(set(asyncio.run(fetch()))) == 25


def test_the_bare_program_measures_itself() -> None:
    assert ledger_path.bare(50) > 0


def test_suite_and_pandas_name_the_same_rows_or_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert quality.compare(2_000, passages=1).wrong_rows >= 2_000 // 50
    lenient = quality_pandas.check
    monkeypatch.setattr(quality_pandas, "check", lambda frame: list(lenient(frame))[1:])
    with pytest.raises(rows.MeasuringError, match="the same documents"):
        quality.compare(2_000, passages=1)


def test_the_whole_table_can_be_asked_for_in_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    from benchmarks import __main__ as benchmarks  # noqa: PLC0415 - it is a program, imported to be tried

    monkeypatch.setattr(rows, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "producing"])

    def fail() -> list[rows.Row]:
        raise rows.MeasuringError("no core to be had")

    monkeypatch.setattr("benchmarks.producing.measure", fail)
    assert benchmarks.main() == 1
    monkeypatch.setattr("benchmarks.producing.measure", lambda: [rows.row("a", 1.0, "s", "value >= 2")])
    assert benchmarks.main() == 0
    assert '"holds": false' in (tmp_path / "out" / "bench.json").read_text()
