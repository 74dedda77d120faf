"""Files to the bank that were made, did not leave, and may not go as they are: they are given up, and their payments wait again.

What was ever in doubt goes as it is or not at all: the bank knows its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from fakturabro.domain import calendar
from fakturabro.ledger.payments import answers, bank_files
from fakturabro.ledger.payments import files as payment_files
from fakturabro.ledger.payments import orders as payment_orders
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
        rows = payment_files.find_deliveries(ledger, slot.tenant, file.id)
        states = {row.state for row in rows}
        orders = payment_orders.find_orders(ledger, slot.tenant, [row.document_id for row in rows])
        is_as_made = file.place == connect_bank.place(chosen) and _is_on_time(slot, chosen, file, orders)
        may_go = states == {"planned"} and is_as_made and may_pay(chosen, orders)
        if not may_go and not states & _SENT and not answers.find_doubt(ledger, slot.tenant, [row.id for row in rows]):
            payment_files.discard(ledger, slot.tenant, file.id, bank_messages.STALE, slot.run)


def may_pay(chosen: bank_options.BankOptions, orders: Sequence[payment_orders.Order]) -> bool:
    """Whether all of them go from accounts that the tenant pays from today."""
    found = [chosen.find_account(number) for number in {one.account for one in orders}]
    return all(account is not None and account.pays for account in found)


def _is_on_time(
    slot: runs.Slot, chosen: bank_options.BankOptions, file: bank_files.File, orders: Sequence[payment_orders.Order]
) -> bool:
    """Whether each payment would get the day today that it got when the file was made."""
    made, moves = file.received_at.astimezone(calendar.OSLO).date(), chosen.guards.moves_to_banking_day
    days = {one.due for one in orders}
    then = {calendar.payable_day(day, made, moves=moves) for day in days}
    return then == {calendar.payable_day(day, slot.business_date, moves=moves) for day in days}
