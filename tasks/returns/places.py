"""The accounts that a movement is posted on, as the rules look at them; and what is wrong with accounts by themselves."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from data_quality import blocking, checking, movement_rows
from data_quality import messages as sentences
from fakturabro.domain import return_data
from fakturabro.systems.poweroffice import bank_wire, postable
from tasks.returns.books import Books
from tasks.returns.options import ReturnDataOptions

_HOME = "NOK"


def of_movement(books: Books, chosen: ReturnDataOptions, movement: return_data.Movement) -> list[movement_rows.Place]:
    """Each account that a movement is posted on, its part of the settlement's lines too; none for a kind without a row."""
    table = chosen.posting_table
    if movement.kind not in table:
        return []
    found = {one.role: one for one in return_data.postings(movement, table) if one.role != "buyer"}
    settled = table["settled"]
    if settled.credit in found:
        for role in (settled.debit, settled.credit):
            found.setdefault(role, return_data.Posting(role=role, amount=movement.amount))
    return [to_place(books, chosen, one, movement.date) for one in found.values()]


def to_place(books: Books, chosen: ReturnDataOptions, posting: return_data.Posting, day: dt.date) -> movement_rows.Place:
    """What was chosen for a role, and what PowerOffice says of it. Raises KeyError for the buyer's."""
    account, code = chosen.account_of(posting.role), chosen.vat_code_of(posting.role)
    standing, vat = books.chart.get(int(account.number)), books.vat_codes.get(code)
    return movement_rows.Place(
        account=int(account.number),
        chart_account=standing.account_no if standing else None,
        is_active=standing is None or standing.is_active is not False,
        only_currency=(standing and standing.currency_code) or None,
        vat_code=code,
        known_vat_code=vat.code if vat else None,
        vat_state="in use" if vat is None or _is_in_use(vat, day) else "not in use",
        locked_vat_code=_locked_to(standing, vat, code),
        department=account.department,
        known_department=account.department if account.department in books.departments else None,
        needs_department=bool(standing and standing.is_department_required),
        project=account.project,
        known_project=account.project if account.project in books.projects else None,
        needs_project=bool(standing and standing.is_project_required),
        vat=posting.vat,
        split_off=postable.vat_of(posting.amount, vat) if vat else None,
    )


def find_faults(books: Books, chosen: ReturnDataOptions, day: dt.date) -> dict[return_data.Role, list[str]]:
    """Per role whose account cannot be posted on that day, whatever it is: what is wrong, in Norwegian sentences."""
    currencies = sorted({one.currency for one in chosen.openings} or {_HOME})
    asked: list[tuple[return_data.Role, str]] = [(role, currency) for role in chosen.accounts.by_role for currency in currencies]
    subjects = [_subject(books, chosen, number, role, currency, day) for number, (role, currency) in enumerate(asked)]
    checked = checking.check(subjects, blocking.Rules(), "movements")
    found: dict[return_data.Role, list[str]] = {}
    for number, said in checked.items():
        told = [sentences.sentence(one, kind="movement") for one in said]
        if told:
            found.setdefault(asked[number][0], []).extend(told)
    return {role: list(dict.fromkeys(told)) for role, told in found.items()}


def _subject(
    books: Books, chosen: ReturnDataOptions, number: int, role: return_data.Role, currency: str, day: dt.date
) -> movement_rows.Movement:
    """A movement of nothing on one account: only what is wrong with the account is found of it."""
    place = to_place(books, chosen, return_data.Posting(role=role, amount=Decimal(0)), day)
    return movement_rows.Movement(id=number, day=day, today=day, currency=currency, places=[place])


def _is_in_use(vat: bank_wire.VatCode, day: dt.date) -> bool:
    first, last = vat.valid_from or day, vat.valid_to or day
    return vat.is_active is not False and first <= day <= last


def _locked_to(account: bank_wire.GeneralLedgerAccount | None, vat: bank_wire.VatCode | None, code: str) -> str | None:
    """The only VAT code that an account takes; None where it takes any."""
    if account is None or not account.is_vat_code_locked:
        return None
    return code if vat and account.vat_code_id == vat.id else account.vat_code
