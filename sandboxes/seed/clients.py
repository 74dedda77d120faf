"""Two clients with 25 customers each, some 40 invoices and a few credit notes, the same for the same seed and base date.

`companies()` gives them with the machine-readable list of what is wrong in them and what should come of each document. Everything
is as good as a careful bookkeeper would leave it, except what sandboxes.seed.cases and the buyers' roles say.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from decimal import Decimal

import msgspec

from sandboxes import ehf, ehf_writing
from sandboxes.poweroffice import state as state_
from sandboxes.seed import cards as seed_cards
from sandboxes.seed import cases as seed_cases
from sandboxes.seed import register as seed_register

SPACE = uuid.UUID("6f1d8c52-0f4e-5d5e-9a38-3b0a2f3c7d10")
"""Invoice ids are uuid5 in this space."""
ORDINARY = 18
"""Ordinary invoices of a client, beside the cases and the roles."""


class Expected(msgspec.Struct, kw_only=True):
    """What is special about a document, and what should come of it.

    `channel` is where it should go when nothing holds it: ehf, email or letter (for `ehf_held`: what it would have been).
    """

    client_key: str
    invoice_id: str
    number: int
    kind: str
    buyer: int
    problems: list[str]
    consequence: seed_cases.Consequence
    channel: str
    original_number: int | None = None
    later: bool = False


class Seeded(msgspec.Struct, kw_only=True):
    """The seed: clients for PowerOffice, documents that arrive later in the day, receivers for the access point."""

    clients: dict[str, state_.Client]
    later: list[state_.Invoice]
    expected: list[Expected]
    receivers: dict[str, list[str]]
    factoring_clients: dict[str, str]
    """Number at the factoring company -> name."""
    factoring_numbers: dict[str, str]
    """Client key -> number at the factoring company."""
    identity_numbers: list[str]
    """Every national identity number that stands anywhere in the seed."""

    def release_later(self) -> list[state_.Invoice]:
        """Put the later documents into their clients' accounts and return them; the second time there are none."""
        released, self.later = self.later, []
        for invoice in released:
            self.clients[invoice.client_key].add(invoice)
        return released


def companies(seed: int = 1, base_date: dt.date | None = None) -> Seeded:
    """The whole seed. Documents are dated on the days before `base_date` (default: today) and created the day before."""
    day = base_date or dt.datetime.now(dt.UTC).date()
    seeded = Seeded(
        clients={}, later=[], expected=[], receivers={}, factoring_clients={}, factoring_numbers={}, identity_numbers=[]
    )
    for company in seed_register.COMPANIES:
        _Books(company, seeded, random.Random(f"{seed}-{company.client_key}"), day).fill()  # noqa: S311 - believable, not secret
    return seeded


class _Books:
    """One client's accounts while they are being filled."""

    def __init__(self, company: seed_register.Company, seeded: Seeded, chance: random.Random, day: dt.date) -> None:
        self.company, self.seeded, self.chance, self.day = company, seeded, chance, day
        self.client = seed_cards.client(company, day)
        self.number = company.first_invoice
        self.created = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(11), dt.UTC)
        seeded.clients[company.client_key] = self.client
        seeded.factoring_clients[company.factoring_number] = company.seller.name
        seeded.factoring_numbers[company.client_key] = company.factoring_number
        seeded.receivers.update(seed_cards.receivers(company))

    def fill(self) -> None:
        good = [self._add(buyer) for buyer in self._ordinary_buyers(ORDINARY)]
        self._add_roles()
        self._add_cases()
        self._add_duplicate()
        self._add_credits(good)

    def _ordinary_buyers(self, count: int) -> list[seed_register.Buyer]:
        buyers = [buyer for buyer in self.company.buyers if not buyer.role]
        return [buyers[at % len(buyers)] for at in range(count)]

    def _add_roles(self) -> None:
        for buyer in self.company.buyers:
            if buyer.role == "identity_number_in_note":
                number = seed_register.identity_number("1403", "58", buyer.number % 500)
                self.seeded.identity_numbers.append(number)
                self._add(buyer, msgspec.structs.replace(self._draft(buyer), note=f"Gjelder {buyer.name}, fødselsnummer {number}"))
            elif buyer.role:
                self._add(buyer)

    def _add_cases(self) -> None:
        first = self.company is seed_register.COMPANIES[0]
        cases = [case for case in seed_cases.CASES if first or not case.once]
        capable = [buyer for buyer in self.company.buyers if not buyer.role and buyer.receives == "both"]
        for at, case in enumerate(cases):
            buyer = capable[at % len(capable)]
            self._add(buyer, case.document(self._draft(buyer)), case=case)

    def _add_duplicate(self) -> None:
        one, other = self._ordinary_buyers(2)
        twice = seed_cases.Case(problem="duplicate_number", consequence="book_held")
        self._add(one, case=twice)
        self.number -= 1
        self._add(other, case=twice)

    def _add_credits(self, good: list[tuple[ehf.Document, state_.Invoice]]) -> None:
        self._credit(*good[0], problem="credits_in_full", consequence="cancelled")
        credited = next(one for one in self.seeded.expected if one.invoice_id == good[0][1].id)
        credited.problems, credited.consequence = ["credited_before_distribution"], "cancelled"
        self._credit(*good[1], problem="credits_partly", part=True)
        held = next(buyer for buyer in self.company.buyers if buyer.role == "address_missing")
        cancelled = seed_cases.Case(problem="credited_while_held", consequence="cancelled")
        self._credit(*self._add(held, case=cancelled), problem="credits_held_in_full", consequence="cancelled")
        before = self._add(buyer := self._ordinary_buyers(5)[4], _a_month_ago(self._draft(buyer)), delivered=True)
        self._credit(*before, problem="credits_delivered_before")
        self._credit(*good[3], problem="credits_distributed", later=True)
        for buyer in self._ordinary_buyers(3):
            self._add(buyer, later=True)

    def _credit(
        self, document: ehf.Document, invoice: state_.Invoice, *, problem: str, part: bool = False,
        consequence: seed_cases.Consequence = "sent", later: bool = False,
    ) -> None:  # fmt: skip
        """A credit note for the whole invoice, or for its first line."""
        yesterday = self.day - dt.timedelta(days=1)
        credit = msgspec.structs.replace(
            document, kind="credit_note", number=self.number, issued=yesterday, due=yesterday,
            lines=document.lines[:1] if part else document.lines, original=(document.number, document.issued),
            note=f"Kreditnota for faktura {document.number}",
        )  # fmt: skip
        buyer = next(one for one in self.company.buyers if one.number == invoice.customer_number)
        self._add(buyer, credit, case=seed_cases.Case(problem=problem, consequence=consequence), later=later)

    def _draft(self, buyer: seed_register.Buyer) -> ehf.Document:
        goods = self.chance.sample(self.company.goods, self.chance.randint(1, 4))
        issued = self.day - dt.timedelta(days=self.chance.randint(1, 3))
        return draft(self.company, buyer, self.number, issued, tuple(self._line(one, buyer) for one in goods), self.chance)

    def _line(self, goods: seed_register.Goods, buyer: seed_register.Buyer) -> ehf.Line:
        weighed = goods.unit in ("KGM", "HUR", "MTK")
        quantity = Decimal(self.chance.randint(4, 260)) / 4 if weighed else Decimal(self.chance.randint(1, 12))
        vat = seed_register.EXPORT if buyer.country != "NO" else goods.vat
        return ehf.Line(text=goods.text, quantity=quantity, unit=goods.unit, price=goods.price, vat=vat, product=goods.product)

    def _add(
        self, buyer: seed_register.Buyer, document: ehf.Document | None = None, *, case: seed_cases.Case | None = None,
        later: bool = False, delivered: bool = False,
    ) -> tuple[ehf.Document, state_.Invoice]:  # fmt: skip
        """Number a document, write it, put it into the accounts and note what is expected of it."""
        doc = msgspec.structs.replace(document or self._draft(buyer), number=self.number)
        self.created += dt.timedelta(seconds=self.chance.randint(5, 90))
        key = uuid.uuid5(SPACE, f"{self.company.client_key}/{self.number}/{buyer.number}")
        xml = case.xml(ehf_writing.write(doc)) if case else ehf_writing.write(doc)
        invoice = seed_cards.invoice(doc, buyer, self.company.client_key, str(key), self.created, xml)
        if delivered:
            _deliver(invoice)
        if later:
            self.seeded.later.append(invoice)
        else:
            self.client.add(invoice)
        self.number += 1
        if not delivered:
            self.seeded.expected.append(_expected(invoice, buyer, case, later=later))
        return doc, invoice


def _a_month_ago(document: ehf.Document) -> ehf.Document:
    earlier = dt.timedelta(days=30)
    return msgspec.structs.replace(document, issued=document.issued - earlier, due=document.due - earlier)


def _deliver(invoice: state_.Invoice) -> None:
    """As it stands when another system delivered it a month ago."""
    invoice.status, invoice.is_delivered = state_.DELIVERED, True
    invoice.created -= dt.timedelta(days=30)
    invoice.delivered_at, invoice.kid, invoice.pdf, invoice.pdf_name = invoice.created, "0000000000", b"%PDF-1.7\n", "faktura.pdf"


def _expected(invoice: state_.Invoice, buyer: seed_register.Buyer, case: seed_cases.Case | None, *, later: bool) -> Expected:
    problems = [*([case.problem] if case else []), *([buyer.role] if buyer.role else [])]
    consequence = case.consequence if case and case.consequence != "sent" else seed_cases.BY_ROLE.get(buyer.role, "sent")
    return Expected(
        client_key=invoice.client_key, invoice_id=invoice.id, number=invoice.number, kind=invoice.kind, buyer=buyer.number,
        problems=problems, consequence=consequence, channel=seed_cards.channel(buyer, invoice.kind),
        original_number=invoice.original_number, later=later,
    )  # fmt: skip


def draft(
    company: seed_register.Company,
    buyer: seed_register.Buyer,
    number: int,
    issued: dt.date,
    lines: tuple[ehf.Line, ...],
    chance: random.Random,
) -> ehf.Document:
    """An invoice of `company` to `buyer` with a period of 14 or 30 days."""
    return ehf.Document(
        kind="invoice", number=number, issued=issued, due=issued + dt.timedelta(days=chance.choice((14, 30))),
        seller=company.seller, buyer=seed_cards.party(buyer), account=company.account, lines=lines,
        note="Vi takker for oppdraget.", buyer_reference=f"{chance.choice(_REFERENCES)}",
        order_reference=f"PO-{chance.randint(1000, 9999)}" if chance.random() < 0.3 else "",
    )  # fmt: skip


_REFERENCES = ("Siv Aamodt", "Håkon Eggen", "3150/RØD", "Bjørn-Erik Næss", "Avd. 40", "Ingrid Østvold")
