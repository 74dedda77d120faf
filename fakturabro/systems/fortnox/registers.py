"""Fortnox's registers: customers, articles and projects, read, made and changed by their numbers; units, terms, currencies.

A number is the key, and never free again: Fortnox refuses one that a deleted customer had. What is written is held against the
answer.

Source: fortnox-v3.openapi.json (fortnox_Customers, fortnox_Articles, fortnox_Projects, fortnox_Units, fortnox_TermsOfPayments,
fortnox_CompanyInformation, fortnox_Currencies, fortnox_LockedPeriod); PUT updates only the properties that are provided.
Assumed: `lastmodified` works on projects as on the other lists and is no later than UTC; an empty text empties a field; null and an
empty text are the same in answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, TypeVar, cast

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.fortnox import messages, register_wire, session, wire

Value = str | bool | int | Decimal | dt.date
Fields = Mapping[str, Value]
"""By Fortnox's own names, e.g. {"Name": "Fjord AS", "VisitingCity": ""}."""
Thing = TypeVar("Thing")
_JSON = msgspec.json.Encoder(decimal_format="number")


class _Register(NamedTuple):
    path: str
    one: str
    number: str
    title: str


_CUSTOMERS = _Register("/customers", "Customer", "CustomerNumber", "Kunde")
_ARTICLES = _Register("/articles", "Article", "ArticleNumber", "Artikkel")
_PROJECTS = _Register("/projects", "Project", "ProjectNumber", "Prosjekt")


class Registers:
    """One tenant's registers. All methods raise the ladder in remote/errors.py; lists come in pages."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    def fetch_customers(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[register_wire.ListedCustomer]]:
        """Customers, the inactive ones too; those changed in the minute of `changed_since` (aware) or later."""
        return self._calls.pages("/customers", "Customers", register_wire.ListedCustomer, session.since(changed_since))

    async def fetch_inactive_customers(self) -> set[str]:
        """The numbers of those that are inactive; the list of all does not say it."""
        pages = self._calls.pages("/customers", "Customers", register_wire.ListedCustomer, {"filter": "inactive"})
        return {row.customer_number async for page in pages for row in page}

    def fetch_articles(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[register_wire.ListedArticle]]:
        return self._calls.pages("/articles", "Articles", register_wire.ListedArticle, session.since(changed_since))

    def fetch_projects(self, changed_since: dt.datetime | None = None) -> AsyncIterator[list[register_wire.ListedProject]]:
        return self._calls.pages("/projects", "Projects", register_wire.ListedProject, session.since(changed_since))

    async def fetch_units(self) -> set[str]:
        """The codes of the units; they are told apart by case."""
        pages = self._calls.pages("/units", "Units", register_wire.Coded)
        return {row.code async for page in pages for row in page}

    async def fetch_terms_of_payment(self) -> set[str]:
        """The codes of the terms of payment."""
        pages = self._calls.pages("/termsofpayments", "TermsOfPayments", register_wire.Coded)
        return {row.code async for page in pages for row in page}

    async def fetch_currencies(self) -> dict[str, register_wire.Currency]:
        """The currencies that may stand on an invoice, by code; kronor are not always among them."""
        pages = self._calls.pages("/currencies", "Currencies", register_wire.Currency)
        return {row.code: row async for page in pages for row in page}

    async def fetch_locked_until(self) -> dt.date | None:
        """The last day of the locked period; None where nothing is locked."""
        answer = await self._calls.send("GET", "/settings/lockedperiod", changes=False)
        period = answers.decode(answer, wire.LockedPeriod).locked_period
        return period.end_date if period else None

    async def fetch_company(self) -> register_wire.CompanyInformation:
        """Whose books these are."""
        answer = await self._calls.send("GET", "/companyinformation", changes=False)
        return session.unwrap(answer, "CompanyInformation", register_wire.CompanyInformation)

    async def find_customer(self, number: str) -> register_wire.Customer | None:
        return await self._find(_CUSTOMERS, number, register_wire.Customer)

    async def find_article(self, number: str) -> register_wire.Article | None:
        """An article with the VAT that it really has."""
        return await self._find(_ARTICLES, number, register_wire.Article)

    async def find_project(self, number: str) -> register_wire.Project | None:
        return await self._find(_PROJECTS, number, register_wire.Project)

    async def add_customer(self, number: str, fields: Fields, *, is_absent: bool = False) -> register_wire.Customer:
        """Make a customer. A change: settled by find_customer. Raises AlreadyDelivered with the one that has the number.

        `is_absent`: the whole register was just read, without it; it is not looked for once more. Fortnox refuses a number twice.
        """
        return await self._add(_CUSTOMERS, number, fields, is_absent, register_wire.Customer)

    async def add_article(self, number: str, fields: Fields, *, is_absent: bool = False) -> register_wire.Article:
        return await self._add(_ARTICLES, number, fields, is_absent, register_wire.Article)

    async def add_project(self, number: str, fields: Fields, *, is_absent: bool = False) -> register_wire.Project:
        return await self._add(_PROJECTS, number, fields, is_absent, register_wire.Project)

    async def change_customer(self, number: str, fields: Fields) -> register_wire.Customer:
        """Change these fields. It may be sent again. Raises Rejected where Fortnox did not take one."""
        return await self._change(_CUSTOMERS, number, fields, register_wire.Customer)

    async def change_article(self, number: str, fields: Fields) -> register_wire.Article:
        return await self._change(_ARTICLES, number, fields, register_wire.Article)

    async def change_project(self, number: str, fields: Fields) -> register_wire.Project:
        return await self._change(_PROJECTS, number, fields, register_wire.Project)

    async def _find(self, register: _Register, number: str, shape: type[Thing]) -> Thing | None:
        try:
            answer = await self._calls.send("GET", f"{register.path}/{session.quoted(number)}", changes=False)
        except errors.Rejected as error:
            if error.status != 404:
                raise
            return None
        return session.unwrap(answer, register.one, shape)

    async def _add(self, register: _Register, number: str, fields: Fields, is_absent: bool, shape: type[Thing]) -> Thing:
        if not is_absent and (standing := await self._find(register, number, shape)):
            raise errors.AlreadyDelivered(messages.stands_already(register.title, number), standing)
        asked = {register.number: number, **fields}
        answer = await self._calls.send("POST", register.path, changes=True, content=_JSON.encode({register.one: asked}))
        return _taken(answer, register, asked, shape)

    async def _change(self, register: _Register, number: str, fields: Fields, shape: type[Thing]) -> Thing:
        path = f"{register.path}/{session.quoted(number)}"
        answer = await self._calls.send("PUT", path, changes=True, content=_JSON.encode({register.one: fields}))
        return _taken(answer, register, fields, shape)


def not_taken(found: Mapping[str, object], fields: Fields) -> list[str]:
    """The fields that do not stand in the answer as they were asked for."""
    return [name for name, value in fields.items() if not _is_same(value, found.get(name))]


def _taken(answer: answers.Answer, register: _Register, fields: Fields, shape: type[Thing]) -> Thing:
    made, found = session.unwrap(answer, register.one, shape), session.unwrap(answer, register.one, dict[str, msgspec.Raw])
    if unlike := not_taken({name: cast(object, msgspec.json.decode(raw)) for name, raw in found.items()}, fields):
        raise errors.Rejected(messages.not_taken(answer.where, unlike), detail=", ".join(unlike))
    return made


def _is_same(value: Value, found: object) -> bool:
    if isinstance(value, bool):
        return found is value
    if isinstance(value, str | dt.date):
        return str(found if found is not None else "").strip() == str(value).strip()
    try:
        return not isinstance(found, bool) and Decimal(str(found)) == value
    except InvalidOperation:
        return False
