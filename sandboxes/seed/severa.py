"""What two clients have in Severa: Hardanger Rådgivning, with the difficult cases of an integration; vanern.py has the other."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sandboxes.seed import vanern
from sandboxes.severa import company as companies
from sandboxes.severa import sandbox

NAME = "Hardanger Rådgivning AS"
SCOPES = tuple(
    f"{area}:{verb}"
    for area in ("customers", "projects", "invoices", "fees", "settings", "files", "organization")
    for verb in ("read", "write")
)
LONG = "Omlegging av fakturaflyt og reskontro for kommunene i Sunnhordland"
"""Two projects have names that are the same in their first fifty characters."""


def fill(box: sandbox.Severa, day: dt.date) -> companies.Company:
    """Both clients at the start, with the keys that they had; tokens of earlier ones are good no more. Gives Hardanger."""
    keys = {before.name: (before.client_id, before.client_secret) for before in box.companies.values()}
    box.clear()
    one = companies.Company(NAME, SCOPES)
    for made in (one, vanern.severa_company(SCOPES, day)):
        made.client_id, made.client_secret = keys.get(made.name, (made.client_id, made.client_secret))
        box.add(made)
    _add_customers(one)
    _add_products(one)
    _add_projects(one)
    _add_invoices(one, day)
    return one


def _add_customers(one: companies.Company) -> None:
    fjord = one.add_customer("Fjordkraft Bygg AS", 10001, email="faktura@fjordkraftbygg.example", vatNumber="NO915442552MVA")
    one.add_address(fjord, "Strandgata 1", "5700", "VOSS", "Billing")
    one.add_address(fjord, "Postboks 12", "5701", "VOSS", "Postal", "Visit")
    one.add_address(fjord, "Gamlevegen 9", "5704", "VOSS", "Billing")  # the second billing address: the first counts
    malmo = one.add_customer("Malmö Verktyg AB", 10002, currency=_currency(one, "SEK"), vatNumber="SE556036079301")
    one.add_address(malmo, "Storgatan 5", "211 42", "MALMÖ", "Billing", country="SE")
    one.add_customer("Vestland Entreprenør AS", 10003, isActive=False)
    one.add_customer("Intern", 10004, isInternal=True)
    one.add_customer("Kanskje Kunde AS", 10005)  # a prospect: neither project nor invoice
    one.add_customer("Kun Faktura AS", 10006)  # only a closed project, but an invoice
    one.add_customer("Uten nummer AS", None)
    one.add_customer("Slettet i Fortnox AS", 10008)
    one.add_customer("Rett & Slett “Design” →", 10007, notes="Ring først")  # signs that Fortnox does not take


def _currency(one: companies.Company, code: str) -> companies.Row | None:
    return one.pointer("currencies", one.by("currencies", "code", code)["guid"], "code")


def _add_products(one: companies.Company) -> None:
    one.add_product("Rådgiverrapport", "200")
    one.add_product("Trykksak", "201", measurementUnit="Stk")  # a unit in another case
    one.add_product("Bok", "202", vatRate=Decimal(0))
    one.add_product("Matvarer", "203", vatRate=Decimal(15), measurementUnit="kg")
    one.add_product("Uten kode", None)
    one.add_product("Utgått", "204", isActive=False)
    one.add_product("Viderefakturert kostnad", "900", measurementUnit=None)
    for name, code in (("Seniorkonsulent", "100"), ("Prosjektledelse", "101"), ("Møter", None)):
        one.add("worktypes", name=name, isActive=True, isProductive=True, **({"code": code} if code else {}))
    mileage = {"expenseClass": "Mileage", "measurementUnit": "km", "unitCost": {"amount": Decimal("5.30"), "currencyCode": "NOK"}}
    one.add("travelexpensetypes", name="Kilometergodtgjørelse", code="300", isActive=True, vatRate=Decimal(25), **mileage)


def _add_projects(one: companies.Company) -> None:
    fjord, only = one.by("customers", "number", 10001), one.by("customers", "number", 10006)
    one.add_project("Byggeledelse Voss", 501, fjord, description="Rammeavtale 2026")
    one.add_project(LONG, 502, fjord)
    one.add_project(f"{LONG} II", 503, fjord)
    one.add_project("Avsluttet oppdrag", 504, only, isClosed=True, closedDate="2026-06-30")
    one.add_project("Internt", 505, one.by("customers", "number", 10004), isInternal=True)
    one.add_project("Verktygslager", 506, one.by("customers", "number", 10002))
    one.add_project("Skilt", 507, one.by("customers", "number", 10007))
    one.add_project("Nummer som er brukt", 508, one.by("customers", "number", 10008))


def _add_invoices(one: companies.Company, day: dt.date) -> None:
    one.add_status("Kladd", isDefault=True)
    ready = one.add_status("Klar for Fortnox", hasInvoiceNumber=True)
    one.add_status("Overført til Fortnox", hasInvoiceNumber=True, isReadOnly=True, isSent=True, isWaitingPayment=True)
    one.add_status("Betalt", hasInvoiceNumber=True, isReadOnly=True, isSent=True, isPaid=True)
    people = {number: one.by("customers", "number", number) for number in (10001, 10002, 10006, 10007)}
    work = {number: one.by("projects", "number", number) for number in range(501, 508)}
    rows = [
        companies.row(work[501], "Rådgivning uke 46", "7.5", "1450", rowType="Hours", code=["100"], measurementUnit="t"),
        companies.row(work[502], "Rapport", "1", "12000.40", code=["200"]),
        companies.row(work[501], "Bøker", "3", "299", "0", code=["202"]),
        companies.row(work[502], "Kjøring", "120", "5.30", rowType="TravelExpenses", code=["300"], measurementUnit="km"),
        companies.row(work[502], "Fastpris fase 1", "1", "30000", rowType="FlatRate", code=[]),
        companies.row(work[501], "Diverse", "1", "100.20", code=["200", "201"]),  # several products in one row
    ]
    first = one.add_invoice(people[10001], ready, rows, day, notes="Takk for samarbeidet", ourReference="Kari", yourReference="Ola")
    first.update(freeText1={"value": "<b>Uke 46</b>", "plainText": "Uke 46"}, freeText2={"value": "Til slutt"})
    one.add_invoice_file(first, "timeliste.pdf", b"%PDF-1.7\ntimer\n%%EOF\n")
    credited = [companies.row(work[501], "Rettelse", "-1", "1450", code=["100"], measurementUnit="t")]
    one.add_invoice(
        people[10001], ready, credited, day, isCreditNote=True, reimburseInvoice={"guid": first["guid"], "number": 1001}
    )
    tool = companies.row(work[506], "Verktygsgenomgång", "2", "900", "0", code=["200"])
    one.add_invoice(people[10002], ready, [tool], day, unit="SEK", currencyRate=Decimal("0.987"))
    one.add_invoice(people[10002], ready, [tool], day, unit="EUR")  # a rate of 1, that nobody has filled in
    rests = [companies.row(work[504], "Siste rest", "1", "500", code=["200"])]
    one.add_invoice(people[10006], ready, rests, day)
    postage = companies.row(work[501], "Porto", "1", "100.10", code=["200"])
    one.add_invoice(people[10001], ready, [postage, postage], day)  # VAT is another öre rounded by row than of the sum
    signs = companies.row(work[507], "Skilt → “inngang” \U0001f6aa", "1", "0.05", code=[])
    one.add_invoice(people[10007], one.by("invoicestatuses", "name", "Kladd"), [signs], day)
