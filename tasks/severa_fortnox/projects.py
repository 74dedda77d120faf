"""Projects on their way from Severa to Fortnox; none goes back."""

from __future__ import annotations

import msgspec

from fakturabro.mapping import mapped
from fakturabro.mapping import severa_to_fortnox_projects as to_fortnox
from fakturabro.systems.fortnox import register_wire
from tasks import clock
from tasks.severa_fortnox import directions

_FROM_SEVERA = msgspec.json.Decoder(to_fortnox.Source)


class ToFortnox(directions.Direction[to_fortnox.Source, register_wire.Project]):
    """Severa -> Fortnox. Severa is always the master."""

    register, source, target = "project", "severa", "fortnox_projects"

    def read(self, canonical: bytes) -> directions.Subject[to_fortnox.Source]:
        one = _FROM_SEVERA.decode(canonical)
        return directions.Subject(to_fortnox.number(one), one.project.name, True, one)

    def to_mapped(
        self,
        source: to_fortnox.Source,
        *,
        continuous_only: bool,
        before: to_fortnox.Source | None = None,
        standing: directions.Standing[register_wire.Project] | None = None,
    ) -> mapped.Mapped:
        return to_fortnox.to_fields(source, closes=self.options.projects.closes, continuous_only=continuous_only)

    async def find(self, number: str) -> directions.Standing[register_wire.Project] | None:
        found = await (await self.asked.fortnox()).find_project(number)
        return found and _in_fortnox(found)

    async def make(self, number: str, fields: mapped.Mapped, *, is_absent: bool) -> directions.Standing[register_wire.Project]:
        client = await self.asked.fortnox()
        return _in_fortnox(await client.add_project(number, directions.for_fortnox(fields.fields), is_absent=is_absent))

    async def change(self, standing: directions.Standing[register_wire.Project], fields: mapped.Mapped) -> None:
        sent = directions.for_fortnox(self.differing(fields, standing))
        await (await self.asked.fortnox()).change_project(standing.number, sent)


def _in_fortnox(one: register_wire.Project) -> directions.Standing[register_wire.Project]:
    key, values = one.project_number, to_fortnox.standing(one)
    return directions.Standing(key, key, one.description, True, values, one, clock.now())
