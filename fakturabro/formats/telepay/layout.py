"""The fields of a Telepay record, positions from 1 to 320.

Source: BSK, Telepay 2.01 (10 March 2004), as Business Central's Norwegian remittance, TelepayLib and hoopla's cruncher read it.
Assumed: all amounts have two decimals, whatever their currency.
"""

from __future__ import annotations

from typing import NamedTuple

LENGTH = 320


class Field(NamedTuple):
    """Where a field stands: `start` counts from 0, `end` is behind it."""

    start: int
    end: int


def _fields(table: str) -> dict[str, Field]:
    """The fields of lines such as "amount 258-272".

    >>> _fields("amount 258-272")
    {'amount': Field(start=257, end=272)}
    """
    found: dict[str, Field] = {}
    for name, at in (line.split() for line in table.strip().splitlines()):
        start, _, end = at.partition("-")
        found[name] = Field(int(start) - 1, int(end or start))
    return found


HEADER = _fields("""
    mark 1-2
    version 3
    return_code 4-5
    routine 6-9
    day 10-13
    sequence 14-19
    size 39-40
    kind 41-48
    enterprise 49-59
""")
"""The same in every record; `day` is MMDD, `sequence` runs unbroken within a day."""

RECORDS = {
    "00": _fields("""
        division 60-70
        control 71-74
        produced 81-84
        version 95-104
        operator 115-125
        own_reference 297-311
    """),
    "01": _fields("""
        account 60-70
        control 71-74
        bank_reference 75-80
        pay_date 81-86
        own_reference 87-116
        pay_currency 117-119
        invoice_currency 120-122
        debited 215-230
        transferred 231-246
        client_reference 247-251
        execution_reference 252-257
        cancel_code 264
        value_date 266-271
        fee 272-280
        rate 281-292
        cancel_cause 293
    """),
    "02": _fields("""
        account 60-70
        control 71-74
        bank_reference 75-80
        bic 81-91
        bank_name 92-126
        bank_country 243-244
    """),
    "03": _fields("""
        account 60-70
        control 71-74
        bank_reference 75-80
        payee_account 81-115
        payee_name 116-150
        payee_country 256-257
    """),
    "04": _fields("""
        account 60-70
        control 71-74
        bank_reference 75-80
        text 81-115
        own_reference 116-150
        amount 151-165
        direction 166
        cancel_cause 234
        kid_mark 293
        serial 294-296
    """),
    "21": _fields("""
        account 60-70
        control 71-74
        bank_reference 75-80
        pay_date 81-86
        own_reference 87-116
        payee_account 118-128
        payee_name 129-158
        own_account_amount 249-263
        text_code 264-266
        type 267
        cancel_code 268
        amount 269-283
        client_reference 284-288
        value_date 289-294
        cancel_cause 301
        form_number 311-320
    """),
    "22": _fields("""
        account 60-70
        control 71-74
        bank_reference 75-80
        payee_account 81-91
        payee_name 92-121
        amount 122-136
        cancel_code 137
        own_reference 138-172
        serial 293-296
        cancel_cause 297
    """),
    "23": _fields("""
        account 60-70
        control 71-74
        bank_reference 75-80
        text 81-120
        text_2 121-160
        text_3 161-200
        kid 201-227
        own_reference 228-257
        amount 258-272
        direction 273
        invoice_number 274-293
        serial 294-296
        cancel_cause 297
        customer_number 298-312
        invoice_date 313-320
    """),
    "99": _fields("""
        control 71-74
        produced 81-84
        orders 85-88
        total 89-103
        records 104-108
        software 297-312
        bank_version 313-320
    """),
}
"""BETFORnn -> what stands in it. Amounts are in øre; `direction` is D (to pay) or K (credit note)."""

ORDERS = {"21": ("22", "23"), "01": ("02", "03", "04")}
"""The record that begins an order -> those that belong to it."""
