"""pain.002 (what the bank says of a file of ours): group, batches and payments, each with its reasons, unknown codes too.

Source: pain.002.001.03 and .10 of iso20022.org.
Assumed: without a status on the payment the batch's counts, without one there the group's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, cast

from fakturabro.domain import findings, payments
from fakturabro.formats.iso20022 import parse, values

KINDS = ("pain.002",)
REFUSED = "RJCT"
MOST = 1_000_000
"""Statuses of a report, which is in memory as a whole: 0.7 GB."""


def read(source: parse.Source, found: findings.Findings, limit: int = parse.LIMIT) -> payments.StatusReport:
    """The report. Raises ReadError for what cannot be read on, one without the name of our message among it."""
    document = parse.opened(source, KINDS, found, limit)
    reader = _Reader(document)
    statuses = tuple(itertools.islice(reader.read(), MOST + 1))
    if len(statuses) > MOST:
        raise payments.ReadError("too_many_statuses", value=str(MOST))
    original, sent = reader.original, reader.header
    if not original.get("message_id"):
        raise payments.ReadError("missing", value="OrgnlGrpInfAndSts/OrgnlMsgId")
    if not statuses:
        found.add("warn", "no_transactions")
    return payments.StatusReport(
        message_id=sent.get("message_id", ""),
        created_at=values.time(sent.get("created", "")),
        original_message_id=original["message_id"],
        original_message_name=original.get("name", ""),
        original_count=values.count(original.get("count")),
        original_sum=values.amount(original.get("sum", "")),
        statuses=statuses,
    )


def rows(source: parse.Source, found: findings.Findings, limit: int = parse.LIMIT) -> Iterator[payments.Status]:
    """Status by status, of any number; a batch stands before its payments. Raises ReadError for what cannot be read on."""
    return _Reader(parse.opened(source, KINDS, found, limit)).read()


def settle(report: payments.StatusReport) -> dict[str, payments.Status]:
    """The status that counts for each payment that the report names, by EndToEndId.

    Where one is named twice, it is refused only if it is refused each time: what may be paid is never taken for unpaid.
    """
    found: dict[str, payments.Status] = {}
    for one in report.statuses:
        if one.level == "payment" and (one.end_to_end_id not in found or found[one.end_to_end_id].code == REFUSED):
            found[one.end_to_end_id] = one
    return found


class _Reader:
    """Statuses in the order of the file; a batch stands before its payments."""

    def __init__(self, document: parse.Document) -> None:
        self._document, self._tables = document, document.tables
        self.header: dict[str, Any] = {}
        self.original: dict[str, Any] = {}
        self._batch: dict[str, Any] | None = None

    def read(self) -> Iterator[payments.Status]:
        tag = self._document.tag
        for element in self._document.elements("GrpHdr", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"):
            name = element.tag
            if name == tag("GrpHdr"):
                parse.read(element, self._tables["HEADER"], self.header)
            elif name == tag("OrgnlGrpInfAndSts"):
                parse.read(element, self._tables["GROUP"], self.original)
                yield from self._status("group", self.original, element)
            elif name == tag("TxInfAndSts"):
                yield from self._payment(element)
            else:
                yield from self._begin_batch(element) if self._batch is None else ()
                self._batch = None
            parse.drop(element)

    def _payment(self, element: parse.Element) -> Iterator[payments.Status]:
        if self._batch is None:
            yield from self._begin_batch(cast("parse.Element", element.getparent()))
        fields = parse.read(element, self._tables["STATUS"], {}) | {"batch_id": (self._batch or {}).get("batch_id", "")}
        yield from self._status("payment", fields, element)

    def _begin_batch(self, element: parse.Element) -> Iterator[payments.Status]:
        self._batch = parse.read(element, self._tables["ORIGINAL_BATCH"], {})
        yield from self._status("batch", self._batch, element)

    def _status(self, level: payments.Level, fields: dict[str, Any], element: parse.Element) -> Iterator[payments.Status]:
        """What is said there; nothing where neither status nor reason is."""
        table, reason = self._tables["REASON"], self._document.tag("StsRsnInf")
        reasons = [parse.read(one, table, {}) for one in element.iterchildren(reason)]
        if not reasons and not fields.get("status"):
            return
        yield payments.Status(
            level=level,
            code=fields.get("status", ""),
            reasons=tuple(payments.Reason(code=one.get("code", ""), text="\n".join(one.get("texts", ()))) for one in reasons),
            batch_id=fields.get("batch_id", ""),
            instruction_id=fields.get("instruction_id", ""),
            end_to_end_id=fields.get("end_to_end_id", ""),
            bank_reference=fields.get("bank_reference", ""),
        )
