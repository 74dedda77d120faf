"""What is measured with: many varied EHF documents of one client, as PowerOffice lists and answers them, and an agreement."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator

import msgspec

from fakturabro.mapping import documents_to_factoring, poweroffice_to_documents
from fakturabro.systems.poweroffice import wire
from sandboxes import ehf, ehf_writing
from sandboxes.poweroffice import state as state_
from sandboxes.seed import cards as seed_cards
from sandboxes.seed import clients as seed
from sandboxes.seed import register as seed_register
from tasks import options as task_options
from tasks.debtors import producing

COMPANY = seed_register.COMPANIES[0]
TENANT = "nidelven"
DAY = dt.date(2026, 11, 20)
_TEMPLATES = 400
_FIRST_NUMBER = 1_000_000
_LINE_COUNTS = (4, 4, 4, 4, 4, 5, 5, 5, 6, 9)
_CAPABLE_FOR_ONE = 4
"""How much more often a buyer who takes EHF is written to than one who gets an e-mail, where one at a time is sent."""
_FAULTY_EVERY = 50
"""One template in fifty states a sum that is wrong, so that findings hold something too."""

OPTIONS = task_options.FactoringOptions.model_validate(
    {
        "agreement": {
            "client_number": COMPANY.factoring_number,
            "payee_name": "Factoring Finans AS",
            "payee_organisation_number": "991825827",
            "account": "86011117947",
            "kid": {
                "length": 14,
                "method": "mod10",
                "parts": [{"name": "customer", "length": 6}, {"name": "invoice", "length": 7}],
            },
            "assignment_notice": "Fakturaen er overdratt til Factoring Finans AS.",
        },
        "distribution": {"email_alternative": "alternativ 2"},
    }
)


def invoices(count: int) -> Iterator[state_.Invoice]:
    """`count` invoices with numbers of their own, of 4 to 9 lines and about 6.5 KB, made from some hundred templates."""
    templates = list(_templates())
    for at in range(count):
        yield _numbered(templates[at % len(templates)], _FIRST_NUMBER + at)


def documents(count: int) -> Iterator[tuple[wire.FactoringInvoiceDetails, bytes]]:
    """The same invoices as v1 lists them, each with its EHF."""
    for one in invoices(count):
        yield details(one), one.document()


def orders(count: int) -> list[producing.Order]:
    """`count` documents to produce as EHF and PDF, each as its debtor is to get it."""
    known, agreement = {card.number: poweroffice_to_documents.to_card(card) for card in cards()}, OPTIONS.agreement
    made: list[producing.Order] = []
    for at, (listed, data) in enumerate(documents(count)):
        received = poweroffice_to_documents.to_received(listed, data)
        assert received.invoice
        recipient, _ = poweroffice_to_documents.to_recipient(received, known[listed.customer_code], "")
        kid = documents_to_factoring.to_kid(agreement, "invoice", str(listed.customer_code), str(listed.invoice_no))
        invoice = documents_to_factoring.to_distributed(received.invoice, recipient, agreement, kid)
        made.append(producing.Order(id=at, invoice=msgspec.json.encode(invoice), recipient=recipient, takes_ehf=True))
    return made


def details(one: state_.Invoice) -> wire.FactoringInvoiceDetails:
    """The invoice's row in AvailableInvoices."""
    return wire.FactoringInvoiceDetails(
        id=uuid.UUID(one.id),
        invoice_no=one.number,
        customer_code=one.customer_number,
        total_amount=one.total,
        invoice_date=one.invoice_date.isoformat(),
        due_date=one.due_date.isoformat() if one.due_date else None,
        created_date=one.created.isoformat(),
        is_delivered=one.is_delivered,
        factoring_invoice_status=one.status,
        customer_email=one.customer_email,
    )


def cards() -> list[wire.Customer]:
    """The customer cards of the client, as v2 answers them."""
    rows = seed_cards.client(COMPANY, DAY).customers.values()
    return msgspec.json.decode(msgspec.json.encode(list(rows)), type=list[wire.Customer])


def _templates() -> Iterator[state_.Invoice]:
    chance = random.Random(1)  # noqa: S311 - believable, not secret
    ordinary = [buyer for buyer in COMPANY.buyers if not buyer.role and buyer.organisation_number]
    capable = [buyer for buyer in ordinary if buyer.receives != "none"]
    buyers = capable * _CAPABLE_FOR_ONE + [buyer for buyer in ordinary if buyer not in capable]
    goods = [one for company in seed_register.COMPANIES for one in company.goods]
    for at in range(_TEMPLATES):
        buyer = buyers[at % len(buyers)]
        chosen = chance.sample(goods, chance.choice(_LINE_COUNTS))
        lines = tuple(
            ehf.Line(text=one.text, quantity=ehf.Decimal(chance.randint(1, 240)) / 4, unit=one.unit, price=one.price, vat=one.vat)
            for one in chosen
        )
        draft = seed.draft(COMPANY, buyer, _FIRST_NUMBER, DAY - dt.timedelta(days=chance.randint(1, 3)), lines, chance)
        xml = ehf_writing.write(draft)
        if at % _FAULTY_EVERY == 0:
            xml = xml.replace(b"</cbc:PayableAmount>", b"1</cbc:PayableAmount>")
        created = dt.datetime.combine(DAY - dt.timedelta(days=1), dt.time(11), dt.UTC)
        yield seed_cards.invoice(draft, buyer, COMPANY.client_key, str(uuid.UUID(int=at)), created, xml)


def _numbered(template: state_.Invoice, number: int) -> state_.Invoice:
    old, new = f"<cbc:ID>{template.number}</cbc:ID>".encode(), f"<cbc:ID>{number}</cbc:ID>".encode()
    xml = template.document()
    return msgspec.structs.replace(template, id=str(uuid.UUID(int=number)), number=number, ehf=lambda: xml.replace(old, new, 1))
