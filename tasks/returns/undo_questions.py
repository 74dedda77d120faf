"""What approvers are shown before a voucher is reversed: what is in it, and where that would be posted anew."""

from __future__ import annotations

from collections import Counter

from fakturabro.domain import money, return_data
from fakturabro.ledger.payments import answers
from fakturabro.ledger.returns import movements, settlements, vouchers
from tasks import connect, runs
from tasks.bank import questions as bank_questions
from tasks.returns import options, voucher_messages


def make(
    slot: runs.Slot, chosen: options.ReturnDataOptions, voucher: vouchers.Voucher, subject: str, *, by_hand: bool = False
) -> bank_questions.Question:
    """The question on one voucher. `by_hand`: it is reversed in PowerOffice already; only its movements are left to be posted."""
    ledger = connect.current().ledger
    rows = movements.find(ledger, slot.tenant, vouchers.find_carried(ledger, slot.tenant, voucher.id).document_ids)
    (settlement,) = settlements.find(ledger, slot.tenant, [voucher.settlement_id])
    counts, sums = Counter[str](row.kind for row in rows), Counter[str]()
    for row in rows:
        sums[row.kind] += row.amount
    kinds: list[return_data.MovementKind] = [kind for kind in return_data.KINDS if kind in counts]
    of_kind = [voucher_messages.of_kind(kind, counts[kind], money.norwegian(sums[kind], settlement.currency)) for kind in kinds]
    shown = {
        "voucher_no": str(voucher.voucher_no),
        "voucher_date": f"{voucher.day:%d.%m.%Y}",
        "settlement": str(settlement.number),
        "movements": str(len(rows)),
        "sum": "\n".join(of_kind),
        "anew": "\n".join(_anew(chosen, kind) for kind in kinds),
    }
    shown |= {"reversed_by_hand": voucher_messages.REVERSED_BY_HAND} if by_hand else {}
    return bank_questions.Question(kind=answers.UNDO_VOUCHER, subject=subject, shown=shown, caused_by=f"run:{slot.run}")


def _anew(chosen: options.ReturnDataOptions, kind: return_data.MovementKind) -> str:
    """The accounts that a kind is posted on now."""
    row, accounts = chosen.posting_table.get(kind), chosen.accounts.by_role
    sides = () if row is None else (row.debit, row.credit)
    return voucher_messages.anew(kind, [accounts[one].number if one in accounts else "" for one in sides])
