"""`fakturabro read FILE`: what a file is, by its content, and what stands in it. Every format joins FORMATS."""

from __future__ import annotations

import pathlib
from typing import BinaryIO

from console import read_bank, read_return_data
from console.summaries import SNIFFED, FileFinding, Format, Summary
from fakturabro.formats import ehf
from fakturabro.formats.ehf import messages as ehf_messages
from fakturabro.formats.ehf import parse as ehf_parse
from fakturabro.formats.ehf import rules as ehf_rules

_NOTHING = b"\xef\xbb\xbf\x1a\x00 \t\r\n"
"""Bytes that say nothing: blanks, a byte order mark, the end of file of old systems."""


class UnknownFormatError(Exception):
    """The file is nothing that we know."""


def read(source: BinaryIO, rules: pathlib.Path | None) -> Summary:
    """What stands in an open file. Raises UnknownFormatError when no format recognises how it begins."""
    head = source.read(SNIFFED)
    source.seek(0)
    if not head.strip(_NOTHING):
        raise UnknownFormatError("Filen er tom.")
    for known in FORMATS:
        if known.recognise(head):
            return known.sum_up(source, rules)
    raise UnknownFormatError(
        "Innholdet er ikke i noe format som Fakturabro kjenner. Kjente formater: EHF-faktura og EHF-kreditnota, "
        "fra banken pain.001, pain.002, camt.053, camt.054, OCR giro, AvtaleGiro og Telepay, betalingslister i CSV og Excel, "
        "og bevegelseslister fra factoringsystemet i CSV."
    )


def _sum_up_ehf(source: BinaryIO, rules: pathlib.Path | None) -> Summary:
    data = source.read(ehf_parse.LIMIT + 1)
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


FORMATS = (Format(recognise=ehf.recognise, sum_up=_sum_up_ehf), *read_bank.FORMATS, *read_return_data.FORMATS)
