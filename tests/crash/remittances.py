"""What the accounting system wants paid, and the files in which it says so: pain.001 by hand, not by our own format."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal
from xml.sax import saxutils

import msgspec

from fakturabro.domain import bank_accounts, kid

Fate = Literal["paid", "returned", "refused by the bank", "wrong KID"]
_LIKELY: dict[Fate, float] = {"paid": 0.78, "returned": 0.06, "refused by the bank": 0.06, "wrong KID": 0.1}


def account(number: int) -> str:
    """A Norwegian account that can exist, the next one from `number`."""
    first = next(one for one in range(number, number + 20) if bank_accounts.check_digit(f"{one:010}"))
    return f"{first:010}{bank_accounts.check_digit(f'{first:010}')}"


PAYS_FROM = account(1503208011)
CLOSED, UNKNOWN = account(1594100001), account(1594200002)
_CREDITORS = {"Østfold Rør AS": account(1203111111), "Bryn & Sønner": account(1203222222), "Kari Lie": account(1203333333)}
_MOVED = account(1207444444)
"""Where a creditor suddenly wants its money."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One payment. No two wishes have the same amount: by it a payment is known everywhere, whatever it is called."""

    name: str
    creditor: str
    amount: Decimal
    kid: str
    text: str
    due: dt.date
    fate: Fate


class Remittance(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was handed over; what stands in it may stand in other ones, too."""

    name: str
    content: bytes
    wishes: tuple[Wish, ...]


class Books:
    """The accounting system: what it wanted, and the files that it made of that."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.wishes: list[Wish] = []
        self.files: list[Remittance] = []

    def remit(self, today: dt.date) -> Remittance:
        """A new file of some payments, most of them in order."""
        wishes = tuple(self._wish(today) for _ in range(self._chance.randint(1, 5)))
        return self._write(wishes)

    def repeat(self) -> Remittance:
        """An earlier file: the very same under another name, or what stands in it under new numbers."""
        known = self._chance.choice(self.files)
        if self._chance.random() < 0.5:
            return msgspec.structs.replace(known, name=f"kopi-{len(self.files)}-{known.name}")
        return self._write(known.wishes)

    def _wish(self, today: dt.date) -> Wish:
        number = len(self.wishes) + 1
        fate = self._chance.choices(list(_LIKELY), list(_LIKELY.values()))[0]
        name = self._chance.choice(list(_CREDITORS))
        creditor = {"returned": CLOSED, "refused by the bank": UNKNOWN}.get(fate, _CREDITORS[name])
        if fate == "paid" and self._chance.random() < 0.1:
            creditor = _MOVED
        payload = f"{770000 + number}"
        digit = kid.check_digit(payload, "mod10")
        right = {digit, kid.check_digit(payload, "mod11")}
        wrong = next(one for one in "0123456789" if one not in right)
        with_kid = fate == "wrong KID" or self._chance.random() < 0.7
        wish = Wish(
            name=name,
            creditor=creditor,
            amount=Decimal(1000 * number + self._chance.randint(1, 99_999) % 1000) + Decimal("0.25"),
            kid=f"{payload}{wrong if fate == 'wrong KID' else digit}" if with_kid else "",
            text="" if with_kid else f"Tak for lån, del {number}",
            due=today + dt.timedelta(days=self._chance.choice((0, 0, 1, 2))),
            fate=fate,
        )
        self.wishes.append(wish)
        return wish

    def _write(self, wishes: Sequence[Wish]) -> Remittance:
        number = len(self.files) + 1
        version = self._chance.choice(("03", "09"))
        made = Remittance(
            name=f"lonn-{number:03}.xml", content=to_pain001(f"REM{number:04}", wishes, version), wishes=tuple(wishes)
        )
        self.files.append(made)
        return made


def to_pain001(message_id: str, wishes: Sequence[Wish], version: str = "09") -> bytes:
    """One batch for each day."""
    days = sorted({one.due for one in wishes})
    batches = "".join(
        _batch(f"{message_id}-{at}", day, [one for one in wishes if one.due == day], version) for at, day in enumerate(days)
    )
    total = sum(one.amount for one in wishes)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}">'
        f"<CstmrCdtTrfInitn><GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-03-01T08:00:00</CreDtTm>"
        f"<NbOfTxs>{len(wishes)}</NbOfTxs><CtrlSum>{total}</CtrlSum><InitgPty><Nm>Nidelven</Nm></InitgPty></GrpHdr>"
        f"{batches}</CstmrCdtTrfInitn></Document>"
    ).encode()


def _batch(batch_id: str, day: dt.date, wishes: Sequence[Wish], version: str) -> str:
    date, bic = (f"<Dt>{day}</Dt>", "BICFI") if version == "09" else (f"{day}", "BIC")
    payments = "".join(_payment(f"{batch_id}-{at}", one) for at, one in enumerate(wishes))
    return (
        f"<PmtInf><PmtInfId>{batch_id}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>{len(wishes)}</NbOfTxs>"
        f"<CtrlSum>{sum(one.amount for one in wishes)}</CtrlSum><ReqdExctnDt>{date}</ReqdExctnDt>"
        f"<Dbtr><Nm>Nidelven</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{PAYS_FROM}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></DbtrAcct>"
        f"<DbtrAgt><FinInstnId><{bic}>SPSONO22</{bic}></FinInstnId></DbtrAgt>{payments}</PmtInf>"
    )


def _payment(end_to_end_id: str, wish: Wish) -> str:
    said = f"<Ustrd>{wish.text}</Ustrd>"
    if wish.kid:
        said = f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{wish.kid}</Ref></CdtrRefInf></Strd>"
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>{end_to_end_id}</InstrId><EndToEndId>{end_to_end_id}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="NOK">{wish.amount}</InstdAmt></Amt><Cdtr><Nm>{saxutils.escape(wish.name)}</Nm></Cdtr>'
        f"<CdtrAcct><Id><Othr><Id>{wish.creditor}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></CdtrAcct>"
        f"<RmtInf>{said}</RmtInf></CdtTrfTxInf>"
    )
