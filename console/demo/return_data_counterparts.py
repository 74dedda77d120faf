"""The demo's proof for return data: the client's books in PowerOffice against what the factoring company knows, to the øre."""

from __future__ import annotations

import base64
import collections
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from console import serving
from console.demo import return_data
from data_quality import messages as sentences
from fakturabro.ledger import findings, opened, tables
from fakturabro.ledger.returns import movements
from fakturabro.ledger.returns import tables as return_tables

_Voucher = Mapping[str, Any]
_INVOICED = ("OutgoingInvoice", "OutgoingCreditNote", "IncomingInvoice")
_ROUNDED = Decimal("0.05")


class Ours(NamedTuple):
    """What our ledger says of one tenant."""

    origins: Mapping[str, int]
    settlements: int
    vouchers: dict[str, str]
    """Reference -> state."""
    held: dict[str, str]
    """Movement's number -> why, in words."""


def check(installation: serving.Installation) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """(figures by tenant, what is wrong, a sentence each)."""
    state = return_data.fetch_state(installation)
    figures: dict[str, dict[str, Any]] = {}
    faults: list[str] = []
    ledger = opened.open_ledger(installation.ledger, base64.b64decode(installation.secrets["ledger.key"]))
    try:
        for tenant, company in installation.clients().items():
            vouchers = return_data.fetch_vouchers(installation, company["client_key"])
            reckoned = return_data.reckon(state, company["factoring_number"], tenant)
            ours = _read(ledger, tenant)
            faults += [f"{tenant}: {fault}" for fault in find_faults(vouchers, reckoned, ours)]
            figures[tenant] = _figures(vouchers, reckoned, ours)
    finally:
        ledger.close()
    return figures, faults


def find_faults(vouchers: Sequence[_Voucher], reckoned: return_data.Reckoned, ours: Ours) -> Iterator[str]:
    """Everything that is not as it should be with one client."""
    stands = read_lines(vouchers)
    yield from check_vouchers(vouchers, ours.vouchers)
    yield from check_lines(reckoned.lines, stands)
    yield from check_balance(stands, reckoned)
    for number in sorted(reckoned.held.keys() ^ ours.held.keys()):
        yield f"bevegelse {number} {'holdes' if number in ours.held else 'skulle vært holdt'}"


def _figures(vouchers: Sequence[_Voucher], reckoned: return_data.Reckoned, ours: Ours) -> dict[str, Any]:
    states = collections.Counter(ours.vouchers.values())
    return {
        "movements": {"bank": ours.origins.get("bank", 0), "told": ours.origins.get("told", 0)},
        "settlements": ours.settlements,
        "vouchers": {"standing": states["posted"], "reversed": states["reversed"]},
        "held": ours.held,
        "customer_contra": str(balance_of(vouchers, return_data.CONTRA)),
        "balance": {currency: str(amount) for currency, amount in balances(read_lines(vouchers)).items()},
        "balance_held": str(sum(reckoned.held.values(), Decimal("0.00"))),
        "owed": {currency: str(amount) for currency, amount in reckoned.owed.items()},
        "trial_balance": str(sum_of(vouchers)),
    }


def _read(ledger: opened.Ledger, tenant: str) -> Ours:
    movement, voucher, settlement = return_tables.movement, return_tables.return_voucher, return_tables.settlement
    with ledger.reading() as connection:
        rows = connection.execute(
            sa.select(movement.c.origin, tables.document.c.id, tables.document.c.number, tables.delivery.c.state)
            .join(tables.document, tables.document.c.id == movement.c.document_id)
            .join(tables.delivery, tables.delivery.c.document_id == movement.c.document_id)
            .where(movement.c.tenant == tenant)
        ).all()
        made = sa.select(voucher.c.reference, voucher.c.state).where(voucher.c.tenant == tenant, voucher.c.kind == "post")
        vouchers = {reference: state for reference, state in connection.execute(made)}
        counted = sa.select(sa.func.count()).select_from(settlement).where(settlement.c.tenant == tenant)
        settlements = connection.execute(counted).scalar_one()
    waiting = {row.id: row.number for row in rows if row.state not in ("accepted", "skipped")}
    found = findings.read(ledger, tenant, list(waiting))
    said = {i: " ".join(sentences.sentence(one, kind=movements.KIND) for one in found.get(i, [])) for i in waiting}
    origins = collections.Counter(row.origin for row in rows)
    return Ours(origins, settlements, vouchers, {number: said[i] for i, number in waiting.items()})


def read_lines(vouchers: Iterable[_Voucher]) -> return_data.Lines:
    """What stands on each account, in the currency of each entry, from all that is no invoice; differences in rates apart."""
    lines: defaultdict[return_data.Line, Decimal] = defaultdict(Decimal)
    for entry in (entry for one in vouchers if one["kind"] not in _INVOICED for entry in one["entries"]):
        if entry["account"] != return_data.ROUNDING:
            on = f"{entry['customer']}/{entry['invoice'] or ''}" if entry["account"] == return_data.CUSTOMERS else ""
            lines[entry["currency"], entry["account"], on] += entry["currency_amount"]
    return {line: amount for line, amount in lines.items() if amount}


def check_lines(reckoned: return_data.Lines, stands: return_data.Lines) -> list[str]:
    """Each account, each invoice of each customer: as reckoned."""
    return [
        f"konto {account}{f' ({on})' if on else ''} har {stands.get(line, Decimal(0))} {currency} i PowerOffice, "
        f"skulle hatt {reckoned.get(line, Decimal(0))}"
        for line in sorted(reckoned.keys() | stands.keys())
        for currency, account, on in [line]
        if reckoned.get(line, Decimal(0)) != stands.get(line, Decimal(0))
    ]


def check_vouchers(vouchers: Sequence[_Voucher], ours: Mapping[str, str]) -> list[str]:
    """Double entry, and each of our vouchers (reference -> state in our ledger) once, or reversed by one that undoes all of it."""
    faults = [f"bilag {one['number']} går ikke opp" for one in vouchers if sum(entry["amount"] for entry in one["entries"])]
    standing = collections.Counter(one["reference"] for one in vouchers if one["reference"] and not one["is_reversed"])
    wanted = {reference for reference, state in ours.items() if state == "posted"}
    faults += [f"bilaget {reference} mangler i PowerOffice" for reference in sorted(wanted - standing.keys())]
    faults += [f"bilaget {reference} står {standing[reference]} ganger" for reference in standing if standing[reference] > 1]
    faults += [f"bilaget {reference} er ikke vårt" for reference in sorted(standing.keys() - wanted)]
    turned = collections.Counter(one["reverses"][0] for one in vouchers if one["reverses"])
    reversed_ = {one["id"]: one["number"] for one in vouchers if one["is_reversed"]}
    faults += [f"bilag {number} er tilbakeført {turned[id_]} ganger" for id_, number in reversed_.items() if turned[id_] != 1]
    over = balance_of((one for one in vouchers if one["kind"] not in _INVOICED), return_data.ROUNDING)
    return faults + ([f"øreavrundingen er {over}"] if abs(over) > _ROUNDED else [])


def check_balance(stands: return_data.Lines, reckoned: return_data.Reckoned) -> list[str]:
    """The balance in PowerOffice and what is held back are, in each currency, what the factoring company owes."""
    found = balances(stands)
    held = sum(reckoned.held.values(), Decimal(0))
    return [
        f"mellomværende i {currency} er {found.get(currency, 0)} i PowerOffice, {owed} hos factoringselskapet, {held} holdes"
        for currency, owed in reckoned.owed.items()
        if found.get(currency, Decimal(0)) + (held if currency == "NOK" else 0) != owed
    ]


def balances(stands: return_data.Lines) -> dict[str, Decimal]:
    """What stands on the balance with the factoring company, by currency."""
    return {currency: amount for (currency, account, _), amount in stands.items() if account == return_data.BALANCE}


def sum_of(vouchers: Iterable[_Voucher]) -> Decimal:
    """The trial balance's sum: every entry of every voucher."""
    return sum((entry["amount"] for one in vouchers for entry in one["entries"]), Decimal("0.00"))


def balance_of(vouchers: Iterable[_Voucher], account: int) -> Decimal:
    """What stands on an account of the chart, in the client's currency."""
    entries = (entry for one in vouchers for entry in one["entries"])
    return sum((entry["amount"] for entry in entries if entry["account"] == account), Decimal("0.00"))
