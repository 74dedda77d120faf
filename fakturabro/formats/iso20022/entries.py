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
from fakturabro.formats.iso20022 import balancing, details, parse, values

_STATUSES = frozenset({"BOOK", "PDNG", "INFO", "FUTR"})
_NOTHING = Decimal(0)


class Row(NamedTuple):
    """The record level: one payment of one entry of one statement, whose `entries` and `parts` are empty.

    `part` is None for an entry without details, `entry` for a statement without entries; `place` is where it stands in the file.
    `reference` is the same whenever the payment is told of; it counts within the account. Nothing of what `is_held` may be used.
    """

    statement: statements.Statement
    entry: statements.Entry | None = None
    part: statements.Part | None = None
    reference: str = ""
    place: str = ""
    is_held: bool = False


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
        self._sum, self._is_odd = _NOTHING, False

    @property
    def _place(self) -> str:
        return f"Stmt[{self._statements}]/Ntry[{self._entries}]"

    @property
    def _is_held(self) -> bool:
        return bool(self._found.held) and self._place in self._found.held

    def _hold(self, code: str, element: parse.Element, field: str, value: str = "") -> None:
        """The open entry is odd by itself: nothing of it may be used."""
        self._is_odd = True
        at = f"{self._place}/TxDtls[{self._parts}]/{field}" if self._parts else f"{self._place}/{field}"
        self._found.hold(self._place, code, line=element.sourceline, field=at, value=value)

    def read_part(self, element: parse.Element) -> Iterator[Row]:
        """The payment; the first of an entry waits for the second, or for the end."""
        above = next(element.iterancestors(self._entry_tag), None)
        if above is None:
            raise payments.ReadError("misplaced", element.sourceline, value="TxDtls")
        entry = self._entry or self._begin_entry(above)
        self._parts += 1
        if cast("parse.Element", element.getparent()).getparent() is not above:
            self._hold("misplaced", element, "TxDtls", "TxDtls")
        part, is_stated = self._part(parse.read(element, self._tables["PART"], {}), entry, element)
        self._sum += part.amount
        if self._parts == 1:
            self._first = part, is_stated
            return
        if self._parts == 2:
            first, first_is_stated = cast("tuple[statements.Part, bool]", self._first)
            self._check_among_several(first, first_is_stated, entry, element)
            yield self._row(first, 1)
        self._check_among_several(part, is_stated, entry, element)
        yield self._row(part, self._parts)

    def end_entry(self, element: parse.Element) -> Iterator[Row]:
        """What is left of the entry, after its sums are seen."""
        entry = self._entry or self._begin_entry(element)
        fields = parse.read(element, self._tables["ENTRY"], {})
        stated = details.stated_parts(fields)
        if self._parts and stated not in (None, self._parts):
            self._hold("parts_count_differs", element, "NtryDtls/Btch/NbOfTxs", f"{stated} <> {self._parts}")
        if self._parts > 1 and self._sum != entry.amount and not self._is_odd:
            self._hold("parts_differ", element, "Amt", f"{entry.amount} <> {self._sum}")
        self._sums.add(entry, fields.get("direction", ""))
        if self._parts == 0:
            self._entry = msgspec.structs.replace(entry, text=fields.get("text", ""), stated_parts=stated)
            yield self._row(None, 0)
        elif self._parts == 1:
            yield self._row(self._alone(entry), 1)
        self._entry, self._first, self._parts, self._sum, self._is_odd = None, None, 0, _NOTHING, False

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
            amount=self._balance_of(fields, element),
            currency=fields["amount_currency"],
            on=values.date(fields.get("date", "")),
        )

    def _begin_entry(self, element: parse.Element) -> statements.Entry:
        statement = self._statement or self._begin_statement(cast("parse.Element", element.getparent()))
        self._entries += 1
        fields = parse.read(element, self._tables["ENTRY"], {})
        currency, status = fields.get("amount_currency", ""), fields.get("status", "")
        self._entry = entry = statements.Entry(
            amount=self._moved(fields, element),
            currency=currency,
            status=status,
            booked=self._date(fields, "booked", element),
            value_date=self._date(fields, "value_date", element),
            reference=details.name(fields.get("reference", "")),
            entry_reference=fields.get("entry_reference", ""),
            reversal=fields.get("reversal") in {"true", "1"},
            code="/".join(filter(None, map(fields.get, ("domain", "family", "subfamily")))) or fields.get("own_code", ""),
            message_id=fields.get("message_id", ""),
            batch_id=fields.get("batch_id", ""),
            stated=details.stated(fields),
        )
        if statement.account.currency not in {"", currency}:
            self._hold("currency_differs", element, "Amt/@Ccy", currency)
        if status not in _STATUSES:
            self._hold("unknown_status", element, "Sts", status)
        if not entry.reference:
            self._found.add("info", "no_bank_reference", line=element.sourceline, field=self._place)
        return entry

    def _balance_of(self, fields: dict[str, Any], element: parse.Element) -> Decimal:
        """A balance that cannot be read makes the whole statement doubtful."""
        amount, direction = values.amount(fields.get("amount", "")), fields.get("direction")
        if amount is None:
            raise payments.ReadError("bad_amount", element.sourceline, value=f"Bal/Amt: {fields.get('amount', '')}")
        if direction not in values.SIGNS:
            raise payments.ReadError("missing", element.sourceline, value="Bal/CdtDbtInd")
        if not values.fits(amount, fields.get("amount_currency", "")):
            self._found.add("block", "amount_decimals", line=element.sourceline, field="Bal", value=fields["amount"])
        return amount * values.SIGNS[direction]

    def _moved(self, fields: dict[str, Any], element: parse.Element) -> Decimal:
        """The entry's amount with its sign; 0 where nobody can tell."""
        text, direction = fields.get("amount", ""), fields.get("direction", "")
        amount = values.amount(text)
        if amount is None:
            self._hold("bad_amount", element, "Amt", text)
        elif not values.fits(amount, fields.get("amount_currency", "")):
            self._hold("amount_decimals", element, "Amt", text)
        if direction not in values.SIGNS:
            self._hold("no_direction", element, "CdtDbtInd", direction)
        return (amount or _NOTHING) * values.SIGNS.get(direction, 0)

    def _date(self, fields: dict[str, Any], field: str, element: parse.Element) -> dt.date | None:
        text = fields.get(field)
        found = values.date(text) if text else None
        if text and found is None:
            self._found.add("warn", "bad_date", line=element.sourceline, field=self._place, value=text)
        return found

    def _part(self, fields: dict[str, Any], entry: statements.Entry, element: parse.Element) -> tuple[statements.Part, bool]:
        """The payment, and whether the file states its amount."""
        said: str | None = fields.get("amount") or fields.get("detail")
        amount = values.amount(said) if said else _NOTHING
        currency = fields.get("amount_currency") or fields.get("detail_currency") or entry.currency
        if amount is None:
            self._hold("bad_amount", element, "Amt", said or "")
        elif said and said[-3:-2] != "." and not values.fits(amount, currency):
            self._hold("amount_decimals", element, "Amt", said)
        if fields.get("direction", "CRDT") not in values.SIGNS:
            self._hold("no_direction", element, "CdtDbtInd", fields["direction"])
        return details.to_part(fields, entry, amount or _NOTHING, currency), said is not None

    def _check_among_several(self, part: statements.Part, is_stated: bool, entry: statements.Entry, element: parse.Element) -> None:
        if not is_stated:
            self._hold("part_without_amount", element, "Amt")
        elif part.currency != entry.currency:
            self._hold("part_currency", element, "Amt/@Ccy", part.currency)

    def _alone(self, entry: statements.Entry) -> statements.Part:
        """The only payment of an entry is what moved on the account, whatever the file says of its origin."""
        part, is_stated = cast("tuple[statements.Part, bool]", self._first)
        if (part.amount, part.currency) == (entry.amount, entry.currency):
            return part
        if is_stated:
            value = f"{part.amount} {part.currency} <> {entry.amount} {entry.currency}"
            self._found.add("warn", "part_differs", field=f"{self._place}/TxDtls[1]", value=value)
        return msgspec.structs.replace(part, amount=entry.amount, currency=entry.currency)

    def _row(self, part: statements.Part | None, index: int) -> Row:
        statement, entry = cast("statements.Statement", self._statement), cast("statements.Entry", self._entry)
        return Row(
            statement,
            entry,
            part,
            self._reference(entry, part, index),
            f"{self._place}/TxDtls[{index}]",
            self._is_held,
        )

    def _reference(self, entry: statements.Entry, part: statements.Part | None, index: int) -> str:
        """The bank's own reference and the place in the entry; without one, a digest of the content and which of its equals."""
        if entry.reference:
            return f"{entry.reference}/{index}"
        content = (entry.amount, entry.booked, entry.value_date, entry.code, entry.text, details.known_by(part))
        digest = hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest()[:24]
        self._nameless[digest] += 1
        return f"{digest}/{self._nameless[digest]}"
