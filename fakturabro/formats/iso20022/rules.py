"""What a remittance must keep before a bank sees it, where the schema is content with less.

Source: the schemas' lengths; Bits' and Nordea's guides on references and structured remittance (docs/integrations/bank.md).
Assumed: banks refuse KID and text in one payment, and take at most 140 characters of text abroad and 25 lines of 140 at home.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from fakturabro.domain import bank_accounts, payments
from fakturabro.domain.findings import Severity
from fakturabro.formats.iso20022 import characters

_KID = re.compile(r"[0-9]{1,24}[0-9\-]")
_REFERENCE = re.compile(rf"RF[0-9]{{2}}[A-Z0-9]{{1,21}}|{_KID.pattern}")
_BIC = re.compile(r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?")
_CODE = re.compile(r"[A-Z0-9]{1,4}")
_BEARERS = frozenset({"", "DEBT", "CRED", "SHAR", "SLEV"})
_COUNTRY = re.compile(r"[A-Z]{2}")
_ACCOUNTS = {"bban": re.compile(r"(?!0{11})[0-9]{11}"), "iban": re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")}
_NAME = 140
_LONGEST = {"street": 70, "building": 16, "post_code": 16, "city": 35}


class Breach(NamedTuple):
    """A rule that is broken: its code in messages, how bad, which field, and what stood there."""

    code: str
    severity: Severity
    field: str
    value: str = ""


def check_remittance(remittance: payments.Remittance) -> Iterator[Breach]:
    """Everything but the payments: names of message and batches, accounts, one kind to a batch, no batch twice, none empty."""
    yield from check_header(remittance)
    if not remittance.batches:
        yield Breach("no_transactions", "block", "GrpHdr")
    known: set[str] = set()
    for batch in remittance.batches:
        yield from check_batch(batch)
        if batch.batch_id in known:
            yield Breach("repeated_batch", "block", "PmtInfId", batch.batch_id)
        known.add(batch.batch_id)
        kinds = {one.kind for one in batch.payments}
        if len(kinds) != 1:
            yield Breach("mixed_kinds" if kinds else "empty_batch", "block", "PmtInf", batch.batch_id)


def check_header(remittance: payments.Remittance) -> Iterator[Breach]:
    """The message itself: its name, its time and its sender."""
    if not characters.is_identifier(remittance.message_id):
        yield Breach("bad_identifier", "block", "MsgId", remittance.message_id)
    if not remittance.created_at.tzinfo:
        yield Breach("bad_time", "block", "CreDtTm", str(remittance.created_at))
    yield from _check_party(remittance.initiator, "InitgPty")


def check_batch(batch: payments.Batch) -> Iterator[Breach]:
    """The batch itself, whatever payments it has."""
    if not characters.is_identifier(batch.batch_id):
        yield Breach("bad_identifier", "block", "PmtInfId", batch.batch_id)
    if not is_account(batch.account):
        yield Breach("bad_account", "block", "DbtrAcct", batch.account.value)
    if batch.account.bic and not _BIC.fullmatch(batch.account.bic):
        yield Breach("bad_bic", "block", "DbtrAgt", batch.account.bic)
    yield from _check_party(batch.debtor, "Dbtr")
    for code in (batch.category, batch.service):
        if code and not _CODE.fullmatch(code):
            yield Breach("bad_code", "block", "PmtTpInf", code)


class Payments:
    """The rules of single payments, and what no two of one message may share."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def check(self, order: payments.PaymentOrder, batch: payments.Batch) -> Iterator[Breach]:
        """What is wrong with one payment of `batch`."""
        if not characters.is_identifier(order.end_to_end_id):
            yield Breach("bad_identifier", "block", "EndToEndId", order.end_to_end_id)
        elif order.end_to_end_id in self._known:
            yield Breach("repeated_payment", "block", "EndToEndId", order.end_to_end_id)
        self._known.add(order.end_to_end_id)
        if order.instruction_id and not characters.is_identifier(order.instruction_id):
            yield Breach("bad_identifier", "block", "InstrId", order.instruction_id)
        if not payments.is_payable(order.amount, order.currency):
            yield Breach("bad_amount", "block", "InstdAmt", f"{order.amount} {order.currency}")
        if not is_account(order.creditor.account):
            yield Breach("bad_account", "block", "CdtrAcct", order.creditor.account.value)
        if order.requested not in {None, batch.execution_date}:
            yield Breach("other_date", "block", "ReqdExctnDt", str(order.requested))
        if order.kind != payments.kind_of(order.creditor.account, order.currency, batch.category):
            yield Breach("other_kind", "block", "CtgyPurp", order.kind)
        yield from _check_message(order)
        yield from _check_creditor(order)


def _check_message(order: payments.PaymentOrder) -> Iterator[Breach]:
    if order.kid and any(order.text):
        yield Breach("kid_and_text", "block", "RmtInf", order.kid)
    if order.kid and not (_REFERENCE if order.kind == "foreign" else _KID).fullmatch(order.kid):
        yield Breach("bad_kid", "block", "RmtInf", order.kid)
    if len(order.text) > (1 if order.kind == "foreign" else 25) or any(not 0 < len(line) <= 140 for line in order.text):
        yield Breach("long_text", "block", "Ustrd", " ".join(order.text))
    if len(order.invoice_number) > 35:
        yield Breach("long_text", "block", "RfrdDocInf", order.invoice_number)
    for field, code in (("Purp", order.purpose), ("RgltryRptg", order.regulatory_code)):
        if code and not _CODE.fullmatch(code):
            yield Breach("bad_code", "block", field, code)
    if order.charge_bearer not in _BEARERS:
        yield Breach("bad_code", "block", "ChrgBr", order.charge_bearer)


def _check_creditor(order: payments.PaymentOrder) -> Iterator[Breach]:
    creditor = order.creditor
    yield from _check_name_and_address(creditor.name, creditor.address, "Cdtr")
    bic = creditor.account.bic
    if bic and not _BIC.fullmatch(bic):
        yield Breach("bad_bic", "block", "CdtrAgt", bic)
    if len(creditor.agent) > _NAME:
        yield Breach("long_text", "block", "CdtrAgt", creditor.agent)
    if order.kind == "foreign" and not bic and not creditor.agent and creditor.account.scheme == "other":
        yield Breach("no_bank", "block", "CdtrAgt", creditor.account.value)


def _check_party(party: payments.Party, at: str) -> Iterator[Breach]:
    yield from _check_name_and_address(party.name, party.address, at)
    if party.identifier and not characters.is_identifier(party.identifier):
        yield Breach("bad_identifier", "block", f"{at}/Id", party.identifier)
    if party.identifier_scheme not in {"", "CUST", "BANK"}:
        yield Breach("bad_code", "block", f"{at}/Id", party.identifier_scheme)


def _check_name_and_address(name: str, address: payments.Address | None, at: str) -> Iterator[Breach]:
    if not name.strip():
        yield Breach("missing_name", "block", at)
    if len(name) > _NAME:
        yield Breach("long_text", "block", at, name)
    if address is None:
        return
    for field, most in _LONGEST.items():
        if len(text := getattr(address, field)) > most:
            yield Breach("long_text", "block", f"{at}/{field}", text)
    if address.country and not _COUNTRY.fullmatch(address.country):
        yield Breach("bad_code", "block", f"{at}/Ctry", address.country)
    if len(address.lines) > 7 or any(not 0 < len(line) <= 70 for line in address.lines):
        yield Breach("long_text", "block", f"{at}/AdrLine", " ".join(address.lines))


def is_account(account: payments.Account) -> bool:
    """Whether an account is written as it must be and its check digits are right; other banks' own numbers have none."""
    if account.currency and payments.decimals(account.currency) is None:
        return False
    if account.scheme == "other":
        return characters.is_identifier(account.value) and len(account.value) <= 34
    return _ACCOUNTS[account.scheme].fullmatch(account.value) is not None and bank_accounts.is_account(account.value)
