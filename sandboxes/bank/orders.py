"""pain.001 as the sandbox bank reads it: by lxml from the structure of the schema, without our own format package.

What one package misunderstands, the other would not notice. Only numbers of accounts and KIDs are judged by `fakturabro.domain`.

Source: pain.001.001.03 and .09 of iso20022.org.
"""

from __future__ import annotations

import datetime as dt
import decimal
import pathlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec
from lxml import etree

from sandboxes.bank import markup

State = Literal["waiting", "accepted", "short", "executed", "rejected", "returned"]
_TAKEN = ("pain.001.001.03", "pain.001.001.09")


class RefusedFileError(ValueError):
    """The bank takes nothing of this file. `code` is ISO's; `message_id` and `message_name` as far as they could be read."""

    def __init__(self, code: str, text: str, message_id: str = "", message_name: str = _TAKEN[-1]) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text, self.message_id, self.message_name = code, text, message_id, message_name

    def to_file(self) -> File:
        """What can be said of it in an answer."""
        return File(message_id=self.message_id, message_name=self.message_name, count=0, total=Decimal(0), orders=[])


class Order(msgspec.Struct, kw_only=True):
    """One payment at the bank. Accounts are numbers without letters of a Norwegian IBAN; `reference` is the bank's own."""

    message_id: str
    batch_id: str
    instruction_id: str
    end_to_end_id: str
    debtor: str
    creditor: str
    creditor_name: str
    amount: Decimal
    currency: str
    kid: str
    text: str
    due: dt.date
    together: bool
    state: State = "waiting"
    code: str = ""
    why: str = ""
    reference: str = ""
    short_on: dt.date | None = None
    executed_on: dt.date | None = None
    returned_on: dt.date | None = None


class File(msgspec.Struct, kw_only=True):
    """A file as it was handed over; what it states of itself, and what stands in it. `orders` keep the order of the file."""

    message_id: str
    message_name: str
    count: int
    total: Decimal
    orders: list[Order]


def read(content: bytes, schemas: pathlib.Path | None = None) -> File:
    """What the file asks for. Raises RefusedFileError: FF01 form, AM18 counts, AM10 sums. `schemas` is a folder of XSD files."""
    root = _parsed(content)
    name = etree.QName(root).namespace or ""
    if name.removeprefix(markup.NAMESPACE) not in _TAKEN:
        raise RefusedFileError("FF01", f"the bank takes {' and '.join(_TAKEN)}, not {name}")
    name = name.removeprefix(markup.NAMESPACE)
    message_id = _text(root, "*/GrpHdr/MsgId")
    if schemas is not None:
        schema = etree.XMLSchema(file=str(schemas / f"{name}.xsd"))
        if not schema.validate(root):
            raise RefusedFileError("FF01", str(schema.error_log[0].message), message_id, name)
    try:
        orders = [order for batch in _all(root, "*/PmtInf") for order in _batch(batch, message_id)]
        header = _all(root, "*/GrpHdr")[0]
        _check_sums(header, orders)
        for batch in _all(root, "*/PmtInf"):
            _check_sums(batch, [one for one in orders if one.batch_id == _text(batch, "PmtInfId")])
    except RefusedFileError as error:
        raise RefusedFileError(error.code, error.text, message_id, name) from error
    except (IndexError, ValueError, decimal.InvalidOperation) as error:
        raise RefusedFileError("FF01", f"something is missing or has no value: {error}", message_id, name) from error
    if not message_id or not orders:
        raise RefusedFileError("FF01", "no MsgId, or no payments", message_id, name)
    total = sum((one.amount for one in orders), Decimal(0))
    return File(message_id=message_id, message_name=name, count=len(orders), total=total, orders=orders)


def number(account: str) -> str:
    """What accounts are compared by.

    >>> number("NO9386011117947"), number("86011117947"), number("DE89370400440532013000")
    ('86011117947', '86011117947', 'DE89370400440532013000')
    """
    return account[4:] if account.startswith("NO") and len(account) == 15 else account


def _batch(batch: etree._Element, message_id: str) -> Iterator[Order]:
    debtor = _account(batch, "DbtrAcct")
    due = dt.date.fromisoformat((_text(batch, "ReqdExctnDt/Dt") or _text(batch, "ReqdExctnDt"))[:10])
    for one in _all(batch, "CdtTrfTxInf"):
        amount = _all(one, "Amt/InstdAmt")[0]
        yield Order(
            message_id=message_id,
            batch_id=_text(batch, "PmtInfId"),
            instruction_id=_text(one, "PmtId/InstrId"),
            end_to_end_id=_text(one, "PmtId/EndToEndId"),
            debtor=debtor,
            creditor=_account(one, "CdtrAcct"),
            creditor_name=_text(one, "Cdtr/Nm"),
            amount=Decimal((amount.text or "").strip()),
            currency=str(amount.get("Ccy")),
            kid=_text(one, "RmtInf/Strd/CdtrRefInf/Ref"),
            text=" ".join((line.text or "").strip() for line in _all(one, "RmtInf/Ustrd")),
            due=due,
            together=_text(batch, "BtchBookg") != "false",
        )


def _check_sums(element: etree._Element, orders: list[Order]) -> None:
    stated, total = _text(element, "NbOfTxs"), _text(element, "CtrlSum")
    if stated and int(stated) != len(orders):
        raise RefusedFileError("AM18", f"{stated} payments are stated, {len(orders)} are there")
    if total and Decimal(total) != sum((one.amount for one in orders), Decimal(0)):
        raise RefusedFileError("AM10", f"the payments do not add up to {total}")


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise RefusedFileError("FF01", f"not well-formed: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise RefusedFileError("FF01", "a document type declaration is not taken")
    return root


def _all(element: etree._Element, path: str) -> list[etree._Element]:
    namespace = etree.QName(element).namespace
    return element.findall("/".join(step if step == "*" else f"{{{namespace}}}{step}" for step in path.split("/")))


def _text(element: etree._Element, path: str) -> str:
    found = _all(element, path)
    return (found[0].text or "").strip() if found else ""


def _account(element: etree._Element, at: str) -> str:
    return number(_text(element, f"{at}/Id/IBAN") or _text(element, f"{at}/Id/Othr/Id"))
