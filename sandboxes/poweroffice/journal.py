"""Bank vouchers of v2: posted when nothing is wrong with them, read back and reversed by the integration that posted them.

Source: poweroffice-go-v2.openapi.yaml (Vouchers/BankJournals, Vouchers/Reverse).
Assumed: what is refused besides a zero amount and a repeated ExternalImportReference (a voucher that does not balance, account,
VAT code, department or project that is unknown, not in use or required, another currency than the account's, more than two
decimals, VAT on a sub-ledger account, a posting date that is locked), that all of it is 400, and the words; Go rounds VAT half up
per line and posts the rest of a conversion on an account for roundings; a reversal is posted on the voucher's own days, which must
be open, is done when it is answered, and a second one is 400.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import clock, control
from sandboxes.poweroffice import books, chart, ledgers
from sandboxes.poweroffice import state as state_

_FIRST_NUMBER = 5_000
_LONGEST_CID = 25


class _Line(msgspec.Struct, kw_only=True, rename="pascal"):
    account_id: int
    posting_date: dt.date
    vat_id: int
    currency_amount: Decimal
    currency_code: str | None = None
    invoice_no: str | None = None
    cid: str | None = None
    description: str | None = None
    department_id: int | None = None
    project_id: int | None = None


class _Voucher(msgspec.Struct, kw_only=True, rename="pascal"):
    voucher_date: dt.date
    currency_code: str
    description: str | None = None
    external_import_reference: str | None = None
    voucher_lines: list[_Line]


async def post(request: Request, client: state_.Client) -> Response:
    """A bank voucher: all of it, or nothing and the first thing that is wrong with it."""
    try:
        given = msgspec.json.decode(await request.body(), type=_Voucher)
    except msgspec.DecodeError as error:
        return _wrong(str(error))
    if wrong := next(_faults(given, client), ""):
        return _wrong(wrong)
    voucher = _enter(client, given, reference=given.external_import_reference)
    made: dict[str, Any] = msgspec.to_builtins(given, builtin_types=(Decimal, dt.date))
    made |= {"Id": voucher.id, "VoucherNo": voucher.number, "IsReversed": False, "CreatedDateTimeOffset": voucher.created}
    client.books.vouchers.append(made)
    return control.json_response(made, 201)


async def shown(request: Request, client: state_.Client) -> Response:
    """One of the vouchers that came by the API."""
    found = _own(request, client)
    return control.json_response(found) if found else _not_found(request)


async def reverse(request: Request, client: state_.Client) -> Response:
    """Post the opposite of one of the vouchers that came by the API; its reference may be used again."""
    found = _own(request, client)
    if found is None:
        return _not_found(request)
    voucher = next(one for one in client.books.journal if one.id == found["Id"])
    if voucher.is_reversed:
        return _wrong("The voucher is already reversed.")
    if any(entry.day <= client.books.locked_until for entry in voucher.entries):
        return _wrong("The period is locked.")
    turn(client, found)
    return Response(status_code=202)


def turn(client: state_.Client, found: dict[str, Any]) -> None:
    """Post the opposite of a voucher, as the integration or a person wants it."""
    voucher = next(one for one in client.books.journal if one.id == found["Id"])
    found["IsReversed"] = voucher.is_reversed = True
    turned = [
        msgspec.structs.replace(one, amount=-one.amount, currency_amount=-one.currency_amount, vat_amount=-one.vat_amount)
        for one in voucher.entries
    ]
    _add(client, "ReversalVoucher", voucher.date, turned, reverses=(voucher.id, voucher.number))


def post_by_hand(client: state_.Client, day: dt.date, *lines: tuple[int, Decimal, str | None]) -> books.Voucher:
    """What the client's own bookkeeper posts: (account id, amount, invoice number) without VAT. No integration may touch it."""
    made = [_Line(account_id=one, posting_date=day, vat_id=chart.NO_VAT, currency_amount=n, invoice_no=no) for one, n, no in lines]
    return _enter(client, _Voucher(voucher_date=day, currency_code=books.HOME, voucher_lines=made))


def _faults(given: _Voucher, client: state_.Client) -> Iterator[str]:
    rows, lines = client.books, given.voucher_lines
    references = {one["ExternalImportReference"]: one["Id"] for one in rows.vouchers if not one["IsReversed"]}
    if given.external_import_reference and (used := references.get(given.external_import_reference)):
        yield f"ExternalImportReference is already in use. '{given.external_import_reference}' is used on (voucher) Id = {used}."
    if not lines:
        yield "The voucher has no lines."
    for currency in {line.currency_code or given.currency_code for line in lines}:
        if currency not in rows.rates:
            yield f"Currency {currency} is not active."
        if sum(line.currency_amount for line in lines if (line.currency_code or given.currency_code) == currency):
            yield "The voucher does not balance."
    for line in lines:
        yield from _line_faults(line, given, client)


def _line_faults(line: _Line, given: _Voucher, client: state_.Client) -> Iterator[str]:
    rows, vat = client.books, client.books.vat_codes.get(line.vat_id)
    if not line.currency_amount:
        yield "CurrencyAmount must not be 0."
    if line.currency_amount != ledgers.rounded(line.currency_amount):
        yield "CurrencyAmount must have at most two decimals."
    if line.posting_date <= rows.locked_until:
        yield "The period is locked."
    if len(line.cid or "") > _LONGEST_CID:
        yield f"Cid cannot be longer than {_LONGEST_CID}."
    if vat is None or not vat["IsActive"] or line.posting_date > dt.date.fromisoformat(vat["ValidTo"] or "9999-12-31"):
        yield f"VAT code with id = {line.vat_id} not found."
    if line.department_id not in {None, *rows.departments.values()} or line.project_id not in {None, *rows.projects.values()}:
        yield "Department or project not found."
    account = next((one for one in rows.chart.values() if one["Id"] == line.account_id), None)
    if account is not None:
        yield from _account_faults(line, account, line.currency_code or given.currency_code)
    elif (card := _card(client, line.account_id)) is None or not card["IsActive"] or card["IsArchived"]:
        yield f"Account with id = {line.account_id} not found."
    elif vat and vat["Rate"]:
        yield "A sub-ledger account cannot be posted on with VAT."


def _account_faults(line: _Line, account: dict[str, Any], currency: str) -> Iterator[str]:
    number = account["AccountNo"]
    if not account["IsActive"]:
        yield f"Account {number} is not active."
    if account["IsVatCodeLocked"] and line.vat_id != account["VatCodeId"]:
        yield f"Account {number} is locked to VAT code {account['VatCode']}."
    if account["CurrencyCode"] not in (None, currency):
        yield f"Account {number} can only be posted on in {account['CurrencyCode']}."
    for name, given in (("Department", line.department_id), ("Project", line.project_id)):
        if account[f"Is{name}Required"] and given is None:
            yield f"{name} is required on account {number}."


def _enter(client: state_.Client, given: _Voucher, reference: str | None = None) -> books.Voucher:
    made = [entry for line in given.voucher_lines for entry in _entries(line, given.currency_code, client)]
    made += ledgers.rounding(made, given.voucher_lines[0].posting_date)
    return _add(client, "BankJournal", given.voucher_date, made, reference=reference)


def _add(client: state_.Client, kind: str, day: dt.date, entries: list[books.Entry], **fields: Any) -> books.Voucher:
    number = _FIRST_NUMBER + len(client.books.journal)
    head = {"id": str(uuid.uuid4()), "number": number, "kind": kind, "date": day, "created": clock.now(), **fields}
    voucher = books.Voucher(**head, entries=entries)
    client.books.enter(voucher)
    return voucher


def _entries(line: _Line, currency: str, client: state_.Client) -> Iterator[books.Entry]:
    """The line without its VAT, and the VAT on its own account."""
    currency = line.currency_code or currency
    rate = client.books.rates_on.get((currency, line.posting_date), client.books.rates[currency])
    taxed = client.books.vat_codes[line.vat_id]["Rate"]
    gross = ledgers.rounded(line.currency_amount * rate)
    vat, currency_vat = (ledgers.rounded(amount * taxed / (1 + taxed)) for amount in (gross, line.currency_amount))
    account = next((number for number, one in client.books.chart.items() if one["Id"] == line.account_id), None)
    main = books.Entry(
        account=account or chart.CUSTOMERS, amount=gross - vat, day=line.posting_date, currency=currency,
        currency_amount=line.currency_amount - currency_vat, vat=line.vat_id, vat_amount=vat, department=line.department_id,
        project=line.project_id, cid=line.cid, description=line.description,
    )  # fmt: skip
    if account is None:
        _to_subledger(main, line, client)
    yield main
    if vat:
        yield books.Entry(
            account=chart.VAT_ACCOUNTS[line.vat_id], amount=vat, day=line.posting_date, currency=currency,
            currency_amount=currency_vat, vat=line.vat_id,
        )  # fmt: skip


def _to_subledger(entry: books.Entry, line: _Line, client: state_.Client) -> None:
    number = (_card(client, line.account_id) or {})["Number"]
    entry.invoice = line.invoice_no
    if any(one["SubledgerAccountId"] == line.account_id for one in client.books.suppliers.values()):
        entry.account, entry.supplier = chart.SUPPLIERS, number
        return
    entry.customer = number
    if line.cid and not line.invoice_no:
        same = (one for one in client.invoices.values() if (one.customer_number, one.kid) == (number, line.cid))
        entry.invoice = next((str(one.number) for one in same if ledgers.total(one) == -entry.amount), None)


def _card(client: state_.Client, subledger_id: int) -> dict[str, Any] | None:
    cards = (*client.customers.values(), *client.books.suppliers.values())
    found = next((one for one in cards if one["SubledgerAccountId"] == subledger_id), None)
    return {"IsActive": True, "IsArchived": False, **found} if found else None


def _own(request: Request, client: state_.Client) -> dict[str, Any] | None:
    return next((one for one in client.books.vouchers if one["Id"] == request.path_params["id"].lower()), None)


def _wrong(detail: str) -> Response:
    return _problem(400, "Voucher validation error(s)", detail)


def _not_found(request: Request) -> Response:
    return _problem(404, "Object(s) not found", f"Voucher with id = {request.path_params['id']} not found.")


def _problem(status: int, title: str, detail: str) -> Response:
    return control.json_response({"title": title, "status": status, "detail": detail}, status)
