"""The posting table as people read it before return data is switched on: what is posted on which accounts, with which VAT code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from data_quality import movement_texts_nb
from fakturabro.domain import return_data
from tasks import runs
from tasks.returns import places
from tasks.returns.books import Books
from tasks.returns.options import NO_VAT, CostAccount, ReturnDataOptions

_BUYER = "kundens konto i reskontroen"
_HELD = "holdes tilbake: ingen kontoer er valgt"
_SPLIT = "også når mva ikke er oppgitt"
_HEADINGS = ("Bevegelse", "Debet", "Kredit")
_BELOW = "Beløp under null snur debet og kredit. Mva skilles ut av PowerOffice etter mva-koden, også av et gebyr uten oppgitt mva."


def rows(chosen: ReturnDataOptions, books: Books | None = None) -> list[tuple[str, str, str]]:
    """Movement, debit and credit per kind; with the accounts' names where PowerOffice was asked."""
    table = chosen.posting_table
    return [
        (
            movement_texts_nb.KINDS[kind].capitalize(),
            _account(chosen, table[kind].debit, books) if kind in table else _HELD,
            _account(chosen, table[kind].credit, books) if kind in table else "",
        )
        for kind in return_data.KINDS
    ]


def text(chosen: ReturnDataOptions, books: Books | None = None) -> str:
    """The table in columns, for a terminal."""
    lines = [_HEADINGS, *rows(chosen, books)]
    widths = [max(len(line[column]) for line in lines) for column in (0, 1)]
    padded = (f"  {line[0]:<{widths[0]}}  {line[1]:<{widths[1]}}  {line[2]}".rstrip() for line in lines)
    return "\n".join([*padded, f"  {_BELOW}"])


def page(chosen: ReturnDataOptions, books: Books, faults: Mapping[return_data.Role, Sequence[str]]) -> str:
    """The table in Markdown, with what is wrong with the accounts first."""
    lines = ["# Slik føres returdata", ""]
    lines += [f"> {said}\n" for told in faults.values() for said in told]
    if books.locked_until:
        lines += [f"Regnskapet i PowerOffice er låst til og med {books.locked_until:%d.%m.%Y}.", ""]
    lines += [f"|{'|'.join(_HEADINGS)}|", "|---|---|---|", *(f"|{'|'.join(row)}|" for row in rows(chosen, books))]
    return "\n".join([*lines, "", _BELOW])


async def leave_page(slot: runs.Slot, chosen: ReturnDataOptions, books: Books) -> None:
    """Leave the page on the run."""
    faults = await asyncio.to_thread(places.find_faults, books, chosen, slot.business_date)
    await runs.markdown("posting-table", slot.tenant, page(chosen, books, faults))


def _account(chosen: ReturnDataOptions, role: return_data.Role, books: Books | None) -> str:
    if role == "buyer":
        return _BUYER
    account = chosen.account_of(role)
    standing = books.chart.get(int(account.number)) if books else None
    name = (standing.name or "" if standing else "(finnes ikke)") if books else ""
    parts = _vat(account) if isinstance(account, CostAccount) else []
    parts += [f"avdeling {account.department}"] if account.department else []
    parts += [f"prosjekt {account.project}"] if account.project else []
    return " ".join(part for part in (account.number, name, f"({', '.join(parts)})" if parts else "") if part)


def _vat(account: CostAccount) -> list[str]:
    return [f"mva-kode {account.vat_code}", *([] if account.vat_code == NO_VAT else [_SPLIT])]
