"""What the sandbox bank writes: pain.002 (.03, .10), camt.053 and camt.054 (.02, .08). Valid by the official schemas.

Source: the schemas of iso20022.org.
Assumed: what Norwegian banks put where, as in docs/integrations/bank.md; "waits for approval" is PDNG with the reason APPROVAL.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from sandboxes.bank import markup
from sandboxes.bank import orders as bank_orders


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One payment of a booking; `amount` signed as the account's owner sees it. `other` is the payer, or who was paid."""

    amount: Decimal
    reference: str
    kid: str = ""
    text: str = ""
    other_name: str = ""
    other_account: str = ""
    message_id: str = ""
    batch_id: str = ""
    instruction_id: str = ""
    end_to_end_id: str = ""
    return_reason: str = ""
    kind: str = "10"
    """As OCR giro names it, where the payment came in."""


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an account, made of its parts. `code` is family and subfamily."""

    on: dt.date
    reference: str
    code: tuple[str, str]
    parts: tuple[Part, ...]
    reversal: bool = False
    message_id: str = ""
    batch_id: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.parts), Decimal(0))


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What one message tells of one account. `sequence` and the balances are a statement's only."""

    account: str
    owner: str
    currency: str
    bic: str
    on: dt.date
    bookings: tuple[Booking, ...]
    sequence: int = 0
    opening: Decimal = Decimal(0)
    closing: Decimal = Decimal(0)


class Said(msgspec.Struct, frozen=True):
    """A status and why."""

    status: str
    code: str = ""
    text: str = ""


def status_report(
    version: Literal["03", "10"],
    message_id: str,
    at: dt.datetime,
    file: bank_orders.File,
    group: Said,
    said: Sequence[tuple[bank_orders.Order, Said]] = (),
) -> bytes:
    """pain.002: of the whole file, and of the payments named in `said`, batch by batch."""
    batches: dict[str, list[tuple[bank_orders.Order, Said]]] = {}
    for order, one in said:
        batches.setdefault(order.batch_id, []).append((order, one))
    body = markup.tag("GrpHdr", markup.tag("MsgId", message_id), markup.tag("CreDtTm", _time(at)))
    body += markup.tag(
        "OrgnlGrpInfAndSts",
        markup.tag("OrgnlMsgId", markup.text(file.message_id or "NOTPROVIDED")),
        markup.tag("OrgnlMsgNmId", file.message_name),
        markup.tag("OrgnlNbOfTxs", str(file.count)),
        markup.tag("OrgnlCtrlSum", f"{file.total:.2f}"),
        _status("GrpSts", group),
    )
    for batch_id, some in batches.items():
        payments = (
            markup.tag(
                "TxInfAndSts",
                markup.tag("OrgnlInstrId", markup.text(order.instruction_id)),
                markup.tag("OrgnlEndToEndId", markup.text(order.end_to_end_id)),
                _status("TxSts", one),
                markup.tag("AcctSvcrRef", order.reference),
            )
            for order, one in some
        )
        body += markup.tag("OrgnlPmtInfAndSts", markup.tag("OrgnlPmtInfId", markup.text(batch_id)), *payments)
    return markup.document(f"pain.002.001.{version}", "CstmrPmtStsRpt", body)


def notification(version: Literal["02", "08"], message_id: str, at: dt.datetime, page: Page) -> bytes:
    """camt.054: what moved on one account, payment by payment."""
    entries = "".join(_entry(version, page, one, with_parts=True) for one in page.bookings)
    head = markup.tag("Id", message_id) + markup.tag("CreDtTm", _time(at)) + _account(version, page)
    body = markup.tag("GrpHdr", markup.tag("MsgId", message_id), markup.tag("CreDtTm", _time(at))) + markup.tag(
        "Ntfctn", head, entries
    )
    return markup.document(f"camt.054.001.{version}", "BkToCstmrDbtCdtNtfctn", body)


def statement(version: Literal["02", "08"], message_id: str, at: dt.datetime, page: Page, *, with_parts: bool = False) -> bytes:
    """camt.053: one account's day. Batches are one line each, unless `with_parts`."""
    net = sum((one.amount for one in page.bookings), Decimal(0))
    amount, direction = markup.tag("TtlNetNtryAmt" if version == "02" else "Amt", f"{abs(net):.2f}"), _direction(net)
    totals = amount + direction if version == "02" else markup.tag("TtlNetNtry", amount, direction)
    summary = markup.tag("TxsSummry", markup.tag("TtlNtries", markup.tag("NbOfNtries", str(len(page.bookings))), totals))
    parts = (
        markup.tag("Id", message_id),
        markup.tag("ElctrncSeqNb", str(page.sequence)),
        markup.tag("CreDtTm", _time(at)),
        _account(version, page),
        _balance("OPBD", page.opening, page),
        _balance("CLBD", page.closing, page),
        summary,
        *(_entry(version, page, one, with_parts=with_parts or len(one.parts) == 1) for one in page.bookings),
    )
    body = markup.tag("GrpHdr", markup.tag("MsgId", message_id), markup.tag("CreDtTm", _time(at))) + markup.tag("Stmt", *parts)
    return markup.document(f"camt.053.001.{version}", "BkToCstmrStmt", body)


def _entry(version: str, page: Page, booking: Booking, *, with_parts: bool) -> str:
    family, subfamily = booking.code
    batch = ""
    if len(booking.parts) > 1:
        ids = markup.tag("MsgId", markup.text(booking.message_id)) + markup.tag("PmtInfId", markup.text(booking.batch_id))
        batch = markup.tag("Btch", ids, markup.tag("NbOfTxs", str(len(booking.parts))))
    details = "".join(_part(version, page.currency, one) for one in booking.parts) if with_parts else ""
    return markup.tag(
        "Ntry",
        _amount(booking.amount, page.currency),
        _direction(booking.amount),
        "<RvslInd>true</RvslInd>" if booking.reversal else "",
        markup.tag("Sts", "BOOK" if version == "02" else "<Cd>BOOK</Cd>"),
        *(markup.tag(name, markup.tag("Dt", booking.on.isoformat())) for name in ("BookgDt", "ValDt")),
        markup.tag("AcctSvcrRef", booking.reference),
        markup.tag(
            "BkTxCd",
            markup.tag("Domn", "<Cd>PMNT</Cd>", markup.tag("Fmly", markup.tag("Cd", family), markup.tag("SubFmlyCd", subfamily))),
        ),
        markup.tag("NtryDtls", batch, details),
    )


def _part(version: str, currency: str, part: Part) -> str:
    amount = _amount(part.amount, currency)
    name = markup.tag("Nm", markup.text(part.other_name))
    came_in = (part.amount > 0) != bool(part.return_reason)
    role = "Dbtr" if came_in else "Cdtr"
    return markup.tag(
        "TxDtls",
        markup.tag(
            "Refs",
            markup.tag("MsgId", markup.text(part.message_id)),
            markup.tag("AcctSvcrRef", part.reference),
            markup.tag("PmtInfId", markup.text(part.batch_id)),
            markup.tag("InstrId", markup.text(part.instruction_id)),
            markup.tag("EndToEndId", markup.text(part.end_to_end_id)),
        ),
        amount + _direction(part.amount) if version == "08" else markup.tag("AmtDtls", markup.tag("TxAmt", amount)),
        markup.tag(
            "RltdPties",
            markup.tag(role, name if version == "02" else markup.tag("Pty", name)),
            markup.tag(f"{role}Acct", markup.account(part.other_account)),
        ),
        markup.remittance(part.kid, part.text),
        markup.tag("RtrInf", markup.tag("Rsn", markup.tag("Cd", part.return_reason))),
    )


def _status(name: str, said: Said) -> str:
    kind = "Cd" if len(said.code) <= 4 else "Prtry"
    reason = markup.tag("Rsn", markup.tag(kind, said.code)) + markup.tag("AddtlInf", markup.text(said.text, 105))
    return markup.tag(name, said.status) + markup.tag("StsRsnInf", reason)


def _account(version: str, page: Page) -> str:
    bic = markup.tag("BIC" if version == "02" else "BICFI", page.bic)
    owner, bank = markup.tag("Ownr", markup.tag("Nm", markup.text(page.owner))), markup.tag("Svcr", markup.tag("FinInstnId", bic))
    return markup.tag("Acct", markup.account(page.account), markup.tag("Ccy", page.currency), owner, bank)


def _balance(code: str, amount: Decimal, page: Page) -> str:
    kind = markup.tag("Tp", markup.tag("CdOrPrtry", markup.tag("Cd", code)))
    return markup.tag(
        "Bal", kind, _amount(amount, page.currency), _direction(amount), markup.tag("Dt", markup.tag("Dt", page.on.isoformat()))
    )


def _amount(amount: Decimal, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{abs(amount):.2f}</Amt>'


def _direction(amount: Decimal) -> str:
    return markup.tag("CdtDbtInd", "DBIT" if amount < 0 else "CRDT")


def _time(at: dt.datetime) -> str:
    return at.isoformat(timespec="seconds")
