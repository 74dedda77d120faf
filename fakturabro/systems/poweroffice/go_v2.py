"""PowerOffice Go v2: customer cards, heads of outgoing invoices, and the connection test.

Source: the vendor's v2 OpenAPI file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterable

import msgspec

from fakturabro.remote import answers
from fakturabro.systems.poweroffice import paging, session, wire

NEEDED_PRIVILEGES = ("Customer", "OutgoingInvoice")
_NUMBERS_PER_CALL = 100
_NUMBER_OR_RANGE = re.compile(r"\d+(-\d*)?")


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the keys belong to, what they may do, and which of the privileges we need are missing."""

    client_id: str
    client_name: str
    privileges: tuple[str, ...]
    missing: tuple[str, ...]


class GoV2:
    """v2 for one tenant. All methods read, and raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    async def find_integration(self, needed: Iterable[str] = NEEDED_PRIVILEGES) -> Integration:
        """The connection test: needs no privilege itself. A privilege is there as itself or as its `_Full`."""
        answer = await self._calls.send("GET", "/ClientIntegrationInformation", changes=False)
        found = answers.decode(answer, wire.ClientIntegrationInformation)
        valid = tuple(found.valid_privileges or ())
        missing = tuple(name for name in needed if name not in valid and f"{name}_Full" not in valid)
        return Integration(client_id=found.client_id or "", client_name=found.client_name or "", privileges=valid, missing=missing)

    async def fetch_organisation(self) -> wire.OrganizationSetting:
        """The client's own company: legal name and organisation number. Needs the privilege CommonServices."""
        return answers.decode(await self._calls.send("GET", "/OrganizationSettings", changes=False), wire.OrganizationSetting)

    async def fetch_customers(self, numbers: Iterable[str | int]) -> list[wire.Customer]:
        """The cards of these customer numbers ("10001" or a range "10000-10999"); those that do not exist are absent.

        One call per 100. Reads the cards themselves, so that a changed address is seen.
        """
        wanted = list(dict.fromkeys(str(number) for number in numbers))
        for number in wanted:
            if not _NUMBER_OR_RANGE.fullmatch(number):
                raise ValueError(f"{number!r} is neither a customer number nor a range such as 10000-10999")
        found: dict[int, wire.Customer] = {}
        for start in range(0, len(wanted), _NUMBERS_PER_CALL):
            params = {"customerNos": ",".join(wanted[start : start + _NUMBERS_PER_CALL])}
            async for page in paging.pages(self._calls, "/Customers", params, list[wire.Customer]):
                found.update({card.id: card for card in page})
        return list(found.values())

    async def fetch_changed_customers(self, since: dt.datetime) -> AsyncIterator[list[wire.Customer]]:
        """Pages of cards changed after `since` (aware, exclusive). A change of address alone is not seen here."""
        params = {"lastChangedDateTimeOffsetGreaterThan": _moment(since)}
        async for page in paging.pages(self._calls, "/Customers", params, list[wire.Customer]):
            yield page

    async def fetch_all_customers(self) -> AsyncIterator[list[wire.Customer]]:
        """Pages of the whole register, archived cards too."""
        async for page in paging.pages(self._calls, "/Customers", {}, list[wire.Customer]):
            yield page

    async def fetch_outgoing_invoices(
        self,
        *,
        invoice_numbers: Iterable[int] = (),
        first_voucher_number: int | None = None,
        sent_after: dt.datetime | None = None,
        balance_changed_after: dt.datetime | None = None,
        first_date: dt.date | None = None,
        last_date: dt.date | None = None,
    ) -> AsyncIterator[list[wire.OutgoingInvoice]]:
        """Pages of invoice heads; filters add up, dates are voucher dates and inclusive, moments are aware and exclusive."""
        filters = {
            "voucherNos": f"{first_voucher_number}-" if first_voucher_number is not None else "",
            "sentDateTimeOffsetGreaterThan": _moment(sent_after) if sent_after else "",
            "balanceLastChangedDateTimeOffsetGreaterThan": _moment(balance_changed_after) if balance_changed_after else "",
            "fromDate": first_date.isoformat() if first_date else "",
            "toDate": last_date.isoformat() if last_date else "",
        }
        filters = {name: value for name, value in filters.items() if value}
        numbers = [str(number) for number in sorted(set(invoice_numbers))]
        for start in range(0, len(numbers) or 1, _NUMBERS_PER_CALL):
            part = numbers[start : start + _NUMBERS_PER_CALL]
            params = {**filters, "invoiceNos": ",".join(part)} if part else filters
            async for page in paging.pages(self._calls, "/OutgoingInvoices", params, list[wire.OutgoingInvoice]):
                yield page


def _moment(moment: dt.datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone: PowerOffice would read it as its own")
    return moment.astimezone(dt.UTC).isoformat()
