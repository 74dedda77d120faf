"""pain.001: what is written, what is refused before a bank sees it, and what is said of somebody else's file."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakturabro.domain import batching, findings, payments
from fakturabro.formats import iso20022
from fakturabro.formats.iso20022 import characters, messages, writing

DAY = dt.date(2026, 11, 24)
DEBTOR = payments.Party(name="Fakturabro AS", identifier="918315446", identifier_scheme="CUST")
ACCOUNT = payments.Account(scheme="bban", value="86011117947", currency="NOK", bic="SPSONO22")
NORWEGIAN = payments.Account(scheme="bban", value="15942287248")
GERMAN = payments.Account(scheme="iban", value="DE89370400440532013000", bic="COBADEFFXXX")


def order(**given: Any) -> payments.PaymentOrder:
    creditor = payments.Creditor(name=given.pop("name", "Leverandør Én AS"), account=given.pop("account", NORWEGIAN))
    return payments.PaymentOrder(
        **{"end_to_end_id": "E1", "amount": Decimal("1250.50"), "currency": "NOK", "creditor": creditor, "requested": DAY} | given
    )


def remittance(*orders: payments.PaymentOrder, **batch: Any) -> payments.Remittance:
    made = payments.Batch(
        **{"batch_id": "FB1-1", "debtor": DEBTOR, "account": ACCOUNT, "execution_date": DAY, "payments": orders} | batch
    )
    created = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
    return payments.Remittance(message_id="FB1", created_at=created, initiator=DEBTOR, batches=(made,))


def read(data: bytes) -> tuple[payments.Remittance, list[tuple[str, str]]]:
    found = findings.Findings()
    return iso20022.pain001.read(data, found), [(one.severity, one.code) for one in found]


def test_what_reaches_the_creditor_is_kid_or_text_or_invoice_number() -> None:
    kid, text, number = (
        order(end_to_end_id="K", kid="1234567897", invoice_number="1001"),
        order(end_to_end_id="T", text=("Faktura 1001", "kunde 7"), invoice_number="1001"),
        order(end_to_end_id="N", invoice_number="1001"),
    )
    again, found = read(iso20022.write(remittance(kid, text, number)).data)
    assert not found
    assert [(one.kid, one.text, one.invoice_number) for one in again.payments] == [
        ("1234567897", (), ""),
        ("", ("Faktura 1001", "kunde 7"), ""),
        ("", (), "1001"),
    ]


def test_salary_and_payments_abroad() -> None:
    salary = remittance(order(kind="salary", purpose="SALA"), category="SALA")
    abroad = remittance(
        order(
            name="Müller & Söhne",
            account=GERMAN,
            currency="EUR",
            kind="foreign",
            text=("Rechnung 7 für Bürostühle",),
            charge_bearer="SLEV",
            regulatory_code="14",
            regulatory_text="Kontorstoler",
        ),
        service="SEPA",
    )
    written = iso20022.write(abroad)
    assert [(one.field, one.after) for one in written.replaced] == [
        ("Cdtr", "Muller + Sohne"),
        ("Ustrd", "Rechnung 7 fur Burostuhle"),
    ]
    for given, kind in ((salary, "salary"), (abroad, "foreign")):
        again, found = read(iso20022.write(given).data)
        assert not found
        assert next(again.payments).kind == kind
        assert again.totals == given.totals


@pytest.mark.parametrize(
    ("breaking", "code"),
    [
        ({"amount": Decimal("1250.50000")}, "bad_amount"),
        ({"amount": Decimal("0.00")}, "bad_amount"),
        ({"amount": Decimal("-1")}, "bad_amount"),
        ({"amount": Decimal("NaN")}, "bad_amount"),
        ({"amount": Decimal("1E+12")}, "bad_amount"),
        ({"amount": Decimal("1.50"), "currency": "JPY", "kind": "foreign"}, "bad_amount"),
        ({"currency": "KRO", "kind": "foreign"}, "bad_amount"),
        ({"kid": "1234567897", "text": ("Faktura",)}, "kid_and_text"),
        ({"kid": "123-4"}, "bad_kid"),
        ({"kid": "1" * 26}, "bad_kid"),
        ({"text": ("a" * 141,)}, "long_text"),
        ({"text": ("\u200b",)}, "long_text"),
        ({"name": "  "}, "missing_name"),
        ({"name": "a" * 141}, "long_text"),
        ({"end_to_end_id": ""}, "bad_identifier"),
        ({"end_to_end_id": "E" * 36}, "bad_identifier"),
        ({"end_to_end_id": "Å1"}, "bad_identifier"),
        ({"instruction_id": "1\n"}, "bad_identifier"),
        ({"account": payments.account("15942287249")}, "bad_account"),
        ({"account": payments.Account(scheme="bban", value="00000000000")}, "bad_account"),
        ({"account": payments.Account(scheme="iban", value="NO93 8601 1117 947")}, "bad_account"),
        ({"account": payments.account("NO93 8601 1117 948")}, "bad_account"),
        ({"requested": dt.date(2026, 11, 25)}, "other_date"),
        ({"kind": "salary"}, "other_kind"),
        ({"account": payments.Account(scheme="other", value="12-345"), "kind": "foreign"}, "no_bank"),
        ({"account": msgspec.structs.replace(GERMAN, bic="COBADE")} | {"kind": "foreign"}, "bad_bic"),
        ({"charge_bearer": "MEG"}, "bad_code"),
        ({"purpose": "lønn"}, "bad_code"),
    ],
)
def test_no_payment_leaves_that_a_bank_would_refuse(breaking: dict[str, Any], code: str) -> None:
    with pytest.raises(iso20022.WriteError) as refused:
        iso20022.write(remittance(order(**breaking)))
    breach = refused.value.breach
    assert breach.code == code
    assert len(messages.norwegian(breach.code, breach.value)) > 20


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (remittance(), "empty_batch"),
        (msgspec.structs.replace(remittance(order()), batches=()), "no_transactions"),
        (msgspec.structs.replace(remittance(order()), batches=remittance(order()).batches * 2), "repeated_batch"),
        (remittance(order(), order()), "repeated_payment"),
        (remittance(order(), order(end_to_end_id="E2", account=GERMAN, kind="foreign")), "mixed_kinds"),
        (remittance(order(), batch_id="B/"), "bad_identifier"),
        (remittance(order(), account=msgspec.structs.replace(ACCOUNT, value="86011117948")), "bad_account"),
        (msgspec.structs.replace(remittance(order()), created_at=dt.datetime(2026, 11, 23, 9)), "bad_time"),  # noqa: DTZ001 - that is the fault
    ],
)
def test_no_file_leaves_that_a_bank_would_refuse(given: payments.Remittance, code: str) -> None:
    with pytest.raises(iso20022.WriteError) as refused:
        iso20022.write(given)
    assert refused.value.breach.code == code


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.001.001.09"])
def test_the_same_remittance_is_the_same_bytes(version: writing.Version) -> None:
    given = remittance(order(kid="1234567897"), order(end_to_end_id="E2", text=("Æ & Å",)))
    first, again = iso20022.write(given, version), iso20022.write(given, version)
    assert first == again
    assert "Æ &amp; Å" in first.data.decode()
    assert read(first.data)[0] == given


def test_payments_of_several_days_and_kinds_become_batches_that_a_bank_takes() -> None:
    later = dt.date(2026, 11, 25)
    some = [
        order(end_to_end_id="1", requested=later),
        order(end_to_end_id="2", kind="salary"),
        order(end_to_end_id="3", name="Muller", account=GERMAN, kind="foreign"),
        order(end_to_end_id="4"),
        order(end_to_end_id="5", requested=later),
    ]
    made = batching.to_batches("FB1", DEBTOR, ACCOUNT, some)
    assert [(one.batch_id, one.execution_date, [part.end_to_end_id for part in one.payments]) for one in made] == [
        ("FB1-1", DAY, ["4"]),
        ("FB1-2", DAY, ["2"]),
        ("FB1-3", DAY, ["3"]),
        ("FB1-4", later, ["1", "5"]),
    ]
    given = msgspec.structs.replace(remittance(order()), batches=made)
    assert read(iso20022.write(given).data) == (given, [])
    with pytest.raises(batching.BatchingError, match="E1 has no date"):
        batching.to_batches("FB1", DEBTOR, ACCOUNT, [order(requested=None)])


FILE = iso20022.write(remittance(order(kid="1234567897"), order(end_to_end_id="E2", amount=Decimal("99.00")))).data.decode()


@pytest.mark.parametrize(
    ("pattern", "put", "code"),
    [
        ("<NbOfTxs>2(?=.*<PmtInf>)", "<NbOfTxs>3", "count_differs"),
        ("(?<=</PmtMtd>)<NbOfTxs>2", "<NbOfTxs>1", "count_differs"),
        ("<CtrlSum>1349.50(?=.*<PmtInf>)", "<CtrlSum>1349.51", "sum_differs"),
        ("(?<=<NbOfTxs>2</NbOfTxs>)<CtrlSum>1349.50(?=.*<ReqdExctnDt>)", "<CtrlSum>tull", "sum_differs"),
        ("99.00<", "99.00000<", "bad_amount"),
        ("99.00<", "0.00<", "bad_amount"),
        ("E2", "E1", "repeated_payment"),
        ("TRF", "CHK", "bad_code"),
        ("15942287248", "15942287249", "bad_account"),
        ("</RmtInf>", "<Strd><CdtrRefInf><Ref>42</Ref></CdtrRefInf></Strd></RmtInf>", "several_references"),
        ("<RmtInf>", "<RmtInf><Ustrd>Faktura 7</Ustrd>", "kid_and_text"),
    ],
)
def test_what_is_wrong_in_another_systems_file_is_found_and_nothing_of_it_is_lost(pattern: str, put: str, code: str) -> None:
    spoiled, times = re.subn(pattern, put, FILE, count=1, flags=re.DOTALL)
    assert times == 1
    again, found = read(spoiled.encode())
    assert code in {one[1] for one in found}
    assert {one[0] for one in found} == ({"warn"} if code == "several_references" else {"block"})
    assert again.count == 2


def test_a_file_without_payments_is_a_finding() -> None:
    empty = re.sub("<CdtTrfTxInf>.*</CdtTrfTxInf>", "", FILE)
    again, found = read(empty.encode())
    assert again.count == 0
    assert {("warn", "no_transactions"), ("block", "empty_batch"), ("block", "count_differs")} <= set(found)


@pytest.mark.parametrize(
    ("given", "home", "abroad"),
    [
        ("Bakst & Brød «Ås» 100 %", "Bakst & Brød 'Ås' 100 %", "Bakst + Brod 'As' 100 ."),
        ("Łódź – 50 €", "Lódz - 50 EUR", "Lodz - 50 EUR"),
        ("😀\ud800\x00", "...", "..."),
        ("Ola\nNordmann\u00a0\u200b", "Ola Nordmann ", "Ola Nordmann "),
        ("ﬁnans①", "finans1", "finans1"),
    ],
)
def test_characters_that_banks_do_not_take(given: str, home: str, abroad: str) -> None:
    assert (characters.permitted(given), characters.permitted(given, abroad=True)) == (home, abroad)
