"""The typed parameters of return data, as the Prefect UI draws them. A tenant's file fills them in; no account has a default."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Annotated, Literal

import pydantic

from fakturabro.domain import return_data
from tasks.options import ReportOptions
from tasks.returns.list_folder import ListFolder

NO_VAT = "0"
"""PowerOffice's code for a line without VAT."""
_SEPARATE = ("customer_contra", "payout", "balance")
_CURRENCY = "^[A-Z]{3}$"


class Account(pydantic.BaseModel, frozen=True, extra="forbid"):
    """An account of the client's own chart in PowerOffice."""

    number: Annotated[
        str, pydantic.Field(title="Konto", description="Nummer i klientens kontoplan i PowerOffice.", pattern="^[0-9]{4,8}$")
    ]
    department: Annotated[
        str, pydantic.Field(title="Avdeling", description="Avdelingens kode, når kontoen krever en.", max_length=20)
    ] = ""
    project: Annotated[
        str, pydantic.Field(title="Prosjekt", description="Prosjektets kode, når kontoen krever en.", max_length=20)
    ] = ""


class CostAccount(Account, frozen=True, extra="forbid"):
    """An account that may be posted on with VAT."""

    vat_code: Annotated[
        str,
        pydantic.Field(
            title="Mva-kode", description="PowerOffices kode; 0 er uten mva. Ingen standard.", pattern="^[0-9A-Z]{1,5}$"
        ),
    ]


class AccountOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """The account of each role of the posting table. Five have to be there before anything is posted."""

    customer_contra: Annotated[
        Account, pydantic.Field(title="Motkonto kundereskontro", description="Betalt og ikke avregnet ennå, for eksempel 1510.")
    ]
    administrative_fees: Annotated[
        CostAccount, pydantic.Field(title="Administrative gebyrer", description="For eksempel 6970. Gebyret for returdata også.")
    ]
    financial_fees: Annotated[CostAccount, pydantic.Field(title="Finansielle gebyrer", description="For eksempel 6975.")]
    payout: Annotated[
        Account, pydantic.Field(title="Utbetaling", description="Banken som klienten får utbetalt til, for eksempel 1920.")
    ]
    balance: Annotated[
        Account, pydantic.Field(title="Mellomværende", description="Det factoringselskapet skylder klienten, for eksempel 2990.")
    ]
    return_data_fees: Annotated[
        CostAccount | None, pydantic.Field(title="Gebyr for returdata", description="Bare når konteringstabellen bruker den.")
    ] = None
    reminder_fees: Annotated[
        Account | None, pydantic.Field(title="Purregebyrer", description="Bare når konteringstabellen bruker den.")
    ] = None
    interest: Annotated[Account | None, pydantic.Field(title="Renter", description="Bare når konteringstabellen bruker den.")] = (
        None
    )
    bad_debts: Annotated[
        Account | None, pydantic.Field(title="Tap på krav", description="Bare når konteringstabellen bruker den.")
    ] = None
    balance_contra: Annotated[
        Account | None,
        pydantic.Field(
            title="Motkonto mellomværende", description="For endringer i mellomværende, når konteringstabellen bruker den."
        ),
    ] = None

    @property
    def by_role(self) -> dict[return_data.Role, Account]:
        """All that are stated. The buyer's own account is no setting: the customer's card says it."""
        found: dict[return_data.Role, Account | None] = {
            "customer_contra": self.customer_contra,
            "administrative_fees": self.administrative_fees,
            "financial_fees": self.financial_fees,
            "payout": self.payout,
            "balance": self.balance,
            "return_data_fees": self.return_data_fees,
            "reminder_fees": self.reminder_fees,
            "interest": self.interest,
            "bad_debts": self.bad_debts,
            "balance_contra": self.balance_contra,
        }
        return {role: account for role, account in found.items() if account is not None}

    @pydantic.model_validator(mode="after")
    def _balances_stand_alone(self) -> AccountOptions:
        """What is compared with PowerOffice to the øre must hold nothing else."""
        used = Counter(account.number for account in self.by_role.values())
        for role, account in self.by_role.items():
            if role in _SEPARATE and used[account.number] > 1:
                raise ValueError(f"{role} must be an account of its own: {account.number} stands for another role too")
        return self


class PostingRow(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Where one kind of movement is posted when its amount is above zero; below zero the sides change."""

    kind: Annotated[return_data.MovementKind, pydantic.Field(title="Type", description="Alle unntatt settled, som vi lager selv.")]
    debit: Annotated[return_data.Role, pydantic.Field(title="Debet")]
    credit: Annotated[return_data.Role, pydantic.Field(title="Kredit")]

    @pydantic.model_validator(mode="after")
    def _can_be_posted(self) -> PostingRow:
        if self.kind == "settled":
            raise ValueError("settled has one posting only: balance debit, customer_contra credit")
        if self.debit == self.credit:
            raise ValueError(f"{self.kind}: {self.debit} is both debit and credit")
        return self


class Opening(pydantic.BaseModel, frozen=True, extra="forbid"):
    """What the factoring company owed the client in one currency when return data was switched on."""

    currency: Annotated[str, pydantic.Field(title="Valuta", pattern=_CURRENCY)] = "NOK"
    amount: Annotated[
        Decimal,
        pydantic.Field(
            title="Beløp", description="Ved slutten av dagen før start. Minus: klienten skyldte.", decimal_places=2, max_digits=14
        ),
    ]


class ReturnDataOptions(pydantic.BaseModel, frozen=True, extra="forbid", title="Returdata"):
    """Where one tenant's return data come from, and the accounts that they are posted on."""

    client_number: Annotated[
        str, pydantic.Field(title="Klientnummer", description="Hos factoringselskapet.", min_length=1, max_length=35)
    ]
    starts_on: Annotated[
        dt.date,
        pydantic.Field(title="Gjelder fra", description="Bevegelser med tidligere dato føres ikke; klienten har ført dem selv."),
    ]
    accounts: Annotated[AccountOptions, pydantic.Field(title="Kontoer", description="Fem må fylles ut. Ingen har noen standard.")]
    source: Annotated[
        Literal["api", "folder", "none"],
        pydantic.Field(
            title="Bevegelser hentes",
            description="api: fra factoringsystemet. folder: bevegelseslister i en mappe. none: bare innbetalinger gjennom banken.",
        ),
    ] = "api"
    folder: Annotated[
        ListFolder | None,
        pydantic.Field(title="Mappe", description="Må fylles ut når bevegelser hentes fra en mappe.", validate_default=True),
    ] = None
    openings: Annotated[
        tuple[Opening, ...],
        pydantic.Field(
            title="Inngående mellomværende",
            description="Per valuta, også når det er null. Fylles ut når bevegelser ikke hentes med api; med api spørres "
            "factoringsystemet.",
        ),
    ] = ()
    table: Annotated[
        tuple[PostingRow, ...],
        pydantic.Field(title="Konteringstabell", description="Bare det som avviker fra standarden i veiledningen."),
    ] = ()
    posts_lookalikes: Annotated[
        bool,
        pydantic.Field(
            title="Før like innbetalinger",
            description="Slås på når factoringsystemet aldri melder tilbake innbetalinger det har fått fra oss. Ellers holdes en "
            "innbetaling når banken og factoringsystemet forteller om hver sin like.",
        ),
    ] = False
    report: Annotated[ReportOptions, pydantic.Field(title="Rapport", description="Hva klienten får vite etter hver kjøring.")] = (
        ReportOptions()
    )

    @property
    def posting_table(self) -> return_data.Table:
        """The standard with this tenant's own rows; a kind without a row is held."""
        own: return_data.Table = {one.kind: return_data.Row(debit=one.debit, credit=one.credit) for one in self.table}
        return {**return_data.DEFAULTS, **own}

    def account_of(self, role: return_data.Role) -> Account:
        """The account of a role. Raises KeyError for the buyer's, and for one that nobody has stated and no row uses."""
        return self.accounts.by_role[role]

    def vat_code_of(self, role: return_data.Role) -> str:
        """The VAT code that is posted with on a role's account."""
        account = self.accounts.by_role.get(role)
        return account.vat_code if isinstance(account, CostAccount) else NO_VAT

    def opening_of(self, currency: str) -> Decimal | None:
        """What the settings say was owed when return data was switched on; None where they do not."""
        return next((one.amount for one in self.openings if one.currency == currency), None)

    @pydantic.field_validator("folder")
    @classmethod
    def _belongs_to_source(cls, folder: ListFolder | None, info: pydantic.ValidationInfo) -> ListFolder | None:
        if (info.data.get("source") == "folder") != (folder is not None):
            raise ValueError("source 'folder' and folder belong together: fill in both, or neither")
        return folder

    @pydantic.field_validator("openings")
    @classmethod
    def _are_asked_of_nobody(cls, openings: tuple[Opening, ...], info: pydantic.ValidationInfo) -> tuple[Opening, ...]:
        if info.data.get("source") == "api" and openings:
            raise ValueError("where source is 'api' the factoring system is asked for its balance: remove them")
        _require_once([one.currency for one in openings])
        return openings

    @pydantic.field_validator("table")
    @classmethod
    def _has_accounts(cls, table: tuple[PostingRow, ...], info: pydantic.ValidationInfo) -> tuple[PostingRow, ...]:
        _require_once([one.kind for one in table])
        accounts: AccountOptions | None = info.data.get("accounts")
        for one in table if accounts else ():
            for role in (one.debit, one.credit):
                if accounts and role != "buyer" and role not in accounts.by_role:
                    raise ValueError(f"{one.kind} is posted on {role}, which has no account: fill in accounts.{role}")
        return table


def _require_once(stated: list[str]) -> None:
    doubled = [one for one, times in Counter(stated).items() if times > 1]
    if doubled:
        raise ValueError(f"{doubled[0]} stands more than once")
