"""pain.001 (payments to be made): read with everything checked that a bank checks. Written by `writing`.

Source: pain.001.001.03 and .09 of iso20022.org; Norwegian practice in docs/integrations/bank.md.
Assumed: a time without offset is Norwegian time, one with an offset means the day in Oslo.
Assumed: a creditor reference is the KID whatever its type says.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple, cast

import msgspec

from fakturabro.domain import findings, payments
from fakturabro.formats.iso20022 import parse, rules, values

KINDS = ("pain.001",)
_MANY = frozenset(
    {"InstrForCdtrAgt", "RgltryRptg", "Dtls", "Inf", "RltdRmtInf", "RmtLctnDtls", "Ustrd", "Strd", "RfrdDocInf", "RfrdDocAmt"}
    | {
        "AddtlRmtInf",
        "AdrLine",
        "Othr",
        "LineDtls",
        "Rcrd",
        "ChqMtrtyRule",
        "Authstn",
        "SvcLvl",
        "CdtTrfTxInf",
        "PmtInf",
        "SplmtryData",
    }
    | {"AdjstmntAmtAndRsn", "DscntApldAmt", "TaxAmt", "Prtry"}
)
"""What may stand more than once. Of all else a bank could take another one than we."""
_CHOICES = (("IBAN", "Othr"), ("InstdAmt", "EqvtAmt"), ("Dt", "DtTm"), ("Cd", "Prtry"), ("OrgId", "PrvtId"))
"""Of which one stands and not the other."""


class Row(NamedTuple):
    """The record level: one payment of one batch of one remittance, whose `batches` and `payments` are empty."""

    remittance: payments.Remittance
    batch: payments.Batch
    order: payments.PaymentOrder
    place: str


def read(source: parse.Source, found: findings.Findings, limit: int = parse.LIMIT) -> payments.Remittance:
    """The object level: the remittance in memory. Raises ReadError for what cannot be read on."""
    reader = _Reader(parse.opened(source, KINDS, found, limit), found)
    whole: list[tuple[payments.Batch, list[payments.PaymentOrder]]] = []
    for row in reader.rows():
        if not whole or whole[-1][0] is not row.batch:
            whole.append((row.batch, []))
        whole[-1][1].append(row.order)
    batches = tuple(msgspec.structs.replace(batch, payments=tuple(orders)) for batch, orders in whole)
    return msgspec.structs.replace(reader.remittance, batches=batches)


def rows(source: parse.Source, found: findings.Findings, limit: int = parse.LIMIT) -> Iterator[Row]:
    """One payment at a time; only the payments' names are kept. What breaks a bank's rules, and wrong sums, are in `found`."""
    return _Reader(parse.opened(source, KINDS, found, limit), found).rows()


class _Reader:
    """Where the reading stands, with the sums of the file and of the open batch."""

    def __init__(self, document: parse.Document, found: findings.Findings) -> None:
        self._document, self._tables, self._found = document, document.tables, found
        self._header: dict[str, Any] = {}
        self._remittance: payments.Remittance | None = None
        self._batch: payments.Batch | None = None
        self._batch_fields: dict[str, Any] = {}
        self._known: set[str] = set()
        self._number = 0
        self._whole: parse.Element | None = None
        self._kinds: set[str] = set()
        self._single = rules.Payments()
        self._choices = [(document.tag(one), document.tag(other)) for one, other in _CHOICES]
        self._counts, self._sums = [0, 0], [Decimal(0), Decimal(0)]

    @property
    def remittance(self) -> payments.Remittance:
        """What the header says, without batches."""
        if self._remittance is None:
            raise payments.ReadError("missing", value="GrpHdr")
        return self._remittance

    def rows(self) -> Iterator[Row]:
        payment, batch = self._document.tag("CdtTrfTxInf"), self._document.tag("PmtInf")
        for element in self._document.elements("CdtTrfTxInf", "PmtInf", "GrpHdr"):
            if element.tag == payment:
                yield self._read_payment(element)
            elif element.tag == batch:
                self._end_batch(element)
            else:
                self._read_header(element)
            parse.drop(element)
        self._end()

    def _read_header(self, element: parse.Element) -> None:
        """Who sends, and what the file says that it holds."""
        fields = self._header = parse.read(element, self._tables["HEADER"], {})
        self._whole = element.getparent()
        self._check_structure(element)
        created = values.time(fields.get("created", ""))
        if created is None:
            raise payments.ReadError("bad_time", element.sourceline, value=f"GrpHdr/CreDtTm: {fields.get('created', '')}")
        self._remittance = payments.Remittance(
            message_id=fields.get("message_id", ""), created_at=created, initiator=values.party(fields, "initiator"), batches=()
        )
        self._note(rules.check_header(self._remittance), "GrpHdr", element)

    def _read_payment(self, element: parse.Element) -> Row:
        """One payment, checked."""
        batch = self._batch or self._begin_batch(cast("parse.Element", element.getparent()))
        fields = parse.read(element, self._tables["PAYMENT"], {})
        self._counts = [count + 1 for count in self._counts]
        place = f"PmtInf[{self._number}]/CdtTrfTxInf[{self._counts[1]}]"
        self._check_structure(element)
        order = _order(fields, self._batch_fields, batch, place, element)
        self._sums = [total + order.amount for total in self._sums]
        self._kinds.add(order.kind)
        own = fields.get("category")
        seen = msgspec.structs.replace(batch, category=own) if own else batch
        self._note(self._single.check(order, seen), place, element)
        for extra in ("kids", "numbers"):
            if len(fields.get(extra, ())) > 1:
                self._found.add("warn", "several_references", line=element.sourceline, field=place, value=", ".join(fields[extra]))
        return Row(self.remittance, batch, order, place)

    def _end_batch(self, element: parse.Element) -> None:
        """The batch's own count and sum."""
        batch = self._batch or self._begin_batch(element)
        place = f"PmtInf[{self._number}]"
        self._check_structure(element)
        if not self._counts[1]:
            self._note([rules.Breach("empty_batch", "block", "", batch.batch_id)], place, element)
        if len(self._kinds) > 1:
            self._note([rules.Breach("mixed_kinds", "block", "")], place, element)
        self._check_sums(self._batch_fields, 1, place, element.sourceline)
        self._batch, self._kinds, self._counts[1], self._sums[1] = None, set(), 0, Decimal(0)

    def _end(self) -> None:
        """The file's own count and sum."""
        if self._whole is not None:
            self._check_structure(self._whole)
        self._check_sums(self._header, 0, "GrpHdr", None)
        if not self._counts[0]:
            self._found.add("warn", "no_transactions")

    def _check_sums(self, fields: dict[str, Any], level: int, place: str, line: int | None) -> None:
        counted_here = (values.count(fields.get("count")), self._counts[level])
        summed_here = (values.amount(fields.get("sum", "")), self._sums[level])
        for name, (said, counted) in (("count", counted_here), ("sum", summed_here)):
            if name in fields and said != counted:
                self._found.add("block", f"{name}_differs", line=line, field=place, value=f"{fields[name]} <> {counted}")

    def _begin_batch(self, element: parse.Element) -> payments.Batch:
        fields = self._batch_fields = parse.read(element, self._tables["BATCH"], {})
        batch_id = fields.get("batch_id", "")
        self._number += 1
        place = f"PmtInf[{self._number}]"
        date, account = values.date(fields.get("date", "")), values.account(fields, "debtor")
        if date is None or account is None:
            missing = f"{place}/ReqdExctnDt: {fields.get('date', '')}" if date is None else f"{place}/DbtrAcct"
            raise payments.ReadError("missing", element.sourceline, value=missing)
        if batch_id in self._known:
            self._note([rules.Breach("repeated_batch", "block", "PmtInfId", batch_id)], place, element)
        self._known.add(batch_id)
        self._batch = payments.Batch(
            batch_id=batch_id,
            debtor=values.party(fields, "debtor"),
            account=account,
            execution_date=date,
            payments=(),
            category=fields.get("category", ""),
            service=fields.get("service", ""),
        )
        self._note(rules.check_batch(self._batch), place, element)
        if fields.get("method") != "TRF":
            self._found.add("block", "bad_code", line=element.sourceline, field=f"{place}/PmtMtd", value=fields.get("method", ""))
        return self._batch

    def _check_structure(self, element: parse.Element) -> None:
        """Nothing of a namespace that is not read, and nothing twice that may stand once: that is about the file, not a payment."""
        space, children = f"{{{self._document.namespace}}}", [str(one.tag) for one in element]
        for tag in sorted({tag for tag in children if not tag.startswith(space)}):
            self._found.add("block", "foreign_element", line=element.sourceline, field=_local(element.tag), value=_local(tag))
        for one, other in self._choices:
            if one in children and other in children:
                both = f"{_local(one)}/{_local(other)}"
                self._found.add("block", "repeated_element", line=element.sourceline, field=_local(element.tag), value=both)
        if len(children) != len(set(children)):
            names = collections.Counter(map(_local, children))
            for name in sorted(name for name, count in names.items() if count > 1 and name not in _MANY):
                self._found.add("block", "repeated_element", line=element.sourceline, field=_local(element.tag), value=name)
        for one in element:
            if len(one) and _local(one.tag) not in ("SplmtryData", "CdtTrfTxInf", "PmtInf"):
                self._check_structure(one)

    def _note(self, breaches: Iterable[rules.Breach], place: str, element: parse.Element) -> None:
        for one in breaches:
            field = f"{place}/{one.field}" if one.field else place
            self._found.add(one.severity, one.code, line=element.sourceline, field=field, value=one.value)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _order(
    fields: dict[str, Any], batch_fields: dict[str, Any], batch: payments.Batch, place: str, element: parse.Element
) -> payments.PaymentOrder:
    amount = values.amount(fields.get("amount", ""))
    account = values.account(fields, "creditor")
    if amount is None:
        code = "equivalent_amount" if "equivalent" in fields else "bad_amount"
        raise payments.ReadError(code, element.sourceline, value=f"{place}/Amt: {fields.get('amount', '')}")
    if account is None:
        raise payments.ReadError("missing", element.sourceline, value=f"{place}/CdtrAcct")
    currency = fields.get("amount_currency", "")
    kids, numbers = fields.get("kids", ()), fields.get("numbers", ())
    return payments.PaymentOrder(
        end_to_end_id=fields.get("end_to_end_id", ""),
        instruction_id=fields.get("instruction_id", ""),
        amount=amount,
        currency=currency,
        creditor=payments.Creditor(
            name=fields.get("creditor_name", ""),
            identifier=fields.get("creditor_identifier", ""),
            account=account,
            address=values.address(fields, "creditor"),
            agent=fields.get("creditor_agent", ""),
        ),
        kind=payments.kind_of(account, currency, fields.get("category") or batch.category),
        kid=kids[0] if kids else "",
        text=tuple(fields.get("texts") or fields.get("additional") or ()),
        invoice_number=numbers[0] if numbers else "",
        requested=batch.execution_date,
        purpose=fields.get("purpose", ""),
        charge_bearer=fields.get("charge_bearer") or batch_fields.get("charge_bearer", ""),
        regulatory_code=fields.get("regulatory_code", ""),
        regulatory_text="".join(fields.get("regulatory", ())),
    )
