"""The parameters of sales invoices and purchase costs between Severa and Fortnox. Statuses, products and days have no default."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

import pydantic

from tasks.severa_fortnox import register_options

Status = Annotated[str, pydantic.Field(max_length=100)]
"""The name of an invoice status, as the client wrote it in Severa."""


class Rate(pydantic.BaseModel, frozen=True, extra="forbid"):
    """A rate that is used where Severa's invoice has none."""

    currency: Annotated[str, pydantic.Field(title="Valuta", pattern="^[A-Z]{3}$")]
    rate: Annotated[
        Decimal, pydantic.Field(title="Kurs", description="Kroner for én enhet av valutaen.", gt=0, max_digits=12, decimal_places=6)
    ]


class SalesInvoiceOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Which of Severa's invoices are carried to Fortnox, and what becomes of them there and here. Statuses have no default."""

    from_status: Annotated[
        Status, pydantic.Field(title="Overføres når status er", description="Fakturastatus i Severa.", min_length=1)
    ]
    transferred_status: Annotated[
        Status,
        pydantic.Field(title="Status etter overføring", description="Settes når fakturaen er kontrollert i Fortnox.", min_length=1),
    ]
    number_master: Annotated[
        register_options.Master,
        pydantic.Field(title="Fakturanummer gis av", description="fortnox, hvis fakturaene sendes derfra. Ingen standard."),
    ]
    carried: Annotated[bool, pydantic.Field(title="Overfør fakturaer")] = True
    first_number: Annotated[
        int | None,
        pydantic.Field(
            title="Første fakturanummer",
            description="Det første som overføres. Det og de neste må være ledige der de skal inn. Tomt felt: neste nummer i "
            "systemet som gir nummer.",
            ge=1,
            validate_default=True,
        ),
    ] = None
    sent_status: Annotated[
        Status,
        pydantic.Field(title="Status når sendt", description="Settes når Fortnox har sendt fakturaen. Tomt felt: ingen endring."),
    ] = ""
    paid_status: Annotated[
        Status,
        pydantic.Field(title="Status når betalt", description="Settes når den er betalt i Fortnox. Tomt felt: ingen endring."),
    ] = ""
    attachments: Annotated[
        bool, pydantic.Field(title="Vedlegg", description="Fakturaens vedlegg i Severa legges også på fakturaen i Fortnox.")
    ] = False
    vat_country: Annotated[
        Literal["SE", "NO"],
        pydantic.Field(
            title="Mva-land",
            description="SE: 25, 12, 6 og 0 prosent. NO: 25, 15, 12 og 0 prosent, i et Fortnox-firma som har lagt inn satsene.",
        ),
    ] = "SE"
    other_languages: Annotated[
        Literal["SV", "EN"],
        pydantic.Field(
            title="Språk ellers", description="Fortnox kan svensk og engelsk. Dette brukes for alle andre språk enn de to."
        ),
    ] = "SV"
    free_texts: Annotated[
        Literal["rows", "remarks"],
        pydantic.Field(
            title="Tekst over og under rader",
            description="rows: egne tekstrader over og under fakturaradene. remarks: sammen med fakturateksten.",
        ),
    ] = "rows"
    account: Annotated[
        int | None,
        pydantic.Field(
            title="Konto for rader uten artikkel",
            description="Tomt felt: en rad med flere produkter, eller med et produkt som Fortnox ikke har, stanser fakturaen.",
            ge=1000,
            le=9999,
        ),
    ] = None
    rates: Annotated[
        tuple[Rate, ...],
        pydantic.Field(
            title="Valutakurser",
            description="Brukes når fakturaen i Severa har kurs 1 eller ingen kurs. Tomt: en slik faktura stanses.",
        ),
    ] = ()

    vat_rounding: Annotated[
        Literal["hold", "accept"],
        pydantic.Field(
            title="Øre i mva",
            description="hold: en faktura der mva kan bli noen øre annerledes i Fortnox, stanses. accept: den overføres, og "
            "forskjellen står i overføringsloggen.",
        ),
    ] = "hold"

    @pydantic.model_validator(mode="after")
    def _moves_on(self) -> SalesInvoiceOptions:
        if self.from_status in (self.transferred_status, self.sent_status, self.paid_status):
            raise ValueError(f"invoices would be carried again: {self.from_status!r} is from_status and what they are moved to")
        if len({one.currency for one in self.rates}) < len(self.rates):
            raise ValueError("a currency stands more than once in rates")
        return self

    def rate_of(self, currency: str) -> Decimal | None:
        """The rate that the client has given for a currency."""
        return next((one.rate for one in self.rates if one.currency == currency), None)


class PurchaseOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Rows of Fortnox' supplier invoices as costs on Severa's projects."""

    default_product: Annotated[
        str,
        pydantic.Field(
            title="Standardprodukt",
            description="Koden til produktet i Severa som rader uten artikkel får.",
            min_length=1,
            max_length=50,
        ),
    ]
    since: Annotated[
        dt.date, pydantic.Field(title="Gjelder fra", description="Leverandørfakturaer med tidligere fakturadato føres ikke over.")
    ]
    carried: Annotated[bool, pydantic.Field(title="Overfør prosjektkostnader")] = True
    images: Annotated[
        bool,
        pydantic.Field(title="Bilder", description="Bilde og vedlegg legges som én PDF blant prosjektets filer i Severa."),
    ] = False
