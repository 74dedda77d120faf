"""The payment file (pain.001) that an accounting or salary system leaves in its folder, faults of its users included.

Source: pain.001.001.03 and .09 of iso20022.org.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from sandboxes.bank import markup


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is to be paid; with a KID or a text."""

    end_to_end_id: str
    name: str
    account: str
    amount: Decimal
    kid: str = ""
    text: str = ""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Payments of one day; salary where `category` is SALA."""

    batch_id: str
    on: dt.date
    payments: Sequence[Payment]
    category: str = ""


def write(
    version: Literal["03", "09"], message_id: str, at: dt.datetime, payer: tuple[str, str, str], batches: Sequence[Batch]
) -> bytes:
    """The file; `payer` is name, organisation number and account."""
    everything = [one for batch in batches for one in batch.payments]
    name, number, _ = payer
    identity = markup.tag("OrgId", markup.tag("Othr", markup.tag("Id", number), "<SchmeNm><Cd>CUST</Cd></SchmeNm>"))
    header = markup.tag("MsgId", message_id) + markup.tag("CreDtTm", at.isoformat(timespec="seconds")) + _sums(everything)
    header += markup.tag("InitgPty", markup.tag("Nm", markup.text(name)), markup.tag("Id", identity))
    body = markup.tag("GrpHdr", header) + "".join(_batch(version, payer, one) for one in batches)
    return markup.document(f"pain.001.001.{version}", "CstmrCdtTrfInitn", body)


def _batch(version: str, payer: tuple[str, str, str], batch: Batch) -> str:
    day, (name, _, account) = batch.on.isoformat(), payer
    return markup.tag(
        "PmtInf",
        markup.tag("PmtInfId", batch.batch_id),
        "<PmtMtd>TRF</PmtMtd>",
        _sums(batch.payments),
        markup.tag("PmtTpInf", markup.tag("CtgyPurp", markup.tag("Cd", batch.category))),
        markup.tag("ReqdExctnDt", day if version == "03" else markup.tag("Dt", day)),
        markup.tag("Dbtr", markup.tag("Nm", markup.text(name))),
        markup.tag("DbtrAcct", markup.account(account), "<Ccy>NOK</Ccy>"),
        "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>",
        *(_payment(one) for one in batch.payments),
    )


def _payment(one: Payment) -> str:
    return markup.tag(
        "CdtTrfTxInf",
        markup.tag("PmtId", markup.tag("EndToEndId", one.end_to_end_id)),
        f'<Amt><InstdAmt Ccy="NOK">{one.amount:.2f}</InstdAmt></Amt>',
        markup.tag("Cdtr", markup.tag("Nm", markup.text(one.name))),
        markup.tag("CdtrAcct", markup.account(one.account)),
        markup.remittance(one.kid, one.text),
    )


def _sums(payments: Sequence[Payment]) -> str:
    total = sum((one.amount for one in payments), Decimal(0))
    return markup.tag("NbOfTxs", str(len(payments))) + markup.tag("CtrlSum", f"{total:.2f}")
