"""The Norwegian page of payments that a run leaves in the Prefect UI: by stage, oldest first, and the files that carry them."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Mapping, Sequence

from fakturabro.domain import calendar, money
from fakturabro.ledger.payments import ages as payment_ages
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import orders as payment_orders

STAGES = {
    "entered": "tatt inn",
    "handed_over": "overlevert",
    "received": "mottatt av banken",
    "waiting_for_approval": "venter på godkjenning i banken",
    "accepted": "godtatt av banken",
    "insufficient_funds": "venter på dekning",
    "executed": "utført",
    "rejected": "avvist",
    "returned": "kom i retur",
    "cancelled": "ikke betalt",
}
_SHOWN = 50
_FILES = {"made": "laget, ikke overlevert", "handed_over": "overlevert"}
_TO_DO = {
    "entered": "Venter på godkjenning, retting eller neste kjøring. Siden «Holdt tilbake» sier hvorfor.",
    "handed_over": "Venter på kvittering fra banken.",
    "received": "Venter på forfall, eller på godkjenning i nettbanken.",
    "waiting_for_approval": "Må godkjennes i nettbanken.",
    "accepted": "Venter på forfall.",
    "insufficient_funds": "Fyll på kontoen.",
}


def page(
    tenant: str,
    tallies: Sequence[payment_ages.Tally],
    files: Sequence[bank_files.File],
    said: Sequence[str],
    now: dt.datetime,
) -> str:
    """Everything on one page, in Markdown."""
    lines = [f"# Betalinger for {tenant}", "", *(f"> {sentence}\n" for sentence in said)]
    if not tallies:
        return "\n".join([*lines, "Ingen betalinger."])
    lines += ["|Hvor de står|Antall|Sum|Eldste|Hva må gjøres|", "|---|--:|--:|---|---|"]
    lines += [
        f"|{STAGES[one.stage]}|{one.count}|{money.norwegian(one.amount, one.currency)}|{_age(one.oldest, now)}|"
        f"{_TO_DO.get(one.stage, '')}|"
        for one in tallies
    ]
    if files:
        lines += ["", "## Filer til banken", "", "|Fil|Sendt som|Antall|Sum|Laget|Stand|", "|---|---|--:|--:|---|---|"]
        lines += [_file(one) for one in files[-_SHOWN:]]
    if len(files) > _SHOWN:
        lines += ["", f"De {_SHOWN} nyeste av {len(files)} filer."]
    return "\n".join(lines)


def count_and_sum(orders: Sequence[payment_orders.Order]) -> str:
    """How many, and what they are worth."""
    return f"{len(orders)} {'betaling' if len(orders) == 1 else 'betalinger'} på {sums(orders)}"


def sums(orders: Sequence[payment_orders.Order]) -> str:
    """What payments are worth, by currency."""
    found = collections.Counter[str]()
    for one in orders:
        found[one.currency] += one.amount
    return _amounts(found)


def _amounts(found: Mapping[str, int]) -> str:
    return ", ".join(money.norwegian(amount, currency) for currency, amount in sorted(found.items()))


def _file(one: bank_files.File) -> str:
    made = f"{one.received_at.astimezone(calendar.OSLO):%d.%m.%Y %H:%M}"
    return f"|{one.name}|{one.message_id}|{one.count}|{_amounts(one.sums)}|{made}|{_FILES[one.state]}|"


def _age(at: dt.datetime, now: dt.datetime) -> str:
    days, hours = (now - at).days, (now - at).seconds // 3600
    return f"{days} {'dag' if days == 1 else 'dager'}" if days else f"{hours} {'time' if hours == 1 else 'timer'}"
