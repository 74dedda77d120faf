"""How a tenant's documents look: logo, colour and a line of its own at the foot. Everything has a default.

Source: https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
import pydantic

from fakturabro.domain import languages
from fakturabro.formats.invoice_pdf import logos

NEUTRAL = "#1f4e79"
_LEAST_CONTRAST = 4.5
_COLOR = re.compile("#[0-9a-f]{6}")
_FILE = re.compile(r"[\w][\w .-]{0,100}\.(svg|png)", re.IGNORECASE)
_LONGEST_FOOTER = 110
"""One line, in letters of ordinary width."""


class BrandError(ValueError):
    """A brand that cannot be used; the message says what to change, in Norwegian."""


class Brand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the layout needs to know; `Brand()` is neutral. `logo` is the bytes of a file that `logos.check` let through."""

    color: str = NEUTRAL
    logo: bytes = b""
    footer_nb: str = ""
    footer_en: str = ""

    def footer(self, language: languages.Language) -> str:
        """The line at the foot; in English the Norwegian one where there is no other."""
        return self.footer_en or self.footer_nb if language == "en" else self.footer_nb


class BrandOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """The tenant's own look on invoices and credit notes."""

    logo: Annotated[
        str,
        pydantic.Field(
            title="Logo",
            description="Filnavn på en SVG eller PNG i samme mappe som klientens fil, høyst 128 kB. `fakturabro apply` tar vare på "
            "den. Tomt felt: selgers navn settes som ordmerke.",
        ),
    ] = ""
    color: Annotated[
        str,
        pydantic.Field(
            title="Farge", description="På titler, streker og sumfelt, som #rrggbb. Må ha kontrast 4,5:1 mot hvitt (WCAG AA)."
        ),
    ] = NEUTRAL
    footer_nb: Annotated[
        str, pydantic.Field(title="Bunntekst", description="Nederst på hver side.", max_length=_LONGEST_FOOTER)
    ] = ""
    footer_en: Annotated[
        str,
        pydantic.Field(
            title="Bunntekst på engelsk",
            description="På engelske fakturaer. Tomt felt: den norske.",
            max_length=_LONGEST_FOOTER,
        ),
    ] = ""

    @pydantic.field_validator("logo")
    @classmethod
    def _is_a_file(cls, name: str) -> str:
        if name and not _FILE.fullmatch(name):
            raise ValueError(f"{name!r} er ikke navnet på en .svg eller .png ved siden av klientens fil")
        return name

    @pydantic.field_validator("color")
    @classmethod
    def _is_readable(cls, color: str) -> str:
        return check_color(color)


def make(options: BrandOptions, logo: bytes) -> Brand:
    """The brand of these settings and the logo's bytes (empty for none). Raises BrandError."""
    if logo:
        try:
            logos.check(logo)
        except logos.LogoError as error:
            raise BrandError(f"{options.logo}: {error}") from error
    return Brand(color=options.color, logo=logo, footer_nb=options.footer_nb, footer_en=options.footer_en)


def check_color(color: str) -> str:
    """The colour as #rrggbb in small letters. Raises BrandError where it is none, or white text on it could not be read.

    >>> check_color("#1F4E79")
    '#1f4e79'
    """
    plain = color.strip().lower()
    if not _COLOR.fullmatch(plain):
        raise BrandError(f"{color!r} er ingen farge: skriv den som #rrggbb, for eksempel {NEUTRAL}")
    if (found := contrast(plain)) < _LEAST_CONTRAST:
        said = f"{found:.1f}:1".replace(".", ",")
        raise BrandError(f"{color} har kontrast {said} mot hvitt, og 4,5:1 kreves (WCAG AA). Nærmeste som går, er {_darker(plain)}")
    return plain


def contrast(color: str) -> float:
    """The contrast between a colour and white, 1 to 21."""
    parts = [part / 255 for part in bytes.fromhex(color[1:])]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def tint(color: str) -> str:
    """The colour as a pale ground for dark text.

    >>> tint("#1f4e79")
    '#f0f3f6'
    """
    return _mixed(color, 255, 0.065)


def _darker(color: str) -> str:
    return next(mixed for share in range(99, -1, -1) if contrast(mixed := _mixed(color, 0, share / 100)) >= _LEAST_CONTRAST)


def _mixed(color: str, ground: int, share: float) -> str:
    return "#" + bytes(round(part * share + ground * (1 - share)) for part in bytes.fromhex(color[1:])).hex()
