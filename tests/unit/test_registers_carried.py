"""Entries of registers made through the real clients in the other system's sandbox: what stands there says the same, both ways."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import NamedTuple

import pytest

from fakturabro.mapping import (
    fortnox_to_severa_articles,
    fortnox_to_severa_customers,
    mapped,
    severa_to_fortnox_articles,
    severa_to_fortnox_customers,
    severa_to_fortnox_projects,
)
from fakturabro.remote import http
from fakturabro.systems.fortnox import registers as fortnox_registers
from fakturabro.systems.severa import registers as severa_registers
from fakturabro.systems.severa import wire
from sandboxes import fortnox
from sandboxes.severa import sandbox
from tests.unit import field_cases_registers as cases
from tests.unit import lying, test_client_severa
from tests.unit import test_client_fortnox as benches


class Both(NamedTuple):
    severa: severa_registers.Registers
    fortnox: fortnox_registers.Registers

    async def lookups(self) -> mapped.Lookups:
        return mapped.Lookups(
            units=await self.fortnox.fetch_units(),
            terms=await self.fortnox.fetch_terms_of_payment(),
            countries=await self.severa.fetch_countries(),
            currencies=await self.severa.fetch_currencies(),
        )

    async def in_severa(self, number: int) -> severa_to_fortnox_customers.Source:
        found = await self.severa.find_customer(number)
        assert found is not None
        return severa_to_fortnox_customers.to_source(found, await self.severa.fetch_customer_addresses(found.guid))


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[sandbox.Severa, str, fortnox.Fortnox, str]]:
    one, other = sandbox.Severa(), fortnox.Fortnox()
    one.window.limit = other.window.limit = 1_000
    with lying.served(lying.Lying(one.app)) as url, lying.served(lying.Lying(other.app)) as other_url:
        yield one, url, other, other_url


@pytest.fixture
async def both(served: tuple[sandbox.Severa, str, fortnox.Fortnox, str]) -> AsyncIterator[Both]:
    one, url, other, other_url = served
    async with contextlib.AsyncExitStack() as stack:
        remote = await stack.enter_async_context(http.Remote(http.Limits(attempts=2, first_pause=0.01)))
        severa = test_client_severa.Bench(one, url, remote)
        yield Both(severa.registers, fortnox_registers.Registers(benches.Bench(other, other_url, remote).session()))


CHOICES = severa_to_fortnox_customers.Choices(email_to_invoice=True)


async def test_a_customer_of_severa_stands_in_fortnox_and_comes_back_as_no_change(both: Both) -> None:
    lists = await both.lookups()
    euro, norway = lists.currencies["EUR"], lists.countries["NO"]
    made = await both.severa.add_customer(
        wire.NewCustomer(
            name="Åpne Hav AS",
            number=20001,
            notes="Ring først\nså skriv " + "æ" * 1100,
            email="post@hav.example",
            website="https://hav.example",
            vat_number="NO915442552MVA",
            kvk_number="12345678",
            currency=wire.Ref(guid=euro.guid),
            payment_term=30,
            e_invoice_address=cases.GLN,
        )
    )
    known = {"postal_code": "5700", "city": "VOSS", "country": wire.Ref(guid=norway.guid or "")}
    await both.severa.add_address(made.guid, wire.NewAddress(addressline="A\nB", phone="55", is_billing_address=True, **known))
    await both.severa.add_address(
        made.guid, wire.NewAddress(addressline="C", is_postal_address=True, is_visit_address=True, **known)
    )
    source = await both.in_severa(20001)
    fields = severa_to_fortnox_customers.to_fields(source, lists, CHOICES, continuous_only=False)
    there = await both.fortnox.add_customer(severa_to_fortnox_customers.number(source), given(fields))
    stands = severa_to_fortnox_customers.standing(there)
    assert mapped.differing(fields.fields, stands) == {}
    assert {"Phone1", "Address2", "DeliveryCountryCode", "VisitingAddress", "GLN", "EmailInvoice"} <= fields.fields.keys()
    back = fortnox_to_severa_customers.to_fields(
        fortnox_to_severa_customers.Source(customer=there), lists, CHOICES, continuous_only=True
    )
    steps = fortnox_to_severa_customers.to_steps(back, source)
    assert (steps.customer, steps.addresses) == ({}, ())


def given(made: mapped.Mapped) -> dict[str, fortnox_registers.Value]:
    """As Fortnox' client takes them: nothing is None when a thing is made."""
    return {name: value for name, value in made.fields.items() if value is not None}


async def test_a_customer_of_fortnox_stands_in_severa_changes_there_and_comes_back_as_no_change(both: Both) -> None:
    lists = await both.lookups()
    first = {"Name": "Vik AB", "Currency": "EUR", "TermsOfPayment": "30", "Comments": "Hej", "Phone1": "08-1", "GLN": cases.GLN}
    await both.fortnox.add_customer(
        "20002", {**first, "Address1": "Gatan 1", "City": "VIK", "CountryCode": "SE", "VisitingCity": "X"}
    )
    before = None
    for changed in ({}, {"Comments": "", "City": "ÅRE", "VisitingCity": "", "DeliveryCity": "LUND", "Name": "Vik Nya AB"}):
        if changed:
            await both.fortnox.change_customer("20002", changed)
        there = await both.fortnox.find_customer("20002")
        assert there is not None
        source = fortnox_to_severa_customers.Source(customer=there)
        fields = fortnox_to_severa_customers.to_fields(source, lists, CHOICES, continuous_only=bool(changed), before=before)
        if not changed:
            await both.severa.add_customer(fortnox_to_severa_customers.to_new("20002", fields))
        steps = fortnox_to_severa_customers.to_steps(fields, await both.in_severa(20002))
        guid = (await both.in_severa(20002)).customer.guid
        if steps.customer:
            await both.severa.change_customer(guid, steps.customer)
        for step in steps.addresses:
            if step.new is not None:
                await both.severa.add_address(guid, step.new)
            else:
                await both.severa.change_address(step.guid, step.fields)
        assert fortnox_to_severa_customers.to_steps(fields, await both.in_severa(20002)) == fortnox_to_severa_customers.Steps(
            customer={}, addresses=()
        )
        before = source
        echo = severa_to_fortnox_customers.to_fields(await both.in_severa(20002), lists, CHOICES, continuous_only=True)
        sent = mapped.differing({**echo.fields, "EmailInvoice": None}, severa_to_fortnox_customers.standing(there))
        assert sent == {}
    named = await both.in_severa(20002)
    assert (named.customer.name, named.customer.notes, named.customer.number) == ("Vik Nya AB", None, 20002)
    assert [(one.city, one.country and one.country.name) for one in named.addresses if one.is_billing_address] == [
        ("ÅRE", "Sverige")
    ]


async def test_articles_and_projects_stand_in_fortnox_as_they_were_meant(both: Both) -> None:
    lists = await both.lookups()
    product = cases.severa_article(code="A-1", measurement_unit="st", vat_rate=Decimal(0), is_active=False)
    made = severa_to_fortnox_articles.to_fields(product, lists, continuous_only=False)
    there = await both.fortnox.add_article("A-1", given(made))
    assert mapped.differing(made.fields, severa_to_fortnox_articles.standing(there)) == {}
    assert (there.vat, there.active) == (Decimal(0), False)
    back = fortnox_to_severa_articles.to_fields(fortnox_to_severa_articles.Source(article=there), "product", continuous_only=False)
    assert fortnox_to_severa_articles.differing(back, product) == {}
    new = await both.severa.add_product(fortnox_to_severa_articles.to_new("A-1", back))
    assert (new.code, new.is_active, new.measurement_unit, new.vat_rate) == ("A-1", False, "st", Decimal(0))
    source = severa_to_fortnox_projects.Source(
        project=wire.Project(guid="p", name="Ø" * 60, number=777, description="d" * 600, start_date=test_client_severa.DAY)
    )
    wanted = severa_to_fortnox_projects.to_fields(source, closes=True, continuous_only=False)
    project = await both.fortnox.add_project("777", given(wanted))
    assert mapped.differing(wanted.fields, severa_to_fortnox_projects.standing(project)) == {}
    assert project.description == "Ø" * 45 + " ~777"
