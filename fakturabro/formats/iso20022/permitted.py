"""A remittance as banks take it: every text in their characters, and a note of each that was replaced."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from fakturabro.domain import payments
from fakturabro.formats.iso20022 import characters


class Replaced(NamedTuple):
    """A text that a bank does not take as it is: of which payment (or batch), which field, and what it became."""

    of: str
    field: str
    before: str
    after: str


class Notes(list[Replaced]):
    """What was replaced."""

    def text(self, text: str, of: str, field: str, abroad: bool) -> str:
        after = characters.permitted(text, abroad)
        if after != text:
            self.append(Replaced(of, field, text, after))
        return after

    def remittance(self, given: payments.Remittance) -> payments.Remittance:
        """The sender and the debtors; the payments are left for `order`."""
        initiator = self._party(given.initiator, given.message_id, "InitgPty", abroad=False)
        batches = tuple(msgspec.structs.replace(one, debtor=self._debtor(one)) for one in given.batches)
        return msgspec.structs.replace(given, initiator=initiator, batches=batches)

    def order(self, given: payments.PaymentOrder) -> payments.PaymentOrder:
        """One payment; itself where nothing is replaced."""
        abroad, of, creditor = given.kind == "foreign", given.end_to_end_id, given.creditor
        texts = (creditor.name, creditor.agent, given.invoice_number, given.regulatory_text, *given.text)
        if creditor.address is None and not characters.has_others(" ".join(texts), abroad):
            return given
        after = payments.Creditor(
            name=self.text(creditor.name, of, "Cdtr", abroad),
            account=creditor.account,
            agent=self.text(creditor.agent, of, "CdtrAgt", abroad),
            address=self._address(creditor.address, of, "Cdtr", abroad),
        )
        return msgspec.structs.replace(
            given,
            creditor=after,
            text=tuple(self.text(line, of, "Ustrd", abroad) for line in given.text),
            invoice_number=self.text(given.invoice_number, of, "RfrdDocInf", abroad),
            regulatory_text=self.text(given.regulatory_text, of, "RgltryRptg", abroad),
        )

    def _debtor(self, batch: payments.Batch) -> payments.Party:
        abroad = any(one.kind == "foreign" for one in batch.payments)
        return self._party(batch.debtor, batch.batch_id, "Dbtr", abroad)

    def _party(self, party: payments.Party, of: str, field: str, abroad: bool) -> payments.Party:
        address = self._address(party.address, of, field, abroad)
        return msgspec.structs.replace(party, name=self.text(party.name, of, field, abroad), address=address)

    def _address(self, address: payments.Address | None, of: str, field: str, abroad: bool) -> payments.Address | None:
        if address is None:
            return None
        return payments.Address(
            street=self.text(address.street, of, f"{field}/StrtNm", abroad),
            building=self.text(address.building, of, f"{field}/BldgNb", abroad),
            post_code=self.text(address.post_code, of, f"{field}/PstCd", abroad),
            city=self.text(address.city, of, f"{field}/TwnNm", abroad),
            country=address.country,
            lines=tuple(self.text(line, of, f"{field}/AdrLine", abroad) for line in address.lines),
        )
