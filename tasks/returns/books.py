"""What the client's PowerOffice says, asked once in a run: accounts, VAT codes, the lock date, and the cards of buyers.

The check asks; whatever is posted in the same run is posted with the ids that it was checked with.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from fakturabro.domain import return_data
from fakturabro.mapping import return_data_to_poweroffice as mapping
from fakturabro.systems.poweroffice import bank_wire, wire
from tasks import connect
from tasks.returns.options import ReturnDataOptions


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, in use or not, by what people call it: account numbers, codes, customer numbers. The rest is absent."""

    chart: Mapping[int, bank_wire.GeneralLedgerAccount]
    vat_codes: Mapping[str, bank_wire.VatCode]
    departments: Mapping[str, int]
    projects: Mapping[str, int]
    locked_until: dt.date | None
    customers: Mapping[str, wire.Customer] = {}
    """Only those that have an account in the sub-ledger; archived ones too."""

    def place(self, chosen: ReturnDataOptions, role: return_data.Role) -> mapping.Place:
        """The ids that a line on a role's account names. Raises KeyError for the buyer's, and where PowerOffice lacks something."""
        account = chosen.account_of(role)
        return mapping.Place(
            account_no=int(account.number),
            account_id=self.chart[int(account.number)].id,
            vat_id=self.vat_codes[chosen.vat_code_of(role)].id,
            department_id=self.departments[account.department] if account.department else None,
            project_id=self.projects[account.project] if account.project else None,
        )

    def subledger_of(self, customer_number: str) -> int | None:
        """The id of a customer's own account; None where it cannot be posted on."""
        card = self.customers.get(customer_number)
        return None if card is None or state_of(card) != "active" else card.subledger_account_id


_looked_up: weakref.WeakKeyDictionary[connect.Connections, Books] = weakref.WeakKeyDictionary()


def current() -> Books | None:
    """What was looked up in this run; None where PowerOffice was not asked, or could not be."""
    return _looked_up.get(connect.current())


def keep(books: Books) -> None:
    """From now on in this run, this is what PowerOffice says."""
    _looked_up[connect.current()] = books


async def fetch(chosen: ReturnDataOptions) -> Books:
    """Ask for all but the buyers. Raises the ladder in remote/errors.py."""
    accounts = chosen.accounts.by_role.values()
    client = await connect.current().poweroffice_bank()
    return Books(
        chart=await client.find_accounts({int(one.number) for one in accounts}),
        vat_codes=await client.fetch_vat_codes(),
        departments=await client.find_departments({one.department for one in accounts} - {""}),
        projects=await client.find_projects({one.project for one in accounts} - {""}),
        locked_until=await client.fetch_lock_date(),
    )


async def fetch_buyers(books: Books, numbers: Iterable[str]) -> Books:
    """With the cards of these customers too. What is no customer number is nobody's."""
    wanted = {number for number in numbers if _is_number(number)} - books.customers.keys()
    if not wanted:
        return books
    client = await connect.current().poweroffice_v2()
    found = {str(one.number): one for one in await client.fetch_customers(sorted(wanted)) if one.subledger_account_id}
    return msgspec.structs.replace(books, customers={**books.customers, **found})


def state_of(card: wire.Customer) -> Literal["active", "inactive", "archived"]:
    """Only an active card can be posted on."""
    if card.is_archived:
        return "archived"
    return "inactive" if card.is_active is False else "active"


def _is_number(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) < 10
