"""PowerOffice Go v1 Factoring: fetch what is available, its EHF, and give KID and PDF back.

v1 answers many errors with HTTP 200 and `success: false`; they are classed here. Filters name fields in PascalCase.

Source: PowerOffice/go-api-documentation, docs/api/reference/rest/service_factoring.md (576c15bd).
Assumed: a second `delivered` is refused, since the invoice is no longer Active; whether it is ours is asked of InvoicesDelivered;
after delivery every status may follow every other, but nothing follows Forfeit.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import msgspec

from fakturabro.remote import answers, errors
from fakturabro.systems.poweroffice import messages, session, tokens, wire

NOT_DELIVERED = "(IsDelivered eq false)"
ACTIVE = "(FactoringInvoiceStatus eq 1)"
_NUMBERS_PER_CALL = 40
_ABOUT_ACCESS = ("authoriz", "authoris", "authentic", "forbidden", "privilege", "permission", "access denied")


def to_delivered(invoice_id: uuid.UUID, *, kid: str, pdf: bytes, file_name: str, comment: str = "") -> bytes:
    """The body of a `delivered`: KID and PDF of one invoice."""
    file = wire.DocumentationFile(base64_encoded_data=base64.b64encode(pdf).decode(), file_name=file_name)
    return msgspec.json.encode(
        wire.DeliveredRequest(factoring_invoice_id=invoice_id, invoice_cid=kid, file=file, comment=comment or None)
    )


class FactoringV1:
    """The Factoring service for one tenant. All methods raise the ladder in remote/errors.py."""

    def __init__(self, calls: session.Session) -> None:
        self._calls = calls

    async def fetch_available_invoices(
        self, where: str = NOT_DELIVERED, *, page_size: int = 1000
    ) -> AsyncIterator[wire.FactoringPage]:
        """Pages of invoices and credit notes that match the OData filter `where`, by invoice number.

        Each row comes once, in `data` or, where it cannot be read, in `unreadable`: the caller says so to a person.
        When rows moved while paging the list is read once more for those that were missed; after that IncompleteListError says that
        the next run must look again.
        """
        seen: set[str] = set()
        stated: set[int] = set()
        for _ in range(2):
            rows: set[str] = set()
            stated.clear()
            async for page in self._pages("/Factoring/AvailableInvoices/", where, page_size):
                stated.update([] if page.count is None else [page.count])
                fresh = [row for row in page.data if str(row.id) not in seen]
                unreadable = [row for row in page.unreadable if row.id not in seen]
                rows.update(str(row.id) for row in (*page.data, *page.unreadable))
                seen |= rows
                yield msgspec.structs.replace(page, data=fresh, unreadable=unreadable)
            if stated <= {len(rows)}:
                return
        raise session.IncompleteListError(messages.incomplete("Tilgjengelige fakturaer", len(seen), max(stated)))

    async def fetch_ehf(self, invoice_id: uuid.UUID) -> bytes:
        """The UBL document of one invoice or credit note, as it came."""
        answer = await self._calls.send("GET", f"/Factoring/InvoiceEhf/{invoice_id}/", changes=False)
        if answer.body.lstrip()[:1] == b"{":
            _require(answers.decode(answer, wire.FactoringOne), self._calls.tenant, f"henting av EHF {invoice_id}")
        return answer.body

    async def deliver(self, invoice_id: uuid.UUID, *, invoice_no: int, body: bytes) -> wire.FactoringInvoiceDetails | None:
        """Give KID and PDF back, in a `body` from `to_delivered`: the invoice becomes delivered.

        A change: time-out or broken connection is Uncertain. Raises AlreadyDelivered with the details that stand there when it was
        delivered before. v1 does not show which KID it got: compare `cid` of GoV2.fetch_outgoing_invoices before it counts as
        accepted.
        """
        found = await self._change("/Factoring/delivered/", body)
        if not found.success:
            standing = await self.find_delivered([invoice_no])
            if invoice_id in standing:
                raise errors.AlreadyDelivered(messages.already_delivered(invoice_no), standing[invoice_id])
        _require(found, self._calls.tenant, f"tilbakeføring av faktura {invoice_no}")
        return _row(found)

    async def find_by_number(self, invoice_numbers: Iterable[int]) -> dict[uuid.UUID, wire.FactoringInvoiceDetails]:
        """Every invoice with one of these numbers, delivered or not, by id. Rows that cannot be read are left out."""
        numbers = sorted(set(invoice_numbers))
        found = await self.find_delivered(numbers)
        for where in _by_number(numbers):
            async for page in self.fetch_available_invoices(where):
                found.update({row.id: row for row in page.data})
        return found

    async def find_delivered(self, invoice_numbers: Iterable[int]) -> dict[uuid.UUID, wire.FactoringInvoiceDetails]:
        """Those of `invoice_numbers` that this integration has delivered, by id: the read-back after an Uncertain deliver.

        PowerOffice reads from a copy that may be a second or two behind: wait that long after a change before asking. Raises
        IncompleteListError when a row cannot be read: nobody can say then that an invoice is absent.
        """
        found: dict[uuid.UUID, wire.FactoringInvoiceDetails] = {}
        for where in _by_number(sorted(set(invoice_numbers))):
            async for page in self._pages("/Factoring/InvoicesDelivered/", where, 1000):
                if page.unreadable:
                    reason = messages.unreadable_rows(row.id for row in page.unreadable)
                    raise session.IncompleteListError(messages.incomplete("Leverte fakturaer", len(page.data), reason))
                found.update({row.id: row for row in page.data})
        return found

    async def update_status(
        self, invoice_id: uuid.UUID, status: wire.FactoringInvoiceStatus, *, invoice_no: int, description: str = ""
    ) -> wire.FactoringInvoiceDetails | None:
        """Set the factoring status of an invoice that this integration has delivered.

        A change: settled by the status that find_delivered shows. Raises AlreadyDelivered with the details when it has that status,
        Rejected when it is not delivered yet, or when the status cannot follow the one it has.
        """
        standing = (await self.find_delivered([invoice_no])).get(invoice_id)
        if standing is None:
            raise errors.Rejected(messages.not_delivered(invoice_no), detail=str(invoice_no))
        now = _status(standing)
        if now == status:
            raise errors.AlreadyDelivered(messages.has_status(invoice_no, messages.STATUSES[status.name]), standing)
        if status not in wire.MAY_FOLLOW.get(now, ()):
            raise errors.Rejected(
                messages.cannot_follow(invoice_no, messages.STATUSES[now.name], messages.STATUSES[status.name]), detail=now.name
            )
        request = wire.StatusRequest(
            factoring_invoice_id=invoice_id,
            factoring_invoice_status=int(status),
            factoring_invoice_status_description=description or None,
        )
        found = await self._change("/Factoring/updatefactoringinvoicestatus/", msgspec.json.encode(request))
        _require(found, self._calls.tenant, f"statusendring av faktura {invoice_no}")
        return _row(found)

    async def _change(self, path: str, body: bytes) -> wire.FactoringOne:
        answer = await self._calls.send("POST", path, changes=True, content=body)
        return answers.decode(answer, wire.FactoringOne)

    async def _pages(self, path: str, where: str, page_size: int) -> AsyncIterator[wire.FactoringPage]:
        read = 0
        first = b""
        while True:
            params = {"$filter": where, "$orderby": "InvoiceNo asc", "$skip": read, "$top": page_size}
            page = answers.decode(await self._calls.send("GET", path, changes=False, params=params), wire.FactoringRows)
            _require(page, self._calls.tenant, "oppslag i fakturalisten")
            rows = page.data or []
            if rows and bytes(rows[0]) == first:
                raise session.IncompleteListError(messages.incomplete("Fakturalisten", read, "samme side om igjen"))
            first = bytes(rows[0]) if rows else b""
            read += len(rows)
            yield _read(page)
            if not rows or (page.count is not None and read >= page.count):
                return


def _by_number(numbers: Sequence[int]) -> Iterator[str]:
    """Filters that each name a few of these numbers."""
    for start in range(0, len(numbers), _NUMBERS_PER_CALL):
        yield " or ".join(f"(InvoiceNo eq {number})" for number in numbers[start : start + _NUMBERS_PER_CALL])


def _read(page: wire.FactoringRows) -> wire.FactoringPage:
    rows = [wire.read_row(raw) for raw in page.data or []]
    return wire.FactoringPage(
        data=[row for row in rows if isinstance(row, wire.FactoringInvoiceDetails)],
        unreadable=[row for row in rows if isinstance(row, wire.UnreadableRow)],
        count=page.count,
    )


def _status(row: wire.FactoringInvoiceDetails) -> wire.FactoringInvoiceStatus:
    known = row.factoring_invoice_status in set(wire.FactoringInvoiceStatus)
    return wire.FactoringInvoiceStatus(row.factoring_invoice_status) if known else wire.FactoringInvoiceStatus.UNSPECIFIED


def _row(found: wire.FactoringOne) -> wire.FactoringInvoiceDetails | None:
    row = wire.read_row(found.data)
    return row if isinstance(row, wire.FactoringInvoiceDetails) else None


def _require(found: wire.FactoringRows | wire.FactoringOne, tenant: str, what: str) -> None:
    """Raise what `success: false` means: CredentialError where it is about access, else Rejected."""
    if found.success:
        return
    said = found.validation or wire.Validation()
    reason = answers.one_line(". ".join(text for text in (said.exception, said.summary) if text)) or "uten begrunnelse"
    message = messages.refused(what, reason, said.error_log_reference or "ingen")
    if any(word in reason.lower() for word in _ABOUT_ACCESS):
        raise errors.CredentialError(f"{message} Gjelder {tenant}.", system=tokens.SYSTEM, tenant=tenant)
    raise errors.Rejected(message, detail=reason, status=200)
