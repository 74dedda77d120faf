"""Invoices and credit notes. Their rules stand in sales_rules, their sentences and weights in the tables that kinds share."""

from __future__ import annotations

import importlib
from typing import Any

from data_quality import kinds

KINDS = (
    kinds.Kind(
        name="invoice",
        words={
            "nb": kinds.Words("fakturaen", "Krediter fakturaen i PowerOffice Go og send en ny med riktige opplysninger."),
            "en": kinds.Words("invoice", "Credit the invoice in PowerOffice Go and send a new one that is right."),
        },
    ),
    kinds.Kind(
        name="credit_note",
        words={
            "nb": kinds.Words("kreditnotaen", "Lag en ny faktura som opphever kreditnotaen, og send en ny kreditnota."),
            "en": kinds.Words("credit note", "Make a new invoice that cancels the credit note, and send a new credit note."),
        },
    ),
)


def make(register: str = "") -> Any:
    """The suite with the register of post codes in the file `register`; empty: the shipped one."""
    return importlib.import_module("data_quality.sales_rules").make(register)
