"""Before the first invoice is carried: the numbers that come must be free where they go, and go on from the last one there.

Assumed: a number of an invoice in Fortnox that is no whole number is of another series and in nobody's way.
"""

from __future__ import annotations

from collections.abc import Iterable

from fakturabro.systems.fortnox import invoicing as fortnox_invoicing
from fakturabro.systems.fortnox import session as fortnox_session
from fakturabro.systems.severa import invoicing as severa_invoicing
from fakturabro.systems.severa import registers as severa_registers
from fakturabro.systems.severa import session as severa_session
from tasks.severa_fortnox import access_messages as messages
from tasks.severa_fortnox.demands import INVOICES, Lack
from tasks.severa_fortnox.options import SalesInvoiceOptions

_FIELD = ("invoices", "first_number")
_MASTER = ("invoices", "number_master")


async def find_lacks(
    severa: severa_session.Session, fortnox: fortnox_session.Session, wanted: SalesInvoiceOptions, from_status: str
) -> list[Lack]:
    """What stands in the way of the numbers; `from_status` is a key. Reads the list of Fortnox' invoices. Raises the ladder."""
    ours = await _read_fortnox(fortnox)
    settings = await severa_registers.Registers(severa).fetch_settings()
    if wanted.number_master == "fortnox":
        last = settings.last_invoice_number or (settings.next_invoice_number or 1) - 1
        first = wanted.first_number or max(ours, default=last) + 1
        return _compare(first, wanted, [last] if last else [], "Severa")
    ready = await _read_ready(severa, from_status)
    first = wanted.first_number or min(ready, default=settings.next_invoice_number or 1)
    return _compare(first, wanted, ours, "Fortnox")


def _compare(first: int, wanted: SalesInvoiceOptions, standing: Iterable[int], system: str) -> list[Lack]:
    known = sorted(standing)
    field = _FIELD if wanted.first_number else _MASTER
    if taken := [number for number in known if number >= first]:
        return [Lack(sentence=messages.overlap(first, taken, system), field=field, parts=(INVOICES,))]
    if known and known[-1] + 1 != first and not wanted.first_number:
        return [Lack(sentence=messages.gap(first, known[-1], system), field=field, parts=(INVOICES,))]
    return []


async def _read_fortnox(calls: fortnox_session.Session) -> set[int]:
    found: set[int] = set()
    async for page in fortnox_invoicing.Invoicing(calls).fetch_invoices():
        found.update(int(one.document_number) for one in page if one.document_number.isdecimal())
    return found


async def _read_ready(calls: severa_session.Session, status: str) -> set[int]:
    found: set[int] = set()
    async for page in severa_invoicing.Invoicing(calls).fetch_invoices([status]):
        found.update(one.number for one in page if one.number)
    return found
