"""Every row of the five field tables of the source document, with its continuous mark, carried through the real mappings."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from fakturabro.mapping import field_tables
from tests.unit import field_cases_costs, field_cases_invoices, field_cases_registers

MARKED = ("customers", "projects", "articles")
ONCE = {**field_cases_invoices.CASES, **field_cases_costs.CASES}
"""Of invoices and costs: each is carried once."""
ROWS = [(table, row) for table in MARKED for row in field_tables.TABLES[table]]
HEADINGS = {
    "Kunder": ("customers",),
    "Prosjekter": ("projects",),
    "Fakturaer og fakturarader": ("invoices", "invoice_rows"),
    "Arbeidstid-, reiseutgift- og produktregistre": ("articles",),
    "Prosjektkostnader": ("costs",),
}


@pytest.mark.parametrize(("table", "row"), ROWS, ids=[f"{table}: {row.severa}" for table, row in ROWS])
def test_a_row_goes_over_when_a_thing_is_made_and_with_every_change_where_it_has_the_mark(
    table: str, row: field_tables.FieldRow
) -> None:
    for way in field_cases_registers.CASES[table][row.severa]:
        found, expected = way(False)
        assert found == expected
        found, expected = way(True)
        assert (found == expected) is row.continuous


@pytest.mark.parametrize("row", ONCE, ids=[" ".join(row) for row in ONCE])
def test_a_row_of_an_invoice_or_a_cost_goes_over(row: tuple[str, str, str]) -> None:
    found, expected = ONCE[row]()
    assert found == expected


def test_no_row_is_left_out() -> None:
    tried = {(table, name) for table, rows in field_cases_registers.CASES.items() for name in rows}
    assert tried == {(table, row.severa) for table, row in ROWS}
    carried = [
        (table, row.severa, row.fortnox) for table, rows in field_tables.TABLES.items() for row in rows if table not in MARKED
    ]
    assert [*ONCE] == carried


def test_what_has_no_field_says_why() -> None:
    unsaid = [row for rows in field_tables.TABLES.values() for row in rows if not (row.to_fortnox or row.to_severa or row.why)]
    assert unsaid == []


def _told(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The rows of each table of the document: mark and both names in one word, as the columns ran together."""
    after = lines[lines.index("Teknisk beskrivelse (feltmatch)") :]
    starts = [*(after.index(heading) for heading in HEADINGS), after.index("Var dette svaret til hjelp? Ja Nei")]
    for heading, start, end in zip(HEADINGS, starts, starts[1:], strict=False):
        headed = {"", "Kontinuerlig oppdateringSeveraFortnox", "SeveraFortnox", "Fakturaer", "Fakturarader"}
        yield heading, [line for line in after[start + 1 : end] if line not in headed]


@pytest.mark.contract
def test_the_tables_are_those_of_the_document(shared: pathlib.Path) -> None:
    lines = (shared / "source_documents" / "003_0143db2a19b18167.txt").read_text(encoding="utf-8").splitlines()
    for heading, told in _told(lines):
        rows = [row for table in HEADINGS[heading] for row in field_tables.TABLES[table]]
        ours = [("x" if row.continuous else "") + row.severa + row.fortnox for row in rows]
        if heading == "Prosjektkostnader":  # one cell over three rows
            ours[1:3] = [row.fortnox for row in rows[1:3]]
        assert ours == told
