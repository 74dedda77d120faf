"""One cost on its way to its project in Severa: put there, compared with what stands there, or put right by another one."""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Mapping
from decimal import Decimal

from data_quality import blocking
from data_quality.suites import purchase_costs as suite
from fakturabro.domain import findings, money
from fakturabro.ledger import deliveries
from fakturabro.ledger.synchronising import costs as noted
from fakturabro.mapping import fortnox_to_severa_costs as mapping
from fakturabro.remote import errors
from fakturabro.systems.severa import changes, invoice_wire, wire
from fakturabro.systems.severa import costs as severa
from tasks import clock, connect, runs, sending
from tasks.severa_fortnox import carried
from tasks.severa_fortnox import cost_messages as messages


class Writer:
    """Writes costs; `found` is what is to be said of each document that it wrote."""

    def __init__(self, slot: runs.Slot, client: severa.Costs) -> None:
        self._slot, self._client = slot, client
        self._of_project: dict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)
        self._standing: dict[str, list[invoice_wire.ProjectFee]] = {}
        self.found: dict[int, tuple[findings.Finding, ...]] = {}

    async def send(self, row: deliveries.Open, source: mapping.Source, project: str, product: wire.Product | None) -> sending.Sent:
        """Make Severa say what Fortnox says. Those of one project wait for each other."""
        async with self._of_project[project]:
            fees = noted.find(connect.current().ledger, self._slot.tenant, [row.document_id]).get(row.document_id)
            self.found[row.document_id] = ()
            done = await (self._change(row, source, product, fees) if fees else self._put(row, source, project, product))
        return sending.Sent(answer=carried.to_answer(done))

    async def _put(
        self, row: deliveries.Open, source: mapping.Source, project: str, product: wire.Product | None
    ) -> carried.Carried:
        if source.is_removed:
            return carried.Carried(what="same", ours=_stem(row), theirs="", notes=(messages.NOTHING_STANDS,))
        fee = mapping.to_fee(source, project, product)
        guid, notes = await self._add(row, fee)
        left = tuple(carried.NotCarried(*one) for one in mapping.not_carried(source))
        fields = (
            carried.Change("description", "", fee.description),
            carried.Change("unitCost", "", _written(fee.unit_cost.amount)),
        )
        return carried.Carried(what="posted", ours=_stem(row), theirs=guid, fields=fields, not_carried=left, notes=notes)

    async def _add(self, row: deliveries.Open, fee: invoice_wire.NewProjectFee) -> tuple[str, tuple[str, ...]]:
        """The fee's guid, noted before anything else is done, and what is to be said of it."""
        project = fee.project.guid
        taken = noted.find_claimed(connect.current().ledger, self._slot.tenant, project)
        if project not in self._standing:  # once: what comes after it in this run, we put there
            self._standing[project] = await self._client.fetch_fees(project)
        try:
            made, notes = await self._client.add_fee(fee, taken, self._standing[project]), ()
        except errors.AlreadyDelivered as error:
            if not isinstance(error.standing, invoice_wire.ProjectFee):
                raise
            made, notes = error.standing, (messages.STOOD_THERE,)
        except severa.DifferingFeeError as error:  # they are this cost's all the same: the next change mends them
            for one in error.made:
                _note(self._slot, row, one.guid, fee.project.guid, money.to_minor(_amount(one.unit_cost) or Decimal(0)))
            raise
        note(self._slot, row, made.guid, fee)
        return made.guid, notes

    async def _change(
        self, row: deliveries.Open, source: mapping.Source, product: wire.Product | None, fees: list[noted.Fee]
    ) -> carried.Carried:
        standing = {one.fee_guid: await self._client.fetch_fee(one.fee_guid) for one in fees}
        if None in standing.values():
            self._say(row, suite.REMOVED_IN_SEVERA)
            return carried.Carried(what="same", ours=_stem(row), theirs=fees[0].fee_guid, notes=(messages.REMOVED_THERE,))
        wanted = money.to_minor(source.counts)
        free = [one for one in fees if not _is_invoiced(standing[one.fee_guid])]
        if not free:
            return await self._correct(row, source, product, fees, standing[fees[0].fee_guid], wanted)
        chosen = free[-1]
        amount = wanted - sum(one.amount for one in fees if one is not chosen)
        return await self._mend(row, source, product if chosen is fees[0] else None, chosen, standing[chosen.fee_guid], amount)

    async def _mend(
        self,
        row: deliveries.Open,
        source: mapping.Source,
        product: wire.Product | None,
        chosen: noted.Fee,
        standing: invoice_wire.ProjectFee | None,
        amount: int,
    ) -> carried.Carried:
        """Write what differs into a fee that is on no invoice."""
        said = standing or invoice_wire.ProjectFee(guid=chosen.fee_guid)
        if (said.unit_cost or wire.Money()).currency_code != mapping.KRONOR:
            raise errors.Rejected(messages.other_currency((said.unit_cost or wire.Money()).currency_code))
        fields = dict(_amounts(said, chosen.amount, amount, is_removed=source.is_removed))
        stays = _amount(said.unit_price) not in (money.from_minor(amount), money.from_minor(chosen.amount))
        if product is not None and not source.is_removed:
            fields |= _texts(said, mapping.to_fee(source, chosen.project_guid, product))
        before = {name: _standing(said, name) for name in fields}
        if fields:
            await self._client.change_fee(chosen.fee_guid, fields)
        _note(self._slot, row, chosen.fee_guid, chosen.project_guid, amount)
        notes = (messages.PRICE_STAYS,) if stays and not source.is_removed else ()
        told = tuple(carried.Change(name.strip("/"), before[name], _written(value)) for name, value in fields.items())
        what = "changed" if fields else "same"
        return carried.Carried(what=what, ours=_stem(row), theirs=chosen.fee_guid, fields=told, notes=notes)

    async def _correct(
        self,
        row: deliveries.Open,
        source: mapping.Source,
        product: wire.Product | None,
        fees: list[noted.Fee],
        first: invoice_wire.ProjectFee | None,
        wanted: int,
    ) -> carried.Carried:
        """All its fees are on invoices: a further one has the difference."""
        missing = wanted - sum(one.amount for one in fees)
        if not missing:
            return carried.Carried(what="same", ours=_stem(row), theirs=fees[0].fee_guid, notes=(messages.INVOICED,))
        standing = first.product.guid if first and first.product else None
        had = wire.Product(guid=standing, name="", vat_rate=first.vat_rate if first else None) if standing else None
        fee = mapping.to_fee(source, fees[0].project_guid, product or had, money.from_minor(missing), messages.CORRECTION)
        guid, notes = await self._add(row, fee)
        self._say(row, suite.ON_INVOICE, money.norwegian(missing, mapping.KRONOR))
        told = (carried.Change("unitCost", "", _written(fee.unit_cost.amount)),)
        return carried.Carried(what="posted", ours=_stem(row), theirs=guid, fields=told, notes=(messages.INVOICED, *notes))

    def _say(self, row: deliveries.Open, code: str, value: str = "") -> None:
        finding = blocking.Rules().finding(code, field="Fee", value=value)
        self.found[row.document_id] = () if finding is None else (finding,)


def note_standing(slot: runs.Slot, row: deliveries.Open, project: str, fee: invoice_wire.ProjectFee) -> None:
    """That a fee is this cost's, though it says something else."""
    _note(slot, row, fee.guid, project, money.to_minor(_amount(fee.unit_cost) or Decimal(0)))


def note(slot: runs.Slot, row: deliveries.Open, guid: str, fee: invoice_wire.NewProjectFee) -> None:
    """That a fee is this cost's."""
    _note(slot, row, guid, fee.project.guid, money.to_minor(fee.unit_cost.amount or Decimal(0)))


def _note(slot: runs.Slot, row: deliveries.Open, guid: str, project: str, amount: int) -> None:
    one = noted.Fee(fee_guid=guid, document_id=row.document_id, project_guid=project, amount=amount)
    noted.record(connect.current().ledger, slot.tenant, slot.run, clock.now(), one)


def posted(row: deliveries.Open, guid: str) -> bytes:
    """The answer of a cost that was found again."""
    return carried.to_answer(carried.Carried(what="posted", ours=_stem(row), theirs=guid, notes=(messages.STOOD_THERE,)))


def _stem(row: deliveries.Open) -> str:
    return (row.natural_key or "").partition("@")[0]


def _is_invoiced(fee: invoice_wire.ProjectFee | None) -> bool:
    return bool(fee and fee.invoice and fee.invoice.guid)


def _amounts(said: invoice_wire.ProjectFee, before: int, amount: int, *, is_removed: bool) -> Mapping[str, changes.Value]:
    """The amounts that differ. A price that somebody in the client's house has set stays, unless the row is gone."""
    wanted, was = money.from_minor(amount), money.from_minor(before)
    fields: dict[str, changes.Value] = {}
    if _amount(said.unit_cost) != wanted:
        fields["/unitCost/amount"] = wanted
    if _amount(said.unit_price) != wanted and (is_removed or _amount(said.unit_price) == was):
        fields["/unitPrice/amount"] = wanted
    return fields | ({"/quantity": Decimal(1)} if said.quantity != 1 else {})


def _texts(said: invoice_wire.ProjectFee, fee: invoice_wire.NewProjectFee) -> dict[str, changes.Value]:
    """What differs beside the amounts. The VAT is the product's, and follows it."""
    fields: dict[str, changes.Value] = {}
    if (said.description or "").strip() != fee.description:
        fields["/description"] = fee.description
    if said.event_date != fee.event_date:
        fields["/eventDate"] = fee.event_date
    if fee.product and (said.product is None or said.product.guid != fee.product.guid):
        fields |= {"/product/guid": fee.product.guid} | ({"/vatRate": fee.vat_rate} if fee.vat_rate is not None else {})
    return fields


def _amount(stated: wire.Money | None) -> Decimal | None:
    return stated.amount if stated else None


def _standing(said: invoice_wire.ProjectFee, name: str) -> str:
    """What stands in a field of Severa's, as a person reads it."""
    stated: dict[str, object] = {
        "/unitCost/amount": _amount(said.unit_cost),
        "/unitPrice/amount": _amount(said.unit_price),
        "/quantity": said.quantity,
        "/description": said.description,
        "/eventDate": said.event_date,
        "/product/guid": said.product.code or said.product.guid if said.product else None,
        "/vatRate": said.vat_rate,
    }
    return _written(stated[name])


def _written(value: object) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
