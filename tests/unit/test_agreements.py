"""What a factoring agreement may say: the accounts that every debtor is told to pay to."""

from __future__ import annotations

import pydantic
import pytest

from fakturabro.domain import agreements

ACCOUNT = "86011117947"
IBAN = "NO9386011117947"


def agreement(**changed: str) -> agreements.FactoringAgreement:
    values = {
        "client_number": "4711",
        "payee_name": "Factoring Finans AS",
        "payee_organisation_number": "991825827",
        "account": ACCOUNT,
        "kid": {"length": 14, "method": "mod10", "parts": [{"name": "customer", "length": 6}, {"name": "invoice", "length": 7}]},
    }
    return agreements.FactoringAgreement.model_validate(values | changed)


@pytest.mark.parametrize("written", [ACCOUNT, "8601.11.17947", " 8601 11 17947 ", "8601\u00a011\u00a017947"])
def test_an_account_is_kept_as_eleven_digits(written: str) -> None:
    assert agreement(account=written).account == ACCOUNT


@pytest.mark.parametrize("written", ["", " ", "-", "86011117948", "8601111794", "860111179470", IBAN, "4090403", "٨٦٠١١١١٧٩٤٧"])
def test_anything_else_is_no_account(written: str) -> None:
    with pytest.raises(pydantic.ValidationError, match="no valid account number"):
        agreement(account=written)


@pytest.mark.parametrize(("written", "kept"), [("", ""), ("  ", ""), (IBAN, IBAN), (" no93 8601 1117 947 ", IBAN)])
def test_an_iban_is_kept_without_blanks_or_is_absent(written: str, kept: str) -> None:
    assert agreement(iban=written).iban == kept


@pytest.mark.parametrize("written", [ACCOUNT, "NO9386011117948", "NO86011117947", "93", "NO"])
def test_an_account_number_is_no_iban(written: str) -> None:
    with pytest.raises(pydantic.ValidationError, match="no valid IBAN"):
        agreement(iban=written)


def test_a_bic_stands_only_with_an_iban() -> None:
    assert agreement(iban=IBAN, bic=" dnba no kk ").bic == "DNBANOKK"
    assert agreement(bic=" ").bic == ""
    with pytest.raises(pydantic.ValidationError, match="without an IBAN"):
        agreement(bic="DNBANOKK")
