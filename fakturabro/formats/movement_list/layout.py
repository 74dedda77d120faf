"""The columns and kinds of a movement list. docs/integrations/return_data.md shows the same tables; a test compares them."""

from __future__ import annotations

import re
from typing import NamedTuple

from fakturabro.domain import return_data


class Column(NamedTuple):
    """One column: `heading` as we write it, `aliases` as others do, `longest` in characters, `meaning` for whoever exports it."""

    field: str
    heading: str
    meaning: str
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    longest: int = 35


COLUMNS = (
    Column("id", "Bevegelse", "Deres eget nummer, ulikt for hver bevegelse hos klienten", ("Bevegelsesnummer", "Movement"), True),
    Column("client", "Klientnummer", "Det samme på hver rad", ("Klient", "Client"), True),
    Column("kind", "Type", "Se tabellen over typer", ("Kind",), True),
    Column("date", "Dato", "2026-11-24 eller 24.11.2026", ("Bokføringsdato", "Date"), True, 10),
    Column("amount", "Beløp", "Med mva.; minus tar tilbake; 1234,50 eller 1234.50", ("Amount",), True, 20),
    Column("vat", "Mva", "Den delen av beløpet som er mva.", ("Mva-beløp", "VAT"), False, 20),
    Column("vat_rate", "Mva-sats", "I prosent: 25", ("VAT rate",), False, 8),
    Column("currency", "Valuta", "Tre bokstaver; tom er NOK", ("Currency",), False, 3),
    Column("text", "Tekst", "Det klienten skal lese på bilaget", ("Beskrivelse", "Text"), False, 140),
    Column("invoice_number", "Fakturanummer", "Fakturaen det gjelder", ("Fakturanr", "Invoice number")),
    Column("kid", "KID", "KID på fakturaen", (), False, 25),
    Column("buyer_number", "Kundenummer", "Kundens nummer hos klienten", ("Kundenr", "Buyer number")),
    Column("settlement", "Oppgjør", "Deres eget oppgjørsnummer", ("Oppgjørsnummer", "Settlement")),
)
TEXTS = ("id", "client", "text", "invoice_number", "kid", "buyer_number", "settlement")
"""Fields that are written as they are: one that begins as a formula does gets an apostrophe in front."""

TOTALS = ("sum", "total", "totalt")
"""What stands in the column `id` of the last row; `kind` then says how many movements there are, `amount` what they add up to."""

KINDS: dict[return_data.MovementKind, str] = {
    "payment": "Innbetaling",
    "administrative_fee": "Administrativt gebyr",
    "return_data_fee": "Returdatagebyr",
    "financial_fee": "Finansielt gebyr",
    "payout": "Utbetaling",
    "reminder_fee": "Purregebyr",
    "interest": "Rente",
    "bad_debt": "Tap",
    "balance_change": "Endring i mellomværende",
}
"""As we write them. The English name is the kind itself."""


def plain(name: str) -> str:
    """A heading or kind as it is compared.

    >>> plain(" Mva-sats (%):")
    'mvasats'
    """
    return re.sub(r"[\W_]+", "", name.casefold())


_COLUMNS = {plain(name): column for column in COLUMNS for name in (column.heading, *column.aliases)}
_KINDS: dict[str, return_data.MovementKind] = {plain(name): kind for kind, told in KINDS.items() for name in (told, kind)}


def find(heading: str) -> Column | None:
    """The column that a heading means.

    >>> find("invoice number").field
    'invoice_number'
    """
    return _COLUMNS.get(plain(heading))


def kind_of(written: str) -> return_data.MovementKind | None:
    """
    >>> kind_of("administrativt gebyr"), kind_of("Payout"), kind_of("gebyr")
    ('administrative_fee', 'payout', None)
    """
    return _KINDS.get(plain(written))
