"""The demo's proof for money: each payment at the bank, in the accounting system and in the factoring ledger, once, to the øre."""

from __future__ import annotations

import collections
import csv
import io
import pathlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import httpx

from console import serving, serving_bank
from console.demo import bank as demo_bank
from fakturabro.domain import findings
from fakturabro.formats import iso20022

_Figures = dict[str, dict[str, Any]]


def check(installation: serving.Installation, banks: demo_bank.Banks, copies: pathlib.Path) -> tuple[_Figures, list[str]]:
    """(figures by tenant, what is wrong, a sentence each). Copies what went to bank and accounting system to `copies`."""
    figures: _Figures = {}
    faults: list[str] = []
    state = httpx.get(f"{installation.sandboxes['factoring']['url']}/sandbox/state").raise_for_status().json()
    for tenant, company in installation.clients().items():
        folder = serving_bank.accounting_folders(installation.folder, tenant)[1]
        posted = [one["payment"] for one in state["payments"] if one["client"] == company["factoring_number"]]
        asked, went = banks.asked[tenant], list(banks.paid_out(tenant))
        by_api = tenant == serving_bank.API_TENANT
        told = check_booked(asked, demo_bank.fortnox_books(installation)) if by_api else check_told(asked, folder)
        found = [*check_paid(asked, went), *told, *check_posted(banks.paid[tenant], posted)]
        faults += [f"{tenant}: {fault}" for fault in found]
        given = _sum(to["amount"] for one in posted for to in one["allocations"])
        _keep(copies / tenant, serving_bank.bank_folders(installation.folder, tenant)[0] / "processed", folder)
        figures[tenant] = {
            "payments_asked": len(asked.payable) + len(asked.refused),
            "payments_executed": sum(booked for _, _, booked in went),
            "payments_stopped": len(asked.refused),
            "paid_out": str(_sum(amount for _, amount, booked in went if booked)),
            "paid_in": str(_sum(one.amount for one in banks.paid[tenant])),
            "posted": str(given),
            "suspense": str(_sum(one["amount"] for one in posted) - given),
        }
    return figures, faults


def _keep(copies: pathlib.Path, *folders: pathlib.Path) -> None:
    copies.mkdir(parents=True, exist_ok=True)
    for path in (path for folder in folders for path in folder.iterdir() if path.is_file()):
        (copies / path.name).write_bytes(path.read_bytes())


def check_paid(asked: demo_bank.Asked, asked_of_bank: Iterable[tuple[str, Decimal, bool]]) -> list[str]:
    """At the bank: every payment that may be paid, once, with its amount; nothing else."""
    went = collections.Counter((name, amount) for name, amount, booked in asked_of_bank if booked)
    wanted = collections.Counter(asked.payable.items())
    missing, surplus = wanted - went, went - wanted
    return [
        *(f"{name} på {amount} er ikke betalt" for name, amount in missing),
        *(f"{name} på {amount} er betalt {count} gang(er) for mye" for (name, amount), count in surplus.items()),
    ]


def check_told(asked: demo_bank.Asked, folder: pathlib.Path) -> list[str]:
    """In the accounting system's folder: that each payment was executed, told once."""
    told = collections.Counter(name for path in sorted(folder.iterdir()) if path.is_file() for name in _executed_in(path))
    return [
        f"{name} er meldt utført {told[name]} ganger til regnskapet"
        for name in sorted({*asked.payable, *told})
        if told[name] != (name in asked.payable)
    ]


def check_booked(asked: demo_bank.Asked, books: dict[str, Any]) -> list[str]:
    """In Fortnox: each invoice that may be paid has one payment, bookkept, of its amount; nothing else is there."""
    rows = [one for one in books["payments"]["SupplierInvoicePayment"] if one["Booked"]]
    booked = collections.Counter((f"FN{one['InvoiceNumber']}", Decimal(str(one["Amount"]))) for one in rows)
    wanted = collections.Counter(asked.payable.items())
    missing, surplus = wanted - booked, booked - wanted
    return [
        *(f"{name} på {amount} er ikke bokført i Fortnox" for name, amount in missing),
        *(f"{name} på {amount} er bokført {count} gang(er) for mye i Fortnox" for (name, amount), count in surplus.items()),
    ]


def _executed_in(path: pathlib.Path) -> list[str]:
    """EndToEndIds that a file says are paid: a list of ours, or the bank's own notification."""
    content = path.read_bytes()
    if path.suffix == ".csv":
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
        return [row["Referanse"] for row in rows if row["Betalingsstatus"] == "utført"]
    if (iso20022.recognise(content) or "").startswith("camt.054"):
        rows_ = iso20022.camt.rows(io.BytesIO(content), findings.Findings())
        return [row.part.end_to_end_id for row in rows_ if row.part and row.part.amount < 0]
    return []


def check_posted(paid: list[demo_bank.Paid], posted: list[dict[str, Any]]) -> list[str]:
    """In the factoring company's ledger: each payment once; right KIDs allocated to their invoice, the others in suspense."""
    stands = collections.Counter(
        (one["kid"], Decimal(one["amount"]), ",".join(to["number"] for to in one["allocations"])) for one in posted
    )
    wanted = collections.Counter((one.kid, one.amount, one.number) for one in paid)
    return [
        *(f"innbetalingen på {amount} til faktura {number or '(ukjent)'} mangler" for _, amount, number in wanted - stands),
        *(f"en innbetaling på {amount} står på faktura {number or '(ingen)'}" for _, amount, number in stands - wanted),
    ]


def _sum(amounts: Iterable[Decimal | str]) -> Decimal:
    return sum((Decimal(one) for one in amounts), Decimal("0.00"))
