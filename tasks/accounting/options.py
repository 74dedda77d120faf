"""The typed parameters of paying and posting through an accounting system's own API, as the Prefect UI draws them."""

from __future__ import annotations

from typing import Annotated

import pydantic

from fakturabro.domain import bank_accounts, identity, payments


class LedgerAccount(pydantic.BaseModel, frozen=True, extra="forbid"):
    """What one of the tenant's own bank accounts is in the accounting system."""

    number: Annotated[str, pydantic.Field(title="Kontonummer", description="I banken: elleve siffer, eller IBAN.")]
    posts_to: Annotated[
        str,
        pydantic.Field(
            title="Føres mot",
            description="PowerOffice: kontoen i kontoplanen, for eksempel 1920. Fortnox: koden for betalingsmåten.",
            min_length=1,
            max_length=20,
        ),
    ]

    @pydantic.field_validator("number")
    @classmethod
    def _is_account(cls, number: str) -> str:
        return bank_accounts.checked(number)


class ApiOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Which invoices are paid through the API, and where what moved is posted. Accounts have no default."""

    pays_from: Annotated[
        str, pydantic.Field(title="Betales fra", description="Egen konto som leverandørfakturaer betales fra. Må fylles ut.")
    ] = ""
    days_ahead: Annotated[
        int,
        pydantic.Field(
            title="Dager før forfall", description="Fakturaer som forfaller innen så mange dager, hentes til betaling.", ge=0, le=60
        ),
    ] = 5
    ledger_accounts: Annotated[
        tuple[LedgerAccount, ...],
        pydantic.Field(title="Bankkontoer i regnskapet", description="En for hver egen konto som det føres betalinger for."),
    ] = ()
    suspense_account: Annotated[
        str,
        pydantic.Field(
            title="Mellomkonto",
            description="PowerOffice: konto i kontoplanen for innbetalinger uten kjent faktura. Tomt felt: de venter.",
            pattern="^[0-9]{0,8}$",
        ),
    ] = ""
    pays_remitted: Annotated[
        bool,
        pydantic.Field(
            title="Betal også leverandører med remittering",
            description="PowerOffice lager egne betalingsforslag for leverandører med remittering. Avslått: vi betaler dem ikke, "
            "så ingen faktura betales to ganger.",
        ),
    ] = False
    fortnox_tenant: Annotated[
        str,
        pydantic.Field(
            title="Fortnox TenantId",
            description="Klientens databasenummer. Tomt felt: nøkkelen fra samtykket fornyes og byttes ved hver fornyelse.",
            pattern="^[0-9]{0,12}$",
        ),
    ] = ""
    fortnox_currencies: Annotated[
        tuple[Annotated[str, pydantic.Field(pattern="^[A-Z]{3}$")], ...],
        pydantic.Field(
            title="Fortnox: andre valutaer enn SEK",
            description="Fortnox sier ikke hvilken valuta en saldo står i. Kontroller en faktura i valutaen før den føres opp her.",
        ),
    ] = ()
    regulatory_code: Annotated[
        str,
        pydantic.Field(
            title="Valutaregisterkode", description="For betalinger til utlandet: 14 varer, 29 tjenester …", pattern="^[0-9]{0,2}$"
        ),
    ] = ""
    regulatory_text: Annotated[
        str, pydantic.Field(title="Valutaregistertekst", description="Hva betalingene til utlandet gjelder.", max_length=35)
    ] = ""

    @pydantic.field_validator("pays_from")
    @classmethod
    def _is_account(cls, number: str) -> str:
        return bank_accounts.checked(number) if identity.digits(number) else ""

    def posts_to(self, number: str) -> str:
        """Where the account with this number (payments.Account.number) is posted; "" where nobody has said."""
        mine = (one.posts_to for one in self.ledger_accounts if payments.account(one.number).number == number)
        return next(mine, "")
