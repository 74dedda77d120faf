"""What a run takes in: everything new, or a range of numbers or dates (a rewind). Nothing is ever sent twice."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import pydantic


class Selection(pydantic.BaseModel, frozen=True, extra="forbid", title="Utvalg"):
    """Which documents to take in. An empty selection is everything that is new."""

    numbers: Annotated[
        tuple[int, ...], pydantic.Field(title="Enkeltbilag", description="Bare disse fakturanumrene. Tomt felt: alle.")
    ] = ()
    first_number: Annotated[
        int | None, pydantic.Field(title="Fra fakturanummer", description="Tomt felt: fra den første.", ge=1)
    ] = None
    last_number: Annotated[int | None, pydantic.Field(title="Til fakturanummer", description="Tomt felt: til den siste.", ge=1)] = (
        None
    )
    first_date: Annotated[dt.date | None, pydantic.Field(title="Fra fakturadato")] = None
    last_date: Annotated[dt.date | None, pydantic.Field(title="Til fakturadato")] = None

    @pydantic.model_validator(mode="after")
    def _is_a_range(self) -> Selection:
        for first, last, what in ((self.first_number, self.last_number, "nummer"), (self.first_date, self.last_date, "dato")):
            if first is not None and last is not None and first > last:  # type: ignore[operator]
                raise ValueError(f"Fra-{what} kommer etter til-{what}.")
        return self

    def covers(self, number: str, date: dt.date | None) -> bool:
        """Whether a document with this number and date is in the range. One without a date is in none that asks for dates."""
        in_numbers = not self.numbers or number in {str(one) for one in self.numbers}
        above = self.first_number is None or (number.isdigit() and int(number) >= self.first_number)
        below = self.last_number is None or (number.isdigit() and int(number) <= self.last_number)
        since = self.first_date is None or (date is not None and date >= self.first_date)
        until = self.last_date is None or (date is not None and date <= self.last_date)
        return in_numbers and above and below and since and until

    def to_odata(self) -> str:
        """The filter for the source's list: what is not delivered, within the range."""
        terms = ["(IsDelivered eq false)"]
        terms += [f"({' or '.join(f'(InvoiceNo eq {number})' for number in self.numbers)})"] if self.numbers else []
        terms += [f"(InvoiceNo ge {self.first_number})"] if self.first_number is not None else []
        terms += [f"(InvoiceNo le {self.last_number})"] if self.last_number is not None else []
        terms += [f"(InvoiceDate ge DateTimeOffset'{self.first_date}')"] if self.first_date is not None else []
        terms += [f"(InvoiceDate le DateTimeOffset'{self.last_date}')"] if self.last_date is not None else []
        return " and ".join(terms)


NEW = Selection()
