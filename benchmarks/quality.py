"""The suite against hand-written pandas (quality_pandas): the same 15 rules over the same frame, rows named on both sides.

In the time: judging every row by every rule, and for each row that is wrong its id with what is wrong. The suite's side ends in
findings weighed by the tenant's rules, the peer's in frames of ids and values. Not in the time, on either side: the imports,
reading documents into columns and making the frame, which is one and the same (its own row says what that costs). Both must name
the same documents for the same reasons, or nothing is measured.
"""

from __future__ import annotations

import datetime as dt
import gc
import itertools
import random
import sys
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from benchmarks import rows
from data_quality import postcodes
from data_quality import suite as suites
from fakturabro.domain import findings

_SIZES = {100_000: 6.0, 1_000_000: 4.5}
_BUYERS_PER_DOCUMENT = 0.1
_FAULTY_EVERY = 50
_PASSAGES = 3
_RULES = (
    ("missing_number", "ID"),
    ("duplicate_number", "ID"),
    ("missing_buyer_name", "Name"),
    ("missing_postal_address", "MailAddress"),
    ("placeholder_postal_address", "MailAddress.AddressLine1"),
    ("placeholder_postal_address", "MailAddress.City"),
    ("incomplete_postal_address", "MailAddress.AddressLine1"),
    ("incomplete_postal_address", "MailAddress.ZipCode"),
    ("post_code_of_another_place", "MailAddress.City"),
    ("wrong_organisation_number", "OrganizationNumber"),
    ("sum_of_lines_differs", "LegalMonetaryTotal.LineExtensionAmount"),
    ("totals_do_not_add_up", "LegalMonetaryTotal.PayableAmount"),
    ("unknown_currency", "DocumentCurrencyCode"),
    ("due_date_before_invoice_date", "DueDate"),
    ("invalid_email", "InvoiceEmailAddress"),
)
_FAULTS: tuple[dict[str, Any], ...] = (
    {"number": None},
    {"same_number": "3f2c"},
    {"buyer_name": None},
    {"address_line": None, "postal_zone": None, "city": None},
    {"address_line": "Ukjent"},
    {"city": "-"},
    {"address_line": None},
    {"postal_zone": "503"},
    {"city": "Tromsø", "postal_zone": "5003"},
    {"buyer_organisation_numbers": "974760674"},
    {"sum_of_lines": Decimal("1.00")},
    {"payable": Decimal("1.00")},
    {"currency": "NKR"},
    {"due_date": dt.date(2026, 1, 1)},
    {"emails": "post@firma"},
)


Named = tuple[int, str, str]
"""Document, code, field."""


class Result(msgspec.Struct, kw_only=True):
    """One size: seconds of the suite and of pandas (the best of some passages, taken in turns), and what they found."""

    suite: float
    pandas: float
    wrong_rows: int


def measure() -> list[rows.Row]:
    """A row per size."""
    found = {size: msgspec.convert(rows.child("quality", size, within=1_200), Result) for size in _SIZES}
    return [
        rows.row(
            f"quality_{size}",
            one.suite,
            "s",
            f"ratio <= {_SIZES[size]}",
            peer=one.pandas,
            note=f"{one.wrong_rows:,} wrong rows named",
        )
        for size, one in found.items()
    ]


def main() -> None:
    """Measure one size, the first argument."""
    sys.stdout.write(msgspec.json.encode(compare(int(sys.argv[1]))).decode() + "\n")


def compare(count: int, passages: int = _PASSAGES) -> Result:
    """Both over the same frame of `count` documents. Raises MeasuringError when they do not find the same."""
    from benchmarks import quality_pandas  # noqa: PLC0415 - pandas and Great Expectations only in the child that measures
    from data_quality import blocking, validation  # noqa: PLC0415 - see above

    table, ids, rules = _table(), range(count), blocking.Rules()
    frame = validation.to_frame(table, _columns(count))
    found = {
        "suite": lambda: _named(validation.judge([(table, frame)], ids, rules)),
        "pandas": lambda: {(id_, *rule) for *rule, wrong in quality_pandas.check(frame) for id_ in wrong["id"].tolist()},
    }
    seconds, named = dict.fromkeys(found, float("inf")), list[set[Named]]()
    for name in list(found) * passages:
        gc.collect()
        started = time.perf_counter()
        named.append(found[name]())
        seconds[name] = min(seconds[name], time.perf_counter() - started)
    if any(one != named[0] for one in named) or {(code, field) for _, code, field in named[0]} != set(_RULES):
        raise rows.MeasuringError("suite and pandas do not name the same documents for the same reasons")
    return Result(suite=seconds["suite"], pandas=seconds["pandas"], wrong_rows=len(named[0]))


def _named(found: Mapping[int, Sequence[findings.Finding]]) -> set[Named]:
    return {(id_, one.code, one.field) for id_, some in found.items() for one in some}


def _table() -> suites.Table[Any]:
    """The documents' table with the chosen rules as the product has them, but none silenced by another, and their columns only."""
    from data_quality.suites import sales_documents  # noqa: PLC0415 - see above

    table = sales_documents.make().tables[0]
    chosen = [msgspec.structs.replace(rule, silenced_by=()) for rule in table.rules if (rule.code, rule.field) in _RULES]
    return msgspec.structs.replace(table, rules=tuple(chosen), columns=("id", *_document(_Buyer())))


class _Buyer(msgspec.Struct, frozen=True):
    number: int = 0
    code: str = ""
    place: str = ""


def _columns(count: int) -> list[list[Any]]:
    """Believable values, a column per name of `_document` after the ids; one document in fifty has one of the faults."""
    chance = random.Random(4)  # noqa: S311 - believable, not secret
    lines = [line.split(",") for line in postcodes.SHIPPED.read_text(encoding="utf-8").splitlines()[1:]]
    buyers = [_Buyer(number, *chance.choice(lines)) for number in range(max(1, int(count * _BUYERS_PER_DOCUMENT)))]
    documents = (_document(chance.choice(buyers), at) for at in range(count))
    faults = itertools.cycle(_FAULTS)
    wrong = ({**one, **next(faults)} if at % _FAULTY_EVERY == 0 else one for at, one in enumerate(documents))
    return [list(column) for column in zip(*((at, *one.values()) for at, one in enumerate(wrong)), strict=True)]


def _document(buyer: _Buyer, at: int = 0) -> dict[str, Any]:
    net, issued = Decimal(10_000 + at % 90_000).scaleb(-2), dt.date(2026, 11, 1 + at % 20)
    return {
        "number": str(1_000_000 + at),
        "same_number": None,
        "buyer_name": f"Kunde {buyer.number} AS",
        "address_line": f"Storgata {buyer.number}",
        "postal_zone": buyer.code,
        "city": buyer.place.title(),
        "country": "NO",
        "buyer_organisation_numbers": "974760673" if buyer.number % 2 else "991825827",
        "line_extension": net,
        "sum_of_lines": net + 0,
        "payable": net + net / 4,
        "calculated_payable": net + net / 4,
        "currency": "NOK",
        "issue_date": issued,
        "due_date": issued + dt.timedelta(days=14),
        "emails": f"faktura{buyer.number}@kunde{buyer.number % 700}.no",
    }


if __name__ == "__main__":
    main()
