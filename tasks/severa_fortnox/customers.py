"""Customers on their way between Severa and Fortnox."""

from __future__ import annotations

import msgspec

from fakturabro.mapping import fortnox_to_severa_customers as to_severa
from fakturabro.mapping import mapped
from fakturabro.mapping import severa_to_fortnox_customers as to_fortnox
from fakturabro.systems.fortnox import register_wire
from tasks import clock
from tasks.severa_fortnox import directions
from tasks.severa_fortnox.options import SyncOptions

_FROM_SEVERA, _FROM_FORTNOX = msgspec.json.Decoder(to_fortnox.Source), msgspec.json.Decoder(to_severa.Source)


def choices(options: SyncOptions) -> to_fortnox.Choices:
    """Where addresses and e-mail stand, as the tenant has it."""
    places = options.customers.addresses
    return to_fortnox.Choices(
        billing=places.billing, postal=places.postal, visit=places.visit, email_to_invoice=options.customers.email_to_invoice
    )


class ToFortnox(directions.Direction[to_fortnox.Source, register_wire.Customer]):
    """Severa -> Fortnox."""

    register, source, target = "customer", "severa", "fortnox_customers"

    async def prepare(self) -> None:
        self.lists = await self.asked.for_customers()

    def read(self, canonical: bytes) -> directions.Subject[to_fortnox.Source]:
        one = _FROM_SEVERA.decode(canonical)
        return directions.Subject(to_fortnox.number(one), one.customer.name, one.customer.is_active, one)

    def to_mapped(
        self,
        source: to_fortnox.Source,
        *,
        continuous_only: bool,
        before: to_fortnox.Source | None = None,
        standing: directions.Standing[register_wire.Customer] | None = None,
    ) -> mapped.Mapped:
        chosen = choices(self.options)
        return to_fortnox.to_fields(source, self.lists, chosen, continuous_only=continuous_only, before=before)

    async def find(self, number: str) -> directions.Standing[register_wire.Customer] | None:
        found = await (await self.asked.fortnox()).find_customer(number)
        return found and _in_fortnox(found)

    async def make(self, number: str, fields: mapped.Mapped, *, is_absent: bool) -> directions.Standing[register_wire.Customer]:
        client = await self.asked.fortnox()
        return _in_fortnox(await client.add_customer(number, directions.for_fortnox(fields.fields), is_absent=is_absent))

    async def change(self, standing: directions.Standing[register_wire.Customer], fields: mapped.Mapped) -> None:
        sent = directions.for_fortnox(self.differing(fields, standing))
        await (await self.asked.fortnox()).change_customer(standing.number, sent)


def _in_fortnox(one: register_wire.Customer) -> directions.Standing[register_wire.Customer]:
    key, values = one.customer_number, to_fortnox.standing(one)
    return directions.Standing(key, key, one.name, one.active is not False, values, one, clock.now())


class ToSevera(directions.Direction[to_severa.Source, to_fortnox.Source]):
    """Fortnox -> Severa. A customer there has its addresses beside it: it is made first, and what it lacks then."""

    register, source, target = "customer", "fortnox", "severa_customers"

    async def prepare(self) -> None:
        self.lists = await self.asked.for_customers()

    def read(self, canonical: bytes) -> directions.Subject[to_severa.Source]:
        one = _FROM_FORTNOX.decode(canonical)
        return directions.Subject(to_severa.number(one), one.customer.name, one.customer.active is not False, one)

    def to_mapped(
        self,
        source: to_severa.Source,
        *,
        continuous_only: bool,
        before: to_severa.Source | None = None,
        standing: directions.Standing[to_fortnox.Source] | None = None,
    ) -> mapped.Mapped:
        chosen = choices(self.options)
        return to_severa.to_fields(source, self.lists, chosen, continuous_only=continuous_only, before=before)

    async def find(self, number: str) -> directions.Standing[to_fortnox.Source] | None:
        client = await self.asked.severa()
        found = await client.find_customer(int(number)) if number.isascii() and number.isdigit() else None
        if found is None or str(found.number) != number:
            return None
        return _in_severa(to_fortnox.to_source(found, await client.fetch_customer_addresses(found.guid)))

    async def fetch(self, key: str, number: str) -> directions.Standing[to_fortnox.Source] | None:
        client = await self.asked.severa()
        found = await directions.unless_gone(client.fetch_customer(key))
        return found and _in_severa(to_fortnox.to_source(found, await client.fetch_customer_addresses(key)))

    def differing(self, fields: mapped.Mapped, standing: directions.Standing[to_fortnox.Source]) -> dict[str, mapped.Value]:
        steps = to_severa.to_steps(fields, standing.thing)
        new = {step.kind for step in steps.addresses if step.new is not None}
        made = {name: value for name, value in fields.fields.items() if name.partition(":")[0] in new}
        return {**steps.customer, **{f"{s.kind}:{path}": v for s in steps.addresses for path, v in s.fields.items()}, **made}

    async def make(self, number: str, fields: mapped.Mapped, *, is_absent: bool) -> directions.Standing[to_fortnox.Source]:
        made = await (await self.asked.severa()).add_customer(to_severa.to_new(number, fields))
        return _in_severa(to_fortnox.Source(customer=made))

    async def change(self, standing: directions.Standing[to_fortnox.Source], fields: mapped.Mapped) -> None:
        client, steps = await self.asked.severa(), to_severa.to_steps(fields, standing.thing)
        if steps.customer:
            await client.change_customer(standing.key, steps.customer)
        for step in steps.addresses:
            if step.new is not None:
                await client.add_address(standing.key, step.new)
            else:
                await client.change_address(step.guid, step.fields)


def _in_severa(one: to_fortnox.Source) -> directions.Standing[to_fortnox.Source]:
    customer, values = one.customer, to_severa.standing(one)
    number = to_fortnox.number(one)
    return directions.Standing(customer.guid, number, customer.name, customer.is_active, values, one, clock.now())
