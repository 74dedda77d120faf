"""What a run takes in: everything new, or a range of numbers or dates (a rewind). Nothing is ever sent twice."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import pydantic


class Selection(pydantic.BaseModel, frozen=True, extra="forbid", title="Utvalg"):
    """Which documents to take in. An empty selection is everything that is new."""

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

    def to_odata(self) -> str:
        """The filter for the source's list: what is not delivered, within the range."""
        terms = ["(IsDelivered eq false)"]
        terms += [f"(InvoiceNo ge {self.first_number})"] if self.first_number is not None else []
        terms += [f"(InvoiceNo le {self.last_number})"] if self.last_number is not None else []
        terms += [f"(InvoiceDate ge DateTimeOffset'{self.first_date}')"] if self.first_date is not None else []
        terms += [f"(InvoiceDate le DateTimeOffset'{self.last_date}')"] if self.last_date is not None else []
        return " and ".join(terms)


NEW = Selection()
