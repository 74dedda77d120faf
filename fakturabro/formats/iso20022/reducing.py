"""A pain.001 of somebody else's with only some of its payments: the others are cut out, and those that stay lose nothing.

What must be another is changed in place: the names of message, batches and payments, the days, counts and sums.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from fakturabro.formats.iso20022 import parse, values


class Kept(NamedTuple):
    """A payment that stays: its name, and the day on which it is to be paid."""

    end_to_end_id: str
    day: dt.date


class ReduceError(ValueError):
    """The file cannot be cut: payments of one batch on several days, or one without a name. It has to be written anew."""


class Reduced(NamedTuple):
    """The file, and the batch of each payment by its place in the source."""

    data: bytes
    batches: Mapping[int, str]


def reduce(source: bytes, message_id: str, kept: Mapping[int, Kept]) -> Reduced:
    """Only these payments, by their place in the source from 1. The same source and payments give the same bytes.

    The source was read without fault before. Raises ReduceError.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    root = etree.fromstring(source, parser)
    space = f"{{{etree.QName(root).namespace}}}"
    place, number, batches = 0, 0, dict[int, str]()
    header = next(root.iter(f"{space}GrpHdr"))
    for batch in list(root.iter(f"{space}PmtInf")):
        stays: list[Kept] = []
        name = f"{message_id}-{number + 1}"
        for payment in list(batch.iterchildren(f"{space}CdtTrfTxInf")):
            place += 1
            if one := kept.get(place):
                stays.append(one)
                batches[place] = name
                _rename(payment, space, one.end_to_end_id)
            else:
                batch.remove(payment)
        if not stays:
            parent = batch.getparent()
            assert parent is not None  # noqa: S101 a batch stands in its message
            parent.remove(batch)
            continue
        number += 1
        _set(batch, f"{space}PmtInfId", name)
        _set_day(batch, space, {one.day for one in stays})
        _set_sums(batch, batch, space)
    _set(header, f"{space}MsgId", message_id)
    _set_sums(header, root, space)
    return Reduced(etree.tostring(root, xml_declaration=True, encoding="UTF-8"), batches)


def _rename(payment: parse.Element, space: str, end_to_end_id: str) -> None:
    named = payment.find(f"{space}PmtId/{space}EndToEndId")
    if named is None:
        raise ReduceError("a payment without EndToEndId")
    named.text = end_to_end_id


def _set(parent: parse.Element, tag: str, text: str) -> None:
    """Where it stands; what the source left out stays out."""
    if (found := parent.find(tag)) is not None:
        found.text = text


def _set_day(batch: parse.Element, space: str, days: set[dt.date]) -> None:
    if len(days) != 1:
        raise ReduceError(f"{len(days)} days in one batch")
    stated = batch.find(f"{space}ReqdExctnDt")
    if stated is not None:
        inner = stated if len(stated) == 0 else stated[0]
        said = (inner.text or "").strip()
        if values.date(said) != next(iter(days)):
            _, _, time = said.partition("T")
            inner.text = next(iter(days)).isoformat() + (f"T{time[:8]}" if time else "")  # an offset could make it another day


def _set_sums(stating: parse.Element, whole: parse.Element, space: str) -> None:
    """Count and sum of all payments below `whole`, where `stating` states them."""
    amounts = [one.text or "" for one in whole.iter(f"{space}InstdAmt")]
    _set(stating, f"{space}NbOfTxs", str(sum(1 for _ in whole.iter(f"{space}CdtTrfTxInf"))))
    _set(stating, f"{space}CtrlSum", f"{sum((Decimal(text.strip()) for text in amounts), Decimal(0)):f}")
