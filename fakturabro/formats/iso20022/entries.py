"""Elements of camt.053 and camt.054 -> rows: one payment of one entry of one statement, with all that must add up."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple, cast

import msgspec

from fakturabro.domain import findings, payments, statements
from fakturabro.formats.iso20022 import balancing, parse, values

_NOT_PROVIDED = "NOTPROVIDED"
_NAMES_NOTHING = frozenset({_NOT_PROVIDED, "NOTPROVIDE", "NONREF", "NOREF", "NONE"})
"""What banks write in a field that must not be empty."""


class Row(NamedTuple):
    """The record level: one payment of one entry of one statement, whose `entries` and `parts` are empty.

    `part` is None for an entry without details, `entry` for a statement without entries; `place` is where it stands in the file.
    `reference` is the same whenever the payment is told of; it counts within the account.
    """

    statement: statements.Statement
    entry: statements.Entry | None = None
    part: statements.Part | None = None
    reference: str = ""
    place: str = ""


class Reader:
    """Where the reading stands: the open statement, the open entry, and its first payment, which may be the only one."""

    def __init__(self, document: parse.Document, found: findings.Findings) -> None:
        self._tables, self._balance, self._found = document.tables, document.tag("Bal"), found
        self._entry_tag = document.tag("Ntry")
        self._sums = balancing.Balancing(found)
        self._statement: statements.Statement | None = None
        self._statement_fields: dict[str, Any] = {}
        self._entry: statements.Entry | None = None
        self._first: tuple[statements.Part, bool] | None = None
        self._nameless: Counter[str] = Counter()
        self._statements = self._entries = self._parts = 0
        self._sum = Decimal(0)

    @property
    def _place(self) -> str:
        parts = f"/TxDtls[{self._parts}]" if self._parts else ""
        return f"Stmt[{self._statements}]/Ntry[{self._entries}]{parts}"

    def read_part(self, element: parse.Element) -> Iterator[Row]:
        """The payment; the first of an entry waits for the second, or for the end."""
        above = cast("parse.Element", element.getparent()).getparent()
        if above is None or above.tag != self._entry_tag:
            raise payments.ReadError("misplaced", element.sourceline, value="TxDtls")
        entry = self._entry or self._begin_entry(above)
        self._parts += 1
        part, is_stated = self._part(parse.read(element, self._tables["PART"], {}), entry, element)
        self._sum += part.amount
        if self._parts == 1:
            self._first = part, is_stated
            return
        if self._parts == 2:
            first, first_is_stated = cast("tuple[statements.Part, bool]", self._first)
            self._check_among_several(first, first_is_stated, entry, 1)
            yield self._row(first, 1)
        self._check_among_several(part, is_stated, entry, self._parts)
        yield self._row(part, self._parts)

    def end_entry(self, element: parse.Element) -> Iterator[Row]:
        """What is left of the entry, after its sums are seen."""
        entry = self._entry or self._begin_entry(element)
        fields = parse.read(element, self._tables["ENTRY"], {})
        self._sums.add(entry)
        if self._parts == 0:
            text = fields.get("text", "")
            self._entry = msgspec.structs.replace(entry, text=text) if text else entry
            yield self._row(None, 0)
        elif self._parts == 1:
            yield self._row(self._alone(entry), 1)
        elif self._sum != entry.amount:
            self._found.add(
                "block", "parts_differ", line=element.sourceline, field=self._place, value=f"{entry.amount} <> {self._sum}"
            )
        stated = [values.count(text) for text in fields.get("stated_parts", ())]
        if self._parts and stated and None not in stated and sum(filter(None, stated)) != self._parts:
            value = f"{sum(filter(None, stated))} <> {self._parts}"
            self._found.add("block", "count_differs", line=element.sourceline, field=self._place, value=value)
        self._entry, self._first, self._parts, self._sum = None, None, 0, Decimal(0)

    def end_statement(self, element: parse.Element) -> Iterator[Row]:
        """The sums of the statement, and the statement itself where it had no entries."""
        statement = self._statement or self._begin_statement(element)
        place = f"Stmt[{self._statements}]"
        self._sums.end(statement, self._statement_fields, place, element.sourceline)
        if not self._entries:
            yield Row(statement, place=place)
        self._statement, self._entries = None, 0

    def end(self) -> None:
        """A file without a single entry is never a silent success."""
        if not self._sums.entries:
            self._found.add("warn", "no_transactions")

    def _begin_statement(self, element: parse.Element) -> statements.Statement:
        self._statements += 1
        fields = self._statement_fields = parse.read(element, self._tables["STATEMENT"], {})
        account = values.account(fields, "account")
        if account is None:
            raise payments.ReadError("missing", element.sourceline, value=f"Stmt[{self._statements}]/Acct/Id")
        net = values.amount(fields.get("net", ""))
        self._statement = statements.Statement(
            account=account,
            id=fields.get("id", ""),
            owner=fields.get("owner", ""),
            sequence=values.count(fields.get("sequence")),
            balances=tuple(self._read_balance(one) for one in element.iterchildren(self._balance)),
            stated_count=values.count(fields.get("count")),
            stated_net=-net if net and fields.get("net_direction") == "DBIT" else net,
        )
        return self._statement

    def _read_balance(self, element: parse.Element) -> statements.Balance:
        fields = parse.read(element, self._tables["BALANCE"], {})
        return statements.Balance(
            code=fields.get("code", ""),
            amount=self._signed(fields, "Bal", element),
            currency=fields["amount_currency"],
            on=values.date(fields.get("date", "")),
        )

    def _begin_entry(self, element: parse.Element) -> statements.Entry:
        statement = self._statement or self._begin_statement(cast("parse.Element", element.getparent()))
        self._entries += 1
        fields = parse.read(element, self._tables["ENTRY"], {})
        currency = fields.get("amount_currency", "")
        self._entry = entry = statements.Entry(
            amount=self._signed(fields, self._place, element),
            currency=currency,
            status=fields.get("status", "BOOK"),
            booked=self._date(fields, "booked", element),
            value_date=self._date(fields, "value_date", element),
            reference=_name(fields.get("reference", "")),
            entry_reference=fields.get("entry_reference", ""),
            reversal=fields.get("reversal") in {"true", "1"},
            code="/".join(filter(None, map(fields.get, ("domain", "family", "subfamily")))) or fields.get("own_code", ""),
            message_id=fields.get("message_id", ""),
            batch_id=fields.get("batch_id", ""),
        )
        if statement.account.currency not in {"", currency}:
            self._found.add("block", "currency_differs", line=element.sourceline, field=self._place, value=currency)
        if not entry.reference:
            self._found.add("info", "no_bank_reference", line=element.sourceline, field=self._place)
        return entry

    def _signed(self, fields: dict[str, Any], place: str, element: parse.Element) -> Decimal:
        text = fields.get("amount", "")
        amount = values.amount(text)
        direction = fields.get("direction")
        if amount is None:
            raise payments.ReadError("bad_amount", element.sourceline, value=f"{place}/Amt: {text}")
        if direction not in {"CRDT", "DBIT"}:
            raise payments.ReadError("missing", element.sourceline, value=f"{place}/CdtDbtInd")
        if not values.fits(amount, fields.get("amount_currency", "")):
            self._found.add("block", "amount_decimals", line=element.sourceline, field=place, value=text)
        return -amount if direction == "DBIT" else amount

    def _date(self, fields: dict[str, Any], field: str, element: parse.Element) -> dt.date | None:
        text = fields.get(field)
        found = values.date(text) if text else None
        if text and found is None:
            self._found.add("warn", "bad_date", line=element.sourceline, field=self._place, value=text)
        return found

    def _part(self, fields: dict[str, Any], entry: statements.Entry, element: parse.Element) -> tuple[statements.Part, bool]:
        """The payment, and whether the file states its amount."""
        said = fields.get("amount") or fields.get("detail")
        amount = values.amount(said) if said else Decimal(0)
        if amount is None:
            raise payments.ReadError("bad_amount", element.sourceline, value=f"{self._place}: {said}")
        get = fields.get
        if (
            said
            and said[-3:-2] != "."
            and not values.fits(amount, get("amount_currency") or get("detail_currency") or entry.currency)
        ):
            self._found.add("block", "amount_decimals", line=element.sourceline, field=self._place, value=said)
        direction = get("direction")
        end_to_end_id = get("end_to_end_id", "")
        kids, numbers = get("kids", ()), get("numbers", ())
        part = statements.Part(
            amount=-amount if (direction == "DBIT" if direction else entry.amount < 0) else amount,
            currency=get("amount_currency") or get("detail_currency") or entry.currency,
            kid=kids[0] if kids else "",
            text="\n".join(get("texts") or get("additional") or ()) or get("text", ""),
            message_id=get("message_id", ""),
            batch_id=get("batch_id", ""),
            instruction_id=get("instruction_id", ""),
            end_to_end_id="" if end_to_end_id == _NOT_PROVIDED else end_to_end_id,
            reference=get("reference", ""),
            payer_name=get("payer_name", ""),
            payer_account=values.account(fields, "payer"),
            payee_name=get("payee_name", ""),
            payee_account=values.account(fields, "payee"),
            references=(*kids[1:], *numbers) if numbers or len(kids) > 1 else (),
            return_reason=get("return_reason", ""),
        )
        return part, said is not None

    def _check_among_several(self, part: statements.Part, is_stated: bool, entry: statements.Entry, index: int) -> None:
        if is_stated and part.currency == entry.currency:
            return
        code = "part_currency" if is_stated else "part_without_amount"
        place = f"Stmt[{self._statements}]/Ntry[{self._entries}]/TxDtls[{index}]"
        self._found.add("block", code, field=place, value=part.currency)

    def _alone(self, entry: statements.Entry) -> statements.Part:
        """The only payment of an entry is what moved on the account, whatever the file says of its origin."""
        part, is_stated = cast("tuple[statements.Part, bool]", self._first)
        if (part.amount, part.currency) == (entry.amount, entry.currency):
            return part
        if is_stated:
            value = f"{part.amount} {part.currency} <> {entry.amount} {entry.currency}"
            self._found.add("warn", "part_differs", field=self._place, value=value)
        return msgspec.structs.replace(part, amount=entry.amount, currency=entry.currency)

    def _row(self, part: statements.Part | None, index: int) -> Row:
        statement, entry = cast("statements.Statement", self._statement), cast("statements.Entry", self._entry)
        return Row(
            statement,
            entry,
            part,
            self._reference(entry, part, index),
            f"Stmt[{self._statements}]/Ntry[{self._entries}]/TxDtls[{index}]",
        )

    def _reference(self, entry: statements.Entry, part: statements.Part | None, index: int) -> str:
        """The bank's own reference and the place in the entry; without one, a digest of the content and which of its equals."""
        if entry.reference:
            return f"{entry.reference}/{index}"
        content = (entry.amount, entry.booked, entry.value_date, entry.code, entry.text, part)
        digest = hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest()[:24]
        self._nameless[digest] += 1
        return f"{digest}/{self._nameless[digest]}"


def _name(reference: str) -> str:
    """The bank's reference; empty where it names nothing: NOTPROVIDED, or noughts only."""
    plain = "".join(sign for sign in reference.upper() if sign.isalnum())
    return "" if plain in _NAMES_NOTHING or not plain.strip("0X") else reference
