"""Fortnox's registers: customers, articles, projects, units, terms of payment, currencies; kept in a company of fortnox_books.

Source: fortnox-v3.openapi.json.
Assumed: the codes but 2000637, 2000359 and 2001399, and all words; which signs are refused; that a unit is told apart by case; that
the list of articles shows 25 % for every article; that `lastmodified` is UTC and counts from the minute.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandboxes import clock, control, fortnox_books, fortnox_tables

Row = dict[str, Any]
Endpoint = Callable[[Request, fortnox_books.Company], Awaitable[Response]]
_REFUSED_SIGNS = re.compile(r"[^\t\n\r -~\xa0-\u017f€–—’“”•…]")
_GLOBAL = {"page", "limit", "offset", "sortby", "sortorder", "lastmodified"}


class RefusalError(Exception):
    """Fortnox says no: `answer` is what is sent."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.answer = refused(status, code, message)


def refused(status: int, code: int, message: str) -> Response:
    """An ErrorInformation."""
    return control.json_response({"ErrorInformation": {"Error": 1, "Message": message, "Code": code}}, status)


def guarded(call: Endpoint) -> Endpoint:
    """`call` with its RefusalErrors answered."""

    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        try:
            return await call(request, company)
        except RefusalError as refusal:
            return refusal.answer

    return answer


def read(body: bytes, one: str) -> Row:
    """What was sent under its name."""
    try:
        return msgspec.json.decode(body, type=dict[str, dict[str, Any]])[one]
    except (msgspec.DecodeError, KeyError):
        raise RefusalError(2002115, "Felaktig JSON.") from None


def add(company: fortnox_books.Company, register: fortnox_tables.Register, number: str, **fields: Any) -> Row:
    """A row of the seed, as it is answered."""
    rows = company.registers.setdefault(register.many, {})
    rows[number] = {register.number: number, **fortnox_tables.DEFAULTS[register.one], **fields}
    company.modified[f"{register.many} {number}"] = clock.now()
    return rows[number]


def page(request: Request, name: str, rows: list[Row]) -> Response:
    """The asked page of a list with its totals; 500 rows at most."""
    number, size = int(request.query_params.get("page", "1")), min(int(request.query_params.get("limit", "100")), 500)
    meta = {"@TotalResources": len(rows), "@TotalPages": max(1, -(-len(rows) // size)), "@CurrentPage": number}
    return control.json_response({"MetaInformation": meta, name: rows[(number - 1) * size : number * size]})


def changed_since(request: Request, company: fortnox_books.Company, kind: str, number: str) -> bool:
    """Whether a row was changed in the minute of `lastmodified` or later; true where none is asked."""
    text = request.query_params.get("lastmodified", "")
    try:
        asked = dt.datetime.strptime(text or "1970-01-01 00:00", "%Y-%m-%d %H:%M").replace(tzinfo=dt.UTC)
    except ValueError:
        raise RefusalError(2000588, "Ogiltigt datum.") from None
    return company.modified.get(f"{kind} {number}", asked) >= asked


def one_filter(request: Request, known: tuple[str, ...]) -> tuple[str, str]:
    """The one filter of its own that a list takes, and what it asks for; two are refused."""
    asked = [(name, value) for name, value in request.query_params.items() if name not in _GLOBAL]
    if len(asked) > 1 or any(name not in known for name, _ in asked):
        raise RefusalError(2000588, "Ogiltig parameter i anropet.")
    return asked[0] if asked else ("", "")


def _listing(register: fortnox_tables.Register) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        name, wanted = one_filter(request, register.filters)
        field = {one.lower(): one for one in register.lengths}.get(name, "")
        rows = [
            row
            for number, row in company.registers.get(register.many, {}).items()
            if changed_since(request, company, register.many, number)
            and (name != "filter" or row["Active"] is (wanted == "active"))
            and (not field or wanted.lower() in str(row.get(field, "")).lower())
        ]
        shown = [{name: row[name] for name in register.listed if row.get(name) is not None} for row in rows]
        return page(request, register.many, [one | {"VAT": "25"} if register is fortnox_tables.ARTICLES else one for one in shown])

    return answer


def _showing(register: fortnox_tables.Register) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        return control.json_response({register.one: _found(request, company, register)})

    return answer


def _making(register: fortnox_tables.Register) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        given = read(await request.body(), register.one)
        _require_valid(company, register, given)
        number = str(given.get(register.number, ""))
        if not given.get(register.required) or not number:
            raise RefusalError(2000588, f"{register.required} måste anges.")
        if number in company.registers.get(register.many, {}) or f"{register.many} {number}" in company.deleted:
            raise RefusalError(2000637, f"{register.number} används redan.")
        return control.json_response({register.one: add(company, register, number, **_without_number(register, given))}, 201)

    return answer


def _changing(register: fortnox_tables.Register) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        row, given = _found(request, company, register), read(await request.body(), register.one)
        _require_valid(company, register, given)
        row.update(_without_number(register, given))
        company.modified[f"{register.many} {row[register.number]}"] = clock.now()
        return control.json_response({register.one: row})

    return answer


def _without_number(register: fortnox_tables.Register, given: Row) -> Row:
    return {name: Decimal(str(value)) if name == "VAT" else value for name, value in given.items() if name != register.number}


def _found(request: Request, company: fortnox_books.Company, register: fortnox_tables.Register) -> Row:
    row = company.registers.get(register.many, {}).get(request.path_params["number"])
    if row is None:
        raise RefusalError(2000433, f"Kan inte hitta {register.one.lower()}.", 404)
    return row


def _require_valid(company: fortnox_books.Company, register: fortnox_tables.Register, given: Row) -> None:
    for name, value in given.items():
        _require_typed(register, name, value)
        if value and value not in fortnox_tables.CHOICES.get(name, {value}):
            raise RefusalError(2000588, f"Ogiltigt värde i {name}.")
    known = {"Unit": company.units, "TermsOfPayment": company.terms_of_payment, "Currency": set(company.rates) | {"SEK"}}
    for name, codes in known.items():
        if given.get(name) and given[name] not in codes:
            raise RefusalError(2000588, f"Kan inte hitta {name} {given[name]}.")


def _require_typed(register: fortnox_tables.Register, name: str, value: Any) -> None:
    """A field that is known, of its type and no longer than it may be, without signs that are refused."""
    kind = register.others.get(name, str)
    if name not in register.lengths and name not in register.others:
        raise RefusalError(2001399, f"Felaktigt fältnamn: {name}.")
    try:
        read_ = msgspec.convert(value, kind, strict=kind is not Decimal) if not (kind is dt.date and value == "") else value
    except msgspec.ValidationError:
        raise RefusalError(2000106, f"Felaktig typ i {name}.") from None
    require_text(name, read_ if isinstance(read_, str) else None, register.lengths.get(name, 10))


def require_text(name: str, text: str | None, length: int) -> None:
    """A text that is no longer than `length` and has no signs that are refused. Raises RefusalError."""
    if text and len(text) > length:
        raise RefusalError(2000588, f"{name} är för långt.")
    if text and _REFUSED_SIGNS.search(text):
        raise RefusalError(2000359, f"Otillåtna tecken i {name}.")


def _coded(many: str, codes: Callable[[fortnox_books.Company], set[str]]) -> Endpoint:
    async def answer(request: Request, company: fortnox_books.Company) -> Response:
        return page(request, many, [{"Code": code, "Description": code} for code in sorted(codes(company))])

    return answer


async def _currencies(request: Request, company: fortnox_books.Company) -> Response:
    day, rates = str(clock.now().date()), {"SEK": Decimal(1), **company.rates}
    rows = [
        {"Code": code, "Description": code, "BuyRate": rate, "SellRate": rate, "Unit": 1, "Date": day}
        for code, rate in rates.items()
    ]
    return page(request, "Currencies", rows)


async def _company(_: Request, company: fortnox_books.Company) -> Response:
    known = {"CompanyName": company.name, "OrganizationNumber": company.organisation_number, "CountryCode": "SE"}
    return control.json_response({"CompanyInformation": {**known, "DatabaseNumber": int(company.tenant_id)}})


def routes() -> list[tuple[str, str, Endpoint]]:
    """Method, path under /3, and who answers."""
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/units", _coded("Units", lambda company: company.units)),
        ("GET", "/termsofpayments", _coded("TermsOfPayments", lambda company: company.terms_of_payment)),
        ("GET", "/currencies", _currencies),
        ("GET", "/companyinformation", _company),
    ]
    for one in (fortnox_tables.CUSTOMERS, fortnox_tables.ARTICLES, fortnox_tables.PROJECTS):
        table += [("GET", one.path, _listing(one)), ("POST", one.path, _making(one))]
        table += [("GET", f"{one.path}/{{number}}", _showing(one)), ("PUT", f"{one.path}/{{number}}", _changing(one))]
    return [(method, path, guarded(call)) for method, path, call in table]
