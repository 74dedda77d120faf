"""Files to the bank that were made, did not leave, and may not go as they are: they are given up, and their payments wait again.

What was ever in doubt goes as it is or not at all: the bank knows its name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from fakturabro.domain import calendar
from fakturabro.ledger.payments import answers, bank_files
from fakturabro.ledger.payments import files as payment_files
from tasks import connect, runs
from tasks.bank import folders as connect_bank
from tasks.bank import messages as bank_messages
from tasks.bank import options as bank_options

_SENT = frozenset({"sending", "accepted", "in_doubt", "rejected"})


def discard(slot: runs.Slot, chosen: bank_options.BankOptions) -> None:
    """Give up the files of which something was stopped, whose folder at the bank is another now, whose account may not pay any
    more, or whose days have passed. Blocks.
    """
    ledger = connect.current().ledger
    for file in bank_files.find_standing(ledger, slot.tenant, "bank", "out", ["made"]):
        carried = payment_files.find_carried(ledger, slot.tenant, file.id)
        is_as_made = file.place == connect_bank.place(chosen) and _is_on_time(slot, chosen, file, carried.days)
        may_go = carried.states == {"planned"} and is_as_made and may_pay(chosen, carried.accounts)
        if not may_go and not carried.states & _SENT and not answers.find_doubt(ledger, slot.tenant, carried.delivery_ids):
            payment_files.discard(ledger, slot.tenant, file.id, bank_messages.STALE, slot.run)


def may_pay(chosen: bank_options.BankOptions, accounts: Collection[str]) -> bool:
    """Whether the tenant pays from all these accounts today."""
    found = [chosen.find_account(number) for number in accounts]
    return all(account is not None and account.pays for account in found)


def _is_on_time(slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, days: Collection[dt.date]) -> bool:
    """Whether the payments due on these days would get the days today that they got when the file was made."""
    made, moves = file.received_at.astimezone(calendar.OSLO).date(), chosen.guards.moves_to_banking_day
    then, now = ({calendar.payable_day(day, on, moves=moves) for day in days} for on in (made, slot.business_date))
    return then == now
