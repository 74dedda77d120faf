"""The parameters of customers, articles and projects between Severa and Fortnox. A master has no default."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

Master = Literal["severa", "fortnox"]
Place = Literal["address", "delivery", "visiting", "none"]
"""Where a kind of address stands in Fortnox; "none": it is not carried."""


class AddressPlaces(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Where Severa's three kinds of addresses stand in Fortnox. Two kinds cannot stand in the same place."""

    billing: Annotated[
        Place, pydantic.Field(title="Fakturaadresse", description="address: Fortnox' adresse. none: overføres ikke.")
    ] = "address"
    postal: Annotated[Place, pydantic.Field(title="Postadresse", description="delivery: Fortnox' leveringsadresse.")] = "delivery"
    visit: Annotated[Place, pydantic.Field(title="Besøksadresse", description="visiting: Fortnox' besøksadresse.")] = "visiting"

    @pydantic.model_validator(mode="after")
    def _stand_apart(self) -> AddressPlaces:
        used = [place for place in (self.billing, self.postal, self.visit) if place != "none"]
        if len(set(used)) < len(used):
            raise ValueError("two kinds of addresses stand in the same place in Fortnox: give each its own, or none")
        return self


class CustomerOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Which customers are carried, and whose changes count."""

    master: Annotated[
        Master,
        pydantic.Field(
            title="Hovedsystem", description="Bare endringer her føres over. Nye kunder føres begge veier. Ingen standard."
        ),
    ]
    transfer_all: Annotated[
        bool,
        pydantic.Field(
            title="Overfør alle kunder",
            description="Avslått: en kunde i Severa føres først over når den har et aktivt prosjekt eller en faktura.",
        ),
    ] = False
    addresses: Annotated[
        AddressPlaces, pydantic.Field(title="Adresser", description="Severa til venstre, stedet i Fortnox til høyre.")
    ] = AddressPlaces()
    email_to_invoice: Annotated[
        bool,
        pydantic.Field(
            title="E-post til faktura",
            description="Kundens e-post i Severa skrives også i Fortnox' felt for faktura-e-post (EmailInvoice).",
        ),
    ] = False


class ArticleOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Products, work types and types of travel expense on Severa's side; articles on Fortnox'."""

    master: Annotated[
        Master,
        pydantic.Field(
            title="Hovedsystem", description="Bare endringer her føres over. Nye produkter føres begge veier. Ingen standard."
        ),
    ]


class ProjectOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Projects go from Severa to Fortnox only."""

    carried: Annotated[bool, pydantic.Field(title="Overfør prosjekter")] = True
    closes: Annotated[
        bool,
        pydantic.Field(
            title="Avslutt også i Fortnox", description="Avslått: et prosjekt som lukkes i Severa, står åpent i Fortnox."
        ),
    ] = False
