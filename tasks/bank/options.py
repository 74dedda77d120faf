"""The typed parameters of the bank flows, as the Prefect UI draws them. A tenant's file fills them in; secrets stand elsewhere."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

import pydantic

from fakturabro.domain import bank_accounts, kid, payments
from tasks.accounting import options as accounting_options
from tasks.bank import places as bank_places


class OwnAccount(pydantic.BaseModel, frozen=True, extra="forbid"):
    """An account of the tenant's own in this bank."""

    number: Annotated[str, pydantic.Field(title="Kontonummer", description="Elleve siffer, eller IBAN.")]
    currency: Annotated[str, pydantic.Field(title="Valuta", pattern="^[A-Z]{3}$")] = "NOK"
    bic: Annotated[str, pydantic.Field(title="BIC", description="Bankens BIC. Tomt felt: utelates.")] = ""
    holder: Annotated[str, pydantic.Field(title="Kontohaver", description="Navnet i filene. Tomt felt: avsenderens.")] = ""
    pays: Annotated[bool, pydantic.Field(title="Betales fra", description="Avslått: ingen betaling går fra kontoen.")] = True
    kids: Annotated[
        tuple[kid.KidAgreement, ...],
        pydantic.Field(title="KID-avtaler", description="For innbetalinger til kontoen. Ingen: KID kontrolleres ikke."),
    ] = ()

    @pydantic.field_validator("number")
    @classmethod
    def _is_account(cls, number: str) -> str:
        return bank_accounts.checked(number)

    @property
    def account(self) -> payments.Account:
        """As it stands in files; its `number` is how accounts are compared."""
        return payments.account(self.number, self.currency, self.bic)


class AccountingOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Where payments come from, and where it is told what became of them."""

    system: Annotated[
        Literal["file", "poweroffice", "fortnox"],
        pydantic.Field(title="System", description="file: alle systemer, ved filer. Ellers gjennom systemets eget API."),
    ] = "file"
    folders: Annotated[
        bank_places.FolderOptions, pydantic.Field(title="Mapper", description="Delt med regnskaps- eller lønnssystemet.")
    ] = bank_places.FolderOptions()
    signing_keys: Annotated[
        tuple[str, ...],
        pydantic.Field(
            title="Signaturnøkler",
            description="Offentlige Ed25519-nøkler (base64, 32 byte) for systemet som lager filene. En fil med gyldig signatur ved "
            "siden av seg (NAVN.sig) trenger ingen bekreftelse av en person.",
        ),
    ] = ()
    lists_from: Annotated[
        str,
        pydantic.Field(
            title="Konto for lister", description="Betalingslister betales herfra. Tomt felt: den eneste kontoen det betales fra."
        ),
    ] = ""
    return_form: Annotated[
        Literal["bank_files", "list", "api"],
        pydantic.Field(
            title="Tilbakemelding",
            description="bank_files: bankens returfiler, urørt. list: en CSV-fil med status, dato og årsak. api: i systemets API.",
        ),
    ] = "bank_files"
    incoming: Annotated[
        Literal["factoring", "file", "poweroffice", "fortnox", "none"],
        pydantic.Field(
            title="Innbetalinger", description="Hvor de posteres. file: filen legges urørt i regnskapets mappe. none: ingen steder."
        ),
    ] = "file"
    factoring_client: Annotated[
        str,
        pydantic.Field(title="Klientnummer", description="Hos factoringselskapet. Må fylles ut når innbetalinger posteres der."),
    ] = ""
    forward: Annotated[
        bool,
        pydantic.Field(
            title="Videresend filer", description="Innbetalingsfiler og kontoutskrifter legges urørt i regnskapets mappe."
        ),
    ] = True
    api: Annotated[
        accounting_options.ApiOptions,
        pydantic.Field(title="Regnskapets API", description="Bare for PowerOffice og Fortnox."),
    ] = accounting_options.ApiOptions()

    @pydantic.field_validator("signing_keys")
    @classmethod
    def _are_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            try:
                length = len(base64.b64decode(key, validate=True))
            except (binascii.Error, ValueError):
                length = 0
            if length != 32:
                raise ValueError(f"{key!r} is no Ed25519 public key: 32 bytes in base64 are needed")
        return keys

    @pydantic.model_validator(mode="after")
    def _fits_together(self) -> AccountingOptions:
        bank_places.require_absolute(self.folders)
        if self.return_form == "api" and self.system == "file":
            raise ValueError("return_form 'api' needs a system with an API: name it in system, or choose bank_files or list")
        if self.incoming == "factoring" and not self.factoring_client:
            raise ValueError("incoming 'factoring' needs the client's number there: fill in factoring_client")
        if self.system != "file" and not self.api.pays_from:
            raise ValueError(f"system {self.system!r} needs the account that its invoices are paid from: fill in api.pays_from")
        if (self.return_form == "api" or self.incoming in ("poweroffice", "fortnox")) and not self.api.ledger_accounts:
            raise ValueError("what is posted by API needs its accounts: fill in api.ledger_accounts")
        return self


class GuardOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """When a payment or a file waits for a person. That the very same payment never goes twice is no setting."""

    other_due_date_days: Annotated[
        int,
        pydantic.Field(
            title="Samme betaling, annet forfall (dager)",
            description="Samme konto, beløp og KID eller fakturanummer som for så lenge siden, venter på en person.",
            ge=30,
            le=730,
        ),
    ] = 180
    without_reference_days: Annotated[
        int,
        pydantic.Field(
            title="Uten referanse (dager)",
            description="Uten KID og fakturanummer: samme mottaker og beløp innen så mange dager venter. Gjelder ikke lønn.",
            ge=7,
            le=365,
        ),
    ] = 30
    moves_to_banking_day: Annotated[
        bool,
        pydantic.Field(
            title="Flytt til bankdag",
            description="Forfall på helg eller helligdag flyttes til neste bankdag. Avslått: datoen står.",
        ),
    ] = True
    past_due_days: Annotated[
        int,
        pydantic.Field(title="For sent (dager)", description="Forfall lenger tilbake enn dette venter på en person.", ge=0, le=365),
    ] = 30
    ahead_months: Annotated[
        int, pydantic.Field(title="Langt fram (måneder)", description="Forfall lenger fram enn dette venter.", ge=1, le=24)
    ] = 12
    unusual_factor: Annotated[
        float,
        pydantic.Field(
            title="Uvanlig stor (ganger medianen)",
            description="Antall, sum eller største betaling over så mange ganger medianen av de siste filene, og over det høyeste "
            "med påslag, venter på en person.",
            ge=1,
            le=100,
        ),
    ] = 3.0
    unusual_percent: Annotated[
        int, pydantic.Field(title="Påslag på det høyeste (prosent)", description="Av de 20 siste filene.", ge=0, le=1000)
    ] = 50
    new_receivers_percent: Annotated[
        int,
        pydantic.Field(
            title="Nye mottakere (prosent)", description="En høyere andel nye mottakere enn dette venter.", ge=0, le=100
        ),
    ] = 50
    fewest_files: Annotated[
        int, pydantic.Field(title="Filer før det er vanlig", description="De første filene venter alle på en person.", ge=0, le=50)
    ] = 5


class FollowOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """When somebody is told that the bank has not answered."""

    answer_hours: Annotated[
        int, pydantic.Field(title="Svar (timer)", description="Så lenge etter overlevering skal banken ha kvittert.", ge=1, le=120)
    ] = 4
    approval_hours: Annotated[
        int,
        pydantic.Field(
            title="Godkjenning (timer)", description="Venter betalinger lenger på godkjenning i banken, meldes det.", ge=1, le=240
        ),
    ] = 24
    proof_days: Annotated[
        int,
        pydantic.Field(
            title="Bevis (bankdager)", description="Så lenge etter forfall skal banken ha vist at pengene gikk.", ge=0, le=10
        ),
    ] = 1
    ask_days: Annotated[
        int, pydantic.Field(title="Spør (bankdager)", description="Så lenge etter forfall spørres en godkjenner.", ge=1, le=30)
    ] = 3


class IncidentOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """When a file of incoming payments repeats an earlier day so much that nothing of it is posted before somebody knows why."""

    fewest: Annotated[int, pydantic.Field(title="Minst antall", description="Gjentatte betalinger i filen.", ge=2, le=10_000)] = 10
    percent: Annotated[int, pydantic.Field(title="Minst andel (prosent)", description="Av filens betalinger.", ge=1, le=100)] = 50
    days: Annotated[
        int,
        pydantic.Field(
            title="Dager tilbake", description="Så langt tilbake sammenlignes det. Faste måneder er ingen hendelse.", ge=1, le=20
        ),
    ] = 10


class BankOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """One tenant's bank, its accounts there, and the accounting system beside them."""

    bank: Annotated[bank_places.BankConnection, pydantic.Field(title="Bank", description="Mapper, server, versjon og avsender.")]
    accounts: Annotated[
        tuple[OwnAccount, ...],
        pydantic.Field(title="Kontoer", description="Egne kontoer i banken. Fra andre kontoer betales ingenting.", min_length=1),
    ]
    accounting: Annotated[AccountingOptions, pydantic.Field(title="Regnskap", description="Hvor betalinger kommer fra og går til.")]
    other_accounts: Annotated[
        tuple[str, ...],
        pydantic.Field(
            title="Andres kontoer",
            description="Står i bankens filer, men er ikke klientens. Innbetalinger til andre ukjente kontoer meldes som feil.",
        ),
    ] = ()
    guards: Annotated[GuardOptions, pydantic.Field(title="Vakter", description="Hva som venter på en person.")] = GuardOptions()
    follow: Annotated[FollowOptions, pydantic.Field(title="Oppfølging", description="Når stillhet fra banken meldes.")] = (
        FollowOptions()
    )
    incidents: Annotated[
        IncidentOptions,
        pydantic.Field(title="Hendelser", description="Når en innbetalingsfil stanses fordi den gjentar en tidligere dag."),
    ] = IncidentOptions()

    @pydantic.model_validator(mode="after")
    def _lists_are_paid_from_an_own_account(self) -> BankOptions:
        wanted = self.accounting.lists_from
        if wanted and not ((own := self.find_account(payments.account(wanted).number)) and own.pays):
            raise ValueError(f"lists_from {wanted!r} is none of the accounts that payments may go from")
        return self

    def find_account(self, number: str) -> OwnAccount | None:
        """The own account of this number (payments.Account.number); None for one that is not ours."""
        return next((one for one in self.accounts if one.account.number == number), None)
