"""The check: subjects in, findings per subject out. Great Expectations is imported when the first check runs (4 to 5 s)."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from data_quality import blocking, postcodes
from fakturabro.domain import documents, findings, parties


class CheckError(RuntimeError):
    """The check itself failed, so nothing is known of any document: the run must stop, nothing may be booked or sent."""


class Identified(Protocol):
    """Anything that can be checked has an id that is unique in the batch."""

    @property
    def id(self) -> int: ...


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice or credit note to check, with what the source says about it outside the document."""

    id: int
    """The ledger's id, unique in the batch."""
    invoice: documents.Invoice
    recipient: parties.Recipient
    card: parties.Card | None = None
    """The customer card in the source system."""
    source_total: Decimal | None = None
    """The total that the source's own list states. Its sign is ignored on credit notes."""
    same_number: str = ""
    """Another document of this tenant that has the same number, by date and amount as `written.another_document` has it."""
    card_address_differs: bool = False
    """Document and card both have a complete address, and not the same."""
    twin: str = ""
    """Number of an earlier document of this tenant with the same `twins.twin_key`."""
    business_date: dt.date | None = None
    """The day that the invoice's date is looked at from; None: its age is not judged."""


class CardSubject(msgspec.Struct, frozen=True, kw_only=True):
    """One customer card to check."""

    id: int
    """The ledger's id, unique in the batch."""
    card: parties.Card


def check(
    subjects: Iterable[Identified], rules: blocking.Rules, suite: str = "sales_documents", *, post_codes: str = ""
) -> dict[int, tuple[findings.Finding, ...]]:
    """The findings of every subject by its id, in the order of the suite's rules; an empty tuple for a clean one.

    `subjects` is read as a stream and only column values are kept: 10,000 to 20,000 at a time are cheapest. `suite` names the
    module in data_quality/suites: "sales_documents" for `Subject`, "customers" for `CardSubject`. `post_codes` is the path of a
    newer register of post codes (see postcodes). Raises CheckError for an empty batch, a repeated id, and whenever Great
    Expectations did not judge every row by every rule, and postcodes.RegisterError. May be called from several threads at once.
    """
    validation = importlib.import_module("data_quality.validation")
    postcodes.read(post_codes)
    chosen: Any = importlib.import_module(f"data_quality.suites.{suite}").make(post_codes)
    return validation.validate(chosen, subjects, rules)
