"""How a history of return data ended: the factoring company's books and the client's in PowerOffice compared.

A movement is two lines in PowerOffice. Each one that the company has is looked for among the lines of the vouchers of ours that
stand there; what is left over was invented or posted twice. Of our ledger only the settlements are read.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal

import sqlalchemy as sa

from fakturabro.ledger import opened, tables
from fakturabro.ledger.returns import tables as return_tables
from sandboxes.poweroffice import books
from sandboxes.poweroffice import state as state_
from tests.crash import counterparts, movers, return_lines, verdicts

_DOUBTS = ("sending", "in_doubt")
_OERE = Decimal("0.01")


def judge(
    company: movers.Company,
    bookkeeper: movers.Bookkeeper,
    world: counterparts.World,
    ledger: opened.Ledger,
    verdict: verdicts.Verdict,
) -> None:
    """Add what is wrong to the verdict."""
    wanted = _with_lookalikes([*return_lines.told(company, world)], [*return_lines.paid_to_bank(world)])
    verdict.documents += len(wanted)
    there, forgiven = _posted(world.client, verdict), _undone_by_hand(world.client, bookkeeper)
    missing: list[return_lines.Wanted] = []
    for one in sorted(wanted, key=lambda one: not one.must):
        if not _take(there, one):
            missing.append(one)
            if not _take(forgiven, one) and one.must:
                verdict.lost.append(f"{one.name} stands nowhere: {_shown(one.lines[1])}")
    known = {line for one in wanted for pair in one.pairs() for line in pair}
    for line, count in (+there).items():
        if line in known:
            verdict.duplicated.append(f"{_shown(line)} stands {count} times too often")
        else:
            verdict.wrong.append(f"nobody told of {_shown(line)}")
    verdict.wrong += _find_wrong_balances(company, world, missing)
    verdict.wrong += _find_wrong_settlements(company, world, ledger)
    verdict.unsettled += _find_unsettled(ledger)


def _with_lookalikes(told: list[return_lines.Wanted], paid: list[return_lines.Wanted]) -> list[return_lines.Wanted]:
    """All of them; what the company tells of a customer just as the bank does may be held: it may be the same payment."""

    def like(one: return_lines.Wanted) -> tuple[int, Decimal]:
        return one.lines[1].customer, one.lines[1].amount

    both = {like(one) for one in told if one.lines[1].customer} & {like(one) for one in paid}
    return [one._replace(must=one.must and like(one) not in both) for one in (*told, *paid)]


def _take(lines: collections.Counter[return_lines.Line], one: return_lines.Wanted) -> bool:
    """Whether a movement is among the lines; its own are taken out."""
    found = next((pair for pair in one.pairs() if all(lines[line] > 0 for line in pair)), None)
    lines.subtract(found or ())
    return found is not None


def _ours(client: state_.Client) -> list[books.Voucher]:
    """The vouchers that we posted, those that were reversed too."""
    return [one for one in client.books.journal if one.reference]


def _posted(client: state_.Client, verdict: verdicts.Verdict) -> collections.Counter[return_lines.Line]:
    """The lines of movements that stand: those by which a voucher takes over its payments are checked, and left out."""
    found: collections.Counter[return_lines.Line] = collections.Counter()
    references = collections.Counter(one.reference for one in _ours(client) if not one.is_reversed)
    verdict.duplicated += [f"{count} vouchers stand under {name}" for name, count in references.items() if count > 1]
    for voucher in _ours(client):
        if sum(one.amount for one in voucher.entries):
            verdict.wrong.append(f"voucher {voucher.number} does not balance")
        if not voucher.is_reversed:
            lines = collections.Counter(return_lines.lines_of(voucher, client))
            lines.subtract(taken := return_lines.taken_over(voucher, lines))
            verdict.wrong += [f"voucher {voucher.number} does not take over {_shown(one)}" for one in taken if lines[one] < 0]
            found += lines
    return found


def _undone_by_hand(client: state_.Client, bookkeeper: movers.Bookkeeper) -> collections.Counter[return_lines.Line]:
    """Whoever reversed them wants them so: they may stand anew, and need not."""
    found: collections.Counter[return_lines.Line] = collections.Counter()
    for voucher in _ours(client):
        if voucher.id in bookkeeper.undone:
            found.update(return_lines.lines_of(voucher, client))
    return found


def _find_wrong_balances(
    company: movers.Company, world: counterparts.World, missing: Iterable[return_lines.Wanted]
) -> Iterator[str]:
    """2990 is what the company's own books say, without what is missing there; 1510 is nothing."""
    lacking: collections.defaultdict[str, Decimal] = collections.defaultdict(Decimal)
    for one in missing:
        lacking[one.lines[0].currency] += one.owed
    for currency, owed in _owed_since(company, world).items():
        stands = {movers.BALANCE: owed - lacking[currency], movers.CONTRA: Decimal(0)}
        for account, right in stands.items():
            there = sum(
                (
                    one.currency_amount
                    for voucher in _ours(world.client)
                    if not voucher.is_reversed
                    for one in voucher.entries
                    if (one.account, one.currency) == (account, currency)
                ),
                Decimal(0),
            )
            if there != right:
                yield f"{account} stands at {there} {currency}, the company says {right}"


def _owed_since(company: movers.Company, world: counterparts.World) -> dict[str, Decimal]:
    """By how much the company's debt has grown since return data began, without what no table has a row for."""
    owed = world.factoring.books.owed(counterparts.CLIENT_NUMBER, dt.date.max)
    grown = {currency: amount - company.owed_before()[currency] for currency, amount in owed.items()}
    if not company.posts_changes:
        for one in company.made:
            if one.made.kind == "balance_change":
                grown[one.made.currency] -= Decimal(one.made.amount)
    return grown


def _find_wrong_settlements(company: movers.Company, world: counterparts.World, ledger: opened.Ledger) -> Iterator[str]:
    """Numbers without holes, each opening the closing before it, and the last closing what the company owes."""
    table = return_tables.settlement
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.currency, table.c.number)).all()
    grown = _owed_since(company, world)
    last: dict[str, tuple[int, int]] = {}
    for row in rows:
        number, opening = last.get(row.currency, (0, _minor(company.owed_before()[row.currency])))
        if (row.number, row.opening) != (number + 1, opening):
            yield f"settlement {row.currency} {row.number} opens with {row.opening} after {number} with {opening}"
        last[row.currency] = (row.number, row.closing)
    for currency, amount in grown.items():
        closing = last.get(currency, (0, _minor(company.owed_before()[currency])))[1]
        right = _minor(amount + company.owed_before()[currency])
        if closing != right:
            yield f"the last settlement in {currency} closes with {closing}, the company owes {right}"


def _minor(amount: Decimal) -> int:
    return int(amount / _OERE)


def _find_unsettled(ledger: opened.Ledger) -> list[str]:
    delivery, document = tables.delivery, tables.document
    with ledger.reading() as connection:
        query = sa.select(document.c.source_key, delivery.c.state).join(document, document.c.id == delivery.c.document_id)
        rows = connection.execute(query.where(delivery.c.purpose == "return_data", delivery.c.state.in_(_DOUBTS))).all()
    return [f"{key} is {state}" for key, state in rows]


def _shown(line: return_lines.Line) -> str:
    on = f"customer {line.customer} invoice {line.invoice or '-'}" if line.customer else str(line.account)
    return f"{line.amount} {line.currency} on {on} on {line.day}"
