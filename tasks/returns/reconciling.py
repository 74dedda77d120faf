"""The daily reconciliation: the client's books, the factoring company and we, to the øre. It says what differs and adjusts nothing.

Assumed: nothing else is posted on the two accounts of a client that is switched on; what is, is named.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from fakturabro.domain import findings as values
from fakturabro.domain import money, reconciliation, return_data
from fakturabro.domain.reconciliation import Difference, Role
from fakturabro.ledger import findings, opened
from fakturabro.ledger.returns import missing, reconciliations, settlements, vouchers
from tasks import clock, connect, retrying, runs
from tasks.payments import following
from tasks.returns import accounts_seen, open_items, reconciling_findings
from tasks.returns import reconciling_messages as messages
from tasks.returns.options import ReturnDataOptions

MOST_SAID = 1_000
"""Differences of a look that are kept one by one; the rest is kept as a sum."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What one side of it came to in one currency; `overpaid` by invoice, of customers."""

    role: Role
    currency: str
    ours: int
    theirs: int
    differences: Sequence[Difference]
    overpaid: Mapping[int, int] = {}


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """By which factor a movement of a kind moves what is compared: the two accounts, and the buyer's own."""

    balance: int
    contra: int
    buyer: int


@retrying.station("Avstem mot PowerOffice")
async def compare(batch: runs.Batch, chosen: ReturnDataOptions) -> runs.Batch:
    """Compare up to yesterday, keep and show what differs, and fail once a day while something differs without a reason."""
    slot, ledger = batch.slot, connect.current().ledger
    until = slot.business_date - dt.timedelta(days=1)
    if slot.dry_run or until < chosen.starts_on:
        return batch
    found = [one async for one in _Look(ledger, slot.tenant, chosen, until).compare()]
    await asyncio.to_thread(_record, ledger, slot, chosen, until, found)
    await runs.markdown("reconciliation", slot.tenant, messages.page(slot.tenant, until, found))
    differing = sum(len(one.differences) for one in found)
    said = {f"reconciliation/{one.role}/{one.currency}": messages.unexplained(one) for one in found if not is_explained(one)}
    ours = {(each.code, each.voucher) for one in found for each in one.differences if each.code in messages.OF_OURS}
    said |= {f"reconciliation/{code}/{voucher}": messages.of_ours(code, voucher) for code, voucher in sorted(ours)}
    return following.fail_daily(batch.counted(reconciliation_differences=differing) if differing else batch, said)


def is_explained(one: Compared) -> bool:
    """Whether every difference has a reason."""
    return reconciliation.is_explained(one.differences)


def signs(table: return_data.Table) -> dict[return_data.MovementKind, Signs]:
    """By kind that the posting table has a row for. What payments put on the contra account is counted as taken over.

    >>> signs(return_data.DEFAULTS)["payment"]
    Signs(balance=1, contra=1, buyer=-1)
    """
    found: dict[return_data.MovementKind, Signs] = {}
    for kind in table:
        one = return_data.Movement(id=kind, kind=kind, date=dt.date.min, amount=Decimal(1))
        on: Counter[str] = Counter()
        for posting in return_data.postings(one, table):
            on[posting.role] += int(posting.amount)
        found[kind] = Signs(balance=on["balance"] + on["customer_contra"], contra=on["customer_contra"], buyer=on["buyer"])
    return {kind: one for kind, one in found.items() if kind != "settled"}


class _Look:
    """One look at everything that is compared, up to the end of a day."""

    def __init__(self, ledger: opened.Ledger, tenant: str, chosen: ReturnDataOptions, until: dt.date) -> None:
        self._ledger, self._tenant, self._chosen, self._until = ledger, tenant, chosen, until
        self._client, self._signs = chosen.client_number, signs(chosen.posting_table)
        self._balance, self._contra = (int(chosen.account_of(role).number) for role in ("balance", "customer_contra"))

    async def compare(self) -> AsyncIterator[Compared]:
        """Everything, by currency."""
        books, first = await connect.current().poweroffice_bank(), self._chosen.starts_on
        own = accounts_seen.Own(vouchers.find_standing(self._ledger, self._tenant, ("made", "posted", "discarded", "reversed")))
        balances = missing.find_balances(self._ledger, self._tenant, self._until)
        currencies = {currency for _, currency in balances}
        accounts, only_home = (self._balance, self._contra), currencies <= {accounts_seen.HOME}
        seen = await accounts_seen.look(books, accounts, first, self._until, own, only_home=only_home)
        lacking = missing.find(self._ledger, self._tenant, self._until, seen.of_ours())
        for currency in sorted({*currencies, *(place[1] for place, amount in seen.total.items() if amount)}):
            of_currency = {client: one for (client, each), one in balances.items() if each == currency}
            yield self._compare_contra(currency, list(of_currency), seen)
            yield self._compare_balance(currency, list(of_currency.values()), lacking, seen)
        if self._chosen.source == "api":
            for one in await self._compare_company(balances, lacking):
                yield one
        for one in await self._compare_customers(books, lacking, own):
            yield one

    def _compare_contra(self, currency: str, clients: Sequence[str], seen: accounts_seen.Seen) -> Compared:
        """What was paid and is posted, and no settlement has taken over yet."""
        place, ours = (self._contra, currency), 0
        for client in clients:
            sums = settlements.sums(self._ledger, self._tenant, client, currency, self._until)
            ours += sum(
                one.contra * (sums.posted.get(kind, 0) - sums.posted_settled.get(kind, 0)) for kind, one in self._signs.items()
            )
        opening = Difference(code="opening_differs", amount=seen.opening[place])
        theirs = seen.opening[place] + seen.total[place]
        return self._to_compared("customer_contra", currency, ours, theirs, [opening, *seen.differences(place)])

    def _compare_balance(
        self, currency: str, balances: Sequence[missing.Balance], lacking: Sequence[missing.Missing], seen: accounts_seen.Seen
    ) -> Compared:
        """What the factoring company owes by our settlements; the books lack what was not posted."""
        place, ours = (self._balance, currency), sum(one.closing for one in balances)
        opening = Difference(code="opening_differs", amount=seen.opening[place] - sum(one.opening for one in balances))
        settled = [one for one in lacking if one.currency == currency and one.settlement_id is not None and one.code != "later"]
        unposted = [open_items.to_difference(one, -self._signs[one.kind].balance) for one in settled if one.kind in self._signs]
        theirs = seen.opening[place] + seen.total[place]
        return self._to_compared("balance", currency, ours, theirs, [opening, *unposted, *seen.differences(place)])

    async def _compare_company(
        self, balances: Mapping[tuple[str, str], missing.Balance], lacking: Sequence[missing.Missing]
    ) -> list[Compared]:
        """What it says itself: payments count from their day, settled or not. A kind that nobody has a row for may move it.

        What is settled counts as it was settled, whatever the table says today. A currency without a settlement begins with what it
        owed when return data was switched on.
        """
        mine = {currency: one.closing for (client, currency), one in balances.items() if client == self._client}
        owed = await self._fetch_owed(self._until)
        if set(owed) - set(mine):
            mine = {**await self._fetch_owed(self._chosen.starts_on - dt.timedelta(days=1)), **mine}
        found = list[Compared]()
        for currency in sorted({*owed, *mine}):
            sums = settlements.sums(self._ledger, self._tenant, self._client, currency, self._until)
            unsettled = {kind: sums.ours.get(kind, 0) - sums.settled.get(kind, 0) for kind in self._signs}
            about = [one for one in lacking if (one.client, one.currency) == (self._client, currency)]
            twice = [one for one in about if one.is_told_twice and one.settlement_id is None and one.code != "later"]
            ours = mine.get(currency, 0) + sum(one.balance * unsettled[kind] for kind, one in self._signs.items())
            ours -= sum(self._signs[one.kind].balance * one.amount for one in twice)
            possible = [
                open_items.to_difference(one, 1) for one in (*twice, *(one for one in about if one.kind not in self._signs))
            ]
            found.append(self._to_compared("company", currency, ours, owed.get(currency, 0), [], possible))
        return found

    async def _fetch_owed(self, day: dt.date) -> dict[str, int]:
        """What the factoring company says that it owed at the end of a day."""
        company = await connect.current().factoring(self._client)
        sheet = await company.fetch_balance(day)
        return {one.currency: money.to_minor(one.amount) for one in sheet.balances}

    async def _compare_customers(
        self, books: open_items.books_v2.BooksV2, lacking: Sequence[missing.Missing], own: accounts_seen.Own
    ) -> list[Compared]:
        on_buyers: dict[return_data.MovementKind, int] = {kind: one.buyer for kind, one in self._signs.items() if one.buyer}
        asked = open_items.Asked(
            tenant=self._tenant, first=self._chosen.starts_on, until=self._until, signs=on_buyers, missing=lacking
        )
        found = await open_items.compare(self._ledger, books, asked, own)
        return [
            Compared(
                role="customers",
                currency=currency,
                ours=found.ours[currency],
                theirs=found.theirs[currency],
                differences=found.found.get(currency, ()),
                overpaid=found.overpaid[currency],
            )
            for currency in sorted({*found.ours, *found.theirs})
        ]

    @staticmethod
    def _to_compared(
        role: Role,
        currency: str,
        ours: int,
        theirs: int,
        certain: Sequence[Difference],
        possible: Sequence[Difference] = (),
    ) -> Compared:
        told = reconciliation.explain(ours, theirs, certain, possible)
        return Compared(role=role, currency=currency, ours=ours, theirs=theirs, differences=told)


def _record(ledger: opened.Ledger, slot: runs.Slot, chosen: ReturnDataOptions, until: dt.date, found: Sequence[Compared]) -> None:
    """Keep the look, and let findings stand against exactly the documents that differ now."""
    rows = [
        reconciliations.Look(
            client=chosen.client_number,
            currency=one.currency,
            day=until,
            role=one.role,
            ours=one.ours,
            theirs=one.theirs,
            said=msgspec.json.encode(_shortened(one.differences)).decode(),
        )
        for one in found
    ]
    reconciliations.record(ledger, slot.tenant, rows, slot.run, clock.now())
    station = reconciling_findings.STATION
    stand: dict[int, list[values.Finding]] = {i: [] for i in findings.find_documents(ledger, slot.tenant, station)}
    for one in found:
        said = reconciling_findings.of_differences(one.differences, one.currency)
        for document_id, finding in (*said, *reconciling_findings.of_overpaid(one.overpaid)):
            if finding not in stand.setdefault(document_id, []):
                stand[document_id].append(finding)
    findings.record(ledger, slot.tenant, station, stand, (), slot.run)


def _shortened(differences: Sequence[Difference]) -> Sequence[Difference]:
    """The largest, and the rest as one."""
    if len(differences) <= MOST_SAID:
        return differences
    by_size = sorted(differences, key=lambda one: -abs(one.amount))
    rest = by_size[MOST_SAID:]
    return [*by_size[:MOST_SAID], Difference(code="more", amount=reconciliation.worth(rest), number=str(len(rest)))]
