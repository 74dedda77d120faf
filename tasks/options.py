"""The typed parameters of the factoring flows, as the Prefect UI draws them. A tenant's file fills them in."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from data_quality import blocking
from fakturabro.domain import agreements
from fakturabro.formats.invoice_pdf import brands
from fakturabro.systems.mail import letters


class DistributionOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """How debtors get their documents."""

    email_alternative: Annotated[
        Literal["alternativ 1", "alternativ 2"],
        pydantic.Field(
            title="E-post",
            description="Alternativ 1: lenke og kode, og brev når lenken ikke åpnes. Alternativ 2: PDF som vedlegg.",
        ),
    ] = "alternativ 1"
    letter_after_days: Annotated[
        int,
        pydantic.Field(
            title="Dager til brev",
            description="Er lenken ikke åpnet så mange dager etter at e-posten gikk, sendes fakturaen som brev.",
            ge=1,
            le=30,
        ),
    ] = 4
    letter_days: Annotated[
        Literal["kalenderdager", "virkedager"],
        pydantic.Field(title="Dagene regnes som", description="Regnes i norsk tid fra e-posttjeneren tok imot e-posten."),
    ] = "kalenderdager"
    letter_brake: Annotated[
        int,
        pydantic.Field(
            title="Brems for brev (prosent)",
            description="Er minst 20 lenker, og mer enn denne andelen, ikke åpnet i tide, og ingen åpnet siden, sendes ingen brev "
            "før en person har sett etter; siden kan ha vært nede. Samme grense gjelder e-poster i retur. 100 slår av begge.",
            ge=1,
            le=100,
        ),
    ] = 50
    link_valid_days: Annotated[
        int,
        pydantic.Field(
            title="Lenken varer (dager)",
            description="Så mange dager etter forfall, eller etter utsending hvis den er senere enn forfall, kan lenken åpnes.",
            ge=30,
            le=365,
        ),
    ] = 30
    language: Annotated[
        Literal["auto", "nb", "en"],
        pydantic.Field(
            title="Språk til skyldnerne",
            description="auto: engelsk til kjøpere utenfor Norge, ellers bokmål. nb: alltid bokmål. en: alltid engelsk.",
        ),
    ] = "auto"
    brand: Annotated[brands.BrandOptions, pydantic.Field(title="Profil", description="Logo, farge og bunntekst på fakturaene.")] = (
        brands.BrandOptions()
    )
    letter_only_address: Annotated[
        str,
        pydantic.Field(title="Adresse som betyr brev", description="Står denne som faktura-e-post, sendes fakturaen som brev."),
    ] = "printonly@factoringfinans.no"
    reply_to: Annotated[
        str,
        pydantic.Field(
            title="Svaradresse", description="Adressen som svar på e-posten går til. Tomt felt: selgers e-post på fakturaen."
        ),
    ] = ""

    @pydantic.field_validator("reply_to")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        if text and not letters.is_usable(text.strip()):
            raise ValueError(f"{text!r} is no e-mail address: write it without name and brackets")
        return text.strip()

    postage: Annotated[Literal["A", "B"], pydantic.Field(title="Porto", description="A (prioritert) eller B (økonomi).")] = "B"
    color: Annotated[bool, pydantic.Field(title="Fargetrykk", description="Brev trykkes i farger.")] = False
    send_changed: Annotated[
        bool,
        pydantic.Field(
            title="Send endrede på nytt",
            description="Endrer klienten et bilag i PowerOffice etter at skyldneren har fått det, sendes den nye utgaven. Bare når "
            "alt factoringselskapet har bokført, er uendret: nummer, type, beløp, valuta, datoer, kunde og KID. Avslått: endringen "
            "meldes, men ingenting sendes på nytt.",
        ),
    ] = False


class ReportOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """What the client is told of each slot."""

    language: Annotated[
        Literal["nb", "en"], pydantic.Field(title="Språk", description="nb (bokmål) eller en (engelsk), i rapport og e-post.")
    ] = "nb"
    mail: Annotated[
        Literal["when_needed", "always", "never"],
        pydantic.Field(
            title="E-post",
            description="when_needed: bare når noe nytt venter på klienten, og samme sak høyst én gang per dag. always: etter hver "
            "luke. never: rapporten ligger bare på klientsidene. Mottakerne står under clients i klientens fil.",
        ),
    ] = "when_needed"
    attach: Annotated[
        tuple[Literal["pdf", "xlsx"], ...],
        pydantic.Field(
            title="Vedlegg", description="Rapporten som vedlegg i tillegg til lenken. Tomt: bare lenken, som er det sikreste."
        ),
    ] = ()


class FactoringOptions(pydantic.BaseModel, frozen=True, extra="forbid", title="Factoring"):
    """Channels, KID agreement and rules of one tenant."""

    agreement: Annotated[
        agreements.FactoringAgreement,
        pydantic.Field(title="Factoringavtale", description="Hvem som får betalt, på hvilken konto og med hvilken KID."),
    ]
    distribution: Annotated[
        DistributionOptions, pydantic.Field(title="Utsending", description="Hvordan skyldnerne får fakturaene.")
    ] = DistributionOptions()
    rules: Annotated[blocking.Rules, pydantic.Field(title="Datakvalitet", description="Egne regler for hva som stanses.")] = (
        blocking.Rules()
    )
    report: Annotated[
        ReportOptions, pydantic.Field(title="Klientrapport", description="Hva klienten får vite etter hver luke.")
    ] = ReportOptions()
