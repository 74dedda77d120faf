"""Severa's registers: customers and their addresses, products, work types, travel expense types, projects, and the client itself.

Severa has no key of ours. A customer is found again by its number, a product by its code: before one is made it is looked for, and
what stands there is AlreadyDelivered. Its filters may be wider than they say, so what they give is held against what was asked.

Source: severa-v1.reconstructed.openapi.json (Customers, Addresses, Products, WorkTypes, TravelExpenseTypes, Projects ...).
Assumed: `changedSince` counts everything that a record shows but a customer's addresses, which have a change of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Collection
from typing import TypeVar

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.severa import changes, messages, session, wire

_ASKED_AT_ONCE = 100
_JSON = msgspec.json.Encoder(decimal_format="number")
Kept = TypeVar("Kept", bound=wire.Kept)


class Registers:
    """One tenant's registers. All methods raise the ladder in remote/errors.py; lists come in pages, in no order."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    def fetch_customers(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[wire.Customer]]:
        """Customers, the inactive and internal ones too; those changed at `changed_since` (aware) or later."""
        return self._calls.by_token("/customers", wire.Customer, since(changed_since))

    def fetch_addresses(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[wire.Address]]:
        """Addresses of all customers and contacts."""
        return self._calls.by_row("/addresses", wire.Address, since(changed_since))

    async def fetch_customer_addresses(self, customer: str) -> list[wire.Address]:
        """The addresses of one customer, in the order in which Severa shows them."""
        pages = self._calls.by_row(f"/customers/{customer}/addresses", wire.Address)
        return [row async for page in pages for row in page]

    def fetch_products(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[wire.Product]]:
        return self._calls.by_token("/products", wire.Product, since(changed_since))

    def fetch_work_types(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[wire.WorkType]]:
        return self._calls.by_row("/worktypes", wire.WorkType, since(changed_since))

    def fetch_travel_expense_types(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[wire.TravelExpenseType]]:
        return self._calls.by_row("/travelexpensetypes", wire.TravelExpenseType, since(changed_since))

    def fetch_projects(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[wire.Project]]:
        """Projects, the closed and internal ones too."""
        return self._calls.by_token("/projects", wire.Project, since(changed_since))

    async def fetch_currencies(self) -> dict[str, wire.Currency]:
        """The client's currencies by code."""
        pages = self._calls.by_row("/currencies", wire.Currency)
        return {row.code: row async for page in pages for row in page if row.code}

    async def fetch_countries(self) -> dict[str, wire.Country]:
        """All countries by their code of two letters."""
        return {one.code2: one for one in await self._calls.fetch("/localization/countries", list[wire.Country]) if one.code2}

    async def fetch_organization(self) -> wire.OrganizationDetails:
        """Who the client is."""
        return await self._calls.fetch("/organizationdetails", wire.OrganizationDetails)

    async def fetch_settings(self) -> wire.OrganizationSettings:
        """Which numbers Severa gives next."""
        return await self._calls.fetch("/organizationsettings", wire.OrganizationSettings)

    async def fetch_customer(self, guid: str) -> wire.Customer:
        """One customer. Raises Rejected with status 404 where it is gone."""
        return await self._calls.fetch(f"/customers/{guid}", wire.Customer)

    async def fetch_product(self, guid: str) -> wire.Product:
        """One product; so are the two below. Raises Rejected with status 404 where it is gone."""
        return await self._calls.fetch(f"/products/{guid}", wire.Product)

    async def fetch_work_type(self, guid: str) -> wire.WorkType:
        return await self._calls.fetch(f"/worktypes/{guid}", wire.WorkType)

    async def fetch_travel_expense_type(self, guid: str) -> wire.TravelExpenseType:
        return await self._calls.fetch(f"/travelexpensetypes/{guid}", wire.TravelExpenseType)

    async def find_customer(self, number: int) -> wire.Customer | None:
        """The customer with this number. Raises Rejected where several have it."""
        pages = self._calls.by_token("/customers", wire.Customer, {"numbers": [number]})
        return _only([row async for page in pages for row in page if row.number == number], "Kunde", number)

    async def find_projects(self, numbers: Collection[int]) -> tuple[dict[int, wire.Project], dict[int, errors.Rejected]]:
        """The projects with these numbers, by number, and what is wrong with a number that several have."""
        rows: list[wire.Project] = []
        asked = sorted(numbers)
        for start in range(0, len(asked), _ASKED_AT_ONCE):
            some = asked[start : start + _ASKED_AT_ONCE]
            rows += [row async for page in self._calls.by_token("/projects", wire.Project, {"numbers": some}) for row in page]
        found, refused = dict[int, wire.Project](), dict[int, errors.Rejected]()
        for number in numbers:
            try:
                one = _only([row for row in rows if row.number == number], "Prosjekt", number)
            except errors.Rejected as error:
                refused[number] = error
            else:
                found.update({number: one} if one else {})
        return found, refused

    async def find_product(self, code: str) -> wire.Product | None:
        """The product with exactly this code. Raises Rejected where several have it."""
        pages = self._calls.by_token("/products", wire.Product, {"code": code})
        return _only([row async for page in pages for row in page if row.code == code], "Produkt", code)

    async def add_customer(self, new: wire.NewCustomer) -> wire.Customer:
        """Make a customer. A change: settled by find_customer. Raises AlreadyDelivered with the one that has the number."""
        if standing := await self.find_customer(new.number):
            raise errors.AlreadyDelivered(messages.stands_already("Kunde", new.number), standing)
        made = await self._add("/customers", new, wire.Customer)
        if made.number != new.number:
            raise errors.Rejected(messages.not_taken(f"Kunde {made.number}", ["number"]), detail=f"{new.number}")
        return made

    async def add_address(self, customer: str, new: wire.NewAddress) -> wire.Address:
        """Make an address on a customer. A change: settled by fetch_customer_addresses."""
        return await self._add(f"/customers/{customer}/addresses", new, wire.Address)

    async def add_product(self, new: wire.NewProduct) -> wire.Product:
        """Make a product. A change: settled by find_product. Raises AlreadyDelivered with the one that has the code."""
        if standing := await self.find_product(new.code):
            raise errors.AlreadyDelivered(messages.stands_already("Produkt", new.code), standing)
        return await self._add("/products", new, wire.Product)

    async def change_customer(self, guid: str, fields: changes.Fields) -> wire.Customer:
        """Change a customer's fields; see changes.py for these four."""
        return await changes.send(self._calls, "/customers", guid, fields, wire.Customer)

    async def change_address(self, guid: str, fields: changes.Fields) -> wire.Address:
        return await changes.send(self._calls, "/addresses", guid, fields, wire.Address)

    async def change_product(self, guid: str, fields: changes.Fields) -> wire.Product:
        return await changes.send(self._calls, "/products", guid, fields, wire.Product)

    async def change_travel_expense_type(self, guid: str, fields: changes.Fields) -> wire.TravelExpenseType:
        return await changes.send(self._calls, "/travelexpensetypes", guid, fields, wire.TravelExpenseType)

    async def _add(self, path: str, new: wire.New, shape: type[Kept]) -> Kept:
        answer = await self._calls.send("POST", path, changes=True, content=_JSON.encode(new))
        return answers.decode(answer, shape)


def _only(found: list[Kept], what: str, key: str | int) -> Kept | None:
    if len(found) > 1:
        raise errors.Rejected(messages.two_stand(what, key), detail=str(key))
    return found[0] if found else None


def since(changed_since: dt.datetime | None) -> dict[str, str]:
    """The filter of lists that tells what changed; `changed_since` is aware."""
    if changed_since is None:
        return {}
    return {"changedSince": changed_since.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")}
