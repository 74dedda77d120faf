"""The Fortnox client's registers and invoices against the sandbox: made once, changed as asked, held against what was meant."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from fakturabro.remote import errors, http
from fakturabro.systems.fortnox import attachments, invoice_wire, invoicing, probing, purchasing, registers, wire
from sandboxes import faults, fortnox, fortnox_files, fortnox_purchases, fortnox_registers, fortnox_tables
from tests.unit import lying
from tests.unit import test_client_fortnox as benches

DAY = dt.date(2026, 11, 23)


class Served(NamedTuple):
    box: fortnox.Fortnox
    app: lying.Lying
    url: str


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for all tests: starting and ending it takes longer than any of them."""
    box = fortnox.Fortnox()
    box.window.limit = 1_000
    app = lying.Lying(box.app)
    with lying.served(app) as url:
        yield Served(box, app, url)


@pytest.fixture
async def bench(served: Served) -> AsyncIterator[benches.Bench]:
    served.app.said.clear()
    async with http.Remote(http.Limits(attempts=2, first_pause=0.01)) as remote:
        yield benches.Bench(served.box, served.url, remote)


ROW = invoice_wire.NewRow(
    article_number="200", description="Rapport", delivered_quantity="2.5", price=Decimal("100.10"), unit="st", vat=25, project="501"
)


NET, VAT, PDF = Decimal("250.25"), Decimal("62.56"), b"%PDF-1.7 timer"


def filled(bench: benches.Bench) -> tuple[registers.Registers, invoicing.Invoicing]:
    company = bench.company
    fortnox_registers.add(company, fortnox_tables.CUSTOMERS, "10001", Name="Fjordkraft Bygg AS")
    fortnox_registers.add(company, fortnox_tables.CUSTOMERS, "AB12", Name="Butiken AB", Active=False)
    fortnox_registers.add(company, fortnox_tables.ARTICLES, "200", Description="Rapport", Unit="st")
    fortnox_registers.add(company, fortnox_tables.ARTICLES, "202", Description="Bok", Unit="st", VAT=Decimal(0))
    fortnox_registers.add(company, fortnox_tables.PROJECTS, "501", Description="Byggeledelse Voss")
    calls = bench.session()
    return registers.Registers(calls), invoicing.Invoicing(calls)


def new(**fields: Any) -> invoice_wire.NewInvoice:
    stated = {"customer_number": "10001", "external_invoice_reference1": "f1e2", "currency": "SEK", "invoice_rows": [ROW]}
    return invoice_wire.NewInvoice(**{**stated, "invoice_date": DAY, "due_date": DAY + dt.timedelta(days=14), **fields})


async def test_registers_are_read_by_what_changed_and_articles_one_by_one(bench: benches.Bench) -> None:
    one, _ = filled(bench)
    assert [row.customer_number async for page in one.fetch_customers() for row in page] == ["10001", "AB12"]
    minute = dt.datetime.now(dt.timezone(dt.timedelta(hours=2))) + dt.timedelta(minutes=2)
    bench.company.modified["Customers AB12"] = minute.astimezone(dt.UTC)
    assert [row.customer_number async for page in one.fetch_customers(minute) for row in page] == ["AB12"]
    article = await one.find_article("202")
    assert article is not None
    assert article.vat == 0
    assert await one.find_article("2/02") is None
    assert (await one.fetch_units(), await one.fetch_terms_of_payment()) == ({"st", "tim", "kg", "km"}, {"10", "14", "30"})
    company = await one.fetch_company()
    assert (company.database_number, company.organization_number) == (1601, "556036-0793")


async def test_a_customer_is_made_once_and_its_number_is_never_free_again(bench: benches.Bench) -> None:
    one, _ = filled(bench)
    bench.box.book.add(faults.Fault(kind="cut_after_change", path="/3/customers", method="POST"))
    with pytest.raises(errors.Uncertain):
        await one.add_customer("10002", {"Name": "Ny AS"})
    with pytest.raises(errors.AlreadyDelivered, match="Kunde 10002 står allerede"):
        await one.add_customer("10002", {"Name": "Ny AS"})
    bench.company.deleted.add("Customers 10003")
    with pytest.raises(errors.Rejected, match="kanskje av en slettet kunde"):
        await one.add_customer("10003", {"Name": "Ny AS"})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Name": "Skilt \U0001f6aa"}, "tegn som Fortnox ikke tar"),
        ({"Nmae": "Fjord"}, "navn som Fortnox ikke kjenner"),
        ({"ZipCode": "12345678901"}, "verdi som Fortnox ikke tar"),
        ({"TermsOfPayment": "45"}, "Kan inte hitta TermsOfPayment 45"),
    ],
)
async def test_what_fortnox_does_not_take_is_said(bench: benches.Bench, fields: dict[str, str], said: str) -> None:
    one, _ = filled(bench)
    with pytest.raises(errors.Rejected, match=said):
        await one.change_customer("10001", fields)


async def test_a_change_is_held_against_the_answer(bench: benches.Bench) -> None:
    one, _ = filled(bench)
    asked: dict[str, registers.Value] = {"Name": "Fjord AS", "Active": False, "VisitingCity": "VOSS", "Comments": ""}
    changed = await one.change_customer("10001", asked)
    assert (changed.name, changed.active, changed.visiting_city, changed.terms_of_payment) == ("Fjord AS", False, "VOSS", "30")
    assert (await one.change_article("202", {"VAT": Decimal("6.0"), "Unit": "kg"})).vat == 6
    project = await one.add_project("502", {"Description": "x" * 50, "StartDate": DAY, "Status": "ONGOING"})
    assert (project.start_date, len(project.description)) == ("2026-11-23", 50)
    with pytest.raises(errors.Rejected, match="Description är för långt"):
        await one.change_project("502", {"Description": "x" * 51})
    assert registers.not_taken({"Active": "true", "VAT": 25, "Name": None}, {"Active": True, "VAT": Decimal(6), "Name": "x"}) == [
        "Active",
        "VAT",
        "Name",
    ]


async def test_what_fortnox_did_not_take_is_said(bench: benches.Bench, served: Served) -> None:
    one, _ = filled(bench)
    served.app.said['"Fjord AS"'] = '"Fjordkraft Bygg AS"'
    with pytest.raises(errors.Rejected, match="disse feltene står ikke som de skal: Name"):
        await one.change_customer("10001", {"Name": "Fjord AS", "City": "VOSS"})
    bench.company.has_licence = False
    with pytest.raises(errors.CredentialError):
        await one.find_customer("10009")


async def test_an_invoice_is_made_once_wherever_it_broke(bench: benches.Bench) -> None:
    _, one = filled(bench)
    bench.box.book.add(faults.Fault(kind="cut_after_change", path="/3/invoices", method="POST"))
    with pytest.raises(errors.Uncertain):
        await one.add_invoice(new(), Decimal("250.25"), Decimal("62.56"))
    with pytest.raises(errors.AlreadyDelivered) as standing:
        await one.add_invoice(new(), Decimal("250.25"), Decimal("62.56"))
    assert isinstance(standing.value.standing, invoice_wire.Invoice)
    assert standing.value.standing.total == Decimal("312.81")
    assert [row.document_number for row in await one.find_invoices("f1e2")] == ["1002"]
    assert await one.find_invoices("F1E") == []
    bench.company.invoices["1002"]["Cancelled"] = True
    assert (await one.add_invoice(new(), Decimal("250.25"), Decimal("62.56"))).document_number == "1003"


@pytest.mark.parametrize(
    ("fields", "is_", "was", "said"),
    [
        ({}, '"Net":250.24', '"Net":250.25', r"sum uten mva er 250\.24, skal være 250\.25"),
        ({}, '"TotalVAT":62.57', '"TotalVAT":62.56', r"mva er 62\.57, skal være 62\.56"),
        ({}, '"Total":362.81', '"Total":312.81', r"sum med mva før øreavrunding er 362\.81, skal være 312\.81"),
        ({"currency": "EUR", "currency_rate": Decimal("11.05")}, 'Rate":1', 'Rate":11.05', r"kurs er 1, skal være 11\.05"),
        ({"currency": "EUR"}, 'Rate":1', 'Rate":11.2', r"kurs er 1, skal være kursen på fakturadatoen"),
        ({}, '"Rows":[', '"InvoiceRows":[', "antall rader er 0, skal være 1"),
        ({}, '"Project":"502"', '"Project":"501"', "rad 1, prosjekt er 502, skal være 501"),
        ({}, '"VAT":12', '"VAT":25', "rad 1, mva er 12, skal være 25"),
        ({}, '"2.4"', '"2.5"', r"rad 1, antall er 2\.4, skal være 2\.5"),
        ({"document_number": "77"}, '"78"', '"77"', "Faktura 78 ble laget i Fortnox.*fakturanummer er 78, skal være 77"),
        ({"document_number": "77"}, '"10009"', '"10001"', "Faktura 77 ble laget.*kunde er 10009, skal være 10001"),
    ],
)
async def test_what_was_made_otherwise_than_meant_is_said(
    bench: benches.Bench, served: Served, fields: dict[str, Any], is_: str, was: str, said: str
) -> None:
    _, one = filled(bench)
    served.app.said[was] = is_
    with pytest.raises(errors.Rejected, match=said):
        await one.add_invoice(new(**fields), Decimal("250.25"), Decimal("62.56"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"customer_number": "AB12"}, "Kan inte hitta kunden"),
        ({"invoice_rows": [ROW] * (invoicing.MOST_ROWS + 1)}, "för många rader"),
        (
            {"invoice_rows": [invoice_wire.NewRow(description="Norsk", price=Decimal(1), delivered_quantity="1", vat=15)]},
            "krever konto",
        ),
        ({"remarks": "x" * 1025}, "Remarks är för långt"),
        ({"currency": "USD"}, "Kan inte hitta valutan"),
    ],
)
async def test_an_invoice_that_fortnox_does_not_take_is_said(bench: benches.Bench, fields: dict[str, Any], said: str) -> None:
    _, one = filled(bench)
    with pytest.raises(errors.Rejected, match=said):
        await one.add_invoice(new(**fields), Decimal("250.25"), Decimal("62.56"))
    assert bench.company.invoices == {}


async def test_sent_and_paid_are_seen_in_one_list(bench: benches.Bench) -> None:
    _, one = filled(bench)
    bench.company.balances.clear()
    made = await one.add_invoice(new(), Decimal("250.25"), Decimal("62.56"))
    assert [(row.sent, row.final_pay_date) async for page in one.fetch_invoices() for row in page] == [(False, None)]
    assert (await one.mark_sent(made.document_number)).sent
    payment = wire.NewPayment(invoice_number=1001, payment_date=DAY, amount=Decimal("312.81"), currency="SEK")
    await bench.client().book("customer", payment)
    listed = [row async for page in one.fetch_invoices(bench.now - dt.timedelta(minutes=1)) for row in page]
    assert [(row.sent, row.balance, row.final_pay_date) for row in listed] == [(True, 0, "2026-11-23")]
    assert [page async for page in one.fetch_invoices(bench.now + dt.timedelta(minutes=9))] == [[]]


COSTS = [
    {"Account": 4010, "Debit": Decimal("1000.40"), "Credit": Decimal(0), "Project": "501", "ArticleNumber": "200"},
    {"Account": 2641, "Code": "VAT", "Debit": Decimal("250.10"), "Credit": Decimal(0)},
]


async def test_a_purchase_is_read_with_rows_voucher_and_pictures(bench: benches.Bench) -> None:
    company, one = bench.company, purchasing.Purchasing(bench.session())
    fortnox_purchases.add_costs(company, "71", COSTS, voucher=12)
    company.add_supplier_invoice("712", "20", Decimal(1), DAY)
    for number in ("71", "712"):
        fortnox_purchases.add_file(company, number, f"{number}.pdf", b"%PDF-1.7 " + number.encode())
    bought = await one.fetch_purchase("71")
    assert [(row.code, row.debit, row.project) for row in bought.supplier_invoice_rows] == [
        ("TOT", 0, None),
        (None, Decimal("1000.40"), "501"),
        ("VAT", Decimal("250.10"), None),
    ]
    voucher = await one.fetch_voucher(bought.vouchers[0])
    assert sum((row.debit or 0) - (row.credit or 0) for row in voucher.voucher_rows) == 0
    assert [row.project for row in voucher.voucher_rows] == [None, "501", None]
    (file,) = await one.fetch_files("71")
    assert await one.fetch_content(file.file_id) == b"%PDF-1.7 71"
    company.modified["SupplierInvoices 712"] = bench.now - dt.timedelta(days=1)
    since = bench.now - dt.timedelta(hours=1)
    assert len([row async for page in one.fetch_changed(since) for row in page]) == 1
    with pytest.raises(errors.Rejected, match="Kan inte hitta filen"):
        await one.fetch_content("absent")


async def test_a_file_is_on_an_invoice_once_wherever_it_broke(bench: benches.Bench) -> None:
    _, one = filled(bench)
    files, number = attachments.Attachments(bench.session()), (await one.add_invoice(new(), NET, VAT)).document_number
    bench.box.book.add(faults.Fault(kind="cut_after_change", path="/3/inbox", method="POST"))
    bench.box.book.add(faults.Fault(kind="cut_after_change", path=fortnox_files.PATH, method="POST"))
    for _ in range(2):  # uploaded only, then attached without an answer
        with pytest.raises(errors.Uncertain):
            await files.attach(number, 'liste "uke" 46.pdf', PDF)
    assert (await files.find_same(number, PDF), await files.find_same(number, b"%PDF else")) == (
        (await files.find(number))[0],
        None,
    )
    with pytest.raises(errors.AlreadyDelivered, match=r'Vedlegget liste "uke" 46\.pdf står allerede'):
        await files.attach(number, 'liste "uke" 46.pdf', PDF)
    assert (await files.attach(number, "annen.pdf", b"%PDF else", includes_on_send=False)).include_on_send is False
    assert [(row["entityId"], bench.company.files[row["fileId"]]) for row in bench.company.attachments] == [
        (int(number), PDF),
        (int(number), b"%PDF else"),
    ]
    assert [row["Name"] for row in bench.company.inbox] == ["liste -uke- 46.pdf"]


@pytest.mark.parametrize(
    ("number", "content", "said"),
    [
        ("", b"text", "tar ikke vedlegg av denne filtypen"),
        ("", b"%PDF" + b"x" * 5_000_000, "for stort for Fortnox"),
        ("404", PDF, "Fakturaen finnes ikke i Fortnox"),
    ],
)
async def test_a_file_that_fortnox_does_not_take_is_said(bench: benches.Bench, number: str, content: bytes, said: str) -> None:
    _, one = filled(bench)
    made = await one.add_invoice(new(), NET, VAT)
    with pytest.raises(errors.Rejected, match=said):
        await attachments.Attachments(bench.session()).attach(number or made.document_number, "a.pdf", content)


async def test_an_attachment_that_is_answered_but_not_there_is_said(bench: benches.Bench, served: Served) -> None:
    _, one = filled(bench)
    made = await one.add_invoice(new(), NET, VAT)
    served.app.said['"entityId":'] = '"entityId":9'
    with pytest.raises(errors.Rejected, match=r"a\.pdf ble lastet opp til Fortnox, men står ikke på faktura"):
        await attachments.Attachments(bench.session()).attach(made.document_number, "a.pdf", PDF)


async def test_an_invoice_is_cancelled_unless_it_is_bookkept(bench: benches.Bench, served: Served) -> None:
    _, one = filled(bench)
    number = (await one.add_invoice(new(), NET, VAT)).document_number
    bench.company.invoices[number]["Booked"] = True
    with pytest.raises(errors.Rejected, match="kan inte makuleras"):
        await one.cancel(number)
    bench.company.invoices[number]["Booked"] = False
    assert (await one.cancel(number)).cancelled
    assert (await one.cancel(number)).cancelled
    served.app.said['"Cancelled":true'] = '"Cancelled":false'
    with pytest.raises(errors.Rejected, match="skulle makuleres i Fortnox, men står der fortsatt"):
        await one.cancel(number)


@pytest.mark.parametrize(
    ("scopes", "licences", "has_licence", "said"),
    [
        ({"project"}, set[str](), True, ["mangler rettigheten «project».*Prosjektregnskap må være slått på"]),
        (set[str](), {"inbox", "supplierinvoice"}, True, ["lisensen for leverandørfakturaer", "lisensen for innboksen"]),
        (set[str](), set[str](), False, ["mangler integrasjonslisensen"] * len(probing.CALLS)),
    ],
)
async def test_what_we_cannot_use_is_named(
    bench: benches.Bench, scopes: set[str], licences: set[str], has_licence: bool, said: list[str]
) -> None:
    bench.company.scopes -= scopes
    bench.company.licences -= licences
    bench.company.has_licence = has_licence
    found = [lack.sentence for lack in await probing.probe(bench.session())]
    assert len(found) == len(said)
    assert all(re.search(pattern, sentence) for pattern, sentence in zip(said, found, strict=True))
