"""What a client and its factoring company have agreed: who is paid, on which account, with which KID and which notice."""

from __future__ import annotations

from typing import Annotated

import pydantic

from fakturabro.domain import bank_accounts, identity, kid


class FactoringAgreement(pydantic.BaseModel, frozen=True, extra="forbid"):
    """The client's agreement with the factoring company. Everything that a debtor pays, goes to this account."""

    client_number: Annotated[
        str, pydantic.Field(title="Klientnummer", description="Klientens nummer hos factoringselskapet.", min_length=1)
    ]
    payee_name: Annotated[
        str,
        pydantic.Field(
            title="Betalingsmottaker", description="Factoringselskapets navn slik det skal stå på fakturaen.", min_length=1
        ),
    ]
    payee_organisation_number: Annotated[
        str, pydantic.Field(title="Organisasjonsnummer", description="Factoringselskapets organisasjonsnummer, ni siffer.")
    ]
    account: Annotated[str, pydantic.Field(title="Kontonummer", description="Konto i norsk bank, elleve siffer.")]
    iban: Annotated[
        str,
        pydantic.Field(title="IBAN", description="Brukes i utenlandsk valuta og til kjøpere i utlandet. Tomt felt: kontonummeret."),
    ] = ""
    bic: Annotated[str, pydantic.Field(title="BIC", description="Bankens BIC. Står bare sammen med IBAN.")] = ""
    kid: Annotated[kid.KidAgreement, pydantic.Field(title="KID-avtale", description="Lengde, kontrollsiffer og deler av KID.")]
    assignment_notice: Annotated[
        str,
        pydantic.Field(
            title="Transportklausul",
            description="Teksten som sier at fakturaen er overdratt. Har ingen standard: uten tekst sendes ingenting ut.",
            max_length=1000,
            json_schema_extra={"format": "textarea"},
        ),
    ] = ""
    assignment_notice_en: Annotated[
        str,
        pydantic.Field(
            title="Transportklausul på engelsk",
            description="Står under den norske på bilag som går på engelsk. Tomt felt: bare den norske.",
            max_length=1000,
            json_schema_extra={"format": "textarea"},
        ),
    ] = ""

    @pydantic.field_validator("payee_organisation_number")
    @classmethod
    def _is_organisation(cls, number: str) -> str:
        if not identity.is_organisation_number(number):
            raise ValueError(f"{number!r} is no Norwegian organisation number: nine digits with a right check digit are needed")
        return identity.digits(number)

    @pydantic.field_validator("account")
    @classmethod
    def _is_account(cls, account: str) -> str:
        plain = identity.digits(account)
        if not bank_accounts.is_bban(plain):
            raise ValueError(f"{account!r} is no valid account number: eleven digits with a right check digit are needed")
        return plain

    @pydantic.field_validator("iban")
    @classmethod
    def _is_iban(cls, account: str) -> str:
        plain = identity.digits(account).upper()
        if plain and not bank_accounts.is_iban(plain):
            raise ValueError(f"{account!r} is no valid IBAN: country, two check digits and the account are needed, or nothing")
        return plain

    @pydantic.field_validator("bic")
    @classmethod
    def _without_blanks(cls, bic: str) -> str:
        return identity.digits(bic).upper()

    @pydantic.model_validator(mode="after")
    def _bic_stands_with_iban(self) -> FactoringAgreement:
        if self.bic and not self.iban:
            raise ValueError(f"BIC {self.bic!r} stands without an IBAN: fill in the IBAN, or leave BIC empty")
        return self
