"""The demo's proof for money sees what is wrong: paid twice, not paid, paid otherwise, told wrongly, posted wrongly."""

from __future__ import annotations

import pathlib
from decimal import Decimal

import pytest

from console import serving, serving_bank
from console.demo import bank as demo_bank
from console.demo import bank_counterparts as demo_bank_counterparts

ASKED = demo_bank.Asked({"L1": Decimal("100.50"), "L2": Decimal("7")}, {"F1": Decimal("9.00")})
L1, L2 = ("L1", Decimal("100.5"), True), ("L2", Decimal("7.00"), True)
INVOICE = demo_bank.Paid("1000050018", Decimal("250.00"), "5001", Decimal("500.00"))
POSTED = {"kid": "1000050018", "amount": "250.00", "allocations": [{"number": "5001", "amount": "250.00"}]}


@pytest.mark.parametrize(
    ("went", "count"),
    [
        ([L1, L2], 0),
        ([L1, L2, ("F1", Decimal("9.00"), False)], 0),
        ([L1, L2, L2], 1),
        ([L1], 1),
        ([L1, ("L2", Decimal("7.01"), True)], 2),
        ([L1, L2, ("F1", Decimal("9.00"), True)], 1),
    ],
)
def test_what_the_bank_paid(went: list[tuple[str, Decimal, bool]], count: int) -> None:
    assert len(demo_bank_counterparts.check_paid(ASKED, went)) == count


@pytest.mark.parametrize(("told", "count"), [("L1 L2", 0), ("L1", 1), ("L1 L2 L2", 1), ("L1 L2 F1", 1)])
def test_what_the_accounting_system_was_told(tmp_path: pathlib.Path, told: str, count: int) -> None:
    rows = "".join(f"utført;{name}\n" for name in told.split())
    (tmp_path / "liste.csv").write_text(f"Betalingsstatus;Referanse\n{rows}ikke betalt;F1\n", encoding="utf-8-sig")
    assert len(demo_bank_counterparts.check_told(ASKED, tmp_path)) == count


@pytest.mark.parametrize(
    ("booked", "count"),
    [
        ([("1", 100.5, True)], 0),
        ([], 1),
        ([("1", 100.5, False)], 1),
        ([("1", 100.5, True), ("1", 100.5, True)], 1),
        ([("1", 100, True)], 2),
        ([("1", 100.5, True), ("4", 9, True)], 1),
    ],
)
def test_what_fortnox_was_told(booked: list[tuple[str, float, bool]], count: int) -> None:
    asked = demo_bank.Asked({"FN1": Decimal("100.50")}, {})
    rows = [{"InvoiceNumber": number, "Amount": amount, "Booked": is_booked} for number, amount, is_booked in booked]
    books = {"payments": {"SupplierInvoicePayment": rows}}
    assert len(demo_bank_counterparts.check_booked(asked, books)) == count


@pytest.mark.parametrize(
    ("posted", "count"),
    [
        ([POSTED], 0),
        ([], 1),
        ([POSTED, POSTED], 1),
        ([{**POSTED, "allocations": []}], 2),
        ([{**POSTED, "amount": "249.99"}], 2),
        ([{**POSTED, "allocations": [{"number": "5002", "amount": "250.00"}]}], 2),
    ],
)
def test_what_the_factoring_company_was_told(posted: list[dict[str, object]], count: int) -> None:
    assert len(demo_bank_counterparts.check_posted([INVOICE], posted)) == count


def test_the_tenants_file_is_placed_on_this_machine(tmp_path: pathlib.Path) -> None:
    server = {"port": 40001, "host_key": "ssh-ed25519 AAAA"}
    serving_bank.place(serving.SANDBOX_TENANTS, tmp_path, server, ("nidelven", "skagerrak"))
    placed = serving_bank.place(serving.SANDBOX_TENANTS, tmp_path, server, ("nidelven", "skagerrak")).read_text()
    assert placed.count(f"{tmp_path}/bank/nidelven/drop") == 1
    assert placed.count("port: 40001") == placed.count("host_key: ssh-ed25519 AAAA") == placed.count("approvers:") == 1
    assert "/srv/" not in placed and "2222" not in placed and "AVTALT" not in placed
    assert (tmp_path / "accounting/skagerrak/in").is_dir()
