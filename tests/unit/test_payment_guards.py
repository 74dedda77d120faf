"""The guards on payments and their files: each just kept and just broken, all in one check each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from data_quality import blocking, checking, kinds, messages, payment_rows
from data_quality.suites import payments as suite
from fakturabro.domain import payments

MONDAY = dt.date(2026, 11, 23)
OWN, FJORD = "86011117947", "15942287248"
LIMITS = payment_rows.Limits()


def payment(due: str = "2026-11-24", **changes: Any) -> payment_rows.Payment:
    of_row = {name: changes.pop(name) for name in list(changes) if name in payment_rows.Payment.__struct_fields__}
    creditor = payments.Creditor(
        name=changes.pop("creditor", "Fjord AS"),
        account=payments.account(changes.pop("account", FJORD), bic=changes.pop("bic", "")),
        address=changes.pop("address", None),
    )
    order = payments.PaymentOrder(
        end_to_end_id="E1",
        creditor=creditor,
        amount=Decimal(changes.pop("amount", "10.00")),
        currency=changes.pop("currency", "NOK"),
        kid=changes.pop("kid", "1234567897"),
        **changes,
    )
    category = changes.pop("category", payments.SALARY if order.kind == "salary" else "")
    instruction = payments.Instruction(
        order=order,
        debtor=payments.Party(name="Nidelven AS"),
        account=payments.account(OWN),
        execution_date=dt.date.fromisoformat(due),
        category=category,
    )
    said = {"is_ours": True, "today": MONDAY, "due": dt.date.fromisoformat(due), **of_row}
    return payment_rows.Payment(id=1, instruction=instruction, **said)


def earlier(days: int) -> payment_rows.Earlier:
    return payment_rows.Earlier(number="F7", came=dt.date(2026, 11, 7), days=days)


FOREIGN: dict[str, Any] = {"kind": "foreign", "account": "SE4550000000058398257466", "currency": "SEK", "kid": ""}
BAD: dict[str, tuple[str, payment_rows.Payment, str, str]] = {
    "the very same": ("same_payment_before", payment(same=earlier(0), alike=earlier(0)), "2026-11-07 F7", ""),
    "another date": ("payment_with_another_date", payment(alike=earlier(180)), "2026-11-07 F7", ""),
    "no reference": ("payment_without_reference_again", payment(kid="", unreferenced=earlier(30)), "2026-11-07 F7", ""),
    "strange debtor": ("debtor_account_not_ours", payment(is_ours=False), "8601…47", ""),
    "check digit of account": ("wrong_creditor_account", payment(account="15942287249"), "1594…49", ""),
    "zeros": ("wrong_creditor_account", payment(account="00000000000"), "0000…00", ""),
    "IBAN abroad": ("wrong_creditor_account", payment(**{**FOREIGN, "account": "SE4550000000058398257467"}), "SE45…67", ""),
    "another account": ("creditor_account_changed", payment(other_account="6105…74"), "6105…74", ""),
    "own account": ("creditor_account_is_ours", payment(pays_ourselves=True), "1594…48", ""),
    "no name": ("creditor_without_name", payment(creditor="\u00a0"), "", ""),
    "currency": ("payment_in_unknown_currency", payment(**{**FOREIGN, "currency": "XXX"}), "XXX", ""),
    "nothing": ("amount_not_payable", payment(amount="0.00"), "0.00", ""),
    "half an øre": ("amount_not_payable", payment(amount="10.005"), "10.005", ""),
    "thousandths": ("amount_not_payable", payment(**{**FOREIGN, "currency": "KWD", "amount": "10.005"}), "10.005", ""),
    "yen have none": ("amount_not_payable", payment(**{**FOREIGN, "currency": "JPY", "amount": "10.5"}), "10.5", ""),
    "too much": ("amount_not_payable", payment(amount="1000000000000"), "1000000000000", ""),
    "KID": ("wrong_payment_kid", payment(kid="1234567890"), "1234567890", ""),
    "KID of letters": ("wrong_payment_kid", payment(kid="12A4"), "12A4", ""),
    "KID and text": ("kid_and_message", payment(text=("Takk",)), "1234567897", ""),
    "long text": ("refused_by_banks", payment(kid="", text=("x" * 141,)), "Ustrd", ""),
    "long when it is written": ("refused_by_banks", payment(**{**FOREIGN, "text": ("Æ" * 71,)}), "Ustrd", ""),
    "no bank abroad": ("refused_by_banks", payment(**{**FOREIGN, "account": "123-456"}), "CdtrAgt", ""),
    "reference abroad": ("refused_by_banks", payment(**{**FOREIGN, "kid": "RF!"}), "RmtInf", ""),
    "address": ("refused_by_banks", payment(address=payments.Address(country="Norge")), "Cdtr", ""),
    "31 days past": ("due_date_long_past", payment("2026-10-23"), "2026-10-23", ""),
    "30 days past": ("due_date_past", payment("2026-10-24"), "2026-10-24", ""),
    "Saturday": ("due_date_on_day_off", payment("2026-11-28"), "2026-11-28", "2026-11-30"),
    "Christmas": ("due_date_on_day_off", payment("2026-12-25"), "2026-12-25", "2026-12-28"),
    "not moved": (
        "due_date_on_day_off",
        payment("2026-11-28", limits=payment_rows.Limits(moves_to_banking_day=False)),
        "2026-11-28",
        "2026-11-28",
    ),
    "a year and a day": ("due_date_too_far_ahead", payment("2027-11-24"), "2027-11-24", ""),
}
GOOD = {
    "a payment": payment(),
    "another date long ago": payment(alike=earlier(181)),
    "no reference a month ago": payment(kid="", unreferenced=earlier(31)),
    "KID with a dash": payment(kid="6-"),
    "invoice number beside KID": payment(invoice_number="77"),
    "text": payment(kid="", text=("Takk",)),
    "abroad": payment(**FOREIGN),
    "text abroad": payment(**{**FOREIGN, "text": ("Æ" * 70,)}),
    "reference abroad": payment(**{**FOREIGN, "kid": "RF18539007547034"}),
    "other account with its bank": payment(**{**FOREIGN, "account": "123-456", "bic": "ESSESESS"}),
    "one øre": payment(amount="0.01"),
    "today": payment("2026-11-23"),
    "a year": payment("2027-11-23"),
}


def test_every_guard_is_broken_by_what_breaks_it_and_kept_by_its_look_alike() -> None:
    named = [*BAD.items(), *((name, ("", one, "", "")) for name, one in GOOD.items())]
    subjects = [msgspec.structs.replace(said[1], id=number) for number, (_, said) in enumerate(named)]
    found = checking.check(subjects, blocking.Rules(), "payments")
    for number, (name, (code, _, value, suggestion)) in enumerate(named):
        told = [(one.code, one.value, one.suggestion) for one in found[number]]
        assert told == ([(code, value, suggestion)] if code else []), name
    assert {code for code, *_ in BAD.values()} == {rule.code for table in suite.make().tables for rule in table.rules}


def past(count: int, total: int, largest: int, new: int = 0) -> payment_rows.Past:
    return payment_rows.Past(count=count, total=total, largest=largest, new_receivers=new)


USUAL = [past(10, 1_000_00, 300_00, 1)] * 4 + [past(18, 2_000_00, 600_00, 2)]
"""Medians 10, 1000 and 300; the highest with half on top is 27, 3000 and 900; three times the median 30, 3000 and 900."""
FILES: dict[str, tuple[set[str], payment_rows.File]] = {
    "usual": (set(), payment_rows.File(id=1, now=past(30, 3_000_00, 900_00, 15), before=USUAL)),
    "many": ({"unusual_count"}, payment_rows.File(id=2, now=past(31, 3_000_00, 900_00), before=USUAL)),
    "sum": ({"unusual_total"}, payment_rows.File(id=3, now=past(30, 3_000_01, 900_00), before=USUAL)),
    "one": ({"unusual_payment"}, payment_rows.File(id=4, now=past(30, 3_000_00, 900_01), before=USUAL)),
    "new": (
        {"many_new_receivers"},
        payment_rows.File(id=5, now=past(100, 9_000_00, 900_00, 51), before=[past(100, 9_000_00, 900_00)] * 5),
    ),
    "too few": ({"too_few_files_before"}, payment_rows.File(id=6, now=past(1, 1, 1), before=USUAL[:4])),
    "first": ({"too_few_files_before"}, payment_rows.File(id=7, now=past(1, 1, 1), before=[])),
    "no first ones": (set(), payment_rows.File(id=8, now=past(9, 9, 9), before=[], limits=payment_rows.Limits(fewest_files=0))),
    "one high one raises it": (
        set(),
        payment_rows.File(id=9, now=past(150, 15_000_00, 900_00), before=[past(100, 10_000_00, 600_00), *USUAL]),
    ),
    "always new ones": (set(), payment_rows.File(id=10, now=past(10, 1, 1, 10), before=[past(10, 1, 1, 10)] * 5)),
}


def test_an_unusual_file_is_known_by_the_tenants_own_files() -> None:
    found = checking.check([file for _, file in FILES.values()], blocking.Rules(), "remittances")
    assert {name: {one.code for one in found[file.id]} for name, (_, file) in FILES.items()} == {
        name: codes for name, (codes, _) in FILES.items()
    }
    (total,) = found[3]
    assert messages.sentence(total, "nb", "remittance") == "Summen er 3\u00a0000,01. Vanlig er høyst 3\u00a0000,00."


def test_no_tenant_can_wave_a_guard_through() -> None:
    codes = {code for kind in ("payment", "remittance") for code in kinds.read()[kind].codes}
    assert codes <= blocking.FIXED
    held = {code for code in kinds.read()["payment"].codes if blocking.DEFAULTS[code].holds == ("pay",)}
    assert held == suite.ELSEWHERE | suite.DECIDE | suite.BROKEN, "each hold has its way out"
    assert len(held) == len(suite.ELSEWHERE) + len(suite.DECIDE) + len(suite.BROKEN), "and only one"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "nb",
            "Mottaker, beløp og referanse er som i F7 fra 7.11.2026; bare forfall, kontoen det betales fra, eller skrivemåten er "
            "en annen.",
        ),
        (
            "en",
            "Creditor, amount and reference are those of F7 of 7 November 2026; only the due date, the debited account or the "
            "spelling is another.",
        ),
    ],
)
def test_the_sentence_names_the_earlier_payment(language: messages.Language, said: str) -> None:
    found = blocking.Rules().finding("payment_with_another_date", field="EarlierPayment", value=earlier(3).said)
    assert found is not None and messages.sentence(found, language, "payment") == said
