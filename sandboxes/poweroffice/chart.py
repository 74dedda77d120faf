"""The chart of accounts and the VAT codes that every client starts with: what factoring needs, and what takes no posting.

Source: poweroffice-go-v2.openapi.yaml (GeneralLedgerAccountDto, VatCodeDto); SAF-T's standard VAT codes.
Assumed: which account of the chart a VAT code's amount stands on.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

CUSTOMERS, SUPPLIERS, SALES, PURCHASES, ROUNDING, BANK = 1500, 2400, 3000, 4300, 7740, 1920
CLOSED, LOCKED_TO_VAT, NEEDS_DEPARTMENT, NEEDS_PROJECT, IN_EUROS = 6971, 6980, 6990, 6995, 1921
NO_VAT, FULL_VAT, UNUSED_VAT = 6, 7, 19
"""Ids of VAT codes: none, deductible at the full rate, one that nobody uses."""
_OUTGOING, _INCOMING = 2700, 2710
_ACCOUNTS: tuple[tuple[int, str, str, dict[str, Any]], ...] = (
    (CUSTOMERS, "Kundefordringer", "Asset", {}),
    (1510, "Kundefordringer hos factoringselskap", "Asset", {}),
    (1515, "Tilbakeholdt hos factoringselskap", "Asset", {}),
    (BANK, "Bank", "Asset", {}),
    (IN_EUROS, "Bank, euro", "Asset", {"CurrencyCode": "EUR"}),
    (SUPPLIERS, "Leverandørgjeld", "Liability", {}),
    (_OUTGOING, "Utgående merverdiavgift", "Liability", {}),
    (_INCOMING, "Inngående merverdiavgift", "Liability", {}),
    (2990, "Mellomværende med factoringselskap", "Liability", {}),
    (SALES, "Salgsinntekt", "Income", {}),
    (PURCHASES, "Varekjøp", "Expense", {}),
    (6970, "Administrative gebyrer, factoring", "Expense", {"VatCodeId": FULL_VAT, "VatCode": "1"}),
    (CLOSED, "Factoringgebyrer før 2020", "Expense", {"IsActive": False}),
    (6975, "Finansielle gebyrer, factoring", "Expense", {}),
    (LOCKED_TO_VAT, "Gebyrer med mva", "Expense", {"VatCodeId": FULL_VAT, "VatCode": "1", "IsVatCodeLocked": True}),
    (NEEDS_DEPARTMENT, "Gebyrer per avdeling", "Expense", {"IsDepartmentRequired": True}),
    (NEEDS_PROJECT, "Gebyrer per prosjekt", "Expense", {"IsProjectRequired": True}),
    (ROUNDING, "Øreavrunding", "Expense", {}),
    (7830, "Tap på fordringer", "Expense", {}),
)
_VAT_CODES = (
    (NO_VAT, "0", "Ingen mva-behandling", "0", ROUNDING),
    (FULL_VAT, "1", "Inngående mva, alminnelig sats", "0.25", _INCOMING),
    (8, "11", "Inngående mva, redusert sats, middels", "0.15", _INCOMING),
    (10, "13", "Inngående mva, redusert sats, lav", "0.12", _INCOMING),
    (9, "3", "Utgående mva, alminnelig sats", "0.25", _OUTGOING),
    (11, "31", "Utgående mva, redusert sats, middels", "0.15", _OUTGOING),
    (12, "33", "Utgående mva, redusert sats, lav", "0.12", _OUTGOING),
    (13, "5", "Innenlands omsetning og uttak fritatt for mva", "0", _OUTGOING),
    (UNUSED_VAT, "C1", "Egen kode, ute av bruk", "0.25", _INCOMING),
    (20, "C2", "Egen kode, utløpt", "0.24", _INCOMING),
)
VAT_ACCOUNTS = {id_: account for id_, _, _, _, account in _VAT_CODES}


def accounts() -> dict[int, dict[str, Any]]:
    """GeneralLedgerAccountDto by account number; `Id` is the number with 8 million added."""
    return {number: account(number, name, kind, **fields) for number, name, kind, fields in _ACCOUNTS}


def account(number: int, name: str, kind: str = "Expense", **fields: object) -> dict[str, Any]:
    """One account that takes every posting but for what `fields`, as on the wire, say."""
    stated = {"Id": 8_000_000 + number, "AccountNo": number, "Name": name, "GeneralLedgerAccountType": kind, "IsActive": True}
    rules = {"IsVatCodeLocked": False, "IsDepartmentRequired": False, "IsProjectRequired": False}
    return {**stated, "VatCodeId": NO_VAT, "VatCode": "0", **rules, "CurrencyCode": None, **fields}


def vat_codes() -> dict[int, dict[str, Any]]:
    """VatCodeDto by id."""
    return {id_: _vat_code(id_, code, name, Decimal(rate)) for id_, code, name, rate, _ in _VAT_CODES}


def _vat_code(id_: int, code: str, name: str, rate: Decimal) -> dict[str, Any]:
    stated = {"Id": id_, "Code": code, "Name": name, "Rate": rate, "IsActive": id_ != UNUSED_VAT, "IsCustom": code[0] == "C"}
    return {**stated, "ValidFrom": "2005-01-01", "ValidTo": "2019-12-31" if code == "C2" else None}
