"""The typed parameters of Severa and Fortnox, as the Prefect UI draws them. A tenant's file fills them in.

What neither the vendors nor the client's agreement gives, has no default: masters, statuses, the product of costs, the first day.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from fakturabro.domain import identity
from fakturabro.systems.mail import letters
from tasks.options import ReportOptions
from tasks.severa_fortnox.document_options import PurchaseOptions, SalesInvoiceOptions
from tasks.severa_fortnox.register_options import ArticleOptions, CustomerOptions, ProjectOptions


class MailOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Who is told what went wrong, once after each run that has something new."""

    receivers: Annotated[
        tuple[str, ...],
        pydantic.Field(title="Mottakere", description="E-postadresser. Tomt: ingen e-post; loggen har det samme."),
    ] = ()
    language: Annotated[Literal["nb", "en"], pydantic.Field(title="Språk", description="nb (bokmål) eller en (engelsk).")] = "nb"

    @pydantic.field_validator("receivers")
    @classmethod
    def _are_addresses(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for text in listed:
            if not letters.is_usable(text):
                raise ValueError(f"{text!r} is no e-mail address: write it without name and brackets")
        return listed


class SyncOptions(pydantic.BaseModel, frozen=True, extra="forbid", title="Severa og Fortnox"):
    """What is carried between one tenant's Severa and its Fortnox, and which of them decides."""

    organisation_number: Annotated[
        str,
        pydantic.Field(
            title="Organisasjonsnummer",
            description="Klientens, som i Fortnox. Er Fortnox koblet til et annet firma, skjer ingenting.",
            max_length=20,
        ),
    ]
    customers: Annotated[CustomerOptions, pydantic.Field(title="Kunder", description="Hovedsystem og adresser.")]
    articles: Annotated[ArticleOptions, pydantic.Field(title="Produkter", description="Produkter, arbeidstyper og reiseutgifter.")]
    invoices: Annotated[SalesInvoiceOptions, pydantic.Field(title="Salgsfakturaer", description="Fra Severa til Fortnox.")]
    purchases: Annotated[PurchaseOptions, pydantic.Field(title="Prosjektkostnader", description="Fra Fortnox til Severa.")]
    projects: Annotated[ProjectOptions, pydantic.Field(title="Prosjekter", description="Fra Severa til Fortnox.")] = (
        ProjectOptions()
    )
    fortnox_tenant: Annotated[
        str,
        pydantic.Field(
            title="Fortnox TenantId",
            description="Klientens databasenummer. Tomt felt: nøkkelen fra samtykket på tilkoblingssiden brukes.",
            pattern="^[0-9]{0,12}$",
        ),
    ] = ""
    mail: Annotated[MailOptions, pydantic.Field(title="Varsling om feil", description="Én e-post per kjøring.")] = MailOptions()
    report: Annotated[ReportOptions, pydantic.Field(title="Rapport", description="Hva klienten får vite etter hver kjøring.")] = (
        ReportOptions()
    )

    def master_of(self, register: Literal["customer", "article", "project"]) -> Literal["severa", "fortnox"]:
        """Whose changes of a register count."""
        masters: dict[str, Literal["severa", "fortnox"]] = {"customer": self.customers.master, "article": self.articles.master}
        return masters.get(register, "severa")

    @pydantic.field_validator("organisation_number")
    @classmethod
    def _has_digits(cls, number: str) -> str:
        if not 9 <= len(identity.digits(number)) <= 12:
            raise ValueError(f"{number!r} is no organisation number: nine digits in Norway, ten in Sweden")
        return number.strip()
