"""Movements that wait -> vouchers in the client's PowerOffice: made, posted once, and made anew in smaller ones where it says no.

PowerOffice takes a voucher whole or not at all. What it refuses is divided until the guilty movement stands alone; that one is held
with PowerOffice's words, and tried again in every run apart from the others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Sequence

from data_quality import blocking
from fakturabro.domain import identity
from fakturabro.ledger import deliveries, engine, findings, sendings
from fakturabro.ledger.returns import making, movements, settlements, vouchers
from fakturabro.mapping import return_data_to_poweroffice as mapping
from fakturabro.remote import errors
from tasks import connect, retrying, runs
from tasks.returns import books, options, voucher_content, voucher_messages, voucher_sending

STATION = "return_vouchers"
REFUSED = "refused_by_poweroffice"
_MOST_REFUSALS, _TRIED_AGAIN = 24, 12
"""So many refused vouchers are divided in a run, PowerOffice being asked three times about each; and so many movements that were
refused before are tried again together: to find that all of them still are takes no more."""
_MOST_DOUBTS = 3
"""After so many answers that never came, what waits goes in the next run."""


class _OverError(Exception):
    """PowerOffice does not answer any more."""


@retrying.station("Bokfor returdata")
async def post(batch: runs.Batch, chosen: options.ReturnDataOptions) -> runs.Batch:
    """Post what waits, settlement by settlement, oldest first. What was not checked in this run waits for the next."""
    slot, looked_up = batch.slot, books.current()
    if slot.dry_run:
        ledger, states = connect.current().ledger, ["waiting", "planned"]
        return batch.counted(would_post=len(deliveries.find_open_documents(ledger, slot.tenant, [movements.PURPOSE], states)))
    if looked_up is None:
        return batch
    posting = _Posting(batch, voucher_content.Maker(slot, chosen, looked_up))
    with contextlib.suppress(sendings.StoppedError, _OverError):
        await posting.run()
    return posting.batch


class _Posting:
    """One tenant's vouchers in one run."""

    def __init__(self, batch: runs.Batch, maker: voucher_content.Maker) -> None:
        self.batch, self._slot, self._maker = batch, batch.slot, maker
        self._ledger, self._refusals, self._doubts = connect.current().ledger, 0, 0

    async def run(self) -> None:
        """What was made before goes first, or is given up; then what waits; last what was refused before, while that is taken."""
        refused = await asyncio.to_thread(self._find_refused)
        for voucher in await asyncio.to_thread(vouchers.find_standing, self._ledger, self._slot.tenant, ["made"], "post"):
            await self._go_on(voucher)
        await self._post_waiting()
        self._refusals = 0
        for some in engine.chunks(refused, _TRIED_AGAIN):
            await asyncio.to_thread(self._release, some)
            await self._post_waiting(some)
            if self._refusals:
                break

    async def _post_waiting(self, among: Collection[int] | None = None) -> None:
        """Post what waits; of these movements, or all."""
        for waiting in await asyncio.to_thread(making.find_waiting, self._ledger, self._slot.tenant):
            settlement = await asyncio.to_thread(self._find_settlement, waiting.settlement_id)
            chosen = [i for i in waiting.document_ids if among is None or i in among]
            for some in engine.chunks(chosen, mapping.most_movements(settlement.currency)):
                await self._post(settlement, [some])

    async def _go_on(self, voucher: vouchers.Voucher) -> None:
        """Send what was made in an earlier run as it is, or give it up: what it carries waits again, and comes in its turn."""
        carried = await asyncio.to_thread(vouchers.find_carried, self._ledger, self._slot.tenant, voucher.id)
        settlement = await asyncio.to_thread(self._find_settlement, voucher.settlement_id)
        is_as_made = await asyncio.to_thread(self._maker.is_as_made, settlement, voucher, carried.document_ids)
        found = await voucher_sending.judge(self._slot, voucher, carried, is_as_made=is_as_made)
        if found.goes:
            await self._post(settlement, await self._send(settlement, voucher))
        elif found.is_given_up:
            await asyncio.to_thread(making.discard, self._ledger, self._slot.tenant, voucher.id, found.why, self._slot.run)
            if found.divides:
                await self._post(settlement, _halves(carried.document_ids))
        elif found.why:
            self._say(voucher_messages.stands_still(settlement.number, voucher.part, found.why))

    async def _post(self, settlement: settlements.Settlement, groups: list[Sequence[int]]) -> None:
        """Post each of these groups of movements in one voucher; where it is refused, in two, and so on."""
        while groups:
            some = await asyncio.to_thread(self._still_waiting, groups.pop())
            voucher = await asyncio.to_thread(self._make, settlement, some) if some else None
            if voucher is not None:
                groups += await self._send(settlement, voucher)

    def _make(self, settlement: settlements.Settlement, document_ids: Sequence[int]) -> vouchers.Voucher | None:
        """A voucher of these, and said of what is not in it."""
        voucher = self._maker.make(settlement, document_ids)
        made = vouchers.find_carried(self._ledger, self._slot.tenant, voucher.id).document_ids if voucher else ()
        if left := len(document_ids) - len(made):
            self._say(voucher_messages.not_checked(settlement.number, left))
        return voucher

    def _still_waiting(self, document_ids: Sequence[int]) -> list[int]:
        """Those of which nothing was heard since: a finding of another station may hold one by now."""
        rows = movements.find(self._ledger, self._slot.tenant, document_ids)
        return [row.document_id for row in rows if row.state == "waiting" and row.voucher_id is None]

    async def _send(self, settlement: settlements.Settlement, voucher: vouchers.Voucher) -> list[Sequence[int]]:
        """Send a voucher that is made; the movements that go in smaller ones, where it was refused."""
        carried = await asyncio.to_thread(vouchers.find_carried, self._ledger, self._slot.tenant, voucher.id)
        said = await voucher_sending.send(self._slot, voucher, carried.delivery_ids)
        if said.refusal is not None:
            if why := await voucher_sending.why_not_given_up(self._slot, voucher, carried):
                self._say(voucher_messages.stands_still(settlement.number, voucher.part, why))
            else:
                return await asyncio.to_thread(self._divide, settlement, voucher, carried.document_ids, said.refusal)
        elif said.failure:
            self._say(said.failure)
            self._doubts += said.is_doubtful
            if self._doubts >= _MOST_DOUBTS:
                raise _OverError
        self.batch = self.batch.counted(vouchers_posted=int(said.is_posted))
        return []

    def _divide(
        self, settlement: settlements.Settlement, voucher: vouchers.Voucher, ids: Sequence[int], refusal: errors.Rejected
    ) -> list[Sequence[int]]:
        """Give up a voucher that was refused; its halves, or nothing where one movement is to blame or too many were refused."""
        making.discard(self._ledger, self._slot.tenant, voucher.id, str(refusal), self._slot.run)
        self._refusals += 1
        if len(ids) == 1:
            words = identity.mask_identity_numbers(refusal.detail or str(refusal))
            said = blocking.Rules().finding(REFUSED, value=words)
            found = {ids[0]: () if said is None else (said,)}
            findings.record(self._ledger, self._slot.tenant, STATION, found, [movements.PURPOSE], self._slot.run)
        elif self._refusals <= _MOST_REFUSALS:
            return _halves(ids)
        else:
            self._say(voucher_messages.too_many_refused(settlement.number, len(ids)))
        return []

    def _find_refused(self) -> list[int]:
        """What PowerOffice refused before; another one is the first every day, so that each gets its turn."""
        ids = findings.find_documents(self._ledger, self._slot.tenant, STATION)
        turn = self._slot.business_date.toordinal() % max(len(ids), 1)
        return ids[turn:] + ids[:turn]

    def _release(self, document_ids: Sequence[int]) -> None:
        said = dict.fromkeys(document_ids, ())
        findings.record(self._ledger, self._slot.tenant, STATION, said, [movements.PURPOSE], self._slot.run)

    def _find_settlement(self, settlement_id: int) -> settlements.Settlement:
        (found,) = settlements.find(self._ledger, self._slot.tenant, [settlement_id])
        return found

    def _say(self, sentence: str) -> None:
        self.batch = self.batch.failing(sentence)


def _halves(ids: Sequence[int]) -> list[Sequence[int]]:
    """The first one last: it is taken first."""
    middle = len(ids) // 2
    return [some for some in (ids[middle:], ids[:middle]) if some]
