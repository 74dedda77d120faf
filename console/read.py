"""`fakturabro read FILE`: what a file is, by its content, and what stands in it. Every format joins FORMATS."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from decimal import Decimal

import msgspec

from fakturabro.formats import ehf
from fakturabro.formats.ehf import messages as ehf_messages
from fakturabro.formats.ehf import rules as ehf_rules


class FileFinding(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    severity: str
    line: int | None
    message: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints. `totals` are what is payable, by currency, with a minus on credit notes."""

    format: str
    documents: int
    totals: dict[str, Decimal]
    findings: list[FileFinding]


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How a format is known by its content, and how it is summed up."""

    recognise: Callable[[bytes], bool]
    sum_up: Callable[[bytes, pathlib.Path | None], Summary]


class UnknownFormatError(Exception):
    """The file is nothing that we know."""


def read(data: bytes, rules: pathlib.Path | None) -> Summary:
    """What stands in `data`. Raises UnknownFormatError when no format recognises it."""
    for known in FORMATS:
        if known.recognise(data):
            return known.sum_up(data, rules)
    raise UnknownFormatError(
        "Innholdet er ikke i noe format som Fakturabro kjenner. Kjente formater: EHF-faktura og EHF-kreditnota."
    )


def _sum_up_ehf(data: bytes, rules: pathlib.Path | None) -> Summary:
    try:
        invoice = ehf.read(data)
    except ehf.ReadError as error:
        finding = FileFinding(code="unreadable_document", severity="fatal", line=error.line, message=str(error))
        return Summary(format="ehf", documents=0, totals={}, findings=[finding])
    found = [
        FileFinding(
            code=one.rule,
            severity=one.severity,
            line=ehf_rules.line_of(data, one),
            message=ehf_messages.norwegian(one.rule, one.text),
        )
        for one in ehf_rules.validator(rules).validate(data)
    ]
    found += [
        FileFinding(code="element_not_carried", severity="warning", line=None, message=f"Elementet {path} føres ikke videre.")
        for path in invoice.not_carried
    ]
    sign = -1 if invoice.kind == "credit_note" else 1
    return Summary(
        format=f"ehf {invoice.kind}", documents=1, totals={invoice.currency: sign * invoice.totals.payable}, findings=found
    )


FORMATS = (Format(recognise=ehf.recognise, sum_up=_sum_up_ehf),)
