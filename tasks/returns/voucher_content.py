"""What a voucher of return data says: made of movements by today's accounts, and read as it was made."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import msgspec

from fakturabro.domain import return_data
from fakturabro.ledger.returns import making, movements, settlements, vouchers
from fakturabro.mapping import return_data_to_poweroffice as mapping
from fakturabro.systems.poweroffice import bank_wire
from tasks import clock, connect, runs
from tasks.returns import books, buyers, options, voucher_messages

_DECODER = msgspec.json.Decoder(bank_wire.BankVoucher)


class Maker:
    """Makes vouchers of one tenant in one run."""

    def __init__(self, slot: runs.Slot, chosen: options.ReturnDataOptions, looked_up: books.Books) -> None:
        self._slot, self._table, self._looked_up = slot, chosen.posting_table, looked_up
        self._places: dict[return_data.Role, mapping.Place] = {}
        for role in chosen.accounts.by_role:
            with contextlib.suppress(KeyError):  # PowerOffice lacks something of it: what is posted there is held
                self._places[role] = looked_up.place(chosen, role)

    def make(self, settlement: settlements.Settlement, document_ids: Sequence[int]) -> vouchers.Voucher | None:
        """Keep a voucher of these movements and plan them in it. What was not checked in this run is left out; None: all of it was.

        Raises vouchers.AssignError where one of them does not wait any more.
        """
        ledger, tenant = connect.current().ledger, self._slot.tenant
        items = {row: item for row, item in self._items(document_ids) if self._is_known(item)}
        if not items:
            return None
        part = vouchers.next_part(ledger, tenant, settlement.id)
        keys = [row.key for row in items]
        reference = vouchers.to_reference(tenant, settlement.client, settlement.currency, settlement.number, part, keys)
        new = making.New(
            settlement_id=settlement.id,
            part=part,
            kind="post",
            reference=reference,
            day=settlement.day,
            content=bank_wire.encode(self._to_voucher(settlement, part, reference, list(items.values()))),
        )
        carried = {row.document_id: vouchers.to_natural_key(reference, row.key) for row in items}
        return making.make(ledger, tenant, new, carried, vouchers.TARGET, self._slot.run, clock.now())

    def is_as_made(self, settlement: settlements.Settlement, voucher: vouchers.Voucher, document_ids: Sequence[int]) -> bool:
        """Whether a voucher says what it would say if it were made today."""
        items = [item for _, item in self._items(document_ids)]
        if not all(map(self._is_known, items)):
            return False
        return self._to_voucher(settlement, voucher.part, voucher.reference, items) == read(self._slot, voucher)

    def _to_voucher(
        self, settlement: settlements.Settlement, part: int, reference: str, items: Sequence[mapping.Item]
    ) -> bank_wire.BankVoucher:
        made = mapping.Head(
            reference=reference,
            day=settlement.day,
            currency=settlement.currency,
            text=voucher_messages.head(settlement.number, settlement.day, part),
            taking_over=voucher_messages.taking_over(settlement.number),
        )
        return mapping.to_voucher(made, items, self._places, self._table, self._no_vat)

    @property
    def _no_vat(self) -> int:
        return self._looked_up.vat_codes[options.NO_VAT].id

    def _items(self, document_ids: Sequence[int]) -> list[tuple[movements.Row, mapping.Item]]:
        ledger, tenant = connect.current().ledger, self._slot.tenant
        rows = list(movements.read(ledger, tenant, document_ids))
        found = buyers.find(ledger, tenant, rows)
        return [(row, self._item(row, one, found[row.document_id])) for row, one in rows]

    def _item(self, row: movements.Row, one: return_data.Movement, buyer: buyers.Buyer) -> mapping.Item:
        name = "" if "bank/" in row.key else one.id  # the bank's references are long, and say nothing to the client
        return mapping.Item(
            movement=one,
            text=voucher_messages.movement(one, buyer.invoice_number, name),
            subledger_id=self._looked_up.subledger_of(buyer.number),
            invoice_number=buyer.invoice_number,
            kid=buyer.kid,
        )

    def _is_known(self, item: mapping.Item) -> bool:
        """Whether there is an account for both its sides, and for what takes it over."""
        row = self._table.get(item.movement.kind)
        sides = set[return_data.Role]() if row is None else {row.debit, row.credit}
        sides |= {"balance"} if "customer_contra" in sides else set()
        known = {*self._places, *(["buyer"] if item.subledger_id is not None else [])}
        return bool(sides) and sides <= known


def read(slot: runs.Slot, voucher: vouchers.Voucher) -> bank_wire.BankVoucher:
    """The voucher as it was made. Raises LookupError where nothing is kept of it."""
    return _DECODER.decode(vouchers.read_content(connect.current().ledger, slot.tenant, voucher.id))
