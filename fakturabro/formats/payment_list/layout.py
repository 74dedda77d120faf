"""The columns of a payment list. docs/integrations/bank.md shows the same table; a test compares them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Column(NamedTuple):
    """One column: `heading` as we write it, `aliases` as others do, `longest` in characters, `meaning` for whoever fills it in."""

    field: str
    heading: str
    meaning: str
    is_required: bool = False
    longest: int = 140
    aliases: tuple[str, ...] = ()


COLUMNS = (
    Column("name", "Mottaker", "Navnet på den som skal ha pengene", True, 140, ("Navn", "Mottakers navn", "Ansatt", "Leverandør")),
    Column(
        "account",
        "Kontonummer",
        "Elleve siffer, IBAN, eller et annet nummer i utlandet",
        True,
        34,
        ("Konto", "Mottakers konto", "IBAN"),
    ),
    Column("amount", "Beløp", "Over null, med komma eller punktum foran ørene", True, 24, ("Beløp NOK", "Netto", "Utbetalt")),
    Column("currency", "Valuta", "Tre bokstaver; tom er NOK", False, 3),
    Column(
        "requested", "Forfall", "24.11.2026 eller 2026-11-24; tom er buntens dato", False, 24, ("Forfallsdato", "Betalingsdato")
    ),
    Column("kid", "KID", "2 til 25 tegn med kontrollsiffer; da er Melding tom", False, 25),
    Column("text", "Melding", "Høyst 140 tegn; da er KID tom", False, 140, ("Tekst", "Melding til mottaker")),
    Column("invoice_number", "Fakturanummer", "Fakturaen som betales", False, 35, ("Fakturanr", "Faktura")),
    Column("type", "Type", "lønn, leverandør eller utland; tom følger kontoen", False, 12),
    Column(
        "reference", "Referanse", "Deres egen, ulik for hver betaling; tom lages av innholdet", False, 35, ("Egen referanse", "ID")
    ),
    Column("bic", "BIC", "Bankens BIC, når kontoen er i utlandet og ikke er IBAN", False, 11, ("SWIFT",)),
    Column("street", "Adresse", "Mottakerens gate og nummer", False, 70),
    Column("post_code", "Postnummer", "Mottakerens postnummer", False, 16, ("Postnr",)),
    Column("city", "Sted", "Mottakerens poststed", False, 35, ("Poststed",)),
    Column("country", "Land", "Mottakerens land, to bokstaver", False, 2, ("Landkode",)),
)

ANSWER = "Betalingsstatus"
"""The heading that says that a table tells what became of payments: it is ours, and no list of payments to be made."""

TOTALS = ("sum", "total", "totalt", "ialt")
"""What the first filled cell of the last row says, when the row states the sum of the amounts."""

TYPES = {"lønn": "salary", "lonn": "salary", "leverandør": "domestic", "faktura": "domestic", "utland": "foreign"}


def plain(heading: object) -> str:
    """A heading as it is compared.

    >>> plain(" Beløp (NOK):")
    'beløpnok'
    """
    return re.sub(r"[\W_]+", "", heading.casefold()) if isinstance(heading, str) else ""


_KNOWN = {plain(name): column for column in COLUMNS for name in (column.heading, *column.aliases)}
REQUIRED = tuple(column for column in COLUMNS if column.is_required)


def find(heading: object) -> Column | None:
    """The column that a heading means.

    >>> find("forfallsdato").field
    'requested'
    """
    return _KNOWN.get(plain(heading))
