"""Products, work types and types of travel expense in Severa, articles in Fortnox."""

from __future__ import annotations

import msgspec

from fakturabro.mapping import fortnox_to_severa_articles as to_severa
from fakturabro.mapping import mapped
from fakturabro.mapping import severa_to_fortnox_articles as to_fortnox
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire
from tasks import clock
from tasks.severa_fortnox import directions

_FROM_SEVERA, _FROM_FORTNOX = msgspec.json.Decoder(to_fortnox.Source), msgspec.json.Decoder(to_severa.Source)


def severa_key(one: to_fortnox.Source) -> str:
    """How the ledger and pairs know it: the three kinds of Severa have one register here."""
    return f"{one.kind}/{one.guid}"


class ToFortnox(directions.Direction[to_fortnox.Source, register_wire.Article]):
    """Severa -> Fortnox."""

    register, source, target = "article", "severa", "fortnox_articles"

    async def prepare(self) -> None:
        self.lists = await self.asked.for_articles()

    def read(self, canonical: bytes) -> directions.Subject[to_fortnox.Source]:
        one = _FROM_SEVERA.decode(canonical)
        return directions.Subject(to_fortnox.number(one), to_fortnox.name(one), one.is_active, one)

    def to_mapped(
        self,
        source: to_fortnox.Source,
        *,
        continuous_only: bool,
        before: to_fortnox.Source | None = None,
        standing: directions.Standing[register_wire.Article] | None = None,
    ) -> mapped.Mapped:
        return to_fortnox.to_fields(source, self.lists, continuous_only=continuous_only, before=before)

    async def find(self, number: str) -> directions.Standing[register_wire.Article] | None:
        found = await (await self.asked.fortnox()).find_article(number)
        return found and _in_fortnox(found)

    async def make(self, number: str, fields: mapped.Mapped, *, is_absent: bool) -> directions.Standing[register_wire.Article]:
        client = await self.asked.fortnox()
        return _in_fortnox(await client.add_article(number, directions.for_fortnox(fields.fields), is_absent=is_absent))

    async def change(self, standing: directions.Standing[register_wire.Article], fields: mapped.Mapped) -> None:
        sent = directions.for_fortnox(self.differing(fields, standing))
        await (await self.asked.fortnox()).change_article(standing.number, sent)


def _in_fortnox(one: register_wire.Article) -> directions.Standing[register_wire.Article]:
    key, values = one.article_number, to_fortnox.standing(one)
    return directions.Standing(key, key, one.description, one.active is not False, values, one, clock.now())


class ToSevera(directions.Direction[to_severa.Source, to_fortnox.Source]):
    """Fortnox -> Severa. What is made is a product; what is linked may be any of the three."""

    register, source, target = "article", "fortnox", "severa_products"

    def read(self, canonical: bytes) -> directions.Subject[to_severa.Source]:
        one = _FROM_FORTNOX.decode(canonical)
        return directions.Subject(to_severa.number(one), to_severa.name(one), one.article.active is not False, one)

    def to_mapped(
        self,
        source: to_severa.Source,
        *,
        continuous_only: bool,
        before: to_severa.Source | None = None,
        standing: directions.Standing[to_fortnox.Source] | None = None,
    ) -> mapped.Mapped:
        kind = standing.thing.kind if standing else "product"
        return to_severa.to_fields(source, kind, continuous_only=continuous_only, before=before)

    async def find(self, number: str) -> directions.Standing[to_fortnox.Source] | None:
        product = await (await self.asked.severa()).find_product(number)
        if product is not None:
            return _in_severa(product)
        others = [*await self.asked.work_types(), *await self.asked.travel_types()]
        return next((_in_severa(one) for one in others if mapped.plain(one.code) == number), None)

    async def fetch(self, key: str, number: str) -> directions.Standing[to_fortnox.Source] | None:
        client, (kind, _, guid) = await self.asked.severa(), key.partition("/")
        asking = {"work_type": client.fetch_work_type, "travel_type": client.fetch_travel_expense_type}
        found = await directions.unless_gone(asking.get(kind, client.fetch_product)(guid))
        return found and _in_severa(found)

    def differing(self, fields: mapped.Mapped, standing: directions.Standing[to_fortnox.Source]) -> dict[str, mapped.Value]:
        return to_severa.differing(fields, standing.thing)

    async def make(self, number: str, fields: mapped.Mapped, *, is_absent: bool) -> directions.Standing[to_fortnox.Source]:
        return _in_severa(await (await self.asked.severa()).add_product(to_severa.to_new(number, fields)))

    async def change(self, standing: directions.Standing[to_fortnox.Source], fields: mapped.Mapped) -> None:
        client, sent = await self.asked.severa(), self.differing(fields, standing)
        if standing.thing.kind == "travel_type":
            await client.change_travel_expense_type(standing.thing.guid, sent)
        elif standing.thing.kind == "product":
            await client.change_product(standing.thing.guid, sent)


def _in_severa(thing: wire.Product | wire.WorkType | wire.TravelExpenseType) -> directions.Standing[to_fortnox.Source]:
    one = to_fortnox.to_source(thing)
    return directions.Standing(severa_key(one), one.code, one.name, one.is_active, to_severa.standing(one), one, clock.now())
