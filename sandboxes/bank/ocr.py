"""OCR giro as the sandbox bank (and Nets behind it) writes it: records of 80 characters, made by hand here, not by our own format.

Source: Nets, "System specification OCR giro".
Assumed: types 18 and 20 (money taken back) count in the totals as they stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sandboxes.bank import messages as bank_messages

_TAKEN_BACK = "18"


def write(  # one transmission with one assignment, as a bank makes each morning
    number: int, agreement: str, account: str, on: dt.date, bookings: Sequence[bank_messages.Booking], *, wrong_by: int = 0
) -> bytes:
    """The payments of an account's bookings; each booking is one settlement. `wrong_by` øre spoil the stated totals."""
    day, records, total, count = f"{on:%d%m%y}", 2, wrong_by, 0
    body: list[str] = []
    for booking in bookings:
        for part in booking.parts:
            count, records = count + 1, records + 2
            kind = part.kind if part.amount > 0 else _TAKEN_BACK
            ore = int(abs(part.amount) * 100)
            total += ore
            settlement = f"13{on:%d}{0 if kind == _TAKEN_BACK else 1}{booking.reference[-5:]}"
            payer = part.other_account if kind != _TAKEN_BACK and len(part.other_account) == 11 else "0" * 11
            body.append(f"NY09{kind}30{count:07}{booking.on:%d%m%y}{settlement}0{ore:017}{part.kid:>25}{'0' * 6}")
            body.append(
                f"NY09{kind}31{count:07}{part.reference[-10:]:>010}{part.reference[-9:]:>09}{'0' * 7}{day}{payer}{'0' * 22}"
            )
    days = [one.on for one in bookings] or [on]
    lines = [
        f"NY000010{'00008080'}{number:07}{agreement[-8:]:>08}{'0' * 49}",
        f"NY090020{agreement:>09}{number:07}{account}{'0' * 45}",
        *body,
        f"NY090088{count:08}{records:08}{total:017}{day}{min(days):%d%m%y}{max(days):%d%m%y}{'0' * 21}",
        f"NY000089{count:08}{records + 2:08}{total:017}{day}{'0' * 33}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")
